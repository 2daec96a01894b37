//! Where partitions go. There is one broker, so there is little to choose, but requests may still ask for too much.

use crate::broker::controller::ControllerSettings;
use crate::broker::controller::directories::Shelves;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::PartitionRecord;
use crate::vocabulary::Uuid;

impl ControllerSettings {
    /// Why `replicas` cannot be a partition's replicas. `others` is how many replicas its topic's other partitions have.
    pub(super) fn assignment_fault(&self, replicas: &[i32], others: Option<usize>) -> Option<Rejection> {
        let fault = |why: String| {
            Some(Rejection::new(
                ErrorCode::InvalidReplicaAssignment,
                format!("The manual partition assignment includes {why}"),
            ))
        };
        if replicas.is_empty() {
            return fault("an empty replica list.".to_owned());
        }
        let mut sorted = replicas.to_vec();
        sorted.sort_unstable();
        let mut previous = None;
        for id in &sorted {
            if *id != self.node_id {
                return fault(format!("broker {id}, but no such broker is registered."));
            }
            if previous == Some(id) {
                return fault(format!("the broker {id} more than once."));
            }
            previous = Some(id);
        }
        match others {
            Some(others) if others != replicas.len() => fault(format!(
                "a partition with {} replica(s), but this is not consistent with previous partitions, which have {others} \
                 replica(s).",
                replicas.len()
            )),
            _ => None,
        }
    }

    /// Why there cannot be that many replicas.
    pub(super) fn replication_fault(&self, replication_factor: i16) -> Option<Rejection> {
        (replication_factor > 1).then(|| {
            let message = format!(
                "Unable to replicate the partition {replication_factor} time(s): The target replication factor of \
                 {replication_factor} cannot be reached because only 1 broker(s) are registered."
            );
            Rejection::new(ErrorCode::InvalidReplicationFactor, message)
        })
    }

    /// A new partition, led by this broker.
    pub(super) fn partition(&self, topic_id: Uuid, partition_id: i32, shelves: &mut Shelves) -> PartitionRecord {
        PartitionRecord {
            partition_id,
            topic_id,
            replicas: vec![self.node_id],
            isr: vec![self.node_id],
            leader: self.node_id,
            leader_epoch: 0,
            partition_epoch: 0,
            directories: shelves.take(),
            ..Default::default()
        }
    }
}
