//! The twelve checks of MS-PNRP §3.1.5.10, each failed alone.

use std::time::Duration;

use pnrp_wire::PeerNameError;
use sha1::{Digest, Sha1};

use super::*;
use crate::{
    ChainError as Error,
    certificate::tests::builder::{INVITING_MEMBER, ISSUER_ALT_NAME, SUBJECT_ALT_NAME, tlv, unix},
};

#[test]
fn a_chain_of_three_lets_the_last_key_publish() {
    let valid = Case::new().validate().unwrap();

    assert_eq!(valid.authority(), holder(0).authority());
    assert_eq!(valid.publisher(), &holder(2).public_key());
    assert_eq!(valid.not_after(), NOT_AFTER);
    assert_eq!(valid.certificates().len(), 3);
    assert_eq!(valid.classifiers(), ["fish".parse().unwrap()]);
    assert_eq!(
        inspect_chain(&container(&Case::new().ders()), NOW, &RsaVerifier),
        Ok(valid)
    );
}

#[test]
fn a_chain_expires_with_the_first_of_its_certificates() {
    let case = Case::with(|case| case.claims[1].validity.1 = "250831235959Z");

    assert_eq!(case.validate().unwrap().not_after(), unix(1_756_684_799));
}

/// R-3.1.5.10-02, R-3.1.5.10-10: SHA-1 of the key in the CPA is that of the last certificate.
#[test]
fn a_chain_to_another_key_is_refused() {
    let case = Case::with(|case| case.publisher = holder(3).public_key());

    let sha1 = |key: PublicKey| Authority::Secure(Sha1::digest(key.0).into());
    assert_eq!(
        case.refused(),
        Error::OtherPublisher {
            found: sha1(holder(2).public_key()),
            expected: sha1(holder(3).public_key()),
        }
    );
}

/// R-3.1.5.10-03
#[test]
fn alternative_names_link_each_certificate_to_the_next() {
    for position in [2, 3] {
        let other = Some("somebody else".to_owned());
        let issuer = Case::with(|case| case.claims[position - 1].issuer_alt_name = other.clone());
        let subject = Case::with(|case| case.claims[position - 2].subject_alt_name = other);

        for case in [issuer, subject] {
            assert_eq!(case.refused(), Error::NotLinked { position });
        }
    }
}

/// R-3.1.5.10-03: two names that are not there are not the same name.
#[test]
fn missing_alternative_names_link_nothing() {
    for position in [2, 3] {
        let neither = Case::with(|case| {
            case.claims[position - 2].subject_alt_name = None;
            case.claims[position - 1].issuer_alt_name = None;
        });
        assert_eq!(neither.refused(), Error::NotLinked { position });

        let issuer = with_parts(position, |parts| parts.without(ISSUER_ALT_NAME));
        let subject = with_parts(position - 1, |parts| parts.without(SUBJECT_ALT_NAME));
        for refused in [issuer, subject] {
            assert_eq!(refused, Err(Error::NotLinked { position }));
        }
    }
}

/// R-3.1.5.10-03: case counts, and so does every character.
#[test]
fn alternative_names_are_compared_exactly() {
    for name in ["Lemon", "lemon ", "lemo", ""] {
        let case = Case::with(|case| {
            case.claims[0].subject_alt_name = Some("lemon".to_owned());
            case.claims[1].issuer_alt_name = Some(name.to_owned());
        });

        assert_eq!(case.refused(), Error::NotLinked { position: 2 });
    }
}

/// R-3.1.5.10-04: both ends belong to the time, and the last second does so as a whole.
#[test]
fn a_chain_holds_from_its_first_to_its_last_second() {
    const UNIT: u64 = 1;
    const SECOND: u64 = 10_000_000;
    let at = |now| Case::with(|case| case.now = FileTime(now)).validate();

    assert!(at(NOT_BEFORE.0).is_ok());
    assert!(at(NOT_AFTER.0).is_ok());
    assert!(at(NOT_AFTER.0 + SECOND - UNIT).is_ok());
    let now = FileTime(NOT_BEFORE.0 - UNIT);
    assert_eq!(
        at(now.0),
        Err(Error::NotYetValid {
            position: 1,
            not_before: NOT_BEFORE,
            now
        })
    );
    let now = NOT_AFTER.plus(Duration::from_secs(1));
    assert_eq!(
        at(now.0),
        Err(Error::Expired {
            position: 1,
            not_after: NOT_AFTER,
            now
        })
    );
}

