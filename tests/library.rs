//! The library from outside: equal renders, threads, round trips, traces.

use chartwright::value::to_node;
use chartwright::{Chart, Compiled, Layer, Options, Rendered, Values, value, yaml};
use std::path::PathBuf;

fn chart() -> Chart {
    Chart::load(concat!(env!("CARGO_MANIFEST_DIR"), "/chart")).expect("chart/ loads")
}

/// The values of every file in chart/ci, by its name.
fn sets() -> Vec<(PathBuf, Values)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/chart/ci");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("chart/ci is there").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let layer = |path: &PathBuf| Layer::File {
        name: path.display().to_string(),
        bytes: std::fs::read(path).expect("the file can be read"),
    };
    paths.iter().map(|path| (path.clone(), Values::build(&[layer(path)]).expect("its values are good"))).collect()
}

fn seeded(compiled: &Compiled, values: &Values) -> Rendered {
    let options = Options::new().outside(chartwright::Outside::seeded(7).at(0, 0));
    compiled.render(values, &options).expect("it renders")
}

#[test]
fn r10_a_hundred_renders_give_the_same_bytes() {
    let compiled = Compiled::new(&chart());
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        matches!(name, Some("metrics-values.yaml" | "network-policy-values.yaml"))
    };
    // Two files are enough, and one of the largest renders among them: in a debug build a hundred of each take their time.
    let chosen: Vec<_> = sets().into_iter().filter(|(path, _)| named(path)).collect();
    assert_eq!(chosen.len(), 2);
    for (path, values) in chosen {
        let first = seeded(&compiled, &values).text();
        for _ in 1..100 {
            assert!(seeded(&compiled, &values).text() == first, "{}", path.display());
        }
    }
}

#[test]
fn one_compiled_chart_renders_from_several_threads() {
    fn shared<T: Send + Sync>(value: T) -> T {
        value
    }
    let compiled = shared(Compiled::new(&chart()));
    let expected = seeded(&compiled, &Values::default()).text();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(seeded(&compiled, &Values::default()).text() == expected));
        }
    });
}

#[test]
fn r12_every_manifest_reads_the_same_in_both_readers() {
    let compiled = Compiled::new(&chart());
    for (path, values) in sets() {
        for manifest in seeded(&compiled, &values).manifests.manifests {
            let theirs: serde_yaml::Value = serde_yaml::from_str(manifest.content()).expect("serde_yaml reads it");
            let ours = yaml::decode(manifest.content().as_bytes()).expect("we read it");
            assert_eq!(to_node(&theirs).expect("it is plain data"), ours, "{} {}", path.display(), manifest.path);
        }
    }
}

#[test]
fn r12_awkward_strings_stay_the_strings_they_are() {
    // Not here: DEL, which Go's writer refuses, and U+0085, which it folds into a blank.
    let awkward = [
        "on",
        "no",
        "y",
        "~",
        "null",
        "true",
        "0777",
        "0o17",
        "1e3",
        "1_000",
        "0x1F",
        ".5",
        "12:30:45",
        "2001-01-01",
        "a\nb",
        "a\nb\n",
        "\n",
        "a\n\n",
        "  lead",
        "trail ",
        "\tx",
        " a\n b",
        "é世界🦀",
        "- a",
        "#x",
        "a #b",
        "a: b",
        "",
        "'",
        "\"",
        "\\",
        "*a",
        "&a",
        "!x",
        "%x",
        "@x",
        "`x",
        "{",
        "[",
        "|",
        ">",
        "?",
        "---",
        "...",
        "=",
        "<<",
        "\u{2028}",
        "\u{feff}x",
        ".inf",
        ".NaN",
        "1.",
        "+1",
        "-",
    ];
    for text in awkward {
        let written = yaml::to_yaml(&value::Value::from(text)).expect("it can be written");
        let ours = yaml::decode(&written).expect("we read it");
        assert_eq!(ours.data, value::Data::Str(text.into()), "{written:?}");
        let theirs: serde_yaml::Value = serde_yaml::from_slice(&written).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        assert_eq!(theirs.as_str(), Some(text), "{}", String::from_utf8_lossy(&written));
    }
}

#[test]
fn traces_are_in_order_within_the_text() {
    let compiled = Compiled::new(&chart());
    for (_, values) in sets() {
        for file in seeded(&compiled, &values).files {
            let mut end = 0;
            for piece in &file.trace.pieces {
                assert!(end <= piece.start && piece.start < piece.end, "{}: {piece:?}", file.path);
                end = piece.end;
            }
            assert!(end <= file.text.len(), "{}", file.path);
        }
    }
}

