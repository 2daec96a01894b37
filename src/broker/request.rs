//! Who asks, and how: what a handler knows about a request besides its body.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::broker::config::BoundListener;
use crate::protocol::Api;

/// The circumstances of one request.
#[derive(Debug, Clone)]
pub struct RequestContext {
    pub api: Api,
    pub api_version: i16,
    pub correlation_id: i32,
    /// A null client id is the empty one.
    pub client_id: String,
    pub principal: Principal,
    /// The listener that the request came in on: its advertised address is what clients are told.
    pub listener: Arc<BoundListener>,
    pub client_host: IpAddr,
}

/// Who a client proved to be, such as `User:ANONYMOUS`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    pub kind: String,
    pub name: String,
}

impl Principal {
    pub fn user(name: impl Into<String>) -> Principal {
        Principal { kind: "User".to_owned(), name: name.into() }
    }

    pub fn anonymous() -> Principal {
        Principal::user("ANONYMOUS")
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

/// What a handler gives back. Nearly all give a response, which turns into this by itself.
#[derive(Debug)]
pub enum Answer<R> {
    Respond(R),
    /// The client waits for nothing: a produce request with `acks=0`.
    Silent,
    /// The connection is closed, since there is no way to say in a response what went wrong.
    Close(Disconnect),
}

impl<R> From<R> for Answer<R> {
    fn from(response: R) -> Answer<R> {
        Answer::Respond(response)
    }
}

/// Why a connection is closed. There is no other way to drop one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disconnect {
    /// The client closed it.
    Closed,
    /// Reading or writing failed.
    Broken(String),
    /// A frame with a length that is refused.
    FrameLength { length: i32, limit: usize },
    /// Bytes that are no request.
    Malformed(String),
    /// An API, or a version of it, that is not served here.
    NotServed { api_key: i16, api_version: i16 },
    /// Nothing was heard for too long.
    Idle,
    /// A frame did not arrive, or a response was not taken, in time.
    TooSlow,
    /// The client is not, or no longer, allowed to go on.
    NotAuthenticated(String),
    /// A produce request that nobody waits for failed.
    UnacknowledgedFailure(String),
    /// A handler panicked.
    Panicked,
    /// The broker stops.
    Stopping,
}

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Disconnect::Closed => f.write_str("the client closed the connection"),
            Disconnect::Broken(error) => write!(f, "the connection broke: {error}"),
            Disconnect::FrameLength { length, limit } => {
                write!(f, "a frame announces {length} bytes; the limit is {limit}")
            }
            Disconnect::Malformed(fault) => write!(f, "a request cannot be read: {fault}"),
            Disconnect::NotServed { api_key, api_version } => {
                write!(f, "version {api_version} of API {api_key} is not served")
            }
            Disconnect::Idle => f.write_str("the connection was idle for too long"),
            Disconnect::TooSlow => f.write_str("the client was too slow"),
            Disconnect::NotAuthenticated(reason) => write!(f, "authentication failed: {reason}"),
            Disconnect::UnacknowledgedFailure(reason) => write!(f, "an unacknowledged write failed: {reason}"),
            Disconnect::Panicked => f.write_str("a request failed because of a defect in kavka"),
            Disconnect::Stopping => f.write_str("the broker stops"),
        }
    }
}

impl std::error::Error for Disconnect {}
