//! Which topics `--topic` means: a regular expression over whole names, prepared as Apache's tools prepare it.
//!
//! Blanks and quotes around it go, commas become alternatives. Under kavka's own name an expression that is itself the
//! name of a topic means that topic only, so that `my.topic` does not also select `my-topic`.

use regex::Regex;

use crate::cli::dialect::topic_filter;
use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT};
use crate::cli::tools::Dialect;
use crate::client::admin::topics::TopicListing;
use crate::vocabulary::{INTERNAL_TOPICS, topic_name_fault};

/// Names to keep; without an expression all of them. Of Apache's tools an empty one is an expression too, which no name
/// matches.
#[derive(Debug, Clone)]
pub struct Selection {
    given: Option<String>,
    expression: Option<Regex>,
    names_come_first: bool,
}

impl PartialEq for Selection {
    fn eq(&self, other: &Selection) -> bool {
        (&self.given, self.names_come_first) == (&other.given, other.names_come_first)
    }
}

impl Eq for Selection {}

impl Selection {
    pub fn of(topic: Option<&str>, dialect: Dialect) -> Result<Selection, Failure> {
        let given = topic.filter(|topic| !topic.is_empty());
        let expression = topic.filter(|topic| !topic.is_empty() || dialect.is_apache());
        Ok(Selection {
            given: given.map(str::to_owned),
            expression: expression.map(topic_filter).transpose()?,
            names_come_first: !dialect.is_apache(),
        })
    }

    /// The topics that are meant, in the order given.
    pub fn of_topics(&self, topics: Vec<TopicListing>, exclude_internal: bool) -> Vec<TopicListing> {
        let kept = topics.into_iter().filter(|topic| !(exclude_internal && is_internal(topic)));
        let mut kept: Vec<TopicListing> = kept.collect();
        let exact = self.given.as_ref().filter(|name| kept.iter().any(|topic| topic.name == **name));
        match (exact, &self.expression) {
            (Some(name), _) if self.names_come_first => kept.retain(|topic| topic.name == *name),
            (_, Some(expression)) => kept.retain(|topic| expression.is_match(&topic.name)),
            (_, None) => {}
        }
        kept
    }

    /// The failure when nothing was found although something was named.
    pub fn must_match(&self, found: &[TopicListing]) -> Result<(), Failure> {
        match &self.given {
            Some(name) if found.is_empty() => Err(missing(name)),
            _ => Ok(()),
        }
    }
}

fn missing(name: &str) -> Failure {
    let message = match topic_name_fault(name) {
        None => format!("there is no topic '{name}'"),
        Some(_) => format!("no topic matches '{name}'"),
    };
    Failure::not_found(message)
        .hint("`kavka topics --list` shows the topics of this cluster")
        .thrown(ILLEGAL_ARGUMENT, format!("Topic '{name}' does not exist as expected"))
}

/// Only these names count as internal for `--exclude-internal`, whatever the broker says.
fn is_internal(topic: &TopicListing) -> bool {
    INTERNAL_TOPICS.contains(&topic.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tools::TOOLS;
    use crate::vocabulary::Uuid;

    fn selected(expression: &str, dialect: Dialect) -> Vec<String> {
        let names = ["__consumer_offsets", "my-topic", "my.topic", "orders", "payments"];
        let listing = |name: &str| TopicListing { name: name.to_owned(), id: Uuid::ZERO, is_internal: false };
        let selection = Selection::of(Some(expression), dialect).unwrap();
        selection.of_topics(names.map(listing).to_vec(), true).into_iter().map(|topic| topic.name).collect()
    }

    #[test]
    fn commas_blanks_and_quotes_are_read_as_by_apaches_tool() {
        assert_eq!(selected("orders, payments", Dialect::Kavka), ["orders", "payments"]);
        assert_eq!(selected("'my.*'", Dialect::Kavka), ["my-topic", "my.topic"]);
        assert_eq!(selected("order", Dialect::Kavka), Vec::<String>::new());
        assert_eq!(selected("__consumer_offsets", Dialect::Kavka), Vec::<String>::new());
    }

    #[test]
    fn a_name_means_itself_under_kavkas_name_and_is_an_expression_under_apaches() {
        assert_eq!(selected("my.topic", Dialect::Kavka), ["my.topic"]);
        assert_eq!(selected("my.topic", Dialect::Apache(&TOOLS[0])), ["my-topic", "my.topic"]);
    }

    #[test]
    fn a_bad_expression_is_a_usage_error() {
        assert!(Selection::of(Some("a(b"), Dialect::Kavka).is_err());
    }
}
