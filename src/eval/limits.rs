//! How much a run may use before it ends in an ordinary error.

/// Limits of one run. The defaults are far above what any real chart needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Templates that may be running inside each other. Helm stops an `include` of itself
    /// after 1,000 rounds; this one also holds `template` and `tpl`.
    pub depth: usize,
    /// Statements and loop rounds in all.
    pub steps: u64,
    /// Bytes of output, of one file or of one `include`.
    pub output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 10_000, steps: 200_000_000, output_bytes: 1 << 30 }
    }
}
