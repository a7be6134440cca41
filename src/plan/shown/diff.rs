//! The lines in which two objects differ.
//!
//! In: a pair of objects, what must not be shown of them, and what is ignored. Out: a unified diff of their YAML as
//! Kubernetes reads it: keys in order, no comments, secrets masked.

use crate::manifest::Object;
use crate::plan::shown::mask::{Secrets, Seen};
use crate::plan::{Pair, Part, Path};
use crate::source::lossy;
use crate::value::{Data, Node};
use crate::yaml;
use similar::{Algorithm, TextDiff};
use std::sync::Arc;

/// Lines of an object that are compared; nobody reads a diff of more.
const MOST_LINES: usize = 20_000;

/// Lines around a change that are shown where nobody asks for another number.
pub const CONTEXT: usize = 3;

/// The changed lines of a pair, with so many lines around them; empty where no line differs. Of what `ignored` leads to
/// nothing is shown.
pub fn unified(pair: &Pair<'_>, secrets: &Secrets, ignored: &[&Path], context: usize) -> String {
    let mut seen = Seen::default();
    let mut side = |object: Option<&Object>| object.map(|object| shown(object, secrets, ignored, &mut seen));
    let old = side(pair.old.or(pair.renamed.filter(|_| pair.new.is_some())));
    let new = side(pair.new);
    let (before, after) = (old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
    if before == after {
        return String::new();
    }
    let lines = before.lines().count().max(after.lines().count());
    if lines > MOST_LINES {
        return format!("@@ {lines} lines are too many to compare @@\n");
    }
    // Begins of items look alike in YAML: patience finds those that belong together.
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(before, after);
    diff.unified_diff().context_radius(context).missing_newline_hint(false).to_string()
}

fn shown(object: &Object, secrets: &Secrets, ignored: &[&Path], seen: &mut Seen) -> String {
    let mut node = secrets.object(object, seen);
    ignored.iter().for_each(|path| remove(&mut node, &path.0));
    let text = yaml::node_to_yaml(&node).unwrap_or_default();
    // Known secrets are looked for in texts and keys alike.
    let mut text = lossy(&text).into_owned();
    secrets.text(&mut text);
    // A star begins an alias in YAML, so what is masked was quoted.
    text.replace("'***'", "***").replace("'*** (another value)'", "*** (another value)")
}

/// Takes out what a path leads to, if anything is there.
fn remove(node: &mut Node, path: &[Part]) {
    let Some((first, rest)) = path.split_first() else { return };
    if let (Part::Key(key), Some(map)) = (first, node.as_map_mut()) {
        if rest.is_empty() {
            map.remove(key.as_bytes());
        } else if let Some(inner) = map.get_mut(key.as_bytes()) {
            remove(inner, rest);
        }
        return;
    }
    let Data::List(items) = &mut node.data else { return };
    let at = match first {
        Part::Index(index) => Some(*index).filter(|index| *index < items.len()),
        Part::Item { by, is } => items.iter().position(|item| key_of(item, by) == *is),
        Part::Key(_) => None,
    };
    let Some(at) = at else { return };
    let items = Arc::make_mut(items);
    if rest.is_empty() {
        items.remove(at);
    } else if let Some(inner) = items.get_mut(at) {
        remove(inner, rest);
    }
}

/// What tells an item of a list apart, as [`Part::Item`] has it.
fn key_of(item: &Node, by: &str) -> String {
    let one = |key: &str| match item.find(key) {
        Some(node) => node.as_text().map(|text| text.into_owned()).or_else(|| node.as_number().map(|n| n.to_string())),
        None => (key == "protocol").then(|| "TCP".to_owned()),
    };
    by.split(',').filter_map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Side, changes, pairs};

    fn of(old: &str, new: &str, ignored: &[&str]) -> String {
        let side = |text: &str| Side::of_manifests("a.yaml", "r", "default", &[("a.yaml".into(), text.into())]);
        let (old, new) = (side(old), side(new));
        let secrets = Secrets::of(&old, &new);
        let pairs = pairs((&old.objects, "default"), (&new.objects, "default"));
        let pair = pairs.first().expect("a pair");
        let all = pair.old.zip(pair.new).map(|(old, new)| changes(&old.node, &new.node)).unwrap_or_default();
        let ignored: Vec<&Path> =
            all.iter().map(|change| &change.path).filter(|path| ignored.contains(&path.to_string().as_str())).collect();
        unified(pair, &secrets, &ignored, 1)
    }

    #[test]
    fn p21_lines_that_change_stand_among_their_neighbours_whatever_the_order_of_keys() {
        let told = of(
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {a: '1', b: '2', c: '3', d: '4'}\n",
            "# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '1', c: '5', b: '2', d: '4'}\n",
            &[],
        );
        assert_eq!(told, "@@ -4,3 +4,3 @@\n   b: \"2\"\n-  c: \"3\"\n+  c: \"5\"\n   d: \"4\"\n");
    }

    #[test]
    fn a_secret_that_changes_is_seen_to_change_and_not_shown() {
        let secret = |password: &str| {
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{password: {password}, user: bob}}\n"
            )
        };
        let told = of(&secret("hunter22"), &secret("hunter33"), &[]);
        assert_eq!(
            told,
            "@@ -5,3 +5,3 @@\n stringData:\n-  password: ***\n+  password: *** (another value)\n   user: ***\n"
        );
        assert_eq!(of(&secret("hunter22"), &secret("hunter22"), &[]), "");
    }

    #[test]
    fn what_is_ignored_is_not_in_the_diff() {
        let object = |image: &str, chart: &str| {
            format!(
                "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: a, labels: {{helm.sh/chart: {chart}}}}}\nspec: \
                 {{template: {{spec: {{containers: [{{name: x, image: y}}, {{name: redis, image: {image}}}]}}}}}}\n"
            )
        };
        let (old, new) = (object("redis:7", "redis-1"), object("redis:8", "redis-2"));
        let told = of(&old, &new, &["metadata.labels.\"helm.sh/chart\""]);
        assert!(told.contains("redis:8") && !told.contains("redis-2"), "{told}");
        let told = of(&old, &new, &["spec.template.spec.containers[redis].image"]);
        assert!(!told.contains("redis:8") && told.contains("redis-2"), "{told}");
    }

    #[test]
    fn a_new_object_is_all_lines_and_one_that_goes_too() {
        let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        assert!(of("", object, &[]).contains("+kind: ConfigMap\n"));
        assert!(of(object, "", &[]).contains("-kind: ConfigMap\n"));
    }
}
