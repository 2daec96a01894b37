//! What each record does to the image: a file per subject, one function per record type.
//!
//! A record that contradicts the image is an error, as it is for Apache Kafka's controller: whoever went on would be
//! wrong about everything behind it. Transactions are the business of [`Replay`](super::Replay).

mod cluster;
mod security;
mod topics;

use super::errors::ReplayError;
use super::image::ClusterImage;
use crate::records::metadata::MetadataRecord;

impl ClusterImage {
    /// Applies one record. After an error the image is not to be used any more.
    pub(super) fn apply(&mut self, record: &MetadataRecord) -> Result<(), ReplayError> {
        match record {
            MetadataRecord::FeatureLevel(feature) => self.set_feature(feature),
            MetadataRecord::RegisterBroker(broker) => self.register_broker(broker),
            MetadataRecord::UnregisterBroker(broker) => self.unregister_broker(broker),
            MetadataRecord::FenceBroker(broker) => self.set_fenced("FenceBrokerRecord", broker.id, broker.epoch, true),
            MetadataRecord::UnfenceBroker(broker) => {
                self.set_fenced("UnfenceBrokerRecord", broker.id, broker.epoch, false)
            }
            MetadataRecord::BrokerRegistrationChange(change) => self.change_registration(change),
            MetadataRecord::RegisterController(controller) => self.register_controller(controller),
            MetadataRecord::ProducerIds(ids) => self.set_producer_ids(ids),
            MetadataRecord::Config(config) => self.set_config(config),
            MetadataRecord::Topic(topic) => self.add_topic(topic),
            MetadataRecord::Partition(partition) => self.add_partition(partition),
            MetadataRecord::PartitionChange(change) => self.change_partition(change),
            MetadataRecord::RemoveTopic(topic) => self.remove_topic(topic),
            MetadataRecord::ClearElr(topic) => self.clear_elr(topic),
            MetadataRecord::ClientQuota(quota) => self.set_quota(quota),
            MetadataRecord::AccessControlEntry(entry) => self.add_acl(entry),
            MetadataRecord::RemoveAccessControlEntry(entry) => self.remove_acl(entry),
            MetadataRecord::UserScramCredential(credential) => self.set_scram(credential),
            MetadataRecord::RemoveUserScramCredential(credential) => self.remove_scram(credential),
            MetadataRecord::DelegationToken(token) => self.set_token(token),
            MetadataRecord::RemoveDelegationToken(token) => self.remove_token(token),
            MetadataRecord::NoOp(_)
            | MetadataRecord::ZkMigrationState(_)
            | MetadataRecord::BeginTransaction(_)
            | MetadataRecord::EndTransaction(_)
            | MetadataRecord::AbortTransaction(_) => Ok(()),
        }
    }

    /// States what must hold once everything was applied.
    pub(super) fn check(&self) -> Result<(), ReplayError> {
        for topic in self.topics.values() {
            if let Some(missing) = topic.partitions.iter().position(|partition| partition.replicas.is_empty()) {
                return Err(ReplayError::Gap { topic: topic.name.clone(), missing: missing as i32 });
            }
        }
        Ok(())
    }
}
