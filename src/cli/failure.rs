//! How a command ends when it does not succeed: kind, message, hints, exit code.
//!
//! Commands return `anyhow::Result` and add context on the way; an error whose kind matters is a [`Failure`] or an error
//! that this file knows how to classify. A message says what was tried and what came back, a hint says what to do.

use std::fmt;
use std::io;
use std::process::ExitCode;

use super::dialect::exceptions;
use crate::client::ClientError;
use crate::client::error::UNEXPECTED_HANDSHAKE;
use crate::protocol::{ErrorCode, Rejection};
use crate::standalone::StandaloneError;

/// What a script can tell apart: each kind is one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The reader of our output has left; nobody is there to be told.
    ReaderGone,
    /// An item, or something on this machine, failed.
    Failed,
    /// The command line cannot be understood.
    Usage,
    /// No server answered, or not in time.
    Unreachable,
    NotAuthorised,
    NotFound,
    /// Refused by a guard, or not confirmed.
    Refused,
    /// The command ended before the condition it was given was met.
    ConditionNotMet,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

impl Kind {
    pub fn code(self) -> i32 {
        match self {
            Kind::ReaderGone => 0,
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Unreachable => 3,
            Kind::NotAuthorised => 4,
            Kind::NotFound => 5,
            Kind::Refused => 6,
            Kind::ConditionNotMet => 7,
            Kind::Interrupted => 130,
            Kind::Terminated => 143,
        }
    }

    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.code() as u8)
    }
}

/// The end of a command that did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: Kind,
    /// One line for each thing that failed; none when there is nothing to say.
    pub messages: Vec<String>,
    pub hints: Vec<String>,
    /// What Apache's tool says in the same case, where it is known.
    pub apache: Option<ApacheForm>,
}

/// A failure in the words of Apache's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApacheForm {
    /// This message, then the tool's usage table.
    Usage(String),
    /// This line alone.
    Line(String),
    /// The command line cannot be parsed.
    Parsing { class: String, message: String },
    /// The value of an option cannot be read. Java notices when the tool asks for it.
    Value { option: String, class: &'static str, message: String },
    /// The tool cannot begin: a file of settings that is not there, an address that is none.
    Opening { class: String, message: String },
    /// No client can be made of the settings, for this reason; Java's stack trace ends with it.
    Constructing { cause: String },
    /// The tool itself throws this exception while it works.
    Exception { class: String, message: String },
    /// A cluster's answer, which arrives wrapped in an `ExecutionException`.
    Answer { class: String, message: String },
    /// The same, when it is that one side does not accept who the other is; Java's client logs it before.
    NotAccepted { server: Box<str>, class: &'static str, message: Box<str> },
    /// The tool has noticed it by itself, says so, and ends as if nothing had failed.
    Remark(String),
}

/// The exception that Java's clients throw for a property that they do not accept.
pub const CONFIG_EXCEPTION: &str = "org.apache.kafka.common.config.ConfigException";

/// The exception for a name or value that cannot be.
pub const INVALID_CONFIGURATION: &str = "org.apache.kafka.common.errors.InvalidConfigurationException";

/// The exception that Apache's tools throw for a bad argument.
pub const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";

impl Failure {
    pub fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure { messages: vec![message.into()], ..Failure::silent(kind) }
    }

    /// An end that needs no words, such as Ctrl-C.
    pub fn silent(kind: Kind) -> Failure {
        Failure { kind, messages: Vec::new(), hints: Vec::new(), apache: None }
    }

    /// Adds what Apache's tool says in the same case.
    #[must_use]
    pub fn in_apache(mut self, form: ApacheForm) -> Failure {
        self.apache = Some(form);
        self
    }

    /// Adds what Apache's tool throws in the same case.
    #[must_use]
    pub fn thrown(self, class: impl Into<String>, message: impl Into<String>) -> Failure {
        self.in_apache(ApacheForm::Exception { class: class.into(), message: message.into() })
    }

    /// Adds the message that Apache's tool prints before its usage in the same case.
    #[must_use]
    pub fn apache_usage(self, message: impl Into<String>) -> Failure {
        self.in_apache(ApacheForm::Usage(message.into()))
    }

    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    pub fn not_found(message: impl Into<String>) -> Failure {
        Failure::new(Kind::NotFound, message)
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// Puts what was tried in front of what came back.
    #[must_use]
    pub fn about(mut self, tried: impl fmt::Display) -> Failure {
        for message in &mut self.messages {
            *message = format!("{tried}: {message}");
        }
        self
    }

    /// Several items failed: every message, each hint once, and the common kind if they have one.
    pub fn of_items(failures: impl IntoIterator<Item = Failure>) -> Option<Failure> {
        failures.into_iter().reduce(|mut all, one| {
            all.kind = if all.kind == one.kind { one.kind } else { Kind::Failed };
            all.messages.extend(one.messages);
            all.hints.extend(one.hints);
            all.hints.dedup();
            all
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages.join("; "))
    }
}

impl std::error::Error for Failure {}

/// The chain of contexts in front of the cause is one message; the cause decides the kind.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::from_ref(&error)
    }
}

