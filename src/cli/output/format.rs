//! `--output`: one report in the forms that people and programs read.

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;

use super::{Look, Output, Table};

/// How results are written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum OutputFormat {
    /// Columns under headings; a single column is a bare list.
    #[default]
    Table,
    /// What Apache Kafka's tool of the same work prints.
    Apache,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// One YAML document, a list.
    Yaml,
    /// Comma-separated values with a line of names.
    Csv,
}

/// The flag that chooses the form; flattened into every command that has results.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct OutputArgs {
    /// How to write results to stdout.
    #[arg(long, value_name = "FORM", value_enum, help_heading = crate::cli::OWN_OPTIONS)]
    pub output: Option<OutputFormat>,
}

/// A report that can be shown in every form. Items are what JSON and CSV hold; their field names are stable.
pub trait Render {
    type Item: Serialize;

    fn items(&self) -> Vec<Self::Item>;

    /// The form for people, as tables. A report that has none says what it has in [`Render::table`].
    fn tables(&self) -> Vec<Table> {
        Vec::new()
    }

    /// The form for people, newline included; several tables are apart by an empty line.
    fn table(&self) -> String {
        drawn(&self.tables(), Look::default())
    }

    /// Apache's text for stdout, byte for byte.
    fn apache(&self) -> String;
}

impl Output {
    pub fn show<R: Render>(&self, report: &R, format: OutputFormat) -> anyhow::Result<()> {
        let text = match format {
            OutputFormat::Table => self.for_people(report),
            OutputFormat::Apache => report.apache(),
            OutputFormat::Json => json(&report.items())?,
            OutputFormat::Jsonl => json_lines(&report.items())?,
            OutputFormat::Yaml => serde_saphyr::to_string(&report.items()).context("cannot write YAML")?,
            OutputFormat::Csv => csv(&report.items())?,
        };
        Ok(self.print(&text)?)
    }

    /// The form for people, as it fits the place that results go to.
    pub fn for_people<R: Render>(&self, report: &R) -> String {
        match report.tables().as_slice() {
            [] => report.table(),
            tables => drawn(tables, self.look()),
        }
    }
}

fn drawn(tables: &[Table], look: Look) -> String {
    let texts: Vec<String> = tables.iter().map(|table| table.drawn(look)).filter(|text| !text.is_empty()).collect();
    texts.join("\n")
}

fn json<I: Serialize>(items: &[I]) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(items)? + "\n")
}

fn json_lines<I: Serialize>(items: &[I]) -> serde_json::Result<String> {
    items.iter().map(|item| Ok(serde_json::to_string(item)? + "\n")).collect()
}

/// A line of names, then a line for each item. Lists and objects inside an item are written as JSON.
fn csv<I: Serialize>(items: &[I]) -> serde_json::Result<String> {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        let Value::Object(fields) = serde_json::to_value(item)? else { continue };
        if index == 0 {
            text.push_str(&csv_line(fields.keys().cloned()));
        }
        text.push_str(&csv_line(fields.values().map(csv_cell)));
    }
    Ok(text)
}

fn csv_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Cells with commas between, quoted where need be.
pub fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| csv_quoted(&cell)).collect();
    cells.join(",") + "\n"
}

fn csv_quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Row {
        topic: &'static str,
        lag: Option<i64>,
    }

    #[test]
    fn csv_quotes_what_would_break_a_line() {
        let rows = [Row { topic: "a,\"b\"", lag: Some(5) }, Row { topic: "c", lag: None }];
        assert_eq!(csv(&rows).unwrap(), "topic,lag\n\"a,\"\"b\"\"\",5\nc,\n");
    }

    #[test]
    fn yaml_is_a_list_in_which_every_text_stays_a_text() {
        let rows =
            [Row { topic: "no", lag: Some(5) }, Row { topic: "a: b", lag: None }, Row { topic: "1e3", lag: None }];
        let yaml = serde_saphyr::to_string(&rows).unwrap();
        assert_eq!(yaml, "- topic: \"no\"\n  lag: 5\n- topic: \"a: b\"\n  lag: null\n- topic: \"1e3\"\n  lag: null\n");
        assert_eq!(serde_saphyr::to_string(&Vec::<Row>::new()).unwrap(), "[]\n");
    }

    #[test]
    fn json_lines_hold_one_object_each() {
        let rows = [Row { topic: "a", lag: Some(5) }, Row { topic: "b", lag: None }];
        assert_eq!(json_lines(&rows).unwrap(), "{\"topic\":\"a\",\"lag\":5}\n{\"topic\":\"b\",\"lag\":null}\n");
    }
}
