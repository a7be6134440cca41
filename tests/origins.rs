//! For what templates write, the template line and the values behind it are known: through calls, indentation, `toYaml`,
//! `tpl`, variables and maps made on the way.

use chartwright::path::show;
use chartwright::render::{Attempt, Compiled, Written};
use chartwright::report::{explain, values};
use chartwright::{Chart, Layer, Options, Values};

const CHART: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

fn attempt(files: &[(&str, &str)], set: &str) -> Attempt {
    let all = [("Chart.yaml", CHART)].into_iter().chain(files.iter().copied());
    let all = all.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let chart = Chart::from_files(all).expect("a good chart");
    let layers: Vec<Layer> = set.split_whitespace().map(|set| Layer::Set(set.to_owned())).collect();
    let values = Values::build(&layers).expect("good values");
    let attempt = Compiled::new(&chart).attempt(&values, &Options::new());
    assert!(attempt.errors.is_empty(), "{:?}", attempt.errors);
    attempt
}

/// The line that holds a text, explained.
fn written(attempt: &Attempt, text: &str) -> Written {
    let file = &attempt.files.iter().find(|file| file.text.contains(text)).expect("the text is rendered");
    let line = file.text.lines().position(|line| line.contains(text)).expect("it is on a line") + 1;
    attempt.written(&file.path, line as u32, 1).expect("the line is traced")
}

/// `FILE:LINE VALUES` of the line that holds a text.
fn origin(attempt: &Attempt, text: &str) -> String {
    let written = written(attempt, text);
    let values: Vec<String> = written.values.iter().map(|path| show(path)).collect();
    let file = written.place.file.rsplit('/').next().unwrap_or_default().to_owned();
    format!("{file}:{} {}", written.place.line, values.join(" ")).trim_end().to_owned()
}

