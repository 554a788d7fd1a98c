//! The split form of a datagram: one frame for each element, which is all that the dissector
//! reads of a message. [`FAULTS`](crate::dissector::FAULTS) has the reasons.
//!
//! The elements are found by their Length alone, with no help of the codec under test.

/// Bytes of the PNRP Header.
pub const HEADER: usize = 12;

/// An element, with the padding that follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// FieldID.
    pub code: u16,
    /// What Length says, FieldID and Length included.
    pub length: usize,
    /// The element and its padding.
    pub bytes: Vec<u8>,
}

/// The elements of a message after its header, or of a buffer.
///
/// # Panics
/// When a Length makes no sense.
pub fn elements(mut bytes: &[u8]) -> Vec<Element> {
    let mut elements = Vec::new();
    while bytes.len() >= 4 {
        let code = u16::from_be_bytes([bytes[0], bytes[1]]);
        let length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        assert!(
            (4..=bytes.len()).contains(&length),
            "element {code:#06x} of {length} bytes"
        );
        let end = length.next_multiple_of(4).min(bytes.len());
        let (element, rest) = bytes.split_at(end);
        elements.push(Element {
            code,
            length,
            bytes: element.to_vec(),
        });
        bytes = rest;
    }
    elements
}

/// The elements of an AUTHORITY message: its second carries the piece of the buffer behind it.
pub fn authority_elements(body: &[u8]) -> Vec<Element> {
    let mut elements = elements(&body[..16]);
    elements[1].bytes.extend(&body[16..]);
    elements
}

/// The frame for one element: the header of its message, and the element.
pub fn frame(header: &[u8], element: &Element) -> Vec<u8> {
    let bytes = match element.code {
        REVOKE_CPA => present_revocation(element),
        _ => element.bytes.clone(),
    };
    let mut frame = [&header[..HEADER], &bytes].concat();
    frame.resize(frame.len().max(SHORTEST), 0);
    frame
}

/// A revocation in the form that the dissector reads: as VALIDATE_CPA, without its zero nonce.
fn present_revocation(element: &Element) -> Vec<u8> {
    let nonce = NONCE_IN_CPA..NONCE_IN_CPA + NONCE;
    let (_, cpa) = element.bytes[..element.length].split_at(4);
    assert_eq!(cpa[nonce.clone()], [0; NONCE], "the nonce of a revocation");
    let mut cpa = cpa.to_vec();
    cpa.drain(nonce);
    let length = u16::try_from(cpa.len()).expect("a short CPA");
    cpa[..2].copy_from_slice(&length.to_le_bytes());
    let mut bytes = VALIDATE_CPA.to_be_bytes().to_vec();
    bytes.extend((length + 4).to_be_bytes());
    bytes.extend(cpa);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// FieldID of VALIDATE_CPA.
pub const VALIDATE_CPA: u16 = 0x009b;
/// FieldID of REVOKE_CPA.
pub const REVOKE_CPA: u16 = 0x009c;
/// Bytes of a nonce.
pub const NONCE: usize = 16;
/// Length, versions, flags, reserved, Not After, Service Location come first.
const NONCE_IN_CPA: usize = 32;
/// Fewer bytes are ignored.
const SHORTEST: usize = 20;
