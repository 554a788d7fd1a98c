//! Tags, lengths and values of DER, as far as the container of a chain needs them.

use crate::{
    DecodeError,
    reader::{Reader, expect},
};

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// Constructed and context-specific, number 0.
pub(super) const CONTEXT_0: u8 = 0xA0;
/// Constructed and context-specific, number 1.
pub(super) const CONTEXT_1: u8 = 0xA1;

/// Lengths below this take one byte, which is the length itself.
const LONG_FORM: u8 = 0x80;
/// Most bytes of a length that we read: four reach past every datagram.
const MAX_LENGTH_BYTES: u8 = 4;

/// Takes the value of the next element, which must have this tag.
pub(super) fn element<'a>(
    r: &mut Reader<'a>,
    tag: u8,
    field: &'static str,
) -> Result<&'a [u8], DecodeError> {
    expect(r.u8(field)?, tag, field)?;
    let length = length(r, field)?;
    r.bytes(length, field)
}

/// Takes the next element, which must have this tag, with its tag and length.
pub(super) fn whole_element<'a>(
    r: &mut Reader<'a>,
    tag: u8,
    field: &'static str,
) -> Result<&'a [u8], DecodeError> {
    let mut start = r.clone();
    element(r, tag, field)?;
    start.bytes(start.left() - r.left(), field)
}

/// Whether an element with this tag is next.
pub(super) fn is_next(r: &Reader<'_>, tag: u8) -> bool {
    r.clone().u8("tag") == Ok(tag)
}

/// Reads a definite length of any form. The indefinite one is not DER.
fn length(r: &mut Reader<'_>, field: &'static str) -> Result<usize, DecodeError> {
    let first = r.u8(field)?;
    let count = first.wrapping_sub(LONG_FORM);
    if first < LONG_FORM {
        return Ok(first.into());
    }
    if !(1..=MAX_LENGTH_BYTES).contains(&count) {
        return Err(DecodeError::BadValue {
            field,
            value: first.into(),
        });
    }
    let bytes = r.bytes(count.into(), field)?;
    let length = bytes
        .iter()
        .fold(0, |length, &byte| length << 8 | u64::from(byte));
    Ok(usize::try_from(length).unwrap_or(usize::MAX))
}

/// Encodes one element, its length in as few bytes as it takes.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < LONG_FORM => out.push(length),
        _ => {
            let length = content.len().to_be_bytes();
            let digits = length.iter().skip_while(|&&byte| byte == 0);
            let count = u8::try_from(digits.clone().count()).unwrap_or(u8::MAX);
            out.push(LONG_FORM | count);
            out.extend(digits);
        }
    }
    out.extend_from_slice(content);
    out
}
