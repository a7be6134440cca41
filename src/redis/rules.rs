//! What must hold between values.
//!
//! In: typed [`Values`]. Out: [`Problem`]s, each with the values that it is about. The chart's templates refuse the
//! same with the same words where rendering would make something that does not work; what Kubernetes alone would
//! refuse later is told here earlier.

use super::kubernetes::{Probe, Resources, RollingUpdate, ServiceType, UpdateType};
use super::mode::{self, Mode, ModeError};
use super::place::Places;
use super::reserved;
use super::secure;
use super::values::{PodManagement, TrafficPolicy, Values};
use crate::kube;
use crate::nearest;
use crate::value::Node;
use crate::{Diagnostic, Severity};
use serde_json::Value as Json;

/// Something wrong between values.
pub(super) struct Problem {
    severity: Severity,
    code: &'static str,
    message: String,
    help: Option<String>,
    /// The values it is about; the place is that of the first which the user set.
    pub(super) paths: Vec<String>,
}

impl Problem {
    pub(super) fn error(code: &'static str, paths: &[&str], message: impl Into<String>) -> Problem {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Problem { severity: Severity::Error, code, message: message.into(), help: None, paths }
    }

    pub(super) fn warning(code: &'static str, paths: &[&str], message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(code, paths, message) }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    pub(super) fn into_diagnostic(self, tree: &Node, places: &Places) -> Diagnostic {
        let mut found = Diagnostic::error(self.code, self.message);
        found.severity = self.severity;
        found.help = self.help;
        found.place = self.paths.iter().find_map(|path| places.of_path(tree, path));
        found
    }
}

/// The mode that may have been meant.
fn mode_help(error: &ModeError) -> Option<String> {
    match error {
        ModeError::Unknown(mode) => {
            let near = nearest::nearest(mode, ["standalone", "replica", "sentinel", "cluster"].into_iter());
            near.map(|near| format!("did you mean `{near}`?"))
        }
        ModeError::NotHere(_) | ModeError::Conflict => None,
    }
}

