//! Fields that cannot change once an object is stored.
//!
//! In: an object as it is stored and as it would be. Out: [`Refusal`]s for the changes that the API server refuses, in its
//! words. Both are as [`super::upgrade`] gives them, so that
//! what means the same is no change.

use super::at::At;
use super::kinds::KindId;
use super::problem::{Minor, Problem, show_path};
use super::quantity::Quantity;
use super::stored::upgrade;
use crate::value::{Data, Node};

/// Fields of StatefulSets that may change; all others of `spec` may not.
pub const STATEFUL_SET_MAY: &[&str] = &[
    "minReadySeconds",
    "ordinals",
    "persistentVolumeClaimRetentionPolicy",
    "replicas",
    "revisionHistoryLimit",
    "template",
    "updateStrategy",
];

const OF_STATEFUL_SETS: &str = "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', \
                                'template', 'updateStrategy', 'revisionHistoryLimit', \
                                'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

const OF_CLAIMS: &str = "Forbidden: spec is immutable after creation except resources.requests and \
                         volumeAttributesClassName for bound claims";

const OF_PODS: &str = "Forbidden: pod updates may not change fields other than \
                       `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
                       `spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` \
                       (allow it to be set to 1 if it was previously negative)";

const WHEN_SET: &str = "Forbidden: field is immutable when `immutable` is set";

/// What the server says of a field.
#[derive(Clone, Copy)]
enum Words {
    /// `Invalid value: NEW: field is immutable`.
    Immutable,
    /// `Invalid value: NEW: may not change once set`.
    Once,
    /// `Invalid value: NEW: cannot change roleRef`, with the names of Go's fields.
    Role,
    /// Of the field itself.
    Forbidden(&'static str),
    /// Of the field above it.
    Above(&'static str),
}

/// A field that may not change, by group and kind.
type Fixed = (&'static str, &'static str, &'static [&'static str], Words);

use Words::{Above, Forbidden, Immutable, Once, Role};

const FIXED: &[Fixed] = &[
    ("", "Secret", &["type"], Immutable),
    ("", "ResourceQuota", &["spec", "scopes"], Immutable),
    ("apps", "DaemonSet", &["spec", "selector"], Immutable),
    ("apps", "Deployment", &["spec", "selector"], Immutable),
    ("apps", "ReplicaSet", &["spec", "selector"], Immutable),
    ("batch", "Job", &["spec", "backoffLimitPerIndex"], Immutable),
    ("batch", "Job", &["spec", "completionMode"], Immutable),
    ("batch", "Job", &["spec", "managedBy"], Immutable),
    ("batch", "Job", &["spec", "podFailurePolicy"], Immutable),
    ("batch", "Job", &["spec", "selector"], Immutable),
    ("batch", "Job", &["spec", "successPolicy"], Immutable),
    ("discovery.k8s.io", "EndpointSlice", &["addressType"], Immutable),
    ("networking.k8s.io", "IngressClass", &["spec", "controller"], Immutable),
    ("node.k8s.io", "RuntimeClass", &["handler"], Immutable),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["roleRef"], Role),
    ("rbac.authorization.k8s.io", "RoleBinding", &["roleRef"], Role),
    ("scheduling.k8s.io", "PriorityClass", &["preemptionPolicy"], Immutable),
    ("scheduling.k8s.io", "PriorityClass", &["value"], Forbidden("Forbidden: may not be changed in an update.")),
    ("storage.k8s.io", "CSIDriver", &["spec", "attachRequired"], Immutable),
    ("storage.k8s.io", "CSIDriver", &["spec", "volumeLifecycleModes"], Immutable),
    ("storage.k8s.io", "StorageClass", &["parameters"], Forbidden("Forbidden: updates to parameters are forbidden.")),
    ("storage.k8s.io", "StorageClass", &["provisioner"], Forbidden("Forbidden: updates to provisioner are forbidden.")),
    (
        "storage.k8s.io",
        "StorageClass",
        &["reclaimPolicy"],
        Forbidden("Forbidden: updates to reclaimPolicy are forbidden."),
    ),
    ("storage.k8s.io", "StorageClass", &["volumeBindingMode"], Immutable),
    (
        "storage.k8s.io",
        "VolumeAttributesClass",
        &["driverName"],
        Forbidden("Forbidden: updates to driverName are forbidden."),
    ),
    (
        "storage.k8s.io",
        "VolumeAttributesClass",
        &["parameters"],
        Forbidden("Forbidden: updates to parameters are forbidden."),
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "group"], Immutable),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "names", "kind"], Immutable),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "names", "plural"], Immutable),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "scope"], Immutable),
];

