//! Classic groups and committed offsets.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong here ends the test")]

use std::marker::PhantomData;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use kavka::protocol::apis::Request;
use kavka::protocol::messages::delete_topics::DeleteTopicState;
use kavka::protocol::messages::join_group::JoinGroupRequestProtocol;
use kavka::protocol::messages::leave_group::MemberIdentity;
use kavka::protocol::messages::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kavka::protocol::messages::offset_delete::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use kavka::protocol::messages::offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kavka::protocol::messages::sync_group::SyncGroupRequestAssignment;
use kavka::protocol::messages::*;
use kavka::vocabulary::Uuid;

use crate::cluster::Client;
use crate::in_order::InOrder;
use crate::transcript::Transcript;

/// A request that was sent.
pub struct Awaited<R> {
    correlation_id: i32,
    version: i16,
    of: PhantomData<R>,
}

/// One conversation: connections to a cluster, and what was said.
pub struct Talk {
    run: String,
    /// For everything that is answered at once.
    pub main: Client,
    pub said: Transcript,
}

impl Talk {
    pub fn begin() -> Talk {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let run = format!("r{nanos:x}-");
        let main = Client::named("c");
        let said = Transcript::new(&run);
        let mut talk = Talk { run, main, said };
        talk.wait_for_coordinators();
        talk
    }