/// Every rule, on one set of values.
pub(super) fn run(values: &Values, mode_by_user: bool) -> Vec<Problem> {
    let mut found = Vec::new();
    match mode::decide(&values.mode, mode_by_user, values.replication.enabled) {
        Ok(decision) => {
            if values.replication.enabled {
                let (text, help) = if decision.by_deprecated_switch {
                    ("it still means mode: replica", "write `mode: replica` instead")
                } else {
                    ("it adds nothing to mode: replica", "remove it")
                };
                let text = format!("replication.enabled is deprecated; {text}");
                found.push(Problem::warning("deprecated-value", &["replication.enabled"], text).help(help));
            }
            let pods = Pods::of(values, decision.mode);
            number_of_pods(values, &pods, &mut found);
            where_the_data_is(values, &pods, &mut found);
            disruption(values, &pods, &mut found);
            scaling(values, &pods, &mut found);
        }
        Err(error) => {
            let problem = Problem::error("bad-mode", &["mode", "replication.enabled"], error.to_string());
            found.push(match mode_help(&error) {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
    }
    password(values, &mut found);
    configuration(values, &mut found);
    service(values, &mut found);
    metrics(values, &mut found);
    rollout(values, &mut found);
    accounts(values, &mut found);
    backup(values, &mut found);
    secure::run(values, &mut found);
    reserved::run(values, &mut found);
    for (name, probe) in [
        ("startupProbe", &values.startup_probe),
        ("livenessProbe", &values.liveness_probe),
        ("readinessProbe", &values.readiness_probe),
    ] {
        if let Some(probe) = probe {
            one_probe(name, probe, &mut found);
        }
    }
    for (name, resources) in [
        ("resources", &values.resources),
        ("backup.resources", &values.backup.resources),
        ("metrics.resources", &values.metrics.resources),
        ("test.resources", &values.test.resources),
    ] {
        amounts(name, resources, &mut found);
    }
    found
}

/// How many pods there may be and must be.
struct Pods {
    mode: Mode,
    most: i64,
    fewest: i64,
}

impl Pods {
    fn of(values: &Values, mode: Mode) -> Pods {
        let scaler = &values.autoscaling;
        let (most, fewest) = match mode {
            Mode::Standalone => (values.replica_count, values.replica_count),
            Mode::Replica if scaler.enabled => (scaler.max_replicas.into(), scaler.min_replicas.into()),
            Mode::Replica => {
                let all = values.replication.replicas.saturating_add(1);
                (all, all)
            }
        };
        Pods { mode, most, fewest }
    }
}

/// Most read replicas; ordinals keep to three digits.
const MAX_REPLICAS: i64 = 999;

fn number_of_pods(values: &Values, pods: &Pods, found: &mut Vec<Problem>) {
    let (replicas, ordinal) = (values.replication.replicas, values.replication.master_ordinal);
    let (count, number) = ("replication.replicas", "replication.masterOrdinal");
    if pods.mode == Mode::Standalone {
        if !matches!(values.replica_count, 0 | 1) {
            let text = format!(
                "replicaCount must be 0 or 1 when mode=standalone, found {}: more pods would be separate databases \
                 behind one Service. Set mode=replica for copies.",
                values.replica_count
            );
            found.push(Problem::error("bad-value", &["replicaCount"], text));
        }
        if ordinal != 0 {
            let allowed = "0 when mode=standalone, which keeps pod 0 only: make pod 0 the master first";
            found.push(Problem::error(
                "bad-value",
                &[number],
                format!("{number}: found {ordinal}, allowed is {allowed}"),
            ));
        }
        return;
    }
    if replicas < 0 {
        let text = "replication.replicas must be >= 0 when mode=replica (0 = master only, keeps replica-ready wiring)";
        found.push(Problem::error("bad-value", &[count], text));
    } else if replicas > MAX_REPLICAS {
        let text = format!("{count}: found {replicas}, allowed is a whole number from 0 to {MAX_REPLICAS}");
        found.push(Problem::error("bad-value", &[count], text));
    } else if ordinal >= pods.fewest {
        let text = format!("{number}: found {ordinal}, allowed is less than the number of pods, {}", pods.fewest);
        found.push(Problem::error("bad-value", &[number, count], text));
    }
    if ordinal != 0 && values.pod_management_policy == PodManagement::OrderedReady {
        let allowed =
            "0 unless podManagementPolicy is Parallel: pod 0 would wait for its master, and the master for pod 0";
        let text = format!("{number}: found {ordinal}, allowed is {allowed}");
        found.push(Problem::error("bad-value", &[number, "podManagementPolicy"], text));
    }
}

fn where_the_data_is(values: &Values, pods: &Pods, found: &mut Vec<Problem>) {
    if pods.mode == Mode::Standalone {
        return;
    }
    if !values.persistence.enabled {
        let text = "mode=replica needs persistence.enabled=true: a master that restarts without its data empties every replica";
        found.push(Problem::error("replica-loses-data", &["persistence.enabled", "mode"], text));
    }
    if !values.persistence.existing_claim.is_empty() && pods.most > 1 {
        let text =
            "persistence.existingClaim works with one pod only: in replica mode every pod needs a claim of its own";
        found.push(Problem::error("shared-claim", &["persistence.existingClaim", "mode"], text));
    }
}

/// A number or text as it would be printed; empty for neither.
fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

fn disruption(values: &Values, pods: &Pods, found: &mut Vec<Problem>) {
    let budget = &values.pod_disruption_budget;
    if !budget.enabled {
        return;
    }
    let (least, most) = (text_of(&budget.min_available), text_of(&budget.max_unavailable));
    let (min, max) = ("podDisruptionBudget.minAvailable", "podDisruptionBudget.maxUnavailable");
    if !least.is_empty() && !most.is_empty() {
        let text = format!(
            "podDisruptionBudget: found minAvailable {least} and maxUnavailable {most}, allowed is one of them"
        );
        found.push(Problem::error("conflicting-values", &[min, max], text));
    }
    if pods.fewest < 2 {
        return;
    }
    if least == "100%" || budget.min_available.as_i64().is_some_and(|least| least >= pods.fewest) {
        let shown = &budget.min_available;
        let text =
            format!("{min}: found {shown}, allowed is less than the {} pods: no node could be drained", pods.fewest);
        found.push(Problem::error("budget-blocks-drain", &[min], text));
    }
    if matches!(most.as_str(), "0" | "0%") {
        let text = format!("{max}: found {}, allowed is more than 0: no node could be drained", budget.max_unavailable);
        found.push(Problem::error("budget-blocks-drain", &[max], text));
    }
}

fn scaling(values: &Values, pods: &Pods, found: &mut Vec<Problem>) {
    let scaler = &values.autoscaling;
    if !scaler.enabled {
        return;
    }
    if pods.mode == Mode::Standalone {
        let text = "autoscaling.enabled: found true, allowed is false when mode=standalone: more pods would be separate \
                    databases behind one Service";
        found.push(Problem::error("conflicting-values", &["autoscaling.enabled"], text));
    }
    if scaler.min_replicas > scaler.max_replicas {
        let (low, high) = ("autoscaling.minReplicas", "autoscaling.maxReplicas");
        let (min, max) = (scaler.min_replicas, scaler.max_replicas);
        let text = format!("{low}: found {min}, allowed is at most maxReplicas, {max}");
        found.push(Problem::error("conflicting-values", &[low, high], text));
    }
    if scaler.target_cpu_utilization_percentage == 0 && scaler.target_memory_utilization_percentage == 0 {
        let text = "autoscaling: found no target, allowed is targetCPUUtilizationPercentage, \
                    targetMemoryUtilizationPercentage or both above 0";
        let paths = ["autoscaling.targetCPUUtilizationPercentage", "autoscaling.enabled"];
        found.push(Problem::error("conflicting-values", &paths, text));
    }
    if pods.mode == Mode::Replica {
        let text = "autoscaling adds read replicas only: writes stay with the one master";
        found.push(Problem::warning("scales-reads-only", &["autoscaling.enabled"], text));
    }
}

fn password(values: &Values, found: &mut Vec<Problem>) {
    let redis = &values.redis;
    let (password, secret) = (redis.password.0.as_str(), redis.existing_secret.as_str());
    if redis.require_password && password.is_empty() && secret.is_empty() {
        let text =
            "redis.requirePassword: found no password, allowed is redis.existingSecret (or redis.password) with one";
        found.push(Problem::error("password-required", &["redis.requirePassword"], text));
    }
    if !password.is_empty() && !secret.is_empty() {
        let text = "redis.password and redis.existingSecret are both set: existingSecret wins";
        found.push(Problem::warning("conflicting-values", &["redis.password"], text).help("remove redis.password"));
    } else if !password.is_empty() {
        let text = "redis.password is kept with the release, where everyone can read it who can read its Secrets";
        found.push(Problem::warning("password-in-values", &["redis.password"], text).help("use redis.existingSecret"));
    }
    if !password.is_empty() && password.trim_matches(['\r', '\n']).is_empty() {
        found.push(Problem::error("bad-value", &["redis.password"], "redis.password: it is nothing but line ends"));
    }
}

/// What the chart itself writes into redis.conf, each with the value to use instead.
const OWN_DIRECTIVES: &[(&str, &str)] = &[
    ("requirepass", "redis.existingSecret"),
    ("masterauth", "redis.existingSecret"),
    ("replicaof", "replication"),
    ("slaveof", "replication"),
    ("port", "redis.port"),
    ("dir", "none, it is /data"),
    ("daemonize", "none, the container is Redis"),
];

fn own_directive(name: &str) -> Option<&'static str> {
    OWN_DIRECTIVES.iter().find(|(own, _)| *own == name).map(|(_, instead)| *instead)
}

fn configuration(values: &Values, found: &mut Vec<Problem>) {
    let redis = &values.redis;
    for (name, value) in &redis.settings {
        let path = format!("redis.settings.{name}");
        if let Some(instead) = own_directive(name) {
            let text = format!("{path}: the chart writes this directive; instead use {instead}");
            found.push(Problem::error("own-directive", &[&path], text));
        }
        let lines = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        for line in lines.iter().filter(|line| line.as_str().is_some_and(|line| line.contains('\n'))) {
            let text = format!("{path}: found {line}, allowed is one line; for more lines give a list");
            found.push(Problem::error("bad-value", &[&path], text));
        }
    }
    if !redis.settings.is_empty() && !redis.existing_config_map.is_empty() {
        let text = "redis.settings: found settings beside redis.existingConfigMap, allowed is one of them: the ConfigMap \
                    is not the chart's to write";
        found.push(Problem::error("conflicting-values", &["redis.settings", "redis.existingConfigMap"], text));
    }
    for line in redis.config.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next().map(str::to_lowercase) else { continue };
        let value = words.collect::<Vec<_>>().join(" ");
        let value = value.trim_matches(['"', '\'']);
        let same = match name.as_str() {
            "port" => value == redis.port.to_string(),
            "dir" => matches!(value, "/data" | "/data/"),
            "daemonize" => value.eq_ignore_ascii_case("no"),
            _ => false,
        };
        if let Some(instead) = own_directive(&name).filter(|_| !same) {
            let text =
                format!("redis.config: found the directive {name:?}, which the chart writes; instead use {instead}");
            found.push(Problem::error("own-directive", &["redis.config"], text));
        }
    }
    for (index, argument) in redis.args.iter().enumerate() {
        let Some(name) = argument.strip_prefix("--").and_then(|rest| rest.split(' ').next()) else { continue };
        let name = name.to_lowercase();
        if let Some(instead) = own_directive(&name) {
            let path = format!("redis.args[{index}]");
            let text = format!("{path}: found \"--{name}\", which the chart says; instead use {instead}");
            found.push(Problem::error("own-directive", &[&path], text));
        }
    }
}

fn service(values: &Values, found: &mut Vec<Problem>) {
    let service = &values.service;
    let mut refuse = |name: &str, shown: String, allowed: &str| {
        let path = format!("service.{name}");
        let text = format!("{path}: found {shown}, allowed is {allowed}");
        found.push(Problem::error("conflicting-values", &[&path, "service.type"], text));
    };
    if service.r#type == ServiceType::ClusterIP {
        if service.node_port != 0 {
            refuse("nodePort", service.node_port.to_string(), "0 when service.type is ClusterIP");
        }
        if service.external_traffic_policy != TrafficPolicy::Unset {
            let shown = format!("\"{:?}\"", service.external_traffic_policy);
            refuse("externalTrafficPolicy", shown, "nothing when service.type is ClusterIP");
        }
    }
    if service.r#type != ServiceType::LoadBalancer {
        let allowed = "nothing unless service.type is LoadBalancer";
        for (name, value) in
            [("loadBalancerIP", &service.load_balancer_ip), ("loadBalancerClass", &service.load_balancer_class)]
        {
            if !value.is_empty() {
                refuse(name, format!("{value:?}"), allowed);
            }
        }
        if !service.load_balancer_source_ranges.is_empty() {
            let shown = Json::from(service.load_balancer_source_ranges.clone());
            refuse("loadBalancerSourceRanges", format!("{shown} (a list)"), allowed);
        }
    }
}

