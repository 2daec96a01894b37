//! Topics and partitions.
//!
//! Source: `ReplicationControlManager`, `PartitionRegistration`.

use std::sync::Arc;

use crate::metadata::errors::ReplayError;
use crate::metadata::image::{ClusterImage, PartitionImage, TOPIC_RESOURCE, TopicImage};
use crate::records::metadata::{
    ClearElrRecord, PartitionChangeRecord, PartitionRecord, RemoveTopicRecord, TopicRecord,
};
use crate::vocabulary::Uuid;

/// How far behind the last partition the next record's may lie: more than one operation of a controller makes.
const WIDEST_GAP: usize = 20_000;

/// In a change record: the leader stays.
const LEADER_UNCHANGED: i32 = -2;

impl ClusterImage {
    pub(super) fn add_topic(&mut self, record: &TopicRecord) -> Result<(), ReplayError> {
        let (name, id) = (record.name.clone(), record.topic_id);
        if self.topics.contains_key(&name) || self.topic_names.contains_key(&id) {
            return Err(ReplayError::TopicExists { name, id });
        }
        self.topic_names.insert(id, name.clone());
        self.topics.insert(name.clone(), Arc::new(TopicImage { name, id, partitions: Vec::new() }));
        Ok(())
    }

    pub(super) fn add_partition(&mut self, record: &PartitionRecord) -> Result<(), ReplayError> {
        let topic = self.topic_mut("PartitionRecord", record.topic_id)?;
        let (replicas, directories) = (record.replicas.len(), record.directories.len());
        if directories != 0 && directories != replicas {
            let (topic, partition) = (topic.name.clone(), record.partition_id);
            return Err(ReplayError::Directories { topic, partition, replicas, directories });
        }
        let index = usize::try_from(record.partition_id).ok().filter(|i| *i <= topic.partitions.len() + WIDEST_GAP);
        let Some(index) = index.filter(|_| replicas > 0) else {
            return Err(ReplayError::PartitionNumber { topic: topic.name.clone(), partition: record.partition_id });
        };
        if index >= topic.partitions.len() {
            topic.partitions.resize_with(index + 1, PartitionImage::default);
        }
        topic.partitions[index] = PartitionImage {
            replicas: record.replicas.clone(),
            isr: record.isr.clone(),
            leader: record.leader,
            leader_epoch: record.leader_epoch,
            partition_epoch: record.partition_epoch,
            directories: record.directories.clone(),
            adding_replicas: record.adding_replicas.clone(),
            removing_replicas: record.removing_replicas.clone(),
            leader_recovery_state: record.leader_recovery_state,
            eligible_leader_replicas: record.eligible_leader_replicas.clone(),
            last_known_elr: record.last_known_elr.clone(),
        };
        Ok(())
    }

    pub(super) fn change_partition(&mut self, change: &PartitionChangeRecord) -> Result<(), ReplayError> {
        let topic = self.topic_mut("PartitionChangeRecord", change.topic_id)?;
        let index = usize::try_from(change.partition_id).unwrap_or(usize::MAX);
        match topic.partitions.get_mut(index).filter(|partition| !partition.replicas.is_empty()) {
            Some(partition) => partition.change(change),
            None => {
                let (topic, partition) = (topic.name.clone(), change.partition_id);
                return Err(ReplayError::NoSuchPartition { topic, partition });
            }
        }
        Ok(())
    }

    pub(super) fn remove_topic(&mut self, record: &RemoveTopicRecord) -> Result<(), ReplayError> {
        let Some(name) = self.topic_names.remove(&record.topic_id) else {
            return Err(no_such_topic("RemoveTopicRecord", record.topic_id));
        };
        self.topics.remove(&name);
        self.configs.remove(&(TOPIC_RESOURCE, name));
        Ok(())
    }

    pub(super) fn clear_elr(&mut self, record: &ClearElrRecord) -> Result<(), ReplayError> {
        let name = record.topic_name.as_str();
        if !name.is_empty() && !self.topics.contains_key(name) {
            return Err(ReplayError::NoSuchTopic { record: "ClearElrRecord", topic: name.to_owned() });
        }
        for topic in self.topics.values_mut().filter(|topic| name.is_empty() || topic.name == name) {
            for partition in &mut Arc::make_mut(topic).partitions {
                partition.eligible_leader_replicas = None;
                partition.last_known_elr = None;
            }
        }
        Ok(())
    }

    fn topic_mut(&mut self, record: &'static str, id: Uuid) -> Result<&mut TopicImage, ReplayError> {
        let topic = self.topic_names.get(&id).and_then(|name| self.topics.get_mut(name));
        topic.map(Arc::make_mut).ok_or_else(|| no_such_topic(record, id))
    }
}

fn no_such_topic(record: &'static str, id: Uuid) -> ReplayError {
    ReplayError::NoSuchTopic { record, topic: id.to_string() }
}

impl PartitionImage {
    /// A leader that is named counts as elected, also if it is the same as before.
    fn change(&mut self, change: &PartitionChangeRecord) {
        fn replace<T: Clone>(current: &mut T, new: &Option<T>) {
            if let Some(new) = new {
                current.clone_from(new);
            }
        }
        replace(&mut self.isr, &change.isr);
        replace(&mut self.replicas, &change.replicas);
        replace(&mut self.removing_replicas, &change.removing_replicas);
        replace(&mut self.adding_replicas, &change.adding_replicas);
        replace(&mut self.directories, &change.directories);
        if change.eligible_leader_replicas.is_some() {
            self.eligible_leader_replicas.clone_from(&change.eligible_leader_replicas);
        }
        if change.last_known_elr.is_some() {
            self.last_known_elr.clone_from(&change.last_known_elr);
        }
        if change.leader != LEADER_UNCHANGED {
            self.leader = change.leader;
            self.leader_epoch = self.leader_epoch.saturating_add(1);
        }
        if change.leader_recovery_state >= 0 {
            self.leader_recovery_state = change.leader_recovery_state;
        }
        self.partition_epoch = self.partition_epoch.saturating_add(1);
    }
}
