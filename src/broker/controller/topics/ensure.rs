//! Topics that come into being by being used: those that clients name, and those that coordinators keep their state in.

use crate::broker::controller::directories::Shelves;
use crate::broker::controller::{Controller, Decision};
use crate::broker::machine::Context;
use crate::metadata::topic_configs::Values;
use crate::protocol::Rejection;
use crate::protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig};

/// Asks for a topic to exist; a topic that does is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnsureTopic {
    pub name: String,
    /// −1 for `num.partitions`.
    pub partitions: i32,
    /// −1 for `default.replication.factor`.
    pub replication_factor: i16,
    pub configs: Values,
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
        let config = |(name, value)| CreatableTopicConfig { name, value: Some(value) };
        let topic = CreatableTopic {
            name: request.name,
            num_partitions: request.partitions,
            replication_factor: request.replication_factor,
            configs: request.configs.into_iter().map(config).collect(),
            ..Default::default()
        };
        match self.plan_topic(context, &topic, &mut Shelves::of(&self.settings, context.image)) {
            Ok(plan) => Decision { records: plan.records, reply: Ok(()) },
            Err(rejection) => Decision::reply(Err(rejection)),
        }
    }
}