/// R-3.1.5.10-04: every certificate, not only the first.
#[test]
fn a_certificate_that_does_not_hold_now_is_told_by_its_position() {
    for position in 1..=3 {
        let expired = Case::with(|case| case.claims[position - 1].validity.1 = "250501000000Z");
        let early = Case::with(|case| case.claims[position - 1].validity.0 = "250901000000Z");

        assert_eq!(
            expired.refused(),
            Error::Expired {
                position,
                not_after: unix(1_746_057_600),
                now: NOW
            }
        );
        assert_eq!(
            early.refused(),
            Error::NotYetValid {
                position,
                not_before: unix(1_756_684_800),
                now: NOW
            }
        );
    }
}

/// R-3.1.5.10-05: in every certificate, the first included.
#[test]
fn a_text_that_is_no_classifier_is_refused() {
    for position in 1..=3 {
        let case = Case::with(|case| {
            let list = &mut case.claims[position - 1].classifiers;
            list.get_or_insert_default().push("c".repeat(150));
        });

        assert_eq!(
            case.refused(),
            Error::BadClassifier {
                position,
                error: PeerNameError::ClassifierLength(150)
            }
        );
    }
}

/// R-3.1.5.10-06, R-2.2.3.5.1.5-05: the list of the one before decides.
#[test]
fn a_list_that_was_not_delegated_is_refused() {
    let narrow_root = Case::with(|case| case.claims[0].classifiers = Some(vec!["ham".into()]));
    assert_eq!(
        narrow_root.refused(),
        Error::NotDelegated {
            position: 2,
            classifier: Some("fish".parse().unwrap())
        }
    );
    let wide_last = Case::with(|case| case.claims[2].classifiers = Some(vec!["ham".into()]));
    assert_eq!(
        wide_last.refused(),
        Error::NotDelegated {
            position: 3,
            classifier: Some("ham".parse().unwrap())
        }
    );
    let empty_last = Case::with(|case| case.claims[2].classifiers = Some(Vec::new()));
    assert_eq!(
        empty_last.refused(),
        Error::NotDelegated {
            position: 3,
            classifier: None
        }
    );
}

/// R-3.1.5.10-06: nobody restricts the first list.
#[test]
fn the_first_list_may_say_anything() {
    for list in [
        None,
        Some(vec![]),
        Some(vec!["".to_owned()]),
        Some(vec!["fish".to_owned(), "cheese".to_owned()]),
        Some(vec!["cheese".to_owned(), "fi".to_owned()]),
    ] {
        let case = Case::with(|case| case.claims[0].classifiers = list.clone());

        assert!(case.validate().is_ok(), "{list:?}");
    }
}

/// R-3.1.5.10-07: issuer and subject are one, and its own key signed it.
#[test]
fn a_first_certificate_that_is_not_self_signed_is_refused() {
    let forged = Case::with(|case| case.signers[0] = holder(1));
    let issued = Case::with(|case| case.claims[0].issuer = "somebody else".into());

    for case in [forged, issued] {
        assert_eq!(case.refused(), Error::NotSelfSigned);
    }
}

/// R-3.1.5.10-07: X.509 has one byte order of signatures, though other structures have two.
#[test]
fn a_certificate_with_its_signature_reversed_is_refused() {
    for (index, error) in [
        (0, Error::NotSelfSigned),
        (
            1,
            Error::Signature {
                position: 2,
                mismatch: SignatureMismatch::NeitherOrder,
            },
        ),
    ] {
        let mut ders = Case::new().ders();
        let start = ders[index].len() - 128;
        ders[index][start..].reverse();

        assert_eq!(Case::new().validate_bytes(&container(&ders)), Err(error));
    }
}

/// R-3.1.5.10-08
#[test]
fn a_first_certificate_of_type_member_is_refused() {
    let case = Case::with(|case| case.claims[0].kind = 1);

    assert_eq!(case.refused(), Error::NoRoot);
}

/// R-3.1.5.10-09
#[test]
fn a_chain_from_another_root_is_refused() {
    for expected in [holder(3).authority(), Authority::Unsecured] {
        let case = Case::with(|case| case.authority = expected);

        assert_eq!(
            case.refused(),
            Error::OtherAuthority {
                found: holder(0).authority(),
                expected
            }
        );
    }
}

