//! Procedures that lose data or end at the wrong pod: recipes of the chart's makefile, code blocks of its guides.

use crate::diag::{Place, Severity};
use crate::lint::{Check, Findings, On, Rule, Subject, around};
use crate::source::lossy;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[BGSAVE, OVERWRITTEN, AOF, ANY_POD, SCALED, HEREDOC];

const BGSAVE: Rule = Rule {
    id: "bgsave-not-awaited",
    severity: Severity::Warning,
    summary: "a backup sleeps after BGSAVE instead of waiting for it",
    why: "BGSAVE takes as long as the data are large. What is copied before it has ended is the file of the last save, and the backup says that it succeeded.",
    fix: "Ask `INFO persistence` until rdb_bgsave_in_progress is 0 and rdb_last_bgsave_status is ok, or compare LASTSAVE with what it was before.",
    on: On::Default,
    check: Check::Subject(check),
};

const OVERWRITTEN: Rule = Rule {
    id: "restore-overwritten-at-exit",
    severity: Severity::Warning,
    summary: "a restore copies a dump under a running server and then ends it",
    why: "The server that is ended saves what it has in memory, over the file that was just copied: the restore has no effect.",
    fix: "Copy the file while no server runs: scale to 0, use a helper pod that mounts the claim, scale up.",
    on: On::Default,
    check: Check::Elsewhere,
};

const AOF: Rule = Rule {
    id: "single-file-aof",
    severity: Severity::Warning,
    summary: "a procedure looks for the append-only file where Redis 7 has none",
    why: "Since Redis 7 the append-only file is a folder, appendonlydir, with several files: a backup of the old path finds nothing, and a restore to it is ignored.",
    fix: "Copy the whole folder `appendonlydir`.",
    on: On::Default,
    check: Check::Elsewhere,
};

const ANY_POD: Rule = Rule {
    id: "pod-of-any-release",
    severity: Severity::Warning,
    summary: "a procedure takes the first pod of any release of the chart",
    why: "With two releases in a namespace it is chance which one is saved, restored or emptied.",
    fix: "Select by app.kubernetes.io/instance too, and pass the namespace.",
    on: On::Default,
    check: Check::Elsewhere,
};

const SCALED: Rule = Rule {
    id: "pod-used-after-scale-to-zero",
    severity: Severity::Warning,
    summary: "a procedure scales to 0 and then needs a pod",
    why: "There is no pod to copy to or to run a command in, so the step fails, usually in the middle of a recovery.",
    fix: "Use a helper pod that mounts the claim, and remove it before scaling up.",
    on: On::Default,
    check: Check::Elsewhere,
};

const HEREDOC: Rule = Rule {
    id: "heredoc-in-recipe",
    severity: Severity::Warning,
    summary: "a recipe of a makefile holds a here-document",
    why: "make joins lines that end in `\\` before the shell sees them, so the document and its end stand in one line: the shell never finds the end.",
    fix: "Use `printf '%s\\n' … |`, a `define` with `export`, or a file.",
    on: On::Default,
    check: Check::Elsewhere,
};

/// How far above the chart its makefile and guides are looked for, how many of them, and how large one may be.
const LEVELS: usize = 4;
const MOST_FILES: usize = 20;
const MOST_BYTES: u64 = 1 << 20;

/// Commands that stand together: a recipe, a code block.
struct Block {
    /// The target, of a recipe.
    target: String,
    /// Numbers and texts of the lines.
    lines: Vec<(u32, String)>,
}

/// A file with procedures.
struct Procedures {
    name: String,
    is_makefile: bool,
    blocks: Vec<Block>,
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(chart) = subject.chart() else { return };
    let root = Path::new(&subject.input.chart_path);
    let mut all: Vec<Procedures> = Vec::new();
    for file in chart.raw().iter().filter(|file| file.name.ends_with(".md") && !file.name.starts_with("charts/")) {
        let text = lossy(&file.data);
        all.push(guide(format!("{}/{}", chart.name(), file.name), &text));
    }
    if root.is_dir() {
        all.extend(outside(root, chart.name()));
    }
    let recipes: BTreeMap<String, bool> = all
        .iter()
        .flat_map(|file| &file.blocks)
        .filter(|block| !block.target.is_empty())
        .map(|block| (block.target.clone(), block.lines.iter().any(|(_, line)| uses_pod(line))))
        .collect();
    let version = chart.metadata().app_version.trim_start_matches('v').split('.').next();
    let has_folder = version.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 7);
    for file in &all {
        let mut any_pod = false;
        for block in &file.blocks {
            bgsave(file, block, findings);
            overwritten(file, block, findings);
            scaled(file, block, &recipes, findings);
            if has_folder {
                aof(file, block, findings);
            }
            if file.is_makefile {
                heredoc(file, block, findings);
            }
            let first = block.lines.iter().find(|(_, line)| takes_any(line)).filter(|_| !any_pod);
            if let Some(line) = first {
                any_pod = true;
                tell(file, line, findings, &ANY_POD, "takes the first pod with the chart's name, of whatever release");
            }
        }
    }
}

