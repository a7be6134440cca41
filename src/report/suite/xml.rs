//! Outcomes of suites in the further formats that helm-unittest writes: xUnit, NUnit and Sonar's own.

use super::junit::seconds;
use super::{headline, reasons};
use crate::report::junit::{close, legal, open};
use crate::suite::unit::{Outcome, Status, TestOutcome};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

type Out = Writer<Vec<u8>>;

fn made(write: impl FnOnce(&mut Out) -> std::io::Result<()>) -> String {
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail.
    let _ = out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let _ = write(&mut out);
    String::from_utf8_lossy(&out.into_inner()).into_owned() + "\n"
}

fn text(out: &mut Out, name: &str, attributes: &[(&str, &str)], text: &str) -> std::io::Result<()> {
    open(out, name, attributes)?;
    out.write_event(Event::Text(BytesText::new(&legal(text))))?;
    close(out, name)
}

/// xUnit.net v2.
pub fn xunit(outcome: &Outcome) -> String {
    made(|out| {
        open(out, "assemblies", &[])?;
        for suite in outcome.suites() {
            let count = |is: fn(Status) -> bool| suite.tests.iter().filter(|test| is(test.status)).count().to_string();
            let counts = [
                ("total", suite.tests.len().to_string()),
                ("passed", count(|status| status == Status::Passed)),
                ("failed", count(Status::is_bad)),
                ("skipped", count(|status| status == Status::Skipped)),
                ("errors", usize::from(suite.is_broken()).to_string()),
            ];
            let counts: Vec<(&str, &str)> = counts.iter().map(|(key, value)| (*key, value.as_str())).collect();
            let assembly: Vec<_> = [("name", &*suite.file), ("test-framework", "chartwright")]
                .into_iter()
                .chain(counts.iter().copied())
                .collect();
            open(out, "assembly", &assembly)?;
            let collection: Vec<_> = [("name", suite.name.as_str())]
                .into_iter()
                .chain(counts.iter().copied().filter(|(key, _)| *key != "errors"))
                .collect();
            open(out, "collection", &collection)?;
            for test in &suite.tests {
                let result = match test.status {
                    Status::Passed => "Pass",
                    Status::Skipped => "Skip",
                    Status::Failed | Status::Errored => "Fail",
                };
                let time = seconds(test.duration);
                open(
                    out,
                    "test",
                    &[
                        ("name", &test.name),
                        ("type", &suite.name),
                        ("method", "Helm-Validation"),
                        ("time", &time),
                        ("result", result),
                    ],
                )?;
                if test.status.is_bad() {
                    open(out, "failure", &[("exception-type", "Helm-Validation")])?;
                    text(out, "message", &[], &headline(test))?;
                    text(out, "stack-trace", &[], &reasons(test))?;
                    close(out, "failure")?;
                } else if let Some(reason) = &test.reason {
                    text(out, "reason", &[], reason)?;
                }
                close(out, "test")?;
            }
            close(out, "collection")?;
            close(out, "assembly")?;
        }
        close(out, "assemblies")
    })
}

/// NUnit 2.5.
pub fn nunit(outcome: &Outcome) -> String {
    made(|out| {
        let counts = [
            ("total", outcome.tests().count()),
            ("errors", outcome.count(Status::Errored)),
            ("failures", outcome.count(Status::Failed)),
            ("skipped", outcome.count(Status::Skipped)),
        ];
        let counts: Vec<(&str, String)> = counts.into_iter().map(|(key, n)| (key, n.to_string())).collect();
        let counts: Vec<(&str, &str)> = [("name", "chartwright test")]
            .into_iter()
            .chain(counts.iter().map(|(key, n)| (*key, n.as_str())))
            .collect();
        open(out, "test-results", &counts)?;
        for suite in outcome.suites() {
            let success = if suite.is_bad() { "false" } else { "true" };
            open(
                out,
                "test-suite",
                &[
                    ("type", "TestFixture"),
                    ("name", &suite.name),
                    ("description", &*suite.file),
                    ("success", success),
                    ("executed", "true"),
                ],
            )?;
            open(out, "results", &[])?;
            for test in &suite.tests {
                let executed = if test.status == Status::Skipped { "false" } else { "true" };
                let success = if test.status == Status::Passed { "true" } else { "false" };
                let time = seconds(test.duration);
                open(
                    out,
                    "test-case",
                    &[("name", &test.name), ("executed", executed), ("success", success), ("time", &time)],
                )?;
                of_test(out, test)?;
                close(out, "test-case")?;
            }
            close(out, "results")?;
            close(out, "test-suite")?;
        }
        close(out, "test-results")
    })
}

fn of_test(out: &mut Out, test: &TestOutcome) -> std::io::Result<()> {
    if test.status.is_bad() {
        open(out, "failure", &[])?;
        text(out, "message", &[], &headline(test))?;
        text(out, "stack-trace", &[], &reasons(test))?;
        close(out, "failure")?;
    } else if let Some(reason) = &test.reason {
        open(out, "reason", &[])?;
        text(out, "message", &[], reason)?;
        close(out, "reason")?;
    }
    Ok(())
}

/// SonarQube's generic test data.
pub fn sonar(outcome: &Outcome) -> String {
    made(|out| {
        open(out, "testExecutions", &[("version", "1")])?;
        for suite in outcome.suites() {
            open(out, "file", &[("path", &*suite.file)])?;
            for test in &suite.tests {
                let time = test.duration.as_millis().to_string();
                open(out, "testCase", &[("name", &test.name), ("duration", &time)])?;
                match test.status {
                    Status::Passed => {}
                    Status::Skipped => {
                        text(out, "skipped", &[("message", test.reason.as_deref().unwrap_or_default())], "")?
                    }
                    Status::Failed => text(out, "failure", &[("message", &headline(test))], &reasons(test))?,
                    Status::Errored => text(out, "error", &[("message", &headline(test))], &reasons(test))?,
                }
                close(out, "testCase")?;
            }
            close(out, "file")?;
        }
        close(out, "testExecutions")
    })
}