    /// A fresh cluster says for a while that it has none.
    fn wait_for_coordinators(&mut self) {
        for group in 0..50 {
            let group = self.name(&format!("warm-{group}"));
            let find = FindCoordinatorRequest { coordinator_keys: vec![group.clone()], ..Default::default() };
            while self.main.call(&find, 4).coordinators[0].error_code != 0 {}
            let join = JoinGroupRequest { member_id: "m".into(), ..self.join(&group, "") };
            let unknown_member = 25;
            while self.main.call(&JoinGroupRequest { group_id: group.clone(), ..join.clone() }, 9).error_code
                != unknown_member
            {}
        }
    }

    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.run)
    }

    pub fn rule(&mut self, sentence: &str) {
        self.said.heading(sentence);
    }

    /// Asks on the main connection and writes the answer down.
    pub fn ask<R: Request<Response: InOrder>>(&mut self, what: &str, request: R, version: i16) -> R::Response {
        let response = self.main.call(&request, version).in_order();
        self.said.line(&format!("{} v{version} {what}", R::API), &response);
        response
    }

    /// Sends on a connection of its own; the answer may take its time.
    fn send<R: Request>(&self, connection: &mut Client, request: &R, version: i16) -> Awaited<R> {
        Awaited { correlation_id: connection.send(request, version), version, of: PhantomData }
    }

    /// Writes that answer down.
    fn hear<R: Request<Response: InOrder>>(
        &mut self,
        what: &str,
        connection: &mut Client,
        awaited: Awaited<R>,
    ) -> R::Response {
        let response = connection.receive::<R>(awaited.version, awaited.correlation_id).in_order();
        self.said.line(&format!("{} {what}", R::API), &response);
        response
    }

    /// A topic of this run with one partition.
    pub fn create_topic(&mut self, name: &str) -> Uuid {
        let name = self.name(name);
        loop {
            let topic = self.main.describe(&name);
            if topic.error_code == 0 && topic.partitions.iter().all(|partition| partition.error_code == 0) {
                return topic.topic_id;
            }
        }
    }

    pub fn join(&self, group: &str, member: &str) -> JoinGroupRequest {
        JoinGroupRequest {
            group_id: self.name(group),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 20_000,
            member_id: member.to_owned(),
            protocol_type: "consumer".to_owned(),
            protocols: vec![range("")],
            ..Default::default()
        }
    }

    /// Makes a stable group of one; gives the member's id.
    pub fn stable(&mut self, group: &str) -> String {
        let told = self.main.call(&self.join(group, ""), 9);
        let joined = self.main.call(&self.join(group, &told.member_id), 9);
        assert_eq!(joined.error_code, 0, "{joined:?}");
        let synced = self.main.call(&self.sync(group, joined.generation_id, &joined.member_id, "all"), 5);
        assert_eq!(synced.error_code, 0, "{synced:?}");
        joined.member_id
    }

    pub fn sync(&self, group: &str, generation: i32, member: &str, assignment: &'static str) -> SyncGroupRequest {
        let own = SyncGroupRequestAssignment {
            member_id: member.to_owned(),
            assignment: Bytes::from_static(assignment.as_bytes()),
        };
        SyncGroupRequest {
            group_id: self.name(group),
            generation_id: generation,
            member_id: member.to_owned(),
            protocol_type: Some("consumer".to_owned()),
            protocol_name: Some("range".to_owned()),
            assignments: vec![own],
            ..Default::default()
        }
    }

    pub fn heartbeat(&self, group: &str, generation: i32, member: &str) -> HeartbeatRequest {
        HeartbeatRequest {
            group_id: self.name(group),
            generation_id: generation,
            member_id: member.to_owned(),
            ..Default::default()
        }
    }

    pub fn leave(&self, group: &str, members: &[&str]) -> LeaveGroupRequest {
        LeaveGroupRequest {
            group_id: self.name(group),
            member_id: members.first().copied().unwrap_or_default().to_owned(),
            members: members
                .iter()
                .map(|member| MemberIdentity { member_id: (*member).to_owned(), ..Default::default() })
                .collect(),
        }
    }

    pub fn commit(
        &self,
        group: &str,
        generation: i32,
        member: &str,
        topics: &[(&str, Uuid, &[i32])],
    ) -> OffsetCommitRequest {
        let topics = topics.iter().map(|(name, topic_id, partitions)| OffsetCommitRequestTopic {
            name: self.name(name),
            topic_id: *topic_id,
            partitions: partitions.iter().map(|partition| new_offset(*partition)).collect(),
        });
        OffsetCommitRequest {
            group_id: self.name(group),
            generation_id_or_member_epoch: generation,
            member_id: member.to_owned(),
            topics: topics.collect(),
            ..Default::default()
        }
    }

    pub fn fetch_old(&self, group: &str, topics: Option<&[&str]>) -> OffsetFetchRequest {
        OffsetFetchRequest {
            group_id: self.name(group),
            topics: topics.map(|topics| {
                let topic =
                    |name: &&str| OffsetFetchRequestTopic { name: self.name(name), partition_indexes: vec![0, 1] };
                topics.iter().map(topic).collect()
            }),
            ..Default::default()
        }
    }

    pub fn fetch(&self, group: &str, topics: Option<&[(&str, Uuid)]>) -> OffsetFetchRequest {
        let group = OffsetFetchRequestGroup {
            group_id: self.name(group),
            topics: topics.map(|topics| {
                let topic = |(name, topic_id): &(&str, Uuid)| OffsetFetchRequestTopics {
                    name: self.name(name),
                    topic_id: *topic_id,
                    partition_indexes: vec![0, 1],
                };
                topics.iter().map(topic).collect()
            }),
            ..Default::default()
        };
        OffsetFetchRequest { groups: vec![group], ..Default::default() }
    }

    pub fn delete_offsets(&self, group: &str, topics: &[&str]) -> OffsetDeleteRequest {
        let topic = |name: &&str| OffsetDeleteRequestTopic {
            name: self.name(name),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
        };
        OffsetDeleteRequest { group_id: self.name(group), topics: topics.iter().map(topic).collect() }
    }

    pub fn describe(&self, groups: &[&str]) -> DescribeGroupsRequest {
        let groups = groups.iter().map(|group| self.name(group)).collect();
        DescribeGroupsRequest { groups, include_authorized_operations: true }
    }

    pub fn delete(&self, groups: &[&str]) -> DeleteGroupsRequest {
        DeleteGroupsRequest { groups_names: groups.iter().map(|group| self.name(group)).collect() }
    }

    /// The groups of this run only: the cluster may have others.
    fn list(&mut self, states: &[&str], types: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let request = ListGroupsRequest { states_filter: owned(states), types_filter: owned(types) };
        let mut response = self.main.call(&request, 5).in_order();
        response.groups.retain(|group| group.group_id.starts_with(&self.run));
        self.said.line(&format!("ListGroups v5 {states:?} {types:?}"), &response);
    }
}

fn new_offset(partition: i32) -> OffsetCommitRequestPartition {
    OffsetCommitRequestPartition {
        partition_index: partition,
        committed_offset: 5,
        committed_leader_epoch: 0,
        committed_metadata: Some("note".to_owned()),
    }
}

