//! CreateTopics.
//!
//! Order of the checks: duplicates in the request, name, existence and collision, configurations, partitions and
//! replicas. A topic becomes Topic, Config…, Partition… in one batch with all others of the request. `validate_only` gets
//! the same answer and no records.

use std::collections::BTreeSet;

use super::{too_many_partitions, too_many_records};
use crate::broker::controller::directories::Shelves;
use crate::broker::controller::{Controller, Decision, MAX_RECORDS};
use crate::broker::machine::Context;
use crate::metadata::ClusterImage;
use crate::metadata::topic_configs::{TOPIC_CONFIGS, Values, set_fault};
use crate::protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfigs, CreatableTopicResult};
use crate::protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::{ConfigRecord, MetadataRecord, TopicRecord};
use crate::vocabulary::{METADATA_TOPIC, topic_name_fault};

const MAX_PARTITIONS_PER_REQUEST: i64 = 10_000;

/// A topic as it would be made.
pub(super) struct Plan {
    pub result: CreatableTopicResult,
    pub records: Vec<MetadataRecord>,
}

impl Controller {
    pub(in crate::broker::controller) fn create_topics(
        &mut self,
        context: &mut Context<'_>,
        request: CreateTopicsRequest,
    ) -> Decision<CreateTopicsResponse> {
        let (unique, duplicates) = without_duplicates(request.topics);
        if let Some(rejection) = self.batch_fault(&unique) {
            let topics = unique.into_iter().map(|topic| refused(topic.name, rejection.clone())).collect();
            return Decision::reply(CreateTopicsResponse { throttle_time_ms: 0, topics });
        }
        let mut shelves = Shelves::of(&self.settings, context.image);
        let mut records = Vec::new();
        let mut topics = Vec::new();
        for topic in unique {
            match self.plan_topic(context, &topic, &mut shelves) {
                Ok(plan) => {
                    records.extend(plan.records);
                    topics.push(plan.result);
                }
                Err(rejection) => topics.push(refused(topic.name, rejection)),
            }
        }
        if records.len() > MAX_RECORDS {
            topics = topics.into_iter().map(|topic| refused(topic.name, too_many_records())).collect();
            records.clear();
        }
        let duplicate = || Rejection::new(ErrorCode::InvalidRequest, "Duplicate topic name.");
        topics.extend(duplicates.into_iter().map(|name| refused(name, duplicate())));
        if request.validate_only {
            records.clear();
        }
        Decision { records, reply: CreateTopicsResponse { throttle_time_ms: 0, topics } }
    }

    /// Why nothing of the request can be done.
    fn batch_fault(&self, topics: &[CreatableTopic]) -> Option<Rejection> {
        let partitions = |topic: &CreatableTopic| match topic.num_partitions {
            _ if !topic.assignments.is_empty() => topic.assignments.len() as i64,
            count if count > 0 => i64::from(count),
            _ => i64::from(self.settings.default_partitions),
        };
        let total: i64 = topics.iter().map(partitions).sum();
        (total > MAX_PARTITIONS_PER_REQUEST)
            .then(|| Rejection::new(ErrorCode::PolicyViolation, "Excessively large number of partitions per request."))
    }

    /// One topic; `shelves` know what comes before it in the same request.
    pub(super) fn plan_topic(
        &self,
        context: &mut Context<'_>,
        topic: &CreatableTopic,
        shelves: &mut Shelves,
    ) -> Result<Plan, Rejection> {
        let image = context.image;
        check_name(image, &topic.name)?;
        let (values, config_records) = self.plan_configs(topic)?;
        let count = self.plan_partitions(topic)?;
        if let Some(rejection) = too_many_partitions(image.partition_count() + shelves.added, count as usize) {
            return Err(rejection);
        }
        let topic_id = context.ids.uuid();
        let mut records: Vec<MetadataRecord> = vec![TopicRecord { name: topic.name.clone(), topic_id }.into()];
        records.extend(config_records);
        records.extend((0..count).map(|number| self.settings.partition(topic_id, number, shelves).into()));
        let result = CreatableTopicResult {
            name: topic.name.clone(),
            topic_id,
            error_message: None,
            num_partitions: count,
            replication_factor: 1,
            configs: Some(self.effective_configs(image, &values)),
            ..Default::default()
        };
        Ok(Plan { result, records })
    }

    fn plan_configs(&self, topic: &CreatableTopic) -> Result<(Values, Vec<MetadataRecord>), Rejection> {
        let mut nulls: Vec<&str> =
            topic.configs.iter().filter(|config| config.value.is_none()).map(|config| config.name.as_str()).collect();
        if !nulls.is_empty() {
            nulls.sort_unstable();
            let message = format!("Null value not supported for topic configs: {}", nulls.join(","));
            return Err(Rejection::new(ErrorCode::InvalidConfig, message));
        }
        let values: Values = topic
            .configs
            .iter()
            .map(|config| (config.name.clone(), config.value.clone().unwrap_or_default()))
            .collect();
        if let Some(fault) = super::super::configs::length_fault(&values).or_else(|| set_fault(&values)) {
            return Err(Rejection::new(ErrorCode::InvalidConfig, fault));
        }
        let record = |(name, value): (&String, &String)| {
            let record = ConfigRecord {
                resource_type: crate::metadata::TOPIC_RESOURCE,
                resource_name: topic.name.clone(),
                name: name.clone(),
                value: Some(value.clone()),
            };
            record.into()
        };
        let records = values.iter().map(record).collect();
        Ok((values, records))
    }

