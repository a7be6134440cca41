//! What procedures know of a release of the Redis chart.
//!
//! In: the chart's values, and how the release is called. Out: [`ReleaseFacts`]: names, files, rights, as the chart renders
//! them. What changes while a release lives (how many pods there are, which of them is the master) scripts ask the cluster.

use crate::manifest;
use crate::redis::{self, Mode};
use crate::redis_server::Conf;
use crate::value::Node;
use crate::{Diagnostic, Layer, Options, Release};
use serde::Serialize;
use std::sync::Arc;

/// Where backups go unless told otherwise.
pub const BACKUP_FOLDER: &str = "tmp/redis-backups";

/// A release, as its values describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseFacts {
    /// The release's name, which destructive procedures have typed.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// The name of the StatefulSet, which the names of all objects begin with.
    pub fullname: String,
    /// `standalone` or `replica`.
    pub mode: String,
    /// The pods that the values ask for, by ordinal.
    pub pods: Vec<String>,
    /// The pod that the values declare master.
    pub master: String,
    /// Its number.
    pub master_ordinal: i64,
    /// The container of the server.
    pub container: String,
    /// The Service that clients write to.
    pub service: String,
    /// The Service by which pods find each other.
    pub headless: String,
    /// DNS domain of the cluster.
    pub cluster_domain: String,
    /// The port of the server in its pod.
    pub port: u16,
    /// The port of the Services.
    pub service_port: u16,
    /// The Secret with the password; empty where Redis asks for none.
    pub secret: String,
    /// The password's key in it.
    pub secret_key: String,
    /// The ConfigMap with redis.conf.
    pub config_map: String,
    /// Whether the data outlive a pod.
    pub is_persistent: bool,
    /// The claim that all pods share; empty where each has its own.
    pub existing_claim: String,
    /// Folder of the data in the pod.
    pub data_dir: String,
    /// File of the snapshot in it.
    pub dump: String,
    /// Name of the append-only log.
    pub log: String,
    /// Folder of the log, from Redis 7 on.
    pub log_dir: String,
    /// Whether the log is on, as far as the values say.
    pub is_log_on: bool,
    /// Whether an exporter runs beside the server.
    pub has_metrics: bool,
    /// Its port.
    pub metrics_port: u16,
    /// The image of the server.
    pub image: String,
    /// Seconds that a pod has to end.
    pub grace_seconds: i64,
    /// Whether an autoscaler says how many pods there are.
    pub is_autoscaled: bool,
    /// Folder for backups, on the machine where scripts run.
    pub backup_dir: String,
}

impl ReleaseFacts {
    /// Reads layers of values over the chart's own, for a release of this name in this namespace.
    ///
    /// # Errors
    /// Everything that is wrong with the values.
    ///
    /// ```
    /// use chartwright::{Layer, ops::ReleaseFacts};
    /// let layers = [Layer::Set("mode=replica,redis.existingSecret=auth".into())];
    /// let facts = ReleaseFacts::read(&layers, "shop", "prod").unwrap();
    /// assert_eq!((facts.fullname.as_str(), facts.master.as_str()), ("shop-redis", "shop-redis-0"));
    /// assert_eq!((facts.secret.as_str(), facts.secret_key.as_str()), ("auth", "redis-password"));
    /// ```
    pub fn read(layers: &[Layer], release: &str, namespace: &str) -> Result<ReleaseFacts, Vec<Diagnostic>> {
        let values = redis::Values::from_layers(layers)?;
        let named = Release { name: release.to_owned(), namespace: namespace.to_owned(), ..Release::default() };
        let rendered = redis::render_layers(layers, &Options { release: named, ..Options::default() })
            .map_err(|error| error.diagnostics())?;
        let mode = values.mode().map_err(|error| vec![Diagnostic::error("bad-mode", error.to_string())])?;
        // The chart makes names; saying its rules again here would be saying them otherwise one day.
        let text = rendered.text();
        let objects = manifest::objects(&manifest::read(&[(Arc::from("rendered"), Arc::from(text))]));
        let set = objects.iter().find(|object| object.kind() == "StatefulSet");
        let missing = || vec![Diagnostic::error("no-server", "the chart renders no StatefulSet with these values")];
        let set = set.ok_or_else(missing)?;
        let fullname = set.name().to_owned();
        let image = set.node.find("spec.template.spec.containers").map(Node::items).and_then(|all| all.first());
        let image = image.and_then(|container| container.find("image")?.as_text()).unwrap_or_default().into_owned();
        let count = match mode {
            Mode::Standalone => values.replica_count,
            Mode::Replica if values.autoscaling.enabled => i64::from(values.autoscaling.min_replicas),
            Mode::Replica => values.replication.replicas + 1,
        };
        let pods = (0..count.clamp(0, MOST_PODS)).map(|ordinal| format!("{fullname}-{ordinal}")).collect();
        let master_ordinal = if mode == Mode::Replica { values.replication.master_ordinal } else { 0 };
        let conf = conf(&objects, &values);
        let said = |name: &str, default: &str| {
            conf.value(name).filter(|value| !value.is_empty()).unwrap_or(default).to_owned()
        };
        let own = if values.redis.password.0.is_empty() { "" } else { fullname.as_str() };
        let key =
            if values.redis.secret_key_name.is_empty() { "redis-password" } else { &values.redis.secret_key_name };
        Ok(ReleaseFacts {
            release: release.to_owned(),
            namespace: namespace.to_owned(),
            mode: mode.to_string(),
            pods,
            master: format!("{fullname}-{master_ordinal}"),
            master_ordinal,
            container: "redis".to_owned(),
            service: fullname.clone(),
            headless: format!("{fullname}-headless"),
            cluster_domain: values.cluster_domain.clone(),
            port: values.redis.port,
            service_port: values.service.port,
            secret: or(&values.redis.existing_secret, own),
            secret_key: key.to_owned(),
            config_map: or(&values.redis.existing_config_map, &format!("{fullname}-config")),
            is_persistent: values.persistence.enabled,
            existing_claim: values.persistence.existing_claim.clone(),
            data_dir: "/data".to_owned(),
            dump: said("dbfilename", "dump.rdb"),
            log: said("appendfilename", "appendonly.aof"),
            log_dir: said("appenddirname", "appendonlydir"),
            is_log_on: conf.is_on("appendonly").unwrap_or(false),
            has_metrics: values.metrics.enabled,
            metrics_port: values.metrics.port,
            image,
            grace_seconds: values.termination_grace_period_seconds,
            is_autoscaled: values.autoscaling.enabled,
            backup_dir: BACKUP_FOLDER.to_owned(),
            fullname,
        })
    }
}

