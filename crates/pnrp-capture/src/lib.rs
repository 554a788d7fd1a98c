//! PNRP datagrams out of pcap and pcapng files, what they say, whether they survive encoding, and
//! which dialect they are in.
//!
//! ```text
//! file ─ container ─▶ packet ─ link ─▶ IPv6 ─ ip ─▶ Datagram ─┬ Decoder ─▶ Fields
//!                                                             ├ Checker ─▶ Finding
//!                                                             └ Calibrator ─▶ Proof, Report
//! ```
//!
//! [`Datagrams`] streams a file: Ethernet with VLAN tags, Linux cooked captures of both versions,
//! raw IP, and the loopback of BSD. What is in an AUTHORITY message is put together by
//! [`Reassembly`]; [`Decoder`], [`Checker`] and
//! [`Calibrator`] do so by themselves.
//!
//! # Guarantees
//!
//! - No file makes reading panic or loop, or take more memory than a small multiple of what the
//!   file carries, whatever its lengths announce.
//! - What stands before a damaged place, or before the place where a file is cut off, is yielded.
//! - Every packet is a datagram or is counted in [`Skipped`].
//!
//! # Example
//!
//! ```
//! use pnrp_capture::{Datagrams, Decoder};
//!
//! let file = std::fs::File::open("../../tests/vectors/hand-made.pcap")?;
//! let mut decoder = Decoder::default();
//! for datagram in Datagrams::new(file, 3540)? {
//!     let datagram = datagram?;
//!     let decoded = decoder.decode(&datagram);
//!     println!("{} {:?} {:?}", datagram.frame, decoded.kind, decoded.error);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calibrate;
mod check;
mod compare;
mod container;
mod datagrams;
mod decode;
mod describe;
mod error;
mod fields;
mod ip;
mod link;
mod reassembly;
mod source;
mod timestamp;

#[cfg(test)]
mod fixture;

pub use calibrate::{
    Answer, AuthorityProof, Calibrator, ChainProof, ClassifierProof, CpaProof, Evidence, Fit,
    Formula, HashInId, IdProof, IdSource, PayloadProof, Proof, Question, Report, SignatureProof,
    Support, TextReading, Verdict,
};
pub use check::{Checker, Finding, Subject};
pub use compare::{Comparison, Freedom, Place, compare, compare_cpa, compare_payload};
pub use datagrams::{Datagram, Datagrams, Skipped};
pub use decode::{Decoded, Decoder};
pub use error::CaptureError;
pub use fields::{Fields, Value};
pub use pnrp_wire::{MessageId, MessageType};
pub use reassembly::Reassembly;
pub use timestamp::Timestamp;
