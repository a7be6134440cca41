//! How far a long run is: one line on a terminal, written over again and again.
//!
//! In: how many of how many are done. Out: a bar on stderr, a few times a second; nothing where nobody would see it.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often the line is written: faster is not read, and takes time.
const EVERY: Duration = Duration::from_millis(100);

/// How many signs the bar has.
const WIDTH: usize = 30;

/// Puts the cursor to the begin of the line and clears it.
const CLEAR: &str = "\r\x1b[K";

/// The line.
pub(super) struct Progress {
    is_on: bool,
    total: usize,
    began: Instant,
    shown: Option<Instant>,
}

impl Progress {
    /// Of so many. `is_free`: nothing else is written to the terminal meanwhile.
    pub fn new(total: usize, is_free: bool) -> Self {
        let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        Progress {
            is_on: is_free && !is_dumb && std::io::stderr().is_terminal(),
            total,
            began: Instant::now(),
            shown: None,
        }
    }

    /// Shows how far it is, unless it was shown just now.
    pub fn show(&mut self, done: usize, failed: usize) {
        let now = Instant::now();
        if self.is_on && self.shown.is_none_or(|shown| now - shown >= EVERY) {
            self.shown = Some(now);
            // A terminal that has gone away is no failure.
            let _ = write!(std::io::stderr(), "{CLEAR}{}", bar(done, self.total, failed, now - self.began));
        }
    }

    /// Takes the line away, so that something else can be written.
    pub fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(std::io::stderr(), "{CLEAR}");
        }
    }
}

fn bar(done: usize, total: usize, failed: usize, took: Duration) -> String {
    let filled = (done * WIDTH).checked_div(total).unwrap_or(WIDTH).min(WIDTH);
    let millis = took.as_millis().max(1);
    let per_second = done as u128 * 1000 / millis;
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    format!("[{}{}] {done}/{total}{failed}, {per_second}/s", "#".repeat(filled), "-".repeat(WIDTH - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_many_are_done_how_many_failed_and_how_fast() {
        let half = bar(500, 1000, 2, Duration::from_secs(2));
        assert_eq!(half, format!("[{}{}] 500/1000, 2 failed, 250/s", "#".repeat(15), "-".repeat(15)));
        assert!(bar(0, 0, 0, Duration::ZERO).ends_with("] 0/0, 0/s"));
    }
}
