//! Virtual time, in steps of a quarter of a millisecond.

use std::{
    ops::{Add, Sub},
    time::{Duration, Instant},
};

use pnrp_node::cloud::Now;
use pnrp_wire::FileTime;

/// A moment of a run, counted in ticks from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub u64);

/// How long a tick takes. Whatever happens within one happens in the order it was caused.
pub const TICK: Duration = Duration::from_micros(250);

impl Time {
    /// The start of a run.
    pub const ZERO: Self = Self(0);

    /// The first tick that is no earlier than `since_start`.
    pub fn after(since_start: Duration) -> Self {
        let ticks = since_start.as_nanos().div_ceil(TICK.as_nanos());
        Self(u64::try_from(ticks).unwrap_or(u64::MAX))
    }

    /// The time since the start of the run.
    pub fn since_start(self) -> Duration {
        let micros = u64::try_from(TICK.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.0.saturating_mul(micros))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(Self::after(duration).0))
    }
}

impl Sub for Time {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Self(self.0.saturating_sub(earlier.0)).since_start()
    }
}

/// What ties virtual time to the types of the protocol core.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    instant: Instant,
    utc: FileTime,
}

impl Epoch {
    /// An epoch: any, for only differences count.
    pub fn new() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "an instant can only be had from the clock; nothing depends on which it is"
        )]
        let instant = Instant::now();
        Self {
            instant,
            utc: FileTime(134_000_000_000_000_000),
        }
    }

    /// A moment as the core wants it.
    pub fn now(&self, time: Time) -> Now {
        let passed = time.since_start();
        Now {
            instant: self.instant + passed,
            utc: self.utc.plus(passed),
        }
    }

    /// The first tick that is no earlier than a deadline of the core.
    pub fn time(&self, deadline: Instant) -> Time {
        Time::after(deadline.saturating_duration_since(self.instant))
    }
}

impl Default for Epoch {
    fn default() -> Self {
        Self::new()
    }
}
