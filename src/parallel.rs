//! The same work on many things, on as many cores as pay for it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

/// From how many bytes of work on a further thread pays for its start (some 50 µs).
pub(crate) const BYTES_PER_THREAD: usize = 96 * 1024;

/// How many cores there are; to ask takes a dozen files.
pub(crate) static CORES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));

/// What `work` makes of each item, in their order. `bytes` says how much work there is in all.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], bytes: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let helpers = match (bytes / BYTES_PER_THREAD).min(items.len().saturating_sub(1)) {
        0 => 0,
        wanted => wanted.min((*CORES).saturating_sub(1)),
    };
    if helpers == 0 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..helpers).map(|_| scope.spawn(some)).collect();
        let mut done = some();
        for thread in threads {
            done.append(&mut thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Both results, the second from another thread.
pub(crate) fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        // A panic goes on as one.
        (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// How many results of each thread may wait for an earlier one that takes longer: enough that nobody stands still for an
/// ordinary difference, and few enough to hold in memory.
const WAITING_PER_THREAD: usize = 4;

/// Where threads are that hand over in order.
struct Line<R> {
    state: Mutex<State<R>>,
    /// There is room for a further result.
    room: Condvar,
    /// The next result has come, or none will.
    ready: Condvar,
}

struct State<R> {
    /// The next item to work on.
    next: usize,
    /// How many results were handed over.
    handed: usize,
    done: BTreeMap<usize, R>,
    is_over: bool,
}

impl<R> Line<R> {
    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        self.state().is_over = true;
        self.room.notify_all();
        self.ready.notify_all();
    }

    /// The next item's number, when there is room for what comes of it.
    fn take(&self, count: usize, window: usize) -> Option<usize> {
        let mut state = self.state();
        while !state.is_over && state.next < count && state.next >= state.handed.saturating_add(window) {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_over || state.next >= count {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    fn put(&self, index: usize, result: R) {
        let mut state = self.state();
        state.done.insert(index, result);
        if state.handed == index {
            self.ready.notify_one();
        }
    }

    /// The result that is next in line; `None` when a thread has failed.
    fn wait(&self) -> Option<R> {
        let mut state = self.state();
        loop {
            let handed = state.handed;
            if let Some(result) = state.done.remove(&handed) {
                state.handed += 1;
                self.room.notify_all();
                return Some(result);
            }
            if state.is_over {
                return None;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Ends the run when a thread panics, so that nobody waits for what it would have brought.
struct Watch<'l, R>(&'l Line<R>);

impl<R> Drop for Watch<'_, R> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.end();
        }
    }
}

/// Works on the items on several threads, and hands each result to `each` on this one, in the order of the items. Only a
/// few results wait at a time, whatever the number of items; `each` may break off.
pub(crate) fn in_order<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
    mut each: impl FnMut(&T, R) -> ControlFlow<()>,
) {
    let threads = threads.min(items.len());
    if threads <= 1 {
        let _ = items.iter().try_for_each(|item| each(item, work(item)));
        return;
    }
    let state = State { next: 0, handed: 0, done: BTreeMap::new(), is_over: false };
    let line = Line { state: Mutex::new(state), room: Condvar::new(), ready: Condvar::new() };
    let window = threads * WAITING_PER_THREAD;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let _watch = Watch(&line);
                while let Some(index) = line.take(items.len(), window) {
                    if let Some(item) = items.get(index) {
                        line.put(index, work(item));
                    }
                }
            });
        }
        // This thread may panic too, in `each`.
        let _watch = Watch(&line);
        for item in items {
            let Some(result) = line.wait() else { break };
            if each(item, result).is_break() {
                break;
            }
        }
        line.end();
    });
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_are_handed_over_in_order_and_few_of_them_wait() {
        let items: Vec<usize> = (0..500).collect();
        let (handed, furthest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |item: &usize| {
            furthest.fetch_max(item - handed.load(Ordering::SeqCst).min(*item), Ordering::SeqCst);
            item * 2
        };
        let mut got = Vec::new();
        in_order(&items, 3, work, |item, result| {
            handed.fetch_add(1, Ordering::SeqCst);
            got.push((*item, result));
            ControlFlow::Continue(())
        });
        assert_eq!(got, items.iter().map(|item| (*item, item * 2)).collect::<Vec<_>>());
        // One more than the window: the last one handed over may not be counted yet.
        assert!(furthest.into_inner() <= 3 * super::WAITING_PER_THREAD + 1);
    }

    #[test]
    fn breaking_off_ends_the_work() {
        let items = vec![(); 10_000];
        for threads in [1, 4] {
            let worked = AtomicUsize::new(0);
            let mut got = 0;
            let work = |(): &()| worked.fetch_add(1, Ordering::SeqCst);
            in_order(&items, threads, work, |(), _| {
                got += 1;
                if got == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert_eq!(got, 10);
            assert!(worked.into_inner() < 100);
        }
    }

    #[test]
    fn a_panic_in_one_thread_leaves_nobody_waiting() {
        let items: Vec<usize> = (0..100).collect();
        let run = || {
            let work = |item: &usize| assert_ne!(*item, 50, "on purpose");
            in_order(&items, 2, work, |_, ()| ControlFlow::Continue(()));
        };
        assert!(std::panic::catch_unwind(run).is_err());
    }

    #[test]
    fn results_keep_the_order_of_their_items() {
        let items: Vec<usize> = (0..1000).collect();
        let double = |n: &usize| n * 2;
        assert_eq!(super::map(&items, usize::MAX, double), super::map(&items, 0, double));
    }
}
