//! The loop that sends: records go in, deliveries come out, and whoever types, waits or interrupts is served meanwhile.

use std::borrow::Cow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use anyhow::Context;
use tokio::time::Instant;

use super::as_apache::Wait;
use super::batch::{Batch, End};
use super::failed_line;
use super::input::Source;
use super::outcome::Outcome;
use super::pace::Pace;
use super::plan::{MAX_BLOCK, Plan};
use super::progress::Progress;
use super::record::Record;
use super::transaction::Transactions;
use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Output;
use crate::cli::signals::Stop;
use crate::cli::tools::Dialect;
use crate::client::producer::{Delivery, NotQueued, Outgoing, Producer};
use crate::client::{ClientError, ClientSettings};
use crate::clock::Timestamp;

/// How many records are queued between two looks at what was delivered.
const RECORDS_PER_LOOK: usize = 256;
const STEP: Duration = Duration::from_millis(1);
/// How long a full queue is left alone; what it holds takes much longer to send.
const ROOM: Duration = Duration::from_millis(4);
/// How long the thread sleeps while nothing is under way; the input wakes it.
const IDLE: Duration = Duration::from_millis(50);
/// How long an interrupted command waits for what is already under way.
const LAST_CHANCE: Duration = Duration::from_secs(5);

/// A run of the command that has records to send.
pub struct Sending<'a> {
    topic: &'a str,
    producer: &'a Producer,
    output: &'a Output,
    stop: &'a Stop,
    /// Under the name of Kafka's tool.
    wait: Option<Wait<'a>>,
    sync: bool,
    print_acks: bool,
    max_block: Duration,
    /// When this was looked at last, which is the time of records that bring none: a million readings of the clock show.
    now: Timestamp,
    outcome: Outcome,
    progress: Progress,
    transactions: Option<Transactions<'a>>,
    pace: Option<Pace>,
    dialect: Dialect,
}

