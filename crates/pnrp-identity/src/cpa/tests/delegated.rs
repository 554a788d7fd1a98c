//! CPAs whose key is not the owner's, and the chains beside them. MS-PNRP §3.1.5.7, §3.1.5.10.

use pnrp_wire::{CertChain, P2pId, PublicKey};

use super::*;
use crate::{
    ChainError, Delegation, Role, Signer,
    certificate::tests::builder::{NOT_AFTER as CHAIN_NOT_AFTER, NOT_BEFORE},
    delegate,
    fixture::peers,
    self_signed_certificate,
};

/// R-3.1.5.7-03, R-3.1.5.7-04, R-3.1.5.10-02, R-3.1.5.10-10: authority of the owner, key of the
/// delegate.
#[test]
fn a_delegate_may_publish_with_its_chain() {
    let received = received();

    let valid = validate(received.clone(), &wanted()).unwrap();

    let chain = valid.chain().unwrap();
    assert_eq!(chain.authority(), identity().authority());
    assert_eq!(chain.publisher(), &peers()[0].public_key());
    assert!(received.cert_chain.as_deref() == Some(chain.as_bytes()));
    assert_eq!(valid.cpa().authority, identity().authority());
    assert_eq!(valid.classifier(), Some(&"fish".parse().unwrap()));
}

/// R-3.1.5.7-03
#[test]
fn a_delegate_without_its_chain_is_refused() {
    let alone = ReceivedCpa {
        cert_chain: None,
        ..received()
    };

    assert_eq!(validate(alone, &wanted()), Err(CpaError::ChainRequired));
}

/// R-3.1.5.7-03: to have published before helps with a revocation only.
#[test]
fn a_known_publisher_needs_its_chain_to_publish() {
    let alone = ReceivedCpa {
        cert_chain: None,
        ..received()
    };
    let wanted = wanted().by_publisher(peers()[0].authority());

    assert_eq!(validate(alone, &wanted), Err(CpaError::ChainRequired));
}

/// R-3.1.5.7-04: a chain that is there is checked, though the owner needs none.
#[test]
fn a_bad_chain_spoils_the_cpa_of_the_owner() {
    let signed = sign_as(&identity(), &cpa_of(&identity()));
    let with = |chain: Vec<u8>| ReceivedCpa {
        signed: signed.clone(),
        cert_chain: Some(chain),
        ..received()
    };
    let root = self_signed_certificate(&identity(), NOT_BEFORE, CHAIN_NOT_AFTER).unwrap();
    let root = CertChain::new(vec![root]).unwrap().encode();

    assert!(matches!(
        validate(with(vec![0x30, 0x00]), &wanted()),
        Err(CpaError::Chain(ChainError::Container(_)))
    ));
    // It leads to somebody else.
    assert!(matches!(
        validate(with(chain_for(Role::Member, &["fish"])), &wanted()),
        Err(CpaError::Chain(ChainError::OtherPublisher { .. }))
    ));
    let valid = validate(with(root), &wanted()).unwrap();
    assert_eq!(valid.chain().unwrap().publisher(), &identity().public_key());
}

/// R-3.1.5.7-04: what makes a chain invalid makes the CPA invalid.
#[test]
fn the_reason_why_a_chain_fails_is_told() {
    let with = |chain| ReceivedCpa {
        cert_chain: Some(chain),
        ..received()
    };
    let expired = Delegation {
        not_after: FileTime(NOT_BEFORE.0 + 10_000_000),
        ..delegation(Role::Member, &["fish"])
    };
    let expired = delegate(&identity(), None, &expired).unwrap().encode();
    let strangers = delegate(&peers()[1], None, &delegation(Role::Member, &["fish"]));
    let strangers = strangers.unwrap().encode();

    for (chain, is_told) in [
        (
            chain_for(Role::Member, &["ham"]),
            (|error| matches!(error, ChainError::ClassifierNotDelegated { .. }))
                as fn(&ChainError) -> bool,
        ),
        (expired, |error| {
            matches!(error, ChainError::Expired { position: 1, .. })
        }),
        (strangers, |error| {
            matches!(error, ChainError::OtherAuthority { .. })
        }),
    ] {
        let Err(CpaError::Chain(error)) = validate(with(chain), &wanted()) else {
            panic!("the chain breaks a rule");
        };
        assert!(is_told(&error), "{error:?}");
    }
}

