//! Findings as SARIF 2.1.0, for code scanning and editors.
//!
//! In: an [`Outcome`]. Out: JSON. Columns count characters; files are relative to `root` where they are below it.
//! What an ignore or a baseline accepts is there as a suppressed result, with the reason: `inSource` where it stands
//! beside what was found, in a comment or an annotation, else `external`.

use crate::diag::{Place, Related, Severity};
use crate::lint::outcome::AcceptedBy;
use crate::lint::{Finding, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Log<'o> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'o>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'o> {
    tool: Tool<'o>,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Found<'o>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
}

#[derive(Serialize)]
struct Tool<'o> {
    driver: Driver<'o>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'o> {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<RuleRow<'o>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleRow<'o> {
    id: &'o str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'o> {
    rule_id: &'o str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'o>>,
    properties: Properties<'o>,
}

#[derive(Serialize, Clone, Copy)]
struct Suppression<'o> {
    kind: &'static str,
    justification: &'o str,
}

#[derive(Serialize)]
struct Properties<'o> {
    /// The cases in which it occurs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'o str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
    kind: &'static str,
}

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report; files below `root` are named relative to it.
pub fn findings(outcome: &Outcome, root: &str) -> String {
    let index: BTreeMap<&str, usize> = outcome.rules.keys().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let found = outcome.findings.iter().map(|finding| result(finding, None, &index, root));
    let accepted = outcome.ignored.iter().map(|one| {
        let kind = match one.by {
            AcceptedBy::Comment | AcceptedBy::Annotation => "inSource",
            AcceptedBy::Configuration => "external",
        };
        (&one.finding, Suppression { kind, justification: &one.reason })
    });
    let known = Suppression { kind: "external", justification: "the baseline knows it" };
    let accepted = accepted.chain(outcome.in_baseline.iter().map(|finding| (finding, known)));
    let accepted = accepted.map(|(finding, suppression)| result(finding, Some(suppression), &index, root));
    let rules = outcome.rules.iter().map(|(id, info)| RuleRow {
        id,
        short_description: text(&info.summary),
        full_description: text(&info.why),
        help: text(&info.fix),
        default_configuration: Configuration { level: level(info.severity) },
    });
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "chartwright",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.collect(),
                },
            },
            invocations: [Invocation { execution_successful: !outcome.is_broken }],
            column_kind: "unicodeCodePoints",
            results: found.chain(accepted).collect(),
        }],
    };
    let mut out = serde_json::to_string_pretty(&log).unwrap_or_default();
    out.push('\n');
    out
}

fn text(text: &str) -> Text {
    Text { text: text.to_owned() }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn result<'o>(
    finding: &'o Finding,
    suppression: Option<Suppression<'o>>,
    index: &BTreeMap<&str, usize>,
    root: &str,
) -> Found<'o> {
    let diagnostic = &finding.diagnostic;
    let physical = diagnostic.place.as_ref().and_then(|place| physical(place, root));
    let logical: Vec<Logical> = match (&finding.object, finding.path.as_str()) {
        (Some(object), path) => {
            let name = if path.is_empty() { object.to_string() } else { format!("{object} {path}") };
            vec![Logical { fully_qualified_name: name, kind: "resource" }]
        }
        (None, "") => Vec::new(),
        (None, path) => vec![Logical { fully_qualified_name: path.to_owned(), kind: "value" }],
    };
    let is_placed = physical.is_some() || !logical.is_empty();
    let location = Location { id: None, physical_location: physical, logical_locations: logical, message: None };
    let related = diagnostic.calls.iter().chain(&diagnostic.related).enumerate();
    let related = related.filter_map(|(id, Related { message, place })| {
        let physical_location = Some(self::physical(place, root)?);
        Some(Location { id: Some(id), physical_location, logical_locations: Vec::new(), message: Some(text(message)) })
    });
    Found {
        rule_id: finding.rule(),
        rule_index: index.get(finding.rule()).copied(),
        level: level(diagnostic.severity),
        message: text(&diagnostic.message),
        locations: if is_placed { vec![location] } else { Vec::new() },
        related_locations: related.collect(),
        partial_fingerprints: BTreeMap::from([("chartwright/v1", finding.fingerprint())]),
        suppressions: suppression.into_iter().collect(),
        properties: Properties {
            cases: finding.cases.iter().map(|case| &**case).collect(),
            help: diagnostic.help.as_deref(),
        },
    }
}

