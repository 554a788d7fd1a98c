//! Classic pcap files of UDP datagrams over IPv6 and Ethernet.

use std::{
    fs,
    net::{Ipv6Addr, SocketAddrV6},
    path::Path,
};

/// One UDP datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it.
    pub source: SocketAddrV6,
    /// Who is to have it.
    pub destination: SocketAddrV6,
    /// How many routers it may still pass.
    pub hop_limit: u8,
    /// What UDP carries.
    pub payload: Vec<u8>,
}

impl Datagram {
    /// A datagram between two link-local addresses on PNRP's port, for files made by hand.
    pub fn between(source: u16, destination: u16, payload: Vec<u8>) -> Self {
        let at = |number| {
            let address = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number);
            SocketAddrV6::new(address, PNRP_PORT, 0, 0)
        };
        Self {
            source: at(source),
            destination: at(destination),
            hop_limit: 64,
            payload,
        }
    }

    /// Whether it comes from or goes to a port.
    pub fn has_port(&self, port: u16) -> bool {
        self.source.port() == port || self.destination.port() == port
    }
}

/// Where tshark expects PNRP.
pub const PNRP_PORT: u16 = 3540;

/// Reads the datagrams of a capture that come from or go to a port; other frames are left out.
///
/// # Panics
/// When the file is not a classic pcap file of Ethernet frames.
pub fn read(path: &Path, port: u16) -> Vec<Datagram> {
    let mut datagrams = read_all(path);
    datagrams.retain(|datagram| datagram.has_port(port));
    datagrams
}

/// Reads the datagrams of a capture; other frames are left out.
///
/// # Panics
/// When the file is not a classic pcap file of Ethernet frames.
pub fn read_all(path: &Path) -> Vec<Datagram> {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (header, mut records) = bytes.split_at_checked(24).expect("a pcap header");
    let is_little = match header[..4] {
        [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => true,
        [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => false,
        _ => panic!("{} is not a classic pcap file", path.display()),
    };
    let number = |bytes: &[u8]| {
        let bytes = bytes.try_into().expect("four bytes");
        if is_little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        }
    };
    assert_eq!(
        number(&header[20..24]),
        ETHERNET,
        "not a capture of Ethernet"
    );
    let mut datagrams = Vec::new();
    while let Some((record, rest)) = records.split_at_checked(16) {
        let length = usize::try_from(number(&record[8..12])).expect("a length");
        let (frame, rest) = rest.split_at_checked(length).expect("a whole frame");
        datagrams.extend(udp(frame));
        records = rest;
    }
    datagrams
}

/// The datagram in a frame, if it is one of UDP over IPv6 without extension headers.
fn udp(frame: &[u8]) -> Option<Datagram> {
    let ip = frame.get(14..)?;
    let segment = ip.get(40..)?;
    if frame[12..14] != [0x86, 0xdd] || ip[6] != UDP {
        return None;
    }
    let address = |at: usize| {
        <[u8; 16]>::try_from(&ip[at..at + 16])
            .ok()
            .map(Ipv6Addr::from)
    };
    let short = |at: usize| {
        Some(u16::from_be_bytes([
            *segment.get(at)?,
            *segment.get(at + 1)?,
        ]))
    };
    let length = usize::from(short(4)?);
    Some(Datagram {
        source: SocketAddrV6::new(address(8)?, short(0)?, 0, 0),
        destination: SocketAddrV6::new(address(24)?, short(2)?, 0, 0),
        hop_limit: ip[7],
        payload: segment.get(8..length)?.to_vec(),
    })
}

/// Writes datagrams to a capture file, a second apart.
pub fn write(path: &Path, datagrams: &[Datagram]) {
    let mut out = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    for short in [2_u16, 4] {
        out.extend(short.to_le_bytes());
    }
    for long in [0, 0, 65_535, ETHERNET] {
        out.extend(long.to_le_bytes());
    }
    for (seconds, datagram) in (1_760_000_000_u32..).zip(datagrams) {
        let frame = frame(datagram);
        let length = u32::try_from(frame.len()).expect("a short frame");
        for long in [seconds, 0, length, length] {
            out.extend(long.to_le_bytes());
        }
        out.extend(frame);
    }
    fs::write(path, out).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn frame(datagram: &Datagram) -> Vec<u8> {
    let length = u16::try_from(8 + datagram.payload.len()).expect("a short datagram");
    let addresses = [
        datagram.source.ip().octets(),
        datagram.destination.ip().octets(),
    ]
    .concat();
    let mut segment = Vec::new();
    for short in [
        datagram.source.port(),
        datagram.destination.port(),
        length,
        0,
    ] {
        segment.extend(short.to_be_bytes());
    }
    segment.extend(&datagram.payload);
    let sum = checksum(&addresses, length, &segment);
    segment[6..8].copy_from_slice(&sum.to_be_bytes());

    // Two made-up stations.
    let mut frame = vec![
        2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0,
    ];
    frame.extend(length.to_be_bytes());
    frame.extend([UDP, datagram.hop_limit]);
    frame.extend(addresses);
    frame.extend(segment);
    frame
}

/// The checksum over pseudo-header and segment. RFC 8200 §8.1.
fn checksum(addresses: &[u8], length: u16, segment: &[u8]) -> u16 {
    let [high, low] = length.to_be_bytes();
    let pseudo = [addresses, &[0, 0, high, low, 0, 0, 0, UDP], segment].concat();
    let mut sum: u32 = pseudo
        .chunks(2)
        .map(|pair| {
            u32::from(u16::from_be_bytes([
                pair[0],
                pair.get(1).copied().unwrap_or(0),
            ]))
        })
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    match !u16::try_from(sum).expect("folded") {
        0 => 0xffff,
        sum => sum,
    }
}

const ETHERNET: u32 = 1;
const UDP: u8 = 17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.pcap");
        let datagrams = [
            Datagram::between(1, 2, vec![1, 2, 3]),
            Datagram::between(2, 1, Vec::new()),
        ];

        write(&path, &datagrams);

        assert_eq!(read(&path, PNRP_PORT), datagrams);
        assert_eq!(read(&path, 53), []);
    }

    /// From the vectors, whose writer is another program.
    #[test]
    fn the_checksum_is_that_of_another_writer() {
        let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/hand-made.pcap");
        let bytes = fs::read(&vectors).unwrap();
        let first = &read(&vectors, PNRP_PORT)[0];

        let frame = frame(first);

        assert_eq!(frame[..], bytes[40..40 + frame.len()]);
    }
}