/// R-3.1.5.10-11, R-2.2.3.5.1.3-02
#[test]
fn first_and_last_certificate_have_the_same_peer_name() {
    let name = format!("{}.", holder(0).authority());
    let of = |first: Option<&str>, middle: Option<&str>, last: Option<&str>| {
        let names = [first, middle, last].map(|name| name.map(str::to_owned));
        Case::with(|case| {
            for (claims, name) in case.claims.iter_mut().zip(names) {
                claims.peer_name = name;
            }
        })
    };
    let other = |found: &str| Error::OtherPeerName {
        found: found.to_owned(),
    };

    assert!(of(Some(&name), None, Some(&name)).validate().is_ok());
    assert!(of(Some("0.x"), Some("0.y"), Some("0.x")).validate().is_ok());
    assert_eq!(of(Some(&name), None, None).refused(), Error::NoPeerName);
    assert_eq!(of(None, None, None).refused(), Error::NoPeerName);
    assert_eq!(of(None, None, Some(&name)).refused(), other(&name));
    assert_eq!(of(Some("0.x"), None, Some("0.y")).refused(), other("0.y"));
    assert_eq!(of(Some("0.x"), None, Some("0.X")).refused(), other("0.X"));
}

/// R-2.2.3.5.1.3-03: the grammar of MS-PNRP §2.2.4.
#[test]
fn a_peer_name_that_breaks_the_grammar_is_refused() {
    for (name, error) in [
        ("fish", PeerNameError::NoDot("fish".into())),
        ("1.fish", PeerNameError::AuthorityLength(1)),
        ("zoo.fish", PeerNameError::AuthorityCharacter('z')),
    ] {
        let case = Case::with(|case| {
            case.claims[0].peer_name = Some(name.to_owned());
            case.claims[2].peer_name = Some(name.to_owned());
        });

        assert_eq!(case.refused(), Error::BadPeerName(error));
    }
}

/// R-3.1.5.10-12
#[test]
fn a_classifier_that_the_last_certificate_does_not_list_is_refused() {
    for classifier in ["cheese", "fish food", "Fish", ""] {
        let case = Case::with(|case| case.classifier = classifier);

        assert_eq!(
            case.refused(),
            Error::ClassifierNotDelegated {
                classifier: classifier.parse().unwrap()
            }
        );
    }
}

/// R-3.1.5.10-12: the role of the last certificate decides.
#[test]
fn an_admin_and_an_inviting_member_may_publish_what_begins_with_a_classifier() {
    for (role, inside, outside) in [
        (
            ADMIN,
            &["fish", "fish food"][..],
            &["fis", "cheese", ""][..],
        ),
        (
            INVITING_MEMBER,
            &["fish", "fish food"],
            &["fis", "cheese", ""],
        ),
        (MEMBER, &["fish"], &["fish food", "fis", "cheese", ""]),
    ] {
        let of = |classifier| {
            Case::with(|case| {
                case.claims[2].roles = Some(vec![role]);
                case.classifier = classifier;
            })
        };

        for classifier in inside {
            assert!(of(classifier).validate().is_ok(), "{classifier}");
        }
        for classifier in outside {
            assert!(
                matches!(
                    of(classifier).refused(),
                    Error::ClassifierNotDelegated { .. }
                ),
                "{classifier}"
            );
        }
    }
}

/// R-3.1.5.10-13
#[test]
fn a_certificate_that_its_predecessor_did_not_sign_is_refused() {
    for position in [2, 3] {
        let signers = [holder(2), holder(3)];
        for signer in signers {
            let case = Case::with(|case| case.signers[position - 1] = signer);

            assert_eq!(
                case.refused(),
                Error::Signature {
                    position,
                    mismatch: SignatureMismatch::NeitherOrder
                }
            );
        }
    }
}

/// What does not depend on a CPA is all that `inspect_chain` checks.
#[test]
fn inspecting_leaves_out_what_needs_a_cpa() {
    let case = Case::with(|case| {
        case.authority = holder(3).authority();
        case.publisher = holder(3).public_key();
        case.classifier = "ham";
    });
    assert!(inspect_chain(&container(&case.ders()), NOW, &RsaVerifier).is_ok());

    let forged = Case::with(|case| case.signers[2] = holder(3));
    assert!(matches!(
        inspect_chain(&container(&forged.ders()), NOW, &RsaVerifier),
        Err(Error::Signature { position: 3, .. })
    ));
}

/// Errors are one line each.
#[test]
fn an_error_says_which_certificate_and_what() {
    let case = Case::with(|case| case.claims[2].classifiers = Some(Vec::new()));
    assert_eq!(
        case.refused().to_string(),
        "certificate 3 hands on every classifier, which the one before it does not"
    );
    let broken = with_parts(2, |parts| Parts {
        serial: tlv(0x02, &[0x51; 8]),
        ..parts
    });
    assert_eq!(
        broken.unwrap_err().to_string(),
        "certificate 2 cannot be used: its serial number has 8 bytes, and PNRP uses 16"
    );
}
