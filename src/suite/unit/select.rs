//! Which templates and documents a test and its assertions look at.
//!
//! In: names with stars, selectors, indices. Out: the templates to render, and the documents of each.

use super::documents::{Doc, Docs, RAW};
use super::model::{Select, Selector};
use crate::pattern;
use crate::value::Data;
use regex::Regex;
use std::collections::BTreeMap;

/// A template by its name in a suite: what does not begin so stands below `templates/`.
const PREFIXES: [&str; 4] = ["templates", "charts", "crds", "**"];

/// The path of a template that a suite names, below its chart.
pub(super) fn template_path(route: &str, name: &str) -> String {
    let is_path = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    clean(&if is_path { format!("{route}/{name}") } else { format!("{route}/templates/{name}") })
}

/// A path without `.`, `..` and doubled slashes.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Templates that a suite takes, and those that it leaves out.
#[derive(Debug, Clone)]
pub(super) struct Templates {
    taken: Vec<Regex>,
    left: Vec<Regex>,
    /// Both as they are written.
    pub key: String,
}

impl Templates {
    /// Of a suite; without names, all are taken.
    pub fn new(route: &str, names: &[String], excluded: &[String]) -> Self {
        let all = ["**".to_owned()];
        let names = if names.is_empty() { &all[..] } else { names };
        let of = |names: &[String]| names.iter().filter_map(|name| pattern_of(&template_path(route, name))).collect();
        Templates { taken: of(names), left: of(excluded), key: format!("{route}{names:?}{excluded:?}") }
    }

    /// Whether a template is rendered. A name need not be the whole path.
    pub fn takes(&self, path: &str) -> bool {
        self.taken.iter().any(|name| name.is_match(path)) && !self.left.iter().any(|name| name.is_match(path))
    }
}

/// A name with stars, each of which may stand for slashes as well: `**` for one sign at least.
fn pattern_of(name: &str) -> Option<Regex> {
    let mut text = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('*') {
        text.push_str(&regex::escape(rest.get(..at)?));
        rest = rest.get(at + 1..)?;
        if let Some(after) = rest.strip_prefix('*') {
            rest = after;
            text.push_str(r"[0-9a-zA-Z_\-/.]+");
        } else {
            text.push_str(r"[0-9a-zA-Z_\-/.]*");
        }
    }
    text.push_str(&regex::escape(rest));
    Regex::new(&text).ok()
}

/// The documents that an assertion looks at, by template; `None` where no such template was rendered.
pub(super) type Chosen<'d> = BTreeMap<String, Option<Vec<&'d Doc>>>;

/// The documents of the named templates.
pub(super) fn of_templates<'d>(all: &'d BTreeMap<String, Docs>, names: &[String]) -> Chosen<'d> {
    names.iter().map(|name| (name.clone(), all.get(name).map(|docs| docs.docs.iter().collect()))).collect()
}

/// Those with an index.
///
/// # Errors
/// A template that has fewer.
pub(super) fn by_index<'d>(chosen: Chosen<'d>, index: i64) -> Result<Chosen<'d>, String> {
    let one = |(name, docs): (String, Option<Vec<&'d Doc>>)| {
        let all = docs.unwrap_or_default();
        match usize::try_from(index).ok().and_then(|index| all.get(index).copied()) {
            Some(doc) => Ok((name, Some(vec![doc]))),
            None => Err(format!("document index {index} is out of range: {name} renders {} documents", all.len())),
        }
    };
    chosen.into_iter().map(one).collect()
}

impl Selector {
    /// Those that fit.
    ///
    /// # Errors
    /// More than one where one is wanted, none, or a path that is none.
    pub fn select<'d>(&self, chosen: Chosen<'d>) -> Result<Chosen<'d>, String> {
        let path = self.path.path.as_ref().map_err(Clone::clone)?;
        let fits = |doc: &Doc| {
            path.find(&doc.node).into_iter().any(|found| match (&self.value, found) {
                (None, _) => true,
                (Some(wanted), super::path::Found::Node(node)) => super::check::is_same(wanted, node),
                (Some(wanted), super::path::Found::Key(key, _)) => {
                    matches!(&wanted.data, Data::Str(text) if *text == *key)
                }
            })
        };
        let mut selected = Chosen::new();
        let mut count = 0;
        for (name, docs) in chosen {
            let docs: Vec<&Doc> = docs.unwrap_or_default().into_iter().filter(|doc| fits(doc)).collect();
            count += docs.len();
            if count > 1 && !self.match_many {
                return Err(format!(
                    "{count} documents fit `{}`, where one was expected; `matchMany` takes them all",
                    self.path.text
                ));
            }
            if docs.is_empty() && !self.skip_empty {
                return Err(format!(
                    "no document of {name} fits `{}`; `skipEmptyTemplates` passes over such templates",
                    self.path.text
                ));
            }
            if !docs.is_empty() {
                selected.insert(name, Some(docs));
            }
        }
        Ok(selected)
    }
}

impl Select {
    fn fits(&self, doc: &Doc) -> bool {
        let is = |pattern: &str, text: String| pattern::matches(&pattern.to_lowercase(), &text.to_lowercase(), false);
        doc.node.get(RAW).is_none()
            && is(&self.kind, doc.text_at("kind"))
            && pattern::matches(&self.name, &doc.text_at("metadata.name"), false)
    }

    /// Those that are called so.
    ///
    /// # Errors
    /// There is none.
    pub fn select<'d>(&self, chosen: Chosen<'d>) -> Result<Chosen<'d>, String> {
        let mut names = Vec::new();
        let mut selected = Chosen::new();
        for (name, docs) in chosen {
            let docs = docs.unwrap_or_default();
            names.extend(docs.iter().filter(|doc| doc.node.get(RAW).is_none()).map(|doc| doc.name()));
            let docs: Vec<&Doc> = docs.into_iter().filter(|doc| self.fits(doc)).collect();
            if !docs.is_empty() {
                selected.insert(name, Some(docs));
            }
        }
        if !selected.is_empty() {
            return Ok(selected);
        }
        let wanted = format!("{}/{}", self.kind, self.name);
        let near = crate::nearest::nearest(&wanted, names.iter().map(String::as_str));
        let hint = match near {
            Some(near) => format!("; did you mean `{near}`?"),
            None if names.is_empty() => "; nothing is rendered".into(),
            None => format!("; there is {}", names.join(", ")),
        };
        Err(format!("no object `{wanted}` is rendered{hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_templates_stand_below_templates_and_stars_cross_slashes() {
        assert_eq!(template_path("c", "a.yaml"), "c/templates/a.yaml");
        assert_eq!(template_path("c", "charts/d/templates/a.yaml"), "c/charts/d/templates/a.yaml");
        assert_eq!(template_path("c", "templates/../crds/./a.yaml"), "c/crds/a.yaml");
        let takes = |names: &[&str], excluded: &[&str], path: &str| {
            let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            Templates::new("c", &own(names), &own(excluded)).takes(path)
        };
        assert!(takes(&[], &[], "c/templates/x/NOTES.txt"));
        assert!(takes(&["x/*.yaml"], &[], "c/templates/x/y/a.yaml"));
        assert!(!takes(&["a.yaml"], &[], "c/templates/axyaml"));
        assert!(!takes(&["*.yaml"], &["b*"], "c/templates/b.yaml"));
    }
}
