//! The commands of scripts about groups.
//!
//! ```text
//! set max-size=2 initial-delay=3s         settings; loads the coordinator anew
//! topic t partitions=3                    the cluster has a topic, or it grows; also `drop-topic t` (the coordinator is not told)
//! group-config g name=value               the group has a configuration of its own
//! delete-topic t                          the topic goes, and the coordinator is told; `tell-deleted t` is only the latter
//! join group=g as=m1                      somebody without an id; m1 is what the script calls the id it is given.
//!                                         v=3 is the version, instance=i, session=10s, rebalance=60s, type=consumer,
//!                                         protocols=range:t+u,sticky:t (name and subscribed topics), owned=t-0+t-1
//! join group=g member=m1                  with an id
//! enter group=g as=m1                     both of these
//! stable group=g members=m1,m2            a group in its first generation, m1 with assignment A-m1; shows nothing
//! sync group=g member=m1 generation=1 assign=m1:A,m2:@t-0+t-1    also type= and protocol=; behind @ as consumers write it
//! heartbeat group=g member=m1 generation=1
//! leave group=g member=m1                 several members separated by commas; instance=i alone is an administrator's
//! commit group=g t-0=5 t-1=7:meta@2       offset, metadata, leader epoch; member= generation= v= retention=1h
//! txn-commit group=g producer=7@0 t-0=5   the same in a transaction; `guarded` by the last `watch`
//! watch                                   takes a guard, as is done before the transaction coordinator is asked
//! end 7@0 commit                          the marker of the transaction, or `abort`; coordinator-epoch=0 protocol=2
//! fetch group=g t-0 t-1                   without partitions: everything; `stable`: only what no transaction is open on;
//!                                         member= epoch= of a consumer group
//! delete-offsets group=g t-0
//! list state=Empty type=classic
//! describe g h
//! delete g h
//! live 7d group=g member=m1 generation=1  time passes, and the member sends heartbeats; shows records only
//! advance 3s                              time passes; `restart` ends the process and loads the log
//! ```

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use kavka::broker::coordinators::group::classic::{Heartbeat, JoinGroup, LeaveGroup, Leaver, Protocol, SyncGroup};
use kavka::broker::coordinators::group::consumer::MigrationPolicy;
use kavka::broker::coordinators::group::offsets::{
    CommitOffsets, CommitTransactionOffsets, DeleteOffsets, EndTransactionOffsets, FetchOffsets, NewOffset,
    TopicCommit, TopicFetch, TopicPartitions, TopicsDeleted, WatchTransactions,
};
use kavka::broker::coordinators::group::{DeleteGroups, DescribeGroups, GroupRequest, ListGroups};
use kavka::broker::coordinators::transaction::Producer;
use kavka::records::consumer_protocol::{
    self, ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartitions as Places,
};
use kavka::vocabulary::Uuid;

use crate::consumer;
use crate::durations;
use crate::script::Player;
use crate::stage::Stage;

pub struct GroupScript {
    pub stage: Stage,
    has_begun: bool,
}

impl Player for GroupScript {
    fn run(&mut self, command: &str) -> Vec<String> {
        GroupScript::run(self, command)
    }
}

/// A command's words: `name=value`, and those without `=`.
pub struct Words<'a> {
    named: HashMap<&'a str, &'a str>,
    pub plain: Vec<&'a str>,
    all: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Words<'a> {
        let all: Vec<&str> = text.split_whitespace().collect();
        Words {
            named: all.iter().filter_map(|word| word.split_once('=')).collect(),
            plain: all.iter().copied().filter(|word| !word.contains('=')).collect(),
            all,
        }
    }

    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.named.get(name).copied()
    }

    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    pub fn number(&self, name: &str, otherwise: i64) -> i64 {
        self.get(name).map_or(otherwise, |number| number.parse().unwrap_or_else(|_| panic!("{name}={number}")))
    }

    fn millis(&self, name: &str, otherwise: &str) -> i32 {
        durations::parse(self.get(name).unwrap_or(otherwise)).as_millis() as i32
    }

    fn version(&self) -> i64 {
        self.number("v", 9)
    }
}

/// `t-0` into topic and partition.
pub fn partition(text: &str) -> (String, i32) {
    let (topic, number) = text.rsplit_once('-').unwrap_or_else(|| panic!("'{text}' is no partition"));
    (topic.to_owned(), number.parse().unwrap_or_else(|_| panic!("'{text}' is no partition")))
}

impl GroupScript {
    pub fn new() -> GroupScript {
        GroupScript { stage: Stage::new(), has_begun: false }
    }

