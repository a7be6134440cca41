//! What the project's own tests are made of, as inputs to begin with.
//!
//! In: the files below `tests/`, `chart/` and `fuzz/kept`. Out: their texts, by what they are.

use super::bundle;
use super::targets::{self, Target};
use chartwright::value::{Data, Node};
use chartwright::yaml;
use std::fs;
use std::path::{Path, PathBuf};

/// The files below a folder of the project whose names end in one of `ends`, in name order.
pub fn files(folder: &str, ends: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    found.sort();
    found.retain(|path| ends.iter().any(|end| path.to_string_lossy().ends_with(end)));
    found.into_iter().filter_map(|path| fs::read(&path).ok().map(|data| (path, data))).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

/// The texts alone.
pub fn texts(folder: &str, ends: &[&str]) -> Vec<Vec<u8>> {
    files(folder, ends).into_iter().map(|(_, data)| data).collect()
}

/// The cases that helm answered, below `tests/cases`.
pub fn cases(folder: &str) -> Vec<Node> {
    let read =
        |(_, text): (PathBuf, Vec<u8>)| yaml::decode_list(&text).map_or(Vec::new(), |list| list.items().to_vec());
    files(&format!("tests/cases/{folder}"), &[".yaml"]).into_iter().flat_map(read).collect()
}

/// A text of a case.
pub fn text_of(case: &Node, key: &str) -> Option<Vec<u8>> {
    case.get(key).and_then(|node| node.as_text()).map(|text| text.into_owned().into_bytes())
}

/// The chart of a case, with what the case has for a chart of its own.
pub fn chart_of(case: &Node) -> Vec<u8> {
    let mut files = vec![("Chart.yaml".to_owned(), b"apiVersion: v2\nname: case\nversion: 0.1.0\n".to_vec())];
    let mut add = |name: &str, data: Option<Vec<u8>>| files.extend(data.map(|data| (name.to_owned(), data)));
    add("templates/_case.tpl", text_of(case, "helpers"));
    add("templates/a.yaml", text_of(case, "template"));
    add("values.yaml", case.get("values").and_then(|values| yaml::node_to_yaml(values).ok()));
    for key in ["chart", "files"] {
        for (name, data) in case.get(key).and_then(Node::as_map).into_iter().flatten() {
            if let Data::Str(data) = &data.data {
                add(&String::from_utf8_lossy(name), Some(data.to_vec()));
            }
        }
    }
    bundle::text(files)
}

/// The folders below `folder` that are charts, each as one text.
pub fn charts(folder: &str) -> Vec<Vec<u8>> {
    let heads = files(folder, &["Chart.yaml"]).into_iter().filter_map(|(path, _)| path.parent().map(Path::to_path_buf));
    let heads: Vec<PathBuf> = heads.collect();
    let is_inside = |path: &Path| heads.iter().any(|other| path != other && path.starts_with(other));
    let roots = heads.iter().filter(|path| !is_inside(path));
    let chart = |root: &PathBuf| {
        let mut paths = Vec::new();
        walk(root, &mut paths);
        paths.sort();
        let file = |path: PathBuf| {
            let name = path.strip_prefix(root).ok()?.to_string_lossy().into_owned();
            Some((name, fs::read(&path).ok()?))
        };
        bundle::text(paths.into_iter().filter_map(file))
    };
    roots.map(chart).collect()
}

/// What was found in earlier runs: the target, the finding's name, and its input.
pub fn kept() -> Vec<(&'static Target, String, Vec<u8>)> {
    let parts = |(path, data): (PathBuf, Vec<u8>)| {
        let target = path.parent()?.file_name()?.to_string_lossy().into_owned();
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((targets::find(&target).ok()?, name, data))
    };
    files("fuzz/kept", &[""]).into_iter().filter_map(parts).collect()
}
