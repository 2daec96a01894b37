//! A consumer of the classic protocol as clients are: it joins, assigns if it leads, fetches its assignment, sends
//! heartbeats, and joins again when it is told to. An eager one gives everything back before it joins; a cooperative one
//! gives back what it is not to have any more, and then joins again.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use kavka::broker::coordinators::group::classic::{
    CONSUMER_PROTOCOL_TYPE, Heartbeat, JoinGroup, JoinRefused, Joined, LeaveGroup, Leaver, Protocol, SyncGroup,
};
use kavka::broker::coordinators::group::consumer::Assignment;
use kavka::broker::coordinators::group::{GroupReply, GroupRequest};
use kavka::broker::machine::Ticket;
use kavka::clock::Timestamp;
use kavka::metadata::ClusterImage;
use kavka::protocol::ErrorCode;
use kavka::records::consumer_protocol::{
    self, ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartitions,
};

use super::consumer::REBALANCE_TIMEOUT;
use super::leader;

const SESSION_TIMEOUT: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(3);
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// What every client of this walk writes: with owned partitions and the generation that they are of.
const VERSION: i16 = 3;

#[derive(Debug)]
enum Doing {
    /// Between heartbeats.
    Rests,
    /// Closes what it must give back; then it joins.
    GivesBack {
        until: Timestamp,
    },
    Waits(Ticket),
    /// What it waited for has come, and is not read yet.
    Reads(GroupReply),
    /// As leader with what everybody is to have, else with nothing.
    Syncs(HashMap<String, Bytes>),
}

#[derive(Debug)]
pub struct Classic {
    pub name: String,
    /// Empty as long as it has none.
    pub id: String,
    pub instance: Option<String>,
    pub names: Vec<String>,
    pub is_cooperative: bool,
    pub can_be_told_its_id: bool,
    pub generation: i32,
    /// What it reads from.
    pub owned: Assignment,
    doing: Doing,
    must_join: bool,
    /// What it is to have when it has given back the rest.
    wanted: Option<Assignment>,
    /// It may have been given up, and has not heard it.
    is_unsure: bool,
    last_sent: Timestamp,
    /// The coordinator may have forgotten, with the process, that its member id took the place of an earlier one.
    may_be_fenced: bool,
    /// Of a leader: how many partitions the topics had when it assigned.
    assigned_by: Option<BTreeMap<String, usize>>,
    next_beat: Timestamp,
    /// It does nothing until then.
    pub silent_until: Timestamp,
}

impl Classic {
    pub fn new(name: String, instance: Option<String>, is_cooperative: bool, now: Timestamp) -> Classic {
        Classic {
            name,
            id: String::new(),
            instance,
            names: Vec::new(),
            is_cooperative,
            can_be_told_its_id: true,
            generation: -1,
            owned: Assignment::default(),
            doing: Doing::Rests,
            must_join: true,
            wanted: None,
            is_unsure: false,
            last_sent: now,
            may_be_fenced: false,
            assigned_by: None,
            next_beat: now,
            silent_until: now,
        }
    }

    pub fn subscribe(&mut self, names: Vec<String>, now: Timestamp) {
        self.names = names;
        self.joins_again(now);
    }

    pub fn joins_again(&mut self, now: Timestamp) {
        self.must_join = true;
        self.next_beat = now;
    }

    pub fn leads(&self) -> bool {
        self.assigned_by.is_some()
    }

    pub fn is_settled(&self) -> bool {
        matches!(self.doing, Doing::Rests | Doing::Reads(GroupReply::Heartbeat(Ok(())))) && !self.must_join
    }

    pub fn next_moment(&self) -> Option<Timestamp> {
        let next = match &self.doing {
            Doing::Waits(_) => return None,
            Doing::GivesBack { until } => *until,
            Doing::Rests => self.next_beat,
            Doing::Reads(_) | Doing::Syncs(_) => self.silent_until,
        };
        Some(next.max(self.silent_until))
    }