fn metrics(values: &Values, found: &mut Vec<Problem>) {
    let metrics = &values.metrics;
    if metrics.enabled {
        if metrics.port == values.redis.port {
            let (path, port) = ("metrics.port", metrics.port);
            let text = format!("{path}: found {port}, allowed is another port than redis.port: both are in one pod");
            found.push(Problem::error("conflicting-values", &[path, "redis.port"], text));
        }
        if metrics.image.tag.is_empty() && metrics.image.digest.is_empty() {
            let text = "metrics.image.tag: found \"\", allowed is a tag, or a digest in metrics.image.digest";
            found.push(Problem::error("bad-value", &["metrics.image.tag"], text));
        }
    } else if values.monitoring.enabled {
        for (name, enabled) in [
            ("serviceMonitor", values.monitoring.service_monitor.enabled),
            ("prometheusRule", values.monitoring.prometheus_rule.enabled),
        ] {
            if enabled {
                let path = format!("monitoring.{name}.enabled");
                let why = "there would be no metrics";
                let text = format!("{path}: found true, allowed is false while metrics.enabled is false: {why}");
                found.push(Problem::error("conflicting-values", &[&path], text));
            }
        }
    }
}

fn rollout(values: &Values, found: &mut Vec<Problem>) {
    let strategy = &values.update_strategy;
    // An empty map says nothing, here as in templates.
    let rolling = strategy.rolling_update.as_ref().filter(|rolling| **rolling != RollingUpdate::default());
    if let (Some(UpdateType::OnDelete), Some(rolling)) = (strategy.r#type, rolling) {
        let shown = serde_json::to_string(rolling).unwrap_or_default();
        let text =
            format!("updateStrategy.rollingUpdate: found {shown} (a map), allowed is nothing with type OnDelete");
        let paths = ["updateStrategy.rollingUpdate", "updateStrategy.type"];
        found.push(Problem::error("conflicting-values", &paths, text));
    }
}

