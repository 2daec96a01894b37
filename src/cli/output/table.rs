//! Tables for people: headings in capitals, columns apart by two blanks, no lines. One column is a bare list.

use comfy_table::{CellAlignment, ContentArrangement, presets};

/// Rows under headings. Numbers are right-aligned by [`Table::numbers`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    right_aligned: Vec<usize>,
}

impl Table {
    pub fn new<const N: usize>(headings: [&str; N]) -> Table {
        Table { headings: headings.map(str::to_owned).to_vec(), rows: Vec::new(), right_aligned: Vec::new() }
    }

    /// A table whose columns were chosen at run time.
    pub fn with(headings: Vec<&str>, rows: Vec<Vec<String>>) -> Table {
        Table { headings: headings.into_iter().map(str::to_owned).collect(), rows, right_aligned: Vec::new() }
    }

    /// Right-aligns the columns with these headings.
    #[must_use]
    pub fn numbers<const N: usize>(mut self, headings: [&str; N]) -> Table {
        let column = |heading: &str| self.headings.iter().position(|each| each == heading);
        self.right_aligned = headings.into_iter().filter_map(column).collect();
        self
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// Leaves out columns in which every cell is empty. Call it before [`Table::numbers`].
    #[must_use]
    pub fn without_empty_columns(mut self) -> Table {
        let kept: Vec<usize> =
            (0..self.headings.len()).filter(|&column| self.rows.iter().any(|row| !row[column].is_empty())).collect();
        let keep = |cells: &Vec<String>| kept.iter().map(|&column| cells[column].clone()).collect();
        self.rows = self.rows.iter().map(keep).collect();
        self.headings = keep(&self.headings);
        self
    }

    /// The text, with a newline at the end of every line and no blanks there. A single column has no heading.
    pub fn text(&self) -> String {
        if self.headings.len() == 1 {
            return self.rows.iter().flatten().map(|cell| format!("{cell}\n")).collect();
        }
        if self.rows.is_empty() {
            return String::new();
        }
        self.drawn().lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn drawn(&self) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(&self.headings);
        table.add_rows(&self.rows);
        let last = self.headings.len().saturating_sub(1);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 2 }));
            if self.right_aligned.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_headings_and_lines_end_without_blanks() {
        let mut table = Table::new(["TOPIC", "LAG", "HOST"]).numbers(["LAG"]);
        table.row(["orders".to_owned(), "5".to_owned(), String::new()]);
        table.row(["a".to_owned(), "1000".to_owned(), "x".to_owned()]);
        assert_eq!(table.text(), "TOPIC    LAG  HOST\norders     5\na       1000  x\n");
    }

    #[test]
    fn a_single_column_is_a_bare_list() {
        let mut table = Table::new(["TOPIC"]);
        table.row(["orders".to_owned()]);
        assert_eq!(table.text(), "orders\n");
    }
}
