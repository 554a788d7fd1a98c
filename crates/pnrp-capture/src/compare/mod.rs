//! Whether an encoding is the bytes it was decoded from, and if not, why.
//!
//! This reads the elements without `pnrp-wire`, so that what the codec overlooks is seen.

mod elements;
mod signed;

pub use elements::compare;
pub(crate) use elements::{Ending, classifier_units, ending};
pub use signed::{compare_cpa, compare_payload};

use std::{collections::BTreeSet, fmt};

use pnrp_wire::MessageType;

/// Where elements stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A datagram.
    Message(MessageType),
    /// An AUTHORITY_BUFFER.
    Buffer,
}

/// How an encoding compares to what was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Byte for byte.
    Same,
    /// The same but for what the specification leaves to the sender.
    SameAfter(BTreeSet<Freedom>),
    /// Another byte stands here, for no reason that the specification gives.
    Different {
        /// Counted from the start of what was received.
        offset: usize,
    },
}

/// What two encodings of one message may differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Freedom {
    /// Bytes between elements, or up to three after the last one. MS-PNRP §2.2.
    Padding,
    /// Bits and bytes that are reserved.
    ReservedBits,
    /// Fields that the receiver ignores: a Precision that its ResolveCriteria does not use, a
    /// reason that is not listed. MS-PNRP §2.2.2.8.
    IgnoredFields,
    /// Elements that the specification does not list. MS-PNRP §2.2.
    UnknownElements,
    /// Flags of which none is set, where they can be left out. MS-PNRP §2.2.2.7.
    ClearFlags,
    /// IDs beyond the number that is sent. MS-PNRP §2.2.2.2, §2.2.2.3.
    LongLists,
    /// The order of CLASSIFIER, or of numbers in a CPA. MS-PNRP §2.2.2.6.1, §2.2.3.1.
    ByteOrder,
    /// UTF-8 where UTF-16 fits. MS-PNRP §2.2.3.1, §2.2.3.3.
    TextEncoding,
    /// The nonce of a revocation, absent. MS-PNRP §2.2.3.1.
    RevokeNonce,
}

impl Freedom {
    /// What it is, in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Padding => "padding",
            Self::ReservedBits => "reserved bits",
            Self::IgnoredFields => "ignored fields",
            Self::UnknownElements => "unknown elements",
            Self::ClearFlags => "clear flags",
            Self::LongLists => "long lists",
            Self::ByteOrder => "byte order",
            Self::TextEncoding => "text encoding",
            Self::RevokeNonce => "the nonce of a revocation",
        }
    }
}

impl fmt::Display for Freedom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Comparison {
    fn same_after(freedoms: BTreeSet<Freedom>) -> Self {
        if freedoms.is_empty() {
            Self::Same
        } else {
            Self::SameAfter(freedoms)
        }
    }
}

/// Where two runs of bytes part, if they do.
fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (common < a.len() || common < b.len()).then_some(common)
}

#[cfg(test)]
mod tests;
