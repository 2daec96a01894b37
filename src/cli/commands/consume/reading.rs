//! The loop that reads: records come in, text goes out, until there is a reason to end.
//!
//! Output is buffered while records come and flushed when none is there. Only records whose text has left this process
//! count as consumed, so a member of a group that dies repeats records rather than losing them.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use tokio::time::Instant;

use super::deserializer::Fault;
use super::last::{Last, Window};
use super::plan::Plan;
use super::positions::is_to_come;
use super::progress::Progress;
use super::text_format::Shown;
use super::until_end::UntilEnd;
use crate::cli::dialect::{self, CONSOLE_CONSUMER};
use crate::cli::failure::{Failure, Kind};
use crate::cli::offset_grammar::Place;
use crate::cli::output::Output;
use crate::cli::signals::Stop;
use crate::client::ClientError;
use crate::client::consumer::{Consumer, Event, Incoming};
use crate::clock::Timestamp;
use crate::vocabulary::TopicPartition;

/// How long one wait for records lasts, between looks at signals and at the reader of our output.
const GLANCE: Duration = Duration::from_millis(100);
/// After so many records the output is flushed even if more are there, so that offsets can be committed.
const RECORDS_PER_FLUSH: u64 = 10_000;

/// Why reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    AllWanted,
    End,
    TimedOut,
    Stopped,
    /// The consumer can read no further.
    Broken(ClientError),
}

pub struct Reading<'a> {
    plan: &'a Plan,
    consumer: &'a Consumer,
    output: &'a Output,
    stop: &'a Stop,
    until_end: Option<UntilEnd>,
    /// A time that had not come at the start: records of it and later are not wanted.
    until_time: Option<Timestamp>,
    has_filter: bool,
    needs_headers: bool,
    progress: Progress,
    /// How many records have come, shown or not.
    seen: u64,
    pub count: u64,
    /// The last offset of each partition whose record is written but perhaps not flushed.
    written: BTreeMap<TopicPartition, i64>,
    text: Vec<u8>,
}

