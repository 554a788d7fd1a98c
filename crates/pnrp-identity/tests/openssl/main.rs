//! Another implementation agrees: what we write, openssl reads, and the other way.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

mod certificates;
mod export;
mod keys;
mod program;
mod statements;
mod store;
