//! IPv6 and UDP headers. RFC 8200, RFC 768.

use std::net::{Ipv6Addr, SocketAddrV6};

/// What an IPv6 packet carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Inside<'a> {
    Udp(Udp<'a>),
    Other,
    /// A piece of a packet that IPv6 has split.
    Fragment,
    /// The headers contradict each other.
    Malformed,
    /// The packet ends in a header.
    CutShort,
}

/// One datagram.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Udp<'a> {
    pub(crate) source: SocketAddrV6,
    pub(crate) destination: SocketAddrV6,
    pub(crate) payload: &'a [u8],
    /// Bytes of the payload that were sent but not captured.
    pub(crate) missing: usize,
}

const HOP_BY_HOP: u8 = 0;
const UDP: u8 = 17;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;
const IP_HEADER_LEN: usize = 40;
const UDP_HEADER_LEN: usize = 8;

/// Looks into a packet. Checksums are not verified: senders often leave them to the hardware.
pub(crate) fn inside(packet: &[u8]) -> Inside<'_> {
    read(packet).unwrap_or(Inside::CutShort)
}

/// `None` when the packet ends too early.
fn read(packet: &[u8]) -> Option<Inside<'_>> {
    let (header, rest) = packet.split_first_chunk::<IP_HEADER_LEN>()?;
    if header.first()? >> 4 != 6 {
        return Some(Inside::Malformed);
    }
    let announced = usize::from(short(header, 4)?);
    let source = address(header, 8)?;
    let destination = address(header, 24)?;
    // Ethernet pads short frames.
    let rest = rest.get(..announced).unwrap_or(rest);
    let mut next = *header.get(6)?;
    let mut used = 0;
    // Every header is at least eight bytes long, so this ends.
    loop {
        let tail = rest.get(used..)?;
        match next {
            UDP => return udp(tail, announced.checked_sub(used), source, destination),
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS => {
                next = *tail.first()?;
                used += 8 + 8 * usize::from(*tail.get(1)?);
            }
            FRAGMENT => {
                // Bits 1 and 2 of the offset are reserved; a packet in one piece is no piece.
                if short(tail, 2)? & 0xFFF9 != 0 {
                    return Some(Inside::Fragment);
                }
                next = *tail.first()?;
                used += 8;
            }
            _ => return Some(Inside::Other),
        }
    }
}

/// `announced` is what is left of the length in the IPv6 header.
fn udp(
    segment: &[u8],
    announced: Option<usize>,
    source: Ipv6Addr,
    destination: Ipv6Addr,
) -> Option<Inside<'_>> {
    let (header, rest) = segment.split_first_chunk::<UDP_HEADER_LEN>()?;
    let length = usize::from(short(header, 4)?);
    if announced.is_none_or(|announced| length > announced) {
        return Some(Inside::Malformed);
    }
    let Some(length) = length.checked_sub(UDP_HEADER_LEN) else {
        return Some(Inside::Malformed);
    };
    let payload = rest.get(..length).unwrap_or(rest);
    Some(Inside::Udp(Udp {
        source: SocketAddrV6::new(source, short(header, 0)?, 0, 0),
        destination: SocketAddrV6::new(destination, short(header, 2)?, 0, 0),
        payload,
        missing: length - payload.len(),
    }))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes: &[u8; 2] = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes))
}

fn address(bytes: &[u8], at: usize) -> Option<Ipv6Addr> {
    let bytes: &[u8; 16] = bytes.get(at..)?.first_chunk()?;
    Some(Ipv6Addr::from(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{ipv6, udp as segment};

    #[test]
    fn a_datagram_has_its_endpoints_and_payload() {
        let packet = ipv6(UDP, &segment(3540, 3541, b"hello"));

        let Inside::Udp(udp) = inside(&packet) else {
            panic!("no datagram");
        };

        assert_eq!(udp.source.to_string(), "[fe80::1]:3540");
        assert_eq!(udp.destination.to_string(), "[fe80::2]:3541");
        assert_eq!((udp.payload, udp.missing), (&b"hello"[..], 0));
    }

    #[test]
    fn padding_of_the_frame_is_no_payload() {
        let packet = [&ipv6(UDP, &segment(1, 2, b"hi"))[..], &[0; 12]].concat();

        assert_eq!(payload(&packet), Some((b"hi".to_vec(), 0)));
    }

    #[test]
    fn extension_headers_are_passed_over() {
        let udp = segment(1, 2, b"hi");
        let chain = [
            &[ROUTING, 1][..],
            &[0; 14],
            &[DESTINATION_OPTIONS, 0],
            &[0; 6],
            &[FRAGMENT, 0],
            &[0; 6],
            &[UDP, 0, 0, 0, 1, 2, 3, 4],
            &udp,
        ]
        .concat();

        assert_eq!(
            payload(&ipv6(HOP_BY_HOP, &chain)),
            Some((b"hi".to_vec(), 0))
        );
    }

    #[test]
    fn pieces_of_a_packet_are_told_apart() {
        for (offset, more) in [(0, 1), (8, 0), (8, 1)] {
            let piece = [&[UDP, 0, 0, offset | more, 0, 0, 0, 1][..], &[0; 16]].concat();

            assert_eq!(inside(&ipv6(FRAGMENT, &piece)), Inside::Fragment);
        }
    }

    #[test]
    fn contradictions_are_no_datagrams() {
        let mut long = ipv6(UDP, &segment(1, 2, b"hi"));
        long[45] = 11;
        let mut short = ipv6(UDP, &segment(1, 2, b"hi"));
        short[45] = 7;
        let mut other_version = ipv6(UDP, &segment(1, 2, b"hi"));
        other_version[0] = 0x50;

        for packet in [long, short, other_version] {
            assert_eq!(inside(&packet), Inside::Malformed);
        }
        assert_eq!(inside(&ipv6(6, &[0; 20])), Inside::Other);
    }

    #[test]
    fn a_packet_may_end_anywhere() {
        let packet = ipv6(
            HOP_BY_HOP,
            &[&[UDP, 0][..], &[0; 6], &segment(1, 2, b"hello")].concat(),
        );

        for length in 0..packet.len() {
            let cut = &packet[..length];
            match length {
                0..56 => assert_eq!(inside(cut), Inside::CutShort, "{length}"),
                _ => {
                    let (payload, missing) = payload(cut).unwrap();
                    assert_eq!(
                        (payload.len(), missing),
                        (length - 56, packet.len() - length)
                    );
                }
            }
        }
    }

    fn payload(packet: &[u8]) -> Option<(Vec<u8>, usize)> {
        match inside(packet) {
            Inside::Udp(udp) => Some((udp.payload.to_vec(), udp.missing)),
            Inside::Other | Inside::Fragment | Inside::Malformed | Inside::CutShort => None,
        }
    }
}
