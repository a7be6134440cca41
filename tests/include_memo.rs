//! A run that notes no places remembers what `include` and `tpl` gave. Nobody may be able to tell:
//! each chart here comes out as in a run that notes them, which calls everything anew, and as Helm
//! renders it.

use chartwright::{Chart, Layer, Limits, Options, Outside, RenderError, Values, render};

const HEAD: &[u8] = b"apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// A chart of these templates.
fn chart(templates: &[(&str, &str)]) -> Chart {
    let mut files = vec![("Chart.yaml".to_owned(), HEAD.to_vec())];
    files.extend(templates.iter().map(|(path, text)| (format!("templates/{path}"), text.as_bytes().to_vec())));
    Chart::from_files(files).expect("the chart is good")
}

/// The text of a chart, or what went wrong, with all its places.
fn text(chart: &Chart, values: &Values, limits: Limits, skip_trace: bool) -> Result<String, String> {
    let outside = Outside::seeded(7).at(0, 0);
    let options = Options { skip_trace, limits, outside, ..Options::new() };
    let told = |error: RenderError| format!("{error}\n{:?}", error.diagnostics);
    render(chart, values, &options).map(|rendered| rendered.text()).map_err(told)
}

/// What a chart gives, both ways.
fn result(templates: &[(&str, &str)], values: &str) -> Result<String, String> {
    let layer = Layer::File { name: "values.yaml".into(), bytes: values.into() };
    let (chart, values) = (chart(templates), Values::build(&[layer]).expect("the values are good"));
    let [anew, remembered] = [false, true].map(|skip| text(&chart, &values, Limits::default(), skip));
    assert_eq!(remembered, anew, "{templates:?}");
    remembered
}

