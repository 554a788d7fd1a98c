//! pcapng: sections of blocks.
//!
//! ```text
//! block:     type (4) | total length (4) | body, padded to four bytes | total length (4)
//! section:   byte-order magic (4) | version (4) | section length (8) | options
//! interface: link (2) | reserved (2) | snap length (4) | options
//! enhanced packet: interface (4) | time (8) | captured (4) | original (4) | bytes | options
//! simple packet:   original (4) | bytes
//! packet (old):    interface (2) | drops (2) | time (8) | captured (4) | original (4) | bytes ...
//! ```

use std::io::Read;

use super::{Order, Packet, Problem, packet_data};
use crate::{
    Timestamp,
    source::{Fault, Source},
};

pub(super) const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER: u32 = 0x1A2B_3C4D;
/// Both lengths and the type.
const FRAME_LEN: u32 = 12;
/// Microseconds, if an interface does not say.
const USUAL_RESOLUTION: u8 = 6;

pub(super) struct PcapNg {
    order: Order,
    interfaces: Vec<Interface>,
}

struct Interface {
    link: u16,
    snap_length: u32,
    resolution: u8,
    offset: i64,
}

impl PcapNg {
    /// Reads the first section header behind its type.
    pub(super) fn open<R: Read>(source: &mut Source<R>) -> Result<Self, Problem> {
        let mut this = Self {
            order: Order::Little,
            interfaces: Vec::new(),
        };
        let length = source.array()?;
        let total = this.begin_section(source, length)?;
        end_block(source, this.order, total)?;
        Ok(this)
    }

    pub(super) fn next<R: Read>(
        &mut self,
        source: &mut Source<R>,
        record: &mut u64,
    ) -> Result<Option<Packet>, Problem> {
        loop {
            *record = source.position();
            let kind = match source.array() {
                Err(Fault::Ended(0)) => return Ok(None),
                kind => self.order.u32(kind?),
            };
            let length = source.array()?;
            if kind == SECTION {
                let total = self.begin_section(source, length)?;
                end_block(source, self.order, total)?;
                continue;
            }
            let total = checked_length(self.order.u32(length), FRAME_LEN)?;
            let mut body = Body {
                source,
                order: self.order,
                left: total - FRAME_LEN,
            };
            let packet = self.read_body(kind, &mut body)?;
            let left = body.left;
            source.skip(left.into())?;
            end_block(source, self.order, total)?;
            if packet.is_some() {
                return Ok(packet);
            }
        }
    }

    /// Reads a section header up to its second length, and forgets the section before it.
    fn begin_section<R: Read>(
        &mut self,
        source: &mut Source<R>,
        length: [u8; 4],
    ) -> Result<u32, Problem> {
        const LEAST: u32 = FRAME_LEN + 16;
        let magic = source.array()?;
        self.order = [Order::Little, Order::Big]
            .into_iter()
            .find(|order| order.u32(magic) == BYTE_ORDER)
            .ok_or_else(|| Problem::Damaged("a section without byte-order magic".to_owned()))?;
        let total = checked_length(self.order.u32(length), LEAST)?;
        let major = self.order.u16(source.array()?);
        if major != 1 {
            let what = format!("pcapng version {major}, where only 1 is known");
            return Err(Problem::Damaged(what));
        }
        source.skip(u64::from(total - FRAME_LEN) - 6)?;
        self.interfaces.clear();
        Ok(total)
    }

    /// Reads what is wanted of a block; the rest is left over.
    fn read_body<R: Read>(
        &mut self,
        kind: u32,
        body: &mut Body<'_, R>,
    ) -> Result<Option<Packet>, Problem> {
        match kind {
            INTERFACE => {
                let interface = Interface::read(body)?;
                self.interfaces.push(interface);
                Ok(None)
            }
            ENHANCED_PACKET => {
                let index = body.u32()?;
                self.timed_packet(index, body).map(Some)
            }
            OLD_PACKET => {
                let index = body.u16()?;
                body.u16()?;
                self.timed_packet(index.into(), body).map(Some)
            }
            SIMPLE_PACKET => {
                let original = body.u32()?;
                let interface = self.interface(0)?;
                let length = match interface.snap_length {
                    0 => original,
                    limit => original.min(limit),
                };
                Ok(Some(Packet {
                    time: None,
                    link: interface.link,
                    data: body.data(length)?,
                }))
            }
            _ => Ok(None),
        }
    }

