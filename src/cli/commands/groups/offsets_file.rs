//! A file of offsets: the CSV of Apache's tool, a JSON document, or JSON lines, told apart by their first character.

use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::reset_offsets::csv;
use crate::cli::failure::{Failure, Kind};
use crate::vocabulary::TopicPartition;

/// One offset for one partition of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub group: String,
    pub partition: TopicPartition,
    pub offset: i64,
    pub metadata: String,
}

/// Reads a file, `-` for standard input. With one group named, lines need not name theirs.
pub fn read(path: &Path, groups: &[String]) -> Result<Vec<Given>, Failure> {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let text = text_of(path).map_err(|error| Failure::new(Kind::Failed, format!("cannot read {name}: {error}")))?;
    parse(&text, groups).map_err(|fault| {
        Failure::new(Kind::Failed, format!("cannot use {name}: {fault}"))
            .hint("`kavka groups --export-offsets` writes such files; topic,partition,offset and a --group will do")
    })
}

fn text_of(path: &Path) -> std::io::Result<String> {
    if path != Path::new("-") {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
}

/// An item of the JSON forms; what else it holds is of no use here.
#[derive(Deserialize)]
struct Item {
    group: Option<String>,
    topic: String,
    partition: i32,
    offset: i64,
    metadata: Option<String>,
}

fn parse(text: &str, groups: &[String]) -> Result<Vec<Given>, String> {
    let only = match groups {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let given = match text.trim_start().bytes().next() {
        Some(b'[' | b'{') => of_json(text, only)?,
        _ => of_csv(text, only)?,
    };
    if let Some(bad) = given.iter().find(|given| given.offset < 0 || given.partition.partition < 0) {
        return Err(format!("{} of {} is no offset of a partition", bad.offset, bad.partition));
    }
    check_groups(&given, groups)?;
    Ok(given.into_iter().filter(|given| groups.is_empty() || groups.contains(&given.group)).collect())
}

fn of_json(text: &str, only: Option<&str>) -> Result<Vec<Given>, String> {
    let items: Vec<Item> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|error| error.to_string())?
    } else {
        let items = serde_json::Deserializer::from_str(text).into_iter();
        items.collect::<Result<_, _>>().map_err(|error| error.to_string())?
    };
    let given = |item: Item| {
        let place = TopicPartition::new(item.topic, item.partition);
        let group = item.group.or_else(|| only.map(str::to_owned));
        let group = group.ok_or_else(|| format!("the offset of {place} is for no group; name one with --group"))?;
        Ok(Given { group, partition: place, offset: item.offset, metadata: item.metadata.unwrap_or_default() })
    };
    items.into_iter().map(given).collect()
}

fn of_csv(text: &str, only: Option<&str>) -> Result<Vec<Given>, String> {
    let given = |line: csv::Line| {
        let group = line.group.or_else(|| only.map(str::to_owned)).unwrap_or_default();
        Given { group, partition: line.partition, offset: line.offset, metadata: String::new() }
    };
    Ok(csv::parse(text, only)?.into_iter().map(given).collect())
}

/// Each group that was named must be in the file.
fn check_groups(given: &[Given], groups: &[String]) -> Result<(), String> {
    let mut there: Vec<&str> = given.iter().map(|given| given.group.as_str()).collect();
    there.sort_unstable();
    there.dedup();
    match groups.iter().find(|group| !there.contains(&group.as_str())) {
        Some(_) if there.is_empty() => Err("it holds no offsets".to_owned()),
        Some(missing) => Err(format!("it holds nothing for group {missing}, but for {}", there.join(", "))),
        None if there.is_empty() => Err("it holds no offsets".to_owned()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str, groups: &[&str]) -> Result<Vec<Given>, String> {
        parse(text, &groups.iter().map(|&group| group.to_owned()).collect::<Vec<_>>())
    }

    fn given(group: &str, topic: &str, offset: i64) -> Given {
        let partition = TopicPartition::new(topic, 0);
        Given { group: group.to_owned(), partition, offset, metadata: String::new() }
    }

    #[test]
    fn the_same_offsets_in_every_form() {
        let expected = vec![given("g", "t", 5), given("g", "u", 7)];
        for text in [
            "g,t,0,5\ng,u,0,7\n",
            r#"[{"group":"g","topic":"t","partition":0,"offset":5,"leader_epoch":null,"metadata":""},
                {"group":"g","topic":"u","partition":0,"offset":7}]"#,
            "{\"group\":\"g\",\"topic\":\"t\",\"partition\":0,\"offset\":5}\n{\"group\":\"g\",\"topic\":\"u\",\"partition\":0,\
             \"offset\":7}\n",
        ] {
            assert_eq!(one(text, &[]).unwrap(), expected, "{text}");
            assert_eq!(one(text, &["g"]).unwrap(), expected, "{text}");
        }
        assert_eq!(one("t,0,5\nu,0,7\n", &["g"]).unwrap(), expected);
        assert_eq!(one("g,t,0,5\nh,t,0,6\n", &["h"]).unwrap(), [given("h", "t", 6)]);
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        for (text, groups, fault) in [
            ("", &["g"][..], "it holds no offsets"),
            ("[]", &[], "it holds no offsets"),
            ("g,t,0,5\n", &["h"], "it holds nothing for group h, but for g"),
            ("t,0,5\n", &[], "line 1 has 3 fields"),
            ("t,0,-1\n", &["g"], "-1 of t-0 is no offset of a partition"),
            ("{\"topic\":\"t\",\"partition\":0,\"offset\":5}", &[], "the offset of t-0 is for no group"),
            ("{\"topic\":\"t\"", &["g"], "EOF while parsing"),
            ("[{\"topic\":1}]", &["g"], "invalid type"),
        ] {
            let told = one(text, groups).unwrap_err();
            assert!(told.starts_with(fault), "{text}: {told}");
        }
    }
}