impl<'a> Sending<'a> {
    pub fn new(
        plan: &'a Plan,
        settings: &ClientSettings,
        producer: &'a Producer,
        invocation: &'a Invocation,
        stop: &'a Stop,
        wait: Option<Wait<'a>>,
    ) -> Sending<'a> {
        let max_block = settings.property("max.block.ms").and_then(|millis| millis.trim().parse().ok());
        Sending {
            topic: &plan.topic,
            producer,
            output: &invocation.output,
            stop,
            wait,
            sync: plan.sync,
            print_acks: plan.print_acks,
            max_block: max_block.map_or(MAX_BLOCK, Duration::from_millis),
            now: Timestamp::now(),
            outcome: Outcome::counting(plan.input.unit()),
            progress: Progress::of_stdin(matches!(plan.input.source, Source::Lines)),
            transactions: None,
            pace: plan.rate.map(|rate| Pace::new(rate, Instant::now())),
            dialect: invocation.dialect,
        }
    }

    /// From now on records are sent in transactions of so many.
    pub fn begin_transactions(&mut self, size: Option<u64>) -> anyhow::Result<()> {
        let started = Transactions::start(self.producer, size, self.max_block, self.stop);
        match started {
            Err(_) if self.stop.is_requested() => {}
            started => self.transactions = Some(started.context("cannot begin transactions")?),
        }
        Ok(())
    }

    /// Sends everything, and waits for what was sent.
    pub fn all(mut self, first: Vec<Batch>, batches: &Receiver<Batch>) -> anyhow::Result<()> {
        let ended = self.send_batches(first, batches);
        let settled = self.settle();
        self.progress.finish();
        let unsettled = self.producer.unsettled() as u64;
        let is_good = ended.is_ok() && settled.is_ok() && !self.is_in_doubt();
        let (ended, aborted) = match self.transactions.take() {
            Some(transactions) => finish(transactions, is_good, ended, self.output),
            None => (ended, None),
        };
        let mut failure = self.outcome.failure(unsettled);
        if let Some(aborted) = aborted {
            failure.get_or_insert_with(|| Failure::silent(Kind::Failed)).messages.push(aborted);
        }
        if let Some(stopped) = self.stop.failure() {
            let messages = failure.map(|failure| failure.messages).unwrap_or_default();
            return Err(Failure { messages, ..stopped }.into());
        }
        settled?;
        match (ended, failure) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(failure)) => Err(failure.into()),
            (Err(error), None) => Err(error),
            (Err(error), Some(failure)) => {
                let mut error = Failure::from(error);
                error.messages.extend(failure.messages);
                Err(error.into())
            }
        }
    }

    /// Whether what was sent must not be committed.
    fn is_in_doubt(&self) -> bool {
        self.stop.is_requested() || self.outcome.failed > 0 || self.producer.unsettled() > 0
    }

    fn send_batches(&mut self, first: Vec<Batch>, batches: &Receiver<Batch>) -> anyhow::Result<()> {
        for batch in first {
            if self.send_batch(batch)? {
                return Ok(());
            }
        }
        while !self.stop.is_requested() {
            match batches.try_recv() {
                Ok(batch) => {
                    if self.send_batch(batch)? {
                        return Ok(());
                    }
                }
                Err(TryRecvError::Disconnected) => return Ok(()),
                Err(TryRecvError::Empty) => {
                    if self.wait_for_input(batches)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Serves the producer while something is under way, else sleeps until there is input. True at the end of it.
    fn wait_for_input(&mut self, batches: &Receiver<Batch>) -> anyhow::Result<bool> {
        let under_way = self.producer.unsettled() > 0;
        if under_way {
            self.look(STEP)?;
            return Ok(false);
        }
        match batches.recv_timeout(IDLE) {
            Ok(batch) => self.send_batch(batch),
            Err(RecvTimeoutError::Timeout) => self.look(Duration::ZERO).map(|()| false),
            Err(RecvTimeoutError::Disconnected) => Ok(true),
        }
    }

    /// True if this was the last batch.
    fn send_batch(&mut self, batch: Batch) -> anyhow::Result<bool> {
        self.now = Timestamp::now();
        for (index, (line, record)) in batch.records().enumerate() {
            if let Some(transactions) = &mut self.transactions {
                transactions.admit()?;
            }
            self.await_turn()?;
            self.send(&record, line)?;
            if self.transactions.as_ref().is_some_and(Transactions::is_full) {
                self.commit_full()?;
            } else if self.sync {
                self.wait_for_delivery()?;
            } else if index % RECORDS_PER_LOOK == 0 {
                self.look(Duration::ZERO)?;
            }
            if self.stop.is_requested() {
                return Ok(true);
            }
        }
        self.progress.advance(batch.bytes);
        batch.skipped.iter().for_each(|(line, reason)| self.outcome.note_skipped(*line, reason));
        match batch.end {
            None => Ok(false),
            Some(End::Input) => Ok(true),
            Some(End::Line(fault)) => Err(failed_line(fault, self.dialect).into()),
            Some(End::Failed(error)) => Err(anyhow::Error::from(error).context("cannot read the input")),
        }
    }

    /// With a rate: serves the producer until the next record may be sent.
    fn await_turn(&mut self) -> anyhow::Result<()> {
        while let Some(pace) = &self.pace {
            let wait = pace.wait(Instant::now());
            if wait.is_zero() || self.stop.is_requested() {
                break;
            }
            self.look(wait.min(STEP))?;
        }
        if let Some(pace) = &mut self.pace {
            pace.step(Instant::now());
        }
        Ok(())
    }

    /// Commits a transaction that has as many records as it may.
    fn commit_full(&mut self) -> anyhow::Result<()> {
        self.settle()?;
        if self.stop.is_requested() {
            return Ok(());
        }
        if self.is_in_doubt() {
            return Err(Failure::new(Kind::Failed, "stopped at the first transaction that cannot be committed").into());
        }
        self.transactions.as_mut().map_or(Ok(()), Transactions::commit).context("cannot commit the transaction")
    }

    /// Queues one record, waiting for room if there is none.
    fn send(&mut self, record: &Record<'_>, line: u64) -> anyhow::Result<()> {
        if let Some(wait) = &mut self.wait {
            if let Err(exception) = wait.admit(record)? {
                let length = |bytes: &Option<Cow<'_, [u8]>>| bytes.as_ref().map(|bytes| bytes.len());
                return Ok(wait.report(&exception, length(&record.key), length(&record.value), self.sync)?);
            }
            // The topic may have been waited for.
            self.now = Timestamp::now();
        }
        let mut full_since: Option<Instant> = None;
        loop {
            let outgoing = record.outgoing(self.topic);
            let outgoing = Outgoing { timestamp: outgoing.timestamp.or(Some(self.now)), ..outgoing };
            match self.producer.send(&outgoing, line) {
                Ok(()) => {
                    self.outcome.note_queued();
                    return Ok(());
                }
                Err(NotQueued::Refused(error)) => return self.note_failure(record, line, &error),
                Err(NotQueued::Full) if self.stop.is_requested() => return Ok(()),
                Err(NotQueued::Full) => {
                    let waited = full_since.get_or_insert_with(Instant::now).elapsed();
                    if waited >= self.max_block {
                        return self.note_failure(record, line, &self.no_room(waited));
                    }
                    self.look(ROOM)?;
                }
            }
        }
    }

    fn note_failure(&mut self, record: &Record<'_>, line: u64, error: &ClientError) -> anyhow::Result<()> {
        let length = |bytes: &Option<Cow<'_, [u8]>>| bytes.as_ref().map(|bytes| bytes.len());
        match &self.wait {
            Some(wait) => wait.report(&wait.exception(error), length(&record.key), length(&record.value), self.sync)?,
            None => self.outcome.note_refused(line, error),
        }
        Ok(())
    }

    fn no_room(&self, after: Duration) -> ClientError {
        ClientError::TimedOut { call: "waiting for memory to send", after, last: self.producer.trouble().map(Box::new) }
    }

    /// With `--sync` the first failure ends the command.
    fn wait_for_delivery(&mut self) -> anyhow::Result<()> {
        let failed_before = self.outcome.failed;
        while self.producer.unsettled() > 0 && !self.stop.is_requested() {
            self.look(STEP)?;
        }
        if self.outcome.failed > failed_before {
            return Err(Failure::new(Kind::Failed, "stopped at the first record that was not acknowledged").into());
        }
        Ok(())
    }

    /// Waits until every record has its outcome; after an interruption, only for a while.
    fn settle(&mut self) -> anyhow::Result<()> {
        let mut interrupted: Option<Instant> = None;
        while self.producer.unsettled() > 0 {
            self.look(STEP)?;
            if self.stop.is_requested() {
                let since = *interrupted.get_or_insert_with(Instant::now);
                if since.elapsed() > LAST_CHANCE {
                    break;
                }
            }
        }
        self.look(Duration::ZERO)
    }

    /// Takes up deliveries and reports them.
    fn look(&mut self, limit: Duration) -> anyhow::Result<()> {
        let deliveries = self.producer.poll(limit);
        self.now = Timestamp::now();
        if deliveries.is_empty() {
            return Ok(());
        }
        for delivery in &deliveries {
            match (&self.wait, &delivery.outcome) {
                (_, Ok(_)) => {}
                (Some(wait), Err(error)) => {
                    wait.report(&wait.exception(error), delivery.key, delivery.value, self.sync)?;
                }
                (None, Err(error)) => self.outcome.note_failure(delivery.number, error),
            }
        }
        if self.print_acks {
            deliveries.iter().try_for_each(|delivery| self.print_ack(delivery)).context("writing acknowledgements")?;
            self.output.flush()?;
        }
        Ok(())
    }

    fn print_ack(&self, delivery: &Delivery) -> std::io::Result<()> {
        let Ok(place) = &delivery.outcome else { return Ok(()) };
        let ack = serde_json::json!({
            "topic": self.topic,
            "partition": place.partition,
            "offset": place.offset,
            "line": delivery.number,
        });
        self.output.line(&ack.to_string())
    }
}

/// Commits the last transaction, or undoes it. Gives how sending has ended then, and what was undone.
fn finish(
    mut transactions: Transactions<'_>,
    is_good: bool,
    ended: anyhow::Result<()>,
    output: &Output,
) -> (anyhow::Result<()>, Option<String>) {
    let ended = match ended {
        Ok(()) if is_good => transactions.commit().context("cannot commit the transaction"),
        ended => ended,
    };
    if is_good && ended.is_ok() {
        output.note(&transactions.summary());
    }
    let aborted = transactions.abort();
    (ended, aborted)
}
