//! One thing that a rule found.

use crate::diag::Diagnostic;
use crate::manifest::ObjectId;
use std::sync::Arc;

/// What a rule found, and where. The rule is the diagnostic's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Rule, severity, message, place, way out.
    pub diagnostic: Diagnostic,
    /// The object that it is about.
    pub object: Option<ObjectId>,
    /// The path in that object, or of the value it is about; empty where it is about neither.
    pub path: String,
    /// The cases in which it occurs, in their order; empty where it does not depend on a case.
    pub cases: Vec<Arc<str>>,
    /// Whether these are all cases of its chart; a reader need not be told then.
    pub everywhere: bool,
}

impl Finding {
    /// The rule.
    pub fn rule(&self) -> &str {
        &self.diagnostic.code
    }
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Finding {
        Finding { diagnostic, object: None, path: String::new(), cases: Vec::new(), everywhere: false }
    }
}
