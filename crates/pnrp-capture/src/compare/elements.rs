//! Elements of a message or buffer, side by side. MS-PNRP §2.2.

use std::collections::BTreeSet;

use pnrp_wire::{MessageType, limits::MAX_SENT_IDS};

use super::{Comparison, Freedom, Place, first_difference};

mod field {
    pub(super) const FLAGS: u16 = 0x0040;
    pub(super) const FLOOD_CONTROLS: u16 = 0x0043;
    pub(super) const SOLICIT_CONTROLS: u16 = 0x0044;
    pub(super) const LOOKUP_CONTROLS: u16 = 0x0045;
    pub(super) const PNRP_ID_ARRAY: u16 = 0x0060;
    pub(super) const CLASSIFIER: u16 = 0x0085;
    pub(super) const SPLIT_CONTROLS: u16 = 0x0098;
    pub(super) const ROUTING_ENTRY: u16 = 0x009A;
    /// Every FieldID of the specification.
    pub(super) const LISTED: [u16; 22] = [
        0x0010, 0x0018, 0x0030, 0x0038, 0x0039, 0x0040, 0x0043, 0x0044, 0x0045, 0x005A, 0x0060,
        0x0080, 0x0084, 0x0085, 0x0092, 0x0093, 0x0098, 0x009A, 0x009B, 0x009C, 0x009D, 0x009E,
    ];
}

/// Compares what was received with the encoding of what it was decoded to.
pub fn compare(place: Place, received: &[u8], encoded: &[u8]) -> Comparison {
    if received == encoded {
        return Comparison::Same;
    }
    match freedoms(place, received, encoded) {
        Ok(freedoms) => Comparison::same_after(freedoms),
        Err(offset) => Comparison::Different { offset },
    }
}

/// What the two differ in, or where they differ for no reason.
fn freedoms(place: Place, received: &[u8], encoded: &[u8]) -> Result<BTreeSet<Freedom>, usize> {
    let mut found = BTreeSet::new();
    let (mut received, mut encoded) = (
        Elements::new(place, received),
        Elements::new(place, encoded),
    );
    let mut ours = encoded.next();
    for element in received.by_ref() {
        if element.gap.iter().any(|byte| *byte != 0) {
            found.insert(Freedom::Padding);
        }
        match &ours {
            Some(own) if own.code == element.code => {
                found.extend(body_freedoms(place, &element, own.body)?);
                ours = encoded.next();
            }
            _ if !field::LISTED.contains(&element.code) => {
                found.insert(Freedom::UnknownElements);
            }
            _ if says_nothing(place, &element) => {
                found.insert(Freedom::ClearFlags);
            }
            _ => return Err(element.offset),
        }
    }
    if ours.is_some() {
        return Err(received.position);
    }
    match (received.is_data, received.tail == encoded.tail) {
        (_, true) => {}
        (false, false) if received.tail.len() < 4 => {
            found.insert(Freedom::Padding);
        }
        _ => {
            let at = first_difference(received.tail, encoded.tail).unwrap_or_default();
            return Err(received.position + at);
        }
    }
    Ok(found)
}

/// What follows the last element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing, and nothing could.
    Aligned,
    /// As many bytes as align it.
    Padded,
    /// Nothing, though it is not aligned.
    Unpadded,
    /// Something else.
    Other,
}

/// What follows the last element of a message or buffer; a fragment is aligned.
pub(crate) fn ending(place: Place, bytes: &[u8]) -> Ending {
    let mut elements = Elements::new(place, bytes);
    elements.by_ref().for_each(drop);
    let padding = elements.position.next_multiple_of(4) - elements.position;
    match (padding, elements.tail.len()) {
        _ if elements.is_data => Ending::Aligned,
        (0, 0) => Ending::Aligned,
        (_, 0) => Ending::Unpadded,
        (padding, tail) if padding == tail => Ending::Padded,
        _ => Ending::Other,
    }
}

/// The classifier of an AUTHORITY_BUFFER as it was sent. MS-PNRP §2.2.2.6.1.
pub(crate) fn classifier_units(bytes: &[u8]) -> Option<Vec<[u8; 2]>> {
    const ARRAY_HEAD: usize = 8;
    let element =
        Elements::new(Place::Buffer, bytes).find(|element| element.code == field::CLASSIFIER)?;
    let (units, _) = element.body.get(ARRAY_HEAD..)?.as_chunks();
    Some(units.to_vec())
}

struct Element<'a> {
    offset: usize,
    /// What stands between the element before and this one.
    gap: &'a [u8],
    code: u16,
    body: &'a [u8],
}

/// FieldID and Length.
const HEAD_LEN: usize = 4;

/// Walks elements; what follows the last one is left in `tail`.
struct Elements<'a> {
    place: Place,
    position: usize,
    tail: &'a [u8],
    /// Whether the tail is a fragment, and no element or padding.
    is_data: bool,
}

