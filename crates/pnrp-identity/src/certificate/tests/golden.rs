//! Extensions byte by byte, as MS-PNRP §2.2.3.5.1 and the rules of DER make them.

use pnrp_wire::Classifier;

use super::{
    builder::{NOT_AFTER, NOT_BEFORE},
    *,
};
use crate::{Delegation, Role, delegate, self_signed_certificate};

/// In front: SEQUENCE, the identifier 1.3.6.1.4.1.311.44.x.y, critical, OCTET STRING.
const TYPE_ROOT: &str = "3017 060a 2b06010401 82372c 0001 0101ff 0406 0404 02000000";
const TYPE_MEMBER: &str = "3017 060a 2b06010401 82372c 0001 0101ff 0406 0404 01000000";
const VERSION: &str = "3017 060a 2b06010401 82372c 0004 0101ff 0406 0404 01000200";
const ROLE_ADMIN: &str = "3025 060a 2b06010401 82372c 0303 0101ff 0414
    3012 0410 04387127aa56450a8ce54f565c6790f4";
const ROLE_MEMBER: &str = "3025 060a 2b06010401 82372c 0303 0101ff 0414
    3012 0410 f12dc4c708574ca093fcb1bb19a3d8c2";
const ROLE_INVITING_MEMBER: &str = "3025 060a 2b06010401 82372c 0303 0101ff 0414
    3012 0410 dd15f41ffc4e4922b0354c06a754d01d";
/// The classifier "fish", and no classifier.
const CLASSIFIERS_FISH: &str = "3035 060a 2b06010401 82372c 0305 0101ff 0424
    3022 a020 060a 2b06010401 82372c 0003 a012 1c10 00000066 00000069 00000073 00000068";
const CLASSIFIERS_NONE: &str = "3013 060a 2b06010401 82372c 0305 0101ff 0402 3000";
/// What stands in front of the 41 characters of an authority and its dot.
const PEER_NAME_HEAD: &str = "3081ce 060a 2b06010401 82372c 0301 0101ff 0481bc
    3081b9 a081b6 060a 2b06010401 82372c 0002 a081a7 1c81a4";

/// R-2.2.3.5.1-02, R-2.2.3.5.1-03, R-2.2.3.5.1.1-01, R-2.2.3.5.1.1-02, R-2.2.3.5.1.2-01,
/// R-2.2.3.5.1.3-01, R-2.2.3.5.1.5-01
#[test]
fn a_root_has_the_bytes_of_the_specification() {
    let der = self_signed_certificate(&identity(), NOT_BEFORE, NOT_AFTER).unwrap();

    let name = format!("{}.", identity().authority());
    let points: Vec<u8> = name.bytes().flat_map(|byte| [0, 0, 0, byte]).collect();
    assert!(holds(&der, &hex(TYPE_ROOT)));
    assert!(holds(&der, &hex(VERSION)));
    assert!(holds(&der, &[hex(PEER_NAME_HEAD), points].concat()));
    assert!(holds(&der, &hex(CLASSIFIERS_NONE)));
}

/// R-2.2.3.5.1-02, R-2.2.3.5.1-03, R-2.2.3.5.1.1-02, R-2.2.3.5.1.2-01, R-2.2.3.5.1.4-02,
/// R-2.2.3.5.1.5-01
#[test]
fn a_certificate_of_a_delegate_has_the_bytes_of_the_specification() {
    for (role, golden) in [
        (Role::Admin, ROLE_ADMIN),
        (Role::Member, ROLE_MEMBER),
        (Role::InvitingMember, ROLE_INVITING_MEMBER),
    ] {
        let fish: Classifier = "fish".parse().unwrap();
        let delegation = Delegation {
            to: peers()[0].public_key(),
            classifiers: vec![fish],
            role,
            not_before: NOT_BEFORE,
            not_after: NOT_AFTER,
        };

        let chain = delegate(&identity(), None, &delegation).unwrap();

        let [root, member] = chain.certificates() else {
            panic!("{} certificates", chain.certificates().len());
        };
        assert!(holds(root, &hex(TYPE_ROOT)));
        assert!(holds(member, &hex(TYPE_MEMBER)));
        assert!(holds(member, &hex(VERSION)));
        assert!(holds(member, &hex(golden)));
        assert!(holds(member, &hex(CLASSIFIERS_FISH)));
        assert!(holds(member, &hex(PEER_NAME_HEAD)));
    }
}