fn accounts(values: &Values, found: &mut Vec<Problem>) {
    let account = &values.service_account;
    let name = account.name.as_str();
    if values.rbac.create && (name == "default" || name.is_empty() && !account.create) {
        let text = "rbac.create: found true, allowed is false for the ServiceAccount `default`: every pod of the \
                    namespace would get the rights. Set serviceAccount.create or serviceAccount.name.";
        found.push(Problem::error("rights-for-everyone", &["rbac.create", "serviceAccount.name"], text));
    }
    let image = &values.test.image;
    if values.test.enabled && !image.repository.is_empty() && image.tag.is_empty() && image.digest.is_empty() {
        let text = "test.image: found a repository without a tag, allowed is one with a tag or a digest";
        found.push(Problem::error("bad-value", &["test.image.repository"], text));
    }
}

fn backup(values: &Values, found: &mut Vec<Problem>) {
    let backup = &values.backup;
    if !backup.enabled {
        return;
    }
    if let Err(wrong) = kube::check_schedule(&backup.schedule) {
        found.push(Problem::error("bad-schedule", &["backup.schedule"], format!("backup.schedule: {wrong}")));
    }
    let claim = &backup.persistence.existing_claim;
    if !claim.is_empty() && *claim == values.persistence.existing_claim {
        let path = "backup.persistence.existingClaim";
        let allowed = "another claim than persistence.existingClaim: copies beside the data are lost with it";
        let text = format!("{path}: found {claim:?}, allowed is {allowed}");
        found.push(Problem::error("backup-beside-data", &[path, "persistence.existingClaim"], text));
    }
    let image = &backup.image;
    if !image.repository.is_empty() && image.tag.is_empty() && image.digest.is_empty() {
        let text = "backup.image: found a repository without a tag, allowed is one with a tag or a digest";
        found.push(Problem::error("bad-value", &["backup.image.repository"], text));
    }
}

