//! Tables as Apache's tools print them: left-justified columns of a least width, one blank between.

/// A column's heading and how wide it is at least; a column without a width is not padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub heading: &'static str,
    pub width: Width,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Wider cells stick out.
    Fixed(usize),
    /// As wide as the longest cell, and at least this.
    Longest(usize),
    /// As wide as the cell.
    None,
}

/// Heading and rows, a newline after each.
pub fn fixed_columns(columns: &[Column], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = columns.iter().enumerate().map(|(index, column)| width(column, index, rows)).collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> =
            cells.into_iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        padded.join(" ") + "\n"
    };
    let mut text = line(columns.iter().map(|column| column.heading).collect());
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

fn width(column: &Column, index: usize, rows: &[Vec<String>]) -> usize {
    let longest = || rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    match column.width {
        Width::Fixed(width) => width,
        Width::Longest(least) => least.max(longest()),
        Width::None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_grow_only_where_they_may() {
        let columns = [
            Column { heading: "GROUP", width: Width::Longest(6) },
            Column { heading: "ID", width: Width::Fixed(3) },
            Column { heading: "HOST", width: Width::None },
        ];
        let rows = [vec!["my-group".to_owned(), "10000".to_owned(), "x".to_owned()]];
        assert_eq!(fixed_columns(&columns, &rows), "GROUP    ID  HOST\nmy-group 10000 x\n");
    }
}
