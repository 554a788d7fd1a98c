//! A CPA under every reading of its numbers. MS-PNRP §2.2.3.1, §3.1.4.4.1.
//!
//! The fields are taken from the bytes, and the ID is computed here: `pnrp-wire` has one reading
//! of each, and is what is in question.

use pnrp_wire::{Authority, ByteOrder, CpaKind, Dialect, PnrpId, Presence, SignedCpa};
use sha1::{Digest, Sha1};

use super::proof::{AuthorityProof, ChainProof, Fit, Formula, HashInId, IdProof, IdSource};

const FLAGS: usize = 6;
const HAS_FRIENDLY_NAME: u8 = 0x10;
const HAS_CLASSIFIER_HASH: u8 = 0x08;
const HAS_AUTHORITY: u8 = 0x04;
const LOCATION: usize = 16;
const NONCE: usize = 32;
const NONCE_LEN: usize = 16;
const HASH_LEN: usize = 20;

/// The numbers of a CPA as they were sent.
pub(super) struct RawCpa {
    location: [u8; 16],
    authority: Option<[u8; 20]>,
    pub(super) classifier_hash: Option<[u8; 20]>,
    /// The hash of its key, most significant byte first.
    key: [u8; 20],
    pub(super) revoke_nonce: Option<Presence>,
}

impl RawCpa {
    pub(super) fn new(signed: &SignedCpa) -> Option<Self> {
        let bytes = signed.as_bytes();
        let flags = *bytes.get(FLAGS)?;
        let revoke_nonce = match signed.cpa().kind {
            CpaKind::Publish(_) => None,
            CpaKind::Revoke => Some(revoke_nonce(signed, flags)?),
        };
        let mut position = after_nonce(revoke_nonce.unwrap_or(Presence::Present));
        let mut hash = |flag: u8| {
            if flags & flag == 0 {
                return None;
            }
            let hash = bytes.get(position..)?.first_chunk().copied();
            position += HASH_LEN;
            hash
        };
        Some(Self {
            location: *bytes.get(LOCATION..)?.first_chunk()?,
            authority: hash(HAS_AUTHORITY),
            classifier_hash: hash(HAS_CLASSIFIER_HASH),
            key: signed.cpa().public_key.authority().to_bytes(),
            revoke_nonce,
        })
    }

    /// Whose authority it is, as far as the key tells.
    pub(super) fn authority(&self) -> AuthorityProof {
        let Some(sent) = self.authority else {
            return AuthorityProof::Unsecured;
        };
        match Fit::of(&sent, &self.key) {
            Fit::Neither => AuthorityProof::OtherKey {
                chain: ChainProof::Absent,
                order: None,
            },
            fit @ (Fit::BigEndian | Fit::LittleEndian | Fit::Either) => AuthorityProof::OwnKey(fit),
        }
    }

    /// Whether and how this CPA is about an ID.
    pub(super) fn id(&self, expected: PnrpId, source: IdSource) -> IdProof {
        let (upper, lower) = expected.as_bytes().split_at(16);
        let mut hypotheses = self.hypotheses();
        IdProof {
            expected,
            source,
            location: Fit::of(&self.location, lower),
            formula: hypotheses
                .find(|(p2p_id, ..)| p2p_id == upper)
                .map(|(_, formula, _)| formula),
        }
    }

    /// The order in which an authority that is not the key's leads to an ID.
    pub(super) fn delegated_order(&self, id: &PnrpId) -> Option<ByteOrder> {
        let (upper, _) = id.as_bytes().split_at(16);
        let mut hypotheses = self.hypotheses();
        hypotheses
            .find(|(p2p_id, ..)| p2p_id == upper)
            .and_then(|(.., order)| order)
    }

    /// The authority in each order, ours first.
    pub(super) fn authorities_sent(&self) -> impl Iterator<Item = (ByteOrder, Authority)> {
        let orders = [ByteOrder::LittleEndian, ByteOrder::BigEndian];
        let sent = self.authority.into_iter();
        sent.flat_map(move |sent| {
            orders.map(|order| (order, Authority::Secure(arrange(sent, order))))
        })
    }

    /// Every ID that it may be about.
    pub(super) fn possible_ids(&self) -> impl Iterator<Item = PnrpId> {
        let reversed = reverse(self.location);
        self.hypotheses().flat_map(move |(p2p_id, ..)| {
            [self.location, reversed].map(|location| {
                let mut bytes = [0; 32];
                let halves = p2p_id.iter().chain(&location);
                bytes
                    .iter_mut()
                    .zip(halves)
                    .for_each(|(to, from)| *to = *from);
                PnrpId::from_bytes(bytes)
            })
        })
    }

