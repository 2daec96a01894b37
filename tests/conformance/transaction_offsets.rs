//! Offsets that are committed in transactions, in both protocols, and what is refused of them (KIP-98, 447, 890); and
//! which requests take a group without a name.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong here ends the test")]

use std::time::{Duration, Instant};

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::leave_group::MemberIdentity;
use kavka::protocol::messages::txn_offset_commit::{TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic};
use kavka::protocol::messages::*;
use kavka::vocabulary::Uuid;

use crate::cluster::Client;
use crate::groups::Talk;

/// For a coordinator to come or a transaction to end.
const LONG_ENOUGH: Duration = Duration::from_secs(20);

/// A transactional producer that commits offsets only.
#[derive(Clone)]
struct Producer {
    transactional_id: String,
    id: i64,
    epoch: i16,
}

impl Talk {
    fn producer(&mut self, name: &str) -> Producer {
        let transactional_id = self.name(name);
        // Apache's broker makes the topic of transactions when it is asked where their coordinator is.
        let coordinator_keys = vec![transactional_id.clone()];
        let find = FindCoordinatorRequest { coordinator_keys, key_type: 1, ..Default::default() };
        self.until_nothing_is(is_not_yet, |main| vec![main.call(&find, 6).coordinators[0].error_code]);
        let request = InitProducerIdRequest {
            transactional_id: Some(transactional_id.clone()),
            transaction_timeout_ms: 60_000,
            ..Default::default()
        };
        loop {
            let response = self.main.call(&request, 5);
            if response.error_code == 0 {
                return Producer { transactional_id, id: response.producer_id, epoch: response.producer_epoch };
            }
            assert!(is_not_yet(response.error_code), "{response:?}");
        }
    }

    /// As clients of the first protocol do before they commit.
    fn add_group(&mut self, producer: &Producer, group: &str) {
        let request = AddOffsetsToTxnRequest {
            transactional_id: producer.transactional_id.clone(),
            producer_id: producer.id,
            producer_epoch: producer.epoch,
            group_id: self.name(group),
        };
        loop {
            let response = self.main.call(&request, 3);
            if response.error_code == 0 {
                return;
            }
            assert!(is_not_yet(response.error_code), "{response:?}");
        }
    }

    fn in_transaction(&self, producer: &Producer, group: &str, topics: &[(&str, &[i32])]) -> TxnOffsetCommitRequest {
        let topics = topics.iter().map(|(name, partitions)| TxnOffsetCommitRequestTopic {
            name: self.name(name),
            partitions: partitions.iter().map(|partition| new_offset(*partition)).collect(),
        });
        TxnOffsetCommitRequest {
            transactional_id: producer.transactional_id.clone(),
            group_id: self.name(group),
            producer_id: producer.id,
            producer_epoch: producer.epoch,
            generation_id: -1,
            topics: topics.collect(),
            ..Default::default()
        }
    }

    /// Ends the transaction and waits until the group's offsets are stable.
    fn end(&mut self, producer: &mut Producer, group: &str, version: i16, committed: bool) {
        self.decide(producer, version, committed);
        let unstable = ErrorCode::UnstableOffsetCommit.code();
        let fetch = self.fetch_stable(group, Some(&[("t", Uuid::ZERO)]));
        self.until_nothing_is(
            |code| code == unstable,
            |main| {
                let topics = main.call(&fetch, 9).groups.remove(0).topics;
                topics.into_iter().flat_map(|t| t.partitions).map(|p| p.error_code).collect()
            },
        );
    }

    fn decide(&mut self, producer: &mut Producer, version: i16, committed: bool) {
        let request = EndTxnRequest {
            transactional_id: producer.transactional_id.clone(),
            producer_id: producer.id,
            producer_epoch: producer.epoch,
            committed,
        };
        loop {
            let response = self.main.call(&request, version);
            if response.error_code == 0 {
                if version >= 5 {
                    (producer.id, producer.epoch) = (response.producer_id, response.producer_epoch);
                }
                return;
            }
            assert!(is_not_yet(response.error_code), "{response:?}");
        }
    }

    /// Asks again as long as one of the codes in the answer is of this kind.
    fn until_nothing_is(&mut self, of_this_kind: impl Fn(i16) -> bool, ask: impl Fn(&mut Client) -> Vec<i16>) {
        let begun = Instant::now();
        loop {
            let codes = ask(&mut self.main);
            if !codes.iter().any(|code| of_this_kind(*code)) {
                return;
            }
            assert!(begun.elapsed() < LONG_ENOUGH, "{codes:?} for ever");
        }
    }

    fn fetch_stable(&self, group: &str, topics: Option<&[(&str, Uuid)]>) -> OffsetFetchRequest {
        OffsetFetchRequest { require_stable: true, ..self.fetch(group, topics) }
    }

    /// Commits, which may have to wait for the end of the transaction before.
    fn ask_until_open(&mut self, what: &str, request: TxnOffsetCommitRequest, version: i16) {
        self.until_nothing_is(is_not_yet, |main| {
            let topics = main.call(&request, version).topics;
            topics.into_iter().flat_map(|t| t.partitions).map(|p| p.error_code).collect()
        });
        self.ask(what, request, version);
    }
}

