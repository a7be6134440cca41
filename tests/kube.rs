//! What a real API server said of manifests, pods and names is what `kube` says of them.
#![cfg(feature = "kube-schemas")]

use chartwright::kube::{self, At, Level, Minor, Problem, show_path};
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

/// What the server warns of, from a case.
fn warning(case: &Node, level: Level) -> Option<String> {
    match &list(case, level.name()).first()?.data {
        Data::Str(text) => Some(text.to_text().into_owned()),
        _ => None,
    }
}

#[test]
fn l15_pod_security_warns_in_the_words_of_the_server() {
    let cases = cases("pod-security.yaml");
    assert!(cases.len() >= 30, "{}", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let name = text(case, "name").expect("a name");
        let object = case.get("object").expect("an object");
        for level in [Level::Baseline, Level::Restricted] {
            let found = kube::pod_security(Minor(35), level, &At::object(object));
            let ours = kube::pod_security_warning(level, &found);
            if ours != warning(case, level) {
                wrong.push_str(&format!("{name}\n  ours {ours:?}\n  want {:?}\n", warning(case, level)));
            }
            for violation in found {
                assert!(!violation.places.is_empty(), "{name}: {} is nowhere", violation.rule);
                assert!(kube::CHECKS.iter().any(|(rule, _, _)| *rule == violation.rule), "{}", violation.rule);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What older servers take, and its pods and claims are then refused, or nothing comes of it.
const REFUSED_LATER: &[&str] = &[
    "a claim template without a name",
    "a claim template without a size",
    "a claim template with an unknown access mode",
    "a claim template with a storage class of a dash",
    "a StatefulSet that mounts no claim",
    "a StatefulSet without access modes",
    "a serviceName in capitals",
    "an autoscaler whose target has no version",
    "an unknown restartPolicy on an init container",
    "procMount of an unknown kind",
    "procMount Unmasked with the host's users",
    "hostUsers with the host's network",
];

#[test]
fn other_minors_say_otherwise_where_their_servers_do() {
    let (refused, accepted, pods) = (cases("refused.yaml"), cases("accepted.yaml"), cases("pod-security.yaml"));
    let mut wrong = String::new();
    for other in cases("other-minors.yaml") {
        let Some(Data::Float(minor)) = other.get("minor").map(|node| &node.data) else { panic!("a minor") };
        let minor = Minor(*minor as u8);
        let names = |key| list(&other, key).iter().map(|one| one.data.clone()).collect::<Vec<_>>();
        let (more, fewer) = (names("refused"), names("accepted"));
        for (case, usual) in refused.iter().map(|case| (case, true)).chain(accepted.iter().map(|case| (case, false))) {
            let name = &case.get("name").expect("a name").data;
            let want = more.contains(name) || (usual && !fewer.contains(name));
            let found = kube::check(minor, case.get("object").expect("an object")).expect("a known kind");
            let later = text(case, "name").is_some_and(|name| REFUSED_LATER.contains(&name.as_str()));
            if want == found.is_empty() && !later {
                wrong.push_str(&format!("{minor} {name:?}: the server refuses: {want}, found {found:?}\n"));
            }
        }
        for case in &pods {
            let name = text(case, "name").expect("a name");
            let said = list(&other, "pods").into_iter().find(|one| text(one, "name").as_ref() == Some(&name));
            let object = At::object(case.get("object").expect("an object"));
            for level in [Level::Baseline, Level::Restricted] {
                let ours = kube::pod_security_warning(level, &kube::pod_security(minor, level, &object));
                let want = warning(said.as_ref().unwrap_or(case), level);
                if ours != want {
                    wrong.push_str(&format!("{minor} {name}\n  ours {ours:?}\n  want {want:?}\n"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn l16_deprecated_api_versions_are_warned_of_in_the_words_of_helm_lint() {
    let cases = cases("helm-lint-deprecations.yaml");
    assert!(cases.len() > 100, "{}", cases.len());
    for case in cases {
        let (version, kind) = (text(&case, "apiVersion").expect("one"), text(&case, "kind").expect("one"));
        let api = kube::deprecated_api(&version, &kind).unwrap_or_else(|| panic!("{version} {kind} is unknown"));
        // Helm was asked at these minors.
        for minor in [15, 20, 21, 25, 32, 34, 36, 37, 40].map(Minor) {
            let from: u8 = text(&case, "from").and_then(|text| text.split('.').nth(1)?.parse().ok()).expect("a minor");
            let want = text(&case, "warning").filter(|_| minor >= Minor(from));
            assert_eq!(api.helm_lint(minor), want, "{version} {kind} at {minor}");
        }
    }
}

#[test]
fn l16_deprecated_annotations_labels_and_fields_are_found_where_the_server_warns() {
    let (mut warned, mut wrong) = (0, String::new());
    for case in cases("accepted.yaml") {
        let name = text(&case, "name").expect("a name");
        let found = kube::deprecations(Minor(35), &At::object(case.get("object").expect("an object")));
        let paths: Vec<String> = found.iter().map(|one| show_path(&one.path)).collect();
        for warning in list(&case, "warnings") {
            let Data::Str(warning) = &warning.data else { panic!("a text") };
            let warning = warning.to_text();
            if !["deprecated", "non-functional"].iter().any(|word| warning.contains(word)) {
                continue;
            }
            warned += 1;
            // `path: words`, but for annotations of two kinds.
            let path = warning.split(": ").next().unwrap_or_default().replace("storageOS", "storageos");
            let keyed = |path: &str| {
                paths.iter().any(|ours| steps(path) == steps(ours))
                    || found.iter().any(|one| warning.contains(&last(&one.path)))
            };
            if !keyed(&path) {
                wrong.push_str(&format!("{name}: {warning}\n  found {paths:?}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(warned >= 25, "{warned}");
}

fn last(path: &[Step]) -> String {
    path.last().map_or(String::new(), |step| if let Step::Key(key) = step { key.clone() } else { String::new() })
}

/// What depends on more than the two manifests: whether a claim is bound, and a CRD established.
const DEPENDS: &[&str] = &["the size of a claim", "the scope of a CRD", "the kind of a CRD"];

#[test]
fn updates_are_refused_where_the_server_refuses_them() {
    let cases = cases("refused-updates.yaml");
    assert!(cases.len() > 70, "{}", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let name = text(case, "name").expect("a name");
        let (old, new) = (case.get("old").expect("an object"), case.get("object").expect("an object"));
        let (found, causes) = (kube::immutable_changes(old, new), list(case, "causes"));
        let told = causes.iter().all(|cause| {
            let path = text(cause, "path").unwrap_or_default();
            // The server calls all kinds of volumes by one name, and addresses by their plural.
            let path = path.replace("persistentvolumesource", "hostPath").replace("clusterIPs[0]", "clusterIP");
            let path = path.replace("updateStrategy.rollingUpdate", "updateStrategy");
            found.iter().any(|one| one.path.starts_with(&steps(&path)))
        });
        if (!told || found.is_empty() != causes.is_empty()) && !DEPENDS.contains(&name.as_str()) {
            wrong.push_str(&format!("{name}: server {}, found {:?}\n", causes.len(), shown(&found)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn decode(text: &str) -> Node {
    chartwright::yaml::decode(text.as_bytes()).expect("YAML")
}

/// `rule path` of each problem.
fn shown(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|one| format!("{} {}", one.rule, show_path(&one.path))).collect()
}

#[test]
fn custom_resources_are_checked_by_the_charts_own_definitions() {
    let schemas = kube::Schemas::from_crd(&decode(
        "
kind: CustomResourceDefinition
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [size, mode]
              properties:
                size: {type: integer, minimum: 1, maximum: 9}
                mode: {type: string, default: fast, enum: [fast, slow]}
                name: {type: string, pattern: '^[a-z]+$', minLength: 2}
                port: {x-kubernetes-int-or-string: true}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                labels: {type: object, additionalProperties: {type: string}}
                list: {type: array, maxItems: 2, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {type: object, required: [id], properties: {id: {type: string}}}}
                maybe: {type: string, nullable: true}
",
    ));
    let check = |spec: &str| {
        let object = format!("{{apiVersion: example.com/v1, kind: Widget, metadata: {{name: a}}, spec: {spec}}}");
        shown(&schemas.check(Minor(35), &decode(&object)).expect("a kind of the CRD"))
    };
    for (spec, want) in [
        ("{size: 1, name: ab, port: http, free: {a: [1]}, labels: {a: b}, maybe: null}", vec![]),
        ("{size: 10}", vec!["out-of-range spec.size"]),
        ("{size: 1, mode: fsat}", vec!["unknown-value spec.mode"]),
        ("{size: 1, name: A}", vec!["out-of-range spec.name", "pattern-mismatch spec.name"]),
        ("{size: 1, port: 1.5}", vec!["wrong-type spec.port"]),
        ("{size: 1, labels: {a: 1}}", vec!["wrong-type spec.labels.a"]),
        ("{size: 1, list: [{id: a}, {id: a}]}", vec!["duplicate-item spec.list[1].id"]),
        ("{size: 1, list: [{}]}", vec!["missing-field spec.list[0].id"]),
        ("{size: null, nmae: a}", vec!["unknown-field spec.nmae", "wrong-type spec.size", "missing-field spec.size"]),
    ] {
        assert_eq!(check(spec), want, "{spec}");
    }
    let service = decode("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {prots: []}}");
    assert_eq!(schemas.check(Minor(35), &service), kube::check(Minor(35), &service));
}

#[test]
fn objects_of_the_prometheus_operator_are_known() {
    let object = decode(
        "
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  endpoints: [{port: metrics, interval: 30x, relabelings: [{action: Keep}]}]
  namespaceSelector: {matchName: [a]}
",
    );
    let problems = check(&object);
    let want = ["pattern-mismatch spec.endpoints[0].interval", "unknown-field spec.namespaceSelector.matchName"];
    assert_eq!(shown(&problems), want);
    assert_eq!(problems[1].fix.as_deref(), Some("write `matchNames`"));
    assert_eq!((problems[1].origin.line, problems[1].origin.column), (8, 23));
}

#[test]
fn l13_a_selector_is_held_against_the_labels_of_the_template() {
    let object = decode(
        "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: redis}}
  template:
    metadata: {labels: {app.kubernetes.io/name: other}}
    spec: {containers: [{name: c, image: i}]}
",
    );
    let problems = check(&object);
    assert_eq!(shown(&problems), ["selector-mismatch spec.template.metadata.labels"]);
    assert_eq!(problems[0].message, "`selector` does not match template `labels`");
}

#[test]
fn l21_names_are_too_long_where_the_server_says_so() {
    for (kind, version, most) in
        [("Service", "v1", 63), ("ConfigMap", "v1", 253), ("CronJob", "batch/v1", 52), ("StatefulSet", "apps/v1", 63)]
    {
        for (length, want) in [(most, false), (most + 1, true)] {
            let name = "a".repeat(length);
            let object = decode(&format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}}}"));
            let found = check(&object).iter().any(|one| one.rule == "too-long-name");
            assert_eq!(found, want, "a {kind} of {length} characters");
        }
    }
}

#[test]
fn texts_that_may_be_secret_stay_out_of_messages() {
    for text in [
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {p: 123456}, data: {q: 'hunter2!'}, type: [hunter2]}",
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: hunter2}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: i, env: [{name: P, value: 123456}]}]}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {p: 123456}}",
    ] {
        let problems = check(&decode(text));
        assert!(!problems.is_empty(), "{text}");
        for problem in problems {
            let whole = format!("{} {:?}", problem.message, problem.fix);
            assert!(!whole.contains("hunter2") && !whole.contains("123456"), "{whole}");
        }
    }
}

#[test]
fn every_rule_is_in_the_table_of_rules_and_the_table_is_sorted() {
    let table: Vec<&str> = kube::RULES.iter().map(|rule| rule.id).collect();
    assert!(table.is_sorted(), "{table:?}");
    let mut found = std::collections::BTreeSet::new();
    for case in cases("refused.yaml") {
        for problem in check(case.get("object").expect("an object")) {
            assert!(table.contains(&problem.rule), "{} is not in the table", problem.rule);
            found.insert(problem.rule);
        }
    }
    // What these cases do not ask: sizes, and what only the schema of a CRD says (tests/custom_resources.rs).
    let unseen: Vec<&&str> = table.iter().filter(|rule| !found.contains(**rule)).collect();
    let custom = ["broken-definition-rule", "invalid-format", "no-allowed-form", "pattern-mismatch"];
    let unseen: Vec<&str> = unseen.into_iter().copied().filter(|rule| !custom.contains(rule)).collect();
    assert_eq!(unseen, ["too-large-data", "too-long-annotations"]);
}

#[test]
fn l16_a_kind_that_is_not_served_says_why() {
    for (version, kind, want) in [
        (
            "policy/v1beta1",
            "PodSecurityPolicy",
            Some(("`policy/v1beta1` has no PodSecurityPolicy since Kubernetes 1.25", None)),
        ),
        (
            "extensions/v1beta1",
            "Ingress",
            Some(("`extensions/v1beta1` has no Ingress since Kubernetes 1.22", Some("use `networking.k8s.io/v1`"))),
        ),
        ("apps/v2", "Deployment", Some(("Kubernetes 1.35 has no Deployment in `apps/v2`", Some("use `apps/v1`")))),
        ("v1", "Deployment", Some(("Kubernetes 1.35 has no Deployment in `v1`", Some("use `apps/v1`")))),
        ("apps/v1", "Deploymnet", Some(("Kubernetes 1.35 has no Deploymnet in `apps/v1`", Some("write `Deployment`")))),
        (
            "autoscaling/v2beta2",
            "HorizontalPodAutoscaler",
            Some((
                "`autoscaling/v2beta2` has no HorizontalPodAutoscaler since Kubernetes 1.26",
                Some("use `autoscaling/v2`"),
            )),
        ),
        ("example.com/v1", "Widget", None),
    ] {
        assert!(kube::known_kind(Minor(35), version, kind).is_none(), "{version} {kind}");
        let found = kube::why_unknown(Minor(35), version, kind);
        let found = found.as_ref().map(|(message, fix)| (message.as_str(), fix.as_deref()));
        assert_eq!(found, want, "{version} {kind}");
    }
}

#[test]
fn the_objects_of_a_list_are_checked() {
    let list = decode(
        "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {prots: []}}]}",
    );
    assert_eq!(shown(&check(&list)), ["unknown-field items[0].spec.prots", "missing-field items[0].spec.ports"]);
}

#[test]
fn documents_that_are_no_objects_are_no_trouble() {
    let deep = format!("{{apiVersion: v1, kind: ConfigMap, metadata: {}1{}}}", "{a: ".repeat(900), "}".repeat(900));
    for text in
        ["", "[]", "a", "5", "{kind: Service}", "{apiVersion: [], kind: {}}", "{apiVersion: v1, kind: ''}", "null"]
    {
        let node = decode(text);
        assert_eq!(kube::check(Minor(35), &node), None, "{text}");
        assert!(kube::pod_security(Minor(35), Level::Restricted, &At::object(&node)).is_empty());
        assert!(kube::deprecations(Minor(35), &At::object(&node)).is_empty());
        assert!(kube::immutable_changes(&node, &node).is_empty());
    }
    for text in [
        "{apiVersion: v1, kind: Service}",
        "{apiVersion: v1, kind: Service, metadata: [], spec: 5}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: [a]}, spec: {template: {spec: {containers: [5, null, {ports: {}}], volumes: a}}, selector: []}}",
        "{apiVersion: apps/v1, kind: StatefulSet, spec: []}",
        "{apiVersion: batch/v1, kind: CronJob, spec: {schedule: 5, jobTemplate: {spec: {template: 1}}}}",
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, spec: {ingress: [{from: [5], ports: [{port: 1e300}]}]}}",
        "{apiVersion: v1, kind: ResourceQuota, spec: {hard: {cpu: 1e999999999, pods: [], memory: -1e-999}}}",
        deep.as_str(),
    ] {
        let node = decode(text);
        assert!(!check(&node).is_empty(), "{text}");
        kube::pod_security(Minor(35), Level::Restricted, &At::object(&node));
        kube::deprecations(Minor(35), &At::object(&node));
        kube::immutable_changes(&node, &decode("{apiVersion: apps/v1, kind: StatefulSet, spec: {a: [b]}}"));
    }
}

#[test]
fn a_hundred_thousand_items_take_no_time() {
    let ports: Vec<String> = (0..100_000).map(|n| format!("{{name: p{n}, port: {}}}", n % 60_000 + 1)).collect();
    let text =
        format!("{{apiVersion: v1, kind: Service, metadata: {{name: a}}, spec: {{ports: [{}]}}}}", ports.join(","));
    let start = std::time::Instant::now();
    let problems = check(&decode(&text));
    assert_eq!(problems.iter().filter(|one| one.rule == "duplicate-port").count(), 40_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
