//! File work on the threads of the runtime.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs work that may block on this thread; a runtime with several threads is told, so that the other tasks go on.
pub fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
