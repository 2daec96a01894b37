//! One group and its clients of both protocols, that come, leave, die, fall silent, subscribe to something else and change
//! from one protocol to the other, one after the other; topics that grow, appear and vanish, a broker that restarts,
//! answers that are lost. At every step no partition has two owners, nobody reads what the coordinator gave to somebody
//! else, and no epoch goes back; when it is quiet for a while, every partition that somebody subscribes to has exactly
//! one owner, and nobody is stuck.
//!
//! `KAVKA_WALKS=500` is more than the usual 10 walks; `KAVKA_WALK=17` is that one alone, told step by step.

mod checks;
mod classic;
mod client;
mod consumer;
mod coordinator;
mod disturbances;
mod leader;

use std::collections::BTreeMap;
use std::time::Duration;

use kavka::broker::coordinators::group::consumer::{ConsumerHeartbeat, ConsumerHeartbeatReply};
use kavka::broker::coordinators::group::{GroupReply, GroupRequest};
use kavka::broker::machine::Ticket;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use checks::Seen;
use client::Client;
use coordinator::Coordinator;

const STEPS: usize = 2000;
/// After so many steps nothing is done but heartbeats.
const BETWEEN_QUIETS: usize = 400;
/// Longer than every timeout.
const QUIET: Duration = Duration::from_secs(300);
const HEARTBEAT: Duration = Duration::from_secs(5);
/// One walk in so many is of a crowd.
const CROWDS: u64 = 20;

/// What must have happened now and then, else the test shows nothing.
const OUTCOMES: [&str; 20] = [
    "joined",
    "joined, classic",
    "left",
    "left for a while",
    "came back as another",
    "changed its protocol",
    "changed its protocol, static",
    "died",
    "fell silent",
    "subscribed",
    "subscribed by an expression",
    "a topic grew",
    "a topic vanished",
    "restarted",
    "an answer was lost",
    "fenced",
    "the group was upgraded with members",
    "the group was downgraded with members",
    "at rest with members of both kinds",
    "at rest with classic members only",
];

struct Walk {
    random: StdRng,
    coordinator: Coordinator,
    clients: Vec<Client>,
    /// Those that are to be there at most.
    crowd: usize,
    /// How classic members of this group assign.
    is_cooperative: bool,
    /// How likely it is that somebody speaks the classic protocol; whoever does not fit changes over.
    classic: f64,
    made: usize,
    events: usize,
    checked: Seen,
    seen: BTreeMap<&'static str, usize>,
    is_told: bool,
    is_quiet: bool,
}

