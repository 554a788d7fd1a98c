//! The extended payload beside a CPA. MS-PNRP §3.1.5.7, §3.1.5.8.

use pnrp_wire::{Payload, UnsignedPayload};

use super::*;
use crate::sign_extended_payload;

/// R-3.1.5.7-05
#[test]
fn a_payload_that_is_announced_comes_out_checked() {
    for wanted in [expected(), expected().with_payload()] {
        let valid = validate(with(true, Some(payload(statements()))), &wanted).unwrap();

        assert_eq!(valid.payload().unwrap().payload(), &statements().payload);
    }
}

/// R-3.1.5.7-05: whoever asked for it gets it, or nothing.
#[test]
fn an_announced_payload_that_was_asked_for_and_is_missing_spoils_the_cpa() {
    let refused = validate(with(true, None), &expected().with_payload());

    assert_eq!(refused, Err(CpaError::PayloadMissing));
}

/// R-3.1.5.7-05: an INQUIRE without X brings no payload, whatever the CPA announces.
#[test]
fn an_announced_payload_that_nobody_asked_for_may_be_missing() {
    let valid = validate(with(true, None), &expected()).unwrap();

    assert_eq!(valid.payload(), None);
}

#[test]
fn without_an_announcement_none_is_missing() {
    let valid = validate(with(false, None), &expected().with_payload()).unwrap();

    assert_eq!(valid.payload(), None);
}

/// R-3.1.5.7-05: X clear means that the CPA has none; whose the other is does not matter.
#[test]
fn a_payload_that_is_not_announced_is_ignored() {
    for unannounced in [payload(statements()), tampered()] {
        let valid = validate(with(false, Some(unannounced)), &expected().with_payload());

        assert_eq!(valid.unwrap().payload(), None);
    }
}

/// R-3.1.5.7-05, R-3.1.5.8-05: whether it was asked for or not.
#[test]
fn a_tampered_payload_spoils_the_cpa() {
    for wanted in [expected(), expected().with_payload()] {
        let refused = validate(with(true, Some(tampered())), &wanted);

        assert_eq!(
            refused,
            Err(CpaError::Payload(PayloadError::Signature(
                SignatureMismatch::NeitherOrder
            )))
        );
    }
}

/// R-3.1.5.8-01, R-3.1.5.8-02, R-3.1.5.8-03, R-3.1.5.8-04: each check of the payload.
#[test]
fn a_payload_that_fails_a_check_spoils_the_cpa() {
    let refused = |statements| match validate(with(true, Some(payload(statements))), &expected()) {
        Err(CpaError::Payload(error)) => error,
        other => panic!("{other:?}"),
    };

    assert_eq!(
        refused(UnsignedPayload {
            not_after: FileTime(NOW.0 - 1),
            ..statements()
        }),
        PayloadError::Expired {
            not_after: FileTime(NOW.0 - 1),
            now: NOW
        }
    );
    assert_eq!(
        refused(UnsignedPayload {
            id: expected().id.successor(),
            ..statements()
        }),
        PayloadError::OtherId {
            found: expected().id.successor(),
            expected: expected().id
        }
    );
    assert_eq!(
        refused(UnsignedPayload {
            nonce: Nonce([0xa5; 16]),
            ..statements()
        }),
        PayloadError::OtherNonce {
            found: Nonce([0xa5; 16]),
            expected: NONCE
        }
    );
}

/// A payload may expire before its CPA, and is good to its last moment.
#[test]
fn a_payload_is_good_to_its_own_last_moment() {
    let last = UnsignedPayload {
        not_after: NOW,
        ..statements()
    };

    assert!(validate(with(true, Some(payload(last))), &expected()).is_ok());
}

pub(super) fn statements() -> UnsignedPayload {
    UnsignedPayload {
        not_after: NOT_AFTER,
        id: expected().id,
        nonce: NONCE,
        payload: Payload::Binary(vec![1, 2, 3, 4, 5]),
    }
}

fn payload(statements: UnsignedPayload) -> ExtendedPayload {
    sign_extended_payload(statements, &identity(), &Dialect::default()).unwrap()
}

/// One bit of the data differs from what was signed.
fn tampered() -> ExtendedPayload {
    let mut bytes = payload(statements()).as_bytes().to_vec();
    // In front of the five bytes of data stand 74.
    bytes[74] ^= 0x01;
    ExtendedPayload::decode(&bytes, &Dialect::default()).unwrap()
}

fn with(has_extended_payload: bool, extended_payload: Option<ExtendedPayload>) -> ReceivedCpa {
    let cpa = Cpa {
        has_extended_payload,
        ..publication()
    };
    ReceivedCpa {
        extended_payload,
        ..sign(cpa).into()
    }
}
