//! Which partitions `get-offsets` means.
//!
//! `--topic-partitions` is a list of `TOPIC[:PARTITIONS]`, of which one has to match; `--topic` and `--partitions` both have
//! to. Topics are regular expressions; under kavka's own name the name of a topic means that topic only.

use regex::Regex;

use crate::cli::dialect::topic_filter;
use crate::cli::failure::Failure;
use crate::cli::tools::Dialect;
use crate::client::admin::topics::TopicListing;
use crate::vocabulary::{INTERNAL_TOPICS, TopicPartition};

#[derive(Debug)]
pub struct Filter {
    rules: Vec<Rule>,
    names_come_first: bool,
    pub exclude_internal: bool,
}

/// One pattern of topics, and which of their partitions.
#[derive(Debug)]
struct Rule {
    given: String,
    topic: Option<Regex>,
    partitions: Partitions,
}

#[derive(Debug, PartialEq, Eq)]
enum Partitions {
    /// All if empty.
    Set(Vec<i32>),
    /// From the first to below the second.
    Range(i32, i32),
}

impl Filter {
    pub fn of_topic(topic: Option<&str>, partitions: Option<&str>, dialect: Dialect) -> Result<Filter, Failure> {
        let topic_rule = topic.map(topic_filter).transpose()?;
        let partitions = Partitions::Set(partition_set(partitions.unwrap_or_default())?);
        let given = topic.unwrap_or_default().to_owned();
        Ok(Filter::of(vec![Rule { given, topic: topic_rule, partitions }], dialect))
    }

    pub fn of_patterns(patterns: &str, dialect: Dialect) -> Result<Filter, Failure> {
        // Java drops what is empty behind the last comma, and reads one empty text as a pattern for everything.
        let kept = patterns.trim_end_matches(',');
        let kept = if patterns.is_empty() || !kept.is_empty() { Some(kept) } else { None };
        let rules: Result<Vec<Rule>, Failure> = kept.into_iter().flat_map(|kept| kept.split(',')).map(rule).collect();
        Ok(Filter::of(rules?, dialect))
    }

    fn of(rules: Vec<Rule>, dialect: Dialect) -> Filter {
        Filter { rules, names_come_first: !dialect.is_apache(), exclude_internal: false }
    }

    pub fn partitions(&self, topics: Vec<(TopicListing, Vec<i32>)>) -> Vec<TopicPartition> {
        let exists = |name: &str| topics.iter().any(|(topic, _)| topic.name == name);
        let exact: Vec<bool> = self.rules.iter().map(|rule| self.names_come_first && exists(&rule.given)).collect();
        let mut wanted = Vec::new();
        for (topic, partitions) in &topics {
            if self.exclude_internal && INTERNAL_TOPICS.contains(&topic.name.as_str()) {
                continue;
            }
            let rules = self.rules.iter().zip(&exact).filter(|(rule, exact)| rule.has_topic(&topic.name, **exact));
            let rules: Vec<&Rule> = rules.map(|(rule, _)| rule).collect();
            let is_wanted = |partition: &&i32| rules.iter().any(|rule| rule.partitions.has(**partition));
            wanted.extend(partitions.iter().filter(is_wanted).map(|p| TopicPartition::new(&topic.name, *p)));
        }
        wanted
    }
}

impl Rule {
    fn has_topic(&self, name: &str, is_exact: bool) -> bool {
        match &self.topic {
            Some(_) if is_exact => self.given == name,
            Some(expression) => expression.is_match(name),
            None => true,
        }
    }
}

impl Partitions {
    fn has(&self, partition: i32) -> bool {
        match self {
            Partitions::Set(numbers) => numbers.is_empty() || numbers.contains(&partition),
            Partitions::Range(from, below) => (*from..*below).contains(&partition),
        }
    }
}

fn partition_set(list: &str) -> Result<Vec<i32>, Failure> {
    let kept = list.trim_end_matches(',');
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Option<Vec<i32>> = kept.split(',').map(|part| part.parse().ok()).collect();
    numbers.ok_or_else(|| {
        Failure::usage(format!("--partitions {list}: numbers with commas between are expected, as in 0,1,2")).in_apache(
            super::terse(&format!(
                "--partitions expects a comma separated list of numeric partition ids, but received: {list}"
            )),
        )
    })
}

