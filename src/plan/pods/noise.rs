//! Checksums in the annotations of pods: what they stand for, and whether that changed.
//!
//! In: a workload of both sides. Out: [`Checksum`]s. A checksum is known by its value where it is the hash of a rendered
//! file or of an object's data; else by its name, among the objects that the pods use.

use crate::manifest::change::{Part, Path};
use crate::manifest::{Object, ObjectId};
use crate::plan::pods::references::references;
use crate::plan::pods::workload::{Move, Workload, namespace, plain};
use crate::plan::{Both, Cause, Change, ChangeKind, Compared, Identity, Side, changes};
use crate::value::{Data, Node, Str};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Hashes in hexadecimal, and what each is of.
pub(in crate::plan) type Hashes = BTreeMap<String, Vec<Identity>>;

/// An annotation of pods that changes and looks like a checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) struct Checksum {
    /// The annotation.
    pub annotation: String,
    /// What it stands for; empty where that is not known.
    pub of: Vec<ObjectId>,
    /// Whether it was known by its value, and not by its name alone.
    pub is_proved: bool,
    /// What it means that it changes.
    pub means: Means,
}

/// What it means that a checksum changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum Means {
    /// What it stands for has changed.
    Change,
    /// Only labels or annotations of what it stands for have changed.
    Noise,
    /// It is made of what is random, and differs in each render.
    Random,
    /// What it stands for is not known.
    Unknown,
}

impl Checksum {
    /// Why the annotation changes; the place of a random one is for others to find.
    pub fn causes(&self) -> Vec<Cause> {
        match self.means {
            Means::Change => self.of.iter().map(|of| Cause::Checksum { of: of.clone() }).collect(),
            Means::Noise => vec![Cause::ChecksumNoise { of: self.of.first().cloned() }],
            Means::Random => vec![Cause::Random { place: None }],
            Means::Unknown => Vec::new(),
        }
    }
}

/// Whether an annotation looks like a checksum of something.
fn is_checksum(key: &str, value: &str) -> bool {
    let is_hash = value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash || key.to_ascii_lowercase().contains("checksum")
}

/// The annotations of a workload's pods that change: name, and both values.
fn changed(of: &Move<'_, '_>) -> Vec<(String, Option<String>, Option<String>)> {
    let annotations = |workload: Option<Workload<'_>>| {
        let map = workload.and_then(|workload| workload.template()?.find("metadata.annotations"));
        map.map(crate::plan::pods::workload::texts).unwrap_or_default()
    };
    let (old, new) = (annotations(of.old), annotations(of.new));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let pick = |map: &BTreeMap<String, String>, key: &String| map.get(key).cloned();
    let all = keys.into_iter().map(|key| (key.clone(), pick(&old, key), pick(&new, key)));
    all.filter(|(_, old, new)| old != new).collect()
}

/// Every checksum of a workload's pods that changes.
pub(in crate::plan) fn checksums(both: &Both<'_>, of: &Move<'_, '_>) -> Vec<Checksum> {
    let look = |(key, old, new): &(String, Option<String>, Option<String>)| {
        let value = new.as_deref().or(old.as_deref()).unwrap_or_default();
        is_checksum(key, value)
    };
    let found: Vec<_> = changed(of).into_iter().filter(look).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let [of_old, of_new] = &both.hashes;
    let hashes = [of_old.get_or_init(|| hashes(both.old)), of_new.get_or_init(|| hashes(both.new))];
    let read = |(annotation, old, new): (String, Option<String>, Option<String>)| {
        let by_value = |hash: Option<&String>, hashes: &BTreeMap<String, Vec<Identity>>| -> Vec<Identity> {
            hash.and_then(|hash| hashes.get(hash)).cloned().unwrap_or_default()
        };
        let [before, after] = hashes;
        let mut known = [by_value(old.as_ref(), before), by_value(new.as_ref(), after)].concat();
        let is_proved = !known.is_empty();
        if !is_proved {
            known = by_name(of, &annotation);
        }
        known.sort();
        known.dedup();
        let pairs: Vec<&Compared<'_>> = known.iter().filter_map(|id| find(both, id)).collect();
        let is_random = is_random(both, of, &annotation);
        let means = match () {
            () if is_random => Means::Random,
            () if pairs.is_empty() => Means::Unknown,
            () if old.is_none() || new.is_none() => Means::Change,
            () if pairs.iter().all(|pair| is_unchanged(pair)) => Means::Noise,
            () => Means::Change,
        };
        let told = pairs.iter().filter(|pair| means != Means::Change || !is_unchanged(pair));
        Checksum { annotation, of: told.map(|pair| pair.id()).collect(), is_proved, means }
    };
    found.into_iter().map(read).collect()
}

