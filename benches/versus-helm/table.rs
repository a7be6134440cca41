//! What was measured, as a table.
//!
//! In: pairs of numbers, helm's and ours, a pair per turn. Out: Markdown, which terminals can bear too.

use std::fmt::{self, Display, Formatter};

/// A number of each per turn: nanoseconds or KiB.
#[derive(Default)]
pub struct Beside(Vec<(u64, u64)>);

/// A chart's line.
#[derive(Default)]
pub struct Row {
    /// The chart's folder, and the values file's name.
    pub name: String,
    /// Lines of the manifests, by helm and by us: charts that draw random passwords render differently each time, but
    /// not much.
    pub lines_of_helm: usize,
    /// See there.
    pub lines: usize,
    /// From a loaded chart, ours compiled, to the printed manifests.
    pub render: Beside,
    /// The same, while ours notes where all output comes from.
    pub traced: Beside,
    /// The same as `render`, while Go leaves out to cut, read and sort the documents.
    pub until_text: Beside,
    /// From files to the printed manifests.
    pub load_render: Beside,
    /// What `template` took, where it was run.
    pub process: Option<Processes>,
}

/// `helm template` and ours.
#[derive(Default)]
pub struct Processes {
    /// From start to exit.
    pub time: Beside,
    /// The most memory held.
    pub peak: Beside,
}

/// All of it.
#[derive(Default)]
pub struct Table {
    /// A chart each.
    pub rows: Vec<Row>,
}

#[allow(clippy::cast_precision_loss)] // what is measured has six digits at most
impl Beside {
    /// Adds a turn.
    pub fn push(&mut self, helm: u64, ours: u64) {
        self.0.push((helm, ours));
    }

    fn helm(&self) -> f64 {
        median(self.0.iter().map(|(helm, _)| *helm as f64))
    }

    fn ours(&self) -> f64 {
        median(self.0.iter().map(|(_, ours)| *ours as f64))
    }

    /// How many times as much is helm's.
    fn ratio(&self) -> f64 {
        median(self.0.iter().map(|(helm, ours)| *helm as f64 / (*ours).max(1) as f64))
    }

    fn of_ms(&self) -> String {
        format!("{:.1} | {:.2} | {:.1}", self.helm() / 1e6, self.ours() / 1e6, self.ratio())
    }

    fn of_mib(&self) -> String {
        format!("{:.0} | {:.1} | {:.1}", self.helm() / 1024.0, self.ours() / 1024.0, self.ratio())
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return writeln!(f, "versus-helm: no chart that both render");
        }
        writeln!(f, "Medians in ms and MiB; a ratio says how many times as much helm took.\n")?;
        writeln!(
            f,
            "| chart | render: helm | ours | ratio | traced | helm without sorting \
             | load + render: helm | ours | ratio | process: helm | ours | ratio | peak: helm | ours | ratio |"
        )?;
        writeln!(f, "|---|{}", "--:|".repeat(14))?;
        for row in &self.rows {
            let process = row.process.as_ref();
            let (time, peak) = process
                .map_or(("- | - | -".into(), "- | - | -".into()), |both| (both.time.of_ms(), both.peak.of_mib()));
            writeln!(
                f,
                "| {} | {} | {:.1} | {:.1} | {} | {time} | {peak} |",
                row.name,
                row.render.of_ms(),
                row.traced.ratio(),
                row.until_text.ratio(),
                row.load_render.of_ms(),
            )?;
        }
        let mean = |of: &dyn Fn(&Row) -> Option<f64>| match geometric_mean(self.rows.iter().filter_map(of)) {
            Some(mean) => format!("{mean:.1}"),
            None => "-".into(),
        };
        writeln!(
            f,
            "| geometric mean | | | {} | {} | {} | | | {} | | | {} | | | {} |",
            mean(&|row| Some(row.render.ratio())),
            mean(&|row| Some(row.traced.ratio())),
            mean(&|row| Some(row.until_text.ratio())),
            mean(&|row| Some(row.load_render.ratio())),
            mean(&|row| row.process.as_ref().map(|both| both.time.ratio())),
            mean(&|row| row.process.as_ref().map(|both| both.peak.ratio())),
        )?;
        for row in self.rows.iter().filter(|row| row.lines != row.lines_of_helm) {
            writeln!(f, "{}: helm renders {} lines, and ours {}", row.name, row.lines_of_helm, row.lines)?;
        }
        Ok(())
    }
}

/// No chart counts more in it for being large.
#[allow(clippy::cast_precision_loss)] // nobody names that many charts
fn geometric_mean(all: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = all.fold((0.0, 0_usize), |(sum, count), ratio| (sum + ratio.ln(), count + 1));
    (count > 0).then(|| (sum / count as f64).exp())
}

/// The middle one; 0 of none.
fn median(all: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = all.collect();
    all.sort_unstable_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}