#[test]
fn files_that_nobody_reads_cost_a_loop_over_them_nothing() {
    let files = [
        ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: c\nversion: 1.0.0\n".to_vec()),
        ("templates/a.yaml".to_owned(), br#"{{ range $p, $_ := .Files.Glob "crds/*" }}# {{ $p }}{{ end }}"#.to_vec()),
        (
            "templates/b.yaml".to_owned(),
            br#"{{ range .Files }}{{ if eq (len .) 3 }}# {{ . }}{{ end }}{{ end }}"#.to_vec(),
        ),
        ("crds/large.yaml".to_owned(), vec![b'#'; 8 << 20]),
        ("crds/small.yaml".to_owned(), b"#ab".to_vec()),
    ];
    let chart = Chart::from_files(files).expect("a chart");
    let rendered = chartwright::render(&chart, &Values::default(), &Options::new());
    // The second template looks at eight million bytes as a list of numbers.
    assert!(rendered.err().is_some_and(|error| error.to_string().contains("memory-bytes")));
    let without = |file: &(String, Vec<u8>)| file.0 != "templates/b.yaml";
    let chart = Chart::from_files(chart.raw().iter().map(|f| (f.name.to_string(), f.data.to_vec())).filter(without));
    let rendered = chartwright::render(&chart.expect("a chart"), &Values::default(), &Options::new());
    assert!(rendered.is_ok_and(|rendered| rendered.files.iter().any(|file| file.text.contains("crds/large.yaml"))));
}

#[test]
fn a_schema_that_stands_elsewhere_is_not_fetched() {
    let schema = r#"{"properties": {"a": {"$ref": "https://schemas.example/a.json"}}}"#;
    let files = [("Chart.yaml", "apiVersion: v2\nname: far\nversion: 0.1.0\n"), ("values.schema.json", schema)];
    let chart = Chart::from_files(files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))).unwrap();
    let error = Compiled::new(&chart).render(&Values::default(), &Options::default()).unwrap_err();
    let expected = "far:\nfailing loading \"https://schemas.example/a.json\": schemas are not fetched";
    assert!(error.to_string().contains(expected), "{error}");
}

/// A chart with a library below it that calls all that a render may not decide for itself.
fn outward() -> Compiled {
    let common = "{{ define \"common.key\" }}{{ $ca := genCA \"ca\" 10 }}{{ $ca.Cert | sha256sum }}{{ end }}";
    let config = "\
random: {{ randAlphaNum 24 }}
key: {{ include \"common.key\" . }}
text: {{ tpl .Values.text . }}
found: {{ lookup \"v1\" \"Secret\" \"default\" \"own\" | dig \"data\" \"password\" \"none\" }}
new: {{ semverCompare \">=1.30-0\" .Capabilities.KubeVersion.Version }}
";
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: out\nversion: 0.1.0\ndependencies: [{name: common, version: 1.0.0}]\n"),
        ("values.yaml", "text: '{{ .Release.Name }}-{{ include \"common.key\" . | trunc 4 | len }}'\n"),
        ("templates/config.yaml", config),
        ("charts/common/Chart.yaml", "apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n"),
        ("charts/common/templates/_key.tpl", common),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    Compiled::new(&Chart::from_files(files).expect("the chart is good"))
}

#[test]
fn r06_a_seed_and_objects_make_every_call_to_the_outside_repeatable() {
    let compiled = outward();
    let own = yaml::decode(
        b"{apiVersion: v1, kind: Secret, metadata: {name: own, namespace: default}, data: {password: c2VjcmV0}}",
    );
    let own = own.expect("it is YAML");
    let text = |seed: u64, objects: Vec<value::Node>| {
        let outside = chartwright::Outside::seeded(seed).at(0, 0).with_objects(objects);
        compiled.render(&Values::default(), &Options::new().outside(outside)).expect("it renders").text()
    };
    let first = text(7, vec![own.clone()]);
    assert_eq!(text(7, vec![own.clone()]), first);
    for line in ["text: release-name-4", "found: c2VjcmV0", "new: true"] {
        assert!(first.contains(line), "{first}");
    }
    let other = text(8, Vec::new());
    let differs = |key: &str| {
        let line = |text: &str| text.lines().find(|line| line.starts_with(key)).map(str::to_owned);
        line(&first) != line(&other)
    };
    assert!(differs("random") && differs("key") && differs("found") && !differs("text"), "{first}\n{other}");
}
