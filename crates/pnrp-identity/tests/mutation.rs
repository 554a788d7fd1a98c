//! One bit at a time: nothing of what is validated, nor of its signature, can be changed.
//!
//! All goes the way of received bytes: decode, then validate. MS-PNRP §3.1.5.7 to §3.1.5.10.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::{net::Ipv6Addr, thread};

use pnrp_identity::{
    ChainClaim, CpaExpectation, Delegation, PeerIdentity, Role, RsaVerifier, Signer, ValidCpa,
    delegate, sign_cpa, sign_extended_payload, validate_chain, validate_cpa,
    validate_extended_payload,
};
use pnrp_wire::{
    AppEndpoint, CertChain, Classifier, Cpa, CpaKind, Dialect, Endpoint, ExtendedPayload, FileTime,
    FriendlyName, Nonce, Payload, PublicKey, ServiceLocation, SignedCpa, UnsignedPayload,
};

const NOW: FileTime = FileTime(134_000_000_000_000_000);
const NONCE: Nonce = Nonce([0x5a; 16]);
const FLIPS_OF_A_BYTE: usize = 8;

/// R-3.1.5.7-09, R-3.1.5.9-01, R-3.1.5.9-02: a CPA of a secure name.
#[test]
fn no_bit_of_a_cpa_can_be_changed() {
    let identity = PeerIdentity::generate().unwrap();
    let signed = sign_cpa(publication(&identity), &identity, &Dialect::default()).unwrap();
    let expected = CpaExpectation::publication(signed.id(), NONCE);
    let bytes = signed.as_bytes();
    let is_valid = |bytes: &[u8]| {
        SignedCpa::decode(bytes, &Dialect::default())
            .is_ok_and(|received| validate_cpa(received, &expected, NOW, &RsaVerifier).is_ok())
    };

    let refused = refused_flips(bytes, &is_valid);

    assert_eq!(refused, FLIPS_OF_A_BYTE * bytes.len());
}

/// R-3.1.5.8-05, R-3.1.5.9-01, R-3.1.5.9-02: a payload beside the CPA of a secure name.
#[test]
fn no_bit_of_a_payload_can_be_changed() {
    let identity = PeerIdentity::generate().unwrap();
    let cpa = valid_cpa(&identity);
    let statements = UnsignedPayload {
        not_after: NOW,
        id: cpa.id(),
        nonce: NONCE,
        payload: Payload::Binary((0..64).collect()),
    };
    let signed = sign_extended_payload(statements, &identity, &Dialect::default()).unwrap();
    let bytes = signed.as_bytes();
    let is_valid = |bytes: &[u8]| {
        ExtendedPayload::decode(bytes, &Dialect::default()).is_ok_and(|received| {
            validate_extended_payload(received, &cpa, NOW, &RsaVerifier).is_ok()
        })
    };

    let refused = refused_flips(bytes, &is_valid);

    assert_eq!(refused, FLIPS_OF_A_BYTE * bytes.len());
}

/// R-3.1.5.10-01, R-3.1.5.10-07, R-3.1.5.10-13: three certificates in their container. What no
/// signature covers has one form, so that none of it can be changed either.
#[test]
fn no_bit_of_a_chain_can_be_changed() {
    let peers = [(); 3].map(|()| PeerIdentity::generate().unwrap());
    let bytes = chain_of_three(&peers).encode();
    let classifier: Classifier = "fish food".parse().unwrap();
    let claim = ChainClaim {
        authority: peers[0].authority(),
        publisher: peers[2].public_key(),
        classifier: &classifier,
    };
    let is_valid = |bytes: &[u8]| validate_chain(bytes, &claim, NOW, &RsaVerifier).is_ok();

    let refused = refused_flips(&bytes, &is_valid);

    assert_eq!(refused, FLIPS_OF_A_BYTE * bytes.len());
}

/// Flips each bit alone, and counts the results that are not valid.
fn refused_flips(valid: &[u8], is_valid: &(impl Fn(&[u8]) -> bool + Sync)) -> usize {
    assert!(is_valid(valid), "nothing is changed yet");
    let positions: Vec<usize> = (0..valid.len()).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = positions.len().div_ceil(threads);
    thread::scope(|scope| {
        let workers: Vec<_> = positions
            .chunks(share)
            .map(|positions| scope.spawn(move || refused_at(valid, positions, is_valid)))
            .collect();
        let counts = workers.into_iter().map(|worker| worker.join().unwrap());
        counts.sum()
    })
}

fn refused_at(valid: &[u8], positions: &[usize], is_valid: &impl Fn(&[u8]) -> bool) -> usize {
    let mut bytes = valid.to_vec();
    let mut refused = 0;
    for &position in positions {
        for bit in 0..FLIPS_OF_A_BYTE {
            bytes[position] ^= 1 << bit;
            assert!(!is_valid(&bytes), "bit {bit} of byte {position}");
            refused += 1;
            bytes[position] = valid[position];
        }
    }
    refused
}

/// The first peer lets the second, and that one the third, publish what begins with "fish".
fn chain_of_three(peers: &[PeerIdentity; 3]) -> CertChain {
    let [owner, admin, last] = peers;
    let first = delegate(owner, None, &to(admin.public_key())).unwrap();
    delegate(admin, Some(&first), &to(last.public_key())).unwrap()
}

fn to(key: PublicKey) -> Delegation {
    Delegation {
        to: key,
        classifiers: vec!["fish".parse().unwrap()],
        role: Role::Admin,
        not_before: FileTime(NOW.0 - 10_000_000),
        not_after: FileTime(NOW.0 + 10_000_000),
    }
}

fn valid_cpa(identity: &PeerIdentity) -> ValidCpa {
    let signed = sign_cpa(publication(identity), identity, &Dialect::default()).unwrap();
    let expected = CpaExpectation::publication(signed.id(), NONCE);
    validate_cpa(signed, &expected, NOW, &RsaVerifier).unwrap()
}

/// A CPA with every field that it can have.
fn publication(identity: &PeerIdentity) -> Cpa {
    let classifier: Classifier = "fish".parse().unwrap();
    Cpa {
        kind: CpaKind::Publish(NONCE),
        has_extended_payload: true,
        not_after: NOW,
        service_location: ServiceLocation([7; 16]),
        authority: identity.authority(),
        classifier_hash: Some(classifier.hash(&Dialect::default())),
        friendly_name: Some(FriendlyName::new("lemon").unwrap()),
        service_addresses: vec![Endpoint {
            address: Ipv6Addr::LOCALHOST,
            port: 3540,
        }],
        app_endpoints: vec![AppEndpoint {
            protocol: 6,
            address: Ipv6Addr::LOCALHOST,
            port: 8080,
        }],
        public_key: identity.public_key(),
    }
}
