//! Holds objects against a rule that is data.
//!
//! In: a rule and a case. Out: findings. Workloads and their containers are those that all rules share; the path of an
//! entry is only written out for a finding.

use super::scope::{Run, Scope, Seen, ShownContainer};
use super::{DataRule, ENGINE, steps, why};
use crate::diag::Diagnostic;
use crate::lint::rules::objects::{Container, Workload};
use crate::lint::{Case, Findings, Object};
use crate::path::Step;
use crate::tamed;
use crate::value::{Data, Node};
use minijinja::Expression;
use minijinja::value::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// What a rule looks at.
#[derive(Debug)]
pub(super) enum Reach {
    /// Entries of the list or map at the end of a way from the object; the object itself without a way.
    Object(Vec<Step>),
    /// The same from the pod spec of a workload.
    Pod(Vec<Step>),
    /// The same from each container of a workload.
    Containers(Vec<Step>),
}

impl Reach {
    pub fn of(each: &str) -> Reach {
        let mut way = steps(each);
        let first = if let Some(Step::Key(first)) = way.first() { first.as_str() } else { "" };
        let reach = match first {
            "pod" => Reach::Pod,
            "containers" => Reach::Containers,
            _ => return Reach::Object(way),
        };
        way.remove(0);
        reach(way)
    }
}

/// The expressions of a rule as one: nothing to find, or it is as expected.
#[derive(Debug)]
pub(super) struct Compiled(Expression<'static, 'static>);

impl Compiled {
    fn new(rule: &DataRule) -> Result<Compiled, String> {
        let compile = |text: &str| tamed::compile_expression(&ENGINE, text).map_err(|error| why(&error));
        if rule.when.is_empty() {
            return compile(&rule.expect).map(Compiled);
        }
        // Each must be an expression by itself.
        if !rule.is_built_in {
            compile(&rule.when)?;
            compile(&rule.expect)?;
        }
        compile(&format!("not ({}) or ({})", rule.when, rule.expect)).map(Compiled)
    }
}

/// A step down an object, without a copy of its key.
#[derive(Debug, Clone)]
enum Short<'n> {
    Key(Cow<'n, str>),
    Index(usize),
}

impl From<&Short<'_>> for Step {
    fn from(step: &Short<'_>) -> Step {
        match step {
            Short::Key(key) => Step::Key(key.clone().into_owned()),
            Short::Index(index) => Step::Index(*index),
        }
    }
}

/// A node that is looked at, and the way to it from where the rule begins.
type Spot<'n> = (Vec<Short<'n>>, &'n Node);

/// Where a rule begins: at an object, at its pod spec, at a container.
#[derive(Clone, Copy)]
struct Begin<'c> {
    object: &'c Object,
    workload: Option<&'c Workload>,
    container: Option<&'c Container>,
}

impl DataRule {
    /// The expressions, compiled when they are first needed; or what is wrong with them.
    pub(super) fn compiled(&self) -> &Result<Compiled, String> {
        self.compiled.get_or_init(|| Compiled::new(self))
    }

    /// Looks at every object of the rule's kinds.
    pub(in crate::lint) fn check(&self, case: &Case, findings: &mut Findings) {
        let facts = case.facts();
        let mut look = Look { rule: self, case, findings, run: None, is_over: false };
        let is_of_kind = |object: &Object| self.kinds.is_empty() || self.kinds.iter().any(|k| k == object.kind());
        let workloads = || facts.workloads.iter().filter(|workload| is_of_kind(&workload.object));
        match &self.reach {
            Reach::Object(way) if self.kinds.is_empty() => {
                for (index, object) in case.objects.iter().enumerate() {
                    let begin = Begin { object, workload: facts.workload_at(index), container: None };
                    look.at(begin, &object.node, way);
                }
            }
            Reach::Object(way) => {
                for index in self.kinds.iter().flat_map(|kind| facts.of_kind(kind)) {
                    let Some(object) = case.objects.get(*index) else { continue };
                    let begin = Begin { object, workload: facts.workload_at(*index), container: None };
                    look.at(begin, &object.node, way);
                }
            }
            Reach::Pod(way) => {
                for workload in workloads() {
                    let begin = Begin { object: &workload.object, workload: Some(workload), container: None };
                    look.at(begin, &workload.spec, way);
                }
            }
            Reach::Containers(way) => {
                for workload in workloads() {
                    for container in &workload.containers {
                        let (object, workload) = (&workload.object, Some(workload));
                        look.at(Begin { object, workload, container: Some(container) }, &container.node, way);
                    }
                }
            }
        }
    }
}

