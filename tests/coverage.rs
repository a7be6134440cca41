//! Coverage says what the output shows: a branch was taken as often as what stands in it was printed. And what it calls out
//! of reach, nothing reaches.

mod folder;

use chartwright::suite::coverage::{Because, Collector, Coverage, Kind, Probe};
use chartwright::{Chart, Compiled, Layer, Options, Outside, RenderError, Rendered, Values};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

const HEAD: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

fn compiled(files: &[(&str, &str)]) -> Compiled {
    let files = std::iter::once(("Chart.yaml", HEAD)).chain(files.iter().copied());
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    Compiled::new(&Chart::from_files(files).expect("the chart is good"))
}

fn values(text: &str) -> Values {
    Values::build(&[Layer::File { name: "v.yaml".into(), bytes: text.into() }]).expect("the values are good")
}

fn render(chart: &Compiled, text: &str, skip_trace: bool) -> Result<Rendered, RenderError> {
    let options = Options { count: true, skip_trace, outside: Outside::seeded(1).at(0, 0), ..Options::new() };
    chart.render(&values(text), &options)
}

/// What renders with these values cover.
fn covered(files: &[(&str, &str)], values: &[&str]) -> Coverage {
    let chart = compiled(files);
    let collector = Collector::new(&chart);
    values.iter().for_each(|values| collector.add_result(&render(&chart, values, false)));
    collector.finish()
}

/// Of one template the ways of a kind of probes: `label count`, those out of reach with a dash.
fn ways(template: &str, kind: Kind, values: &[&str]) -> Vec<String> {
    let coverage = covered(&[("templates/a.yaml", template)], values);
    let probes = probes(&coverage).filter(|probe| probe.kind == kind);
    probes
        .flat_map(|probe| probe.arms.iter().map(|arm| shown(&arm.label, arm.count, arm.unreachable.is_some())))
        .collect()
}

fn shown(label: &str, count: u64, is_unreachable: bool) -> String {
    if is_unreachable { format!("{label} -") } else { format!("{label} {count}") }
}

fn probes(coverage: &Coverage) -> impl Iterator<Item = &Probe> {
    coverage.files.iter().flat_map(|file| &file.probes)
}

/// What a template has out of reach, whatever ran: line, label, reason.
fn unreachable(files: &[(&str, &str)], values: &[&str]) -> Vec<(u32, String, Because)> {
    let coverage = covered(files, values);
    let all = probes(&coverage).flat_map(|probe| probe.arms.iter().map(move |arm| (probe.line, arm)));
    all.filter_map(|(line, arm)| Some((line, arm.label.clone(), arm.unreachable.as_ref()?.because))).collect()
}

/// The same of one template without any run, as `line label`.
fn out_of_reach(template: &str) -> Vec<String> {
    let found = unreachable(&[("templates/a.yaml", template)], &[]);
    found.into_iter().map(|(line, label, _)| format!("{line} {label}")).collect()
}

// -- what is counted

#[test]
fn branches_count_their_bodies_and_that_they_do_not_run() {
    let template = "{{ if .Values.a }}x{{ else if .Values.b }}y{{ else }}z{{ end }}";
    let runs = ["a: 1", "a: 1", "b: 1", ""];
    assert_eq!(ways(template, Kind::If, &runs), ["taken 2", "else 2"]);
    assert_eq!(ways(template, Kind::ElseIf, &runs), ["taken 1", "else 1"]);
    assert_eq!(ways("{{ with .Values.a }}{{ end }}", Kind::With, &["a: 1", ""]), ["taken 1", "not taken 1"]);
    assert_eq!(ways("{{ range .Values.a }}{{ end }}", Kind::Range, &["a: [1, 2]", "a: []", ""]), ["each 2", "empty 2"]);
}

