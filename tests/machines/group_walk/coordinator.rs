//! A group coordinator on virtual time, with a log of bytes that a restart reads again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kavka::broker::coordinators::group::{
    Decision, GroupCoordinator, GroupReply, GroupRequest, GroupSettings, GroupTimer, Replay, batch_of,
};
use kavka::broker::machine::{Context, Machine, Ticket, TimerChange};
use kavka::clock::Timestamp;
use kavka::log::batch::Batch;
use kavka::metadata::{ClusterImage, PartitionImage, TopicImage};
use kavka::vocabulary::Uuid;

use crate::stage::{CountedIds, START};

pub struct Coordinator {
    pub now: Timestamp,
    pub image: ClusterImage,
    machine: GroupCoordinator,
    timers: BTreeMap<GroupTimer, Timestamp>,
    log: Vec<Bytes>,
    ids: CountedIds,
    tickets: u64,
    /// Replies to requests that had to wait.
    pub late: Vec<(Ticket, GroupReply)>,
}

/// No group goes because it is empty.
fn settings() -> GroupSettings {
    GroupSettings { offsets_retention_check_interval: Duration::from_secs(1 << 32), ..GroupSettings::default() }
}

impl Coordinator {
    pub fn new() -> Coordinator {
        Coordinator {
            now: START,
            image: ClusterImage::default(),
            machine: GroupCoordinator::new(settings()),
            timers: BTreeMap::new(),
            log: Vec::new(),
            ids: CountedIds::default(),
            tickets: 0,
            late: Vec::new(),
        }
    }

    /// Makes a topic, or lets it grow.
    pub fn set_topic(&mut self, name: &str, partitions: usize) {
        let new = Uuid(0x7000 + self.image.end_offset as u128);
        let id = self.image.topic(name).map_or(new, |known| known.id);
        let topic = TopicImage { name: name.to_owned(), id, partitions: vec![PartitionImage::default(); partitions] };
        self.image.topics.insert(name.to_owned(), Arc::new(topic));
        self.image.topic_names.insert(id, name.to_owned());
        self.image.end_offset += 1;
    }

    pub fn drop_topic(&mut self, name: &str) {
        if let Some(topic) = self.image.topics.remove(name) {
            self.image.topic_names.remove(&topic.id);
            self.image.end_offset += 1;
        }
    }

    /// The answer, unless the request has to wait.
    pub fn ask(&mut self, request: GroupRequest) -> (Ticket, Option<GroupReply>) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let replies = self.decide(|machine, context| machine.handle(context, ticket, request));
        let (mut own, others): (Vec<_>, Vec<_>) = replies.into_iter().partition(|(of, _)| *of == ticket);
        self.late.extend(others);
        (ticket, own.pop().map(|(_, reply)| reply))
    }

    /// The deadline that comes first.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.timers.values().min().copied()
    }

    /// Lets time pass up to here.
    pub fn advance_to(&mut self, end: Timestamp) {
        while let Some((timer, deadline)) = self.timers.iter().min_by_key(|(_, deadline)| **deadline) {
            let (timer, deadline) = (timer.clone(), *deadline);
            if deadline > end {
                break;
            }
            self.timers.remove(&timer);
            self.now = self.now.max(deadline);
            let replies = self.decide(|machine, context| machine.expire(context, timer));
            self.late.extend(replies);
        }
        self.now = self.now.max(end);
    }

    pub fn restart(&mut self) {
        let replayed = self.replayed();
        assert_eq!(replayed.hard_state(), self.machine.hard_state(), "the log does not lead to the live state");
        self.machine = replayed;
        self.timers.clear();
        self.late.clear();
        self.decide(|machine, context| machine.loaded(context));
    }

    fn replayed(&self) -> GroupCoordinator {
        let mut machine = GroupCoordinator::new(settings());
        let mut replay = Replay::default();
        for bytes in &self.log {
            replay.batch(&Batch::parse(bytes).unwrap(), &mut |entry| machine.apply(&entry)).unwrap();
        }
        machine
    }

    fn decide(
        &mut self,
        decision: impl FnOnce(&mut GroupCoordinator, &mut Context<'_>) -> Decision,
    ) -> Vec<(Ticket, GroupReply)> {
        let mut context = Context { now: self.now, image: &self.image, ids: &mut self.ids };
        let outcome = decision(&mut self.machine, &mut context);
        if !outcome.records.is_empty() {
            self.log.push(batch_of(&outcome.records, self.now).expect("a decision leads to one batch"));
            outcome.records.iter().for_each(|entry| self.machine.apply(entry));
        }
        for change in outcome.timers {
            match change {
                TimerChange::Arm(timer, deadline) => drop(self.timers.insert(timer, deadline)),
                TimerChange::Disarm(timer) => drop(self.timers.remove(&timer)),
            }
        }
        outcome.replies
    }
}
