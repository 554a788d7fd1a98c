//! Making chains, and why one is not made. MS-PNRP §2.2.3.5.

use std::time::Duration;

use pnrp_wire::{PeerNameError, limits::MAX_CERTIFICATES};

use super::*;
use crate::{
    CertificateError, CertificateKind, DelegateError, Delegation, Role, SignError,
    certificate::tests::builder::unix,
};

#[test]
fn an_owner_delegates_with_a_new_root() {
    let chain = delegate(holder(0), None, &to(1)).unwrap();

    let valid = inspect(&chain);
    let [root, member] = valid.certificates() else {
        panic!("{} certificates", valid.certificates().len());
    };
    assert_eq!(valid.authority(), holder(0).authority());
    assert_eq!(valid.publisher(), &holder(1).public_key());
    assert_eq!(
        (root.kind(), root.roles()),
        (CertificateKind::Root, &[][..])
    );
    assert_eq!(member.kind(), CertificateKind::Member);
    assert_eq!(member.roles(), [Role::Admin]);
    assert_eq!(root.peer_name(), member.peer_name());
    let name = format!("{}.", holder(0).authority());
    assert_eq!(member.peer_name().unwrap().to_string(), name);
    for certificate in [root, member] {
        assert_eq!(certificate.not_before(), NOT_BEFORE);
        assert_eq!(certificate.not_after(), NOT_AFTER);
    }
}

#[test]
fn a_self_signed_certificate_is_a_chain_of_one() {
    let root = self_signed_certificate(holder(0), NOT_BEFORE, NOT_AFTER).unwrap();
    let chain = CertChain::new(vec![root]).unwrap();

    let valid = inspect(&chain);

    assert_eq!(valid.publisher(), &holder(0).public_key());
    assert!(valid.permits(&"anything".parse().unwrap()));
    let longer = delegate(holder(0), Some(&chain), &to(1)).unwrap();
    assert_eq!(inspect(&longer).certificates().len(), 2);
}

#[test]
fn a_delegate_extends_the_chain_it_has() {
    let first = delegate(holder(0), None, &to(1)).unwrap();

    let second = delegate(holder(1), Some(&first), &to(2)).unwrap();

    assert_eq!(second.certificates()[..2], first.certificates()[..]);
    assert_eq!(inspect(&second).publisher(), &holder(2).public_key());
}

/// A chain that was received in another order is accepted, and so can be extended.
#[test]
fn a_shuffled_chain_can_be_extended() {
    let first = delegate(holder(0), None, &to(1)).unwrap();
    let second = delegate(holder(1), Some(&first), &to(2)).unwrap();
    let reversed = second.certificates().iter().rev().cloned().collect();
    let reversed = CertChain::new(reversed).unwrap();

    let third = delegate(holder(2), Some(&reversed), &to(3)).unwrap();

    let valid = inspect(&third);
    assert_eq!(third.certificates()[..3], second.certificates()[..]);
    assert_eq!(valid.authority(), holder(0).authority());
    assert_eq!(valid.publisher(), &holder(3).public_key());
}

/// R-3.1.5.10-03, R-3.1.5.10-11: alternative names link the certificates, and the peer name is
/// that of the first. What is in the middle may have another subject, and no peer name.
#[test]
fn a_chain_of_another_implementation_can_be_extended() {
    let mut case = Case::new();
    case.claims[2].subject_alt_name = Some("lemon".into());
    case.claims[2].peer_name = None;
    let chain = CertChain::new(case.ders()).unwrap();
    let fish = Delegation {
        classifiers: vec!["fish".parse().unwrap()],
        ..to(3)
    };

    let longer = delegate(holder(2), Some(&chain), &fish).unwrap();

    assert_eq!(inspect(&longer).publisher(), &holder(3).public_key());
}

/// R-2.2.3.5-02
#[test]
fn a_chain_grows_to_25_certificates_and_no_further() {
    let key = |length: usize| holder(length % 4);
    let mut chain = delegate(key(0), None, &to_key(key(1))).unwrap();
    for length in 2..MAX_CERTIFICATES {
        let valid = inspect(&chain);
        assert_eq!(valid.certificates().len(), length);

        chain = delegate(key(length - 1), Some(&chain), &to_key(key(length))).unwrap();
    }

    assert_eq!(inspect(&chain).certificates().len(), 25);
    let last = key(MAX_CERTIFICATES - 1);
    let refused = delegate(last, Some(&chain), &to_key(holder(1)));
    assert!(matches!(refused, Err(DelegateError::TooLong(_))));
}

#[test]
fn times_are_kept_to_the_second() {
    let delegation = Delegation {
        not_before: NOT_BEFORE.plus(Duration::from_millis(1_999)),
        not_after: NOT_AFTER.plus(Duration::from_millis(1)),
        ..to(1)
    };

    let chain = delegate(holder(0), None, &delegation).unwrap();

    let valid = inspect(&chain);
    let second = NOT_BEFORE.plus(Duration::from_secs(1));
    for certificate in valid.certificates() {
        assert_eq!(certificate.not_before(), second);
        assert_eq!(certificate.not_after(), NOT_AFTER);
    }
}

