#![doc = include_str!("ARCHITECTURE.md")]

pub mod broker;
pub mod cli;
pub mod client;
pub mod clock;
pub mod log;
pub mod metadata;
pub mod properties;
pub mod protocol;
pub mod re2;
pub mod records;
pub mod standalone;
pub mod vocabulary;
