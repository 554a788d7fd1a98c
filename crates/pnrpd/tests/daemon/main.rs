//! The program `pnrpd`, as a process of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod check;
mod kills;
mod limits;
mod load;
mod metrics;
mod process;
mod ready;
mod reload;
mod starting;
mod units;
