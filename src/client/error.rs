//! What can go wrong between this process and a cluster, each with its evidence.

use std::fmt;
use std::time::Duration;

use crate::protocol::{Api, ErrorCode, Rejection};

/// A call to a cluster failed as a whole. Refusals of single items are values in the answer, not this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientError {
    /// No connection, or it was lost before the answer came. One cause for each address that was tried.
    Unreachable { servers: String, causes: Vec<String> },
    /// The time limit of the call passed; `last` is what stood in the way.
    TimedOut { call: &'static str, after: Duration, last: Option<Box<ClientError>> },
    /// The server did not accept who we say we are.
    Authentication { server: String, message: String },
    /// TLS was not agreed on, or one side does not accept the other's certificate.
    Handshake { server: String, fault: TlsFault },
    /// The listener speaks another security protocol than we do.
    Mismatch { server: String, evidence: String, advice: &'static str },
    /// The cluster answered with an error code.
    Rejected { call: &'static str, rejection: Rejection },
    /// The server does not have the API, or no version of it that we speak.
    Unsupported { server: String, api: Api },
    /// The server sent bytes that do not follow the protocol.
    Protocol { server: String, evidence: String },
    /// There is no offset to read from, and `auto.offset.reset=none` forbids choosing one.
    NoOffset,
    /// The settings cannot be used.
    Settings(String),
    /// The settings are for reading only, and the request would change something; it was not sent.
    ReadOnly { api: Api },
    /// A client cannot be made of the settings: a key store that does not open, a login that lacks something.
    Unusable { message: String, hint: Option<String> },
}

/// How Java's clients begin to say that a listener wants no login.
pub const UNEXPECTED_HANDSHAKE: &str = "Unexpected handshake request";

/// What went wrong with TLS, in words that name the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// The server's certificate is not valid at this time.
    Dates(String),
    /// Nobody whom we trust vouches for the server's certificate.
    Untrusted(String),
    /// The server's certificate is for other names.
    OtherHost(String),
    /// The server did not accept our certificate, or misses one.
    NotAccepted(String),
    /// No protocol version or cipher suite that both sides have, or anything else.
    Disagreement(String),
}

impl TlsFault {
    pub fn text(&self) -> &str {
        match self {
            TlsFault::Dates(text)
            | TlsFault::Untrusted(text)
            | TlsFault::OtherHost(text)
            | TlsFault::NotAccepted(text)
            | TlsFault::Disagreement(text) => text,
        }
    }

    /// What can be done about it.
    pub fn hint(&self) -> &'static str {
        match self {
            TlsFault::Dates(_) => "renew the broker's certificate, or check this machine's clock",
            TlsFault::Untrusted(_) => {
                "put the certificate of the authority that signed it into the store of ssl.truststore.location"
            }
            TlsFault::OtherHost(_) => {
                "connect by a name of the certificate; an empty ssl.endpoint.identification.algorithm= turns the check off"
            }
            TlsFault::NotAccepted(_) => {
                "give a certificate that the broker trusts: ssl.keystore.location, ssl.keystore.password, ssl.key.password"
            }
            TlsFault::Disagreement(_) => "compare ssl.enabled.protocols and ssl.cipher.suites with those of the broker",
        }
    }
}

impl ClientError {
    pub(crate) fn unreachable(server: impl Into<String>, cause: impl fmt::Display) -> ClientError {
        let server = server.into();
        ClientError::Unreachable { causes: vec![format!("{server}: {cause}")], servers: server }
    }

    pub(crate) fn unusable(message: impl Into<String>) -> ClientError {
        ClientError::Unusable { message: message.into(), hint: None }
    }

    pub(crate) fn unusable_with_hint(message: impl Into<String>, hint: impl Into<String>) -> ClientError {
        ClientError::Unusable { message: message.into(), hint: Some(hint.into()) }
    }

    pub(crate) fn rejected(call: &'static str, code: ErrorCode, message: Option<String>) -> ClientError {
        ClientError::Rejected { call, rejection: Rejection { code, message } }
    }

    /// The error code of the cluster's answer, if it was an answer.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            ClientError::Rejected { rejection, .. } => Some(rejection.code),
            _ => None,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Unreachable { servers, causes } => {
                write!(f, "cannot reach {servers}")?;
                match causes.as_slice() {
                    [] => Ok(()),
                    causes => write!(f, " ({})", causes.join("; ")),
                }
            }
            ClientError::TimedOut { last: Some(last), .. }
                if matches!(**last, ClientError::Unreachable { .. } | ClientError::Mismatch { .. }) =>
            {
                last.fmt(f)
            }
            ClientError::TimedOut { call, after, last } => {
                write!(f, "{call} timed out after {} ms", after.as_millis())?;
                match last {
                    Some(last) => write!(f, ": {last}"),
                    None => Ok(()),
                }
            }
            ClientError::Authentication { server, message } => {
                write!(f, "{server} refused the authentication: {message}")
            }
            ClientError::Handshake { server, fault } => {
                write!(f, "no TLS connection with {server}: {}", fault.text())
            }
            ClientError::Mismatch { server, evidence, .. } => write!(f, "cannot talk to {server}: {evidence}"),
            ClientError::Rejected { call, rejection } => write!(f, "{call} was refused: {rejection}"),
            ClientError::Unsupported { server, api } => {
                write!(f, "the broker {server} does not support {api} in a version that this client speaks")
            }
            ClientError::Protocol { server, evidence } => write!(f, "{server} broke the protocol: {evidence}"),
            ClientError::NoOffset => f.write_str(
                "no offset is committed, or it is out of range, and auto.offset.reset=none chooses no other",
            ),
            ClientError::Settings(message) | ClientError::Unusable { message, .. } => f.write_str(message),
            ClientError::ReadOnly { api } => write!(f, "{api} was not sent: the profile is readonly"),
        }
    }
}

impl std::error::Error for ClientError {}
