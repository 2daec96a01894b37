//! Apache's `kafka-groups.sh`, groups of all types (reference: cli/others.md, section 16).
//!
//! It exists under Apache's name only. Under kavka's own, `groups --list` shows groups.

use serde::Serialize;

use crate::cli::Invocation;
use crate::cli::failure::{ApacheForm, Failure, ILLEGAL_ARGUMENT};
use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{OutputFormat, Render};
use crate::cli::target_cluster::TargetArgs;
use crate::cli::usage::excludes;
use crate::client::admin::groups::{GroupFilter, GroupListing};
use crate::client::{Admin, ClientError};

/// List groups of all types.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// Kafka servers to connect to.
    #[arg(long, value_name = "HOST:PORT,…", required = true)]
    bootstrap_server: String,

    /// File of client settings in Java's properties syntax.
    #[arg(long, value_name = "FILE")]
    command_config: Option<std::path::PathBuf>,

    /// List the groups.
    #[arg(long)]
    list: bool,

    /// Only groups of this type: classic, consumer, share or streams.
    #[arg(long, value_name = "TYPE", allow_hyphen_values = true)]
    group_type: Option<String>,

    /// Only groups of this protocol.
    #[arg(long, value_name = "PROTOCOL", allow_hyphen_values = true)]
    protocol: Option<String>,

    /// Only groups of consumers, whatever their type.
    #[arg(long)]
    consumer: bool,

    /// Only share groups.
    #[arg(long)]
    share: bool,

    /// Only groups of Kafka Streams.
    #[arg(long)]
    streams: bool,
}

const TYPES: [&str; 4] = ["Classic", "Consumer", "Share", "Streams"];

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let filter = checked(&args)?;
    let target = TargetArgs {
        bootstrap_server: Some(args.bootstrap_server),
        command_config: args.command_config,
        ..TargetArgs::default()
    };
    let admin = Admin::new(&invocation.open_for_admin(&target)?);
    let listed = invocation.block_on(async { Ok(admin.list_groups(&GroupFilter::default()).await) })?;
    let mut groups = listed.map_err(told)?;
    groups.retain(|group| filter.has(group));
    invocation.output.show(&Report { groups }, OutputFormat::Apache)
}

fn checked(args: &Args) -> Result<Filter, Failure> {
    if !args.list {
        let message = "Command must include exactly one action: --list.";
        return Err(Failure::usage(message).apache_usage(message));
    }
    let group_type = match &args.group_type {
        None => None,
        Some(given) => Some(known_type(given).ok_or_else(|| {
            let message = "--group-type must be a valid group type.".to_owned();
            let option = "group-type".to_owned();
            Failure::usage(message.clone()).in_apache(ApacheForm::Value { option, class: ILLEGAL_ARGUMENT, message })
        })?),
    };
    let (group_type_given, protocol_given) = (args.group_type.is_some(), args.protocol.is_some());
    let given = [
        ("consumer", args.consumer),
        ("group-type", group_type_given),
        ("protocol", protocol_given),
        ("share", args.share),
        ("streams", args.streams),
    ];
    for (option, is_given) in [("consumer", args.consumer), ("share", args.share), ("streams", args.streams)] {
        let others: Vec<(&str, bool)> = given.into_iter().filter(|(other, _)| *other != option).collect();
        excludes(is_given, option, &others)?;
    }
    Ok(match (args.consumer, args.share, args.streams) {
        (true, ..) => Filter::Consumers,
        (_, true, _) => Filter::Kind { group_type: Some("Share"), protocol: None },
        (.., true) => Filter::Kind { group_type: Some("Streams"), protocol: None },
        _ => Filter::Kind { group_type, protocol: args.protocol.clone() },
    })
}

fn known_type(given: &str) -> Option<&'static str> {
    TYPES.into_iter().find(|name| name.eq_ignore_ascii_case(given))
}

