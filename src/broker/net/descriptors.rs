//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one, as a Java virtual machine does when it starts. The usual soft limit of 1024 would
/// be used up by a few hundred clients.
pub fn allow_many_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(e) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!("cannot raise the limit of open files above {:?}: {e}", limit.current);
    }
}
