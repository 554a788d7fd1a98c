//! Encoded CPA: a publisher's proof, little-endian inside. MS-PNRP §2.2.3.1.
//!
//! ```text
//! CPA Length (2) | 00 02 | 00 04 | flags (1) | reserved (1) | Not After (8)
//! | Service Location (16) | Nonce (16) | [BinaryAuthority (20)] | [ClassifierHash (20)]
//! | [FriendlyName Len (2) | FriendlyName] | Service Address List | NumPayloads (2)
//! | Total Bytes (2) | [PAYLOAD] | CPA Public Key (169) | SIGNATURE (136)
//! ```
//!
//! Exceptions to little-endian: ports of service addresses, and ClassifierHash, which is in the
//! order SHA-1 gives.

mod addresses;
mod decode;
mod friendly_name;
mod payload;
mod public_key;

pub use friendly_name::FriendlyName;
pub use payload::AppEndpoint;
pub use public_key::PublicKey;

use sha1::{Digest, Sha1};

use crate::{
    Authority, ByteOrder, ClassifierHash, DecodeError, Dialect, Endpoint, FileTime, InvalidValue,
    Nonce, P2pId, PnrpId, Presence, ServiceLocation, Signature,
    header::{VERSION_MAJOR, VERSION_MINOR},
    limits::{MAX_APP_ENDPOINTS, MAX_SERVICE_ADDRESSES},
    signature,
    writer::{Writer, length16},
};

/// The statements of a certified peer address, without their signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpa {
    /// Publication or revocation.
    pub kind: CpaKind,
    /// Flag `X`: an extended payload goes with it.
    pub has_extended_payload: bool,
    /// When it expires.
    pub not_after: FileTime,
    /// The lower half of the ID.
    pub service_location: ServiceLocation,
    /// Who may publish the name.
    pub authority: Authority,
    /// Hash of the classifier; `None` when the field is left out.
    pub classifier_hash: Option<ClassifierHash>,
    /// The publisher's comment.
    pub friendly_name: Option<FriendlyName>,
    /// Where the publishing node listens: 1 to 4, or 0 to 4 in a revocation.
    pub service_addresses: Vec<Endpoint>,
    /// Where the application listens, at most 10; empty leaves the payload out.
    pub app_endpoints: Vec<AppEndpoint>,
    /// The key that signs.
    pub public_key: PublicKey,
}

/// Whether a CPA publishes or revokes. MS-PNRP §2.2.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpaKind {
    /// Flag `R` clear; carries the nonce of the INQUIRE it answers.
    Publish(Nonce),
    /// Flag `R` set.
    Revoke,
}

const CPA_VERSION_MINOR: u8 = 0;
const CPA_VERSION_MAJOR: u8 = 2;
const HAS_EXTENDED_PAYLOAD: u8 = 0x20;
const HAS_FRIENDLY_NAME: u8 = 0x10;
const HAS_CLASSIFIER_HASH: u8 = 0x08;
const HAS_AUTHORITY: u8 = 0x04;
const FRIENDLY_NAME_IS_UTF8: u8 = 0x02;
const IS_REVOKE: u8 = 0x01;

impl Cpa {
    /// The bytes to sign: the whole structure up to the SIGNATURE. MS-PNRP §3.2.5.9.
    ///
    /// CPA Length counts the signature that will follow.
    ///
    /// # Errors
    /// When a count is beyond what MS-PNRP §2.2.3.1 allows.
    pub fn encode_unsigned(&self, dialect: &Dialect) -> Result<Vec<u8>, InvalidValue> {
        self.check()?;
        // Room for the signature, too, which most callers append.
        let mut out = Vec::with_capacity(ROOM);
        let mut w = Writer::new(&mut out);
        w.u16_le(0);
        self.encode_after_length(dialect, &mut w);
        let length = length16(out.len() + signature::STRUCTURE_LEN);
        if let Some(field) = out.first_chunk_mut() {
            *field = length.to_le_bytes();
        }
        Ok(out)
    }

