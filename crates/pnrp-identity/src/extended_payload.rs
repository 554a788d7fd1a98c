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
mod tests {
    use pnrp_wire::{ByteOrder, Cpa};

    use super::*;
    use crate::{
        CpaExpectation, PeerIdentity, RsaVerifier,
        fixture::{NONCE, NOT_AFTER, id_under, identity, publication},
        sign_cpa, validate_cpa,
    };

    #[test]
    fn data_sent_with_a_cpa_is_valid() {
        let valid = validate(sign(statements())).unwrap();

        assert_eq!(valid.payload(), &statements().payload);
    }

    #[test]
    fn data_survives_the_wire_in_either_byte_order() {
        for order in [ByteOrder::BigEndian, ByteOrder::LittleEndian] {
            let dialect = Dialect {
                number_order: order,
                signature_order: order,
                ..Dialect::default()
            };
            let signed = sign_extended_payload(statements(), &identity(), &dialect).unwrap();

            let received = ExtendedPayload::decode(signed.as_bytes(), &Dialect::default());

            let valid = validate(received.unwrap()).unwrap();
            assert_eq!(valid.signed().as_bytes(), signed.as_bytes());
        }
    }

    #[test]
    fn data_is_valid_up_to_not_after_and_expired_from_then_on() {
        let at = |now| validate_extended_payload(sign(statements()), &cpa(), now, &RsaVerifier);
        let later = FileTime(NOT_AFTER.0 + 1);

        assert!(at(NOT_AFTER).is_ok());
        assert_eq!(
            at(later),
            Err(PayloadError::Expired {
                not_after: NOT_AFTER,
                now: later
            })
        );
    }

    #[test]
    fn data_of_another_id_is_refused() {
        let (expected, found) = (cpa().id(), cpa().id().successor());

        let refused = validate(sign(UnsignedPayload {
            id: found,
            ..statements()
        }));

        assert_eq!(refused, Err(PayloadError::OtherId { found, expected }));
    }

    #[test]
    fn data_from_an_earlier_answer_is_refused() {
        let found = Nonce([0xa5; 16]);

        let refused = validate(sign(UnsignedPayload {
            nonce: found,
            ..statements()
        }));

        assert_eq!(
            refused,
            Err(PayloadError::OtherNonce {
                found,
                expected: NONCE
            })
        );
    }

    #[test]
    fn data_signed_by_another_key_than_the_cpas_is_refused() {
        let other = PeerIdentity::generate().unwrap();
        let signed = sign_extended_payload(statements(), &other, &Dialect::default()).unwrap();

        let refused = validate(signed);

        assert_eq!(
            refused,
            Err(PayloadError::Signature(SignatureMismatch::NeitherOrder))
        );
    }

    #[test]
    fn a_revocation_vouches_for_no_data() {
        let revocation = Cpa {
            kind: CpaKind::Revoke,
            ..publication()
        };
        let signed = sign_cpa(revocation, &identity(), &Dialect::default()).unwrap();
        let expected = CpaExpectation::revocation(cpa().id());
        let revocation = validate_cpa(signed, &expected, NOT_AFTER, &RsaVerifier).unwrap();

        let refused =
            validate_extended_payload(sign(statements()), &revocation, NOT_AFTER, &RsaVerifier);

        assert_eq!(refused, Err(PayloadError::Revoked));
    }

    /// MS-PNRP §3.1.5.9: the signature covers every byte before it, reserved ones included.
    #[test]
    fn a_change_to_any_signed_byte_is_refused() {
        let signed = sign(statements());
        for index in 0..signed.signed_bytes().len() {
            let mut bytes = signed.as_bytes().to_vec();
            bytes[index] ^= 0x01;
            if let Ok(received) = ExtendedPayload::decode(&bytes, &Dialect::default()) {
                assert!(validate(received).is_err(), "byte {index}");
            }
        }
    }

    #[test]
    fn empty_data_is_not_signed() {
        let empty = UnsignedPayload {
            payload: Payload::Binary(Vec::new()),
            ..statements()
        };

        let refused = sign_extended_payload(empty, &identity(), &Dialect::default());

        assert!(matches!(refused, Err(SignError::Inexpressible(_))));
    }

    fn statements() -> UnsignedPayload {
        UnsignedPayload {
            not_after: NOT_AFTER,
            id: id_under(&identity().authority()),
            nonce: NONCE,
            payload: Payload::Binary(vec![1, 2, 3, 4, 5]),
        }
    }

    fn sign(statements: UnsignedPayload) -> ExtendedPayload {
        sign_extended_payload(statements, &identity(), &Dialect::default()).unwrap()
    }

    fn validate(received: ExtendedPayload) -> Result<ValidPayload, PayloadError> {
        validate_extended_payload(received, &cpa(), NOT_AFTER, &RsaVerifier)
    }

    fn cpa() -> ValidCpa {
        let cpa = Cpa {
            has_extended_payload: true,
            ..publication()
        };
        let signed = sign_cpa(cpa, &identity(), &Dialect::default()).unwrap();
        let expected = CpaExpectation::publication(id_under(&identity().authority()), NONCE);
        validate_cpa(signed, &expected, NOT_AFTER, &RsaVerifier).unwrap()
    }
}
