//! Outcomes of suites as JUnit XML, with the names that helm-unittest gives suites and tests.

use super::{headline, reasons};
use crate::report::junit::{close, legal, open};
use crate::suite::unit::{Outcome, Status, SuiteOutcome, TestOutcome};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::time::Duration;

type Out = Writer<Vec<u8>>;

/// The report. A suite that could not be run is a suite with one test, which has an error.
pub fn print(outcome: &Outcome) -> String {
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail.
    let _ = document(&mut out, outcome);
    String::from_utf8_lossy(&out.into_inner()).into_owned() + "\n"
}

pub(super) fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

fn document(out: &mut Out, outcome: &Outcome) -> std::io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts =
        [outcome.tests().count(), outcome.count(Status::Failed), outcome.count(Status::Errored)].map(|n| n.to_string());
    let [tests, failures, errors] = &counts;
    let time = seconds(outcome.duration);
    open(
        out,
        "testsuites",
        &[("name", "chartwright test"), ("tests", tests), ("failures", failures), ("errors", errors), ("time", &time)],
    )?;
    for chart in &outcome.charts {
        if chart.is_broken() {
            let text = crate::report::human::print(&chart.problems);
            broken(out, &chart.path, &chart.path, &text)?;
        }
        for suite in &chart.suites {
            of_suite(out, suite)?;
        }
    }
    close(out, "testsuites")
}

fn broken(out: &mut Out, name: &str, file: &str, text: &str) -> std::io::Result<()> {
    open(out, "testsuite", &[("name", name), ("file", file), ("tests", "1"), ("failures", "0"), ("errors", "1")])?;
    open(out, "testcase", &[("classname", name), ("name", "can be run")])?;
    open(out, "error", &[("message", text.lines().next().unwrap_or_default())])?;
    out.write_event(Event::Text(BytesText::new(&legal(text))))?;
    close(out, "error")?;
    close(out, "testcase")?;
    close(out, "testsuite")
}

fn of_suite(out: &mut Out, suite: &SuiteOutcome) -> std::io::Result<()> {
    if suite.is_broken() && suite.tests.is_empty() {
        let name = if suite.name.is_empty() { &*suite.file } else { suite.name.as_str() };
        return broken(out, name, &suite.file, &crate::report::human::print(&suite.problems));
    }
    let count = |status| suite.tests.iter().filter(|test| test.status == status).count().to_string();
    let time: Duration = suite.tests.iter().map(|test| test.duration).sum();
    let attributes = [
        ("name", suite.name.clone()),
        ("file", suite.file.to_string()),
        ("tests", suite.tests.len().to_string()),
        ("failures", count(Status::Failed)),
        ("errors", count(Status::Errored)),
        ("skipped", count(Status::Skipped)),
        ("time", seconds(time)),
    ];
    let attributes: Vec<(&str, &str)> = attributes.iter().map(|(key, value)| (*key, value.as_str())).collect();
    open(out, "testsuite", &attributes)?;
    for test in &suite.tests {
        of_test(out, suite, test)?;
    }
    close(out, "testsuite")
}

fn of_test(out: &mut Out, suite: &SuiteOutcome, test: &TestOutcome) -> std::io::Result<()> {
    let class = suite.name.rsplit('/').next().unwrap_or_default();
    let line = test.place.line.to_string();
    let attributes = [("classname", class), ("name", &test.name), ("file", &suite.file), ("line", &line)];
    let time = seconds(test.duration);
    let attributes: Vec<_> = attributes.into_iter().chain([("time", time.as_str())]).collect();
    open(out, "testcase", &attributes)?;
    match test.status {
        Status::Passed => {}
        Status::Skipped => {
            open(out, "skipped", &[("message", test.reason.as_deref().unwrap_or_default())])?;
            close(out, "skipped")?;
        }
        Status::Failed | Status::Errored => {
            let element = if test.status == Status::Failed { "failure" } else { "error" };
            open(out, element, &[("message", &headline(test))])?;
            out.write_event(Event::Text(BytesText::new(&legal(&reasons(test)))))?;
            close(out, element)?;
        }
    }
    if !test.warnings.is_empty() {
        open(out, "system-out", &[])?;
        out.write_event(Event::Text(BytesText::new(&legal(&crate::report::human::print(&test.warnings)))))?;
        close(out, "system-out")?;
    }
    close(out, "testcase")
}
