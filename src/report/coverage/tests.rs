//! Reports of a small chart, as a reader sees them.
