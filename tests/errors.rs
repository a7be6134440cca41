//! What is told when a render fails, beyond Helm's words: every error of every file, each with its
//! place, the way to it, and what the values have to do with it; and no secret.

mod folder;

use chartwright::report::human;
use chartwright::{Chart, Diagnostic, Layer, Options, RenderError, Values};
use folder::folder;
use std::process::{Command, Stdio};

const HEAD: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// Renders a chart `c` of these files with these layers, without traces as the command does.
fn failure(files: &[(&str, &str)], layers: &[Layer]) -> RenderError {
    let head = ("Chart.yaml", HEAD);
    let files = std::iter::once(&head).chain(files).map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    let chart = Chart::from_files(files).expect("the chart is good");
    let values = Values::build(layers).expect("the values are good");
    let options = Options { skip_trace: true, ..Options::new() };
    chartwright::render(&chart, &values, &options).expect_err("it fails")
}

/// All that is printed of a failure.
fn told(files: &[(&str, &str)], layers: &[Layer]) -> String {
    human::print(&failure(files, layers).diagnostics)
}

/// All that is printed of one failing template, given values.yaml.
fn told_of(template: &str, values: &str) -> String {
    told(&[("templates/a.yaml", template), ("values.yaml", values)], &[])
}

fn file(name: &str, text: &str) -> Layer {
    Layer::File { name: name.into(), bytes: text.into() }
}

#[test]
fn a_missing_key_is_told_with_its_path_its_neighbour_and_the_way_there() {
    let helpers = "{{ define \"labels\" }}\na: {{ .Values.auth.acl.on }}\n{{ end }}{{ define \"outer\" }}\n{{ template \"labels\" . }}{{ end }}";
    let files = [
        ("templates/_h.tpl", helpers),
        ("templates/a.yaml", "\nx: {{ include \"outer\" . }}\n"),
        ("values.yaml", "port: 1\nauth:\n  acls: {}\n"),
    ];
    let want = "error[template-failed]: nil pointer evaluating interface {}.on
  --> c/templates/_h.tpl:2:14
   2 | a: {{ .Values.auth.acl.on }}
     |              ^
  help: `auth.acl` is not set; did you mean `auth.acls`?
  at c/templates/_h.tpl:4:13: calls `labels`
  at c/templates/a.yaml:2:7: calls `outer`
  at c/values.yaml:2:1: `auth` is set here
";
    assert_eq!(told(&files, &[]), want);
}

#[test]
fn the_diagnostic_carries_all_of_it_as_data() {
    let files = [("templates/a.yaml", "a: {{ .Values.auth.acl.on }}"), ("values.yaml", "auth: {acls: 1}\n")];
    let error = failure(&files, &[]);
    let [Diagnostic { code, place: Some(place), help: Some(help), related, .. }] = error.diagnostics.as_slice() else {
        panic!("{error:?}");
    };
    assert_eq!((&**code, &*place.file, place.line, place.column), ("template-failed", "c/templates/a.yaml", 1, 14));
    assert!(help.contains("auth.acls"));
    assert_eq!(related.iter().map(|related| related.place.line).collect::<Vec<_>>(), [1]);
    let json = serde_json::to_value(&error.diagnostics).expect("it can be written");
    assert_eq!(json[0]["related"][0]["place"]["file"], "c/values.yaml");
}

