//! What can be wrong with a capture file.

use std::io;

use thiserror::Error;

/// Why a capture cannot be read, or not further.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// There is not one byte.
    #[error("the file is empty; give a pcap or pcapng capture")]
    Empty,
    /// The first bytes are those of another format.
    #[error("the file begins with {found}, so it is neither pcap nor pcapng; {advice}")]
    UnknownFormat {
        /// The bytes, in hexadecimal.
        found: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// The file ends before its first packet could begin.
    #[error("the file ends inside its header, after {length} bytes; capture or copy it again")]
    HeaderCutOff {
        /// Bytes in the file.
        length: u64,
    },
    /// The file ends inside a packet; what came before is whole.
    #[error(
        "the file ends inside the record that begins at byte {offset}; \
         packets before it: {packets}"
    )]
    CutOff {
        /// Where the record begins that is not whole.
        offset: u64,
        /// Packets in front of it.
        packets: u64,
    },
    /// The bytes contradict their format.
    #[error("byte {offset}, after packet {packets}: {what}; the file is damaged, copy it again")]
    Damaged {
        /// Where the record begins that makes no sense.
        offset: u64,
        /// Packets in front of it.
        packets: u64,
        /// What is wrong with it.
        what: String,
    },
    /// All packets are of a kind of link whose headers are not known here.
    #[error(
        "the capture is of link type {link}; capture Ethernet, Linux cooked, raw IP \
         or BSD loopback"
    )]
    UnsupportedLink {
        /// The LINKTYPE number.
        link: u16,
    },
    /// The operating system says no.
    #[error("cannot read on at byte {offset}: {source}; check the file and its disk")]
    Read {
        /// Bytes read before.
        offset: u64,
        /// What it says.
        source: io::Error,
    },
}

impl CaptureError {
    /// Whether the capture merely ends too early, as one does whose writer was interrupted.
    pub fn is_cut_off(&self) -> bool {
        matches!(self, Self::CutOff { .. })
    }
}
