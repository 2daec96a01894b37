#![doc = include_str!("ARCHITECTURE.md")]

pub mod clock;
pub mod protocol;
pub mod records;
pub mod vocabulary;