    /// See [`Player`].
    pub fn run(&mut self, command: &str) -> Vec<String> {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let words = Words::new(rest);
        if !self.has_begun && verb != "set" {
            self.has_begun = true;
            self.stage.restart();
        }
        match verb {
            "set" => self.set(&words),
            "topic" => self.topic(&words),
            "drop-topic" => self.drop_topic(&words),
            "delete-topic" => self.delete_topic(&words),
            "tell-deleted" => self.tell_deleted(&words),
            "group-config" => self.group_config(&words),
            "advance" => self.stage.advance(durations::parse(rest)),
            "restart" => self.stage.restart(),
            "join" => self.join(&words),
            "enter" => self.enter(&words),
            "stable" => self.stable(&words),
            "live" => self.live(&words),
            _ => {
                let request = self.request(verb, &words);
                self.stage.ask(request)
            }
        }
    }

    fn request(&self, verb: &str, words: &Words<'_>) -> GroupRequest {
        if let Some(request) = consumer::request(verb, words, &self.stage) {
            return request;
        }
        match verb {
            "sync" => GroupRequest::Sync(self.sync(words)),
            "heartbeat" => GroupRequest::Heartbeat(Heartbeat {
                group: words.text("group"),
                generation: words.number("generation", -1) as i32,
                member: self.member(words.get("member")),
                instance: words.get("instance").map(str::to_owned),
            }),
            "leave" => GroupRequest::Leave(self.leave(words)),
            "commit" => GroupRequest::Commit(self.commit(words)),
            "txn-commit" => GroupRequest::CommitInTransaction(self.transactional_commit(words)),
            "watch" => GroupRequest::WatchTransactions(WatchTransactions),
            "end" => GroupRequest::EndTransaction(EndTransactionOffsets {
                producer: producer(words.plain.first().copied()),
                committed: !words.plain.contains(&"abort"),
                coordinator_epoch: words.number("coordinator-epoch", 0) as i32,
                transaction_version: words.number("protocol", 1) as i16,
            }),
            "fetch" => GroupRequest::Fetch(fetch(words)),
            "delete-offsets" => GroupRequest::DeleteOffsets(delete_offsets(words)),
            "list" => GroupRequest::List(ListGroups {
                states: words.get("state").map(str::to_owned).into_iter().collect(),
                types: words.get("type").map(str::to_owned).into_iter().collect(),
            }),
            "describe" => GroupRequest::Describe(DescribeGroups { groups: owned(&words.plain) }),
            "delete" => GroupRequest::Delete(DeleteGroups { groups: owned(&words.plain) }),
            _ => panic!("there is no command '{verb}'"),
        }
    }

    fn set(&mut self, words: &Words<'_>) -> Vec<String> {
        let settings = &mut self.stage.settings;
        for (name, value) in &words.named {
            match *name {
                "max-size" => settings.max_size = value.parse().unwrap(),
                "consumer-max-size" => settings.consumer.max_size = value.parse().unwrap(),
                "migration" => settings.consumer.migration = MigrationPolicy::named(value),
                "initial-delay" => settings.initial_rebalance_delay = durations::parse(value),
                "retention" => settings.offsets_retention = durations::parse(value),
                "retention-check" => settings.offsets_retention_check_interval = durations::parse(value),
                "metadata-length" => settings.offset_metadata_max_length = value.parse().unwrap(),
                _ => panic!("there is no setting '{name}'"),
            }
        }
        self.has_begun = true;
        self.stage.restart()
    }

    fn topic(&mut self, words: &Words<'_>) -> Vec<String> {
        for name in &words.plain {
            self.stage.create_topic(name, words.number("partitions", 1) as usize);
        }
        Vec::new()
    }

    fn group_config(&mut self, words: &Words<'_>) -> Vec<String> {
        for (name, value) in &words.named {
            self.stage.configure_group(words.plain[0], name, value);
        }
        Vec::new()
    }

    fn drop_topic(&mut self, words: &Words<'_>) -> Vec<String> {
        words.plain.iter().for_each(|name| self.stage.drop_topic(name));
        Vec::new()
    }

    fn delete_topic(&mut self, words: &Words<'_>) -> Vec<String> {
        self.drop_topic(words);
        self.tell_deleted(words)
    }

    fn tell_deleted(&mut self, words: &Words<'_>) -> Vec<String> {
        self.stage.ask(GroupRequest::TopicsDeleted(TopicsDeleted { topics: owned(&words.plain) }))
    }

    /// The id that a script calls by this name; a name that was never given is an id by itself.
    fn member(&self, name: Option<&str>) -> String {
        let Some(name) = name else { return String::new() };
        let known = self.stage.names.iter().find(|(_, known)| *known == name);
        known.map_or(name, |(id, _)| id.as_str()).to_owned()
    }

