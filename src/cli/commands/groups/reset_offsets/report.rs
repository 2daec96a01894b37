//! What resetting offsets shows: a table, Apache's table, or CSV for `--from-file`.

use serde::Serialize;

use super::csv;
use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{Render, Table};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    pub current_offset: Option<i64>,
    pub new_offset: i64,
    pub dry_run: bool,
}

impl Row {
    /// What is lost when it is committed.
    pub fn loss(&self) -> Option<String> {
        let current = self.current_offset.filter(|current| *current != self.new_offset)?;
        let Row { group, topic, partition, new_offset, .. } = self;
        Some(format!("{topic}-{partition}: committed offset {current} of group {group} becomes {new_offset}"))
    }
}

/// Rows that are only shown, as a table or as data.
pub struct Rows {
    pub rows: Vec<Row>,
}

impl Render for Rows {
    type Item = Row;

    fn items(&self) -> Vec<Row> {
        self.rows.clone()
    }

    fn tables(&self) -> Vec<Table> {
        vec![table(&self.rows)]
    }

    fn apache(&self) -> String {
        apache(&self.rows)
    }
}

pub struct Report {
    pub rows: Vec<Row>,
    /// CSV in the place of a table.
    pub export: bool,
    /// Then CSV leaves the group out.
    pub has_one_named_group: bool,
}

impl Report {
    fn exported(&self) -> String {
        let line = |row: &Row| {
            let group = Some(row.group.as_str()).filter(|_| !self.has_one_named_group);
            csv::line(group, &row.topic, row.partition, row.new_offset)
        };
        self.rows.iter().map(line).collect()
    }
}

impl Render for Report {
    type Item = Row;

    fn items(&self) -> Vec<Row> {
        self.rows.clone()
    }

    fn tables(&self) -> Vec<Table> {
        if self.export { Vec::new() } else { vec![table(&self.rows)] }
    }

    /// With `--export`, which has no table.
    fn table(&self) -> String {
        self.exported()
    }

    fn apache(&self) -> String {
        if self.export { self.exported() + "\n" } else { apache(&self.rows) }
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "NEW-OFFSET"]).numbers([
        "PARTITION",
        "CURRENT-OFFSET",
        "NEW-OFFSET",
    ]);
    for row in rows {
        let current = row.current_offset.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
        let (partition, new) = (row.partition.to_string(), row.new_offset.to_string());
        table.row([row.group.clone(), row.topic.clone(), partition, current, new]);
    }
    table
}

fn apache(rows: &[Row]) -> String {
    let columns = [
        Column { heading: "GROUP", width: Width::Longest(15) },
        Column { heading: "TOPIC", width: Width::Longest(15) },
        Column { heading: "PARTITION", width: Width::Fixed(10) },
        Column { heading: "NEW-OFFSET", width: Width::None },
    ];
    let row =
        |row: &Row| vec![row.group.clone(), row.topic.clone(), row.partition.to_string(), row.new_offset.to_string()];
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    format!("\n{}", fixed_columns(&columns, &rows))
}
