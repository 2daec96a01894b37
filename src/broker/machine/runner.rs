//! Runs a machine: one task, one journal, one queue of requests.
//!
//! Each outcome is carried out in a fixed order: records are appended, applied, published; timers are set; replies are
//! sent; tasks are started. When an append fails nothing of the outcome happens: everyone who waits is told, and the
//! machine is loaded from its journal anew, since only the journal knows what was written. Timers wake the task at their
//! deadline; nothing ticks. A caller that stops waiting (its connection is gone) abandons its ticket.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::ids::RandomIds;
use super::timers::Timers;
use super::{Context, Machine, Outcome, Ticket};
use crate::broker::blocking::blocking;
use crate::broker::first_write::FirstWrite;
use crate::clock::Timestamp;
use crate::metadata::ClusterImage;

/// Where a machine's records go, and come from again when it is loaded. Synchronous: the runner calls it on a thread
/// that may block.
pub trait Journal<R>: Send + 'static {
    /// Makes the records durable as Kafka understands it, as one atomic batch: all of them are there, or none.
    fn append(&mut self, records: &[R], now: Timestamp) -> Result<(), JournalError>;

    /// Hands out every record from the beginning, in order.
    fn replay(&mut self, each: &mut dyn FnMut(R)) -> Result<(), JournalError>;

    /// The last call.
    fn close(&mut self) -> Result<(), JournalError> {
        Ok(())
    }
}

/// A journal that cannot be written or read, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalError(pub String);

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JournalError {}

/// Why a request to a machine has no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// The machine was stopped.
    Stopped,
    /// Its journal failed; the request had no effect, or it cannot be known whether it had one.
    Storage,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unavailable::Stopped => "the machine is stopped",
            Unavailable::Storage => "the machine's log cannot be written or read",
        })
    }
}

impl std::error::Error for Unavailable {}

/// Everything that a machine needs to run.
pub struct Setup<M: Machine> {
    /// For log lines, such as `controller` or `__consumer_offsets-7`.
    pub name: String,
    /// An empty machine, to replay the journal into.
    pub fresh: Box<dyn FnMut() -> M + Send>,
    pub journal: Box<dyn Journal<M::Record>>,
    /// The image that every call of the machine sees in its context.
    pub image: watch::Receiver<Arc<ClusterImage>>,
    /// What must have happened before the journal is written for the first time.
    pub first_write: Option<Arc<FirstWrite>>,
    /// Called when hard state changed, before anybody gets a reply: the controller publishes its image here.
    pub applied: Box<dyn FnMut(&M) + Send>,
    /// Starts a piece of work outside the machine, which may tell the machine what came of it; must not block.
    pub start_task: Box<dyn FnMut(M::Task, MachineHandle<M>) + Send>,
}

enum Command<M: Machine> {
    Ask { ticket: Ticket, request: M::Request, reply: oneshot::Sender<Result<M::Reply, Unavailable>> },
    Abandon(Ticket),
    Stop(oneshot::Sender<Result<(), JournalError>>),
}

/// The way to a running machine; cheap to clone.
pub struct MachineHandle<M: Machine> {
    inbox: mpsc::UnboundedSender<Command<M>>,
    next_ticket: Arc<AtomicU64>,
}

impl<M: Machine> Clone for MachineHandle<M> {
    fn clone(&self) -> Self {
        MachineHandle { inbox: self.inbox.clone(), next_ticket: self.next_ticket.clone() }
    }
}

impl<M: Machine> MachineHandle<M> {
    /// Starts the machine's task; it loads its journal before it answers.
    pub fn start(setup: Setup<M>) -> MachineHandle<M> {
        let (inbox, commands) = mpsc::unbounded_channel();
        let handle = MachineHandle { inbox, next_ticket: Arc::new(AtomicU64::new(1)) };
        tokio::spawn(Runner::new(setup, &handle).run(commands));
        handle
    }

    /// Asks and waits for the reply. Dropping the future abandons the request.
    pub async fn ask(&self, request: M::Request) -> Result<M::Reply, Unavailable> {
        let ticket = Ticket(self.next_ticket.fetch_add(1, Ordering::Relaxed));
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Command::Ask { ticket, request, reply }).map_err(|_| Unavailable::Stopped)?;
        let mut abandonment = Abandonment { inbox: &self.inbox, ticket: Some(ticket) };
        let answer = answer.await;
        abandonment.ticket = None;
        answer.unwrap_or(Err(Unavailable::Stopped))
    }

    /// Ends the machine: whoever still waits gets [`Unavailable::Stopped`], the journal is closed.
    pub async fn stop(&self) -> Result<(), JournalError> {
        let (done, stopped) = oneshot::channel();
        if self.inbox.send(Command::Stop(done)).is_err() {
            return Ok(());
        }
        stopped.await.unwrap_or(Ok(()))
    }
}

/// Tells the machine that nobody waits any more, unless the reply came first.
struct Abandonment<'a, M: Machine> {
    inbox: &'a mpsc::UnboundedSender<Command<M>>,
    ticket: Option<Ticket>,
}

impl<M: Machine> Drop for Abandonment<'_, M> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            // A machine that is gone has nothing to forget.
            let _ = self.inbox.send(Command::Abandon(ticket));
        }
    }
}

/// How long a journal that could not be read is left alone.
const RELOAD_PAUSE: Duration = Duration::from_secs(1);

