//! Clouds on real networks: daemons that are told nothing find each other, and go on when links
//! part, lose datagrams and change their addresses, and when daemons are killed.
//!
//! Each daemon runs on a host of its own. Most commands go over its socket from this process, for
//! starting a thousand of `pnrp` takes longer than what they do; some are run as a user would.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "fixtures of a test: a panic is its failure, and figures are printed"
)]

mod a_changing_network;
mod a_killed_daemon;
mod another_ssdp_program;
mod crowd;
mod fifty_hosts;
mod host;
mod ssdp_traffic;
mod two_links;
