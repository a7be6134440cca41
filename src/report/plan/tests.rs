//! What all formats promise together.

use super::{Detail, Look, html, json, markdown, samples, text};
use crate::plan::mask::{Secrets, mask};
use crate::plan::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Holds a text against tests/snapshots/plan@NAME.snap.
fn hold(name: &str, told: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("plan@{name}"), told));
}

fn look(details: &[Detail]) -> Look {
    Look { details: details.to_vec(), ..Look::default() }
}

/// Every format, with all there is to show.
fn all(plan: &Plan) -> Vec<(&'static str, String)> {
    let all = look(&[Detail::All, Detail::SideBySide]);
    vec![
        ("text", text::print(plan, &Look::default())),
        ("text with all", text::print(plan, &look(&[Detail::All]))),
        ("columns", text::print(plan, &all)),
        ("markdown", markdown::print(plan, &all)),
        ("json", json::print(plan)),
        ("html", html::print(plan, &all)),
    ]
}

#[test]
fn the_summary_is_what_somebody_reads_first() {
    hold("text-attention", &text::print(&samples::bitnami(), &Look::default()));
    hold("text-refused", &text::print(&samples::refused(), &Look::default()));
    hold("text-safe", &text::print(&samples::safe(), &Look::default()));
    hold("text-broken", &text::print(&samples::broken(), &Look::default()));
    hold("text-nothing", &text::print(&samples::nothing(), &Look::default()));
}

#[test]
fn details_are_shown_on_request() {
    hold("text-all", &text::print(&samples::bitnami(), &look(&[Detail::All])));
    hold("text-columns", &text::print(&samples::refused(), &look(&[Detail::SideBySide])));
}

#[test]
fn other_formats_say_the_same() {
    hold("markdown-attention", &markdown::print(&samples::bitnami(), &Look::default()));
    hold("markdown-refused", &markdown::print(&samples::refused(), &Look::default()));
    hold("html-refused", &html::print(&samples::refused(), &Look::default()));
    hold("json-refused", &json::print(&samples::refused()));
}

#[test]
fn a_terminal_of_100_columns_breaks_nothing_but_commands() {
    for plan in [samples::bitnami(), samples::refused(), samples::safe(), samples::broken()] {
        let told = text::print(&plan, &look(&[Detail::Changes, Detail::Values, Detail::Labels, Detail::Notices]));
        for line in told.lines().filter(|line| line.chars().count() > 100) {
            // A path or an image is one word, and commands are copied.
            let words = line.split_whitespace().map(|word| word.chars().count()).max().unwrap_or_default();
            assert!(line.contains("kubectl") || words > 60, "{line}");
        }
    }
}

#[test]
fn a_terminal_is_told_nothing_that_it_would_obey() {
    let mut plan = samples::bitnami();
    plan.concerns.push(Concern::new(ConcernCode::Note, "\u{1b}[31mred\u{7}"));
    plan.objects.iter_mut().for_each(|object| object.diff.push_str("+a: \u{1b}[2J\n"));
    plan.before.iter_mut().for_each(|step| step.commands.push("echo \u{1b}[0m".into()));
    for (format, told) in all(&plan).iter().filter(|(format, _)| *format != "html") {
        assert!(!told.contains(['\u{1b}', '\u{7}']), "{format}");
    }
}

#[test]
fn a_page_holds_no_markup_but_its_own() {
    let mut plan = samples::refused();
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'";
    plan.release = evil.into();
    plan.concerns.push(Concern::new(ConcernCode::Note, evil).help(evil).commands([evil.to_owned()]));
    plan.objects.iter_mut().for_each(|object| {
        object.id.name = evil.into();
        object.diff = format!("-{evil}\n+{evil}\n");
    });
    let page = html::print(&plan, &Look::default());
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && page.contains("&lt;img src=x"));
    let addresses = ["http:", "https:", "src=\"", "href=\"", "url(", "@import"];
    let found: Vec<_> = addresses.iter().filter(|address| page.contains(**address)).collect();
    assert!(found.is_empty(), "{found:?}");
    let told = markdown::print(&plan, &Look::default());
    // In code, angle brackets are text.
    let outside: String = told.split("```").step_by(2).flat_map(|part| part.split('`').step_by(2)).collect();
    assert!(!outside.contains("<script") && !outside.contains("<img"), "{outside}");
}

#[test]
fn diffs_of_kinds_that_are_suppressed_are_not_shown() {
    let suppress = |what: &str| Look { suppress: vec![what.into()], ..look(&[Detail::Diff]) };
    let told = |what: &str| text::print(&samples::bitnami(), &suppress(what));
    assert!(told("Secret").contains("--- StatefulSet/redis-production-master"));
    assert!(!told("statefulset").contains("--- StatefulSet/"));
    let one = told("StatefulSet/*-master");
    assert!(
        !one.contains("--- StatefulSet/redis-production-master")
            && one.contains("--- StatefulSet/redis-production-replicas")
    );
}