    fn join(&mut self, words: &Words<'_>) -> Vec<String> {
        if let Some(name) = words.get("as") {
            let known_by = words.get("instance").unwrap_or(name);
            let next = self.stage.ids.given + 1;
            // A consumer group gives ids of another form.
            let id = match self.stage.is_consumer_group(&words.text("group")) {
                true => Uuid(next).to_string(),
                false => format!("{known_by}-00000000-0000-0000-0000-{next:012x}"),
            };
            // Whoever had the name before keeps it with a mark.
            let earlier: Vec<String> =
                self.stage.names.iter().filter(|(_, known)| *known == name).map(|(id, _)| id.clone()).collect();
            for id in earlier {
                self.stage.names.insert(id, format!("old-{name}"));
            }
            self.stage.names.insert(id, name.to_owned());
        }
        let request = JoinGroup {
            group: words.text("group"),
            member: self.member(words.get("member")),
            instance: words.get("instance").map(str::to_owned),
            client_id: words.get("as").or(words.get("member")).unwrap_or_default().to_owned(),
            client_host: "/127.0.0.1".to_owned(),
            session_timeout_ms: words.millis("session", "10s"),
            rebalance_timeout_ms: words.millis("rebalance", "60s"),
            protocol_type: words.get("type").unwrap_or("consumer").to_owned(),
            protocols: Self::protocols(words),
            can_be_told_its_id: words.version() >= 4,
            can_skip_assignment: words.version() >= 9,
        };
        self.stage.ask(GroupRequest::Join(request))
    }

    /// `range:t+u,sticky:t`: names, and topics in the form of a consumer's subscription, or as they are for other types.
    fn protocols(words: &Words<'_>) -> Vec<Protocol> {
        let is_consumer = words.get("type").unwrap_or("consumer") == "consumer";
        let all = words.get("protocols").unwrap_or("range");
        let owned = words.get("owned").unwrap_or_default();
        let each = all.split(',').filter(|one| !one.is_empty()).map(|one| {
            let (name, topics) = one.split_once(':').unwrap_or((one, ""));
            let text = || Bytes::copy_from_slice(topics.as_bytes());
            let metadata = if is_consumer { subscription(topics, owned) } else { text() };
            Protocol { name: name.to_owned(), metadata }
        });
        each.collect()
    }

    fn enter(&mut self, words: &Words<'_>) -> Vec<String> {
        let mut lines = self.join(words);
        let again = words.all.join(" ").replace("as=", "member=");
        lines.extend(self.join(&Words::new(&again)));
        lines
    }

    fn stable(&mut self, words: &Words<'_>) -> Vec<String> {
        let rest: Vec<&str> = words.all.iter().copied().filter(|word| !word.starts_with("members=")).collect();
        let rest = rest.join(" ");
        let group = words.text("group");
        let members: Vec<&str> = words.get("members").unwrap_or_default().split(',').collect();
        for member in &members {
            self.run(&format!("enter as={member} {rest}"));
        }
        self.run("advance 0s");
        let assignments: Vec<String> = members.iter().map(|member| format!("{member}:A-{member}")).collect();
        let assignments = assignments.join(",");
        for member in &members {
            self.run(&format!("sync group={group} member={member} generation=1 assign={assignments}"));
        }
        Vec::new()
    }

    fn live(&mut self, words: &Words<'_>) -> Vec<String> {
        const BETWEEN: Duration = Duration::from_secs(5 * 60);
        let mut left = words.plain.first().map(|time| durations::parse(time)).unwrap_or_default();
        let mut lines = Vec::new();
        while !left.is_zero() {
            lines.extend(self.stage.advance(left.min(BETWEEN)));
            left = left.saturating_sub(BETWEEN);
            let heartbeat = self.request("heartbeat", words);
            lines.extend(self.stage.ask(heartbeat));
        }
        lines.retain(|line| line.contains(" record  "));
        lines
    }

    fn sync(&self, words: &Words<'_>) -> SyncGroup {
        let assignments = words.get("assign").into_iter().flat_map(|all| all.split(','));
        SyncGroup {
            group: words.text("group"),
            generation: words.number("generation", -1) as i32,
            member: self.member(words.get("member")),
            instance: words.get("instance").map(str::to_owned),
            protocol_type: words.get("type").map(str::to_owned),
            protocol: words.get("protocol").map(str::to_owned),
            assignments: assignments
                .filter_map(|one| one.split_once(':'))
                .map(|(member, text)| (self.member(Some(member)), assignment(text)))
                .collect(),
        }
    }

    fn leave(&self, words: &Words<'_>) -> LeaveGroup {
        let instance = words.get("instance").map(str::to_owned);
        let members = match words.get("member") {
            None => vec![Leaver { member: String::new(), instance }],
            Some(names) => names
                .split(',')
                .map(|name| Leaver { member: self.member(Some(name)), instance: instance.clone() })
                .collect(),
        };
        LeaveGroup { group: words.text("group"), members }
    }