fn range(metadata: &'static str) -> JoinGroupRequestProtocol {
    JoinGroupRequestProtocol { name: "range".to_owned(), metadata: Bytes::from_static(metadata.as_bytes()) }
}

#[test]
fn coordinators_are_found() {
    let mut talk = Talk::begin();
    talk.rule("a group has a coordinator, whether or not it exists, in every version");
    for version in 0..=6 {
        let keys = vec![talk.name("g"), talk.name("h")];
        let request = FindCoordinatorRequest { key: talk.name("g"), coordinator_keys: keys, ..Default::default() };
        talk.ask("", request, version);
    }
    talk.rule("an empty group id has one too");
    let empty = FindCoordinatorRequest { coordinator_keys: vec![String::new()], ..Default::default() };
    talk.ask("", empty.clone(), 2);
    talk.ask("", empty, 4);
    talk.said.end("find_coordinator");
}

#[test]
fn members_come_and_go() {
    let mut talk = Talk::begin();
    talk.rule("refusals of JoinGroup");
    let join = talk.join("g", "");
    talk.ask("without group", JoinGroupRequest { group_id: String::new(), ..join.clone() }, 9);
    talk.ask("session too short", JoinGroupRequest { session_timeout_ms: 5_999, ..join.clone() }, 9);
    talk.ask("session too long", JoinGroupRequest { session_timeout_ms: 1_800_001, ..join.clone() }, 9);
    talk.ask("unknown member", talk.join("g", "stranger"), 9);
    talk.ask("without protocols", JoinGroupRequest { protocols: Vec::new(), ..join.clone() }, 9);
    for version in 0..=9 {
        talk.ask("unknown member", talk.join("g", "stranger"), version);
    }

    talk.rule("before version 4 a member is added at once, from then on it is told its id");
    for version in 0..=9 {
        let group = format!("by-version-{version}");
        let answer = talk.ask("without id", talk.join(&group, ""), version);
        if version >= 4 {
            talk.ask("with id", talk.join(&group, &answer.member_id), version);
        }
    }

    talk.rule("SyncGroup in every version, then again");
    for version in 0..=5 {
        let group = format!("sync-{version}");
        let told = talk.main.call(&talk.join(&group, ""), 9);
        let joined = talk.main.call(&talk.join(&group, &told.member_id), 9);
        let sync = talk.sync(&group, joined.generation_id, &joined.member_id, "all");
        talk.ask("leader", sync.clone(), version);
        talk.ask("again", sync, version);
    }

    talk.rule("refusals of SyncGroup");
    let member = talk.stable("s");
    let sync = talk.sync("s", 1, &member, "all");
    talk.ask("without group", SyncGroupRequest { group_id: String::new(), ..sync.clone() }, 5);
    talk.ask("unknown group", SyncGroupRequest { group_id: talk.name("nobody"), ..sync.clone() }, 5);
    talk.ask("unknown member", talk.sync("s", 1, "stranger", ""), 5);
    talk.ask("other generation", talk.sync("s", 2, &member, ""), 5);
    talk.ask("without protocol type", SyncGroupRequest { protocol_type: None, ..sync.clone() }, 5);
    talk.ask("without protocol name", SyncGroupRequest { protocol_name: None, ..sync.clone() }, 5);
    talk.ask("other protocol", SyncGroupRequest { protocol_name: Some("sticky".into()), ..sync.clone() }, 5);
    talk.ask("unknown instance", SyncGroupRequest { group_instance_id: Some("i".into()), ..sync }, 5);

    talk.rule("Heartbeat");
    for version in 0..=4 {
        talk.ask("member", talk.heartbeat("s", 1, &member), version);
    }
    let heartbeat = talk.heartbeat("s", 1, &member);
    talk.ask("without group", HeartbeatRequest { group_id: String::new(), ..heartbeat.clone() }, 4);
    talk.ask("unknown group", talk.heartbeat("nobody", 1, &member), 4);
    talk.ask("unknown member", talk.heartbeat("s", 1, "stranger"), 4);
    talk.ask("other generation", talk.heartbeat("s", 7, &member), 4);
    talk.ask("unknown instance", HeartbeatRequest { group_instance_id: Some("i".into()), ..heartbeat }, 4);

    talk.rule("joins of a known member");
    talk.ask("leader, stable", talk.join("s", &member), 9);
    talk.ask("again, CompletingRebalance", talk.join("s", &member), 9);
    talk.ask("heartbeat", talk.heartbeat("s", 2, &member), 4);
    talk.ask("of the last generation", talk.heartbeat("s", 1, &member), 4);
    let changed = JoinGroupRequest { protocols: vec![range("more")], ..talk.join("s", &member) };
    talk.ask("other metadata, CompletingRebalance", changed, 9);
    let other = JoinGroupRequest { protocol_type: "connect".into(), ..talk.join("s", "") };
    talk.ask("another protocol type", other, 9);

    talk.rule("LeaveGroup");
    talk.ask("unknown group", talk.leave("nobody", &["m"]), 2);
    talk.ask("unknown group", talk.leave("nobody", &["m"]), 5);
    talk.ask("without group", LeaveGroupRequest { group_id: String::new(), ..talk.leave("s", &["m"]) }, 5);
    talk.ask("unknown member", talk.leave("s", &["stranger"]), 2);
    talk.ask("nobody", talk.leave("s", &[]), 5);
    talk.ask("two, one unknown", talk.leave("s", &["stranger", &member]), 5);
    talk.ask("heartbeat of who left", talk.heartbeat("s", 3, &member), 4);
    for version in 0..=5 {
        let group = format!("leave-{version}");
        let member = talk.stable(&group);
        talk.ask("member", talk.leave(&group, &[&member]), version);
    }
    talk.said.end("members");
}

