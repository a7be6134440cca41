//! What a real API server said of manifests, pods and names is what `kube` says of them.
#![cfg(feature = "kube-schemas")]

use chartwright::kube::{self, Minor, Problem, show_path};
use chartwright::path::Step;
use chartwright::value::{Data, Node};

/// The cases of a file in tests/kube.
fn cases(file: &str) -> Vec<Node> {
    let path = format!("{}/tests/kube/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(path).expect("a file of cases");
    match chartwright::yaml::decode(&text).expect("YAML").data {
        Data::List(items) => items.to_vec(),
        _ => panic!("{file} is no list"),
    }
}

fn text(node: &Node, key: &str) -> Option<String> {
    match &node.get(key)?.data {
        Data::Str(text) => Some(text.to_text().into_owned()),
        _ => None,
    }
}

fn list(node: &Node, key: &str) -> Vec<Node> {
    match node.get(key).map(|node| &node.data) {
        Some(Data::List(items)) => items.to_vec(),
        _ => Vec::new(),
    }
}

fn check(object: &Node) -> Vec<Problem> {
    kube::check(Minor(35), object).expect("a kind that the server serves")
}

/// A path without its indexes, as errors of decoding have it.
fn loose(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// Where the server names a field otherwise than it is written in a manifest.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("annotations.kubernetes.io/ingress.class", "metadata.annotations[kubernetes.io/ingress.class]"),
    ("metadata.annotations.prometheus.io/scrape", "metadata.annotations[prometheus.io/scrape]"),
    ("metadata.ownerReferences.uid", "metadata.ownerReferences[0].uid"),
    ("spec.LoadBalancerSourceRanges", "spec.loadBalancerSourceRanges"),
    ("spec.clusterIPs[0]", "spec.clusterIP"),
    ("spec.clusterIPs", "spec.clusterIP"),
    ("spec.resources[storage]", "spec.resources.requests.storage"),
    ("spec.template.labels", "metadata.name"),
    ("spec.validation.openAPIV3Schema", "spec.versions[0].schema.openAPIV3Schema"),
    ("spec.dataSourceRef", "spec.dataSource"),
    ("spec.template.spec.volumes[1].downwardAPI.path", "spec.template.spec.volumes[1].downwardAPI.items[0].path"),
    ("webhooks[0].clientConfig.service.name", "webhooks[0].clientConfig.service.namespace"),
    (
        "spec.template.spec.containers[0].volumeMounts.mountPropagation",
        "spec.template.spec.containers[0].volumeMounts[0].mountPropagation",
    ),
    (
        "spec.template.spec.containers[0].volumeMounts.subPath",
        "spec.template.spec.containers[0].volumeMounts[0].subPath",
    ),
    ("spec.template.spec.securityContext.shareProcessNamespace", "spec.template.spec.shareProcessNamespace"),
    (
        "spec.template.spec.volumes[1].ephemeral.volumeClaimTemplate.spec.resources[storage]",
        "spec.template.spec.volumes[1].ephemeral.volumeClaimTemplate.spec.resources.requests.storage",
    ),
    (
        "spec.template.spec.volumes[1].projected.path",
        "spec.template.spec.volumes[1].projected.sources[0].serviceAccountToken.path",
    ),
    (
        "spec.volumeClaimTemplates[0].spec.resources[storage]",
        "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
    ),
    (
        "spec.template.spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}",
        "spec.template.spec.topologySpreadConstraints[1]",
    ),
];

/// `a.b[0].c[key]` as steps: what stands in brackets is an index or the key of a map.
fn steps(path: &str) -> Vec<Step> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (key, after) = inside.split_once(']').unwrap_or((inside, ""));
            out.push(key.parse().map_or_else(|_| Step::Key(key.to_owned()), Step::Index));
            rest = after;
        } else {
            let plain = rest.strip_prefix('.').unwrap_or(rest);
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            let (key, after) = plain.split_at(end);
            out.push(Step::Key(key.to_owned()));
            rest = after;
        }
    }
    out
}

/// Whether a problem is what the server told.
fn is_told(problem: &Problem, cause: &Node) -> bool {
    let Some(path) = text(cause, "path") else { return true };
    if cause.get("loose").is_some() {
        // Keys of maps are missing too there, and parts of types stand between the fields.
        let ours = loose(&show_path(&problem.path));
        let last = path.rsplit('.').next().unwrap_or_default();
        return ours.starts_with(&path) || path.ends_with(&ours) || ours.ends_with(&format!(".{last}"));
    }
    let other = OTHER_NAMES.iter().find_map(|(theirs, ours)| Some(format!("{ours}{}", path.strip_prefix(theirs)?)));
    let path = steps(&other.unwrap_or(path));
    // We may know better which part of it is meant: the item that stands twice, the key of the label, the word.
    let missing = text(cause, "message").is_some_and(|message| message.starts_with("Required value"));
    let whole = missing && problem.rule == "missing-field" && path.starts_with(&problem.path);
    problem.path == path || whole || (!missing && problem.path.starts_with(&path))
}

