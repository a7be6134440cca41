//! A plan for pull requests: Markdown as GitHub reads it.
//!
//! In: a [`Plan`] and how it is shown. Out: Markdown: verdict, counts and what needs attention are open, the rest opens on
//! a click. Whatever a chart says is text here, never layout.

use super::sections::{Row, Section, sections};
use super::{Look, words};
use crate::plan::{ObjectPlan, Outcome, Plan, Verdict};

/// Characters of a page: a comment of GitHub may have 65,536. Diffs that go beyond are left out, and that is told.
const MOST: usize = 60_000;

/// The plan as Markdown.
///
/// ```
/// use chartwright::plan::Plan;
/// use chartwright::report::plan::{Look, markdown};
/// let plan = Plan { release: "my_redis".into(), ..Plan::default() };
/// assert!(markdown::print(&plan, &Look::default()).starts_with("### my\\_redis: "));
/// ```
pub fn print(plan: &Plan, look: &Look) -> String {
    let mut out = format!("### {}\n\n", inline(&words::title(plan)));
    let mark = match plan.outcome {
        Outcome::Nothing | Outcome::Safe => "✅",
        Outcome::Attention => "⚠️",
        Outcome::DataAtRisk | Outcome::Refused | Outcome::Unknown => "❌",
    };
    let headline = words::headline(plan);
    let (word, rest) = headline.split_once(':').unwrap_or((&headline, ""));
    let rest = if rest.is_empty() { String::new() } else { format!(":{}", inline(rest)) };
    out.push_str(&format!("{mark} **{}**{rest}\n\n{}\n", inline(word), inline(&words::counts(plan))));
    let sections = sections(plan);
    for section in &sections {
        let is_open = matches!(section.id, "problems" | "attention");
        let body: String = section.rows.iter().map(row).collect();
        if is_open {
            out.push_str(&format!("\n#### {}\n\n{body}", inline(&section.title)));
        } else {
            out.push_str(&folded(&summary(section), &body));
        }
        if section.id == "attention"
            || sections.iter().all(|section| section.id != "attention") && section.id == "problems"
        {
            out.push_str(&objects(plan));
        }
    }
    if !sections.iter().any(|section| matches!(section.id, "problems" | "attention")) {
        out.push_str(&objects(plan));
    }
    let mut left: Vec<String> = Vec::new();
    for object in plan.objects.iter().filter(|object| plan.counts(object) && look.opens(object)) {
        let body = details(object);
        if body.is_empty() {
            continue;
        }
        let title = format!("{}: {}", html(&object.id.to_string()), words::verdict(object.verdict));
        let text = folded(&title, &body);
        if out.len() + text.len() > MOST { left.push(object.id.to_string()) } else { out.push_str(&text) }
    }
    if !left.is_empty() {
        let names = left.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
        out.push_str(&format!("\nToo long for a comment, so left out: the changes of {names}.\n"));
    }
    out
}

fn summary(section: &Section) -> String {
    let title = html(&section.title);
    if section.rows.len() > 1 { format!("{title} ({})", section.rows.len()) } else { title }
}

fn folded(title: &str, body: &str) -> String {
    format!("\n<details><summary>{title}</summary>\n\n{body}\n</details>\n")
}

fn row(row: &Row) -> String {
    let level = if row.code.is_empty() { row.level.to_owned() } else { row.code.clone() };
    let level = if level.is_empty() { String::new() } else { format!("**{}**: ", inline(&level)) };
    let mut out = format!("- {level}{}\n", indented(&inline(&row.head), 2));
    for (label, text) in &row.facts {
        match *label {
            "says" => out.push_str(&format!("{}\n", quoted(text))),
            "in" | "-->" => {
                let label = if *label == "-->" { "at" } else { label };
                out.push_str(&format!("  - {label} {}\n", code(text)));
            }
            label => out.push_str(&format!("  - {label}: {}\n", indented(&inline(text), 4))),
        }
    }
    if !row.commands.is_empty() {
        let block = fenced("sh", &row.commands.join("\n"));
        let block: String = block.lines().map(|line| format!("  {line}\n")).collect();
        out.push_str(&format!("\n{block}\n"));
    }
    out
}

