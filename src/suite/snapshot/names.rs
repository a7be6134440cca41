//! What the files of snapshots are called.
//!
//! In: the names of cases. Out: names of files that any file system takes, one for each.

use crate::values::Layer;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How the files end.
pub(super) const END: &str = ".yaml";

/// Longer names are cut: some file systems take 255 bytes, with a path in some tools.
const LONGEST: usize = 100;

/// The files of these cases, in their order.
pub(super) fn files(cases: &[String]) -> Vec<String> {
    let plain: Vec<String> = cases.iter().map(|case| plain(case)).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    // On some systems `A` and `a` are one file.
    plain.iter().for_each(|name| *counts.entry(name.to_lowercase()).or_default() += 1);
    let named = |(case, name): (&String, &String)| match counts.get(&name.to_lowercase()) {
        Some(1) if name.len() <= LONGEST && !name.is_empty() => format!("{name}{END}"),
        _ => {
            let short: String = name.chars().take(LONGEST).collect();
            let hash = Sha256::digest(case.as_bytes());
            let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("{short}-{hash}{END}").trim_start_matches('-').to_owned()
        }
    };
    cases.iter().zip(&plain).map(named).collect()
}

/// `ci/small-values.yaml, kube 1.33` is `ci-small-values--kube-1.33`.
fn plain(case: &str) -> String {
    let parts = case.split(", ").map(|part| {
        let part = part.strip_suffix(".yaml").or_else(|| part.strip_suffix(".yml")).unwrap_or(part);
        let letters = part.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' });
        letters.collect::<String>().trim_matches(['.', '-']).to_owned()
    });
    parts.collect::<Vec<_>>().join("--")
}

/// Values that the user gives, without any value: `-f prod.yaml`, `--set image.tag`.
pub(super) fn given(layer: &Layer) -> String {
    let key = |text: &str| text.split_once('=').map_or("…", |(key, _)| key).to_owned();
    match layer {
        // The folder is another one on another machine.
        Layer::File { name, .. } => format!("-f {}", name.rsplit(['/', '\\']).next().unwrap_or(name)),
        Layer::Set(text) => format!("--set {}", key(text)),
        Layer::SetString(text) => format!("--set-string {}", key(text)),
        Layer::SetJson(text) => format!("--set-json {}", key(text)),
        Layer::SetFile { text, .. } => format!("--set-file {}", key(text)),
        Layer::SetLiteral(text) => format!("--set-literal {}", key(text)),
        Layer::Data(_) => "values of a program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_file_of_its_own_whose_name_any_system_takes() {
        let named = |cases: &[&str]| files(&cases.iter().map(|case| (*case).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            named(&["defaults", "ci/small-values.yaml, kube 1.33, upgrade", "../x y:z"]),
            ["defaults.yaml", "ci-small-values--kube-1.33--upgrade.yaml", "x-y-z.yaml"]
        );
        let twins = named(&["ci/a-values.yaml", "ci-A-values", "b"]);
        assert_eq!(twins[2], "b.yaml");
        assert!(
            twins[0].starts_with("ci-a-values-") && twins[0].to_lowercase() != twins[1].to_lowercase(),
            "{twins:?}"
        );
        let long = named(&[&"x".repeat(300), "…"]);
        assert!(long.iter().all(|name| name.len() < 120 && name.len() > 8), "{long:?}");
    }
}
