//! Whether an X.509 certificate is for a key. Nothing else of it is looked at.

use pkcs8::{
    der::{self, Decode, Reader, Tag, asn1::AnyRef},
    spki::SubjectPublicKeyInfoRef,
};
use pnrp_wire::PublicKey;

/// Why a certificate does not fit.
#[derive(Debug)]
pub(in crate::export) enum Unfit {
    Malformed(der::Error),
    OtherKey,
}

/// Compares the key in a certificate.
pub(in crate::export) fn check(certificate: &[u8], key: &PublicKey) -> Result<(), Unfit> {
    let found = public_key(certificate).map_err(Unfit::Malformed)?;
    let is_rsa = found.algorithm.oid == rsa::pkcs1::ALGORITHM_OID;
    if is_rsa && found.subject_public_key.as_bytes() == Some(&key.0) {
        Ok(())
    } else {
        Err(Unfit::OtherKey)
    }
}

/// RFC 5280, section 4.1: the key is the seventh field, or the sixth where no version stands
/// first.
fn public_key(certificate: &[u8]) -> der::Result<SubjectPublicKeyInfoRef<'_>> {
    AnyRef::from_der(certificate)?.sequence(|parts| {
        let key = AnyRef::decode(parts)?.sequence(|fields| {
            if matches!(fields.peek_tag()?, Tag::ContextSpecific { .. }) {
                AnyRef::decode(fields)?;
            }
            // Serial number, algorithm, issuer, validity, subject.
            for _ in 0..5 {
                AnyRef::decode(fields)?;
            }
            let key = SubjectPublicKeyInfoRef::decode(fields)?;
            skip_rest(fields)?;
            Ok(key)
        })?;
        skip_rest(parts)?;
        Ok(key)
    })
}

/// Reads over whatever follows.
pub(super) fn skip_rest<'a>(reader: &mut impl Reader<'a>) -> der::Result<()> {
    while !reader.is_finished() {
        AnyRef::decode(reader)?;
    }
    Ok(())
}
