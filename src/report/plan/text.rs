//! A plan for terminals: short first.
//!
//! In: a [`Plan`] and how it is shown. Out: lines of text: the verdict, counts, what needs attention, then the rest in the
//! order in which it matters. Details are shown on request.

use super::sections::{Row, Section, sections};
use super::{Detail, Look, diff, words};
use crate::plan::{ObjectPlan, Plan, Verdict};
use crate::report::human::visible;

/// The plan as text.
///
/// ```
/// use chartwright::plan::{Concern, ConcernCode, Outcome, Plan};
/// use chartwright::report::plan::{Look, text};
/// let concern = Concern::new(ConcernCode::WriteOutage, "nothing can be written while `redis-0` restarts");
/// let plan = Plan { release: "r".into(), outcome: Outcome::Attention, concerns: vec![concern], ..Plan::default() };
/// let told = text::print(&plan, &Look::default());
/// assert!(told.contains("needs attention: 1 write outage\n"), "{told}");
/// assert!(told.contains("warning[write-outage]: nothing can be written"), "{told}");
/// ```
pub fn print(plan: &Plan, look: &Look) -> String {
    let mut page = Page { out: String::new(), look };
    page.line("", &words::title(plan));
    page.line("", &words::headline(plan));
    page.line("", &words::counts(plan));
    let sections = sections(plan);
    let (first, rest): (Vec<_>, Vec<_>) =
        sections.iter().partition(|section| matches!(section.id, "problems" | "attention" | "accepted"));
    first.iter().for_each(|section| page.section(section));
    page.objects(plan);
    rest.iter().for_each(|section| page.section(section));
    page.commands(&sections);
    page.diffs(plan);
    page.out
}

struct Page<'l> {
    out: String,
    look: &'l Look,
}

impl Page<'_> {
    /// A text in lines of the terminal's width; what goes on below is indented as far as what stands before it is long.
    fn line(&mut self, before: &str, text: &str) {
        let pad = " ".repeat(before.chars().count());
        let mut lead = before;
        let mut lines = text.lines().peekable();
        if lines.peek().is_none() {
            self.out.push_str(before.trim_end());
            self.out.push('\n');
        }
        for line in lines {
            for part in wrapped(&visible(line), self.look.width.saturating_sub(pad.len())) {
                self.out.push_str(format!("{lead}{part}").trim_end());
                self.out.push('\n');
                lead = &pad;
            }
        }
    }

    fn heading(&mut self, title: &str) {
        self.out.push('\n');
        self.line("", title);
    }

    fn section(&mut self, section: &Section) {
        self.heading(&section.title);
        let shown = |row: &&Row| {
            let is_asked = section.detail.is_some_and(|detail| self.look.shows(detail));
            is_asked || !row.is_detail
        };
        let rows: Vec<&Row> = section.rows.iter().filter(shown).collect();
        rows.iter().for_each(|row| self.row(section, row));
        let hidden: Vec<&Row> = section.rows.iter().filter(|row| !shown(row)).collect();
        if let (Some(detail), false) = (section.detail, hidden.is_empty()) {
            let others = if rows.is_empty() { "" } else { " more" };
            self.line("  ", &format!("{}{others}: {}", hidden.len(), show(detail)));
        }
    }

    /// Commands of steps are many, and where they are is said once.
    fn commands(&mut self, sections: &[Section]) {
        let steps = sections.iter().filter(|section| section.detail == Some(Detail::Commands));
        let commands: usize = steps.flat_map(|section| &section.rows).map(|row| row.commands.len()).sum();
        if commands > 0 && !self.look.shows(Detail::Commands) {
            let told = words::count(commands, "command for these steps", "commands for these steps");
            self.heading(&format!("{told}: {}", show(Detail::Commands)));
        }
    }

    fn row(&mut self, section: &Section, row: &Row) {
        match (row.level, row.code.as_str()) {
            ("", _) => self.hang("  ", &row.head),
            (level, "") => self.hang("  ", &format!("{level}: {}", row.head)),
            // As errors of a render are told, which has its colours.
            (level, code) => self.hang("", &format!("{level}[{code}]: {}", row.head)),
        }
        let indent = if row.code.is_empty() { "    " } else { "  " };
        for (label, text) in &row.facts {
            match *label {
                "-->" => self.line(&format!("{indent}--> "), text),
                "says" if !self.look.shows(Detail::Notices) => {
                    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
                    let more = text.lines().filter(|line| !line.trim().is_empty()).count() > 1;
                    self.line(indent, first.trim());
                    if more {
                        self.line(indent, &format!("… ({})", show(Detail::Notices)));
                    }
                }
                "says" => self.line(indent, text),
                "why" if !self.look.shows(Detail::Commands) => {}
                label => self.line(&format!("{indent}{label}: "), text),
            }
        }
        let is_asked = section.detail != Some(Detail::Commands) || self.look.shows(Detail::Commands);
        if !row.commands.is_empty() && is_asked {
            self.line(indent, "run:");
            for line in row.commands.iter().flat_map(|command| command.lines()) {
                // Never broken: they are there to be copied.
                self.out.push_str(format!("{indent}  {}", visible(line)).trim_end());
                self.out.push('\n');
            }
        }
    }

    /// A text in one paragraph, of which all lines but the first are indented further.
    fn hang(&mut self, before: &str, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let lines = wrapped(&visible(&words.join(" ")), self.look.width.saturating_sub(before.len() + 2));
        if let Some((first, rest)) = lines.split_first() {
            self.line(before, first);
            rest.iter().for_each(|line| self.line(&format!("{before}  "), line));
        }
    }

    fn objects(&mut self, plan: &Plan) {
        let changed: Vec<&ObjectPlan> = plan.objects.iter().filter(|object| plan.counts(object)).collect();
        if changed.is_empty() {
            return;
        }
        self.heading("Objects");
        for wanted in words::VERDICTS {
            let same: Vec<&&ObjectPlan> = changed.iter().filter(|object| object.verdict == wanted).collect();
            if wanted == Verdict::LabelOnly && !self.look.shows(Detail::Labels) {
                if !same.is_empty() {
                    let objects = words::count(same.len(), "object", "objects");
                    self.line("  label only   ", &format!("{objects} ({})", show(Detail::Labels)));
                }
                continue;
            }
            for object in same {
                self.object(plan, object);
            }
        }
    }

    fn object(&mut self, plan: &Plan, object: &ObjectPlan) {
        let hook = if object.is_hook { " (hook)" } else { "" };
        let renamed = object.renamed.as_ref().map(|other| format!(", like {other}")).unwrap_or_default();
        let opens = self.look.shows(Detail::Changes) && self.look.opens(object);
        let fields = match (opens, object.changes.len()) {
            (true, _) | (_, 0) => String::new(),
            (false, _) => Some(words::fields(object))
                .filter(|told| !told.is_empty())
                .map(|told| format!(": {told}"))
                .unwrap_or_default(),
        };
        let head = format!("{}{hook}{renamed}{fields}", object.id);
        self.line(&format!("  {:<12} ", words::verdict(object.verdict)), &head);
        // What is among the concerns has been said.
        let is_told = |message: &str| plan.concerns.iter().any(|concern| concern.message == message);
        for rejection in object.rejections.iter().filter(|rejection| !is_told(&rejection.message)) {
            self.line("               ", &rejection.message);
        }
        if !opens {
            return;
        }
        for change in &object.changes {
            let mark = if change.restarts { "* " } else { "- " };
            self.line(&format!("    {mark}"), &words::change(change));
            let causes: Vec<String> = change.causes.iter().map(words::cause).collect();
            if !causes.is_empty() {
                self.line("      because: ", &causes.join("; "));
            }
        }
    }

    fn diffs(&mut self, plan: &Plan) {
        let columns = self.look.shows(Detail::SideBySide);
        if !columns && !self.look.shows(Detail::Diff) {
            return;
        }
        let opened = plan.objects.iter().filter(|object| !object.diff.is_empty() && plan.counts(object));
        for object in opened.filter(|object| self.look.opens(object)) {
            self.heading(&format!("--- {} ({})", object.id, words::verdict(object.verdict)));
            if columns {
                self.out.push_str(&diff::side_by_side(&object.diff, self.look.width));
            } else {
                object.diff.lines().for_each(|line| {
                    self.out.push_str(&visible(line));
                    self.out.push('\n');
                });
            }
        }
    }
}

