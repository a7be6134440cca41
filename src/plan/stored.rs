//! A release as Helm stores it in the cluster.
//!
//! In: a Secret or ConfigMap of a release as `kubectl get -o yaml` prints it, or what its `release` key holds. Out:
//! [`Stored`]: the chart, the user's values, and the manifests that were applied.

use crate::chart::{Chart, gunzip, is_gzip};
use crate::limits::CHART_BYTES;
use crate::manifest::split;
use crate::value::Node;
use crate::values::{Layer, Values};
use crate::yaml;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// A stored release.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Which revision it is.
    pub revision: i64,
    /// `deployed`, `failed`, `pending-upgrade`.
    pub status: String,
    /// The chart, without its subcharts: Helm does not store them.
    pub chart: Option<Chart>,
    /// The user's values.
    pub values: Values,
    /// Manifests and hooks by the paths of their templates.
    pub files: Vec<(Arc<str>, Arc<str>)>,
}

/// Why a stored release cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// The payload is cut off or damaged.
    #[error("the stored release is damaged: {0}")]
    Damaged(String),
    /// It is JSON, and no release.
    #[error("the stored release has no `{0}`")]
    Missing(&'static str),
}

/// Encodings around one another: a Secret's own and Helm's, and one more that somebody left around it.
const MOST_WRAPS: usize = 4;

impl Stored {
    /// Reads a release; `None` where these bytes are something else.
    ///
    /// # Errors
    /// It is a release, and damaged.
    pub fn read(bytes: &[u8]) -> Result<Option<Stored>, StoredError> {
        let Some(payload) = payload(bytes) else { return Ok(None) };
        let json = unwrapped(payload)?;
        let node = yaml::decode(&json).map_err(|error| StoredError::Damaged(error.message))?;
        release(&node).map(Some)
    }
}

/// What the `release` key of a Secret or ConfigMap holds, or a bare payload.
fn payload(bytes: &[u8]) -> Option<Vec<u8>> {
    let bare = bytes.trim_ascii();
    // Base64 of what gzip begins with, once and twice.
    if is_gzip(bare) || bare.starts_with(b"H4sI") || bare.starts_with(b"SDRzS") {
        return Some(bare.to_vec());
    }
    let is_mentioned = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    if !is_mentioned(b"sh.helm.release") && !is_mentioned(b"helm.sh/release") && !is_mentioned(b"\"manifest\"") {
        return None;
    }
    let node = yaml::decode(bytes).ok()?;
    if node.get("manifest").is_some() && node.get("chart").is_some() {
        return Some(bytes.to_vec());
    }
    let is_kept = node.find("kind").and_then(Node::as_text).is_some_and(|kind| kind == "Secret" || kind == "ConfigMap");
    let found = node.get("data")?.get("release")?.as_text()?;
    is_kept.then(|| found.trim().as_bytes().to_vec())
}

/// Takes away what is around the JSON.
fn unwrapped(mut bytes: Vec<u8>) -> Result<Vec<u8>, StoredError> {
    for _ in 0..MOST_WRAPS {
        bytes = match bytes.trim_ascii() {
            trimmed if trimmed.starts_with(b"{") => return Ok(trimmed.to_vec()),
            trimmed if is_gzip(trimmed) => gunzip(trimmed, CHART_BYTES.get()).map_err(StoredError::Damaged)?,
            trimmed => {
                let plain: Vec<u8> = trimmed.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                STANDARD.decode(plain).map_err(|error| StoredError::Damaged(error.to_string()))?
            }
        };
    }
    Err(StoredError::Damaged("no JSON in it".to_owned()))
}

fn release(node: &Node) -> Result<Stored, StoredError> {
    let text = |path: &str| node.find(path).and_then(Node::as_text).map(|text| text.into_owned());
    let manifest = text("manifest").ok_or(StoredError::Missing("manifest"))?;
    let name = text("name").ok_or(StoredError::Missing("name"))?;
    #[allow(clippy::cast_possible_truncation)] // revisions are small
    let revision = node.get("version").and_then(Node::as_number).unwrap_or(1.0) as i64;
    let mut files = sourced(&manifest);
    for hook in node.get("hooks").map(Node::items).unwrap_or_default() {
        let of = |key| hook.get(key).and_then(Node::as_text).map(|text| text.into_owned());
        if let (Some(path), Some(text)) = (of("path"), of("manifest")) {
            files.push((Arc::from(path), Arc::from(text)));
        }
    }
    Ok(Stored {
        namespace: text("namespace").unwrap_or_default(),
        revision,
        status: text("info.status").unwrap_or_default(),
        chart: node.get("chart").and_then(chart),
        values: config(node.get("config"), &format!("values of {name} revision {revision}")),
        files,
        name,
    })
}