/// The lines of the one file that a helper and a template give, joined by blanks.
fn words(helper: &str, template: &str) -> String {
    let values = "a: {b: {c: 1}, list: [1, 2]}\nother: {b: {c: 2}, list: [1, 2]}\n";
    let text = result(&[("_h.tpl", helper), ("a.yaml", template)], values).expect("it renders");
    text.lines().filter(|line| !line.starts_with(['-', '#'])).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_change_between_two_equal_calls_shows() {
    let helper = r#"{{ define "h" }}{{ .Values.a.b.c }}{{ end }}"#;
    let calls = |between: &str| format!("x: {{{{ include \"h\" . }}}}{between}{{{{ include \"h\" . }}}}\n");
    assert_eq!(words(helper, &calls("")), "x: 11");
    assert_eq!(words(helper, &calls(r#"{{ $_ := set .Values.a.b "c" 5 }}"#)), "x: 15");
    assert_eq!(words(helper, &calls(r#"{{ $_ := unset .Values.a.b "c" }}"#)), "x: 1");
    assert_eq!(words(helper, &calls(r#"{{ $_ := merge .Values.a.b (dict "d" 1) }}"#)), "x: 11");
    assert_eq!(words(helper, &calls(r#"{{ $_ := mergeOverwrite .Values.a (dict "b" (dict "c" 6)) }}"#)), "x: 16");
    assert_eq!(words(helper, &calls(r#"{{ $_ := set .Values "a" .Values.other }}"#)), "x: 12");
}

#[test]
fn a_change_of_the_data_or_deep_inside_of_it_shows() {
    let helper = r#"{{ define "h" }}{{ .v.b.c }}{{ end }}"#;
    let template = r#"{{ $d := dict "v" .Values.a }}x: {{ include "h" $d }}
{{- $_ := set $d "v" .Values.other }}{{ include "h" $d }}
{{- $_ := set .Values.other.b "c" 7 }}{{ include "h" $d }}{{ include "h" (dict "v" .Values.other) }}
{{- $own := dict "c" 8 }}{{ $d = dict "v" (dict "b" $own) }}{{ include "h" $d }}
{{- $_ := set $own "c" 9 }}{{ include "h" $d }}
"#;
    assert_eq!(words(helper, template), "x: 127789");
}

#[test]
fn a_helper_that_changes_what_was_there_changes_it_each_time() {
    let counter =
        r#"{{ define "h" }}{{ $_ := set .Values "n" (add1 (.Values.n | default 0)) }}{{ .Values.n }}{{ end }}"#;
    assert_eq!(words(counter, r#"x: {{ range until 3 }}{{ include "h" $ }}{{ end }}"#), "x: 123");
    let inner = format!(r#"{counter}{{{{ define "outer" }}}}{{{{ include "h" . }}}}{{{{ end }}}}"#);
    assert_eq!(words(&inner, r#"x: {{ range until 3 }}{{ include "outer" $ }}{{ end }}"#), "x: 123");
    let own = r#"{{ define "h" }}{{ $_ := set . "n" (add1 .n) }}{{ .n }}{{ end }}"#;
    assert_eq!(words(own, r#"{{ $d := dict "n" 0 }}x: {{ include "h" $d }}{{ include "h" $d }}{{ $d.n }}"#), "x: 122");
    let found = r#"{{ define "h" }}{{ $_ := set .Values.a.b "c" (add1 .Values.a.b.c) }}y{{ end }}"#;
    let template = r#"x: {{ include "h" . }}{{ include "h" . }}{{ .Values.a.b.c }}"#;
    assert_eq!(words(found, template), "x: yy3");
    let deep = r#"{{ define "h" }}{{ range .Values.l }}{{ $_ := set . "c" (add1 .c) }}{{ end }}y{{ end }}"#;
    let template = r#"x: {{ include "h" . }}{{ include "h" . }}{{ (first .Values.l).c }}"#;
    let text = result(&[("_h.tpl", deep), ("a.yaml", template)], "l: [{c: 1}]").expect("it renders");
    assert!(text.ends_with("x: yy3\n"), "{text}");
}

#[test]
fn a_helper_may_change_what_it_made() {
    let helper = r#"{{ define "h" }}{{ $d := dict "n" .n }}{{ $_ := set $d "m" (dict "k" .n) }}{{ $_ := unset $d "n" }}{{ toJson $d }}{{ end }}"#;
    let template = r#"{{ $a := dict "n" 1 }}{{ $b := dict "n" 2 }}x: {{ include "h" $a }}
y: {{ include "h" $b }}
z: {{ include "h" $a }}"#;
    assert_eq!(words(helper, template), r#"x: {"m":{"k":1}} y: {"m":{"k":2}} z: {"m":{"k":1}}"#);
}

#[test]
fn a_copy_with_a_change_is_another_than_the_one_before() {
    let helper = r#"{{ define "h" }}{{ .b.c }}{{ end }}"#;
    let template = r#"x: {{ range until 3 }}{{ $d := deepCopy $.Values.a }}{{ $_ := set $d.b "c" . }}{{ include "h" $d }}{{ end }}"#;
    assert_eq!(words(helper, template), "x: 012");
    let template = r#"x: {{ range until 3 }}{{ $d := fromYaml (printf "b: {c: %d}" .) }}{{ include "h" $d }}{{ end }}"#;
    assert_eq!(words(helper, template), "x: 012");
}

#[test]
fn data_of_another_type_is_other_data() {
    let helper = r#"{{ define "h" }}{{ printf "%T" . }};{{ end }}{{ define "v" }}{{ printf "%T" .v }};{{ end }}"#;
    let each = r#"1 "1" 1.0 (int64 1) true "true" (list 1) (list "1") (list) (dict) (dict "a" 1) "" 0 false"#;
    let types = "int;string;float64;int64;bool;string;[]interface {};[]interface {};[]interface {};\
                 map[string]interface {};map[string]interface {};string;int;bool;";
    let all = |call: &str| format!("x: {{{{ range list {each} }}}}{call}{{{{ end }}}}");
    assert_eq!(words(helper, &all(r#"{{ include "h" . }}"#)), format!("x: {types}"));
    assert_eq!(words(helper, &all(r#"{{ include "v" (dict "v" .) }}"#)), format!("x: {types}"));
    let nil = r#"x: {{ include "v" (dict "v" nil) }}{{ include "v" (dict) }}{{ include "v" (dict "v" "") }}"#;
    assert_eq!(words(helper, nil), "x: <nil>;<nil>;string;");
    let kinds = r#"x: {{ include "h" .Values }}{{ include "h" .Values.AsMap }}{{ include "h" .Values }}"#;
    assert_eq!(words(helper, kinds), "x: common.Values;map[string]interface {};common.Values;");
    let lists = r#"{{ define "h" }}{{ toJson . }};{{ end }}"#;
    let template = r#"x: '{{ include "h" (list 1 (list 2)) }}{{ include "h" (list 1 2 (list)) }}{{ include "h" (list (list 1) 2) }}{{ include "h" (list -0.0 0.0) }}'"#;
    assert_eq!(words(lists, template), "x: '[1,[2]];[1,2,[]];[[1],2];[-0,0];'");
}

#[test]
fn equal_keys_over_other_maps_are_other_data() {
    let helper = r#"{{ define "h" }}{{ .context.b.c }}{{ .v }}{{ end }}"#;
    let template = r#"x: {{ include "h" (dict "context" .Values.a "v" 0) }}{{ include "h" (dict "context" .Values.other "v" 0) }}
{{- include "h" (dict "context" .Values.a "v" 3) }}{{ include "h" (dict "v" 0 "context" .Values.a) }}"#;
    assert_eq!(words(helper, template), "x: 10201310");
    let shifted = r#"{{ define "h" }}{{ keys . | sortAlpha | join "," }};{{ end }}"#;
    let template = r#"x: {{ include "h" (dict "a" "b" "c" "d") }}{{ include "h" (dict "a" (dict "b" "c")) }}{{ include "h" (dict "a" "b") }}"#;
    assert_eq!(words(shifted, template), "x: a,c;a;a;");
}

#[test]
fn random_numbers_are_drawn_for_each_call() {
    let helper = r#"{{ define "h" }}{{ randAlphaNum 8 }}{{ end }}{{ define "o" }}{{ include "h" . }}{{ end }}"#;
    let template = r#"x: {{ include "h" . }} {{ include "h" . }} {{ include "o" . }} {{ include "o" . }} {{ tpl "{{ randAlphaNum 8 }}" . }} {{ tpl "{{ randAlphaNum 8 }}" . }}"#;
    let text = words(helper, template);
    let mut drawn: Vec<&str> = text.split(' ').skip(1).collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 6, "{text}");
}

#[test]
fn each_file_sees_its_own_name() {
    let helper = r#"{{ define "name" }}{{ .Template.Name }}{{ end }}{{ define "outer" }}{{ include "name" . }}{{ end }}
{{- define "whole" }}{{ toJson .Template }}{{ end }}{{ define "bool" }}{{ if .Template }}{{ .Values.x }}{{ end }}{{ end }}
{{- define "text" }}{{ tpl "{{ .Template.Name }}" . }}{{ end }}
{{- define "kept" }}{{ if .Values.kept }}{{ deepEqual .Values.kept .Template }}{{ end }}{{ end }}"#;
    let file = r#"a: {{ include "name" . }}
b: {{ include "outer" . }}
c: {{ include "whole" . }}
d: {{ include "bool" . }}
e: {{ include "text" . }}
f: {{ include "name" (dict "Template" .Template) }}
g: {{ include "kept" . }}
{{- if not .Values.kept }}{{ $_ := set .Values "kept" .Template }}{{ end }}
h: {{ include "kept" . }}
"#;
    let text = result(&[("_h.tpl", helper), ("one.yaml", file), ("two.yaml", file)], "x: 1\n").expect("it renders");
    for name in ["one", "two"] {
        let count = text.matches(&format!("c/templates/{name}.yaml")).count();
        assert_eq!(count, 6, "five times by the chart, once in `# Source`: {text}");
    }
    assert_eq!(text.matches("h: true").count() + text.matches("h: false").count(), 2, "{text}");
    assert!(text.contains("h: true") && text.contains("h: false"), "{text}");
}

#[test]
fn what_a_template_puts_where_its_name_is_stays_in_its_file() {
    let helper = r#"{{ define "name" }}{{ .Template.Name }}{{ end }}"#;
    let one = r#"{{ $_ := set . "Template" (dict "Name" "mine") }}x: {{ include "name" . }}{{ include "name" . }}"#;
    let two = r#"y: {{ include "name" . }}"#;
    let text = result(&[("_h.tpl", helper), ("a.yaml", one), ("b.yaml", two)], "");
    let text = text.expect("it renders");
    // Files run from last to first.
    assert!(text.contains("x: minemine") && text.contains("y: c/templates/b.yaml"), "{text}");
    let swapped = result(&[("_h.tpl", helper), ("a.yaml", two), ("b.yaml", one)], "").expect("it renders");
    assert!(swapped.contains("x: minemine") && swapped.contains("y: c/templates/a.yaml"), "{swapped}");
}

#[test]
fn names_mean_something_else_inside_a_text_that_defines_them() {
    let helper = r#"{{ define "h" }}old{{ end }}{{ define "o" }}{{ include "h" . }}{{ end }}"#;
    let template = r#"x: {{ include "o" . }} {{ tpl "{{ define \"h\" }}new{{ end }}{{ include \"o\" . }} {{ include \"h\" . }}" . }} {{ include "o" . }}
y: {{ range list 1 2 }}{{ tpl (printf "{{ define \"h\" }}%d{{ end }}{{ include \"o\" . }}" .) $ }}{{ end }}"#;
    assert_eq!(words(helper, template), "x: old new new old y: 12");
}

#[test]
fn variables_of_a_helper_begin_anew() {
    let helper = r#"{{ define "h" }}{{ $x := .n }}{{ range list 1 2 }}{{ $x = add $x . }}{{ $x := 9 }}{{ $x }}{{ end }}{{ $x }};{{ end }}"#;
    let template = r#"{{ $x := 5 }}x: {{ range list 1 2 1 }}{{ include "h" (dict "n" .) }}{{ end }}{{ $x }}"#;
    assert_eq!(words(helper, template), "x: 994;995;994;5");
}

#[test]
fn recursion_ends_where_its_data_says() {
    let helper = r#"{{ define "h" }}{{ if gt (int .) 0 }}{{ . }}{{ include "h" (sub (int .) 1) }}{{ end }}{{ end }}"#;
    assert_eq!(words(helper, r#"x: {{ include "h" 3 }} {{ include "h" 4 }} {{ include "h" 3 }}"#), "x: 321 4321 321");
}

#[test]
fn an_error_is_told_with_the_place_of_its_own_call() {
    let helper = r#"{{ define "h" }}{{ .Values.a.b.c.d.e }}{{ end }}{{ define "o" }}{{ include "h" . }}{{ end }}
{{- define "ok" }}{{ .Values.x }}{{ end }}"#;
    let file = r#"{{ include "ok" . }}{{ include "ok" . }}
x: {{ include "o" . }}"#;
    let error = result(&[("_h.tpl", helper), ("a.yaml", file), ("b.yaml", file)], "a: {b: {}}");
    let error = error.expect_err("c is nil");
    for file in ["a", "b"] {
        assert!(error.contains(&format!("file: \"c/templates/{file}.yaml\", line: 2, column: 7")), "{error}");
    }
    let depth = r#"{{ define "h" }}{{ include "h" . }}{{ end }}"#;
    let error = result(&[("_h.tpl", depth), ("a.yaml", r#"{{ include "h" . }}"#)], "").expect_err("it never ends");
    assert!(error.contains("nested reference name: h"), "{error}");
}

/// A chart in which most of the calls are made before.
const BUSY: [(&str, &str); 3] = [
    (
        "_h.tpl",
        r#"{{ define "name" }}{{ .Values.a.name | default .Chart.Name | trunc 63 }}{{ end }}
{{- define "labels" }}{{ $d := dict "n" (include "name" .) }}{{ $_ := set $d "more" (dict "l" (list 1 2 3)) }}{{ toYaml $d }}{{ end }}
{{- define "deep" }}{{ if .n }}{{ include "deep" (dict "n" (sub .n 1) "context" .context) }}{{ include "name" .context }}{{ end }}{{ end }}
{{- define "render" }}{{ tpl .value .context }}{{ end }}"#,
    ),
    (
        "a.yaml",
        r#"a: {{ include "name" . }}{{ include "name" . }}{{ $_ := deepCopy .Values }}
{{ range until 3 }}b{{ . }}: {{ include "labels" $ | quote }}
c{{ . }}: {{ include "deep" (dict "n" 3 "context" $) }}
d{{ . }}: {{ include "render" (dict "value" "{{ include \"name\" . }}-{{ .Values.a.list }}" "context" $) }}
{{ end }}"#,
    ),
    (
        "b.yaml",
        r#"{{ range until 2 }}e{{ . }}: {{ include "labels" $ | quote }}
f{{ . }}: {{ include "deep" (dict "n" 4 "context" $) }}
{{ end }}"#,
    ),
];

#[test]
fn every_limit_is_met_at_the_same_place() {
    let layer = Layer::File { name: "values.yaml".into(), bytes: b"a: {list: [1, 2], more: {x: {y: 1}}}".to_vec() };
    let (chart, values) = (chart(&BUSY), Values::build(&[layer]).expect("the values are good"));
    for (name, step, most) in
        [("steps", 7, 2_500), ("text-bytes", 5, 1_500), ("depth", 1, 12), ("memory-bytes", 256, 40_000)]
    {
        let mut met = 0;
        for limit in (0..most).step_by(step) {
            let mut limits = Limits::default();
            assert!(limits.set(name, limit));
            let [anew, remembered] = [false, true].map(|skip| text(&chart, &values, limits, skip));
            assert_eq!(remembered, anew, "{name} {limit}");
            met += usize::from(anew.is_err());
        }
        assert!(met > 3 && met < most as usize, "{name} was met {met} times");
    }
}
