//! The CSV of `--export` and `--from-file`: `topic,partition,offset`, with the group in front when there are several.
//!
//! Written as Apache's tool writes it: a text of more than 24 characters, or with a character below `-`, is quoted. Read
//! with and without quotes. The first line decides which of the two forms a file has.

use std::path::Path;

use crate::cli::failure::{Failure, Kind};
use crate::vocabulary::TopicPartition;

/// One offset out of a file; without a group it is for the group of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub group: Option<String>,
    pub partition: TopicPartition,
    pub offset: i64,
}

impl Line {
    pub fn is_for(&self, group: &str) -> bool {
        self.group.as_deref().is_none_or(|own| own == group)
    }
}

pub fn line(group: Option<&str>, topic: &str, partition: i32, offset: i64) -> String {
    let place = format!("{},{partition},{offset}\n", quoted(topic));
    group.map_or_else(|| place.clone(), |group| format!("{},{place}", quoted(group)))
}

fn quoted(text: &str) -> String {
    if text.chars().count() > 24 || text.chars().any(|c| c < '-') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

/// Reads a file; `only` is the single group of the command line, whose lines need not name it.
pub fn read(path: &Path, only: Option<&str>) -> Result<Vec<Line>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let thrown = format!("java.io.IOException: Unable to read file {}", path.display());
        Failure::new(Kind::Failed, format!("cannot read {}: {error}", path.display()))
            .thrown("java.lang.RuntimeException", thrown)
    })?;
    parse(&text, only).map_err(|fault| {
        Failure::new(Kind::Failed, format!("cannot use {}: {fault}", path.display()))
            .hint("a line is topic,partition,offset or group,topic,partition,offset, as --export writes it")
    })
}

/// Reads the lines of a file.
pub fn parse(text: &str, only: Option<&str>) -> Result<Vec<Line>, String> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let rows =
        lines.map(|(number, line)| Ok((number, fields(line).ok_or(format!("line {number} has an open quote"))?)));
    let rows: Vec<(usize, Vec<String>)> = rows.collect::<Result<_, String>>()?;
    let without_group = only.is_some() && rows.first().is_some_and(|(_, fields)| fields.len() == 3);
    rows.into_iter().map(|(number, fields)| one(number, &fields, without_group)).collect()
}

fn one(number: usize, fields: &[String], without_group: bool) -> Result<Line, String> {
    let (group, place) = match fields {
        [topic, partition, offset] if without_group => (None, (topic, partition, offset)),
        [group, topic, partition, offset] if !without_group => (Some(group.clone()), (topic, partition, offset)),
        _ => return Err(format!("line {number} has {} fields", fields.len())),
    };
    let (topic, partition, offset) = place;
    let partition = partition.trim().parse().map_err(|_| format!("line {number}: '{partition}' is no partition"))?;
    let offset = offset.trim().parse().map_err(|_| format!("line {number}: '{offset}' is no offset"))?;
    Ok(Line { group, partition: TopicPartition::new(topic.as_str(), partition), offset })
}

/// The fields of a line; `None` when a quote is not closed.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let field = fields.last_mut()?;
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    (!is_quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let rows = [("g", "orders"), ("a \"b\", c", "a-topic-with-a-name-that-is-long")];
        let text: String = rows.iter().map(|(group, topic)| line(Some(group), topic, 0, 5)).collect();
        assert_eq!(text, "g,orders,0,5\n\"a \"\"b\"\", c\",\"a-topic-with-a-name-that-is-long\",0,5\n");
        let read = parse(&text, None).unwrap();
        assert!(read[1].is_for("a \"b\", c") && !read[1].is_for("g"));
        assert_eq!(read[1].partition.topic, "a-topic-with-a-name-that-is-long");
    }

    #[test]
    fn lines_without_a_group_are_for_the_only_one() {
        let read = parse("orders,0,5\n", Some("g")).unwrap();
        assert!(read[0].is_for("g"));
        assert!(parse("orders,0,5\n", None).is_err());
        assert!(parse("orders,x,5\n", Some("g")).is_err());
        assert!(parse("\"orders,0,5\n", Some("g")).is_err());
    }
}
