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
