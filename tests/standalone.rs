//! The program on a local data directory: who hosts, who takes over, what stays behind, and what is refused.
//!
//! Every process is the real binary with an environment of its own. Nothing sleeps: a test waits for lines and for
//! ends of processes, each with a deadline.

#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Longer than anything takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// A home with a data directory for the processes of one test.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn kavka<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kavka"));
        for (name, _) in std::env::vars_os() {
            let of_kafka = name.to_str().is_some_and(|name| name.starts_with("KAFKA_") || name.starts_with("KAVKA_"));
            if of_kafka || name == "XDG_DATA_HOME" || name == "XDG_STATE_HOME" {
                command.env_remove(name);
            }
        }
        command.args(arguments).env("HOME", self.0.path()).env("KAVKA_DATA_DIR", self.data());
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command that must succeed and complain of nothing, and gives what it printed.
    fn run<const N: usize>(&self, arguments: [&str; N]) -> String {
        let output = self.kavka(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("warning"), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail with `code`, and gives what it said about that.
    fn fail<const N: usize>(&self, code: i32, arguments: [&str; N]) -> String {
        said(self.kavka(arguments).output().unwrap(), code)
    }
}

fn said(output: Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: "), "{text}");
    text
}

/// A process that is talked to while it runs; killed at the end of the test.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Running {
    fn start(mut command: Command) -> Running {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Running { stdin: child.stdin.take(), child, lines }
    }

    fn next_line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).expect("another line of output")
    }

    fn type_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Closes its input and waits for it to end.
    fn finish(&mut self) -> ExitStatus {
        self.stdin = None;
        // Its output ends when it does.
        while self.lines.recv_timeout(DEADLINE).is_ok() {}
        self.child.wait().unwrap()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn terminate(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.finish()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every file below a directory with its bytes, every directory with none.
fn content(directory: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut content(&path));
            found.insert(path, None);
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, Some(bytes));
        }
    }
    found
}

/// The process that hosts a directory.
fn host_pid(directory: &Path) -> u32 {
    let text = fs::read_to_string(directory.join(".kavka-host")).unwrap();
    let host: serde_json::Value = serde_json::from_str(&text).unwrap();
    host["pid"].as_u64().unwrap() as u32
}

#[test]
fn reading_leaves_the_directory_as_it_was_to_the_byte() {
    let home = Home::new();
    home.run(["topics", "--create", "--topic", "peter", "--partitions", "3"]);
    let before = content(&home.data());
    assert_eq!(home.run(["topics", "--list"]), "peter\n");
    home.run(["topics", "--describe", "--topic", "peter"]);
    assert_eq!(content(&home.data()), before);
    let names: Vec<_> = before.keys().filter_map(|path| path.file_name()).collect();
    assert!(names.iter().all(|name| *name != ".kavka-host"), "{names:?}");
}

#[test]
fn processes_that_race_for_a_new_directory_all_do_their_work() {
    let home = Home::new();
    let names: Vec<String> = (0..6).map(|i| format!("topic-{i}")).collect();
    let mut racing: Vec<Running> =
        names.iter().map(|name| Running::start(home.kavka(["topics", "--create", "--topic", name]))).collect();
    for process in &mut racing {
        assert!(process.finish().success());
    }
    assert_eq!(home.run(["topics", "--list"]), names.join("\n") + "\n");
}

#[test]
fn a_host_that_is_killed_is_followed_by_the_next_and_nothing_acknowledged_is_lost() {
    let home = Home::new();
    home.run(["topics", "--create", "--topic", "peter"]);
    let mut first = Running::start(home.kavka(["produce", "--topic", "peter", "--print-acks"]));
    first.type_line("one");
    assert!(first.next_line().contains("\"offset\":0"));
    assert_eq!(host_pid(&home.data()), first.child.id());
    let reader = Running::start(home.kavka(["consume", "--topic", "peter", "--from-beginning"]));
    assert_eq!(reader.next_line(), "one");
    let mut second = Running::start(home.kavka(["produce", "--topic", "peter", "--print-acks"]));
    second.type_line("two");
    assert!(second.next_line().contains("\"offset\":1"));
    assert_eq!(reader.next_line(), "two");

    first.kill();
    second.type_line("three");
    assert!(second.next_line().contains("\"offset\":2"));
    assert_eq!(reader.next_line(), "three");
    let next = host_pid(&home.data());
    assert!([second.child.id(), reader.child.id()].contains(&next));

    let (mut host, mut guest) = if next == second.child.id() { (second, reader) } else { (reader, second) };
    host.kill();
    assert_eq!(home.run(["topics", "--list"]), "peter\n");
    assert_eq!(host_pid(&home.data()), guest.child.id());
    let all = ["consume", "--topic", "peter", "--from-beginning", "--max-messages", "3"];
    assert_eq!(home.run(all), "one\ntwo\nthree\n");
    guest.kill();
    assert_eq!(home.run(all), "one\ntwo\nthree\n");
}