    /// What it does next; `takes` is how long giving back will take.
    pub fn act(&mut self, now: Timestamp, image: &ClusterImage, takes: Duration) -> Option<GroupRequest> {
        match std::mem::replace(&mut self.doing, Doing::Rests) {
            Doing::Reads(reply) => {
                self.next_beat = now + HEARTBEAT;
                self.read(reply, now, image, takes);
                None
            }
            Doing::GivesBack { .. } => {
                self.owned = self.wanted.take().unwrap_or_default();
                self.is_unsure = false;
                Some(self.join(image))
            }
            Doing::Syncs(assignments) => Some(self.sync(assignments)),
            _ if self.must_join && !self.is_cooperative && !self.owned.is_empty() => {
                self.doing = Doing::GivesBack { until: now + takes };
                None
            }
            _ if self.must_join => Some(self.join(image)),
            _ => self.beat(now, image),
        }
    }

    /// The request that it has just sent is waited for.
    pub fn waits_for(&mut self, ticket: Ticket, now: Timestamp) {
        // A consumer group takes whoever it has given up back under the old id, and what it had may be somebody else's.
        self.is_unsure |= now.since(self.last_sent) >= SESSION_TIMEOUT;
        self.last_sent = now;
        self.doing = Doing::Waits(ticket);
    }

    pub fn awaits(&self, ticket: Ticket) -> bool {
        matches!(self.doing, Doing::Waits(awaited) if awaited == ticket)
    }

    pub fn is_answered(&mut self, reply: GroupReply) {
        self.doing = Doing::Reads(reply);
    }

    /// The coordinator's process has ended.
    pub fn loses_the_coordinator(&mut self, now: Timestamp) {
        self.may_be_fenced = self.instance.is_some();
        self.loses_the_answer(now);
    }

    /// The connection breaks: whatever it waits for will not come.
    pub fn loses_the_answer(&mut self, now: Timestamp) {
        if matches!(self.doing, Doing::Waits(_)) {
            self.doing = Doing::Rests;
            self.joins_again(now + RETRY_PAUSE);
        }
    }

    /// What nobody else may read. There is nothing to read of a topic that is gone, and by its name nobody can be told of it.
    pub fn surely_owned(&self, image: &ClusterImage) -> Assignment {
        match self.is_unsure {
            true => Assignment::default(),
            false => self.owned.filtered(|topic, _| image.topic_by_id(topic).is_some()),
        }
    }

    pub fn leave(&self) -> GroupRequest {
        let leaver = Leaver { member: self.id.clone(), instance: self.instance.clone() };
        GroupRequest::Leave(LeaveGroup { group: "g".to_owned(), members: vec![leaver] })
    }