/// A coordinator that is about to come, or markers that are about to be written.
fn is_not_yet(code: i16) -> bool {
    let codes = [
        ErrorCode::CoordinatorLoadInProgress,
        ErrorCode::CoordinatorNotAvailable,
        ErrorCode::NotCoordinator,
        ErrorCode::ConcurrentTransactions,
    ];
    codes.contains(&ErrorCode::from_code(code))
}

fn new_offset(partition: i32) -> TxnOffsetCommitRequestPartition {
    TxnOffsetCommitRequestPartition {
        partition_index: partition,
        committed_offset: 9,
        committed_leader_epoch: 2,
        committed_metadata: Some("in a transaction".to_owned()),
    }
}

#[test]
fn offsets_are_committed_in_transactions() {
    let mut talk = Talk::begin();
    let id = talk.create_topic("t");
    for version in 0..=5 {
        talk.rule(&format!("version {version}: pending, committed; pending, aborted"));
        let end_version = if version < 5 { 3 } else { 5 };
        let group = format!("g-{version}");
        let mut producer = talk.producer(&format!("x-{version}"));
        talk.main.call(&talk.commit(&group, -1, "", &[("t", id, &[0])]), 9);
        for committed in [true, false] {
            if version < 5 {
                talk.add_group(&producer, &group);
            }
            let commit = talk.in_transaction(&producer, &group, &[("t", &[0, 7]), ("nowhere", &[0])]);
            talk.ask_until_open("commits", commit, version);
            talk.ask("stable", talk.fetch_stable(&group, Some(&[("t", id)])), 9);
            talk.ask("stable", OffsetFetchRequest { require_stable: true, ..talk.fetch_old(&group, Some(&["t"])) }, 7);
            talk.ask("all stable", talk.fetch_stable(&group, None), 9);
            talk.ask("any", talk.fetch(&group, Some(&[("t", id)])), 9);
            talk.end(&mut producer, &group, end_version, committed);
            talk.ask("stable", talk.fetch_stable(&group, None), 9);
        }
    }
    talk.said.end("transaction_offsets");
}

#[test]
fn what_is_refused_in_a_transaction() {
    let mut talk = Talk::begin();
    talk.create_topic("t");
    for version in [0, 2, 3, 4, 5] {
        let producer = talk.producer(&format!("x-{version}"));
        talk.rule(&format!("version {version}: no group in the transaction, unknown ids, fenced producers"));
        let commit = talk.in_transaction(&producer, "g", &[("t", &[0])]);
        if version < 5 {
            talk.ask("not added", commit.clone(), version);
        }
        talk.ask("no group", TxnOffsetCommitRequest { group_id: String::new(), ..commit.clone() }, version);
        talk.ask("no id", TxnOffsetCommitRequest { transactional_id: String::new(), ..commit.clone() }, version);
        let unknown = TxnOffsetCommitRequest { transactional_id: talk.name("nobody"), ..commit.clone() };
        talk.ask("unknown id", unknown, version);
        talk.ask(
            "other producer",
            TxnOffsetCommitRequest { producer_id: producer.id + 1000, ..commit.clone() },
            version,
        );
        talk.ask(
            "newer epoch",
            TxnOffsetCommitRequest { producer_epoch: producer.epoch + 1, ..commit.clone() },
            version,
        );
        let producer = talk.producer(&format!("x-{version}"));
        talk.ask("older epoch", commit.clone(), version);
        talk.ask("unknown topic", talk.in_transaction(&producer, "g", &[("nowhere", &[0])]), version);
        let nothing = TxnOffsetCommitRequest { group_id: String::new(), topics: Vec::new(), ..commit };
        talk.ask("nothing", nothing, version);
    }

    talk.rule("metadata of 4097 characters, null metadata");
    let mut producer = talk.producer("metadata");
    let with = |talk: &Talk, metadata: Option<String>| {
        let mut commit = talk.in_transaction(&producer, "metadata", &[("t", &[0])]);
        commit.topics[0].partitions[0].committed_metadata = metadata;
        commit
    };
    talk.ask_until_open("4097", with(&talk, Some("x".repeat(4097))), 5);
    talk.ask("null", with(&talk, None), 5);
    talk.end(&mut producer, "metadata", 5, true);
    talk.ask("what is there", talk.fetch("metadata", None), 9);

    talk.rule("a generation, but no group; then a group with members");
    let producer = talk.producer("members");
    talk.add_group(&producer, "members");
    let as_member = |talk: &Talk, generation: i32, member: &str, instance: Option<&str>| TxnOffsetCommitRequest {
        generation_id: generation,
        member_id: member.to_owned(),
        group_instance_id: instance.map(str::to_owned),
        ..talk.in_transaction(&producer, "members", &[("t", &[0])])
    };
    talk.ask("no group", as_member(&talk, 3, "m", None), 4);
    let member = talk.stable("members");
    talk.ask("nobody in particular", as_member(&talk, -1, "", None), 4);
    talk.ask("member", as_member(&talk, 1, &member, None), 4);
    talk.ask("other generation", as_member(&talk, 2, &member, None), 4);
    talk.ask("no generation", as_member(&talk, -1, &member, None), 4);
    talk.ask("unknown member", as_member(&talk, 1, "stranger", None), 4);
    talk.ask("no member", as_member(&talk, 1, "", None), 4);
    talk.ask("unknown instance", as_member(&talk, 1, &member, Some("i")), 4);
    talk.main.call(&talk.join("members", &member), 9);
    talk.ask("CompletingRebalance", as_member(&talk, 2, &member, None), 4);
    talk.said.end("transaction_offsets_refused");
}

