//! What was said, as text that is the same for every cluster: ids, addresses and names of this run are replaced.
//!
//! What must be said is in `recorded/`: the answers of Apache Kafka 4.2.1. `KAVKA_BLESS=1` together with
//! `KAVKA_CONFORMANCE_BOOTSTRAP` records those of another cluster; only Apache's broker is worth it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "whatever goes wrong here ends the test")]

use std::fmt::Debug;
use std::fs;

use regex::Regex;

pub struct Transcript {
    /// Stands in front of every name that the run uses.
    run: String,
    /// Random parts in the order of their appearance.
    seen: Vec<String>,
    text: String,
}

impl Transcript {
    pub fn new(run: &str) -> Transcript {
        Transcript { run: run.to_owned(), seen: Vec::new(), text: String::new() }
    }

    pub fn heading(&mut self, sentence: &str) {
        self.text += &format!("\n# {sentence}\n");
    }

    pub fn line(&mut self, asked: &str, answer: &impl Debug) {
        let line = format!("{asked}\n    {answer:?}\n");
        let line = self.neutral(&line);
        self.text += &line;
    }

    fn neutral(&mut self, line: &str) -> String {
        let mut line = line.replace(&self.run, "");
        let random = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
        for found in random.find_iter(&line.clone()) {
            let at = self.seen.iter().position(|seen| seen == found.as_str()).unwrap_or_else(|| {
                self.seen.push(found.as_str().to_owned());
                self.seen.len() - 1
            });
            line = line.replace(found.as_str(), &format!("<{}>", at + 1));
        }
        // Fields that say where and when, not what.
        for field in ["topic_id: [A-Za-z0-9_-]{22}", "host: \"[^\"]+\"", "port: [0-9]+", "throttle_time_ms: [0-9]+"] {
            let (name, _) = field.split_once(' ').unwrap();
            line = Regex::new(field).unwrap().replace_all(&line, format!("{name} …")).into_owned();
        }
        line
    }

    /// Compares with what was recorded, or records.
    pub fn end(self, recording: &str) {
        let path = format!("{}/tests/conformance/recorded/{recording}.txt", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("KAVKA_BLESS").is_some() {
            assert!(std::env::var_os("KAVKA_CONFORMANCE_BOOTSTRAP").is_some(), "only another cluster can be recorded");
            fs::write(path, self.text).unwrap();
            return;
        }
        let recorded = fs::read_to_string(path).unwrap();
        let mut differences = String::new();
        for (expected, got) in recorded.lines().zip(self.text.lines()).filter(|(expected, got)| expected != got) {
            differences += &format!("recorded {expected}\n     got {got}\n");
        }
        assert_eq!(recorded.lines().count(), self.text.lines().count(), "{differences}");
        assert!(differences.is_empty(), "{differences}");
        println!("{} answers as recorded", self.text.lines().filter(|line| line.starts_with("    ")).count());
    }
}
