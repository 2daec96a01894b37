//! `--add-config a=1,b=[x,y]` and `--delete-config a,b`, read as Apache's tool reads them.
//!
//! A comma or an equals sign separates unless the next bracket behind it closes one. Brackets go from values, wherever they
//! stand. Of several values of one key the last counts.

use super::checks::refused;
use crate::cli::dialect::hash_order::{Made, by_key};
use crate::cli::failure::Failure;

pub fn parse(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut parts = split(text, ',');
    while parts.len() > 1 && parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    for part in parts {
        let sides = split(part, '=');
        let [name, value] = sides.as_slice() else { return Err(not_a_pair(part)) };
        let value = value.replace(['[', ']'], "");
        pairs.retain(|(other, _)| other != name.trim());
        pairs.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(pairs)
}

/// The texts between separators.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for (at, _) in text.match_indices(separator) {
        let rest = &text[at + separator.len_utf8()..];
        if rest.chars().find(|c| matches!(c, '[' | ']')) != Some(']') {
            parts.push(&text[begin..at]);
            begin = at + separator.len_utf8();
        }
    }
    parts.push(&text[begin..]);
    parts
}

/// The keys of all `--delete-config`, commas between. An empty list is one key that is empty.
pub fn names(lists: &[String]) -> Vec<String> {
    let parts = |list: &String| -> Vec<String> {
        let parts: Vec<String> =
            list.split(',').filter(|part| !part.is_empty()).map(|part| part.trim().to_owned()).collect();
        if parts.is_empty() { vec![String::new()] } else { parts }
    };
    lists.iter().flat_map(parts).collect()
}

/// Java keeps them in a map.
pub fn in_javas_order(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    by_key(pairs, |(name, _)| name, Made::Empty)
}

fn not_a_pair(pair: &str) -> Failure {
    refused(
        format!("--add-config: '{pair}' is not of the form NAME=VALUE"),
        "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\" or  \
         \"key=[val1,val2]\" to group values which contain commas.",
    )
}

pub fn check_name(name: &str) -> Result<(), Failure> {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) {
        return Ok(());
    }
    let message = format!("Invalid character found for config key: {name}");
    Err(refused(format!("'{name}' cannot be the name of a configuration"), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn brackets_hold_values_with_commas_and_equals_signs() {
        let expected = pairs(&[("cleanup.policy", "compact,delete"), ("retention.ms", "5"), ("empty", "")]);
        assert_eq!(parsed("cleanup.policy=[compact,delete], retention.ms = 5,empty="), expected);
        let credentials = "SCRAM-SHA-256=[iterations=8192,password=a=b],x=1,";
        assert_eq!(parsed(credentials), pairs(&[("SCRAM-SHA-256", "iterations=8192,password=a=b"), ("x", "1")]));
        assert_eq!(parsed("a=[b"), pairs(&[("a", "b")]));
        assert_eq!(parsed("a=1,a=2"), pairs(&[("a", "2")]));
    }

    #[test]
    fn anything_else_is_no_pair() {
        for bad in ["a", "", "a=b=c", ",a=1", "a=1,,b=2"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(check_name("a+b").is_err() && check_name("a b").is_err() && check_name("a.b-c_d").is_ok());
    }

    #[test]
    fn keys_to_delete_are_lists_without_what_is_empty() {
        let names = |lists: &[&str]| names(&lists.iter().map(|&list| list.to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&[" a , b", "c,,d,"]), ["a", "b", "c", "d"]);
        assert_eq!(names(&[""]), [""]);
        assert_eq!(names(&[]), Vec::<String>::new());
    }
}
