//! Apache's dialect: what its tools accept, and how they say what happened.
//!
//! One layer for all tools: the argument vector is rewritten before clap sees it, failures are worded after a command
//! has ended. Commands know nothing of it.

pub mod exceptions;
pub mod hash_order;
