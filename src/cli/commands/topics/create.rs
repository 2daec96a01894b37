//! `topics --create`: one topic with a literal name.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Serialize;

use super::Args;
use crate::cli::Invocation;
use crate::cli::dialect::exceptions;
use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT, Kind, of_rejection};
use crate::cli::output::{OutputFormat, Render};
use crate::cli::tools::Dialect;
use crate::cli::usage::counted;
use crate::client::Admin;
use crate::client::admin::topics::{CreatedTopic, NewTopic};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::topic_name_fault;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub topic: NewTopic,
    pub if_not_exists: bool,
    pub dry_run: bool,
}

pub fn plan(args: &Args, dialect: Dialect) -> Result<Plan, Failure> {
    let name = args.topic.clone().unwrap_or_default();
    check_name(&name, dialect)?;
    let configs = args.config.iter().map(|config| one_config(config)).collect::<Result<Vec<_>, Failure>>()?;
    check_counts(args)?;
    let assignments = given_assignment(args).map(assignments).transpose()?;
    let topic = NewTopic {
        name,
        partitions: args.partitions,
        replication_factor: args.replication_factor.and_then(|factor| i16::try_from(factor).ok()),
        assignments: assignments.unwrap_or_default(),
        configs: last_of_equal_names(configs),
    };
    Ok(Plan { topic, if_not_exists: args.if_not_exists, dry_run: args.change.dry_run })
}

/// Apache's tool lets the broker judge the name, but for one that is empty.
fn check_name(name: &str, dialect: Dialect) -> Result<(), Failure> {
    match topic_name_fault(name) {
        Some(fault) if name.is_empty() => Err(Failure::usage(format!("no topic can have this name: {fault}")).thrown(
            "org.apache.kafka.common.errors.InvalidTopicException",
            "The given topic name '' cannot be represented in a request.",
        )),
        Some(fault) if !dialect.is_apache() => Err(Failure::usage(format!("no topic can have this name: {fault}"))
            .hint("letters, digits, '.', '_' and '-' are allowed, 249 at most")),
        _ => Ok(()),
    }
}

fn check_counts(args: &Args) -> Result<(), Failure> {
    if args.replication_factor.is_some_and(|factor| !(1..=i32::from(i16::MAX)).contains(&factor)) {
        let message = "The replication factor must be between 1 and 32767 inclusive";
        return Err(
            Failure::usage("--replication-factor must be between 1 and 32767").thrown(ILLEGAL_ARGUMENT, message)
        );
    }
    match args.partitions {
        Some(count) if count < 1 => Err(Failure::usage(format!("--partitions must be at least 1, not {count}"))
            .thrown(ILLEGAL_ARGUMENT, "The partitions must be greater than 0")),
        _ => Ok(()),
    }
}

/// `name=value`; a value may neither be empty nor hold another `=`, as with Apache's tool.
fn one_config(config: &str) -> Result<(String, String), Failure> {
    let parts: Vec<&str> = config.split('=').map(str::trim).collect();
    match parts.as_slice() {
        [name, value] if !value.is_empty() => Ok(((*name).to_owned(), (*value).to_owned())),
        _ => Err(Failure::usage(format!("--config {config} is not of the form NAME=VALUE")).thrown(
            ILLEGAL_ARGUMENT,
            "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".",
        )),
    }
}

fn last_of_equal_names(configs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for (name, value) in configs {
        kept.retain(|(other, _)| *other != name);
        kept.push((name, value));
    }
    kept
}

/// An empty list of brokers is none.
pub fn given_assignment(args: &Args) -> Option<&str> {
    args.replica_assignment.as_deref().filter(|text| !text.is_empty())
}

/// `0:1,1:0`: the brokers of partition 0, then those of partition 1.
pub fn assignments(text: &str) -> Result<BTreeMap<i32, Vec<i32>>, Failure> {
    let mut assignments: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (partition, brokers) in (0..).zip(text.split(',')) {
        let brokers = brokers.split(':').map(|id| broker_id(text, id)).collect::<Result<Vec<i32>, Failure>>()?;
        let mut seen = brokers.clone();
        seen.sort_unstable();
        if let Some(twice) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
            let broker = twice[0];
            let message = format!("Partition replica lists may not contain duplicate entries: {broker}");
            return Err(Failure::usage(format!(
                "--replica-assignment names broker {broker} twice for partition {partition}"
            ))
            .thrown("org.apache.kafka.tools.AdminCommandFailedException", message));
        }
        if assignments.get(&0).is_some_and(|first| first.len() != brokers.len()) {
            let message = format!("Partition {partition} has different replication factor: {brokers:?}");
            return Err(Failure::usage("--replica-assignment gives partitions different numbers of replicas")
                .thrown("org.apache.kafka.tools.AdminOperationException", message));
        }
        assignments.insert(partition, brokers);
    }
    Ok(assignments)
}

