//! What a user accepts of a plan: changes that do not matter, and concerns with a reason.
//!
//! In: rules of chartwright.yaml and of `--ignore`, and a plan. Out: the plan with these concerns in `accepted` and these
//! changes in `ignored`, where neither counts; a rule that met nothing is told.
//!
//! A rule without a code is about changes of fields. What needs attention is accepted only by a rule that names its code:
//! who ignores a path does not accept that the API server refuses it.

use crate::diag::{Diagnostic, Place};
use crate::manifest::ObjectId;
use crate::nearest::nearest;
use crate::pattern::{fits, matches};
use crate::plan::model::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// Why a change happens, as rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CauseName {
    /// A value changes.
    Value,
    /// The template is another.
    Template,
    /// Nothing but the chart's own version.
    ChartVersion,
    /// A checksum over an object of which only labels changed.
    ChecksumNoise,
    /// A checksum over an object that changes.
    Checksum,
    /// A random function or the clock.
    Random,
    /// Something that the template looks up in the cluster.
    Lookup,
}

impl CauseName {
    fn is(self, cause: &Cause) -> bool {
        self == match cause {
            Cause::Value { .. } => CauseName::Value,
            Cause::Template { .. } => CauseName::Template,
            Cause::ChartVersion => CauseName::ChartVersion,
            Cause::ChecksumNoise { .. } => CauseName::ChecksumNoise,
            Cause::Checksum { .. } => CauseName::Checksum,
            Cause::Random { .. } => CauseName::Random,
            Cause::Lookup { .. } => CauseName::Lookup,
        }
    }
}

/// What is accepted. All that is named must hold; what is not named holds for any. A rule with a code accepts concerns,
/// one without it ignores changes of fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// The kind of the object; `*` stands for any text.
    pub kind: Option<String>,
    /// The name of the object; `*` stands for any text.
    pub name: Option<String>,
    /// The path in the object or of the value, with all below it; `*` stands for any text.
    pub path: Option<String>,
    /// The concern that is accepted.
    pub code: Option<ConcernCode>,
    /// Why the change happens; it has no other cause.
    pub cause: Option<CauseName>,
    /// Why that is accepted.
    #[serde(default)]
    #[schemars(required, length(min = 1))]
    pub reason: String,
}

impl RuleSettings {
    /// What is wrong with it, if anything is.
    fn wrong(&self) -> Option<String> {
        let is_about = [&self.kind, &self.name, &self.path].into_iter().any(Option::is_some);
        match self.code {
            Some(ConcernCode::CannotRender) => {
                Some("`cannot-render` cannot be ignored: without both sides there is no plan".into())
            }
            None if !is_about && self.cause.is_none() => Some("an ignore names nothing, so it would ignore all".into()),
            Some(_) if self.cause.is_some() => Some("`cause` is about changes, and `code` about concerns".into()),
            _ => None,
        }
    }

    fn is_about(&self, object: Option<&ObjectId>, path: &str) -> bool {
        let holds = |wanted: &Option<String>, of: fn(&ObjectId) -> &str| {
            wanted.as_ref().is_none_or(|wanted| object.is_some_and(|object| matches(wanted, of(object), false)))
        };
        holds(&self.kind, |object| &object.kind)
            && holds(&self.name, |object| &object.name)
            && self.path.as_ref().is_none_or(|wanted| fits(wanted, path))
    }

    fn accepts(&self, concern: &Concern) -> bool {
        self.code == Some(concern.code) && self.is_about(concern.object.as_ref(), &concern.path)
    }

    fn ignores(&self, object: &ObjectId, change: &FieldChange) -> bool {
        let is_caused = |name: CauseName| !change.causes.is_empty() && change.causes.iter().all(|cause| name.is(cause));
        self.code.is_none() && self.cause.is_none_or(is_caused) && self.is_about(Some(object), &change.path)
    }
}

/// Rules that have a name, because everybody needs them.
#[derive(Debug)]
pub struct Preset {
    /// The name.
    pub name: &'static str,
    /// What it ignores, and why one may.
    pub text: &'static str,
    paths: &'static [&'static str],
    cause: Option<CauseName>,
    code: Option<ConcernCode>,
}

