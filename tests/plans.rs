//! Verdicts of plans, held against what a real API server and Helm made of the same upgrades.
//!
//! `tests/plans/outcomes.yaml` is recorded by `scripts/plan-on-apiserver`; nothing here needs a server.

#![cfg(feature = "kube-schemas")]

use chartwright::kube::{Minor, normalised};
use chartwright::plan::{Both, Compared, Settings, Side, Verdict, changes, plan};
use chartwright::value::Node;
use chartwright::{Chart, Compiled, Options, Values};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Words that the server has and we do not: it prints Go's types, or another of several complaints.
const OTHER_WORDS: &[&str] = &[
    "a number as a text",
    "a request above the limit",
    "a selector that does not fit",
    "a type of Service that is none",
    "an amount that is none",
];

fn list(file: &str) -> Vec<Node> {
    let text = std::fs::read_to_string(file).expect("a file");
    chartwright::yaml::decode(text.as_bytes()).expect("YAML").items().to_vec()
}

fn outcomes() -> Vec<Node> {
    list("tests/plans/outcomes.yaml")
}

fn text(case: &Node, key: &str) -> Option<String> {
    case.get(key).and_then(Node::as_text).map(|text| text.into_owned())
}

fn side(name: &str, objects: &[Node]) -> Side {
    let mut manifests = String::new();
    for object in objects {
        let json = chartwright::yaml::to_json(&object.to_value(), false).expect("JSON");
        manifests.push_str(&format!("---\n{}\n", String::from_utf8_lossy(&json)));
    }
    let file: (Arc<str>, Arc<str>) = (format!("r/templates/{name}.yaml").into(), manifests.into());
    Side::of_manifests(name, "r", "plan", &[file])
}

fn sides(case: &Node) -> (Side, Side) {
    let objects = |key: &str| case.get(key).map(Node::items).unwrap_or_default().to_vec();
    (side("old", &objects("old")), side("new", &objects("new")))
}

fn settings() -> Settings {
    Settings { kube: Minor(35), ..Settings::default() }
}

fn name(verdict: Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|name| name.as_str().map(str::to_owned)).expect("a name")
}

fn verdicts(case: &Node) -> BTreeMap<String, String> {
    let (old, new) = sides(case);
    let settings = settings();
    let both = Both::new(&old, &new, &settings);
    both.pairs.iter().map(|pair| (pair.id().to_string(), name(pair.verdict))).collect()
}

#[test]
fn p03_p04_every_verdict_is_what_the_server_did() {
    let cases = outcomes();
    let (mut wrong, mut table) = (String::new(), BTreeMap::<(String, String), usize>::new());
    for case in &cases {
        let title = text(case, "name").expect("a name");
        let found = verdicts(case);
        let outcome = case.get("outcome").and_then(Node::as_map).expect("a map");
        assert_eq!(found.len(), outcome.len(), "{title}: {found:?}");
        for (object, came) in outcome {
            let (object, came) = (object.to_text().into_owned(), came.as_text().expect("a text").into_owned());
            let verdict = found.get(&object).cloned().unwrap_or_default();
            if verdict != came {
                wrong.push_str(&format!("{title}: {object} is {verdict}, but was {came}\n"));
            }
            *table.entry((verdict, came)).or_default() += 1;
        }
    }
    println!("{table:#?}");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cases.len() >= 190, "{}", cases.len());
    let rejected = table.get(&("rejected".to_owned(), "rejected".to_owned())).copied().unwrap_or_default();
    assert!(rejected >= 60, "{rejected}");
}

#[test]
fn what_is_filled_in_is_what_the_server_fills_in() {
    let cases = list("tests/plans/stored.yaml");
    assert!(cases.len() >= 38, "{}", cases.len());
    for case in &cases {
        let (object, stored) = (case.get("object").expect("an object"), case.get("stored").expect("one"));
        let ours = normalised(Minor(35), object);
        let found = changes(&ours, &normalised(Minor(35), stored));
        assert!(found.is_empty(), "{:?}: {found:#?}", text(case, "name"));
        assert_eq!(ours, normalised(Minor(35), &ours), "{:?}", text(case, "name"));
    }
}