/// R-2.2.3.5-03, R-2.2.3.5-04, R-2.2.3.5-05, R-2.2.3.5-06, R-2.2.3.5-07, R-2.2.3.5-08,
/// R-2.2.3.5-09: what is issued begins, goes on and ends with nothing else.
#[test]
fn what_is_issued_has_the_fields_of_the_specification() {
    let der = self_signed_certificate(&identity(), NOT_BEFORE, NOT_AFTER).unwrap();

    let sha1_with_rsa = hex("300d 0609 2a864886f70d010105 0500");
    let name: Vec<u8> = identity()
        .authority()
        .to_string()
        .bytes()
        .flat_map(|byte| [0, byte])
        .collect();
    let name = [hex("305b 3159 3057 0603 550403 1e50"), name].concat();
    let validity = [
        hex("301e 170d"),
        b"250101000000Z".to_vec(),
        hex("170d"),
        b"260101000000Z".to_vec(),
    ];
    let key = [
        hex("30819f 300d 0609 2a864886f70d010101 0500 03818d 00"),
        identity().public_key().0.to_vec(),
    ];
    let after_serial = [
        sha1_with_rsa.clone(),
        name.clone(),
        validity.concat(),
        name,
        key.concat(),
        // The extensions follow at once.
        vec![0xA3],
    ]
    .concat();
    let signed = Certificate::from_der(&der).unwrap().signed_bytes().to_vec();
    // SEQUENCE of 256 bytes or more, [0] INTEGER 2, INTEGER of 16 bytes.
    assert_eq!(signed[..2], [0x30, 0x82]);
    assert_eq!(signed[4..11], hex("a003 020102 0210"));
    assert!(signed[27..].starts_with(&after_serial));
    let end = [sha1_with_rsa, hex("038181 00")].concat();
    assert!(der[4 + signed.len()..].starts_with(&end));
    assert_eq!(der.len(), 4 + signed.len() + end.len() + 128);
}

/// R-2.2.3.5-05: positive, and not with a zero in front that another writer would leave out.
#[test]
fn issued_serial_numbers_have_16_significant_bytes_and_differ() {
    let serials: Vec<[u8; 16]> = (0..8)
        .map(|_| {
            let der = self_signed_certificate(&identity(), NOT_BEFORE, NOT_AFTER).unwrap();
            *Certificate::from_der(&der).unwrap().serial_number()
        })
        .collect();

    for (index, serial) in serials.iter().enumerate() {
        assert!((0x40..0x80).contains(&serial[0]), "{serial:02x?}");
        assert!(!serials[..index].contains(serial));
    }
}

/// What the builder of these tests writes, which the other tests change, is the same by hand.
#[test]
fn the_builder_writes_the_bytes_of_the_specification() {
    let written: Vec<_> = parts()
        .extensions
        .iter()
        .map(builder::Extension::encode)
        .collect();

    assert_eq!(written[0], hex(TYPE_MEMBER));
    assert_eq!(written[1], hex(VERSION));
    assert!(written[2].starts_with(&hex(PEER_NAME_HEAD)));
    assert_eq!(written[3], hex(ROLE_ADMIN));
    let fish = builder::other_names(builder::CLASSIFIER_TYPE, &[builder::universal("fish")]);
    let fish = builder::Extension::critical(builder::CLASSIFIERS, fish);
    assert_eq!(fish.encode(), hex(CLASSIFIERS_FISH));
}

fn holds(der: &[u8], part: &[u8]) -> bool {
    der.windows(part.len()).any(|window| window == part)
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: String = digits.split_whitespace().collect();
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
