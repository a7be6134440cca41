//! Walks the templates as a run would, with what can be known of values before there are any.
//!
//! In: syntax trees. Out: in [`Found`], every path of the values that a template reads, with what it
//! does there, through variables, `include`, `dict`, `with`. Where a value cannot be followed, all
//! below it counts as read: what is left is read by nothing.

use super::known::Known;
use super::paths::{PathId, Paths, Site, Use};
use crate::source::Span;
use crate::template::Template;
use crate::template::ast::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// How deep templates may include templates here; charts stay below twenty.
const MOST_CALLS: usize = 40;

/// How many commands are looked at. Large charts take some ten thousand; past it nothing is
/// claimed about what is not read.
const MOST_STEPS: usize = 400_000;

/// What was found on the walk.
#[derive(Debug, Default)]
pub(in crate::lint) struct Found {
    /// Every path of the values that templates name.
    pub paths: Paths,
    /// A value got lost on the way: what is not among the paths may still be read.
    pub is_vague: bool,
    /// Names given to `.Files.Get`, whole.
    pub files: Vec<(String, Site)>,
    /// Names of templates that are included by a computed name: what the name begins with.
    pub prefixes: Vec<String>,
}

/// A term and where it stands.
struct Term<'t> {
    known: Known<'t>,
    at: u32,
    /// What is there for sure where the term holds, and where it does not.
    holds: SmallVec<[PathId; 2]>,
    fails: SmallVec<[PathId; 2]>,
}

/// A template as it is walked.
struct Frame<'t> {
    template: &'t Template,
    /// The text of its file.
    text: &'t str,
    file: u32,
    variables: Vec<Known<'t>>,
    /// Paths that are there: a condition around this place says so.
    guards: Vec<PathId>,
}

