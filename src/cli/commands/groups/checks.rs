//! From options to an action with its plan: the rules, in the order in which Apache's tool checks them.

use super::carry_offsets::Source;
use super::describe::View;
use super::lag::Wanted;
use super::topic_partitions;
use super::topic_partitions::TopicPartitions;
use super::{Args, carry_offsets, delete, delete_offsets, describe, export_offsets, list, own_options, reset_offsets};
use crate::cli::confirm::ChangeArgs;
use crate::cli::dialect::MULTIPLE_ARGUMENTS;
use crate::cli::failure::{ApacheForm, Failure};
use crate::cli::tools::Dialect;
use crate::cli::usage::{excludes, listed, one_action, required};
use crate::cli::watch::Watch;
use crate::clock::Timestamp;

/// What was asked for, checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    List(list::Plan, Option<Watch>),
    Describe(describe::Plan),
    Delete(delete::Plan),
    ResetOffsets(reset_offsets::Plan),
    DeleteOffsets(delete_offsets::Plan),
    ValidateRegex(String),
    ExportOffsets(export_offsets::Plan),
    CarryOffsets(carry_offsets::Plan),
}

/// Which groups an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    Named(Vec<String>),
    All,
}

pub fn action(args: &Args, dialect: Dialect, now: Timestamp) -> Result<Action, Failure> {
    check_available(args)?;
    let one_action = || one_action(&actions(args)).map_err(|failure| failure.apache_usage(ONE_ACTION));
    if !dialect.is_apache() {
        one_action()?;
    }
    let has_place = args.target.bootstrap_server.is_some() || args.validate_regex.is_some();
    required(!dialect.is_apache() || has_place, "bootstrap-server", "this command")?;
    check_action(args)?;
    check_combinations(args)?;
    one_action()?;
    if !dialect.is_apache() {
        own_options::check(args)?;
    }
    let groups = if args.all_groups { Groups::All } else { Groups::Named(in_order_once(&args.group)) };
    if args.list {
        let plan = list::plan(args.state.as_ref(), args.r#type.as_ref())?;
        let plan = if dialect.is_apache() { plan } else { plan.with(&args.own, args.all_groups)? };
        Ok(Action::List(plan, args.own.watch.plan()))
    } else if args.describe {
        let (wanted, watch) = (Wanted::of(&args.own), args.own.watch.plan());
        Ok(Action::Describe(describe::Plan { groups, view: view(args), verbose: args.verbose, wanted, watch }))
    } else if args.delete {
        Ok(Action::Delete(delete::Plan { groups, change: change(args, dialect) }))
    } else if args.reset_offsets {
        Ok(Action::ResetOffsets(reset_offsets::plan(args, groups, dialect, now)?))
    } else if let Some(expression) = &args.validate_regex {
        Ok(Action::ValidateRegex(expression.clone()))
    } else if args.own.export_offsets {
        Ok(Action::ExportOffsets(export_offsets::Plan { groups, topics: topics(args)? }))
    } else if let Some(source) = source(args)? {
        Ok(Action::CarryOffsets(carry_offsets::Plan { source, change: change(args, dialect) }))
    } else {
        let topics = topics(args)?;
        let group = args.group.first().cloned().unwrap_or_default();
        Ok(Action::DeleteOffsets(delete_offsets::Plan { group, topics, change: change(args, dialect) }))
    }
}

fn topics(args: &Args) -> Result<Vec<TopicPartitions>, Failure> {
    args.topic.iter().map(|text| topic_partitions::parse(text)).collect()
}

/// Where offsets come from that are imported or copied.
fn source(args: &Args) -> Result<Option<Source>, Failure> {
    if let Some(path) = &args.own.import_offsets {
        excludes(!args.topic.is_empty(), "topic", &[("import-offsets", true)])?;
        return Ok(Some(Source::File { path: path.clone(), groups: in_order_once(&args.group) }));
    }
    let groups = (args.group.first().cloned(), args.own.to_group.clone());
    let (true, (Some(from), Some(to))) = (args.own.copy_offsets, groups) else { return Ok(None) };
    Ok(Some(Source::Group { from, to, topics: topics(args)? }))
}

/// Apache's tool lets `--dry-run` stand beside actions that know nothing of it.
fn change(args: &Args, dialect: Dialect) -> ChangeArgs {
    ChangeArgs { dry_run: args.dry_run && !dialect.is_apache(), confirmed: args.confirmed }
}

/// Resetting shows what it would do, unless it was told to do it. Apache's tool says so before it checks the rest.
pub fn warns_of_dry_run(args: &Args) -> bool {
    let is_only_action = one_action(&actions(args)).is_ok();
    args.reset_offsets && is_only_action && !args.execute && !args.dry_run
}

/// Recorded from Kafka 4.2.1.
const ONE_ACTION: &str = "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, \
     --delete-offsets, --validate-regex";

pub fn actions(args: &Args) -> Vec<(&'static str, bool)> {
    let actions = [
        ("list", args.list),
        ("describe", args.describe),
        ("delete", args.delete),
        ("reset-offsets", args.reset_offsets),
        ("delete-offsets", args.delete_offsets),
        ("validate-regex", args.validate_regex.is_some()),
    ];
    actions.into_iter().chain(args.own.actions()).collect()
}

fn in_order_once(groups: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for group in groups {
        if !kept.contains(group) {
            kept.push(group.clone());
        }
    }
    kept
}

fn view(args: &Args) -> View {
    match (args.members, args.state.is_some(), args.own.lag_by) {
        (true, _, _) => View::Members,
        (false, true, _) => View::State,
        (false, false, Some(by)) => View::Lag(by),
        (false, false, None) => View::Offsets,
    }
}

/// Options that exist only beside another one; Apache's parser itself throws here.
fn check_available(args: &Args) -> Result<(), Failure> {
    let describe_only = [("members", args.members), ("offsets", args.offsets), ("verbose", args.verbose)];
    let list_only = [("type", args.r#type.is_some())];
    let state = [("state", args.state.is_some())];
    for (options, partner, there) in [
        (&describe_only[..], "--describe", args.describe),
        (&list_only[..], "--list", args.list),
        (&state[..], "--describe or --list", args.describe || args.list),
    ] {
        if let Some((option, _)) = options.iter().find(|(_, given)| *given && !there) {
            let failure = Failure::usage(format!("--{option} works only with {partner}"));
            return Err(failure.in_apache(ApacheForm::Parsing {
                class: "joptsimple.UnavailableOptionException".to_owned(),
                message: format!("Option(s) [{option}] are unavailable given other options on the command line"),
            }));
        }
    }
    Ok(())
}

fn check_action(args: &Args) -> Result<(), Failure> {
    let selected = !args.group.is_empty() || args.all_groups;
    if args.describe {
        needs_groups("describe", selected)?;
        check_views(args)?;
    }
    if args.delete {
        needs_groups("delete", selected)?;
        if !args.topic.is_empty() {
            return Err(Failure::usage("--delete removes whole groups and takes no --topic")
                .hint("--delete-offsets removes a group's offsets of single topics")
                .apache_usage("The consumer does not support topic-specific offset deletion from a consumer group."));
        }
    }
    if args.delete_offsets && (args.group.is_empty() || args.topic.is_empty()) {
        return Err(Failure::usage("--delete-offsets needs --group and --topic")
            .apache_usage("Option [delete-offsets] takes the following options: [group], [topic]"));
    }
    if args.delete_offsets && args.group.len() > 1 {
        return Err(Failure::usage("--delete-offsets takes one --group")
            .thrown(MULTIPLE_ARGUMENTS, "Found multiple arguments for option group, but you asked for only one"));
    }
    if args.reset_offsets {
        if args.dry_run && args.execute {
            return Err(Failure::usage("--dry-run and --execute contradict each other")
                .apache_usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]"));
        }
        needs_groups("reset-offsets", selected)?;
    }
    Ok(())
}

fn needs_groups(action: &str, selected: bool) -> Result<(), Failure> {
    if selected {
        return Ok(());
    }
    Err(Failure::usage(format!("--{action} needs --group or --all-groups"))
        .apache_usage(format!("Option [{action}] takes one of these options: [all-groups], [group]")))
}

fn check_views(args: &Args) -> Result<(), Failure> {
    let views = [("members", args.members), ("offsets", args.offsets), ("state", args.state.is_some())];
    let given: Vec<String> = views.iter().filter(|(_, given)| *given).map(|(view, _)| format!("--{view}")).collect();
    if given.len() > 1 {
        return Err(Failure::usage(format!("--describe shows one thing: {} were given", listed(&given, "and")))
            .apache_usage("Option [describe] takes at most one of these options: [members], [offsets], [state]"));
    }
    match &args.state {
        Some(Some(_)) => Err(Failure::usage("--state takes no value with --describe")
            .apache_usage("Option [describe] does not take a value for [state]")),
        _ => Ok(()),
    }
}

fn check_combinations(args: &Args) -> Result<(), Failure> {
    let scenarios = reset_offsets::scenarios(args);
    for (scenario, given) in scenarios {
        let others: Vec<(&str, bool)> = scenarios.into_iter().filter(|(other, _)| *other != scenario).collect();
        excludes(given, scenario, &others)?;
    }
    excludes(!args.group.is_empty(), "group", &[("all-groups", args.all_groups), ("list", args.list)])?;
    excludes(!args.topic.is_empty(), "topic", &[("list", args.list), ("describe", args.describe)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(args: Args) -> Vec<String> {
        action(&args, Dialect::Kavka, Timestamp(0)).unwrap_err().messages
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named() {
        let group = vec!["g".to_owned()];
        assert_eq!(refusal(Args { describe: true, ..Args::default() }), ["--describe needs --group or --all-groups"]);
        assert_eq!(
            refusal(Args { describe: true, group: group.clone(), all_groups: true, ..Args::default() }),
            ["--group cannot be used with --all-groups"]
        );
        assert_eq!(
            refusal(Args { members: true, list: true, ..Args::default() }),
            ["--members works only with --describe"]
        );
        assert_eq!(
            refusal(Args { describe: true, members: true, state: Some(None), group: group.clone(), ..Args::default() }),
            ["--describe shows one thing: --members and --state were given"]
        );
        assert_eq!(
            refusal(Args { reset_offsets: true, to_latest: true, to_earliest: true, group, ..Args::default() }),
            ["--to-earliest cannot be used with --to-latest"]
        );
    }
}
