//! The broker: everything between a socket and a log. This file is wiring only.
//!
//! `net` reads frames, `dispatch` finds the handler, `handlers` translate into what `partitions` and the machines do.

mod blocking;
pub mod config;
pub mod controller;
pub mod controller_handle;
pub mod coordinators;
mod directory_watch;
pub mod dispatch;
pub mod first_write;
pub mod handlers;
mod log_directories;
pub mod machine;
pub mod metadata_log;
pub mod net;
pub mod partitions;
mod producer_ids;
pub mod request;
pub mod security;
pub mod server;
mod start;
mod state;
pub mod storage;
pub mod topics;

pub use config::{BrokerConfig, ListenerConfig, ListenerProtocol};
pub use start::{Broker, StartError, StopError};
pub use state::BrokerState;
