//! Plots of reports as SVG.
//!
//! [`Plot`] says what is plotted, [`Plot::svg`] draws it: readable on light and dark ground, and with
//! the same bytes for the same numbers.

mod ruler;
mod svg;
#[cfg(test)]
mod tests;

use super::{Distribution, Run, Series};

/// What is plotted.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What goes to the right.
    pub x: Axis,
    /// What goes up.
    pub y: Axis,
    /// What is drawn; the legend has the same order.
    pub lines: Vec<Line>,
}

/// One direction of a plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What the values are.
    pub name: String,
    /// What they are measured in; empty for plain numbers.
    pub unit: String,
    /// How they are spaced.
    pub scale: Scale,
    /// From where to where, if that is not to follow from the values. What lies outside is cut off.
    pub range: Option<[f64; 2]>,
}

impl Axis {
    /// An axis on which equal differences are equally far apart.
    pub fn linear(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            scale: Scale::Linear,
            range: None,
        }
    }

    /// An axis on which equal ratios are equally far apart.
    pub fn log(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            scale: Scale::Log,
            ..Self::linear(name, unit)
        }
    }

    /// The same axis from one value to another.
    #[must_use]
    pub fn between(self, low: f64, high: f64) -> Self {
        Self {
            range: Some([low, high]),
            ..self
        }
    }
}

/// How the values of an axis are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// By their differences.
    Linear,
    /// By their ratios. Values that are not positive are left out.
    Log,
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the legend calls it.
    pub name: String,
    /// Pairs of x and y, in the order in which they are joined. Those that are not finite are left
    /// out.
    pub points: Vec<[f64; 2]>,
}

impl Plot {
    /// Cumulative shares of several distributions, which are of the same unit.
    pub fn of_distributions(
        title: impl Into<String>,
        x: Axis,
        distributions: &[(&str, &Distribution)],
    ) -> Self {
        let line = |(name, distribution): &(&str, &Distribution)| {
            let start = distribution.points.first().map(|[x, _]| [*x, 0.0]);
            let shares = distribution.points.iter();
            let shares = shares.map(|[x, share]| [*x, 100.0 * share]);
            Line {
                name: (*name).to_owned(),
                points: start.into_iter().chain(shares).collect(),
            }
        };
        Self {
            title: title.into(),
            x,
            y: Axis::linear("share of all that are no larger", "%").between(0.0, 100.0),
            lines: distributions.iter().map(line).collect(),
        }
    }

    /// Several series with the same axes.
    pub fn of_series(
        title: impl Into<String>,
        x: Axis,
        y: Axis,
        series: &[(&str, &Series)],
    ) -> Self {
        let line = |(name, series): &(&str, &Series)| Line {
            name: (*name).to_owned(),
            points: series.points.clone(),
        };
        Self {
            title: title.into(),
            x,
            y,
            lines: series.iter().map(line).collect(),
        }
    }

    /// Figures of several runs against a parameter that is a number: one line for each figure, one
    /// point on it for each run. A run that lacks one of both has no point.
    pub fn of_figures(
        title: impl Into<String>,
        x: Axis,
        y: Axis,
        runs: &[&Run],
        parameter: &str,
        figures: &[&str],
    ) -> Self {
        let line = |name: &&str| {
            let point = |run: &&Run| Some([run.number(parameter)?, run.figure(name)?.value]);
            let mut points: Vec<_> = runs.iter().filter_map(point).collect();
            points.sort_by(|a, b| a[0].total_cmp(&b[0]));
            Line {
                name: (*name).to_owned(),
                points,
            }
        };
        Self {
            title: title.into(),
            x,
            y,
            lines: figures.iter().map(line).collect(),
        }
    }

    /// Adds a line.
    #[must_use]
    pub fn with_line(mut self, name: impl Into<String>, points: Vec<[f64; 2]>) -> Self {
        let name = name.into();
        self.lines.push(Line { name, points });
        self
    }
}
