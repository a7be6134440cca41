//! Chart.yaml: what Helm and the repositories of charts ask of its fields.

use super::files::{ChartFiles, each, tell};
use crate::diag::Severity;
use crate::funcs::semver;
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::value::{Data, Node};
use std::borrow::Cow;

pub(super) const RULES: &[Rule] =
    &[NAME, API_VERSION, VERSION, LOOSE_VERSION, APP_VERSION, MAINTAINER, SOURCE, NO_ICON, ICON, NEEDS_V2];

const NAME: Rule = Rule {
    id: "bad-chart-name",
    severity: Severity::Error,
    summary: "a chart has no name, or one that is a path",
    why: "Helm does not load the chart, or packs it under another name than it has.",
    fix: "Set `name` in Chart.yaml to the name of the chart's folder.",
    on: On::Default,
    check: Check::Subject(check),
};

const API_VERSION: Rule = Rule::elsewhere(
    "bad-chart-api-version",
    Severity::Error,
    "Chart.yaml has no apiVersion that Helm knows",
    "Helm guesses or refuses: fields that it knows of one version only do nothing in the other.",
    "Write `apiVersion: v2`.",
);

const VERSION: Rule = Rule::elsewhere(
    "bad-chart-version",
    Severity::Error,
    "the chart's version is missing, no version, or no text",
    "Helm cannot pack, order or install it; a number loses its zeros, 1.10 becomes 1.1.",
    "Write three numbers, in quotes where YAML reads a number: `version: 1.10.0`.",
);

const LOOSE_VERSION: Rule = Rule::elsewhere(
    "loose-chart-version",
    Severity::Warning,
    "the chart's version is no semantic version in full",
    "Repositories and tools that compare versions may refuse it or order it wrongly.",
    "Write three numbers without `v`: `1.2.0`.",
);

const APP_VERSION: Rule = Rule::elsewhere(
    "bad-app-version",
    Severity::Error,
    "appVersion is no text",
    "YAML reads it as a number: 7.10 becomes 7.1, and the chart installs another image than was meant.",
    "Put it in quotes.",
);

const MAINTAINER: Rule = Rule::elsewhere(
    "bad-maintainer",
    Severity::Error,
    "a maintainer has no name, or an address that is none",
    "`helm lint` fails, and with an empty entry Helm does not load the chart.",
    "Give each maintainer a name, and an email or url that is one.",
);

const SOURCE: Rule = Rule::elsewhere(
    "bad-source-url",
    Severity::Error,
    "an entry of sources is no URL",
    "`helm lint` fails, and the link leads nowhere where charts are listed.",
    "Write it with its scheme: `https://…`.",
);

const NO_ICON: Rule = Rule::elsewhere(
    "missing-icon",
    Severity::Note,
    "the chart has no icon",
    "Where charts are listed it has no picture.",
    "Set `icon` in Chart.yaml to the URL of an image.",
);

const ICON: Rule = Rule::elsewhere(
    "bad-icon-url",
    Severity::Error,
    "the chart's icon is no URL",
    "`helm lint` fails, and no picture is shown.",
    "Write it with its scheme: `https://…`.",
);

const NEEDS_V2: Rule = Rule::elsewhere(
    "needs-chart-api-v2",
    Severity::Error,
    "Chart.yaml has a field that its apiVersion does not have",
    "`type` and `dependencies` belong to apiVersion v2; in v1 `helm lint` fails.",
    "Write `apiVersion: v2`.",
);

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    each(subject, findings, look);
}

/// Looks at Chart.yaml, where it can be read.
pub(super) fn look(files: &ChartFiles, findings: &mut Findings) {
    let Some(node) = files.metadata() else { return };
    let chart = Fields { files, node: &node };
    chart.identity(findings);
    chart.people(findings);
    let api_version = chart.text("apiVersion");
    if api_version != "v2" {
        for (field, message) in [
            ("type", format!("chart type is not valid in apiVersion '{api_version}'. It is valid in apiVersion 'v2'")),
            (
                "dependencies",
                format!(
                    "dependencies are not valid in the Chart file with apiVersion '{api_version}'. They are valid in apiVersion 'v2'"
                ),
            ),
        ] {
            if chart.node.get(field).is_some_and(|node| !node.is_null()) {
                tell(findings, &NEEDS_V2, chart.at(field), message);
            }
        }
    }
}

/// Chart.yaml by its fields.
struct Fields<'a> {
    files: &'a ChartFiles,
    node: &'a Node,
}

