//! `topics --clone SOURCE`: a new topic with the partitions, replicas and configurations of another, without its records.
//!
//! Options for a new topic win over what the source has. Throttles name replicas of the source's partitions and are left.

use anyhow::Context;

use super::{Args, create, figures};
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::tools::Dialect;
use crate::client::Admin;
use crate::client::admin::configs::{ConfigDetail, ConfigEntry, ConfigResource, ConfigSource};
use crate::client::admin::topics::{NewTopic, TopicDescription};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    source: String,
    pub create: create::Plan,
}

pub fn plan(args: &Args, dialect: Dialect) -> Result<Plan, Failure> {
    let create = create::plan(args, dialect)?;
    let source = args.clone.clone().unwrap_or_default();
    if source == create.topic.name {
        return Err(Failure::usage(
            "a topic cannot be cloned to itself: --clone names the source, --topic the new topic",
        ));
    }
    Ok(Plan { source, create })
}

/// Makes the new topic of the plan like its source.
pub async fn filled(plan: Plan, admin: &Admin) -> anyhow::Result<create::Plan> {
    let source = &plan.source;
    let named = [source.clone()];
    let there = admin.list_topics().await?.iter().any(|topic| topic.name == *source);
    if !there {
        return Err(Failure::not_found(format!("there is no topic '{source}'"))
            .hint("`kavka topics --list` shows the topics of this cluster")
            .into());
    }
    let described = figures::described(&named, admin).await?;
    let described = described.first().with_context(|| format!("topic {source} was not described"))?;
    let answers = admin.describe_configs(&[ConfigResource::topic(source)], ConfigDetail::default()).await?;
    let mut configs = Vec::new();
    for (_, answer) in answers {
        let refused = |rejection| of_rejection(&rejection).about(format!("cannot read the configs of {source}"));
        configs.extend(answer.map_err(refused)?);
    }
    Ok(create::Plan { topic: like(described, &configs, plan.create.topic), ..plan.create })
}

fn like(source: &TopicDescription, configs: &[ConfigEntry], wanted: NewTopic) -> NewTopic {
    let first = source.partitions.first();
    let is_given = |name: &str| wanted.configs.iter().any(|(other, _)| other == name);
    let own = configs.iter().filter(|config| config.source == ConfigSource::DynamicTopic);
    let kept =
        own.filter(|config| !config.name.ends_with(".replication.throttled.replicas") && !is_given(&config.name));
    let kept: Vec<(String, String)> =
        kept.filter_map(|config| Some((config.name.clone(), config.value.clone()?))).collect();
    let by_count = wanted.assignments.is_empty();
    NewTopic {
        partitions: wanted.partitions.or(by_count.then_some(source.partitions.len() as i32)),
        replication_factor: wanted
            .replication_factor
            .or_else(|| i16::try_from(first?.replicas.len()).ok().filter(|_| by_count)),
        configs: kept.into_iter().chain(wanted.configs).collect(),
        ..NewTopic { name: wanted.name, assignments: wanted.assignments, ..NewTopic::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(name: &str, value: &str, source: ConfigSource) -> ConfigEntry {
        ConfigEntry {
            name: name.to_owned(),
            value: Some(value.to_owned()),
            source,
            is_sensitive: false,
            is_read_only: false,
            value_type: 2,
            documentation: None,
            synonyms: Vec::new(),
        }
    }

    #[test]
    fn a_clone_has_what_its_source_has_of_its_own_and_what_was_asked_for() {
        let source = figures::tests::topic("orders", 3);
        let configs = [
            config("retention.ms", "5", ConfigSource::DynamicTopic),
            config("cleanup.policy", "compact", ConfigSource::DynamicTopic),
            config("segment.bytes", "1", ConfigSource::StaticBroker),
            config("leader.replication.throttled.replicas", "0:1", ConfigSource::DynamicTopic),
        ];
        let wanted = NewTopic {
            name: "copy".to_owned(),
            configs: vec![("retention.ms".to_owned(), "7".to_owned())],
            ..NewTopic::default()
        };
        let made = like(&source, &configs, wanted.clone());
        assert_eq!((made.name.as_str(), made.partitions, made.replication_factor), ("copy", Some(3), Some(1)));
        let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(made.configs, [of("cleanup.policy", "compact"), of("retention.ms", "7")]);
        let more = like(&source, &[], NewTopic { partitions: Some(6), ..wanted });
        assert_eq!((more.partitions, more.replication_factor), (Some(6), Some(1)));
    }
}
