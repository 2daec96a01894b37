//! A consumer as clients are: it sends heartbeats, gives partitions back before it takes new ones, and joins again when
//! it is fenced. It may be slow, silent, dead; answers may be lost on the way.

use std::time::Duration;

use kavka::broker::coordinators::group::consumer::{Assignment, ConsumerHeartbeat, ConsumerHeartbeatReply};
use kavka::clock::Timestamp;
use kavka::protocol::ErrorCode;

pub const REBALANCE_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub struct Consumer {
    pub id: String,
    pub instance: Option<String>,
    pub names: Vec<String>,
    pub regex: Option<String>,
    pub epoch: i32,
    /// What it reads from.
    pub owned: Assignment,
    /// What it was last told to have.
    wanted: Assignment,
    /// When it has closed what it must give back.
    gives_back_at: Option<Timestamp>,
    /// Not all that it knows has reached the coordinator.
    says_all: bool,
    says_owned: bool,
    says_subscription: bool,
    pub next_beat: Timestamp,
    /// It does nothing until then.
    pub silent_until: Timestamp,
}

impl Consumer {
    pub fn new(id: String, instance: Option<String>, now: Timestamp) -> Consumer {
        Consumer {
            id,
            instance,
            names: Vec::new(),
            regex: None,
            epoch: 0,
            owned: Assignment::default(),
            wanted: Assignment::default(),
            gives_back_at: None,
            says_all: true,
            says_owned: false,
            says_subscription: false,
            next_beat: now,
            silent_until: now,
        }
    }

    pub fn subscribe(&mut self, names: Vec<String>, regex: Option<String>) {
        (self.names, self.regex) = (names, regex);
        self.says_subscription = true;
    }

    pub fn request(&self) -> ConsumerHeartbeat {
        let all = self.says_all || self.epoch == 0;
        ConsumerHeartbeat {
            group: "g".to_owned(),
            member: self.id.clone(),
            epoch: self.epoch,
            instance: self.instance.clone(),
            rack: None,
            rebalance_timeout_ms: if all { REBALANCE_TIMEOUT.as_millis() as i32 } else { -1 },
            names: (all || self.says_subscription).then(|| self.names.clone()),
            regex: (all || self.says_subscription).then(|| self.regex.clone().unwrap_or_default()),
            assignor: None,
            owned: (all || self.says_owned).then(|| self.owned.clone()),
            client_id: self.id.clone(),
            client_host: "/127.0.0.1".to_owned(),
            brings_its_id: true,
        }
    }

    /// No answer came: it does not know what the coordinator knows.
    pub fn loses_the_answer(&mut self) {
        self.says_all = true;
    }

    pub fn hears(&mut self, reply: &ConsumerHeartbeatReply, now: Timestamp, takes: Duration) {
        match reply {
            Ok(answer) => {
                assert!(self.epoch == 0 || answer.epoch >= self.epoch, "{} goes back to {}", self.id, answer.epoch);
                self.epoch = answer.epoch;
                (self.says_all, self.says_owned, self.says_subscription) = (false, false, false);
                if let Some(assignment) = &answer.assignment {
                    self.wanted = assignment.clone();
                    self.gives_back_at = Some(now + takes);
                }
                self.go_on(now);
            }
            Err(rejection) => match rejection.code {
                ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => self.starts_again(),
                ErrorCode::GroupIdNotFound => self.starts_again(),
                ErrorCode::UnreleasedInstanceId => {}
                code => panic!("{} hears {code} {:?}", self.id, rejection.message),
            },
        }
    }

    pub fn starts_again(&mut self) {
        self.epoch = 0;
        self.owned = Assignment::default();
        self.wanted = Assignment::default();
        self.gives_back_at = None;
    }

    /// Closes what it must, then opens what is new.
    pub fn go_on(&mut self, now: Timestamp) {
        if self.gives_back_at.is_none_or(|at| at > now) {
            return;
        }
        self.gives_back_at = None;
        if self.owned != self.wanted {
            self.owned = self.wanted.clone();
            self.says_owned = true;
            // Clients tell at once.
            self.next_beat = now;
        }
    }

    pub fn next_moment(&self) -> Timestamp {
        let next = self.gives_back_at.map_or(self.next_beat, |at| at.min(self.next_beat));
        next.max(self.silent_until)
    }

    pub fn is_settled(&self) -> bool {
        self.gives_back_at.is_none() && !self.says_owned
    }
}
