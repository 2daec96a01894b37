//! What must hold: at every moment, and when it has been quiet.

use std::collections::{BTreeMap, BTreeSet};

use kavka::broker::coordinators::group::consumer::{
    DescribeConsumerGroups, DescribedConsumerGroup, DescribedConsumerMember,
};
use kavka::broker::coordinators::group::{DescribeGroups, DescribedGroup, GroupReply, GroupRequest};

use super::Walk;
use super::client::Client;

/// The group as the coordinator describes it.
enum Described {
    Consumer { epoch: i32, state: &'static str, members: Vec<DescribedConsumerMember> },
    Classic { state: &'static str, members: BTreeSet<String> },
    Absent,
}

impl Described {
    fn is_empty(&self) -> bool {
        match self {
            Described::Consumer { members, .. } => members.is_empty(),
            Described::Classic { members, .. } => members.is_empty(),
            Described::Absent => true,
        }
    }

    fn knows(&self, id: &str) -> bool {
        match self {
            Described::Consumer { members, .. } => members.iter().any(|described| described.member.id == id),
            Described::Classic { members, .. } => members.contains(id),
            Described::Absent => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Consumer,
    Classic { is_stable: bool },
}

/// What was seen until now.
#[derive(Default)]
pub struct Seen {
    checks: usize,
    /// Of a group that has members.
    kind: Option<Kind>,
    group_epoch: i32,
    epochs: BTreeMap<String, i32>,
}

impl Seen {
    /// A member's epoch, or the generation that it is told.
    fn hear_epoch(&mut self, id: &str, epoch: i32) {
        let before = self.epochs.insert(id.to_owned(), epoch);
        assert!(
            epoch == -2 || before.is_none_or(|before| before <= epoch),
            "{id} went back from {before:?} to {epoch}"
        );
    }

    pub fn hear(&mut self, reply: &GroupReply) {
        if let GroupReply::Join(Ok(joined)) = reply {
            self.hear_epoch(&joined.member, joined.generation);
            if matches!(self.kind, Some(Kind::Classic { .. })) {
                self.group_epoch = self.group_epoch.max(joined.generation);
            }
        }
    }

    pub fn forget(&mut self, id: &str) {
        self.epochs.remove(id);
    }

    /// What a classic group has not settled is forgotten with the process.
    pub fn restarts(&mut self) {
        if self.kind == Some(Kind::Classic { is_stable: false }) {
            self.begins_anew();
        }
    }

    /// A group of which nobody is left may be of another kind tomorrow, with epochs of its own.
    fn begins_anew(&mut self) {
        (self.kind, self.group_epoch) = (None, 0);
        self.epochs.clear();
    }
}

impl Walk {
    fn described(&mut self) -> Described {
        let groups = || vec!["g".to_owned()];
        let asked = GroupRequest::DescribeConsumer(DescribeConsumerGroups { groups: groups() });
        if let Some(GroupReply::DescribeConsumer(mut described)) = self.coordinator.ask(asked).1
            && let Some(DescribedConsumerGroup::Known { epoch, state, members, .. }) = described.pop()
        {
            return Described::Consumer { epoch, state, members };
        }
        let asked = GroupRequest::Describe(DescribeGroups { groups: groups() });
        match self.coordinator.ask(asked).1 {
            Some(GroupReply::Describe(mut described)) => match described.pop() {
                Some(DescribedGroup::Known { state, members, .. }) => {
                    Described::Classic { state, members: members.into_iter().map(|member| member.id).collect() }
                }
                _ => Described::Absent,
            },
            other => panic!("{other:?}"),
        }
    }

    /// What holds at every moment.
    pub fn check(&mut self) {
        // In a crowd it takes long to look at everybody.
        self.checked.checks += 1;
        if self.crowd > 20 && !self.checked.checks.is_multiple_of(100) {
            return;
        }
        let described = self.described();
        self.check_epochs(&described);
        self.check_owners(&described);
    }

    fn check_epochs(&mut self, described: &Described) {
        // All may have gone and others come in one step.
        let is_anybody_left = self.checked.epochs.keys().any(|id| described.knows(id));
        if described.is_empty() || !is_anybody_left {
            self.checked.begins_anew();
        }
        if described.is_empty() {
            return;
        }
        let kind = match described {
            Described::Classic { state, .. } => Kind::Classic { is_stable: *state == "Stable" },
            _ => Kind::Consumer,
        };
        match (self.checked.kind.replace(kind), kind) {
            (Some(Kind::Classic { .. }), Kind::Consumer) => self.saw("the group was upgraded with members", ""),
            (Some(Kind::Consumer), Kind::Classic { .. }) => self.saw("the group was downgraded with members", ""),
            _ => {}
        }
        if let Described::Consumer { epoch, members, .. } = described {
            let before = std::mem::replace(&mut self.checked.group_epoch, *epoch);
            assert!(*epoch >= before, "the group's epoch went back from {before} to {epoch}");
            for DescribedConsumerMember { member, .. } in members {
                self.checked.hear_epoch(&member.id, member.epoch);
            }
        }
        self.checked.epochs.retain(|id, _| described.knows(id));
    }

    fn check_owners(&self, described: &Described) {
        // One that the coordinator has given up does not know that yet.
        let members: Vec<&Client> =
            self.clients.iter().filter(|client| client.has_joined() && described.knows(client.id())).collect();
        let mut owners = BTreeMap::new();
        for client in &members {
            for place in client.surely_owned(&self.coordinator.image).iter() {
                if let Some(other) = owners.insert(place, client.id()) {
                    panic!("{other} and {} both read {place:?}", client.id());
                }
            }
        }
        let Described::Consumer { members: known, .. } = described else { return };
        let mut held = BTreeSet::new();
        for DescribedConsumerMember { member, .. } in known {
            for place in member.held() {
                assert!(held.insert(place), "{place:?} is held twice");
            }
        }
        for client in members {
            let known = &known.iter().find(|described| described.member.id == client.id()).unwrap().member;
            let held: BTreeSet<_> = known.held().collect();
            let is_its = |place| held.contains(&place);
            assert!(
                client.surely_owned(&self.coordinator.image).iter().all(is_its),
                "{} reads what is not its: {client:?} {known:?}",
                client.id()
            );
        }
    }

    pub fn check_rest(&mut self) {
        let described = self.described();
        let (state, count) = match &described {
            Described::Consumer { state, members, .. } => (*state, members.len()),
            Described::Classic { state, members } => (*state, members.len()),
            Described::Absent => ("Empty", 0),
        };
        assert_eq!(count, self.clients.len(), "not everybody is a member: {:?}", self.clients);
        assert_eq!(state, if count == 0 { "Empty" } else { "Stable" }, "{:#?}", self.clients);
        let classic = self.clients.iter().filter(|client| client.is_classic()).count();
        match &described {
            Described::Consumer { members, .. } => self.check_consumers(members),
            Described::Classic { .. } => assert_eq!(classic, count, "a group of {:?}", self.clients),
            Described::Absent => {}
        }
        match classic {
            0 => {}
            _ if classic == count => self.saw("at rest with classic members only", ""),
            _ => self.saw("at rest with members of both kinds", ""),
        }
        for client in &self.clients {
            assert!(client.is_settled() && client.has_joined(), "{client:?} is stuck");
            assert!(described.knows(client.id()), "{client:?} is nobody");
        }
        let owned: Vec<_> = self.clients.iter().flat_map(|client| client.owned().iter()).collect();
        let once: BTreeSet<_> = owned.iter().copied().collect();
        assert_eq!(owned.len(), once.len(), "a partition has two owners");
        assert_eq!(once, self.subscribed(), "what is owned is not what is subscribed: {:#?}", self.clients);
    }

    fn check_consumers(&self, members: &[DescribedConsumerMember]) {
        for client in &self.clients {
            let known = members.iter().find(|described| described.member.id == client.id()).unwrap();
            assert_eq!(*client.owned(), known.member.assigned, "{}", client.id());
            assert_eq!(known.member.assigned, known.target, "{}", client.id());
            assert_eq!(client.epoch(), known.member.epoch, "{}", client.id());
        }
    }

    /// Every partition that somebody wants.
    fn subscribed(&self) -> BTreeSet<(kavka::vocabulary::Uuid, i32)> {
        let mut subscribed = BTreeSet::new();
        for client in &self.clients {
            let (names, regex) = client.wants();
            let whole = regex.map(|regex| regex::Regex::new(&format!("^(?:{regex})$")).unwrap());
            let wants = |name: &str| {
                names.iter().any(|wanted| wanted == name) || whole.as_ref().is_some_and(|whole| whole.is_match(name))
            };
            for topic in self.coordinator.image.topics.values().filter(|topic| wants(&topic.name)) {
                subscribed.extend((0..topic.partitions.len()).map(|partition| (topic.id, partition as i32)));
            }
        }
        subscribed
    }
}
