//! Tests of charts: suites in helm-unittest's format.
//!
//! In: charts, and the files with which their maintainers test them. Out: outcomes as data, which `report::suite`
//! prints.

pub mod unit;
