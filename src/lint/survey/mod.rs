//! What the templates of a chart say without any values: what they define, include and read.
//!
//! In: the syntax trees of a chart and its subcharts. Out: a [`Survey`], made once for all rules.

mod known;
mod paths;
mod walk;

pub(super) use self::paths::{PathId, Paths, Site, Use};
pub(super) use self::walk::Found;

use self::walk::Walk;
use crate::chart::Chart;
use crate::diag::Place;
use crate::render::{Compiled, TemplateFile};
use crate::source::{Source, Span, lossy};
use crate::template::ast::{Branch, Code, Command, Invocation, Node as _, OperandKind, Pipe, Quoted};
use crate::template::{ParseError, Parsed, Template};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// The templates of a chart and its subcharts.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Every file that could be parsed, the chart's own first.
    pub files: Vec<Surveyed>,
    /// Whether every file could be parsed.
    pub is_whole: bool,
    /// What is defined, in the order of files.
    pub defines: Vec<Named>,
    /// What `include` and `template` name.
    pub calls: Vec<Named>,
    /// The names of templates that stand between quotes: a name may be passed on before it is included.
    pub texts: FxHashSet<String>,
    /// Conditions that are literals.
    pub constants: Vec<(Site, bool)>,
    /// What the chart's own templates read.
    pub found: Found,
}

/// A template file.
#[derive(Debug)]
pub(super) struct Surveyed {
    /// Its path in the chart tree.
    pub path: Arc<str>,
    /// How many charts it is below the root.
    pub depth: usize,
    /// Its text.
    pub source: Arc<Source>,
    parsed: Arc<Parsed>,
}

/// The name of a template, and where it stands.
#[derive(Debug)]
pub(super) struct Named {
    pub name: String,
    pub site: Site,
}

/// What is surveyed: a chart and its templates, as any thread can have it.
#[derive(Debug)]
pub(super) struct Area {
    chart: Chart,
    templates: Vec<(String, usize, Result<Arc<Parsed>, ParseError>)>,
}

impl Area {
    pub fn of(compiled: &Compiled) -> Area {
        let templates = compiled.templates().into_iter();
        let templates = templates.map(|TemplateFile { path, depth, parsed, .. }| (path, depth, parsed)).collect();
        Area { chart: compiled.chart().clone(), templates }
    }
}

impl Survey {
    /// Reads the templates of a chart.
    pub fn new(Area { chart, templates }: Area) -> Survey {
        let mut survey = Survey { is_whole: true, ..Survey::default() };
        for (path, depth, parsed) in templates {
            match parsed {
                Ok(parsed) => {
                    let source = Arc::clone(&parsed.main.source);
                    survey.files.push(Surveyed { path: path.into(), depth, source, parsed });
                }
                Err(_) => survey.is_whole = false,
            }
        }
        // Of several places the first is told: notes for people come last.
        survey.files.sort_by_key(|file| (file.depth, file.path.ends_with("NOTES.txt")));
        for (number, file) in (0..).zip(&survey.files) {
            let site = |offset: usize| Site { file: number, offset: u32::try_from(offset).unwrap_or(u32::MAX) };
            let named = defines(&file.source.text).into_iter();
            survey.defines.extend(named.map(|(name, offset)| Named { name, site: site(offset) }));
        }
        let defined: FxHashSet<Vec<u8>> =
            survey.defines.iter().map(|define| define.name.clone().into_bytes()).collect();
        let mut seen = FxHashSet::default();
        for index in 0..survey.files.len() {
            survey.read(index, &defined, &mut seen);
        }
        survey.walk(chart.name());
        for file in chart.raw().iter().filter(|file| !file.name.starts_with("templates/") && !is_prose(&file.name)) {
            mentions(&file.data, &mut survey.found.paths);
        }
        survey
    }

    /// What one file names; `defined` are the names that matter. `seen` are trees that were read: subcharts share them.
    fn read(&mut self, index: usize, defined: &FxHashSet<Vec<u8>>, seen: &mut FxHashSet<*const Code>) {
        let Some(file) = self.files.get(index) else { return };
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let text = &file.source.text;
        let site = |offset: u32| Site { file: number, offset };
        let code: &Code = &file.parsed.main.code;
        if !seen.insert(std::ptr::from_ref(code)) {
            return;
        }
        let names = Quoted::all(code).iter().filter(|quoted| defined.contains(&*quoted.text));
        self.texts.extend(names.map(|quoted| quoted.text.to_text().into_owned()));
        for invocation in Invocation::all(code) {
            self.calls.push(Named { name: invocation.name.to_text().into_owned(), site: site(invocation.position) });
        }
        for command in Command::all(code) {
            let [function, name, ..] = code.list(command.args) else { continue };
            let OperandKind::Identifier { name: span, .. } = function.kind else { continue };
            let OperandKind::String(id) = name.kind else { continue };
            if span.of(text) == b"include" {
                let name = code.node(id).text.to_text().into_owned();
                self.calls.push(Named { name, site: site(code.node(id).quoted.start) });
            }
        }
        for branch in Branch::all(code) {
            if let Some(truth) = literal(code, &branch.pipe) {
                self.constants.push((site(branch.span.start), truth));
            }
        }
    }

