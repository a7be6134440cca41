//! Input that means harm, or is broken: each ends in an ordinary error that says where, within
//! little time and memory. What Helm answers to the same input is in tests/cases where it answers.

mod folder;

use chartwright::{Chart, Layer, Limits, Options, Values, render};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CHARTWRIGHT: &str = env!("CARGO_BIN_EXE_chartwright");
const HEAD: &[u8] = b"apiVersion: v2\nname: c\nversion: 0.1.0\n";
/// Far more than any of these takes without optimisation, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(60);

/// Renders one template with small limits; what went wrong, in Helm's words and with its place.
fn failure(template: &str, limits: Limits) -> String {
    let files = [("Chart.yaml".to_owned(), HEAD.to_vec()), ("templates/a.yaml".to_owned(), template.into())];
    let chart = Chart::from_files(files).expect("the chart is good");
    let begin = Instant::now();
    let error = render(&chart, &Values::default(), &Options::new().limits(limits));
    let shown: String = template.chars().take(200).collect();
    assert!(begin.elapsed() < PATIENCE, "{shown} took {:?}", begin.elapsed());
    let error = error.err().unwrap_or_else(|| panic!("{shown} renders"));
    let place = error.diagnostics.first().and_then(|first| first.place.as_ref());
    let place = place.unwrap_or_else(|| panic!("{shown}: no place in {error}"));
    format!("{place} {error}")
}

/// Limits that a debug build meets soon.
fn small() -> Limits {
    Limits {
        depth: 200,
        steps: 400_000,
        output_bytes: 1 << 20,
        value_bytes: 1 << 20,
        text_bytes: 4 << 20,
        memory_bytes: 16 << 20,
    }
}