#[test]
fn a_rebalance_of_two() {
    let mut talk = Talk::begin();
    let first = talk.stable("g");
    talk.rule("a second member: the first hears of it, both join, the leader sees both");
    let mut other = Client::named("d");
    let awaited = talk.send(&mut other, &talk.join("g", ""), 9);
    let second = talk.hear("second, told its id", &mut other, awaited).member_id;
    talk.ask("an id is pending: no rebalance yet", talk.heartbeat("g", 1, &first), 4);
    let awaited = talk.send(&mut other, &talk.join("g", &second), 9);
    loop {
        if talk.main.call(&talk.heartbeat("g", 1, &first), 4).error_code == 27 {
            break;
        }
    }
    talk.ask("rebalance", talk.heartbeat("g", 1, &first), 4);
    talk.ask("rebalance", talk.sync("g", 1, &first, ""), 5);
    talk.ask("PreparingRebalance", talk.describe(&["g"]), 6);
    talk.ask("first", talk.join("g", &first), 9);
    talk.hear("second", &mut other, awaited);
    talk.ask("CompletingRebalance", talk.describe(&["g"]), 6);
    talk.rule("the second waits for the leader");
    let awaited = talk.send(&mut other, &talk.sync("g", 2, &second, ""), 5);
    let mut sync = talk.sync("g", 2, &first, "one");
    let of_second = SyncGroupRequestAssignment { member_id: second.clone(), assignment: Bytes::from_static(b"two") };
    sync.assignments.push(of_second);
    talk.ask("leader", sync, 5);
    talk.hear("second", &mut other, awaited);
    talk.ask("follower joins unchanged, stable", talk.join("g", &second), 9);
    for version in 0..=6 {
        talk.ask("Stable", talk.describe(&["g"]), version);
    }
    talk.rule("the leader leaves; the other joins alone");
    talk.ask("leader", talk.leave("g", &[&first]), 5);
    talk.ask("rebalance", talk.heartbeat("g", 2, &second), 4);
    talk.ask("second", talk.join("g", &second), 9);
    talk.said.end("rebalance");
}

