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
        self.rows.iter().map(|row| csv::line(row, !self.has_one_named_group)).collect()
    }
}

impl Render for Report {
    type Item = Row;

    fn items(&self) -> Vec<Row> {
        self.rows.clone()
    }

    fn table(&self) -> String {
        if self.export {
            return self.exported();
        }
        let mut table = Table::new(["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "NEW-OFFSET"]).numbers([
            "PARTITION",
            "CURRENT-OFFSET",
            "NEW-OFFSET",
        ]);
        for row in &self.rows {
            let current = row.current_offset.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
            let (partition, new) = (row.partition.to_string(), row.new_offset.to_string());
            table.row([row.group.clone(), row.topic.clone(), partition, current, new]);
        }
        table.text()
    }

    fn apache(&self) -> String {
        if self.export {
            return self.exported() + "\n";
        }
        let columns = [
            Column { heading: "GROUP", width: Width::Longest(15) },
            Column { heading: "TOPIC", width: Width::Longest(15) },
            Column { heading: "PARTITION", width: Width::Fixed(10) },
            Column { heading: "NEW-OFFSET", width: Width::None },
        ];
        let row = |row: &Row| {
            vec![row.group.clone(), row.topic.clone(), row.partition.to_string(), row.new_offset.to_string()]
        };
        let rows: Vec<Vec<String>> = self.rows.iter().map(row).collect();
        format!("\n{}", fixed_columns(&columns, &rows))
    }
}