const HELPERS: &str = "\
{{- define \"c.labels\" -}}
app: {{ .Values.app }}
team: {{ .Values.team | quote }}
{{- end }}
{{- define \"c.pick\" -}}
{{ .context.Values.prefix }}-{{ .part.name }}
{{- end }}
{{- define \"c.both\" -}}
first: 1
{{ include \"c.labels\" . }}
{{- end }}
";

#[test]
fn lines_of_a_helper_are_found_again_however_they_are_indented() {
    let template =
        "meta:\n  labels: {{- include \"c.labels\" . | nindent 4 }}\n  more:\n{{ include \"c.both\" . | indent 4 }}\n";
    let files = [("templates/_h.tpl", HELPERS), ("templates/a.yaml", template), ("values.yaml", "app: x\nteam: z\n")];
    let attempt = attempt(&files, "");
    assert_eq!(origin(&attempt, "    app: x"), "_h.tpl:2 app");
    assert_eq!(origin(&attempt, "team: \"z\""), "_h.tpl:3 team");
    assert_eq!(origin(&attempt, "first: 1"), "_h.tpl:9");
    let calls = written(&attempt, "team: \"z\"").calls;
    assert_eq!(calls.iter().map(|call| call.place.line).collect::<Vec<_>>(), [2], "{calls:?}");
    let rendered = &attempt.files[0];
    let last = rendered.text.lines().count() as u32;
    let deep = attempt.written(&rendered.path, last, 1).expect("traced");
    assert_eq!(deep.calls.iter().map(|call| call.place.line).collect::<Vec<_>>(), [10, 4]);
    assert_eq!(show(&deep.values[0]), "team");
}

#[test]
fn a_line_of_a_map_that_is_printed_whole_names_its_entry() {
    let template = "a:\n  {{- toYaml .Values.resources | nindent 2 }}\n{{- with .Values.node }}\nb:\n  {{- toYaml . | nindent 2 }}\n{{- end }}\nl:\n  {{- toYaml .Values.list | nindent 2 }}\n";
    let values =
        "resources: {limits: {cpu: 1, memory: 2Gi}, requests: {cpu: 3}}\nnode: {disk: ssd}\nlist: [{k: v}, {k: w}]\n";
    let attempt = attempt(&[("templates/a.yaml", template), ("values.yaml", values)], "");
    assert_eq!(origin(&attempt, "memory: 2Gi"), "a.yaml:2 resources.limits.memory");
    assert_eq!(origin(&attempt, "cpu: 3"), "a.yaml:2 resources.requests.cpu");
    assert_eq!(origin(&attempt, "disk: ssd"), "a.yaml:5 node.disk");
    assert_eq!(origin(&attempt, "k: w"), "a.yaml:8 list[1].k");
}

#[test]
fn values_are_followed_through_maps_variables_loops_and_texts_that_are_templates() {
    let template = "\
a: {{ include \"c.pick\" (dict \"context\" $ \"part\" .Values.master) }}
{{- $tag := .Values.tag | default \"latest\" }}
b: {{ $tag }}
{{- range $key, $value := .Values.env }}
{{ $key }}: {{ $value | quote }}
{{- end }}
{{- range .Values.hosts }}
- host: {{ .name }}
{{- end }}
c: {{ tpl .Values.text . }}
d: {{ index .Values \"odd-name\" \"x\" }}
e: {{ (.Values.maybe | default dict).on | default .Values.other }}
f: {{ get (merge (dict \"k\" .Values.tag) .Values.master) \"name\" }}
";
    let values = "\
prefix: p
master: {name: m}
tag: t
env: {LEVEL: debug}
hosts: [{name: h0}, {name: h1}]
text: 'v-{{ .Values.prefix }}'
odd-name: {x: 7}
maybe: {}
other: o
";
    // What the lines are is no YAML; only their origins are asked for.
    let files = [("templates/_h.tpl", HELPERS), ("templates/_a.txt", ""), ("templates/NOTES.txt", "")];
    let mut files = files.to_vec();
    files.push(("values.yaml", values));
    let template = template.replace("- host", "host");
    let template = template
        .replace("{{- range .Values.hosts }}\n", "{{- range $i, $_ := .Values.hosts }}\n")
        .replace("host:", "host{{ $i }}:");
    files.push(("templates/a.yaml", &template));
    let attempt = attempt(&files, "");
    assert_eq!(origin(&attempt, "a: p-m"), "a.yaml:1 prefix master.name");
    assert_eq!(origin(&attempt, "b: t"), "a.yaml:3 tag");
    assert_eq!(origin(&attempt, "LEVEL: \"debug\""), "a.yaml:5 env.LEVEL");
    assert_eq!(origin(&attempt, "host1: h1"), "a.yaml:8 hosts[1].name");
    assert_eq!(origin(&attempt, "c: v-p"), "a.yaml:10 text prefix");
    assert_eq!(origin(&attempt, "d: 7"), "a.yaml:11 odd-name.x");
    assert!(origin(&attempt, "e: o").contains("other"), "{}", origin(&attempt, "e: o"));
    assert!(origin(&attempt, "f: m").contains("master.name"), "{}", origin(&attempt, "f: m"));
}

#[test]
fn branches_around_a_line_are_told_with_the_values_that_decided_them() {
    let template = "{{- if .Values.metrics.live }}\n{{- with .Values.none }}\nx: 1\n{{- else }}\nport: 9121\n{{- end }}\n{{- end }}\n";
    let attempt = attempt(
        &[("templates/a.yaml", template), ("values.yaml", "metrics: {live: false}\nnone: {}\n")],
        "metrics.live=true",
    );
    let because = written(&attempt, "port").because;
    let told: Vec<(u32, String)> = because.iter().map(|r| (r.place.line, show(&r.values[0]))).collect();
    assert_eq!(told, [(2, "none".to_owned()), (1, "metrics.live".to_owned())]);
    let text = explain::print(&attempt, "", "c/templates/a.yaml", 2, 1).expect("a rendered line");
    assert!(text.contains("the else of {{- with .Values.none }}"), "{text}");
    assert!(text.contains("metrics.live = true, set in --set metrics.live"), "{text}");
}

#[test]
fn v16_values_tell_who_set_and_who_reads_them_and_hide_secrets() {
    let template = "a: {{ .Values.a }}\nm: {{ toJson .Values.m }}\np: {{ .Values.password }}\n{{- if .Values.used.live }}{{ end }}\n";
    let values = "a: 1\nm: {k: 2}\npassword: hunter2-x\nused: {gone: 3, live: false}\n";
    let attempt = attempt(&[("templates/a.yaml", template), ("values.yaml", values)], "a=5");
    let rows = values::rows(&attempt, "", &[]);
    let text = values::print(&rows);
    assert_eq!(
        text,
        "a = 5  # --set a, read by c/templates/a.yaml:1\n\
         m.k = 2  # c/values.yaml:2:5, read by c/templates/a.yaml:2\n\
         password = ***  # c/values.yaml:3:1, read by c/templates/a.yaml:3\n\
         used.gone = 3  # c/values.yaml:4:8, read by nothing\n\
         used.live = false  # c/values.yaml:4:17, read by c/templates/a.yaml:4\n"
    );
    assert!(!explain::print(&attempt, "", "c/templates/a.yaml", 3, 1).expect("rendered").contains("hunter2"));
}

#[test]
fn subcharts_read_their_own_part_of_the_values_and_globals() {
    let files = [
        ("charts/kid/Chart.yaml", "apiVersion: v2\nname: kid\nversion: 0.1.0\n"),
        ("charts/kid/values.yaml", "size: 1\n"),
        ("charts/kid/templates/k.yaml", "size: {{ .Values.size }}\nzone: {{ .Values.global.zone }}\n"),
        ("values.yaml", "global: {zone: z}\nkid: {size: 2}\n"),
        ("templates/a.yaml", "up: {{ .Subcharts.kid.Values.size }}\n"),
    ];
    let attempt = attempt(&files, "");
    assert_eq!(origin(&attempt, "size: 2"), "k.yaml:1 kid.size");
    assert_eq!(origin(&attempt, "zone: z"), "k.yaml:2 kid.global.zone");
    assert_eq!(origin(&attempt, "up: 2"), "a.yaml:1 kid.size");
}

#[test]
fn files_are_named_as_they_lie_on_disk_where_the_folder_of_the_chart_is_known() {
    let template = "{{- if .Values.live }}\nboth: {{- include \"c.app\" . | nindent 2 }}\n{{- end }}\n";
    let helper = "{{ define \"c.app\" -}}\nteam: a\napp: {{ .Values.app }}\n{{- end }}";
    let files = [
        ("templates/_h.tpl", helper),
        ("templates/a.yaml", template),
        ("values.yaml", "app: x\nlive: true\n"),
        ("charts/kid/Chart.yaml", "apiVersion: v2\nname: kid\nversion: 0.1.0\n"),
        ("charts/kid/values.yaml", "size: 1\n"),
    ];
    let attempt = attempt(&files, "");
    let text = explain::print(&attempt, "./charts/mine/", "c/templates/a.yaml", 4, 3).expect("a rendered line");
    assert!(text.starts_with("charts/mine/templates/a.yaml, rendered line 4\n"), "{text}");
    let places = [
        "written by charts/mine/templates/_h.tpl:3:",
        "  at charts/mine/templates/a.yaml:2:",
        "app = \"x\", set in charts/mine/values.yaml:1:1",
        "{{- if .Values.live }}  charts/mine/templates/a.yaml:1:1",
    ];
    assert!(places.iter().all(|place| text.contains(place)) && !text.contains("c/templates/"), "{text}");
    let text = values::print(&values::rows(&attempt, "c.tgz", &[]));
    assert!(text.contains("app = \"x\"  # c.tgz/values.yaml:1:1, read by c.tgz/templates/_h.tpl:3\n"), "{text}");
    assert!(text.contains("kid.size = 1  # c.tgz/charts/kid/values.yaml:1:1, read by nothing\n"), "{text}");
}
