//! The broker: everything between a socket and a log. This file is wiring only.
//!
//! `net` reads frames, `dispatch` finds the handler, `handlers` translate into what `partitions` and the machines do.

mod blocking;
pub mod config;
pub mod coordinators;
pub mod dispatch;
pub mod first_write;
pub mod handlers;
pub mod machine;
pub mod metadata_log;
pub mod net;
pub mod partitions;
pub mod request;
pub mod security;
pub mod server;
mod state;

pub use config::{BrokerConfig, ListenerConfig, ListenerProtocol};
pub use state::BrokerState;
