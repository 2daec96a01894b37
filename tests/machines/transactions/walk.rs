//! Clients that do anything at any time, disks that fail, answers that come late, and restarts: what [`Model`] asks for
//! holds all the while, the log leads to the live state, and once markers can be written nothing stays open.
//!
//! `KAVKA_WALKS=10000` is more than the usual 250 walks; `KAVKA_WALK=17` is that one alone, told step by step.

mod clients;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use kavka::broker::coordinators::transaction::{MarkersWritten, TransactionState, TransactionTimer, WriteMarkers};
use kavka::broker::machine::{Call, Ticket};
use kavka::records::transaction::{TransactionLogValue, TransactionRecord};
use kavka::vocabulary::TopicPartition;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::model::Model;
use super::print;
use super::stage::{Event, Events, Stage};
use crate::stage::START;
use clients::{Asked, Client};

const STEPS: usize = 500;
const IDS: usize = 5;
/// How many clients share an id.
const CLIENTS: usize = 3;
/// The log is read again once in so many steps, and at every restart.
const LOG_CHECK: usize = 125;
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// What must have happened now and then, else the test shows nothing.
const OUTCOMES: [&str; 24] = [
    "init ok",
    "init again",
    "init CONCURRENT_TRANSACTIONS",
    "init PRODUCER_FENCED",
    "init needs an id",
    "add ok",
    "add CONCURRENT_TRANSACTIONS",
    "add PRODUCER_FENCED",
    "add INVALID_PRODUCER_ID_MAPPING",
    "add UNSUPPORTED_VERSION",
    "end ok",
    "end again",
    "end CONCURRENT_TRANSACTIONS",
    "end PRODUCER_FENCED",
    "end INVALID_PRODUCER_ID_MAPPING",
    "end INVALID_TXN_STATE",
    "end needs an id",
    "verify TRANSACTION_ABORTABLE",
    "timed out",
    "markers again",
    "answer to an earlier attempt",
    "forgotten",
    "restart while markers are written",
    "a new id after the last epoch",
];

struct Walk {
    random: StdRng,
    stage: Stage,
    model: Model,
    clients: Vec<Client>,
    /// Which of the clients of an id uses it at present.
    turns: [usize; IDS],
    asked: HashMap<Ticket, (usize, Asked)>,
    tasks: Vec<WriteMarkers>,
    late: Vec<MarkersWritten>,
    seen: BTreeMap<String, usize>,
    is_told: bool,
}

impl Walk {
    fn new(seed: u64, is_told: bool) -> Walk {
        let mut stage = Stage::new();
        stage.is_thorough = false;
        stage.settings.id_expiration = Duration::from_secs(3600);
        stage.settings.id_expiration_check_interval = Duration::from_secs(600);
        let mut random = StdRng::seed_from_u64(seed);
        let clients = (0..IDS * CLIENTS).map(|number| Client::new(format!("tx{}", number % IDS), random.random()));
        let clients = clients.collect();
        let mut walk = Walk {
            random,
            stage,
            model: Model::default(),
            clients,
            turns: [0; IDS],
            asked: HashMap::new(),
            tasks: Vec::new(),
            late: Vec::new(),
            seen: BTreeMap::new(),
            is_told,
        };
        walk.find_used_up_producers();
        walk.level();
        walk.stage.restart();
        walk
    }

