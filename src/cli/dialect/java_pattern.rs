//! What Java says about a regular expression that it cannot read.
//!
//! The expression is read by the crate `regex`; the faults that people make have Java's words here (recorded from JDK 17),
//! the others keep the crate's.

use crate::cli::failure::Failure;

const CLASS: &str = "java.util.regex.PatternSyntaxException";

/// The failure of an option or property that holds the expression.
pub fn failure(given_as: &str, pattern: &str, error: &regex::Error) -> Failure {
    let message = error.to_string();
    Failure::usage(format!("{given_as} is no regular expression: {message}"))
        .thrown(CLASS, words(pattern, &message).unwrap_or(message))
}

fn words(pattern: &str, fault: &str) -> Option<String> {
    let length = pattern.chars().count();
    if fault.contains("unclosed group") {
        return Some(format!("Unclosed group near index {length}\n{pattern}"));
    }
    if fault.contains("unclosed character class") {
        return Some(pointed("Unclosed character class", pattern, length.checked_sub(1)?));
    }
    if fault.contains("repetition operator missing expression") {
        let at = pattern.chars().position(|character| matches!(character, '*' | '+' | '?'))?;
        return Some(pointed(&format!("Dangling meta character '{}'", pattern.chars().nth(at)?), pattern, at));
    }
    None
}

fn pointed(fault: &str, pattern: &str, at: usize) -> String {
    format!("{fault} near index {at}\n{pattern}\n{}^", " ".repeat(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_faults_are_told_in_javas_words() {
        let told = |pattern: &str| {
            let error = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap_err();
            words(pattern, &error.to_string())
        };
        assert_eq!(told("(").unwrap(), "Unclosed group near index 1\n(");
        assert_eq!(told("[").unwrap(), "Unclosed character class near index 0\n[\n^");
        assert_eq!(told("*a").unwrap(), "Dangling meta character '*' near index 0\n*a\n^");
        assert_eq!(told("a{2,1}"), None);
    }
}