/// A rule that looks at a case.
struct Look<'l> {
    rule: &'l DataRule,
    case: &'l Case,
    findings: &'l mut Findings,
    /// Made for the first object.
    run: Option<Arc<Run>>,
    /// The rule is wrong: once is enough.
    is_over: bool,
}

impl Look<'_> {
    /// Looks at the entries at the end of a way.
    fn at(&mut self, begin: Begin<'_>, node: &Node, way: &[Step]) {
        if self.is_over {
            return;
        }
        if way.is_empty() {
            return self.spot(begin, &(Vec::new(), node), &begin.seen());
        }
        let spots = spots(node, way);
        if spots.is_empty() {
            return;
        }
        let seen = begin.seen();
        spots.iter().for_each(|spot| self.spot(begin, spot, &seen));
    }

    /// Looks at one entry, for each of the words.
    fn spot(&mut self, begin: Begin<'_>, spot: &Spot<'_>, seen: &Arc<Seen>) {
        let rule = self.rule;
        if rule.words.is_empty() {
            return self.judge(begin, spot, seen, None);
        }
        rule.words.iter().for_each(|word| self.judge(begin, spot, seen, Some(word)));
    }

    fn judge(&mut self, begin: Begin<'_>, (trail, node): &Spot<'_>, seen: &Arc<Seen>, word: Option<&String>) {
        let rule = self.rule;
        let Compiled(expression) = match rule.compiled() {
            Ok(compiled) => compiled,
            Err(why) => return self.failed(why),
        };
        if self.is_over {
            return;
        }
        let run = self.run.get_or_insert_with(|| Arc::new(Run::new(self.case, &rule.id)));
        let scope = Value::from_object(Scope {
            run: Arc::clone(run),
            seen: Arc::clone(seen),
            item: (*node).clone(),
            step: trail.last().map(Step::from),
            container: begin.container.map(ShownContainer::of),
            word: word.cloned(),
        });
        match expression.eval(&scope) {
            Ok(answer) if answer.is_true() => {}
            Ok(_) => self.found(begin, trail, &scope),
            Err(error) => self.failed(&why(&error)),
        }
    }

    fn found(&mut self, begin: Begin<'_>, trail: &[Short<'_>], scope: &Value) {
        let rule = self.rule;
        let said = tamed::render(&ENGINE, &rule.message, scope);
        let below = tamed::render(&ENGINE, &rule.path, scope);
        match (said, below) {
            (Ok(said), Ok(below)) => {
                let mut found = Diagnostic::error(rule.id.clone(), said.trim());
                found.severity = rule.severity;
                found.help = (!rule.fix.is_empty()).then(|| rule.fix.trim().to_owned());
                self.findings.on_as(found, self.case, begin.object, &self.path(begin, trail, &below));
            }
            (Err(error), _) | (_, Err(error)) => self.failed(&why(&error)),
        }
    }

    /// The way from the object to what a path names.
    fn path(&self, begin: Begin<'_>, trail: &[Short<'_>], below: &str) -> Vec<Step> {
        let mut path = match (&self.rule.reach, begin) {
            (Reach::Containers(_), Begin { container: Some(container), .. }) => container.path.clone(),
            (Reach::Pod(_), Begin { workload: Some(workload), .. }) => workload.way(""),
            _ => Vec::new(),
        };
        match (below.trim().strip_prefix("pod."), begin.workload) {
            (Some(below), Some(workload)) => {
                path = workload.way("");
                path.extend(steps(below));
            }
            _ => {
                path.extend(trail.iter().map(Step::from));
                path.extend(steps(below));
            }
        }
        path
    }

    /// The rule itself is wrong. One of this crate compiles, as a test shows: what it cannot be applied to is an object
    /// with a text where a list belongs, which is the matter of other rules.
    fn failed(&mut self, why: &str) {
        if self.rule.is_built_in || self.is_over {
            return;
        }
        self.is_over = true;
        let text = format!("rule `{}` cannot be applied: {why}", self.rule.id);
        self.findings.told_as_is(Diagnostic::error("bad-rule", text).at(self.rule.expect_place.clone()));
    }
}

