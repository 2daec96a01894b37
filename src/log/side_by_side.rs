//! The same work on many things, several of them at a time: who waits for the platter side by side shares its commits.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What the work gives for each, in their order. This thread takes its share.
pub fn side_by_side<T: Sync, R: Send>(threads: usize, things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take_all = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            match things.get(at) {
                Some(thing) => done.push((at, work(thing))),
                None => return done,
            }
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(things.len())).map(|_| scope.spawn(take_all)).collect();
        let mut done = take_all();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_things_however_many_threads_there_are() {
        let things: Vec<u32> = (0..100).collect();
        for threads in [0, 1, 7, 1000] {
            let doubled = side_by_side(threads, &things, |thing| thing * 2);
            assert_eq!(doubled, things.iter().map(|thing| thing * 2).collect::<Vec<u32>>());
        }
        assert!(side_by_side(3, &[], |_: &u32| 1).is_empty());
    }

    #[test]
    fn all_wait_at_the_same_time() {
        let together = Barrier::new(3);
        side_by_side(3, &[(); 3], |()| together.wait());
    }
}
