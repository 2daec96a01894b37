//! Apache's tables of this tool: every column as wide as its longest cell and followed by a tab.

/// Heading and rows, each line ended by the last column's tab.
pub fn tabbed(headings: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.max().unwrap_or(0).max(heading.len())
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| -> String {
        cells.zip(&widths).map(|(cell, &width)| format!("{cell:<width$}\t")).collect::<String>() + "\n"
    };
    let heading = line(&mut headings.iter().copied());
    rows.iter().fold(heading, |text, row| text + &line(&mut row.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell_and_end_in_a_tab() {
        let rows = [vec!["payments".to_owned(), "1".to_owned()]];
        assert_eq!(tabbed(&["Id", "Coordinator"], &rows), "Id      \tCoordinator\t\npayments\t1          \t\n");
        assert_eq!(tabbed(&["Id"], &[]), "Id\t\n");
    }
}