impl Begin<'_> {
    fn seen(&self) -> Arc<Seen> {
        match self.workload {
            Some(workload) => Arc::clone(workload.seen()),
            None => Arc::new(Seen::object(self.object)),
        }
    }
}

/// The entries of the lists and maps at the end of a way; lists on the way are walked.
fn spots<'n>(node: &'n Node, way: &[Step]) -> Vec<Spot<'n>> {
    let mut level: Vec<Spot<'n>> = vec![(Vec::new(), node)];
    for step in way {
        let flat = level.into_iter().flat_map(|(trail, node)| match (&node.data, step) {
            (Data::List(_), Step::Key(_)) => children(&trail, node),
            _ => vec![(trail, node)],
        });
        let down = |(mut trail, node): Spot<'n>| {
            let (own, node) = match (step, &node.data) {
                (Step::Key(key), Data::Map(map)) => {
                    let (key, node) = map.get_key_value(key.as_bytes())?;
                    (Short::Key(key.to_text()), node)
                }
                (Step::Index(index), Data::List(items)) => (Short::Index(*index), items.get(*index)?),
                _ => return None,
            };
            trail.push(own);
            Some((trail, node))
        };
        level = flat.filter_map(down).collect();
    }
    level.into_iter().flat_map(|(trail, node)| children(&trail, node)).collect()
}

