//! Signed structures, built again from their statements.
//!
//! They are passed on as they came, so their encoding is always the same. What is compared is
//! what this implementation would have signed for the same statements.

use std::collections::BTreeSet;

use pnrp_wire::{ByteOrder, Dialect, ExtendedPayload, Payload, Presence, SignedCpa};

use super::{Comparison, Freedom, first_difference};

/// Compares the bytes under the signature of a CPA with those built from its statements.
/// MS-PNRP §2.2.3.1.
///
/// Each reading of what the specification leaves open is tried.
pub fn compare_cpa(cpa: &SignedCpa) -> Comparison {
    let mut first_failure = None;
    for (dialect, departures) in cpa_dialects() {
        // The bytes have decoded once; a reading under which they do not is none of theirs.
        let Ok(read) = SignedCpa::decode(cpa.as_bytes(), &dialect) else {
            continue;
        };
        let Ok(built) = read.cpa().encode_unsigned(&dialect) else {
            continue;
        };
        let has_name = read.cpa().friendly_name.is_some();
        match cpa_freedoms(cpa.signed_bytes(), &built, has_name) {
            Ok(found) => {
                return Comparison::same_after(found.into_iter().chain(departures).collect());
            }
            Err(offset) => {
                first_failure.get_or_insert(offset);
            }
        }
    }
    Comparison::Different {
        offset: first_failure.unwrap_or_default(),
    }
}

/// The default first, then the other readings and what they are called.
fn cpa_dialects() -> impl Iterator<Item = (Dialect, Vec<Freedom>)> {
    let nonces = [
        (Presence::Present, None),
        (Presence::Absent, Some(Freedom::RevokeNonce)),
    ];
    let orders = [
        (ByteOrder::LittleEndian, None),
        (ByteOrder::BigEndian, Some(Freedom::ByteOrder)),
    ];
    orders.into_iter().flat_map(move |(number_order, order)| {
        nonces.map(|(revoke_nonce, nonce)| {
            let dialect = Dialect {
                number_order,
                revoke_nonce,
                ..Dialect::default()
            };
            (dialect, order.into_iter().chain(nonce).collect())
        })
    })
}

mod cpa {
    pub(super) const LENGTH: usize = 0;
    pub(super) const FLAGS: usize = 6;
    pub(super) const RESERVED: usize = 7;
    pub(super) const UNUSED_FLAGS: u8 = 0xC0;
    pub(super) const IS_UTF8: u8 = 0x02;
    pub(super) const IS_REVOKE: u8 = 0x01;
    pub(super) const HAS_AUTHORITY: u8 = 0x04;
    pub(super) const HAS_CLASSIFIER_HASH: u8 = 0x08;
    pub(super) const NONCE: usize = 32;
    /// The public key, counted from the end, and what is reserved in it. MS-PNRP §2.2.3.1.4.
    pub(super) const KEY: usize = 169;
    pub(super) const KEY_RESERVED: [usize; 3] = [4, 5, 8];
}

fn cpa_freedoms(received: &[u8], built: &[u8], has_name: bool) -> Result<BTreeSet<Freedom>, usize> {
    let mut found = BTreeSet::new();
    let mut plain = received.to_vec();
    let key = plain.len().saturating_sub(cpa::KEY);
    let mut ignored = vec![(cpa::FLAGS, cpa::UNUSED_FLAGS), (cpa::RESERVED, 0xFF)];
    ignored.extend(cpa::KEY_RESERVED.map(|at| (key + at, 0xFF)));
    for (at, bits) in ignored {
        if clear(&mut plain, at, bits) {
            found.insert(Freedom::ReservedBits);
        }
    }
    if plain != built
        && has_name
        && let Some(renamed) = with_name_of(&plain, built)
    {
        plain = renamed;
        found.insert(Freedom::TextEncoding);
    }
    match first_difference(&plain, built) {
        None => Ok(found),
        Some(_) => Err(first_difference(received, built).unwrap_or_default()),
    }
}

/// The bytes of a CPA with another's encoding of the friendly name, if only theirs is UTF-8.
fn with_name_of(received: &[u8], built: &[u8]) -> Option<Vec<u8>> {
    let (flags, own_flags) = (*received.get(cpa::FLAGS)?, *built.get(cpa::FLAGS)?);
    if flags & cpa::IS_UTF8 == 0 || own_flags & cpa::IS_UTF8 != 0 {
        return None;
    }
    let hashes = [cpa::HAS_AUTHORITY, cpa::HAS_CLASSIFIER_HASH];
    let hashes = hashes.iter().filter(|flag| flags & **flag != 0).count();
    let before = cpa::NONCE + 20 * hashes;
    // A revocation has its nonce or has it not; only one of them leads to the same rest.
    let starts = match flags & cpa::IS_REVOKE {
        0 => vec![before + 16],
        _ => vec![before + 16, before],
    };
    starts.into_iter().find_map(|start| {
        let (head, name) = received.split_at_checked(start)?;
        let (_, rest) = name.split_at_checked(text_length(name)?)?;
        let own_name = built.get(start..)?;
        let (own_name, own_rest) = own_name.split_at_checked(text_length(own_name)?)?;
        let mut renamed = [head, own_name, rest].concat();
        clear(&mut renamed, cpa::FLAGS, cpa::IS_UTF8);
        for at in [cpa::LENGTH, cpa::LENGTH + 1] {
            *renamed.get_mut(at)? = *built.get(at)?;
        }
        (rest == own_rest).then_some(renamed)
    })
}

/// Bytes of a text behind its length, the length included.
fn text_length(bytes: &[u8]) -> Option<usize> {
    let length = bytes.first_chunk()?;
    Some(2 + usize::from(u16::from_le_bytes(*length)))
}

/// Clears bits, and says whether one was set.
fn clear(bytes: &mut [u8], at: usize, bits: u8) -> bool {
    bytes.get_mut(at).is_some_and(|byte| {
        let was_set = *byte & bits != 0;
        *byte &= !bits;
        was_set
    })
}

/// Compares the bytes under the signature of an extended payload with those built from its
/// statements. MS-PNRP §2.2.3.3.
pub fn compare_payload(payload: &ExtendedPayload) -> Comparison {
    const RESERVED: [usize; 2] = [4, 5];
    /// Not After, ID and nonce.
    const STATEMENTS: std::ops::Range<usize> = 8..64;
    let received = payload.signed_bytes();
    let Ok(built) = payload.statements().encode_unsigned(&Dialect::default()) else {
        return Comparison::Different { offset: 0 };
    };
    let mut found = BTreeSet::new();
    let mut plain = received.to_vec();
    for at in RESERVED {
        if clear(&mut plain, at, 0xFF) {
            found.insert(Freedom::ReservedBits);
        }
    }
    if plain == built {
        return Comparison::same_after(found);
    }
    let is_utf8 = has_utf8(received) && !has_utf8(&built);
    let is_string = matches!(payload.payload(), Payload::String(_));
    if is_string && is_utf8 && plain.get(STATEMENTS) == built.get(STATEMENTS) {
        found.insert(Freedom::TextEncoding);
        return Comparison::SameAfter(found);
    }
    let offset = first_difference(received, &built).unwrap_or_default();
    Comparison::Different { offset }
}

/// Whether the String Type of an extended payload says UTF-8.
fn has_utf8(bytes: &[u8]) -> bool {
    bytes.get(74..76) == Some(&[1, 0])
}
