//! Clients that do anything at any time: whatever they do, every request is answered once, the log leads to the live
//! state (the stage looks after every step), and a group that is left alone comes to rest.

use std::collections::{BTreeMap, HashMap};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::groups::GroupScript;

const RUNS: u64 = 100;
const STEPS: usize = 150;
const NAMES: [&str; 5] = ["a", "b", "c", "d", "nobody"];
const GROUPS: [&str; 2] = ["g", "h"];

/// What must have happened now and then, else the test shows nothing.
const OUTCOMES: [&str; 19] = [
    "joined member",
    "members=[",
    "synced assignment",
    "skip-assignment",
    "fired   Session",
    "fired   Rebalance",
    "fired   SyncTimeout",
    "REBALANCE_IN_PROGRESS",
    "FENCED_INSTANCE_ID",
    "ILLEGAL_GENERATION",
    "NON_EMPTY_GROUP",
    "GROUP_SUBSCRIBED_TO_TOPIC",
    "tombstone",
    "pending ",
    "marker ",
    "UNSTABLE_OFFSET_COMMIT",
    "INVALID_PRODUCER_EPOCH",
    "INVALID_TXN_STATE",
    "COORDINATOR_LOAD_IN_PROGRESS",
];

/// Mostly they say what they were told; now and then anything.
struct Clients {
    random: StdRng,
    /// By group, from the last JoinGroup that was answered: generation and leader.
    told: HashMap<String, (i32, String)>,
}

impl Clients {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.choose(&mut self.random).unwrap()
    }

    fn is_honest(&mut self) -> bool {
        self.random.random_range(0..10) > 0
    }

    fn hears(&mut self, command: &str, lines: &[String]) {
        let word = |text: &str, name: &str| Some(text.split(name).nth(1)?.split([' ', ')']).next()?.to_owned());
        let mut group = word(command, "group=");
        for line in lines {
            // The timer of a new generation stands before the replies that tell of it.
            group = word(line, "SyncTimeout(").or(group);
            if line.contains(" joined ")
                && let (Some(group), Some(generation), Some(leader)) =
                    (&group, word(line, "generation="), word(line, "leader="))
            {
                self.told.insert(group.clone(), (generation.parse().unwrap(), leader));
            }
        }
    }

    fn command(&mut self) -> String {
        let group = self.pick(&GROUPS);
        let name = self.pick(&NAMES);
        let instance = match (self.is_honest(), name) {
            (true, "c") => " instance=i",
            (true, "d") => " instance=j",
            (true, _) => "",
            (false, _) => self.pick(&["", " instance=i", " instance=j"]),
        };
        let (told, leader) = self.told.get(group).cloned().unwrap_or((1, "a".to_owned()));
        let generation = if self.is_honest() { told } else { self.random.random_range(0..6) };
        match self.random.random_range(0..100) {
            0..15 => {
                let version = self.pick(&["3", "8", "9"]);
                let timeouts = self.pick(&["", " session=6s rebalance=8s", " session=30s rebalance=5s"]);
                format!("join group={group} as={name} v={version}{timeouts}{instance}")
            }
            15..40 => {
                let protocols = self.pick(&["range:t", "range:t", "range:u,sticky:t", "sticky:t,range:t"]);
                format!("join group={group} member={name} protocols={protocols}{instance}")
            }
            40..50 => {
                let instance = match leader.as_str() {
                    "c" => " instance=i",
                    "d" => " instance=j",
                    _ => "",
                };
                format!("sync group={group} member={leader} generation={generation} assign=a:A,b:B,c:C,d:D{instance}")
            }
            50..58 => {
                format!("sync group={group} member={name} generation={generation} assign=a:A,b:B,c:C,d:D{instance}")
            }
            58..68 => format!("heartbeat group={group} member={name} generation={generation}{instance}"),
            68..74 => format!("leave group={group} member={name}{instance}"),
            74..82 => format!("commit group={group} member={name} generation={generation} t-0={generation}"),
            82..84 if self.is_honest() => self.in_transaction(group, name, generation),
            82..84 => format!("commit group={group} t-0=1 u-0=2"),
            84..86 => format!("delete {group}"),
            86 => format!("delete-offsets group={group} t-0 u-0"),
            87 => format!("fetch group={group} stable t-0 u-0"),
            88 => format!("describe {group}"),
            89 => "restart".to_owned(),
            90..93 => self.in_transaction(group, name, generation),
            _ => format!(
                "advance {}",
                self.pick(&["0s", "0s", "0s", "0s", "100ms", "2s", "2s", "5s", "9s", "31s", "11m"])
            ),
        }
    }
}

impl Clients {
    fn in_transaction(&mut self, group: &str, name: &str, generation: i32) -> String {
        let producer = self.pick(&["7@0", "7@1", "8@0"]);
        let guarded = self.pick(&["", " guarded"]);
        match self.random.random_range(0..10) {
            0..2 => "watch".to_owned(),
            2..4 => format!("txn-commit group={group} producer={producer} u-0={generation}{guarded}"),
            4..7 => {
                let who = format!("member={name} generation={generation}");
                format!("txn-commit group={group} producer={producer} {who} t-0=1{guarded}")
            }
            7..9 => format!("end {producer} {}", self.pick(&["commit", "abort"])),
            _ => format!("end {producer} commit protocol=2"),
        }
    }
}

#[test]
fn whatever_clients_do_everybody_is_answered_once() {
    let mut seen: BTreeMap<&str, usize> = OUTCOMES.iter().map(|outcome| (*outcome, 0)).collect();
    for seed in 0..RUNS {
        let mut clients = Clients { random: StdRng::seed_from_u64(seed), told: HashMap::new() };
        let mut script = GroupScript::new();
        script.run("topic t u");
        script.run("watch");
        let mut commands = Vec::new();
        for _ in 0..STEPS {
            let command = clients.command();
            commands.push(command.clone());
            let lines = script.run(&command);
            clients.hears(&command, &lines);
            for line in lines {
                seen.iter_mut().filter(|(outcome, _)| line.contains(**outcome)).for_each(|(_, count)| *count += 1);
            }
        }
        // Every timeout that these clients can ask for is over by then, and nobody says anything any more.
        script.run("advance 1h");
        assert_eq!(script.stage.unanswered(), 0, "run {seed}: {commands:#?}");
        let rest = script.run("list").join("");
        assert!(!rest.contains("Rebalance") && !rest.contains("Stable"), "run {seed}: {rest} after {commands:#?}");
    }
    println!("{seen:?}");
    assert!(seen.values().all(|count| *count > 0), "what these clients do leads nowhere: {seen:?}");
}
