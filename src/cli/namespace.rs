//! The namespace of the release, from the places that a command line names.
//!
//! In: flags and `HELM_NAMESPACE`. Out: a name. Unlike Helm, a kubeconfig is read only where
//! `--kubeconfig` names it: what a chart renders to depends on no file that nobody mentioned.

use super::args::ReleaseArgs;
use crate::value::{Data, Node};
use crate::yaml;

/// `--namespace`, `HELM_NAMESPACE`, the context of `--kubeconfig`, or `default`.
pub(super) fn of(args: &ReleaseArgs) -> String {
    let given = args.namespace.clone().filter(|name| !name.is_empty());
    let given = given.or_else(|| std::env::var("HELM_NAMESPACE").ok().filter(|name| !name.is_empty()));
    let given = given.or_else(|| {
        // As in Helm, a file that is missing or no kubeconfig decides nothing.
        let file = super::input::read(args.kubeconfig.as_deref().filter(|name| !name.is_empty())?).ok()?;
        in_context(&yaml::decode(&file).ok()?, args.kube_context.as_deref().filter(|name| !name.is_empty()))
    });
    given.unwrap_or_else(|| "default".to_owned())
}

/// The namespace of a context of a kubeconfig.
fn in_context(config: &Node, context: Option<&str>) -> Option<String> {
    let current = || text(config.get("current-context"));
    let wanted = context.map(str::to_owned).or_else(current)?;
    let Data::List(contexts) = &config.get("contexts")?.data else { return None };
    let found = contexts.iter().find(|context| text(context.get("name")).as_deref() == Some(&*wanted))?;
    text(found.get("context")?.get("namespace")).filter(|name| !name.is_empty())
}

fn text(node: Option<&Node>) -> Option<String> {
    match &node?.data {
        Data::Str(text) => Some(text.to_text().into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_context_decides_unless_another_is_named() {
        let config = b"current-context: b
contexts:
- {name: a, context: {namespace: in-a}}
- {name: b, context: {namespace: in-b}}
- {name: c, context: {cluster: x}}
";
        let config = yaml::decode(config).expect("it is YAML");
        assert_eq!(in_context(&config, None).as_deref(), Some("in-b"));
        assert_eq!(in_context(&config, Some("a")).as_deref(), Some("in-a"));
        assert_eq!(in_context(&config, Some("c")), None);
        assert_eq!(in_context(&Node::default(), None), None);
    }
}