    fn walk(&mut self, chart: &str) {
        let mut templates: FxHashMap<&str, &Arc<Template>> = FxHashMap::default();
        for file in &self.files {
            for template in file.parsed.defined.iter().chain([&file.parsed.main]) {
                let known = templates.entry(&*template.name).or_insert(template);
                if known.is_empty() {
                    *known = template;
                }
            }
        }
        let texts: Vec<_> = self.files.iter().map(|file| std::str::from_utf8(&file.source.text)).collect();
        let named = (0..).zip(self.files.iter().zip(&texts));
        let files = named.map(|(index, (file, text))| (&*file.path, (index, text.unwrap_or_default()))).collect();
        let mut walk = Walk::new(&templates, &files, chart);
        for file in self.files.iter().filter(|file| file.depth == 0 && !is_partial(&file.path)) {
            walk.file(&file.parsed.main);
        }
        // What such a file reads is not seen.
        walk.found.is_vague |= texts.iter().any(Result::is_err);
        self.found = walk.found;
    }

    /// The templates that are defined under a name, of the file that counts.
    pub fn is_defined(&self, name: &str) -> bool {
        self.defines.iter().any(|define| define.name == name) || self.files.iter().any(|file| &*file.path == name)
    }

    /// Whether the file of a place is the chart's own.
    pub fn is_own(&self, site: Site) -> bool {
        self.files.get(site.file as usize).is_some_and(|file| file.depth == 0)
    }

    /// The place of a node, with its line.
    pub fn place(&self, site: Site) -> Place {
        let Some(file) = self.files.get(site.file as usize) else { return Place::file("") };
        let rest = file.source.text.get(site.offset as usize..).unwrap_or_default();
        let quoted = rest.first().filter(|first| matches!(first, b'"' | b'`'));
        let length = match quoted {
            Some(quote) => rest.iter().skip(1).position(|byte| byte == quote).map_or(1, |end| end + 2),
            None => rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"._$-".contains(b)).count(),
        };
        let start = site.offset as usize;
        Place { file: Arc::clone(&file.path), ..file.source.place(Span::new(start, start + length)) }
    }
}

/// Whether a file is only there for what it defines.
pub(super) fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

/// Whether a file is for people.
fn is_prose(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".md") || name.ends_with(".gotmpl")
}

/// The truth of a condition that is one literal.
fn literal(code: &Code, pipe: &Pipe) -> Option<bool> {
    let [command] = code.list(pipe.commands) else { return None };
    let [operand] = code.list(command.args) else { return None };
    match operand.kind {
        OperandKind::Bool(truth) => Some(truth),
        OperandKind::Nil => Some(false),
        OperandKind::String(id) => Some(!code.node(id).text.is_empty()),
        OperandKind::Number(id) => Some(code.node(id).float != Some(0.0)),
        _ => None,
    }
}

/// The names after `define` and `block`, and where their quotes begin.
fn defines(text: &[u8]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for word in [b"define".as_slice(), b"block"] {
        for at in memchr::memmem::find_iter(text, word) {
            let before = text.get(..at).unwrap_or_default().trim_ascii_end();
            let before = before.strip_suffix(b"-").unwrap_or(before);
            let rest = text.get(at + word.len()..).unwrap_or_default();
            let name = rest.trim_ascii_start();
            if !before.ends_with(b"{{") || name.len() == rest.len() {
                continue;
            }
            let Some((quote, inside)) = name.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'`')) else {
                continue;
            };
            let Some(end) = inside.iter().position(|byte| byte == quote) else { continue };
            let name_text = lossy(inside.get(..end).unwrap_or_default()).into_owned();
            found.push((name_text, text.len() - name.len()));
        }
    }
    found.sort_by_key(|(_, at)| *at);
    found
}