fn with(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

#[test]
fn every_endless_template_meets_a_limit_at_its_place() {
    let nest = |rounds: usize| {
        format!("{{{{ $d := dict }}}}{{{{ range until {rounds} }}}}{{{{ $d = dict \"a\" $d }}}}{{{{ end }}}}")
    };
    let share = "{{ $d := list 1 }}{{ range until 40 }}{{ $d = list $d $d }}{{ end }}\n";
    let twice = "{{ $s := \"xxxxxxxxxx\" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}";
    let calls: String = (0..60)
        .map(|n| {
            format!(
                "{{{{ define \"x{n}\" }}}}{{{{ template \"x{0}\" }}}}{{{{ template \"x{0}\" }}}}{{{{ end }}}}",
                n + 1
            )
        })
        .collect();
    for (template, limit) in [
        ("a: {{ range $i := 1000000000000 }}{{ end }}".to_owned(), "steps"),
        ("a: {{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}".to_owned(), "steps"),
        ("a: {{ range until 10000 }}{{ $x := genPrivateKey \"ed25519\" }}{{ end }}".to_owned(), "steps"),
        ("a: {{ range until 30000 }}{{ tpl (print \"{{ . }}\" .) . }}{{ end }}".to_owned(), "steps"),
        (format!("{calls}{{{{ define \"x60\" }}}}{{{{ end }}}}a: {{{{ template \"x0\" }}}}"), "steps"),
        ("a: {{ uniq (until 10000) }}".to_owned(), "steps"),
        ("a: {{ randAscii 1000000 }}".to_owned(), "steps"),
        (nest(30_000), "memory-bytes"),
        ("a: {{ $l := list }}{{ range 1000 }}{{ $l = append $l (until 30000) }}{{ end }}".to_owned(), "steps"),
        ("a: {{ range until 30000 }}{{ repeat 99 \"x\" }}{{ end }}".to_owned(), "output-bytes"),
        (twice.to_owned(), "value-bytes"),
        (format!("{share}{{{{ toYaml $d }}}}"), "value-bytes"),
        (format!("{share}{{{{ toJson $d }}}}"), "value-bytes"),
        (format!("{share}{{{{ toToml (dict \"a\" $d) }}}}"), "value-bytes"),
        (format!("{share}{{{{ $d }}}}"), "value-bytes"),
        (format!("{share}{{{{ printf \"%v\" $d }}}}"), "value-bytes"),
        (format!("{share}{{{{ deepCopy $d }}}}"), "value-bytes"),
        (format!("{share}{{{{ deepEqual $d $d }}}}"), "value-bytes"),
        (format!("{share}{{{{ merge (dict \"a\" $d) (dict \"a\" $d) }}}}"), "value-bytes"),
        ("a: {{ repeat 100000000 \"x\" }}".to_owned(), "value-bytes"),
        ("a: {{ indent 100000000 \"x\" }}".to_owned(), "value-bytes"),
        ("a: {{ randAlphaNum 100000000 }}".to_owned(), "value-bytes"),
        ("a: {{ join (repeat 100000 \"x\") (until 1000) }}".to_owned(), "value-bytes"),
        ("a: {{ replace \"x\" (repeat 10000 \"y\") (repeat 10000 \"x\") }}".to_owned(), "value-bytes"),
        ("a: {{ regexReplaceAll \"x\" (repeat 10000 \"x\") (repeat 10000 \"y\") }}".to_owned(), "value-bytes"),
        ("a: {{ wrapWith 1 (repeat 10000 \"y\") (repeat 10000 \"x\") }}".to_owned(), "value-bytes"),
        ("a: {{ printf (repeat 100 \"%999999[1]d\") 1 }}".to_owned(), "value-bytes"),
        ("a: {{ range until 10000 }}{{ $x := repeat 100000 \"x\" }}{{ end }}".to_owned(), "text-bytes"),
    ] {
        let error = failure(&template, small());
        let shown: String = template.chars().take(120).collect();
        assert!(error.contains(&format!("(limit {limit})")), "{shown}: {error}");
        assert!(error.starts_with("c/templates/a.yaml:"), "{shown}: {error}");
    }
}

#[test]
fn the_defaults_end_an_endless_loop() {
    let error = failure("a: {{ range $i := 1000000000000 }}{{ end }}", Limits::default());
    assert!(error.contains("more than 10000000 steps (limit steps)"), "{error}");
}

#[test]
fn one_spent_limit_is_told_once() {
    let loops = "{{ range $i := 1000000000000 }}{{ end }}";
    let files = ["Chart.yaml", "templates/a.yaml", "templates/b.yaml"];
    let files = files.map(|name| (name.to_owned(), if name == "Chart.yaml" { HEAD.to_vec() } else { loops.into() }));
    let chart = Chart::from_files(files).expect("the chart is good");
    let error = render(&chart, &Values::default(), &Options::new().limits(small())).expect_err("it cannot end");
    assert_eq!(error.diagnostics.len(), 1, "{error}");
}

#[test]
fn templates_inside_themselves_are_told_at_the_call() {
    let own = |call: &str| format!("{{{{ define \"x\" }}}}{{{{ {call} }}}}{{{{ end }}}}\na: {{{{ {call} }}}}");
    let error = failure(&own("template \"x\" ."), with(|limits| limits.depth = 100));
    assert!(error.starts_with("c/templates/a.yaml:1:29 "), "{error}");
    assert!(error.contains("at <{{template \"x\" .}}>"), "{error}");
    assert!(error.contains("exceeded maximum template depth (100)"), "{error}");
    let error = failure(&own("include \"x\" ."), Limits::default());
    assert!(error.contains("nested reference name: x"), "{error}");
    let text = "{{ $t := dict \"t\" \"{{ tpl .t . }}\" }}a: {{ tpl $t.t $t }}";
    let error = failure(text, Limits::default());
    assert!(error.contains("more than 1000 calls of tpl inside each other"), "{}", error.len());
    assert!(error.len() < 2 << 20, "{}", error.len());
}

/// A map that holds itself, and one that nests as deep as memory allows.
const STRANGE: [&str; 3] = [
    "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}",
    "{{ $d := dict }}{{ range until 50000 }}{{ $d = dict \"a\" $d }}{{ end }}",
    "{{ $d := list }}{{ range until 100000 }}{{ $d = list $d }}{{ end }}",
];

#[test]
fn printing_a_value_without_an_end_is_an_error() {
    for value in STRANGE {
        for call in
            ["$d", "printf \"%v\" $d", "printf \"%#v\" $d", "print $d", "quote $d", "toString $d", "cat $d", "html $d"]
        {
            let error = failure(&format!("{value}\na: {{{{ {call} }}}}"), Limits::default());
            assert!(error.starts_with("c/templates/a.yaml:2:"), "{call}: {error}");
            assert!(error.contains("nests deeper than 200 levels, or contains itself"), "{call}: {error}");
        }
        for call in ["deepCopy $d", "mustToJson $d", "mustToYaml $d"] {
            let error = failure(&format!("{value}\na: {{{{ {call} }}}}"), Limits::default());
            assert!(error.starts_with("c/templates/a.yaml:2:"), "{call}: {error}");
        }
        // Helm gives nothing for what it cannot write, and compares without following a cycle twice.
        for call in ["toYaml $d | quote", "toJson $d", "deepEqual $d $d", "len $d", "has $d (list $d)", "kindOf $d"] {
            let files = [
                ("Chart.yaml".to_owned(), HEAD.to_vec()),
                ("templates/a.yaml".to_owned(), format!("{value}\na: {{{{ {call} }}}}").into_bytes()),
            ];
            let chart = Chart::from_files(files).expect("the chart is good");
            let rendered = render(&chart, &Values::default(), &Options::new());
            assert!(rendered.is_ok(), "{call}: {}", rendered.err().map(|error| error.to_string()).unwrap_or_default());
        }
    }
}

/// Renders a chart with these files; the error is the text.
fn rendered(files: &[(&str, String)]) -> Result<String, String> {
    let head = ("Chart.yaml".to_owned(), HEAD.to_vec());
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes()));
    let chart = Chart::from_files(std::iter::once(head).chain(files)).expect("the chart is good");
    let rendered = render(&chart, &Values::default(), &Options::new());
    rendered.map(|rendered| rendered.text()).map_err(|error| error.to_string())
}

