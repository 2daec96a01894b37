//! `groups --validate-regex`: whether an expression is one by the rules of RE2, which brokers match subscriptions by.
//!
//! Rust's syntax is RE2's but for a few things, checked here. The words for what is wrong are RE2/J's, recorded from Kafka
//! 4.2.1.

use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;
use serde::Serialize;

use crate::cli::output::Render;

pub struct Report {
    expression: String,
    fault: Option<&'static str>,
}

pub fn run(expression: &str) -> Report {
    Report { fault: fault(expression), expression: expression.to_owned() }
}

/// The most often that something may be repeated.
const MOST: u32 = 1000;

fn fault(expression: &str) -> Option<&'static str> {
    match Parser::new().parse(expression) {
        Err(error) => Some(in_words(error.kind())),
        Ok(_) if repeats_a_repetition(expression) => Some("invalid nested repetition operator"),
        Ok(_) if counts(expression).any(|count| count > MOST) => Some("invalid repeat count"),
        Ok(_) => None,
    }
}

fn in_words(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::GroupUnclosed => "missing closing )",
        ErrorKind::GroupUnopened => "regexp/syntax: internal error",
        ErrorKind::ClassUnclosed | ErrorKind::ClassEscapeInvalid => "missing closing ]",
        ErrorKind::ClassRangeInvalid | ErrorKind::ClassRangeLiteral => "invalid character class range",
        ErrorKind::RepetitionMissing => "missing argument to repetition operator",
        ErrorKind::RepetitionCountInvalid
        | ErrorKind::RepetitionCountUnclosed
        | ErrorKind::RepetitionCountDecimalEmpty => "invalid repeat count",
        ErrorKind::EscapeUnexpectedEof => "trailing backslash at end of expression",
        ErrorKind::EscapeUnrecognized
        | ErrorKind::EscapeHexInvalid
        | ErrorKind::EscapeHexInvalidDigit
        | ErrorKind::UnsupportedBackreference => "invalid escape sequence",
        ErrorKind::GroupNameDuplicate { .. } => "duplicate capture group name",
        ErrorKind::GroupNameEmpty | ErrorKind::GroupNameInvalid | ErrorKind::GroupNameUnexpectedEof => {
            "invalid named capture"
        }
        _ => "invalid or unsupported Perl syntax",
    }
}

/// Pieces of an expression outside classes, without escaped characters.
fn plain(expression: &str) -> impl Iterator<Item = char> {
    let (mut is_escaped, mut is_class) = (false, false);
    expression.chars().map(move |c| {
        let was_escaped = is_escaped;
        is_escaped = c == '\\' && !was_escaped;
        if was_escaped || is_escaped {
            return 'x';
        }
        let was_class = is_class;
        is_class = if is_class { c != ']' } else { c == '[' };
        if was_class || is_class { 'x' } else { c }
    })
}

/// `a**`; a `?` behind an operator makes it lazy and is no second one.
fn repeats_a_repetition(expression: &str) -> bool {
    let characters: Vec<char> = plain(expression).collect();
    let is_operator = |c: char| matches!(c, '*' | '+' | '}');
    characters.windows(2).any(|pair| is_operator(pair[0]) && matches!(pair[1], '*' | '+'))
        || characters
            .windows(3)
            .any(|three| is_operator(three[0]) && three[1] == '?' && matches!(three[2], '*' | '+' | '?'))
}

/// The numbers between braces.
fn counts(expression: &str) -> impl Iterator<Item = u32> {
    let text: String = plain(expression).collect();
    let inside: Vec<String> =
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect();
    inside.into_iter().flat_map(|numbers| numbers.split(',').filter_map(|n| n.parse().ok()).collect::<Vec<u32>>())
}

#[derive(Serialize)]
pub struct Item {
    expression: String,
    valid: bool,
    fault: Option<&'static str>,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        vec![Item { expression: self.expression.clone(), valid: self.fault.is_none(), fault: self.fault }]
    }

    fn table(&self) -> String {
        self.apache()
    }

    fn apache(&self) -> String {
        match self.fault {
            None => format!("The regular expression `{}` is valid.\n", self.expression),
            Some(fault) => format!("The regular expression `{}` is invalid: {fault}.\n", self.expression),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_on_an_operator_and_a_large_count_are_refused() {
        assert_eq!(fault("a**"), Some("invalid nested repetition operator"));
        assert_eq!(fault("a{1001}"), Some("invalid repeat count"));
        for fine in ["a*?", "[*+]+", r"\**", "a{2,1000}", "(foo|bar)+[0-9]?", ""] {
            assert_eq!(fault(fine), None, "{fine}");
        }
    }
}
