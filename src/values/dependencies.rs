//! Which subcharts take part, under which names, and what they hand up.
//!
//! In: the tree of charts as loaded and the user's values. Out: the tree without disabled
//! charts, aliases applied, defaults enriched with `import-values`.

use super::branch::Branch;
use super::coalesce::Coalesce;
use super::table::{Item, Table};
use crate::chart::{Dependency, scalar_text};
use crate::diag::Diagnostic;
use crate::funcs::semver;
use crate::value::{Data, Node, Str};
use std::collections::BTreeSet;

/// Removes disabled charts, gives the others their aliases; then goes down.
pub(super) fn enable(
    chart: &mut Branch,
    values: &Table,
    path: &str,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(), String> {
    let Some(mut wanted) = chart.metadata.dependencies.take() else { return Ok(()) };
    let matches = |dependency: &Dependency, child: &Branch| {
        child.name() == dependency.name
            && semver::satisfies(&dependency.version, &child.metadata.version).unwrap_or(false)
    };
    let loaded = std::mem::take(&mut chart.children);
    let (listed, mut children): (Vec<Branch>, Vec<Branch>) =
        loaded.into_iter().partition(|child| wanted.iter().any(|dependency| matches(dependency, child)));
    for dependency in &mut wanted {
        if let Some(found) = listed.iter().find(|child| matches(dependency, child)) {
            let mut child = found.clone();
            if !dependency.alias.is_empty() {
                child.metadata.name.clone_from(&dependency.alias);
            }
            children.push(child);
        }
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
        dependency.enabled = true;
    }
    chart.children = children;
    let merged = Table::from_node(&values.to_node());
    Coalesce { merge: false, warnings }.chart(chart, &merged, "")?;
    apply_tags(&mut wanted, &merged, warnings);
    apply_conditions(&mut wanted, &merged, path, warnings);
    let disabled: BTreeSet<String> =
        wanted.iter().filter(|dependency| !dependency.enabled).map(|dependency| dependency.name.clone()).collect();
    chart.children.retain(|child| !disabled.contains(child.name()));
    wanted.retain(|dependency| !disabled.contains(&dependency.name));
    for child in &mut chart.children {
        let path = format!("{path}{}.", child.name());
        enable(child, &merged, &path, warnings)?;
    }
    chart.metadata.dependencies = (!wanted.is_empty()).then_some(wanted);
    Ok(())
}

/// `tags`: a dependency with only false tags is disabled.
fn apply_tags(wanted: &mut [Dependency], values: &Table, warnings: &mut Vec<Diagnostic>) {
    let Ok(tags) = values.table("tags") else { return };
    for dependency in wanted {
        let (mut on, mut off) = (false, false);
        for tag in &dependency.tags {
            match tags.get(tag.as_bytes()) {
                None => {}
                Some(Item::Leaf(Node { data: Data::Bool(true), .. })) => on = true,
                Some(Item::Leaf(Node { data: Data::Bool(false), .. })) => off = true,
                Some(_) => warnings.push(not_bool("tag", tag, &dependency.name)),
            }
        }
        dependency.enabled = on || !off;
    }
}

/// `condition`: the first path that leads to a boolean decides.
fn apply_conditions(wanted: &mut [Dependency], values: &Table, path: &str, warnings: &mut Vec<Diagnostic>) {
    for dependency in wanted {
        for condition in dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
            match values.path_value(&format!("{path}{condition}")).map(|node| node.data) {
                Some(Data::Bool(enabled)) => {
                    dependency.enabled = enabled;
                    break;
                }
                Some(_) => warnings.push(not_bool("path", condition, &dependency.name)),
                None => {}
            }
        }
    }
}

fn not_bool(what: &str, name: &str, chart: &str) -> Diagnostic {
    let mut warning = Diagnostic::warning("condition-not-bool", "returned non-bool value");
    warning.notes = vec![format!("{what}={name}"), format!("chart={chart}")];
    warning
}

/// Copies the subcharts' defaults that `import-values` names into the chart's own; children first.
pub(super) fn import(chart: &mut Branch, warnings: &mut Vec<Diagnostic>) -> Result<(), String> {
    for child in &mut chart.children {
        import(child, warnings)?;
    }
    let Some(mut wanted) = chart.metadata.dependencies.take() else { return Ok(()) };
    let own = Table::default();
    let mut pass = Coalesce { merge: true, warnings };
    pass.chart(chart, &own, "")?;
    let imported = Table::default();
    for dependency in &mut wanted {
        let mut rewritten = Vec::new();
        for wish in &dependency.import_values {
            let (child, parent, message) = match &wish.data {
                Data::Str(name) => (format!("exports.{name}"), ".".to_owned(), "ImportValues missing table"),
                Data::Map(map) => {
                    let text = |key: &str| scalar_text(map.get(key.as_bytes()));
                    (text("child"), text("parent"), "ImportValues missing table from chart")
                }
                _ => continue,
            };
            rewritten.push(wish_node(&child, &parent));
            match own.table(&format!("{}.{child}", dependency.name)) {
                Ok(found) => pass.tables(&imported, &nest(&parent, found), "", true),
                Err(name) => {
                    let mut warning = Diagnostic::warning("import-values-missing", message);
                    if message.ends_with("chart") {
                        warning.notes.push(format!("chart={}", dependency.name));
                    }
                    warning.notes.push(format!("error={name:?} is not a table"));
                    pass.warnings.push(warning);
                }
            }
        }
        dependency.import_values = rewritten;
    }
    let own = Table::from_node(&own.to_node());
    pass.tables(&own, &imported, "", true);
    chart.values = own.to_node();
    chart.metadata.dependencies = Some(wanted);
    Ok(())
}

fn wish_node(child: &str, parent: &str) -> Node {
    let text = |text: &str| Node::new(Data::Str(text.into()));
    Node::new(Data::map([("child".into(), text(child)), ("parent".into(), text(parent))].into()))
}

/// The table under a dotted path; `.` is the table itself.
fn nest(path: &str, table: Table) -> Table {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, name| {
        let outer = Table::default();
        outer.insert(&Str::from(name), Item::Table(inner));
        outer
    })
}
