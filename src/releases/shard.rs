//! One part of the rows, so that several machines share the work.
//!
//! In: which part of how many. Out: the rows of that part. The same file gives the same parts everywhere, so nobody has
//! to hand them out.

use super::Releases;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;

/// One part of several, counted from 1: `2/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// What is wrong with a shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// No numbers.
    #[error("found {0:?}, expected INDEX/COUNT such as 2/16")]
    NoNumbers(String),
    /// No parts at all.
    #[error("found 0 shards, expected 1 or more")]
    NoShards,
    /// A part that there is not.
    #[error("found shard {index} of {count}, expected one from 1 to {count}")]
    Outside {
        /// The part.
        index: u64,
        /// How many there are.
        count: u32,
    },
}

impl Shard {
    /// Part `index` of `count`, counted from 1.
    ///
    /// # Errors
    /// There are no parts, or not that one.
    pub fn new(index: u64, count: u32) -> Result<Shard, ShardError> {
        match u32::try_from(index) {
            _ if count == 0 => Err(ShardError::NoShards),
            Ok(index) if (1..=count).contains(&index) => Ok(Shard { index, count }),
            _ => Err(ShardError::Outside { index, count }),
        }
    }

    /// Reads `INDEX/COUNT`, the index counted from 1.
    ///
    /// # Errors
    /// As [`new`](Shard::new), and a text that is no such thing.
    ///
    /// ```
    /// use chartwright::releases::Shard;
    /// assert_eq!(Shard::parse("2/16").map(|shard| shard.to_string()), Ok("2/16".to_owned()));
    /// assert_eq!(Shard::parse("0/16").unwrap_err().to_string(), "found shard 0 of 16, expected one from 1 to 16");
    /// ```
    pub fn parse(text: &str) -> Result<Shard, ShardError> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((number(index)?, number(count)?)));
        let found = numbers.and_then(|(index, count)| Some((index, u32::try_from(count).ok()?)));
        let (index, count) = found.ok_or_else(|| ShardError::NoNumbers(text.to_owned()))?;
        Shard::new(index, count)
    }
}

/// Digits alone: Rust would take a sign too.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Releases {
    /// The rows of one shard, in the order of the file. Every row is in one shard; neither all the rows nor those of
    /// one chart differ by more than one between shards: a chart that takes long is spread over all machines.
    #[must_use]
    pub fn shard(mut self, shard: Shard) -> Releases {
        // Rows are dealt like cards, chart by chart, and where one chart's end the next one's go on.
        let mut counts: HashMap<&Path, u64> = HashMap::new();
        let mut order: Vec<&Path> = Vec::new();
        for row in &self.rows {
            let count = counts.entry(&row.chart).or_default();
            if *count == 0 {
                order.push(&row.chart);
            }
            *count += 1;
        }
        let mut first = 0;
        let mut next: HashMap<&Path, u64> = HashMap::new();
        for chart in order {
            next.insert(chart, first);
            first += counts.get(chart).copied().unwrap_or_default();
        }
        let mine = u64::from(shard.index) - 1;
        let kept: Vec<bool> = self
            .rows
            .iter()
            .map(|row| {
                let card = next.entry(&row.chart).or_default();
                *card += 1;
                (*card - 1) % u64::from(shard.count) == mine
            })
            .collect();
        let mut kept = kept.into_iter();
        self.rows.retain(|_| kept.next() == Some(true));
        self
    }
}