/// A change that the API server refuses.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The field, in our words.
    pub problem: Problem,
    /// The path that the server names.
    pub path: String,
    /// What it says of it, as in `Forbidden: …`; `…` stands for values and differences that are left out.
    pub detail: String,
}

/// What an update of a stored object changes that the server does not let change. Both are manifests: what the server
/// filled in need not stand there.
///
/// ```
/// use chartwright::kube::{immutable_changes, show_path};
/// let binding = |role| {
///     let text = format!("{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, roleRef: {{name: {role}}}}}");
///     chartwright::yaml::decode(text.as_bytes()).unwrap()
/// };
/// let problems = immutable_changes(&binding("a"), &binding("b"));
/// assert_eq!(show_path(&problems[0].path), "roleRef");
/// assert!(immutable_changes(&binding("a"), &binding("a")).is_empty());
/// ```
pub fn immutable_changes(old: &Node, new: &Node) -> Vec<Problem> {
    if old == new {
        return Vec::new();
    }
    let (before, after) = upgrade(Minor::NEWEST, old, new);
    refusals(&before, &after).into_iter().map(|refusal| refusal.problem).collect()
}

/// What changes between two stored objects that the server does not let change.
///
/// ```
/// use chartwright::kube::{Minor, refusals, upgrade};
/// let binding = |role| {
///     let text = format!("{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, roleRef: {{kind: Role, name: {role}}}}}");
///     chartwright::yaml::decode(text.as_bytes()).unwrap()
/// };
/// let (before, after) = upgrade(Minor(35), &binding("a"), &binding("b"));
/// let found = refusals(&before, &after);
/// let want = r#"Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef"#;
/// assert_eq!((found[0].path.as_str(), found[0].detail.as_str()), ("roleRef", want));
/// ```
pub fn refusals(before: &Node, after: &Node) -> Vec<Refusal> {
    let mut out = Vec::new();
    let Some(id) = KindId::of(after) else { return out };
    let (old, new) = (At::object(before), At::object(after));
    for (_, _, way, words) in FIXED.iter().filter(|(group, kind, ..)| *group == id.group() && *kind == id.kind) {
        let Some((last, above)) = way.split_last() else { continue };
        if let Some(at) = new.find(above) {
            fixed(old.find(above).as_ref(), &at, last, *words, &mut out);
        }
    }
    let (was, is) = (old.get("spec"), new.get("spec"));
    match (id.group(), id.kind) {
        ("", "ConfigMap" | "Secret") if old.bool_of("immutable") == Some(true) => {
            ["data", "binaryData"]
                .iter()
                .for_each(|field| fixed(Some(&old), &new, field, Forbidden(WHEN_SET), &mut out));
            if new.bool_of("immutable") != Some(true) {
                fixed(Some(&old), &new, "immutable", Forbidden(WHEN_SET), &mut out);
            }
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => versions(&old, &new, &mut out),
        _ => {}
    }
    let (Some(was), Some(is)) = (was, is) else { return out };
    match (id.group(), id.kind) {
        ("apps", "StatefulSet") => {
            every_field(&was, &is, STATEFUL_SET_MAY, Above(OF_STATEFUL_SETS), &mut out);
            strategy(&is, "updateStrategy", "OnDelete", &mut out);
        }
        ("apps", "Deployment") => strategy(&is, "strategy", "Recreate", &mut out),
        ("batch", "Job") => job(&was, &is, &mut out),
        ("", "PersistentVolumeClaim") => claim(&was, &is, &mut out),
        ("", "PersistentVolume") => volume(&was, &is, &mut out),
        ("", "Service") => service(&was, &is, &mut out),
        ("", "Pod") => pod(&was, &is, &mut out),
        _ => {}
    }
    out
}

const RECREATE: &str = "delete the object and create it again, or give the new one another name";

fn refuse(problem: Problem, path: String, detail: impl Into<String>, out: &mut Vec<Refusal>) {
    let fix = problem.fix.clone().unwrap_or_else(|| RECREATE.to_owned());
    out.push(Refusal { problem: problem.fix(fix), path, detail: detail.into() });
}

/// Tells when a field changes.
fn fixed(old: Option<&At<'_>>, new: &At<'_>, field: &str, words: Words, out: &mut Vec<Refusal>) {
    let (before, after) = (old.and_then(|old| old.node().get(field)), new.node().get(field));
    if before == after {
        return;
    }
    let problem = new.problem_at(field, "immutable-field", format!("`{field}` changes, which the API server refuses"));
    let value = || after.map_or_else(|| "null".to_owned(), shown);
    let detail = match words {
        Immutable => format!("Invalid value: {}: field is immutable", value()),
        Once => format!("Invalid value: {}: may not change once set", value()),
        Role => {
            let word = |key: &str| after.and_then(|role| role.get(key)).map_or_else(|| "\"\"".to_owned(), shown);
            let (group, kind, name) = (word("apiGroup"), word("kind"), word("name"));
            format!("Invalid value: {{\"APIGroup\":{group},\"Kind\":{kind},\"Name\":{name}}}: cannot change roleRef")
        }
        Forbidden(words) | Above(words) => words.to_owned(),
    };
    let mut path = problem.path.clone();
    if matches!(words, Above(_)) {
        path.pop();
    }
    // The server spells this one field otherwise.
    let path = show_path(&path).replace("spec.attachRequired", "spec.attachedRequired");
    refuse(problem, path, detail, out);
}

/// Every field but some.
fn every_field(old: &At<'_>, new: &At<'_>, may: &[&str], words: Words, out: &mut Vec<Refusal>) {
    let mut fields: Vec<String> =
        [old, new].into_iter().flat_map(At::entries).map(|(key, _)| key.into_owned()).collect();
    fields.sort();
    fields.dedup();
    for field in fields.iter().filter(|field| !may.contains(&field.as_str())) {
        fixed(Some(old), new, field, words, out);
    }
}

/// A rolling update that was never written out stays behind when the type changes.
fn strategy(new: &At<'_>, field: &'static str, to: &str, out: &mut Vec<Refusal>) {
    let Some(at) = new.get(field) else { return };
    let (true, Some(numbers)) = (at.text_of("type") == Some(to), at.get("rollingUpdate")) else { return };
    let message = format!("the type changes to `{to}`, but the `rollingUpdate` that the server filled in stays");
    let fix = "upgrade once with the numbers of `rollingUpdate` written out, then change the type";
    let mut problem = at.problem_at("rollingUpdate", "immutable-field", message).fix(fix);
    problem.origin = at.node().origin;
    let detail = if field == "strategy" {
        format!("Forbidden: may not be specified when strategy `type` is '{to}'")
    } else {
        let number = |key: &str| numbers.node().get(key).map_or_else(|| "null".to_owned(), shown);
        let (first, most) = (number("partition"), number("maxUnavailable"));
        format!(
            "Invalid value: {{\"Partition\":{first},\"MaxUnavailable\":{most}}}: only allowed for updateStrategy \
             'RollingUpdate'"
        )
    };
    refuse(problem, format!("spec.{field}.rollingUpdate"), detail, out);
}

fn job(old: &At<'_>, new: &At<'_>, out: &mut Vec<Refusal>) {
    // An indexed Job may be made larger or smaller as a whole.
    let is_elastic = |spec: &At<'_>| {
        spec.text_of("completionMode") == Some("Indexed")
            && spec.node().get("completions") == spec.node().get("parallelism")
    };
    if !(is_elastic(old) && is_elastic(new)) {
        fixed(Some(old), new, "completions", Immutable, out);
    }
    let (before, after) = (old.node().get("template"), new.node().get("template"));
    if before == after {
        return;
    }
    // One that has not begun may still be put elsewhere.
    let movable = |template: &Node| {
        let mut template = template.clone();
        if let Some(spec) = template.as_map_mut().and_then(|map| map.get_mut(&b"spec"[..])).and_then(Node::as_map_mut) {
            ["nodeSelector", "affinity", "tolerations", "schedulingGates"]
                .iter()
                .for_each(|field| drop(spec.remove(field.as_bytes())));
        }
        template
    };
    let is_waiting = old.bool_of("suspend") == Some(true);
    if is_waiting && before.map(movable) == after.map(movable) {
        return;
    }
    let problem = new.problem_at("template", "immutable-field", "`template` changes, which the API server refuses");
    let fix = "delete the Job, which is done or will be run again, or give the new one another name";
    refuse(problem.fix(fix), "spec.template".to_owned(), "Invalid value: …: field is immutable", out);
}

