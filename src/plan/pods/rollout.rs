//! Which pods of a workload are replaced, and in which order.
//!
//! In: a [`Move`]. Out: [`Rollout`]. What controllers do is taken from Kubernetes' documentation and from the code of its
//! StatefulSet controller (1.35): no controller was run for it.

use crate::kube::Minor;
use crate::plan::pods::words::{and, count};
use crate::plan::pods::workload::{Move, Workload, amount, moves, plain, text_at, whole};
use crate::plan::{Both, RestartOrder};

/// What happens to the pods of one workload.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Rollout<'b, 's> {
    /// The workload.
    pub of: Move<'b, 's>,
    /// Pods that are replaced, in this order.
    pub pods: Vec<String>,
    /// How they follow each other.
    pub order: RestartOrder,
    /// Pods that there were not before.
    pub added: Vec<String>,
    /// Pods that go, because there shall be fewer.
    pub gone: Vec<String>,
    /// How many may be missing at once; of pods that are replaced at once, all.
    pub missing: i64,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl Rollout<'_, '_> {
    /// Whether running pods are replaced without anybody's doing.
    pub fn restarts(&self) -> bool {
        !self.pods.is_empty() && !matches!(self.order, RestartOrder::Never | RestartOrder::ByHand)
    }

    /// Whether a pod is among those that are replaced.
    pub fn touches(&self, pod: &str) -> bool {
        self.restarts() && self.pods.iter().any(|name| name == pod || name.ends_with("-*"))
    }
}

/// What happens to the pods of every workload; nothing of workloads whose pods stay as they are.
pub(in crate::plan) fn rollouts<'b, 's>(both: &'b Both<'s>) -> Vec<Rollout<'b, 's>> {
    moves(both).into_iter().filter_map(|of| rollout(both, of)).collect()
}

fn rollout<'b, 's>(both: &Both<'_>, of: Move<'b, 's>) -> Option<Rollout<'b, 's>> {
    let plan = Rollout {
        of,
        pods: Vec::new(),
        order: RestartOrder::OneByOne,
        added: Vec::new(),
        gone: Vec::new(),
        missing: 1,
        notes: Vec::new(),
    };
    let (old, new) = match (of.old, of.new) {
        (Some(old), Some(new)) => (old, new),
        (Some(old), None) => {
            let (pods, missing) = (old.pod_names(), old.pods());
            return Some(Rollout { pods, order: RestartOrder::Replaced, missing, ..plan });
        }
        _ => return None,
    };
    let (_, changes) = of.template_changes();
    if of.compared.verdict == crate::plan::Verdict::Recreated {
        let (pods, missing) = (old.pod_names(), old.pods());
        return Some(Rollout { pods, order: RestartOrder::Replaced, missing, ..plan });
    }
    let plan = match new.kind() {
        "StatefulSet" => stateful(both, plan, old, new, !changes.is_empty()),
        _ if changes.is_empty() => scaled(plan, old, new),
        "Deployment" => deployment(scaled(plan, old, new), old, new),
        "DaemonSet" => daemons(plan, new),
        "ReplicaSet" | "ReplicationController" => Rollout {
            order: RestartOrder::Never,
            notes: vec![format!("a {} replaces no running pod; new pods follow the new template", new.kind())],
            ..scaled(plan, old, new)
        },
        "Pod" => Rollout { pods: old.pod_names(), notes: vec!["its containers restart in place".to_owned()], ..plan },
        "CronJob" => Rollout {
            order: RestartOrder::Never,
            notes: vec!["running jobs end as they began; the next one follows the new template".to_owned()],
            ..plan
        },
        // The template of a Job cannot change; what is told of it is the refusal.
        _ => return None,
    };
    let mut plan = plan;
    if let Some((least, most)) = new.autoscaled() {
        plan.notes.push(format!("the autoscaler keeps {least} to {most} pods; those above {least} are not named here"));
    }
    let is_quiet = changes.is_empty() && plan.added.is_empty() && plan.gone.is_empty();
    (!is_quiet).then_some(plan)
}

/// Pods that come and go because there shall be more or fewer of them.
fn scaled<'b, 's>(mut plan: Rollout<'b, 's>, old: Workload<'s>, new: Workload<'s>) -> Rollout<'b, 's> {
    let (before, after) = (old.pods(), new.pods());
    if before == after || matches!(new.kind(), "DaemonSet" | "Pod" | "CronJob" | "Job") {
        return plan;
    }
    let some = vec![format!("{}-*", new.name())];
    plan.notes.push(format!("{} instead of {before}", count(after, "pod")));
    if after > before {
        plan.added = some
    } else {
        plan.gone = some
    }
    plan
}