/// Whether a text is found where `…` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    pattern.split('…').all(|part| {
        let found = rest.find(part).and_then(|at| rest.get(at + part.len()..));
        rest = found.unwrap_or_default();
        found.is_some()
    })
}

/// Helm prints several complaints about one object in brackets.
fn one_by_one(refused: &str) -> String {
    refused.replace("is invalid: [", "is invalid: ")
}

fn rejected<'b, 's>(both: &'b Both<'s>) -> impl Iterator<Item = &'b Compared<'s>> {
    both.pairs.iter().filter(|pair| pair.verdict == Verdict::Rejected)
}

#[test]
fn p04_refusals_are_told_in_the_words_of_the_server() {
    let (mut wrong, mut told) = (String::new(), 0);
    for case in outcomes() {
        let title = text(&case, "name").expect("a name");
        let Some(refused) = text(&case, "refused") else { continue };
        let (old, new) = sides(&case);
        let settings = settings();
        let both = Both::new(&old, &new, &settings);
        for pair in rejected(&both) {
            for rejection in &pair.rejections {
                told += 1;
                let is_told = fits(&rejection.message, &one_by_one(&refused));
                if is_told == OTHER_WORDS.contains(&title.as_str()) {
                    wrong.push_str(&format!("{title}\n  ours: {}\n  theirs: {refused}\n", rejection.message));
                }
                assert!(!rejection.path.is_empty(), "{title}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(told >= 60, "{told}");
}

#[test]
fn p04_the_remedy_of_a_plan_is_the_one_that_was_tried() {
    let mut tried = 0;
    for case in outcomes() {
        let title = text(&case, "name").expect("a name");
        let Some(remedy) = case.get("remedy") else { continue };
        let want: Vec<String> =
            remedy.items().iter().filter_map(Node::as_text).map(|line| line.replace("-n NS ", "-n plan ")).collect();
        let (old, new) = sides(&case);
        let settings = settings();
        let both = Both::new(&old, &new, &settings);
        let found: Vec<&Vec<String>> =
            rejected(&both).flat_map(|pair| &pair.rejections).map(|rejection| &rejection.commands).collect();
        assert!(found.contains(&&want), "{title}: {found:?}");
        tried += 1;
    }
    assert!(tried >= 15, "{tried}");
}

#[test]
fn p04_larger_claims_are_patched_one_by_one() {
    let set = |size: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: redis}}, spec: {{replicas: 2, serviceName: redis, selector: \
             {{matchLabels: {{app: redis}}}}, template: {{metadata: {{labels: {{app: redis}}}}, spec: {{containers: [{{name: redis, \
             image: redis}}]}}}}, volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{accessModes: [ReadWriteOnce], \
             resources: {{requests: {{storage: {size}}}}}}}}}]}}}}"
        )
    };
    let read = |size: &str| side(size, &[chartwright::yaml::decode(set(size).as_bytes()).expect("YAML")]);
    let (old, new) = (read("8Gi"), read("16Gi"));
    let found = plan(&old, &new, &settings());
    let concern = found.concerns.first().expect("one");
    assert_eq!(concern.path, "spec.volumeClaimTemplates[data].spec.resources.requests.storage");
    assert_eq!(
        concern.commands,
        [
            r#"kubectl -n plan patch pvc data-redis-0 --type merge -p '{"spec":{"resources":{"requests":{"storage":"16Gi"}}}}'"#,
            r#"kubectl -n plan patch pvc data-redis-1 --type merge -p '{"spec":{"resources":{"requests":{"storage":"16Gi"}}}}'"#,
            "kubectl -n plan delete statefulset redis --cascade=orphan",
        ]
    );
    let smaller = plan(&new, &old, &settings());
    let concern = smaller.concerns.first().expect("one");
    assert_eq!(concern.commands, ["kubectl -n plan delete statefulset redis --cascade=orphan"]);
    assert!(concern.help.as_deref().is_some_and(|help| help.contains("claims never become smaller")), "{concern:?}");
}