#[test]
fn deleting_takes_pending_offsets_along() {
    let mut talk = Talk::begin();
    let id = talk.create_topic("t");
    talk.rule("OffsetDelete");
    let mut producer = talk.producer("x");
    talk.ask_until_open("commits", talk.in_transaction(&producer, "offsets", &[("t", &[0])]), 5);
    talk.ask("deletes", talk.delete_offsets("offsets", &["t"]), 0);
    talk.ask("stable", talk.fetch_stable("offsets", Some(&[("t", id)])), 9);
    talk.end(&mut producer, "offsets", 5, true);
    talk.ask("committed", talk.fetch_stable("offsets", Some(&[("t", id)])), 9);

    talk.rule("DeleteGroups");
    talk.ask_until_open("commits", talk.in_transaction(&producer, "group", &[("t", &[0])]), 5);
    talk.ask("a simple group", talk.describe(&["group"]), 6);
    talk.ask("deletes", talk.delete(&["group"]), 2);
    talk.ask("no group", talk.describe(&["group"]), 6);
    talk.end(&mut producer, "group", 5, true);
    talk.ask("committed", talk.fetch_stable("group", Some(&[("t", id)])), 9);
    talk.ask("no group", talk.describe(&["group"]), 6);

    talk.rule("the order of the log counts, not that of the markers");
    let mut other = talk.producer("y");
    talk.ask_until_open("first", talk.in_transaction(&producer, "order", &[("t", &[0])]), 5);
    let mut second = talk.in_transaction(&other, "order", &[("t", &[0])]);
    second.topics[0].partitions[0].committed_offset = 10;
    talk.ask("second", second, 5);
    talk.ask("third, plain", talk.commit("order", -1, "", &[("t", id, &[0])]), 9);
    talk.ask("any", talk.fetch("order", None), 9);
    talk.decide(&mut other, 5, true);
    talk.end(&mut producer, "order", 5, true);
    talk.ask("committed", talk.fetch_stable("order", Some(&[("t", id)])), 9);
    talk.said.end("transaction_offsets_deleted");
}

#[test]
fn which_requests_take_a_group_without_a_name() {
    let mut talk = Talk::begin();
    let id = talk.create_topic("t");
    let nameless = String::new;
    talk.rule("members");
    talk.ask("joins", JoinGroupRequest { group_id: nameless(), ..talk.join("g", "") }, 9);
    talk.ask("syncs", SyncGroupRequest { group_id: nameless(), ..talk.sync("g", 1, "m", "all") }, 5);
    talk.ask("is alive", HeartbeatRequest { group_id: nameless(), ..talk.heartbeat("g", 1, "m") }, 4);
    let members = vec![MemberIdentity { member_id: "m".into(), ..Default::default() }];
    talk.ask("leaves", LeaveGroupRequest { group_id: nameless(), members, ..Default::default() }, 5);
    talk.rule("offsets");
    for version in [2, 8, 9, 10] {
        let commit = talk.commit("g", -1, "", &[("t", id, &[0])]);
        talk.ask("commits", OffsetCommitRequest { group_id: nameless(), ..commit }, version);
    }
    let commit = talk.commit("g", 1, "m", &[("t", id, &[0])]);
    talk.ask("commits as a member", OffsetCommitRequest { group_id: nameless(), ..commit }, 9);
    let fetch = talk.fetch_old("g", Some(&["t"]));
    talk.ask("fetches", OffsetFetchRequest { group_id: nameless(), ..fetch }, 7);
    talk.ask("deletes offsets", OffsetDeleteRequest { group_id: nameless(), ..talk.delete_offsets("g", &["t"]) }, 0);
    talk.rule("administration");
    talk.ask("describes", DescribeGroupsRequest { groups: vec![nameless()], ..Default::default() }, 6);
    talk.rule("a group of the newer protocol it is not, nor is any of the older one");
    talk.main.call(&talk.commit("simple", -1, "", &[("t", id, &[0])]), 9);
    talk.stable("stable");
    for version in [0, 1] {
        let group_ids = vec![nameless(), talk.name("simple"), talk.name("stable"), talk.name("nobody")];
        let request = ConsumerGroupDescribeRequest { group_ids, include_authorized_operations: true };
        talk.ask("describes", request, version);
    }
    talk.rule("it can be deleted");
    talk.ask("deletes", DeleteGroupsRequest { groups_names: vec![nameless()] }, 2);
    talk.ask("describes", DescribeGroupsRequest { groups: vec![nameless()], ..Default::default() }, 6);
    talk.said.end("nameless_group");
}