/// The parts of a range of numbers that are in another and that are not: (in both, below, above).
fn split((start, end): (i64, i64), (other_start, other_end): (i64, i64)) -> [(i64, i64); 3] {
    let kept = (start.max(other_start), end.min(other_end).max(start.max(other_start)));
    let below = (start, end.min(other_start).max(start));
    let above = (start.max(other_end), end.max(start.max(other_end)));
    [kept, below, above]
}

fn stateful<'b, 's>(
    both: &Both<'_>,
    mut plan: Rollout<'b, 's>,
    old: Workload<'s>,
    new: Workload<'s>,
    changes: bool,
) -> Rollout<'b, 's> {
    let (before, after) = (old.ordinals(), new.ordinals());
    let [kept, gone_below, gone_above] = split(before, after);
    let [_, new_below, new_above] = split(after, before);
    plan.gone = [old.named_down(gone_above), old.named_down(gone_below)].concat();
    plan.added = [new.named(new_below), new.named(new_above)].concat();
    if !plan.gone.is_empty() {
        let first = if changes { " before any pod is updated" } else { "" };
        plan.notes.push(format!("{} {} stopped{first}", and(&plan.gone), are(&plan.gone)));
    }
    if !plan.added.is_empty() {
        let how = if changes { ", and must be ready before any pod is updated" } else { "" };
        let is_parallel = text_at(&new.object.node, "spec.podManagementPolicy").as_deref() == Some("Parallel");
        let how = if is_parallel { "" } else { how };
        plan.notes.push(format!("{} {} new{how}", and(&plan.added), are(&plan.added)));
    }
    if !changes {
        return plan;
    }
    let strategy = new.object.node.find("spec.updateStrategy");
    if strategy.and_then(|node| text_at(node, "type")).as_deref() == Some("OnDelete") {
        plan.order = RestartOrder::ByHand;
        plan.pods = new.named_down(kept);
        plan.notes.push("`updateStrategy` is `OnDelete`: a pod is only updated when somebody deletes it".to_owned());
        return plan;
    }
    let rolling = strategy.and_then(|node| node.get("rollingUpdate"));
    // The partition counts places; with `ordinals.start` the first place has that number.
    let partition = rolling.and_then(|node| node.get("partition")).and_then(whole).unwrap_or(0).max(0);
    let from = after.0.saturating_add(partition).clamp(kept.0, kept.1);
    plan.pods = new.named_down((from, kept.1));
    if from > kept.0 {
        let left = new.named((kept.0, from));
        plan.notes.push(format!("`partition` {partition} leaves {} as {}", and(&left), they(&left)));
        if plan.pods.is_empty() {
            plan.order = RestartOrder::Never;
            return plan;
        }
    }
    let most = amount(rolling.and_then(|node| node.get("maxUnavailable")), new.pods(), false).unwrap_or(1).max(1);
    // On by default in 1.35 alone (asked of its server); elsewhere the field is dropped.
    let is_counted = both.settings.kube == Minor(35);
    match () {
        () if most > 1 && is_counted => {
            plan.missing = most;
            plan.notes.push(format!("`maxUnavailable` lets {} be missing at once", count(most, "pod")));
            if most >= i64::try_from(plan.pods.len()).unwrap_or(i64::MAX) {
                plan.order = RestartOrder::AllAtOnce;
            }
        }
        () if most > 1 => plan.notes.push(format!(
            "`maxUnavailable` {most} counts only where the cluster has the feature MaxUnavailableStatefulSet on; else 1"
        )),
        () => {}
    }
    plan
}

fn are<T>(items: &[T]) -> &'static str {
    if items.len() == 1 { "is" } else { "are" }
}

fn they<T>(items: &[T]) -> &'static str {
    if items.len() == 1 { "it is" } else { "they are" }
}