impl<'a> Reading<'a> {
    pub fn new(
        plan: &'a Plan,
        consumer: &'a Consumer,
        output: &'a Output,
        stop: &'a Stop,
        until_end: Option<UntilEnd>,
    ) -> Reading<'a> {
        let (written, text) = (BTreeMap::new(), Vec::new());
        let until_time = match plan.until {
            Some(place @ Place::Time(time)) if is_to_come(place) => Some(time),
            _ => None,
        };
        let has_filter = !plan.filter.is_open();
        let progress = Progress::new(until_end.as_ref().and_then(UntilEnd::span));
        Reading {
            plan,
            consumer,
            output,
            stop,
            until_end,
            until_time,
            has_filter,
            needs_headers: has_filter || plan.form.shows_headers(),
            progress,
            seen: 0,
            count: 0,
            written,
            text,
        }
    }

    /// Reads until there is a reason to end. What is written by then is flushed.
    pub fn all(&mut self) -> anyhow::Result<Ended> {
        self.output.print(&self.plan.form.head())?;
        self.read_on()
    }

    fn read_on(&mut self) -> anyhow::Result<Ended> {
        let mut last_record = Instant::now();
        let mut is_idle = true;
        let mut unflushed = 0;
        let ended = loop {
            if let Some(ended) = self.reason_to_end() {
                break ended;
            }
            let event = match self.consumer.poll(Duration::ZERO) {
                Ok(Event::Nothing) => {
                    // The clock is read when records have ceased to come, not for each.
                    if !std::mem::replace(&mut is_idle, true) {
                        last_record = Instant::now();
                    }
                    self.flush()?;
                    unflushed = 0;
                    reader_is_there()?;
                    self.consumer.poll(self.wait_since(last_record))
                }
                event => event,
            };
            let event = match event {
                Ok(event) => event,
                Err(error) => break Ended::Broken(error),
            };
            match event {
                Event::Record(record) => {
                    self.take(&record)?;
                    is_idle = false;
                    unflushed += 1;
                    if unflushed >= RECORDS_PER_FLUSH {
                        self.flush()?;
                        unflushed = 0;
                    }
                }
                Event::End(partition) => {
                    if let Some(until_end) = &mut self.until_end {
                        until_end.saw_end(partition);
                    }
                }
                Event::Nothing if self.until_time.is_some_and(|time| Timestamp::now() >= time) => break Ended::End,
                Event::Nothing if self.plan.timeout.is_some_and(|limit| last_record.elapsed() >= limit) => {
                    break Ended::TimedOut;
                }
                Event::Nothing => {}
            }
        };
        self.output.print(self.plan.form.tail(self.count == 0))?;
        self.flush()?;
        self.progress.finish();
        Ok(ended)
    }

    /// The last records of all partitions, in the order of their times; then, if that is wanted, what arrives.
    pub fn last(&mut self, mut last: Last) -> anyhow::Result<Ended> {
        self.output.print(&self.plan.form.head())?;
        while let Some(windows) = last.next_windows() {
            if let Some(ended) = self.read_windows(&mut last, windows)? {
                self.output.print(self.plan.form.tail(true))?;
                return Ok(ended);
            }
        }
        let (ends, records) = last.finish();
        for record in &records {
            let separator = self.plan.form.separator(self.count == 0);
            self.output.write(|out| out.write_all(separator).and_then(|()| out.write_all(&record.text)))?;
            self.count += 1;
        }
        if self.plan.follow {
            self.consumer.assign(&ends)?;
            return self.read_on();
        }
        self.output.print(self.plan.form.tail(self.count == 0))?;
        self.flush()?;
        Ok(Ended::End)
    }

    /// Reads a stretch of each partition. Gives a reason to end early, if there is one.
    fn read_windows(&mut self, last: &mut Last, windows: Vec<Window>) -> anyhow::Result<Option<Ended>> {
        let starts: Vec<_> = windows.iter().map(|window| (window.bound.at.clone(), window.start)).collect();
        self.consumer.assign(&starts)?;
        let mut until = UntilEnd::of(&starts, windows.into_iter().map(|window| window.bound).collect());
        let mut last_record = Instant::now();
        while !until.is_reached(Default::default) {
            if self.stop.is_requested() {
                return Ok(Some(Ended::Stopped));
            }
            match self.consumer.poll(self.wait_since(last_record)) {
                Err(error) => return Ok(Some(Ended::Broken(error))),
                Ok(Event::End(partition)) => until.saw_end(partition),
                Ok(Event::Record(record)) => {
                    last_record = Instant::now();
                    if until.saw_record(record.topic(), record.partition(), record.offset()) {
                        self.keep(last, &record)?;
                    }
                    pause_reached(self.consumer, &mut until)?;
                }
                Ok(Event::Nothing) if self.plan.timeout.is_some_and(|limit| last_record.elapsed() >= limit) => {
                    return Ok(Some(Ended::TimedOut));
                }
                Ok(Event::Nothing) => {}
            }
        }
        Ok(None)
    }

    fn keep(&mut self, last: &mut Last, record: &Incoming<'_>) -> anyhow::Result<()> {
        self.text.clear();
        match self.write_record(record) {
            Ok(true) => last.keep(record, &self.text),
            Ok(false) => {}
            Err(fault) => self.cannot_write(record, fault)?,
        }
        Ok(())
    }

    fn reason_to_end(&mut self) -> Option<Ended> {
        if self.stop.is_requested() {
            return Some(Ended::Stopped);
        }
        if self.plan.max_messages.is_some_and(|limit| self.count >= limit) {
            return Some(Ended::AllWanted);
        }
        let consumer = self.consumer;
        let reached = self.until_end.as_mut().is_some_and(|until| until.is_reached(|| consumer.assignment()));
        reached.then_some(Ended::End)
    }

    fn wait_since(&self, last_record: Instant) -> Duration {
        match self.plan.timeout {
            Some(limit) => limit.saturating_sub(last_record.elapsed()).min(GLANCE),
            None => GLANCE,
        }
    }

    fn take(&mut self, record: &Incoming<'_>) -> anyhow::Result<()> {
        self.seen += 1;
        if let Some(until_end) = &mut self.until_end {
            let is_wanted = until_end.saw_record(record.topic(), record.partition(), record.offset());
            pause_reached(self.consumer, until_end)?;
            if !is_wanted {
                return Ok(());
            }
        }
        if self.is_late(record) {
            return Ok(());
        }
        self.text.clear();
        self.text.extend_from_slice(self.plan.form.separator(self.count == 0));
        match self.write_record(record) {
            Ok(true) => {
                self.count += 1;
                self.output.write(|out| out.write_all(&self.text))?;
            }
            Ok(false) => {}
            Err(fault) => {
                self.count += 1;
                self.cannot_write(record, fault)?;
            }
        }
        self.note_written(record);
        Ok(())
    }

    /// Whether it came behind the time at which reading is to end.
    fn is_late(&self, record: &Incoming<'_>) -> bool {
        self.until_time.is_some_and(|limit| record.time().millis().is_some_and(|time| time >= limit.millis()))
    }

    /// Appends the text of a record; false if it is not shown.
    fn write_record(&mut self, record: &Incoming<'_>) -> Result<bool, Fault> {
        if self.plan.form.is_nothing() && !self.has_filter {
            return Ok(true);
        }
        let shown = Shown::of(record, self.needs_headers)?;
        if self.has_filter && !self.plan.filter.admits(&shown) {
            return Ok(false);
        }
        self.plan.form.write(&shown, &mut self.text).map(|()| true)
    }

    /// Kafka's tool has by then written the columns in front of the one at fault, and leaves them.
    fn cannot_write(&self, record: &Incoming<'_>, fault: Fault) -> anyhow::Result<()> {
        if self.plan.is_apache {
            self.output.write(|out| out.write_all(&self.text))?;
        }
        let place = format!("{}-{} at offset {}", record.topic(), record.partition(), record.offset());
        let message = format!("cannot write the record of {place}: {fault}");
        match (self.plan.skip_on_error, self.plan.is_apache) {
            (false, _) => return Err(Failure::new(Kind::Failed, message).thrown(fault.class, fault.message).into()),
            (true, false) => self.output.warning(&message),
            (true, true) => {
                let skipping =
                    dialect::logged("ERROR", "Error processing message, skipping this message: ", CONSOLE_CONSUMER);
                self.output.note(&format!("{skipping}\n{}: {}", fault.class, fault.message));
            }
        }
        Ok(())
    }

    /// Most records follow one of the same partition, so the name is seldom copied.
    fn note_written(&mut self, record: &Incoming<'_>) {
        if !self.consumer.is_in_group() {
            return;
        }
        let at =
            self.written.iter_mut().find(|(at, _)| at.partition == record.partition() && at.topic == record.topic());
        match at {
            Some((_, offset)) => *offset = record.offset(),
            None => {
                self.written.insert(TopicPartition::new(record.topic(), record.partition()), record.offset());
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.progress.show(self.seen);
        self.output.flush()?;
        for (partition, offset) in std::mem::take(&mut self.written) {
            self.consumer.consumed(&partition, offset);
        }
        Ok(())
    }
}

/// Partitions that have been read as far as is wanted are not fetched while others are.
fn pause_reached(consumer: &Consumer, until: &mut UntilEnd) -> Result<(), ClientError> {
    let reached = until.take_reached();
    if reached.is_empty() { Ok(()) } else { consumer.pause(&reached) }
}

/// A reader that has left is otherwise noticed with the next record only, which may never come.
fn reader_is_there() -> io::Result<()> {
    let stdout = rustix::stdio::stdout();
    let mut watched = [PollFd::from_borrowed_fd(stdout, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let polled = rustix::event::poll(&mut watched, Some(&at_once));
    let gone = watched.iter().any(|fd| fd.revents().contains(PollFlags::ERR));
    if polled.is_ok() && gone { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}
