//! Every command with daemons in processes of their own: what it prints, and how it exits.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod clouds;
mod daemon;
mod installation;
mod keys;
mod missing;
mod registering;
mod resolving;
mod snapshot;
mod standalone;
mod terminal;