/// The walk. `templates` are those that a run would find by name.
pub(super) struct Walk<'t> {
    pub templates: &'t FxHashMap<&'t str, &'t Arc<Template>>,
    /// The index and text of each file that the survey knows, by its path.
    pub files: &'t FxHashMap<&'t str, (u32, &'t str)>,
    pub found: Found,
    /// What `.Template.BasePath` is.
    base: Cow<'t, str>,
    /// The templates that were walked, with their dots, and which maps at the top were known to be there.
    done: FxHashMap<(*const Template, Known<'t>), Vec<Vec<PathId>>>,
    calls: usize,
    steps: usize,
}

impl<'t> Walk<'t> {
    pub fn new(
        templates: &'t FxHashMap<&'t str, &'t Arc<Template>>,
        files: &'t FxHashMap<&'t str, (u32, &'t str)>,
        chart: &str,
    ) -> Self {
        let base = format!("{chart}/templates").into();
        Walk { templates, files, found: Found::default(), base, done: FxHashMap::default(), calls: 0, steps: 0 }
    }

    /// Walks a file, whose dot is the root object.
    pub fn file(&mut self, template: &'t Template) {
        self.template(template, Known::Root, Vec::new());
    }

    fn template(&mut self, template: &'t Template, dot: Known<'t>, guards: Vec<PathId>) {
        // Of the conditions around a call only which maps are there matters inside.
        let mut tops: Vec<PathId> = guards.iter().map(|path| self.found.paths.ancestor(*path, 1)).collect();
        tops.sort_unstable();
        tops.dedup();
        if self.calls >= MOST_CALLS || self.steps >= MOST_STEPS {
            self.found.is_vague = true;
            return;
        }
        // With fewer conditions around it a template reads all that it reads with more, and fails where it does: what a
        // condition looks at is noted there.
        let done = self.done.entry((std::ptr::from_ref(template), dot.clone())).or_default();
        if done.iter().any(|known| known.iter().all(|top| tops.contains(top))) {
            return;
        }
        done.push(tops);
        let Some((file, text)) = self.files.get(&*template.source.name).copied() else { return };
        let mut variables = vec![Known::Nothing; template.slots.max(1)];
        if let Some(first) = variables.first_mut() {
            *first = dot.clone();
        }
        self.calls += 1;
        let mut frame = Frame { template, text, file, variables, guards };
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.statements(&mut frame, template.body, &dot));
        self.calls -= 1;
    }

    fn statements(&mut self, frame: &mut Frame<'t>, body: Slice<Statement>, dot: &Known<'t>) {
        let code: &'t Code = &frame.template.code;
        for statement in code.list(body) {
            match statement {
                Statement::Text(_) | Statement::Break(_) | Statement::Continue(_) => {}
                Statement::Action(action) => {
                    let term = self.pipe(frame, &action.pipe, dot);
                    if action.pipe.declared.is_empty() {
                        self.take(frame, &term.known, term.at);
                    } else {
                        self.assign(frame, &action.pipe, &[term.known]);
                    }
                }
                Statement::If(id) => self.branch(frame, code.node(*id), dot, |_, _, _| None),
                Statement::With(id) => self.branch(frame, code.node(*id), dot, |_, _, term| Some(term.known.clone())),
                Statement::Range(id) => self.branch(frame, code.node(*id), dot, Self::elements),
                Statement::Template(id) => {
                    let invocation = code.node(*id);
                    let context = invocation.pipe.map(|pipe| self.pipe(frame, &pipe, dot));
                    let context = context.map_or(Known::Nothing, |term| term.known);
                    self.include(frame, &Known::Text(invocation.name.to_text()), context);
                }
            }
        }
    }

    fn branch(
        &mut self,
        frame: &mut Frame<'t>,
        branch: &'t Branch,
        dot: &Known<'t>,
        inner: impl Fn(&mut Self, &mut Frame<'t>, &Term<'t>) -> Option<Known<'t>>,
    ) {
        let term = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.pipe(frame, &branch.pipe, dot));
        self.test(frame, &term);
        let new_dot = inner(self, frame, &term);
        if !branch.pipe.declared.is_empty() {
            let known = new_dot.clone().unwrap_or_else(|| term.known.clone());
            // Of two variables of a range the first is the key.
            let values = if branch.pipe.declared.len() == 2 { vec![Known::Nothing, known] } else { vec![known] };
            self.assign(frame, &branch.pipe, &values);
        }
        let before = frame.guards.len();
        frame.guards.extend(&term.holds);
        self.statements(frame, branch.body, new_dot.as_ref().unwrap_or(dot));
        frame.guards.truncate(before);
        if let Some(otherwise) = branch.otherwise {
            frame.guards.extend(&term.fails);
            self.statements(frame, otherwise, dot);
            frame.guards.truncate(before);
        }
    }

    /// What a range walks over.
    fn elements(&mut self, frame: &mut Frame<'t>, term: &Term<'t>) -> Option<Known<'t>> {
        let mut all = Vec::new();
        for part in term.known.parts() {
            match part {
                Known::List(items) => all.extend(items.iter().cloned()),
                Known::Dict(entries) => all.extend(entries.values().cloned()),
                Known::Values { path, .. } => {
                    self.note(frame, *path, Use::Range, term.at);
                    self.use_path(frame, *path, Use::Soft, term.at);
                }
                _ => {}
            }
        }
        Some(Known::one_of(all))
    }

    fn assign(&mut self, frame: &mut Frame<'t>, pipe: &Pipe, values: &[Known<'t>]) {
        for (target, known) in frame.template.code.list(pipe.declared).iter().zip(values) {
            let Some(variable) = target.slot.and_then(|slot| frame.variables.get_mut(slot.index())) else { continue };
            *variable = if pipe.assigns { Known::one_of([variable.clone(), known.clone()]) } else { known.clone() };
        }
    }

    fn pipe(&mut self, frame: &mut Frame<'t>, pipe: &Pipe, dot: &Known<'t>) -> Term<'t> {
        let mut last = None;
        for command in frame.template.code.list(pipe.commands) {
            last = Some(self.command(frame, command, last, dot));
        }
        last.unwrap_or_else(|| Term::nothing(pipe.position))
    }

    fn command(
        &mut self,
        frame: &mut Frame<'t>,
        command: &Command,
        last: Option<Term<'t>>,
        dot: &Known<'t>,
    ) -> Term<'t> {
        self.steps += 1;
        let args = frame.template.code.list(command.args);
        let Some((first, rest)) = args.split_first() else { return Term::nothing(command.position) };
        if let OperandKind::Identifier { name, .. } = first.kind {
            return self.function(frame, name, rest, last, dot);
        }
        let term = self.operand(frame, first, dot);
        if rest.is_empty() && last.is_none() {
            return term;
        }
        let mut given: SmallVec<[Term<'t>; 4]> = rest.iter().map(|operand| self.operand(frame, operand, dot)).collect();
        given.extend(last);
        if let (Known::FilesMethod(name), Some(Term { known: Known::Text(file), at, .. })) =
            (&term.known, given.first())
            && &**name == "Get"
        {
            self.found.files.push((file.to_string(), Site { file: frame.file, offset: *at }));
        }
        self.take_all(frame, &given);
        Term::nothing(term.at)
    }

    fn operand(&mut self, frame: &mut Frame<'t>, operand: &Operand, dot: &Known<'t>) -> Term<'t> {
        let code = &frame.template.code;
        let (known, at) = match operand.kind {
            OperandKind::Dot => (dot.clone(), operand.position),
            OperandKind::Nil | OperandKind::Bool(_) => (Known::Nothing, operand.position),
            OperandKind::Number(id) => (code.node(id).int.map_or(Known::Nothing, Known::Integer), operand.position),
            OperandKind::String(id) => (Known::Text(code.node(id).text.to_text()), operand.position),
            OperandKind::Field(fields) => {
                (self.fields(frame, dot.clone(), fields, fields.0.start, false), fields.0.start)
            }
            OperandKind::Variable { name, end, slot } => {
                let held = slot.and_then(|slot| frame.variables.get(slot.index())).cloned().unwrap_or(Known::Nothing);
                let fields = OperandKind::fields_of(name, end);
                (self.fields(frame, held, fields, name.start, false), name.start)
            }
            OperandKind::Identifier { name, .. } => return self.function(frame, name, &[], None, dot),
            OperandKind::Pipe(id) => {
                let pipe = *code.node(id);
                let term = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.pipe(frame, &pipe, dot));
                if !pipe.declared.is_empty() {
                    self.assign(frame, &pipe, std::slice::from_ref(&term.known));
                }
                return term;
            }
            OperandKind::Chain { base, fields } => {
                let base = *code.node(base);
                let term = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.operand(frame, &base, dot));
                (self.fields(frame, term.known, fields, term.at, true), term.at)
            }
        };
        let holds = known.path().into_iter().collect();
        Term { known, at, holds, fails: SmallVec::new() }
    }

    /// Fields of a value. `safe`: the value is in parentheses, after which nothing is no error.
    fn fields(&mut self, frame: &Frame<'t>, mut known: Known<'t>, fields: Fields, at: u32, safe: bool) -> Known<'t> {
        if fields.is_empty() {
            return known;
        }
        let Some(text) = frame.text.get(fields.0.start as usize..fields.0.end as usize) else { return Known::Nothing };
        // The first field of a value that is not there is nothing; one of nothing is an error.
        let mut is_first = true;
        let mut rest = text.get(1..);
        while let Some(text) = rest {
            // Names are short: to look at each letter is faster than to search.
            let end = text.bytes().position(|byte| byte == b'.');
            let name = end.and_then(|end| text.get(..end)).unwrap_or(text);
            rest = end.and_then(|end| text.get(end + 1..));
            let safe = safe || is_first;
            known = match &known {
                Known::OneOf(parts) => {
                    Known::one_of(parts.iter().map(|part| self.field(frame, part, name, at, safe)).collect::<Vec<_>>())
                }
                one => self.field(frame, one, name, at, safe),
            };
            is_first = matches!(known, Known::Values { path: PathId::ROOT, .. });
        }
        known
    }

    fn field(&mut self, frame: &Frame<'t>, of: &Known<'t>, name: &str, at: u32, safe: bool) -> Known<'t> {
        match of {
            Known::Root if name == "Values" => Known::Values { path: PathId::ROOT, soft: false },
            Known::Root if name == "Files" => Known::Files,
            Known::Root if name == "Template" => Known::Template,
            Known::Template if name == "BasePath" => Known::Text(self.base.clone()),
            Known::Files => Known::FilesMethod(name.to_owned().into()),
            Known::Values { path, soft } => {
                if !safe && !soft && self.found.paths.depth(*path) == 1 && !self.is_guarded(frame, *path, true) {
                    self.note(frame, *path, Use::Hazard, at);
                }
                Known::Values { path: self.found.paths.child(*path, name), soft: *soft }
            }
            Known::Dict(entries) => entries.get(name).cloned().unwrap_or(Known::Nothing),
            _ => Known::Nothing,
        }
    }

    /// Whether a condition around this place looked at the path, at something above it that
    /// holds it, or (`below`) at something in it.
    fn is_guarded(&self, frame: &Frame<'t>, path: PathId, below: bool) -> bool {
        let paths = &self.found.paths;
        let depth = paths.depth(path);
        frame.guards.iter().any(|guard| *guard == path || (below && paths.ancestor(*guard, depth) == path))
    }

    fn note(&mut self, frame: &Frame<'t>, path: PathId, used: Use, at: u32) {
        self.found.paths.note(path, used, Site { file: frame.file, offset: at });
    }

    fn use_path(&mut self, frame: &Frame<'t>, path: PathId, used: Use, at: u32) {
        let used = if used == Use::Hard && self.is_guarded(frame, path, false) { Use::Soft } else { used };
        self.note(frame, path, used, at);
    }

    /// A value goes where it is not followed: what it holds counts as read.
    fn take(&mut self, frame: &Frame<'t>, known: &Known<'t>, at: u32) {
        for part in known.parts() {
            match part {
                Known::Root => self.use_path(frame, PathId::ROOT, Use::Soft, at),
                Known::Values { path, soft } => {
                    let used = if *soft { Use::Soft } else { Use::Hard };
                    self.use_path(frame, *path, used, at);
                }
                Known::Dict(entries) => entries.values().for_each(|entry| self.take(frame, entry, at)),
                Known::List(items) => items.iter().for_each(|item| self.take(frame, item, at)),
                _ => {}
            }
        }
    }

    fn take_all(&mut self, frame: &Frame<'t>, terms: &[Term<'t>]) {
        terms.iter().for_each(|term| self.take(frame, &term.known, term.at));
    }

    /// It is looked whether a value is there, or true.
    fn test(&mut self, frame: &Frame<'t>, term: &Term<'t>) {
        for part in term.known.parts() {
            if let Known::Values { path, .. } = part {
                self.note(frame, *path, Use::Test, term.at);
            }
        }
    }

    fn include(&mut self, frame: &Frame<'t>, name: &Known<'t>, context: Known<'t>) {
        for part in name.parts() {
            match part {
                Known::Text(name) => {
                    if let Some(template) = self.templates.get(&**name).copied() {
                        self.template(template, context.clone(), frame.guards.clone());
                    }
                }
                Known::Prefix(prefix) => {
                    self.found.prefixes.push(prefix.to_string());
                    let all: Vec<_> = self.templates.iter().filter(|(name, _)| name.starts_with(&**prefix)).collect();
                    for (_, template) in all {
                        self.template(template, context.clone(), frame.guards.clone());
                    }
                }
                _ => {
                    self.found.prefixes.push(String::new());
                    self.found.is_vague = true;
                }
            }
        }
    }

    /// A call. What a function does with its arguments is known of those that pass them on.
    fn function(
        &mut self,
        frame: &mut Frame<'t>,
        name: Span,
        rest: &[Operand],
        last: Option<Term<'t>>,
        dot: &Known<'t>,
    ) -> Term<'t> {
        let function = name.of(&frame.template.source.text);
        if matches!(function, b"and" | b"or") {
            return self.logic(frame, function == b"and", name.start, rest, last, dot);
        }
        let mut args: SmallVec<[Term<'t>; 4]> = rest.iter().map(|operand| self.operand(frame, operand, dot)).collect();
        args.extend(last);
        let mut out = Term::nothing(name.start);
        let known = |index: usize| args.get(index).map_or(Known::Nothing, |term| term.known.clone());
        match function {
            b"include" => {
                let context = known(1);
                self.include(frame, &known(0), context);
            }
            b"tpl" => {
                self.take_all(frame, args.get(..1).unwrap_or_default());
                for part in known(1).parts() {
                    // What the text reads of the root object is found in the texts.
                    if let Known::Dict(entries) = part {
                        let own = entries
                            .values()
                            .filter(|entry| !matches!(entry, Known::Root))
                            .filter(|entry| !matches!(entry, Known::Values { path: PathId::ROOT, .. }));
                        own.for_each(|entry| self.take(frame, entry, name.start));
                    }
                }
            }
            b"not" | b"empty" => {
                args.iter().for_each(|term| self.test(frame, term));
                for term in &mut args {
                    out.fails.append(&mut term.holds);
                    out.holds.append(&mut term.fails);
                }
            }
            b"default" | b"coalesce" => {
                out.known = Known::one_of(args.iter().map(|term| term.known.clone().soft()));
                args.iter().for_each(|term| self.test(frame, term));
            }
            b"ternary" => {
                args.last().into_iter().for_each(|term| self.test(frame, term));
                out.known = Known::one_of([known(0).soft(), known(1).soft()]);
            }
            b"required" => out.known = known(1).soft(),
            b"kindIs" | b"typeIs" | b"typeIsLike" | b"kindOf" | b"typeOf" => {
                for term in &args {
                    self.test(frame, term);
                    let paths = term.known.parts().iter().filter_map(Known::path);
                    paths.for_each(|path| self.note(frame, path, Use::Kind, term.at));
                    out.holds.extend_from_slice(&term.holds);
                }
            }
            b"eq" | b"ne" | b"lt" | b"le" | b"gt" | b"ge" | b"has" | b"contains" | b"hasPrefix" | b"hasSuffix"
            | b"len" | b"deepEqual" | b"regexMatch" => {
                for term in &mut args {
                    self.take(frame, &term.known.clone().soft(), term.at);
                    out.holds.append(&mut term.holds);
                }
                // A value that differs from some text need not be there.
                if function == b"ne" {
                    out.fails = std::mem::take(&mut out.holds);
                }
            }
            b"hasKey" => {
                if let Some(key) = known(1).text() {
                    for part in known(0).parts() {
                        if let Known::Values { path, .. } = part {
                            let path = self.found.paths.child(*path, key);
                            self.note(frame, path, Use::Test, name.start);
                            out.holds.push(path);
                        }
                    }
                } else {
                    self.take_all(frame, &args);
                }
            }
            b"get" | b"index" => {
                out.known = known(0);
                for term in args.get(1..).unwrap_or_default() {
                    out.known = self.element(frame, &out.known, term).soft();
                }
            }
            // What is not there is a text as well.
            b"toString" => out.known = known(0).soft(),
            b"dig" => {
                let end = args.len().saturating_sub(2);
                out.known = args.last().map_or(Known::Nothing, |term| term.known.clone().soft());
                for term in args.get(..end).unwrap_or_default() {
                    out.known = self.element(frame, &out.known, term).soft();
                }
                out.known = Known::one_of([out.known, args.get(end).map_or(Known::Nothing, |term| term.known.clone())]);
            }
            b"pluck" => {
                let key = args.first();
                let maps = args.get(1..).unwrap_or_default();
                let found: Vec<Known<'t>> = key
                    .map(|key| maps.iter().map(|map| self.element(frame, &map.known, key).soft()).collect())
                    .unwrap_or_default();
                out.known = Known::List(found.into());
            }
            b"dict" => {
                let mut entries = BTreeMap::new();
                for pair in args.chunks(2) {
                    let [key, value] = pair else { continue };
                    match key.known.text() {
                        Some(key) => {
                            entries.insert(Cow::from(key.to_owned()), value.known.clone());
                        }
                        None => self.take(frame, &value.known, value.at),
                    }
                }
                out.known = Known::Dict(Rc::new(entries));
            }
            b"set" => out.known = self.set(frame, rest.first(), &args),
            b"pick" => {
                let mut entries = BTreeMap::new();
                for term in args.get(1..).unwrap_or_default() {
                    let value = self.element(frame, &known(0), term).soft();
                    if let Some(key) = term.known.text() {
                        entries.insert(Cow::from(key.to_owned()), value);
                    }
                }
                out.known = Known::Dict(Rc::new(entries));
            }
            b"list" | b"tuple" => out.known = Known::List(args.iter().map(|term| term.known.clone()).collect()),
            b"first" | b"last" | b"rest" | b"initial" | b"mustFirst" | b"mustLast" | b"mustRest" | b"mustInitial" => {
                let mut all = Vec::new();
                for part in known(0).parts() {
                    match part {
                        Known::List(items) => all.push(part_of(items, function)),
                        other => self.take(frame, other, name.start),
                    }
                }
                out.known = Known::one_of(all);
            }
            b"deepCopy" | b"mustDeepCopy" | b"omit" | b"unset" => {
                out.known = known(0);
                self.take_all(frame, args.get(1..).unwrap_or_default());
            }
            b"merge" | b"mergeOverwrite" | b"mustMerge" | b"mustMergeOverwrite" => {
                // What is merged into a map of the values is read wherever that map is.
                if matches!(known(0), Known::Values { .. }) {
                    self.take_all(frame, args.get(1..).unwrap_or_default());
                }
                if args.len() > 1
                    && let Some(Operand { kind: OperandKind::Variable { slot: Some(slot), name, end }, .. }) =
                        rest.first()
                    && name.end == *end
                    && let Some(variable) = frame.variables.get_mut(slot.index())
                {
                    *variable = Known::one_of(args.iter().map(|term| term.known.clone()));
                }
                out.known = Known::one_of(args.iter().map(|term| term.known.clone().soft()));
            }
            b"concat" | b"append" | b"prepend" | b"mustAppend" | b"mustPrepend" | b"without" | b"uniq" | b"compact"
            | b"reverse" | b"mustReverse" => {
                self.take_all(frame, &args);
                let is_item = |number: usize| number > 0 && function != b"concat";
                out.known = Known::joined(args.iter().enumerate().map(|(at, term)| (is_item(at), &term.known)));
            }
            b"print" => {
                out.known = joined(args.iter().map(|term| term.known.text()));
                self.take_all(frame, &args);
            }
            b"printf" => {
                if let Some(format) = known(0).text() {
                    let mut texts = args.iter().skip(1).map(|term| term.known.text());
                    let mut pieces = format.split('%');
                    let mut all = vec![Some(pieces.next().unwrap_or_default())];
                    for piece in pieces {
                        let rest = piece.strip_prefix('s');
                        all.extend([rest.and_then(|_| texts.next().flatten()), rest]);
                    }
                    out.known = joined(all.into_iter());
                }
                self.take_all(frame, &args);
            }
            _ => self.take_all(frame, &args),
        }
        // Maps and lists that are put into each other over and over grow without end.
        if out.known.is_huge() {
            self.take_all(frame, &args);
            self.found.is_vague = true;
            out.known = Known::Nothing;
        }
        out
    }

    /// `and` and `or`, of which the later arguments are looked at only where the earlier ones allow.
    fn logic(
        &mut self,
        frame: &mut Frame<'t>,
        all: bool,
        at: u32,
        rest: &[Operand],
        last: Option<Term<'t>>,
        dot: &Known<'t>,
    ) -> Term<'t> {
        let before = frame.guards.len();
        let mut out = Term::nothing(at);
        let mut parts = Vec::new();
        let mut terms: SmallVec<[Term<'t>; 4]> = SmallVec::new();
        for operand in rest {
            let term = self.operand(frame, operand, dot);
            frame.guards.extend(if all { &term.holds } else { &term.fails });
            terms.push(term);
        }
        terms.extend(last);
        frame.guards.truncate(before);
        for mut term in terms {
            self.test(frame, &term);
            if all {
                out.holds.append(&mut term.holds);
            } else {
                out.fails.append(&mut term.fails);
            }
            parts.push(term.known.soft());
        }
        out.known = Known::one_of(parts);
        out
    }

    /// What `index` and `get` find under a key.
    fn element(&mut self, frame: &Frame<'t>, of: &Known<'t>, key: &Term<'t>) -> Known<'t> {
        let mut all = Vec::new();
        for part in of.parts() {
            match (&key.known, part) {
                (Known::Text(name), part) => all.push(self.field(frame, part, name, key.at, true)),
                (Known::Integer(index), Known::List(items)) => {
                    let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
                    all.extend(item.cloned());
                }
                (_, part) => self.take(frame, part, key.at),
            }
        }
        self.take(frame, &key.known.clone().soft(), key.at);
        Known::one_of(all)
    }

    /// `set MAP KEY VALUE`, which changes the map.
    fn set(&mut self, frame: &mut Frame<'t>, target: Option<&Operand>, args: &[Term<'t>]) -> Known<'t> {
        let [map, key, value] = args else { return Known::Nothing };
        let Some(name) = key.known.text() else {
            self.take_all(frame, args);
            return map.known.clone();
        };
        match &map.known {
            Known::Dict(entries) => {
                let mut entries = (**entries).clone();
                entries.insert(name.to_owned().into(), value.known.clone());
                let changed = Known::Dict(Rc::new(entries));
                if let Some(Operand { kind: OperandKind::Variable { slot: Some(slot), name, end }, .. }) = target
                    && name.end == *end
                    && let Some(variable) = frame.variables.get_mut(slot.index())
                {
                    *variable = changed.clone();
                } else {
                    self.take(frame, &value.known, value.at);
                }
                changed
            }
            Known::Root if name == "Values" => {
                self.found.is_vague = true;
                Known::Root
            }
            Known::Values { path, .. } => {
                let path = self.found.paths.child(*path, name);
                self.note(frame, path, Use::Set, key.at);
                self.take(frame, &value.known, value.at);
                map.known.clone()
            }
            other => {
                // The root object by another name reads what it reads.
                if !matches!(value.known, Known::Root) {
                    self.take(frame, &value.known, value.at);
                } else if *other != Known::Root {
                    self.found.is_vague = true;
                }
                other.clone()
            }
        }
    }
}

