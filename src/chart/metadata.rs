//! Chart.yaml: who the chart is, what it needs, what it depends on.
//!
//! In: the text of Chart.yaml (and requirements.yaml of old charts). Out: [`Metadata`], cleaned
//! and checked as Helm does, and the map that templates see as `.Chart`.

use super::error::LoadError;
use super::typed::{At, Typed};
use crate::limits::CHARTS;
use crate::value::{Data, Map, MapKind, Node, Origin, Str, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Who to ask about a chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maintainer {
    /// Name of a person or an organisation.
    pub name: String,
    /// Address.
    pub email: String,
    /// Page.
    pub url: String,
}

/// A chart that this one depends on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dependency {
    /// The name in the dependency's Chart.yaml; after processing, the alias if there is one.
    pub name: String,
    /// The version or range of versions.
    pub version: String,
    /// Where to fetch it.
    pub repository: String,
    /// Comma-separated paths into the values; the first that is a boolean decides.
    pub condition: String,
    /// Groups that can be switched in `tags` of the values.
    pub tags: Vec<String>,
    /// Whether it takes part; set by processing.
    pub enabled: bool,
    /// Which values to copy up: strings, or maps with `child` and `parent`.
    pub import_values: Vec<Node>,
    /// The name it goes by in this chart.
    pub alias: String,
}

/// What Chart.yaml says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// The name of the chart; required.
    pub name: String,
    /// The project's page.
    pub home: String,
    /// Where the source is.
    pub sources: Vec<String>,
    /// Version of the chart; required, a semantic version.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Who keeps it.
    pub maintainers: Vec<Maintainer>,
    /// An image.
    pub icon: String,
    /// `v1` or `v2`.
    pub api_version: String,
    /// The condition to enable the chart.
    pub condition: String,
    /// The tags to enable the chart.
    pub tags: String,
    /// Version of the application inside.
    pub app_version: String,
    /// Whether it should not be used any more.
    pub deprecated: bool,
    /// Anything else; `None` when the file has none.
    pub annotations: Option<BTreeMap<String, String>>,
    /// A constraint on the version of Kubernetes.
    pub kube_version: String,
    /// Charts it depends on; `None` when the file has no list.
    pub dependencies: Option<Vec<Dependency>>,
    /// `application`, `library` or empty.
    pub kind: String,
}

/// What is null in a list that may hold none, found by validation later.
#[derive(Debug, Default)]
pub(super) struct Nulls {
    maintainer: bool,
    dependency: bool,
}

/// The `apiVersion` alone, which decides how the rest is read.
pub(super) fn api_version(source: &[u8], node: &Node) -> Result<String, String> {
    let mut typed = Typed::new(source);
    let mut found = String::new();
    for (key, value) in typed.object(node, "loader.chartBase", &At::top()).into_iter().flatten() {
        if folded(key) == "apiversion" {
            found = typed.string(value, &At::top().field("chartBase", "apiVersion"));
        }
    }
    typed.finish().map(|()| found)
}

impl Metadata {
    /// Fills the fields that `node` has, over those already there.
    pub(super) fn fill(&mut self, source: &[u8], node: &Node, nulls: &mut Nulls) -> Result<(), String> {
        let mut typed = Typed::new(source);
        let read = &mut typed;
        let top = At::top();
        let Some(map) = read.object(node, "v2.Metadata", &top) else { return typed.finish() };
        for (key, value) in map {
            let name = folded(key);
            let at = top.field("Metadata", field_name(&name));
            match name.as_str() {
                "name" => set(&mut self.name, read, value, &at),
                "home" => set(&mut self.home, read, value, &at),
                "version" => set(&mut self.version, read, value, &at),
                "description" => set(&mut self.description, read, value, &at),
                "icon" => set(&mut self.icon, read, value, &at),
                "apiversion" => set(&mut self.api_version, read, value, &at),
                "condition" => set(&mut self.condition, read, value, &at),
                "tags" => set(&mut self.tags, read, value, &at),
                "appversion" => set(&mut self.app_version, read, value, &at),
                "kubeversion" => set(&mut self.kube_version, read, value, &at),
                "type" => set(&mut self.kind, read, value, &at),
                "deprecated" if !value.is_null() => self.deprecated = read.boolean(value, &at),
                "sources" => self.sources = read.strings(value, &at).unwrap_or_default(),
                "keywords" => self.keywords = read.strings(value, &at).unwrap_or_default(),
                "annotations" => self.annotations = read.string_map(value, &at),
                "maintainers" => {
                    let items = read.list(value, "[]*v2.Maintainer", &at).unwrap_or_default();
                    nulls.maintainer = items.iter().any(Node::is_null);
                    self.maintainers = items.iter().map(|item| maintainer(read, item, &at)).collect();
                }
                "dependencies" => self.dependencies = dependencies(read, value, &at, nulls),
                _ => {}
            }
        }
        typed.finish()
    }

