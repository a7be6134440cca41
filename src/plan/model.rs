//! What a plan says: plain data that reports print and programs read.
//!
//! In: nothing. Out: [`Plan`] and its parts, each printable and serialisable. Secrets are masked before they get here.

use crate::diag::{Diagnostic, Place};
use crate::manifest::ObjectId;
use schemars::JsonSchema;
use serde::Serialize;

/// What an upgrade will do.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Plan of chartwright")]
pub struct Plan {
    /// The release's name.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// What is there.
    pub old: SideFacts,
    /// What shall be there.
    pub new: SideFacts,
    /// In one word.
    pub outcome: Outcome,
    /// What needs attention, worst first.
    pub concerns: Vec<Concern>,
    /// Concerns that the user accepts, each with the reason.
    pub accepted: Vec<Accepted>,
    /// Changes of fields that the user ignores, each with the reason; `objects` do not hold them.
    pub ignored: Vec<Ignored>,
    /// Every object of either side, in the order in which Helm applies them, removed ones last.
    pub objects: Vec<ObjectPlan>,
    /// Values that differ: of the user and of the charts' defaults.
    pub values: Vec<ValueChange>,
    /// Pods that restart, by workload.
    pub restarts: Vec<Restart>,
    /// Hooks that run, in the order in which Helm runs them.
    pub hooks: Vec<HookRun>,
    /// Volumes of either side.
    pub claims: Vec<ClaimPlan>,
    /// The Redis of either side, where there is one.
    pub redis: Option<RedisPlan>,
    /// What the charts' own documents say about upgrades between the two versions.
    pub notices: Vec<Notice>,
    /// How to go about it.
    pub strategy: Option<Strategy>,
    /// What to run before.
    pub before: Vec<RunStep>,
    /// What to run, in this order.
    pub steps: Vec<RunStep>,
    /// What to run after.
    pub after: Vec<RunStep>,
    /// How to go back, and when.
    pub rollback: Option<Rollback>,
}

/// What is known of one side.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SideFacts {
    /// As the user named it: a folder, `git:main:chart`, `stdin`.
    pub source: String,
    /// The chart's name; empty for manifests.
    pub chart: String,
    /// The chart's version; empty for manifests.
    pub version: String,
    /// The version of the application that the chart names; empty where it names none.
    pub app_version: String,
    /// How many objects it has, without hooks.
    pub objects: usize,
    /// Everything that kept it from being read or rendered as a whole.
    pub problems: Vec<Problem>,
}

/// Bad news about one side.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What was found and what was expected.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// What to do next.
    pub help: Option<String>,
}

impl From<&Diagnostic> for Problem {
    fn from(told: &Diagnostic) -> Self {
        Problem { message: told.message.clone(), place: told.place.clone(), help: told.help.clone() }
    }
}

/// The whole in one word, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing changes.
    #[default]
    Nothing,
    /// Changes that nobody need look at: fields in place, a plain rolling restart.
    Safe,
    /// Somebody must look or act: see the concerns.
    Attention,
    /// Data is at risk.
    DataAtRisk,
    /// The API server or the chart refuses it.
    Refused,
    /// A side could not be read or rendered as a whole.
    Unknown,
}

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Concern {
    /// What kind of thing: stable, in kebab-case.
    pub code: ConcernCode,
    /// What will happen, and why.
    pub message: String,
    /// The object that it is about.
    pub object: Option<ObjectId>,
    /// The path in that object, or of the value; empty where it is about neither.
    pub path: String,
    /// The template line or value behind it.
    pub place: Option<Place>,
    /// What to do about it.
    pub help: Option<String>,
    /// Commands that do it, for this release.
    pub commands: Vec<String>,
}

impl Concern {
    /// A concern about nothing in particular.
    pub fn new(code: ConcernCode, message: impl Into<String>) -> Self {
        let (message, path) = (message.into(), String::new());
        Concern { code, message, object: None, path, place: None, help: None, commands: Vec::new() }
    }

    /// The object and the path in it.
    #[must_use]
    pub fn about(self, object: ObjectId, path: impl Into<String>) -> Self {
        Concern { object: Some(object), path: path.into(), ..self }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Concern { help: Some(help.into()), ..self }
    }

    /// Commands that do it.
    #[must_use]
    pub fn commands(self, commands: impl IntoIterator<Item = String>) -> Self {
        Concern { commands: commands.into_iter().collect(), ..self }
    }
}

/// What kind of thing needs attention. The order is that of a plan: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConcernCode {
    /// A side does not render, or cannot be read.
    CannotRender,
    /// The API server refuses a change, or the new server refuses to start.
    Refused,
    /// Data is gone, or the new server starts without it.
    DataLoss,
    /// The way back is not safe for the data.
    RollbackUnsafe,
    /// A volume stays behind that nothing uses.
    OrphanedVolume,
    /// An object stays behind that Helm does not know any more.
    OrphanedObject,
    /// Nothing can be written for some time.
    WriteOutage,
    /// Nothing answers for some time.
    Outage,
    /// Something has to be done by hand.
    ManualStep,
    /// A pod may find no node.
    Scheduling,
    /// Too few pods for what is promised, or a drain that never ends.
    Availability,
    /// A change that reaches no running pod.
    NotApplied,
    /// A password or key is made anew.
    NewSecret,
    /// A value of the user that the new chart does not know.
    LostValue,
    /// Something that cannot be known here.
    Unknown,
    /// Pods restart for nothing.
    NoiseRestart,
    /// Worth knowing.
    Note,
}

