//! The files of a chart: those that must be there, and what each must be.

use super::files::{ChartFiles, each, tell};
use crate::chart::{LoadError, key_trouble};
use crate::diag::{Place, Severity};
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::value::{Data, Node, Origin};
use crate::yaml;

pub(super) const RULES: &[Rule] = &[CHART_FILE, UNLOADABLE, NO_VALUES, VALUES, NO_TEMPLATES, EXTENSION, CRD, NO_NOTES];

const CHART_FILE: Rule = Rule {
    id: "unreadable-chart-file",
    severity: Severity::Error,
    summary: "there is no Chart.yaml that can be read",
    why: "Without it a folder is no chart: Helm does nothing with it.",
    fix: "Write a Chart.yaml with apiVersion, name and version.",
    on: On::Default,
    check: Check::Subject(check),
};

const UNLOADABLE: Rule = Rule::elsewhere(
    "unloadable-chart",
    Severity::Error,
    "Helm cannot load the chart",
    "No command of Helm works on it.",
    "Correct what the message names.",
);

const NO_VALUES: Rule = Rule::elsewhere(
    "missing-values-file",
    Severity::Note,
    "the chart has no values.yaml",
    "Users learn from values.yaml what they can set.",
    "Add a values.yaml with the defaults and what they mean.",
);

const VALUES: Rule = Rule::elsewhere(
    "unreadable-values-file",
    Severity::Error,
    "values.yaml cannot be read",
    "Helm does not load the chart.",
    "Make it a map in good YAML.",
);

const NO_TEMPLATES: Rule = Rule::elsewhere(
    "missing-templates",
    Severity::Warning,
    "the chart has no templates",
    "It installs nothing of its own.",
    "Put templates into templates/, or remove the chart.",
);

const EXTENSION: Rule = Rule::elsewhere(
    "bad-template-extension",
    Severity::Error,
    "a file under templates/ is no template by its name",
    "Helm renders every file there and applies what comes out: a script or a text becomes a broken manifest.",
    "Move it to files/, or let its name end in .yaml, .yml, .tpl or .txt.",
);

const CRD: Rule = Rule::elsewhere(
    "bad-crd-file",
    Severity::Error,
    "a file under crds/ holds no CustomResourceDefinition",
    "Helm applies what is there before all else, without templates; it installs, and never upgrades or removes it.",
    "Move other objects to templates/, and keep only CustomResourceDefinitions there.",
);

const NO_NOTES: Rule = Rule::elsewhere(
    "missing-notes",
    Severity::Note,
    "the chart has no NOTES.txt",
    "After an install users see nothing of how to reach what they installed.",
    "Add templates/NOTES.txt.",
);

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    each(subject, findings, look);
}

/// Looks at which files there are, and reads those that templates have no part in.
pub(super) fn look(files: &ChartFiles, findings: &mut Findings) {
    chart_file(files, findings);
    values(files, findings);
    templates(files, findings);
    crds(files, findings);
}

/// Says that Helm refuses the chart, unless another error says why.
pub(super) fn unloadable(files: &ChartFiles, findings: &mut Findings) {
    let Some(refused) = &files.refused else { return };
    let text = refused.to_string();
    if cause(refused, &text).is_some_and(|rule| findings.holds(rule)) {
        return;
    }
    let place = match refused {
        LoadError::Validation(_) | LoadError::NotAChart(_) => files.file("Chart.yaml"),
        LoadError::Ignore(_) => files.file(".helmignore"),
        LoadError::Subchart { subchart, .. } => files.file(&format!("charts/{subchart}")),
        _ => Place::file(files.file("").file.trim_end_matches('/')),
    };
    tell(findings, &UNLOADABLE, place, format!("unable to load chart: {text}"));
}

/// The rule that finds why Helm refuses a chart.
fn cause(refused: &LoadError, text: &str) -> Option<&'static str> {
    let causes = [
        ("unable to detect chart", "unreadable-chart-file"),
        ("chart.metadata.name", "bad-chart-name"),
        ("chart.metadata.apiVersion", "bad-chart-api-version"),
        ("invalid chart apiVersion", "bad-chart-api-version"),
        ("unsupported chart version", "bad-chart-api-version"),
        ("chart.metadata.version", "bad-chart-version"),
        ("maintainers must not", "bad-maintainer"),
        ("more than one dependency", "duplicate-dependency"),
    ];
    match refused {
        LoadError::File { file: "Chart.yaml", .. } => Some("unreadable-chart-file"),
        LoadError::File { file: "values.yaml", .. } => Some("unreadable-values-file"),
        LoadError::Validation(_) | LoadError::NotAChart(_) => {
            causes.into_iter().find(|(part, _)| text.contains(part)).map(|(_, rule)| rule)
        }
        _ => None,
    }
}

