//! The records that make an image, in Kafka's order: features, brokers, controllers, topics with their partitions,
//! configs, quotas, producer ids, access control, SCRAM, tokens. Source: `MetadataImage.write`.

use crate::metadata::features::METADATA_VERSION;
use crate::metadata::image::{BrokerImage, ClusterImage, PartitionImage, TopicImage};
use crate::records::metadata::{
    ClientQuotaRecord, ConfigRecord, EntityData, FeatureLevelRecord, MetadataRecord, PartitionRecord,
    ProducerIdsRecord, RegisterBrokerRecord, TopicRecord,
};

/// Everything in the image as records; applied to an empty image they make the same one.
pub fn image_records(image: &ClusterImage) -> Vec<MetadataRecord> {
    let mut records: Vec<MetadataRecord> = Vec::new();
    let (version, others): (Vec<_>, Vec<_>) = image.features.iter().partition(|(name, _)| *name == METADATA_VERSION);
    for (name, level) in version.into_iter().chain(others) {
        records.push(FeatureLevelRecord { name: name.clone(), feature_level: *level }.into());
    }
    records.extend(image.brokers.values().map(|broker| registration(broker).into()));
    records.extend(image.controllers.values().cloned().map(MetadataRecord::from));
    for topic in image.topics.values() {
        topic_records(topic, &mut records);
    }
    config_records(image, &mut records);
    quota_records(image, &mut records);
    if image.next_producer_id > 0 {
        let next_producer_id = image.next_producer_id;
        records.push(ProducerIdsRecord { broker_id: -1, broker_epoch: -1, next_producer_id }.into());
    }
    records.extend(image.acls.values().cloned().map(MetadataRecord::from));
    records.extend(image.scram_credentials.values().cloned().map(MetadataRecord::from));
    records.extend(image.delegation_tokens.values().cloned().map(MetadataRecord::from));
    records
}

fn registration(broker: &BrokerImage) -> RegisterBrokerRecord {
    RegisterBrokerRecord {
        broker_id: broker.id,
        is_migrating_zk_broker: broker.is_migrating_zk_broker,
        incarnation_id: broker.incarnation,
        broker_epoch: broker.epoch,
        end_points: broker.endpoints.clone(),
        features: broker.features.clone(),
        rack: broker.rack.clone(),
        fenced: broker.fenced,
        in_controlled_shutdown: broker.in_controlled_shutdown,
        log_dirs: broker.log_dirs.clone(),
    }
}

fn topic_records(topic: &TopicImage, records: &mut Vec<MetadataRecord>) {
    records.push(TopicRecord { name: topic.name.clone(), topic_id: topic.id }.into());
    for (number, partition) in topic.partitions.iter().enumerate() {
        records.push(partition.record(number as i32, topic).into());
    }
}

impl PartitionImage {
    fn record(&self, partition_id: i32, topic: &TopicImage) -> PartitionRecord {
        PartitionRecord {
            partition_id,
            topic_id: topic.id,
            replicas: self.replicas.clone(),
            isr: self.isr.clone(),
            removing_replicas: self.removing_replicas.clone(),
            adding_replicas: self.adding_replicas.clone(),
            leader: self.leader,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            directories: self.directories.clone(),
            leader_recovery_state: self.leader_recovery_state,
            eligible_leader_replicas: self.eligible_leader_replicas.clone(),
            last_known_elr: self.last_known_elr.clone(),
        }
    }
}

fn config_records(image: &ClusterImage, records: &mut Vec<MetadataRecord>) {
    for ((resource_type, resource_name), configs) in &image.configs {
        for (name, value) in configs {
            let record = ConfigRecord {
                resource_type: *resource_type,
                resource_name: resource_name.clone(),
                name: name.clone(),
                value: Some(value.clone()),
            };
            records.push(record.into());
        }
    }
}

fn quota_records(image: &ClusterImage, records: &mut Vec<MetadataRecord>) {
    for (entity, quotas) in &image.quotas {
        let part = |(kind, name): &(String, Option<String>)| EntityData {
            entity_type: kind.clone(),
            entity_name: name.clone(),
        };
        for (key, value) in quotas {
            let entity = entity.iter().map(part).collect();
            records.push(ClientQuotaRecord { entity, key: key.clone(), value: *value, remove: false }.into());
        }
    }
}