/// All of them.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "labels",
        text: "labels with the version of the chart or of the app, on objects and on pods",
        paths: &[
            "*metadata.labels.\"helm.sh/chart\"",
            "*metadata.labels.\"app.kubernetes.io/version\"",
            "*metadata.labels.chart",
        ],
        cause: None,
        code: None,
    },
    Preset {
        name: "checksums",
        text: "annotations of pods that hold checksums of other objects",
        paths: &["*template.metadata.annotations.\"checksum*", "*template.metadata.annotations.checksum*"],
        cause: None,
        code: None,
    },
    Preset {
        name: "random",
        text: "what random functions and the clock write, which differs in each render, and the concern `new-secret`: for \
               charts that look their passwords up in the cluster, which is not asked here",
        paths: &[],
        cause: Some(CauseName::Random),
        code: Some(ConcernCode::NewSecret),
    },
    Preset {
        name: "replicas",
        text: "`spec.replicas`, where something else sets it: an autoscaler, or people",
        paths: &["spec.replicas"],
        cause: None,
        code: None,
    },
    Preset {
        name: "ca-bundles",
        text: "certificates that controllers write into webhooks, APIServices and CRDs",
        paths: &["*.caBundle"],
        cause: None,
        code: None,
    },
];

impl Preset {
    fn rules(&self) -> impl Iterator<Item = RuleSettings> {
        let rule = RuleSettings { reason: format!("preset `{}`", self.name), ..RuleSettings::default() };
        let paths = self.paths.iter().map(|path| RuleSettings { path: Some((*path).to_owned()), ..rule.clone() });
        let cause = self.cause.map(|cause| RuleSettings { cause: Some(cause), ..rule.clone() });
        let code = self.code.map(|code| RuleSettings { code: Some(code), ..rule.clone() });
        paths.chain(cause).chain(code).collect::<Vec<_>>().into_iter()
    }
}

/// A rule, and what it is called where it met nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    settings: RuleSettings,
    /// As the user wrote it; `None` for presets, which say what there may be, not what there is.
    shown: Option<String>,
    place: Option<Place>,
}

/// Rules in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignores(Vec<Rule>);

/// Rules of one user: more than anybody reads.
const MOST_RULES: usize = 1_000;

impl Ignores {
    /// Adds a preset.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn preset(&mut self, name: &str) -> Result<(), Box<Diagnostic>> {
        let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) else {
            let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            let error = Diagnostic::error("unknown-preset", format!("there is no preset `{name}`"));
            return Err(Box::new(error.help(match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}; a rule is written as KEY=VALUE", names.join(", ")),
            })));
        };
        self.0.extend(preset.rules().map(|settings| Rule { settings, shown: None, place: None }));
        Ok(())
    }

    /// Adds a rule, with its place in a file.
    ///
    /// # Errors
    /// The rule would ignore everything, what cannot be ignored, or gives no reason; or there are too many.
    pub fn rule(&mut self, settings: RuleSettings, place: Option<Place>) -> Result<(), Box<Diagnostic>> {
        let told = |code, text: String| {
            let error = Diagnostic::error(code, text);
            Err(Box::new(match &place {
                Some(place) => error.at(place.clone()),
                None => error,
            }))
        };
        if settings.reason.trim().is_empty() {
            return told("ignore-without-reason", "an ignore says no reason, so it is not applied".into());
        }
        if let Some(wrong) = settings.wrong() {
            return told("bad-ignore", wrong);
        }
        if self.0.len() >= MOST_RULES {
            return told("bad-ignore", format!("there are more than {MOST_RULES} ignores"));
        }
        let shown = Some(shown(&settings));
        self.0.push(Rule { settings, shown, place });
        Ok(())
    }

    /// Adds what `--ignore` says: the name of a preset, or `code=…,kind=…,name=…,path=…,cause=…,reason=…`.
    ///
    /// # Errors
    /// Neither a preset nor a rule.
    ///
    /// ```
    /// use chartwright::plan::ignore::Ignores;
    /// let mut ignores = Ignores::default();
    /// ignores.flag("labels").unwrap();
    /// ignores.flag("code=write-outage,name=*-master,reason=in the window on Sunday").unwrap();
    /// assert!(ignores.flag("lables").unwrap_err().help.unwrap().contains("`labels`"));
    /// ```
    pub fn flag(&mut self, text: &str) -> Result<(), Box<Diagnostic>> {
        if !text.contains('=') {
            return self.preset(text.trim());
        }
        let mut settings = RuleSettings::default();
        for (key, value) in parts(text) {
            let slot = match key {
                "kind" => &mut settings.kind,
                "name" => &mut settings.name,
                "path" => &mut settings.path,
                "reason" => {
                    settings.reason = value.to_owned();
                    continue;
                }
                "code" => {
                    settings.code = Some(word(key, value)?);
                    continue;
                }
                "cause" => {
                    settings.cause = Some(word(key, value)?);
                    continue;
                }
                _ => {
                    let error = Diagnostic::error("bad-ignore", format!("`{key}` is nothing that an ignore can name"));
                    return Err(Box::new(error.help(format!("it can name {}", KEYS.join(", ")))));
                }
            };
            *slot = Some(value.to_owned());
        }
        if settings.reason.is_empty() {
            settings.reason = "asked for with --ignore".to_owned();
        }
        self.rule(settings, None)
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the rules of others behind these.
    pub fn extend(&mut self, others: Ignores) {
        self.0.extend(others.0);
    }
}

