//! Waiting for other processes: a look every few milliseconds, until a deadline.

use std::{
    thread,
    time::{Duration, Instant},
};

/// The time. Other processes live in it, so their tests do too.
#[expect(
    clippy::disallowed_methods,
    reason = "other processes cannot be given a time"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// Looks until there is a value.
///
/// # Panics
/// When there is none `within` the time: with what was waited for and why the last look failed.
pub fn wait_for<T>(what: &str, within: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let started = now();
    loop {
        match look() {
            Ok(value) => return value,
            Err(why) if started.elapsed() >= within => {
                panic!("no {what} within {within:?}: {why}");
            }
            Err(_) => thread::sleep(BETWEEN_LOOKS),
        }
    }
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
