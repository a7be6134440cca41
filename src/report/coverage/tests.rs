//! What reports of a small chart say.

use super::{Format, print};
use crate::chart::Chart;
use crate::render::{Compiled, Options};
use crate::suite::coverage::{Collector, Coverage};
use crate::values::{Layer, Values};

const TEMPLATE: &str = "a: {{ if .Values.a }}<b>{{ else }}\nno\n{{ end }}{{ if false }}never{{ end }}\n";
const HELPER: &str = "{{ define \"c.\\\"h\" }}{{ end }}{{ define \"c.<used>\" }}{{ or .Values.a .Values.b }}{{ end }}";

/// A chart of which one branch is missing and one is out of reach.
fn sample() -> Coverage {
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
        ("values.yaml", "a: 1\nunread: 1\n"),
        ("templates/a.yaml", TEMPLATE),
        ("templates/_h.tpl", HELPER),
        ("templates/x/b.yaml", "b: {{ include \"c.<used>\" . }}\n"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let compiled = Compiled::new(&Chart::from_files(files).expect("the chart is good"));
    let collector = Collector::new(&compiled);
    let values = Values::build(&[Layer::Set("a=1".into())]).expect("the values are good");
    collector.add_result(&compiled.render(&values, &Options { count: true, ..Options::new() }));
    collector.finish()
}

#[test]
fn the_text_lists_what_is_missing_and_what_cannot_be() {
    let text = print(&sample(), Format::Text, "c");
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n";
    let text: String = text.lines().map(squeezed).collect();
    for part in [
        "coverage of c in 1 render\n",
        "templates/a.yaml 66.6 % 2/3 - -\n",
        "total 66.6 % 2/3 1/2 1/1\n",
        "values read 50.0 % (1/2), out of reach 2\n",
        "templates/a.yaml:1: if .Values.a: else\n",
        "templates/_h.tpl:1: or .Values.a .Values.b: operand 2: .Values.b\n",
        "templates/a.yaml:3: if false: taken: `false` is never true, whatever the values are\n",
        "values.yaml:2: unread\n",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn lcov_counts_lines_branches_and_templates_that_can_be_reached() {
    let text = print(&sample(), Format::Lcov, "./some/c/");
    let record = text.split("end_of_record\n").find(|record| record.contains("SF:some/c/templates/a.yaml\n"));
    let expected = "SF:some/c/templates/a.yaml\nFNF:0\nFNH:0\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nBRDA:3,0,0,1\nBRF:3\nBRH:2\n\
                    DA:1,1\nDA:2,0\nDA:3,1\nLF:3\nLH:2\n";
    assert_eq!(record, Some(expected), "{text}");
    assert!(text.contains("FN:1,c.<used>\nFNDA:1,c.<used>\nFNF:1\nFNH:1\n"), "{text}");
}

#[test]
fn cobertura_is_xml_with_a_package_for_each_folder() {
    let text = print(&sample(), Format::Cobertura, "c");
    let document = quick_xml::Reader::from_str(&text).read_event();
    assert!(document.is_ok());
    for part in [
        "branches-covered=\"3\" branches-valid=\"5\"",
        "<package name=\"templates/x\" line-rate=\"1.0000\"",
        "<class name=\"a.yaml\" filename=\"c/templates/a.yaml\" line-rate=\"0.6667\" branch-rate=\"0.6667\"",
        "<method name=\"c.&lt;used&gt;\"",
        "<line number=\"1\" hits=\"1\" branch=\"true\" condition-coverage=\"50% (1/2)\"/>",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn the_page_colours_parts_and_escapes_all_that_comes_from_the_chart() {
    let page = print(&sample(), Format::Html, "c");
    for part in [
        "<span class=\"ran\">&lt;b&gt;</span>",
        "<tr class=\"missed\" id=\"f1-2\"><td class=\"n\">2</td><td class=\"c\">0</td>",
        "<span class=\"far\">never</span>",
        "if .Values.a: else: never",
        "<code>unread</code>",
    ] {
        assert!(page.contains(part), "no {part:?} in\n{page}");
    }
    assert!(!page.contains("<b>") && !page.contains("http:"), "{page}");
}

#[test]
fn all_formats_have_names_and_none_fails_on_nothing() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
        assert!(!print(&Coverage::default(), format, "").is_empty(), "{format}");
    }
    assert!("png".parse::<Format>().is_err_and(|why| why.contains("`png`")));
}