#[test]
fn diffs_beyond_what_a_comment_holds_are_left_out_and_named() {
    let mut plan = samples::refused();
    plan.objects.iter_mut().for_each(|object| object.diff = "+a: b\n".repeat(20_000));
    let told = markdown::print(&plan, &Look::default());
    assert!(told.len() < 65_536, "{}", told.len());
    assert!(
        told.contains("left out: the changes of `StatefulSet/my-redis`, `NetworkPolicy/my-redis`."),
        "{}",
        &told[told.len() - 200..]
    );
}

/// A password in every place of a plan where a text may stand.
fn leaking(password: &str) -> Plan {
    let encoded = STANDARD.encode(password);
    let hash: String = Sha256::digest(password.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("a {password} b {encoded} c {hash} d");
    let mut plan = samples::bitnami();
    let place = crate::diag::Place::new(format!("--set x={password}"), 1, 1, Some(format!("password: {password}")));
    let concern = Concern {
        path: text.clone(),
        place: Some(place.clone()),
        ..Concern::new(ConcernCode::ManualStep, &text).help(&text).commands([text.clone()])
    };
    plan.accepted.push(Accepted { concern: concern.clone(), reason: text.clone() });
    plan.concerns.push(concern);
    let change = FieldChange {
        path: format!("data.\"{password}\""),
        kind: FieldChangeKind::Changed,
        old: Some(serde_json::json!({"a": [text.clone()], "password": 1234})),
        new: Some(serde_json::json!(encoded)),
        causes: vec![
            Cause::Value { value: text.clone(), place: Some(place.clone()), by_user: true },
            Cause::Random { place: Some(place.clone()) },
        ],
        restarts: true,
    };
    for object in &mut plan.objects {
        object.changes.push(change.clone());
        object.diff = format!("-{text}\n+{text}\n");
        let (path, message, remedy) = (text.clone(), text.clone(), text.clone());
        object.rejections.push(Rejection { path, message, remedy, commands: vec![text.clone()] });
    }
    plan.ignored.push(Ignored { object: samples::id("v1", "Secret", "s"), change, reason: text.clone() });
    for value in &mut plan.values {
        (value.old, value.new) = (Some(text.clone().into()), Some(text.clone().into()));
        value.place = Some(place.clone());
    }
    let problem = Problem { message: text.clone(), place: Some(place.clone()), help: Some(text.clone()) };
    plan.old.problems.push(problem.clone());
    plan.new.problems.push(problem);
    plan.old.source = text.clone();
    plan.new.source = text.clone();
    for restart in &mut plan.restarts {
        restart.reasons.push(text.clone());
        restart.noise.push(text.clone());
        restart.notes.push(text.clone());
    }
    plan.claims.iter_mut().for_each(|claim| claim.note = text.clone());
    if let Some(redis) = &mut plan.redis {
        for list in [&mut redis.forward, &mut redis.backward, &mut redis.replication, &mut redis.version_notes] {
            list.push(text.clone());
        }
    }
    for notice in &mut plan.notices {
        (notice.file, notice.heading, notice.text) = (text.clone(), text.clone(), text.clone());
    }
    if let Some(strategy) = &mut plan.strategy {
        strategy.reasons.push(text.clone());
        strategy.rejected.push((StrategyKind::InPlace, text.clone()));
    }
    let step = RunStep { title: text.clone(), reason: text.clone(), commands: vec![text.clone()] };
    if let Some(rollback) = &mut plan.rollback {
        rollback.reasons.push(text.clone());
        rollback.triggers.push(text.clone());
        rollback.steps.push(step.clone());
    }
    for steps in [&mut plan.before, &mut plan.steps, &mut plan.after] {
        steps.push(step.clone());
    }
    plan
}

#[test]
fn p14_no_format_shows_a_password_or_its_base64_or_its_hash() {
    let password = "correct-horse-7";
    let secret =
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{redis-password: {password}}}\n");
    let side = Side::of_manifests("a.yaml", "r", "default", &[("a.yaml".into(), secret.as_str().into())]);
    let mut plan = leaking(password);
    let encoded = STANDARD.encode(password);
    let hash: String = Sha256::digest(password.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    for (format, told) in all(&plan) {
        assert!(told.contains(password), "{format} would not show it anyway");
    }
    mask(&mut plan, &Secrets::of(&side, &Side::default()));
    for (format, told) in all(&plan) {
        for hidden in [password, encoded.trim_end_matches('='), &hash, "1234"] {
            assert!(!told.contains(hidden), "{format}: {hidden}");
        }
        assert!(told.contains("***"), "{format}");
    }
}

#[test]
fn colours_begin_lines_and_change_no_text() {
    let told = text::print(&samples::refused(), &look(&[Detail::Diff]));
    let painted = text::paint(&told);
    assert!(painted.contains("\u{1b}[1;31merror[refused]\u{1b}[0m: StatefulSet.apps"), "{painted}");
    assert!(painted.contains("\u{1b}[31m-          storage: 8Gi\u{1b}[0m\n"), "{painted}");
    let mut plain = painted;
    for color in ["\u{1b}[0m", "\u{1b}[1;31m", "\u{1b}[32m", "\u{1b}[31m", "\u{1b}[1;33m", "\u{1b}[36m"] {
        plain = plain.replace(color, "");
    }
    assert_eq!(plain, told);
}
