//! Many who wait for the platter, and one who goes there: whoever comes while a flush runs shares the next one with all
//! others that came, and is told when it is done. Nobody holds a thread meanwhile but the one who flushes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Partition;
use super::errors::storage_rejection;
use crate::protocol::Rejection;

/// Those who wait for a flush of one partition.
#[derive(Default)]
pub struct Flushes(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// Somebody flushes, and will see whoever joins.
    running: bool,
    waiting: Vec<(i64, oneshot::Sender<Result<(), Rejection>>)>,
}

impl Flushes {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place in the queue, and whether somebody has to begin to serve it.
    fn join(&self, offset: i64) -> (FlushTicket, bool) {
        let (tell, told) = oneshot::channel();
        let mut queue = self.lock();
        queue.waiting.push((offset, tell));
        (FlushTicket(told), !std::mem::replace(&mut queue.running, true))
    }

    /// Serves the queue until it is empty. `flush` puts everything below an offset on the platter.
    fn serve(&self, flush: impl Fn(i64) -> Result<(), Rejection>) {
        let unwinding = Unwinding(self);
        loop {
            let mut queue = self.lock();
            let waiting = std::mem::take(&mut queue.waiting);
            let Some(offset) = waiting.iter().map(|(offset, _)| *offset).max() else {
                queue.running = false;
                break;
            };
            drop(queue);
            let result = flush(offset);
            for (_, tell) in waiting {
                // Whoever does not wait any more need not be told.
                let _ = tell.send(result.clone());
            }
        }
        std::mem::forget(unwinding);
    }
}

/// After a panic nobody serves the queue: those in it are told so, and the next one begins anew.
struct Unwinding<'a>(&'a Flushes);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        *self.0.lock() = Queue::default();
    }
}

/// The promise of a flush.
pub struct FlushTicket(oneshot::Receiver<Result<(), Rejection>>);

impl FlushTicket {
    /// Waits for the platter.
    pub async fn redeem(self) -> Result<(), Rejection> {
        self.0.await.unwrap_or_else(|_| Err(storage_rejection()))
    }
}

impl Partition {
    /// Sees to it that everything below `offset` reaches the platter.
    pub(super) fn order_flush(self: &Arc<Self>, offset: i64) -> FlushTicket {
        let (ticket, first) = self.flushes.join(offset);
        if first {
            let partition = self.clone();
            tokio::task::spawn_blocking(move || {
                let flush = |offset| partition.flush_up_to(offset).map_err(|e| partition.failed(&e));
                partition.flushes.serve(flush);
            });
        }
        ticket
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn whoever_comes_during_a_flush_shares_the_next() {
        let flushes = Flushes::default();
        let tickets = RefCell::new(vec![flushes.join(5)]);
        assert!(tickets.borrow()[0].1);
        let flushed = RefCell::new(Vec::new());
        flushes.serve(|offset| {
            if flushed.borrow().is_empty() {
                tickets.borrow_mut().extend([flushes.join(9), flushes.join(7), flushes.join(8)]);
            }
            flushed.borrow_mut().push(offset);
            if offset == 5 { Ok(()) } else { Err(storage_rejection()) }
        });
        assert_eq!(*flushed.borrow(), [5, 9]);
        let told: Vec<_> = tickets.into_inner().into_iter().map(|(FlushTicket(mut told), _)| told.try_recv()).collect();
        assert_eq!(told[0], Ok(Ok(())));
        assert!(told[1..].iter().all(|told| *told == Ok(Err(storage_rejection()))));
        assert!(flushes.join(10).1, "the next one has to begin again");
    }

    #[test]
    fn a_panic_leaves_nobody_waiting() {
        let flushes = Flushes::default();
        let (FlushTicket(mut told), _) = flushes.join(1);
        let served = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| flushes.serve(|_| panic!("a defect"))));
        assert!(served.is_err());
        assert!(told.try_recv().is_err());
        assert!(flushes.join(2).1);
    }
}
