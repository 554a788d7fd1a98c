//! What one answer or revocation shows about the dialect of its sender.

use std::net::SocketAddrV6;

use pnrp_wire::{ByteOrder, ClassifierEncoding, PnrpId, Presence};

/// The signed parts of an answer or a revocation, and what fits them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The packet that completes it.
    pub frame: u64,
    /// Who sent it.
    pub source: SocketAddrV6,
    /// The CPA.
    pub cpa: Option<CpaProof>,
    /// The extended payload.
    pub payload: Option<PayloadProof>,
}

/// What fits a CPA. MS-PNRP §2.2.3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpaProof {
    /// Whose authority it states.
    pub authority: AuthorityProof,
    /// The ID it is about; nothing if the capture does not tell.
    pub id: Option<IdProof>,
    /// The text of the classifier, where it goes with the CPA.
    pub classifier: Option<ClassifierProof>,
    /// Its signature.
    pub signature: SignatureProof,
    /// In a revocation, whether it has its nonce.
    pub revoke_nonce: Option<Presence>,
    /// Ports of the application, most significant byte first. Nothing in a capture tells whether
    /// that is how they are meant. MS-PNRP §2.2.3.1.3.
    pub app_ports: Vec<u16>,
}

/// What fits an extended payload. MS-PNRP §2.2.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadProof {
    /// Its PNRP ID; nothing if the capture does not tell which to expect.
    pub id: Option<Fit>,
    /// Its signature, by the key of its CPA or of an earlier one for the same ID.
    pub signature: SignatureProof,
}

/// Which byte order of a number gives the number expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Most significant byte first.
    BigEndian,
    /// Least significant byte first.
    LittleEndian,
    /// The number is the same in both.
    Either,
    /// It is another number.
    Neither,
}

impl Fit {
    pub(super) fn of(sent: &[u8], number: &[u8]) -> Self {
        match (sent.iter().eq(number), sent.iter().rev().eq(number)) {
            (true, true) => Self::Either,
            (true, false) => Self::BigEndian,
            (false, true) => Self::LittleEndian,
            (false, false) => Self::Neither,
        }
    }

    /// The order, if one alone fits.
    pub fn order(self) -> Option<ByteOrder> {
        match self {
            Self::BigEndian => Some(ByteOrder::BigEndian),
            Self::LittleEndian => Some(ByteOrder::LittleEndian),
            Self::Either | Self::Neither => None,
        }
    }

    /// As one name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BigEndian => "big_endian",
            Self::LittleEndian => "little_endian",
            Self::Either => "either",
            Self::Neither => "neither",
        }
    }
}

/// Whose authority a CPA states. MS-PNRP §2.2.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorityProof {
    /// Nobody's.
    Unsecured,
    /// That of its own key, in this order.
    OwnKey(Fit),
    /// That of another key.
    OtherKey {
        /// The certificate chain that ties the two.
        chain: ChainProof,
        /// The order in which it fits the chain, or leads to the ID if there is one to expect.
        order: Option<ByteOrder>,
    },
}

/// Whether a certificate chain lets the key of a CPA publish its name. MS-PNRP §3.1.5.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainProof {
    /// There is none.
    Absent,
    /// It does.
    Valid,
    /// It does not.
    Invalid,
}

impl AuthorityProof {
    /// The order that is shown.
    pub fn order(self) -> Option<ByteOrder> {
        match self {
            Self::Unsecured => None,
            Self::OwnKey(fit) => fit.order(),
            Self::OtherKey { order, .. } => order,
        }
    }
}

/// What of a CPA leads to the ID that it is about. MS-PNRP §3.1.4.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdProof {
    /// The ID.
    pub expected: PnrpId,
    /// How it is known.
    pub source: IdSource,
    /// The order in which the service location is its lower half.
    pub location: Fit,
    /// What hashes to its upper half.
    pub formula: Option<Formula>,
}

impl IdProof {
    /// Whether both halves fit.
    pub fn is_whole(&self) -> bool {
        self.location != Fit::Neither && self.formula.is_some()
    }
}

/// How the ID that a CPA is about is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdSource {
    /// It is the one inquired.
    Inquire,
    /// The answer has a route entry with it.
    Route,
    /// Some other message has it, and it fits.
    Elsewhere,
}

impl IdSource {
    /// As one name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inquire => "inquire",
            Self::Route => "route",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// What is hashed to a P2P ID. MS-PNRP §3.1.4.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formula {
    /// Order of the authority; nothing for an unsecured name.
    pub authority: Option<ByteOrder>,
    /// What stands for the hash of the classifier.
    pub classifier_hash: HashInId,
    /// The word at the end.
    pub word: &'static str,
    /// Order of the hash in the ID.
    pub order: ByteOrder,
}

/// What stands for the hash of the classifier in a P2P ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashInId {
    /// The bytes in the CPA.
    AsSent,
    /// The bytes in the CPA, the last first.
    Reversed,
    /// The hash of no text, for the CPA has none.
    OfNothing,
    /// Zeros, for the CPA has none.
    Zeros,
}

impl HashInId {
    /// As one name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AsSent => "as_sent",
            Self::Reversed => "reversed",
            Self::OfNothing => "of_nothing",
            Self::Zeros => "zeros",
        }
    }
}

/// Which readings of a text hash to the CPA's ClassifierHash. MS-PNRP §2.2.2.6.1, §2.2.3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassifierProof {
    /// The text in the likeliest reading.
    pub text: String,
    /// Every reading that fits, save for those that make Latin text Chinese.
    pub readings: Vec<TextReading>,
}

/// A way to read a text on the wire, and to hash it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextReading {
    /// Order of the units on the wire.
    pub wire: ByteOrder,
    /// Encoding under the hash.
    pub encoding: ClassifierEncoding,
}

/// Whether a signature fits. MS-PNRP §3.1.5.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureProof {
    /// In this order.
    Fits(ByteOrder),
    /// In neither order.
    Neither,
    /// The key is none that the protocol knows.
    UnusableKey,
    /// There is no key to check it with.
    NoKey,
}

impl SignatureProof {
    /// As one name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fits(ByteOrder::BigEndian) => "big_endian",
            Self::Fits(ByteOrder::LittleEndian) => "little_endian",
            Self::Neither => "neither",
            Self::UnusableKey => "unusable_key",
            Self::NoKey => "no_key",
        }
    }
}
