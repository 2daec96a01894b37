//! The commands of scripts about transactions. Clients speak the second protocol unless `first` stands behind a command.
//!
//! ```text
//! set expiration=1h max-timeout=15m       settings; loads the coordinator anew
//! version 1                               the cluster's transaction.version
//! init tx timeout=60s had=1000/3          InitProducerId; a new producer id is given if one is asked for, `stingy`: not
//! add tx 1000/0 t-0 t-1                   partitions join
//! verify tx 1000/0 t-0                    are they part of the transaction?
//! end tx 1000/0 commit                    or `abort`; `stingy` as above
//! written m1 left=t-0,t-1                 how the task m1 went; without `left`, all markers are written
//! describe tx
//! list state=Ongoing producer=1000 longer=5s
//! find tx PrepareCommit 1000/7 t-0        a record that another Kafka wrote, with started=, client=, previous=, next=,
//!                                         timeout=; `restart` reads it
//! advance 3s                              time passes; `restart` ends the process and loads the log
//! ```
//!
//! Nothing is shown of the timer that looks for expired ids, and of the answers to `written`.

mod model;
mod print;
mod stage;
mod walk;

use std::collections::{BTreeSet, HashMap};

use kavka::broker::coordinators::transaction::{
    AddPartitions, DescribeTransaction, EndTransaction, InitProducer, ListTransactions, MarkersWritten, Producer,
    Refused, TransactionCoordinator, TransactionReply, TransactionState, VerifyPartitions,
};
use kavka::broker::machine::Call;
use kavka::records::transaction::{PartitionsSchema, TransactionLogValue, TransactionRecord};
use kavka::vocabulary::{TopicPartition, Uuid};

use crate::durations;
use crate::script::Player;
use crate::stage::START;
use stage::{Event, Events, Stage};

pub struct TransactionScript {
    stage: Stage,
    has_begun: bool,
    /// The next producer id that is new.
    producer_ids: i64,
    /// Whose markers a task is about.
    tasks: HashMap<Uuid, String>,
}

/// A command's words: `name=value`, the first ones without `=`, and the switches and partitions behind those.
struct Words<'a> {
    named: HashMap<&'a str, &'a str>,
    plain: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Words<'a> {
        let all = text.split_whitespace();
        Words {
            named: all.clone().filter_map(|word| word.split_once('=')).collect(),
            plain: all.filter(|word| !word.contains('=')).collect(),
        }
    }

    fn has(&self, word: &str) -> bool {
        self.plain.contains(&word)
    }

    fn id(&self) -> String {
        // A script writes "" for an id that is empty.
        self.plain.first().copied().unwrap_or_default().trim_matches('"').to_owned()
    }

    fn producer(&self, at: usize) -> Producer {
        producer(self.plain.get(at).unwrap_or_else(|| panic!("no producer in {:?}", self.plain)))
    }

    fn partitions(&self, from: usize) -> Vec<TopicPartition> {
        const SWITCHES: [&str; 2] = ["first", "stingy"];
        let words = self.plain.iter().skip(from).filter(|word| !SWITCHES.contains(word));
        words.map(|word| partition(word)).collect()
    }

    fn client_version(&self) -> i16 {
        if self.has("first") { 0 } else { 2 }
    }

    fn number(&self, name: &str, otherwise: i64) -> i64 {
        self.named.get(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    }
}

/// `1000/3` into id and epoch.
fn producer(text: &str) -> Producer {
    let parts = text.split_once('/').and_then(|(id, epoch)| Some((id.parse().ok()?, epoch.parse().ok()?)));
    let (id, epoch) = parts.unwrap_or_else(|| panic!("'{text}' is no producer"));
    Producer { id, epoch }
}

/// `t-0` into topic and partition.
fn partition(text: &str) -> TopicPartition {
    let parts = text.rsplit_once('-').and_then(|(topic, number)| Some((topic, number.parse().ok()?)));
    let (topic, number) = parts.unwrap_or_else(|| panic!("'{text}' is no partition"));
    TopicPartition::new(topic, number)
}

impl Player for TransactionScript {
    fn run(&mut self, command: &str) -> Vec<String> {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let words = Words::new(rest);
        if !self.has_begun && !["set", "version", "find"].contains(&verb) {
            self.has_begun = true;
            self.stage.restart();
        }
        let events = self.happens(verb, rest, &words);
        for (_, event) in &events {
            if let Event::Started(task) = event {
                self.tasks.insert(task.attempt, task.transactional_id.clone());
            }
        }
        events.iter().filter_map(|(at, event)| print::line(*at, event)).collect()
    }
}

impl TransactionScript {
    pub fn new() -> TransactionScript {
        TransactionScript { stage: Stage::new(), has_begun: false, producer_ids: 1000, tasks: HashMap::new() }
    }

