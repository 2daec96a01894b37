//! What happens to a group and its clients in restless times.

use std::time::Duration;

use kavka::broker::coordinators::group::consumer::ConsumerHeartbeat;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::Walk;
use super::classic::Classic;
use super::client::Client;
use super::consumer::Consumer;

const TOPICS: [&str; 5] = ["t", "tt", "u", "v", "w"];

impl Walk {
    pub fn disturb(&mut self) {
        match self.random.random_range(0..100) {
            0..30 if self.clients.len() < self.crowd => self.join(),
            0..34 => self.leave(),
            34..40 => self.leave_for_a_while(),
            40..45 => {
                if let Some(gone) = self.anybody() {
                    self.clients.remove(gone);
                    self.saw("died", "");
                }
            }
            45..57 => {
                if let Some(at) = self.anybody() {
                    let silence = Duration::from_secs(self.random.random_range(1..90));
                    self.clients[at].is_silent_until(self.coordinator.now + silence);
                    self.saw("fell silent", "");
                }
            }
            57..70 => {
                if let Some(at) = self.anybody() {
                    self.subscribe(at);
                }
            }
            70..80 => self.change_topics(),
            80..83 => self.restart(),
            83..85 => self.classic = *[0.0, 0.5, 1.0].choose(&mut self.random).unwrap(),
            85..98 => self.change_protocol(),
            _ => {}
        }
    }

    fn anybody(&mut self) -> Option<usize> {
        (!self.clients.is_empty()).then(|| self.random.random_range(0..self.clients.len()))
    }

    fn join(&mut self) {
        let free = |instance: &String| !self.clients.iter().any(|client| client.instance() == Some(instance));
        let instances: Vec<String> = (0..3).map(|number| format!("i{number}")).filter(free).collect();
        let instance = if self.random.random_bool(0.3) { instances.choose(&mut self.random).cloned() } else { None };
        let is_classic = self.random.random_bool(self.classic);
        self.enter(is_classic, instance);
        self.subscribe(self.clients.len() - 1);
        self.saw(if is_classic { "joined, classic" } else { "joined" }, "");
    }

    /// A new process, that has not said anything yet.
    fn enter(&mut self, is_classic: bool, instance: Option<String>) {
        self.made += 1;
        let (name, now) = (format!("m{}", self.made), self.coordinator.now);
        self.clients.push(match is_classic {
            false => Client::Consumer(Consumer::new(name, instance, now)),
            true => {
                let mut classic = Classic::new(name, instance, self.is_cooperative, now);
                classic.can_be_told_its_id = self.random.random_bool(0.9);
                Client::Classic(classic)
            }
        });
    }

    fn subscribe(&mut self, at: usize) {
        let now = self.coordinator.now;
        if !self.clients[at].is_classic() && self.random.random_bool(0.2) {
            let regex = ["t.*", "u|v", "none", ".*"].choose(&mut self.random).unwrap().to_string();
            if let Client::Consumer(consumer) = &mut self.clients[at] {
                consumer.subscribe(Vec::new(), Some(regex));
            }
            return self.saw("subscribed by an expression", "");
        }
        let alike = self.random.random_bool(0.5);
        let mut names: Vec<String> = Vec::new();
        for topic in TOPICS {
            if if alike { topic != "w" } else { self.random.random_bool(0.5) } {
                names.push(topic.to_owned());
            }
        }
        self.subscribe_to(at, names, now);
        self.saw("subscribed", "");
    }

    fn subscribe_to(&mut self, at: usize, names: Vec<String>, now: kavka::clock::Timestamp) {
        match &mut self.clients[at] {
            Client::Consumer(consumer) => consumer.subscribe(names, None),
            Client::Classic(classic) => classic.subscribe(names, now),
        }
    }

    fn leave(&mut self) {
        let Some(at) = self.anybody() else { return };
        let gone = self.clients.remove(at);
        self.say_goodbye(&gone);
        self.saw("left", gone.id());
    }

    fn say_goodbye(&mut self, gone: &Client) {
        match gone {
            Client::Consumer(consumer) => drop(self.heartbeat(ConsumerHeartbeat { epoch: -1, ..consumer.request() })),
            // Who has no id has nothing to leave.
            Client::Classic(classic) if classic.id.is_empty() => {}
            Client::Classic(classic) => drop(self.ask(classic.leave())),
        }
        self.deliver();
    }

    /// A static member goes, and perhaps comes back as a new process.
    fn leave_for_a_while(&mut self) {
        let is_static = |client: &Client| client.instance().is_some() && client.has_joined();
        let Some(at) = self.clients.iter().position(is_static) else { return };
        let gone = self.clients.remove(at);
        let is_let_go = self.go_away(&gone);
        self.saw("left for a while", gone.id());
        if is_let_go && self.random.random_bool(0.7) {
            let is_classic = gone.is_classic();
            self.come_back(&gone, is_classic);
            self.saw("came back as another", "");
        }
    }

    /// Whether a static member that goes for a while may come back at once. Those of the classic protocol say nothing.
    fn go_away(&mut self, gone: &Client) -> bool {
        let Client::Consumer(consumer) = gone else { return true };
        let answered = self.heartbeat(ConsumerHeartbeat { epoch: -2, ..consumer.request() });
        self.checked.forget(&consumer.id);
        answered.is_ok()
    }

    fn come_back(&mut self, gone: &Client, is_classic: bool) {
        let wait = Duration::from_secs(self.random.random_range(0..60));
        self.enter(is_classic, gone.instance().cloned());
        let (names, regex) = gone.wants();
        let at = self.clients.len() - 1;
        match (&mut self.clients[at], regex) {
            (Client::Consumer(consumer), Some(regex)) => consumer.subscribe(names.to_vec(), Some(regex.to_owned())),
            _ => self.subscribe_to(at, names.to_vec(), self.coordinator.now),
        }
        self.clients[at].is_silent_until(self.coordinator.now + wait);
    }

    /// A step of a rolling upgrade, or back: a process ends, and its next version speaks the other protocol.
    fn change_protocol(&mut self) {
        let is_classic = self.random.random_bool(self.classic);
        let is_other = |client: &Client| client.is_classic() != is_classic;
        let others: Vec<usize> = (0..self.clients.len()).filter(|at| is_other(&self.clients[*at])).collect();
        let Some(at) = others.choose(&mut self.random).copied() else { return };
        let gone = self.clients.remove(at);
        let is_static = gone.instance().is_some() && gone.has_joined();
        match is_static {
            true if !self.go_away(&gone) => return,
            true => {}
            false => self.say_goodbye(&gone),
        }
        self.come_back(&gone, is_classic);
        self.saw(if is_static { "changed its protocol, static" } else { "changed its protocol" }, "");
    }

    fn restart(&mut self) {
        self.checked.restarts();
        self.coordinator.restart();
        let now = self.coordinator.now;
        for client in &mut self.clients {
            if let Client::Classic(classic) = client {
                classic.loses_the_coordinator(now);
            }
        }
        self.saw("restarted", "");
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
}