/// The flag that shows a detail.
fn show(detail: Detail) -> String {
    let name = Detail::NAMES.iter().find(|(_, known)| *known == detail).map_or("all", |(name, _)| *name);
    format!("--show {name}")
}

/// A text in lines of at most so many characters, cut at spaces; a longer word stands by itself.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let size = word.chars().count();
        if length > 0 && length + 1 + size > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        } else if !line.is_empty() || length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += size;
    }
    lines.push(line);
    lines
}

const RESET: &str = "\x1b[0m";
const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";
const LESS: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[36m";

/// What begins a line that has a colour: up to there, or as a whole.
const MARKS: [(&str, &str, bool); 17] = [
    ("refused:", RED, false),
    ("data at risk:", RED, false),
    ("no plan:", RED, false),
    ("needs attention:", YELLOW, false),
    ("safe", GREEN, false),
    ("nothing changes", GREEN, false),
    ("error[", RED, false),
    ("warning[", YELLOW, false),
    ("note[", CYAN, false),
    ("  warning:", YELLOW, false),
    ("  refused ", RED, false),
    ("  rolls pods ", YELLOW, false),
    ("  -->", CYAN, false),
    ("  help:", CYAN, false),
    ("@@", CYAN, true),
    ("+", GREEN, true),
    ("-", LESS, true),
];

/// A plan as [`print()`] makes it, with the colours of a terminal.
pub fn paint(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 256);
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        let end = line.get(body.len()..).unwrap_or_default();
        // The head of a diff begins as a line that goes.
        let mark = MARKS.iter().find(|(mark, ..)| body.starts_with(mark) && !body.starts_with("--- "));
        let (head, rest) = match mark {
            Some((_, _, true)) => (body, ""),
            Some((mark, ..)) if mark.ends_with('[') => body.split_at(body.find(']').map_or(body.len(), |at| at + 1)),
            Some((mark, ..)) => body.split_at(mark.len()),
            None => ("", body),
        };
        match mark {
            Some((_, color, _)) => out.push_str(&format!("{color}{head}{RESET}{rest}{end}")),
            None => out.push_str(line),
        }
    }
    out
}
