//! pcap, the classic format.
//!
//! ```text
//! file:   magic (4) | major 2 (2) | minor (2) | zone (4) | accuracy (4) | snap length (4) | link (4)
//! packet: seconds (4) | fraction (4) | captured length (4) | original length (4) | bytes
//! ```

use std::io::Read;

use super::{Order, Packet, Problem, packet_data};
use crate::{
    CaptureError, Timestamp, link,
    source::{Fault, Source},
};

const VERSION: u16 = 2;

pub(super) struct Pcap {
    order: Order,
    /// Decimal digits of the fraction of a second.
    digits: u32,
    link: u16,
}

/// Byte order and digits of the fraction of a second, if this is the format.
pub(super) fn magic(bytes: [u8; 4]) -> Option<(Order, u32)> {
    match bytes {
        [0xA1, 0xB2, 0xC3, 0xD4] => Some((Order::Big, 6)),
        [0xD4, 0xC3, 0xB2, 0xA1] => Some((Order::Little, 6)),
        [0xA1, 0xB2, 0x3C, 0x4D] => Some((Order::Big, 9)),
        [0x4D, 0x3C, 0xB2, 0xA1] => Some((Order::Little, 9)),
        _ => None,
    }
}

impl Pcap {
    /// Reads the header behind its magic.
    pub(super) fn open<R: Read>(
        source: &mut Source<R>,
        order: Order,
        digits: u32,
    ) -> Result<Self, Problem> {
        let major = order.u16(source.array()?);
        if major != VERSION {
            let what = format!("pcap version {major}, where only {VERSION} is known");
            return Err(Problem::Damaged(what));
        }
        source.skip(14)?;
        // The upper half says how long checksums behind frames are.
        let [upper, lower] = [source.array()?, source.array()?];
        let link = order.u16(match order {
            Order::Big => lower,
            Order::Little => upper,
        });
        if !link::is_known(link) {
            return Err(Problem::Error(CaptureError::UnsupportedLink { link }));
        }
        Ok(Self {
            order,
            digits,
            link,
        })
    }

    pub(super) fn next<R: Read>(
        &self,
        source: &mut Source<R>,
        record: &mut u64,
    ) -> Result<Option<Packet>, Problem> {
        *record = source.position();
        let head = match source.array::<16>() {
            Err(Fault::Ended(0)) => return Ok(None),
            head => head?,
        };
        let [seconds, fraction, length] = self.order.words(&head);
        Ok(Some(Packet {
            time: Some(Timestamp::new(seconds, fraction, self.digits)),
            link: self.link,
            data: packet_data(source, length)?,
        }))
    }
}
