//! FriendlyName of a CPA. MS-PNRP §2.2.3.1.

use crate::{
    DecodeError, InvalidValue,
    limits::MAX_FRIENDLY_NAME,
    reader::{Reader, wide},
    writer::{Writer, length16},
};

/// A comment of 1 to 39 UTF-16 units, or 1 to 78 bytes of UTF-8. MS-PNRP §2.2.3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendlyName(String);

const FIELD: &str = "CPA.FriendlyName";
const LENGTH_FIELD: &str = "CPA.FriendlyName Len";
/// UTF-16 units that fit.
const MAX_UNITS: usize = MAX_FRIENDLY_NAME / 2;

impl FriendlyName {
    /// Takes the text.
    ///
    /// # Errors
    /// When it is empty, longer than 39 UTF-16 units, or contains NUL.
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |reason| InvalidValue {
            field: FIELD,
            reason,
        };
        if text.contains('\0') {
            return Err(invalid("must not contain NUL"));
        }
        if !(1..=MAX_UNITS).contains(&text.encode_utf16().count()) {
            return Err(invalid("must be from 1 to 39 UTF-16 units"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether flag `U` goes with it: only text that came as UTF-8 can be too long for UTF-16.
    pub(super) fn is_sent_as_utf8(&self) -> bool {
        self.0.encode_utf16().count() > MAX_UNITS
    }

    pub(super) fn decode(r: &mut Reader<'_>, is_utf8: bool) -> Result<Self, DecodeError> {
        let length = usize::from(r.u16_le(LENGTH_FIELD)?);
        if !(1..=MAX_FRIENDLY_NAME).contains(&length) {
            return Err(DecodeError::BadValue {
                field: LENGTH_FIELD,
                value: wide(length),
            });
        }
        let bytes = r.bytes(length, FIELD)?;
        let text = if is_utf8 {
            str::from_utf8(bytes).ok().map(str::to_owned)
        } else {
            utf16(bytes)
        };
        text.filter(|text| !text.contains('\0'))
            .map(Self)
            .ok_or(DecodeError::BadContent {
                field: FIELD,
                expected: "text in the encoding that flag U gives, without NUL",
            })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        let bytes = if self.is_sent_as_utf8() {
            self.0.clone().into_bytes()
        } else {
            self.0.encode_utf16().flat_map(u16::to_le_bytes).collect()
        };
        w.u16_le(length16(bytes.len()));
        w.bytes(&bytes);
    }
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let (pairs, []) = bytes.as_chunks() else {
        return None;
    };
    char::decode_utf16(pairs.iter().map(|&pair| u16::from_le_bytes(pair)))
        .collect::<Result<_, _>>()
        .ok()
}
