//! CreatePartitions: a topic only ever grows. New partitions begin at leader epoch 0.

use std::collections::BTreeSet;

use super::{too_many_partitions, too_many_records};
use crate::broker::controller::directories::Shelves;
use crate::broker::controller::{Controller, Decision, MAX_RECORDS};
use crate::broker::machine::Context;
use crate::protocol::messages::create_partitions::{CreatePartitionsTopic, CreatePartitionsTopicResult};
use crate::protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::MetadataRecord;

impl Controller {
    pub(in crate::broker::controller) fn create_partitions(
        &mut self,
        context: &mut Context<'_>,
        request: CreatePartitionsRequest,
    ) -> Decision<CreatePartitionsResponse> {
        let mut seen = BTreeSet::new();
        let duplicates: BTreeSet<String> =
            request.topics.iter().filter(|topic| !seen.insert(&topic.name)).map(|topic| topic.name.clone()).collect();
        let duplicate = Rejection::new(ErrorCode::InvalidRequest, "Duplicate topic name.");
        let mut results: Vec<_> = duplicates.iter().map(|name| result(name.clone(), Some(duplicate.clone()))).collect();
        let mut shelves = Shelves::of(&self.settings, context.image);
        let mut records = Vec::new();
        for topic in request.topics.into_iter().filter(|topic| !duplicates.contains(&topic.name)) {
            let planned = self.plan_growth(context, &topic, &mut shelves);
            let rejection = planned.map(|more| records.extend(more)).err();
            results.push(result(topic.name, rejection));
        }
        if request.validate_only {
            records.clear();
        }
        Decision { records, reply: CreatePartitionsResponse { throttle_time_ms: 0, results } }
    }

    /// The new partitions of one topic; `shelves` know what comes before them in the same request.
    fn plan_growth(
        &self,
        context: &Context<'_>,
        topic: &CreatePartitionsTopic,
        shelves: &mut Shelves,
    ) -> Result<Vec<MetadataRecord>, Rejection> {
        let Some(current) = context.image.topic(&topic.name) else {
            return Err(ErrorCode::UnknownTopicOrPartition.into());
        };
        let existing = current.partitions.len() as i32;
        if topic.count == existing {
            let message = format!("Topic already has {existing} partition(s).");
            return Err(Rejection::new(ErrorCode::InvalidPartitions, message));
        }
        if topic.count < existing {
            let message = format!(
                "The topic {} currently has {existing} partition(s); {} would not be an increase.",
                topic.name, topic.count
            );
            return Err(Rejection::new(ErrorCode::InvalidPartitions, message));
        }
        let additional = (topic.count - existing) as usize;
        self.check_assignments(topic, additional)?;
        if shelves.added + additional > MAX_RECORDS {
            return Err(too_many_records());
        }
        if let Some(rejection) = too_many_partitions(context.image.partition_count() + shelves.added, additional) {
            return Err(rejection);
        }
        let partition = |number| self.settings.partition(current.id, number, shelves).into();
        Ok((existing..topic.count).map(partition).collect())
    }

    fn check_assignments(&self, topic: &CreatePartitionsTopic, additional: usize) -> Result<(), Rejection> {
        let Some(assignments) = &topic.assignments else { return Ok(()) };
        if assignments.len() != additional {
            let message = format!(
                "Attempted to add {additional} additional partition(s), but only {} assignment(s) were specified.",
                assignments.len()
            );
            return Err(Rejection::new(ErrorCode::InvalidReplicaAssignment, message));
        }
        let mut faults = assignments.iter().filter_map(|one| self.settings.assignment_fault(&one.broker_ids, Some(1)));
        faults.next().map_or(Ok(()), Err)
    }
}

fn result(name: String, rejection: Option<Rejection>) -> CreatePartitionsTopicResult {
    let code = rejection.as_ref().map_or(ErrorCode::None, |rejection| rejection.code);
    CreatePartitionsTopicResult {
        name,
        error_code: code.code(),
        error_message: rejection.and_then(|rejection| rejection.message),
    }
}
