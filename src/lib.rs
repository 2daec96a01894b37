#![doc = include_str!("ARCHITECTURE.md")]

pub mod broker;
pub mod clock;
pub mod metadata;
pub mod protocol;
pub mod records;
pub mod vocabulary;