fn find<'b, 's>(both: &'b Both<'s>, id: &Identity) -> Option<&'b Compared<'s>> {
    both.pairs.iter().find(|compared| {
        let is = |object: Option<&Object>, side: &Side| {
            object.is_some_and(|object| Identity::of(object, namespace(object, side)) == *id)
        };
        is(compared.pair.new, both.new) || is(compared.pair.old, both.old)
    })
}

/// Whether an object is on both sides and differs in nothing but its metadata.
fn is_unchanged(compared: &Compared<'_>) -> bool {
    let both = compared.pair.old.is_some() && compared.pair.new.is_some();
    both && compared.changes.iter().all(|change| change.path.is_below(&["metadata"]))
}

/// What charts hash, by the hash: the text of each rendered file, and of each object its data as YAML.
fn hashes(side: &Side) -> Hashes {
    let mut found = Hashes::new();
    let mut by_document: BTreeMap<usize, Vec<Identity>> = BTreeMap::new();
    for object in side.objects.iter().filter(|object| matches!(object.kind(), "ConfigMap" | "Secret")) {
        let id = Identity::of(object, namespace(object, side));
        by_document.entry(object.document).or_default().push(id.clone());
        for text in excerpts(&object.node) {
            found.entry(hash(&text)).or_default().push(id.clone());
        }
    }
    let mut by_file: BTreeMap<&str, Vec<Identity>> = BTreeMap::new();
    for (index, document) in side.attempt.documents.iter().enumerate() {
        let Some(ids) = by_document.get(&index) else { continue };
        by_file.entry(&document.path).or_default().extend(ids.iter().cloned());
        if side.attempt.files.is_empty() {
            for text in files_of(document.content()) {
                found.entry(hash(text.as_bytes())).or_default().extend(ids.iter().cloned());
            }
        }
    }
    for file in &side.attempt.files {
        if let Some(ids) = by_file.get(&*file.path) {
            found.entry(hash(file.text.as_bytes())).or_default().extend(ids.iter().cloned());
        }
    }
    found
}

fn hash(text: &[u8]) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The parts of an object that charts hash as YAML, without the last line's end as `toYaml` leaves them: `pick "data"`,
/// `omit "apiVersion" "kind" "metadata"`, and the data itself.
fn excerpts(object: &Node) -> Vec<Vec<u8>> {
    let Some(map) = object.as_map() else { return Vec::new() };
    let part = |keep: &dyn Fn(&str) -> bool| {
        let kept = map.iter().filter(|(key, _)| keep(&key.to_text()));
        Node::new(Data::map(kept.map(|(key, node)| (key.clone(), node.clone())).collect::<BTreeMap<Str, Node>>()))
    };
    let data = part(&|key| key == "data");
    let bare = part(&|key| !matches!(key, "apiVersion" | "kind" | "metadata"));
    let written = |node: &Node| {
        // All objects without data would be one.
        node.as_map().filter(|map| !map.is_empty())?;
        let mut text = crate::yaml::node_to_yaml(node).ok()?;
        if text.ends_with(b"\n") {
            text.pop();
        }
        Some(text)
    };
    let inner = map.get("data".as_bytes()).cloned();
    [Some(data), Some(bare), inner].into_iter().flatten().filter_map(|node| written(&node)).collect()
}

/// The texts that a file may have had before Helm printed its only document.
fn files_of(content: &str) -> Vec<String> {
    let text = match content.strip_prefix("# Source: ").and_then(|rest| rest.split_once('\n')) {
        Some((_, text)) => text,
        None => content,
    };
    let text = text.trim_end();
    let before = ["", "\n", "---\n", "\n---\n"];
    let after = ["\n", "", "\n\n"];
    before.iter().flat_map(|before| after.iter().map(move |after| format!("{before}{text}{after}"))).collect()
}

