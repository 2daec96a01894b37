//! Topics: a file per request.

mod assignment;
mod create;
mod delete;
mod ensure;
mod partitions;

pub use ensure::EnsureTopic;

use crate::protocol::{ErrorCode, Rejection};

/// Partitions of all topics together; each is a directory and open files on one machine.
const MAX_PARTITIONS: usize = 20_000;

fn too_many_partitions(existing: usize, added: usize) -> Option<Rejection> {
    (existing + added > MAX_PARTITIONS).then(|| {
        let message = format!(
            "{added} more partitions would make {} on this broker; the most that one broker keeps is {MAX_PARTITIONS}.",
            existing + added
        );
        Rejection::new(ErrorCode::PolicyViolation, message)
    })
}

fn too_many_records() -> Rejection {
    Rejection::new(ErrorCode::PolicyViolation, "Unable to perform excessively large batch operation.")
}
