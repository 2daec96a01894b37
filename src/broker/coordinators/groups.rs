//! The coordinators of all groups. A group belongs to the partition of `__consumer_offsets` that its id hashes to. The
//! topic is made when a group is joined or committed to for the first time; until then every group is unknown, and
//! asking leaves no trace.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::group::consumer::{Assignor, ConsumerGroupSettings, MigrationPolicy};
use super::group::offsets::TopicsDeleted;
use super::group::{GroupCoordinator, GroupSettings, ListGroups, ListedGroup};
use super::group_log::GroupLog;
use super::machines::{InternalTopic, Machines, MakeTopic, partition_of};
use crate::broker::config::BrokerKeys;
use crate::broker::first_write::FirstWrite;
use crate::broker::machine::ids::RandomIds;
use crate::broker::machine::runner::{MachineHandle, Setup};
use crate::broker::machine::{Call, Context, Machine, Ticket};
use crate::broker::partitions::{Partition, Partitions};
use crate::clock::Timestamp;
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;

pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// The machines of all groups.
pub struct GroupCoordinators {
    settings: GroupSettings,
    image: watch::Receiver<Arc<ClusterImage>>,
    machines: Machines<GroupCoordinator>,
}

impl GroupCoordinators {
    pub fn new(
        keys: &BrokerKeys,
        partitions: Arc<Partitions>,
        image: watch::Receiver<Arc<ClusterImage>>,
        first_write: Arc<FirstWrite>,
        make_topic: MakeTopic,
    ) -> GroupCoordinators {
        let settings = settings(keys);
        let start = {
            let (settings, image) = (settings.clone(), image.clone());
            Box::new(move |partition: Arc<_>, _| {
                let settings = settings.clone();
                start(partition, settings, image.clone(), first_write.clone())
            })
        };
        let machines = Machines::new(offsets_topic(keys), make_topic, image.clone(), partitions, start);
        GroupCoordinators { settings, image, machines }
    }

    /// Asks the coordinator of a group. Nothing is made for it: as long as there is no `__consumer_offsets`, the group is
    /// unknown.
    pub async fn ask<C: Call<GroupCoordinator>>(&self, group: &str, call: C) -> Result<C::Reply, ErrorCode> {
        match self.machines.topic() {
            Some(topic) => self.machines.ask(&topic, partition_of(group, &topic), call).await,
            None => self.ask_nobody(call),
        }
    }

    /// Asks the coordinator of a group that may come into being by that.
    pub async fn ask_or_found<C: Call<GroupCoordinator>>(&self, group: &str, call: C) -> Result<C::Reply, ErrorCode> {
        let topic = self.machines.topic_made().await?;
        self.machines.ask(&topic, partition_of(group, &topic), call).await
    }

    /// The partition that keeps what a group commits. The topic is made if need be.
    pub async fn partition_for(&self, group: &str) -> Result<TopicPartition, ErrorCode> {
        let topic = self.machines.topic_made().await?;
        Ok(TopicPartition::new(OFFSETS_TOPIC, partition_of(group, &topic)))
    }

    /// Asks the coordinator that a partition of `__consumer_offsets` belongs to; `None` if there is no such partition.
    pub async fn ask_of_partition<C: Call<GroupCoordinator>>(
        &self,
        partition: i32,
        call: C,
    ) -> Option<Result<C::Reply, ErrorCode>> {
        let topic = self.machines.topic()?;
        topic.partitions.get(usize::try_from(partition).ok()?)?;
        Some(self.machines.ask(&topic, partition, call).await)
    }

    /// The groups of all partitions.
    pub async fn list(&self, wanted: ListGroups) -> Result<Vec<ListedGroup>, ErrorCode> {
        let Some(topic) = self.machines.topic() else { return Ok(Vec::new()) };
        let mut groups = Vec::new();
        for partition in self.machines.in_use(&topic)? {
            groups.extend(self.machines.ask(&topic, partition, wanted.clone()).await?);
        }
        Ok(groups)
    }

