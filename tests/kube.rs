//! What a real API server said of manifests, pods and names is what `kube` says of them.
#![cfg(feature = "kube-schemas")]

use chartwright::kube::{self, Minor, Problem, show_path};
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
    ("spec.clusterIPs", "spec.clusterIP"),
    ("spec.clusterIPs[0]", "spec.clusterIP"),
    ("spec.resources[storage]", "spec.resources.requests.storage"),
    ("spec.template.labels", "spec.template.metadata.labels"),
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

/// Whether a problem is what the server told.
fn is_told(problem: &Problem, cause: &Node) -> bool {
    let ours = show_path(&problem.path);
    let Some(path) = text(cause, "path") else { return true };
    let path = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == path).map_or(path, |(_, ours)| (*ours).to_owned());
    if cause.get("loose").is_some() {
        // Keys of maps are missing too there, and parts of types stand between the fields.
        let ours = loose(&ours);
        let last = path.rsplit('.').next().unwrap_or_default();
        return ours.starts_with(&path) || path.ends_with(&ours) || ours.ends_with(&format!(".{last}"));
    }
    // We may know better which part of it is meant: the item that stands twice, the key of the label, the word.
    let missing = text(cause, "message").is_some_and(|message| message.starts_with("Required value"));
    ours == path || (!missing && ours.strip_prefix(&path).is_some_and(|rest| rest.starts_with(['.', '['])))
}

/// What the server says again of a mistake that it has told of by another path.
fn is_consequence(cause: &Node, problems: &[Problem]) -> bool {
    let (path, message) = (text(cause, "path").unwrap_or_default(), text(cause, "message").unwrap_or_default());
    let has = |path: &str| problems.iter().any(|problem| show_path(&problem.path).starts_with(path));
    match path.as_str() {
        "spec.template.metadata.labels" => has("spec.selector") && message.contains("`selector` does not match"),
        // Of every mistake in a selector.
        "spec.selector" => message.ends_with("invalid label selector") && has("spec.selector"),
        "spec.metrics" => has("spec.minReplicas"),
        "spec.maxReplicas" => has("spec.maxReplicas"),
        "status.storedVersions" => has("spec.versions"),
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
        // A decoding error hides what comes after it.
        let whole = causes.iter().all(|cause| cause.get("loose").is_none() && text(cause, "path").is_some());
        if whole {
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
