//! What can be wrong with received bytes, and with values offered for sending.

use thiserror::Error;

use crate::MessageId;

/// Why bytes are not a PNRP structure.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The input ends inside a field.
    #[error("{field} needs {needed} bytes, {left} are left")]
    Truncated {
        /// Structure and field, as the specification spells them.
        field: &'static str,
        /// Bytes the field takes.
        needed: usize,
        /// Bytes the input still has.
        left: usize,
    },
    /// A field holds a value that the specification does not allow.
    #[error("{field} has the value {value:#x}")]
    BadValue {
        /// Structure and field, as the specification spells them.
        field: &'static str,
        /// What it holds.
        value: u64,
    },
    /// A field holds bytes that are not what the specification allows there.
    #[error("{field} is not {expected}")]
    BadContent {
        /// Structure and field, as the specification spells them.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A required element is missing, or another stands in its place.
    #[error("{field} is missing{}", in_its_place(*found))]
    Missing {
        /// The element expected.
        field: &'static str,
        /// The FieldID in its place; `None` at the end of the input.
        found: Option<u16>,
    },
    /// An element follows that has no place there, such as a repeated one.
    #[error("element {found:#06x} has no place in {field}")]
    Unexpected {
        /// The structure it stands in.
        field: &'static str,
        /// Its FieldID.
        found: u16,
    },
    /// Bytes follow the last element.
    #[error("{count} bytes after the end of {field}")]
    Trailing {
        /// The structure that has ended.
        field: &'static str,
        /// Bytes after it.
        count: usize,
    },
    /// A piece of an answer ends beyond the answer. MS-PNRP §3.1.5.6 ends its reassembly for that,
    /// so this says which one.
    #[error("a piece of {id:?} ends at {end}, in a buffer of {size} bytes")]
    BeyondBuffer {
        /// The element at fault, as the specification spells it.
        field: &'static str,
        /// The AUTHORITY it is a piece of.
        id: MessageId,
        /// The LOOKUP or INQUIRE answered.
        acked: MessageId,
        /// Where the piece ends: Offset and the bytes received.
        end: usize,
        /// Size.
        size: u16,
    },
}

impl DecodeError {
    /// Structure and field at fault, as the specification spells them.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Truncated { field, .. }
            | Self::BadValue { field, .. }
            | Self::BadContent { field, .. }
            | Self::Missing { field, .. }
            | Self::Unexpected { field, .. }
            | Self::Trailing { field, .. }
            | Self::BeyondBuffer { field, .. } => field,
        }
    }
}

fn in_its_place(found: Option<u16>) -> String {
    found.map_or_else(String::new, |code| {
        format!(", element {code:#06x} stands in its place")
    })
}

/// A value that MS-PNRP §2.2 cannot express.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: {reason}")]
pub struct InvalidValue {
    /// Structure and field, as the specification spells them.
    pub field: &'static str,
    /// What the field accepts.
    pub reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_one_line_and_name_field_and_value() {
        let text = |error: DecodeError| error.to_string();

        assert_eq!(
            text(DecodeError::Truncated {
                field: "CPA.Nonce",
                needed: 16,
                left: 3
            }),
            "CPA.Nonce needs 16 bytes, 3 are left"
        );
        assert_eq!(
            text(DecodeError::BadValue {
                field: "PNRP_HEADER.Identifier",
                value: 0x52
            }),
            "PNRP_HEADER.Identifier has the value 0x52"
        );
        assert_eq!(
            text(DecodeError::Missing {
                field: "NONCE",
                found: Some(0x40)
            }),
            "NONCE is missing, element 0x0040 stands in its place"
        );
        assert_eq!(
            text(DecodeError::Missing {
                field: "NONCE",
                found: None
            }),
            "NONCE is missing"
        );
        assert_eq!(
            text(DecodeError::Unexpected {
                field: "ACK",
                found: 0x18
            }),
            "element 0x0018 has no place in ACK"
        );
        assert_eq!(
            text(DecodeError::Trailing {
                field: "CPA",
                count: 2
            }),
            "2 bytes after the end of CPA"
        );
    }
}
