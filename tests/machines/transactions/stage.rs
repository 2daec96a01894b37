//! Where a transaction coordinator plays: virtual time, counted ids, a log of bytes, timers that fire when their time
//! comes, tasks that wait until somebody says how they went. It tells what happens; nothing is shown here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use kavka::broker::coordinators::transaction::{
    Decision, TransactionCoordinator, TransactionReply, TransactionRequest, TransactionSettings, TransactionTask,
    TransactionTimer, WriteMarkers,
};
use kavka::broker::machine::{Context, Machine, Ticket, TimerChange};
use kavka::clock::Timestamp;
use kavka::metadata::ClusterImage;
use kavka::records::transaction::TransactionRecord;

use crate::stage::{CountedIds, START};

/// The leader epoch of the partition in every script.
pub const COORDINATOR_EPOCH: i32 = 3;

pub struct Stage {
    pub settings: TransactionSettings,
    pub now: Timestamp,
    pub image: ClusterImage,
    /// Whether the log is read again after every step, or only now and then.
    pub is_thorough: bool,
    ids: CountedIds,
    machine: TransactionCoordinator,
    timers: BTreeMap<TransactionTimer, Timestamp>,
    log: Vec<(Bytes, Option<Bytes>)>,
    tickets: u64,
    unanswered: BTreeSet<Ticket>,
}

#[derive(Debug)]
pub enum Event {
    Fired(TransactionTimer),
    Recorded(TransactionRecord),
    Armed(TransactionTimer, Timestamp),
    Disarmed(TransactionTimer),
    Replied(Ticket, TransactionReply),
    Started(WriteMarkers),
}

/// What happened, and when.
pub type Events = Vec<(Timestamp, Event)>;

impl Stage {
    pub fn new() -> Stage {
        let settings = TransactionSettings::default();
        let mut image = ClusterImage::default();
        image.features.insert("transaction.version".to_owned(), 2);
        Stage {
            machine: TransactionCoordinator::new(settings.clone(), COORDINATOR_EPOCH),
            settings,
            now: START,
            image,
            is_thorough: true,
            ids: CountedIds::default(),
            timers: BTreeMap::new(),
            log: Vec::new(),
            tickets: 0,
            unanswered: BTreeSet::new(),
        }
    }

    pub fn ask(&mut self, request: TransactionRequest) -> (Ticket, Events) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.unanswered.insert(ticket);
        (ticket, self.decide(|machine, context| machine.handle(context, ticket, request)))
    }

    /// Lets time pass; whatever is due meanwhile happens at its own time.
    pub fn advance(&mut self, by: Duration) -> Events {
        let end = self.now + by;
        let mut events = Vec::new();
        while let Some((timer, deadline)) = self.next_timer().filter(|(_, deadline)| *deadline <= end) {
            self.timers.remove(&timer);
            self.now = self.now.max(deadline);
            events.push((self.now, Event::Fired(timer.clone())));
            events.extend(self.decide(|machine, context| machine.expire(context, timer)));
        }
        self.now = end;
        events
    }

    fn next_timer(&self) -> Option<(TransactionTimer, Timestamp)> {
        self.timers.iter().min_by_key(|(_, deadline)| **deadline).map(|(timer, deadline)| (timer.clone(), *deadline))
    }

    /// Timers that are armed, but for the one that always is.
    pub fn armed(&self) -> Vec<&TransactionTimer> {
        self.timers.keys().filter(|timer| **timer != TransactionTimer::Expiration).collect()
    }

    /// Requests that are parked.
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// The process ends and a new one reads the log.
    pub fn restart(&mut self) -> Events {
        self.timers.clear();
        self.unanswered.clear();
        self.machine = self.replayed();
        self.decide(|machine, context| machine.loaded(context))
    }

    /// Another Kafka wrote this.
    pub fn find_in_log(&mut self, record: &TransactionRecord) {
        self.log.push(record.encode());
    }

    /// Only the last record of each id stays in the log.
    pub fn compact_log(&mut self) {
        let last: BTreeMap<Bytes, usize> = self.log.iter().map(|(key, _)| key.clone()).zip(0..).collect();
        let mut at = 0;
        self.log.retain(|(key, _)| {
            at += 1;
            last[key] == at - 1
        });
    }

    /// The log says what the machine holds true.
    pub fn check_log(&self) {
        let live = self.machine.hard_state();
        assert_eq!(self.replayed().hard_state(), live, "the log does not lead to the live state");
    }

    fn replayed(&self) -> TransactionCoordinator {
        let mut machine = TransactionCoordinator::new(self.settings.clone(), COORDINATOR_EPOCH);
        for (key, value) in &self.log {
            machine.apply(&TransactionRecord::decode(Some(key.clone()), value.clone()).unwrap());
        }
        machine
    }

    /// Carries an outcome out as the runner does.
    fn decide(&mut self, decision: impl FnOnce(&mut TransactionCoordinator, &mut Context<'_>) -> Decision) -> Events {
        let mut context = Context { now: self.now, image: &self.image, ids: &mut self.ids };
        let outcome = decision(&mut self.machine, &mut context);
        let mut events = Vec::new();
        for record in outcome.records {
            self.log.push(record.encode());
            self.machine.apply(&record);
            events.push(Event::Recorded(record));
        }
        if self.is_thorough {
            self.check_log();
        }
        for change in outcome.timers {
            match change {
                TimerChange::Arm(timer, deadline) => {
                    self.timers.insert(timer.clone(), deadline);
                    events.push(Event::Armed(timer, deadline));
                }
                TimerChange::Disarm(timer) => {
                    events.extend(self.timers.remove(&timer).map(|_| Event::Disarmed(timer)));
                }
            }
        }
        for (ticket, reply) in outcome.replies {
            assert!(self.unanswered.remove(&ticket), "#{} is answered twice", ticket.0);
            events.push(Event::Replied(ticket, reply));
        }
        events.extend(outcome.tasks.into_iter().map(|TransactionTask::WriteMarkers(task)| Event::Started(task)));
        events.into_iter().map(|event| (self.now, event)).collect()
    }
}
