//! Packets and files made by hand.

use std::net::Ipv6Addr;

/// A UDP segment, its checksum left out.
pub(crate) fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let numbers = [source, destination, length, 0];
    let mut segment: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    segment.extend(payload);
    segment
}

/// An IPv6 packet from fe80::1 to fe80::2.
pub(crate) fn ipv6(next_header: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let address = |last| Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, last).octets();
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([next_header, 64]);
    packet.extend(address(1));
    packet.extend(address(2));
    packet.extend(payload);
    packet
}

/// A datagram from port 3540 to port 3540, as raw IP.
pub(crate) fn pnrp(payload: &[u8]) -> Vec<u8> {
    ipv6(17, &udp(3540, 3540, payload))
}

/// Writes numbers in the byte order of a file.
#[derive(Clone, Copy)]
pub(crate) struct Writer {
    pub(crate) is_little: bool,
}

impl Writer {
    pub(crate) fn short(self, value: u16) -> Vec<u8> {
        match self.is_little {
            true => value.to_le_bytes().to_vec(),
            false => value.to_be_bytes().to_vec(),
        }
    }

    pub(crate) fn long(self, value: u32) -> Vec<u8> {
        match self.is_little {
            true => value.to_le_bytes().to_vec(),
            false => value.to_be_bytes().to_vec(),
        }
    }

    /// A classic file of packets, one second apart.
    pub(crate) fn pcap(self, magic: u32, link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
        let mut file = self.long(magic);
        file.extend([self.short(2), self.short(4)].concat());
        for number in [0, 0, 65_535, link] {
            file.extend(self.long(number));
        }
        for (seconds, packet) in (1_760_000_000..).zip(packets) {
            let length = u32::try_from(packet.len()).unwrap();
            for number in [seconds, 250, length, length] {
                file.extend(self.long(number));
            }
            file.extend(packet);
        }
        file
    }

    /// A pcapng block.
    pub(crate) fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let total = self.long(u32::try_from(12 + body.len() + padding.len()).unwrap());
        [&self.long(kind), &total, body, &padding, &total].concat()
    }

    pub(crate) fn section(self) -> Vec<u8> {
        let comment = [self.short(1), self.short(2), b"hi\0\0".to_vec()].concat();
        let body = [
            self.long(0x1A2B_3C4D),
            self.short(1),
            self.short(0),
            vec![0xFF; 8],
            comment,
        ];
        self.block(0x0A0D_0D0A, &body.concat())
    }

    pub(crate) fn interface(self, link: u16, options: &[u8]) -> Vec<u8> {
        let head = [self.short(link), self.short(0), self.long(65_535)].concat();
        self.block(1, &[&head, options].concat())
    }

    pub(crate) fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
        let length = self.short(u16::try_from(value.len()).unwrap());
        [&self.short(code), &length, value, &padding].concat()
    }

    pub(crate) fn enhanced_packet(self, interface: u32, time: u64, data: &[u8]) -> Vec<u8> {
        let [high, low] = [time >> 32, time & 0xFFFF_FFFF].map(|half| u32::try_from(half).unwrap());
        let length = u32::try_from(data.len()).unwrap();
        let numbers = [interface, high, low, length, length];
        let head: Vec<u8> = numbers.iter().flat_map(|&n| self.long(n)).collect();
        let padding = vec![0; data.len().next_multiple_of(4) - data.len()];
        let comment = self.option(1, b"seen");
        self.block(6, &[&head, data, &padding, &comment].concat())
    }
}