    /// Topics are gone, and the image has them no more: so are their offsets. If the offsets topic was among them, its
    /// machines end. All others are loaded: few offsets say which topic of that name they are of.
    pub async fn topics_deleted(&self, topics: Vec<String>) {
        self.machines.stop_of_deleted_topics().await;
        if let Err(code) = self.machines.load_all() {
            tracing::warn!("offsets of deleted topics stay for now: {code}");
        }
        for machine in self.machines.handles() {
            if let Err(e) = machine.ask(TopicsDeleted { topics: topics.clone() }.request()).await {
                tracing::warn!("offsets of deleted topics stay for now: {e}");
            }
        }
    }

    /// Starts the machines of all partitions that hold anything.
    pub fn load_all(&self) -> Result<(), ErrorCode> {
        self.machines.load_all()
    }

    /// Ends all machines; whoever waits for one is told to look for the coordinator again.
    pub async fn stop(&self) {
        self.machines.stop().await;
    }

    /// What a coordinator without any group answers.
    fn ask_nobody<C: Call<GroupCoordinator>>(&self, call: C) -> Result<C::Reply, ErrorCode> {
        let image = self.image.borrow().clone();
        let mut context = Context { now: Timestamp::now(), image: &image, ids: &mut RandomIds };
        let outcome = GroupCoordinator::new(self.settings.clone()).handle(&mut context, Ticket(0), call.request());
        debug_assert!(outcome.records.is_empty(), "a question about a group that is not there changes nothing");
        let reply = outcome.replies.into_iter().next().and_then(|(_, reply)| C::reply(reply));
        reply.ok_or(ErrorCode::UnknownServerError)
    }
}

fn start(
    partition: Arc<Partition>,
    settings: GroupSettings,
    image: watch::Receiver<Arc<ClusterImage>>,
    first_write: Arc<FirstWrite>,
) -> MachineHandle<GroupCoordinator> {
    MachineHandle::start(Setup {
        name: partition.name.to_string(),
        fresh: Box::new(move || GroupCoordinator::new(settings.clone())),
        journal: Box::new(GroupLog::new(partition)),
        image,
        first_write: Some(first_write),
        applied: Box::new(|_| {}),
        start_task: Box::new(|task, _| match task {}),
    })
}

fn settings(keys: &BrokerKeys) -> GroupSettings {
    let length = |name| usize::try_from(keys.number(name)).unwrap_or(usize::MAX);
    GroupSettings {
        min_session_timeout: keys.milliseconds("group.min.session.timeout.ms"),
        max_session_timeout: keys.milliseconds("group.max.session.timeout.ms"),
        initial_rebalance_delay: keys.milliseconds("group.initial.rebalance.delay.ms"),
        max_size: length("group.max.size"),
        offset_metadata_max_length: length("offset.metadata.max.bytes"),
        offsets_retention: Duration::from_secs(60 * keys.number("offsets.retention.minutes").max(0) as u64),
        offsets_retention_check_interval: keys.milliseconds("offsets.retention.check.interval.ms"),
        consumer: consumer_settings(keys),
    }
}

fn consumer_settings(keys: &BrokerKeys) -> ConsumerGroupSettings {
    let names = keys.list("group.consumer.assignors");
    let assignors: Vec<Assignor> = names.iter().filter_map(|name| Assignor::named(name)).collect();
    ConsumerGroupSettings {
        heartbeat_interval: keys.milliseconds("group.consumer.heartbeat.interval.ms"),
        session_timeout: keys.milliseconds("group.consumer.session.timeout.ms"),
        max_size: usize::try_from(keys.number("group.consumer.max.size")).unwrap_or(usize::MAX),
        assignors: if assignors.is_empty() { ConsumerGroupSettings::default().assignors } else { assignors },
        migration: MigrationPolicy::named(keys.get("group.consumer.migration.policy").unwrap_or_default()),
    }
}

fn offsets_topic(keys: &BrokerKeys) -> InternalTopic {
    let segment_bytes = keys.number("offsets.topic.segment.bytes").to_string();
    let configs =
        [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", segment_bytes.as_str())];
    InternalTopic::new(OFFSETS_TOPIC, keys.number("offsets.topic.num.partitions"), &configs)
}

#[cfg(test)]
mod tests;
