//! Custom resources by the CustomResourceDefinitions at hand.
//!
//! In: CRDs as objects. Out: [`Schemas`], which check their custom resources, and all other objects by the tables:
//! `read` makes types of a CRD's schema, `fill` puts its defaults in, `format` knows the formats of texts, and `cel` asks
//! its rules.

mod cel;
mod fill;
mod format;
mod read;

pub(super) use self::cel::Expression;
pub(super) use self::format::Format;

use super::at::At;
use super::check;
use super::kinds::KindId;
use super::problem::{Minor, Problem};
use super::rules;
use super::schema::Walk;
use super::types::{Schema, Shape};
use crate::value::Node;
use std::borrow::Cow;
use std::collections::HashMap;

/// The kinds that some CRDs define, on top of those that Kubernetes has.
///
/// ```
/// use chartwright::kube::{Minor, Schemas};
/// let crd = chartwright::yaml::decode(b"
/// kind: CustomResourceDefinition
/// spec:
///   group: example.com
///   names: {kind: Widget, plural: widgets}
///   scope: Namespaced
///   versions:
///   - name: v1
///     schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
/// ").unwrap();
/// let schemas = Schemas::from_crd(&crd);
/// let widget = b"{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}, spec: {size: big}}";
/// let widget = chartwright::yaml::decode(widget).unwrap();
/// assert_eq!(schemas.check(Minor(35), &widget).unwrap()[0].rule, "wrong-type");
/// ```
#[derive(Debug, Default)]
pub struct Schemas {
    kinds: HashMap<(String, String), CustomKind>,
}

/// Beside these the server still asks the expressions of a definition; beside others, such as a wrong type, it does not.
const HIDES_NOTHING: [&str; 5] =
    ["unknown-field", "out-of-range", "pattern-mismatch", "no-allowed-form", "invalid-format"];

/// A kind of a CRD.
#[derive(Debug)]
struct CustomKind {
    schema: Schema,
    namespaced: bool,
}

impl Schemas {
    /// The kinds of one CRD; none when it is no CRD.
    pub fn from_crd(crd: &Node) -> Schemas {
        let mut schemas = Schemas::default();
        schemas.add(crd);
        schemas
    }

    /// Adds the kinds of a CRD. A version without a schema allows everything.
    pub fn add(&mut self, crd: &Node) {
        let crd = At::object(crd);
        if crd.text_of("kind") != Some("CustomResourceDefinition") {
            return;
        }
        let Some(spec) = crd.get("spec") else { return };
        let Some(group) = spec.text_of("group") else { return };
        let Some(kind) = spec.get("names").and_then(|names| names.text_of("kind")) else { return };
        let namespaced = spec.text_of("scope") != Some("Cluster");
        for version in spec.list("versions").filter(|version| version.bool_of("served") != Some(false)) {
            let Some(name) = version.text_of("name") else { continue };
            let schema = read::root(version.find(&["schema", "openAPIV3Schema"]).as_ref());
            let key = (format!("{group}/{name}"), kind.to_owned());
            self.kinds.insert(key, CustomKind { schema, namespaced });
        }
    }

    /// Whether a CRD defines this kind, and if so whether its objects live in namespaces.
    pub fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        Some(self.kinds.get(&(api_version.to_owned(), kind.to_owned()))?.namespaced)
    }

    /// The object with the defaults of its definition; as it is where no definition is known.
    pub fn filled<'n>(&self, object: &'n Node) -> Cow<'n, Node> {
        let kind = KindId::of(object).and_then(|id| self.kinds.get(&(id.api_version.to_owned(), id.kind.to_owned())));
        kind.map_or(Cow::Borrowed(object), |kind| fill::filled(&kind.schema, object))
    }

    /// Everything that an API server with these CRDs refuses in an object; `None` when it knows no such kind.
    pub fn check(&self, minor: Minor, object: &Node) -> Option<Vec<Problem>> {
        let id = KindId::of(object)?;
        let Some(kind) = self.kinds.get(&(id.api_version.to_owned(), id.kind.to_owned())) else {
            return check::check(minor, object);
        };
        // The server holds an object against the schema after it has filled in the defaults.
        let filled = fill::filled(&kind.schema, object);
        let mut walk = Walk::new(minor.known(), true, false);
        if let Shape::Struct(shape) = &kind.schema.shape {
            walk.object("", shape, &filled);
        }
        if let Some(limits) = &kind.schema.limits {
            walk.limits(limits, &filled);
        }
        let mut problems = walk.problems;
        if problems.iter().all(|problem| HIDES_NOTHING.contains(&problem.rule)) {
            cel::check(&kind.schema, &filled, &mut problems);
        }
        rules::check(id, minor.known(), &At::object(object), &mut problems);
        Some(problems)
    }
}
