//! Findings as annotations of a GitHub workflow: a line each, which the runner shows in the diff.

use super::sarif::uri;
use crate::diag::Severity;
use crate::lint::Outcome;

/// The report; files below `root` are named relative to it.
pub fn findings(outcome: &Outcome, root: &str) -> String {
    let mut out = String::new();
    for finding in &outcome.findings {
        let diagnostic = &finding.diagnostic;
        let level = match diagnostic.severity {
            Severity::Note => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mut properties = Vec::new();
        if let Some(place) = &diagnostic.place
            && uri(&place.file, root).is_some()
        {
            let root = root.trim_end_matches('/');
            let below = place.file.strip_prefix(root).filter(|_| !root.is_empty());
            let file = below.and_then(|rest| rest.strip_prefix('/')).unwrap_or(&place.file);
            properties.push(format!("file={}", property(file.trim_start_matches("./"))));
            if place.line > 0 {
                properties.push(format!("line={}", place.line));
            }
            if place.column > 0 {
                properties.push(format!("col={}", place.column));
            }
            if place.column > 0 && place.length > 0 {
                properties.push(format!("endColumn={}", place.column.saturating_add(place.length)));
            }
        }
        properties.push(format!("title={}", property(finding.rule())));
        let mut message = diagnostic.message.clone();
        if let Some(object) = &finding.object {
            message.push_str(&format!("\nin: {object} {}", finding.path));
        }
        if !finding.everywhere {
            let cases: Vec<&str> = finding.cases.iter().map(|case| &**case).collect();
            message.push_str(&format!("\nonly with: {}", cases.join("; ")));
        }
        if let Some(help) = &diagnostic.help {
            message.push_str(&format!("\nhelp: {help}"));
        }
        out.push_str(&format!("::{level} {}::{}\n", properties.join(","), data(&message)));
    }
    out
}

/// The text of an annotation.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Diagnostic, Place};
    use crate::lint::Finding;

    #[test]
    fn an_annotation_is_one_line_with_its_place() {
        let place = Place { length: 2, ..Place::new("/r/a,b.yaml", 3, 5, None) };
        let diagnostic = Diagnostic::warning("x-y", "50% is\nbad").at(place).help("do: more");
        let findings_ = vec![Finding { everywhere: true, ..Finding::from(diagnostic) }];
        let outcome = Outcome { findings: findings_, ..Outcome::default() };
        let want = "::warning file=a%2Cb.yaml,line=3,col=5,endColumn=7,title=x-y::50%25 is%0Abad%0Ahelp: do: more\n";
        assert_eq!(findings(&outcome, "/r"), want);
    }
}