fn chart_file(files: &ChartFiles, findings: &mut Findings) {
    if files.has_folder("Chart.yaml") {
        let place = files.file("Chart.yaml");
        return tell(findings, &CHART_FILE, place, "Chart.yaml should be a file, not a directory");
    }
    let Some(text) = files.get("Chart.yaml") else {
        return tell(findings, &CHART_FILE, files.file("Chart.yaml"), "Chart.yaml file is missing");
    };
    match yaml::decode_with_troubles(text) {
        Err(error) => {
            let place = files.place("Chart.yaml", Origin { line: error.line, ..Origin::default() });
            tell(findings, &CHART_FILE, place, format!("unable to parse YAML: {}", error.message));
        }
        Ok((node, troubles)) => {
            let wanted = yaml::type_mismatch(&node, "v2.Metadata");
            if let Some(error) = wanted.filter(|_| !matches!(node.data, Data::Map(_))) {
                let place = files.place("Chart.yaml", node.origin);
                tell(findings, &CHART_FILE, place, format!("unable to parse YAML: {}", error.message));
            } else if let Some(LoadError::File { file: "Chart.yaml", reason }) = &files.refused {
                tell(findings, &CHART_FILE, files.file("Chart.yaml"), format!("unable to parse YAML: {reason}"));
            }
            // Of a chart that is loaded the engine tells this.
            for trouble in troubles.iter().filter(|_| files.refused.is_some()) {
                findings.told(key_trouble(&files.file("Chart.yaml").file, trouble));
            }
        }
    }
}

fn values(files: &ChartFiles, findings: &mut Findings) {
    let Some(text) = files.get("values.yaml") else {
        return tell(findings, &NO_VALUES, files.file("values.yaml"), "values.yaml: file does not exist");
    };
    // Of a chart that could be loaded they could be read.
    if files.refused.is_none() {
        return;
    }
    match yaml::decode_values(text) {
        Err(error) => {
            let origin = Origin { line: error.line.max(1), column: 1, ..Origin::default() };
            let place = files.place("values.yaml", origin);
            // Helm's lint says which of its types the file should be.
            let text = error.message.trim_start_matches("cannot unmarshal yaml document: ");
            let text = text.replace("map[string]interface {}", "common.Values");
            tell(findings, &VALUES, place, format!("unable to parse YAML: {text}"));
        }
        Ok((_, troubles)) => {
            for trouble in &troubles {
                findings.told(key_trouble(&files.file("values.yaml").file, trouble));
            }
        }
    }
}

fn templates(files: &ChartFiles, findings: &mut Findings) {
    let metadata = files.metadata();
    let field = |name: &str| metadata.as_ref().and_then(|node| node.get(name));
    let is_library = field("type").and_then(Node::as_text).is_some_and(|kind| kind == "library");
    let has_others = files.has_folder("charts") || field("dependencies").is_some_and(|list| !list.items().is_empty());
    if !files.has_folder("templates") {
        // That it is a file the engine tells.
        if files.get("templates").is_none() && !is_library {
            let text = "templates: directory does not exist";
            let finding = findings.at(&NO_TEMPLATES, files.file("templates"), text);
            // A chart of subcharts or definitions alone is one all the same.
            if has_others || files.has_folder("crds") {
                finding.diagnostic.severity = Severity::Note;
            }
        }
        return;
    }
    for (name, _) in files.under("templates/") {
        let base = name.rsplit('/').next().unwrap_or_default();
        let extension = base.rfind('.').and_then(|dot| base.get(dot..)).unwrap_or_default();
        if !matches!(extension, ".yaml" | ".yml" | ".tpl" | ".txt") {
            let text =
                format!("file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt");
            tell(findings, &EXTENSION, files.file(name), text);
        }
    }
    if files.get("templates/NOTES.txt").is_none() && !is_library && !has_others {
        tell(findings, &NO_NOTES, files.file("templates/NOTES.txt"), "there is no templates/NOTES.txt");
    }
}

fn crds(files: &ChartFiles, findings: &mut Findings) {
    if files.get("crds").is_some() {
        tell(findings, &CRD, files.file("crds"), "crds: not a directory");
    }
    let is_manifest =
        |name: &str| [".yaml", ".yml", ".json"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    for (name, data) in files.under("crds/").filter(|(name, _)| is_manifest(name)) {
        let (parts, _) = yaml::split_documents(data);
        for part in parts {
            let at = |origin: Origin| {
                let line = origin.line.max(1).saturating_add(part.line.saturating_sub(1));
                files.place(name, Origin { line, ..origin })
            };
            let node = match yaml::decode(&part.text) {
                Ok(node) if node.is_null() => continue,
                Ok(node) => node,
                Err(error) => {
                    let place = at(Origin { line: error.line, column: 1, ..Origin::default() });
                    tell(findings, &CRD, place, format!("unable to parse YAML: {}", error.message));
                    continue;
                }
            };
            let field = |key: &str| node.get(key);
            let text = |key: &str| field(key).and_then(Node::as_text).unwrap_or_default();
            let place = |key: &str| at(field(key).map_or(node.origin, |field| field.origin));
            if !text("apiVersion").starts_with("apiextensions.k8s.io") {
                tell(findings, &CRD, place("apiVersion"), "apiVersion is not in 'apiextensions.k8s.io'");
            } else if text("kind") != "CustomResourceDefinition" {
                tell(findings, &CRD, place("kind"), "object kind is not 'CustomResourceDefinition'");
            }
        }
    }
}