    /// Cleans the texts and checks what Helm checks.
    pub(super) fn validate(&mut self, nulls: &Nulls) -> Result<(), LoadError> {
        let fields = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        fields.into_iter().chain(&mut self.sources).chain(&mut self.keywords).for_each(sanitize);
        let fail = |text: String| Err(LoadError::Validation(text));
        let name = &self.name;
        match () {
            () if self.api_version.is_empty() => return fail("chart.metadata.apiVersion is required".into()),
            () if name.is_empty() => return fail("chart.metadata.name is required".into()),
            () if name == "." || name == ".." => {
                return fail(format!("chart.metadata.name {name:?} is not allowed"));
            }
            () if name.contains('/') => return fail(format!("chart.metadata.name {name:?} is invalid")),
            () if self.version.is_empty() => return fail("chart.metadata.version is required".into()),
            () if !is_version(&self.version) => {
                return fail(format!("chart.metadata.version {:?} is invalid", self.version));
            }
            () if !matches!(self.kind.as_str(), "" | "application" | "library") => {
                return fail("chart.metadata.type must be application or library".into());
            }
            () if nulls.maintainer => return fail("maintainers must not contain empty or null nodes".into()),
            () => {}
        }
        for maintainer in &mut self.maintainers {
            [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url].into_iter().for_each(sanitize);
        }
        self.validate_dependencies(nulls)
    }

    fn validate_dependencies(&mut self, nulls: &Nulls) -> Result<(), LoadError> {
        // No chart has so many, so all of these could only be missing.
        if self.dependencies.as_ref().is_some_and(|all| all.len() > CHARTS.size()) {
            return Err(LoadError::Validation(CHARTS.exceeded("dependencies of one chart")));
        }
        let mut seen = BTreeSet::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            let fields =
                [&mut dependency.name, &mut dependency.version, &mut dependency.repository, &mut dependency.condition];
            fields.into_iter().chain(&mut dependency.tags).for_each(sanitize);
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if !dependency.alias.chars().all(word) {
                let text = format!("dependency {:?} has disallowed characters in the alias", dependency.name);
                return Err(LoadError::Validation(text));
            }
            let key = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if !seen.insert(key.clone()) {
                let text = format!("more than one dependency with name or alias {key:?}");
                return Err(LoadError::Validation(text));
            }
        }
        if nulls.dependency {
            let text = "dependencies must not contain empty or null nodes".to_owned();
            return Err(LoadError::Validation(text));
        }
        Ok(())
    }

    /// Whether it is a library: only its `define`s are used.
    pub fn is_library(&self) -> bool {
        self.kind.eq_ignore_ascii_case("library")
    }

    /// The map that templates see as `.Chart`. Every call makes a new map.
    pub fn to_value(&self, is_root: bool) -> Value {
        let texts = |items: &[String]| Value::list(items.iter().map(|item| Value::from(item.as_str())).collect());
        let annotations = match &self.annotations {
            None => Value::Map(Map::nil(MapKind::Strings)),
            Some(map) => Value::Map(Map::of(
                MapKind::Strings,
                map.iter().map(|(k, v)| (Str::from(k.as_str()), Value::from(v.as_str()))).collect(),
            )),
        };
        let maintainers = self.maintainers.iter().map(Maintainer::to_value).collect();
        let dependencies = self.dependencies.iter().flatten().map(Dependency::to_value).collect();
        record([
            ("APIVersion", Value::from(self.api_version.as_str())),
            ("Annotations", annotations),
            ("AppVersion", Value::from(self.app_version.as_str())),
            ("Condition", Value::from(self.condition.as_str())),
            ("Dependencies", Value::list(dependencies)),
            ("Deprecated", Value::Bool(self.deprecated)),
            ("Description", Value::from(self.description.as_str())),
            ("Home", Value::from(self.home.as_str())),
            ("Icon", Value::from(self.icon.as_str())),
            ("IsRoot", Value::Bool(is_root)),
            ("Keywords", texts(&self.keywords)),
            ("KubeVersion", Value::from(self.kube_version.as_str())),
            ("Maintainers", Value::list(maintainers)),
            ("Name", Value::from(self.name.as_str())),
            ("Sources", texts(&self.sources)),
            ("Tags", Value::from(self.tags.as_str())),
            ("Type", Value::from(self.kind.as_str())),
            ("Version", Value::from(self.version.as_str())),
        ])
    }
}

impl Maintainer {
    fn to_value(&self) -> Value {
        record([
            ("Email", Value::from(self.email.as_str())),
            ("Name", Value::from(self.name.as_str())),
            ("URL", Value::from(self.url.as_str())),
        ])
    }
}

impl Dependency {
    fn to_value(&self) -> Value {
        let texts = self.tags.iter().map(|tag| Value::from(tag.as_str())).collect();
        record([
            ("Alias", Value::from(self.alias.as_str())),
            ("Condition", Value::from(self.condition.as_str())),
            ("Enabled", Value::Bool(self.enabled)),
            ("ImportValues", Value::list(self.import_values.iter().map(Node::to_value).collect())),
            ("Name", Value::from(self.name.as_str())),
            ("Repository", Value::from(self.repository.as_str())),
            ("Tags", Value::list(texts)),
            ("Version", Value::from(self.version.as_str())),
        ])
    }
}