#[test]
fn static_members_return() {
    let mut talk = Talk::begin();
    let as_static = |talk: &Talk, member: &str| JoinGroupRequest {
        group_instance_id: Some("i".to_owned()),
        ..talk.join("g", member)
    };
    talk.rule("a static member is not told its id first");
    let joined = talk.ask("static", as_static(&talk, ""), 9);
    let sync = SyncGroupRequest {
        group_instance_id: Some("i".to_owned()),
        ..talk.sync("g", joined.generation_id, &joined.member_id, "all")
    };
    talk.ask("leader", sync, 5);
    talk.rule("it returns under a new id, in the same generation");
    let returned = talk.ask("static", as_static(&talk, ""), 9);
    let heartbeat = |talk: &Talk, member: &str| HeartbeatRequest {
        group_instance_id: Some("i".to_owned()),
        ..talk.heartbeat("g", 1, member)
    };
    talk.ask("old id", heartbeat(&talk, &joined.member_id), 4);
    talk.ask("new id", heartbeat(&talk, &returned.member_id), 4);
    talk.ask("old id", as_static(&talk, &joined.member_id), 9);
    let sync = SyncGroupRequest {
        group_instance_id: Some("i".to_owned()),
        ..talk.sync("g", 1, &returned.member_id, "ignored")
    };
    talk.ask("its assignment stands", sync, 5);
    talk.rule("before version 9 it is told that its old id leads");
    talk.ask("static", as_static(&talk, ""), 8);
    talk.ask("static", as_static(&talk, ""), 5);
    talk.ask("described", talk.describe(&["g"]), 6);
    talk.rule("an administrator removes it");
    let by_instance = |talk: &Talk, instance: &str| {
        let member = MemberIdentity { group_instance_id: Some(instance.to_owned()), ..Default::default() };
        LeaveGroupRequest { members: vec![member], ..talk.leave("g", &[]) }
    };
    talk.ask("unknown instance", by_instance(&talk, "j"), 5);
    talk.ask("instance", by_instance(&talk, "i"), 5);
    talk.list(&[], &[]);
    talk.said.end("static_members");
}