    fn timed_packet<R: Read>(&self, index: u32, body: &mut Body<'_, R>) -> Result<Packet, Problem> {
        let interface = self.interface(index)?;
        let time = u64::from(body.u32()?) << 32 | u64::from(body.u32()?);
        let captured = body.u32()?;
        body.u32()?;
        Ok(Packet {
            time: Some(Timestamp::from_units(
                time,
                interface.resolution,
                interface.offset,
            )),
            link: interface.link,
            data: body.data(captured)?,
        })
    }

    fn interface(&self, index: u32) -> Result<&Interface, Problem> {
        let known = usize::try_from(index)
            .ok()
            .and_then(|index| self.interfaces.get(index));
        known.ok_or_else(|| {
            let count = self.interfaces.len();
            Problem::Damaged(format!(
                "a packet of interface {index}, and there are {count}"
            ))
        })
    }
}

impl Interface {
    const RESOLUTION: u16 = 9;
    const OFFSET: u16 = 14;

    fn read<R: Read>(body: &mut Body<'_, R>) -> Result<Self, Problem> {
        let link = body.u16()?;
        body.u16()?;
        let mut interface = Self {
            link,
            snap_length: body.u32()?,
            resolution: USUAL_RESOLUTION,
            offset: 0,
        };
        while body.left >= 4 {
            let (code, length) = (body.u16()?, body.u16()?);
            let unread = match (code, length) {
                (0, _) => break,
                (Self::RESOLUTION, 1) => {
                    [interface.resolution] = body.array()?;
                    3
                }
                (Self::OFFSET, 8) => {
                    interface.offset = body.order.i64(body.array()?);
                    0
                }
                (_, length) => u32::from(length).next_multiple_of(4),
            };
            body.skip(unread)?;
        }
        Ok(interface)
    }
}

/// The body of one block, whose end reading does not cross.
struct Body<'a, R> {
    source: &'a mut Source<R>,
    order: Order,
    left: u32,
}

impl<R: Read> Body<'_, R> {
    fn u16(&mut self) -> Result<u16, Problem> {
        self.array().map(|bytes| self.order.u16(bytes))
    }

    fn u32(&mut self) -> Result<u32, Problem> {
        self.array().map(|bytes| self.order.u32(bytes))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        self.take(u32::try_from(N).unwrap_or(u32::MAX))?;
        Ok(self.source.array()?)
    }

    fn data(&mut self, length: u32) -> Result<Vec<u8>, Problem> {
        self.take(length)?;
        packet_data(self.source, length)
    }

    fn skip(&mut self, length: u32) -> Result<(), Problem> {
        self.take(length)?;
        Ok(self.source.skip(length.into())?)
    }

    fn take(&mut self, length: u32) -> Result<(), Problem> {
        let Some(left) = self.left.checked_sub(length) else {
            let left = self.left;
            let what = format!("a field of {length} bytes in a block that has {left} left");
            return Err(Problem::Damaged(what));
        };
        self.left = left;
        Ok(())
    }
}

fn checked_length(total: u32, least: u32) -> Result<u32, Problem> {
    if total < least || !total.is_multiple_of(4) {
        return Err(Problem::Damaged(format!("a block of {total} bytes")));
    }
    Ok(total)
}

fn end_block<R: Read>(source: &mut Source<R>, order: Order, total: u32) -> Result<(), Problem> {
    let again = order.u32(source.array()?);
    if again != total {
        let what = format!("a block whose lengths are {total} and {again}");
        return Err(Problem::Damaged(what));
    }
    Ok(())
}
