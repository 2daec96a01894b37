//! `topics --describe`: what to show of which topics, and the calls that find it out.

use std::collections::BTreeSet;

use super::Args;
use super::describe_report::Report;
use super::figures;
use super::selection::Selection;
use crate::cli::Invocation;
use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT, of_rejection};
use crate::cli::output::OutputFormat;
use crate::client::Admin;
use crate::client::ClientError;
use crate::client::admin::configs::{ConfigDetail, ConfigEntry, ConfigResource};
use crate::client::admin::topics::{Reassignment, TopicDescription, TopicListing};
use crate::protocol::ErrorCode;
use crate::vocabulary::{TopicPartition, Uuid};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    what: What,
    if_exists: bool,
    exclude_internal: bool,
    pub show: Show,
    verbose: bool,
    /// Both a name and an id were given, and the id is the one that counts.
    says_that_only_the_id_counts: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Named(Selection),
    WithId(Uuid),
}

/// Which lines are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    Everything,
    /// Topics with configurations of their own, without partitions.
    Overridden,
    /// Partitions that any of these matches, without their topics.
    Partitions(PartitionFilters),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartitionFilters {
    pub under_replicated: bool,
    pub unavailable: bool,
    pub under_min_isr: bool,
    pub at_min_isr: bool,
}

pub fn plan(args: &Args, selection: Selection) -> Result<Plan, Failure> {
    let filters = PartitionFilters {
        under_replicated: args.under_replicated_partitions,
        unavailable: args.unavailable_partitions,
        under_min_isr: args.under_min_isr_partitions,
        at_min_isr: args.at_min_isr_partitions,
    };
    let show = match (filters != PartitionFilters::default(), args.topics_with_overrides) {
        (true, _) => Show::Partitions(filters),
        (false, true) => Show::Overridden,
        (false, false) => Show::Everything,
    };
    let id = args.topic_id.as_deref().map(topic_id).transpose()?.filter(|id| !id.is_zero());
    Ok(Plan {
        says_that_only_the_id_counts: args.if_exists && id.is_some() && args.topic.is_some(),
        what: id.map_or(What::Named(selection), What::WithId),
        if_exists: args.if_exists,
        exclude_internal: args.exclude_internal,
        verbose: args.verbose,
        show,
    })
}

fn topic_id(text: &str) -> Result<Uuid, Failure> {
    text.parse().map_err(|error: crate::vocabulary::NotAUuid| {
        let bytes = text.len() * 3 / 4;
        let illegal = text.bytes().find(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'='));
        let message = match text.get(..24) {
            Some(prefix) if text.len() > 24 => {
                format!("Input string with prefix `{prefix}` is too long to be decoded as a base64 UUID")
            }
            _ if illegal.is_some() => format!("Illegal base64 character {:x}", illegal.unwrap_or_default()),
            _ => format!(
                "Input string `{text}` decoded as {bytes} bytes, which is not equal to the expected 16 bytes of a \
                 base64-encoded UUID"
            ),
        };
        Failure::usage(format!("--topic-id {error}")).thrown(ILLEGAL_ARGUMENT, message)
    })
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    if plan.says_that_only_the_id_counts {
        let note = "Only topic id will be used when both --topic and --topic-id are specified and topicId is not \
                    Uuid.ZERO_UUID";
        if format == OutputFormat::Apache { invocation.output.line(note)? } else { invocation.output.note(note) }
    }
    let report = invocation.block_on(describe(plan, admin))?;
    invocation.output.show(&report, format)
}

/// A topic with all that is known about it.
pub struct Described {
    pub topic: TopicDescription,
    /// All configurations, in the broker's order.
    pub configs: Vec<ConfigEntry>,
    pub reassignments: Vec<Reassignment>,
}

async fn describe(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let found = find(&plan, admin).await?;
    let names: Vec<String> = found.into_iter().map(|topic| topic.name).collect();
    let by_id = matches!(plan.what, What::WithId(_));
    if names.is_empty() {
        return Ok(Report { topics: Vec::new(), live: BTreeSet::new(), show: plan.show, by_id, figures: None });
    }
    let live = admin.describe_cluster().await?.brokers.into_iter().map(|broker| broker.id).collect();
    let mut topics = Vec::new();
    for (name, answer) in admin.describe_topics(&names).await? {
        let refused = |rejection| of_rejection(&rejection).about(format!("cannot describe topic {name}"));
        topics.push(Described { topic: answer.map_err(refused)?, configs: Vec::new(), reassignments: Vec::new() });
    }
    add_configs(&mut topics, admin).await?;
    add_reassignments(&mut topics, admin).await?;
    let figures = match plan.verbose {
        true => Some(figures::all(&topics.iter().map(|each| &each.topic).collect::<Vec<_>>(), admin).await?),
        false => None,
    };
    Ok(Report { topics, live, show: plan.show, by_id, figures })
}

async fn find(plan: &Plan, admin: &Admin) -> anyhow::Result<Vec<TopicListing>> {
    let topics = admin.list_topics().await?;
    let found = match &plan.what {
        What::Named(selection) => {
            let found = selection.of_topics(topics, plan.exclude_internal);
            if !plan.if_exists {
                selection.must_match(&found)?;
            }
            found
        }
        What::WithId(id) => {
            let found: Vec<TopicListing> = topics.into_iter().filter(|topic| topic.id == *id).collect();
            if found.is_empty() && !plan.if_exists {
                let failure = Failure::not_found(format!("there is no topic with the id {id}"));
                let message = format!("TopicId '{id}' does not exist as expected");
                return Err(failure.thrown(ILLEGAL_ARGUMENT, message).into());
            }
            found
        }
    };
    Ok(found)
}

async fn add_configs(topics: &mut [Described], admin: &Admin) -> anyhow::Result<()> {
    let resources: Vec<ConfigResource> = topics.iter().map(|each| ConfigResource::topic(&each.topic.name)).collect();
    let answers = admin.describe_configs(&resources, ConfigDetail::default()).await?;
    for (described, (resource, answer)) in topics.iter_mut().zip(answers) {
        let refused =
            |rejection| of_rejection(&rejection).about(format!("cannot read the configs of {}", resource.name));
        described.configs = answer.map_err(refused)?;
    }
    Ok(())
}

/// Who may not see reassignments, or asks a broker that knows none, is shown the rest.
async fn add_reassignments(topics: &mut [Described], admin: &Admin) -> anyhow::Result<()> {
    let all = topics.iter().flat_map(|each| {
        each.topic.partitions.iter().map(|partition| TopicPartition::new(&each.topic.name, partition.partition))
    });
    let ongoing = match admin.list_partition_reassignments(&all.collect::<Vec<_>>()).await {
        Err(ClientError::Unsupported { .. }) => Vec::new(),
        Err(error) if error.code() == Some(ErrorCode::ClusterAuthorizationFailed) => Vec::new(),
        answer => answer?,
    };
    for reassignment in ongoing {
        if let Some(topic) = topics.iter_mut().find(|each| each.topic.name == reassignment.partition.topic) {
            topic.reassignments.push(reassignment);
        }
    }
    Ok(())
}
