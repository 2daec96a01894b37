//! Buffers of large requests that were answered, for those that come next: memory that was just in use is still in the
//! processor's cache, while each page of new memory costs a fault.
//!
//! There are never more of them than connections that send large requests at the moment: one that comes to rest gives up
//! its [`Share`], and with it a buffer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};

/// So much is kept at most, of all connections together.
const LIMIT_BYTES: usize = 8 << 20;
/// Larger buffers are not kept: a log may hold on to the one in which a much smaller batch lies.
const LARGEST_BYTES: usize = 2 << 20;

#[derive(Default)]
struct Shelf {
    buffers: Vec<BytesMut>,
    shares: usize,
}

impl Shelf {
    fn size(&self) -> usize {
        self.buffers.iter().map(BytesMut::capacity).sum()
    }
}

/// The buffers that are not in use.
#[derive(Clone, Default)]
pub struct Spares(Arc<Mutex<Shelf>>);

impl Spares {
    /// For a connection that has begun to send large requests.
    pub fn share(&self) -> Share {
        self.lock().shares += 1;
        Share(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's right to take buffers and to give them back.
pub struct Share(Spares);

impl Share {
    /// An empty buffer: the one that was in use last, or a new one without any memory yet.
    pub fn take(&self) -> BytesMut {
        self.0.lock().buffers.pop().unwrap_or_default()
    }

    /// Takes the buffer of a frame back, if nobody else holds any part of it.
    pub fn give_back(&self, frame: Bytes) {
        let Ok(mut buffer) = frame.try_into_mut() else { return };
        if buffer.capacity() > LARGEST_BYTES {
            return;
        }
        buffer.clear();
        let mut shelf = self.0.lock();
        if shelf.buffers.len() < shelf.shares && shelf.size() + buffer.capacity() <= LIMIT_BYTES {
            shelf.buffers.push(buffer);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut shelf = self.0.lock();
        shelf.shares -= 1;
        let most = shelf.shares;
        shelf.buffers.truncate(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(size: usize) -> Bytes {
        BytesMut::zeroed(size).freeze()
    }

    #[test]
    fn a_buffer_comes_back_unless_somebody_holds_a_part_of_it() {
        let spares = Spares::default();
        let share = spares.share();
        let held = frame(1000);
        let part = held.slice(10..20);
        share.give_back(held);
        assert_eq!(share.take().capacity(), 0);
        share.give_back(part);
        assert!(share.take().capacity() >= 900);
    }

    #[test]
    fn connections_at_rest_leave_nothing_behind() {
        let spares = Spares::default();
        let shares = [spares.share(), spares.share()];
        shares.iter().for_each(|share| share.give_back(frame(1000)));
        shares[0].give_back(frame(1000));
        assert_eq!(spares.lock().buffers.len(), 2);
        drop(shares);
        assert_eq!(spares.lock().size(), 0);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let spares = Spares::default();
        let shares: Vec<Share> = (0..10).map(|_| spares.share()).collect();
        shares[0].give_back(frame(LARGEST_BYTES + 1));
        assert_eq!(spares.lock().size(), 0);
        shares.iter().for_each(|share| share.give_back(frame(LARGEST_BYTES)));
        assert_eq!(spares.lock().size(), LIMIT_BYTES);
    }
}