#[test]
fn a_schema_that_doubles_at_each_reference_is_refused_at_once() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for leaf in ["object", "string"] {
            let part = |n| format!(r##"{{"$ref": "#/definitions/d{n}"}}"##);
            let link = |n| format!(r#""d{n}": {{"{keyword}": [{0}, {0}]}}"#, part(n + 1));
            let links: Vec<String> = (0..40).map(link).collect();
            let links = links.join(", ");
            let schema =
                format!(r##"{{"$ref": "#/definitions/d0", "definitions": {{{links}, "d40": {{"type": "{leaf}"}}}}}}"##);
            let begin = Instant::now();
            let error = rendered(&[("values.schema.json", schema)]).expect_err("it cannot be checked");
            assert!(begin.elapsed() < PATIENCE, "{keyword} {leaf} took {:?}", begin.elapsed());
            assert!(error.contains("\nc:\nthe schema asks for more than 2000000 checks"), "{keyword}: {error}");
        }
    }
}

#[test]
fn fifty_thousand_definitions_in_a_file_are_read_in_one_go() {
    let defines: String = (0..50_000).map(|n| format!("{{{{ define \"x{n}\" }}}}{n}{{{{ end }}}}")).collect();
    let begin = Instant::now();
    let text = rendered(&[("templates/a.yaml", format!("{defines}a: {{{{ template \"x49999\" }}}}"))]);
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    assert_eq!(text.as_deref(), Ok("---\n# Source: c/templates/a.yaml\na: 49999\n"));
}

#[test]
fn deep_text_is_refused_by_every_reader() {
    let deep = |open: &str, close: &str| format!("(print (repeat 20000 {open:?}) \"1\" (repeat 20000 {close:?}))");
    for call in [
        format!("mustFromJson {}", deep("[", "]")),
        format!("tpl {} .", deep("{{ if 1 }}", "{{ end }}")),
        format!("tpl (print \"{{{{ \" {} \" }}}}\") .", deep("(", ")")),
        format!("mustRegexMatch {} \"x\"", deep("(", ")")),
        "mustRegexMatch \"((a{100}){100}){100}\" \"x\"".to_owned(),
    ] {
        let error = failure(&format!("a:\n{{{{ {call} }}}}"), Limits::default());
        assert!(error.starts_with("c/templates/a.yaml:2:"), "{call}: {error}");
    }
}

/// A gzipped tar of these files.
fn tgz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, data) in files {
        archive.append(&header(name, data.len(), tar::EntryType::Regular), *data).expect("memory takes it");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("memory takes it")
}

/// A header with a name that the crate itself would refuse to write.
fn header(name: &str, size: usize, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_old();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size as u64);
    header.set_cksum();
    header
}

