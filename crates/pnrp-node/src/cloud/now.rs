//! One reading of both clocks.

use std::time::Instant;

use pnrp_wire::FileTime;

/// The time of an input, read once by whoever feeds the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic time, for timers.
    pub instant: Instant,
    /// UTC, for Not After. MS-PNRP §3.1.5.7.
    pub utc: FileTime,
}