impl ConcernCode {
    /// The name in kebab-case, as configuration and JSON have it.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(ToOwned::to_owned)).unwrap_or_default()
    }

    /// Whether it makes the exit code 1.
    pub fn counts(self) -> bool {
        !matches!(self, ConcernCode::NoiseRestart | ConcernCode::Note)
    }

    /// The least that the whole is called with it.
    pub fn outcome(self) -> Outcome {
        match self {
            ConcernCode::CannotRender => Outcome::Unknown,
            ConcernCode::Refused => Outcome::Refused,
            ConcernCode::DataLoss => Outcome::DataAtRisk,
            code if code.counts() => Outcome::Attention,
            _ => Outcome::Safe,
        }
    }
}

/// A concern that the user accepts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// What.
    pub concern: Concern,
    /// Why.
    pub reason: String,
}

/// A change that the user ignores.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    /// The object.
    pub object: ObjectId,
    /// What changes.
    pub change: FieldChange,
    /// Why that does not matter.
    pub reason: String,
}

/// What happens to one object.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectPlan {
    /// Which: of both sides the new one's name.
    pub id: ObjectId,
    /// In one word.
    pub verdict: Verdict,
    /// The other name of the object, when it only changes its name.
    pub renamed: Option<ObjectId>,
    /// Each field that changes.
    pub changes: Vec<FieldChange>,
    /// Why the API server refuses it.
    pub rejections: Vec<Rejection>,
    /// Changed lines, as a unified diff with secrets masked.
    pub diff: String,
    /// Whether it is a hook, which Helm runs and does not keep.
    pub is_hook: bool,
}

/// What happens to an object, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing.
    Unchanged,
    /// Only its own labels and annotations change.
    LabelOnly,
    /// Its fields change where it stands, and no pod restarts because of that.
    InPlace,
    /// Its pods are replaced.
    RollsPods,
    /// The API server refuses the change.
    Rejected,
    /// It is deleted and created again.
    Recreated,
    /// It is new.
    Added,
    /// It is deleted.
    Removed,
    /// Helm forgets it, and it stays.
    Orphaned,
}

/// A field that changes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// Where: `spec.template.spec.containers[redis].image`.
    pub path: String,
    /// How.
    pub kind: FieldChangeKind,
    /// What it was; `***` for secrets; absent where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<serde_json::Value>,
    /// What it shall be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<serde_json::Value>,
    /// Why.
    pub causes: Vec<Cause>,
    /// Whether it makes pods restart.
    pub restarts: bool,
}

/// How a field changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FieldChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another value.
    Changed,
    /// The same items, in another order.
    Reordered,
}

/// Why a field changes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Cause {
    /// A value changes.
    Value {
        /// Its path.
        value: String,
        /// Who sets it on the new side, or on the old where only that does.
        place: Option<Place>,
        /// Whether a user sets it; else it is a default of the chart.
        by_user: bool,
    },
    /// The template is another.
    Template {
        /// The line that wrote it.
        place: Option<Place>,
    },
    /// Nothing but the chart's own version or the name of the app's version.
    ChartVersion,
    /// A checksum over an object of which only labels or the version of the chart changed.
    ChecksumNoise {
        /// What it is computed of, where that is known.
        of: Option<ObjectId>,
    },
    /// A checksum over an object that changes.
    Checksum {
        /// What it is computed of.
        of: ObjectId,
    },
    /// A random function or the clock: it differs in every render.
    Random {
        /// The line that wrote it.
        place: Option<Place>,
    },
    /// Something of the cluster that the template looks up, which is not known here.
    Lookup {
        /// The line that wrote it.
        place: Option<Place>,
    },
}

/// Why the API server refuses an object.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// The field.
    pub path: String,
    /// The API server's words.
    pub message: String,
    /// What to do instead.
    pub remedy: String,
    /// Commands that do it, for this release.
    pub commands: Vec<String>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueChange {
    /// Its path.
    pub path: String,
    /// How.
    pub kind: ValueChangeKind,
    /// What it was; `***` for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<serde_json::Value>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<serde_json::Value>,
    /// Who sets it.
    pub place: Option<Place>,
    /// Whether a template of the new chart reads it.
    pub is_read: bool,
}

/// How a value differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueChangeKind {
    /// A user sets it, and the new chart does not know it.
    UserKeyGone,
    /// A user sets it, and neither chart knows it.
    UserKeyUnknown,
    /// The default is another, and no user sets it.
    DefaultChanged,
    /// The chart has a new default.
    DefaultAdded,
    /// The chart has that default no more.
    DefaultRemoved,
    /// A user sets it to something else than before.
    UserChanged,
    /// A user sets it now.
    UserAdded,
    /// A user does not set it any more.
    UserRemoved,
}

