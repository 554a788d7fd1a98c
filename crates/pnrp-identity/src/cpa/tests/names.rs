//! Names and IDs as the CPA of a key bears them out. MS-PNRP §1.3.1.1, §1.3.1.2, §3.1.4.4.1.

use std::{fs, path::Path};

use pnrp_wire::{P2pId, PeerName, PublicKey, ServiceLocation};
use sha1::{Digest, Sha1};

use super::*;
use crate::{
    Delegation, Role,
    certificate::tests::builder::{NOT_AFTER as CHAIN_NOT_AFTER, NOT_BEFORE},
    delegate, inspect_chain,
};

/// R-1.3.1-01: the key and the authority of a Windows machine, from the sample contact file of
/// MS-RA §2.2.5.
#[test]
fn the_authority_of_a_windows_key_is_the_one_of_windows() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let vector = fs::read(vectors.join("ms-ra-authority.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_slice(&vector).unwrap();
    let key = hex(vector["rsa_public_key_der"].as_str().unwrap());
    let key = PublicKey::from_der(&key).unwrap();
    let delegation = Delegation {
        to: key,
        classifiers: Vec::new(),
        role: Role::Member,
        not_before: NOT_BEFORE,
        not_after: CHAIN_NOT_AFTER,
    };

    let chain = delegate(&identity(), None, &delegation).unwrap();

    let valid = inspect_chain(&chain.encode(), NOW, &RsaVerifier).unwrap();
    let last = valid.certificates().last().unwrap();
    for authority in [
        key.authority(),
        valid.publisher().authority(),
        last.authority(),
    ] {
        assert_eq!(
            authority.to_string(),
            "38827fecd1245882413e9a42c23d81f1aae08c4d"
        );
        assert_eq!(authority.to_string(), vector["authority"]);
    }
}

/// R-1.3.1-01: two digits for every byte, the first byte first.
#[test]
fn an_authority_is_40_digits() {
    assert_eq!(
        identity().authority().to_string(),
        "c95e6f7397c5f4d775e10392aa71f5a33ec6f666"
    );
    let mut hash = [0x0c; 20];
    hash[0] = 0x00;
    hash[19] = 0xf0;
    assert_eq!(
        Authority::Secure(hash).to_string(),
        format!("00{}f0", "0c".repeat(18))
    );
}

/// R-1.3.1-02
#[test]
fn an_unsecured_name_begins_with_0() {
    let name = PeerName::new(Authority::Unsecured, "lemon".parse().unwrap());

    assert_eq!(name.to_string(), "0.lemon");
}

/// R-1.3.1-03, R-3.1.4.4.1-01, R-3.1.4.4.1-03, R-3.1.4.4.1-04: values computed by Python's hashlib.
#[test]
fn a_p2p_id_hashes_64_bytes() {
    const WINDOWS: &str = "38827fecd1245882413e9a42c23d81f1aae08c4d.RAContact";
    for (text, authority, classifier_hash, p2p_id) in [
        (
            WINDOWS,
            "38827fecd1245882413e9a42c23d81f1aae08c4d".to_owned(),
            "700f1f9f9fd28b54e0acb3304ade435e928a4092",
            "c35569a16a1aa0c6b617f9dedf277f56",
        ),
        (
            "0.RAContact",
            "00".repeat(20),
            "700f1f9f9fd28b54e0acb3304ade435e928a4092",
            "de05d497b2d45c61b8ca939aa8340612",
        ),
        (
            "0.",
            "00".repeat(20),
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "f16650999d995aca3e323e4008a7f4bd",
        ),
    ] {
        let name: PeerName = text.parse().unwrap();

        let hash = name.classifier().hash(&Dialect::default());
        let hashed = [
            &hash.0[..],
            &hex(&authority),
            &hash.0,
            &[0x50, 0x4E, 0x52, 0x50],
        ]
        .concat();
        assert_eq!(hash.0.to_vec(), hex(classifier_hash));
        assert_eq!(hashed.len(), 64);
        assert_eq!(Sha1::digest(&hashed)[..16], hex(p2p_id));
        assert_eq!(name.p2p_id(&Dialect::default()).0.to_vec(), hex(p2p_id));
    }
}

/// R-1.3.1-04, R-3.1.4.4.1-02, R-3.1.4.4.1-05: the ID that a CPA certifies.
#[test]
fn an_id_is_p2p_id_prefix_and_suffix() {
    let location = ServiceLocation::new(0x2001_0db8_0000_0001, 0x8000_0000_0000_0000);
    let cpa = Cpa {
        service_location: location,
        ..publication()
    };

    let id = sign(cpa).id();

    let p2p_id = P2pId::derive(
        &identity().authority(),
        &publication().classifier_hash.unwrap(),
    );
    assert_eq!(id.as_bytes()[..16], p2p_id.0);
    assert_eq!(id.as_bytes()[16..], hex("20010db8000000018000000000000000"));
}

/// R-3.1.4.4.1-05: most significant byte first in an ID, least in an EXTENDED_PAYLOAD.
#[test]
fn an_id_is_reversed_inside_an_extended_payload_only() {
    let statements = payload::statements();
    let id = statements.id;

    let payload = crate::sign_extended_payload(statements, &identity(), &Dialect::default());

    let mut reversed = *id.as_bytes();
    reversed.reverse();
    assert_eq!(payload.unwrap().as_bytes()[16..48], reversed);
    let digits: String = id
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(id.to_string(), digits);
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
