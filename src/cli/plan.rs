//! `plan`: what an upgrade will do.

use super::color::Color;
use super::failed::Failed;
use super::input::read;
use super::lint_input::CONFIG;
use super::output;
use super::plan_args::{PlanArgs, all};
use super::plan_input::gather;
use crate::kube::Minor;
use crate::ops::runbook;
use crate::plan::config::Config;
use crate::plan::{Plan, Settings, plan};
use crate::report::human;
use crate::report::plan::{Detail, Look, diff, html, json, markdown, text};

/// Runs the command.
pub(super) fn run(args: &PlanArgs) -> Result<(), Failed> {
    let color = Color::named(args.color.as_deref()).map_err(Failed::unable)?;
    let sides = gather(args).map_err(Failed::unable)?;
    let config = config(args, sides.folder.as_deref())?;
    let mut ignores = config.ignores;
    for rule in &args.ignore {
        ignores.flag(rule).map_err(|error| Failed::unable(human::print(&[*error]).trim_end().to_owned()))?;
    }
    let minor = sides.kube.minor.parse().map_or(Minor::NEWEST, Minor);
    let context = args.context.or(config.context).unwrap_or(Settings::default().context);
    let plan = plan(&sides.old, &sides.new, &Settings { kube: minor, ignores, context });
    let look = look(args, config.suppress)?;
    let shown = shown(args, &plan, &look, color.on_stdout() && args.output.is_none())?;
    match &args.output {
        Some(file) => std::fs::write(file, shown).map_err(|error| Failed::unable(format!("write {file}: {error}")))?,
        None => output::print(shown.as_bytes()).map_err(Failed::unable)?,
    }
    let code = plan.exit_code();
    // The process ends here: nothing of this need be given back piece by piece.
    std::mem::forget((sides.old, sides.new, plan));
    if code == 0 { Ok(()) } else { Err(Failed { code, ..Failed::from(String::new()) }) }
}

fn config(args: &PlanArgs, folder: Option<&str>) -> Result<Config, Failed> {
    let beside = folder.map(|folder| format!("{}/{CONFIG}", folder.trim_end_matches('/')));
    let name = match &args.config {
        Some(name) => name.clone(),
        None => match beside.filter(|name| std::path::Path::new(name).exists()) {
            Some(name) => name,
            None => return Ok(Config::default()),
        },
    };
    let config = Config::read(&name, &read(&name).map_err(Failed::unable)?);
    if !config.problems.is_empty() {
        let message = format!("{name} cannot be used");
        return Err(Failed { details: human::print(&config.problems), ..Failed::unable(message) });
    }
    Ok(config)
}

fn look(args: &PlanArgs, suppress: Vec<String>) -> Result<Look, Failed> {
    let mut look = Look { suppress, ..Look::default() };
    look.suppress.extend(all(&args.suppress).cloned());
    for name in all(&args.show) {
        let names = Detail::NAMES.map(|(name, _)| name).join(", ");
        let unknown = || Failed::unable(format!("invalid --show {name:?}: expected one of {names}"));
        look.details.push(Detail::parse(name).ok_or_else(unknown)?);
    }
    match args.format.as_str() {
        "diff" => look.details.push(Detail::Diff),
        "side-by-side" => look.details.push(Detail::SideBySide),
        _ => {}
    }
    Ok(look)
}

fn shown(args: &PlanArgs, plan: &Plan, look: &Look, colors: bool) -> Result<String, Failed> {
    let unable = |error: runbook::RunbookError| Failed::unable(error.to_string());
    Ok(match args.format.as_str() {
        "markdown" => markdown::print(plan, look),
        "json" => json::print(plan),
        "html" => html::print(plan, look),
        "diff" | "side-by-side" => diff::print(plan, look),
        "runbook" => runbook::markdown(plan).map_err(unable)?,
        "script" => runbook::script(plan).map_err(unable)?,
        _ => {
            let text = text::print(plan, look);
            if colors { text::paint(&text) } else { text }
        }
    })
}