/// All objects that change, one row each; labels are counted.
fn objects(plan: &Plan) -> String {
    let mut rows = String::new();
    for wanted in words::VERDICTS {
        let same = plan.objects.iter().filter(|object| object.verdict == wanted && plan.counts(object));
        let same: Vec<&ObjectPlan> = same.collect();
        if wanted == Verdict::LabelOnly && !same.is_empty() {
            rows.push_str(&format!("| label only | {} | |\n", words::count(same.len(), "object", "objects")));
            continue;
        }
        for object in same {
            let hook = if object.is_hook { " (hook)" } else { "" };
            let name = format!("{}{hook}", code(&object.id.to_string()));
            let fields = inline(&words::fields(object));
            rows.push_str(&format!(
                "| {} | {} | {} |\n",
                words::verdict(wanted),
                cell(&name),
                fields.replace('\n', " ")
            ));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    folded("Objects", &format!("| verdict | object | fields |\n|---|---|---|\n{rows}"))
}

/// Why it is refused, each field with its causes, and the diff.
fn details(object: &ObjectPlan) -> String {
    let mut out = String::new();
    for rejection in &object.rejections {
        out.push_str(&format!("- **refused** {}: {}\n", code(&rejection.path), inline(&rejection.message)));
        if !rejection.remedy.is_empty() {
            out.push_str(&format!("  - help: {}\n", indented(&inline(&rejection.remedy), 4)));
        }
    }
    for change in &object.changes {
        let causes: Vec<String> = change.causes.iter().map(words::cause).collect();
        let causes = if causes.is_empty() { String::new() } else { format!(": {}", inline(&causes.join("; "))) };
        out.push_str(&format!("- {}{causes}\n", code(&words::change(change))));
    }
    if !object.diff.is_empty() {
        out.push_str(&format!("\n{}", fenced("diff", object.diff.trim_end())));
    }
    out
}

/// A text in which nothing is layout but code in backquotes.
fn inline(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let is_even = parts.len() % 2 == 1;
    let mut out = String::new();
    for (number, part) in parts.iter().enumerate() {
        match number % 2 {
            1 if is_even && !part.contains('\n') => out.push_str(&format!("`{part}`")),
            1 => out.push_str(&format!("\\`{}{}", escaped(part), if is_even { "\\`" } else { "" })),
            _ if !is_even && number > 0 => out.push_str(&format!("\\`{}", escaped(part))),
            _ => out.push_str(&escaped(part)),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Nobody is called because of what a chart says.
            '@' => out.push_str("@\u{200b}"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(sign);
            }
            sign if sign.is_control() && sign != '\n' => out.push('?'),
            sign => out.push(sign),
        }
    }
    out
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

/// A text in backquotes, in one line.
fn code(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.trim().is_empty() { String::new() } else { format!("{ticks}{pad}{text}{pad}{ticks}") }
}

/// The text of a cell of a table, whose ends are bars.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn fenced(language: &str, text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    let text: String = text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '?' } else { c }).collect();
    format!("{ticks}{language}\n{text}\n{ticks}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|sign| sign != '`').map(str::len).max().unwrap_or(0)
}

/// Further lines of an item.
fn indented(text: &str, by: usize) -> String {
    text.trim().lines().map(str::trim).collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(by)))
}

fn quoted(text: &str) -> String {
    let lines = text.trim().lines().map(|line| format!("  > {}", escaped(line)).trim_end().to_owned());
    format!("\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_chart_says_is_text_and_never_layout() {
        assert_eq!(inline("a `b_c` <img> _d_ @me"), "a `b_c` &lt;img&gt; \\_d\\_ @\u{200b}me");
        assert_eq!(inline("one ` tick"), "one \\` tick");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(fenced("diff", "+```\n"), "````diff\n+```\n\n````\n");
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
    }
}
