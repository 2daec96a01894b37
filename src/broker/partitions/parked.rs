//! Fetches that wait for records. An append wakes those that wait for its partition; each then looks for itself whether
//! it has enough.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The fetches that wait for one partition.
#[derive(Default)]
pub struct Parked {
    waiting: Mutex<Vec<Arc<Notify>>>,
}

impl Parked {
    /// `fetch` is woken by everything that happens to the partition until the result is dropped.
    pub fn watch<'a>(&'a self, fetch: &Arc<Notify>) -> Watch<'a> {
        self.lock().push(fetch.clone());
        Watch { parked: self, fetch: fetch.clone() }
    }

    pub fn wake(&self) {
        for fetch in self.lock().iter() {
            fetch.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Notify>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fetch's place among those that are woken.
pub struct Watch<'a> {
    parked: &'a Parked,
    fetch: Arc<Notify>,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut waiting = self.parked.lock();
        if let Some(at) = waiting.iter().position(|fetch| Arc::ptr_eq(fetch, &self.fetch)) {
            waiting.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wake_before_the_wait_is_not_lost() {
        let parked = Parked::default();
        let fetch = Arc::new(Notify::new());
        let watch = parked.watch(&fetch);
        parked.wake();
        fetch.notified().await;
        drop(watch);
        assert!(parked.lock().is_empty());
    }
}
