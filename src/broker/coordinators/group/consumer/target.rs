//! The target assignment: who is to have what, at an epoch of the group.

use std::collections::BTreeMap;

use super::assignors::{Assignor, Wish};
use super::draft::Draft;
use super::group::ConsumerGroup;
use super::settings::ConsumerGroupSettings;
use crate::metadata::ClusterImage;
use crate::records::consumer_group::{
    ConsumerGroupChange, ConsumerGroupTargetAssignmentMemberValue, ConsumerGroupTargetAssignmentMetadataValue,
};

impl ConsumerGroup {
    /// The assignor that most members ask for. Between those that as many ask for, the order of the settings decides.
    pub fn assignor(&self, settings: &ConsumerGroupSettings) -> Assignor {
        let votes = |assignor: &Assignor| {
            self.members().filter(|member| member.assignor.as_deref() == Some(assignor.name())).count()
        };
        let most = settings.assignors.iter().rev().max_by_key(|assignor| votes(assignor));
        most.copied().filter(|assignor| votes(assignor) > 0).unwrap_or(settings.default_assignor())
    }

    fn wishes(&self, image: &ClusterImage) -> Vec<Wish> {
        let wish = |member: &super::member::Member| Wish {
            instance: member.instance.clone(),
            member: member.id.clone(),
            topics: self.topic_ids_of(member, image),
            target: self.target(&member.id),
        };
        self.members().map(wish).collect()
    }
}

impl Draft<'_> {
    /// Computes the targets for the present epoch of the group.
    pub(super) fn assign(&mut self, settings: &ConsumerGroupSettings, image: &ClusterImage) {
        let wishes = self.wishes(image);
        let topics: BTreeMap<_, _> = wishes
            .iter()
            .flat_map(|wish| &wish.topics)
            .filter_map(|id| Some((*id, image.topic_by_id(*id)?.partitions.len() as i32)))
            .collect();
        let assigned = self.assignor(settings).assign(&wishes, &topics);
        for (wish, target) in wishes.iter().zip(assigned) {
            if self.settled().targets.get(&wish.member) != Some(&target) {
                let value = ConsumerGroupTargetAssignmentMemberValue { topic_partitions: target.to_records() };
                self.put(ConsumerGroupChange::Target { member: wish.member.clone(), value: Some(value) });
            }
        }
        let value = ConsumerGroupTargetAssignmentMetadataValue { assignment_epoch: self.epoch() };
        self.put(ConsumerGroupChange::TargetEpoch(Some(value)));
    }
}
