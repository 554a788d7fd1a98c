//! The bytes that receivers ignore, found without the decoder: what encoding may change, exactly.
//!
//! Takes only input that decodes.

use crate::{Dialect, MessageType, Presence, fixtures::hex};

/// What encoding the message in `datagram` gives.
pub(crate) fn message(datagram: &[u8], dialect: &Dialect) -> Vec<u8> {
    let kind = kind(datagram);
    let mut out = datagram[..12].to_vec();
    let (elements, rest) = split(datagram, 12, limit(kind));
    append(&mut out, &elements, Some(kind));
    if kind == MessageType::Authority {
        out.extend_from_slice(rest);
    } else {
        finish(&mut out, dialect);
    }
    out
}

/// What encoding the AUTHORITY_BUFFER in `bytes` gives, with the bytes of each character of its
/// classifier swapped if asked for.
pub(crate) fn buffer(bytes: &[u8], dialect: &Dialect, is_swapped: bool) -> Vec<u8> {
    let (mut elements, _) = split(bytes, 0, usize::MAX);
    for element in elements
        .iter_mut()
        .filter(|element| is_swapped && element.code == 0x85)
    {
        element.body[8..].chunks_mut(2).for_each(<[u8]>::reverse);
    }
    let mut out = Vec::new();
    append(&mut out, &elements, None);
    finish(&mut out, dialect);
    out
}

/// The datagram with ones in all bits that are reserved, padding, or behind the last element.
pub(crate) fn message_with_noise(datagram: &[u8]) -> Vec<u8> {
    let kind = kind(datagram);
    with_noise(datagram, 12, Some(kind), limit(kind))
}

/// The AUTHORITY_BUFFER with ones in all bits that are reserved, padding, or behind the end.
pub(crate) fn buffer_with_noise(bytes: &[u8]) -> Vec<u8> {
    with_noise(bytes, 0, None, usize::MAX)
}

struct Element {
    /// Where its FieldID stands.
    start: usize,
    code: u16,
    body: Vec<u8>,
}

/// The FieldIDs of MS-PNRP §2.2.
const KNOWN: [u16; 22] = [
    0x10, 0x18, 0x30, 0x38, 0x39, 0x40, 0x43, 0x44, 0x45, 0x5A, 0x60, 0x80, 0x84, 0x85, 0x92, 0x93,
    0x98, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E,
];

fn kind(datagram: &[u8]) -> MessageType {
    let mut kinds = MessageType::ALL.into_iter();
    kinds.find(|kind| kind.code() == datagram[7]).unwrap()
}

/// Known elements in front of a body that is none.
fn limit(kind: MessageType) -> usize {
    if kind == MessageType::Authority {
        2
    } else {
        usize::MAX
    }
}

/// The first `limit` known elements, and what follows the last one.
fn split(bytes: &[u8], from: usize, limit: usize) -> (Vec<Element>, &[u8]) {
    let (mut elements, mut end) = (Vec::new(), from);
    while elements.len() < limit {
        let start = end.next_multiple_of(4);
        let Some([high, low, length @ ..]) = bytes.get(start..start + 4) else {
            break;
        };
        let length = usize::from(u16::from_be_bytes(length.try_into().unwrap()));
        end = start + length;
        let code = u16::from_be_bytes([*high, *low]);
        let body = bytes[start + 4..end].to_vec();
        if KNOWN.contains(&code) {
            elements.push(Element { start, code, body });
        }
    }
    (elements, &bytes[end..])
}

fn append(out: &mut Vec<u8>, elements: &[Element], kind: Option<MessageType>) {
    for element in elements {
        let ignored = ignored(element, kind);
        let bytes = element.body.iter().zip(ignored);
        let mut body: Vec<u8> = bytes.map(|(byte, ignored)| byte & !ignored).collect();
        match element.code {
            0x40 if kind == Some(MessageType::Ack) && body == [0, 0] => continue,
            0x45 if body[5] > 3 => body[5] = 0,
            0x60 if body.len() > 8 + 36 * 32 => {
                body.truncate(8 + 36 * 32);
                body[..4].copy_from_slice(&hex("0024 0488"));
            }
            _ => {}
        }
        out.resize(out.len().next_multiple_of(4), 0);
        let length = u16::try_from(4 + body.len()).unwrap();
        out.extend(
            [element.code, length]
                .into_iter()
                .flat_map(u16::to_be_bytes),
        );
        out.extend(body);
    }
}

fn finish(out: &mut Vec<u8>, dialect: &Dialect) {
    if dialect.trailing_padding == Presence::Present {
        out.resize(out.len().next_multiple_of(4), 0);
    }
}

fn with_noise(bytes: &[u8], from: usize, kind: Option<MessageType>, limit: usize) -> Vec<u8> {
    let (elements, rest) = split(bytes, from, limit);
    let mut out = bytes[..from].to_vec();
    for element in &elements {
        out.resize(element.start, 0xFF);
        out.extend_from_slice(&bytes[element.start..element.start + 4]);
        let bits = element.body.iter().zip(ignored(element, kind));
        out.extend(bits.map(|(byte, ignored)| byte | ignored));
    }
    if kind == Some(MessageType::Authority) {
        out.extend_from_slice(rest);
    } else {
        out.extend([0xFF; 3]);
    }
    out
}

/// A one for each bit of the body that a receiver ignores.
fn ignored(element: &Element, kind: Option<MessageType>) -> Vec<u8> {
    let mask = match (element.code, kind) {
        (0x40, Some(MessageType::Inquire)) => hex("ffe3"),
        (0x40, Some(_)) => hex("fffe"),
        (0x40, None) => hex("fdf6"),
        (0x43, _) => hex("fffe ff"),
        (0x44, _) => hex("ff 00"),
        (0x45, _) if element.body[4] == 8 => hex("fffd 0000 00 00 ffff"),
        (0x45, _) => hex("fffd ffff 00 00 ffff"),
        (0x9A, _) => [vec![0; 36], vec![0xFF]].concat(),
        _ => Vec::new(),
    };
    let zeros = vec![0; element.body.len() - mask.len()];
    [mask, zeros].concat()
}
