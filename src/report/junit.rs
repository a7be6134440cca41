//! Findings as JUnit XML: a suite for each file, a case for each finding, so that test reports show them.
//!
//! In: an [`Outcome`]. Out: XML. Errors and warnings are failures, notes pass with what they say as output. A run that
//! found nothing is one case that passes.

use crate::diag::{Diagnostic, Severity};
use crate::lint::{Finding, Outcome};
use crate::report::human;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::collections::BTreeMap;

/// What writes XML into memory, where nothing fails.
type Out = Writer<Vec<u8>>;

/// The report.
pub fn findings(outcome: &Outcome) -> String {
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &outcome.findings {
        let file = finding.diagnostic.place.as_ref().map_or("", |place| &*place.file);
        files.entry(file).or_default().push(finding);
    }
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail.
    let _ = document(&mut out, outcome, &files);
    let mut text = String::from_utf8_lossy(&out.into_inner()).into_owned();
    text.push('\n');
    text
}

fn document(out: &mut Out, outcome: &Outcome, files: &BTreeMap<&str, Vec<&Finding>>) -> std::io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let failures = outcome.count(Severity::Error) + outcome.count(Severity::Warning);
    let tests = outcome.findings.len().max(1);
    open(
        out,
        "testsuites",
        &[("name", "chartwright lint"), ("tests", &tests.to_string()), ("failures", &failures.to_string())],
    )?;
    if files.is_empty() {
        open(out, "testsuite", &[("name", "chartwright lint"), ("tests", "1"), ("failures", "0")])?;
        open(out, "testcase", &[("classname", "chartwright"), ("name", "nothing found")])?;
        close(out, "testcase")?;
        close(out, "testsuite")?;
    }
    for (file, findings) in files {
        let bad = findings.iter().filter(|finding| finding.diagnostic.severity > Severity::Note).count();
        let name = if file.is_empty() { "no file" } else { file };
        let counts = [findings.len().to_string(), bad.to_string()];
        open(out, "testsuite", &[("name", name), ("tests", &counts[0]), ("failures", &counts[1])])?;
        for finding in findings {
            case(out, finding)?;
        }
        close(out, "testsuite")?;
    }
    close(out, "testsuites")
}

fn case(out: &mut Out, finding: &Finding) -> std::io::Result<()> {
    let Diagnostic { message, severity, place, .. } = &finding.diagnostic;
    let line = place.as_ref().filter(|place| place.line > 0).map(|place| format!(" line {}", place.line));
    let object = finding.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
    let name = format!("{}{object}{}", finding.rule(), line.unwrap_or_default());
    open(out, "testcase", &[("classname", finding.rule()), ("name", &name)])?;
    let mut text = format!("{message}\n{}", human::below(&finding.diagnostic));
    if !finding.everywhere {
        let cases: Vec<&str> = finding.cases.iter().map(|case| &**case).collect();
        text.push_str(&format!("  only with: {}\n", cases.join("; ")));
    }
    let (element, attributes) = match severity {
        Severity::Note => ("system-out", Vec::new()),
        Severity::Warning => ("failure", vec![("type", "warning"), ("message", message.as_str())]),
        Severity::Error => ("failure", vec![("type", "error"), ("message", message.as_str())]),
    };
    open(out, element, &attributes)?;
    out.write_event(Event::Text(BytesText::new(&legal(&text))))?;
    close(out, element)?;
    close(out, "testcase")
}

pub(super) fn open(out: &mut Out, name: &str, attributes: &[(&str, &str)]) -> std::io::Result<()> {
    let mut start = BytesStart::new(name);
    for (key, value) in attributes {
        start.push_attribute((*key, legal(value).as_str()));
    }
    out.write_event(Event::Start(start))
}

pub(super) fn close(out: &mut Out, name: &str) -> std::io::Result<()> {
    out.write_event(Event::End(BytesEnd::new(name)))
}

/// Text without the characters that XML cannot hold in any form.
pub(super) fn legal(text: &str) -> String {
    let is_legal = |c: char| !(c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().map(|c| if is_legal(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    #[test]
    fn a_finding_is_a_failed_case_of_its_file_and_nothing_found_passes() {
        let diagnostic = Diagnostic::error("a-b", "<x> & \u{7}").at(Place::new("t.yaml", 2, 1, None));
        let outcome =
            Outcome { findings: vec![Finding { everywhere: true, ..Finding::from(diagnostic) }], ..Outcome::default() };
        let text = findings(&outcome);
        assert!(text.contains("<testsuite name=\"t.yaml\" tests=\"1\" failures=\"1\">"), "{text}");
        assert!(text.contains("<failure type=\"error\" message=\"&lt;x&gt; &amp; \u{fffd}\">"), "{text}");
        let none = findings(&Outcome::default());
        assert!(none.contains("failures=\"0\"") && none.contains("name=\"nothing found\""), "{none}");
    }
}
