//! Keeps secrets out of everything that a plan says.
//!
//! In: the two sides. Out: [`Secrets`], which knows what must not be shown, and [`mask`], which every plan passes through.
//! Three things are hidden: what a `Secret` holds; values of keys and variables that sound secret; and, wherever they
//! stand, the texts of both, their base64 and their sha256.

use super::literals::{self, holds};
use crate::diag::Place;
use crate::manifest::Object;
use crate::plan::Side;
use crate::plan::model::*;
use crate::secrets::{self, MASK, sounds_secret};
use crate::value::{Data, Node, Str};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The shortest text of a `Secret` that is looked for elsewhere, where its key does not sound secret: shorter ones are
/// ports and words.
const SHORTEST_OTHER: usize = 8;

/// Texts of Secrets that are looked for; more are hidden where they stand only.
const MOST_TEXTS: usize = 1_000;

/// What must not be shown.
#[derive(Debug, Default)]
pub struct Secrets {
    /// The longest first.
    texts: Vec<String>,
    /// What looks for each: every text of a plan is held against all of them.
    finders: Vec<Finder<'static>>,
}

impl Secrets {
    /// What must not be shown of two sides.
    pub fn of(old: &Side, new: &Side) -> Secrets {
        let mut texts = Vec::new();
        let names: BTreeSet<&str> = [old, new]
            .into_iter()
            .flat_map(|side| side.objects.iter().flat_map(|object| [object.name(), object.head.namespace.as_str()]))
            .chain([old, new].into_iter().flat_map(|side| [side.release.as_str(), side.namespace.as_str()]))
            .collect();
        for object in [old, new].into_iter().flat_map(|side| &side.objects) {
            collect(object, &names, &mut texts);
        }
        texts.sort_unstable();
        texts.dedup();
        let mut texts = forms(texts);
        texts.extend([old, new].into_iter().flat_map(|side| side.attempt.secret_texts()));
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts.dedup();
        let finders = texts.iter().map(|text| Finder::new(text).into_owned()).collect();
        Secrets { texts, finders }
    }

    /// A text without secrets that are known.
    pub fn text(&self, text: &mut String) {
        if self.finders.iter().any(|finder| finder.find(text.as_bytes()).is_some()) {
            *text = secrets::without(std::mem::take(text), &self.texts);
        }
    }

    /// An object as it may be shown. `seen` holds what was hidden before, so that another value is seen to be another.
    pub(in crate::plan) fn object(&self, object: &Object, seen: &mut Seen) -> Node {
        let mut leaf = |key: &str, is_secret: bool, data: &Data| match data {
            Data::Null | Data::Bool(_) => data.clone(),
            _ if is_secret => Data::Str(Str::from(seen.mark(key, &plain(data)))),
            Data::Str(text) => {
                let mut shown = literals(&text.to_text());
                self.text(&mut shown);
                Data::Str(Str::from(shown))
            }
            other => other.clone(),
        };
        leaves(object, &mut leaf)
    }

    /// Hides what a value at a path of an object of a kind holds; the path is as [`crate::plan::Path`] shows it.
    fn value(&self, kind: &str, path: &str, value: &mut Json) {
        let steps = steps(path);
        let is_secret = kind == "Secret" && steps.first().is_some_and(|step| is_data(step))
            || steps.iter().any(|step| hides(step))
            || matches!(steps.as_slice(), [.., name, last] if last == "value" && holds(name));
        self.json(is_secret, value);
    }

    fn json(&self, is_secret: bool, value: &mut Json) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
            Json::Null | Json::Bool(_) => {}
            Json::String(text) if is_secret && !text.is_empty() => *text = MASK.to_owned(),
            Json::String(text) => {
                let mut shown = literals(text);
                self.text(&mut shown);
                *text = shown;
            }
            Json::Number(number) => {
                if is_secret || self.texts.contains(&number.to_string()) {
                    *value = Json::String(MASK.to_owned());
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.json(is_secret, item)),
            Json::Object(map) => {
                let is_kind = map.get("kind").and_then(Json::as_str) == Some("Secret");
                let is_variable = map.get("name").and_then(Json::as_str).is_some_and(holds);
                for (key, value) in map.iter_mut() {
                    let own = hides(key) || is_variable && key == "value" || is_kind && is_data(key);
                    self.json(is_secret || own, value);
                }
            }
        });
    }
}

