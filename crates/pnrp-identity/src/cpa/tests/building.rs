//! What a publisher's CPA holds, byte by byte. MS-PNRP §3.2.5.7, §2.2.3.1.

use std::net::Ipv6Addr;

use pnrp_wire::Endpoint;
use sha1::{Digest, Sha1};

use super::*;
use crate::fixture::AUTHORITY;

/// R-3.2.5.7-01: the nonce of the INQUIRE stands behind 32 bytes.
#[test]
fn a_cpa_carries_the_nonce_of_the_inquire() {
    for nonce in [Nonce([0; 16]), NONCE, Nonce([0xff; 16])] {
        let signed = sign(Cpa {
            kind: CpaKind::Publish(nonce),
            ..publication()
        });

        assert_eq!(signed.as_bytes()[32..48], nonce.0);
        let received = SignedCpa::decode(signed.as_bytes(), &Dialect::default()).unwrap();
        let wanted = CpaExpectation::publication(expected().id, nonce);
        assert!(validate(received, &wanted).is_ok());
    }
}

/// R-3.2.5.7-02: in the order of the Local Endpoint List.
#[test]
fn a_cpa_carries_the_local_endpoints() {
    let endpoints: Vec<Endpoint> = (1..=4)
        .map(|last| Endpoint {
            address: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last),
            port: 3539 + last,
        })
        .collect();
    for count in 1..=4 {
        let signed = sign(Cpa {
            service_addresses: endpoints[..count].to_vec(),
            ..publication()
        });

        let received = SignedCpa::decode(signed.as_bytes(), &Dialect::default()).unwrap();

        let valid = validate(received, &expected()).unwrap();
        assert_eq!(valid.cpa().service_addresses, endpoints[..count]);
    }
}

/// R-2.2.3.1-16: SHA-1 of the 140 bytes of the key, least significant byte first.
#[test]
fn the_authority_in_a_cpa_is_the_hash_of_its_key() {
    let signed = sign(publication());
    let bytes = signed.as_bytes();

    let mut authority = bytes[48..68].to_vec();
    authority.reverse();
    assert_eq!(authority, AUTHORITY);
    // The key ends where the SIGNATURE begins.
    let key = &bytes[bytes.len() - 136 - 140..bytes.len() - 136];
    assert_eq!(authority, Sha1::digest(key).to_vec());
}

/// R-2.2.3.1-17: flag A is clear, and the 20 bytes are not there.
#[test]
fn a_cpa_of_an_unsecured_name_has_no_authority() {
    const FLAG_A: u8 = 0x04;
    let secure = sign(publication());
    let unsecured = sign(Cpa {
        authority: Authority::Unsecured,
        ..publication()
    });

    assert_eq!(secure.as_bytes()[6] & FLAG_A, FLAG_A);
    assert_eq!(unsecured.as_bytes()[6] & FLAG_A, 0);
    assert_eq!(unsecured.as_bytes().len(), secure.as_bytes().len() - 20);
    assert_eq!(unsecured.as_bytes()[48..68], [0xc1; 20]);
}

/// R-2.2.3.1-18: SHA-1 of "fish" in UTF-16, by another program.
#[test]
fn the_classifier_hash_in_a_cpa_is_that_of_the_text() {
    const FISH: [u8; 20] = [
        0x12, 0xc4, 0xa6, 0xf0, 0xb4, 0xf9, 0xee, 0x4a, 0x61, 0x21, 0xfe, 0xe9, 0xc3, 0x84, 0x4d,
        0x94, 0x0f, 0x94, 0x02, 0xf3,
    ];
    let classifier: Classifier = "fish".parse().unwrap();
    let signed = sign(Cpa {
        classifier_hash: Some(classifier.hash(&Dialect::default())),
        ..publication()
    });

    assert_eq!(signed.as_bytes()[68..88], FISH);
}
