//! Rules about options that belong together or exclude each other, worded for both dialects.
//!
//! Apache's tools check them one after the other, in an order that scripts can see, so commands ask these functions in
//! that order. Options are named without dashes, as Apache's messages show them.

use super::failure::Failure;

/// Exactly one of a command's actions has to be given.
pub fn one_action(actions: &[(&str, bool)]) -> Result<(), Failure> {
    if actions.iter().filter(|(_, given)| *given).count() == 1 {
        return Ok(());
    }
    let names: Vec<String> = actions.iter().map(|(name, _)| format!("--{name}")).collect();
    let given: Vec<String> = actions.iter().filter(|(_, given)| *given).map(|(name, _)| format!("--{name}")).collect();
    let message = match given.as_slice() {
        [] => format!("nothing to do: give one of {}", listed(&names, "or")),
        given => format!("only one thing at a time: {} were given", listed(given, "and")),
    };
    Err(Failure::usage(message))
}

/// An option that `why` (such as `--create`) cannot do without.
pub fn required(given: bool, option: &str, why: &str) -> Result<(), Failure> {
    if given {
        return Ok(());
    }
    let failure = Failure::usage(format!("{why} needs --{option}"));
    Err(failure.apache_usage(format!("Missing required argument \"[{option}]\"")))
}

/// An option that makes no sense together with others; the first of `others` that is given is named.
pub fn excludes(given: bool, option: &str, others: &[(&str, bool)]) -> Result<(), Failure> {
    match others.iter().find(|(_, other)| given && *other) {
        None => Ok(()),
        Some((other, _)) => {
            let failure = Failure::usage(format!("--{option} cannot be used with --{other}"));
            Err(failure.apache_usage(format!("Option \"[{option}]\" can't be used with option \"[{other}]\"")))
        }
    }
}

/// `1 record`, `5 records`.
pub fn counted(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `a, b and c`.
pub fn listed(items: &[impl AsRef<str>], conjunction: &str) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} {conjunction} {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::ApacheForm;

    #[test]
    fn a_rule_that_is_broken_is_worded_for_both_dialects() {
        let failure = excludes(true, "partitions", &[("list", false), ("delete", true)]).unwrap_err();
        assert_eq!(failure.messages, ["--partitions cannot be used with --delete"]);
        let apache = "Option \"[partitions]\" can't be used with option \"[delete]\"".to_owned();
        assert_eq!(failure.apache, Some(ApacheForm::Usage(apache)));
        assert!(excludes(false, "partitions", &[("delete", true)]).is_ok());
    }

    #[test]
    fn no_action_and_two_actions_are_told_apart() {
        let none = one_action(&[("list", false), ("create", false)]).unwrap_err();
        assert_eq!(none.messages, ["nothing to do: give one of --list or --create"]);
        let two = one_action(&[("list", true), ("create", true)]).unwrap_err();
        assert_eq!(two.messages, ["only one thing at a time: --list and --create were given"]);
    }
}
