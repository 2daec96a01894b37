//! The contract between what decides and what does: a state machine over one partition of an internal log.
//!
//! A machine is pure. `handle` and `expire` look at the hard state, touch only soft state (parked tickets, session
//! bookkeeping) and return an [`Outcome`]; `apply` alone changes hard state, live and on load. The runner appends the
//! records of an outcome, applies them, sets timers, sends replies and starts tasks, in that order. A parked request is
//! a [`Ticket`] in the soft state, never a future.

mod call;
pub mod ids;
pub mod runner;
pub mod timers;

pub use call::Call;
pub(in crate::broker) use call::calls;

use std::fmt::Debug;

use crate::clock::Timestamp;
use crate::metadata::ClusterImage;
use crate::vocabulary::Uuid;

/// One request on its way through a machine. It is answered once, now or in a later outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Where new ids come from: random in the broker, counted in tests.
pub trait IdSource: Send {
    fn uuid(&mut self) -> Uuid;
}

/// What a machine may know besides its own state.
pub struct Context<'a> {
    pub now: Timestamp,
    pub image: &'a ClusterImage,
    pub ids: &'a mut dyn IdSource,
}

/// A timer to arm (again), or to disarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerChange<T> {
    /// Fires once at the given time; replaces the same timer's earlier setting.
    Arm(T, Timestamp),
    Disarm(T),
}

/// What a decision leads to, in the order in which it is carried out.
#[derive(Debug)]
pub struct Outcome<M: Machine + ?Sized> {
    /// Appended to the machine's log as one atomic batch, then applied one by one.
    pub records: Vec<M::Record>,
    pub timers: Vec<TimerChange<M::Timer>>,
    pub replies: Vec<(Ticket, M::Reply)>,
    /// Work outside the machine, such as deleting a directory.
    pub tasks: Vec<M::Task>,
}

impl<M: Machine + ?Sized> Default for Outcome<M> {
    fn default() -> Self {
        Outcome { records: Vec::new(), timers: Vec::new(), replies: Vec::new(), tasks: Vec::new() }
    }
}

impl<M: Machine + ?Sized> Outcome<M> {
    pub fn none() -> Self {
        Outcome::default()
    }

    pub fn reply(ticket: Ticket, reply: M::Reply) -> Self {
        Outcome { replies: vec![(ticket, reply)], ..Outcome::default() }
    }

    /// Adds what `other` wants behind what this one wants.
    pub fn and(mut self, other: Self) -> Self {
        self.records.extend(other.records);
        self.timers.extend(other.timers);
        self.replies.extend(other.replies);
        self.tasks.extend(other.tasks);
        self
    }
}

/// A state machine over one partition of an internal log.
pub trait Machine: Send + 'static {
    type Request: Send + Debug;
    type Reply: Send + Debug;
    type Record: Send + Debug;
    type Timer: Ord + Clone + Send + Debug;
    type Task: Send + Debug;

    fn handle(&mut self, context: &mut Context<'_>, ticket: Ticket, request: Self::Request) -> Outcome<Self>;

    fn expire(&mut self, context: &mut Context<'_>, timer: Self::Timer) -> Outcome<Self>;

    /// Changes hard state. Called for every record, in log order, live and while loading.
    fn apply(&mut self, record: &Self::Record);

    /// Called once when the log has been replayed: arms the timers that the loaded state needs.
    fn loaded(&mut self, context: &mut Context<'_>) -> Outcome<Self>;

    /// The client of these parked requests is gone; nobody waits for a reply.
    fn abandon(&mut self, ticket: Ticket);
}