fn deployment<'b, 's>(mut plan: Rollout<'b, 's>, old: Workload<'s>, new: Workload<'s>) -> Rollout<'b, 's> {
    plan.pods = old.pod_names();
    if new.object.node.find("spec.paused").and_then(crate::value::Node::as_bool) == Some(true) {
        plan.order = RestartOrder::Never;
        plan.notes.push("it is paused: no pod is replaced before `kubectl rollout resume`".to_owned());
        return plan;
    }
    let strategy = new.object.node.find("spec.strategy");
    let pods = new.pods();
    if strategy.and_then(|node| text_at(node, "type")).as_deref() == Some("Recreate") {
        (plan.order, plan.missing) = (RestartOrder::AllAtOnce, pods);
        plan.notes.push("`Recreate`: all pods are stopped before the first new one starts".to_owned());
        return plan;
    }
    let (surge, missing) = surge(new, pods);
    plan.missing = missing;
    plan.order = if surge == 0 { RestartOrder::OneByOne } else { RestartOrder::Surge };
    let more = if surge == 0 { "no pod more".to_owned() } else { format!("up to {}", count(surge, "new pod")) };
    let less = if missing == 0 { "no old one stops before a new one is ready".to_owned() } else { fewer(missing) };
    plan.notes.push(format!("{more} at once, {less}"));
    plan
}

fn fewer(missing: i64) -> String {
    format!("up to {} missing meanwhile", count(missing, "pod"))
}

/// How many pods a Deployment starts above its number, and how many may be missing.
pub(in crate::plan) fn surge(deployment: Workload<'_>, pods: i64) -> (i64, i64) {
    let rolling = deployment.object.node.find("spec.strategy.rollingUpdate");
    let field = |name: &str| rolling.and_then(|node| node.get(name)).filter(|node| plain(node).is_some());
    // Both are a quarter where nothing is said; the one is rounded up, the other down, and not both can be none.
    let quarter = |up: bool| if up { pods.saturating_add(3).div_euclid(4) } else { pods.div_euclid(4) };
    let surge = amount(field("maxSurge"), pods, true).unwrap_or(quarter(true));
    let missing = amount(field("maxUnavailable"), pods, false).unwrap_or(quarter(false));
    if surge == 0 && missing == 0 { (0, 1) } else { (surge, missing.min(pods)) }
}

