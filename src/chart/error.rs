//! What goes wrong while a chart is read.

/// A chart that cannot be loaded. The text is Helm's where Helm has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The operating system refused.
    #[error("{0}")]
    Io(String),
    /// The archive is damaged, hostile or too large.
    #[error("{0}")]
    Archive(String),
    /// `.helmignore` has a pattern that Helm refuses.
    #[error("{0}")]
    Ignore(String),
    /// One of the chart's own files cannot be read: its name and why.
    #[error("cannot load {file}: {reason}")]
    File {
        /// The file, relative to the chart.
        file: &'static str,
        /// What is wrong in it.
        reason: String,
    },
    /// The metadata breaks a rule.
    #[error("validation: {0}")]
    Validation(String),
    /// No folder or archive of a chart of a version that can be rendered.
    #[error("{0}")]
    NotAChart(String),
    /// A chart under `charts/` cannot be loaded.
    #[error("error unpacking subchart {subchart} in {chart}: {source}")]
    Subchart {
        /// Its folder or archive.
        subchart: String,
        /// The name of the chart around it.
        chart: String,
        /// Why.
        source: Box<LoadError>,
    },
}
