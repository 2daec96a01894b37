//! The live clients that recorded calls need: members of groups, deleted records (`% member`, `% stall`, `% leave`, `% delete-records`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

const PATIENCE: Duration = Duration::from_secs(30);

/// The clients of one broker; they leave with this value.
pub struct Live {
    settings: ClientConfig,
    members: HashMap<String, Member>,
}

struct Member {
    group: String,
    leaving: Arc<AtomicBool>,
    stalled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    pub fn new(server: &str) -> Live {
        let mut settings = ClientConfig::new();
        settings.set("bootstrap.servers", server);
        Live { settings, members: HashMap::new() }
    }

    /// Does the step if it is one of ours: NAME=VALUE words, and one without `=` that is the name.
    pub fn step(&mut self, words: &[String]) -> bool {
        let named: HashMap<&str, &str> =
            words[1..].iter().map(|word| word.split_once('=').unwrap_or(("name", word))).collect();
        match words[0].as_str() {
            "member" => self.member(&named),
            "stall" => self.members[named["name"]].stalled.store(true, Ordering::Relaxed),
            "leave" => {
                let member = self.members.remove(named["name"]).unwrap();
                let group = member.group.clone();
                drop(member);
                self.await_stable(&group);
            }
            "delete-records" => self.delete_records(&named),
            _ => return false,
        }
        true
    }

    fn member(&mut self, named: &HashMap<&str, &str>) {
        let mut settings = self.settings.clone();
        settings.set("client.id", named["name"]).set("group.id", named["group"]).set("enable.auto.commit", "false");
        settings
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", "10000")
            .set("heartbeat.interval.ms", "300");
        settings.set("partition.assignment.strategy", *named.get("assignor").unwrap_or(&"range"));
        if let Some(instance) = named.get("instance") {
            settings.set("group.instance.id", *instance);
        }
        let consumer: BaseConsumer = settings.create().unwrap();
        consumer.subscribe(&named["topics"].split(',').collect::<Vec<_>>()).unwrap();
        let leaving = Arc::new(AtomicBool::new(false));
        let stalled = Arc::new(AtomicBool::new(false));
        let told = (Arc::clone(&leaving), Arc::clone(&stalled));
        let thread = std::thread::spawn(move || {
            while !told.0.load(Ordering::Relaxed) {
                if told.1.load(Ordering::Relaxed) {
                    std::thread::park();
                } else {
                    consumer.poll(Duration::from_millis(100));
                }
            }
        });
        let member = Member { group: named["group"].to_owned(), leaving, stalled, thread: Some(thread) };
        self.members.insert(named["name"].to_owned(), member);
        match named.get("until") {
            Some(_) => self.await_state(named["group"], |state, _| state == "PreparingRebalance"),
            None => self.await_stable(named["group"]),
        }
    }

    /// The group has the members that live here and no others, each with its share.
    fn await_stable(&self, group: &str) {
        let expected = self.members.values().filter(|member| member.group == group).count();
        self.await_state(group, |state, members| {
            members == expected && (state == "Stable" || expected == 0 && state != "PreparingRebalance")
        });
    }

    fn await_state(&self, group: &str, is_reached: impl Fn(&str, usize) -> bool) {
        let observer: BaseConsumer = self.settings.create().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let told = observer.fetch_group_list(Some(group), PATIENCE).unwrap();
            let known = told.groups().first().map_or(("Dead", 0), |group| (group.state(), group.members().len()));
            if is_reached(known.0, known.1) {
                return;
            }
            assert!(Instant::now() < deadline, "group {group} is {known:?}");
        }
    }

    fn delete_records(&self, named: &HashMap<&str, &str>) {
        let admin: AdminClient<DefaultClientContext> = self.settings.create().unwrap();
        let mut before = TopicPartitionList::new();
        let offset = Offset::Offset(named["before"].parse().unwrap());
        before.add_partition_offset(named["topic"], named["partition"].parse().unwrap(), offset).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let deleted = runtime.block_on(admin.delete_records(&before, &AdminOptions::new())).unwrap();
        assert!(deleted.elements().iter().all(|element| element.error().is_ok()), "{deleted:?}");
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.leaving.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
