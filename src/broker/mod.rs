//! The broker: everything between a socket and a log.

pub mod machine;
