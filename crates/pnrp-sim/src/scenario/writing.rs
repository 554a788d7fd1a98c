//! How scenarios write down what they found.

use pnrp_node::cloud::{Pace, Search};

use super::Common;
use crate::{
    measure::Histogram,
    report::{Bar, Distribution, Figure, Run, Series},
};

impl Figure {
    /// A number of things.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn count(name: &str, count: u64) -> Self {
        Self::new(name, "", count as f64)
    }

    /// A figure with a bar where there is one.
    pub(crate) fn barred(name: &str, unit: &str, value: f64, bar: Option<Bar>) -> Self {
        match bar {
            Some(bar) => Self::with_bar(name, unit, value, bar),
            None => Self::new(name, unit, value),
        }
    }
}

impl Run {
    pub(crate) fn with_figures(mut self, figures: Vec<Figure>) -> Self {
        self.figures = figures;
        self
    }

    pub(crate) fn with_distributions(mut self, distributions: Vec<Distribution>) -> Self {
        self.distributions = distributions;
        self
    }

    pub(crate) fn with_series(mut self, series: Vec<Series>) -> Self {
        self.series = series;
        self
    }

    /// What all scenarios are run with.
    pub(crate) fn with_common(mut self, common: &Common) -> Self {
        if common.pace == Pace::Literal {
            self.title += ", literal timers";
        }
        let pace = match common.pace {
            Pace::Literal => "literal",
            Pace::Adaptive => "adaptive",
        };
        let search = match common.search {
            Search::Literal => "literal",
            Search::Swift => "swift",
        };
        self.with_parameter("timers", pace)
            .with_parameter("search", search)
            .with_parameter("delays", common.delays.to_string())
            .with_parameter("loss, %", common.weather.loss * 100.0)
            .with_parameter("deaf pairs, %", common.weather.deaf_pairs * 100.0)
            .with_parameter("cache", common.cache)
            .with_parameter("acquaintances", common.acquaintances)
            .with_parameter("doubling, s", common.doubling.as_secs())
            .with_parameter("settling, s", common.settling.as_secs())
    }
}

/// A series of something over something else.
pub(crate) fn series(
    (name, unit): (&str, &str),
    (x_name, x_unit): (&str, &str),
    points: Vec<[f64; 2]>,
) -> Series {
    Series {
        name: name.to_owned(),
        unit: unit.to_owned(),
        x_name: x_name.to_owned(),
        x_unit: x_unit.to_owned(),
        points,
    }
}

/// A quantile in the unit that `per_unit` of what was counted make.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn quantile(histogram: &Histogram, share: f64, per_unit: f64) -> f64 {
    histogram.quantile(share) as f64 / per_unit
}
