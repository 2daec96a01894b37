//! The hard state of a classic group: its last settled generation, as the log has it.
//!
//! Only `apply` writes it. The soft state is made from it when the log has been loaded: a group with members is stable
//! in that generation, and each member gets a fresh session, so that a restart is no rebalance.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::group::{ClassicGroup, Phase};
use super::member::{Member, Protocol, as_millis, millis};
use crate::broker::coordinators::group::{Decision, GroupEntry, GroupSettings};
use crate::clock::Timestamp;
use crate::records::group::{GroupMetadataValue, GroupRecord, MemberMetadata};

/// A generation with all its assignments; without members, the group became empty in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    pub protocol_type: Option<String>,
    pub generation: i32,
    pub protocol: Option<String>,
    pub leader: Option<String>,
    pub since: Timestamp,
    pub members: BTreeMap<String, MemberMetadata>,
}

impl Settled {
    fn new(value: &GroupMetadataValue) -> Settled {
        Settled {
            protocol_type: Some(value.protocol_type.clone()).filter(|kind| !kind.is_empty()),
            generation: value.generation,
            protocol: value.protocol.clone(),
            leader: value.leader.clone(),
            since: Timestamp(value.current_state_timestamp),
            members: value.members.iter().map(|member| (member.member_id.clone(), member.clone())).collect(),
        }
    }
}

impl ClassicGroup {
    /// Takes over what a record says. Soft state is left as it is: live, it is what the record was made from.
    pub fn settle(&mut self, value: &GroupMetadataValue) {
        self.set_settled(Settled::new(value));
    }

    /// Makes the soft state from the settled one.
    pub fn wake(&mut self, now: Timestamp, settings: &GroupSettings, out: &mut Decision) {
        let Some(settled) = self.settled().cloned() else { return };
        self.protocol_type = settled.protocol_type;
        self.generation = settled.generation;
        self.protocol = settled.protocol;
        self.leader = settled.leader;
        self.since = settled.since;
        let protocol = self.protocol.clone().unwrap_or_default();
        self.members =
            settled.members.into_iter().map(|(id, stored)| (id, restored_member(stored, &protocol))).collect();
        self.phase = match self.members.is_empty() {
            true => Phase::Empty,
            false => Phase::Stable { unsynced: BTreeSet::new() },
        };
        for member in self.members.values() {
            self.arm_session(&member.id, now + member.session_timeout, out);
        }
        if self.members.len() > settings.max_size {
            // The limit was lowered; a rebalance lets consumers commit before some of them are turned away.
            self.prepare_rebalance(now, settings, out);
        }
    }

    /// The record that settles the present generation with what `assignment_of` gives each member.
    pub(super) fn settling_record(&self, assignment_of: impl Fn(&str) -> Bytes) -> GroupEntry {
        let protocol = self.protocol.as_deref();
        let members = self.members.values().map(|member| MemberMetadata {
            member_id: member.id.clone(),
            group_instance_id: member.instance.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout: as_millis(member.rebalance_timeout),
            session_timeout: as_millis(member.session_timeout),
            subscription: protocol.and_then(|name| member.metadata(name)).cloned().unwrap_or_default(),
            assignment: assignment_of(&member.id),
        });
        let value = GroupMetadataValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            current_state_timestamp: self.since.millis(),
            members: members.collect(),
        };
        GroupRecord::Group { group: self.id().to_owned(), value: Some(value) }.into()
    }

    /// The record that a group exists, before its first generation.
    pub(super) fn founding_record(&self) -> GroupEntry {
        let value = GroupMetadataValue {
            protocol: None,
            leader: None,
            current_state_timestamp: self.since.millis(),
            ..GroupMetadataValue::default()
        };
        GroupRecord::Group { group: self.id().to_owned(), value: Some(value) }.into()
    }
}

fn restored_member(stored: MemberMetadata, protocol: &str) -> Member {
    // Old versions know one timeout for both.
    let rebalance_timeout =
        if stored.rebalance_timeout == -1 { stored.session_timeout } else { stored.rebalance_timeout };
    Member {
        id: stored.member_id,
        instance: stored.group_instance_id,
        client_id: stored.client_id,
        client_host: stored.client_host,
        session_timeout: millis(stored.session_timeout),
        rebalance_timeout: millis(rebalance_timeout),
        protocols: vec![Protocol { name: protocol.to_owned(), metadata: stored.subscription }],
        is_new: false,
        joining: None,
        syncing: None,
    }
}