#[test]
fn an_object_that_stands_twice_is_told_with_both_places() {
    let text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: a, namespace: plan}\n";
    let twice = Side::of_manifests("twice", "r", "plan", &[("r/templates/a.yaml".into(), text.into())]);
    let once = Side::of_manifests("once", "r", "plan", &[]);
    let found = plan(&once, &twice, &settings());
    let concern = found.concerns.first().expect("one");
    assert_eq!(
        concern.message,
        "`ConfigMap/a` stands 2 times on the new side: r/templates/a.yaml:1 and r/templates/a.yaml:5"
    );
}

#[test]
fn a_release_in_a_version_that_is_gone_cannot_be_upgraded_at_all() {
    let budget = |version: &str| {
        let text = format!(
            "{{apiVersion: {version}, kind: PodDisruptionBudget, metadata: {{name: a}}, spec: {{minAvailable: 1}}}}"
        );
        side(version, &[chartwright::yaml::decode(text.as_bytes()).expect("YAML")])
    };
    let found = plan(&budget("policy/v1beta1"), &budget("policy/v1"), &settings());
    let concern = found.concerns.first().expect("one");
    assert_eq!(
        concern.message,
        "unable to build kubernetes objects from current release manifest: resource mapping not found for name: \"a\" namespace: \
         \"\" from \"\": no matches for kind \"PodDisruptionBudget\" in version \"policy/v1beta1\""
    );
    assert_eq!(concern.commands, ["helm mapkubeapis r -n plan"]);
    // Where it is still served, nothing is wrong.
    let before = plan(
        &budget("policy/v1beta1"),
        &budget("policy/v1beta1"),
        &Settings { kube: Minor(24), ..Settings::default() },
    );
    assert!(before.concerns.is_empty(), "{:?}", before.concerns);
}

#[test]
fn definitions_in_crds_are_left_to_people() {
    let chart = |crds: &[(&str, &str)]| {
        let definition = |kind: &str, scope: &str| {
            format!(
                "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: {kind}s.example.com}}, spec: \
                 {{group: example.com, scope: {scope}, names: {{plural: {kind}s, kind: {kind}}}, versions: [{{name: v1, served: true, \
                 storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}]}}}}"
            )
        };
        let head = ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: c\nversion: 1.0.0\n".to_vec());
        let files =
            crds.iter().map(|(kind, scope)| (format!("crds/{kind}.yaml"), definition(kind, scope).into_bytes()));
        let chart = Chart::from_files(std::iter::once(head).chain(files)).expect("a chart");
        Side::of_chart(
            "./c",
            Compiled::new(&chart),
            Values::build(&[]).expect("no layers"),
            Options::default(),
            &Options::default(),
        )
    };
    let (old, new) = (
        chart(&[("a", "Namespaced"), ("b", "Namespaced")]),
        chart(&[("a", "Namespaced"), ("b", "Cluster"), ("c", "Cluster")]),
    );
    let found = plan(&old, &new, &settings());
    let told: Vec<&str> = found.concerns.iter().map(|concern| concern.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "`bs.example.com` changes in `crds/`, which Helm does not upgrade, and the API server refuses that: spec.scope: Invalid \
             value: \"Cluster\": field is immutable",
            "`cs.example.com` is new in `crds/`, which Helm installs with a new release only",
        ]
    );
    let commands = &found.concerns.first().expect("one").commands;
    assert_eq!(commands, &["helm show crds ./c | kubectl apply --server-side --force-conflicts -f -"]);
}