    /// The ID that this CPA certifies. MS-PNRP §3.1.4.4.1.
    ///
    /// Without a ClassifierHash, the classifier is the empty one.
    pub fn id(&self) -> PnrpId {
        let hash = self.classifier_hash.unwrap_or_else(hash_of_nothing);
        PnrpId::new(P2pId::derive(&self.authority, &hash), self.service_location)
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let least = match self.kind {
            CpaKind::Publish(_) => 1,
            CpaKind::Revoke => 0,
        };
        let rules = [
            (
                self.authority != Authority::Unsecured || self.classifier_hash.is_some(),
                "CPA.ClassifierHash",
                "must be present when there is no authority",
            ),
            (
                (least..=MAX_SERVICE_ADDRESSES).contains(&self.service_addresses.len()),
                "CPA.NumServiceAddresses",
                "must be from 1 to 4, or from 0 to 4 in a revocation",
            ),
            (
                self.app_endpoints.len() <= MAX_APP_ENDPOINTS,
                "PAYLOAD.DataLength",
                "must be that of at most 10 application endpoints",
            ),
            (
                self.public_key.is_well_formed(),
                "CPA Public Key.PublicKey Data",
                "must be an RSAPublicKey of 1024 bits with exponent 65537",
            ),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, field, reason)) => Err(InvalidValue { field, reason }),
            None => Ok(()),
        }
    }

    fn encode_after_length(&self, dialect: &Dialect, w: &mut Writer<'_>) {
        w.bytes(&[
            CPA_VERSION_MINOR,
            CPA_VERSION_MAJOR,
            VERSION_MINOR,
            VERSION_MAJOR,
        ]);
        w.bytes(&[self.flags(), 0]);
        w.u64_le(self.not_after.0);
        w.bytes(&dialect.number_order.arrange(self.service_location.0));
        match self.kind {
            CpaKind::Publish(nonce) => w.bytes(&nonce.0),
            CpaKind::Revoke if dialect.revoke_nonce == Presence::Present => {
                w.bytes(&Nonce::ZERO.0);
            }
            CpaKind::Revoke => {}
        }
        if let Authority::Secure(hash) = self.authority {
            w.bytes(&dialect.number_order.arrange(hash));
        }
        if let Some(hash) = self.classifier_hash {
            w.bytes(&hash.0);
        }
        if let Some(name) = &self.friendly_name {
            name.encode(w);
        }
        addresses::encode(&self.service_addresses, w);
        payload::encode(&self.app_endpoints, dialect, w);
        self.public_key.encode(w);
    }

    fn flags(&self) -> u8 {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let utf8 = self
            .friendly_name
            .as_ref()
            .is_some_and(FriendlyName::is_sent_as_utf8);
        flag(self.has_extended_payload, HAS_EXTENDED_PAYLOAD)
            | flag(self.friendly_name.is_some(), HAS_FRIENDLY_NAME)
            | flag(self.classifier_hash.is_some(), HAS_CLASSIFIER_HASH)
            | flag(self.authority != Authority::Unsecured, HAS_AUTHORITY)
            | flag(utf8, FRIENDLY_NAME_IS_UTF8)
            | flag(self.kind == CpaKind::Revoke, IS_REVOKE)
    }
}

/// Bytes of most signed CPAs, and some more.
const ROOM: usize = 512;

/// SHA-1 of the empty classifier, the same in every encoding without a NUL.
fn hash_of_nothing() -> ClassifierHash {
    ClassifierHash(Sha1::digest(b"").into())
}

/// A CPA with its signature and the bytes that were signed, as sent or received.
///
/// The bytes are kept because a signature covers them and not their meaning: reserved bits, or
/// another encoding of the same text, must survive being passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCpa {
    cpa: Box<Cpa>,
    signature: Signature,
    encoded: Vec<u8>,
}