fn load(archive: &[u8]) -> Result<Chart, String> {
    let begin = Instant::now();
    let loaded = Chart::from_archive(archive, "c.tgz").map_err(|error| error.to_string());
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    loaded
}

const GOOD: [(&str, &[u8]); 2] = [("c/Chart.yaml", HEAD), ("c/templates/a.yaml", b"a: 1\n")];

#[test]
fn damaged_and_hostile_archives_are_errors() {
    let whole = tgz(&GOOD);
    let zipped = |bytes: &[u8]| {
        let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
        zip.write_all(bytes).expect("memory takes it");
        zip.finish().expect("memory takes it")
    };
    let and = |name: &str, data: &[u8]| tgz(&[GOOD[0], GOOD[1], (name, data)]);
    let big = vec![0; 60 << 20];
    let bomb = tgz(&[GOOD[0], ("c/files/a", &big), ("c/files/b", &big)]);
    // No bomb by itself: a byte of it comes from a byte of the archive times fifty.
    let noisy: Vec<u8> =
        (0..60_u32 << 20).map(|n| if n % 64 == 0 { (n.wrapping_mul(2_654_435_761) >> 24) as u8 } else { 0 }).collect();
    let inner = tgz(&[GOOD[0], ("c/files/a", &noisy)]);
    let zeros = tgz(&[GOOD[0], ("c/charts/a.tgz", &tgz(&[GOOD[0], ("c/files/a", &big)]))]);
    let bombs = tgz(&[GOOD[0], ("c/charts/a.tgz", &inner), ("c/charts/b.tgz", &inner)]);
    let doubled =
        (0..20).fold(whole.clone(), |inner, _| tgz(&[GOOD[0], ("c/charts/a.tgz", &inner), ("c/charts/b.tgz", &inner)]));
    let large = zipped(header("c/x", 101 << 20, tar::EntryType::Regular).as_bytes());
    let headers: Vec<u8> =
        (0..100_001).flat_map(|n| *header(&format!("c/{n}"), 0, tar::EntryType::Regular).as_bytes()).collect();
    for (archive, want) in [
        (whole[..whole.len() / 2].to_vec(), "unexpected EOF"),
        (b"no archive".to_vec(), "does not appear to be a gzipped archive"),
        (Vec::new(), "does not appear to be a gzipped archive"),
        (b"\x1F\x8B\x08".to_vec(), "unexpected EOF"),
        (zipped(&[b'x'; 5000]), "invalid tar header"),
        (zipped(b""), "no files in chart archive"),
        (zipped(&[0; 5120]), "no files in chart archive"),
        (and("c/../../x", b""), "illegally references parent directory"),
        (and("c//etc/x", b""), "illegally contains absolute paths"),
        (and("x", b""), "outside the base directory"),
        (tgz(&[GOOD[1]]), "no Chart.yaml found"),
        (bomb, "larger than the maximum size"),
        (zeros, "more than 200 bytes from one byte of the archive (limit archive-ratio)"),
        (bombs, "error unpacking subchart b.tgz in c: decompressed chart is larger than the maximum size"),
        (large, "decompressed chart is larger than the maximum size 104857600"),
        (doubled, "more than 2000 charts in one"),
        (zipped(&headers), "more than 100000 files in one chart (limit chart-files)"),
        (and("c/charts/s.tgz", b"hello"), "error unpacking subchart s.tgz in c: unexpected EOF"),
        (and("c/charts/s.tgz", &whole[..100]), "error unpacking subchart s.tgz in c: unexpected EOF"),
    ] {
        let error = load(&archive).err().unwrap_or_else(|| panic!("no error for {want}"));
        assert!(error.contains(want), "{want}: {error}");
        assert!(error.chars().all(|c| !c.is_control()), "{error:?}");
    }
}

