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
use super::plan::{Form, Plan};
use super::text_format::Shown;
use super::until_end::UntilEnd;
use crate::cli::commands::record_json::{HeaderLine, Line};
use crate::cli::dialect::{self, CONSOLE_CONSUMER};
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Output;
use crate::cli::signals::Stop;
use crate::client::ClientError;
use crate::client::consumer::{Consumer, Event, Incoming, RecordTime};
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
        Reading { plan, consumer, output, stop, until_end, count: 0, written, text }
    }

    /// Reads until there is a reason to end. What is written by then is flushed.
    pub fn all(&mut self) -> anyhow::Result<Ended> {
        let mut last_record = Instant::now();
        let mut unflushed = 0;
        let ended = loop {
            if let Some(ended) = self.reason_to_end() {
                break ended;
            }
            let event = match self.consumer.poll(Duration::ZERO) {
                Ok(Event::Nothing) => {
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
                    last_record = Instant::now();
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
                Event::Nothing if self.plan.timeout.is_some_and(|limit| last_record.elapsed() >= limit) => {
                    break Ended::TimedOut;
                }
                Event::Nothing => {}
            }
        };
        self.flush()?;
        Ok(ended)
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
        self.count += 1;
        self.text.clear();
        match write_record(&self.plan.form, record, &mut self.text) {
            Ok(()) => self.output.write(|out| out.write_all(&self.text))?,
            Err(fault) => self.cannot_write(record, fault)?,
        }
        if let Some(until_end) = &mut self.until_end {
            until_end.saw_record(record.topic(), record.partition(), record.offset());
        }
        self.note_written(record);
        Ok(())
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
        self.output.flush()?;
        for (partition, offset) in std::mem::take(&mut self.written) {
            self.consumer.consumed(&partition, offset);
        }
        Ok(())
    }
}

fn write_record(form: &Form, record: &Incoming<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
    match form {
        Form::Nothing => Ok(()),
        Form::Text(format) => format.write(&Shown::of(record)?, to),
        Form::Internal(format) => format.write(&Shown::of(record)?, to),
        Form::Jsonl => {
            let shown = Shown::of(record)?;
            serde_json::to_writer(&mut *to, &json_line(record.topic(), &shown))
                .map_err(|error| Fault::new(error.to_string()))?;
            to.push(b'\n');
            Ok(())
        }
    }
}

fn json_line<'a>(topic: &'a str, record: &Shown<'a>) -> Line<'a> {
    let (timestamp, timestamp_type) = match record.time {
        RecordTime::None => (None, None),
        RecordTime::Created(time) => (Some(time.millis()), Some("create")),
        RecordTime::Appended(time) => (Some(time.millis()), Some("append")),
    };
    let headers = record.headers.iter().map(|(key, value)| HeaderLine { key, value: (*value).into() });
    Line {
        topic,
        partition: record.partition,
        offset: record.offset,
        timestamp,
        timestamp_type,
        headers: headers.collect(),
        key: record.key.into(),
        value: record.value.into(),
    }
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
