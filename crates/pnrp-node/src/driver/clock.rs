//! The only place that reads clocks, and the system's source of randomness.

use std::{
    io,
    time::{Instant, SystemTime},
};

use pnrp_wire::FileTime;
use rand::{TryRng, rngs::SysRng};

use crate::cloud::Now;

/// Reads both clocks.
#[expect(clippy::disallowed_methods, reason = "the driver is where time enters")]
pub(super) fn now() -> Now {
    Now {
        instant: Instant::now(),
        utc: FileTime::from_system_time(SystemTime::now()),
    }
}

/// A seed for a cloud's generator.
pub(super) fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
    Ok(seed)
}

/// A number from 0 to 1, to keep hosts from doing the same at the same time; the middle where the
/// system has no randomness to give.
pub(super) fn chance() -> f64 {
    let bits = SysRng.try_next_u32().unwrap_or(u32::MAX / 2);
    f64::from(bits) / f64::from(u32::MAX)
}