/// What was hidden so far, by key: the first value is `***`, others say that they are others.
#[derive(Debug, Default)]
pub(in crate::plan) struct Seen(BTreeMap<String, Vec<String>>);

impl Seen {
    fn mark(&mut self, key: &str, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let known = self.0.entry(key.to_owned()).or_default();
        let at = known.iter().position(|one| one == text).unwrap_or_else(|| {
            known.push(text.to_owned());
            known.len() - 1
        });
        match at {
            0 => MASK.to_owned(),
            1 => format!("{MASK} (another value)"),
            more => format!("{MASK} (value {})", more + 1),
        }
    }
}

fn plain(data: &Data) -> String {
    match data {
        Data::Str(text) => text.to_text().into_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The texts of one object that are looked for everywhere.
fn collect(object: &Object, names: &BTreeSet<&str>, texts: &mut Vec<String>) {
    let is_secret_object = object.kind() == "Secret";
    let mut leaf = |key: &str, is_secret: bool, data: &Data| {
        if is_secret && texts.len() < MOST_TEXTS {
            let text = plain(data);
            let decoded = STANDARD.decode(text.trim()).ok().filter(|_| is_secret_object);
            let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(text);
            // What YAML or JSON holds further in: credentials of registries, whole values files.
            if text.contains([':', '{'])
                && let Ok(node) = crate::yaml::decode(text.as_bytes())
            {
                texts.extend(secrets::texts(&node));
            }
            let is_word = !text.contains(char::is_whitespace) && text.len() >= SHORTEST_OTHER;
            let is_told = if sounds_secret(key) { secrets::is_telling(&text) } else { is_word };
            if is_told && (sounds_secret(key) || !names.contains(text.as_str())) {
                texts.push(text);
            } else if text.contains('\n') {
                // Of keys and certificates each line; what reads like a sentence or a setting is none.
                let lines = text.lines().filter(|line| line.len() >= 2 * SHORTEST_OTHER);
                texts.extend(lines.filter(|line| !line.contains(char::is_whitespace)).map(str::to_owned));
                texts.extend(given(&text));
            }
        } else if let Data::Str(text) = data {
            texts.extend(given(&text.to_text()));
        }
        data.clone()
    };
    leaves(object, &mut leaf);
}

/// Texts, and what they become: see [`secrets::forms`]; also with the end of line that `echo` adds, and without padding.
fn forms(texts: Vec<String>) -> Vec<String> {
    let lines: Vec<String> = texts.iter().map(|text| STANDARD.encode(format!("{text}\n"))).collect();
    let mut all = secrets::forms(texts);
    all.extend(lines);
    let bare: Vec<String> =
        all.iter().filter_map(|text| text.strip_suffix('=')).map(|t| t.trim_end_matches('=').to_owned()).collect();
    all.extend(bare.into_iter().filter(|text| text.len() >= SHORTEST_OTHER));
    all
}

/// An object in which each leaf is what `leaf` makes of it: of its key, whether it is secret, and what it is.
fn leaves(object: &Object, leaf: &mut dyn FnMut(&str, bool, &Data) -> Data) -> Node {
    let Some(map) = object.node.as_map() else { return object.node.clone() };
    let is_secret = object.kind() == "Secret";
    let entries = map.iter().map(|(key, node)| {
        let name = key.to_text();
        (key.clone(), below(node, &name, is_secret && is_data(&name) || hides(&name), leaf))
    });
    Node::new(Data::map(entries.collect()))
}

fn below(node: &Node, key: &str, is_secret: bool, leaf: &mut dyn FnMut(&str, bool, &Data) -> Data) -> Node {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        let data = match &node.data {
            Data::Map(map) => {
                let variable = map.get("name".as_bytes()).and_then(Node::as_text).filter(|name| holds(name));
                let entries = map.iter().map(|(name, node)| {
                    let name = name.to_text();
                    let is_variable = variable.as_ref().filter(|_| name == "value");
                    let shown = is_variable.map_or(&*name, |variable| variable);
                    below(node, shown, is_secret || is_variable.is_some() || hides(&name), leaf)
                });
                Data::map(map.keys().cloned().zip(entries).collect())
            }
            Data::List(items) => Data::list(items.iter().map(|item| below(item, key, is_secret, leaf)).collect()),
            data => leaf(key, is_secret, data),
        };
        Node { data, origin: node.origin }
    })
}

