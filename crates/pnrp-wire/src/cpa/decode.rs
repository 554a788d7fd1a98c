//! Decoding of an Encoded CPA. MS-PNRP §2.2.3.1.

use super::{
    CPA_VERSION_MAJOR, CPA_VERSION_MINOR, Cpa, CpaKind, FRIENDLY_NAME_IS_UTF8, FriendlyName,
    HAS_AUTHORITY, HAS_CLASSIFIER_HASH, HAS_EXTENDED_PAYLOAD, HAS_FRIENDLY_NAME, IS_REVOKE,
    PublicKey, addresses, payload,
};
use crate::{
    Authority, ByteOrder, ClassifierHash, DecodeError, Dialect, FileTime, Nonce, Presence,
    ServiceLocation, Signature,
    header::{VERSION_MAJOR, VERSION_MINOR},
    reader::{Reader, expect, wide},
};

/// Decodes a whole structure.
///
/// Whether a revocation carries its nonce is left open by the specification; the one reading
/// whose lengths end exactly at CPA Length is taken.
pub(super) fn decode(bytes: &[u8], dialect: &Dialect) -> Result<(Cpa, Signature), DecodeError> {
    let mut r = Reader::new(bytes);
    let head = Head::decode(&mut r, bytes.len())?;
    match head.decode_tail(r.clone(), Presence::Present, dialect) {
        Err(error) if head.has(IS_REVOKE) => head
            .decode_tail(r, Presence::Absent, dialect)
            .map_err(|_| error),
        decoded => decoded,
    }
}

/// The fields in front of the nonce.
struct Head {
    flags: u8,
    not_after: FileTime,
    service_location: [u8; 16],
}

impl Head {
    fn decode(r: &mut Reader<'_>, length: usize) -> Result<Self, DecodeError> {
        expect(r.u16_le("CPA.CPA Length")?, wide(length), "CPA.CPA Length")?;
        expect(
            r.u8("CPA.Cpa MinorVersion")?,
            CPA_VERSION_MINOR,
            "CPA.Cpa MinorVersion",
        )?;
        expect(
            r.u8("CPA.Cpa MajorVersion")?,
            CPA_VERSION_MAJOR,
            "CPA.Cpa MajorVersion",
        )?;
        expect(
            r.u8("CPA.PnrpMinorVersion")?,
            VERSION_MINOR,
            "CPA.PnrpMinorVersion",
        )?;
        expect(
            r.u8("CPA.PnrpMajorVersion")?,
            VERSION_MAJOR,
            "CPA.PnrpMajorVersion",
        )?;
        let flags = r.u8("CPA.Flags")?;
        let names_someone = flags & (HAS_AUTHORITY | HAS_CLASSIFIER_HASH) != 0;
        let utf8_of_nothing = flags & (FRIENDLY_NAME_IS_UTF8 | HAS_FRIENDLY_NAME);
        if !names_someone || utf8_of_nothing == FRIENDLY_NAME_IS_UTF8 {
            return Err(DecodeError::BadValue {
                field: "CPA.Flags",
                value: flags.into(),
            });
        }
        r.u8("CPA.Reserved")?;
        let not_after = FileTime(r.u64_le("CPA.Not After")?);
        let service_location = r.array("CPA.Service Location")?;
        Ok(Self {
            flags,
            not_after,
            service_location,
        })
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn decode_tail(
        &self,
        mut r: Reader<'_>,
        revoke_nonce: Presence,
        dialect: &Dialect,
    ) -> Result<(Cpa, Signature), DecodeError> {
        let r = &mut r;
        let kind = self.decode_kind(r, revoke_nonce)?;
        let binary_authority =
            self.field(HAS_AUTHORITY, || r.array::<20>("CPA.BinaryAuthority"))?;
        let classifier_hash = self.field(HAS_CLASSIFIER_HASH, || {
            r.array("CPA.ClassifierHash").map(ClassifierHash)
        })?;
        let friendly_name = self.field(HAS_FRIENDLY_NAME, || {
            FriendlyName::decode(r, self.has(FRIENDLY_NAME_IS_UTF8))
        })?;
        let least_addresses = if self.has(IS_REVOKE) { 0 } else { 1 };
        let service_addresses = addresses::decode(r, least_addresses)?;
        let app_endpoints = payload::decode(r, dialect)?;
        let public_key = PublicKey::decode(r)?;
        let signature = Signature::decode(r)?;
        r.finish("CPA")?;
        let cpa = Cpa {
            kind,
            has_extended_payload: self.has(HAS_EXTENDED_PAYLOAD),
            not_after: self.not_after,
            service_location: ServiceLocation(dialect.number_order.arrange(self.service_location)),
            authority: binary_authority.map_or(Authority::Unsecured, |binary| {
                authority(binary, &public_key, dialect)
            }),
            classifier_hash,
            friendly_name,
            service_addresses,
            app_endpoints,
            public_key,
        };
        Ok((cpa, signature))
    }

    fn decode_kind(
        &self,
        r: &mut Reader<'_>,
        revoke_nonce: Presence,
    ) -> Result<CpaKind, DecodeError> {
        if !self.has(IS_REVOKE) {
            return Ok(CpaKind::Publish(Nonce(r.array("CPA.Nonce")?)));
        }
        if revoke_nonce == Presence::Present && Nonce(r.array("CPA.Nonce")?) != Nonce::ZERO {
            return Err(DecodeError::BadContent {
                field: "CPA.Nonce",
                expected: "zero in a revocation",
            });
        }
        Ok(CpaKind::Revoke)
    }

    /// Decodes a field whose presence a flag gives.
    fn field<T>(
        &self,
        flag: u8,
        decode: impl FnOnce() -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        self.has(flag).then(decode).transpose()
    }
}

/// The reading of BinaryAuthority that is the key's hash, or else the dialect's.
///
/// The key settles the byte order but for delegated names, whose authority is another key's.
fn authority(binary: [u8; 20], key: &PublicKey, dialect: &Dialect) -> Authority {
    let read = |order: ByteOrder| Authority::Secure(order.arrange(binary));
    let other = read(dialect.number_order.other());
    if key.authority() == other {
        other
    } else {
        read(dialect.number_order)
    }
}