#[test]
fn operands_count_when_they_decide() {
    let or = "{{ or .Values.a .Values.b }}";
    let labels = |counts: [&str; 2]| {
        [format!("operand 1: .Values.a {}", counts[0]), format!("operand 2: .Values.b {}", counts[1])]
    };
    assert_eq!(ways(or, Kind::Or, &["a: 1", "b: 1", ""]), labels(["1", "2"]));
    let and = "{{ .Values.b | and .Values.a }}";
    let found = ways(and, Kind::And, &["a: 1", "b: 1", ""]);
    assert_eq!(found, ["operand 1: .Values.a 2", "operand 2: what is piped in 1"]);
    let default = "{{ .Values.a | default \"x\" }}";
    assert_eq!(ways(default, Kind::Default, &["a: 1", "", ""]), ["value: what is piped in 1", "fallback: \"x\" 2"]);
    let ternary = "{{ ternary \"x\" \"y\" (eq .Values.a 1.0) }}";
    assert_eq!(ways(ternary, Kind::Ternary, &["a: 1", "a: 2", "a: 3"]), ["true: \"x\" 1", "false: \"y\" 2"]);
    let coalesce = "{{ coalesce .Values.a .Values.b }}";
    let found = ways(coalesce, Kind::Coalesce, &["a: 1", "b: 1", "", ""]);
    assert_eq!(found, ["operand 1: .Values.a 1", "operand 2: .Values.b 1", "none of them 2"]);
}

