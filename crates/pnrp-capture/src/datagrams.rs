//! The datagrams of a capture, one after the other.

use std::{collections::BTreeMap, io::Read, net::SocketAddrV6};

use crate::{
    CaptureError, Timestamp,
    container::{Container, Packet},
    ip::{self, Inside},
    link::{self, Carried},
};

/// A UDP datagram over IPv6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Which packet of the file it is, from 1.
    pub frame: u64,
    /// When it was captured; some packets do not say.
    pub time: Option<Timestamp>,
    /// Who sent it. The zone of a link-local address is not in the packet.
    pub source: SocketAddrV6,
    /// To whom.
    pub destination: SocketAddrV6,
    /// What it carries, as far as it was captured.
    pub payload: Vec<u8>,
    /// Bytes that were sent but not captured.
    pub missing: usize,
}

/// Packets that became no datagram, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// IPv4: PNRP has none.
    pub ipv4: u64,
    /// Pieces that IPv6 has split a packet into.
    pub fragments: u64,
    /// Packets whose headers contradict each other.
    pub malformed: u64,
    /// Packets of which not even the headers were captured.
    pub cut_short: u64,
    /// Packets of link types without a reader here, by LINKTYPE.
    pub links: BTreeMap<u16, u64>,
    /// UDP over IPv6, with other ports.
    pub other_ports: u64,
    /// Everything else.
    pub other: u64,
}

/// Reads the datagrams with one UDP port, on either side, from a capture.
///
/// After an error, and where the file ends, there are no more. The file is read as it is needed;
/// no more is kept than the packet at hand.
pub struct Datagrams<R> {
    container: Container<R>,
    port: u16,
    skipped: Skipped,
    has_ended: bool,
}

impl<R: Read> Datagrams<R> {
    /// Reads the header of the file.
    ///
    /// # Errors
    /// When this is no capture, or one whose link type has no reader here.
    pub fn new(reader: R, port: u16) -> Result<Self, CaptureError> {
        Ok(Self {
            container: Container::open(reader)?,
            port,
            skipped: Skipped::default(),
            has_ended: false,
        })
    }

    /// Packets read so far.
    pub fn packets(&self) -> u64 {
        self.container.packets()
    }

    /// Those of them that became no datagram.
    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    /// The datagram in a packet, or a count of why there is none.
    fn datagram(&mut self, frame: u64, packet: &Packet) -> Option<Datagram> {
        let skipped = &mut self.skipped;
        let counter = match link::carried(packet.link, &packet.data) {
            None => skipped.links.entry(packet.link).or_default(),
            Some(Carried::Ipv4) => &mut skipped.ipv4,
            Some(Carried::Other) => &mut skipped.other,
            Some(Carried::CutShort) => &mut skipped.cut_short,
            Some(Carried::Ipv6(ip)) => match ip::inside(ip) {
                Inside::Udp(udp)
                    if [udp.source.port(), udp.destination.port()].contains(&self.port) =>
                {
                    return Some(Datagram {
                        frame,
                        time: packet.time,
                        source: udp.source,
                        destination: udp.destination,
                        payload: udp.payload.to_vec(),
                        missing: udp.missing,
                    });
                }
                Inside::Udp(_) => &mut skipped.other_ports,
                Inside::Other => &mut skipped.other,
                Inside::Fragment => &mut skipped.fragments,
                Inside::Malformed => &mut skipped.malformed,
                Inside::CutShort => &mut skipped.cut_short,
            },
        };
        *counter += 1;
        None
    }
}

impl<R: Read> Iterator for Datagrams<R> {
    type Item = Result<Datagram, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            match self.container.next() {
                Ok(Some((frame, packet))) => {
                    if let Some(datagram) = self.datagram(frame, &packet) {
                        return Some(Ok(datagram));
                    }
                }
                Ok(None) => self.has_ended = true,
                Err(error) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