/// RFC 2459 §4.1.2.5: UTCTime ends with 2049.
#[test]
fn delegations_may_last_beyond_2049() {
    for last in [2_524_607_999, 2_524_608_000, 253_402_300_799] {
        let delegation = Delegation {
            not_after: unix(last),
            ..to(1)
        };

        let chain = delegate(holder(0), None, &delegation).unwrap();

        assert_eq!(inspect(&chain).not_after(), unix(last));
    }
}

#[test]
fn a_delegation_without_any_time_is_not_made() {
    for not_after in [NOT_BEFORE, FileTime(NOT_BEFORE.0 - 1), FileTime(0)] {
        let refused = delegate(holder(0), None, &Delegation { not_after, ..to(1) });

        assert!(matches!(refused, Err(DelegateError::NoTime)));
    }
}

#[test]
fn a_chain_that_ends_with_another_key_is_not_extended() {
    let chain = delegate(holder(0), None, &to(1)).unwrap();

    let refused = delegate(holder(2), Some(&chain), &to(3));

    let Err(DelegateError::OtherSigner { found, signer }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(found, holder(1).authority());
    assert_eq!(signer, holder(2).authority());
}

/// R-2.2.3.5.1.5-05, R-2.2.3.5.1.5-04
#[test]
fn nobody_hands_on_what_is_not_theirs() {
    let fish = Delegation {
        classifiers: vec!["fish".parse().unwrap()],
        ..to(1)
    };
    let chain = delegate(holder(0), None, &fish).unwrap();

    let ham = Delegation {
        classifiers: vec!["fish food".parse().unwrap(), "ham".parse().unwrap()],
        ..to(2)
    };
    let refused = delegate(holder(1), Some(&chain), &ham);
    assert!(matches!(
        refused,
        Err(DelegateError::NotDelegated(Some(classifier))) if classifier == "ham".parse().unwrap()
    ));
    let refused = delegate(holder(1), Some(&chain), &to(2));
    assert!(matches!(refused, Err(DelegateError::NotDelegated(None))));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "every classifier is not the signer's to delegate"
    );
}

#[test]
fn a_chain_that_cannot_be_read_is_not_extended() {
    let chain = CertChain::new(vec![vec![0x30, 0x00]]).unwrap();

    let refused = delegate(holder(0), Some(&chain), &to(1));

    assert!(matches!(
        refused,
        Err(DelegateError::Chain(ChainError::Certificate {
            position: 1,
            error: CertificateError::Malformed(_)
        }))
    ));
}

/// R-3.1.5.10-05: the position is that of the certificate with the bad list.
#[test]
fn a_chain_whose_last_list_cannot_be_read_is_not_extended() {
    let mut case = Case::new();
    case.claims[2].classifiers = Some(vec!["c".repeat(150)]);
    let chain = CertChain::new(case.ders()).unwrap();

    let refused = delegate(holder(2), Some(&chain), &to(3));

    let Err(DelegateError::Chain(error)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        error,
        ChainError::BadClassifier {
            position: 3,
            error: PeerNameError::ClassifierLength(150)
        }
    );
}

/// R-2.2.3.5-07: what a validator would not read is not signed.
#[test]
fn a_key_that_is_no_key_of_pnrp_gets_nothing() {
    for key in [PublicKey([0; 140]), PublicKey([0x30; 140])] {
        let refused = delegate(holder(0), None, &Delegation { to: key, ..to(1) });

        assert!(matches!(refused, Err(DelegateError::Key(_))), "{refused:?}");
    }
}

#[test]
fn a_time_that_x509_cannot_express_is_not_signed() {
    let delegation = Delegation {
        not_after: unix(253_402_300_800),
        ..to(1)
    };

    let refused = delegate(holder(0), None, &delegation);

    assert!(matches!(
        refused,
        Err(DelegateError::Sign(SignError::Key(_)))
    ));
}

#[test]
fn the_failure_of_a_signer_is_told() {
    let broken = Broken(holder(0).public_key());

    let root = self_signed_certificate(&broken, NOT_BEFORE, NOT_AFTER);
    let chain = delegate(&broken, None, &to(1));

    assert!(matches!(root, Err(SignError::OtherKey)));
    assert!(matches!(
        chain,
        Err(DelegateError::Sign(SignError::OtherKey))
    ));
}

/// A signer that fails.
#[derive(Debug)]
struct Broken(PublicKey);

impl Signer for Broken {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    fn sign(&self, _: &[u8]) -> Result<Signature, SignError> {
        Err(SignError::OtherKey)
    }
}

/// Everything, to the peer at an index.
fn to(index: usize) -> Delegation {
    to_key(holder(index))
}

fn to_key(peer: &PeerIdentity) -> Delegation {
    Delegation {
        to: peer.public_key(),
        classifiers: Vec::new(),
        role: Role::Admin,
        not_before: NOT_BEFORE,
        not_after: NOT_AFTER,
    }
}

fn inspect(chain: &CertChain) -> ValidChain {
    inspect_chain(&chain.encode(), NOW, &RsaVerifier).unwrap()
}
