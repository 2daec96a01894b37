//! Between the sockets and [`dispatch`](super::dispatch): listeners, frames, connections, authentication.

mod authentication;
mod budget;
mod connection;
mod descriptors;
mod frames;
mod listener;
mod sending;
mod spares;

pub use budget::RequestBudget;
pub use descriptors::allow_many_descriptors;
pub use listener::{Listener, bind};