impl Failure {
    pub fn from_ref(error: &anyhow::Error) -> Failure {
        let mut contexts = Vec::new();
        for cause in error.chain() {
            if let Some(mut failure) = known(cause) {
                for message in &mut failure.messages {
                    *message = contexts.iter().rev().fold(message.clone(), |m, context| format!("{context}: {m}"));
                }
                return failure;
            }
            contexts.push(cause.to_string());
        }
        Failure::new(Kind::Failed, contexts.join(": "))
    }
}

fn known(cause: &(dyn std::error::Error + 'static)) -> Option<Failure> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(failure.clone());
    }
    if let Some(error) = cause.downcast_ref::<ClientError>() {
        return Some(of_client(error));
    }
    if let Some(rejection) = cause.downcast_ref::<Rejection>() {
        return Some(of_rejection(rejection));
    }
    if let Some(error) = cause.downcast_ref::<StandaloneError>() {
        let kind = if error.is_unreachable() { Kind::Unreachable } else { Kind::Failed };
        let failure = Failure::new(kind, error.to_string());
        return Some(error.hint().into_iter().fold(failure, Failure::hint));
    }
    match cause.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Some(Failure::silent(Kind::ReaderGone)),
        _ => None,
    }
}

fn of_client(error: &ClientError) -> Failure {
    let message = error.to_string();
    match error {
        ClientError::Unreachable { .. } => unreachable(message),
        ClientError::Mismatch { advice, .. } => Failure::new(Kind::Unreachable, message).hint(*advice),
        ClientError::TimedOut { call, last, .. } => {
            let failure = match last.as_deref() {
                Some(ClientError::Unreachable { .. }) => unreachable(message),
                Some(ClientError::Mismatch { advice, .. }) => Failure::new(Kind::Unreachable, message).hint(*advice),
                _ => Failure::new(Kind::Unreachable, message),
            };
            failure.in_apache(exceptions::no_node_in_time(call))
        }
        ClientError::Authentication { server, message: reason } => Failure::new(Kind::NotAuthorised, message)
            .hint(login_hint(reason))
            .in_apache(exceptions::refused_login(server, reason)),
        ClientError::Handshake { server, fault } => Failure::new(Kind::NotAuthorised, message)
            .hint(fault.hint())
            .in_apache(exceptions::failed_handshake(server, fault)),
        ClientError::Unusable { hint, .. } => {
            let cause = message.clone();
            let failure = Failure::usage(message).in_apache(ApacheForm::Constructing { cause });
            hint.iter().cloned().fold(failure, Failure::hint)
        }
        ClientError::Rejected { call, rejection } => of_rejection(rejection).about(format!("{call} was refused")),
        ClientError::Settings(_) => {
            let class = CONFIG_EXCEPTION.to_owned();
            Failure::usage(message.clone()).in_apache(ApacheForm::Opening { class, message })
        }
        ClientError::Protocol { .. } => Failure::new(Kind::Failed, message).hint(
            "is it a Kafka broker's port? one with TLS needs security.protocol=SSL in the file of --command-config",
        ),
        ClientError::ReadOnly { .. } => Failure::new(Kind::Refused, message),
        ClientError::NoOffset => Failure::new(Kind::Failed, message)
            .hint("auto.offset.reset=earliest or latest says where to start then, as does --from-beginning"),
        ClientError::Unsupported { api, .. } => {
            let class = exceptions::class(ErrorCode::UnsupportedVersion);
            let apache = format!("The node does not support {}", exceptions::java_name(*api));
            Failure::new(Kind::Failed, message).in_apache(ApacheForm::Answer { class, message: apache })
        }
    }
}

