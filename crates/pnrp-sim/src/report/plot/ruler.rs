//! Where values stand on an axis, and which of them are written beside it.

use super::{Axis, Scale};
use crate::report::number::significant;

/// An axis with its values placed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ruler {
    scale: Scale,
    low: f64,
    high: f64,
    /// Round values, increasing.
    pub(super) ticks: Vec<f64>,
}

impl Ruler {
    /// A ruler that begins and ends at round values and has room for all of some, or has the range
    /// that the axis asks for.
    pub(super) fn new(axis: &Axis, values: impl Iterator<Item = f64>) -> Self {
        match axis.scale {
            Scale::Linear => linear(axis.range, values),
            Scale::Log => log(axis.range, values),
        }
    }

    /// Where a value stands: 0 is the low end, 1 the high end. None if it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let place = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value / self.low).log10() / (self.high / self.low).log10(),
        };
        place.is_finite().then_some(place)
    }
}

fn linear(range: Option<[f64; 2]>, values: impl Iterator<Item = f64>) -> Ruler {
    let [low, high] = range.or_else(|| extremes(values)).unwrap_or([0.0, 1.0]);
    // A line that starts far above zero exaggerates.
    let starts_at_zero = range.is_none() && low > 0.0 && low < high / 2.0;
    let low = if starts_at_zero { 0.0 } else { low };
    let (low, high) = if low < high {
        (low, high)
    } else {
        (low.min(0.0), high.max(0.0) + f64::from(low == 0.0))
    };
    let step = round_step((high - low) / STEPS);
    let (low, high) = match range {
        Some(_) => (low, high),
        None => ((low / step).floor() * step, (high / step).ceil() * step),
    };
    let first = (low / step - SLACK).ceil();
    let ticks = (0..MOST_TICKS).map(|n| significant((first + f64::from(n)) * step, DIGITS));
    Ruler {
        scale: Scale::Linear,
        low,
        high,
        ticks: ticks
            .take_while(|tick| *tick <= high + SLACK * step)
            .collect(),
    }
}

fn log(range: Option<[f64; 2]>, values: impl Iterator<Item = f64>) -> Ruler {
    let positive = values.filter(|value| *value > 0.0);
    let range = range.filter(|[low, _]| *low > 0.0);
    let [low, high] = range.or_else(|| extremes(positive)).unwrap_or([1.0, 10.0]);
    let high = if low < high { high } else { 2.0 * low };
    let is_long = (high / low).log10() > DECADES_WITH_PARTS;
    let parts: &[f64] = if is_long { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let first = low.log10().floor();
    let last = high.log10().ceil();
    let decades = (0..MOST_TICKS).map(|n| first + f64::from(n));
    let decades = decades.take_while(|decade| *decade <= last);
    let round = decades.flat_map(|decade| parts.iter().map(move |part| part * power(decade)));
    let round: Vec<_> = round.map(|tick| significant(tick, DIGITS)).collect();
    let is_close = |a: f64, b: f64| (a / b - 1.0).abs() < SLACK;
    let (low, high) = match range {
        Some(_) => (low, high),
        None => {
            let below = |tick: &&f64| **tick <= low || is_close(**tick, low);
            let above = |tick: &&f64| **tick >= high || is_close(**tick, high);
            let lower = round.iter().rev().find(below);
            let upper = round.iter().find(above);
            (*lower.unwrap_or(&low), *upper.unwrap_or(&high))
        }
    };
    let is_inside =
        |tick: &f64| (low..=high).contains(tick) || is_close(*tick, low) || is_close(*tick, high);
    Ruler {
        scale: Scale::Log,
        low,
        high,
        ticks: round.into_iter().filter(is_inside).collect(),
    }
}

fn extremes(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let finite = values.filter(|value| value.is_finite());
    let wider = |range: Option<[f64; 2]>, value: f64| {
        let [low, high] = range.unwrap_or([value, value]);
        Some([low.min(value), high.max(value)])
    };
    finite.fold(None, wider)
}

/// The next number of 1, 2 and 5 and their tenfolds.
fn round_step(step: f64) -> f64 {
    let magnitude = power(step.log10().floor());
    let mut steps = [1.0, 2.0, 5.0].map(|part| part * magnitude).into_iter();
    let least = step * (1.0 - SLACK);
    steps
        .find(|round| *round >= least)
        .unwrap_or(10.0 * magnitude)
}

fn power(exponent: f64) -> f64 {
    significant(10_f64.powf(exponent), DIGITS)
}

/// About how many steps an axis has.
const STEPS: f64 = 5.0;
const MOST_TICKS: u32 = 40;
/// So many decades are divided further.
const DECADES_WITH_PARTS: f64 = 2.3;
/// Takes off what arithmetic adds.
const DIGITS: usize = 9;
/// Share of a step that is not seen.
const SLACK: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    fn ruler(axis: &Axis, values: &[f64]) -> Ruler {
        Ruler::new(axis, values.iter().copied())
    }

    fn linear_ticks(values: &[f64]) -> Vec<f64> {
        ruler(&Axis::linear("", ""), values).ticks
    }

    fn log_ticks(values: &[f64]) -> Vec<f64> {
        ruler(&Axis::log("", ""), values).ticks
    }

    #[test]
    fn ticks_are_round_and_enclose_all_values() {
        let cases: [(&[f64], &[f64]); 7] = [
            (&[0.3, 4.7], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            (&[0.02, 0.11], &[0.0, 0.05, 0.1, 0.15]),
            (&[95.2, 99.9], &[95.0, 96.0, 97.0, 98.0, 99.0, 100.0]),
            (&[-3.0, 3.0], &[-4.0, -2.0, 0.0, 2.0, 4.0]),
            (&[7.0], &[0.0, 2.0, 4.0, 6.0, 8.0]),
            (&[0.0], &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (&[], &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        ];

        for (values, ticks) in cases {
            assert_eq!(linear_ticks(values), ticks, "{values:?}");
        }
    }

    #[test]
    fn ticks_of_ratios_are_decades_or_parts_of_them() {
        let decades = [1e3, 1e4, 1e5, 1e6];
        assert_eq!(log_ticks(&[1e3, 1e6]), decades);
        assert_eq!(log_ticks(&[1.4, 15.0]), [1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!(log_ticks(&[0.0, -1.0, 3.0]), [2.0, 5.0, 10.0]);
        assert_eq!(log_ticks(&[]), [1.0, 2.0, 5.0, 10.0]);
    }

    #[test]
    fn a_range_that_is_asked_for_is_kept() {
        let axis = Axis::linear("", "").between(92.5, 100.0);
        let ruler = ruler(&axis, &[10.0]);

        assert_eq!(ruler.ticks, [94.0, 96.0, 98.0, 100.0]);
        assert_eq!(ruler.place(92.5), Some(0.0));
        assert_eq!(ruler.place(100.0), Some(1.0));
    }

    #[test]
    fn what_has_no_place_has_none() {
        let ruler = ruler(&Axis::log("", ""), &[1.0, 100.0]);

        assert_eq!(ruler.place(10.0), Some(0.5));
        assert_eq!(ruler.place(0.0), None);
        assert_eq!(ruler.place(-1.0), None);
        assert_eq!(ruler.place(f64::NAN), None);
    }
}
