//! What a case costs this process.
//!
//! In: nothing. Out: processor time and the peak of memory, as Linux counts them in /proc; elsewhere the
//! clock on the wall, and no memory. A busy machine makes no case slow that way.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Ticks of a second in /proc; the kernel shows programs this number whatever its own.
const TICKS: u64 = 100;

/// Processor time of this process until now.
pub fn cpu() -> Duration {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let wall = BEGIN.get_or_init(Instant::now).elapsed();
    times(0).unwrap_or(wall)
}

/// Processor time of the processes that this one has started and that have ended.
pub fn children() -> Duration {
    times(2).unwrap_or_default()
}

/// User and system time are the 14th and 15th word, those of children the two after.
fn times(skipped: usize) -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name stands in parentheses and may hold blanks.
    let (_, behind_name) = stat.rsplit_once(')')?;
    let ticks: Vec<u64> =
        behind_name.split_ascii_whitespace().skip(11 + skipped).take(2).flat_map(str::parse).collect();
    (ticks.len() == 2).then(|| Duration::from_millis(ticks.iter().sum::<u64>() * 1000 / TICKS))
}

/// The most memory that this process has had since [`forget_peak`], in bytes.
pub fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_ascii_whitespace().next()).and_then(|kib| kib.parse::<usize>().ok());
    kib.unwrap_or(0) << 10
}

/// Counts [`peak`] anew from here.
pub fn forget_peak() {
    // Where that cannot be written, the peak is that of the whole run: a finding too many, not one too few.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
