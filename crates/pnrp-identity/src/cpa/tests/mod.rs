//! Every check of MS-PNRP §3.1.5.7, passed and failed.

mod building;
mod delegated;
mod names;
mod payload;
mod revocation;
mod sequence;
mod syntax;

use super::*;
use crate::{
    PeerIdentity, RsaVerifier,
    fixture::{NONCE, NOT_AFTER, id_under, identity, publication},
};

const NOW: FileTime = FileTime(NOT_AFTER.0 - 1);

#[test]
fn a_publication_as_asked_for_is_valid() {
    let valid = validate(sign(publication()), &expected()).unwrap();

    assert_eq!(valid.id(), expected().id);
    assert_eq!(valid.cpa(), &publication());
    assert_eq!(valid.signature_order(), ByteOrder::BigEndian);
}

#[test]
fn a_publication_survives_the_wire() {
    let signed = sign(publication());

    let received = SignedCpa::decode(signed.as_bytes(), &Dialect::default()).unwrap();

    let valid = validate(received, &expected()).unwrap();
    assert_eq!(valid.signed().as_bytes(), signed.as_bytes());
    assert_eq!(valid.cpa(), &publication());
}

#[test]
fn a_signature_in_the_reversed_order_is_valid_and_told() {
    let reversed = Dialect {
        signature_order: ByteOrder::LittleEndian,
        ..Dialect::default()
    };
    let signed = sign_cpa(publication(), &identity(), &reversed).unwrap();

    let received = SignedCpa::decode(signed.as_bytes(), &Dialect::default()).unwrap();

    let valid = validate(received, &expected()).unwrap();
    assert_eq!(valid.signature_order(), ByteOrder::LittleEndian);
}

#[test]
fn numbers_in_the_other_order_are_valid_once_received() {
    let natural = Dialect {
        number_order: ByteOrder::BigEndian,
        ..Dialect::default()
    };
    let signed = sign_cpa(publication(), &identity(), &natural).unwrap();

    let received = SignedCpa::decode(signed.as_bytes(), &Dialect::default()).unwrap();

    assert!(validate(received, &expected()).is_ok());
}

/// R-1.3.1-02
#[test]
fn any_key_may_publish_an_unsecured_name() {
    let cpa = Cpa {
        authority: Authority::Unsecured,
        ..publication()
    };
    let expected = CpaExpectation::publication(id_under(&Authority::Unsecured), NONCE);

    assert!(validate(sign(cpa), &expected).is_ok());
}

#[test]
fn a_revocation_needs_no_nonce() {
    let cpa = Cpa {
        kind: CpaKind::Revoke,
        ..publication()
    };

    let valid = validate(sign(cpa), &CpaExpectation::revocation(expected().id));

    assert!(valid.is_ok());
}

/// R-3.1.5.7-03, R-2.2.3.1-16: the key has to be the one that the authority is the hash of.
#[test]
fn the_authority_of_another_key_requires_a_chain() {
    let other = Authority::Secure([0x77; 20]);
    let cpa = Cpa {
        authority: other,
        ..publication()
    };
    let expected = CpaExpectation::publication(id_under(&other), NONCE);

    assert_eq!(validate(sign(cpa), &expected), Err(CpaError::ChainRequired));
}

/// R-3.1.5.7-06
#[test]
fn a_cpa_is_valid_up_to_not_after_and_expired_from_then_on() {
    let at = |now| validate_cpa(sign(publication()), &expected(), now, &RsaVerifier);
    let later = FileTime(NOT_AFTER.0 + 1);

    assert!(at(NOT_AFTER).is_ok());
    assert_eq!(
        at(later),
        Err(CpaError::Expired {
            not_after: NOT_AFTER,
            now: later
        })
    );
}

/// R-3.1.5.7-10
#[test]
fn a_revocation_is_no_answer_and_an_answer_no_revocation() {
    let publish = CpaKind::Publish(NONCE);
    let revocation = sign(Cpa {
        kind: CpaKind::Revoke,
        ..publication()
    });

    assert_eq!(
        validate(revocation, &expected()),
        Err(CpaError::WrongKind {
            found: CpaKind::Revoke,
            expected: publish
        })
    );
    assert_eq!(
        validate(
            sign(publication()),
            &CpaExpectation::revocation(expected().id)
        ),
        Err(CpaError::WrongKind {
            found: publish,
            expected: CpaKind::Revoke
        })
    );
}

/// R-3.1.5.7-07
#[test]
fn an_answer_to_another_inquire_is_refused() {
    let sent = Nonce([0xa5; 16]);
    let expected = CpaExpectation::publication(expected().id, sent);

    let refused = validate(sign(publication()), &expected);

    assert_eq!(
        refused,
        Err(CpaError::OtherNonce {
            found: NONCE,
            expected: sent
        })
    );
}

/// R-3.1.5.7-08
#[test]
fn a_cpa_of_another_id_is_refused() {
    let (found, other) = (expected().id, expected().id.successor());

    let refused = validate(
        sign(publication()),
        &CpaExpectation::publication(other, NONCE),
    );

    assert_eq!(
        refused,
        Err(CpaError::OtherId {
            found,
            expected: other
        })
    );
}

/// R-3.1.5.7-09, R-3.1.5.9-02
#[test]
fn a_signature_by_another_key_is_refused() {
    let signature = PeerIdentity::generate().unwrap().sign(b"anything").unwrap();
    let signed = SignedCpa::new(publication(), signature, &Dialect::default()).unwrap();

    let refused = validate(signed, &expected());

    assert_eq!(
        refused,
        Err(CpaError::Signature(SignatureMismatch::NeitherOrder))
    );
}

/// R-3.1.5.7-01, R-3.1.5.7-09, MS-PNRP §3.1.5.9: the signature covers every byte before it,
/// reserved bits included.
#[test]
fn a_change_to_any_signed_byte_is_refused() {
    let signed = sign(publication());
    for index in 0..signed.signed_bytes().len() {
        for flip in [0x01, 0x80] {
            let mut bytes = signed.as_bytes().to_vec();
            bytes[index] ^= flip;
            if let Ok(received) = SignedCpa::decode(&bytes, &Dialect::default()) {
                assert!(validate(received, &expected()).is_err(), "byte {index}");
            }
        }
    }
}

#[test]
fn statements_about_another_key_are_not_signed() {
    let other = PeerIdentity::generate().unwrap();

    let refused = sign_cpa(publication(), &other, &Dialect::default());

    assert!(matches!(refused, Err(SignError::OtherKey)));
}

#[test]
fn statements_that_do_not_fit_are_not_signed() {
    let cpa = Cpa {
        service_addresses: Vec::new(),
        ..publication()
    };

    let refused = sign_cpa(cpa, &identity(), &Dialect::default());

    assert!(matches!(refused, Err(SignError::Inexpressible(_))));
}

fn sign(cpa: Cpa) -> SignedCpa {
    sign_cpa(cpa, &identity(), &Dialect::default()).unwrap()
}

fn validate(
    received: impl Into<ReceivedCpa>,
    expected: &CpaExpectation,
) -> Result<ValidCpa, CpaError> {
    validate_cpa(received, expected, NOW, &RsaVerifier)
}

fn expected() -> CpaExpectation {
    CpaExpectation::publication(id_under(&identity().authority()), NONCE)
}
