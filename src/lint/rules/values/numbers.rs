//! Numbers that become other texts than the user wrote.

use crate::diag::{Place, Severity};
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::{Step, show};
use crate::value::{Data, Node};
use crate::values::LayerKind;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[LARGE, TEXT];

const LARGE: Rule = Rule {
    id: "large-number-as-float",
    severity: Severity::Warning,
    summary: "a large number is printed with an exponent",
    why: "Numbers of values files are floats to Helm: 1000000 comes out as 1e+06, which what reads the text may not take.",
    fix: "Convert it, `{{ .Values.x | int64 }}`, or put the number in quotes in values.yaml.",
    on: On::Default,
    check: Check::Case(large),
};

const TEXT: Rule = Rule {
    id: "set-number-stays-text",
    severity: Severity::Warning,
    summary: "--set makes a text of what is a number in values.yaml",
    why: "`--set` knows whole numbers only: 0.5 and 1e3 become texts, unlike in a values file, and a template that compares or prints them does another thing.",
    fix: "Use --set-json, or a values file.",
    on: On::Default,
    check: Check::Case(texts),
};

fn large(case: &Case, findings: &mut Findings) {
    let Some(prepared) = &case.attempt.prepared else { return };
    for file in &case.attempt.files {
        let mut told = BTreeSet::new();
        let text = file.text.as_bytes();
        for at in memchr::memmem::find_iter(text, b"e+") {
            let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
            let start = (0..at).rev().take_while(|at| is_digit(*at) || text.get(*at) == Some(&b'.')).last();
            let Some(start) = start.filter(|_| is_digit(at + 2) && is_digit(at + 3)) else { continue };
            let end = (at + 2..text.len()).find(|at| !is_digit(*at)).unwrap_or(text.len());
            let line_start = file.text.get(..start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
            let line = file.text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            // A plain number is one to the API server, whatever its looks.
            let number = file.text.get(start..end).unwrap_or_default();
            if line.trim_end().ends_with(&format!(": {number}")) || line.trim_start() == format!("- {number}") {
                continue;
            }
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let row = count(file.text.get(..start).map_or(0, |head| head.matches('\n').count()) + 1);
            let Some(written) = case.attempt.written_by(&file.path, row, count(start - line_start + 1)) else {
                continue;
            };
            let is_large = |path: &&Vec<Step>| {
                let node = path.iter().try_fold(&prepared.values, |node, step| node.step(step));
                node.is_some_and(|node| matches!(node.data, Data::Float(number) if number.abs() >= 1e6))
            };
            let Some(path) = written.values.iter().find(is_large) else { continue };
            if told.insert(written.place.clone()) {
                let path = show(path);
                let text = format!("`{path}` is printed as `{number}`");
                let finding = findings.value(&LARGE, &path, Some(written.place), text);
                finding.diagnostic.calls = written.calls;
            }
        }
    }
}

fn texts(case: &Case, findings: &mut Findings) {
    let Some(prepared) = &case.attempt.prepared else { return };
    let mut walk = vec![(Vec::new(), prepared.user(), prepared.charts.chart.values())];
    while let Some((path, user, defaults)) = walk.pop() {
        match (&user.data, &defaults.data) {
            (Data::Map(entries), Data::Map(_)) => {
                for (key, below) in &**entries {
                    let key = key.to_text();
                    let Some(default) = defaults.get(&key) else { continue };
                    let mut path: Vec<Step> = path.clone();
                    path.push(Step::Key(key.into_owned()));
                    walk.push((path, below, default));
                }
            }
            (Data::Str(text), Data::Float(_)) => {
                let layer = prepared.layers.get(user.origin.layer as usize);
                let is_number = text.to_utf8().is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
                if layer.is_some_and(|layer| layer.kind == LayerKind::Set) && is_number {
                    let path = show(&path);
                    let place = set_place(&prepared.layers, &path, user);
                    findings.value(
                        &TEXT,
                        &path,
                        place,
                        format!("`{path}` is a number by default, and a text by this flag"),
                    );
                }
            }
            _ => {}
        }
    }
}

/// The flag that set a value.
fn set_place(layers: &[crate::values::LayerInfo], path: &str, node: &Node) -> Option<Place> {
    let layer = layers.get(node.origin.layer as usize)?;
    Some(Place::file(Arc::from(format!("--set {path}")))).filter(|_| !layer.name.is_empty())
}