fn claim(old: &At<'_>, new: &At<'_>, out: &mut Vec<Refusal>) {
    every_field(old, new, &["resources", "volumeName", "volumeAttributesClassName"], Above(OF_CLAIMS), out);
    if old.has("volumeName") {
        fixed(Some(old), new, "volumeName", Above(OF_CLAIMS), out);
    }
    let size =
        |spec: &At<'_>| spec.find(&["resources", "requests", "storage"]).and_then(|size| Quantity::of(size.node()));
    if let (Some(before), Some(after)) = (size(old), size(new))
        && after < before
        && let Some(requests) = new.find(&["resources", "requests"])
    {
        let message = format!("found {after}, which is less than {before}: claims only grow");
        let problem = requests.problem_at("storage", "immutable-field", message);
        let detail = "Forbidden: field can not be less than status.capacity";
        refuse(problem, "spec.resources.requests.storage".to_owned(), detail, out);
    }
    if let Some(now) = new.get("resources") {
        let was = old.get("resources");
        fixed(was.as_ref(), &now, "limits", Above(OF_CLAIMS), out);
        if let Some(refusal) = out.last_mut().filter(|one| one.path == "spec.resources") {
            refusal.path = "spec".to_owned();
        }
    }
}

fn volume(old: &At<'_>, new: &At<'_>, out: &mut Vec<Refusal>) {
    let may = [
        "capacity",
        "accessModes",
        "persistentVolumeReclaimPolicy",
        "mountOptions",
        "claimRef",
        "nodeAffinity",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    ];
    let source = "Forbidden: spec.persistentvolumesource is immutable after creation";
    let begin = out.len();
    every_field(old, new, &may, Forbidden(source), out);
    for refusal in out.iter_mut().skip(begin) {
        refusal.path = "spec.persistentvolumesource".to_owned();
    }
    fixed(Some(old), new, "volumeMode", Immutable, out);
}

