//! The coordinators: machines that keep their state in internal topics. This file is wiring only.

pub mod group;
mod group_log;
mod groups;
mod internal_log;
mod machines;
mod marker_writer;
pub mod transaction;
mod transaction_log;
mod transactions;

pub use groups::{GroupCoordinators, OFFSETS_TOPIC};
pub use machines::{InternalTopic, MakeTopic};
pub use marker_writer::Marker;
pub use transactions::{TransactionCoordinators, TransactionSupport, TransactionalWrite, unknown_id};