fn physical(place: &Place, root: &str) -> Option<Physical> {
    let artifact_location = Artifact { uri: uri(&place.file, root)? };
    let region = (place.line > 0).then(|| {
        // Columns are bytes here, and characters there.
        let line = place.excerpt.as_deref();
        let characters = |bytes: usize| match line {
            Some(line) => line.char_indices().take_while(|(at, _)| *at < bytes).count(),
            None => bytes,
        };
        let before = (place.column as usize).checked_sub(1);
        let end = before.filter(|_| place.length > 0).map(|before| characters(before + place.length as usize) + 1);
        Region {
            start_line: place.line,
            start_column: before.map(|before| characters(before) + 1),
            end_column: end,
            snippet: line.map(text),
        }
    });
    Some(Physical { artifact_location, region })
}

/// A file as a URI, relative to `root` when it is below it; `None` for what is no file: a flag, standard input.
pub(super) fn uri(file: &str, root: &str) -> Option<String> {
    let is_flag = file.starts_with("--") || file == "stdin" || file.contains("own values");
    if file.is_empty() || is_flag {
        return None;
    }
    let root = root.trim_end_matches('/');
    let below = file.strip_prefix(root).filter(|_| !root.is_empty()).and_then(|rest| rest.strip_prefix('/'));
    let path = below.unwrap_or(file);
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut out = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' | b'@' | b'+' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Config, LintInput, baseline, run};
    use std::sync::Arc;

    #[test]
    fn files_are_relative_uris_and_flags_are_none() {
        for (file, want) in [
            ("/r/chart/a.yaml", Some("chart/a.yaml")),
            ("./a b.yaml", Some("a%20b.yaml")),
            ("/other/a.yaml", Some("file:///other/a.yaml")),
            ("--set a.b", None),
            ("stdin", None),
        ] {
            assert_eq!(uri(file, "/r/").as_deref(), want, "{file}");
        }
    }

    #[test]
    fn columns_count_characters() {
        let place = Place { length: 3, ..Place::new("a", 2, 5, Some("ä: äbc".into())) };
        let region = physical(&place, "").and_then(|physical| physical.region).expect("it has a line");
        assert_eq!((region.start_line, region.start_column, region.end_column), (2, Some(4), Some(6)));
    }

    /// A ConfigMap that stands twice, which `ignore` may accept.
    fn twice(comment: &str, annotation: &str) -> String {
        let map = "kind: ConfigMap\nmetadata:\n  name: a\n  annotations: {a: b}\n";
        let second = map.replace("{a: b}", &format!("{{{annotation}}}"));
        format!("apiVersion: v1\n{map}---\n{comment}\napiVersion: v1\n{second}")
    }

    fn suppressions(text: String, configuration: &str, is_in_baseline: bool) -> serde_json::Value {
        let config = Config::read("chartwright.yaml", configuration.as_bytes(), &|_| Err(String::new()));
        let config = Arc::new(Config { only: vec!["duplicate-object".to_owned()], ..config });
        let manifests = vec![(Arc::from("a.yaml"), Arc::from(text))];
        let mut outcome = run(&LintInput { manifests, config, ..LintInput::default() });
        if is_in_baseline {
            let known = baseline::write(&outcome);
            baseline::apply(&mut outcome, "known.json", known.as_bytes(), |_| true);
        }
        let log: serde_json::Value = serde_json::from_str(&findings(&outcome, "")).expect("JSON");
        assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(1), "{log}");
        log["runs"][0]["results"][0]["suppressions"].clone()
    }

    #[test]
    fn what_is_accepted_beside_the_finding_is_suppressed_in_source_and_all_else_from_outside() {
        let entry = "ignore: [{rule: duplicate-object, reason: we know}]";
        let told = |kind: &str| serde_json::json!([{"kind": kind, "justification": "we know"}]);
        let comment = "# chartwright:ignore duplicate-object we know";
        assert_eq!(suppressions(twice(comment, ""), "", false), told("inSource"));
        let annotation = "chartwright.dev/ignore: duplicate-object we know";
        assert_eq!(suppressions(twice("", annotation), "", false), told("inSource"));
        assert_eq!(suppressions(twice("", ""), entry, false), told("external"));
        let known = serde_json::json!([{"kind": "external", "justification": "the baseline knows it"}]);
        assert_eq!(suppressions(twice("", ""), "", true), known);
        assert_eq!(suppressions(twice("", ""), "", false), serde_json::Value::Null);
    }
}
