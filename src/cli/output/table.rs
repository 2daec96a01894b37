//! Tables for people: headings in capitals, columns apart by two blanks, no lines. One column is a bare list.
//!
//! On a terminal headings are bold, and cells are wrapped when a line would not fit. Elsewhere lines are as long as need be.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, presets};

use super::Look;

/// Rows under headings. Numbers are right-aligned by [`Table::numbers`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    right_aligned: Vec<usize>,
}

const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// A column is not made narrower than this.
const NARROWEST: u16 = 8;

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
        self.drawn(Look::default())
    }

    /// The same for a place that looks like this.
    pub fn drawn(&self, look: Look) -> String {
        if self.headings.len() == 1 {
            return self.rows.iter().flatten().map(|cell| format!("{cell}\n")).collect();
        }
        if self.rows.is_empty() {
            return String::new();
        }
        let drawing = self.drawing(look.width.filter(|width| *width < self.natural_width()));
        let lines: Vec<&str> = drawing.lines().map(str::trim_end).collect();
        let bold = if look.colour { self.heading_height(&lines) } else { 0 };
        let line = |(number, line): (usize, &&str)| {
            if number < bold { format!("{BOLD}{line}{PLAIN}\n") } else { format!("{line}\n") }
        };
        lines.iter().enumerate().map(line).collect()
    }

    /// Lines that the headings take: all, less what the rows alone would.
    fn heading_height(&self, lines: &[&str]) -> usize {
        if lines.len() == self.rows.len() + 1 { 1 } else { 0 }
    }

    fn natural_width(&self) -> u16 {
        let gaps = 2 * self.headings.len().saturating_sub(1);
        let columns = self.drawn_table(None).column_max_content_widths();
        columns.into_iter().fold(u16::try_from(gaps).unwrap_or(u16::MAX), u16::saturating_add)
    }

    fn drawing(&self, width: Option<u16>) -> String {
        self.drawn_table(width).to_string()
    }

    fn drawn_table(&self, width: Option<u16>) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).force_no_tty().set_content_arrangement(ContentArrangement::Disabled);
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.set_header(&self.headings);
        table.add_rows(&self.rows);
        let last = self.headings.len().saturating_sub(1);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 2 }));
            if self.right_aligned.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
                column.set_constraint(ColumnConstraint::ContentWidth);
            } else if width.is_some() {
                column.set_constraint(ColumnConstraint::LowerBoundary(comfy_table::Width::Fixed(NARROWEST)));
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["TOPIC", "LAG", "HOST"]).numbers(["LAG"]);
        table.row(["orders".to_owned(), "5".to_owned(), String::new()]);
        table.row(["a".to_owned(), "1000".to_owned(), "x".to_owned()]);
        table
    }

    #[test]
    fn columns_stand_under_their_headings_and_lines_end_without_blanks() {
        assert_eq!(table().text(), "TOPIC    LAG  HOST\norders     5\na       1000  x\n");
    }

    #[test]
    fn a_single_column_is_a_bare_list() {
        let mut table = Table::new(["TOPIC"]);
        table.row(["orders".to_owned()]);
        assert_eq!(table.drawn(Look { width: Some(3), colour: true }), "orders\n");
    }

    #[test]
    fn headings_are_bold_where_colour_is_wanted() {
        let drawn = table().drawn(Look { width: Some(80), colour: true });
        assert_eq!(drawn, "\x1b[1mTOPIC    LAG  HOST\x1b[0m\norders     5\na       1000  x\n");
    }

    #[test]
    fn what_does_not_fit_is_wrapped_and_numbers_stay_whole() {
        let mut table = Table::new(["GROUP", "LAG", "CONSUMER-ID"]).numbers(["LAG"]);
        let id = "rdkafka-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        table.row(["billing".to_owned(), "123456789".to_owned(), id.to_owned()]);
        assert_eq!(table.text().lines().count(), 2);
        let drawn = table.drawn(Look { width: Some(40), colour: false });
        assert!(drawn.lines().all(|line| line.chars().count() <= 40), "{drawn}");
        assert!(drawn.contains("123456789"), "{drawn}");
        let cells: String = drawn.lines().skip(1).filter_map(|line| line.split_whitespace().last()).collect();
        assert_eq!(cells, id);
        assert_eq!(table.drawn(Look { width: Some(200), colour: false }), table.text());
    }
}