impl SignedCpa {
    /// Joins the bytes of [`Cpa::encode_unsigned`] and the signature over them.
    ///
    /// `signature` is in the order of RFC 8017; it is reversed if the dialect says so.
    ///
    /// # Errors
    /// As [`Cpa::encode_unsigned`].
    pub fn new(cpa: Cpa, signature: Signature, dialect: &Dialect) -> Result<Self, InvalidValue> {
        let mut encoded = cpa.encode_unsigned(dialect)?;
        let signature = signature.into_wire_order(dialect);
        signature.encode(&mut Writer::new(&mut encoded));
        Ok(Self {
            cpa: Box::new(cpa),
            signature,
            encoded,
        })
    }

    /// Decodes a whole structure.
    ///
    /// Of BinaryAuthority, decoding takes the reading that is the hash of the key, and the
    /// dialect's if neither is.
    ///
    /// # Errors
    /// When the bytes break MS-PNRP §2.2.3.1.
    pub fn decode(bytes: &[u8], dialect: &Dialect) -> Result<Self, DecodeError> {
        let (cpa, signature) = decode::decode(bytes, dialect)?;
        Ok(Self {
            cpa: Box::new(cpa),
            signature,
            encoded: bytes.to_vec(),
        })
    }

    /// The statements.
    pub fn cpa(&self) -> &Cpa {
        &self.cpa
    }

    /// The signature, in the byte order on the wire; a verifier tries both.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The bytes under the signature.
    pub fn signed_bytes(&self) -> &[u8] {
        let length = self.encoded.len().saturating_sub(signature::STRUCTURE_LEN);
        self.encoded.get(..length).unwrap_or_default()
    }

    /// The whole structure, exactly as sent or received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }

    /// The ID under the reading that decoding chose.
    pub fn id(&self) -> PnrpId {
        self.cpa.id()
    }

    /// Whether there is a reading of this CPA's numbers under which it certifies `id`.
    /// MS-PNRP §3.1.5.7.
    ///
    /// A wrong reading cannot fit by chance.
    pub fn describes(&self, id: &PnrpId) -> bool {
        self.possible_ids().any(|possible| possible == *id)
    }

    /// The order in which this CPA's numbers have to be read to certify `id`; `None` when neither
    /// does, or both do.
    pub fn number_order(&self, id: &PnrpId) -> Option<ByteOrder> {
        let certifies = |order: &ByteOrder| {
            let dialect = Dialect {
                number_order: *order,
                ..Dialect::default()
            };
            Self::decode(&self.encoded, &dialect).is_ok_and(|read| read.id() == *id)
        };
        let mut orders = [ByteOrder::LittleEndian, ByteOrder::BigEndian]
            .into_iter()
            .filter(certifies);
        orders.next().filter(|_| orders.next().is_none())
    }

    /// The ID under each reading of this CPA's numbers, [`id`](Self::id) first; some may be equal.
    ///
    /// Authority and service location are each taken in both byte orders. Without a
    /// ClassifierHash, SHA-1 of the empty classifier is taken, then zeros.
    pub fn possible_ids(&self) -> impl Iterator<Item = PnrpId> + use<> {
        let reversed = ByteOrder::LittleEndian;
        let authorities = match self.cpa.authority {
            Authority::Unsecured => [Some(Authority::Unsecured), None],
            Authority::Secure(hash) => {
                let other = Authority::Secure(reversed.arrange(hash));
                [Some(Authority::Secure(hash)), Some(other)]
            }
        };
        let hashes = match self.cpa.classifier_hash {
            Some(hash) => [Some(hash), None],
            None => [Some(hash_of_nothing()), Some(ClassifierHash([0; 20]))],
        };
        let location = self.cpa.service_location;
        let locations = [location, ServiceLocation(reversed.arrange(location.0))];
        authorities
            .into_iter()
            .flatten()
            .flat_map(move |authority| {
                hashes.into_iter().flatten().flat_map(move |hash| {
                    let p2p_id = P2pId::derive(&authority, &hash);
                    locations.map(|location| PnrpId::new(p2p_id, location))
                })
            })
    }
}

#[cfg(test)]
mod tests;