    fn commit(&self, words: &Words<'_>) -> CommitOffsets {
        CommitOffsets {
            group: words.text("group"),
            generation: words.number("generation", -1) as i32,
            member: self.member(words.get("member")),
            instance: words.get("instance").map(str::to_owned),
            retention_time_ms: words.get("retention").map_or(-1, |time| durations::parse(time).as_millis() as i64),
            knows_group_id_not_found: words.version() >= 9,
            topics: self.new_offsets(words),
        }
    }

    /// `t-0=5`, `t-1=7:meta@2`; `5:*9` is metadata of that length. Topics go by id, as from version 10 of OffsetCommit.
    fn new_offsets(&self, words: &Words<'_>) -> Vec<TopicCommit> {
        const OPTIONS: [&str; 7] = ["group", "member", "generation", "instance", "v", "retention", "producer"];
        let offsets = words.all.iter().filter_map(|word| word.split_once('=')).filter(|(n, _)| !OPTIONS.contains(n));
        let topics = offsets.map(|(place, value)| {
            let (topic, partition) = partition(place);
            let (value, epoch) = value.split_once('@').unwrap_or((value, "-1"));
            let (offset, metadata) = value.split_once(':').map_or((value, None), |(o, m)| (o, Some(m)));
            let metadata = metadata.map(|text| match text.strip_prefix('*') {
                Some(length) => "x".repeat(length.parse().unwrap()),
                None => text.to_owned(),
            });
            let new = NewOffset {
                partition,
                offset: offset.parse().unwrap(),
                leader_epoch: epoch.parse().unwrap(),
                metadata,
            };
            let topic_id = self.stage.image.topic(&topic).map_or(Uuid::ZERO, |topic| topic.id);
            TopicCommit { topic, topic_id, partitions: vec![new] }
        });
        topics.collect()
    }

    fn transactional_commit(&self, words: &Words<'_>) -> CommitTransactionOffsets {
        CommitTransactionOffsets {
            group: words.text("group"),
            generation: words.number("generation", -1) as i32,
            member: self.member(words.get("member")),
            instance: words.get("instance").map(str::to_owned),
            producer: producer(words.get("producer")),
            guard: words.plain.contains(&"guarded").then(|| self.stage.guard.expect("a `watch` before")),
            // No version of this request names topics by id.
            topics: self.new_offsets(words).into_iter().map(|t| TopicCommit { topic_id: Uuid::ZERO, ..t }).collect(),
        }
    }
}

/// `7@0`: id and epoch.
fn producer(text: Option<&str>) -> Producer {
    let (id, epoch) = text.and_then(|text| text.split_once('@')).unwrap_or_else(|| panic!("{text:?} is no producer"));
    Producer { id: id.parse().unwrap(), epoch: epoch.parse().unwrap() }
}

fn subscription(topics: &str, owned: &str) -> Bytes {
    let topics = topics.split('+').filter(|topic| !topic.is_empty()).map(str::to_owned).collect();
    let subscription = ConsumerProtocolSubscription { topics, owned_partitions: places(owned), ..Default::default() };
    consumer_protocol::write(&subscription, 1)
}

/// `t-0+t-1` as consumers write it.
fn places(text: &str) -> Vec<Places> {
    let place = |one: &str| {
        let (topic, number) = partition(one);
        Places { topic, partitions: vec![number] }
    };
    text.split('+').filter(|one| !one.is_empty()).map(place).collect()
}

/// What a leader assigns: text as it is, or behind `@` partitions as consumers write them.
fn assignment(text: &str) -> Bytes {
    match text.strip_prefix('@') {
        None => Bytes::copy_from_slice(text.as_bytes()),
        Some(text) => {
            let assigned = ConsumerProtocolAssignment { assigned_partitions: places(text), user_data: None };
            consumer_protocol::write(&assigned, 1)
        }
    }
}

fn fetch(words: &Words<'_>) -> FetchOffsets {
    let only_stable = words.plain.contains(&"stable");
    let places: Vec<_> = words.plain.iter().filter(|word| **word != "stable").collect();
    let topics = places.iter().map(|place| {
        let (topic, partition) = partition(place);
        TopicFetch { topic, partitions: vec![partition] }
    });
    let topics = (!places.is_empty()).then(|| topics.collect());
    let member = words.get("member").map(str::to_owned);
    FetchOffsets { group: words.text("group"), topics, only_stable, member, epoch: words.number("epoch", -1) as i32 }
}

fn delete_offsets(words: &Words<'_>) -> DeleteOffsets {
    let topics = words.plain.iter().map(|place| {
        let (topic, partition) = partition(place);
        TopicPartitions { topic, partitions: vec![partition] }
    });
    DeleteOffsets { group: words.text("group"), topics: topics.collect() }
}

pub fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
