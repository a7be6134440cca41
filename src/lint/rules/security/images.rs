//! Which image a container runs.

use super::strict;
use crate::diag::Severity;
use crate::lint::rules::objects::{self, Container};
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[MOVING, NOT_ALWAYS];

const MOVING: Rule = Rule {
    id: "moving-image-tag",
    severity: Severity::Warning,
    summary: "the image has no tag, or the tag `latest`",
    why: "What runs depends on the day a node pulled it: pods of one workload differ, and a rollback rolls nothing back.",
    fix: "Give the tag of a version, or a digest.",
    on: On::Default,
    check: Check::Case(moving),
};

const NOT_ALWAYS: Rule = strict(
    "image-not-pulled-again",
    [
        "imagePullPolicy is not Always",
        "Who may make pods on a node can run any image that is there already, also one that needs a password to pull.",
        "Set `imagePullPolicy: Always`, or name the image by digest.",
    ],
    not_always,
);

/// The tag of an image; empty where it has none, `None` where a digest says all.
fn tag(image: &str) -> Option<&str> {
    if image.contains('@') {
        return None;
    }
    // The host may have a port: a colon before the last slash is no tag.
    let name = image.rsplit('/').next().unwrap_or(image);
    Some(name.split_once(':').map_or("", |(_, tag)| tag))
}

fn image(container: &Container) -> Option<&str> {
    objects::text(&container.node, "image")
}

fn moving(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for container in &workload.containers {
            let Some((image, tag)) = image(container).and_then(|image| Some((image, tag(image)?))) else { continue };
            let what = match tag {
                "" => "has no tag",
                "latest" => "has the tag `latest`",
                _ => continue,
            };
            let text = format!("image `{image}` of container `{}` {what}", container.name);
            findings.on(&MOVING, case, &workload.object, &container.way("image"), text);
        }
    }
}

fn not_always(case: &Case, findings: &mut Findings) {
    for workload in case.facts().workloads.iter().filter(|workload| !workload.object.is_test()) {
        for container in &workload.containers {
            let policy = objects::text(&container.node, "imagePullPolicy");
            let Some(tag) = image(container).and_then(tag) else { continue };
            // Without a word it is Always for `latest`.
            if policy == Some("Always") || policy.is_none() && matches!(tag, "" | "latest") {
                continue;
            }
            let text = format!("container `{}` pulls its image only when the node has none", container.name);
            findings.on(&NOT_ALWAYS, case, &workload.object, &container.way("imagePullPolicy"), text);
        }
    }
}
