//! Topics that come into being by being used: those that clients name, and those that coordinators keep their state in.
//!
//! Internal topics have as many replicas as there are brokers, whatever the configuration asks for, since a single broker
//! could not be used otherwise; for the same reason their `min.insync.replicas` is 1.
//! Source: `AutoTopicCreationManager`, storage reference 5.1.

use crate::broker::controller::settings::InternalTopicSettings;
use crate::broker::controller::{Controller, Decision};
use crate::broker::machine::Context;
use crate::protocol::Rejection;
use crate::protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig};

/// Asks for a topic to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnsureTopic {
    pub name: String,
}

impl Controller {
    pub(in crate::broker::controller) fn ensure_topic(
        &mut self,
        context: &mut Context<'_>,
        request: EnsureTopic,
    ) -> Decision<Result<(), Rejection>> {
        if context.image.topic(&request.name).is_some() {
            return Decision::reply(Ok(()));
        }
        let topic = self.automatic_topic(request.name);
        match self.plan_topic(context, &topic, 0) {
            Ok(plan) => Decision { records: plan.records, tasks: Vec::new(), reply: Ok(()) },
            Err(rejection) => Decision::reply(Err(rejection)),
        }
    }

    fn automatic_topic(&self, name: String) -> CreatableTopic {
        let internal = match name.as_str() {
            "__consumer_offsets" => Some((
                self.settings.offsets_topic,
                &[("cleanup.policy", "compact"), ("compression.type", "producer")][..],
            )),
            "__transaction_state" => Some((
                self.settings.transaction_topic,
                &[
                    ("cleanup.policy", "compact"),
                    ("compression.type", "uncompressed"),
                    ("min.insync.replicas", "1"),
                    ("unclean.leader.election.enable", "false"),
                ][..],
            )),
            "__share_group_state" => Some((
                self.settings.share_topic,
                &[
                    ("cleanup.policy", "delete"),
                    ("compression.type", "producer"),
                    ("min.insync.replicas", "1"),
                    ("retention.ms", "-1"),
                ][..],
            )),
            _ => None,
        };
        match internal {
            Some((settings, configs)) => internal_topic(name, settings, configs),
            None => CreatableTopic { name, num_partitions: -1, replication_factor: -1, ..Default::default() },
        }
    }
}

fn internal_topic(name: String, settings: InternalTopicSettings, configs: &[(&str, &str)]) -> CreatableTopic {
    let segment_bytes = settings.segment_bytes.to_string();
    let config =
        |(name, value): (&str, &str)| CreatableTopicConfig { name: name.to_owned(), value: Some(value.to_owned()) };
    CreatableTopic {
        name,
        num_partitions: settings.partitions,
        replication_factor: 1,
        configs: configs.iter().copied().chain([("segment.bytes", segment_bytes.as_str())]).map(config).collect(),
        ..Default::default()
    }
}
