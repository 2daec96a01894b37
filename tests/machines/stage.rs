//! Where a group coordinator plays: virtual time, counted ids, a log of bytes, timers that fire when their time comes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kavka::broker::coordinators::group::offsets::TransactionGuard;
use kavka::broker::coordinators::group::{
    Decision, GroupCoordinator, GroupReply, GroupRequest, GroupSettings, GroupTimer, ListGroups, ListedGroup, Replay,
    batch_of,
};
use kavka::broker::machine::{Context, IdSource, Machine, Ticket, TimerChange};
use kavka::clock::Timestamp;
use kavka::log::batch::Batch;
use kavka::metadata::{ClusterImage, GROUP_RESOURCE, PartitionImage, TopicImage};
use kavka::vocabulary::Uuid;

use crate::durations;
use crate::print;

/// When every script begins.
pub const START: Timestamp = Timestamp(1_000_000_000_000);

#[derive(Default)]
pub struct CountedIds {
    pub given: u128,
}

impl IdSource for CountedIds {
    fn uuid(&mut self) -> Uuid {
        self.given += 1;
        Uuid(self.given)
    }
}

pub struct Stage {
    pub settings: GroupSettings,
    pub now: Timestamp,
    pub image: ClusterImage,
    pub ids: CountedIds,
    /// Short names for member ids.
    pub names: HashMap<String, String>,
    /// The last one that was given.
    pub guard: Option<TransactionGuard>,
    machine: GroupCoordinator,
    timers: BTreeMap<GroupTimer, Timestamp>,
    /// Batch by batch.
    log: Vec<Bytes>,
    tickets: u64,
    unanswered: BTreeSet<Ticket>,
}

impl Stage {
    pub fn new() -> Stage {
        let settings = GroupSettings::default();
        Stage {
            machine: GroupCoordinator::new(settings.clone()),
            settings,
            now: START,
            image: ClusterImage::default(),
            ids: CountedIds::default(),
            names: HashMap::new(),
            guard: None,
            timers: BTreeMap::new(),
            log: Vec::new(),
            tickets: 0,
            unanswered: BTreeSet::new(),
        }
    }

    pub fn create_topic(&mut self, name: &str, partitions: usize) {
        let new = Uuid(0x7000 + self.image.topic_names.len() as u128 + 1);
        let id = self.image.topic(name).map_or(new, |known| known.id);
        let topic = TopicImage { name: name.to_owned(), id, partitions: vec![PartitionImage::default(); partitions] };
        self.image.topics.insert(name.to_owned(), Arc::new(topic));
        self.image.topic_names.insert(id, name.to_owned());
        self.image.end_offset += 1;
        self.names.insert(id.to_string(), name.to_owned());
    }

    pub fn configure_group(&mut self, group: &str, name: &str, value: &str) {
        let configs = self.image.configs.entry((GROUP_RESOURCE, group.to_owned())).or_default();
        configs.insert(name.to_owned(), value.to_owned());
    }

    pub fn drop_topic(&mut self, name: &str) {
        self.image.topics.remove(name).unwrap_or_else(|| panic!("there is no topic {name}"));
        self.image.end_offset += 1;
    }

    pub fn ask(&mut self, request: GroupRequest) -> Vec<String> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.unanswered.insert(ticket);
        self.decide(|machine, context| machine.handle(context, ticket, request))
    }

    /// Whether there is a consumer group of this id that has members.
    pub fn is_consumer_group(&mut self, id: &str) -> bool {
        let mut context = Context { now: self.now, image: &self.image, ids: &mut self.ids };
        let list = GroupRequest::List(ListGroups::default());
        let replies = self.machine.handle(&mut context, Ticket(0), list).replies;
        let is_it = |group: &ListedGroup| group.group == id && group.kind == "consumer" && group.state != "Empty";
        replies.iter().any(|(_, reply)| matches!(reply, GroupReply::List(groups) if groups.iter().any(is_it)))
    }

    /// Lets time pass; whatever is due meanwhile happens at its own time.
    pub fn advance(&mut self, by: Duration) -> Vec<String> {
        let end = self.now + by;
        let mut lines = Vec::new();
        while let Some((timer, deadline)) = self.next_timer().filter(|(_, deadline)| *deadline <= end) {
            self.timers.remove(&timer);
            self.now = self.now.max(deadline);
            // Looking for what has expired, every ten minutes, is worth a line only if something has.
            let is_routine = timer == GroupTimer::Expiration;
            let fired = self.line(&format!("fired   {}", print::timer(&timer, &self.names)));
            let outcome = self.decide(|machine, context| machine.expire(context, timer));
            if !is_routine || !outcome.is_empty() {
                lines.push(fired);
                lines.extend(outcome);
            }
        }
        self.now = end;
        lines
    }

    fn next_timer(&self) -> Option<(GroupTimer, Timestamp)> {
        self.timers.iter().min_by_key(|(_, deadline)| **deadline).map(|(timer, deadline)| (timer.clone(), *deadline))
    }

    /// Requests that are parked.
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// The process ends and a new one reads the log.
    pub fn restart(&mut self) -> Vec<String> {
        self.timers.clear();
        self.unanswered.clear();
        self.machine = self.replayed();
        self.decide(|machine, context| machine.loaded(context))
    }

    fn replayed(&self) -> GroupCoordinator {
        let mut machine = GroupCoordinator::new(self.settings.clone());
        let mut replay = Replay::default();
        for bytes in &self.log {
            replay.batch(&Batch::parse(bytes).unwrap(), &mut |entry| machine.apply(&entry)).unwrap();
        }
        machine
    }

    /// Carries an outcome out as the runner does, and says so.
    fn decide(&mut self, decision: impl FnOnce(&mut GroupCoordinator, &mut Context<'_>) -> Decision) -> Vec<String> {
        let mut context = Context { now: self.now, image: &self.image, ids: &mut self.ids };
        let outcome = decision(&mut self.machine, &mut context);
        let mut lines = Vec::new();
        if !outcome.records.is_empty() {
            self.log.push(batch_of(&outcome.records, self.now).expect("a decision leads to one batch"));
        }
        for entry in &outcome.records {
            lines.push(self.line(&print::entry(entry, &self.names)));
            self.machine.apply(entry);
        }
        assert_eq!(self.replayed().hard_state(), self.machine.hard_state(), "the log does not lead to the live state");
        for change in outcome.timers {
            lines.extend(self.change_timer(change));
        }
        for (ticket, reply) in outcome.replies {
            assert!(self.unanswered.remove(&ticket), "#{} is answered twice", ticket.0);
            if let GroupReply::WatchTransactions(guard) = &reply {
                self.guard = Some(*guard);
            }
            lines.push(self.line(&format!("reply   #{} {}", ticket.0, print::reply(&reply, &self.names))));
        }
        lines
    }

    fn change_timer(&mut self, change: TimerChange<GroupTimer>) -> Option<String> {
        let line = match change {
            TimerChange::Arm(timer, deadline) => {
                let is_routine = timer == GroupTimer::Expiration;
                let line = format!(
                    "arm     {} at {}",
                    print::timer(&timer, &self.names),
                    durations::show(deadline.millis() - START.millis())
                );
                self.timers.insert(timer, deadline);
                (!is_routine).then_some(line)
            }
            TimerChange::Disarm(timer) => {
                self.timers.remove(&timer).map(|_| format!("disarm  {}", print::timer(&timer, &self.names)))
            }
        };
        line.map(|line| self.line(&line))
    }

    fn line(&self, what: &str) -> String {
        format!("{:<3} {what}", durations::show(self.now.millis() - START.millis())).trim_end().to_owned()
    }
}
