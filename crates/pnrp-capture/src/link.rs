//! Link layers: what stands in front of IP.

/// What a frame carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Carried<'a> {
    Ipv6(&'a [u8]),
    Ipv4,
    Other,
    /// The frame ends in a header.
    CutShort,
}

/// LINKTYPE numbers, as both file formats use them.
mod linktype {
    pub(super) const NULL: u16 = 0;
    pub(super) const ETHERNET: u16 = 1;
    pub(super) const RAW_OF_BSD: u16 = 12;
    pub(super) const RAW_OF_OPENBSD: u16 = 14;
    pub(super) const RAW: u16 = 101;
    pub(super) const LOOP: u16 = 108;
    pub(super) const LINUX_SLL: u16 = 113;
    pub(super) const IPV4: u16 = 228;
    pub(super) const IPV6: u16 = 229;
    pub(super) const LINUX_SLL2: u16 = 276;
}

/// Whether frames of this LINKTYPE can be looked into.
pub(crate) fn is_known(link: u16) -> bool {
    carried(link, &[]).is_some()
}

/// What a frame carries; `None` for a link type without a reader here.
pub(crate) fn carried(link: u16, frame: &[u8]) -> Option<Carried<'_>> {
    use linktype as L;
    Some(match link {
        L::ETHERNET => by_ethertype(frame, 12, 14),
        L::LINUX_SLL => by_ethertype(frame, 14, 16),
        L::LINUX_SLL2 => by_ethertype(frame, 0, 20),
        L::RAW | L::RAW_OF_BSD | L::RAW_OF_OPENBSD => by_version(frame),
        L::IPV6 => Carried::Ipv6(frame),
        L::IPV4 => Carried::Ipv4,
        L::NULL | L::LOOP => by_family(frame),
        _ => return None,
    })
}

/// A header with its EtherType at `at`, then VLAN tags, then the packet.
fn by_ethertype(frame: &[u8], at: usize, header: usize) -> Carried<'_> {
    const VLAN_TAGS: [u16; 3] = [0x8100, 0x88A8, 0x9100];
    const IPV4: u16 = 0x0800;
    const IPV6: u16 = 0x86DD;
    let short = |bytes: &[u8], at| {
        let bytes: Option<&[u8; 2]> = bytes.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map(|bytes| u16::from_be_bytes(*bytes))
    };
    let (Some(mut kind), Some(mut packet)) = (short(frame, at), frame.get(header..)) else {
        return Carried::CutShort;
    };
    while VLAN_TAGS.contains(&kind) {
        let (Some(next), Some(rest)) = (short(packet, 2), packet.get(4..)) else {
            return Carried::CutShort;
        };
        (kind, packet) = (next, rest);
    }
    match kind {
        IPV6 => Carried::Ipv6(packet),
        IPV4 => Carried::Ipv4,
        _ => Carried::Other,
    }
}

/// No header: the packet says what it is.
fn by_version(packet: &[u8]) -> Carried<'_> {
    match packet.first().map(|first| first >> 4) {
        Some(6) => Carried::Ipv6(packet),
        Some(4) => Carried::Ipv4,
        Some(_) => Carried::Other,
        None => Carried::CutShort,
    }
}

/// An address family of the capturing system, in its byte order or the network's.
fn by_family(frame: &[u8]) -> Carried<'_> {
    /// AF_INET6 of Linux, of NetBSD and OpenBSD, of FreeBSD, of macOS.
    const INET6: [u32; 4] = [10, 24, 28, 30];
    const INET: u32 = 2;
    let Some((family, packet)) = frame.split_first_chunk() else {
        return Carried::CutShort;
    };
    let readings = [u32::from_le_bytes(*family), u32::from_be_bytes(*family)];
    if readings.iter().any(|family| INET6.contains(family)) {
        Carried::Ipv6(packet)
    } else if readings.contains(&INET) {
        Carried::Ipv4
    } else {
        Carried::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_layer_shows_its_packet() {
        let packet = [0x60, 1, 2, 3];
        let cases: [(u16, Vec<u8>); 12] = [
            (1, [&[0; 12][..], &[0x86, 0xDD]].concat()),
            (1, [&[0; 12][..], &[0x81, 0, 0, 7, 0x86, 0xDD]].concat()),
            (
                1,
                [&[0; 12][..], &[0x88, 0xA8, 0, 7, 0x81, 0, 0, 8, 0x86, 0xDD]].concat(),
            ),
            (113, [&[0; 14][..], &[0x86, 0xDD]].concat()),
            (113, [&[0; 14][..], &[0x81, 0, 0, 7, 0x86, 0xDD]].concat()),
            (276, [&[0x86, 0xDD][..], &[0; 18]].concat()),
            (12, vec![]),
            (14, vec![]),
            (101, vec![]),
            (229, vec![]),
            (0, vec![30, 0, 0, 0]),
            (108, vec![0, 0, 0, 24]),
        ];
        for (link, header) in cases {
            let frame = [&header[..], &packet].concat();

            let found = carried(link, &frame);

            assert_eq!(found, Some(Carried::Ipv6(&packet)), "{link} {header:02x?}");
        }
    }

    #[test]
    fn what_is_not_ipv6_is_told_apart() {
        let ethernet = |kind: [u8; 2]| [&[0; 12][..], &kind].concat();

        assert_eq!(carried(1, &ethernet([8, 0])), Some(Carried::Ipv4));
        assert_eq!(carried(1, &ethernet([8, 6])), Some(Carried::Other));
        assert_eq!(carried(101, &[0x45]), Some(Carried::Ipv4));
        assert_eq!(carried(101, &[0x00]), Some(Carried::Other));
        assert_eq!(carried(0, &[2, 0, 0, 0]), Some(Carried::Ipv4));
        assert_eq!(carried(0, &[0, 0, 0, 7]), Some(Carried::Other));
        assert_eq!(carried(228, &[]), Some(Carried::Ipv4));
        assert_eq!(carried(127, &[0; 64]), None);
    }

    #[test]
    fn a_frame_may_end_anywhere() {
        for link in [0, 1, 101, 108, 113, 276] {
            let whole = [0x81, 0, 0, 0].repeat(8);
            for length in 0..whole.len() {
                assert!(carried(link, &whole[..length]).is_some(), "{link} {length}");
            }
        }
        assert_eq!(carried(1, &[0; 13]), Some(Carried::CutShort));
        assert_eq!(carried(0, &[0; 3]), Some(Carried::CutShort));
    }
}