    fn protocol(&self) -> &'static str {
        if self.is_cooperative { "cooperative-sticky" } else { "range" }
    }

    fn join(&mut self, image: &ClusterImage) -> GroupRequest {
        // Whoever subscribes to something else while it waits has to join once more.
        self.must_join = false;
        let subscription = ConsumerProtocolSubscription {
            topics: self.names.clone(),
            owned_partitions: by_name(&self.owned, image),
            generation_id: self.generation,
            ..Default::default()
        };
        let metadata = consumer_protocol::write(&subscription, VERSION);
        GroupRequest::Join(JoinGroup {
            group: "g".to_owned(),
            member: self.id.clone(),
            instance: self.instance.clone(),
            client_id: self.name.clone(),
            client_host: "/127.0.0.1".to_owned(),
            session_timeout_ms: SESSION_TIMEOUT.as_millis() as i32,
            rebalance_timeout_ms: REBALANCE_TIMEOUT.as_millis() as i32,
            protocol_type: CONSUMER_PROTOCOL_TYPE.to_owned(),
            protocols: vec![Protocol { name: self.protocol().to_owned(), metadata }],
            can_be_told_its_id: self.can_be_told_its_id,
            can_skip_assignment: true,
        })
    }

    fn sync(&self, assignments: HashMap<String, Bytes>) -> GroupRequest {
        GroupRequest::Sync(SyncGroup {
            group: "g".to_owned(),
            generation: self.generation,
            member: self.id.clone(),
            instance: self.instance.clone(),
            protocol_type: Some(CONSUMER_PROTOCOL_TYPE.to_owned()),
            protocol: Some(self.protocol().to_owned()),
            assignments,
        })
    }

    fn beat(&mut self, now: Timestamp, image: &ClusterImage) -> Option<GroupRequest> {
        if self.assigned_by.as_ref().is_some_and(|before| *before != leader::counts(before.keys(), image)) {
            // A leader looks after the topics.
            self.joins_again(now);
            return None;
        }
        Some(GroupRequest::Heartbeat(Heartbeat {
            group: "g".to_owned(),
            generation: self.generation,
            member: self.id.clone(),
            instance: self.instance.clone(),
        }))
    }

    fn read(&mut self, reply: GroupReply, now: Timestamp, image: &ClusterImage, takes: Duration) {
        match reply {
            GroupReply::Join(Ok(joined)) => self.has_joined(joined, image),
            GroupReply::Join(Err(JoinRefused { code: ErrorCode::MemberIdRequired, member })) => {
                self.id = member;
                self.joins_again(now);
            }
            GroupReply::Sync(Ok(synced)) => self.has_synced(&synced.assignment, now, image, takes),
            GroupReply::Heartbeat(Ok(())) => {}
            GroupReply::Join(Err(JoinRefused { code, .. }))
            | GroupReply::Sync(Err(code))
            | GroupReply::Heartbeat(Err(code)) => self.is_refused(code, now),
            other => panic!("{} hears {other:?}", self.name),
        }
    }

    fn has_joined(&mut self, joined: Joined, image: &ClusterImage) {
        assert_eq!(joined.protocol.as_deref(), Some(self.protocol()));
        self.id = joined.member.clone();
        self.generation = joined.generation;
        let leads = !joined.members.is_empty();
        assert_eq!(leads, joined.leader == self.id, "{joined:?}");
        self.assigned_by = leads.then(|| leader::topics_of(&joined.members, image));
        let assigns = leads && !joined.skip_assignment;
        let assignments =
            if assigns { leader::assign(&joined.members, image, self.is_cooperative) } else { HashMap::new() };
        self.doing = Doing::Syncs(assignments);
    }

    fn has_synced(&mut self, assignment: &Bytes, now: Timestamp, image: &ClusterImage, takes: Duration) {
        let told = told(assignment, image);
        self.may_be_fenced = false;
        if self.is_cooperative && !self.owned.is_subset_of(&told) {
            self.wanted = Some(told);
            self.must_join = true;
            self.doing = Doing::GivesBack { until: now + takes };
        } else {
            self.owned = told;
            self.is_unsure = false;
        }
    }

    fn is_refused(&mut self, code: ErrorCode, now: Timestamp) {
        self.joins_again(now + RETRY_PAUSE);
        match code {
            ErrorCode::RebalanceInProgress => {}
            ErrorCode::UnknownMemberId => self.is_nobody(),
            // It ends, as with Kafka, and somebody starts it again.
            ErrorCode::FencedInstanceId if self.may_be_fenced => self.is_nobody(),
            ErrorCode::IllegalGeneration => self.loses_all(),
            code => panic!("{} hears {code}", self.name),
        }
    }

    fn is_nobody(&mut self) {
        self.id = String::new();
        self.loses_all();
    }

    fn loses_all(&mut self) {
        self.generation = -1;
        self.owned = Assignment::default();
        self.wanted = None;
        self.is_unsure = false;
        self.assigned_by = None;
    }
}

fn told(assignment: &Bytes, image: &ClusterImage) -> Assignment {
    let told = match assignment.is_empty() {
        true => ConsumerProtocolAssignment::default(),
        false => consumer_protocol::read(assignment).unwrap(),
    };
    by_id(&told.assigned_partitions, image)
}

/// Of the topics that exist.
pub fn by_name(assignment: &Assignment, image: &ClusterImage) -> Vec<TopicPartitions> {
    let topics = assignment.topics().filter_map(|(id, partitions)| {
        let topic = image.topic_by_id(id)?.name.clone();
        Some(TopicPartitions { topic, partitions: partitions.iter().copied().collect() })
    });
    topics.collect()
}

pub fn by_id(topics: &[TopicPartitions], image: &ClusterImage) -> Assignment {
    let known = topics.iter().filter_map(|topic| Some((image.topic(&topic.topic)?.id, &topic.partitions)));
    known.flat_map(|(id, partitions)| partitions.iter().map(move |partition| (id, *partition))).collect()
}
