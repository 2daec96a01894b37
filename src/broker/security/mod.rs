//! Proving who a client is.

pub mod operations;
pub mod plain;
