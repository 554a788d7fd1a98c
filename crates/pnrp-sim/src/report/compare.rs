//! Two reports side by side.

use std::fmt::Write as _;

use super::{
    Figure, Report, Run,
    number::{shown, shown_figure, with_unit},
    table::Table,
};

/// What differs between two reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Runs that are in both, in the order of the later report.
    pub runs: Vec<RunComparison>,
    /// Scenario and title of runs that are only in the earlier report.
    pub only_before: Vec<String>,
    /// Scenario and title of runs that are only in the later report.
    pub only_after: Vec<String>,
}

/// What differs between two runs of the same scenario with the same title.
#[derive(Clone, Debug, PartialEq)]
pub struct RunComparison {
    /// Scenario and title of both.
    pub heading: String,
    /// Names of parameters that differ, which puts all changes in doubt.
    pub parameters: Vec<String>,
    /// The figures of both, those of the later run first.
    pub changes: Vec<Change>,
}

/// One figure before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// As it was, if it was there.
    pub before: Option<Figure>,
    /// As it is, if it is there.
    pub after: Option<Figure>,
}

/// On which sides of its bar a figure was and is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It is not known on both sides, or has no bar on one of them.
    Unknown,
    /// It meets its bar, as it did before.
    StillMet,
    /// It misses its bar, as it did before.
    StillMissed,
    /// It meets the bar that it missed.
    Gained,
    /// It misses the bar that it met.
    Lost,
}

impl Change {
    /// How much the figure grew.
    pub fn absolute(&self) -> Option<f64> {
        Some(self.after.as_ref()?.value - self.before.as_ref()?.value)
    }

    /// How much the figure grew, as a share of what it was.
    pub fn relative(&self) -> Option<f64> {
        let before = self.before.as_ref()?.value;
        (before != 0.0).then_some(self.absolute()? / before.abs())
    }

    /// On which sides of its bar the figure was and is.
    pub fn side(&self) -> Side {
        let is_met = |figure: &Option<Figure>| figure.as_ref().and_then(Figure::is_met);
        match (is_met(&self.before), is_met(&self.after)) {
            (None, _) | (_, None) => Side::Unknown,
            (Some(true), Some(true)) => Side::StillMet,
            (Some(false), Some(false)) => Side::StillMissed,
            (Some(false), Some(true)) => Side::Gained,
            (Some(true), Some(false)) => Side::Lost,
        }
    }
}

/// Puts a report beside an earlier one. Runs belong together by scenario and title, figures by name;
/// where several runs have the same of both, in their order.
pub fn compare(before: &Report, after: &Report) -> Comparison {
    let mut earlier: Vec<_> = before.runs.iter().collect();
    let mut comparison = Comparison {
        runs: Vec::new(),
        only_before: Vec::new(),
        only_after: Vec::new(),
    };
    for run in &after.runs {
        let is_same = |other: &&Run| other.heading() == run.heading();
        match earlier.iter().position(is_same) {
            Some(place) => comparison
                .runs
                .push(compare_runs(earlier.remove(place), run)),
            None => comparison.only_after.push(run.heading()),
        }
    }
    comparison.only_before = earlier.into_iter().map(|run| run.heading()).collect();
    comparison
}

fn compare_runs(before: &Run, after: &Run) -> RunComparison {
    let names = before.parameters.keys().chain(after.parameters.keys());
    let mut parameters: Vec<_> = names
        .filter(|name| before.parameters.get(*name) != after.parameters.get(*name))
        .cloned()
        .collect();
    parameters.sort();
    parameters.dedup();
    let kept = after.figures.iter().map(|figure| Change {
        before: before.figure(&figure.name).cloned(),
        after: Some(figure.clone()),
    });
    let is_gone = |figure: &&Figure| after.figure(&figure.name).is_none();
    let gone = before.figures.iter().filter(is_gone).map(|figure| Change {
        before: Some(figure.clone()),
        after: None,
    });
    RunComparison {
        heading: after.heading(),
        parameters,
        changes: kept.chain(gone).collect(),
    }
}

impl Comparison {
    /// The changes that took a figure to the other side of its bar, with their runs.
    pub fn crossed(&self) -> impl Iterator<Item = (&RunComparison, &Change)> {
        let runs = self.runs.iter();
        let all = runs.flat_map(|run| run.changes.iter().map(move |change| (run, change)));
        all.filter(|(_, change)| matches!(change.side(), Side::Gained | Side::Lost))
    }

    /// The comparison for a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for run in &self.runs {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{}", run.heading);
            if !run.parameters.is_empty() {
                let differ = run.parameters.join(", ");
                let _ = writeln!(text, "  not the same parameters: {differ}");
            }
            let table = Table {
                header: vec!["figure", "before", "after", "change", "", "bar"],
                rows: run.changes.iter().map(row).collect(),
                numbers: 4,
            };
            text += &table.text();
            text += "\n";
        }
        for heading in &self.only_before {
            let _ = writeln!(text, "Only in the first report: {heading}.");
        }
        for heading in &self.only_after {
            let _ = writeln!(text, "Only in the second report: {heading}.");
        }
        text += &self.summary();
        text
    }

    fn summary(&self) -> String {
        let mut text = String::new();
        for (run, change) in self.crossed() {
            let name = change.after.as_ref().map_or("", |figure| &figure.name);
            let verb = match change.side() {
                Side::Gained => "is met and was missed",
                Side::Lost => "is missed and was met",
                Side::Unknown | Side::StillMet | Side::StillMissed => continue,
            };
            let _ = writeln!(text, "The bar of {}, {name}, {verb}.", run.heading);
        }
        if text.is_empty() {
            text += "No bar changed sides.\n";
        }
        text
    }
}

fn row(change: &Change) -> Vec<String> {
    let value = |figure: &Option<Figure>| match figure {
        Some(figure) => with_unit(&shown_figure(figure), &figure.unit),
        None => "none".to_owned(),
    };
    let name = change.after.as_ref().or(change.before.as_ref());
    let side = match change.side() {
        Side::Unknown => "",
        Side::StillMet => "met",
        Side::StillMissed => "missed",
        Side::Gained => "met, was missed",
        Side::Lost => "missed, was met",
    };
    vec![
        name.map_or_else(String::new, |figure| figure.name.clone()),
        value(&change.before),
        value(&change.after),
        change.absolute().map(signed).unwrap_or_default(),
        change.relative().map(percent).unwrap_or_default(),
        side.to_owned(),
    ]
}

fn signed(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", shown(super::significant(value, super::WRITTEN)))
}

/// A share with one digit after the point.
fn percent(share: f64) -> String {
    let percent = (share * 1_000.0).round() / 10.0;
    format!("{percent:+.1} %")
}
