//! Nobody gets more out of a node than it was sent, at an address that is not his. MS-PNRP §5.1;
//! docs/decisions/0015-reflection.md
//!
//! Real clouds of global scope on a virtual wire, and datagrams with forged sources.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "fixtures of a test: a panic is its failure, and its figures are for people"
)]

mod factors;
mod flood;
mod proofs;
mod published;
mod wire;