struct Runner<M: Machine> {
    setup: Setup<M>,
    /// The way to itself, for its tasks. Weak, so that a machine that nobody can reach ends.
    inbox: mpsc::WeakUnboundedSender<Command<M>>,
    next_ticket: Arc<AtomicU64>,
    ids: RandomIds,
    timers: Timers<M::Timer>,
    waiting: HashMap<Ticket, oneshot::Sender<Result<M::Reply, Unavailable>>>,
    /// `None` until the journal has been read, and again after it failed.
    machine: Option<M>,
    /// When reading the journal last failed.
    failed_load: Option<Instant>,
}

impl<M: Machine> Runner<M> {
    fn new(setup: Setup<M>, own: &MachineHandle<M>) -> Runner<M> {
        Runner {
            setup,
            inbox: own.inbox.downgrade(),
            next_ticket: own.next_ticket.clone(),
            ids: RandomIds,
            timers: Timers::default(),
            waiting: HashMap::new(),
            machine: None,
            failed_load: None,
        }
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command<M>>) {
        self.load().await;
        loop {
            let next = self.timers.next();
            let command = tokio::select! {
                biased;
                command = commands.recv() => command,
                () = sleep_until(next), if next.is_some() => {
                    self.expire().await;
                    continue;
                }
            };
            match command {
                Some(Command::Ask { ticket, request, reply }) => self.handle(ticket, request, reply).await,
                Some(Command::Abandon(ticket)) => self.abandon(ticket),
                Some(Command::Stop(done)) => {
                    let _ = done.send(self.stop());
                    return;
                }
                None => return drop(self.stop()),
            }
            self.expire().await;
        }
    }

    async fn load(&mut self) {
        if self.failed_load.is_some_and(|at| at.elapsed() < RELOAD_PAUSE) {
            return;
        }
        self.timers = Timers::default();
        let mut machine = (self.setup.fresh)();
        let journal = &mut self.setup.journal;
        if let Err(e) = blocking(|| journal.replay(&mut |record| machine.apply(&record))) {
            tracing::error!(machine = %self.setup.name, "cannot load: {e}");
            self.failed_load = Some(Instant::now());
            return;
        }
        self.failed_load = None;
        (self.setup.applied)(&machine);
        self.machine = Some(machine);
        self.decide(|machine, context| machine.loaded(context)).await;
    }

    async fn handle(
        &mut self,
        ticket: Ticket,
        request: M::Request,
        reply: oneshot::Sender<Result<M::Reply, Unavailable>>,
    ) {
        if self.machine.is_none() {
            self.load().await;
        }
        if self.machine.is_none() {
            let _ = reply.send(Err(Unavailable::Storage));
            return;
        }
        self.waiting.insert(ticket, reply);
        self.decide(|machine, context| machine.handle(context, ticket, request)).await;
    }

    fn abandon(&mut self, ticket: Ticket) {
        if self.waiting.remove(&ticket).is_some()
            && let Some(machine) = &mut self.machine
        {
            machine.abandon(ticket);
        }
    }

    async fn expire(&mut self) {
        let now = Timestamp::now();
        while let Some(timer) = self.timers.take_due(now) {
            self.decide(|machine, context| machine.expire(context, timer)).await;
        }
    }

    /// Lets the machine decide and carries the outcome out.
    async fn decide(&mut self, decision: impl FnOnce(&mut M, &mut Context<'_>) -> Outcome<M>) {
        let Some(machine) = &mut self.machine else { return };
        let now = Timestamp::now();
        let image = self.setup.image.borrow().clone();
        let outcome = decision(machine, &mut Context { now, image: &image, ids: &mut self.ids });
        if !outcome.records.is_empty() {
            let written = self.pass_first_write().await.and_then(|()| self.append(&outcome.records, now));
            if let Err(e) = written {
                return self.fail(&e).await;
            }
            let Some(machine) = &mut self.machine else { return };
            for record in &outcome.records {
                machine.apply(record);
            }
            (self.setup.applied)(machine);
        }
        self.timers.change(outcome.timers);
        for (ticket, reply) in outcome.replies {
            if let Some(waiting) = self.waiting.remove(&ticket) {
                let _ = waiting.send(Ok(reply));
            }
        }
        for task in outcome.tasks {
            let Some(inbox) = self.inbox.upgrade() else { return };
            (self.setup.start_task)(task, MachineHandle { inbox, next_ticket: self.next_ticket.clone() });
        }
    }

    async fn pass_first_write(&mut self) -> Result<(), JournalError> {
        match self.setup.first_write.clone() {
            Some(first_write) => first_write.pass().await.map_err(|e| JournalError(e.to_string())),
            None => Ok(()),
        }
    }

    fn append(&mut self, records: &[M::Record], now: Timestamp) -> Result<(), JournalError> {
        let journal = &mut self.setup.journal;
        blocking(|| journal.append(records, now))
    }

    /// What was decided could not be written, so what the machine believes is no longer to be trusted.
    async fn fail(&mut self, error: &JournalError) {
        tracing::error!(machine = %self.setup.name, "cannot append: {error}");
        self.machine = None;
        for (_, waiting) in self.waiting.drain() {
            let _ = waiting.send(Err(Unavailable::Storage));
        }
        Box::pin(self.load()).await;
    }

    fn stop(&mut self) -> Result<(), JournalError> {
        self.waiting.clear();
        let journal = &mut self.setup.journal;
        blocking(|| journal.close())
    }
}

async fn sleep_until(deadline: Option<Timestamp>) {
    if let Some(deadline) = deadline {
        tokio::time::sleep(deadline.since(Timestamp::now())).await;
    }
}

#[cfg(test)]
mod tests;
