//! Tables for people: headings in capitals, columns apart by two blanks, no lines. One column is a bare list.
//!
//! On a terminal headings are bold, and cells are wrapped when a line would not fit. Elsewhere lines are as long as need be.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

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

/// Blanks between columns.
const GAP: usize = 2;

/// Words up to this are never broken; a column of longer ones is not made narrower than the other.
const LONGEST_WORD: usize = 10;
const NARROWEST: usize = 8;

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
        let narrower = look.width.filter(|width| self.natural_width() > usize::from(*width)).map(|width| {
            let shown = self.without_columns_of_dashes();
            let widths = shown.widths_within(usize::from(width));
            (shown, widths)
        });
        let (table, widths) = narrower.as_ref().map_or((self, None), |(shown, widths)| (shown, widths.as_deref()));
        let bold = if look.colour { table.drawing(&[], widths).lines().count() } else { 0 };
        let drawing = table.drawing(&table.rows, widths);
        let line = |(number, line): (usize, &str)| match line.trim_end() {
            heading if number < bold => format!("{BOLD}{heading}{PLAIN}\n"),
            line => format!("{line}\n"),
        };
        drawing.lines().enumerate().map(line).collect()
    }

    /// Columns that say nothing make way first; the first column stays.
    fn without_columns_of_dashes(&self) -> Table {
        let says = |column: usize| self.rows.iter().any(|row| row[column] != "-");
        let kept: Vec<usize> = (0..self.headings.len()).filter(|&column| column == 0 || says(column)).collect();
        let keep = |cells: &Vec<String>| kept.iter().map(|&column| cells[column].clone()).collect();
        let right_aligned = (0..kept.len()).filter(|&place| self.right_aligned.contains(&kept[place])).collect();
        Table { headings: keep(&self.headings), rows: self.rows.iter().map(keep).collect(), right_aligned }
    }

    /// Widths that fit: the widest columns give way, numbers never. None if even that is too wide.
    fn widths_within(&self, room: usize) -> Option<Vec<usize>> {
        let mut widths = self.natural_widths();
        let least: Vec<usize> = (0..widths.len()).map(|column| self.narrowest(column, widths[column])).collect();
        let mut excess = self.natural_width().saturating_sub(room);
        while excess > 0 {
            let shrinkable = (0..widths.len()).filter(|&column| widths[column] > least[column]);
            let widest = shrinkable.max_by_key(|&column| widths[column])?;
            widths[widest] -= 1;
            excess -= 1;
        }
        Some(widths)
    }

    /// Short words stay whole, long ones may be broken.
    fn narrowest(&self, column: usize, natural: usize) -> usize {
        if self.right_aligned.contains(&column) {
            return natural;
        }
        let words = self.cells(column).flat_map(|cell| cell.split(' '));
        match words.map(|word| word.chars().count()).max() {
            Some(longest) if longest > LONGEST_WORD => NARROWEST,
            longest => longest.unwrap_or(natural).min(natural),
        }
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &String> {
        std::iter::once(&self.headings[column]).chain(self.rows.iter().map(move |row| &row[column]))
    }

    fn natural_widths(&self) -> Vec<usize> {
        let widest = |column| self.cells(column).map(|cell| cell.chars().count()).max().unwrap_or(0);
        (0..self.headings.len()).map(widest).collect()
    }

    fn natural_width(&self) -> usize {
        self.natural_widths().iter().sum::<usize>() + GAP * self.headings.len().saturating_sub(1)
    }

    fn drawing(&self, rows: &[Vec<String>], widths: Option<&[usize]>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).force_no_tty().set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(&self.headings);
        table.add_rows(rows);
        let last = self.headings.len().saturating_sub(1);
        for (index, column) in table.column_iter_mut().enumerate() {
            let gap = if index == last { 0 } else { GAP };
            column.set_padding((0, gap as u16));
            if self.right_aligned.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if let Some(width) = widths.and_then(|widths| widths.get(index)) {
                let width = u16::try_from(width + gap).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            }
        }
        table.to_string()
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
    fn columns_that_say_nothing_make_way_where_there_is_little_room() {
        let mut table = Table::new(["GROUP", "LAG", "HOST", "TIME"]).numbers(["LAG"]);
        table.row(["billing", "7", "-", "2026-01-01 00:00:00"].map(str::to_owned));
        let drawn = |width| table.drawn(Look { width: Some(width), colour: true });
        assert_eq!(drawn(33), "\x1b[1mGROUP    LAG  TIME\x1b[0m\nbilling    7  2026-01-01 00:00:00\n");
        assert_eq!(drawn(30), "\x1b[1mGROUP    LAG  TIME\x1b[0m\nbilling    7  2026-01-01\n              00:00:00\n");
        assert_eq!(drawn(10), drawn(33), "too narrow for anything: the terminal breaks the lines");
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
