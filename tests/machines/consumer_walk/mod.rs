//! Consumers that come, leave, die, fall silent and subscribe to something else, topics that grow, appear and vanish, a
//! broker that restarts, answers that are lost. At every step no partition has two owners, nobody reads what the
//! coordinator gave to somebody else, and no epoch goes back; when it is quiet for a while, every partition that somebody
//! subscribes to has exactly one owner, and nobody is stuck.
//!
//! `KAVKA_WALKS=1000` is more than the usual 10 walks; `KAVKA_WALK=17` is that one alone, told step by step.

mod coordinator;
mod member;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kavka::broker::coordinators::group::consumer::{
    ConsumerHeartbeat, ConsumerHeartbeatReply, DescribeConsumerGroups, DescribedConsumerGroup, DescribedConsumerMember,
};
use kavka::broker::coordinators::group::{GroupReply, GroupRequest};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use coordinator::Coordinator;
use member::Consumer;

const STEPS: usize = 2000;
/// After so many steps nothing is done but heartbeats.
const BETWEEN_QUIETS: usize = 400;
/// Longer than every timeout.
const QUIET: Duration = Duration::from_secs(300);
const HEARTBEAT: Duration = Duration::from_secs(5);
const TOPICS: [&str; 5] = ["t", "tt", "u", "v", "w"];

/// What must have happened now and then, else the test shows nothing.
const OUTCOMES: [&str; 13] = [
    "joined",
    "left",
    "left for a while",
    "came back as another",
    "died",
    "fell silent",
    "subscribed",
    "subscribed by an expression",
    "a topic grew",
    "a topic vanished",
    "restarted",
    "an answer was lost",
    "fenced",
];

struct Walk {
    random: StdRng,
    coordinator: Coordinator,
    consumers: Vec<Consumer>,
    /// Those that are to be there at most.
    crowd: usize,
    made: usize,
    checks: usize,
    group_epoch: i32,
    epochs: BTreeMap<String, i32>,
    seen: BTreeMap<&'static str, usize>,
    is_told: bool,
    is_quiet: bool,
}

impl Walk {
    fn new(seed: u64, is_told: bool) -> Walk {
        let mut random = StdRng::seed_from_u64(seed);
        let crowd = if seed % 10 == 9 { 100 } else { random.random_range(2..10) };
        let mut coordinator = Coordinator::new();
        coordinator.set_topic("t", random.random_range(1..20));
        coordinator.set_topic("u", random.random_range(1..6));
        Walk {
            random,
            coordinator,
            consumers: Vec::new(),
            crowd,
            made: 0,
            checks: 0,
            group_epoch: 0,
            epochs: BTreeMap::new(),
            seen: BTreeMap::new(),
            is_told,
            is_quiet: false,
        }
    }

    fn saw(&mut self, what: &'static str, who: &str) {
        *self.seen.entry(what).or_default() += 1;
        if self.is_told {
            println!("{:>9} {who} {what}", self.coordinator.now.millis() % 1_000_000_000);
        }
    }

    /// The next thing that happens: somebody's heartbeat, a deadline, or something new.
    fn step(&mut self) {
        if !self.is_quiet && self.random.random_bool(0.15) {
            self.disturb();
        }
        let next = self.consumers.iter().map(Consumer::next_moment).min();
        let second = self.coordinator.now + Duration::from_secs(1);
        let moment = next.into_iter().chain(self.coordinator.next_deadline()).chain([second]).min().unwrap_or(second);
        self.coordinator.advance_to(moment);
        let now = self.coordinator.now;
        let Some(at) = self.consumers.iter().position(|consumer| consumer.next_moment() <= now) else { return };
        self.consumers[at].go_on(now);
        if self.consumers[at].next_beat <= now {
            self.beat(at);
        }
    }

    fn beat(&mut self, at: usize) {
        let now = self.coordinator.now;
        let request = self.consumers[at].request();
        let reply = self.heartbeat(request);
        self.consumers[at].next_beat = now + HEARTBEAT;
        if !self.is_quiet && self.random.random_bool(0.02) {
            self.consumers[at].loses_the_answer();
            return self.saw("an answer was lost", "");
        }
        let takes = Duration::from_millis(*[0, 0, 300, 4000, 40_000].choose(&mut self.random).unwrap());
        let takes = if self.is_quiet { Duration::ZERO } else { takes };
        self.consumers[at].hears(&reply, now, takes);
        if reply.is_err() {
            self.saw("fenced", "");
        }
    }

