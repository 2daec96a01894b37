//! Between the sockets and [`dispatch`](super::dispatch): listeners, frames, connections, authentication.

mod authentication;
mod budget;
mod connection;
mod frames;
mod listener;
mod segments;

pub use budget::RequestBudget;
pub use listener::{Listener, bind};
