//! Where the events of `tracing` go: to stderr, all of them for a broker, only faults for a command that hosts one; to
//! stdout and in Kafka's pattern under the name of Apache's server.
//!
//! A fault that repeats, as that of a full disk does with every attempt, is told once. The variable `KAVKA_LOG` asks any
//! command for more, in the syntax of tracing's directives, such as `debug` or `kavka::log=trace`.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use super::dialect::log_time;
use crate::clock::Timestamp;

const FILTER_VARIABLE: &str = "KAVKA_LOG";

/// Lost connections, the bulk of what librdkafka says, are told by the commands themselves; that a consumer which was
/// closed cannot be closed again, as the crate around it says of each, is no fault.
const FAULTS: &str = "error,librdkafka=off,rdkafka=off";

/// How many different faults are remembered; a process has other worries than a further one.
const MOST_FAULTS: usize = 100;

/// For a broker: with times, from `info` on.
pub fn everything() {
    install(EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info")));
}

/// For a broker under Apache's name: `[2026-01-02 03:04:05,678] INFO text (logger)` on stdout.
pub fn as_kafka_does() {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .event_format(KafkaPattern)
        .with_writer(io::stdout);
    let _ = subscriber.try_init();
}

/// For a command in whose process a broker may run.
pub fn faults_only() {
    if let Ok(filter) = EnvFilter::try_from_env(FILTER_VARIABLE) {
        return install(filter);
    }
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(FAULTS))
        .with_ansi(false)
        .event_format(Warning)
        .with_writer(Once::default());
    // Only a second call in one process could fail, and the first one's subscriber then does the work.
    let _ = subscriber.try_init();
}

/// For a command that talks to servers elsewhere: nothing, unless the variable asks for it.
pub fn if_asked() {
    if let Ok(filter) = EnvFilter::try_from_env(FILTER_VARIABLE) {
        install(filter);
    }
}

fn install(filter: EnvFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    let _ = subscriber.try_init();
}

/// The pattern of the log configuration that Kafka ships.
struct KafkaPattern;

impl<S, N> FormatEvent<S, N> for KafkaPattern
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        write!(to, "[{}] {} ", log_time(Timestamp::now()), metadata.level())?;
        context.format_fields(to.by_ref(), event)?;
        writeln!(to, " ({})", metadata.target().replace("::", "."))
    }
}

/// An event as a line among those of the command.
struct Warning;

impl<S, N> FormatEvent<S, N> for Warning
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        to.write_str("warning: ")?;
        context.format_fields(to.by_ref(), event)?;
        to.write_char('\n')
    }
}

/// Stderr for lines that it has not had yet. An event is written in one piece.
#[derive(Default)]
struct Once {
    told: Mutex<HashSet<Vec<u8>>>,
}

impl Once {
    fn is_news(&self, line: &[u8]) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MOST_FAULTS && told.insert(line.to_vec())
    }
}

impl<'a> MakeWriter<'a> for Once {
    type Writer = OnceWriter<'a>;

    fn make_writer(&'a self) -> OnceWriter<'a> {
        OnceWriter(self)
    }
}

struct OnceWriter<'a>(&'a Once);

impl Write for OnceWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.0.is_news(line) {
            io::stderr().write_all(line)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_news_once() {
        let once = Once::default();
        assert!(once.is_news(b"no space\n") && once.is_news(b"no disk\n"));
        assert!(!once.is_news(b"no space\n"));
    }
}