/// What an annotation may stand for by its name, among what the pods use: `checksum/scripts` and `redis-scripts`.
fn by_name(of: &Move<'_, '_>, annotation: &str) -> Vec<Identity> {
    let Some(workload) = of.either() else { return Vec::new() };
    let name = annotation.rsplit('/').next().unwrap_or(annotation).to_ascii_lowercase();
    let name = name.trim_start_matches("checksum").trim_matches(['-', '_', '.']);
    let words = |kind: &str| match kind {
        "Secret" => ["secret", "secrets", "credentials"].contains(&name),
        _ => ["config", "configmap", "configuration", "conf", "cm"].contains(&name),
    };
    let used: BTreeSet<(&str, String)> =
        references(workload).into_iter().map(|reference| (reference.kind, reference.name)).collect();
    let id = |(kind, name): &(&str, String)| Identity {
        group: String::new(),
        kind: (*kind).to_owned(),
        namespace: workload.namespace().to_owned(),
        name: name.clone(),
    };
    let ends: Vec<_> = used.iter().filter(|(_, object)| ends_with_word(object, name)).collect();
    if !ends.is_empty() {
        return ends.into_iter().map(id).collect();
    }
    // A general name means the only object of its kind, or the one that is named so in another word.
    let general: Vec<_> = used.iter().filter(|(kind, _)| words(kind)).collect();
    let named: Vec<_> = general
        .iter()
        .filter(|(_, object)| ["config", "configuration", "conf", "cm"].iter().any(|word| ends_with_word(object, word)))
        .collect();
    match (&named[..], &general[..]) {
        ([one], _) => vec![id(one)],
        (_, [one]) => vec![id(one)],
        _ => Vec::new(),
    }
}

fn ends_with_word(object: &str, word: &str) -> bool {
    let plural = format!("{word}s");
    let ends = |word: &str| {
        object.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with(['-', '.', '_']))
    };
    !word.is_empty()
        && (ends(word) || ends(&plural) || word.strip_suffix('s').is_some_and(|one| !one.is_empty() && ends(one)))
}

/// Whether an annotation of the pods differs between two renders of one side.
fn is_random(both: &Both<'_>, of: &Move<'_, '_>, annotation: &str) -> bool {
    let differs = |workload: Option<Workload<'_>>, side: &Side| {
        let Some(workload) = workload else { return false };
        let Some(again) = side.again(workload.object) else { return false };
        let value = |node: &Node| node.find("spec.template.metadata.annotations")?.get(annotation).and_then(plain);
        value(&again.node) != value(&workload.object.node)
    };
    differs(of.old, both.old) || differs(of.new, both.new)
}