/// R-3.1.5.10-14: the text that the chain is asked about is the one of the ID.
#[test]
fn a_classifier_without_the_hash_in_the_cpa_is_refused() {
    for text in ["fish food", "Fish", ""] {
        let classifier: Classifier = text.parse().unwrap();
        let swapped = ReceivedCpa {
            classifier: Some(classifier.clone()),
            cert_chain: Some(chain_for(Role::Admin, &[""])),
            ..received()
        };

        assert_eq!(
            validate(swapped, &wanted()),
            Err(CpaError::OtherClassifier(classifier))
        );
    }
}

/// R-3.1.5.10-14: no text is the empty classifier.
#[test]
fn a_missing_classifier_is_the_empty_one() {
    let without = ReceivedCpa {
        classifier: None,
        cert_chain: Some(chain_for(Role::Admin, &[""])),
        ..received()
    };
    assert_eq!(
        validate(without.clone(), &wanted()),
        Err(CpaError::OtherClassifier(Classifier::default()))
    );

    let empty = Classifier::default();
    for classifier_hash in [None, Some(empty.hash(&Dialect::default()))] {
        let cpa = Cpa {
            classifier_hash,
            ..cpa_of(&peers()[0])
        };
        let signed = sign_as(&peers()[0], &cpa);
        let wanted = CpaExpectation::publication(signed.id(), NONCE);
        for classifier in [None, Some(empty.clone())] {
            let received = ReceivedCpa {
                signed: signed.clone(),
                classifier,
                ..without.clone()
            };

            assert!(validate(received, &wanted).is_ok(), "{classifier_hash:?}");
        }
    }
}

/// R-3.1.5.10-14, R-2.2.3.1-18: a text beside a CPA without a hash is somebody else's.
#[test]
fn a_classifier_beside_a_cpa_without_a_hash_is_refused() {
    let cpa = Cpa {
        classifier_hash: None,
        ..cpa_of(&peers()[0])
    };
    let signed = sign_as(&peers()[0], &cpa);
    let wanted = CpaExpectation::publication(signed.id(), NONCE);

    let refused = validate(
        ReceivedCpa {
            signed,
            ..received()
        },
        &wanted,
    );

    assert_eq!(
        refused,
        Err(CpaError::OtherClassifier("fish".parse().unwrap()))
    );
}

/// R-3.1.5.10-09: the key of the CPA cannot tell the order of the owner's authority; the root can.
#[test]
fn the_authority_of_a_delegated_cpa_may_come_in_either_byte_order() {
    for sent in [ByteOrder::BigEndian, ByteOrder::LittleEndian] {
        for assumed in [ByteOrder::BigEndian, ByteOrder::LittleEndian] {
            let [sender, receiver] = [sent, assumed].map(|number_order| Dialect {
                number_order,
                ..Dialect::default()
            });
            let signed = sign_cpa(cpa_of(&peers()[0]), &peers()[0], &sender).unwrap();
            let received = ReceivedCpa {
                signed: SignedCpa::decode(signed.as_bytes(), &receiver).unwrap(),
                ..received()
            };

            let valid = validate(received, &wanted()).unwrap();

            let chain = valid.chain().unwrap();
            assert_eq!(chain.authority(), identity().authority());
        }
    }
}

/// R-3.1.5.10-09: neither order is another root's.
#[test]
fn the_other_byte_order_is_tried_for_the_same_root_only() {
    let other = Authority::Secure([0x77; 20]);
    let cpa = Cpa {
        authority: other,
        ..cpa_of(&peers()[0])
    };
    let received = ReceivedCpa {
        signed: sign_as(&peers()[0], &cpa),
        ..received()
    };

    assert_eq!(
        validate(received, &wanted()),
        Err(CpaError::Chain(ChainError::OtherAuthority {
            found: identity().authority(),
            expected: other
        }))
    );
}