/// The entries of a list or map.
fn children<'n>(trail: &[Short<'n>], node: &'n Node) -> Vec<Spot<'n>> {
    let below = |step: Short<'n>, node: &'n Node| {
        let mut trail = trail.to_vec();
        trail.push(step);
        (trail, node)
    };
    match &node.data {
        Data::List(items) => items.iter().enumerate().map(|(index, node)| below(Short::Index(index), node)).collect(),
        Data::Map(map) => map.iter().map(|(key, node)| below(Short::Key(key.to_text()), node)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::{Config, Finding, LintInput, lint};
    use std::sync::Arc;

    const PODS: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web, tier: x}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsUser: 5}
      initContainers:
      - name: first
      containers:
      - name: main
        env: [{name: A}, {name: B, value: x}]
        resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {cpu: 1, memory: 1Gi}}
        volumeMounts: [{name: data, mountPath: /data}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {a.b: x, c: y}
";

    /// What a configuration with these rules finds in the manifests: paths and messages.
    fn found(config: &str) -> Vec<(String, String)> {
        let config = Config::read("chartwright.yaml", config.as_bytes(), &|_| Err("no file".into()));
        let own: Vec<String> = config.custom.iter().map(|rule| rule.id.clone()).collect();
        let manifests = vec![(Arc::from("a.yaml"), Arc::from(PODS))];
        let is_own = |found: &Finding| found.rule() == "bad-rule" || own.iter().any(|id| id == found.rule());
        let all = lint(&LintInput { manifests, config: Arc::new(config), ..LintInput::default() });
        all.into_iter().filter(is_own).map(|found| (found.path, found.diagnostic.message)).collect()
    }

    fn rule(fields: &str) -> Vec<(String, String)> {
        found(&format!("custom:\n- {{id: own, {fields}}}\n"))
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(path, message)| ((*path).to_owned(), (*message).to_owned())).collect()
    }

    #[test]
    fn a_rule_is_applied_for_each_of_its_words() {
        let fields = "each: containers, words: [cpu, memory], when: 'item.resources.limits[word] is present', \
            expect: 'item.resources.requests[word] | quantity >= item.resources.limits[word] | quantity', \
            message: '{{ item.name }} of {{ id }}: {{ word }}', path: 'resources.requests.{{ word }}'";
        let path = "spec.template.spec.containers[0].resources.requests.cpu";
        assert_eq!(rule(fields), pairs(&[(path, "main of Deployment/web: cpu")]));
    }

    #[test]
    fn what_when_does_not_hold_for_is_passed_over() {
        let fields = "each: containers.env, when: 'not is_init and not item.value', expect: 'false', \
            message: '{{ container.name }} {{ index }}'";
        assert_eq!(rule(fields), pairs(&[("spec.template.spec.containers[0].env[0]", "main 0")]));
    }

    #[test]
    fn a_path_may_lead_to_the_pod() {
        let fields = "each: containers, when: is_init, expect: 'pod.securityContext.runAsUser > 9', message: x, \
            path: pod.securityContext.runAsUser";
        assert_eq!(rule(fields), pairs(&[("spec.template.spec.securityContext.runAsUser", "x")]));
    }

    #[test]
    fn workloads_show_their_mounts_and_replicas_and_others_none() {
        let fields = "expect: 'mounts is defined and replicas > 3', \
            message: \"{{ name }}: {{ replicas }} {{ mounts | map(attribute='container') | join }}\"";
        assert_eq!(rule(fields), pairs(&[("", "web: 3 main"), ("", "web:")]));
    }

    #[test]
    fn a_selector_is_held_against_the_labels_of_pods() {
        let fields = "kinds: [Deployment], expect: 'object.spec.selector is selecting(labels)', \
            message: '{{ object.spec.selector | selector }} {{ labels.app }}', path: spec.selector";
        assert_eq!(rule(fields), pairs(&[("spec.selector", "app=web,tier=x web")]));
        assert_eq!(rule("kinds: [ConfigMap], expect: 'object.spec.selector is selecting(labels)', message: x"), []);
    }

    #[test]
    fn keys_with_dots_are_one_step() {
        let fields = "kinds: [ConfigMap], each: data, expect: \"'.' not in key\", message: '{{ key }}={{ item }}'";
        assert_eq!(rule(fields), pairs(&[("data.\"a.b\"", "a.b=x")]));
    }

    #[test]
    fn parameters_of_the_configuration_reach_the_rule() {
        let own = "custom:\n- {id: own, kinds: [Deployment], expect: 'replicas >= params.least | default(2)', message: few}\n";
        assert_eq!(found(own), Vec::new());
        assert_eq!(found(&format!("{own}parameters: {{own: {{least: 4}}}}\n")), pairs(&[("", "few")]));
    }

    #[test]
    fn a_message_may_count_and_join_but_neither_double_nor_keep() {
        let message = "{% if index == 0 %}{{ item.name ~ \"-\" * 2 ~ (index + 1) }}{% endif %}";
        let fields = format!("each: containers.env, when: 'not item.value', expect: 'false', message: '{message}'");
        assert_eq!(rule(&fields), pairs(&[("spec.template.spec.containers[0].env[0]", "A--1")]));
        for message in
            ["{% set a = name %}".to_owned() + &"{% set a = a ~ a %}".repeat(60), "{% set a %}{% endset %}".into()]
        {
            let told = rule(&format!("expect: 'false', message: '{message}'"));
            assert!(told.iter().all(|(_, told)| told.contains("rule `own`")) && !told.is_empty(), "{told:?}");
        }
    }

    #[test]
    fn a_rule_that_fails_is_told_once_and_each_expression_stands_for_itself() {
        let told = |fields: &str| rule(fields).into_iter().map(|(_, message)| message).collect::<Vec<_>>();
        let failed = told("each: containers, expect: 'item.name | nothing', message: x");
        assert_eq!(failed, ["rule `own` cannot be applied: unknown filter: filter nothing is unknown"]);
        assert_eq!(told("when: 'true) and (false', expect: 'true', message: x").len(), 1);
    }
}
