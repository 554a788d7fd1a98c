//! Signing and validating an application's data. MS-PNRP §3.2.5.8, §3.1.5.8.
//!
//! The data counts only beside a CPA: its signature is that of the CPA's key, and its ID and
//! nonce are the CPA's. So a [`ValidPayload`] comes out of validating the CPA it came with, or
//! takes a [`ValidCpa`] to be made.

use pnrp_wire::{
    CpaKind, Dialect, ExtendedPayload, FileTime, Nonce, Payload, PnrpId, PublicKey, UnsignedPayload,
};
use thiserror::Error;

use crate::{
    cpa::ValidCpa,
    signature::{SignError, SignatureMismatch, Signer, Verifier},
};

/// Encodes and signs an application's data. MS-PNRP §3.2.5.8, §3.2.5.9.
///
/// # Errors
/// When the data is empty or too long, or the signer fails.
pub fn sign_extended_payload(
    statements: UnsignedPayload,
    signer: &dyn Signer,
    dialect: &Dialect,
) -> Result<ExtendedPayload, SignError> {
    let signature = signer.sign(&statements.encode_unsigned(dialect)?)?;
    Ok(ExtendedPayload::new(statements, signature, dialect)?)
}

/// Checks that data received beside a CPA is what the CPA's publisher sent with it.
/// MS-PNRP §3.1.5.8.
///
/// The syntax has been checked by decoding; the rest is checked in the order of the
/// specification.
///
/// # Errors
/// The first check that fails.
pub fn validate_extended_payload(
    received: ExtendedPayload,
    cpa: &ValidCpa,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<ValidPayload, PayloadError> {
    let CpaKind::Publish(nonce) = cpa.cpa().kind else {
        return Err(PayloadError::Revoked);
    };
    let beside = Beside {
        id: cpa.id(),
        nonce,
        key: cpa.cpa().public_key,
    };
    validate(received, &beside, now, verifier)
}

/// What a payload has to agree with: the CPA beside it, whether that has been checked or not.
pub(crate) struct Beside {
    pub(crate) id: PnrpId,
    pub(crate) nonce: Nonce,
    pub(crate) key: PublicKey,
}

pub(crate) fn validate(
    received: ExtendedPayload,
    beside: &Beside,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<ValidPayload, PayloadError> {
    let UnsignedPayload {
        not_after,
        id,
        nonce,
        ..
    } = *received.statements();
    if now > not_after {
        return Err(PayloadError::Expired { not_after, now });
    }
    if !received.belongs_to(&beside.id) {
        return Err(PayloadError::OtherId {
            found: id,
            expected: beside.id,
        });
    }
    if nonce != beside.nonce {
        return Err(PayloadError::OtherNonce {
            found: nonce,
            expected: beside.nonce,
        });
    }
    verifier.verify(&beside.key, received.signed_bytes(), received.signature())?;
    Ok(ValidPayload(received))
}

/// Data that passed every check of MS-PNRP §3.1.5.8: the publisher of a CPA sent it with that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidPayload(ExtendedPayload);

impl ValidPayload {
    /// The data.
    pub fn payload(&self) -> &Payload {
        self.0.payload()
    }

    /// The whole structure as received.
    pub fn signed(&self) -> &ExtendedPayload {
        &self.0
    }
}

/// The first check of MS-PNRP §3.1.5.8 that data failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The CPA withdraws the name, so it answers nothing and carries nothing.
    #[error("a revocation has no extended payload")]
    Revoked,
    /// Not After has passed.
    #[error("expired at {not_after:?}, and it is {now:?}")]
    Expired {
        /// When it expired.
        not_after: FileTime,
        /// When it was checked.
        now: FileTime,
    },
    /// It belongs to another ID.
    #[error("it belongs to {found}, not {expected}")]
    OtherId {
        /// The ID it belongs to, in the most likely byte order.
        found: PnrpId,
        /// The ID expected.
        expected: PnrpId,
    },
    /// It answers another INQUIRE.
    #[error("the nonce is {found:?}, and {expected:?} was sent")]
    OtherNonce {
        /// The nonce in it.
        found: Nonce,
        /// The nonce sent.
        expected: Nonce,
    },
    /// The key of the CPA did not sign it.
    #[error("the signature is not valid: {0}")]
    Signature(#[from] SignatureMismatch),
}

#[cfg(test)]
mod tests;
