//! Which records are shown: `--grep`, `--key`, `--header`, `--where`. All that are given have to be met.

use regex::bytes::Regex;

use super::args::Args;
use super::condition::Condition;
use super::text_format::Shown;
use crate::cli::failure::Failure;

/// The conditions of a command line.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    values: Vec<Regex>,
    keys: Vec<Regex>,
    headers: Vec<HeaderCondition>,
    conditions: Vec<Condition>,
}

/// A header of this name, with a value that matches.
#[derive(Debug, Clone)]
struct HeaderCondition {
    name: String,
    value: Option<Regex>,
}

impl Filter {
    pub fn of(args: &Args) -> Result<Filter, Failure> {
        let regexes = |option: &str, patterns: &[String]| -> Result<Vec<Regex>, Failure> {
            patterns.iter().map(|pattern| regex(option, pattern)).collect()
        };
        let header = |text: &String| {
            let (name, value) = match text.split_once('=') {
                Some((name, pattern)) => (name, Some(regex("--header", pattern)?)),
                None => (text.as_str(), None),
            };
            Ok(HeaderCondition { name: name.to_owned(), value })
        };
        Ok(Filter {
            values: regexes("--grep", &args.grep)?,
            keys: regexes("--key", &args.key)?,
            headers: args.header.iter().map(header).collect::<Result<_, Failure>>()?,
            conditions: args.condition.iter().map(|text| Condition::parse(text)).collect::<Result<_, Failure>>()?,
        })
    }

    /// Whether every record passes.
    pub fn is_open(&self) -> bool {
        self.values.is_empty() && self.keys.is_empty() && self.headers.is_empty() && self.conditions.is_empty()
    }

    /// Whether a record is shown. A null matches no expression. A condition that cannot be computed for this record is not
    /// met; the first fault is kept.
    pub fn admits(&self, record: &Shown<'_>) -> bool {
        let matches = |regexes: &[Regex], bytes: Option<&[u8]>| {
            regexes.iter().all(|regex| bytes.is_some_and(|bytes| regex.is_match(bytes)))
        };
        matches(&self.values, record.value)
            && matches(&self.keys, record.key)
            && self.headers.iter().all(|condition| condition.is_met(record))
            && self.conditions.iter().all(|condition| condition.is_met(record))
    }

    /// What could not be computed, once all is read.
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        self.conditions.iter().filter_map(Condition::remark)
    }
}

impl HeaderCondition {
    fn is_met(&self, record: &Shown<'_>) -> bool {
        record.headers.iter().any(|(name, value)| {
            *name == self.name
                && self.value.as_ref().is_none_or(|regex| value.is_some_and(|value| regex.is_match(value)))
        })
    }
}

fn regex(option: &str, pattern: &str) -> Result<Regex, Failure> {
    Regex::new(pattern).map_err(|error| {
        Failure::usage(format!("'{pattern}' of {option} is no regular expression: {}", last_line(&error.to_string())))
            .hint("the syntax is that of Rust's regex crate, which is Perl's without look-around and back-references")
    })
}

/// The library draws where in the pattern something is wrong; the last line says what.
fn last_line(text: &str) -> &str {
    let line = text.lines().last().unwrap_or(text);
    line.strip_prefix("error: ").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::consumer::RecordTime;
    use crate::clock::Timestamp;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn filter(words: &[&str]) -> Result<Filter, Failure> {
        let words = ["consume", "--topic", "t"].iter().chain(words);
        Filter::of(&Command::try_parse_from(words).unwrap().args)
    }

    fn admits(words: &[&str]) -> bool {
        let record = Shown {
            topic: "orders",
            time: RecordTime::Created(Timestamp(1000)),
            partition: 1,
            offset: 7,
            headers: vec![("source", Some(b"web")), ("trace", None), ("source", Some(b"app"))],
            key: Some(b"customer-17"),
            value: Some(br#"{"total": 12.5, "items": ["a", "b"], "at": {"city": "Oslo"}}"#),
        };
        filter(words).unwrap().admits(&record)
    }

    #[test]
    fn nothing_asked_for_admits_everything() {
        assert!(filter(&[]).unwrap().is_open() && admits(&[]));
        assert!(!filter(&["--grep", "x"]).unwrap().is_open());
    }

    #[test]
    fn expressions_are_looked_for_anywhere_and_all_must_be_there() {
        assert!(admits(&["--grep", "Oslo"]) && admits(&["--grep", r"\d+\.5"]));
        assert!(!admits(&["--grep", "Oslo", "--grep", "Bergen"]));
        assert!(admits(&["--key", "^customer-", "--grep", "(?i)OSLO"]));
        assert!(!admits(&["--key", "^17"]));
    }

    #[test]
    fn a_header_by_name_or_by_name_and_value() {
        assert!(admits(&["--header", "source"]) && admits(&["--header", "trace"]));
        assert!(admits(&["--header", "source=^app$"]) && admits(&["--header", "source=web"]));
        assert!(!admits(&["--header", "trace=x"]) && !admits(&["--header", "sour"]));
    }

    #[test]
    fn conditions_see_the_record_and_its_json() {
        assert!(admits(&["--where", ".value.total > 10"]));
        assert!(admits(&["--where", ".value.at.city == \"Oslo\" and .partition == 1"]));
        assert!(admits(&["--where", ".headers.source == \"app\" and (.key | startswith(\"customer\"))"]));
        assert!(!admits(&["--where", ".value.items | length > 2"]));
        assert!(!admits(&["--where", ".value.total > 10", "--where", ".offset < 7"]));
        assert!(admits(&["--where", ".topic == \"orders\" and .timestamp == 1000"]));
    }

    #[test]
    fn what_is_no_expression_is_a_usage_error() {
        for words in
            [["--grep", "("], ["--key", "[a"], ["--header", "h=("], ["--where", ".value >"], ["--where", "nonsense(1)"]]
        {
            assert_eq!(filter(&words).unwrap_err().kind.code(), 2, "{words:?}");
        }
    }
}