fn tell(file: &Procedures, line: &(u32, String), findings: &mut Findings, rule: &Rule, what: &str) {
    let column = line.1.len() - line.1.trim_start().len() + 1;
    let column = u32::try_from(column).unwrap_or(1);
    let place = Place::new(Arc::<str>::from(file.name.as_str()), line.0, column, Some(line.1.clone()));
    findings.at(rule, place, what);
}

/// A line without what make and prompts put before a command.
fn command(line: &str) -> &str {
    line.trim_start().trim_start_matches(['@', '-', '$', '>']).trim_start()
}

fn is_kubectl(line: &str, verb: &str) -> bool {
    ["kubectl ", "$(KUBECTL) "].iter().any(|tool| line.contains(&format!("{tool}{verb} ")))
}

fn uses_pod(line: &str) -> bool {
    is_kubectl(line, "exec") || is_kubectl(line, "cp")
}

fn bgsave(file: &Procedures, block: &Block, findings: &mut Findings) {
    let lower: Vec<String> = block.lines.iter().map(|(_, line)| line.to_lowercase()).collect();
    let waits = lower.iter().any(|line| {
        line.contains("rdb_bgsave_in_progress")
            || command(line).starts_with("while ")
            || command(line).starts_with("until ")
    });
    let starts = |line: &String| {
        line.contains("redis-cli") && line.split_whitespace().any(|word| word.trim_end_matches(';') == "bgsave")
    };
    let Some(begin) = lower.iter().position(starts).filter(|_| !waits) else { return };
    let sleep = block.lines.iter().skip(begin + 1).find(|(_, line)| command(line).starts_with("sleep "));
    if let Some(line) = sleep {
        tell(file, line, findings, &BGSAVE, "sleeps for a fixed time after BGSAVE");
    }
}

/// Whether a line copies data of Redis into a pod.
fn restores(line: &str) -> bool {
    let target = line.split_whitespace().rfind(|word| !matches!(*word, "\\" | "&&")).unwrap_or_default();
    let target = target.trim_end_matches([';', '"', '\'', ')']);
    is_kubectl(line, "cp") && target.contains(":/") && (target.ends_with(".rdb") || target.ends_with(".aof"))
}

fn overwritten(file: &Procedures, block: &Block, findings: &mut Findings) {
    if block.lines.iter().any(|(_, line)| line.contains("--replicas=0")) {
        return;
    }
    let Some(begin) = block.lines.iter().position(|(_, line)| restores(line)) else { return };
    let ends = |line: &str| is_kubectl(line, "delete pod") || line.contains("rollout restart");
    if let Some(line) = block.lines.iter().skip(begin + 1).find(|(_, line)| ends(line)) {
        tell(file, line, findings, &OVERWRITTEN, "ends a server that saves over the file copied before");
    }
}

/// The name of what a command scales: `kubectl scale statefulset redis`, `kubectl scale sts/redis`.
fn scaled_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| *word != "scale").skip(1);
    let kind = words.find(|word| !word.starts_with('-'))?;
    match kind.split_once('/') {
        Some((_, name)) => Some(name),
        None => words.find(|word| !word.starts_with('-')),
    }
}

fn scaled(file: &Procedures, block: &Block, recipes: &BTreeMap<String, bool>, findings: &mut Findings) {
    // What is down; others may well be used meanwhile.
    let mut down: Option<&str> = None;
    for line in &block.lines {
        if line.1.contains("--replicas=") && line.1.contains("scale") {
            down = scaled_name(&line.1).filter(|_| line.1.contains("--replicas=0"));
            continue;
        }
        let text = command(&line.1);
        let by_make = text.starts_with("make ") && text.split_whitespace().any(|word| recipes.get(word) == Some(&true));
        if down.is_some_and(|name| text.contains(name)) && (uses_pod(text) || by_make) {
            tell(file, line, findings, &SCALED, "needs a pod, after all of them were scaled away");
            return;
        }
    }
}