fn daemons<'b, 's>(mut plan: Rollout<'b, 's>, new: Workload<'s>) -> Rollout<'b, 's> {
    plan.pods = new.pod_names();
    let strategy = new.object.node.find("spec.updateStrategy");
    if strategy.and_then(|node| text_at(node, "type")).as_deref() == Some("OnDelete") {
        plan.order = RestartOrder::ByHand;
        plan.notes.push("`updateStrategy` is `OnDelete`: a pod is only updated when somebody deletes it".to_owned());
        return plan;
    }
    plan.order = RestartOrder::PerNode;
    let field = |name: &str| strategy.and_then(|node| text_at(node, &format!("rollingUpdate.{name}")));
    let surge = field("maxSurge").filter(|surge| surge != "0" && surge != "0%");
    plan.notes.push(match surge {
        Some(surge) => format!("`maxSurge` {surge}: the new pod of a node is ready before its old one stops"),
        None => format!("`maxUnavailable` {}", field("maxUnavailable").unwrap_or_else(|| "1".to_owned())),
    });
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{stateful, with, with_minor, workload};

    /// Pods, order, pods that come, pods that go.
    fn shown(old: &str, new: &str) -> (Vec<String>, RestartOrder, Vec<String>, Vec<String>) {
        with(old, new, |both| {
            let all = rollouts(both);
            let [only] = all.as_slice() else { panic!("one workload: {all:?}") };
            (only.pods.clone(), only.order, only.added.clone(), only.gone.clone())
        })
    }

    fn set(image: &str, spec: &str) -> String {
        stateful("db", image, spec, "")
    }

    #[test]
    fn p03_a_stateful_set_restarts_from_its_highest_pod() {
        let (pods, order, ..) = shown(&set("a:1", "  replicas: 3"), &set("a:2", "  replicas: 3"));
        assert_eq!((pods, order), (vec!["db-2".into(), "db-1".into(), "db-0".into()], RestartOrder::OneByOne));
        let numbered = "  replicas: 2\n  ordinals: {start: 5}";
        assert_eq!(shown(&set("a:1", numbered), &set("a:2", numbered)).0, ["db-6", "db-5"]);
    }

    #[test]
    fn starting_pods_in_parallel_does_not_update_them_in_parallel() {
        let spec = "  replicas: 2\n  podManagementPolicy: Parallel";
        let (pods, order, ..) = shown(&set("a:1", spec), &set("a:2", spec));
        assert_eq!((pods, order), (vec!["db-1".into(), "db-0".into()], RestartOrder::OneByOne));
    }

    #[test]
    fn a_partition_leaves_pods_below_it_as_they_are() {
        let spec =
            |partition| format!("  replicas: 3\n  updateStrategy: {{rollingUpdate: {{partition: {partition}}}}}");
        assert_eq!(shown(&set("a:1", &spec(2)), &set("a:2", &spec(2))).0, ["db-2"]);
        let (pods, order, ..) = shown(&set("a:1", &spec(9)), &set("a:2", &spec(9)));
        assert_eq!((pods, order), (vec![], RestartOrder::Never));
    }

    #[test]
    fn on_delete_waits_for_somebody() {
        let spec = "  replicas: 2\n  updateStrategy: {type: OnDelete}";
        assert_eq!(shown(&set("a:1", spec), &set("a:2", spec)).1, RestartOrder::ByHand);
        assert_eq!(
            shown(&workload("DaemonSet", "d", "a:1", spec, ""), &workload("DaemonSet", "d", "a:2", spec, "")).1,
            RestartOrder::ByHand
        );
    }

    #[test]
    fn pods_that_come_or_go_do_not_restart() {
        let (pods, _, added, gone) = shown(&set("a:1", "  replicas: 3"), &set("a:2", "  replicas: 1"));
        assert_eq!((pods, added, gone), (vec!["db-0".into()], vec![], vec!["db-2".into(), "db-1".into()]));
        let (pods, _, added, gone) = shown(&set("a:1", "  replicas: 1"), &set("a:1", "  replicas: 2"));
        assert_eq!((pods, added, gone), (vec![], vec!["db-1".into()], vec![]));
        let moved = shown(&set("a:1", "  replicas: 2"), &set("a:2", "  replicas: 2\n  ordinals: {start: 1}"));
        assert_eq!(
            (moved.0, moved.2, moved.3),
            (vec!["db-1".to_owned()], vec!["db-2".to_owned()], vec!["db-0".to_owned()])
        );
    }

    #[test]
    fn max_unavailable_of_a_stateful_set_counts_where_the_feature_is_on() {
        let spec = "  replicas: 4\n  updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}";
        let missing = |minor| {
            with_minor(minor, &set("a:1", spec), &set("a:2", spec), |both| {
                rollouts(both).iter().map(|rollout| rollout.missing).collect::<Vec<_>>()
            })
        };
        assert_eq!((missing(Minor(35)), missing(Minor(34)), missing(Minor(36))), (vec![2], vec![1], vec![1]));
    }

    #[test]
    fn a_deployment_starts_new_pods_first_unless_it_is_told_otherwise() {
        let order = |spec: &str| {
            let all = |image: &str| workload("Deployment", "web", image, spec, "");
            let (pods, order, ..) = shown(&all("a:1"), &all("a:2"));
            assert_eq!(pods, ["web-*"], "{spec}");
            order
        };
        assert_eq!(order("  replicas: 1"), RestartOrder::Surge);
        assert_eq!(order("  strategy: {type: Recreate}"), RestartOrder::AllAtOnce);
        assert_eq!(order("  strategy: {rollingUpdate: {maxSurge: 0}}"), RestartOrder::OneByOne);
        assert_eq!(order("  paused: true"), RestartOrder::Never);
    }

    #[test]
    fn surge_is_rounded_up_and_missing_pods_down() {
        let numbers = |spec: &str, pods| {
            let text = workload("Deployment", "web", "a", spec, "");
            with("", &text, |both| surge(Workload::all(both.new).next().expect("a Deployment"), pods))
        };
        assert_eq!(numbers("", 1), (1, 0));
        assert_eq!(numbers("", 10), (3, 2));
        assert_eq!(numbers("  strategy: {rollingUpdate: {maxSurge: 10%, maxUnavailable: 30%}}", 5), (1, 1));
        assert_eq!(numbers("  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 10%}}", 5), (0, 1));
    }

    #[test]
    fn pods_of_what_is_removed_go_with_it() {
        let (pods, order, ..) = shown(&set("a:1", "  replicas: 2"), "");
        assert_eq!((pods, order), (vec!["db-0".into(), "db-1".into()], RestartOrder::Replaced));
    }

    #[test]
    fn a_number_of_pods_beyond_counting_is_not_counted_out() {
        let spec = "  replicas: 1000000000000";
        let (pods, ..) = shown(&set("a:1", spec), &set("a:2", spec));
        assert_eq!((pods.len(), pods.first().map(String::as_str)), (101, Some("db-999999999999")));
        assert_eq!(pods.last().map(String::as_str), Some("db-*"));
    }

    #[test]
    fn nothing_is_said_of_pods_that_stay_as_they_are() {
        let told = with(&set("a:1", "  replicas: 2"), &set("a:1", "  replicas: 2\n  minReadySeconds: 5"), |both| {
            rollouts(both).len()
        });
        assert_eq!(told, 0);
    }
}