#[test]
fn a_key_is_found_from_wherever_the_template_stands() {
    for (template, values, path) in [
        (
            "{{ with .Values.auth }}{{ .acl.on }}{{ end }}",
            "auth: {acls: 1}",
            "`auth.acl` is not set; did you mean `auth.acls`?",
        ),
        (
            "{{ $a := .Values.auth }}{{ $a.acl.on }}",
            "auth: {acls: 1}",
            "`auth.acl` is not set; did you mean `auth.acls`?",
        ),
        (
            "{{ range .Values.l }}{{ .acl.on }}{{ end }}",
            "l: [{acl: {on: 1}}, {acls: 1}]",
            "`l[1].acl` is not set; did you mean `l[1].acls`?",
        ),
        ("{{ (.Values.auth).acl.on }}", "auth: {acls: 1}", "`auth.acl` is not set; did you mean `auth.acls`?"),
        (
            "{{ range $k, $v := .Values.m }}{{ $v.acl.on }}{{ end }}",
            "m: {x: {acls: 1}}",
            "`m.x.acl` is not set; did you mean `m.x.acls`?",
        ),
        (
            "{{ template \"t\" (dict \"ctx\" .Values.auth \"top\" $) }}{{ define \"t\" }}{{ .ctx.acl.on }}{{ end }}",
            "auth: {acls: 1}",
            "`auth.acl` is not set",
        ),
        (
            "{{ template \"t\" (dict \"top\" $) }}{{ define \"t\" }}{{ .top.Values.auht.on }}{{ end }}",
            "auth: {on: 1}",
            "`auht` is not set; did you mean `auth`?",
        ),
        ("{{ .Values.auth.acl.on }}", "auth: {}", "`auth.acl` is not set; `auth` is empty"),
        ("{{ .Values.auth.acl.on }}", "auth: {users: 1, port: 2}", "`auth.acl` is not set; `auth` has port, users"),
        ("{{ index .Values.l 0 | required \"x\" }}{{ .Values.l.x }}", "l: [1]", "`l` is a list; a map is wanted here"),
        ("{{ .Release.Nmae.x }}", "", "`.Release.Nmae` is not set; did you mean `.Release.Name`?"),
    ] {
        let text = told_of(template, values);
        assert!(text.contains(&format!("  help: {path}")), "{template}: {text}");
    }
}

#[test]
fn a_key_of_a_subchart_has_the_path_that_its_user_sets() {
    let files = [
        ("charts/kid/Chart.yaml", "apiVersion: v2\nname: kid\nversion: 0.1.0\n"),
        ("charts/kid/values.yaml", "size: 1\nmode: {fast: 1}\n"),
        ("charts/kid/templates/a.yaml", "a: {{ .Values.mode.fsat.x }}"),
        ("values.yaml", "kid:\n  size: 2\n"),
    ];
    let text = told(&files, &[]);
    assert!(text.contains("  help: `kid.mode.fsat` is not set; did you mean `kid.mode.fast`?"), "{text}");
    assert!(text.contains("  at c/charts/kid/values.yaml:2:1: `kid.mode` is set here"), "{text}");
}

#[test]
fn v16_a_wrong_type_names_who_set_it() {
    let files = [("templates/a.yaml", "a: {{ .Values.port | trunc 3 }}"), ("values.yaml", "port: \"1\"\n")];
    let want = "error[template-failed]: wrong type for value; expected string; got float64
  --> c/templates/a.yaml:1:28
   1 | a: {{ .Values.port | trunc 3 }}
     |                            ^
  help: `port` is a number (float64); text is wanted here: put it in quotes
  at v.yaml:2:1: `port` is set here
";
    assert_eq!(told(&files, &[file("v.yaml", "\nport: 4711\n")]), want);
    let text = told(&files, &[Layer::Set("port=4711".into())]);
    assert!(text.contains("`port` is a number (int64); text is wanted here: set it with --set-string\n"), "{text}");
    assert!(text.ends_with("  at --set port: `port` is set here\n") && !text.contains("4711"), "{text}");
    for (template, values, want) in [
        ("{{ trunc 3 .Values.port }}", "port: 1", "`port` is a number (float64); text is wanted here"),
        ("{{ trunc .Values.port \"x\" }}", "port: x", "`port` is text; a whole number is wanted here"),
        ("{{ .Values.port | default \"x\" | trunc 3 }}", "port: 1", ""),
        ("{{ if eq (.Values.port | lower) \"a\" }}{{ end }}", "port: true", "`port` is a boolean; text is wanted here"),
        (
            "{{ range .Values.port }}{{ end }}",
            "port: x",
            "`port` is text; a list, a map or a whole number is wanted here",
        ),
        ("{{ .Values.port.http }}", "port: x", "`port` is text; a map is wanted here"),
        ("{{ .Values.port | keys }}", "port: x", "`port` is text; a map is wanted here"),
        ("{{ .Values.prot | trunc 3 }}", "port: x", "`prot` is not set; did you mean `port`?"),
    ] {
        let text = told_of(template, values);
        assert!(text.contains(want), "{template}: {text}");
    }
}

#[test]
fn a_call_that_fails_tells_what_it_was_given() {
    let text = told_of("{{ required \"need it\" .Values.auth.pasword }}", "auth: {password: x}\n");
    assert!(text.starts_with("error[template-failed]: need it\n"), "{text}");
    assert!(text.contains("  help: `auth.pasword` is not set; did you mean `auth.password`?\n"), "{text}");
    let text = told_of("{{ .Values.auth.word | required \"need it\" }}", "auth:\n  word: \"\"\n");
    assert!(text.contains("  at c/values.yaml:2:3: `auth.word` is set here, an empty text\n"), "{text}");
    let text = told_of("{{ eq .Values.port 1 }}", "port: 1\n");
    assert!(text.contains("incompatible types for comparison: float64 and int\n"), "{text}");
    assert!(text.contains("  at c/values.yaml:1:1: `port` is set here, a number (float64)\n"), "{text}");
}

