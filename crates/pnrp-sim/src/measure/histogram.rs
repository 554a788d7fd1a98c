//! How often values occur.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Counts of values, precise to one per cent.
///
/// As in an HDR histogram, values below 128 have a counter each, and every further power of two has
/// 64 counters of the same width. A quantile is at most 0.8 % away from a value that was recorded;
/// count, mean, minimum and maximum are exact. It takes 512 bytes per power of two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

impl Histogram {
    /// A histogram without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a value.
    pub fn record(&mut self, value: u64) {
        let index = index(value);
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        if let Some(counter) = self.counts.get_mut(index) {
            *counter += 1;
        }
        self.min = if self.is_empty() {
            value
        } else {
            self.min.min(value)
        };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum += u128::from(value);
    }

    /// Adds what another histogram has counted.
    pub fn merge(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (counter, more) in self.counts.iter_mut().zip(&other.counts) {
            *counter += more;
        }
        self.min = if self.is_empty() {
            other.min
        } else {
            self.min.min(other.min)
        };
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum += other.sum;
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The smallest value, or 0 when there is none.
    pub fn min(&self) -> u64 {
        self.min
    }

    /// The largest value, or 0 when there is none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The mean of all values, or 0 when there is none.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are enough of a mean")]
    pub fn mean(&self) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        self.sum as f64 / self.count as f64
    }

    /// The smallest value that a share of all values does not exceed, or 0 when there is none. The
    /// share goes from 0 to 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rank lies between 1 and the count"
    )]
    pub fn quantile(&self, share: f64) -> u64 {
        let rank = (share.clamp(0.0, 1.0) * self.count as f64).ceil() as u64;
        // The extremes are known exactly.
        if rank <= 1 {
            return self.min;
        }
        if rank >= self.count {
            return self.max;
        }
        let mut below = 0;
        for (index, count) in self.counts.iter().enumerate() {
            below += count;
            if below >= rank {
                return middle(index).clamp(self.min, self.max);
            }
        }
        self.max
    }

    /// The share of all values that are no larger than each of some, for the plot of a distribution:
    /// pairs of value and share, both increasing, up to the maximum.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are enough of a plot")]
    pub fn cumulative(&self) -> Vec<[f64; 2]> {
        let mut points = Vec::new();
        let mut below = 0;
        for (index, count) in self.counts.iter().enumerate() {
            below += count;
            if *count > 0 {
                let value = last(index).min(self.max);
                points.push([value as f64, below as f64 / self.count as f64]);
            }
        }
        points
    }
}

/// Which counter a value has.
fn index(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(EXACT_BITS);
    let within = value >> shift;
    let index = u64::from(shift) * PER_OCTAVE + within;
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// The value in the middle of those that share a counter.
fn middle(index: usize) -> u64 {
    let (first, width) = values(index);
    first + (width - 1) / 2
}

/// The last value of those that share a counter.
fn last(index: usize) -> u64 {
    let (first, width) = values(index);
    first + (width - 1)
}

/// The first of the values that share a counter, and how many they are.
fn values(index: usize) -> (u64, u64) {
    let index = index as u64;
    let shift = (index / PER_OCTAVE).saturating_sub(1);
    let within = index - shift * PER_OCTAVE;
    (within << shift, 1 << shift)
}

/// Values of so many bits have a counter each.
const EXACT_BITS: u32 = 7;
/// Counters of each further power of two.
const PER_OCTAVE: u64 = 64;
/// Counters of all values of 64 bits.
const COUNTERS: usize = 58 * 64 + 64;

/// A histogram as it is written: counters that are not zero, by their number.
#[derive(Serialize, Deserialize)]
struct Stored {
    sum: u128,
    min: u64,
    max: u64,
    counts: Vec<(usize, u64)>,
}

impl From<Histogram> for Stored {
    fn from(histogram: Histogram) -> Self {
        let counts = histogram.counts.into_iter().enumerate();
        Self {
            sum: histogram.sum,
            min: histogram.min,
            max: histogram.max,
            counts: counts.filter(|(_, count)| *count > 0).collect(),
        }
    }
}

/// Why something is not a histogram.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadHistogram {
    /// There is no counter of that number.
    #[error("a histogram has no counter {0}")]
    Counter(usize),
    /// The counts together exceed 64 bits.
    #[error("a histogram counts more than 64 bits can hold")]
    Count,
    /// The minimum is above the maximum.
    #[error("the minimum {0} is above the maximum {1}")]
    Extremes(u64, u64),
}