/// Java's client looks for the brokers first, and fails with that.
fn told(error: ClientError) -> Failure {
    let nobody = matches!(error, ClientError::TimedOut { .. } | ClientError::Unreachable { .. });
    let failure = Failure::from(anyhow::Error::from(error));
    if !nobody {
        return failure;
    }
    let (class, message) = ("org.apache.kafka.common.KafkaException", "Failed to find brokers to send ListGroups");
    failure.in_apache(ApacheForm::Answer { class: class.to_owned(), message: message.to_owned() })
}

enum Filter {
    Kind {
        group_type: Option<&'static str>,
        protocol: Option<String>,
    },
    /// Of the newer type, or of the older with the protocol of consumers or none.
    Consumers,
}

impl Filter {
    fn has(&self, group: &GroupListing) -> bool {
        let kind = type_name(group);
        match self {
            Filter::Kind { group_type, protocol } => {
                group_type.is_none_or(|wanted| wanted == kind)
                    && protocol.as_ref().is_none_or(|wanted| *wanted == group.protocol_type)
            }
            Filter::Consumers => matches!(group.protocol_type.as_str(), "consumer" | "") || kind == "Consumer",
        }
    }
}

/// Empty from brokers that name no types.
fn type_name(group: &GroupListing) -> &str {
    let given = group.group_type.as_deref().unwrap_or_default();
    known_type(given).unwrap_or(given)
}

struct Report {
    groups: Vec<GroupListing>,
}

#[derive(Serialize)]
struct Item {
    group: String,
    r#type: String,
    protocol: String,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |group: &GroupListing| Item {
            group: group.group.clone(),
            r#type: type_name(group).to_owned(),
            protocol: group.protocol_type.clone(),
        };
        self.groups.iter().map(item).collect()
    }

    fn table(&self) -> String {
        self.apache()
    }

    /// All columns are as wide as the longest value in any; rows end in a blank, the heading does not.
    fn apache(&self) -> String {
        let items = self.items();
        let cells = items.iter().flat_map(|item| [&item.group, &item.r#type, &item.protocol]);
        let width = cells.map(|cell| cell.encode_utf16().count()).max().unwrap_or(0).max(20);
        let column = |heading| Column { heading, width: Width::Fixed(width) };
        let headings = [column("GROUP"), column("TYPE"), column("PROTOCOL")];
        let row = |item: Item| vec![item.group, item.r#type, format!("{:<width$} ", item.protocol)];
        let rows: Vec<Vec<String>> = items.into_iter().map(row).collect();
        fixed_columns(&headings, &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, kind: &str, protocol: &str) -> GroupListing {
        GroupListing {
            group: name.to_owned(),
            protocol_type: protocol.to_owned(),
            state: None,
            group_type: Some(kind.to_owned()),
        }
    }

    #[test]
    fn rows_end_in_a_blank_more_than_the_heading() {
        let report = Report { groups: vec![group("billing", "classic", "")] };
        let heading = format!("{:<20} {:<20} {:<20}\n", "GROUP", "TYPE", "PROTOCOL");
        assert_eq!(report.apache(), heading + &format!("{:<20} {:<20} {:<20} \n", "billing", "Classic", ""));
    }

    #[test]
    fn consumers_are_of_both_types() {
        let groups = [group("a", "classic", "consumer"), group("b", "classic", ""), group("c", "classic", "connect")];
        assert_eq!(groups.map(|group| Filter::Consumers.has(&group)), [true, true, false]);
        assert!(Filter::Consumers.has(&group("d", "consumer", "consumer")));
        let share = checked(&Args { list: true, share: true, ..Args::default() }).unwrap();
        assert!(share.has(&group("s", "share", "share")) && !share.has(&group("b", "classic", "")));
        assert!(checked(&Args { list: true, share: true, consumer: true, ..Args::default() }).is_err());
        let unknown = Args { list: true, group_type: Some("unknown".to_owned()), ..Args::default() };
        assert!(checked(&unknown).is_err());
    }
}