#[test]
fn templates_count_their_calls_and_calls_with_one_result_count_each() {
    let helpers = r#"{{ define "h" }}{{ if .Values.a }}x{{ end }}{{ end }}{{ define "never" }}{{ end }}"#;
    let files = [
        ("templates/_h.tpl", helpers),
        ("templates/a.yaml", r#"a: {{ include "h" . }}{{ template "h" . }}{{ tpl "{{ include \"h\" . }}" . }}"#),
        ("templates/b.yaml", r#"a: {{ include "h" . }}"#),
    ];
    for skip_trace in [false, true] {
        let chart = compiled(&files);
        let collector = Collector::new(&chart);
        collector.add_result(&render(&chart, "a: 1", skip_trace));
        let coverage = collector.finish();
        let counts: Vec<_> =
            probes(&coverage).map(|p| (p.text.as_str(), p.arms.first().map(|arm| arm.count))).collect();
        assert_eq!(counts, [("h", Some(4)), (".Values.a", Some(4)), ("never", Some(0))]);
    }
}

#[test]
fn a_render_that_fails_counts_up_to_there_and_one_that_the_schema_refuses_does_not() {
    let template = "a: 1\n{{ if .Values.bad }}\n{{ fail \"no\" }}\n{{ if .Values.c }}{{ end }}\n{{ end }}\n";
    let schema = r#"{"properties": {"bad": {"type": "boolean"}}}"#;
    let files = [("templates/a.yaml", template), ("values.schema.json", schema)];
    let coverage = covered(&files, &["bad: true", "bad: x", ""]);
    assert_eq!((coverage.renders, coverage.failed), (3, 2));
    let file = coverage.files.first().expect("one file");
    let arms: Vec<_> = file.probes.iter().flat_map(|p| p.arms.iter().map(|arm| (p.line, arm.count))).collect();
    assert_eq!(arms, [(2, 1), (2, 1), (4, 0), (4, 0)]);
    let lines: Vec<_> = file.lines.iter().map(|(line, count)| (*line, *count)).collect();
    assert_eq!(lines, [(1, 2), (2, 2), (3, 1), (4, 0)], "the line behind `fail` did not run");
    assert_eq!(covered(&[("templates/a.yaml", "{{ .Values.a.b }}")], &[""]).failed, 1);
}

#[test]
fn values_are_read_or_not_by_their_leaves() {
    let defaults = "a: {b: 1, c: 2}\nwhole: {x: 1, y: {z: 1}}\nlist: [1, 2]\nnever: 1\nglobal: {g: 1}\n";
    let template = "# {{ .Values.a.b }}{{ toYaml .Values.whole | b64enc }}{{ range .Values.list }}{{ . }}{{ end }}{{ .Values.global.g }}";
    let coverage = covered(&[("values.yaml", defaults), ("templates/a.yaml", template)], &[""]);
    let unread: Vec<_> = coverage.values.iter().filter(|v| !v.is_read).map(|v| (v.path.as_str(), v.line)).collect();
    assert_eq!(unread, [("a.c", 1), ("never", 4)]);
    assert_eq!(coverage.read().reachable, 7);
}

#[test]
fn charts_below_count_on_request_also_under_an_alias() {
    let head = "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies: [{name: s, version: 0.1.0, alias: other}]\n";
    let files = [
        ("Chart.yaml", head),
        ("charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 0.1.0\n"),
        ("charts/s/templates/a.yaml", "{{ if .Values.use }}{{ end }}"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let chart = Compiled::new(&Chart::from_files(files).expect("the chart is good"));
    let collector = Collector::new(&chart);
    collector.add(&render(&chart, "other: {use: true}", true).expect("it renders"));
    assert!(collector.finish().files.is_empty());
    let all = collector.finish_all();
    let first = all.files.first().and_then(|file| Some((file.path.as_str(), file.probes.first()?.arms.first()?.count)));
    assert_eq!(first, Some(("charts/s/templates/a.yaml", 1)));
}

// -- what is out of reach

#[test]
fn constants_decide_for_good() {
    assert_eq!(out_of_reach("{{ if false }}a{{ else }}b{{ end }}"), ["1 taken"]);
    assert_eq!(out_of_reach("{{ if .Values.a | default true }}a{{ else }}b{{ end }}"), ["1 else"]);
    assert_eq!(out_of_reach("{{ if and .Values.a (eq \"x\" \"y\") }}a{{ end }}"), ["1 taken"]);
    assert_eq!(out_of_reach("{{ range list 1 2 }}a{{ else }}b{{ end }}"), ["1 empty"]);
    assert_eq!(out_of_reach("{{ or .Values.a \"x\" .Values.b }}"), ["1 operand 3: .Values.b"]);
    assert!(
        out_of_reach("{{ if .Values.a | default false }}a{{ end }}{{ if ne .Values.a \"x\" }}{{ end }}").is_empty()
    );
}

#[test]
fn what_was_decided_around_a_branch_or_before_it_contradicts_it() {
    let inside = |outer: &str, inner: &str| {
        out_of_reach(&format!("{{{{ if {outer} }}}}\n{{{{ if {inner} }}}}a{{{{ end }}}}{{{{ end }}}}"))
    };
    assert_eq!(inside("eq .Values.a \"x\"", "eq .Values.a \"y\""), ["2 taken"]);
    assert_eq!(inside("eq .Values.a \"x\" \"y\"", "eq .Values.a \"z\""), ["2 taken"]);
    assert_eq!(inside(".Values.a", "not .Values.a"), ["2 taken"]);
    assert_eq!(inside("and .Values.b .Values.a", "$.Values.a"), ["2 not taken"]);
    assert_eq!(inside("not (or .Values.a .Values.b)", ".Values.b.c"), ["2 taken"]);
    assert_eq!(inside("gt (int .Values.a) 3", "gt (int .Values.a) 3"), ["2 not taken"]);
    assert!(inside("eq .Values.a \"x\"", "eq .Values.b \"y\"").is_empty());
    assert!(inside("or .Values.a .Values.b", ".Values.a").is_empty());
    assert!(inside("ne .Values.a \"x\"", "eq .Values.a \"y\"").is_empty());
    let before = "{{ if not .Values.a }}{{ fail \"a is needed\" }}{{ end }}\n{{ if .Values.a }}{{ end }}";
    assert_eq!(out_of_reach(before), ["2 not taken"]);
    let chain = "{{ if eq .Values.a \"x\" }}{{ else if .Values.b }}{{ else if eq .Values.a \"x\" }}{{ end }}";
    assert_eq!(out_of_reach(chain), ["1 taken"]);
    let with =
        "{{ with .Values.a }}\n{{ if $.Values.a }}{{ end }}{{ if .b }}{{ if not .b }}{{ end }}{{ end }}{{ end }}";
    assert_eq!(out_of_reach(with), ["2 not taken", "2 taken"]);
}

#[test]
fn nothing_follows_where_something_may_have_changed() {
    let between = |text: &str| {
        out_of_reach(&format!("{{{{ if .Values.a }}}}{text}{{{{ if .Values.a }}}}{{{{ end }}}}{{{{ end }}}}"))
    };
    assert_eq!(between(""), ["1 not taken"]);
    assert!(between("{{ $_ := set .Values \"a\" false }}").is_empty());
    assert!(between("{{ tpl .Values.t . }}").is_empty());
    assert!(between("{{ include \"nobody\" . }}").is_empty());
    let variable = "{{ $x := 1 }}{{ range .Values.l }}{{ if $x }}{{ if $x }}{{ end }}{{ end }}{{ $x = . }}{{ end }}{{ if $x }}{{ end }}";
    assert_eq!(out_of_reach(variable), ["1 not taken"]);
    let assigned = "{{ $x := .Values.a }}{{ if $x }}{{ $x = .Values.b }}{{ if $x }}{{ end }}{{ end }}";
    assert!(out_of_reach(assigned).is_empty());
    let dot = "{{ range .Values.l }}{{ if .a }}{{ end }}{{ end }}{{ range .Values.m }}{{ if .a }}{{ end }}{{ end }}";
    assert!(out_of_reach(dot).is_empty());
}

#[test]
fn the_schema_narrows_what_values_can_be() {
    let schema = r##"{"required": ["mode", "n"], "definitions": {"on": {"const": true}}, "properties": {
        "mode": {"enum": ["a", "b"]}, "n": {"type": "integer", "minimum": 1, "maximum": 3}, "optional": {"enum": ["a"]},
        "none": {"type": "array", "maxItems": 0}, "deep": {"type": "object", "properties": {"on": {"$ref": "#/definitions/on"}}}}}"##;
    let found = |template: &str| {
        let found = unreachable(&[("values.schema.json", schema), ("templates/a.yaml", template)], &[]);
        assert!(found.iter().all(|(_, _, because)| *because == Because::Schema), "{found:?}");
        found.into_iter().map(|(_, label, _)| label).collect::<Vec<_>>()
    };
    assert_eq!(found("{{ if eq .Values.mode \"c\" }}{{ end }}"), ["taken"]);
    assert_eq!(found("{{ if .Values.n }}{{ end }}"), ["not taken"]);
    assert_eq!(found("{{ if gt (int .Values.n) 3 }}{{ end }}"), ["taken"]);
    assert_eq!(found("{{ if ge (int .Values.n) 1 }}{{ end }}"), ["not taken"]);
    assert_eq!(found("{{ range .Values.none }}{{ end }}"), ["each"]);
    assert!(found("{{ if eq .Values.optional \"a\" }}{{ end }}{{ if .Values.deep.on }}{{ end }}").is_empty());
    assert!(found("{{ if eq .Values.mode \"b\" }}{{ end }}{{ if gt (int .Values.n) 2 }}{{ end }}").is_empty());
    assert!(found("{{ $_ := set .Values \"mode\" \"c\" }}{{ if eq .Values.mode \"c\" }}{{ end }}").is_empty());
}

#[test]
fn what_the_cluster_alone_decides_is_out_of_reach_once_it_was_asked_in_all_runs() {
    let template =
        "{{ if .Values.a }}{{ if semverCompare \">=1.10-0\" .Capabilities.KubeVersion.Version }}{{ end }}{{ end }}";
    let files = [("templates/a.yaml", template)];
    assert_eq!(unreachable(&files, &["a: 1"]), [(1, "not taken".to_owned(), Because::Surroundings)]);
    assert_eq!(unreachable(&files, &[""]), []);
    let by_value = "{{ if semverCompare .Values.a .Capabilities.KubeVersion.Version }}{{ end }}";
    assert_eq!(unreachable(&[("templates/a.yaml", by_value)], &["a: '>1.0'"]), []);
}

#[test]
fn templates_that_nothing_includes_are_out_of_reach_unless_names_are_made_while_it_runs() {
    let helpers = "{{ define \"used\" }}{{ end }}\n{{ define \"unused\" }}{{ if .a }}{{ end }}{{ end }}";
    let found =
        |template: &str| unreachable(&[("templates/_h.tpl", helpers), ("templates/a.yaml", template)], &[]).len();
    assert_eq!(found("{{ include \"used\" . }}"), 3);
    assert_eq!(found("{{ include \"used\" . }}{{ include .Values.name . }}"), 0);
    assert_eq!(found("{{ include \"used\" . }}{{ tpl .Values.text . }}"), 0);
    let twice =
        [("templates/_a.tpl", "{{ define \"x\" }}a{{ end }}"), ("templates/_b.tpl", "{{ define \"x\" }}b{{ end }}")];
    let coverage = covered(&[twice[0], twice[1], ("templates/a.yaml", "a: {{ include \"x\" . }}")], &[""]);
    let arms: Vec<_> =
        probes(&coverage).filter_map(|p| p.arms.first()).map(|a| (a.count, a.unreachable.is_some())).collect();
    assert_eq!(arms, [(1, false), (0, true)]);
}

#[test]
fn comments_mark_what_cannot_be_and_must_be_right() {
    let template =
        "{{ if .Values.a }}{{/* chartwright:unreachable nobody sets a */}}{{ if .Values.b }}{{ end }}{{ end }}
{{ if .Values.c }}{{- /* chartwright:unreachable-else c is always set */ -}}{{ end }}";
    let files = [("templates/a.yaml", template)];
    let all: Vec<_> = unreachable(&files, &["c: 1"])
        .into_iter()
        .map(|(line, label, because)| (line, label, because == Because::Marked))
        .collect();
    let expected = [(1, "taken", true), (1, "taken", true), (1, "not taken", true), (2, "not taken", true)];
    assert_eq!(all, expected.map(|(line, label, marked)| (line, label.to_owned(), marked)));
    assert!(covered(&files, &["c: 1"]).problems.is_empty());
    let told = |template: &str, values: &str| {
        let problems = covered(&[("templates/a.yaml", template)], &[values]).problems;
        problems.first().map(|found| (found.code.to_string(), found.place.as_ref().map_or(0, |place| place.line)))
    };
    assert_eq!(told(template, "a: 1\nc: 1"), Some(("reached-mark".to_owned(), 1)));
    assert_eq!(told("\n{{/* chartwright:unreachable why */}}", ""), Some(("bad-mark".to_owned(), 2)));
    assert_eq!(
        told("{{ if .Values.a }}{{/* chartwright:unreachable */}}{{ end }}", ""),
        Some(("bad-mark".to_owned(), 1))
    );
}

// -- sums

#[test]
fn runs_add_up_and_what_one_of_them_reached_is_reachable() {
    let template =
        "{{ if .Values.a }}{{ if semverCompare \">=1.10-0\" .Capabilities.KubeVersion.Version }}{{ end }}{{ end }}";
    let files = [("templates/a.yaml", template)];
    let one = covered(&files, &["a: 1"]);
    let mut both = covered(&files, &[""]);
    let written = chartwright::report::coverage::json::print(&one);
    let read = Coverage::read_json(&written).expect("it reads what it writes");
    both.merge(&read);
    assert_eq!((both.renders, both.total().taken, both.total().reachable), (2, 3, 4));
    assert!(both.below(75.0).is_none());
    let missed = both.below(76.0).expect("it is less");
    assert!(missed.message.contains("75.0 %") && missed.message.contains("3 of 4"), "{}", missed.message);
    assert!(Coverage::read_json("{").is_err());
}

// -- against the output

/// Writes charts at random. Every branch begins with a line of its own, `#M7.`, that tells which it is.
struct Writer {
    random: fastrand::Rng,
    marks: usize,
    /// The first helper that may be called: none calls itself.
    helper: usize,
}

const HELPERS: usize = 4;

impl Writer {
    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("\n#M{}.\n", self.marks)
    }

    fn condition(&mut self, depth: usize) -> String {
        let value = ["a", "b", "c"][self.random.usize(..3)];
        let text = ["x", "y", ""][self.random.usize(..3)];
        match self.random.usize(..if depth > 0 { 14 } else { 8 }) {
            0..=2 => format!("$.Values.{value}"),
            3 => format!("(eq $.Values.s \"{text}\")"),
            4 => format!("(ne $.Values.s \"{text}\")"),
            5 => "(gt (int $.Values.n) 1)".to_owned(),
            6 => "$v".to_owned(),
            7 => format!("$.Values.m.{value}"),
            8 => format!("(not {})", self.condition(depth - 1)),
            9 | 10 => format!("(and {} {})", self.condition(depth - 1), self.condition(depth - 1)),
            11 => format!("(or {} {})", self.condition(depth - 1), self.condition(depth - 1)),
            12 => format!("(default {} {})", self.condition(depth - 1), self.condition(depth - 1)),
            _ => format!("(coalesce {} {})", self.condition(depth - 1), self.condition(depth - 1)),
        }
    }

    fn body(&mut self, depth: usize, in_loop: bool) -> String {
        let mut out = String::new();
        for _ in 0..self.random.usize(1..4) {
            let statement = self.statement(depth, in_loop);
            out.push_str(&statement);
        }
        out
    }

    fn part(&mut self, depth: usize, in_loop: bool) -> String {
        let mark = self.mark();
        mark + &self.body(depth, in_loop)
    }

    fn statement(&mut self, depth: usize, in_loop: bool) -> String {
        let word = match self.random.usize(..if depth > 0 { 16 } else { 5 }) {
            0 => return "text ".to_owned(),
            1 if self.random.bool() => return format!("{{{{ $_ := set $.Values \"a\" {} }}}}", self.condition(1)),
            2 => return format!("{{{{ $v = {} }}}}", self.condition(1)),
            1 | 3 | 4 if self.helper < HELPERS => {
                let name = format!("h{}", self.random.usize(self.helper..HELPERS));
                return match self.random.usize(..4) {
                    0 => format!("{{{{ template \"{name}\" $ }}}}"),
                    1 => format!("{{{{ tpl \"{{{{ include \\\"{name}\\\" . }}}}\" $ }}}}"),
                    _ => format!("{{{{ include \"{name}\" $ }}}}"),
                };
            }
            1..=4 if in_loop && self.random.bool() => {
                let word = ["break", "continue"][self.random.usize(..2)];
                return format!("{{{{ if {} }}}}{}{{{{ {word} }}}}{{{{ end }}}}", self.condition(1), self.mark());
            }
            1..=4 => return String::new(),
            5 if self.random.usize(..3) == 0 => {
                return format!("{{{{ if {} }}}}{}{{{{ fail \"no\" }}}}{{{{ end }}}}", self.condition(1), self.mark());
            }
            6 | 7 => {
                let list =
                    ["$.Values.l", "$.Values.empty", "(list 1 2)", "$x := $.Values.l", "(until (int $.Values.n))"];
                let list = list[self.random.usize(..list.len())];
                let (body, otherwise) = (self.part(depth - 1, true), self.part(depth - 1, in_loop));
                return format!("{{{{ range {list} }}}}{body}{{{{ else }}}}{otherwise}{{{{ end }}}}");
            }
            8 | 9 => "with",
            _ => "if",
        };
        let mut out = format!("{{{{- {word} {} }}}}{}", self.condition(2), self.part(depth - 1, in_loop));
        while self.random.usize(..3) == 0 {
            let _ = write!(out, "{{{{ else {word} {} }}}}{}", self.condition(2), self.part(depth - 1, in_loop));
        }
        if self.random.bool() {
            let _ = write!(out, "{{{{ else }}}}{}", self.part(depth - 1, in_loop));
        }
        out + "{{ end }}"
    }

    fn chart(&mut self) -> Vec<(String, String)> {
        let mut helpers = String::new();
        for number in 0..HELPERS {
            self.helper = number + 1;
            let body = self.part(2, false);
            let _ = writeln!(helpers, "{{{{ define \"h{number}\" }}}}{body}{{{{ end }}}}");
        }
        // Nothing declares `$v` in them.
        let helpers = helpers.replace("$v = ", "$_ := ").replace("$v", "$.Values.c");
        self.helper = 0;
        let mut files = vec![("templates/_h.tpl".to_owned(), helpers)];
        for name in ["a", "b"] {
            files
                .push((format!("templates/{name}.yaml"), format!("{{{{ $v := $.Values.b }}}}{}", self.body(3, false))));
        }
        files
    }

    fn values(&mut self) -> String {
        let mut out = String::new();
        for name in ["a", "b", "c"] {
            let _ = writeln!(out, "{name}: {}", ["true", "false", "1", "0"][self.random.usize(..4)]);
        }
        let _ = writeln!(out, "s: \"{}\"\nn: {}", ["x", "y", "z"][self.random.usize(..3)], self.random.usize(..4));
        let _ = writeln!(out, "m: {{a: {}, b: {}}}", self.random.bool(), self.random.bool());
        let _ = writeln!(out, "l: [{}]\nempty: []", ["", "1", "1, 0, 2"][self.random.usize(..3)]);
        out
    }
}

/// How often each mark was printed.
fn printed(rendered: &Rendered) -> BTreeMap<usize, u64> {
    let mut found: BTreeMap<usize, u64> = BTreeMap::new();
    for line in rendered.files.iter().flat_map(|file| file.text.lines()) {
        if let Some(mark) = mark_of(line) {
            *found.entry(mark).or_default() += 1;
        }
    }
    found
}

/// The mark that a text begins with.
fn mark_of(text: &str) -> Option<usize> {
    text.trim_start().strip_prefix("#M")?.split('.').next()?.parse().ok()
}

/// One chart with a few values: branches hold as often as their marks were printed, and nothing reaches what is out of reach.
fn check(seed: u64) -> (usize, usize) {
    let mut writer = Writer { random: fastrand::Rng::with_seed(seed), marks: 0, helper: 0 };
    let files = writer.chart();
    let listed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let chart = compiled(&listed);
    let claims = Collector::new(&chart).finish();
    let (good, all) = (Collector::new(&chart), Collector::new(&chart));
    let mut sums: BTreeMap<usize, u64> = BTreeMap::new();
    for round in 0..12 {
        let result = render(&chart, &writer.values(), round % 2 == 0);
        all.add_result(&result);
        if let Ok(rendered) = &result {
            good.add(rendered);
            printed(rendered).into_iter().for_each(|(mark, count)| *sums.entry(mark).or_default() += count);
        }
    }
    let coverage = good.finish();
    let mut checked = 0;
    for file in &coverage.files {
        for (probe, arm) in file.probes.iter().flat_map(|probe| probe.arms.iter().map(move |arm| (probe, arm))) {
            let text = file.text.get(arm.range.0 as usize..arm.range.1 as usize).unwrap_or_default();
            let Some(mark) = mark_of(text) else { continue };
            let expected = sums.get(&mark).copied().unwrap_or(0);
            assert_eq!(arm.count, expected, "seed {seed}, {}:{} {}: {}", file.path, probe.line, probe.text, arm.label);
            let line = file.text.get(..arm.range.0 as usize).unwrap_or_default().matches('\n').count() + 2;
            let ran = file.lines.get(&u32::try_from(line).expect("few lines")).copied();
            assert_eq!(ran, Some(expected), "seed {seed}, {}:{line}", file.path);
            checked += 1;
        }
    }
    let mut claimed = 0;
    for (probe, reached) in probes(&claims).zip(probes(&all.finish())) {
        for (arm, reached) in probe.arms.iter().zip(&reached.arms) {
            let Some(why) = &arm.unreachable else { continue };
            claimed += 1;
            assert_eq!(
                reached.count, 0,
                "seed {seed}, line {} {}: {}: {}",
                probe.line, probe.text, arm.label, why.reason
            );
        }
    }
    (checked, claimed)
}

#[test]
fn branches_hold_as_often_as_what_stands_in_them_is_printed() {
    let (mut checked, mut claimed) = (0, 0);
    for seed in 0..150 {
        let (more, further) = check(seed);
        checked += more;
        claimed += further;
    }
    assert!(checked > 1_500 && claimed > 100, "{checked} branches, {claimed} out of reach");
}

// -- the program

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartwright"));
    command.args(args).current_dir(dir).env("NO_COLOR", "1").output().expect("it runs")
}