#[test]
fn offsets_are_committed_and_fetched() {
    let mut talk = Talk::begin();
    let id = talk.create_topic("t");
    let nothing = Uuid(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
    talk.rule("nothing was committed: -1 and no error, in every version");
    for version in 1..=7 {
        talk.ask("unknown group", talk.fetch_old("g", Some(&["t", "nowhere"])), version);
    }
    for version in 8..=9 {
        talk.ask("unknown group", talk.fetch("g", Some(&[("t", id), ("nowhere", nothing)])), version);
    }
    talk.ask("unknown group", talk.fetch("g", Some(&[("t", id), ("nowhere", nothing)])), 10);
    talk.ask("everything", talk.fetch_old("g", None), 7);
    talk.ask("everything", talk.fetch("g", None), 9);
    talk.ask("everything", talk.fetch("g", None), 10);

    talk.rule("commits without a group, in every version");
    for version in 2..=10 {
        let group = format!("simple-{version}");
        talk.ask("tool", talk.commit(&group, -1, "", &[("t", id, &[0, 7]), ("nowhere", nothing, &[0])]), version);
        talk.ask("what is there", talk.fetch(&group, None), 9);
    }
    talk.rule("a generation, but no group");
    talk.ask("member", talk.commit("nobody", 3, "m", &[("t", id, &[0])]), 8);
    talk.ask("member", talk.commit("nobody", 3, "m", &[("t", id, &[0])]), 9);
    talk.rule("metadata of 4096 and of 4097 characters, null metadata, other offsets");
    let with = |talk: &Talk, offset: i64, metadata: Option<String>| {
        let mut commit = talk.commit("simple-9", -1, "", &[("t", id, &[0])]);
        let partition = &mut commit.topics[0].partitions[0];
        partition.committed_offset = offset;
        partition.committed_metadata = metadata;
        commit
    };
    talk.ask("4096", with(&talk, 6, Some("x".repeat(4096))), 9);
    talk.ask("4097", with(&talk, 6, Some("x".repeat(4097))), 9);
    talk.ask("null", with(&talk, 7, None), 9);
    talk.ask("what is there", talk.fetch("simple-9", None), 9);
    talk.ask("-1", with(&talk, -1, None), 9);
    talk.ask("what is there", talk.fetch("simple-9", None), 9);
    talk.ask("-5", with(&talk, -5, None), 9);
    talk.ask("what is there", talk.fetch("simple-9", None), 9);
    for version in 1..=7 {
        talk.ask("by partition", talk.fetch_old("simple-9", Some(&["t", "nowhere"])), version);
    }
    talk.ask("everything", talk.fetch_old("simple-9", None), 2);
    talk.ask("by partition", talk.fetch("simple-9", Some(&[("t", id), ("nowhere", nothing)])), 9);
    talk.ask("by partition", talk.fetch("simple-9", Some(&[("t", id), ("nowhere", nothing)])), 10);
    talk.ask("everything", talk.fetch("simple-9", None), 10);

    talk.rule("in a group with members");
    let member = talk.stable("g");
    talk.ask("member", talk.commit("g", 1, &member, &[("t", id, &[0])]), 9);
    talk.ask("other generation", talk.commit("g", 2, &member, &[("t", id, &[0])]), 9);
    talk.ask("unknown member", talk.commit("g", 1, "stranger", &[("t", id, &[0])]), 9);
    talk.ask("tool", talk.commit("g", -1, "", &[("t", id, &[0])]), 9);
    talk.ask("member without generation", talk.commit("g", -1, &member, &[("t", id, &[0])]), 9);
    let fenced =
        OffsetCommitRequest { group_instance_id: Some("i".into()), ..talk.commit("g", 1, &member, &[("t", id, &[0])]) };
    talk.ask("unknown instance", fenced, 9);
    talk.main.call(&talk.join("g", &member), 9);
    talk.ask("CompletingRebalance", talk.commit("g", 2, &member, &[("t", id, &[0])]), 9);

    talk.rule("OffsetDelete");
    talk.ask("without group", OffsetDeleteRequest { group_id: String::new(), ..talk.delete_offsets("g", &["t"]) }, 0);
    talk.ask("unknown group", talk.delete_offsets("nobody", &["t"]), 0);
    talk.ask("simple group", talk.delete_offsets("simple-9", &["t", "nowhere"]), 0);
    talk.ask("what is left", talk.fetch("simple-9", None), 9);

    talk.rule("deleting the topic deletes its offsets");
    let topic = DeleteTopicState { name: Some(talk.name("t")), ..Default::default() };
    let delete = DeleteTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    assert_eq!(talk.main.call(&delete, 6).responses[0].error_code, 0);
    // Apache's coordinator hears of it later.
    while !talk.main.call(&talk.fetch("simple-8", None), 9).groups[0].topics.is_empty() {}
    talk.ask("by partition", talk.fetch("simple-8", Some(&[("t", id)])), 9);
    talk.ask("by partition", talk.fetch("simple-8", Some(&[("t", id)])), 10);
    talk.ask("described", talk.describe(&["simple-8"]), 6);
    talk.said.end("offsets");
}

#[test]
fn groups_are_listed_described_and_deleted() {
    let mut talk = Talk::begin();
    let id = talk.create_topic("t");
    talk.main.call(&talk.commit("simple", -1, "", &[("t", id, &[0])]), 9);
    let member = talk.stable("stable");
    talk.main.call(&talk.join("pending", ""), 9);
    let left = talk.stable("left");
    talk.main.call(&talk.commit("left", 1, &left, &[("t", id, &[0])]), 9);
    talk.main.call(&talk.leave("left", &[&left]), 5);
    talk.rule("ListGroups with and without filters");
    talk.list(&[], &[]);
    talk.list(&["stable"], &[]);
    talk.list(&["Empty"], &["CLASSIC"]);
    talk.list(&["Nonsense"], &[]);
    talk.list(&[], &["consumer"]);
    talk.rule("DescribeGroups");
    for version in 0..=6 {
        talk.ask("all", talk.describe(&["simple", "stable", "pending", "left", "nobody"]), version);
    }
    talk.ask("an empty id", DescribeGroupsRequest { groups: vec![String::new()], ..Default::default() }, 6);
    talk.rule("DeleteGroups");
    for version in 0..=2 {
        talk.ask("not empty, unknown", talk.delete(&["stable", "nobody"]), version);
    }
    talk.ask("an empty id", DeleteGroupsRequest { groups_names: vec![String::new()] }, 2);
    talk.ask("empty ones", talk.delete(&["simple", "left", "pending"]), 2);
    talk.list(&[], &[]);
    talk.ask("offsets are gone", talk.fetch("left", None), 9);
    talk.main.call(&talk.leave("stable", &[&member]), 5);
    talk.ask("twice", talk.delete(&["stable", "stable"]), 2);
    talk.said.end("group_admin");
}