    /// P2P IDs, what leads to them, and the order on the wire of an authority that is not the
    /// key's; what this implementation does comes first.
    fn hypotheses(&self) -> impl Iterator<Item = ([u8; 16], Formula, Option<ByteOrder>)> {
        let hashes = match self.classifier_hash {
            Some(hash) => [
                (hash, HashInId::AsSent),
                (reverse(hash), HashInId::Reversed),
            ],
            None => [
                (Sha1::digest(b"").into(), HashInId::OfNothing),
                ([0; 20], HashInId::Zeros),
            ],
        };
        let authorities = self.authorities();
        let mut hypotheses = Vec::new();
        for order in [ByteOrder::BigEndian, ByteOrder::LittleEndian] {
            for word in WORDS {
                for (hash, classifier_hash) in hashes {
                    hypotheses.extend(authorities.iter().map(|authority| {
                        let formula = Formula {
                            authority: authority.in_hash,
                            classifier_hash,
                            word,
                            order,
                        };
                        let p2p_id = p2p_id(&hash, &authority.bytes, word);
                        (arrange(p2p_id, order), formula, authority.on_wire)
                    }));
                }
            }
        }
        hypotheses.into_iter()
    }

    fn authorities(&self) -> Vec<HashedAuthority> {
        use ByteOrder::{BigEndian, LittleEndian};
        let authority = |bytes, in_hash, on_wire| HashedAuthority {
            bytes,
            in_hash,
            on_wire,
        };
        let Some(sent) = self.authority else {
            return vec![authority(Authority::Unsecured.to_bytes(), None, None)];
        };
        if Fit::of(&sent, &self.key) == Fit::Neither {
            // One of two orders can be told and not both: that under the hash is taken for ours.
            return vec![
                authority(reverse(sent), Some(BigEndian), Some(LittleEndian)),
                authority(sent, Some(BigEndian), Some(BigEndian)),
            ];
        }
        vec![
            authority(self.key, Some(BigEndian), None),
            authority(reverse(self.key), Some(LittleEndian), None),
        ]
    }
}

struct HashedAuthority {
    bytes: [u8; 20],
    in_hash: Option<ByteOrder>,
    on_wire: Option<ByteOrder>,
}

/// The number 0x504E5250 with its most or its least significant byte first. MS-PNRP §1.3.1.2.
const WORDS: [&str; 2] = ["PNRP", "PRNP"];

fn p2p_id(classifier: &[u8; 20], authority: &[u8; 20], word: &str) -> [u8; 16] {
    let hash = Sha1::new()
        .chain_update(classifier)
        .chain_update(authority)
        .chain_update(classifier)
        .chain_update(word)
        .finalize();
    hash.first_chunk().copied().unwrap_or_default()
}

/// The presence of the nonce with which the lengths of a revocation add up.
fn revoke_nonce(signed: &SignedCpa, flags: u8) -> Option<Presence> {
    let mut nameless = signed.cpa().clone();
    nameless.friendly_name = None;
    let absent = Dialect {
        revoke_nonce: Presence::Absent,
        ..Dialect::default()
    };
    let rest = nameless.encode_unsigned(&absent).ok()?.len();
    let received = signed.signed_bytes();
    let fits = |presence: &Presence| {
        let start = after_nonce(*presence);
        let hashes =
            (flags & HAS_AUTHORITY).count_ones() + (flags & HAS_CLASSIFIER_HASH).count_ones();
        let name = start + HASH_LEN * usize::try_from(hashes).unwrap_or_default();
        let name_length = match received.get(name..).and_then(<[u8]>::first_chunk) {
            Some(length) if flags & HAS_FRIENDLY_NAME != 0 => {
                2 + usize::from(u16::from_le_bytes(*length))
            }
            _ => 0,
        };
        start - NONCE + rest + name_length == received.len()
    };
    [Presence::Present, Presence::Absent].into_iter().find(fits)
}

fn after_nonce(nonce: Presence) -> usize {
    match nonce {
        Presence::Present => NONCE + NONCE_LEN,
        Presence::Absent => NONCE,
    }
}

fn arrange<const N: usize>(bytes: [u8; N], order: ByteOrder) -> [u8; N] {
    match order {
        ByteOrder::BigEndian => bytes,
        ByteOrder::LittleEndian => reverse(bytes),
    }
}

fn reverse<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes.reverse();
    bytes
}
