//! What helm is told: the commands of the release itself.
//!
//! In: both sides. Out: [`RunStep`]s that install or upgrade, as the new side was given: a chart with its values, or
//! manifests.

use crate::plan::redis::backup::step;
use crate::plan::{Both, Compared, RunStep, Verdict};
use crate::shell::word;
use crate::values::LayerKind;

/// The namespace of the release.
pub(in crate::plan) fn namespace(both: &Both<'_>) -> String {
    let side = if both.new.namespace.is_empty() { both.old } else { both.new };
    if side.namespace.is_empty() { "default".to_owned() } else { side.namespace.clone() }
}

/// The release's name; `None` where only manifests are known.
pub(in crate::plan) fn name<'b>(both: &'b Both<'_>) -> Option<&'b str> {
    [both.new, both.old].into_iter().map(|side| side.release.as_str()).find(|name| !name.is_empty())
}

/// Whether no object differs.
pub(in crate::plan) fn changes_nothing(both: &Both<'_>) -> bool {
    both.pairs.iter().all(|pair| pair.verdict == Verdict::Unchanged)
}

/// Whether the API server refuses an object. Helm deletes a hook's object before it makes it anew.
pub(in crate::plan) fn is_refused(both: &Both<'_>) -> bool {
    refused(both).next().is_some()
}

/// The pairs that are refused.
pub(in crate::plan) fn refused<'b, 's>(both: &'b Both<'s>) -> impl Iterator<Item = &'b Compared<'s>> {
    let is_hook = |pair: &Compared<'_>| pair.pair.new.is_some_and(|object| !object.hooks.is_empty());
    both.pairs.iter().filter(move |pair| pair.verdict == Verdict::Rejected && !is_hook(pair))
}

/// The upgrade.
pub(in crate::plan) fn upgrade(both: &Both<'_>, waits: bool) -> RunStep {
    let namespace = namespace(both);
    let Some(mut commands) = helm(both, "upgrade", &namespace) else {
        let line = format!("kubectl apply -n {} -f {}", word(&namespace), source(both));
        return step("apply the new manifests", "the new side is manifests: objects that they lack stay", vec![line]);
    };
    if let Some(last) = commands.last_mut().filter(|_| waits) {
        last.push_str(" --wait --timeout 15m");
    }
    let reason = match waits {
        true => "it waits until all is ready; 15 minutes leave time to load data",
        false => "it does not wait: the servers are stopped next",
    };
    step("upgrade the release", reason, commands)
}

/// The same chart as a second release.
pub(in crate::plan) fn install(both: &Both<'_>, namespace: &str) -> RunStep {
    let commands = helm(both, "install", namespace)
        .unwrap_or_else(|| vec![format!("kubectl apply -n {} -f {}", word(namespace), source(both))]);
    step("install the new release beside the old one", "it starts empty", commands)
}

/// What the API server says of it, without doing it.
pub(in crate::plan) fn dry_run(both: &Both<'_>) -> RunStep {
    let namespace = namespace(both);
    let commands = match helm(both, "upgrade", &namespace) {
        Some(mut commands) => {
            if let Some(last) = commands.last_mut() {
                last.push_str(" --dry-run=server --hide-secret > /dev/null");
            }
            commands
        }
        None => vec![format!("kubectl apply -n {} -f {} --dry-run=server", word(&namespace), source(both))],
    };
    step("ask the API server", "it checks each object and changes nothing. Good: no error", commands)
}

fn source(both: &Both<'_>) -> String {
    if both.new.source.is_empty() { "-".to_owned() } else { word(&both.new.source) }
}

/// The helm command of the new side, with what has to be run before it.
fn helm(both: &Both<'_>, verb: &str, namespace: &str) -> Option<Vec<String>> {
    let side = both.new.chart.as_ref()?;
    let name = name(both).unwrap_or("release-name");
    let mut lines = Vec::new();
    let mut chart = word(&both.new.source);
    // A revision is checked out first: helm knows no git.
    if let Some(rest) = both.new.source.strip_prefix("git:") {
        let (revision, path) = rest.split_once(':').unwrap_or((rest, "."));
        lines.push("checkout=$(mktemp -d)".to_owned());
        lines.push(format!("git archive {} {} | tar -x -C \"$checkout\"", word(revision), word(path)));
        chart = format!("\"$checkout\"/{}", word(path));
    }
    let mut line = format!("helm {verb} {} {chart} -n {}", word(name), word(namespace));
    let mut has_own = false;
    let mut has_more = false;
    for layer in &side.values.layers {
        match layer.kind {
            LayerKind::Defaults => {}
            LayerKind::File if &*layer.name != "-" => {
                line.push_str(&format!(" -f {}", word(&layer.name)));
                has_own = true;
            }
            // What stands there may be a secret.
            _ => has_more = true,
        }
    }
    if verb == "upgrade" && !has_own && !has_more {
        line.push_str(" --reset-values");
    }
    if has_more {
        lines.push("# add the --set flags that the plan was made with".to_owned());
    }
    lines.push(line);
    Some(lines)
}
