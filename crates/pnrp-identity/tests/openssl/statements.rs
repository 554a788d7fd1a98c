//! Another implementation agrees about the signatures of CPAs and payloads. MS-PNRP §3.2.5.7,
//! §3.2.5.8, §3.2.5.9.

use std::{net::Ipv6Addr, path::Path};

use pnrp_identity::{PeerIdentity, Signer, sign_cpa, sign_extended_payload};
use pnrp_wire::{
    ByteOrder, ClassifierHash, Cpa, CpaKind, Dialect, Endpoint, FileTime, Nonce, Payload,
    ServiceLocation, UnsignedPayload,
};

use crate::program::{openssl, openssl_is_there, refused_by_openssl, write};

const NOT_AFTER: FileTime = FileTime(134_000_000_000_000_000);
/// Bytes of a SIGNATURE, and of the data that it ends with. MS-PNRP §2.2.3.2.
const SIGNATURE_LEN: usize = 0x88;
const DATA_LEN: usize = 0x80;
/// Bytes of the key, which stands in front of the SIGNATURE of a CPA. MS-PNRP §2.2.3.1.4.
const KEY_LEN: usize = 0x8C;

/// R-3.2.5.7-03, R-3.2.5.9-01: with the key that the CPA itself carries.
#[test]
fn openssl_verifies_the_bytes_of_a_cpa_up_to_its_signature() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let identity = PeerIdentity::generate().unwrap();
    let signed = sign_cpa(publication(&identity), &identity, &Dialect::default()).unwrap();
    let bytes = signed.as_bytes();
    let key = &bytes[bytes.len() - SIGNATURE_LEN - KEY_LEN..bytes.len() - SIGNATURE_LEN];

    check(directory.path(), key, bytes);
}

/// R-3.2.5.8-01, R-3.2.5.9-01: with the key of the CPA.
#[test]
fn openssl_verifies_the_bytes_of_a_payload_up_to_its_signature() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let identity = PeerIdentity::generate().unwrap();
    let statements = UnsignedPayload {
        not_after: NOT_AFTER,
        id: publication(&identity).id(),
        nonce: Nonce([0x5a; 16]),
        payload: Payload::Binary((0..100).collect()),
    };
    let signed = sign_extended_payload(statements, &identity, &Dialect::default()).unwrap();

    check(
        directory.path(),
        &identity.public_key().0,
        signed.as_bytes(),
    );
}

/// R-3.2.5.9-01: the dialect turns the signature round, and what is signed stays.
#[test]
fn openssl_verifies_a_reversed_signature_once_it_is_turned_back() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let identity = PeerIdentity::generate().unwrap();
    let reversed = Dialect {
        signature_order: ByteOrder::LittleEndian,
        ..Dialect::default()
    };
    let signed = sign_cpa(publication(&identity), &identity, &reversed).unwrap();
    let mut bytes = signed.as_bytes().to_vec();
    let data = bytes.len() - DATA_LEN;
    bytes[data..].reverse();

    check(directory.path(), &identity.public_key().0, &bytes);
}

/// Openssl accepts the signature at the end of some bytes, and no other bytes under it.
fn check(directory: &Path, key: &[u8], bytes: &[u8]) {
    const VERIFY: &str = "dgst -sha1 -verify key.pem -signature signature signed";
    write(directory, "key.der", key);
    write(directory, "signature", &bytes[bytes.len() - DATA_LEN..]);
    let mut signed = bytes[..bytes.len() - SIGNATURE_LEN].to_vec();
    write(directory, "signed", &signed);
    openssl(
        directory,
        "rsa -RSAPublicKey_in -inform DER -in key.der -pubout -out key.pem",
    );

    assert_eq!(openssl(directory, VERIFY), "Verified OK\n");
    signed[20] ^= 0x01;
    write(directory, "signed", &signed);
    refused_by_openssl(directory, VERIFY);
}

fn publication(identity: &PeerIdentity) -> Cpa {
    Cpa {
        kind: CpaKind::Publish(Nonce([0x5a; 16])),
        has_extended_payload: false,
        not_after: NOT_AFTER,
        service_location: ServiceLocation([7; 16]),
        authority: identity.authority(),
        classifier_hash: Some(ClassifierHash([0xc1; 20])),
        friendly_name: None,
        service_addresses: vec![Endpoint {
            address: Ipv6Addr::LOCALHOST,
            port: 3540,
        }],
        app_endpoints: Vec::new(),
        public_key: identity.public_key(),
    }
}