    fn heartbeat(&mut self, request: ConsumerHeartbeat) -> ConsumerHeartbeatReply {
        if self.is_told {
            println!("{:>9} {request:?}", self.coordinator.now.millis() % 1_000_000_000);
        }
        match self.coordinator.ask(GroupRequest::ConsumerHeartbeat(request)).1 {
            Some(GroupReply::ConsumerHeartbeat(reply)) => {
                if self.is_told {
                    println!("          {reply:?}");
                }
                reply
            }
            other => panic!("{other:?}"),
        }
    }

    fn disturb(&mut self) {
        match self.random.random_range(0..100) {
            0..30 if self.consumers.len() < self.crowd => self.join(),
            0..36 => self.leave(),
            36..42 => self.leave_for_a_while(),
            42..47 => {
                if let Some(gone) = self.anybody() {
                    self.consumers.remove(gone);
                    self.saw("died", "");
                }
            }
            47..60 => {
                if let Some(at) = self.anybody() {
                    let silence = Duration::from_secs(self.random.random_range(1..90));
                    self.consumers[at].silent_until = self.coordinator.now + silence;
                    self.saw("fell silent", "");
                }
            }
            60..80 => {
                if let Some(at) = self.anybody() {
                    self.subscribe(at);
                }
            }
            80..90 => self.change_topics(),
            90..94 => {
                self.coordinator.restart();
                self.saw("restarted", "");
            }
            _ => {}
        }
    }

    fn anybody(&mut self) -> Option<usize> {
        (!self.consumers.is_empty()).then(|| self.random.random_range(0..self.consumers.len()))
    }

    fn join(&mut self) {
        self.made += 1;
        let id = format!("m{}", self.made);
        let free = |instance: &String| !self.consumers.iter().any(|c| c.instance.as_ref() == Some(instance));
        let instances: Vec<String> = (0..3).map(|number| format!("i{number}")).filter(free).collect();
        let instance = if self.random.random_bool(0.3) { instances.choose(&mut self.random).cloned() } else { None };
        self.consumers.push(Consumer::new(id, instance, self.coordinator.now));
        self.subscribe(self.consumers.len() - 1);
        self.saw("joined", "");
    }

    fn subscribe(&mut self, at: usize) {
        if self.random.random_bool(0.2) {
            let regex = ["t.*", "u|v", "none", ".*"].choose(&mut self.random).unwrap().to_string();
            self.consumers[at].subscribe(Vec::new(), Some(regex));
            return self.saw("subscribed by an expression", "");
        }
        let alike = self.random.random_bool(0.5);
        let mut names: Vec<String> = Vec::new();
        for topic in TOPICS {
            if if alike { topic != "w" } else { self.random.random_bool(0.5) } {
                names.push(topic.to_owned());
            }
        }
        self.consumers[at].subscribe(names, None);
        self.saw("subscribed", "");
    }

    fn leave(&mut self) {
        let Some(at) = self.anybody() else { return };
        let gone = self.consumers.remove(at);
        let _ = self.heartbeat(ConsumerHeartbeat { epoch: -1, ..gone.request() });
        self.saw("left", &gone.id);
    }

    /// A static member goes, and perhaps comes back as a new process.
    fn leave_for_a_while(&mut self) {
        let is_static = |consumer: &Consumer| consumer.instance.is_some() && consumer.epoch > 0;
        let Some(at) = self.consumers.iter().position(is_static) else { return };
        let gone = self.consumers.remove(at);
        let answered = self.heartbeat(ConsumerHeartbeat { epoch: -2, ..gone.request() });
        self.epochs.remove(&gone.id);
        self.saw("left for a while", &gone.id);
        if answered.is_ok() && self.random.random_bool(0.7) {
            self.made += 1;
            let wait = Duration::from_secs(self.random.random_range(0..60));
            let mut back = Consumer::new(format!("m{}", self.made), gone.instance, self.coordinator.now);
            (back.names, back.regex) = (gone.names, gone.regex);
            back.silent_until = self.coordinator.now + wait;
            self.consumers.push(back);
            self.saw("came back as another", "");
        }
    }

    fn change_topics(&mut self) {
        let topic = *TOPICS.choose(&mut self.random).unwrap();
        let before = self.coordinator.image.topic(topic).map_or(0, |topic| topic.partitions.len());
        if before > 0 && self.random.random_bool(0.3) {
            self.coordinator.drop_topic(topic);
            return self.saw("a topic vanished", topic);
        }
        self.coordinator.set_topic(topic, before + self.random.random_range(1..4));
        self.saw("a topic grew", topic);
    }

    fn described(&mut self) -> Option<(i32, &'static str, Vec<DescribedConsumerMember>)> {
        let asked = GroupRequest::DescribeConsumer(DescribeConsumerGroups { groups: vec!["g".to_owned()] });
        match self.coordinator.ask(asked).1 {
            Some(GroupReply::DescribeConsumer(mut groups)) => match groups.pop() {
                Some(DescribedConsumerGroup::Known { epoch, state, members, .. }) => Some((epoch, state, members)),
                _ => None,
            },
            other => panic!("{other:?}"),
        }
    }