fn is_data(key: &str) -> bool {
    matches!(key, "data" | "stringData")
}

/// The same for keys of objects. What Kubernetes calls secrets there are volumes, names and flags.
fn hides(key: &str) -> bool {
    const NO_SECRETS: [&str; 7] = [
        "secret",
        "secrets",
        "imagePullSecrets",
        "serviceAccountToken",
        "automountServiceAccountToken",
        "tokenRequests",
        "storeInSecret",
    ];
    holds(key) && !NO_SECRETS.contains(&key)
}

/// The steps of a path, without brackets and quotes.
fn steps(path: &str) -> Vec<String> {
    let parsed = steps_of(path);
    parsed.into_iter().map(|step| step.trim_matches('"').to_owned()).filter(|step| !step.is_empty()).collect()
}

fn steps_of(path: &str) -> Vec<String> {
    let (mut found, mut current, mut is_quoted) = (Vec::new(), String::new(), false);
    for sign in path.chars() {
        match sign {
            '"' => is_quoted = !is_quoted,
            '.' | '[' | ']' if !is_quoted => found.push(std::mem::take(&mut current)),
            sign => current.push(sign),
        }
    }
    found.push(current);
    found
}

/// A text without what stands in it as a secret does.
fn literals(text: &str) -> String {
    let mut shown = text.to_owned();
    if literals::may_hold(text) {
        literals::literals(text).into_iter().rev().for_each(|range| shown.replace_range(range, MASK));
    }
    shown
}

/// The secrets that stand in a text, to be looked for elsewhere.
fn given(text: &str) -> Vec<String> {
    if !literals::may_hold(text) {
        return Vec::new();
    }
    let found = literals::literals(text).into_iter().filter_map(|range| text.get(range).map(str::to_owned));
    found.filter(|text| secrets::is_telling(text) && text.len() >= SHORTEST_OTHER - 1).take(MOST_TEXTS).collect()
}

/// Hides what must not be shown, in all that a plan says.
///
/// Every field is named: one that is added later does not compile until somebody has thought of it here. Names of
/// objects and of the release stay.
pub fn mask(plan: &mut Plan, secrets: &Secrets) {
    let Plan {
        release: _,
        namespace: _,
        old,
        new,
        outcome: _,
        concerns,
        accepted,
        ignored,
        objects,
        values,
        restarts,
        hooks: _,
        claims,
        redis,
        notices,
        strategy,
        before,
        steps,
        after,
        rollback,
    } = plan;
    let hide = Hide(secrets);
    hide.side(old);
    hide.side(new);
    concerns.iter_mut().for_each(|concern| hide.concern(concern));
    for Accepted { concern, reason } in accepted {
        hide.concern(concern);
        secrets.text(reason);
    }
    for Ignored { object, change, reason } in ignored {
        hide.change(&object.kind, change);
        secrets.text(reason);
    }
    for ObjectPlan { id, verdict: _, renamed: _, changes, rejections, diff, is_hook: _ } in objects {
        changes.iter_mut().for_each(|change| hide.change(&id.kind, change));
        for Rejection { path, message, remedy, commands } in rejections {
            hide.texts([path, message, remedy]);
            hide.texts(commands);
        }
        secrets.text(diff);
    }
    for ValueChange { path, kind: _, old, new, place, is_read: _ } in values {
        // What a chart calls secret is its own word, not Kubernetes'.
        let is_secret = self::steps(path).iter().any(|step| holds(step));
        old.iter_mut().chain(new).for_each(|value| secrets.json(is_secret, value));
        hide.place(place);
        secrets.text(path);
    }
    for Restart { workload: _, pods: _, order: _, reasons, noise, notes } in restarts {
        hide.texts(reasons.iter_mut().chain(noise).chain(notes));
    }
    for ClaimPlan { name: _, workload: _, fate: _, old_size: _, new_size: _, note } in claims {
        secrets.text(note);
    }
    if let Some(RedisPlan { old: _, new: _, forward, backward, replication, version_notes }) = redis {
        hide.texts(forward.iter_mut().chain(backward).chain(replication).chain(version_notes));
    }
    for Notice { file, heading, text } in notices {
        hide.texts([file, heading, text]);
    }
    if let Some(Strategy { kind: _, reasons, rejected }) = strategy {
        hide.texts(reasons.iter_mut().chain(rejected.iter_mut().map(|(_, why)| why)));
    }
    before.iter_mut().chain(steps).chain(after).for_each(|step| hide.step(step));
    if let Some(Rollback { is_safe: _, reasons, triggers, steps }) = rollback {
        hide.texts(reasons.iter_mut().chain(triggers));
        steps.iter_mut().for_each(|step| hide.step(step));
    }
}

