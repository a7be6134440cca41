//! How much readers take: files, archives, YAML, templates, schemas, regular expressions.
//!
//! In: a number under a name, from an embedder or the command line. Out: what the readers of this process hold
//! themselves to. What a single render may use is in [`Limits`](crate::eval::Limits), per run: a reader is often called
//! where no run is near, and what it may take depends on the machine rather than on the chart.
//!
//! Every one is a number of things that are counted, the same on every machine: no limit looks at a clock.

use std::fmt::Display;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

/// A limit on what one reader takes.
#[derive(Debug)]
pub struct Limit {
    /// As [`set`] takes it, and as errors tell it.
    pub name: &'static str,
    /// What it is without being set.
    pub default: u64,
    now: AtomicU64,
}

impl Limit {
    const fn new(name: &'static str, default: u64) -> Self {
        Limit { name, default, now: AtomicU64::new(default) }
    }

    /// What holds now.
    pub fn get(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The same, as the size of something in memory.
    pub fn size(&self) -> usize {
        usize::try_from(self.get()).unwrap_or(usize::MAX)
    }

    /// Sets it, for the whole process and from now on.
    pub fn set(&self, number: u64) {
        self.now.store(number, Ordering::Relaxed);
    }

    /// What to say where there is more of something: `more than 5 charts in one (limit charts)`.
    pub(crate) fn exceeded(&self, what: &str) -> String {
        format!("more than {} {what} (limit {})", self.get(), self.name)
    }
}

/// Bytes of one file that is read as a whole to be parsed: values, a template, a schema, a configuration, manifests.
/// etcd takes no object of more than 1.5 MiB, and Helm keeps a whole release in one. Files that a chart only carries
/// may be as large as the chart.
pub static FILE_BYTES: Limit = Limit::new("file-bytes", 16 << 20);

/// Bytes of all files of a chart. Helm's own limit, and its default.
pub static CHART_BYTES: Limit = Limit::new("chart-bytes", 100 << 20);

/// Files of a chart, those of its subcharts included. OpenTelemetry's demo has 738, more than any other chart tried.
pub static CHART_FILES: Limit = Limit::new("chart-files", 100_000);

/// Links of a chart's folder that lead out of it and are followed; those to other files of the same checkout of git are
/// not counted. Helm follows all of them, and renders what lies behind: of a chart that somebody else wrote, any file of
/// the machine.
pub static LINKS_OUTSIDE: Limit = Limit::new("links-outside", 0);

/// Charts in one, and dependencies that a chart names. Mastodon has 14. Archives inside archives can double at each level.
pub static CHARTS: Limit = Limit::new("charts", 2_000);

/// How deep charts contain charts; Helm has no limit of its own, and charts were found three levels deep.
pub static CHART_DEPTH: Limit = Limit::new("chart-depth", 64);

/// Bytes that one byte of an archive may unpack to, past the first MiB. Charts come to 6 to 14, repetitive text to 50,
/// and a bomb of zeros to a thousand.
pub static ARCHIVE_RATIO: Limit = Limit::new("archive-ratio", 200);

/// Nodes of one YAML document: keys, items, texts, and those behind an alias each time that it stands there. A
/// hundred thousand items of a few keys each stay below.
pub static YAML_NODES: Limit = Limit::new("yaml-nodes", 1_000_000);

/// Bytes of text that the aliases of one YAML document repeat.
pub static YAML_ALIAS_BYTES: Limit = Limit::new("yaml-alias-bytes", 16 << 20);

/// Nodes of all templates of one file or `tpl`: actions, words, texts.
pub static TEMPLATE_NODES: Limit = Limit::new("template-nodes", 500_000);

/// How deep blocks and brackets of a template nest. Blocks of charts were found 8 deep.
pub static TEMPLATE_NESTING: Limit = Limit::new("template-nesting", 1_000);

/// Times that a part of a schema is held against a part of the values. A
/// schema comes here by doubling itself some twenty times; telling all that is wrong then takes some seconds, as it
/// does in Helm, and at forty it would not end.
pub static SCHEMA_CHECKS: Limit = Limit::new("schema-checks", 2_000_000);

/// How deep schemas refer to each other, the levels of the values included.
pub static SCHEMA_DEPTH: Limit = Limit::new("schema-depth", 4_000);

/// Bytes of one compiled regular expression; a hostile `(\pL{500}){2}` ends here. Before it is compiled each byte of its
/// text counts for 128. Patterns in templates were found to have up to 113.
pub static REGEX_BYTES: Limit = Limit::new("regex-bytes", 16 << 20);

/// Lines, items and entries of all rendered manifests that are read; a document counts for fifty.
pub static MANIFEST_PARTS: Limit = Limit::new("manifest-parts", 1_000_000);

/// Steps of all cases of a lint together: twice what one render may take.
pub static LINT_STEPS: Limit = Limit::new("lint-steps", 20_000_000);

/// Lines, items and entries of the manifests of all cases of a lint together, counted as those of one render. All cases
/// are held in memory until every rule has looked at them, a megabyte for some three thousand of these. Argo CD comes to
/// a quarter of a million, with a definition of a hundred thousand lines in each of its cases.
pub static LINT_PARTS: Limit = Limit::new("lint-parts", 600_000);

/// Cases of a lint: values files, times versions of Kubernetes, times installation and upgrade.
pub static LINT_CASES: Limit = Limit::new("lint-cases", 1_000);

/// Bytes of the values files of all cases of a lint, each counted for every case that it is part of.
pub static LINT_VALUE_BYTES: Limit = Limit::new("lint-value-bytes", 4 << 20);

/// All of them.
pub static ALL: [&Limit; 19] = [
    &FILE_BYTES,
    &CHART_BYTES,
    &CHART_FILES,
    &LINKS_OUTSIDE,
    &CHARTS,
    &CHART_DEPTH,
    &ARCHIVE_RATIO,
    &YAML_NODES,
    &YAML_ALIAS_BYTES,
    &TEMPLATE_NODES,
    &TEMPLATE_NESTING,
    &SCHEMA_CHECKS,
    &SCHEMA_DEPTH,
    &REGEX_BYTES,
    &MANIFEST_PARTS,
    &LINT_STEPS,
    &LINT_PARTS,
    &LINT_CASES,
    &LINT_VALUE_BYTES,
];

/// Sets the limit of a name, for the whole process; false when there is none of it.
///
/// ```
/// assert!(chartwright::limits::set("charts", 3_000));
/// assert_eq!(chartwright::limits::CHARTS.get(), 3_000);
/// assert!(!chartwright::limits::set("stairs", 1));
/// ```
pub fn set(name: &str, number: u64) -> bool {
    let found = ALL.iter().find(|limit| limit.name == name);
    found.is_some_and(|limit| {
        limit.set(number);
        true
    })
}

/// All bytes of what was opened under a name, no more than [`FILE_BYTES`]: a device may never end. The error is worded as
/// Helm's.
pub(crate) fn read_whole(name: impl Display, opened: io::Result<impl Read>) -> Result<Vec<u8>, String> {
    let most = FILE_BYTES.get();
    let mut bytes = Vec::new();
    match opened.and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes)) {
        Ok(read) if read as u64 > most => Err(format!("read {name}: {}", FILE_BYTES.exceeded("bytes"))),
        Ok(_) => Ok(bytes),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::NotFound => format!("open {name}: no such file or directory"),
            io::ErrorKind::IsADirectory => format!("read {name}: is a directory"),
            io::ErrorKind::PermissionDenied => format!("open {name}: permission denied"),
            _ => format!("open {name}: {error}"),
        }),
    }
}
