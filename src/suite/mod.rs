//! What maintainers of charts hold their charts against: suites in helm-unittest's format, and snapshots of what is rendered.
//!
//! In: charts, their cases, and the files with which their maintainers test them. Out: outcomes as data, which
//! `report::suite` and `report::snapshot` print.

pub mod snapshot;
pub mod unit;
