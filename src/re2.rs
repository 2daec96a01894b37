//! Regular expressions by the rules of RE2, by which brokers match subscriptions.
//!
//! Rust's syntax is RE2's but for a few things: what RE2/J refuses is refused here, in its words (recorded from Kafka
//! 4.2.1). What differs still: `\Q…\E` and `\C` are not known here, and `[a&&b]` and classes within classes mean what
//! they do in Rust. `\d`, `\w` and `\s` are of all alphabets here and of ASCII there, which no topic's name can show.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;

/// Most memory of a compiled expression; anybody may send one.
const MOST_BYTES: usize = 1 << 20;

/// An expression that a whole text matches or does not.
#[derive(Debug, Clone)]
pub struct WholeMatch {
    regex: Regex,
}

impl WholeMatch {
    /// What is wrong with the expression, if it is none.
    pub fn new(expression: &str) -> Result<WholeMatch, &'static str> {
        if let Some(fault) = fault(expression) {
            return Err(fault);
        }
        // Written anew from what it means, so that nothing in it reaches beyond it.
        let meaning = regex_syntax::parse(expression).map_err(|_| "invalid or unsupported Perl syntax")?;
        let regex = RegexBuilder::new(&format!(r"\A(?:{meaning})\z")).size_limit(MOST_BYTES).build();
        regex.map(|regex| WholeMatch { regex }).map_err(|_| "expression too large")
    }

    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// The most often that something may be repeated.
const MOST: u32 = 1000;

/// Why an expression is none.
pub fn fault(expression: &str) -> Option<&'static str> {
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

    #[test]
    fn only_a_whole_text_matches() {
        let matches = |expression: &str, text: &str| WholeMatch::new(expression).unwrap().matches(text);
        for (expression, text) in [("a|ab", "ab"), ("a.*", "abc"), ("(?x)a b # c", "ab"), ("", ""), ("(?i)A", "a")] {
            assert!(matches(expression, text), "{expression} {text}");
        }
        for (expression, text) in [("a", "ab"), ("b", "ab"), ("a|b", "ab"), ("a", "a\n"), ("(?m)^a$", "a\nb")] {
            assert!(!matches(expression, text), "{expression} {text}");
        }
        assert_eq!(WholeMatch::new("[a").err(), Some("missing closing ]"));
        assert_eq!(WholeMatch::new("((a{1000}){1000}){1000}").err(), Some("expression too large"));
    }
}
