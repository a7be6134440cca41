//! All procedures as a Makefile, for people who have make and kubectl and nothing else.
//!
//! In: the [`ReleaseFacts`] that count where no variable says other. Out: one file that needs no other. Each procedure's
//! script stands in it as a variable, which its targets hand to a shell by the environment: no word that a user gives
//! to make becomes part of a command line. What scripts share stands there once.

use super::layout::{LayoutError, lay_out};
use super::script::{shared, with_parts};
use super::{Procedure, ReleaseFacts, all};
use minijinja::context;
use serde::Serialize;

/// Targets that are helm and kind alone: name, command, what it does.
const CHART_TARGETS: &[(&str, &str, &str)] = &[
    ("all", "$(MAKE) -f $(firstword $(MAKEFILE_LIST)) lint template", "Lint the chart and render it"),
    ("lint", "$(HELM) lint $(CHART_DIR) $(HELM_ARGS)", "helm lint"),
    ("build", "$(HELM) package $(CHART_DIR)", "helm package"),
    ("template", "$(HELM) template $(RELEASE) $(CHART_DIR) -n $(NAMESPACE) $(HELM_ARGS)", "helm template"),
    (
        "install",
        "$(HELM) install $(RELEASE) $(CHART_DIR) -n $(NAMESPACE) --wait --timeout 15m $(HELM_ARGS)",
        "helm install; HELM_ARGS='-f values.yaml' gives values",
    ),
    (
        "upgrade",
        // `--reuse-values` would leave out what a newer chart has added.
        "$(HELM) upgrade $(RELEASE) $(CHART_DIR) -n $(NAMESPACE) --reset-then-reuse-values --wait --timeout 15m $(HELM_ARGS)",
        "helm upgrade; take a backup first",
    ),
    (
        "uninstall",
        "@if [ \"$(CONFIRM)\" != \"$(RELEASE)\" ]; then echo 'say CONFIRM=$(RELEASE) to uninstall it; its claims stay' >&2; exit 2; fi\n\t$(HELM) uninstall $(RELEASE) -n $(NAMESPACE)",
        "helm uninstall; needs CONFIRM=<release>",
    ),
    ("dependency-update", "$(HELM) dependency update $(CHART_DIR)", "helm dependency update"),
    ("dependency-build", "$(HELM) dependency build $(CHART_DIR)", "helm dependency build"),
    (
        "kind-create",
        "$(KIND) create cluster --name $(KIND_CLUSTER_NAME) $(if $(KIND_CONFIG),--config $(KIND_CONFIG))",
        "A cluster to try on",
    ),
    ("kind-delete", "$(KIND) delete cluster --name $(KIND_CLUSTER_NAME)", "Delete that cluster"),
];

/// A procedure in the Makefile.
#[derive(Serialize)]
struct Row<'p> {
    procedure: &'p Procedure,
    /// The variable that holds its script.
    variable: String,
    script: String,
    /// Name and own arguments of each target.
    targets: Vec<(&'p str, &'p str)>,
    /// Arguments of them all: parameters whose variables are set.
    words: String,
}

/// The Makefile.
///
/// # Errors
/// As [`script`](super::script()).
pub fn makefile(facts: &ReleaseFacts) -> Result<String, LayoutError> {
    let with_targets = all().iter().filter(|procedure| !procedure.targets.is_empty());
    let rows: Vec<Row<'_>> = with_targets.map(|procedure| row(procedure, facts)).collect::<Result<_, _>>()?;
    let parts: Vec<(String, String)> = shared().map(|(name, text)| (variable(name), text.replace('$', "$$"))).collect();
    lay_out("Makefile", include_str!("redis.mk.j2"), context! { rows, parts, facts, chart_targets => CHART_TARGETS })
}

fn row<'p>(procedure: &'p Procedure, facts: &ReleaseFacts) -> Result<Row<'p>, LayoutError> {
    let given = procedure.parameters.iter().flat_map(|parameter| {
        parameter.make.iter().map(move |name| format!(" $${{{name}:+--{} \"$${name}\"}}", parameter.name))
    });
    // Dollars of the script are the shell's; those that name what is shared are make's.
    let script = with_parts(procedure, facts, |name, _| format!("{MARK}{name}{MARK}"))?.replace('$', "$$");
    let script = shared().fold(script, |script, (name, _)| {
        script.replace(&format!("{MARK}{name}{MARK}"), &format!("$({})", variable(name)))
    });
    Ok(Row {
        procedure,
        targets: procedure.targets().collect(),
        variable: format!("OPS_{}", procedure.name.replace('-', "_")),
        script,
        words: given.collect(),
    })
}

/// Around the name of what is shared, until the dollars are settled: no text of ours has it.
const MARK: char = '\u{1f}';

/// The variable of what is shared.
fn variable(name: &str) -> String {
    format!("ops_{name}")
}