fn service(old: &At<'_>, new: &At<'_>, out: &mut Vec<Refusal>) {
    let address = |spec: &At<'_>| spec.text_of("clusterIP").unwrap_or_default().to_owned();
    let (before, after) = (address(old), address(new));
    let external = [old, new].iter().any(|spec| spec.text_of("type") == Some("ExternalName"));
    let has_gateway = matches!(new.text_of("type"), Some("NodePort" | "LoadBalancer"));
    // Without one, the server keeps the one that it gave.
    if !after.is_empty() && before != after && !external {
        let message = "`clusterIP` changes, which the API server refuses";
        let problem = new.problem_at("clusterIP", "immutable-field", message);
        let detail = format!("Invalid value: [\"{after}\"]: may not change once set");
        refuse(problem, "spec.clusterIPs[0]".to_owned(), detail, out);
    } else if before == "None" && (after.is_empty() || after == "None") && has_gateway {
        let message = "a headless Service becomes another type, which the API server refuses";
        let problem = new.problem_at("type", "immutable-field", message);
        let kind = new.text_of("type").unwrap_or_default();
        let detail = format!("Invalid value: \"None\": may not be set to 'None' for {kind} services");
        refuse(problem, "spec.clusterIPs[0]".to_owned(), detail, out);
    }
    if [old, new].iter().all(|spec| spec.text_of("type") == Some("LoadBalancer")) {
        fixed(Some(old), new, "loadBalancerClass", Once, out);
    }
}

