//! A member of a consumer group: what it asks for, and how far it has come towards its target. All of it is hard state.

use std::collections::BTreeSet;

use super::assignment::Assignment;
use crate::records::consumer_group::{
    ClassicMember, ClassicMemberMetadata, ConsumerGroupChange, ConsumerGroupCurrentMemberAssignmentValue,
    ConsumerGroupMemberMetadataValue,
};

/// The epoch by which a member leaves.
pub const LEAVING: i32 = -1;
/// The epoch by which a static member leaves for a while, and which it then has.
pub const LEAVING_FOR_A_WHILE: i32 = -2;

/// How far a member has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// It has what it was to have at its epoch.
    Stable,
    /// It has not given back everything that it must.
    Unrevoked,
    /// Others have not given back everything that it is to have.
    Unreleased,
    /// Written by a newer coordinator.
    Unknown(i8),
}

impl MemberState {
    pub fn number(self) -> i8 {
        match self {
            MemberState::Stable => 0,
            MemberState::Unrevoked => 1,
            MemberState::Unreleased => 2,
            MemberState::Unknown(number) => number,
        }
    }

    pub fn from_number(number: i8) -> MemberState {
        match number {
            0 => MemberState::Stable,
            1 => MemberState::Unrevoked,
            2 => MemberState::Unreleased,
            number => MemberState::Unknown(number),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub id: String,
    pub epoch: i32,
    pub previous_epoch: i32,
    pub state: MemberState,
    /// The name under which a static member comes back.
    pub instance: Option<String>,
    pub rack: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub rebalance_timeout_ms: i32,
    pub names: BTreeSet<String>,
    /// Empty is as good as none; the log may have either.
    pub regex: Option<String>,
    pub assignor: Option<String>,
    /// What it may use, and what others must not have.
    pub assigned: Assignment,
    /// What it may not use any more, but others must not have yet.
    pub revoking: Assignment,
    /// Of a member that speaks the classic protocol.
    pub classic: Option<ClassicMemberMetadata>,
}

impl Member {
    pub fn new(id: &str) -> Member {
        Member {
            id: id.to_owned(),
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            instance: None,
            rack: None,
            client_id: String::new(),
            client_host: String::new(),
            rebalance_timeout_ms: -1,
            names: BTreeSet::new(),
            regex: Some(String::new()),
            assignor: None,
            assigned: Assignment::default(),
            revoking: Assignment::default(),
            classic: None,
        }
    }

    /// The regular expression that it subscribes to, if any.
    pub fn regex(&self) -> Option<&str> {
        self.regex.as_deref().filter(|regex| !regex.is_empty())
    }

    pub fn is_classic(&self) -> bool {
        self.classic.is_some()
    }

    /// Whether it has everything that it is to have at this epoch.
    pub fn is_reconciled_to(&self, epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    /// Everything that others must not have.
    pub fn held(&self) -> impl Iterator<Item = (crate::vocabulary::Uuid, i32)> {
        self.assigned.iter().chain(self.revoking.iter())
    }

    pub fn enter_epoch(&mut self, epoch: i32) {
        self.previous_epoch = self.epoch;
        self.epoch = epoch;
    }

    /// The record of what it asks for.
    pub fn subscription_record(&self) -> ConsumerGroupChange {
        let value = ConsumerGroupMemberMetadataValue {
            instance_id: self.instance.clone(),
            rack_id: self.rack.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            subscribed_topic_names: self.names.iter().cloned().collect(),
            subscribed_topic_regex: self.regex.clone(),
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            server_assignor: self.assignor.clone(),
            classic_member_metadata: ClassicMember(self.classic.clone().map(Box::new)),
        };
        ConsumerGroupChange::Member { member: self.id.clone(), value: Some(value) }
    }

    pub fn subscribe(&mut self, value: &ConsumerGroupMemberMetadataValue) {
        self.instance = value.instance_id.clone();
        self.rack = value.rack_id.clone();
        self.client_id = value.client_id.clone();
        self.client_host = value.client_host.clone();
        self.names = value.subscribed_topic_names.iter().cloned().collect();
        self.regex = value.subscribed_topic_regex.clone();
        self.rebalance_timeout_ms = value.rebalance_timeout_ms;
        self.assignor = value.server_assignor.clone();
        self.classic = value.classic_member_metadata.0.as_deref().cloned();
    }

    /// The record of how far it has come.
    pub fn current_record(&self) -> ConsumerGroupChange {
        let value = ConsumerGroupCurrentMemberAssignmentValue {
            member_epoch: self.epoch,
            previous_member_epoch: self.previous_epoch,
            state: self.state.number(),
            assigned_partitions: self.assigned.to_records(),
            partitions_pending_revocation: self.revoking.to_records(),
        };
        ConsumerGroupChange::Current { member: self.id.clone(), value: Some(value) }
    }

    pub fn come_to(&mut self, value: &ConsumerGroupCurrentMemberAssignmentValue) {
        self.epoch = value.member_epoch;
        self.previous_epoch = value.previous_member_epoch;
        self.state = MemberState::from_number(value.state);
        self.assigned = Assignment::from_records(&value.assigned_partitions);
        self.revoking = Assignment::from_records(&value.partitions_pending_revocation);
    }

    /// It is on its way out and holds nothing any more.
    pub fn let_go(&mut self) {
        self.epoch = LEAVING;
        self.previous_epoch = LEAVING;
        self.assigned = Assignment::default();
        self.revoking = Assignment::default();
    }
}