#[test]
fn the_command_renders_all_cases_and_fails_below_a_threshold() {
    let dir = folder::folder([
        ("c/Chart.yaml", HEAD),
        ("c/templates/a.yaml", "kind: {{ if .Values.a }}A{{ else }}{{ .Values.b | default \"B\" }}{{ end }}\n"),
        ("c/ci/a-values.yaml", "a: true\n"),
    ]);
    let of = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let output = run(dir.path(), &["coverage", "c"]);
    let text = of(&output);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("coverage of c in 2 renders") && text.contains("75.0 %"), "{text}");
    assert!(text.contains("templates/a.yaml:1: default \"B\": value: what is piped in"), "{text}");
    let below = run(dir.path(), &["coverage", "c", "--min", "80", "--no-matrix", "--output", "json=out.json"]);
    assert_eq!(below.status.code(), Some(1));
    let said = String::from_utf8_lossy(&below.stderr).into_owned();
    assert!(said.contains("coverage is 50.0 %") && said.contains("c/templates/a.yaml:1"), "{said}");
    let added = run(dir.path(), &["coverage", "c", "--no-matrix", "--set", "a=1", "--add", "out.json", "--min", "75"]);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let linted = run(dir.path(), &["lint", "c", "--rule", "syntax-error", "--coverage", "--coverage-lcov", "c.info"]);
    assert!(of(&linted).contains("coverage of c in 2 renders"), "{}", of(&linted));
    assert!(
        std::fs::read_to_string(dir.path().join("c.info")).is_ok_and(|text| text.contains("SF:c/templates/a.yaml"))
    );
}

#[test]
fn input_that_cannot_be_read_is_told_with_exit_code_2() {
    let dir = folder::folder([("c/Chart.yaml", HEAD), ("c/templates/a.yaml", "{{ .Values.a.b }}"), ("bad.json", "[]")]);
    let code = |args: &[&str]| run(dir.path(), args).status.code();
    assert_eq!(code(&["coverage", "nothing"]), Some(2));
    assert_eq!(code(&["coverage", "c", "--add", "bad.json"]), Some(2));
    assert_eq!(code(&["coverage", "c", "--min", "x"]), Some(2));
    assert_eq!(code(&["coverage", "c", "--output", "png=x"]), Some(2));
    let failing = run(dir.path(), &["coverage", "c"]);
    assert_eq!(failing.status.code(), Some(1));
    let said = String::from_utf8_lossy(&failing.stderr).into_owned();
    assert!(said.contains("case `defaults` fails") && said.contains("c/templates/a.yaml:1"), "{said}");
}
