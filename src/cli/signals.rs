//! Ctrl-C and SIGTERM, and the loss of a standalone cluster that moved where this process does not find it.
//!
//! A command either races them ([`next`], through `Invocation::block_on`) or, when it has a loop that must end in its
//! own way, asks [`Stop`] between two rounds. The second signal of a command that watches ends the process at once, but for
//! servers under Apache's name: scripts call `kafka-server-stop.sh` until none is left.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Failure, Kind};
use crate::standalone::Stranded;

/// Waits for the signal that ends this command.
pub async fn next() -> anyhow::Result<Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch for SIGTERM")?;
    tokio::select! {
        _ = interrupt.recv() => Ok(Failure::silent(Kind::Interrupted)),
        _ = terminate.recv() => Ok(Failure::silent(Kind::Terminated)),
    }
}

/// Whether a signal has asked this process to stop, or going on has become pointless.
#[derive(Clone)]
pub struct Stop {
    /// The exit code that the signal stands for, 0 before there was one.
    code: Arc<AtomicI32>,
    arrived: Arc<(Mutex<()>, Condvar)>,
    woken: Arc<AtomicBool>,
    /// Whether further signals change nothing.
    patient: Arc<AtomicBool>,
    stranded: Stranded,
}

impl Stop {
    pub(super) fn watch(stranded: Stranded) -> anyhow::Result<Stop> {
        let stop = Stop {
            code: Arc::default(),
            arrived: Arc::default(),
            woken: Arc::default(),
            patient: Arc::default(),
            stranded,
        };
        let (code, arrived, patient) = (Arc::clone(&stop.code), Arc::clone(&stop.arrived), Arc::clone(&stop.patient));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                while let Ok(failure) = next().await {
                    let now = failure.kind.code();
                    match code.compare_exchange(0, now, Ordering::SeqCst, Ordering::SeqCst) {
                        Err(_) if patient.load(Ordering::SeqCst) => continue,
                        Err(_) => std::process::exit(now),
                        Ok(_) => {}
                    }
                    drop(arrived.0.lock());
                    arrived.1.notify_all();
                }
            });
        })?;
        Ok(stop)
    }

    /// Lets a second signal pass, as a JVM does that is ending.
    pub fn take_time(&self) {
        self.patient.store(true, Ordering::SeqCst);
    }

    /// Blocks until a signal has arrived, or [`Stop::wake`] was called.
    pub fn wait(&self) {
        let mut guard = self.arrived.0.lock().unwrap_or_else(PoisonError::into_inner);
        while self.code.load(Ordering::SeqCst) == 0 && !self.woken.load(Ordering::SeqCst) {
            guard = self.arrived.1.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the waiting of [`Stop::wait`] without a signal.
    pub fn wake(&self) {
        self.woken.store(true, Ordering::SeqCst);
        drop(self.arrived.0.lock());
        self.arrived.1.notify_all();
    }

    pub fn is_requested(&self) -> bool {
        self.code.load(Ordering::SeqCst) != 0 || self.stranded.is_true()
    }

    /// How the command ends because of it: after a signal without a message, with 130 or 143.
    pub fn failure(&self) -> Option<Failure> {
        match self.code.load(Ordering::SeqCst) {
            0 if self.stranded.is_true() => Some(
                Failure::new(
                    Kind::Unreachable,
                    "the process that served this one has gone, and another program has its port",
                )
                .hint("start the command again: the data directory is served on a new port"),
            ),
            0 => None,
            143 => Some(Failure::silent(Kind::Terminated)),
            _ => Some(Failure::silent(Kind::Interrupted)),
        }
    }
}
