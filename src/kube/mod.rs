//! What Kubernetes is, as tables: kinds, fields, names, amounts, and what the API server refuses.
//!
//! In: an object as [`yaml::decode`](crate::yaml::decode) gives it, and the [`Minor`] of Kubernetes it is meant for.
//! Out: [`Problem`]s with the path as the server prints it and the place in the document. Nothing here knows of Helm.
//!
//! ```
//! use chartwright::kube::{self, Minor};
//!
//! let text = b"apiVersion: v1\nkind: Service\nmetadata: {name: redis}\nspec: {ports: [{prot: 6379}]}\n";
//! let object = chartwright::yaml::decode(text).unwrap();
//! let problems = kube::check(Minor(35), &object).expect("a known kind");
//! assert_eq!(problems[0].rule, "unknown-field");
//! assert_eq!(kube::show_path(&problems[0].path), "spec.ports[0].prot");
//! assert_eq!(problems[0].fix.as_deref(), Some("write `port`"));
//! ```

mod at;
mod check;
mod crd;
mod defaults;
mod deprecations;
mod immutable;
mod kinds;
pub mod names;
mod pod_security;
mod podspec;
mod problem;
mod quantity;
mod range;
mod rules;
mod schema;
mod stored;
mod types;

pub use self::at::At;
pub use self::check::check;
pub use self::crd::Schemas;
pub use self::deprecations::{DeprecatedApi, Deprecation, deprecated_api, deprecations};
pub use self::immutable::{Refusal, STATEFUL_SET_MAY, immutable_changes, refusals};
pub use self::kinds::{Kind, KindId, api_versions, is_namespaced, kinds, known_kind, why_unknown};
pub use self::pod_security::{CHECKS, Level, Violation, pod_security, pod_security_warning};
pub use self::podspec::{Container, ContainerKind, containers, pod_spec, pod_template};
pub use self::problem::{Minor, Problem, show_path};
pub use self::quantity::Quantity;
pub use self::rules::{RULES, RuleInfo};
pub(crate) use self::rules::{check_schedule, is_duration};
pub use self::stored::{normalised, upgrade};
