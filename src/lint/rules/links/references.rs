//! ConfigMaps, Secrets, claims and accounts that pods name, and the chart does not render.

use crate::diag::Severity;
use crate::lint::rules::objects::{self, Workload};
use crate::lint::{Case, Check, Findings, Object, On, Rule, Subject};
use crate::manifest::HookEvent;
use crate::path::Step;
use crate::value::Node;

pub(super) const RULES: &[Rule] = &[OBJECT, KEY, HOOK];

const OBJECT: Rule = Rule {
    id: "missing-reference",
    severity: Severity::Warning,
    summary: "a pod names an object of the release that the chart does not render",
    why: "A pod whose ConfigMap, Secret, claim or account is missing does not start: it waits without end, and `helm upgrade --wait` runs into its timeout.",
    fix: "Render the object under the same condition as the reference, or leave the reference out where it is not rendered.",
    on: On::Default,
    check: Check::Subject(check),
};

const KEY: Rule = Rule {
    id: "missing-key",
    severity: Severity::Error,
    summary: "a pod names a key that the rendered ConfigMap or Secret does not have",
    why: "The container does not start: `couldn't find key` in its events (CreateContainerConfigError), or a volume that cannot be mounted.",
    fix: "Use the key as the ConfigMap or Secret spells it, or mark the reference `optional: true`.",
    on: On::Default,
    check: Check::Elsewhere,
};

const HOOK: Rule = Rule {
    id: "hook-needs-later-object",
    severity: Severity::Error,
    summary: "a pre-install hook needs an object that is installed after it",
    why: "Helm runs pre-install hooks before it makes anything else, so the pod waits for what comes only after it.",
    fix: "Make the object a pre-install hook too, with a lower hook-weight, or run the pod as post-install hook.",
    on: On::Default,
    check: Check::Elsewhere,
};

/// Something that a pod names.
pub(super) struct Reference<'w> {
    pub(super) kind: &'static str,
    pub(super) name: &'w str,
    /// Where the name stands, from the object on.
    pub(super) path: Vec<Step>,
    /// The keys that it needs, and where they stand.
    keys: Vec<(&'w str, Vec<Step>)>,
    optional: bool,
    /// What names it: a container, a volume, the pod.
    who: String,
    /// Whether a change of the object reaches the running program only with a restart.
    pub(super) at_start: bool,
}

/// Everything that the pods of a workload name.
pub(super) fn references(workload: &Workload) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    for container in &workload.containers {
        // The container's node is a part of the pod spec, which lives as long as the workload.
        let who = format!("container `{}`", container.name);
        for (number, entry) in objects::items(&container.node, "env").iter().enumerate() {
            for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                let Some(node) = entry.get("valueFrom").and_then(|node| node.get(field)) else { continue };
                let base = container.way(&format!("env.{number}.valueFrom.{field}"));
                let key = objects::text(node, "key").map(|key| (key, objects::join(&base, "key")));
                found.extend(reference(kind, node, "name", &base, key.into_iter().collect(), &who, true));
            }
        }
        for (number, entry) in objects::items(&container.node, "envFrom").iter().enumerate() {
            for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                let Some(node) = entry.get(field) else { continue };
                let base = container.way(&format!("envFrom.{number}.{field}"));
                found.extend(reference(kind, node, "name", &base, Vec::new(), &who, true));
            }
        }
    }
    for (number, volume) in objects::items(&workload.spec, "volumes").iter().enumerate() {
        let who = format!("volume `{}`", objects::text(volume, "name").unwrap_or_default());
        let base = workload.way(&format!("volumes.{number}"));
        found.extend(sources(volume, &base, &who));
        for (index, source) in objects::items(volume, "projected.sources").iter().enumerate() {
            found.extend(sources(source, &objects::join(&base, &format!("projected.sources.{index}")), &who));
        }
        if let Some(node) = volume.get("persistentVolumeClaim") {
            let base = objects::join(&base, "persistentVolumeClaim");
            found.extend(reference("PersistentVolumeClaim", node, "claimName", &base, Vec::new(), &who, false));
        }
    }
    let base = workload.way("");
    for field in ["serviceAccountName", "serviceAccount"] {
        found.extend(reference("ServiceAccount", &workload.spec, field, &base, Vec::new(), "the pod", false));
    }
    found
}

