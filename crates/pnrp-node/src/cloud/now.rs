//! One reading of both clocks.

use std::time::{Duration, Instant};

use pnrp_wire::FileTime;

/// The time of an input, read once by whoever feeds the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic time, for timers.
    pub instant: Instant,
    /// UTC, for Not After. MS-PNRP §3.1.5.7.
    pub utc: FileTime,
}

/// Milliseconds since some start, in a quarter of the bytes of an `Instant`. They begin again after
/// 49 days, so they are for what is forgotten sooner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u32);

impl Moment {
    pub(crate) fn new(at: Instant, start: Instant) -> Self {
        let since = at.saturating_duration_since(start).as_millis();
        Self(u32::try_from(since & u128::from(u32::MAX)).unwrap_or_default())
    }

    /// How long ago it is.
    pub(crate) fn age(self, now: Self) -> Duration {
        Duration::from_millis(now.0.wrapping_sub(self.0).into())
    }
}
