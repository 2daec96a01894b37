//! A consumer group becomes a classic one again when the last member of the newer protocol is gone and others are left. The
//! generation is the epoch, and as somebody has left, a rebalance begins.
//!
//! What is settled is what everybody has. Kafka settles the targets, which members may not know of yet: whoever upgraded
//! the group again before the rebalance is over would be given what others still read. And where a static member's
//! return is no rebalance, Kafka begins none for those who wait for a part of their target either; we do.
//!
//! Source: `GroupMetadataManager.convertToClassicGroup`, `ClassicGroup.fromConsumerGroup` of Kafka 4.2.1.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::group::ConsumerGroup;
use super::member::Member;
use super::upgrade::by_name;
use crate::broker::coordinators::group::classic::{self, ClassicGroup};
use crate::broker::coordinators::group::{Decision, GroupEntry, GroupSettings};
use crate::broker::machine::{Context, TimerChange};
use crate::metadata::ClusterImage;
use crate::records::consumer_protocol;

impl ConsumerGroup {
    /// Whether the group is to become a classic one if these members go and everybody else stays.
    pub(super) fn turns_classic_without(&self, gone: &[String], settings: &GroupSettings) -> bool {
        let left = || self.members().filter(|member| !gone.contains(&member.id));
        let count = left().count();
        count > 0
            && left().all(Member::is_classic)
            && settings.consumer.migration.downgrade
            && count <= settings.max_size
    }

    /// The classic group of those who are left, and the record of it. `None` if their words cannot be read.
    pub(super) fn downgraded(&self, gone: &[String], context: &Context<'_>) -> Option<(ClassicGroup, GroupEntry)> {
        let left = || self.members().filter(|member| !gone.contains(&member.id));
        let members: Option<Vec<classic::Member>> = left().map(classic_member).collect();
        let group = ClassicGroup::converted(self.id(), self.epoch(), members?, context.now);
        let protocol = group.protocol().unwrap_or_default().to_owned();
        let assignments: Option<BTreeMap<String, Bytes>> = left()
            .map(|member| Some((member.id.clone(), self.assignment_for_classic(member, &protocol, context.image)?)))
            .collect();
        let record = group.converted_record(&assignments?);
        Some((group, record))
    }

    fn assignment_for_classic(&self, member: &Member, protocol: &str, image: &ClusterImage) -> Option<Bytes> {
        let protocols = &member.classic.as_ref()?.supported_protocols;
        let spoken = protocols.iter().find(|spoken| spoken.name == protocol)?;
        let version = consumer_protocol::version_of(&spoken.metadata).ok()?;
        Some(consumer_protocol::write(&by_name(&member.held().collect(), image), version))
    }

    /// Whether everybody who is left has what it is to have.
    pub(super) fn is_reconciled(&self) -> bool {
        self.epoch() == self.assignment_epoch()
            && self.members().all(|member| member.is_reconciled_to(self.assignment_epoch()))
    }

    /// Members of a consumer group have deadlines that those of a classic one do not have.
    pub(super) fn disarm_all(&self, out: &mut Decision) {
        for member in self.members() {
            self.disarm_timers(&member.id, out);
        }
        out.timers.push(TimerChange::Disarm(self.regexes_timer()));
    }
}

fn classic_member(member: &Member) -> Option<classic::Member> {
    let classic = member.classic.as_ref()?;
    let protocols = classic.supported_protocols.iter();
    Some(classic::Member {
        id: member.id.clone(),
        instance: member.instance.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        session_timeout: classic_millis(classic.session_timeout_ms),
        rebalance_timeout: classic_millis(member.rebalance_timeout_ms),
        protocols: protocols
            .map(|p| classic::Protocol { name: p.name.clone(), metadata: p.metadata.clone() })
            .collect(),
        is_new: false,
        joining: None,
        syncing: None,
    })
}

fn classic_millis(value: i32) -> Duration {
    classic::millis(value)
}
