//! One call of the program: the dialect, the doors, the opened cluster, the signals.

use std::cell::{OnceCell, RefCell};
use std::future::Future;

use anyhow::Context;
use tokio::runtime::Runtime;

use super::confirm::Deed;
use super::output::{Output, OutputArgs, OutputFormat};
use super::profiles::{Guards, Intent};
use super::signals::{self, Stop};
use super::target_cluster::Hosted;
use super::tools::Dialect;
use crate::standalone::StandaloneError;

/// What every command gets beside its own arguments.
pub struct Invocation {
    pub dialect: Dialect,
    pub output: Output,
    /// What was typed behind the program's name, to be repeated in hints.
    pub words: Vec<String>,
    /// The broker that this process hosts, once a command has opened a standalone cluster.
    pub(super) hosted: RefCell<Option<Hosted>>,
    runtime: OnceCell<Runtime>,
    /// What the command is about to change, for the guards of profiles.
    intent: OnceCell<Intent>,
}

impl Invocation {
    pub fn new(dialect: Dialect, output: Output) -> Invocation {
        Invocation {
            dialect,
            output,
            words: Vec::new(),
            hosted: RefCell::new(None),
            runtime: OnceCell::new(),
            intent: OnceCell::new(),
        }
    }

    #[must_use]
    pub fn saying(mut self, words: Vec<String>) -> Invocation {
        self.words = words;
        self
    }

    /// Notes what the command is about to change; the cluster is opened only if the guards let that pass.
    pub fn intends(&self, intent: Intent) {
        let _ = self.intent.set(intent);
    }

    pub(super) fn pass(&self, guards: &Guards) -> anyhow::Result<()> {
        let Some(intent) = self.intent.get() else { return Ok(()) };
        if guards.pass(intent)? {
            return Ok(());
        }
        self.confirm(false, || Ok(Deed::new(format!("{} on the cluster of profile {}", intent.what, guards.profile))))
    }

    /// Runs the asynchronous part of a command on this thread until it is done or a signal asks to stop.
    pub fn block_on<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let runtime = self.runtime()?;
        runtime.block_on(async {
            tokio::select! {
                stop = signals::next() => Err(stop?.into()),
                result = work => result,
            }
        })
    }

    /// One runtime for all asynchronous parts, since connections belong to the runtime that opened them.
    fn runtime(&self) -> anyhow::Result<&Runtime> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("cannot start the input and output of this command")?;
        Ok(self.runtime.get_or_init(|| runtime))
    }

    /// For commands with a loop of their own: signals are noted from now on and end nothing by themselves.
    pub fn watch_signals(&self) -> anyhow::Result<Stop> {
        let stranded = self.hosted.borrow().as_ref().map(Hosted::stranded);
        Stop::watch(stranded.unwrap_or_default())
    }

    /// The form of results: Apache's under its names, else what was asked for.
    pub fn format(&self, asked: &OutputArgs) -> OutputFormat {
        match self.dialect {
            Dialect::Apache(_) => OutputFormat::Apache,
            Dialect::Kavka => asked.output.unwrap_or_default(),
        }
    }

    /// Ends what the command opened; a hosted broker is stopped cleanly. That this process could not take over from
    /// the one that hosted is no failure of a command that was done by then, and the reason for one that was not.
    pub fn close(&self) -> anyhow::Result<()> {
        match self.hosted.borrow_mut().take().map(Hosted::close) {
            Some(Err(error @ StandaloneError::TakeOver { .. })) => {
                self.output.warning(&error.to_string());
                Ok(())
            }
            Some(closed) => Ok(closed?),
            None => Ok(()),
        }
    }
}
