//! How argparse4j breaks a text into lines: at the places where Java's `BreakIterator` would, and justified, the blanks of a
//! line widened until it is full.
//!
//! Java breaks behind blanks, hyphens and closing punctuation and before opening brackets; numbers stay whole. The places
//! here are Java's for texts of ASCII without odd runs of quotes and dollar signs (recorded from JDK 17).

use std::sync::LazyLock;

use regex::Regex;

/// Lines of at most `width`; the first begins at `offset`, those behind it with `indent`. The last is not justified.
pub fn justified(text: &str, width: usize, offset: usize, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    let mut column = offset;
    for piece in pieces(text) {
        let length = piece.chars().count();
        column += length;
        if column > width {
            lines.push_str(&full(&line, width, column - length));
            lines.push('\n');
            lines.push_str(indent);
            line.clear();
            column = indent.len() + length;
        }
        line.push_str(piece);
        if piece.ends_with('\n') {
            lines.push_str(&line);
            lines.push_str(indent);
            line.clear();
            column = indent.len();
        }
    }
    lines + &line
}

/// The line without blanks around it, those within widened evenly; what is left over widens the ones in the middle.
fn full(line: &str, width: usize, column: usize) -> String {
    let trimmed = line.trim_matches(' ');
    let column = column - (line.len() - trimmed.len());
    let gaps = gaps(trimmed);
    if gaps.is_empty() {
        return trimmed.to_owned();
    }
    let missing = width.saturating_sub(column);
    let (each, rest) = (missing / gaps.len(), missing % gaps.len());
    let middle = (gaps.len() - rest).div_ceil(2);
    let wider = middle..middle + rest;
    let mut widened = String::new();
    let mut from = 0;
    for (number, gap) in gaps.into_iter().enumerate() {
        widened.push_str(&trimmed[from..gap]);
        widened.push_str(&" ".repeat(each + usize::from(wider.contains(&number))));
        from = gap;
    }
    widened + &trimmed[from..]
}

/// Where runs of blanks begin.
fn gaps(line: &str) -> Vec<usize> {
    let blanks = line.match_indices(' ').map(|(at, _)| at);
    blanks.filter(|at| !line[..*at].ends_with(' ')).collect()
}

/// One word as Java sees it, without what joins it to the next.
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let before = r#"[(\[{"]"#;
    let after = r#"[.,;:!?%)\]}"]"#;
    let plain = r#"[^\s\-.,;:!?%)\]}"(\[{]"#;
    let number = r"'*\$?'*(?:-+\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)+)";
    Regex::new(&format!("^{before}*(?:{number}|{plain}*)(?:-+|{after}*)")).ok()
});

/// The text cut at every place where a line may end.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = word(rest);
        while is_joined(&rest[..end], &rest[end..]) {
            end += word(&rest[end..]);
        }
        let blanks = rest[end..].len() - rest[end..].trim_start_matches([' ', '\t', '\r']).len();
        end += blanks;
        end += usize::from(rest[end..].starts_with('\n'));
        let (piece, left) = rest.split_at(end);
        pieces.push(piece);
        rest = left;
    }
    pieces
}

/// The length of the word at the beginning; blanks alone are one too.
fn word(text: &str) -> usize {
    let found = WORD.as_ref().and_then(|word| word.find(text)).map_or(0, |found| found.end());
    let first = text.chars().next().map_or(0, char::len_utf8);
    if found == 0 && !text.starts_with(char::is_whitespace) { first } else { found }
}

/// Java never breaks before an apostrophe or a dollar sign, nor between one of them and a bracket, nor before `()`.
fn is_joined(before: &str, after: &str) -> bool {
    !before.is_empty()
        && (after.starts_with(['\'', '$'])
            || after.starts_with("()")
            || before.ends_with(['\'', '$']) && after.starts_with(['(', '[', '{', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from JDK 17, `BreakIterator.getLineInstance`.
    #[test]
    fn lines_may_end_where_javas_may() {
        for recorded in [
            "kafka-|transactions.|sh: |error: |argument |--|bootstrap-|server/-|b: |not |allowed",
            "'foo' |(choose |from |'a', |'b-|c')",
            "could |not |convert |'abc' |to |Integer |(For |input |string: |\"abc\")",
            "1,000.5 |a1.|b2 |3a |4-|5 |-6 |--|x |(-1) |-5|a |1.5|a |5:|5 |5/5",
            "host:|port |a_b |a=b |a|(b)|c |[d]|e |x/y,|z |100% |$5 |it's |'-' |'-5' |'--|bootstrap-|server'",
            "a:|9092,|b:|9093 |a()|x |`host:|port`  |(multiple |comma-|separated",
        ] {
            assert_eq!(pieces(&recorded.replace('|', "")).join("|"), recorded);
        }
    }

    #[test]
    fn a_line_is_widened_to_its_end_and_the_middle_most() {
        let text = "kafka-transactions.sh: error: argument --bootstrap-server: expected one argument\n";
        let lines = "kafka-transactions.sh: error:  argument  --bootstrap-server:  expected  one\nargument\n";
        assert_eq!(justified(text, 75, 0, ""), lines);
    }

    #[test]
    fn lines_behind_the_first_are_indented_and_the_first_begins_at_its_offset() {
        let lines = justified("hostname and port for the broker to connect to, and more", 30, 10, "          ");
        assert_eq!(lines, "hostname  and   port\n          for  the  broker  to\n          connect to, and more");
    }

    #[test]
    fn no_text_is_no_line_and_a_long_word_stands_alone() {
        assert_eq!(justified("", 20, 0, ""), "");
        assert_eq!(
            justified("a verylongwordwithoutanyplacetobreak b", 10, 0, ""),
            "a\nverylongwordwithoutanyplacetobreak\nb"
        );
    }
}