/// More pods than this are not spelled.
const MOST_PODS: i64 = 1000;

fn or(text: &str, other: &str) -> String {
    if text.is_empty() { other.to_owned() } else { text.to_owned() }
}

/// redis.conf and the arguments over it. What a ConfigMap of somebody else says is not known.
fn conf(objects: &[manifest::Object], values: &redis::Values) -> Conf {
    let key = |object: &manifest::Object| {
        Some(object.node.get("data")?.get("redis.conf")?.as_text()?.into_owned())
            .filter(|_| object.kind() == "ConfigMap")
    };
    let mut conf = Conf::read(&objects.iter().find_map(key).unwrap_or_default());
    conf.add_arguments(values.redis.args.iter().map(String::as_str));
    conf
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(set: &str, release: &str) -> ReleaseFacts {
        ReleaseFacts::read(&[Layer::Set(set.into())], release, "prod").expect("values that are right")
    }

    #[test]
    fn names_are_those_that_the_chart_makes() {
        assert_eq!(facts("mode=replica", "redis").fullname, "redis");
        assert_eq!(facts("fullnameOverride=cache", "redis").master, "cache-0");
        let long =
            facts("mode=replica,replication.masterOrdinal=2", "a-release-with-a-name-that-is-as-long-as-helm-takes");
        assert_eq!(long.fullname.len(), 52);
        assert_eq!(long.master, format!("{}-2", long.fullname));
        assert_eq!(long.pods.len(), 3);
    }

    #[test]
    fn files_are_those_that_the_last_word_about_them_names() {
        let own = facts("mode=replica", "r");
        assert!(own.is_log_on && own.is_persistent);
        assert_eq!((own.dump.as_str(), own.log_dir.as_str()), ("dump.rdb", "appendonlydir"));
        let other = facts(
            "redis.settings.dbfilename=my.rdb,redis.settings.appendonly=false,redis.args={--dbfilename,last.rdb}",
            "r",
        );
        assert_eq!((other.dump.as_str(), other.is_log_on), ("last.rdb", false));
    }

    #[test]
    fn a_password_makes_a_secret_known_and_is_no_fact_itself() {
        let own = facts("redis.password=hunter22hunter22", "shop");
        assert_eq!((own.secret.as_str(), own.secret_key.as_str()), ("shop-redis", "redis-password"));
        assert!(!serde_json::to_string(&own).expect("JSON").contains("hunter22"));
        assert_eq!(facts("mode=", "shop").secret, "");
    }

    #[test]
    fn values_that_the_chart_refuses_are_refused() {
        let wrong = ReleaseFacts::read(&[Layer::Set("mode=sentinel".into())], "r", "n").expect_err("no such mode");
        assert!(wrong.iter().any(|found| found.message.contains("not implemented")), "{wrong:?}");
    }
}
