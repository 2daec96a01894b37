//! `--add-config a=1,b=[x,y]` and `--delete-config a,b`.

use super::entity::refused;
use crate::cli::failure::Failure;

/// Commas inside square brackets belong to the value; the brackets do not. A value may be empty.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in outside_brackets(text) {
        let (name, value) = pair.split_once('=').ok_or_else(|| not_a_pair(pair))?;
        let (name, value) = (checked_name(name.trim())?, value.trim());
        let value = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap_or(value);
        pairs.retain(|(other, _)| *other != name);
        pairs.push((name, value.to_owned()));
    }
    Ok(pairs)
}

pub fn names(text: &str) -> Result<Vec<String>, Failure> {
    text.split(',').map(|name| checked_name(name.trim())).collect()
}

/// Splits at commas, those inside `[…]` excepted.
fn outside_brackets(text: &str) -> Vec<&str> {
    let mut is_inside = false;
    text.split(move |c| {
        match c {
            '[' => is_inside = true,
            ']' => is_inside = false,
            _ => {}
        }
        c == ',' && !is_inside
    })
    .collect()
}

fn not_a_pair(pair: &str) -> Failure {
    refused(
        format!("--add-config: '{pair}' is not of the form NAME=VALUE"),
        "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\" or  \
         \"key=[val1,val2]\" to group values which contain commas.",
    )
}

pub fn checked_name(name: &str) -> Result<String, Failure> {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) {
        return Ok(name.to_owned());
    }
    let message = format!("Invalid character found for config key: {name}");
    Err(refused(format!("'{name}' cannot be the name of a configuration"), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_hold_values_with_commas() {
        let pairs = parse("cleanup.policy=[compact,delete], retention.ms = 5,empty=").unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("cleanup.policy", "compact,delete"), ("retention.ms", "5"), ("empty", "")]);
    }

    #[test]
    fn a_value_may_hold_an_equals_sign_and_a_name_may_not_be_anything() {
        assert_eq!(parse("a=b=c").unwrap(), [("a".to_owned(), "b=c".to_owned())]);
        assert!(parse("a").is_err() && parse("a b=1").is_err() && parse("=1").is_err());
        assert_eq!(names("a, b").unwrap(), ["a", "b"]);
    }
}