/// The fields of Chart.yaml.
pub(super) const FIELDS: [&str; 17] = [
    "annotations",
    "apiVersion",
    "appVersion",
    "condition",
    "dependencies",
    "deprecated",
    "description",
    "home",
    "icon",
    "keywords",
    "kubeVersion",
    "maintainers",
    "name",
    "sources",
    "tags",
    "type",
    "version",
];

/// What else stands in it, and where.
pub(super) fn unknown_fields(node: &Node) -> impl Iterator<Item = (&str, Origin)> {
    let entries = if let Data::Map(entries) = &node.data { Some(entries) } else { None };
    let fields = entries.into_iter().flat_map(|entries| entries.iter());
    fields.filter_map(|(key, value)| {
        let key = key.to_utf8().filter(|key| !FIELDS.iter().any(|field| field.eq_ignore_ascii_case(key)))?;
        Some((key, value.origin))
    })
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.into_iter().map(|(name, value)| (Str::from(name), value)).collect())
}

fn set(field: &mut String, read: &mut Typed<'_>, value: &Node, at: &At) {
    if !value.is_null() {
        *field = read.string(value, at);
    }
}

fn maintainer(read: &mut Typed<'_>, node: &Node, at: &At) -> Maintainer {
    let mut item = Maintainer::default();
    for (key, value) in read.object(node, "v2.Maintainer", at).into_iter().flatten() {
        match folded(key).as_str() {
            "name" => set(&mut item.name, read, value, &at.field("Maintainer", "name")),
            "email" => set(&mut item.email, read, value, &at.field("Maintainer", "email")),
            "url" => set(&mut item.url, read, value, &at.field("Maintainer", "url")),
            _ => {}
        }
    }
    item
}

/// The list of dependencies, of Chart.yaml or a lock file.
pub(super) fn dependencies(read: &mut Typed<'_>, node: &Node, at: &At, nulls: &mut Nulls) -> Option<Vec<Dependency>> {
    let items = read.list(node, "[]*v2.Dependency", at)?;
    nulls.dependency = items.iter().any(Node::is_null);
    Some(items.iter().map(|item| dependency(read, item, at)).collect())
}

fn dependency(read: &mut Typed<'_>, node: &Node, at: &At) -> Dependency {
    let mut item = Dependency::default();
    for (key, value) in read.object(node, "v2.Dependency", at).into_iter().flatten() {
        let name = folded(key);
        let at = at.field("Dependency", &name);
        match name.as_str() {
            "name" => set(&mut item.name, read, value, &at),
            "version" => set(&mut item.version, read, value, &at),
            "repository" => set(&mut item.repository, read, value, &at),
            "condition" => set(&mut item.condition, read, value, &at),
            "alias" => set(&mut item.alias, read, value, &at),
            "tags" => item.tags = read.strings(value, &at).unwrap_or_default(),
            "enabled" if !value.is_null() => item.enabled = read.boolean(value, &at),
            "import-values" => {
                item.import_values = read.list(value, "[]interface {}", &at).unwrap_or_default().to_vec();
            }
            _ => {}
        }
    }
    item
}

/// A key without regard to case, as Go's JSON decoder compares field names.
fn folded(key: &Str) -> String {
    key.to_text().to_ascii_lowercase()
}

/// The spelling of a folded field name in messages.
fn field_name(folded: &str) -> &str {
    match folded {
        "apiversion" => "apiVersion",
        "appversion" => "appVersion",
        "kubeversion" => "kubeVersion",
        other => other,
    }
}

/// White space becomes a space, what cannot be printed goes.
fn sanitize(text: &mut String) {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return;
    }
    *text = text
        .chars()
        .filter_map(|c| match c {
            _ if c.is_whitespace() => Some(' '),
            _ if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}'..='\u{206f}') => None,
            _ => Some(c),
        })
        .collect();
}

fn is_version(text: &str) -> bool {
    crate::funcs::semver::parse(text).is_ok()
}

/// The data of a tree that came from a lock file.
pub(super) fn lock_dependencies(source: &[u8], node: &Node) -> Result<Vec<Dependency>, String> {
    let mut typed = Typed::new(source);
    let mut found = Vec::new();
    for (key, value) in typed.object(node, "v2.Lock", &At::top()).into_iter().flatten() {
        if folded(key) == "dependencies" {
            let at = At::top().field("Lock", "dependencies");
            found = dependencies(&mut typed, value, &at, &mut Nulls::default()).unwrap_or_default();
        }
    }
    typed.finish().map(|()| found)
}

/// What `%v` prints of a scalar in `import-values`.
pub(crate) fn scalar_text(node: Option<&Node>) -> String {
    match node.map(|node| &node.data) {
        None | Some(Data::Null) => "<nil>".to_owned(),
        Some(Data::Str(text)) => text.to_text().into_owned(),
        Some(Data::Bool(b)) => b.to_string(),
        Some(Data::Int(n)) => n.to_string(),
        Some(Data::Float(n)) => n.to_string(),
        Some(Data::List(_) | Data::Map(_)) => String::new(),
    }
}