    fn saw(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    /// Epochs count up slowly, so some begin high.
    fn find_used_up_producers(&mut self) {
        for number in 0..IDS / 2 + 1 {
            let state = [TransactionState::CompleteCommit, TransactionState::CompleteAbort][number % 2];
            let value = TransactionLogValue {
                producer_id: number as i64,
                producer_epoch: self.random.random_range(32_750..32_767),
                transaction_timeout_ms: 1000,
                transaction_status: state.number(),
                transaction_last_update_timestamp_ms: START.millis(),
                transaction_start_timestamp_ms: START.millis(),
                ..TransactionLogValue::default()
            };
            let record = TransactionRecord { transactional_id: format!("tx{number}"), value: Some((1, value)) };
            self.model.found(&record);
            self.stage.find_in_log(&record);
        }
    }

    /// The cluster's transaction.version changes, mostly to the highest.
    fn level(&mut self) {
        let level = *[0, 1, 2, 2, 2, 2].choose(&mut self.random).unwrap();
        self.stage.image.features.insert("transaction.version".to_owned(), level);
    }

    fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..4 => self.init(),
            4..30 => self.add(),
            30..35 => self.repeat(),
            35..40 => self.verify(),
            40..60 => self.end(),
            60..80 => self.write(),
            80..86 => self.deliver(),
            86..96 => self.pass(),
            96 => self.list(),
            97 => self.level(),
            _ => self.restart(),
        }
    }

    fn list(&mut self) {
        self.ask(0, Asked::Else);
    }

    /// A task comes to an end: some or all markers are written. Its answer may take its time.
    fn write(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let task = self.tasks.swap_remove(self.random.random_range(0..self.tasks.len()));
        let fails = self.random.random_ratio(1, 3);
        let left = task.partitions.iter().filter(|_| fails && self.random.random()).cloned().collect();
        self.written(&task, left);
    }

    fn written(&mut self, task: &WriteMarkers, left: BTreeSet<TopicPartition>) {
        task.partitions.difference(&left).for_each(|partition| self.model.marked(task, partition));
        self.late.push(MarkersWritten { transactional_id: task.transactional_id.clone(), attempt: task.attempt, left });
        if self.random.random_ratio(2, 3) {
            self.deliver();
        }
    }

    fn deliver(&mut self) {
        let Some(answer) = self.late.pop() else { return };
        if self.random.random_ratio(1, 10) {
            // It comes twice.
            self.late.insert(0, answer.clone());
        }
        let (ticket, events) = self.stage.ask(answer.request());
        self.asked.insert(ticket, (0, Asked::Else));
        if events.len() == 1 {
            self.saw("answer to an earlier attempt");
        }
        self.happened(events);
    }

    fn pass(&mut self) {
        let millis = match self.random.random_range(0..40) {
            0 => 4 * 3_600_000,
            1..4 => 20_000,
            4..20 => self.random.random_range(0..3000),
            _ => self.random.random_range(0..100),
        };
        let events = self.stage.advance(Duration::from_millis(millis));
        self.happened(events);
    }

    /// The process ends, or only this machine: then answers may still come.
    fn restart(&mut self) {
        if !self.tasks.is_empty() {
            self.saw("restart while markers are written");
        }
        self.tasks.clear();
        self.asked.clear();
        if self.random.random() {
            self.late.clear();
        }
        self.stage.check_log();
        if self.random.random() {
            self.stage.compact_log();
            self.stage.check_log();
        }
        let events = self.stage.restart();
        self.happened(events);
    }

    fn happened(&mut self, events: Events) {
        for (at, event) in events {
            if self.is_told {
                print::line(at, &event).into_iter().for_each(|line| println!("    {line}"));
            }
            match event {
                Event::Fired(TransactionTimer::Timeout { .. }) => self.saw("timed out"),
                Event::Fired(TransactionTimer::Markers { .. }) => self.saw("markers again"),
                Event::Recorded(record) => self.recorded(&record),
                Event::Started(task) => {
                    self.model.started(&task);
                    let is_other = |other: &WriteMarkers| other.transactional_id != task.transactional_id;
                    assert!(self.tasks.iter().all(is_other), "two tasks for {}", task.transactional_id);
                    self.tasks.push(task);
                }
                Event::Replied(ticket, reply) => {
                    let (client, asked) = self.asked.remove(&ticket).unwrap();
                    self.replied(client, asked, reply);
                }
                Event::Fired(TransactionTimer::Expiration) | Event::Armed(..) | Event::Disarmed(_) => (),
            }
        }
    }

    fn recorded(&mut self, record: &TransactionRecord) {
        let before = self.model.ids.get(&record.transactional_id).map(|id| id.producer.id);
        self.model.recorded(record);
        match &record.value {
            None => self.saw("forgotten"),
            Some((_, value)) if before.is_some_and(|id| id != value.producer_id) => {
                self.saw("a new id after the last epoch");
            }
            Some(_) => (),
        }
    }

    /// Nobody asks for anything any more, and every marker can be written.
    fn come_to_rest(&mut self) {
        let until = self.stage.now + LONGEST_TIMEOUT + LONGEST_TIMEOUT;
        while self.stage.now < until || !self.tasks.is_empty() || !self.late.is_empty() {
            if let Some(task) = self.tasks.pop() {
                self.written(&task, BTreeSet::new());
            }
            self.deliver();
            let events = self.stage.advance(Duration::from_secs(1));
            self.happened(events);
        }
        for (name, id) in &self.model.ids {
            assert!(id.is_idle(), "{name} stays in {:?}", id.state);
        }
        assert_eq!(self.stage.unanswered(), 0, "somebody waits for ever");
        assert_eq!(self.stage.armed(), Vec::<&TransactionTimer>::new());
        self.stage.check_log();
        self.list();
    }
}

#[test]
fn whatever_happens_transactions_are_what_they_say() {
    let number = |name: &str| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let told = number("KAVKA_WALK");
    let walks = told.map_or(0..number("KAVKA_WALKS").unwrap_or(250), |walk| walk..walk + 1);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in walks.clone() {
        println!("walk {seed}");
        let mut walk = Walk::new(seed, told.is_some());
        for step in 0..STEPS {
            walk.step();
            if step % LOG_CHECK == 0 {
                walk.stage.check_log();
            }
        }
        walk.come_to_rest();
        walk.seen.into_iter().for_each(|(what, count)| *seen.entry(what).or_default() += count);
    }
    println!("{} steps: {seen:#?}", walks.count() * STEPS);
    let missing: Vec<_> = OUTCOMES.iter().filter(|outcome| !seen.contains_key(**outcome)).collect();
    assert!(told.is_some() || missing.is_empty(), "what these clients do never leads to {missing:?}");
}