const KEYS: [&str; 6] = ["kind", "name", "path", "code", "cause", "reason"];

/// `a=1,b=2` in parts; a comma is part of a value unless a key follows, and a reason goes on to the end.
fn parts(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
        let key = key.trim();
        let is_next = |at: &usize| {
            let after = value.get(at + 1..).unwrap_or_default().trim_start();
            after.split_once('=').is_some_and(|(key, _)| KEYS.contains(&key.trim()))
        };
        let end = if key == "reason" { None } else { value.match_indices(',').map(|(at, _)| at).find(is_next) };
        let end = end.unwrap_or(value.len());
        found.push((key, value.get(..end).unwrap_or_default().trim()));
        rest = value.get(end + 1..).unwrap_or_default().trim();
    }
    found
}

/// A word of a list.
fn word<T: serde::de::DeserializeOwned>(key: &str, value: &str) -> Result<T, Box<Diagnostic>> {
    serde_json::from_value(serde_json::Value::String(value.to_owned())).map_err(|error| {
        // Serde's words name those that there are.
        let told = error.to_string();
        let expected = told.split_once("expected one of ").map(|(_, names)| format!("there are {names}"));
        let error = Diagnostic::error("bad-ignore", format!("there is no {key} `{value}`"));
        Box::new(expected.into_iter().fold(error, Diagnostic::help))
    })
}

fn shown(settings: &RuleSettings) -> String {
    let RuleSettings { kind, name, path, code, cause, reason: _ } = settings;
    let cause = cause.map(|cause| format!("{cause:?}").to_lowercase());
    let code = code.map(ConcernCode::name);
    let parts = [("code", &code), ("cause", &cause), ("kind", kind), ("name", name), ("path", path)];
    let parts = parts.iter().filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}={value}")));
    parts.collect::<Vec<_>>().join(",")
}

