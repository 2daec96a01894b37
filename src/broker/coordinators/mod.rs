//! The coordinators: machines that keep their state in internal topics. This file is wiring only.
//!
//! A group belongs to the partition of `__consumer_offsets` that its id hashes to. The topic is made when a group is
//! joined or committed to for the first time; until then every group is unknown, and asking leaves no trace. A partition's
//! machine is started, and so reads its log, when the first request for one of its groups comes.

pub mod group;
mod group_log;
mod internal_log;
pub mod transaction;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::broker::config::BrokerKeys;
use crate::broker::first_write::FirstWrite;
use crate::broker::machine::ids::RandomIds;
use crate::broker::machine::runner::{MachineHandle, Setup, Unavailable};
use crate::broker::machine::{Context, Machine, Ticket};
use crate::broker::partitions::Partitions;
use crate::clock::Timestamp;
use crate::metadata::{ClusterImage, TopicImage};
use crate::protocol::ErrorCode;
use crate::vocabulary::{TopicPartition, Uuid, coordinator_partition};
use group::offsets::TopicsDeleted;
use group::{GroupCall, GroupCoordinator, GroupSettings, ListGroups, ListedGroup};
use group_log::GroupLog;

pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// An internal topic to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalTopic {
    pub name: &'static str,
    pub partitions: i32,
    pub configs: BTreeMap<String, String>,
}

/// Makes an internal topic, or finds that it is there. The image has it before this is done.
pub type MakeTopic =
    Box<dyn Fn(InternalTopic) -> Pin<Box<dyn Future<Output = Result<(), ErrorCode>> + Send>> + Send + Sync>;

/// The machines of all groups.
pub struct GroupCoordinators {
    settings: GroupSettings,
    topic: InternalTopic,
    make_topic: MakeTopic,
    /// Held while the topic is made, so that it is made once.
    making: tokio::sync::Mutex<()>,
    image: watch::Receiver<Arc<ClusterImage>>,
    partitions: Arc<Partitions>,
    first_write: Arc<FirstWrite>,
    /// By topic id and partition, so that a topic that was deleted and made anew begins anew.
    machines: Mutex<HashMap<(Uuid, i32), MachineHandle<GroupCoordinator>>>,
}

impl GroupCoordinators {
    pub fn new(
        keys: &BrokerKeys,
        partitions: Arc<Partitions>,
        image: watch::Receiver<Arc<ClusterImage>>,
        first_write: Arc<FirstWrite>,
        make_topic: MakeTopic,
    ) -> GroupCoordinators {
        GroupCoordinators {
            settings: settings(keys),
            topic: offsets_topic(keys),
            make_topic,
            making: tokio::sync::Mutex::default(),
            image,
            partitions,
            first_write,
            machines: Mutex::default(),
        }
    }

    /// Asks the coordinator of a group. Nothing is made for it: as long as there is no `__consumer_offsets`, the group is
    /// unknown.
    pub async fn ask<C: GroupCall>(&self, group: &str, call: C) -> Result<C::Reply, ErrorCode> {
        match self.offsets_topic() {
            Some(topic) => self.ask_partition(&topic, partition_of(group, &topic), call).await,
            None => self.ask_nobody(call),
        }
    }

    /// Asks the coordinator of a group that may come into being by that.
    pub async fn ask_or_found<C: GroupCall>(&self, group: &str, call: C) -> Result<C::Reply, ErrorCode> {
        let topic = self.offsets_topic_made().await?;
        self.ask_partition(&topic, partition_of(group, &topic), call).await
    }

    /// The partition that keeps what a group commits. The topic is made if need be.
    pub async fn partition_for(&self, group: &str) -> Result<TopicPartition, ErrorCode> {
        let topic = self.offsets_topic_made().await?;
        Ok(TopicPartition::new(OFFSETS_TOPIC, partition_of(group, &topic)))
    }

    async fn offsets_topic_made(&self) -> Result<Arc<TopicImage>, ErrorCode> {
        if self.offsets_topic().is_none() {
            let _making = self.making.lock().await;
            if self.offsets_topic().is_none() {
                (self.make_topic)(self.topic.clone()).await?;
            }
        }
        self.offsets_topic().ok_or(ErrorCode::CoordinatorNotAvailable)
    }

    /// The groups of all partitions.
    pub async fn list(&self, wanted: ListGroups) -> Result<Vec<ListedGroup>, ErrorCode> {
        let Some(topic) = self.offsets_topic() else { return Ok(Vec::new()) };
        let mut groups = Vec::new();
        for partition in self.partitions_in_use(&topic)? {
            groups.extend(self.ask_partition(&topic, partition, wanted.clone()).await?);
        }
        Ok(groups)
    }