/// The ConfigMaps of a workload's volumes.
pub(super) fn config_maps(workload: &Workload) -> impl Iterator<Item = &str> {
    let volumes = objects::items(&workload.spec, "volumes").iter();
    volumes.filter_map(|volume| objects::text(volume, "configMap.name"))
}

/// The ConfigMap or Secret of a volume, or of a source of a projected volume.
fn sources<'w>(node: &'w Node, base: &[Step], who: &str) -> Vec<Reference<'w>> {
    let mut found = Vec::new();
    for (field, kind, name) in
        [("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"), ("secret", "Secret", "name")]
    {
        let Some(node) = node.get(field) else { continue };
        let base = objects::join(base, field);
        let keys = objects::items(node, "items").iter().enumerate().filter_map(|(index, item)| {
            Some((objects::text(item, "key")?, objects::join(&base, &format!("items.{index}.key"))))
        });
        found.extend(reference(kind, node, name, &base, keys.collect(), who, true));
    }
    found
}

fn reference<'w>(
    kind: &'static str,
    node: &'w Node,
    field: &str,
    base: &[Step],
    keys: Vec<(&'w str, Vec<Step>)>,
    who: &str,
    at_start: bool,
) -> Option<Reference<'w>> {
    let name = objects::text(node, field)?;
    let optional = objects::is_true(node, "optional");
    Some(Reference { kind, name, path: objects::join(base, field), keys, optional, who: who.to_owned(), at_start })
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for case in &subject.cases {
        findings.enter(case);
        let before = installation(subject, case);
        for workload in &case.facts().workloads {
            let namespace = case.namespace_of(&workload.object);
            for reference in references(workload) {
                let is_left = |before: &Case| {
                    let object = before.facts().named(before, reference.kind, namespace, reference.name);
                    object.is_some_and(outlives)
                };
                match case.facts().named(case, reference.kind, namespace, reference.name) {
                    Some(object) => {
                        keys(case, workload, &reference, object, findings);
                        order(case, workload, &reference, object, findings);
                    }
                    None if before.is_some_and(is_left) => {}
                    None => missing(case, workload, &reference, findings),
                }
            }
        }
    }
    findings.leave();
}

/// The case that installs what this one upgrades.
fn installation<'s>(subject: &'s Subject<'_>, case: &Case) -> Option<&'s Case> {
    let name = case.name.strip_suffix(", upgrade").filter(|_| case.is_upgrade)?;
    subject.cases.iter().find(|other| !other.is_upgrade && other.name.as_ref() == name)
}

/// Whether Helm leaves an object where it is when a later render lacks it: charts make passwords and certificates
/// that way, once.
fn outlives(object: &Object) -> bool {
    !object.hooks.is_empty()
        || object.head.annotations.get("helm.sh/resource-policy").is_some_and(|policy| policy == "keep")
}

fn missing(case: &Case, workload: &Workload, reference: &Reference<'_>, findings: &mut Findings) {
    let Reference { kind, name, path, who, .. } = reference;
    // Without a release every name would count, and what is not among the manifests may well be in the cluster.
    if reference.optional
        || !case.is_whole()
        || case.release.is_empty()
        || !case.is_own_name(name)
        || is_made(case, workload, name)
    {
        return;
    }
    let text = format!("{who} of {} names {kind} `{name}`, which the chart does not render", workload.object.id());
    findings.on(&OBJECT, case, &workload.object, path, text);
}