/// How the pods of a workload are replaced.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restart {
    /// Whose pods.
    pub workload: ObjectId,
    /// The pods in the order in which they restart; where names cannot be known, `NAME-*`.
    pub pods: Vec<String>,
    /// How they follow each other.
    pub order: RestartOrder,
    /// What restarts them.
    pub reasons: Vec<String>,
    /// What restarts beside it changes nothing: checksums of objects that did not change.
    pub noise: Vec<String>,
    /// What else there is to say: partition, surge, who else restarts at the same time.
    pub notes: Vec<String>,
}

/// How pods follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RestartOrder {
    /// One after the other, each when the one before is ready.
    OneByOne,
    /// New ones first, as many at once as the surge allows.
    Surge,
    /// All are stopped before the first new one starts.
    AllAtOnce,
    /// One per node, as many at once as may be missing.
    PerNode,
    /// Only when somebody deletes them.
    ByHand,
    /// None, although the template changes: nothing restarts running pods.
    Never,
    /// Existing pods go with their workload and new ones start elsewhere.
    Replaced,
}

/// A hook that runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HookRun {
    /// When: `pre-upgrade`.
    pub event: String,
    /// Its weight.
    pub weight: i64,
    /// Which object.
    pub object: ObjectId,
    /// Whether it was there before.
    pub is_new: bool,
    /// What becomes of it: its delete policies.
    pub policies: Vec<String>,
}

/// What happens to a volume.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimPlan {
    /// The claim's name.
    pub name: String,
    /// The workload whose pods mount it.
    pub workload: Option<ObjectId>,
    /// What happens.
    pub fate: ClaimFate,
    /// Its size on the old side, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_size: Option<String>,
    /// Its size on the new side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_size: Option<String>,
    /// Why.
    pub note: String,
}

/// What happens to a volume, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimFate {
    /// It stays and is used on.
    Kept,
    /// It stays, and nothing uses it.
    Orphaned,
    /// It is new, and empty.
    Created,
    /// It gets larger.
    Resized,
    /// It is deleted, and what was on it.
    Removed,
}

/// The Redis of both sides.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedisPlan {
    /// The servers of the old side.
    pub old: RedisFacts,
    /// The servers of the new side.
    pub new: RedisFacts,
    /// What becomes of the data on the way there.
    pub forward: Vec<String>,
    /// What becomes of it on the way back.
    pub backward: Vec<String>,
    /// Whether replicas of either version follow masters of the other, while both run.
    pub replication: Vec<String>,
    /// What the change of versions brings, and which settings of the user it touches.
    pub version_notes: Vec<String>,
}

/// The Redis of one side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedisFacts {
    /// Its version, from the image's tag; empty where that says none.
    pub version: String,
    /// How it is run.
    pub topology: Topology,
    /// Whether snapshots are written.
    pub rdb: Option<bool>,
    /// Whether the append-only file is written.
    pub aof: Option<bool>,
    /// Whether its data is on volumes that outlive pods.
    pub is_persistent: bool,
    /// The workload of the master, and its pods.
    pub master: Option<ObjectId>,
    /// Pods that may be written to; of a Deployment `deployment/NAME`, which kubectl takes for one of its pods.
    pub master_pods: Vec<String>,
    /// Pods that follow.
    pub replica_pods: Vec<String>,
    /// The container in which the server runs.
    pub container: String,
    /// The port of the server.
    pub port: u16,
    /// Whether that port speaks TLS.
    pub tls: bool,
    /// The Service that clients write to.
    pub service: String,
    /// The Secret with the password, and the key in it; absent where there is none.
    pub auth: Option<(String, String)>,
}

/// How Redis is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Not known.
    #[default]
    Unknown,
    /// One server.
    Standalone,
    /// A fixed master and replicas.
    Replication,
    /// Sentinels choose the master.
    Sentinel,
    /// Redis Cluster.
    Cluster,
}

/// What a chart's own document says about upgrades.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The file.
    pub file: String,
    /// The heading.
    pub heading: String,
    /// The text, as it stands there.
    pub text: String,
}

/// How to go about an upgrade.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Strategy {
    /// Which.
    pub kind: StrategyKind,
    /// Why this one.
    pub reasons: Vec<String>,
    /// Why not the others.
    pub rejected: Vec<(StrategyKind, String)>,
}

/// A way to upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StrategyKind {
    /// Pods are replaced one after the other.
    Rolling,
    /// The one server restarts.
    InPlace,
    /// A second release beside the first, then clients move.
    BlueGreen,
    /// Data is taken out, and into a new release.
    DumpAndRestore,
}

/// Something to run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunStep {
    /// What it is for.
    pub title: String,
    /// Why, and what is good.
    pub reason: String,
    /// Lines for a shell; empty where it is for people to do.
    pub commands: Vec<String>,
}

/// How to go back.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// Whether `helm rollback` keeps the data.
    pub is_safe: bool,
    /// What happens to the data.
    pub reasons: Vec<String>,
    /// When to go back.
    pub triggers: Vec<String>,
    /// What to run.
    pub steps: Vec<RunStep>,
}