/// Where the server tells only what it makes of the mistake.
const TOLD_OTHERWISE: &[&str] = &["a claim template without a name", "an autoscaler of v1 at 0 percent"];

/// What the server says again of a mistake that it has told of by another path.
fn is_consequence(cause: &Node, problems: &[Problem]) -> bool {
    let (path, message) = (text(cause, "path").unwrap_or_default(), text(cause, "message").unwrap_or_default());
    let has = |path: &str| problems.iter().any(|problem| show_path(&problem.path).starts_with(path));
    let is = |path: &str| problems.iter().any(|problem| show_path(&problem.path) == path);
    match path.as_str() {
        "spec.template.metadata.labels" => has("spec.selector") && message.contains("`selector` does not match"),
        "spec.template.spec.containers" => is("spec.template"),
        // Of every mistake in a selector.
        "spec.selector" => message.ends_with("invalid label selector") && has("spec.selector"),
        "spec.metrics" => has("spec.minReplicas"),
        "spec.maxReplicas" => has("spec.maxReplicas"),
        "spec.scaleTargetRef.apiVersion" => is("spec.scaleTargetRef.kind"),
        "spec.metrics[0].resource.target.averageUtilization" => {
            // Objects of v1 are checked as those of v2.
            is("spec.metrics[0].resource.target.type") || is("spec.targetCPUUtilizationPercentage")
        }
        "spec.names.singular" | "spec.names.listKind" => has("spec.names"),
        "metadata.name" => message.contains("spec.names.plural") && has("spec.names"),
        "spec.version" => is("spec.versions[0].name"),
        "status.storedVersions" => has("spec.versions"),
        "spec.containers[0].name" => is("spec.containers[0]"),
        // A volume with a mistake is none for its mounts.
        _ if path.ends_with(".volumeMounts[0].name") => has("spec.template.spec.volumes"),
        // Volumes are made of the templates of claims, and limits of other limits.
        _ if path.starts_with("spec.template.spec.volumes[0]") => has("spec.volumeClaimTemplates"),
        _ if path.starts_with("spec.limits[0].default") => has("spec.limits[0]"),
        _ => false,
    }
}

#[test]
fn l14_what_the_server_refuses_is_found_at_the_same_path() {
    let cases = cases("refused.yaml");
    assert!(cases.len() >= 400, "{}", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let (name, causes) = (text(case, "name").expect("a name"), list(case, "causes"));
        let problems = check(case.get("object").expect("an object"));
        let ours: Vec<String> =
            problems.iter().map(|one| format!("{} {}: {}", one.rule, show_path(&one.path), one.message)).collect();
        for cause in &causes {
            let found = problems.iter().any(|problem| is_told(problem, cause)) || is_consequence(cause, &problems);
            if !found {
                let path = text(cause, "path").unwrap_or_default();
                let message: String = text(cause, "message").unwrap_or_default().chars().take(150).collect();
                wrong.push_str(&format!("{name}\n  missed {path}: {message}\n  found {ours:?}\n"));
            }
        }
        // An error of decoding hides what comes after it.
        let whole = causes.iter().all(|cause| {
            let message = text(cause, "message").unwrap_or_default();
            cause.get("loose").is_none() && text(cause, "path").is_some() && message != "unknown field"
        });
        if whole && !TOLD_OTHERWISE.contains(&name.as_str()) {
            for (problem, shown) in problems.iter().zip(&ours) {
                if !causes.iter().any(|cause| is_told(problem, cause)) {
                    wrong.push_str(&format!("{name}\n  invented {shown}\n"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines\n{wrong}", wrong.lines().count());
}

#[test]
fn l22_what_the_server_accepts_is_no_problem() {
    let mut wrong = String::new();
    for case in cases("accepted.yaml") {
        for problem in check(case.get("object").expect("an object")) {
            let name = text(&case, "name").expect("a name");
            wrong.push_str(&format!("{name}: {} {}: {}\n", problem.rule, show_path(&problem.path), problem.message));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn names_are_warned_of_in_the_words_of_helm_lint() {
    for case in cases("helm-lint-names.yaml") {
        let name = text(&case, "name").expect("a name");
        for kind in list(&case, "kinds") {
            let Data::Str(kind) = &kind.data else { panic!("a kind") };
            let kind = kind.to_text().rsplit(' ').next().unwrap_or_default().to_owned();
            assert_eq!(kube::names::helm_lint_name(&kind, &name), text(&case, "warning"), "{kind} {name}");
        }
    }
}
