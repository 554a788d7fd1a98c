//! A value over time.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// What a value was, from time to time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Seconds since the start of the run, and the value then.
    points: Vec<[f64; 2]>,
}

impl Series {
    /// A series without points.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the value is at a time that is no earlier than that of the last point.
    pub fn push(&mut self, at: Time, value: f64) {
        self.points.push([at.since_start().as_secs_f64(), value]);
    }

    /// Seconds since the start of the run, and the value then.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// The last value.
    pub fn last(&self) -> Option<f64> {
        self.points.last().map(|[_, value]| *value)
    }

    /// The value at the last point that is no later than a time.
    pub fn at(&self, time: Time) -> Option<f64> {
        let seconds = time.since_start().as_secs_f64();
        let until = self.points.partition_point(|[at, _]| *at <= seconds);
        let [_, value] = self.points.get(until.checked_sub(1)?)?;
        Some(*value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn time(seconds: u64) -> Time {
        Time::after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_value_holds_until_the_next_point() {
        let mut series = Series::new();
        series.push(time(10), 1.0);
        series.push(time(20), 2.0);

        assert_eq!(series.at(time(9)), None);
        assert_eq!(series.at(time(10)), Some(1.0));
        assert_eq!(series.at(time(19)), Some(1.0));
        assert_eq!(series.at(time(99)), Some(2.0));
        assert_eq!(series.last(), Some(2.0));
        assert_eq!(series.points(), [[10.0, 1.0], [20.0, 2.0]]);
    }
}
