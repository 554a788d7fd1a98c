//! What the tests that span crates share: network namespaces, processes, captures, and a decoder
//! that is not ours.
//!
//! A fixture that cannot do its work panics, and says why: that fails the test that asked for it.
//! A test that lacks a tool or a right calls [`skip::skip`] and returns.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "fixtures of tests: a panic is a failed test"
)]

pub mod careless;
pub mod clock;
pub mod daemon;
pub mod dissector;
pub mod expected;
pub mod fields;
pub mod lab;
pub mod oracle;
pub mod pcap;
pub mod programs;
pub mod scenario;
pub mod skip;
pub mod split;
pub mod ssdp;
pub mod traffic;
pub mod tshark;
pub mod wire;

/// The program in the project's README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
