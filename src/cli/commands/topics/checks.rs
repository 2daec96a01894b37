//! From options to a plan: what belongs together and what excludes what, in the order in which Apache's tool checks it.

use super::selection::Selection;
use super::{Args, Plan, alter, clone, create, delete, describe, empty, list};
use crate::cli::failure::{ApacheForm, Failure, ILLEGAL_ARGUMENT};
use crate::cli::tools::Dialect;
use crate::cli::usage::{excludes, one_action, required};

pub fn one_of_the_actions(args: &Args) -> Result<(), Failure> {
    one_action(&actions(args)).map_err(|failure| failure.apache_usage(ONE_ACTION))
}

/// What is asked for, of a command line with one action.
pub fn plan(args: &Args, dialect: Dialect) -> Result<Plan, Failure> {
    if dialect.is_apache() && args.target.bootstrap_server.is_none() {
        let (class, message) = (ILLEGAL_ARGUMENT.to_owned(), "--bootstrap-server must be specified".to_owned());
        return Err(Failure::usage(message.clone()).in_apache(ApacheForm::Parsing { class, message }));
    }
    check_topic(args)?;
    check_combinations(args)?;
    let selection = Selection::of(args.topic.as_deref(), dialect);
    if args.create {
        Ok(Plan::Create(create::plan(args, dialect)?))
    } else if args.list {
        Ok(Plan::List(list::plan(args, selection?)?))
    } else if args.describe {
        Ok(Plan::Describe(describe::plan(args, selection?)?))
    } else if args.alter {
        Ok(Plan::Alter(alter::plan(args, selection?, dialect)?))
    } else if args.clone.is_some() {
        Ok(Plan::Clone(clone::plan(args, dialect)?))
    } else if args.empty {
        Ok(Plan::Empty(empty::Plan { selection: selection?, if_exists: args.if_exists, change: args.change }))
    } else {
        Ok(Plan::Delete(delete::Plan { selection: selection?, if_exists: args.if_exists, change: args.change }))
    }
}

/// Recorded from Kafka 4.2.1.
const ONE_ACTION: &str = "Command must include exactly one action: --list, --describe, --create, --alter or --delete";

fn actions(args: &Args) -> [(&'static str, bool); 7] {
    [
        ("list", args.list),
        ("describe", args.describe),
        ("create", args.create),
        ("alter", args.alter),
        ("delete", args.delete),
        ("clone", args.clone.is_some()),
        ("empty", args.empty),
    ]
}

fn actions_but<const N: usize>(args: &Args, allowed: [&str; N]) -> Vec<(&'static str, bool)> {
    actions(args).into_iter().filter(|(name, _)| !allowed.contains(name)).collect()
}

fn check_topic(args: &Args) -> Result<(), Failure> {
    let given = args.topic.is_some() || args.topic_id.is_some();
    if args.describe && args.if_exists && !given {
        let message = "--topic or --topic-id is required to describe a topic";
        return Err(Failure::usage(message).apache_usage(message));
    }
    for (action, asked) in [
        ("--create", args.create),
        ("--alter", args.alter),
        ("--delete", args.delete),
        ("--clone", args.clone.is_some()),
        ("--empty", args.empty),
    ] {
        required(!asked || args.topic.is_some(), "topic", action)?;
    }
    if args.alter && !args.config.is_empty() {
        let failure = Failure::usage("--config cannot be used with --alter");
        return Err(failure
            .hint("kavka configs --topic TOPIC --alter --add-config NAME=VALUE changes configurations")
            .apache_usage(
                "Option combination \"[[config], [bootstrap-server]]\" can't be used with option \"[alter]\" \
                 (To alter topic configurations, the kafka-configs tool can be used.)",
            ));
    }
    required(!args.alter || args.partitions.is_some(), "partitions", "--alter")
}

fn check_combinations(args: &Args) -> Result<(), Failure> {
    excludes(!args.config.is_empty(), "config", &actions_but(args, ["create", "alter", "clone"]))?;
    excludes(args.partitions.is_some(), "partitions", &actions_but(args, ["create", "alter", "clone"]))?;
    excludes(args.replication_factor.is_some(), "replication-factor", &actions_but(args, ["create", "clone"]))?;
    excludes(
        args.replica_assignment.is_some(),
        "replica-assignment",
        &actions_but(args, ["create", "alter", "clone"]),
    )?;
    if args.create || args.clone.is_some() {
        let counts =
            [("partitions", args.partitions.is_some()), ("replication-factor", args.replication_factor.is_some())];
        excludes(args.replica_assignment.is_some(), "replica-assignment", &counts)?;
    }
    for (filter, given) in partition_filters(args) {
        excludes(given, filter, &actions_but(args, ["describe"]))?;
        excludes(given, filter, &[("topics-with-overrides", args.topics_with_overrides)])?;
    }
    excludes(args.topics_with_overrides, "topics-with-overrides", &actions_but(args, ["describe"]))?;
    excludes(args.if_exists, "if-exists", &actions_but(args, ["alter", "delete", "describe", "empty"]))?;
    excludes(args.if_not_exists, "if-not-exists", &actions_but(args, ["create", "clone"]))?;
    excludes(args.exclude_internal, "exclude-internal", &actions_but(args, ["list", "describe"]))?;
    excludes(args.verbose, "verbose", &actions_but(args, ["list", "describe"]))?;
    excludes(args.sort.is_some(), "sort", &actions_but(args, ["list"]))?;
    excludes(args.change.dry_run, "dry-run", &[("list", args.list), ("describe", args.describe)])?;
    excludes(args.change.confirmed.yes, "yes", &[("list", args.list), ("describe", args.describe)])
}

fn partition_filters(args: &Args) -> [(&'static str, bool); 4] {
    [
        ("under-replicated-partitions", args.under_replicated_partitions),
        ("under-min-isr-partitions", args.under_min_isr_partitions),
        ("at-min-isr-partitions", args.at_min_isr_partitions),
        ("unavailable-partitions", args.unavailable_partitions),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(args: Args) -> Failure {
        plan(&args, Dialect::Kavka).unwrap_err()
    }

    fn orders() -> Args {
        Args { topic: Some("orders".to_owned()), ..Args::default() }
    }

    #[test]
    fn an_action_without_what_it_needs_says_what_is_missing() {
        let failure = refusal(Args { create: true, ..Args::default() });
        assert_eq!(failure.messages, ["--create needs --topic"]);
        assert_eq!(failure.apache, Some(ApacheForm::Usage("Missing required argument \"[topic]\"".to_owned())));
        assert_eq!(refusal(Args { alter: true, ..orders() }).messages, ["--alter needs --partitions"]);
    }

    #[test]
    fn options_of_another_action_are_refused() {
        let failure = refusal(Args { delete: true, partitions: Some(3), ..orders() });
        assert_eq!(failure.messages, ["--partitions cannot be used with --delete"]);
        let failure = refusal(Args { create: true, if_exists: true, ..orders() });
        assert_eq!(failure.messages, ["--if-exists cannot be used with --create"]);
        let failure =
            refusal(Args { describe: true, at_min_isr_partitions: true, topics_with_overrides: true, ..orders() });
        assert_eq!(failure.messages, ["--at-min-isr-partitions cannot be used with --topics-with-overrides"]);
    }
}