impl Walk {
    fn new(seed: u64, is_told: bool) -> Walk {
        let mut random = StdRng::seed_from_u64(seed);
        let crowd = if seed % CROWDS == 9 { 300 } else { random.random_range(2..12) };
        let mut coordinator = Coordinator::new();
        coordinator.set_topic("t", random.random_range(1..20));
        coordinator.set_topic("u", random.random_range(1..6));
        if crowd > 20 {
            coordinator.set_topic("v", 200);
        }
        Walk {
            is_cooperative: random.random(),
            classic: *[0.0, 0.5, 1.0].choose(&mut random).unwrap(),
            random,
            coordinator,
            clients: Vec::new(),
            crowd,
            made: 0,
            events: 0,
            checked: Seen::default(),
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

    /// The next thing that happens: somebody acts, a deadline, or something new.
    fn step(&mut self) {
        self.events += 1;
        if !self.is_quiet && self.random.random_bool(0.15) {
            self.disturb();
        }
        let next = self.clients.iter().filter_map(Client::next_moment).min();
        let second = self.coordinator.now + Duration::from_secs(1);
        let moment = next.into_iter().chain(self.coordinator.next_deadline()).chain([second]).min().unwrap_or(second);
        self.coordinator.advance_to(moment);
        self.deliver();
        let now = self.coordinator.now;
        let is_due = |client: &Client| client.next_moment().is_some_and(|moment| moment <= now);
        let Some(at) = self.clients.iter().position(is_due) else { return };
        if self.clients[at].is_classic() {
            self.act(at)
        } else {
            self.beat(at)
        }
        self.deliver();
    }

    /// How long somebody takes to give back partitions.
    fn takes(&mut self) -> Duration {
        let takes = Duration::from_millis(*[0, 0, 300, 4000, 40_000].choose(&mut self.random).unwrap());
        if self.is_quiet { Duration::ZERO } else { takes }
    }

    fn is_lost(&mut self) -> bool {
        !self.is_quiet && self.random.random_bool(0.02)
    }

    fn beat(&mut self, at: usize) {
        let now = self.coordinator.now;
        let Client::Consumer(consumer) = &mut self.clients[at] else { return };
        consumer.go_on(now);
        if consumer.next_beat > now {
            return;
        }
        let request = consumer.request();
        let reply = self.heartbeat(request);
        let (is_lost, takes) = (self.is_lost(), self.takes());
        let Client::Consumer(consumer) = &mut self.clients[at] else { return };
        consumer.next_beat = now + HEARTBEAT;
        if is_lost {
            consumer.loses_the_answer();
            return self.saw("an answer was lost", "");
        }
        consumer.hears(&reply, now, takes);
        if reply.is_err() {
            self.saw("fenced", "");
        }
    }

    fn heartbeat(&mut self, request: ConsumerHeartbeat) -> ConsumerHeartbeatReply {
        match self.ask(GroupRequest::ConsumerHeartbeat(request)).1 {
            Some(GroupReply::ConsumerHeartbeat(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }

    fn act(&mut self, at: usize) {
        let (now, takes) = (self.coordinator.now, self.takes());
        let Client::Classic(classic) = &mut self.clients[at] else { return };
        let Some(request) = classic.act(now, &self.coordinator.image, takes) else { return };
        let (ticket, reply) = self.ask(request);
        let Client::Classic(classic) = &mut self.clients[at] else { return };
        classic.waits_for(ticket, now);
        if let Some(reply) = reply {
            self.tell(ticket, reply);
        }
    }

    fn ask(&mut self, request: GroupRequest) -> (Ticket, Option<GroupReply>) {
        if self.is_told {
            println!("{:>9} {request:?}", self.coordinator.now.millis() % 1_000_000_000);
        }
        self.coordinator.ask(request)
    }

    /// Hands out answers that had to wait.
    fn deliver(&mut self) {
        for (ticket, reply) in std::mem::take(&mut self.coordinator.late) {
            self.tell(ticket, reply);
        }
    }

    fn tell(&mut self, ticket: Ticket, reply: GroupReply) {
        self.checked.hear(&reply);
        let is_lost = self.is_lost();
        let (now, is_told) = (self.coordinator.now, self.is_told);
        let of = |client: &&mut Client| matches!(client, Client::Classic(classic) if classic.awaits(ticket));
        let Some(Client::Classic(classic)) = self.clients.iter_mut().find(of) else { return };
        if is_told {
            println!("          {} hears {reply:?}{}", classic.name, if is_lost { ", but does not" } else { "" });
        }
        match is_lost {
            true => classic.loses_the_answer(now),
            false => classic.is_answered(reply),
        }
        if is_lost {
            self.saw("an answer was lost", "");
        }
    }

    /// Everybody wakes up, nothing else happens, and then everything has its owner.
    fn rest(&mut self) {
        self.is_quiet = true;
        let now = self.coordinator.now;
        self.clients.iter_mut().for_each(|client| client.is_silent_until(now));
        self.let_somebody_lead();
        let end = now + QUIET;
        while self.coordinator.now < end && !self.clients.is_empty() {
            self.step();
            self.check();
        }
        self.coordinator.advance_to(end);
        self.check_rest();
        self.is_quiet = false;
    }

    /// Nobody looks after the topics of a classic group that a static member's return has made of a consumer group:
    /// none of its members knows that it leads. As with Kafka, that ends with the next rebalance.
    fn let_somebody_lead(&mut self) {
        let now = self.coordinator.now;
        let leads = |client: &Client| matches!(client, Client::Classic(classic) if classic.leads());
        if !self.clients.iter().any(leads)
            && let Some(Client::Classic(classic)) = self.clients.iter_mut().find(|client| client.is_classic())
        {
            classic.joins_again(now);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn in_a_group_of_both_protocols_every_partition_has_one_owner_and_nobody_is_stuck() {
    let walks = match number("KAVKA_WALK") {
        Some(one) => one..one + 1,
        None => 0..number("KAVKA_WALKS").unwrap_or(10),
    };
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut steps, mut events) = (0, 0);
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
        events += walk.events;
    }
    println!("{steps} steps, with those in quiet times {events}: {seen:?}");
    if walks.count() > 5 {
        let missing: Vec<_> = OUTCOMES.iter().filter(|what| !seen.contains_key(*what)).collect();
        assert!(missing.is_empty(), "what these clients do does not lead to {missing:?}: {seen:?}");
    }
}