impl Fields<'_> {
    /// The text of a field; empty where there is none.
    fn text(&self, field: &str) -> Cow<'_, str> {
        match self.node.get(field).map(|node| &node.data) {
            Some(Data::Str(text)) => text.to_text(),
            Some(Data::Float(number)) => number.to_string().into(),
            Some(Data::Bool(truth)) => truth.to_string().into(),
            _ => "".into(),
        }
    }

    /// Where a field stands; Chart.yaml where it does not.
    fn at(&self, field: &str) -> crate::diag::Place {
        let origin = self.node.get(field).map(|node| node.origin).unwrap_or_default();
        self.files.place("Chart.yaml", origin)
    }

    /// Go's name of the type of a field that is no text.
    fn other_type(&self, field: &str) -> Option<&'static str> {
        let data = &self.node.get(field)?.data;
        (!matches!(data, Data::Str(_))).then(|| data.type_name())
    }

    fn identity(&self, findings: &mut Findings) {
        let name = self.text("name");
        if name.is_empty() {
            tell(findings, &NAME, self.at("name"), "name is required");
        } else if name.contains('/') || matches!(&*name, "." | "..") {
            tell(findings, &NAME, self.at("name"), format!("chart name {name:?} is invalid"));
        }
        let wanted = "The value must be either \"v1\" or \"v2\"";
        match &*self.text("apiVersion") {
            "" => tell(findings, &API_VERSION, self.at("apiVersion"), format!("apiVersion is required. {wanted}")),
            "v1" | "v2" => {}
            other => {
                let text = format!("apiVersion '{other}' is not valid. {wanted}");
                tell(findings, &API_VERSION, self.at("apiVersion"), text);
            }
        }
        self.version(findings);
        if let Some(found) = self.other_type("appVersion") {
            let text = format!("appVersion should be of type string but it's of type {found}");
            tell(findings, &APP_VERSION, self.at("appVersion"), text);
        }
    }

    fn version(&self, findings: &mut Findings) {
        let version = self.text("version");
        let at = || self.at("version");
        if let Some(found) = self.other_type("version") {
            let text = format!("version should be of type string but it's of type {found}");
            tell(findings, &VERSION, at(), text);
        } else if version.is_empty() {
            tell(findings, &VERSION, at(), "version is required");
        } else if semver::parse(&version).is_err() {
            tell(findings, &VERSION, at(), format!("version '{version}' is not a valid SemVer"));
        } else if !semver::satisfies(">0.0.0-0", &version).unwrap_or(true) {
            tell(findings, &VERSION, at(), format!("version {version:?} is less than or equal to \"0.0.0-0\""));
        }
        if semver::parse(&version).is_ok() && !is_full(&version) {
            tell(findings, &LOOSE_VERSION, at(), format!("version '{version}' is not a valid SemVerV2"));
        }
    }

    fn people(&self, findings: &mut Findings) {
        for maintainer in self.node.get("maintainers").map(Node::items).unwrap_or_default() {
            let text = |key: &str| maintainer.get(key).and_then(Node::as_text).unwrap_or_default();
            let place = self.files.place("Chart.yaml", maintainer.origin);
            let (name, email, url) = (text("name"), text("email"), text("url"));
            if maintainer.is_null() {
                tell(findings, &MAINTAINER, place, "a maintainer entry is empty");
            } else if name.is_empty() {
                tell(findings, &MAINTAINER, place, "each maintainer requires a name");
            } else if !email.is_empty() && !is_email(&email) {
                tell(findings, &MAINTAINER, place, format!("invalid email '{email}' for maintainer '{name}'"));
            } else if !url.is_empty() && !is_url(&url) {
                tell(findings, &MAINTAINER, place, format!("invalid url '{url}' for maintainer '{name}'"));
            }
        }
        for source in self.node.get("sources").map(Node::items).unwrap_or_default() {
            let text = source.as_text().unwrap_or_default();
            if !is_url(&text) {
                let place = self.files.place("Chart.yaml", source.origin);
                tell(findings, &SOURCE, place, format!("invalid source URL '{text}'"));
            }
        }
        let icon = self.text("icon");
        if icon.is_empty() {
            tell(findings, &NO_ICON, self.at("icon"), "icon is recommended");
        } else if !is_url(&icon) {
            tell(findings, &ICON, self.at("icon"), format!("invalid icon URL '{icon}'"));
        }
    }
}

/// Whether it is a semantic version in full: three numbers, no `v`, no zeros in front.
fn is_full(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    core.split('.').count() == 3 && core.split('.').all(is_number)
}

/// Whether a text has a scheme and something behind it, all that Helm asks.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme && !rest.is_empty() && !rest.chars().any(|c| c.is_control())
}

/// Whether a text looks like an address: what is before the `@`, and a name with a dot behind it.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let is_word = |c: char| !c.is_whitespace() && !c.is_control() && !"()<>,;:\\\"[]@".contains(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    !local.is_empty()
        && local.chars().all(is_word)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && host.contains('.')
        && host.trim_end_matches('.').split('.').all(is_label)
}