/// R-3.1.5.10-14, R-2.2.3.1-18: which encoding is hashed is open, and only one of them fits.
#[test]
fn the_classifier_may_be_hashed_in_each_of_six_encodings() {
    let classifier: Classifier = "fish".parse().unwrap();
    for encoding in ClassifierEncoding::ALL {
        let hash = classifier.hash_as(encoding);
        let cpa = Cpa {
            classifier_hash: Some(hash),
            ..cpa_of(&peers()[0])
        };
        let received = ReceivedCpa {
            signed: sign_as(&peers()[0], &cpa),
            ..received()
        };
        let owner = identity().authority();
        let id = PnrpId::new(P2pId::derive(&owner, &hash), cpa.service_location);

        let valid = validate(received, &CpaExpectation::publication(id, NONCE));

        assert_eq!(valid.unwrap().id(), id, "{encoding:?}");
    }
}

/// R-3.1.5.7-09: the chain vouches for the key, and the key for the rest.
#[test]
fn a_delegated_cpa_that_another_key_signed_is_refused() {
    let signature = identity().sign(b"anything").unwrap();
    let signed = SignedCpa::new(cpa_of(&peers()[0]), signature, &Dialect::default()).unwrap();

    let refused = validate(
        ReceivedCpa {
            signed,
            ..received()
        },
        &wanted(),
    );

    assert_eq!(
        refused,
        Err(CpaError::Signature(SignatureMismatch::NeitherOrder))
    );
}

/// Nobody owns an unsecured name, so that nobody can delegate it.
#[test]
fn a_chain_beside_an_unsecured_name_says_nothing() {
    let cpa = Cpa {
        authority: Authority::Unsecured,
        ..cpa_of(&peers()[0])
    };
    let received = ReceivedCpa {
        signed: sign_as(&peers()[0], &cpa),
        ..received()
    };
    let wanted = CpaExpectation::publication(received.signed.id(), NONCE);

    let valid = validate(received, &wanted).unwrap();

    assert_eq!(valid.chain(), None);
}

/// R-3.1.5.7-03: the chain "in the CPA" is the one in the same AUTHORITY_BUFFER.
#[test]
fn an_answer_is_taken_apart_into_what_came_together() {
    let ReceivedCpa {
        signed,
        cert_chain,
        classifier,
        ..
    } = received();
    let answer = AuthorityBuffer {
        cert_chain,
        classifier,
        cpa: Some(signed),
        ..AuthorityBuffer::default()
    };
    let bytes = answer.encode(&Dialect::default());

    let answer = AuthorityBuffer::decode(&bytes, &Dialect::default()).unwrap();
    let received = ReceivedCpa::from_answer(answer, &bytes).unwrap();

    assert!(validate(received, &wanted()).unwrap().chain().is_some());
    assert_eq!(
        ReceivedCpa::from_answer(AuthorityBuffer::default(), &[]),
        None
    );
}

/// What the first peer publishes in the owner's name.
pub(super) fn received() -> ReceivedCpa {
    ReceivedCpa {
        cert_chain: Some(chain_for(Role::Member, &["fish"])),
        classifier: Some("fish".parse().unwrap()),
        ..sign_as(&peers()[0], &cpa_of(&peers()[0])).into()
    }
}

pub(super) fn wanted() -> CpaExpectation {
    CpaExpectation::publication(cpa_of(&peers()[0]).id(), NONCE)
}

/// What a peer states about the owner's name with the classifier "fish".
pub(super) fn cpa_of(peer: &PeerIdentity) -> Cpa {
    let classifier: Classifier = "fish".parse().unwrap();
    Cpa {
        classifier_hash: Some(classifier.hash(&Dialect::default())),
        public_key: peer.public_key(),
        ..publication()
    }
}

pub(super) fn sign_as(peer: &PeerIdentity, cpa: &Cpa) -> SignedCpa {
    sign_cpa(cpa.clone(), peer, &Dialect::default()).unwrap()
}

pub(super) fn chain_for(role: Role, classifiers: &[&str]) -> Vec<u8> {
    let chain = delegate(&identity(), None, &delegation(role, classifiers));
    chain.unwrap().encode()
}

fn delegation(role: Role, classifiers: &[&str]) -> Delegation {
    let to: PublicKey = peers()[0].public_key();
    Delegation {
        to,
        classifiers: classifiers
            .iter()
            .map(|text| text.parse().unwrap())
            .collect(),
        role,
        not_before: NOT_BEFORE,
        not_after: CHAIN_NOT_AFTER,
    }
}