fn aof(file: &Procedures, block: &Block, findings: &mut Findings) {
    let is_it = |line: &str| {
        line.contains("/appendonly.aof") && !line.contains("appendonlydir") && !line.trim_start().starts_with('#')
    };
    if let Some(line) = block.lines.iter().find(|(_, line)| is_it(line)) {
        tell(file, line, findings, &AOF, "reads or writes `appendonly.aof`, which Redis 7 does not have");
    }
}

fn takes_any(line: &str) -> bool {
    let selects = line.contains("app.kubernetes.io/name=") && !line.contains("app.kubernetes.io/instance=");
    selects && line.contains(".items[0]") && (is_kubectl(line, "get pod") || is_kubectl(line, "get pods"))
}

fn heredoc(file: &Procedures, block: &Block, findings: &mut Findings) {
    let opens = |line: &str| line.contains("<<") && !line.contains("<<<") && line.trim_end().ends_with('\\');
    if let Some(line) = block.lines.iter().find(|(_, line)| opens(line)) {
        tell(file, line, findings, &HEREDOC, "opens a here-document in a line that make joins with the next");
    }
}

/// The code blocks of a guide that a shell would run.
fn guide(name: String, text: &str) -> Procedures {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in (1u32..).zip(text.lines()) {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                let is_shell = matches!(language.trim(), "" | "bash" | "sh" | "shell" | "console" | "zsh");
                open = Some(Block { target: String::new(), lines: Vec::new() });
                if !is_shell {
                    // Lines of other languages are none of ours; the block only has to end.
                    open = Some(Block { target: OTHER.to_owned(), lines: Vec::new() });
                }
            }
            (None, Some(block)) if block.target != OTHER => block.lines.push((number, line.to_owned())),
            _ => {}
        }
    }
    blocks.retain(|block: &Block| block.target != OTHER);
    Procedures { name, is_makefile: false, blocks }
}

/// Stands for a block that no shell runs; no target has a blank in its name.
const OTHER: &str = "another language";

/// The recipes of a makefile.
fn makefile(name: String, text: &str) -> Procedures {
    let mut blocks: Vec<Block> = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        // A here-document stands at the margin, in the middle of a joined recipe.
        let joined = blocks
            .last()
            .and_then(|block| block.lines.last())
            .is_some_and(|(last, text)| last + 1 == number && text.trim_end().ends_with('\\'));
        if line.starts_with('\t') || joined {
            if let Some(block) = blocks.last_mut() {
                block.lines.push((number, line.to_owned()));
            }
        } else if let Some((target, rest)) = line.split_once(':').filter(|_| !line.starts_with(['#', ' ', '.']))
            && !rest.starts_with('=')
            && !target.contains('=')
        {
            blocks.push(Block { target: target.trim().to_owned(), lines: Vec::new() });
        }
    }
    Procedures { name, is_makefile: true, blocks }
}

/// Makefiles and guides around a chart that bear its name.
fn outside(root: &Path, chart: &str) -> Vec<Procedures> {
    let mut found = Vec::new();
    let folders = around::folders(root, LEVELS);
    let Some(root) = folders.first() else { return found };
    let mut makefiles: Vec<PathBuf> = vec![root.join("Makefile")];
    let mut guides: Vec<PathBuf> = Vec::new();
    for (level, folder) in folders.iter().enumerate() {
        makefiles
            .extend(["make/ops", "ops", "make"].iter().map(|inner| folder.join(inner).join(format!("{chart}.mk"))));
        let listed = std::fs::read_dir(folder.join("docs")).into_iter().flatten().flatten().map(|entry| entry.path());
        let bears_name = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.ends_with(".md") && name.contains(chart)
        };
        guides.extend(listed.filter(|_| level > 0).filter(bears_name));
    }
    guides.sort();
    let read = |path: &PathBuf| {
        let bytes = around::read(&folders, path, MOST_BYTES)?;
        Some((path.to_string_lossy().into_owned(), lossy(&bytes).into_owned()))
    };
    found.extend(makefiles.iter().take(MOST_FILES).filter_map(read).map(|(name, text)| makefile(name, &text)));
    found.extend(guides.iter().take(MOST_FILES).filter_map(read).map(|(name, text)| guide(name, &text)));
    found
}
