//! Signing and validating certified peer addresses. MS-PNRP §3.2.5.7, §3.1.5.7.
//!
//! A [`ValidCpa`] cannot be made but by [`validate_cpa`], so a function that takes one need not
//! ask whether anybody checked.

use pnrp_wire::{Authority, ByteOrder, Cpa, CpaKind, Dialect, FileTime, Nonce, PnrpId, SignedCpa};
use thiserror::Error;

use crate::signature::{SignError, SignatureMismatch, Signer, Verifier};

/// Encodes and signs a publisher's statements. MS-PNRP §3.2.5.7, §3.2.5.9.
///
/// # Errors
/// When the statements name another key than the signer's or cannot be encoded, or the signer
/// fails.
pub fn sign_cpa(cpa: Cpa, signer: &dyn Signer, dialect: &Dialect) -> Result<SignedCpa, SignError> {
    if cpa.public_key != signer.public_key() {
        return Err(SignError::OtherKey);
    }
    let signature = signer.sign(&cpa.encode_unsigned(dialect)?)?;
    Ok(SignedCpa::new(cpa, signature, dialect)?)
}

/// Checks everything a received CPA has to satisfy but its extended payload. MS-PNRP §3.1.5.7.
///
/// The syntax has been checked by decoding. The rest is checked in the order of the
/// specification, so the costly signature comes last.
///
/// # Errors
/// The first check that fails.
pub fn validate_cpa(
    signed: SignedCpa,
    expected: &CpaExpectation,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<ValidCpa, CpaError> {
    let cpa = signed.cpa();
    check_authority(cpa)?;
    if now > cpa.not_after {
        return Err(CpaError::Expired {
            not_after: cpa.not_after,
            now,
        });
    }
    check_kind(&cpa.kind, &expected.kind)?;
    if !signed.describes(&expected.id) {
        return Err(CpaError::OtherId {
            found: signed.id(),
            expected: expected.id,
        });
    }
    let signature_order =
        verifier.verify(&cpa.public_key, signed.signed_bytes(), signed.signature())?;
    Ok(ValidCpa {
        signed,
        id: expected.id,
        signature_order,
    })
}

/// What a CPA was asked for, and has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpaExpectation {
    /// The ID it has to describe.
    pub id: PnrpId,
    /// Publication with the nonce of our INQUIRE, or revocation.
    pub kind: CpaKind,
}

impl CpaExpectation {
    /// The answer to an INQUIRE for this ID, with the nonce that was sent.
    pub fn publication(id: PnrpId, nonce: Nonce) -> Self {
        Self {
            id,
            kind: CpaKind::Publish(nonce),
        }
    }

    /// A flooded revocation of this ID, which answers nothing. MS-PNRP §3.1.5.5.
    pub fn revocation(id: PnrpId) -> Self {
        Self {
            id,
            kind: CpaKind::Revoke,
        }
    }
}

/// A CPA that passed every check of MS-PNRP §3.1.5.7.
///
/// For a secure name, the holder of the authority's key stated it. For an unsecured name, the
/// holder of some key did: [`cpa`](Self::cpa)`().public_key` tells one holder from another, and
/// says nothing about either. In particular, a revocation of an unsecured name counts only if
/// its key is the one that published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidCpa {
    signed: SignedCpa,
    id: PnrpId,
    signature_order: ByteOrder,
}

impl ValidCpa {
    /// The statements.
    pub fn cpa(&self) -> &Cpa {
        self.signed.cpa()
    }

    /// The CPA as received, to pass on.
    pub fn signed(&self) -> &SignedCpa {
        &self.signed
    }

    /// The ID it was validated for.
    pub fn id(&self) -> PnrpId {
        self.id
    }

    /// The byte order in which the signature fitted.
    pub fn signature_order(&self) -> ByteOrder {
        self.signature_order
    }
}

/// The first check of MS-PNRP §3.1.5.7 that a CPA failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CpaError {
    /// The authority is not that of the key; only a certificate chain could tie the two, and
    /// chains are not supported.
    #[error("the key is not the authority's, and certificate chains are not supported")]
    ChainRequired,
    /// Not After has passed.
    #[error("expired at {not_after:?}, and it is {now:?}")]
    Expired {
        /// When it expired.
        not_after: FileTime,
        /// When it was checked.
        now: FileTime,
    },
    /// It revokes where a publication was asked for, or publishes where a revocation was.
    #[error("{found:?} where {expected:?} was expected")]
    WrongKind {
        /// What it is.
        found: CpaKind,
        /// What was expected.
        expected: CpaKind,
    },
    /// It answers another INQUIRE.
    #[error("the nonce is {found:?}, and {expected:?} was sent")]
    OtherNonce {
        /// The nonce in it.
        found: Nonce,
        /// The nonce sent.
        expected: Nonce,
    },
    /// It describes another ID.
    #[error("it describes {found}, not {expected}")]
    OtherId {
        /// The ID it describes, in the most likely byte order.
        found: PnrpId,
        /// The ID expected.
        expected: PnrpId,
    },
    /// The key in it did not sign it.
    #[error("the signature is not valid: {0}")]
    Signature(#[from] SignatureMismatch),
}

fn check_authority(cpa: &Cpa) -> Result<(), CpaError> {
    match cpa.authority {
        Authority::Unsecured => Ok(()),
        secure if secure == cpa.public_key.authority() => Ok(()),
        Authority::Secure(_) => Err(CpaError::ChainRequired),
    }
}

fn check_kind(found: &CpaKind, expected: &CpaKind) -> Result<(), CpaError> {
    match (*found, *expected) {
        (CpaKind::Revoke, CpaKind::Revoke) => Ok(()),
        (CpaKind::Publish(found), CpaKind::Publish(expected)) if found == expected => Ok(()),
        (CpaKind::Publish(found), CpaKind::Publish(expected)) => {
            Err(CpaError::OtherNonce { found, expected })
        }
        (found, expected) => Err(CpaError::WrongKind { found, expected }),
    }
}

#[cfg(test)]
mod tests;