/// The keys of a ConfigMap's or Secret's data that change, and whether each is there on both sides.
pub(in crate::plan) fn data_keys(changes: &[Change]) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
    for change in changes {
        let Path(parts) = &change.path;
        let (Some(Part::Key(field)), rest) = (parts.first(), parts.get(1)) else { continue };
        if !matches!(field.as_str(), "data" | "stringData" | "binaryData") {
            continue;
        }
        let changed = matches!(change.kind, ChangeKind::Changed(..) | ChangeKind::Reordered);
        match (rest, &change.kind) {
            (Some(Part::Key(key)), _) => found.push((key.clone(), changed)),
            (None, ChangeKind::Added(map) | ChangeKind::Removed(map)) => {
                let keys = map.as_map().into_iter().flatten();
                found.extend(keys.map(|(key, _)| (key.to_text().into_owned(), false)));
            }
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Keys of an object's data that differ between two renders of one side.
pub(in crate::plan) fn random_keys(both: &Both<'_>, compared: &Compared<'_>) -> BTreeSet<String> {
    let differing = |object: Option<&Object>, side: &Side| -> Vec<String> {
        let Some((object, other)) = object.and_then(|it| Some((it, side.again(it)?))) else { return Vec::new() };
        data_keys(&changes(&object.node, &other.node)).into_iter().map(|(key, _)| key).collect()
    };
    let old = differing(compared.pair.old, both.old);
    old.into_iter().chain(differing(compared.pair.new, both.new)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Settings;
    use crate::plan::pods::workload::moves;
    use crate::plan::testing::{chart, with};

    const SET: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: r-db}\nspec:\n  template:\n    metadata:\n      \
                       annotations:\n";
    const POD: &str = "    spec:\n      volumes:\n      - {name: a, configMap: {name: r-config}}\n      - {name: b, secret: \
                       {secretName: r-secret}}\n      containers: [{name: main, image: a}]\n";

    fn all(old: &Side, new: &Side) -> Vec<(String, String, bool, Means)> {
        let settings = Settings { kube: crate::kube::Minor(34), ..Settings::default() };
        let both = Both::new(old, new, &settings);
        let of = moves(&both);
        let sums = of.iter().flat_map(|of| checksums(&both, of));
        let names = |sum: &Checksum| sum.of.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        sums.map(|sum| (sum.annotation.clone(), names(&sum), sum.is_proved, sum.means)).collect()
    }

    /// A chart whose pods have one annotation over a ConfigMap with the chart's version in a label.
    fn hashed(version: &str, data: &str, by: &str) -> Side {
        let config = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: r-config, labels: {{v: \"{{{{ .Chart.Version }}}}\"}}}}\ndata:\n  \
             a.conf: {data}\n"
        );
        let set = format!("{SET}        checksum/odd-name: {{{{ {by} }}}}\n{POD}");
        chart(version, &[("config.yaml", &config), ("set.yaml", &set)], "")
    }

    const FILE: &str = r#"include (print $.Template.BasePath "/config.yaml") . | sha256sum"#;

    #[test]
    fn a_checksum_is_known_by_the_text_of_the_file_that_it_hashes() {
        let told = all(&hashed("1.0.0", "x", FILE), &hashed("1.0.1", "x", FILE));
        assert_eq!(told, [("checksum/odd-name".into(), "ConfigMap/r-config".into(), true, Means::Noise)]);
        let told = all(&hashed("1.0.0", "x", FILE), &hashed("1.0.1", "y", FILE));
        assert_eq!(told, [("checksum/odd-name".into(), "ConfigMap/r-config".into(), true, Means::Change)]);
    }

    #[test]
    fn a_checksum_over_the_data_alone_is_known_too() {
        let data =
            r#"pick (include (print $.Template.BasePath "/config.yaml") . | fromYaml) "data" | toYaml | sha256sum"#;
        assert_eq!(all(&hashed("1.0.0", "x", data), &hashed("1.0.1", "x", data)), []);
        let told = all(&hashed("1.0.0", "x", data), &hashed("1.0.1", "y", data));
        assert_eq!(told, [("checksum/odd-name".into(), "ConfigMap/r-config".into(), true, Means::Change)]);
    }

    #[test]
    fn the_file_is_found_again_in_what_helm_printed() {
        let printed = |version: &str| {
            let side = hashed(version, "x", FILE);
            let files = side.attempt.files.iter().map(|file| format!("---\n# Source: {}\n{}\n", file.path, file.text));
            let text: String = files.collect();
            Side::of_manifests("test", "r", "prod", &[("all.yaml".into(), text.into())])
        };
        let told = all(&printed("1.0.0"), &printed("1.0.1"));
        assert_eq!(told, [("checksum/odd-name".into(), "ConfigMap/r-config".into(), true, Means::Noise)]);
    }

    fn named(annotation: &str, config: &str) -> String {
        let object = |kind: &str, name: &str, data: &str| {
            format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\ndata: {{a: {data}}}\n---\n")
        };
        let set = format!("{SET}        {annotation}: \"{}\"\n{POD}", hash(config.as_bytes()));
        format!("{}{}{set}", object("ConfigMap", "r-config", config), object("Secret", "r-secret", "eA=="))
    }

    #[test]
    fn a_checksum_that_hashes_something_else_is_known_by_its_name() {
        for (annotation, of, means) in [
            ("checksum/config", "ConfigMap/r-config", Means::Change),
            ("checksum/configmap", "ConfigMap/r-config", Means::Change),
            ("checksum/secret", "Secret/r-secret", Means::Noise),
            ("checksum/secrets", "Secret/r-secret", Means::Noise),
            ("checksum/other", "", Means::Unknown),
        ] {
            let told = with(&named(annotation, "x"), &named(annotation, "y"), |both| all(both.old, both.new));
            assert_eq!(told, [(annotation.to_owned(), of.to_owned(), false, means)]);
        }
    }

    #[test]
    fn a_checksum_over_something_random_says_so() {
        let side = |version: &str| {
            let secret =
                "apiVersion: v1\nkind: Secret\nmetadata: {name: r-secret}\nstringData: {a: {{ randAlphaNum 9 }}}\n";
            let set = format!(
                "{SET}        checksum/secret: {{{{ include (print $.Template.BasePath \"/secret.yaml\") . | sha256sum }}}}\n{POD}"
            );
            chart(version, &[("secret.yaml", secret), ("set.yaml", &set)], "")
        };
        // The hash is of another draw than the Secret that is rendered, so that only its name tells.
        let told = all(&side("1.0.0"), &side("1.0.1"));
        assert_eq!(told, [("checksum/secret".into(), "Secret/r-secret".into(), false, Means::Random)]);
    }

    #[test]
    fn keys_that_are_random_are_known_by_the_second_render() {
        let side = |version: &str| {
            let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: {{ randAlphaNum 9 }}, b: {{ .Chart.Version | quote }}}\n";
            chart(version, &[("secret.yaml", secret)], "")
        };
        let (old, new) = (side("1.0.0"), side("1.0.1"));
        let settings = Settings { kube: crate::kube::Minor(34), ..Settings::default() };
        let both = Both::new(&old, &new, &settings);
        let keys: Vec<_> = both.pairs.iter().flat_map(|pair| random_keys(&both, pair)).collect();
        assert_eq!(keys, ["a"]);
    }
}
