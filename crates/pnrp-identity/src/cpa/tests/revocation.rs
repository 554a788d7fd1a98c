//! CPAs that withdraw a name. MS-PNRP §3.1.5.7, §3.1.5.5.

use pnrp_wire::Presence;

use super::{
    delegated::{chain_for, cpa_of, sign_as},
    *,
};
use crate::{Role, Signer, fixture::peers};

/// R-3.1.5.7-10: flag R is set, and whether a nonce of zeros stands there is open.
#[test]
fn a_revocation_is_valid_with_and_without_the_room_of_a_nonce() {
    let mut lengths = Vec::new();
    for revoke_nonce in [Presence::Present, Presence::Absent] {
        let dialect = Dialect {
            revoke_nonce,
            ..Dialect::default()
        };
        let signed = sign_cpa(revocation(), &identity(), &dialect).unwrap();

        let received = SignedCpa::decode(signed.as_bytes(), &Dialect::default()).unwrap();

        assert_eq!(received.cpa().kind, CpaKind::Revoke);
        assert!(validate(received, &withdrawn()).is_ok());
        lengths.push(signed.as_bytes().len());
    }
    assert_eq!(lengths[0], lengths[1] + 16);
}

/// R-3.1.5.7-10: flag R is the lowest bit of the seventh byte.
#[test]
fn flag_r_tells_a_revocation_from_a_publication() {
    let flags = |cpa| sign(cpa).as_bytes()[6];

    assert_eq!(flags(publication()) & 0x01, 0x00);
    assert_eq!(flags(revocation()) & 0x01, 0x01);
}

/// R-3.1.5.7-03: the owner can always withdraw.
#[test]
fn the_owner_withdraws_whoever_published() {
    for wanted in [
        withdrawn(),
        withdrawn().by_publisher(identity().authority()),
        withdrawn().by_publisher(peers()[0].authority()),
    ] {
        assert!(validate(sign(revocation()), &wanted).is_ok());
    }
}

/// R-3.1.5.7-03: a FLOOD has no room for the chain, and the key is known from the publication.
#[test]
fn the_delegate_that_published_withdraws_without_its_chain() {
    let signed = delegated(&peers()[0]);
    let wanted = CpaExpectation::revocation(signed.id());

    let valid = validate(signed.clone(), &wanted.by_publisher(peers()[0].authority()));
    assert_eq!(valid.unwrap().chain(), None);

    assert_eq!(
        validate(signed.clone(), &wanted),
        Err(CpaError::ChainRequired)
    );
    assert_eq!(
        validate(signed, &wanted.by_publisher(peers()[1].authority())),
        Err(CpaError::ChainRequired)
    );
}

/// R-3.1.5.7-03: with its chain, a delegate need not be known.
#[test]
fn a_delegate_withdraws_with_its_chain() {
    let signed = delegated(&peers()[0]);
    let wanted = CpaExpectation::revocation(signed.id());
    let received = ReceivedCpa {
        cert_chain: Some(chain_for(Role::Member, &["fish"])),
        classifier: Some("fish".parse().unwrap()),
        ..signed.into()
    };

    assert!(validate(received, &wanted).unwrap().chain().is_some());
}

/// R-3.1.5.7-04: to be known does not make up for a chain that fails.
#[test]
fn a_known_publisher_with_a_bad_chain_is_refused() {
    let signed = delegated(&peers()[0]);
    let wanted = CpaExpectation::revocation(signed.id()).by_publisher(peers()[0].authority());
    let received = ReceivedCpa {
        cert_chain: Some(chain_for(Role::Member, &["ham"])),
        classifier: Some("fish".parse().unwrap()),
        ..signed.into()
    };

    assert!(matches!(
        validate(received, &wanted),
        Err(CpaError::Chain(_))
    ));
}

/// R-3.1.5.7-09: the name of the publisher in it does not make it the publisher's.
#[test]
fn a_revocation_that_its_key_did_not_sign_is_refused() {
    let signature = peers()[1].sign(b"anything").unwrap();
    let forged = [
        SignedCpa::new(revocation(), signature.clone(), &Dialect::default()).unwrap(),
        SignedCpa::new(
            delegated(&peers()[0]).cpa().clone(),
            signature,
            &Dialect::default(),
        )
        .unwrap(),
    ];
    for signed in forged {
        let wanted = CpaExpectation::revocation(signed.id()).by_publisher(peers()[0].authority());

        assert_eq!(
            validate(signed, &wanted),
            Err(CpaError::Signature(SignatureMismatch::NeitherOrder))
        );
    }
}

/// R-3.1.5.7-06: an old withdrawal is not repeated for ever.
#[test]
fn a_revocation_expires() {
    let late = FileTime(NOT_AFTER.0 + 1);

    let refused = validate_cpa(sign(revocation()), &withdrawn(), late, &RsaVerifier);

    assert_eq!(
        refused,
        Err(CpaError::Expired {
            not_after: NOT_AFTER,
            now: late
        })
    );
}

/// A name that is withdrawn carries nothing, so that nothing can be missing.
#[test]
fn a_revocation_has_no_payload_to_miss() {
    let announced = Cpa {
        has_extended_payload: true,
        ..revocation()
    };

    let valid = validate(sign(announced), &withdrawn().with_payload()).unwrap();

    assert_eq!(valid.payload(), None);
}

fn revocation() -> Cpa {
    Cpa {
        kind: CpaKind::Revoke,
        ..publication()
    }
}

/// A withdrawal of the owner's name by a delegate.
fn delegated(peer: &PeerIdentity) -> SignedCpa {
    let cpa = Cpa {
        kind: CpaKind::Revoke,
        ..cpa_of(peer)
    };
    sign_as(peer, &cpa)
}

fn withdrawn() -> CpaExpectation {
    CpaExpectation::revocation(expected().id)
}
