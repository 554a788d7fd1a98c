//! A daemon in this process, on loopback, and clients on its socket.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod clouds;
mod daemon;
mod identities;
mod nodes;
mod registrations;
mod tables;
mod watches;
