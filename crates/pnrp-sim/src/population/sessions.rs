//! How long nodes stay.

use std::time::Duration;

use crate::random::fraction;

/// Session lengths with a Weibull distribution of shape 0.5.
///
/// Measurements of file sharing networks fit this shape: many sessions are short, a few are very
/// long, and who has stayed long is likely to stay. The mean is 4.16 times the median, one session in
/// a hundred is shorter than the median by a factor of 4,757, and one in a hundred longer by a factor
/// of 44.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sessions {
    /// Seconds: the scale of the distribution, of which the mean is twice as much.
    scale: f64,
}

impl Sessions {
    /// Sessions of which half are shorter than `median`.
    pub fn with_median(median: Duration) -> Self {
        let halves = std::f64::consts::LN_2;
        Self {
            scale: median.as_secs_f64() / (halves * halves),
        }
    }

    /// The median of all lengths.
    pub fn median(&self) -> Duration {
        let halves = std::f64::consts::LN_2;
        Duration::from_secs_f64(self.scale * halves * halves)
    }

    /// The mean of all lengths.
    pub fn mean(&self) -> Duration {
        Duration::from_secs_f64(2.0 * self.scale)
    }

    /// The length of a session that starts, by 64 bits of chance.
    pub fn length(&self, chance: u64) -> Duration {
        let root = exponential(chance);
        Duration::from_secs_f64(self.scale * root * root)
    }

    /// How much longer a node stays that is found up at some moment, by two times 64 bits of chance.
    ///
    /// A population in which nodes come as fast as they go starts with such nodes: long sessions are
    /// found up more often than short ones. The rest of a session is the square of the sum of two
    /// exponential variates where a whole session is the square of one; its mean is three times the
    /// mean of [`Sessions::length`].
    pub fn rest(&self, chance: [u64; 2]) -> Duration {
        let root: f64 = chance.into_iter().map(exponential).sum();
        Duration::from_secs_f64(self.scale * root * root)
    }
}

/// An exponential variate with mean 1.
fn exponential(chance: u64) -> f64 {
    -(1.0 - fraction(chance)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::mix;

    const MEDIAN: Duration = Duration::from_secs(900);

    fn sorted(draw: impl Fn(u64) -> Duration) -> Vec<f64> {
        let mut lengths: Vec<_> = (0..200_000).map(|n| draw(n).as_secs_f64()).collect();
        lengths.sort_by(f64::total_cmp);
        lengths
    }

    fn mean(lengths: &[f64]) -> f64 {
        lengths.iter().sum::<f64>() / lengths.len() as f64
    }

    fn is_near(value: f64, wanted: f64) -> bool {
        (value / wanted - 1.0).abs() < 0.03
    }

    #[test]
    fn half_of_the_sessions_are_shorter_than_the_median() {
        let sessions = Sessions::with_median(MEDIAN);
        let lengths = sorted(|n| sessions.length(mix(n)));

        assert!(is_near(lengths[lengths.len() / 2], 900.0));
        assert_eq!(sessions.median(), MEDIAN);
    }

    #[test]
    fn the_mean_is_four_times_the_median() {
        let sessions = Sessions::with_median(MEDIAN);
        let lengths = sorted(|n| sessions.length(mix(n)));

        assert!(is_near(sessions.mean().as_secs_f64(), 4.163 * 900.0));
        assert!(is_near(mean(&lengths), 4.163 * 900.0), "{}", mean(&lengths));
    }

    #[test]
    fn the_ends_are_as_far_out_as_the_shape_says() {
        let sessions = Sessions::with_median(MEDIAN);
        let lengths = sorted(|n| sessions.length(mix(n)));

        assert!((0.17..0.21).contains(&lengths[2_000]), "{}", lengths[2_000]);
        let longer = lengths[198_000] / 900.0;
        assert!(is_near(longer, 44.14), "{longer}");
    }

    #[test]
    fn all_chance_gives_a_length() {
        let sessions = Sessions::with_median(MEDIAN);

        assert_eq!(sessions.length(0), Duration::ZERO);
        // 53 bits of chance end at 36.7 natural units.
        assert!(sessions.length(u64::MAX) < sessions.mean() * 1_000);
    }

    /// The rest of a session is its length less a uniform share, where a session is found with a
    /// probability in proportion to its length.
    #[test]
    fn the_rest_of_a_session_is_what_a_visitor_at_some_moment_finds() {
        let sessions = Sessions::with_median(MEDIAN);
        let rests = sorted(|n| sessions.rest([mix(2 * n), mix(2 * n + 1)]));
        let mut found = Vec::new();
        let (mut at, mut visit) = (0.0, 0.0);
        for n in 0..2_000_000 {
            at += sessions.length(mix(n)).as_secs_f64();
            while visit < at {
                found.push(at - visit);
                visit += 20_000.0;
            }
        }
        found.sort_by(f64::total_cmp);

        assert!(is_near(mean(&rests), 3.0 * sessions.mean().as_secs_f64()));
        let middle = |list: &[f64]| list[list.len() / 2];
        assert!(is_near(middle(&rests), middle(&found)));
    }
}
