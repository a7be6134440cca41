//! Fields that cannot change once an object is stored.
//!
//! In: an object as it is and as it shall be. Out: [`Problem`]s for the changes that the API server refuses. What means
//! the same is no change: other units of an amount, defaults written out, empty lists, maps and texts.

use super::at::At;
use super::kinds::KindId;
use super::problem::Problem;
use super::quantity::Quantity;
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

/// What a field that is left out means: the same name means the same wherever a field of these kinds has it.
const DEFAULTS: &[(&str, &str)] = &[
    ("apiGroup", "rbac.authorization.k8s.io"),
    ("apiVersion", "v1"),
    ("completionMode", "NonIndexed"),
    ("dnsPolicy", "ClusterFirst"),
    ("kind", "PersistentVolumeClaim"),
    ("podManagementPolicy", "OrderedReady"),
    ("preemptionPolicy", "PreemptLowerPriority"),
    ("protocol", "TCP"),
    ("reclaimPolicy", "Delete"),
    ("schedulerName", "default-scheduler"),
    ("terminationMessagePath", "/dev/termination-log"),
    ("terminationMessagePolicy", "File"),
    ("type", "Opaque"),
    ("volumeBindingMode", "Immediate"),
    ("volumeMode", "Filesystem"),
];

/// A field that may not change, by group and kind.
type Fixed = (&'static str, &'static str, &'static [&'static str]);

const FIXED: &[Fixed] = &[
    ("", "Secret", &["type"]),
    ("", "ResourceQuota", &["spec", "scopes"]),
    ("apps", "DaemonSet", &["spec", "selector"]),
    ("apps", "Deployment", &["spec", "selector"]),
    ("apps", "ReplicaSet", &["spec", "selector"]),
    ("batch", "Job", &["spec", "completionMode"]),
    ("batch", "Job", &["spec", "completions"]),
    ("batch", "Job", &["spec", "selector"]),
    ("batch", "Job", &["spec", "template"]),
    ("discovery.k8s.io", "EndpointSlice", &["addressType"]),
    ("networking.k8s.io", "IngressClass", &["spec", "controller"]),
    ("node.k8s.io", "RuntimeClass", &["handler"]),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["roleRef"]),
    ("rbac.authorization.k8s.io", "RoleBinding", &["roleRef"]),
    ("scheduling.k8s.io", "PriorityClass", &["preemptionPolicy"]),
    ("scheduling.k8s.io", "PriorityClass", &["value"]),
    ("storage.k8s.io", "StorageClass", &["parameters"]),
    ("storage.k8s.io", "StorageClass", &["provisioner"]),
    ("storage.k8s.io", "StorageClass", &["reclaimPolicy"]),
    ("storage.k8s.io", "StorageClass", &["volumeBindingMode"]),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "group"]),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "names", "kind"]),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "scope"]),
];

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
    let mut out = Vec::new();
    let Some(id) = KindId::of(new) else { return out };
    let (old, new) = (At::object(old), At::object(new));
    for (_, _, way) in FIXED.iter().filter(|(group, kind, _)| *group == id.group() && *kind == id.kind) {
        let Some((last, above)) = way.split_last() else { continue };
        if let Some(at) = new.find(above) {
            fixed(old.find(above).as_ref(), &at, last, &mut out);
        }
    }
    let (before, after) = (old.get("spec"), new.get("spec"));
    match (id.group(), id.kind) {
        ("", "ConfigMap" | "Secret") if old.bool_of("immutable") == Some(true) => {
            let fields = ["data", "binaryData", "stringData"];
            fields.iter().for_each(|field| fixed(Some(&old), &new, field, &mut out));
            if new.bool_of("immutable") != Some(true) {
                let message = "found an object made mutable again, which `immutable` excludes";
                out.push(recreate(new.problem_at("immutable", "immutable-field", message)));
            }
        }
        ("apps", "StatefulSet") => {
            if let (Some(before), Some(after)) = (&before, &after) {
                every_field(before, after, STATEFUL_SET_MAY, &mut out);
                strategy(before, after, "updateStrategy", "OnDelete", &mut out);
            }
        }
        ("apps", "Deployment") => {
            if let (Some(before), Some(after)) = (&before, &after) {
                strategy(before, after, "strategy", "Recreate", &mut out);
            }
        }
        ("", "PersistentVolumeClaim") => {
            if let (Some(before), Some(after)) = (&before, &after) {
                claim(before, after, &mut out);
            }
        }
        ("", "PersistentVolume") => {
            if let (Some(before), Some(after)) = (&before, &after) {
                let may = [
                    "capacity",
                    "accessModes",
                    "persistentVolumeReclaimPolicy",
                    "mountOptions",
                    "claimRef",
                    "nodeAffinity",
                    "storageClassName",
                ];
                every_field(before, after, &may, &mut out);
            }
        }
        ("", "Service") => {
            if let (Some(before), Some(after)) = (&before, &after) {
                service(before, after, &mut out);
            }
        }
        ("", "Pod") => {
            if let (Some(before), Some(after)) = (&before, &after) {
                pod(before, after, &mut out);
            }
        }
        _ => {}
    }
    out
}

fn recreate(problem: Problem) -> Problem {
    problem.fix("delete the object and create it again, or give the new one another name")
}

/// Tells when a field changes.
fn fixed(old: Option<&At<'_>>, new: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    let before = old.and_then(|old| old.node().get(field));
    if !same(field, before, new.node().get(field)) {
        let message = format!("`{field}` changes, which the API server refuses");
        out.push(recreate(new.problem_at(field, "immutable-field", message)));
    }
}

