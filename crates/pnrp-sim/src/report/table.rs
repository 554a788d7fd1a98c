//! Reports as tables: plain for terminals, Markdown for documents.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    Bar, Distribution, Figure, Report, Run,
    number::{shown, shown_figure, with_unit},
};

/// Rows of cells under a header. The first column is text, the others are aligned to the right up to
/// those that are words again.
pub(super) struct Table {
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    /// How many of the columns after the first hold numbers.
    pub(super) numbers: usize,
}

impl Table {
    /// Lines whose columns stand below each other.
    pub(super) fn text(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.chars().count()).max();
            let header = self.header.get(column).map_or(0, |cell| cell.len());
            widest.unwrap_or(0).max(header)
        };
        let widths: Vec<_> = (0..self.header.len()).map(width).collect();
        let line = |cells: Vec<&str>| {
            let mut line = String::new();
            for (column, (cell, width)) in cells.into_iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
                let (before, after) = if self.is_number(column) {
                    (padding.as_str(), "")
                } else {
                    ("", padding.as_str())
                };
                line += "  ";
                line += before;
                line += cell;
                line += after;
            }
            line.trim_end().to_owned() + "\n"
        };
        let mut text = line(self.header.clone());
        for row in &self.rows {
            text += &line(row.iter().map(String::as_str).collect());
        }
        text
    }

    /// A table of GitHub's Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("| {} |\n|", self.header.join(" | "));
        for column in 0..self.header.len() {
            text += if self.is_number(column) {
                " ---: |"
            } else {
                " --- |"
            };
        }
        text += "\n";
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            text += &format!("| {} |\n", cells.join(" | "));
        }
        text
    }

    fn is_number(&self, column: usize) -> bool {
        (1..=self.numbers).contains(&column)
    }
}

impl Report {
    /// The report for a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{}, seed {}\n", self.command, self.seed);
        for run in &self.runs {
            // Writing to a string does not fail.
            let _ = writeln!(text, "\n{}", run.heading());
            if let Some(parameters) = parameters(run) {
                let _ = writeln!(text, "  {parameters}");
            }
            for table in tables(run) {
                text += "\n";
                text += &table.text();
            }
        }
        text += "\n";
        text += &summary(self);
        text
    }

    /// The report for a document, each run below a heading of the third level.
    pub fn markdown(&self) -> String {
        let mut text = format!("`{}`, seed {}.\n", self.command, self.seed);
        for run in &self.runs {
            let _ = writeln!(text, "\n### {}", run.heading());
            if let Some(parameters) = parameters(run) {
                let _ = writeln!(text, "\nRun with {parameters}.");
            }
            for table in tables(run) {
                text += "\n";
                text += &table.markdown();
            }
        }
        text += "\n";
        text += &summary(self);
        text
    }
}

/// What a run was made with, on one line.
fn parameters(run: &Run) -> Option<String> {
    let parameter = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), shown),
            Value::String(text) => text.clone(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        format!("{name} {value}")
    };
    let parameters: Vec<_> = run.parameters.iter().map(parameter).collect();
    (!parameters.is_empty()).then(|| parameters.join(", "))
}

/// What a run found, without what is only fit to be plotted.
fn tables(run: &Run) -> Vec<Table> {
    let figures = Table {
        header: vec!["figure", "value", "bar", ""],
        rows: run.figures.iter().map(figure_row).collect(),
        numbers: 1,
    };
    let distributions = Table {
        header: vec![
            "distribution",
            "count",
            "mean",
            "p50",
            "p90",
            "p95",
            "p99",
            "max",
        ],
        rows: run.distributions.iter().map(distribution_row).collect(),
        numbers: 7,
    };
    let tables = [figures, distributions].into_iter();
    tables.filter(|table| !table.rows.is_empty()).collect()
}

fn figure_row(figure: &Figure) -> Vec<String> {
    let met = match figure.is_met() {
        None => "",
        Some(true) => "met",
        Some(false) => "missed",
    };
    vec![
        figure.name.clone(),
        with_unit(&shown_figure(figure), &figure.unit),
        figure.bar.map(words).unwrap_or_default(),
        met.to_owned(),
    ]
}

fn distribution_row(distribution: &Distribution) -> Vec<String> {
    let d = distribution;
    let name = if d.unit.is_empty() {
        d.name.clone()
    } else {
        format!("{} ({})", d.name, d.unit)
    };
    let count = d.count as f64;
    let values = [count, d.mean, d.p50, d.p90, d.p95, d.p99, d.max];
    [name].into_iter().chain(values.map(shown)).collect()
}

/// A bar in words.
pub(super) fn words(bar: Bar) -> String {
    match bar {
        Bar::AtMost(most) => format!("at most {}", shown(most)),
        Bar::AtLeast(least) => format!("at least {}", shown(least)),
        Bar::Exactly(wanted) => format!("exactly {}", shown(wanted)),
    }
}

/// How many bars are met, and which are not.
fn summary(report: &Report) -> String {
    let figures = report.runs.iter().flat_map(|run| &run.figures);
    let bars = figures.filter(|figure| figure.bar.is_some()).count();
    let missed: Vec<_> = report.missed().collect();
    let mut text = match (bars, missed.len()) {
        (0, _) => return "No bars.\n".to_owned(),
        (_, 0) => return format!("All {bars} bars met.\n"),
        (_, count) => format!("{count} of {bars} bars missed:"),
    };
    for (index, (run, figure)) in missed.into_iter().enumerate() {
        let comma = if index == 0 { " " } else { "; " };
        let _ = write!(text, "{comma}{}, {}", run.heading(), figure.name);
    }
    text + ".\n"
}
