use pnrp_wire::{ByteOrder, Cpa};

use super::*;
use crate::{
    CpaExpectation, PeerIdentity, RsaVerifier,
    fixture::{NONCE, NOT_AFTER, id_under, identity, publication},
    sign_cpa, validate_cpa,
};

/// R-3.2.5.8-01
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

/// R-3.1.5.8-02
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

/// R-3.1.5.8-03
#[test]
fn data_of_another_id_is_refused() {
    let (expected, found) = (cpa().id(), cpa().id().successor());

    let refused = validate(sign(UnsignedPayload {
        id: found,
        ..statements()
    }));

    assert_eq!(refused, Err(PayloadError::OtherId { found, expected }));
}

/// R-3.1.5.8-04
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

/// R-3.1.5.8-05, R-3.1.5.9-02
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

/// R-3.1.5.8-05, MS-PNRP §3.1.5.9: the signature covers every byte before it, reserved ones
/// included.
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

/// R-3.1.5.8-01: no shorter, no longer, and with the lengths that it says.
#[test]
fn what_breaks_the_syntax_is_no_data() {
    let valid = sign(statements());
    let bytes = valid.as_bytes();
    let decode = |bytes: &[u8]| ExtendedPayload::decode(bytes, &Dialect::default()).is_ok();

    assert!(decode(bytes));
    for length in 0..bytes.len() {
        assert!(!decode(&bytes[..length]), "{length} bytes");
    }
    assert!(!decode(&[bytes, &[0]].concat()));
    // Length, version, Signature Offset, Number of Payloads, Total Payload Bytes, Payload Length.
    for index in [0, 1, 2, 3, 6, 7, 64, 65, 66, 67, 72, 73] {
        let mut changed = bytes.to_vec();
        changed[index] ^= 0x01;
        assert!(!decode(&changed), "byte {index}");
    }
}

/// The first check that fails is told: time, ID, nonce, signature.
#[test]
fn of_two_failed_checks_the_earlier_one_of_the_specification_is_told() {
    let other = PeerIdentity::generate().unwrap();
    let late = FileTime(NOT_AFTER.0 + 1);
    let of = |id_fits: bool, nonce_fits: bool, now| {
        let statements = UnsignedPayload {
            id: if id_fits {
                cpa().id()
            } else {
                cpa().id().successor()
            },
            nonce: if nonce_fits { NONCE } else { Nonce([0; 16]) },
            ..statements()
        };
        let signed = sign_extended_payload(statements, &other, &Dialect::default()).unwrap();
        validate_extended_payload(signed, &cpa(), now, &RsaVerifier).unwrap_err()
    };

    assert!(matches!(
        of(false, false, late),
        PayloadError::Expired { .. }
    ));
    assert!(matches!(
        of(false, false, NOT_AFTER),
        PayloadError::OtherId { .. }
    ));
    assert!(matches!(
        of(true, false, NOT_AFTER),
        PayloadError::OtherNonce { .. }
    ));
    assert!(matches!(
        of(true, true, NOT_AFTER),
        PayloadError::Signature(_)
    ));
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