    /// What holds at every moment.
    fn check(&mut self) {
        // In a crowd it takes long to look at everybody.
        self.checks += 1;
        if self.crowd > 20 && !self.checks.is_multiple_of(25) {
            return;
        }
        let Some((epoch, _, members)) = self.described() else { return };
        assert!(epoch >= self.group_epoch, "the group's epoch went back from {} to {epoch}", self.group_epoch);
        self.group_epoch = epoch;
        let mut held = BTreeSet::new();
        for DescribedConsumerMember { member, .. } in &members {
            for place in member.held() {
                assert!(held.insert(place), "{place:?} is held twice");
            }
            let before = self.epochs.insert(member.id.clone(), member.epoch);
            let may_fall = member.epoch == -2;
            assert!(may_fall || before.is_none_or(|before| before <= member.epoch), "{} went back", member.id);
        }
        self.epochs.retain(|id, _| members.iter().any(|described| described.member.id == *id));
        for consumer in self.consumers.iter().filter(|consumer| consumer.epoch > 0) {
            // One that the coordinator has given up does not know that yet.
            let Some(known) = members.iter().find(|described| described.member.id == consumer.id) else { continue };
            let known = &known.member;
            let is_its = |(topic, partition)| known.held().any(|place| place == (topic, partition));
            assert!(consumer.owned.iter().all(is_its), "{} reads what is not its: {consumer:?} {known:?}", consumer.id);
        }
    }

    /// Everybody wakes up, nothing else happens, and then everything has its owner.
    fn rest(&mut self) {
        self.is_quiet = true;
        let now = self.coordinator.now;
        for consumer in &mut self.consumers {
            consumer.silent_until = now;
        }
        let end = now + QUIET;
        while self.coordinator.now < end && !self.consumers.is_empty() {
            self.step();
            self.check();
        }
        self.coordinator.advance_to(end);
        self.check_rest();
        self.is_quiet = false;
    }

    fn check_rest(&mut self) {
        let members = self.described().map_or(Vec::new(), |(_, state, members)| {
            let expected = if members.is_empty() { "Empty" } else { "Stable" };
            assert_eq!(state, expected, "{members:#?}");
            members
        });
        assert_eq!(members.len(), self.consumers.len(), "{members:?} {:?}", self.consumers);
        let image = &self.coordinator.image;
        let mut owned = BTreeSet::new();
        let mut subscribed = BTreeSet::new();
        for consumer in &self.consumers {
            let known = members.iter().find(|described| described.member.id == consumer.id).unwrap();
            assert!(consumer.is_settled(), "{consumer:?} is stuck");
            assert_eq!(consumer.owned, known.member.assigned, "{}", consumer.id);
            assert_eq!(known.member.assigned, known.target, "{}", consumer.id);
            assert_eq!(consumer.epoch, known.member.epoch);
            owned.extend(consumer.owned.iter());
            let whole = consumer.regex.as_deref().map(|regex| regex::Regex::new(&format!("^(?:{regex})$")).unwrap());
            let wants = |name: &str| {
                consumer.names.iter().any(|wanted| wanted == name)
                    || whole.as_ref().is_some_and(|whole| whole.is_match(name))
            };
            for topic in image.topics.values().filter(|topic| wants(&topic.name)) {
                subscribed.extend((0..topic.partitions.len()).map(|partition| (topic.id, partition as i32)));
            }
        }
        assert_eq!(owned, subscribed, "what is owned is not what is subscribed");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn in_consumer_groups_every_partition_has_one_owner_and_nobody_is_stuck() {
    let walks = match number("KAVKA_WALK") {
        Some(one) => one..one + 1,
        None => 0..number("KAVKA_WALKS").unwrap_or(10),
    };
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut steps = 0;
    for seed in walks.clone() {
        let mut walk = Walk::new(seed, number("KAVKA_WALK").is_some());
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for step in 1..=STEPS {
                walk.step();
                walk.check();
                if step % BETWEEN_QUIETS == 0 {
                    walk.rest();
                }
            }
        }));
        assert!(run.is_ok(), "walk {seed} went wrong; KAVKA_WALK={seed} tells it");
        walk.seen.iter().for_each(|(what, count)| *seen.entry(what).or_default() += count);
        steps += STEPS;
    }
    println!("{steps} steps: {seen:?}");
    if walks.count() > 5 {
        assert!(OUTCOMES.iter().all(|what| seen.contains_key(what)), "what these consumers do leads nowhere: {seen:?}");
    }
}