/// Whether something of the release seems to make an object of that name: a controller or a program.
fn is_made(case: &Case, workload: &Workload, name: &str) -> bool {
    // A StatefulSet makes the claims of its templates; their names end in the pod's.
    let claims = case.facts().kind(case, "StatefulSet").any(|set| {
        objects::items(&set.node, "spec.volumeClaimTemplates").iter().any(|claim| {
            objects::text(claim, "metadata.name").is_some_and(|prefix| name.starts_with(&format!("{prefix}-")))
        })
    });
    let by_program = case.facts().workloads.iter().any(|other| {
        let can_make = !std::ptr::eq(other, workload) && !other.object.is_test();
        can_make && (other.words().any(|word| word.contains(name)) || is_in_files(case, other, name))
    });
    let by_controller = || {
        case.objects.iter().any(|object| match object.kind() {
            // A program that may change it by name makes it.
            "Role" | "ClusterRole" => object.node.get("rules").is_some_and(|rules| holds(rules, name)),
            // Its first API group looks like one of Kubernetes itself.
            "Certificate" => object.node.get("spec").is_some_and(|spec| holds(spec, name)),
            _ => objects::is_maker(object) && object.node.get("spec").is_some_and(|spec| holds(spec, name)),
        })
    };
    // Controllers name what they make after the object that asks for it.
    let after_maker = || {
        case.objects.iter().any(|object| {
            objects::is_maker(object) && name.strip_prefix(object.name()).is_some_and(|rest| rest.starts_with('-'))
        })
    };
    claims || by_program || by_controller() || after_maker()
}

/// Whether a script of a Job or a hook, which it has from a ConfigMap, names the object: that is how some are made.
fn is_in_files(case: &Case, workload: &Workload, name: &str) -> bool {
    let here = case.namespace_of(&workload.object);
    workload.is_short_lived()
        && config_maps(workload).filter_map(|map| case.facts().named(case, "ConfigMap", here, map)).any(|map| {
            let data = map.node.get("data").and_then(Node::as_map);
            data.into_iter().flat_map(|data| data.values()).filter_map(objects::plain).any(|text| text.contains(name))
        })
}

/// Whether a text stands anywhere in a tree.
fn holds(node: &Node, text: &str) -> bool {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        if objects::plain(node).is_some_and(|own| own == text) {
            return true;
        }
        waiting.extend(node.items());
        waiting.extend(node.as_map().into_iter().flat_map(|map| map.values()));
    }
    false
}

fn keys(case: &Case, workload: &Workload, reference: &Reference<'_>, object: &Object, findings: &mut Findings) {
    if reference.optional {
        return;
    }
    let fields: &[&str] = if reference.kind == "Secret" { &["data", "stringData"] } else { &["data", "binaryData"] };
    let has: Vec<&str> = fields.iter().flat_map(|field| objects::keys(&object.node, field)).collect();
    // An empty one is filled by someone else later.
    if has.is_empty() {
        return;
    }
    for (key, path) in reference.keys.iter().filter(|(key, _)| !has.contains(key)) {
        let Reference { kind, name, who, .. } = reference;
        let text = format!(
            "{who} of {} needs key `{key}` of {kind} `{name}`, which has `{}`",
            workload.object.id(),
            has.iter().take(5).copied().collect::<Vec<_>>().join("`, `"),
        );
        findings.on(&KEY, case, &workload.object, path, text);
    }
}

fn order(case: &Case, workload: &Workload, reference: &Reference<'_>, object: &Object, findings: &mut Findings) {
    let early = HookEvent::PreInstall;
    if !workload.object.hooks.contains(&early) || object.hooks.contains(&early) || reference.optional {
        return;
    }
    let Reference { kind, name, path, .. } = reference;
    let text = format!("pre-install hook {} needs {kind} `{name}`, which is installed after it", workload.object.id());
    findings.on(&HOOK, case, &workload.object, path, text);
}