/// Moves what is accepted out of a plan's concerns and changes; rules that met nothing become notes.
pub fn apply(plan: &mut Plan, ignores: &Ignores) {
    let mut used = vec![false; ignores.0.len()];
    let mut first = |is_met: &dyn Fn(&RuleSettings) -> bool| {
        let at = ignores.0.iter().position(|rule| is_met(&rule.settings))?;
        used.get_mut(at).into_iter().for_each(|used| *used = true);
        ignores.0.get(at).map(|rule| rule.settings.reason.clone())
    };
    for concern in std::mem::take(&mut plan.concerns) {
        match first(&|rule| rule.accepts(&concern)) {
            Some(reason) => plan.accepted.push(Accepted { concern, reason }),
            None => plan.concerns.push(concern),
        }
    }
    for object in &mut plan.objects {
        for change in std::mem::take(&mut object.changes) {
            match first(&|rule| rule.ignores(&object.id, &change)) {
                Some(reason) => plan.ignored.push(Ignored { object: object.id.clone(), change, reason }),
                None => object.changes.push(change),
            }
        }
    }
    for (rule, _) in ignores.0.iter().zip(used).filter(|(_, used)| !used) {
        let Some(shown) = &rule.shown else { continue };
        let told = Concern::new(ConcernCode::Note, format!("the ignore `{shown}` met nothing here"));
        let told = told.help("take it away, or write it so that it fits");
        plan.concerns.push(Concern { place: rule.place.clone(), ..told });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: &str, name: &str) -> ObjectId {
        ObjectId { kind: kind.into(), name: name.into(), ..ObjectId::default() }
    }

    fn change(path: &str, causes: Vec<Cause>) -> FieldChange {
        let kind = FieldChangeKind::Changed;
        FieldChange { path: path.into(), kind, old: None, new: None, causes, restarts: false }
    }

    fn object(kind: &str, name: &str, changes: Vec<FieldChange>) -> ObjectPlan {
        ObjectPlan {
            id: id(kind, name),
            verdict: Verdict::InPlace,
            renamed: None,
            changes,
            rejections: Vec::new(),
            diff: String::new(),
            is_hook: false,
        }
    }

    fn ignores(flags: &[&str]) -> Ignores {
        let mut ignores = Ignores::default();
        for flag in flags {
            ignores.flag(flag).unwrap_or_else(|error| panic!("{flag}: {}", error.message));
        }
        ignores
    }

    /// Paths that are left, and those that are ignored.
    fn left(changes: Vec<FieldChange>, flags: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut plan = Plan { objects: vec![object("StatefulSet", "a", changes)], ..Plan::default() };
        apply(&mut plan, &ignores(flags));
        let left = plan.objects.iter().flat_map(|object| &object.changes).map(|change| change.path.clone()).collect();
        (left, plan.ignored.iter().map(|ignored| ignored.change.path.clone()).collect())
    }

    #[test]
    fn presets_ignore_what_their_names_say_and_nothing_else() {
        let all = || {
            [
                "metadata.labels.\"helm.sh/chart\"",
                "metadata.labels.team",
                "spec.template.metadata.labels.\"app.kubernetes.io/version\"",
                "spec.template.metadata.annotations.\"checksum/config\"",
                "spec.template.metadata.annotations.note",
                "spec.replicas",
                "webhooks[a].clientConfig.caBundle",
            ]
            .map(|path| change(path, Vec::new()))
            .into()
        };
        for (preset, gone) in [
            (
                "labels",
                &["metadata.labels.\"helm.sh/chart\"", "spec.template.metadata.labels.\"app.kubernetes.io/version\""][..],
            ),
            ("checksums", &["spec.template.metadata.annotations.\"checksum/config\""]),
            ("replicas", &["spec.replicas"]),
            ("ca-bundles", &["webhooks[a].clientConfig.caBundle"]),
            ("random", &[]),
        ] {
            assert_eq!(left(all(), &[preset]).1, gone, "{preset}");
        }
    }

    #[test]
    fn the_preset_random_is_about_changes_with_no_other_cause() {
        let random = || Cause::Random { place: None };
        let changes = vec![
            change("data.a", vec![random()]),
            change("data.b", vec![random(), Cause::ChartVersion]),
            change("data.c", vec![]),
        ];
        assert_eq!(left(changes, &["random"]).1, ["data.a"]);
    }

    #[test]
    fn a_rule_without_a_code_accepts_no_concern() {
        let mut plan = Plan::default();
        plan.concerns.push(Concern::new(ConcernCode::Refused, "no").about(id("StatefulSet", "a"), "spec.replicas"));
        apply(&mut plan, &ignores(&["replicas", "kind=StatefulSet,path=spec"]));
        assert!(plan.accepted.is_empty());
        apply(&mut plan, &ignores(&["code=refused,kind=Stateful*,path=spec,reason=known, and agreed, code=x"]));
        assert_eq!(
            plan.accepted.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(),
            ["known, and agreed, code=x"]
        );
    }

    #[test]
    fn a_rule_for_one_object_leaves_others_alone() {
        let changes = || vec![change("spec.ports[6379,TCP].name", Vec::new())];
        let objects = vec![object("Service", "a", changes()), object("Service", "b", changes())];
        let mut plan = Plan { objects, ..Plan::default() };
        apply(&mut plan, &ignores(&["kind=Service,name=b,path=spec.ports[6379,TCP]"]));
        let left: Vec<usize> = plan.objects.iter().map(|object| object.changes.len()).collect();
        assert_eq!(left, [1, 0]);
    }

    #[test]
    fn a_rule_that_met_nothing_is_told_and_a_preset_is_not() {
        let mut plan = Plan::default();
        apply(&mut plan, &ignores(&["labels", "code=write-outage"]));
        let told: Vec<_> = plan.concerns.iter().map(|concern| (concern.code, concern.message.as_str())).collect();
        assert_eq!(told, [(ConcernCode::Note, "the ignore `code=write-outage` met nothing here")]);
    }

    #[test]
    fn what_is_no_rule_is_refused_with_what_there_is() {
        let wrong = |flag: &str| {
            let error = Ignores::default().flag(flag).expect_err(flag);
            format!("{} | {}", error.message, error.help.unwrap_or_default())
        };
        assert_eq!(wrong("label"), "there is no preset `label` | did you mean `labels`?");
        assert_eq!(
            wrong("code=no-such").split(',').next(),
            Some("there is no code `no-such` | there are `cannot-render`")
        );
        assert_eq!(
            wrong("what=ever"),
            "`what` is nothing that an ignore can name | it can name kind, name, path, code, cause, reason"
        );
        assert!(wrong("reason=all").starts_with("an ignore names nothing"));
        assert!(wrong("code=cannot-render").starts_with("`cannot-render` cannot be ignored"));
    }
}