/// `TOPIC`, `TOPIC:5`, `TOPIC:2-4`, `TOPIC:2-`, `TOPIC:-4`; the topic may be missing.
fn rule(text: &str) -> Result<Rule, Failure> {
    let bad = || {
        let class = "java.lang.RuntimeException";
        let message = format!("org.apache.kafka.tools.TerseException: Invalid rule specification: {text}");
        Failure::usage(format!("--topic-partitions: '{text}' is not of the form TOPIC:PARTITIONS"))
            .hint("behind the colon goes a number, or a range such as 2-4, 2- or -4, whose end does not belong to it")
            .thrown(class, message)
    };
    let (topic, partitions) = text.split_once(':').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let partitions = match partitions.split_once('-') {
        None if partitions.is_empty() => Partitions::Range(0, i32::MAX),
        None if is_number(partitions) => Partitions::Set(vec![number(partitions)?]),
        Some((from, below)) if is_number(from) && is_number(below) => Partitions::Range(
            if from.is_empty() { 0 } else { number(from)? },
            if below.is_empty() { i32::MAX } else { number(below)? },
        ),
        _ => return Err(bad()),
    };
    let expression = if topic.is_empty() { None } else { Some(topic_filter(topic)?) };
    Ok(Rule { given: topic.to_owned(), topic: expression, partitions })
}

fn number(digits: &str) -> Result<i32, Failure> {
    digits.parse().map_err(|_| {
        Failure::usage(format!("{digits} is too large for the number of a partition"))
            .thrown("java.lang.NumberFormatException", format!("For input string: \"{digits}\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tools::TOOLS;
    use crate::vocabulary::Uuid;

    fn chosen(filter: &Filter) -> String {
        let listing = |name: &str| TopicListing { name: name.to_owned(), id: Uuid::ZERO, is_internal: false };
        let topics = [("__consumer_offsets", 1), ("my-topic", 1), ("my.topic", 1), ("orders", 4)];
        let topics = topics.map(|(name, count)| (listing(name), (0..count).collect())).to_vec();
        filter.partitions(topics).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    fn patterns(text: &str) -> String {
        chosen(&Filter::of_patterns(text, Dialect::Apache(&TOOLS[0])).unwrap())
    }

    #[test]
    fn patterns_choose_numbers_and_ranges_whose_end_is_not_in_them() {
        assert_eq!(patterns("orders:2"), "orders-2");
        assert_eq!(patterns("orders:1-3"), "orders-1 orders-2");
        assert_eq!(patterns("orders:2-,my.topic:-1"), "my-topic-0 my.topic-0 orders-2 orders-3");
        assert_eq!(patterns(":3"), "orders-3");
        assert_eq!(patterns("orders:,"), "orders-0 orders-1 orders-2 orders-3");
        assert_eq!(patterns("").split(' ').count(), 7);
        assert_eq!(patterns(","), "");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in ["orders:x", "orders:1:2", "orders:1-2-3", "orders:99999999999", "(:1"] {
            assert!(Filter::of_patterns(bad, Dialect::Kavka).is_err(), "{bad}");
        }
        for bad in [",1", "1-2", "a"] {
            assert!(Filter::of_topic(None, Some(bad), Dialect::Kavka).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_means_itself_under_kavkas_name() {
        let filter = Filter::of_topic(Some("my.topic"), None, Dialect::Kavka).unwrap();
        assert_eq!(chosen(&filter), "my.topic-0");
        let filter = Filter::of_topic(Some("orders"), Some("3,0,"), Dialect::Kavka).unwrap();
        assert_eq!(chosen(&filter), "orders-0 orders-3");
        let mut all = Filter::of_topic(None, Some("0"), Dialect::Kavka).unwrap();
        all.exclude_internal = true;
        assert_eq!(chosen(&all), "my-topic-0 my.topic-0 orders-0");
    }
}
