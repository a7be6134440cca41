//! The same work on many things, on as many cores as pay for it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
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

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_the_order_of_their_items() {
        let items: Vec<usize> = (0..1000).collect();
        let double = |n: &usize| n * 2;
        assert_eq!(super::map(&items, usize::MAX, double), super::map(&items, 0, double));
    }
}