    /// Topics are gone, and the image has them no more: so are their offsets. Partitions that are not loaded find out by
    /// themselves. If the offsets topic was among them, its machines end.
    pub async fn topics_deleted(&self, topics: Vec<String>) {
        let image = self.image.borrow().clone();
        self.stop_machines(|topic_id| image.topic_by_id(topic_id).is_none()).await;
        let machines: Vec<_> = self.machines().values().cloned().collect();
        for machine in machines {
            if let Err(e) = machine.ask(TopicsDeleted { topics: topics.clone() }.request()).await {
                tracing::warn!("offsets of deleted topics stay for now: {e}");
            }
        }
    }

    /// Starts the machines of all partitions that hold anything.
    pub fn load_all(&self) -> Result<(), ErrorCode> {
        let Some(topic) = self.offsets_topic() else { return Ok(()) };
        for partition in self.partitions_in_use(&topic)? {
            self.machine(&topic, partition)?;
        }
        Ok(())
    }

    /// Ends all machines; whoever waits for one is told to look for the coordinator again.
    pub async fn stop(&self) {
        self.stop_machines(|_| true).await;
    }

    async fn stop_machines(&self, of_topic: impl Fn(Uuid) -> bool) {
        let ended: Vec<_> = self.machines().extract_if(|(topic_id, _), _| of_topic(*topic_id)).collect();
        for (_, machine) in ended {
            if let Err(e) = machine.stop().await {
                tracing::error!("a group coordinator did not close its log: {e}");
            }
        }
    }

    fn offsets_topic(&self) -> Option<Arc<TopicImage>> {
        self.image.borrow().topic(OFFSETS_TOPIC).cloned()
    }

    fn partitions_in_use(&self, topic: &TopicImage) -> Result<Vec<i32>, ErrorCode> {
        let mut in_use = Vec::new();
        for index in (0i32..).take(topic.partitions.len()) {
            let partition = self.partitions.leader(topic, index).map_err(|refused| refused.code)?;
            let is_loaded = self.machines().contains_key(&(topic.id, index));
            if is_loaded || partition.bounds().map_err(|refused| refused.code)?.end > 0 {
                in_use.push(index);
            }
        }
        Ok(in_use)
    }

    async fn ask_partition<C: GroupCall>(
        &self,
        topic: &TopicImage,
        partition: i32,
        call: C,
    ) -> Result<C::Reply, ErrorCode> {
        let machine = self.machine(topic, partition)?;
        let reply = machine.ask(call.request()).await.map_err(|unavailable| match unavailable {
            Unavailable::Stopped => ErrorCode::NotCoordinator,
            Unavailable::Storage => ErrorCode::CoordinatorNotAvailable,
        })?;
        C::reply(reply).ok_or(ErrorCode::UnknownServerError)
    }

    /// What a coordinator without any group answers.
    fn ask_nobody<C: GroupCall>(&self, call: C) -> Result<C::Reply, ErrorCode> {
        let image = self.image.borrow().clone();
        let mut context = Context { now: Timestamp::now(), image: &image, ids: &mut RandomIds };
        let outcome = GroupCoordinator::new(self.settings.clone()).handle(&mut context, Ticket(0), call.request());
        debug_assert!(outcome.records.is_empty(), "a question about a group that is not there changes nothing");
        let reply = outcome.replies.into_iter().next().and_then(|(_, reply)| C::reply(reply));
        reply.ok_or(ErrorCode::UnknownServerError)
    }

    fn machine(&self, topic: &TopicImage, index: i32) -> Result<MachineHandle<GroupCoordinator>, ErrorCode> {
        let key = (topic.id, index);
        if let Some(machine) = self.machines().get(&key) {
            return Ok(machine.clone());
        }
        let partition = self.partitions.leader(topic, index).map_err(|refused| refused.code)?;
        let mut machines = self.machines();
        let machine = machines.entry(key).or_insert_with(|| {
            let settings = self.settings.clone();
            MachineHandle::start(Setup {
                name: TopicPartition::new(OFFSETS_TOPIC, index).to_string(),
                fresh: Box::new(move || GroupCoordinator::new(settings.clone())),
                journal: Box::new(GroupLog::new(partition)),
                image: self.image.clone(),
                first_write: Some(self.first_write.clone()),
                applied: Box::new(|_| {}),
                start_task: Box::new(|task| match task {}),
            })
        });
        Ok(machine.clone())
    }

    fn machines(&self) -> std::sync::MutexGuard<'_, HashMap<(Uuid, i32), MachineHandle<GroupCoordinator>>> {
        self.machines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn partition_of(group: &str, topic: &TopicImage) -> i32 {
    coordinator_partition(group, topic.partitions.len() as i32)
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
    }
}

fn offsets_topic(keys: &BrokerKeys) -> InternalTopic {
    let configs = [
        ("cleanup.policy", "compact".to_owned()),
        ("compression.type", "producer".to_owned()),
        ("segment.bytes", keys.number("offsets.topic.segment.bytes").to_string()),
    ];
    InternalTopic {
        name: OFFSETS_TOPIC,
        partitions: keys.number("offsets.topic.num.partitions") as i32,
        configs: configs.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

#[cfg(test)]
mod tests;