/// Hides in parts of a plan.
struct Hide<'s>(&'s Secrets);

impl Hide<'_> {
    fn texts<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        texts.into_iter().for_each(|text| self.0.text(text));
    }

    fn place(&self, place: &mut Option<Place>) {
        let Some(Place { file, line: _, column: _, length: _, excerpt }) = place else { return };
        let mut shown = file.to_string();
        self.0.text(&mut shown);
        if *shown != **file {
            *file = shown.into();
        }
        if let Some(line) = excerpt {
            *line = literals(line);
            self.0.text(line);
        }
    }

    fn side(&self, side: &mut SideFacts) {
        let SideFacts { source, chart: _, version: _, app_version: _, objects: _, problems } = side;
        self.0.text(source);
        for Problem { message, place, help } in problems {
            self.texts([message].into_iter().chain(help));
            self.place(place);
        }
    }

    fn concern(&self, concern: &mut Concern) {
        let Concern { code: _, message, object: _, path, place, help, commands } = concern;
        self.texts([message, path].into_iter().chain(help).chain(commands));
        self.place(place);
    }

    fn change(&self, object_kind: &str, change: &mut FieldChange) {
        let FieldChange { path, kind: _, old, new, causes, restarts: _ } = change;
        old.iter_mut().chain(new).for_each(|value| self.0.value(object_kind, path, value));
        self.0.text(path);
        causes.iter_mut().for_each(|cause| self.cause(cause));
    }

    fn cause(&self, cause: &mut Cause) {
        match cause {
            Cause::Value { value, place, by_user: _ } => {
                self.0.text(value);
                self.place(place);
            }
            Cause::Template { place } | Cause::Random { place } | Cause::Lookup { place } => self.place(place),
            Cause::ChartVersion | Cause::ChecksumNoise { .. } | Cause::Checksum { .. } => {}
        }
    }

    fn step(&self, step: &mut RunStep) {
        let RunStep { title, reason, commands } = step;
        self.texts([title, reason].into_iter().chain(commands));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(text: &str) -> Secrets {
        let side = |text: &str| Side::of_manifests("a.yaml", "r", "default", &[("a.yaml".into(), text.into())]);
        Secrets::of(&side(text), &side(""))
    }

    fn text(secrets: &Secrets, text: &str) -> String {
        let mut text = text.to_owned();
        secrets.text(&mut text);
        text
    }

    #[test]
    fn what_a_secret_holds_is_found_in_any_of_its_forms() {
        let known = secrets(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: redis-main}\nstringData: {redis-password: hunter22, port: '6379', host: redis-main}\n\
             data: {other: c3dvcmRmaXNoLTE=}\n",
        );
        // The password, its base64 with and without the end of a line, its sha256; another value of the Secret.
        for hidden in [
            "hunter22",
            "aHVudGVyMjI=",
            "aHVudGVyMjI",
            "aHVudGVyMjIK",
            "20d2fe5e369db54ec7090639a9dc30ec4d608604936239d39e2de07fda09eb0b",
            "swordfish-1",
            "c3dvcmRmaXNoLTE=",
        ] {
            assert_eq!(
                text(&known, &format!("is {hidden} here")).replace(MASK, "").replace('=', ""),
                "is  here",
                "{hidden}"
            );
        }
        for shown in ["redis-main", "6379"] {
            assert_eq!(text(&known, shown), shown);
        }
    }

    #[test]
    fn secrets_that_stand_in_settings_scripts_and_variables_are_found_too() {
        for (manifest, hidden) in [
            (
                "kind: ConfigMap\nmetadata: {name: a}\ndata: {redis.conf: \"port 1\\nrequirepass hunter22\\n\"}\n",
                "hunter22",
            ),
            (
                "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{env: [{name: DB_PASSWORD, value: hunter22}]}]}\n",
                "hunter22",
            ),
            (
                "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{args: [--requirepass, hunter22, '--masterauth=hunter33']}]}\n",
                "hunter33",
            ),
            ("kind: X\nmetadata: {name: a}\nspec: {auth: {password: hunter22}}\n", "hunter22"),
            ("kind: X\nmetadata: {name: a}\nspec: {url: 'redis://:hunter22@redis:6379'}\n", "hunter22"),
            (
                "kind: ConfigMap\nmetadata: {name: a}\ndata: {users.acl: 'user alice on >hunter22 ~* +@all'}\n",
                "hunter22",
            ),
        ] {
            let known = secrets(&format!("apiVersion: v1\n{manifest}"));
            assert_eq!(text(&known, hidden), MASK, "{manifest}");
        }
    }

    #[test]
    fn scripts_stay_readable() {
        let script = "if [[ -n \"$REDIS_PASSWORD\" ]]; then\n  export REDISCLI_AUTH=\"$REDIS_PASSWORD\"\nfi\n\
                      REDIS_PASSWORD=\"$(< \"${REDIS_PASSWORD_FILE}\")\"\n[[ -f $REDIS_PASSWORD_FILE ]] && x=1\n";
        assert_eq!(literals(script), script);
        assert_eq!(literals("PASSWORD=hunter22 run\nrequirepass hunter22\n"), "PASSWORD=*** run\nrequirepass ***\n");
        assert_eq!(
            literals("{\"password\": \"hunter22\", \"secretName\": \"a\"}"),
            "{\"password\": \"***\", \"secretName\": \"a\"}"
        );
        assert_eq!(literals("redis-cli --pass hunter22 ping"), "redis-cli --pass *** ping");
    }

    #[test]
    fn values_of_changes_are_hidden_by_kind_path_and_key() {
        let known = Secrets::default();
        let value = |kind: &str, path: &str, value: Json| {
            let mut value = value;
            known.value(kind, path, &mut value);
            value.to_string()
        };
        for (kind, path, given, want) in [
            ("Secret", "data.user", Json::from("Ym9i"), "\"***\""),
            ("Secret", "metadata.labels.a", Json::from("b"), "\"b\""),
            ("Pod", "spec.containers[a].env[DB_PASSWORD].value", Json::from("x"), "\"***\""),
            ("Pod", "spec.containers[a].env[DB_PASSWORD_FILE].value", Json::from("/x"), "\"/x\""),
            ("Pod", "spec.template.metadata.annotations.\"checksum/secret\"", Json::from("abc"), "\"***\""),
            ("Pod", "spec.volumes[s].secret.secretName", Json::from("x"), "\"x\""),
            ("Pod", "spec.automountServiceAccountToken", Json::from(true), "true"),
            (
                "X",
                "spec.auth",
                serde_json::json!({"password": 12345, "user": "bob"}),
                "{\"password\":\"***\",\"user\":\"bob\"}",
            ),
            (
                "Pod",
                "spec.env",
                serde_json::json!([{"name": "A_TOKEN", "value": "x"}]),
                "[{\"name\":\"A_TOKEN\",\"value\":\"***\"}]",
            ),
        ] {
            assert_eq!(value(kind, path, given), want, "{kind} {path}");
        }
    }

    #[test]
    fn another_value_is_seen_to_be_another() {
        let mut seen = Seen::default();
        let told = ["a", "b", "a", "c", ""].map(|text| seen.mark("key", text));
        assert_eq!(told, ["***", "*** (another value)", "***", "*** (value 3)", ""]);
    }
}