impl TryFrom<Stored> for Histogram {
    type Error = BadHistogram;

    fn try_from(stored: Stored) -> Result<Self, BadHistogram> {
        if stored.min > stored.max {
            return Err(BadHistogram::Extremes(stored.min, stored.max));
        }
        let mut histogram = Self {
            sum: stored.sum,
            min: stored.min,
            max: stored.max,
            ..Self::default()
        };
        for (index, count) in stored.counts {
            if index >= COUNTERS {
                return Err(BadHistogram::Counter(index));
            }
            if histogram.counts.len() <= index {
                histogram.counts.resize(index + 1, 0);
            }
            let sum = histogram.count.checked_add(count);
            histogram.count = sum.ok_or(BadHistogram::Count)?;
            if let Some(counter) = histogram.counts.get_mut(index) {
                *counter += count;
            }
        }
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::new();
        for value in values {
            histogram.record(*value);
        }
        histogram
    }

    /// Values of all magnitudes.
    fn any_values() -> impl Strategy<Value = Vec<u64>> {
        let value = (any::<u64>(), 0..64_u32).prop_map(|(bits, shift)| bits >> shift);
        vec(value, 1..200)
    }

    #[test]
    fn nothing_recorded_is_zero_throughout() {
        let empty = Histogram::new();

        assert!(empty.is_empty());
        assert_eq!((empty.min(), empty.max(), empty.quantile(0.5)), (0, 0, 0));
        assert_eq!(empty.mean(), 0.0);
        assert_eq!(empty.cumulative(), Vec::<[f64; 2]>::new());
    }

    #[test]
    fn small_values_are_exact() {
        let histogram = of(&[1, 2, 2, 3, 100]);

        assert_eq!(histogram.quantile(0.5), 2);
        assert_eq!(histogram.quantile(0.8), 3);
        assert_eq!(histogram.quantile(1.0), 100);
        assert_eq!(histogram.mean(), 21.6);
        let shares = [[1.0, 0.2], [2.0, 0.6], [3.0, 0.8], [100.0, 1.0]];
        assert_eq!(histogram.cumulative(), shares);
    }

    #[test]
    fn every_value_has_a_counter_that_is_not_far_from_it() {
        assert_eq!(index(u64::MAX) + 1, COUNTERS);
        let mut highest = 0;
        for shift in 1..64 {
            for value in [(1_u64 << shift) - 1, 1 << shift, (1 << shift) + 1] {
                assert!(index(value) >= highest);
                highest = index(value);
                assert!((last(highest) - value) < value / 64 + 1);
            }
        }
    }

    #[test]
    fn what_is_no_histogram_is_refused() {
        let read = |text| serde_json::from_str::<Histogram>(text).unwrap_err();
        let far = read(r#"{"sum":0,"min":0,"max":0,"counts":[[9999999,1]]}"#);
        let many = read(r#"{"sum":0,"min":0,"max":0,"counts":[[1,18446744073709551615],[2,1]]}"#);
        let turned = read(r#"{"sum":0,"min":2,"max":1,"counts":[[1,1]]}"#);

        assert!(
            turned.to_string().contains("minimum 2 is above"),
            "{turned}"
        );
        assert!(far.to_string().contains("no counter 9999999"), "{far}");
        assert!(many.to_string().contains("more than 64 bits"), "{many}");
    }

    proptest! {
        #[test]
        fn quantiles_are_within_one_per_cent(mut values in any_values(), share in 0.0..1.0_f64) {
            let histogram = of(&values);
            values.sort_unstable();
            let wanted = share * values.len() as f64;
            let mut ranked = (1_u32..).zip(&values);
            let exact = ranked.find(|(rank, _)| f64::from(*rank) >= wanted);
            let exact = *exact.unwrap().1 as f64;

            prop_assert!((histogram.quantile(share) as f64 - exact).abs() <= exact / 100.0);
            prop_assert_eq!(histogram.min(), values[0]);
            prop_assert_eq!(Some(&histogram.max()), values.last());
        }

        #[test]
        fn merging_is_recording_all(first in any_values(), second in any_values()) {
            let mut merged = of(&first);
            merged.merge(&of(&second));
            merged.merge(&Histogram::new());

            prop_assert_eq!(merged, of(&[first, second].concat()));
        }

        #[test]
        fn what_is_written_is_read(values in any_values()) {
            let histogram = of(&values);
            let text = serde_json::to_string(&histogram).unwrap();

            prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), histogram);
        }
    }
}