fn broker_id(text: &str, id: &str) -> Result<i32, Failure> {
    id.trim().parse().map_err(|_| {
        Failure::usage(format!("--replica-assignment {text}: '{id}' is not a broker id"))
            .hint("write it like 0:1,1:2: commas between partitions, colons between replicas")
            .thrown("java.lang.NumberFormatException", format!("For input string: \"{id}\""))
    })
}

/// Recorded from Kafka 4.2.1, on stdout before anything is sent.
const COLLISION_WARNING: &str = "WARNING: Due to limitations in metric names, topics with a period ('.') or \
     underscore ('_') could collide. To avoid issues it is best to use either, but not both.";

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let (name, dry_run) = (plan.topic.name.clone(), plan.dry_run);
    if format == OutputFormat::Apache && name.contains(['.', '_']) {
        invocation.output.line(COLLISION_WARNING)?;
    }
    let created = invocation.block_on(create(plan, admin)).with_context(|| format!("cannot create topic {name}"))?;
    invocation.output.show(&Report { name, created, dry_run }, format)
}

async fn create(plan: Plan, admin: &Admin) -> anyhow::Result<Option<CreatedTopic>> {
    let answers = admin.create_topics(std::slice::from_ref(&plan.topic), plan.dry_run).await?;
    match answers.into_iter().next() {
        Some((_, Ok(created))) => Ok(Some(created)),
        Some((_, Err(rejection))) if plan.if_not_exists && rejection.code == ErrorCode::TopicAlreadyExists => Ok(None),
        Some((_, Err(rejection))) => Err(refused(&rejection).into()),
        None => Ok(None),
    }
}

fn refused(rejection: &Rejection) -> Failure {
    let failure = of_rejection(rejection);
    match rejection.code {
        ErrorCode::TopicAlreadyExists => failure.hint("--if-not-exists leaves a topic that exists as it is"),
        ErrorCode::InvalidReplicationFactor => failure.hint("a topic cannot have more replicas than there are brokers"),
        ErrorCode::InvalidConfig if exceptions::message(rejection).starts_with("Invalid value ") => {
            failure.thrown("org.apache.kafka.common.config.ConfigException", exceptions::message(rejection))
        }
        ErrorCode::InvalidTopicException => Failure { kind: Kind::Usage, ..failure },
        _ => failure,
    }
}

struct Report {
    name: String,
    /// `None` if the topic was there before.
    created: Option<CreatedTopic>,
    /// Only asked whether it could be.
    dry_run: bool,
}

#[derive(Serialize)]
struct Item {
    topic: String,
    created: bool,
    dry_run: bool,
    id: Option<String>,
    partitions: Option<i32>,
    replication_factor: Option<i16>,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let created = self.created.as_ref();
        vec![Item {
            topic: self.name.clone(),
            created: created.is_some() && !self.dry_run,
            dry_run: self.dry_run,
            id: created.map(|topic| topic.id).filter(|id| !id.is_zero()).map(|id| id.to_string()),
            partitions: created.and_then(|topic| topic.partitions),
            replication_factor: created.and_then(|topic| topic.replication_factor),
        }]
    }

    fn table(&self) -> String {
        let Some(created) = &self.created else { return format!("Topic {} exists already.\n", self.name) };
        let verb = if self.dry_run { "Would create" } else { "Created" };
        match created.partitions {
            Some(count) => {
                format!("{verb} topic {} with {}.\n", self.name, counted(i64::from(count), "partition"))
            }
            None => format!("{verb} topic {}.\n", self.name),
        }
    }

    fn apache(&self) -> String {
        if self.created.is_some() { format!("Created topic {}.\n", self.name) } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_configurations_counts() {
        let args = Args {
            topic: Some("t".to_owned()),
            config: vec!["a=1".to_owned(), "b = 2".to_owned(), "a=3".to_owned()],
            ..Args::default()
        };
        let configs = plan(&args, Dialect::Kavka).unwrap().topic.configs;
        assert_eq!(configs, [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "3".to_owned())]);
    }

    #[test]
    fn a_configuration_without_a_value_is_refused() {
        for bad in ["a", "a=", "a=b=c"] {
            assert!(one_config(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn assignments_are_checked_before_anything_is_sent() {
        let read = assignments("0:1,1:0").unwrap();
        assert_eq!(read, BTreeMap::from([(0, vec![0, 1]), (1, vec![1, 0])]));
        for bad in ["0:0", "0:1,0", "a", ""] {
            assert!(assignments(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_with_a_slash_and_a_count_of_zero_are_usage_errors() {
        let args = |topic: &str, partitions| Args { topic: Some(topic.to_owned()), partitions, ..Args::default() };
        for bad in [args("a/b", None), args("t", Some(0)), args("t", Some(-3))] {
            assert_eq!(plan(&bad, Dialect::Kavka).unwrap_err().kind, Kind::Usage);
        }
    }
}