#[test]
fn links_in_an_archive_lead_nowhere() {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, data) in GOOD {
        archive.append(&header(name, data.len(), tar::EntryType::Regular), data).expect("memory takes it");
    }
    for (name, kind) in [("c/templates/b.yaml", tar::EntryType::Symlink), ("c/templates/c.yaml", tar::EntryType::Link)]
    {
        let mut link = header(name, 0, kind);
        link.set_link_name("/etc/hostname").expect("the name is short");
        link.set_cksum();
        archive.append(&link, &[][..]).expect("memory takes it");
    }
    let bytes = archive.into_inner().and_then(GzEncoder::finish).expect("memory takes it");
    let rendered = render(&load(&bytes).expect("as Helm, it loads"), &Values::default(), &Options::new());
    assert_eq!(rendered.map(|r| r.text()).ok().as_deref(), Some("---\n# Source: c/templates/a.yaml\na: 1\n"));
}

/// Every file below a folder, with its name in an archive.
fn files_below(folder: &Path, name: &str, found: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files_below(&entry.path(), &name, found);
        } else {
            found.push((name, fs::read(entry.path()).expect("a file")));
        }
    }
}

#[test]
fn a_packed_chart_renders_as_its_folder_does() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");
    let mut files = Vec::new();
    files_below(Path::new(folder), "redis", &mut files);
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, data) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(data.len() as u64);
        archive.append_data(&mut header, name, &data[..]).expect("memory takes it");
    }
    let bytes = archive.into_inner().and_then(GzEncoder::finish).expect("memory takes it");
    let text = |chart: &Chart| {
        let options = Options::new().outside(chartwright::Outside::seeded(1).at(0, 0));
        render(chart, &Values::default(), &options).expect("it renders").text()
    };
    assert_eq!(text(&load(&bytes).expect("it loads")), text(&Chart::load(folder).expect("it loads")));
}

/// A chart `c` in a folder `c` of its own.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let usual = [("c/Chart.yaml", HEAD), ("c/templates/a.yaml", b"a: {{ .Values | toJson }}\n")];
    let own: Vec<(String, &[u8])> = files.iter().map(|(name, data)| (format!("c/{name}"), *data)).collect();
    folder::folder(usual.into_iter().chain(own.iter().map(|(name, data)| (name.as_str(), *data))))
}

fn run(dir: &TempDir, args: &[&str]) -> Output {
    let begin = Instant::now();
    let mut command = Command::new(CHARTWRIGHT);
    let output = command
        .args(["template", "c", "--errors=all"])
        .args(args)
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .output();
    assert!(begin.elapsed() < PATIENCE, "{args:?} took {:?}", begin.elapsed());
    output.expect("it runs")
}

/// Exit code 1, nothing on stdout, the error on stderr.
fn refused(dir: &TempDir, args: &[&str]) -> String {
    let output = run(dir, args);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let args: Vec<String> = args.iter().map(|arg| arg.chars().take(60).collect()).collect();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
    assert!(output.stdout.is_empty(), "{args:?} printed");
    assert!(text.starts_with("Error: "), "{args:?}: {text}");
    text
}

