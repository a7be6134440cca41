//! API versions, fields and annotations that go, or are gone.

use crate::cluster::minor;
use crate::diag::Severity;
use crate::kube::{self, At};
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::nearest;
use crate::path::Step;

pub(super) const RULES: &[Rule] = &[REMOVED, DEPRECATED, UNKNOWN, FIELD];

const REMOVED: Rule = Rule {
    id: "removed-api",
    severity: Severity::Error,
    summary: "this version of Kubernetes does not have the API version any more",
    why: "The API server does not know it, and the install or upgrade fails as a whole.",
    fix: "Use the version that the message names; ask `.Capabilities.APIVersions` where old clusters must work too.",
    on: On::Default,
    check: Check::Case(check),
};

const DEPRECATED: Rule = Rule {
    id: "deprecated-api",
    severity: Severity::Warning,
    summary: "a later version of Kubernetes does not have the API version any more",
    why: "It works until the cluster is upgraded; then the release can neither be upgraded nor removed without repair.",
    fix: "Use the version that the message names.",
    on: On::Default,
    check: Check::Elsewhere,
};

const UNKNOWN: Rule = Rule {
    id: "unknown-kind",
    severity: Severity::Error,
    summary: "Kubernetes has no such kind in this API version",
    why: "The API server does not know it, and the install or upgrade fails as a whole.",
    fix: "Check the spelling of `kind` and `apiVersion`.",
    on: On::Default,
    check: Check::Elsewhere,
};

const FIELD: Rule = Rule {
    id: "deprecated-field",
    severity: Severity::Note,
    summary: "a field or annotation has been given up",
    why: "It does nothing any more, or will do nothing some day, and nobody says so then.",
    fix: "Use what has taken its place.",
    on: On::Default,
    check: Check::Case(fields),
};

fn check(case: &Case, findings: &mut Findings) {
    // As it is: what an older version had is not gone there, although its kinds are not known one by one.
    let minor = minor(&case.kube);
    for object in &case.objects {
        let (version, kind) = (object.head.api_version.as_str(), object.kind());
        let path = [Step::Key("apiVersion".into())];
        let is_known = kube::known_kind(minor, version, kind).is_some();
        match kube::deprecated_api(version, kind) {
            Some(api) if api.removed.is_some_and(|removed| removed <= minor) && !is_known => {
                let text = format!("{}: {}; Kubernetes {minor} does not have it", object.id(), api.words());
                findings.on(&REMOVED, case, object, &path, text);
            }
            Some(api) if api.deprecated <= minor => {
                let text = format!("{}: {}", object.id(), api.words());
                findings.on(&DEPRECATED, case, object, &path, text);
            }
            None if !is_known && is_built_in(version) && !kind.is_empty() => {
                let text = format!("Kubernetes {minor} has no kind `{kind}` in `{version}`");
                let all = kube::kinds().iter().filter(|known| known.is_served(minor.known()) && !known.custom);
                let same = all.clone().find(|known| known.kind == kind).map(|known| format!("`{}`", known.api_version));
                let names = all.filter(|known| known.api_version == version).map(|known| known.kind);
                let finding = findings.on(&UNKNOWN, case, object, &path, text);
                let near = same.or_else(|| nearest::nearest(kind, names).map(|near| format!("kind `{near}`")));
                finding.diagnostic.help =
                    near.map(|near| format!("Did you mean {near}?")).or(finding.diagnostic.help.take());
            }
            _ => {}
        }
    }
}

/// Whether an API version is of a group that comes with Kubernetes, so that no CRD adds kinds to it.
fn is_built_in(version: &str) -> bool {
    let group = version.split_once('/').map_or("", |(group, _)| group);
    kube::kinds().iter().any(|kind| !kind.custom && kind.group() == group)
}

fn fields(case: &Case, findings: &mut Findings) {
    let minor = minor(&case.kube);
    for object in &case.objects {
        for found in kube::deprecations(minor, &At::object(&object.node)) {
            let text = format!("{}: {}", object.id(), found.message);
            let finding = findings.on(&FIELD, case, object, &found.path, text);
            if found.dead {
                finding.diagnostic.severity = Severity::Warning;
            }
            let fix = found.fix.map(|fix| format!("Use {}.", fix.strip_prefix("use ").unwrap_or(&fix)));
            finding.diagnostic.help = fix.or(finding.diagnostic.help.take());
        }
    }
}