/// Paths after `.Values.` in a text that may be given to `tpl`: they count as read. What comments of
/// YAML say outside of actions is for people.
fn mentions(text: &[u8], paths: &mut Paths) {
    const WORD: &[u8] = b".Values.";
    for at in memchr::memmem::find_iter(text, WORD) {
        let line = text.get(..at).unwrap_or_default().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        // An example in a comment shows what users' own templates read, where it is one.
        let is_code = memchr::memmem::rfind(line, b"{{")
            .is_some_and(|open| memchr::memmem::find(line.get(open..).unwrap_or_default(), b"}}").is_none());
        if line.trim_ascii_start().starts_with(b"#") && !is_code {
            continue;
        }
        let rest = text.get(at + WORD.len()..).unwrap_or_default();
        let end = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"._".contains(b)).count();
        let mut path = PathId::ROOT;
        let span = Span::new(0, end);
        for key in lossy(span.of(rest)).split('.').filter(|key| !key.is_empty()) {
            path = paths.child(path, key);
        }
        paths.note(path, Use::Soft, Site { file: u32::MAX, offset: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Chart;

    fn survey(template: &str) -> Survey {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let helpers = "{{ define \"inner\" }}{{ .ctx.Values.deep.key }}{{ .own }}{{ end }}";
        let chart = Chart::from_files([
            file("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
            file("templates/_h.tpl", helpers),
            file("templates/a.yaml", template),
        ]);
        Survey::new(Area::of(&Compiled::new(&chart.expect("a chart"))))
    }

    fn read(template: &str) -> Vec<String> {
        let survey = survey(template);
        let paths = &survey.found.paths;
        paths.all().filter(|path| paths.is_taken(*path)).map(|path| paths.keys(path).join(".")).collect()
    }

    #[test]
    fn what_is_read_is_followed_through_variables_with_and_include() {
        assert_eq!(read("{{ .Values.a.b }}"), ["a.b"]);
        assert_eq!(read("{{ $v := .Values.a }}{{ $v.b }}"), ["a.b"]);
        assert_eq!(read("{{ with .Values.a }}{{ .b | quote }}{{ $.Values.c }}{{ end }}"), ["a.b", "c"]);
        assert_eq!(read("{{ include \"inner\" (dict \"ctx\" . \"own\" .Values.x) }}"), ["x", "deep.key"]);
        assert_eq!(read("{{ range .Values.list }}{{ .name }}{{ end }}"), ["list"]);
        assert_eq!(read("{{ index .Values \"a-b\" \"c\" }}"), ["a-b.c"]);
        assert_eq!(read("{{ if .Values.on }}{{ end }}"), [""; 0]);
        assert_eq!(read("{{ .Values.a | default (.Values.b).c }}"), ["a", "b.c"]);
    }

    #[test]
    fn a_field_of_what_may_be_missing_is_a_hazard_unless_something_looked() {
        let hazards = |template: &str| {
            let survey = survey(template);
            let paths = &survey.found.paths;
            let found = paths.all().filter(|path| paths.first(*path, Use::Hazard).is_some());
            found.map(|path| paths.keys(path).join(".")).collect::<Vec<_>>()
        };
        assert_eq!(hazards("{{ .Values.a.b }}"), ["a"]);
        assert_eq!(hazards("{{ .Values.a }}{{ (.Values.a).b }}{{ with .Values.a }}{{ .b }}{{ end }}"), [""; 0]);
        assert_eq!(hazards("{{ if .Values.a }}{{ .Values.a.b }}{{ end }}"), [""; 0]);
        assert_eq!(hazards("{{ if and .Values.a .Values.a.b }}{{ end }}"), [""; 0]);
        assert_eq!(hazards("{{ if not .Values.a }}x{{ else }}{{ .Values.a.b }}{{ end }}"), [""; 0]);
        assert_eq!(hazards("{{ if hasKey .Values \"a\" }}{{ .Values.a.b }}{{ end }}"), [""; 0]);
        assert_eq!(hazards("{{ $a := .Values.a | default dict }}{{ $a.b }}"), [""; 0]);
        assert_eq!(hazards("{{ if .Values.z }}{{ .Values.a.b }}{{ end }}"), ["a"]);
    }

    #[test]
    fn a_list_that_grows_under_many_conditions_is_walked_in_no_time() {
        let grows = |step: &str| format!("{{{{ $l := list .Values.z }}}}{}{{{{ $l | toYaml }}}}", step.repeat(80));
        let appended = read(&grows("{{ if .Values.a }}{{ $l = append $l .Values.b }}{{ end }}"));
        assert_eq!(appended, ["z", "b"]);
        assert_eq!(read(&grows("{{ $l = list $l $l }}")), ["z"]);
        let chart = survey(&grows("{{ $l = dict \"a\" $l \"b\" $l }}"));
        assert!(chart.found.is_vague, "what was built is given up, and nothing is claimed about it");
    }

    #[test]
    fn a_definition_is_found_where_its_name_stands() {
        let found = defines(b"{{- define \"a\" -}}{{ end }}\n{{/* define \"no\" */}}{{ block `b` . }}{{ end }}");
        assert_eq!(found, [("a".to_owned(), 11), ("b".to_owned(), 58)]);
    }
}