#[test]
fn files_that_are_no_text_are_named() {
    for (name, want) in [
        ("Chart.yaml", "invalid leading UTF-8 octet"),
        ("values.yaml", "cannot load values.yaml: "),
        ("templates/b.yaml", "YAML parse error on c/templates/b.yaml: "),
        ("values.schema.json", "c:\n"),
    ] {
        let text = refused(&folder(&[(name, b"a: \xFF\xFE\n")]), &[]);
        assert!(text.contains(want), "{name}: {text}");
    }
    let dir = folder(&[("v.yaml", b"a: \xFF\xFE\n")]);
    assert!(refused(&dir, &["-f", "c/v.yaml"]).contains("failed to parse c/v.yaml: "));
    assert!(refused(&dir, &["-f", "c"]).contains("read c: is a directory"));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_as_helm_does_it() {
        let dir = folder(&[]);
        fs::write(dir.path().join("out.yaml"), "o: 1\n").expect("the file");
        symlink("a.yaml", dir.path().join("c/templates/in.yaml")).expect("a link");
        symlink("../../out.yaml", dir.path().join("c/templates/out.yaml")).expect("a link");
        let output = run(&dir, &["--limit", "links-outside=1"]);
        let (out, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(out.contains("# Source: c/templates/in.yaml\na: {}") && out.contains("o: 1"), "{out}{log}");
        let line = "level=INFO msg=\"found symbolic link in path. Contents of linked file included and used\" path=";
        assert_eq!(log.matches(line).count(), 2, "{log}");
    }

    #[test]
    fn links_without_an_end_are_named() {
        for (target, want) in [
            ("l.yaml", "templates/l.yaml: EvalSymlinks: too many links\n"),
            ("nothing", "templates/nothing: no such file or directory\n"),
            (".", "too many links\n"),
            (
                "../..",
                "the link leads out of the chart and its repository; --limit links-outside=1 allows one such link (limit links-outside)\n",
            ),
        ] {
            let dir = folder(&[]);
            symlink(target, dir.path().join("c/templates/l.yaml")).expect("a link");
            let text = refused(&dir, &[]);
            let is_named = text.contains("error evaluating symlink ") || target == "../..";
            assert!(is_named && text.ends_with(want), "{target}: {text}");
        }
    }

    #[test]
    fn a_pipe_in_a_chart_does_not_hang() {
        for name in ["templates/p.yaml", "values.yaml", "Chart.yaml", ".helmignore"] {
            let dir = folder(&[]);
            let path = dir.path().join("c").join(name);
            let _ = fs::remove_file(&path);
            assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo is there").success());
            let text = refused(&dir, &[]);
            assert!(text.contains("cannot load irregular file ") && text.contains(name), "{text}");
        }
        assert!(refused(&folder(&[]), &["-f", "/dev/zero"]).contains("read /dev/zero: more than "));
    }
}

#[test]
fn arguments_are_named_with_the_place_where_reading_stopped() {
    let dir = folder(&[("v.yaml", b"a: 1\nb: [\n")]);
    for (args, want) in [
        (["--set", "a.b=1,c"], "--> --set:1:7\n   1 | a.b=1,c\n     |       ^\n"),
        (["--set-string", "a[x]=1"], "--> --set-string:1:4\n"),
        (["--set-literal", "a"], "--> --set-literal:1:1\n"),
        (["--set-file", "a=nothing"], "open nothing: no such file or directory\n  --> --set-file:1:9\n"),
        (["--set-json", "{\"a\": ?}"], "--> --set-json:1:7\n"),
        (
            ["--set", "a[999999999]=1"],
            "index of 999999999 is greater than maximum supported index of 65536\n  --> --set:1:14\n",
        ),
        (["-f", "c/v.yaml"], "failed to parse c/v.yaml: "),
        (["--limit", "stairs=1"], "--limit \"stairs=1\""),
    ] {
        let text = refused(&dir, &args);
        assert!(text.contains(want), "{args:?}: {text}");
    }
    let (dots, lists) = (format!("{}a=1", "a.".repeat(50_000)), format!("a{}=1", "[0]".repeat(40_000)));
    let (json, items) = ("[".repeat(100_000), format!("a{}=1", "[65536]".repeat(30)));
    for (flag, text) in [("--set", &dots), ("--set", &lists), ("--set", &items), ("--set-string", &dots)] {
        assert!(refused(&dir, &[flag, text]).contains(&format!("--> {flag}:1:")), "{flag}");
    }
    assert!(refused(&dir, &["--set-json", &format!("a={json}")]).contains("--> --set-json:1:"));
}

#[test]
fn values_that_break_a_schema_name_who_set_them() {
    let schema =
        br#"{"properties": {"a": {"properties": {"b": {"type": "integer"}, "l": {"items": {"type": "string"}}}}}}"#;
    let dir = folder(&[
        ("values.schema.json", schema),
        ("values.yaml", b"a:\n  b: x\n  l: [s, 1]\n"),
        ("v.yaml", b"\na: {b: y}\n"),
    ]);
    let text = refused(&dir, &[]);
    assert!(text.starts_with("Error: values don't meet the specifications"), "{text}");
    assert!(text.contains("  at c/values.yaml:2:3: `a.b` is set here"), "{text}");
    assert!(text.contains("  at c/values.yaml:3:10: `a.l[1]` is set here"), "{text}");
    assert!(refused(&dir, &["-f", "c/v.yaml"]).contains("  at c/v.yaml:2:5: `a.b` is set here"), "{text}");
    assert!(refused(&dir, &["--set", "a.b=z"]).contains("  at --set a.b: `a.b` is set here\n"), "{text}");
}

#[test]
fn a_limit_can_be_raised_and_lowered_by_a_flag() {
    let dir = folder(&[("templates/b.yaml", b"{{ range until 100 }}{{ end }}")]);
    let text = refused(&dir, &["--limit", "steps=50"]);
    assert!(text.contains("c/templates/b.yaml:1:") && text.contains("more than 50 steps (limit steps)"), "{text}");
    assert!(run(&dir, &["--limit", "steps=500"]).status.success());
}

#[test]
fn values_files_are_as_hostile_as_templates() {
    let laughs = (b'b'..=b'j').fold("a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, name| {
        let (name, last) = (char::from(name), char::from(name - 1));
        text + &format!("{name}: &{name} [{}]\n", vec![format!("*{last}"); 9].join(", "))
    });
    let deep: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    for bytes in [laughs, "a: ".to_owned() + &"[".repeat(50_000), deep, "- ".repeat(50_000), "{a: ".repeat(50_000)] {
        let shown: String = bytes.chars().take(40).collect();
        let begin = Instant::now();
        let error = Values::build(&[Layer::File { name: "v.yaml".into(), bytes: bytes.into_bytes() }]);
        assert!(begin.elapsed() < PATIENCE, "{shown}");
        let error = error.err().unwrap_or_else(|| panic!("{shown} is read"));
        assert!(error.to_string().starts_with("failed to parse v.yaml: "), "{shown}: {error}");
    }
}

