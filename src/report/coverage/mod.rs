//! Coverage as text, for people and for tools.
//!
//! In: a [`Coverage`]. Out: a summary, JSON, LCOV, Cobertura, a page.

pub mod cobertura;
pub mod html;
pub mod json;
pub mod lcov;
pub mod text;

#[cfg(test)]
mod tests;

use crate::suite::coverage::Coverage;
use std::fmt;
use std::str::FromStr;

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// All there is; `chartwright coverage --add` reads it again.
    Json,
    /// For genhtml, Codecov, Coveralls, editors.
    Lcov,
    /// For GitLab, Jenkins, Azure.
    Cobertura,
    /// A page that needs nothing else.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [Format::Text, Format::Json, Format::Lcov, Format::Cobertura, Format::Html];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Lcov => "lcov",
            Format::Cobertura => "cobertura",
            Format::Html => "html",
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Format::ALL.into_iter().find(|format| format.to_string() == name);
        found.ok_or_else(|| format!("there is no format `{name}`: expected text, json, lcov, cobertura or html"))
    }
}

/// The report in a format. `folder` is what files are found below: the chart's folder as the user named it.
pub fn print(coverage: &Coverage, format: Format, folder: &str) -> String {
    match format {
        Format::Text => text::print(coverage, text::MOST_LISTED),
        Format::Json => json::print(coverage),
        Format::Lcov => lcov::print(coverage, folder),
        Format::Cobertura => cobertura::print(coverage, folder),
        Format::Html => html::print(coverage),
    }
}

/// A file below a folder.
fn below(folder: &str, path: &str) -> String {
    match folder.trim_end_matches('/') {
        "" | "." => path.to_owned(),
        folder => format!("{}/{path}", folder.strip_prefix("./").unwrap_or(folder)),
    }
}
