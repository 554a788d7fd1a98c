//! The readings of the specification that only a capture of Windows traffic can settle.

/// One field per byte the specification leaves open; the default is what we send.
///
/// Decoding accepts every reading that a key, a hash or a length can confirm, whatever the
/// dialect says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Order of BinaryAuthority and Service Location in a CPA and of the PNRP ID in an
    /// EXTENDED_PAYLOAD. MS-PNRP §2.2.3.1, §2.2.3.3.
    pub number_order: ByteOrder,
    /// Text encoding under the classifier hash. MS-PNRP §3.1.4.4.1.
    pub classifier_hash: ClassifierEncoding,
    /// Order of the UTF-16 units of CLASSIFIER. MS-PNRP §2.2.2.6.1.
    pub classifier_wire: ByteOrder,
    /// Order of Signature Data; big-endian is the order of RFC 8017. MS-PNRP §2.2.3.2.
    pub signature_order: ByteOrder,
    /// Whether a revoke CPA carries its all-zero nonce. MS-PNRP §2.2.3.1.
    pub revoke_nonce: Presence,
    /// Order of sin6_port in IPV6_APP_ENDPOINT. MS-PNRP §2.2.3.1.3.
    pub app_port_order: ByteOrder,
    /// Whether the last element of a message or buffer is padded to four bytes. MS-PNRP §2.2.
    pub trailing_padding: Presence,
    /// Whether an answer that carries a CPA also carries the classifier text and the
    /// publisher's own route entry. MS-PNRP §3.2.5.6.
    pub inquire_answer_extras: Presence,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            number_order: ByteOrder::LittleEndian,
            classifier_hash: ClassifierEncoding::Utf16Le,
            classifier_wire: ByteOrder::BigEndian,
            signature_order: ByteOrder::BigEndian,
            revoke_nonce: Presence::Present,
            app_port_order: ByteOrder::BigEndian,
            trailing_padding: Presence::Absent,
            inquire_answer_extras: Presence::Present,
        }
    }
}

/// Which byte of a number is transmitted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Most significant byte first.
    BigEndian,
    /// Least significant byte first.
    LittleEndian,
}

impl ByteOrder {
    /// Turns bytes that are held most significant first into transmission order, and back.
    pub(crate) fn arrange<const N: usize>(self, mut bytes: [u8; N]) -> [u8; N] {
        if self == Self::LittleEndian {
            bytes.reverse();
        }
        bytes
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::BigEndian => Self::LittleEndian,
            Self::LittleEndian => Self::BigEndian,
        }
    }
}

/// The bytes of a classifier that are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassifierEncoding {
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, least significant byte first, with a final NUL.
    Utf16LeNul,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// UTF-16, most significant byte first, with a final NUL.
    Utf16BeNul,
    /// UTF-8; a lone surrogate becomes its three-byte form.
    Utf8,
    /// UTF-8 with a final NUL.
    Utf8Nul,
}

impl ClassifierEncoding {
    /// Every candidate, the likeliest first.
    pub const ALL: [Self; 6] = [
        Self::Utf16Le,
        Self::Utf16LeNul,
        Self::Utf16Be,
        Self::Utf16BeNul,
        Self::Utf8,
        Self::Utf8Nul,
    ];
}

/// Whether an optional run of bytes is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The bytes are sent.
    Present,
    /// The bytes are left out.
    Absent,
}
