//! What can be wrong with received bytes, and with values offered for sending.

use thiserror::Error;

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
}

fn in_its_place(found: Option<u16>) -> String {
    found.map_or_else(String::new, |code| {
        format!(", element {code:#06x} stands in its place")
    })
}

/// A value that §2.2 cannot express.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: {reason}")]
pub struct InvalidValue {
    /// Structure and field, as the specification spells them.
    pub field: &'static str,
    /// What the field accepts.
    pub reason: &'static str,
}
