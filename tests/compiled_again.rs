//! A compiled chart that is rendered again, with the same values and with others: nothing of a run is left in the next.

use chartwright::{Chart, Compiled, Layer, Options, Outside, Values};

/// A chart with subcharts that are switched, aliased and imported from, and templates that change what they read.
fn chart() -> Chart {
    let files = [
        (
            "Chart.yaml",
            "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n\
             - {name: part, version: 1.0.0, alias: left, condition: left.enabled, import-values: [data]}\n\
             - {name: part, version: 1.0.0, alias: right, condition: right.enabled, tags: [more]}\n\
             - {name: tool, version: 1.0.0, tags: [more], import-values: [{child: inner, parent: tooled}]}\n",
        ),
        (
            "values.yaml",
            "count: 1\nlist: [a, {b: c}]\nmap: {kept: yes please, gone: later}\ntext: '{{ .Values.count }}'\n\
             global: {shared: {a: 1}}\nleft: {own: 1}\ntags: {more: true}\n",
        ),
        ("values.schema.json", r#"{"properties": {"count": {"type": "number", "maximum": 9}}, "required": ["map"]}"#),
        (
            "templates/_helpers.tpl",
            "{{ define \"next\" }}{{ $_ := set .Values \"count\" (add1 (int .Values.count)) }}{{ .Values.count }}{{ end }}",
        ),
        (
            "templates/a.yaml",
            "{{ $_ := unset .Values.map \"gone\" }}{{ $_ := set (index .Values.list 1) \"new\" .Release.Name }}\
             {{ $_ := set .Values.global.shared \"b\" 2 }}{{ $_ := set .Chart \"Extra\" 1 }}\
             first: {{ include \"next\" . }}\nsecond: {{ include \"next\" . }}\ntext: {{ tpl .Values.text . }}\n\
             other: {{ tpl \"{{ define \\\"next\\\" }}own{{ end }}{{ include \\\"next\\\" . }}\" . }}\n\
             values: {{ toJson .Values }}\nchart: {{ toJson .Chart }}\nrandom: {{ randAlphaNum 5 }}\n",
        ),
        ("templates/z.yaml", "values: {{ toJson .Values }}\ncount: {{ include \"next\" . }}\n"),
        ("templates/NOTES.txt", "{{ include \"next\" . }}\n"),
        ("charts/part/Chart.yaml", "apiVersion: v2\nname: part\nversion: 1.0.0\n"),
        ("charts/part/values.yaml", "exports: {data: {imported: {x: 1}}}\nglobal: {shared: {c: 3}}\nmine: [1, 2]\n"),
        (
            "charts/part/templates/p.yaml",
            "{{ $_ := set .Values \"mine\" (append .Values.mine 3) }}values: {{ toJson .Values }}\n\
             {{ $_ := set .Values.global.shared (printf \"from-%s\" .Chart.Name) true }}name: {{ .Template.Name }}\n",
        ),
        ("charts/tool/Chart.yaml", "apiVersion: v2\nname: tool\nversion: 1.0.0\n"),
        ("charts/tool/values.yaml", "inner: {deep: {deeper: 1}}\n"),
        ("charts/tool/templates/t.yaml", "values: {{ toJson .Values }}\n"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    Chart::from_files(files).expect("the chart is good")
}

/// All that a render says.
fn said(compiled: &Compiled, layers: &[Layer], name: &str, kube: &str) -> String {
    let values = Values::build(layers).expect("the layers are well formed");
    let mut options = Options::new().name(name).outside(Outside::seeded(1).at(0, 0));
    options.capabilities.kube_version = chartwright::KubeVersion::parse(kube).expect("it is a version");
    match compiled.render(&values, &options) {
        Ok(rendered) => {
            format!("{}\n{:?}\n{:?}\n{:?}", rendered.text(), rendered.notes, rendered.warnings, rendered.layers)
        }
        Err(error) => format!("{error}\n{:?}", error.diagnostics),
    }
}

fn set(text: &str) -> Vec<Layer> {
    vec![Layer::Set(text.into())]
}

#[test]
fn renders_of_one_compiled_chart_say_what_a_fresh_one_says() {
    let compiled = Compiled::new(&chart());
    let sets = [
        vec![],
        set("count=5"),
        vec![Layer::SetString("count=5".into())],
        set("left.enabled=false"),
        set("tags.more=false"),
        set("tags.more=false,right.enabled=true"),
        set("count=10"),
        set("map=null"),
        set("left=3"),
        set("lisst=1"),
        vec![Layer::SetLiteral("text={{ if }}".into())],
        set("right.global.shared.d=4"),
    ];
    // Each comes back right after itself, after a few others, and after more than are kept.
    let orders = [sets.iter().collect::<Vec<_>>(), sets.iter().rev().collect(), sets.iter().step_by(3).collect()];
    let mut all = std::collections::BTreeSet::new();
    for layers in orders.into_iter().flatten() {
        for (name, kube) in [("one", "v1.30.0"), ("one", "v1.30.0"), ("two", "v1.34.1")] {
            let fresh = said(&Compiled::new(&chart()), layers, name, kube);
            assert_eq!(said(&compiled, layers, name, kube), fresh, "{layers:?} for {name}");
            all.insert(fresh);
        }
    }
    assert!(all.len() > sets.len(), "only {} ways to come out", all.len());
}

#[test]
fn equal_values_from_other_places_are_named_by_their_own_places() {
    let compiled = Compiled::new(&chart());
    let by_flag = |flag: &str| said(&compiled, &set(flag), "one", "v1.30.0");
    let (first, second) = (by_flag("count=10"), by_flag("count=1,count=10"));
    assert!(first.contains("--set count"), "{first}");
    assert_eq!(second, said(&Compiled::new(&chart()), &set("count=1,count=10"), "one", "v1.30.0"));
    let json = said(&compiled, &[Layer::SetJson("count=10".into())], "one", "v1.30.0");
    assert!(json.contains("--set-json count"), "{json}");
}

#[test]
fn a_schema_that_was_skipped_is_checked_when_it_is_asked_for() {
    let compiled = Compiled::new(&chart());
    let values = Values::build(&set("count=10")).expect("it is well formed");
    let skipping = Options { skip_schema: true, ..Options::default() };
    assert!(compiled.render(&values, &skipping).is_ok());
    for _ in 0..2 {
        let error = compiled.render(&values, &Options::default()).expect_err("10 is too much").to_string();
        assert!(error.contains("maximum"), "{error}");
    }
    assert!(compiled.render(&values, &skipping).is_ok());
}

#[test]
fn threads_that_render_different_values_at_once_each_get_their_own() {
    let compiled = Compiled::new(&chart());
    let flag = |number: usize| format!("count={number}");
    let fresh = |number| said(&Compiled::new(&chart()), &set(&flag(number)), "one", "v1.30.0");
    let wanted: Vec<_> = (0..8).map(|number| (flag(number), fresh(number))).collect();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let (compiled, wanted) = (&compiled, &wanted);
            scope.spawn(move || {
                for (flag, wanted) in wanted.iter().cycle().skip(start * 2).take(24) {
                    assert_eq!(&said(compiled, &set(flag), "one", "v1.30.0"), wanted);
                }
            });
        }
    });
}