/// Pods may change their images, their deadline, and may tolerate more.
fn pod(old: &At<'_>, new: &At<'_>, out: &mut Vec<Refusal>) {
    let lists = ["containers", "initContainers"];
    let mut may = vec!["activeDeadlineSeconds", "tolerations"];
    may.extend(lists);
    let begin = out.len();
    every_field(old, new, &may, Above(OF_PODS), out);
    for list in lists {
        let (before, after): (Vec<_>, Vec<_>) = (old.list(list).collect(), new.list(list).collect());
        if before.len() != after.len() {
            fixed(Some(old), new, list, Above(OF_PODS), out);
        }
        for (before, after) in before.iter().zip(&after) {
            every_field(before, after, &["image"], Above(OF_PODS), out);
        }
    }
    let (before, after): (Vec<_>, Vec<_>) = (old.list("tolerations").collect(), new.list("tolerations").collect());
    if before.iter().any(|one| !after.iter().any(|other| other.node() == one.node())) {
        fixed(Some(old), new, "tolerations", Above(OF_PODS), out);
    }
    for refusal in out.iter_mut().skip(begin) {
        refusal.path = "spec".to_owned();
    }
}

/// A version in which objects are stored cannot go.
fn versions(old: &At<'_>, new: &At<'_>, out: &mut Vec<Refusal>) {
    let stored = old.find(&["spec"]).into_iter().flat_map(|spec| spec.list("versions").collect::<Vec<_>>());
    let Some(spec) = new.get("spec") else { return };
    for version in stored.filter(|version| version.bool_of("storage") == Some(true)) {
        let Some(name) = version.text_of("name") else { continue };
        if spec.list("versions").all(|other| other.text_of("name") != Some(name)) {
            let problem = spec.problem_at(
                "versions",
                "immutable-field",
                format!("version `{name}` goes, in which objects are stored: the API server refuses that"),
            );
            let fix = "keep the version with `served: false`, move the objects to the new one, then take it out of \
                       `status.storedVersions`";
            let detail = format!(
                "Invalid value: \"{name}\": missing from spec.versions; {name} was previously a storage version, and must \
                 remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes \
                 {name} from status.storedVersions"
            );
            refuse(problem.fix(fix), "status.storedVersions[0]".to_owned(), detail, out);
        }
    }
}

/// A value as the server prints it: JSON, selectors with `matchLabels` first.
fn shown(node: &Node) -> String {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &node.data {
        Data::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| key.to_text() != "matchLabels" && key.to_text() != "key");
            let entries = entries.iter().map(|(key, value)| format!("{}:{}", quoted(&key.to_text()), shown(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Data::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        Data::Str(text) => quoted(&text.to_text()),
        Data::Float(number) => number.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::Null => "null".to_owned(),
    })
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