/// What a command says of a chart `c` of these files.
fn said(files: &[(&str, &[u8])], args: &[&str]) -> String {
    let dir = folder(files);
    let output = Command::new(CHARTWRIGHT).args(args).current_dir(dir.path()).stdin(Stdio::null()).output();
    let output = output.expect("it runs");
    assert!(output.status.code().is_some_and(|code| code <= 2), "{args:?}: {output:?}");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!text.contains("panicked at"), "{args:?}: {text}");
    text
}

#[test]
fn every_limit_of_a_reader_is_met_and_named_and_can_be_changed() {
    let schema = br#"{"properties": {"a": {"allOf": [{}, {}, {}]}}}"#;
    let deep = br##"{"$ref": "#/definitions/a", "definitions": {"a": {"allOf": [{"allOf": [{"allOf": [{}]}]}]}}}"##;
    let regex = b"a: {{ mustRegexMatch \"(a{100}){10}\" \"x\" }}\n";
    let sub = b"apiVersion: v2\nname: d\nversion: 0.1.0\n";
    let alias = b"a: &a xxxxxxxxxxxxxxxx\nb: [*a, *a, *a, *a]\n";
    let many = b"a: {{ 1 }}{{ 2 }}{{ 3 }}\n";
    let nested = b"a: {{ if 1 }}{{ if 1 }}{{ if 1 }}{{ end }}{{ end }}{{ end }}\n";
    // Those of lint, of archives and of links have tests of their own.
    let mut untried: Vec<&str> = chartwright::limits::ALL.iter().map(|limit| limit.name).collect();
    let elsewhere = ["manifest-parts", "archive-ratio", "links-outside"];
    untried.retain(|name| !name.starts_with("lint-") && !elsewhere.contains(name));
    for (name, number, file, text) in [
        ("file-bytes", 50, "templates/b.yaml", &[b'#'; 100][..]),
        ("chart-bytes", 100, "files/b", &[b'x'; 200]),
        ("chart-files", 2, "files/b", b"x"),
        ("charts", 1, "charts/d/Chart.yaml", sub),
        ("chart-depth", 0, "charts/d/Chart.yaml", sub),
        ("yaml-nodes", 10, "values.yaml", b"a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"),
        ("yaml-alias-bytes", 40, "values.yaml", alias),
        ("template-nodes", 5, "templates/b.yaml", many),
        ("template-nesting", 2, "templates/b.yaml", nested),
        ("schema-checks", 3, "values.schema.json", schema),
        ("schema-depth", 2, "values.schema.json", deep),
        ("regex-bytes", 1_000, "templates/b.yaml", regex),
    ] {
        untried.retain(|untried| *untried != name);
        let files = [("values.yaml", b"a: 1\n".as_slice()), (file, text)];
        let text = said(&files, &["template", "c", "--limit", &format!("{name}={number}")]);
        let is_named = match name {
            // In the words of Helm and Go.
            "chart-bytes" => text.contains("maximum decompressed size of 100 bytes"),
            "regex-bytes" => text.contains("expression too large"),
            "schema-depth" => text.contains("limit schema-checks"),
            _ => text.contains(&format!("limit {name})")),
        };
        assert!(is_named, "{name}: {text}");
        let text = said(&files, &["template", "c"]);
        assert!(!text.contains("Error: "), "{name} without the flag: {text}");
    }
}

