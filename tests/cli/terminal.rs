//! A person at a terminal: a pseudo-terminal whose other end is the test, and the questions that are asked there.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::broker::Broker;
use crate::{Printed, run};

/// A command whose streams are a terminal.
pub struct Terminal {
    child: Child,
    screen: File,
    /// All that was shown.
    pub shown: String,
}

impl Terminal {
    pub fn start(home: &Path, words: &[&str]) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let path = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&ours, size).unwrap();
        let theirs = || Stdio::from(File::options().read(true).write(true).open(&path).unwrap());
        let mut command = crate::surroundings(home);
        command.args(words).stdin(theirs()).stdout(theirs()).stderr(theirs());
        Terminal { child: command.spawn().unwrap(), screen: ours.into(), shown: String::new() }
    }

    /// Reads until the text has been shown.
    pub fn await_text(&mut self, text: &str) {
        while !self.shown.contains(text) {
            assert!(self.read(), "'{text}' was not shown: {}", self.shown);
        }
    }

    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.screen.read(&mut bytes) {
            Ok(count) if count > 0 => {
                self.shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
                true
            }
            _ => false,
        }
    }

    pub fn write(&mut self, text: &str) {
        self.screen.write_all(text.as_bytes()).unwrap();
    }

    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Everything shown, and the exit code.
    pub fn end(mut self) -> (String, Option<i32>) {
        while self.read() {}
        (self.shown.replace("\r\n", "\n"), self.child.wait().unwrap().code())
    }
}

fn words<'a>(words: &'a str, broker: &'a Broker) -> Vec<&'a str> {
    words.split(' ').chain(["--bootstrap-server", &broker.address]).collect()
}

fn done(broker: &Broker, line: &str) -> Printed {
    run(broker.home(), &words(line, broker), "")
}

#[test]
fn what_would_be_lost_is_said_and_only_a_typed_yes_goes_on() {
    let broker = Broker::start();
    done(&broker, "topics --create --topic orders --partitions 2");
    assert_eq!(run(broker.home(), &words("produce --topic orders", &broker), "a\nb\nc\n").code, Some(0));
    let delete = words("topics --delete --topic orders", &broker);
    let question = "About to delete topic orders. This is lost for good:\n  orders: 2 partitions, 3 records\nType yes to \
                    go on: ";

    let mut terminal = Terminal::start(broker.home(), &delete);
    terminal.await_text("go on: ");
    terminal.write("y\n");
    let (shown, code) = terminal.end();
    assert!(shown.starts_with(question), "{shown}");
    assert!(shown.contains("not confirmed, so nothing was changed"), "{shown}");
    assert_eq!(code, Some(6));

    let mut terminal = Terminal::start(broker.home(), &delete);
    terminal.await_text("go on: ");
    terminal.interrupt();
    assert_eq!(terminal.end().1, Some(130));
    assert_eq!(done(&broker, "topics --list").stdout, "orders\n");

    let mut terminal = Terminal::start(broker.home(), &delete);
    terminal.await_text("go on: ");
    terminal.write("yes\n");
    let (shown, code) = terminal.end();
    assert!(shown.ends_with("Deleted topic orders.\n"), "{shown}");
    assert_eq!(code, Some(0));
    assert_eq!(done(&broker, "topics --list").stdout, "");
}