impl Term<'_> {
    fn nothing(at: u32) -> Self {
        Term { known: Known::Nothing, at, holds: SmallVec::new(), fails: SmallVec::new() }
    }
}

impl Known<'_> {
    fn path(&self) -> Option<PathId> {
        if let Known::Values { path, .. } = self { Some(*path) } else { None }
    }
}

/// Texts one after the other, as far as they are known.
fn joined<'k>(pieces: impl Iterator<Item = Option<&'k str>>) -> Known<'static> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Some(piece) => text.push_str(piece),
            None if text.is_empty() => return Known::Nothing,
            None => return Known::Prefix(text.into()),
        }
    }
    Known::Text(text.into())
}

fn part_of<'t>(items: &Rc<[Known<'t>]>, function: &[u8]) -> Known<'t> {
    let rest = |slice: Option<&[Known<'t>]>| Known::List(slice.unwrap_or_default().into());
    match function.strip_prefix(b"must").unwrap_or(function).to_ascii_lowercase().as_slice() {
        b"first" => items.first().cloned().unwrap_or(Known::Nothing),
        b"last" => items.last().cloned().unwrap_or(Known::Nothing),
        b"rest" => rest(items.get(1..)),
        _ => rest(items.get(..items.len().saturating_sub(1))),
    }
}
