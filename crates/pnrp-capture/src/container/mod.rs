//! The two file formats: packets, whatever is in them.

mod pcap;
mod pcapng;

use std::io::Read;

use crate::{
    CaptureError, Timestamp,
    source::{Fault, Order, Source},
};

/// One packet as captured.
pub(crate) struct Packet {
    pub(crate) time: Option<Timestamp>,
    /// LINKTYPE of the interface.
    pub(crate) link: u16,
    pub(crate) data: Vec<u8>,
}

/// Most bytes of one packet, the limit of libpcap: more is a damaged length, not a packet.
const MAX_PACKET: u32 = 262_144;

/// A capture file behind its header.
pub(crate) struct Container<R> {
    source: Source<R>,
    format: Format,
    packets: u64,
    /// Where the record begins that is being read.
    record: u64,
}

enum Format {
    Pcap(pcap::Pcap),
    PcapNg(pcapng::PcapNg),
}

impl<R: Read> Container<R> {
    /// Reads the header of the file.
    pub(crate) fn open(reader: R) -> Result<Self, CaptureError> {
        let mut source = Source::new(reader);
        let format = open_format(&mut source).map_err(|problem| match &problem {
            Problem::Fault(Fault::Ended(_)) => CaptureError::HeaderCutOff {
                length: source.position(),
            },
            Problem::Fault(_) | Problem::Damaged(_) | Problem::Error(_) => {
                problem.into_error(0, 0, source.position())
            }
        })?;
        Ok(Self {
            record: source.position(),
            source,
            format,
            packets: 0,
        })
    }

    /// The next packet, with its number in the file; `None` where the file properly ends.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Packet)>, CaptureError> {
        let next = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.source, &mut self.record),
            Format::PcapNg(pcapng) => pcapng.next(&mut self.source, &mut self.record),
        };
        let position = self.source.position();
        let packet =
            next.map_err(|problem| problem.into_error(self.record, self.packets, position))?;
        Ok(packet.map(|packet| {
            self.packets += 1;
            (self.packets, packet)
        }))
    }

    /// Packets read so far.
    pub(crate) fn packets(&self) -> u64 {
        self.packets
    }
}

fn open_format<R: Read>(source: &mut Source<R>) -> Result<Format, Problem> {
    let magic = match source.array::<4>() {
        Err(Fault::Ended(0)) => return Err(Problem::Error(CaptureError::Empty)),
        magic => magic?,
    };
    if magic == pcapng::SECTION.to_be_bytes() {
        return pcapng::PcapNg::open(source).map(Format::PcapNg);
    }
    if let Some((order, digits)) = pcap::magic(magic) {
        return pcap::Pcap::open(source, order, digits).map(Format::Pcap);
    }
    let advice = match magic {
        [0x1F, 0x8B, ..] | [0x28, 0xB5, 0x2F, 0xFD] => "decompress it first",
        _ => "save the capture in one of these formats",
    };
    let found = magic.map(|byte| format!("{byte:02x}")).join(" ");
    Err(Problem::Error(CaptureError::UnknownFormat {
        found,
        advice,
    }))
}

/// What stops reading, before it is known where that happened.
enum Problem {
    Fault(Fault),
    Damaged(String),
    Error(CaptureError),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Problem {
    fn into_error(self, offset: u64, packets: u64, position: u64) -> CaptureError {
        match self {
            Self::Fault(Fault::Ended(_)) => CaptureError::CutOff { offset, packets },
            Self::Fault(Fault::Io(source)) => CaptureError::Read {
                offset: position,
                source,
            },
            Self::Damaged(what) => CaptureError::Damaged {
                offset,
                packets,
                what,
            },
            Self::Error(error) => error,
        }
    }
}

/// Reads the captured bytes of a packet.
fn packet_data<R: Read>(source: &mut Source<R>, length: u32) -> Result<Vec<u8>, Problem> {
    if length > MAX_PACKET {
        return Err(Problem::Damaged(format!("a packet of {length} bytes")));
    }
    Ok(source.bytes(length)?)
}

#[cfg(test)]
mod tests;