    fn happens(&mut self, verb: &str, rest: &str, words: &Words<'_>) -> Events {
        match verb {
            "set" => self.set(words),
            "version" => {
                self.stage.image.features.insert("transaction.version".to_owned(), rest.parse().unwrap());
                Vec::new()
            }
            "find" => {
                self.stage.find_in_log(&found(words));
                Vec::new()
            }
            "init" => self.init(words),
            "add" => self.ask(AddPartitions {
                transactional_id: words.id(),
                producer: words.producer(1),
                partitions: words.partitions(2),
                client_version: words.client_version(),
            }),
            "verify" => self.ask(VerifyPartitions {
                transactional_id: words.id(),
                producer: words.producer(1),
                partitions: words.partitions(2),
            }),
            "end" => self.end(words),
            "written" => self.written(words),
            "describe" => self.ask(DescribeTransaction { transactional_id: words.id() }),
            "list" => self.ask(list(words)),
            "advance" => self.stage.advance(durations::parse(rest)),
            "restart" => self.stage.restart(),
            _ => panic!("there is no command '{verb}'"),
        }
    }

    fn ask(&mut self, call: impl Call<TransactionCoordinator>) -> Events {
        self.stage.ask(call.request()).1
    }

    /// Asks, and asks again with a new producer id if one is wanted, as the broker does.
    fn ask_with_id<C: Call<TransactionCoordinator>>(
        &mut self,
        is_stingy: bool,
        call: impl Fn(Option<i64>) -> C,
    ) -> Events {
        let events = self.ask(call(None));
        let wants_id = |event: &Event| {
            let refused = match event {
                Event::Replied(_, TransactionReply::Init(reply) | TransactionReply::End(reply)) => reply.err(),
                _ => None,
            };
            refused == Some(Refused::NeedsProducerId)
        };
        if is_stingy || !events.iter().any(|(_, event)| wants_id(event)) {
            return events;
        }
        self.producer_ids += 1;
        self.ask(call(Some(self.producer_ids - 1)))
    }

    fn init(&mut self, words: &Words<'_>) -> Events {
        let timeout_ms = match words.named.get("timeout").copied().unwrap_or("60s") {
            "-1" => -1,
            timeout => durations::parse(timeout).as_millis() as i32,
        };
        self.ask_with_id(words.has("stingy"), |new_producer_id| InitProducer {
            transactional_id: words.id(),
            timeout_ms,
            had: words.named.get("had").map(|text| producer(text)),
            new_producer_id,
        })
    }

    fn end(&mut self, words: &Words<'_>) -> Events {
        assert!(words.has("commit") != words.has("abort"), "an end is a commit or an abort");
        self.ask_with_id(words.has("stingy"), |new_producer_id| EndTransaction {
            transactional_id: words.id(),
            producer: words.producer(1),
            committed: words.has("commit"),
            client_version: words.client_version(),
            new_producer_id,
        })
    }

    fn written(&mut self, words: &Words<'_>) -> Events {
        let attempt = words.plain.first().and_then(|word| word.strip_prefix('m')).and_then(|word| word.parse().ok());
        let attempt = Uuid(attempt.unwrap_or_else(|| panic!("{:?} names no task", words.plain)));
        let transactional_id = self.tasks.get(&attempt).unwrap_or_else(|| panic!("no task {attempt:?}")).clone();
        let left = words.named.get("left").into_iter().flat_map(|left| left.split(',')).map(partition);
        let left: BTreeSet<TopicPartition> = left.collect();
        self.ask(MarkersWritten { transactional_id, attempt, left })
    }

    fn set(&mut self, words: &Words<'_>) -> Events {
        let settings = &mut self.stage.settings;
        for (name, value) in &words.named {
            match *name {
                "expiration" => settings.id_expiration = durations::parse(value),
                "check" => settings.id_expiration_check_interval = durations::parse(value),
                "max-timeout" => settings.max_timeout_ms = durations::parse(value).as_millis() as i32,
                _ => panic!("there is no setting '{name}'"),
            }
        }
        self.has_begun = true;
        self.stage.restart()
    }
}

fn list(words: &Words<'_>) -> ListTransactions {
    ListTransactions {
        states: words.named.get("state").into_iter().flat_map(|all| all.split(',')).map(str::to_owned).collect(),
        producer_ids: words.named.contains_key("producer").then(|| words.number("producer", -1)).into_iter().collect(),
        longer_than: words.named.get("longer").map(|time| durations::parse(time)),
    }
}

fn found(words: &Words<'_>) -> TransactionRecord {
    let state = words.plain.get(1).and_then(|name| TransactionState::named(name));
    let state = state.unwrap_or_else(|| panic!("no state in {:?}", words.plain));
    let time = |name: &str| words.named.get(name).map(|at| START + durations::parse(at));
    let partitions = words.partitions(3).into_iter();
    let partitions = partitions.map(|p| PartitionsSchema { topic: p.topic, partition_ids: vec![p.partition] });
    let value = TransactionLogValue {
        producer_id: words.producer(2).id,
        producer_epoch: words.producer(2).epoch,
        transaction_timeout_ms: words.named.get("timeout").map_or(60_000, |timeout| match *timeout {
            "max" => i32::MAX,
            timeout => durations::parse(timeout).as_millis() as i32,
        }),
        transaction_status: state.number(),
        transaction_partitions: (state != TransactionState::Empty).then(|| partitions.collect()),
        transaction_last_update_timestamp_ms: time("updated").unwrap_or(START).millis(),
        transaction_start_timestamp_ms: time("started").map_or(-1, |at| at.millis()),
        previous_producer_id: words.number("previous", -1),
        next_producer_id: words.number("next", -1),
        client_transaction_version: words.number("client", 0) as i16,
        next_producer_epoch: -1,
    };
    TransactionRecord { transactional_id: words.id(), value: Some((1, value)) }
}
