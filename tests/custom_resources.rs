//! What a real API server said of custom resources is what `kube` says of them, by the definitions alone.
#![cfg(feature = "crd-rules")]

use chartwright::kube::{At, Minor, Problem, Schemas, show_path};
use chartwright::value::{Data, Node};
use chartwright::yaml::decode;

/// The entries of a list in tests/kube.
fn entries(file: &str) -> Vec<Node> {
    let path = format!("{}/tests/kube/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(&path).expect(&path);
    match decode(&text).expect("a list").data {
        Data::List(items) => items.to_vec(),
        _ => panic!("{file} holds no list"),
    }
}

fn schemas() -> Schemas {
    let mut schemas = Schemas::default();
    entries("definitions.yaml").iter().for_each(|crd| schemas.add(crd));
    schemas
}

fn check(schemas: &Schemas, case: &Node) -> Vec<Problem> {
    let object = case.get("object").expect("an object");
    schemas.check(Minor(35), object).expect("a kind of the definitions")
}

fn shown(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|one| format!("{}: {}: {}", show_path(&one.path), one.rule, one.message)).collect()
}

/// Paths without quotes: `limits[cpu]` and `limits.cpu` are one.
fn plain(path: &str) -> String {
    path.replace(['[', ']'], ".").split('.').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

#[test]
fn what_the_server_refuses_by_a_definition_is_found_at_the_same_path() {
    let (schemas, cases) = (schemas(), entries("custom-refused.yaml"));
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let problems = check(&schemas, case);
        let causes = At::object(case);
        let told: Vec<(String, &str)> = causes
            .list("causes")
            .map(|cause| {
                (plain(cause.text_of("path").unwrap_or_default()), cause.text_of("message").unwrap_or_default())
            })
            .collect();
        let name = case.get("name").and_then(Node::as_text).unwrap_or_default();
        let ours: Vec<String> = problems.iter().map(|one| plain(&show_path(&one.path))).collect();
        // The server tells of the form that is nearest too; here that is in the message.
        let is_in_form = |path: &str| {
            let forms = problems.iter().filter(|problem| problem.rule == "no-allowed-form");
            forms.map(|problem| plain(&show_path(&problem.path))).any(|form| path.starts_with(&form))
        };
        for (path, message) in &told {
            // We may know better which part of it is meant: the item of a list, the key of a map.
            let below = format!("{path}.");
            let is_below = !message.contains("Required") && ours.iter().any(|own| own.starts_with(&below));
            if ours.contains(path) || is_below || is_in_form(path) {
                continue;
            }
            wrong.push_str(&format!("{name}\n  missed {path}: {message}\n  found {:?}\n", shown(&problems)));
        }
        for (path, line) in ours.iter().zip(shown(&problems)) {
            // Of what stands in a list twice, the server names the item and we its key.
            let is_told = told.iter().any(|(other, _)| other == path || path.starts_with(&format!("{other}.")));
            if !is_told {
                wrong.push_str(&format!("{name}\n  invented {line}\n  told {told:?}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines\n{wrong}", wrong.lines().count());
}

#[test]
fn what_the_server_accepts_by_a_definition_is_no_problem() {
    let (schemas, cases) = (schemas(), entries("custom-accepted.yaml"));
    assert!(cases.len() >= 15, "{}", cases.len());
    for case in &cases {
        let problems = check(&schemas, case);
        assert!(problems.is_empty(), "{:?}: {:?}", case.get("name"), shown(&problems));
    }
}

/// The problems of `{spec: SPEC}` by a definition whose spec has these rules and fields.
fn by_rule(rules: &str, fields: &str, spec: &str) -> Vec<Problem> {
    let crd = format!(
        "{{kind: CustomResourceDefinition, spec: {{group: example.com, scope: Namespaced, names: {{kind: A, plural: as}}, \
         versions: [{{name: v1, schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, \
         x-kubernetes-validations: {rules}, properties: {fields}}}}}}}}}}}]}}}}"
    );
    let schemas = Schemas::from_crd(&decode(crd.as_bytes()).expect("a definition"));
    let object = format!("{{apiVersion: example.com/v1, kind: A, metadata: {{name: a}}, spec: {spec}}}");
    schemas.check(Minor(35), &decode(object.as_bytes()).expect("an object")).expect("its kind")
}

#[test]
fn an_expression_that_cannot_be_judged_is_no_problem() {
    let fields = "{a: {type: integer}, l: {type: array, items: {type: integer}}}";
    let long = format!("{}self.a == 1", "self.a == 1 && ".repeat(2000));
    let nested = format!("{}self.a{} == 1", "(".repeat(3000), ")".repeat(3000));
    let sum = format!("self.a{} == 1", " + 1".repeat(1900));
    for rule in [
        "self.a == oldSelf.a",
        "quantity(self.a).isGreaterThan(quantity('1'))",
        "self.missing.field == 1",
        "self.a ==",
        "self.a + 'x' == 'x'",
        "self.l.all(a, self.l.all(b, self.l.all(c, self.l.all(d, a + b + c + d < 0))))",
        "self.a / 0 == 1",
        &long,
        &nested,
    ] {
        let list: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let spec = format!("{{a: 2, l: [{}]}}", list.join(","));
        let problems = by_rule(&format!("[{{rule: {rule:?}}}]"), fields, &spec);
        assert_eq!(shown(&problems), Vec::<String>::new(), "{}", rule.chars().take(60).collect::<String>());
    }
    // However deep an expression is, it is judged where it can be.
    let signs = format!("{}(self.a == 1)", "!".repeat(8000));
    for rule in [sum, signs] {
        assert_eq!(by_rule(&format!("[{{rule: {rule:?}}}]"), fields, "{a: 2}").len(), 1);
    }
}

#[test]
fn a_broken_rule_tells_its_message_or_else_its_text() {
    let fields = "{a: {type: integer}}";
    let told = |rules, spec| shown(&by_rule(rules, fields, spec));
    let text = "spec: broken-definition-rule: breaks the rule `self.a > 3` of its definition";
    assert_eq!(told("[{rule: 'self.a >  3'}]", "{a: 1}"), [text]);
    let text = "spec.a: broken-definition-rule: breaks a rule of its definition: a is small";
    assert_eq!(told("[{rule: 'self.a > 3', message: a is small, fieldPath: .a}]", "{a: 1}"), [text]);
    assert!(told("[{rule: 'self.a > 3'}]", "{a: 4}").is_empty());
}

#[test]
fn forms_within_forms_take_no_longer_with_each_level() {
    let mut form = "{required: [b]}".to_owned();
    for _ in 0..60 {
        form = format!("{{anyOf: [{form}, {{required: [c]}}]}}");
    }
    let crd = format!(
        "{{kind: CustomResourceDefinition, spec: {{group: example.com, scope: Namespaced, names: {{kind: A, plural: as}}, \
         versions: [{{name: v1, schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, \
         properties: {{a: {{type: integer}}, b: {{type: integer}}, c: {{type: integer}}}}, anyOf: [{form}]}}}}}}}}}}]}}}}"
    );
    let schemas = Schemas::from_crd(&decode(crd.as_bytes()).expect("a definition"));
    let object =
        decode(b"{apiVersion: example.com/v1, kind: A, metadata: {name: a}, spec: {a: 1}}").expect("an object");
    let problems = schemas.check(Minor(35), &object).expect("its kind");
    assert_eq!(problems.iter().map(|one| one.rule).collect::<Vec<_>>(), ["no-allowed-form"]);
}
