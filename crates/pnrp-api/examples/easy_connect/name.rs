//! The name under which a password is found in an hour: \[MS-RAIOP\] §3.1.5.3.

use std::time::{SystemTime, UNIX_EPOCH};

use sha1::{Digest as _, Sha1};

/// The unsecured name: 100,000 rounds of SHA-1 over the password, the hour and the last result.
pub(crate) fn peer_name(password: &str, hour: u64) -> String {
    let base: Vec<u8> = format!("{password}{hour}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut last = [0; 20];
    for _ in 0..ROUNDS {
        last = Sha1::new()
            .chain_update(&base)
            .chain_update(last)
            .finalize()
            .into();
    }
    let half = last.iter().take(16);
    let classifier: String = half.map(|byte| format!("{byte:02X}")).collect();
    format!("0.{classifier}")
}

/// Hours since the beginning of 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the hour is part of the protocol"
)]
pub(crate) fn hour() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() / 3_600)
}

const ROUNDS: usize = 100_000;