#[test]
fn limits_of_archives_and_links_are_met_and_named_and_can_be_changed() {
    // A byte of it comes from a byte of the archive times some ten.
    let noisy: Vec<u8> =
        (0..3_u32 << 20).map(|n| if n % 16 == 0 { (n.wrapping_mul(2_654_435_761) >> 24) as u8 } else { 0 }).collect();
    let dir = folder(&[("templates/a.yaml", b"a: {{ .Files.Get \"files/l\" | quote }}\n"), ("files/b", b"")]);
    fs::write(dir.path().join("n.tgz"), tgz(&[GOOD[0], GOOD[1], ("c/files/a", &noisy)])).expect("it is written");
    fs::write(dir.path().join("outside"), "x").expect("it is written");
    let said = |args: &[&str]| {
        let output = Command::new(CHARTWRIGHT).arg("template").args(args).current_dir(dir.path()).output();
        let Output { stdout, stderr, .. } = output.expect("it runs");
        String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
    };
    let text = said(&["n.tgz", "--limit", "archive-ratio=3"]);
    assert!(text.contains("more than 3 bytes from one byte of the archive (limit archive-ratio)"), "{text}");
    assert!(said(&["n.tgz"]).contains("a: 1"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../../outside", dir.path().join("c/files/l")).expect("it is made");
        let text = said(&["c"]);
        assert!(text.contains("limit links-outside"), "{text}");
        assert!(said(&["c", "--limit", "links-outside=1"]).contains("a: \"x\""));
    }
}

#[test]
fn lint_counts_all_its_cases_together() {
    let loops = b"a: {{ range until 1000 }}{{ end }}\n".as_slice();
    let many: Vec<(String, &[u8])> = (0..20).map(|n| (format!("ci/v{n}-values.yaml"), b"a: 1\n".as_slice())).collect();
    let mut files: Vec<(&str, &[u8])> = many.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    files.push(("templates/a.yaml", loops));
    for (limit, want) in [
        ("lint-cases=5", "not all cases are looked at: more than 5 cases (limit lint-cases)"),
        ("lint-value-bytes=20", "more than 20 bytes of values in all cases (limit lint-value-bytes)"),
        ("lint-steps=5000", "more than 5000 steps of all cases together (limit lint-steps)"),
        ("lint-parts=5", "lines and items in the manifests of all cases together (limit lint-parts)"),
        ("manifest-parts=0", "more than 0 lines and items in the manifests (limit manifest-parts)"),
    ] {
        let text = said(&files, &["lint", "c", "--limit", limit]);
        assert!(text.contains(want), "{limit}: {text}");
    }
    assert!(!said(&files, &["lint", "c"]).contains("(limit "));
}

#[test]
fn the_configuration_of_a_chart_is_as_hostile_as_its_templates() {
    let map = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".as_slice();
    for expression in [
        "('x' * 100000) | replace('x', 'y' * 100000)",
        "([1] * 1000000000) | list",
        "'x' | indent(1000000000)",
        "'%1000000000d' | format(1)",
        &"not ".repeat(100_000),
        &format!("1{}", " + 1".repeat(100_000)),
        &format!("a{}", ".a".repeat(100_000)),
        "('x' * 1000000) ~ ('x' * 1000000)",
        "'x' * 100000000",
    ] {
        let shown: String = expression.chars().take(60).collect();
        let message = format!("{{{{ {expression} }}}}");
        for fields in [
            format!("message: no, expect: {expression:?}"),
            format!("expect: 'false', message: {message:?}"),
            format!("expect: 'false', message: no, path: {message:?}"),
        ] {
            let config = format!("custom:\n- {{id: r, kinds: [ConfigMap], {fields}}}\n");
            let text = said(&[("chartwright.yaml", config.as_bytes()), ("templates/a.yaml", map)], &["lint", "c"]);
            assert!(text.contains("error[bad-rule]"), "{shown}: {text}");
        }
    }
}
