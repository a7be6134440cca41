//! Every row of tests/rows.txt has a test whose name begins with its id: `c10_a_password_…`.

use std::path::Path;

/// `fn x01_…` below `#[test]`, in every Rust file of a folder and of those in it.
fn tests_in(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of tests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            names.extend(tests_in(&path));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a Rust file");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let tests = lines.windows(2).filter(|pair| matches!(pair, ["#[test]", _]));
        names.extend(tests.filter_map(|pair| pair.get(1)?.strip_prefix("fn ").map(str::to_owned)));
    }
    names
}

#[test]
fn every_row_has_a_test_that_begins_with_its_id() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests: Vec<String> = ["tests", "src"].iter().flat_map(|folder| tests_in(&root.join(folder))).collect();
    let rows = std::fs::read_to_string(root.join("tests/rows.txt")).expect("the rows");
    let ids: Vec<String> = rows
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' ').map(|(id, _)| id.to_lowercase()))
        .collect();
    assert_eq!(ids.len(), 121);
    let missing: Vec<_> =
        ids.iter().filter(|id| !tests.iter().any(|test| test.starts_with(&format!("{id}_")))).collect();
    assert!(missing.is_empty(), "rows without a test: {missing:?}");
}