/// Every field but some.
fn every_field(old: &At<'_>, new: &At<'_>, may: &[&str], out: &mut Vec<Problem>) {
    let mut fields: Vec<String> =
        [old, new].into_iter().flat_map(At::entries).map(|(key, _)| key.into_owned()).collect();
    fields.sort();
    fields.dedup();
    for field in fields.iter().filter(|field| !may.contains(&field.as_str())) {
        fixed(Some(old), new, field, out);
    }
}

/// A rolling update that was never written out stays behind when the type changes.
fn strategy(old: &At<'_>, new: &At<'_>, field: &str, to: &str, out: &mut Vec<Problem>) {
    let kind = |spec: &At<'_>| {
        spec.node().get(field).and_then(|one| At::object(one).text_of("type")).unwrap_or("RollingUpdate").to_owned()
    };
    let written = old.node().get(field).is_some_and(|one| At::object(one).has("rollingUpdate"));
    let Some(at) = new.node().get(field).filter(|_| kind(old) == "RollingUpdate" && kind(new) == to && !written) else {
        return;
    };
    let message = format!("the type changes to `{to}`, but the `rollingUpdate` that the server filled in stays");
    let mut problem = new.problem_at(field, "immutable-field", message);
    problem.origin = at.origin;
    out.push(problem.fix("upgrade once with the numbers of `rollingUpdate` written out, then change the type"));
}

fn claim(old: &At<'_>, new: &At<'_>, out: &mut Vec<Problem>) {
    every_field(old, new, &["resources", "volumeName", "volumeAttributesClassName"], out);
    let size =
        |spec: &At<'_>| spec.find(&["resources", "requests", "storage"]).and_then(|size| Quantity::of(size.node()));
    if let (Some(before), Some(after)) = (size(old), size(new))
        && after < before
        && let Some(requests) = new.find(&["resources", "requests"])
    {
        let message = format!("found {after}, which is less than {before}: claims only grow");
        out.push(recreate(requests.problem_at("storage", "immutable-field", message)));
    }
}

fn service(old: &At<'_>, new: &At<'_>, out: &mut Vec<Problem>) {
    let address = |spec: &At<'_>| spec.text_of("clusterIP").unwrap_or_default().to_owned();
    let (before, after) = (address(old), address(new));
    let external = [old, new].iter().any(|spec| spec.text_of("type") == Some("ExternalName"));
    // Without one, the server keeps the one that it gave.
    if !after.is_empty() && before != after && !external {
        let message = "`clusterIP` changes, which the API server refuses";
        out.push(recreate(new.problem_at("clusterIP", "immutable-field", message)));
    } else if before == "None" && after.is_empty() && matches!(new.text_of("type"), Some("NodePort" | "LoadBalancer")) {
        let message = "a headless Service becomes another type, which the API server refuses";
        out.push(recreate(new.problem_at("type", "immutable-field", message)));
    }
    let balanced = [old, new].iter().all(|spec| spec.text_of("type") == Some("LoadBalancer"));
    if balanced && !same("loadBalancerClass", old.node().get("loadBalancerClass"), new.node().get("loadBalancerClass"))
    {
        let message = "`loadBalancerClass` changes, which the API server refuses";
        out.push(recreate(new.problem_at("loadBalancerClass", "immutable-field", message)));
    }
}

/// Pods may change their images, their deadline, and may tolerate more.
fn pod(old: &At<'_>, new: &At<'_>, out: &mut Vec<Problem>) {
    let lists = ["containers", "initContainers"];
    let mut may = vec!["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"];
    may.extend(lists);
    every_field(old, new, &may, out);
    for list in lists {
        let (before, after): (Vec<_>, Vec<_>) = (old.list(list).collect(), new.list(list).collect());
        if before.len() != after.len() {
            fixed(Some(old), new, list, out);
        }
        for (before, after) in before.iter().zip(&after) {
            every_field(before, after, &["image"], out);
        }
    }
}

/// Nothing, null, and empty texts, lists and maps are alike.
fn is_absent(node: &Node) -> bool {
    At::object(node).is_empty()
}

/// Whether two nodes mean the same in a field of this name.
fn same(field: &str, old: Option<&Node>, new: Option<&Node>) -> bool {
    let (old, new) = (old.filter(|node| !is_absent(node)), new.filter(|node| !is_absent(node)));
    let is_default = |node: &Node| {
        let default = DEFAULTS.iter().find(|(name, _)| *name == field).map(|(_, default)| default.as_bytes());
        matches!(&node.data, Data::Str(text) if default == Some(&**text))
    };
    match (old, new) {
        (None, None) => true,
        (Some(one), None) | (None, Some(one)) => is_default(one) || all_defaults(one),
        (Some(old), Some(new)) => match (&old.data, &new.data) {
            (Data::List(old), Data::List(new)) => {
                old.len() == new.len()
                    && old.iter().zip(new.iter()).all(|(old, new)| deep(|| same("", Some(old), Some(new))))
            }
            (Data::Map(before), Data::Map(after)) => {
                let amounts = matches!(field, "requests" | "limits" | "capacity");
                before.keys().chain(after.keys()).all(|key| {
                    let (old, new) = (before.get(key), after.get(key));
                    let equal =
                        |old: &Node, new: &Node| Quantity::of(old).is_some_and(|old| Quantity::of(new) == Some(old));
                    let equal = amounts && old.zip(new).is_some_and(|(old, new)| equal(old, new));
                    equal || deep(|| same(&key.to_text(), old, new))
                })
            }
            _ => old == new,
        },
    }
}

/// A map of nothing but defaults.
fn all_defaults(node: &Node) -> bool {
    node.as_map().is_some_and(|map| map.iter().all(|(key, node)| deep(|| same(&key.to_text(), None, Some(node)))))
}

/// Runs one level deeper, with stack enough: documents nest as deep as they like.
fn deep<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, run)
}