#[test]
fn a_host_that_ends_hands_over_to_a_process_that_goes_on() {
    let home = Home::new();
    home.run(["topics", "--create", "--topic", "peter"]);
    let mut host = Running::start(home.kavka(["produce", "--topic", "peter", "--print-acks"]));
    host.type_line("one");
    host.next_line();
    let mut guest = Running::start(home.kavka(["produce", "--topic", "peter", "--print-acks"]));
    guest.type_line("two");
    guest.next_line();
    assert!(host.finish().success());
    guest.type_line("three");
    assert!(guest.next_line().contains("\"offset\":2"));
    assert_eq!(host_pid(&home.data()), guest.child.id());
    assert!(guest.finish().success());
    assert!(!home.data().join(".kavka-host").exists());
}

#[test]
fn a_broker_says_when_it_is_ready_and_commands_find_it_by_its_directory() {
    let home = Home::new();
    let mut broker = Running::start(home.kavka(["broker", "start", "--port", "0"]));
    let ready = broker.next_line();
    let address = ready.strip_prefix("kavka broker ready on ").expect(&ready).to_owned();
    home.run(["topics", "--create", "--topic", "peter"]);
    assert_eq!(home.run(["topics", "--list", "--bootstrap-server", &address]), "peter\n");
    assert!(home.run(["broker", "status"]).contains(&address));
    let refused = home.fail(1, ["broker", "start", "--port", "0"]);
    assert!(refused.contains(&format!("process {}", broker.child.id())), "{refused}");
    assert_eq!(broker.terminate().code(), Some(143));
    home.fail(7, ["broker", "status"]);
    assert!(home.data().join(".kafka_cleanshutdown").exists());
    assert_eq!(home.run(["topics", "--list"]), "peter\n");
}

#[test]
fn a_detached_broker_outlives_its_starter_and_is_stopped_by_its_directory() {
    let home = Home::new();
    home.fail(7, ["broker", "stop"]);
    let ready = home.run(["broker", "start", "--detach", "--port", "0"]);
    let pid = host_pid(&home.data());
    let address = ready.trim_end().strip_prefix("kavka broker ready on ").expect(&ready);
    let refused = home.fail(1, ["broker", "start", "--detach", "--port", "0"]);
    assert!(refused.contains(&format!("process {pid}")), "{refused}");
    home.run(["topics", "--create", "--topic", "peter", "--bootstrap-server", address]);
    assert!(home.run(["broker", "stop"]).contains(&pid.to_string()));
    home.fail(7, ["broker", "status"]);
    let log = fs::read_to_string(home.0.path().join(".local/state/kavka/broker.log")).unwrap();
    assert!(log.contains(address) && log.contains("stopped"), "{log}");
}

#[test]
fn a_command_that_hosts_is_no_broker() {
    let home = Home::new();
    let mut host = Running::start(home.kavka(["produce", "--topic", "peter", "--print-acks"]));
    host.type_line("one");
    host.next_line();
    for action in ["status", "stop"] {
        let refused = home.fail(7, ["broker", action]);
        assert!(refused.contains(&format!("process {}", host.child.id())), "{refused}");
    }
    let refused = home.fail(1, ["broker", "start", "--port", "0"]);
    assert!(refused.contains(&format!("process {}", host.child.id())), "{refused}");
    assert!(host.finish().success());
}

#[test]
fn a_port_in_use_is_named_and_the_directory_is_free_again() {
    let home = Home::new();
    let taken = (10_000..32_000).find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for start in [home.fail(1, ["broker", "start", "--port", &port]), {
        home.fail(1, ["broker", "start", "--detach", "--port", &port])
    }] {
        assert!(start.contains(&port) && start.contains("--port"), "{start}");
    }
    assert_eq!(home.run(["topics", "--list"]), "");
}

#[test]
fn what_cannot_be_a_data_directory_is_refused_with_what_was_tried() {
    let home = Home::new();
    let pictures = home.0.path().join("pictures");
    fs::create_dir_all(pictures.join("holiday")).unwrap();
    let file = home.0.path().join("file");
    fs::write(&file, "x").unwrap();
    for (directory, reason) in [(pictures, "holiday"), (file.clone(), "not a directory"), (file.join("x"), "create")] {
        let refused = home.fail(1, ["topics", "--list", "--data-dir", directory.to_str().unwrap()]);
        assert!(refused.contains(reason) && refused.contains(directory.to_str().unwrap()), "{refused}");
    }
}

#[test]
fn the_demo_shows_commands_that_work() {
    let home = Home::new();
    let shown = home.run(["demo"]);
    for expected in ["$ kavka topics --create --topic orders --partitions 3", "ada", "cocoa", "billing", "shipping"] {
        assert!(shown.contains(expected), "{expected} is missing in:\n{shown}");
    }
    assert!(!home.data().exists());
}
