//! The data inside an EXTENDED_PAYLOAD. MS-PNRP §2.2.3.3.

use crate::{
    DecodeError, InvalidValue,
    limits::MAX_EXTENDED_PAYLOAD,
    reader::{Reader, wide},
};

/// The two kinds of application data. MS-PNRP §2.2.3.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Text without NUL, as UTF-16 code units. Sent as UTF-16 up to 2,047 units, and as UTF-8
    /// when only that fits.
    String(Vec<u16>),
    /// 1 to 4,096 bytes.
    Binary(Vec<u8>),
}

/// Payload Type, and what Payload Length counts.
pub(super) struct Content {
    pub(super) payload_type: u32,
    pub(super) bytes: Vec<u8>,
}

const STRING: u32 = 0x8000_0002;
const BINARY: u32 = 0x8000_0003;
const UTF16: u16 = 0;
const UTF8: u16 = 1;
/// String Type and a NUL: the specification's least is 6, one UTF-16 unit with its NUL, but a
/// short UTF-8 string takes less.
const MIN_STRING: usize = 3;
/// String Type, and as many bytes as binary data may have.
const MAX_STRING: usize = 2 + MAX_EXTENDED_PAYLOAD;

impl Payload {
    /// Takes text.
    ///
    /// # Errors
    /// When it is empty, contains NUL, or takes more than 4,096 bytes with its final NUL.
    pub fn string(text: &str) -> Result<Self, InvalidValue> {
        Self::from_utf16(text.encode_utf16().collect())
    }

    /// Takes text as UTF-16 units; surrogates may be unpaired.
    ///
    /// # Errors
    /// When it is empty, contains NUL, or takes more than 4,096 bytes with its final NUL.
    pub fn from_utf16(units: Vec<u16>) -> Result<Self, InvalidValue> {
        let payload = Self::String(units);
        payload.encode().map(|_| payload)
    }

    /// Takes bytes.
    ///
    /// # Errors
    /// When there are none, or more than 4,096.
    pub fn binary(bytes: Vec<u8>) -> Result<Self, InvalidValue> {
        let payload = Self::Binary(bytes);
        payload.encode().map(|_| payload)
    }

    pub(super) fn decode(payload_type: u32, content: &[u8]) -> Result<Self, DecodeError> {
        let allowed = match payload_type {
            STRING => MIN_STRING..=MAX_STRING,
            BINARY => 1..=MAX_EXTENDED_PAYLOAD,
            other => {
                return Err(DecodeError::BadValue {
                    field: "EXTENDED_PAYLOAD.Payload Type",
                    value: other.into(),
                });
            }
        };
        if !allowed.contains(&content.len()) {
            return Err(DecodeError::BadValue {
                field: "EXTENDED_PAYLOAD.Payload Length",
                value: wide(content.len()),
            });
        }
        if payload_type == BINARY {
            return Ok(Self::Binary(content.to_vec()));
        }
        decode_string(content).map(Self::String)
    }

    pub(super) fn encode(&self) -> Result<Content, InvalidValue> {
        match self {
            Self::String(units) => Ok(Content {
                payload_type: STRING,
                bytes: encode_string(units)?,
            }),
            Self::Binary(bytes) if (1..=MAX_EXTENDED_PAYLOAD).contains(&bytes.len()) => {
                Ok(Content {
                    payload_type: BINARY,
                    bytes: bytes.clone(),
                })
            }
            Self::Binary(_) => Err(invalid("must be from 1 to 4,096 bytes")),
        }
    }
}

/// Decodes String Type and text.
fn decode_string(content: &[u8]) -> Result<Vec<u16>, DecodeError> {
    let mut r = Reader::new(content);
    let string_type = r.u16_le("EXTENDED_PAYLOAD.String Type")?;
    let bytes = r.rest();
    let units = match string_type {
        UTF16 => utf16(bytes),
        UTF8 => str::from_utf8(bytes)
            .ok()
            .map(|text| text.encode_utf16().collect()),
        other => {
            return Err(DecodeError::BadValue {
                field: "EXTENDED_PAYLOAD.String Type",
                value: other.into(),
            });
        }
    };
    units
        .and_then(without_final_nul)
        .ok_or(DecodeError::BadContent {
            field: "EXTENDED_PAYLOAD.Payload",
            expected: "text in the encoding of String Type, with one NUL, at its end",
        })
}

fn utf16(bytes: &[u8]) -> Option<Vec<u16>> {
    let (pairs, []) = bytes.as_chunks() else {
        return None;
    };
    Some(pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect())
}

fn without_final_nul(mut units: Vec<u16>) -> Option<Vec<u16>> {
    let last = units.pop()?;
    (last == 0 && !units.contains(&0)).then_some(units)
}

/// Encodes String Type, text and NUL.
fn encode_string(units: &[u16]) -> Result<Vec<u8>, InvalidValue> {
    if units.is_empty() {
        return Err(invalid("must have at least one character"));
    }
    if units.contains(&0) {
        return Err(invalid("must not contain NUL"));
    }
    let (string_type, text) = if 2 * (units.len() + 1) <= MAX_EXTENDED_PAYLOAD {
        (
            UTF16,
            units
                .iter()
                .flat_map(|unit| unit.to_le_bytes())
                .chain([0, 0])
                .collect(),
        )
    } else {
        let text = String::from_utf16(units)
            .ok()
            .filter(|text| text.len() < MAX_EXTENDED_PAYLOAD);
        let text = text.ok_or(invalid("must take at most 4,096 bytes with its final NUL"))?;
        (
            UTF8,
            text.into_bytes()
                .into_iter()
                .chain([0])
                .collect::<Vec<u8>>(),
        )
    };
    let mut bytes = string_type.to_le_bytes().to_vec();
    bytes.extend(text);
    Ok(bytes)
}

pub(super) fn invalid(reason: &'static str) -> InvalidValue {
    InvalidValue {
        field: "EXTENDED_PAYLOAD.Payload",
        reason,
    }
}
