//! What a run found: figures, distributions and series, without a trace of the machine it ran on.
//!
//! A report depends on seed and command alone, so that the same seed gives the same bytes. Numbers
//! that the constructors take are rounded to six significant digits.

mod compare;
mod file;
mod number;
pub mod plot;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use compare::{Change, Comparison, RunComparison, Side, compare};
pub use file::{ReportError, read_json, write_json};

use crate::measure;
use number::{WRITTEN, significant};

/// The version of the form that reports are written in.
pub const VERSION: u32 = 1;

/// What a command found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`] when it was written.
    pub version: u32,
    /// The seed of all chance.
    pub seed: u64,
    /// What was asked for, as on the command line.
    pub command: String,
    /// What was run, in order.
    pub runs: Vec<Run>,
}

impl Report {
    /// A report without runs.
    pub fn new(seed: u64, command: impl Into<String>) -> Self {
        Self {
            version: VERSION,
            seed,
            command: command.into(),
            runs: Vec::new(),
        }
    }

    /// The figures that miss their bars, with their runs.
    pub fn missed(&self) -> impl Iterator<Item = (&Run, &Figure)> {
        let runs = self.runs.iter();
        let all = runs.flat_map(|run| run.figures.iter().map(move |figure| (run, figure)));
        all.filter(|(_, figure)| figure.is_met() == Some(false))
    }
}

/// What one scenario found with one set of parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The name of the scenario.
    pub scenario: String,
    /// What distinguishes this run from others of the scenario, for people.
    pub title: String,
    /// What it was run with.
    pub parameters: BTreeMap<String, Value>,
    /// Single numbers.
    pub figures: Vec<Figure>,
    /// How values are distributed.
    pub distributions: Vec<Distribution>,
    /// How values change.
    pub series: Vec<Series>,
}

impl Run {
    /// A run without results.
    pub fn new(scenario: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            scenario: scenario.into(),
            title: title.into(),
            ..Self::default()
        }
    }

    /// Says what the run was made with.
    #[must_use]
    pub fn with_parameter(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// Scenario and title, which tell it from the other runs of a report.
    pub fn heading(&self) -> String {
        format!("{}: {}", self.scenario, self.title)
    }

    /// A parameter that is a number.
    pub fn number(&self, parameter: &str) -> Option<f64> {
        self.parameters.get(parameter)?.as_f64()
    }

    /// The figure of a name.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// The distribution of a name.
    pub fn distribution(&self, name: &str) -> Option<&Distribution> {
        let mut distributions = self.distributions.iter();
        distributions.find(|distribution| distribution.name == name)
    }

    /// The series of a name.
    pub fn series(&self, name: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.name == name)
    }
}

/// A number, and what it should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// What it is measured in; empty for a plain number.
    pub unit: String,
    /// How much it is.
    pub value: f64,
    /// How much it should be, if anything was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bar: Option<Bar>,
}

impl Figure {
    /// A figure that nothing was promised about.
    pub fn new(name: impl Into<String>, unit: impl Into<String>, value: f64) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            value: significant(value, WRITTEN),
            bar: None,
        }
    }

    /// A figure with a bar. Its value is rounded only if that does not decide whether it is met.
    pub fn with_bar(
        name: impl Into<String>,
        unit: impl Into<String>,
        value: f64,
        bar: Bar,
    ) -> Self {
        let rounded = significant(value, WRITTEN);
        let keeps = bar.is_met_by(rounded) == bar.is_met_by(value);
        Self {
            name: name.into(),
            unit: unit.into(),
            value: if keeps { rounded } else { value },
            bar: Some(bar),
        }
    }

    /// Whether the bar is met, if there is one.
    pub fn is_met(&self) -> Option<bool> {
        self.bar.map(|bar| bar.is_met_by(self.value))
    }
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// This.
    Exactly(f64),
}

impl Bar {
    /// Whether a value is what it should be.
    #[expect(clippy::float_cmp, reason = "exactly means exactly")]
    pub fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::Exactly(wanted) => value == wanted,
        }
    }
}

/// How values are distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// What the values are.
    pub name: String,
    /// What they are measured in; empty for plain numbers.
    pub unit: String,
    /// How many there are.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// What half of them do not exceed.
    pub p50: f64,
    /// What nine in ten do not exceed.
    pub p90: f64,
    /// What 95 in 100 do not exceed.
    pub p95: f64,
    /// What 99 in 100 do not exceed.
    pub p99: f64,
    /// The largest.
    pub max: f64,
    /// Values, and the share of all that are no larger: at most 200 points, both increasing.
    pub points: Vec<[f64; 2]>,
}

impl Distribution {
    /// The distribution of what was counted, where `per_unit` of the histogram make one unit: 1,000
    /// if it counts microseconds and the unit is "ms".
    pub fn new(
        name: impl Into<String>,
        unit: impl Into<String>,
        histogram: &measure::Histogram,
        per_unit: f64,
    ) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "six digits are kept")]
        let scaled = |value: u64| significant(value as f64 / per_unit, WRITTEN);
        let quantile = |share| scaled(histogram.quantile(share));
        let points = thinned(histogram.cumulative());
        let scaled_point =
            |[x, y]: [f64; 2]| [x / per_unit, y].map(|value| significant(value, WRITTEN));
        Self {
            name: name.into(),
            unit: unit.into(),
            count: histogram.count(),
            mean: significant(histogram.mean() / per_unit, WRITTEN),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: scaled(histogram.max()),
            points: points.into_iter().map(scaled_point).collect(),
        }
    }
}

/// Keeps first and last, and between them points that are a step apart.
fn thinned(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let count = points.len();
    let mut kept: Vec<[f64; 2]> = Vec::new();
    for (index, point) in points.into_iter().enumerate() {
        let is_apart = kept
            .last()
            .is_none_or(|last| point[1] - last[1] >= 1.0 / POINTS);
        if is_apart || index + 1 == count {
            kept.push(point);
        }
    }
    kept
}

/// Points of a distribution: as many as a plot can show.
const POINTS: f64 = 198.0;

/// How a value changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What the values are.
    pub name: String,
    /// What they are measured in; empty for plain numbers.
    pub unit: String,
    /// What they change with.
    pub x_name: String,
    /// What that is measured in.
    pub x_unit: String,
    /// Where, and the value there.
    pub points: Vec<[f64; 2]>,
}

impl Series {
    /// A series of something over time in seconds.
    pub fn over_time(
        name: impl Into<String>,
        unit: impl Into<String>,
        series: &measure::Series,
    ) -> Self {
        let rounded = |point: &[f64; 2]| point.map(|value| significant(value, WRITTEN));
        Self {
            name: name.into(),
            unit: unit.into(),
            x_name: "time".to_owned(),
            x_unit: "s".to_owned(),
            points: series.points().iter().map(rounded).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