    /// How many partitions the topic gets.
    fn plan_partitions(&self, topic: &CreatableTopic) -> Result<i32, Rejection> {
        if !topic.assignments.is_empty() {
            return self.plan_assignments(topic);
        }
        if topic.replication_factor < -1 || topic.replication_factor == 0 {
            let message = "Replication factor must be larger than 0, or -1 to use the default value.";
            return Err(Rejection::new(ErrorCode::InvalidReplicationFactor, message));
        }
        if topic.num_partitions < -1 || topic.num_partitions == 0 {
            let message = "Number of partitions was set to an invalid non-positive value.";
            return Err(Rejection::new(ErrorCode::InvalidPartitions, message));
        }
        let replication_factor = match topic.replication_factor {
            -1 => self.settings.default_replication_factor,
            asked => asked,
        };
        match self.settings.replication_fault(replication_factor) {
            Some(rejection) => Err(rejection),
            None if topic.num_partitions == -1 => Ok(self.settings.default_partitions),
            None => Ok(topic.num_partitions),
        }
    }

    fn plan_assignments(&self, topic: &CreatableTopic) -> Result<i32, Rejection> {
        let not_unset = |what: &str| {
            let message = format!("A manual partition assignment was specified, but {what} was not set to -1.");
            Err(Rejection::new(ErrorCode::InvalidRequest, message))
        };
        if topic.replication_factor != -1 {
            return not_unset("replication factor");
        }
        if topic.num_partitions != -1 {
            return not_unset("numPartitions");
        }
        let mut numbers = BTreeSet::new();
        let mut replicas = None;
        for assignment in &topic.assignments {
            let number = assignment.partition_index;
            if !numbers.insert(number) {
                let message = format!("Found multiple manual partition assignments for partition {number}");
                return Err(Rejection::new(ErrorCode::InvalidReplicaAssignment, message));
            }
            if let Some(rejection) = self.settings.assignment_fault(&assignment.broker_ids, replicas) {
                return Err(rejection);
            }
            replicas = Some(assignment.broker_ids.len());
        }
        if !numbers.iter().copied().eq(0..numbers.len() as i32) {
            let message = "partitions should be a consecutive 0-based integer sequence";
            return Err(Rejection::new(ErrorCode::InvalidReplicaAssignment, message));
        }
        Ok(numbers.len() as i32)
    }

    /// Every configuration of a topic with these own values, by name.
    fn effective_configs(&self, image: &ClusterImage, own: &Values) -> Vec<CreatableTopicConfigs> {
        let broker = self.broker_values(image);
        let shown = TOPIC_CONFIGS.iter().map(|config| {
            let (value, source) = config.effective(Some(own), &broker);
            CreatableTopicConfigs {
                name: config.name.to_owned(),
                value: Some(value),
                read_only: false,
                config_source: source as i8,
                is_sensitive: false,
            }
        });
        shown.collect()
    }
}

/// Topics that are named once, and the names that are named more often.
fn without_duplicates(topics: Vec<CreatableTopic>) -> (Vec<CreatableTopic>, BTreeSet<String>) {
    let mut seen = BTreeSet::new();
    let duplicates: BTreeSet<String> =
        topics.iter().filter(|topic| !seen.insert(&topic.name)).map(|topic| topic.name.clone()).collect();
    let unique = topics.into_iter().filter(|topic| !duplicates.contains(&topic.name)).collect();
    (unique, duplicates)
}

fn check_name(image: &ClusterImage, name: &str) -> Result<(), Rejection> {
    if name == METADATA_TOPIC {
        let message = format!("Creation of internal topic {name} is prohibited.");
        return Err(Rejection::new(ErrorCode::InvalidRequest, message));
    }
    if image.topic(name).is_some() {
        return Err(Rejection::new(ErrorCode::TopicAlreadyExists, format!("Topic '{name}' already exists.")));
    }
    if let Some(fault) = topic_name_fault(name) {
        return Err(Rejection::new(ErrorCode::InvalidTopicException, format!("Topic name is invalid: {fault}")));
    }
    match colliding(image, name) {
        None => Ok(()),
        Some(existing) => {
            let message = format!("Topic '{name}' collides with existing topic: {existing}");
            Err(Rejection::new(ErrorCode::InvalidTopicException, message))
        }
    }
}

/// A topic whose name differs only in `.` and `_`: the two would share the names of Kafka's metrics.
fn colliding<'a>(image: &'a ClusterImage, name: &str) -> Option<&'a str> {
    if !name.contains(['.', '_']) {
        return None;
    }
    let plain = |name: &str| name.replace('.', "_");
    let own = plain(name);
    image.topics.keys().map(String::as_str).find(|existing| existing.contains(['.', '_']) && plain(existing) == own)
}

fn refused(name: String, rejection: Rejection) -> CreatableTopicResult {
    CreatableTopicResult {
        name,
        error_code: rejection.code.code(),
        error_message: rejection.message,
        ..Default::default()
    }
}