/// What can be done about a login that was refused.
fn login_hint(reason: &str) -> &'static str {
    match reason {
        reason if reason.starts_with(UNEXPECTED_HANDSHAKE) => {
            "this listener wants no authentication: security.protocol=PLAINTEXT or SSL would fit it"
        }
        reason if reason.starts_with("Client SASL mechanism") => "set sasl.mechanism to one of those",
        _ => "security.protocol, sasl.mechanism and sasl.jaas.config belong into the file of --command-config",
    }
}

fn unreachable(message: String) -> Failure {
    Failure::new(Kind::Unreachable, message)
        .hint("check the address and that a broker listens there; without --bootstrap-server no server is needed")
}

/// What a cluster's refusal means to a script.
pub fn of_rejection(rejection: &Rejection) -> Failure {
    use ErrorCode::*;
    let kind = match rejection.code {
        UnknownTopicOrPartition | UnknownTopicId | GroupIdNotFound | ResourceNotFound | TransactionalIdNotFound => {
            Kind::NotFound
        }
        TopicAuthorizationFailed
        | GroupAuthorizationFailed
        | ClusterAuthorizationFailed
        | SaslAuthenticationFailed
        | TransactionalIdAuthorizationFailed => Kind::NotAuthorised,
        RequestTimedOut | CoordinatorNotAvailable | LeaderNotAvailable => Kind::Unreachable,
        _ => Kind::Failed,
    };
    let text = exceptions::message(rejection);
    let message = format!("{} ({})", text.trim_end_matches(['.', '\n']), rejection.code.name());
    Failure::new(kind, message)
        .in_apache(ApacheForm::Answer { class: exceptions::class(rejection.code), message: text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_cause_decides_the_kind_and_the_contexts_lead_to_it() {
        let error = Err::<(), _>(Failure::not_found("no topic 'a'").hint("see `kavka topics --list`"))
            .context("cannot delete topic a")
            .unwrap_err();
        let failure = Failure::from(error);
        assert_eq!(failure.kind.code(), 5);
        assert_eq!(failure.messages, ["cannot delete topic a: no topic 'a'"]);
        assert_eq!(failure.hints, ["see `kavka topics --list`"]);
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        let error = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing");
        let failure = Failure::from(error);
        assert_eq!((failure.kind.code(), failure.messages.len()), (0, 0));
    }

    #[test]
    fn items_that_fail_differently_are_a_plain_failure() {
        let same = Failure::of_items([Failure::not_found("a"), Failure::not_found("b")]).unwrap();
        assert_eq!((same.kind, same.messages.len()), (Kind::NotFound, 2));
        let mixed = Failure::of_items([Failure::not_found("a"), Failure::new(Kind::Refused, "b")]).unwrap();
        assert_eq!(mixed.kind, Kind::Failed);
        assert_eq!(Failure::of_items([]), None);
    }
}