/// The documents of a manifest by the template that its `# Source:` line names.
///
/// ```
/// let files = chartwright::plan::sourced("---\n# Source: c/templates/a.yaml\nkind: A\n---\nkind: B\n");
/// assert_eq!(files.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["c/templates/a.yaml", "manifest"]);
/// ```
pub fn sourced(manifest: &str) -> Vec<(Arc<str>, Arc<str>)> {
    let one = |text: &str| {
        let line = text.trim_start().lines().next().unwrap_or_default();
        let source = line.strip_prefix("# Source: ").map_or("manifest", str::trim);
        (Arc::from(source), Arc::from(text))
    };
    split(manifest).into_iter().filter_map(|range| manifest.get(range)).map(one).collect()
}

/// The user's values, as one layer.
fn config(node: Option<&Node>, name: &str) -> Values {
    let Some(node) = node.filter(|node| node.as_map().is_some()) else { return Values::default() };
    let bytes = yaml::node_to_yaml(node).unwrap_or_default();
    Values::build(&[Layer::File { name: name.to_owned(), bytes }]).unwrap_or_default()
}

/// The chart of a release, as far as Helm stores it; `None` where it is none.
fn chart(node: &Node) -> Option<Chart> {
    let printed = |key: &str| node.get(key).and_then(|part| yaml::node_to_yaml(part).ok());
    let mut files = vec![("Chart.yaml".to_owned(), printed("metadata")?)];
    files.extend(printed("values").map(|values| ("values.yaml".to_owned(), values)));
    let decoded = |node: &Node| STANDARD.decode(node.as_text()?.as_bytes()).ok();
    files.extend(node.get("schema").and_then(decoded).map(|schema| ("values.schema.json".to_owned(), schema)));
    for file in ["templates", "files"].iter().flat_map(|key| node.get(key).map(Node::items).unwrap_or_default()) {
        let name = file.get("name").and_then(Node::as_text)?.into_owned();
        files.push((name, file.get("data").and_then(decoded).unwrap_or_default()));
    }
    Chart::from_files(files).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(json: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let _ = encoder.write_all(json.as_bytes());
        STANDARD.encode(encoder.finish().unwrap_or_default()).into_bytes()
    }

    const RELEASE: &str = r#"{"name":"r","namespace":"n","version":3,"info":{"status":"deployed"},
        "chart":{"metadata":{"apiVersion":"v2","name":"c","version":"1.0.0"},"values":{"a":1},
                 "templates":[{"name":"templates/a.yaml","data":"e30="}]},
        "config":{"a":2,"big":10000000},"manifest":"---\n# Source: c/templates/a.yaml\nkind: ConfigMap\n",
        "hooks":[{"path":"c/templates/h.yaml","manifest":"kind: Job\n"}]}"#;

    #[test]
    fn a_release_is_read_from_its_payload_and_from_the_secret_around_it() {
        let payload = packed(RELEASE);
        let secret = format!(
            "apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\ndata: {{release: {}}}\n",
            STANDARD.encode(&payload)
        );
        let twice = STANDARD.encode(&payload).into_bytes();
        for bytes in [payload, twice, secret.into_bytes(), RELEASE.as_bytes().to_vec()] {
            let stored = Stored::read(&bytes).ok().flatten().expect("a release");
            assert_eq!(
                (&*stored.name, &*stored.namespace, stored.revision, &*stored.status),
                ("r", "n", 3, "deployed")
            );
            assert_eq!(
                stored.files.iter().map(|(path, _)| &**path).collect::<Vec<_>>(),
                ["c/templates/a.yaml", "c/templates/h.yaml"]
            );
            assert_eq!(stored.chart.map(|chart| chart.metadata().version.clone()).as_deref(), Some("1.0.0"));
            assert_eq!(stored.values.root.find("a").and_then(Node::as_number), Some(2.0));
        }
    }

    #[test]
    fn what_is_cut_off_is_told_and_what_is_no_release_is_none() {
        let payload = packed(RELEASE);
        let cut = payload.get(..payload.len() / 2).unwrap_or_default();
        let cut = cut.get(..cut.len() / 4 * 4).unwrap_or_default();
        let error = Stored::read(cut).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("the stored release is damaged: it ends in the middle"));
        assert!(matches!(Stored::read(b"kind: Secret\ndata: {a: b}\n"), Ok(None)));
        assert!(matches!(Stored::read(b""), Ok(None)));
        let error = Stored::read(&packed("{\"name\":\"r\"}")).err();
        assert_eq!(error, Some(StoredError::Missing("manifest")));
    }
}
