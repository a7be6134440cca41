//! Which helm-unittest it is that suites are run as, and scalars as its reader takes them for texts.

use crate::funcs::semver;
use crate::value::number::format_float;
use crate::value::{Data, Node};

/// The version whose verdicts ours are.
pub const COMPATIBLE: &str = "1.1.1";

/// Whether a suite for this version or a later one is run.
pub(super) fn is_met(minimum: &str) -> bool {
    semver::satisfies(&format!(">={minimum}"), COMPATIBLE).unwrap_or(false)
}

/// The text of a scalar; of null an empty one.
pub(super) fn scalar(node: &Node) -> Option<String> {
    Some(match &node.data {
        Data::Null => String::new(),
        Data::Bool(b) => b.to_string(),
        Data::Int(n) => n.to_string(),
        Data::Float(n) => format_float(*n, b'g', None, false),
        Data::Str(text) => text.to_text().into_owned(),
        Data::List(_) | Data::Map(_) => return None,
    })
}

/// The version of Kubernetes that its programs take a cluster to have: the one that Helm's library has where nobody
/// sets another when it is built.
pub(super) const KUBERNETES: &str = "v1.20.0";