#[test]
fn what_a_template_has_changed_is_blamed_on_no_file() {
    let text = told_of("{{ $_ := set .Values \"port\" 3 }}{{ .Values.port | trunc 2 }}", "port: \"1\"\n");
    assert!(text.contains("`port` is a number (int64); text is wanted here"), "{text}");
    assert!(!text.contains("values.yaml"), "{text}");
}

#[test]
fn v16_a_null_that_took_a_default_away_is_found() {
    let files = [("templates/a.yaml", "a: {{ .Values.redis.password }}"), ("values.yaml", "redis: {password: x}\n")];
    let text = told(&files, &[file("v.yaml", "\nredis: null\n")]);
    assert!(text.contains("  help: `redis` is null, which takes the chart's own value away\n"), "{text}");
    assert!(text.ends_with("  at v.yaml:2:1: `redis` is set here\n"), "{text}");
    let text = told(&files, &[Layer::Set("redis=null".into())]);
    assert!(text.ends_with("  at --set redis: `redis` is set here\n"), "{text}");
}

#[test]
fn one_trouble_that_several_files_come_to_is_told_once() {
    let call = "a: {{ include \"mode\" . }}";
    let files = [
        ("templates/_h.tpl", "{{ define \"mode\" }}{{ default \"\" .Values.mode | lower }}{{ end }}"),
        ("templates/a.yaml", call),
        ("templates/b.yaml", call),
        ("templates/c.yaml", call),
    ];
    let want = "error[template-failed]: wrong type for value; expected string; got float64
  --> c/templates/_h.tpl:1:49
   1 | {{ define \"mode\" }}{{ default \"\" .Values.mode | lower }}{{ end }}
     |                                                 ^
  help: `mode` is a number (float64); text is wanted here: put it in quotes
  at c/templates/c.yaml:1:7: calls `mode`
  at v.yaml:1:1: `mode` is set here
  note: the same comes from c/templates/b.yaml:1:7, c/templates/a.yaml:1:7
";
    assert_eq!(told(&files, &[file("v.yaml", "mode: 1\n")]), want);
    assert_eq!(failure(&files, &[file("v.yaml", "mode: 1\n")]).diagnostics.len(), 3);
}

#[test]
fn mistyped_names_of_templates_and_functions_have_a_neighbour() {
    for (template, want) in [
        ("{{ define \"c.labels\" }}{{ end }}{{ include \"c.lables\" . }}", "  help: did you mean \"c.labels\"?\n"),
        ("{{ define \"c.labels\" }}{{ end }}{{ template \"c.lable\" . }}", "  help: did you mean \"c.labels\"?\n"),
        ("{{ .Values | toYmal }}", "  help: did you mean `toYaml`?\n"),
    ] {
        let text = told_of(template, "");
        assert!(text.contains(want), "{template}: {text}");
    }
}

#[test]
fn an_opening_without_its_end_is_named() {
    let text = told_of("{{/* {{ if 1 }} */}}\n{{- if  .Values.a }}\n{{ range list }}{{ end }}\n", "");
    assert!(text.contains("  help: `{{- if .Values.a }}` in line 2 has no `{{ end }}`\n"), "{text}");
}

#[test]
fn of_a_tpl_only_the_actions_are_shown() {
    let text = told_of("a: {{ tpl .Values.t . }}", "t: \"hunter2 {{ .Values.x.y }} hunter2\"\n");
    assert!(text.contains("  --> gotpl:1:19\n   1 | ....... {{ .Values.x.y }} .......\n"), "{text}");
    assert!(text.contains("  at c/templates/a.yaml:1:7: calls `tpl`\n") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_long_way_is_told_from_both_ends() {
    let text = told_of("{{ define \"x\" }}{{ include \"x\" . }}{{ end }}\n{{ include \"x\" . }}", "");
    assert!(text.contains("calls `x`, and so on: "), "{text}");
    assert!(text.ends_with("  at c/templates/a.yaml:2:4: calls `x`\n"), "{text}");
    assert!(text.lines().count() < 30, "{text}");
}

const BROKEN: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: x}
data:
  a: {{ .Values.a }}
  rootPassword: {{ .Values.rootPassword }}
{{- template \"more\" . }}
  z: 1
  y: 2
  x: 3
{{ define \"more\" }}
  b: 1
  c: {{ .Values.c }}
{{- end }}
";

#[test]
fn bad_yaml_points_to_the_template_line_that_wrote_it() {
    let files = [("templates/a.yaml", BROKEN), ("values.yaml", "a: 1\nc: \"x: y\"\nrootPassword: hunter2\n")];
    let want = "error[bad-manifest]: YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: line 8: mapping values are not allowed in this context
  --> c/templates/a.yaml:13:6
  13 |   c: {{ .Values.c }}
     |      ^^^^^^^^^^^^^^^
  as rendered from c/templates/a.yaml:
   5 |   a: 1
   6 |   rootPassword: ***
   7 |   b: 1
>  8 |   c: x: y
   9 |   z: 1
  10 |   y: 2
  11 |   x: 3
  at c/templates/a.yaml:7:1: calls `more`
";
    assert_eq!(told(&files, &[]), want);
    // With a trace at hand nothing is rendered again, and the answer is the same.
    let chart = [("Chart.yaml", HEAD)].iter().chain(&files).map(|(n, t)| ((*n).to_owned(), t.as_bytes().to_vec()));
    let chart = Chart::from_files(chart).expect("the chart is good");
    let error = chartwright::render(&chart, &Values::default(), &Options::new()).expect_err("it fails");
    assert_eq!(human::print(&error.diagnostics), want);
}

#[test]
fn what_a_secret_value_holds_is_shown_nowhere() {
    let template = "kind: A\nurl: redis://:{{ .Values.auth.password }}@host\nmore: {{ .Values.auth.user }}: x\n";
    let text = told_of(template, "auth: {password: hunter2, user: someone, existingSecret: host}\n");
    assert!(text.contains("   2 | url: redis://:***@host\n>  3 | more: someone: x\n"), "{text}");
    for call in ["range .Values.auth.password", "range .Values.auth.token"] {
        let text = told_of(&format!("{{{{ {call} }}}}{{{{ end }}}}"), "auth: {password: hunter2, token: 471147.5}\n");
        assert!(text.starts_with("error[template-failed]: range can't iterate over ***\n"), "{text}");
    }
}

#[test]
fn of_a_secret_that_is_bad_yaml_no_value_is_shown() {
    let template = "kind: Secret\nstringData:\n  a: {{ .Values.a }}\n  b: {{ .Values.a }}\n   c: {{ .Values.a }}\n";
    let text = told_of(template, "a: hunter2\n");
    assert!(text.contains("  --> c/templates/a.yaml:") && text.contains("  a: ***\n"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_document_of_the_wrong_shape_points_to_its_line() {
    for (template, place) in [
        ("- a\n", "c/templates/a.yaml:1:1\n"),
        ("kind: A\nmetadata:\n  name: {{ list 1 | toJson }}\n", "c/templates/a.yaml:3:9\n"),
        ("kind: A\n---\nkind: B\nmetadata: x\n", "c/templates/a.yaml:4:1\n"),
        ("kind: A\na: \"{{ 1 }}\nb: 1\n", "c/templates/a.yaml:3:1\n"),
        ("kind: A\na: {{ b64dec \"/w==\" }}\n", "c/templates/a.yaml:2:4\n"),
    ] {
        let text = told_of(template, "");
        assert!(text.contains(&format!("  --> {place}")), "{template}: {text}");
    }
}

#[test]
fn every_error_of_every_file_is_told() {
    let files = [
        ("templates/a.yaml", "a: {{ fail \"one\" }}"),
        ("templates/b.yaml", "{{ if }}"),
        ("templates/c.yaml", "a: b: c"),
        ("templates/d.yaml", "{{ .Values.x.y }}"),
        ("templates/e.yaml", "{{ end }}"),
        ("templates/_f.tpl", "{{ define \"f\" }}{{ nope }}{{ end }}"),
        ("templates/g.yaml", "{{ include \"f\" . }}"),
        ("templates/h.yaml", "a: 1\n---\n- b"),
    ];
    let error = failure(&files, &[]);
    let codes: Vec<&str> = error.diagnostics.iter().map(|found| &*found.code).collect();
    let (syntax, failed, bad) = ("syntax-error", "template-failed", "bad-manifest");
    // That `f` is not there follows from the file that cannot be read, and is not told.
    assert_eq!(codes, [syntax, syntax, syntax, failed, failed, bad, bad]);
    assert!(error.diagnostics.iter().all(|found| found.place.as_ref().is_some_and(|place| place.line > 0)));
}

fn command(args: &[&str]) -> (String, String) {
    let dir = folder([
        ("c/Chart.yaml", HEAD),
        ("c/templates/a.yaml", "a: {{ .Values.x.y }}"),
        ("c/templates/b.yaml", "a: {{ .Values.auth.password | trunc 2 }}"),
        ("c/v.yaml", "rootPassword: hunter2: hunter2\n"),
    ]);
    let output = Command::new(env!("CARGO_BIN_EXE_chartwright"))
        .args([&["template", "c"], args].concat())
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_tells_helms_error_first_and_alone_where_asked() {
    let helms = "Error: c/templates/b.yaml:1:36
  executing \"c/templates/b.yaml\" at <2>:
    wrong type for value; expected string; got int64

Use --debug flag to render out invalid YAML
";
    let password = ["--set", "auth.password=4711"];
    let (out, first) = command(&[&password[..], &["--errors=first"]].concat());
    assert_eq!((out.as_str(), first.as_str()), ("", helms));
    let (out, all) = command(&[&password[..], &["--errors=all"]].concat());
    assert_eq!((out.as_str(), all.starts_with(&format!("{helms}error[template-failed]: "))), ("", true), "{all}");
    assert!(
        all.contains("a.yaml:1:14") && all.contains("  at --set auth.password: ") && !all.contains("4711"),
        "{all}"
    );
}

#[test]
fn where_no_terminal_reads_each_error_is_a_line_of_the_log() {
    let password = ["--set", "auth.password=4711"];
    let (out, text) = command(&password);
    let (helms, log) = text.split_once("render out invalid YAML\n").expect("Helm's words come first");
    assert!(out.is_empty() && helms.starts_with("Error: c/templates/b.yaml:1:36\n"), "{text}");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines.iter().all(|line| line.starts_with("level=ERROR msg=")) && !log.contains("4711"), "{log}");
    let parts = [
        "place=c/templates/b.yaml:1:37 line=\"a: {{ ",
        "help=\"`auth.password` is a number",
        "at=\"--set auth.password: ",
    ];
    assert!(parts.iter().all(|part| log.contains(part)), "{log}");
    assert_eq!(command(&[&password[..], &["--errors=log"]].concat()).1, text);
}

#[test]
fn no_secret_of_a_broken_values_file_or_flag_is_shown() {
    let (_, text) = command(&["-f", "c/v.yaml", "--errors=all"]);
    assert!(text.contains("  --> c/v.yaml:1\n   1 | rootPassword: ***\n"), "{text}");
    let (_, text) = command(&["--set", "auth.password=hunter2,x", "--errors=all"]);
    assert!(text.contains("  --> --set:1:23\n") && !text.contains("hunter2"), "{text}");
    let (_, text) = command(&["-f", "c/v.yaml", "--set", "auth.password=hunter2,x"]);
    assert!(text.contains("level=ERROR") && !text.contains("hunter2"), "{text}");
}

#[test]
fn r11_a_wrong_type_is_told_with_its_path_its_file_and_the_way_out() {
    for (template, values, line, path) in [
        ("a: {{ .Values.mode | lower }}", "name: x\nmode: 1\n", "2:1", "mode"),
        ("a: {{ .Values.redis.password | b64enc }}", "redis:\n  password: 12345\n", "2:3", "redis.password"),
    ] {
        let text = told(&[("templates/a.yaml", template), ("values.yaml", "{}\n")], &[file("my.yaml", values)]);
        let set = format!("  at my.yaml:{line}: `{path}` is set here");
        let help = format!("help: `{path}` is a number (float64); text is wanted here: put it in quotes");
        assert!(text.contains(&set) && text.contains(&help) && !text.contains("12345"), "{text}");
    }
}

#[test]
fn r11_a_key_that_nobody_set_is_told_with_its_path_and_its_neighbour() {
    let text = told_of("a: {{ .Values.redis.auth.password }}", "redis:\n  auht: {password: x}\n");
    assert!(text.contains("`redis.auth` is not set; did you mean `redis.auht`?"), "{text}");
    assert!(text.contains("  at c/values.yaml:1:1: `redis` is set here"), "{text}");
}
