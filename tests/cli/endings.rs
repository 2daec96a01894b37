//! Ends that nobody typed: signals, a reader that leaves, a full disk, a port where no Kafka is.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::broker::Broker;

fn spawn(words: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kavka"));
    command.args(words).env_clear().env("HOME", "/nonexistent").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Lets a command wait for an answer that never comes, and ends it by a signal.
fn ended_by(signal: Signal, words: &[&str]) -> (Option<i32>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let child = spawn(&[words, &["--bootstrap-server", &address]].concat());
    let (mut connection, _) = listener.accept().unwrap();
    connection.read_exact(&mut [0; 4]).unwrap();
    kill_process(Pid::from_child(&child), signal).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn ctrl_c_ends_with_130_and_sigterm_with_143_without_a_word() {
    assert_eq!(ended_by(Signal::INT, &["topics", "--list"]), (Some(130), String::new()));
    assert_eq!(ended_by(Signal::TERM, &["groups", "--list"]), (Some(143), String::new()));
    assert_eq!(ended_by(Signal::INT, &["kafka-topics.sh", "--list"]), (Some(130), String::new()));
}

/// A client asks again with the oldest version when the first answer makes no sense.
const TRIES: usize = 2;

#[test]
fn a_port_where_something_else_answers_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let child = spawn(&["topics", "--list", "--bootstrap-server", &address]);
    for _ in 0..TRIES {
        let (mut connection, _) = listener.accept().unwrap();
        connection.read_exact(&mut [0; 4]).unwrap();
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with(&format!("error: {address} broke the protocol: ")), "{stderr}");
    assert!(stderr.contains("hint: is it a Kafka broker's port?"), "{stderr}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let broker = Broker::start();
    let address = broker.address.as_str();
    let create = spawn(&["topics", "--create", "--topic", "t", "--bootstrap-server", address]);
    assert!(create.wait_with_output().unwrap().status.success());
    let mut child = spawn(&["topics", "--describe", "--output", "json", "--bootstrap-server", address]);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kavka"));
    let output = command.env_clear().stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: cannot write to standard output: "), "{stderr}");
}