fn one_probe(name: &str, probe: &Probe, found: &mut Vec<Problem>) {
    let handlers = [
        ("exec", probe.exec.is_some()),
        ("grpc", probe.grpc.is_some()),
        ("httpGet", probe.http_get.is_some()),
        ("tcpSocket", probe.tcp_socket.is_some()),
    ];
    let given: Vec<&str> = handlers.iter().filter(|(_, given)| *given).map(|(handler, _)| *handler).collect();
    if given.len() > 1 {
        let paths: Vec<String> = given.iter().rev().map(|handler| format!("{name}.{handler}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let text = format!("{name}: found {}, allowed is one handler", given.join(" and "));
        found.push(Problem::error("two-handlers", &paths, text));
    }
    if let Some(threshold) = probe.success_threshold.filter(|threshold| *threshold != 1 && name != "readinessProbe") {
        let path = format!("{name}.successThreshold");
        let text = format!("{path}: found {threshold}, allowed is 1, except for readinessProbe");
        found.push(Problem::error("bad-value", &[&path], text));
    }
}

fn amounts(name: &str, resources: &Resources, found: &mut Vec<Problem>) {
    for (side, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        let Some(memory) = amounts.as_ref().and_then(|amounts| amounts.get("memory")) else { continue };
        // Less memory than that is a forgotten unit.
        let is_tiny = memory.amount().zip(kube::Quantity::parse("1Mi")).is_some_and(|(memory, least)| memory < least);
        if is_tiny {
            let path = format!("{name}.{side}.memory");
            let shown = serde_json::to_string(memory).unwrap_or_default();
            let allowed = "a quantity with its unit, such as 512Mi: this is less than 1Mi";
            let text = format!("{path}: found {shown}, allowed is {allowed}");
            found.push(Problem::error("bad-value", &[&path], text));
        }
    }
    for (resource, asked) in resources.requests.iter().flatten() {
        let Some(limit) = resources.limits.as_ref().and_then(|limits| limits.get(resource)) else { continue };
        if let (Some(low), Some(high)) = (asked.amount(), limit.amount())
            && low > high
        {
            let (request, path) = (format!("{name}.requests.{resource}"), format!("{name}.limits.{resource}"));
            let shown = serde_json::to_string(limit).unwrap_or_default();
            let text = format!("{path}: found {shown}, allowed is at least the request, {asked}");
            found.push(Problem::error("limit-below-request", &[&path, &request], text));
        }
    }
}
