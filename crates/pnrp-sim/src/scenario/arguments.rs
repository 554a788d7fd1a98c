//! How parameters of scenarios are read from a command line.

use std::time::Duration;

/// A number of seconds.
///
/// # Errors
/// When it is none.
pub fn seconds(text: &str) -> anyhow::Result<Duration> {
    Ok(Duration::from_secs(text.parse()?))
}

/// A share, from 0 to 100 per cent.
///
/// # Errors
/// When it is none.
pub fn per_cent(text: &str) -> anyhow::Result<f64> {
    let share: f64 = text.parse()?;
    anyhow::ensure!(
        (0.0..=100.0).contains(&share),
        "a share is from 0 to 100 per cent"
    );
    Ok(share)
}