impl<'a> Elements<'a> {
    fn new(place: Place, bytes: &'a [u8]) -> Self {
        Self {
            place,
            position: 0,
            tail: bytes,
            is_data: false,
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        if self.is_data {
            return None;
        }
        let padding = self.position.next_multiple_of(4) - self.position;
        let (gap, aligned) = self.tail.split_at_checked(padding)?;
        let ([a, b, c, d], _) = aligned.split_first_chunk::<HEAD_LEN>()?;
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let (element, tail) = aligned.split_at_checked(length)?;
        let body = element.get(HEAD_LEN..)?;
        let offset = self.position + padding;
        self.position = offset + length;
        self.tail = tail;
        let code = u16::from_be_bytes([*a, *b]);
        // MS-PNRP §2.2.2.6: the piece of the buffer follows without a head of its own.
        self.is_data =
            code == field::SPLIT_CONTROLS && self.place == Place::Message(MessageType::Authority);
        Some(Element {
            offset,
            gap,
            code,
            body,
        })
    }
}

/// Compares the bodies of two elements of one kind.
fn body_freedoms(
    place: Place,
    received: &Element<'_>,
    encoded: &[u8],
) -> Result<Option<Freedom>, usize> {
    let Some(at) = first_difference(received.body, encoded) else {
        return Ok(None);
    };
    let freedom = match received.code {
        field::CLASSIFIER => is_swapped(received.body, encoded).then_some(Freedom::ByteOrder),
        field::PNRP_ID_ARRAY => is_cut_list(received.body, encoded).then_some(Freedom::LongLists),
        code => ignored_bits(place, code, received.body, encoded),
    };
    let offset = received.offset + HEAD_LEN + at;
    freedom.map(Some).ok_or(offset)
}

/// Whether only bits differ that the receiver ignores. The last kind found is named.
fn ignored_bits(place: Place, code: u16, received: &[u8], encoded: &[u8]) -> Option<Freedom> {
    if received.len() != encoded.len() {
        return None;
    }
    let mut freedom = None;
    for (at, (received_byte, own)) in received.iter().zip(encoded).enumerate() {
        let differing = received_byte ^ own;
        if differing == 0 {
            continue;
        }
        let (ignored, kind) = ignored_at(place, code, at, received);
        if differing & !ignored != 0 {
            return None;
        }
        freedom = Some(kind);
    }
    freedom
}

/// Which bits of a byte are ignored, and as what.
fn ignored_at(place: Place, code: u16, at: usize, body: &[u8]) -> (u8, Freedom) {
    const UPPER_BITS: u8 = 0x08;
    const LAST_REASON: u8 = 0x03;
    let value = |at: usize| body.get(at).copied().unwrap_or_default();
    let reserved = match (code, place, at) {
        // MS-PNRP §2.2.2.7, §2.2.2.5, §2.2.2.6.1.
        (field::FLAGS, Place::Message(MessageType::Ack), 1) => !0x01,
        (field::FLAGS, Place::Message(MessageType::Inquire), 1) => !0x1C,
        (field::FLAGS, Place::Message(_), 0) => 0xFF,
        (field::FLAGS, Place::Buffer, 0) => !0x02,
        (field::FLAGS, Place::Buffer, 1) => !0x09,
        // MS-PNRP §2.2.2.4.
        (field::FLOOD_CONTROLS, _, 0 | 2) => 0xFF,
        (field::FLOOD_CONTROLS, _, 1) => !0x01,
        // MS-PNRP §2.2.2.1.
        (field::SOLICIT_CONTROLS, _, 0) => 0xFF,
        // MS-PNRP §2.2.2.8.
        (field::LOOKUP_CONTROLS, _, 0 | 6 | 7) => 0xFF,
        (field::LOOKUP_CONTROLS, _, 1) => !0x02,
        (field::LOOKUP_CONTROLS, _, 2 | 3) if value(4) != UPPER_BITS => {
            return (0xFF, Freedom::IgnoredFields);
        }
        (field::LOOKUP_CONTROLS, _, 5) if value(5) > LAST_REASON => {
            return (0xFF, Freedom::IgnoredFields);
        }
        // MS-PNRP §2.2.3.4.
        (field::ROUTING_ENTRY, _, 36) => 0xFF,
        _ => 0,
    };
    (reserved, Freedom::ReservedBits)
}

/// Whether two texts are the same units in opposite byte orders, behind the head of the array.
fn is_swapped(received: &[u8], encoded: &[u8]) -> bool {
    let split = |bytes: &'_ [u8]| {
        let (head, text) = bytes.split_first_chunk::<8>()?;
        let (units, rest) = text.as_chunks::<2>();
        rest.is_empty().then(|| (*head, units.to_vec()))
    };
    let (Some((head, units)), Some((own_head, own_units))) = (split(received), split(encoded))
    else {
        return false;
    };
    let swapped = units.iter().map(|[a, b]| [*b, *a]);
    head == own_head && swapped.eq(own_units)
}

/// Whether the encoding has as many of the IDs as are sent, and those received first.
fn is_cut_list(received: &[u8], encoded: &[u8]) -> bool {
    const HEAD: usize = 8;
    const ID: usize = 32;
    let (Some(ids), Some(own)) = (received.get(HEAD..), encoded.get(HEAD..)) else {
        return false;
    };
    own.len() == MAX_SENT_IDS * ID && ids.starts_with(own)
}

/// Whether an ACK's flags could have been left out. MS-PNRP §2.2.2.7.
fn says_nothing(place: Place, element: &Element<'_>) -> bool {
    place == Place::Message(MessageType::Ack)
        && element.code == field::FLAGS
        && matches!(element.body, [_, low] if low & 0x01 == 0)
}
