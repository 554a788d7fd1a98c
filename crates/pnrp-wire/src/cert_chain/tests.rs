use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::{arbitrary, fixtures::hex};

/// The head of a chain whose certificates take 5 bytes, and what follows them.
const HEAD: &str = "
    302a 06092a864886f70d010702 a01d 301b 020101 3100 300b 06092a864886f70d010701";
const TAIL: &str = "3100";

/// R-2.2.3.5-01: a SignedData of version 1 without signers, whose content is `data`.
#[test]
fn a_chain_has_the_bytes_of_pkcs_7() {
    let bytes = hex(&format!("{HEAD} a005 3003 020107 {TAIL}"));
    let chain = CertChain::new(vec![hex("3003 020107")]).unwrap();

    assert_eq!(chain.encode(), bytes);
    assert_eq!(CertChain::decode(&bytes), Ok(chain));
}

/// The certificates are a SET, which DER would sort.
#[test]
fn the_order_of_the_certificates_is_kept() {
    let unsorted = ["3003 020109", "3003 020101", "3003 020105"]
        .map(hex)
        .to_vec();
    let chain = CertChain::new(unsorted.clone()).unwrap();

    let decoded = CertChain::decode(&chain.encode()).unwrap();

    assert_eq!(decoded.certificates(), unsorted);
}

#[test]
fn lengths_take_as_few_bytes_as_they_can() {
    for (length, head) in [
        (0x7F, "307f"),
        (0x80, "308180"),
        (0xFF, "3081ff"),
        (0x100, "30820100"),
        (0x1_0000, "3083010000"),
    ] {
        let content = vec![0; length];

        let encoded = value(SEQUENCE, &content);

        assert_eq!(
            encoded,
            [hex(head), content.clone()].concat(),
            "{length:#x}"
        );
        assert!(is_sequence(&encoded), "{length:#x}");
    }
}

#[test]
fn a_chain_has_1_to_25_certificates() {
    let chain = |count| CertChain::new(vec![hex("3000"); count]);
    let received = |count| {
        let certificates = value(CONTEXT_0, &hex("3000").repeat(count));
        CertChain::decode(&container(&certificates)).map(|chain| chain.certificates.len())
    };

    assert_eq!(chain(0).unwrap_err().field, CERTIFICATES);
    assert_eq!(chain(25).unwrap().certificates().len(), 25);
    assert_eq!(chain(26).unwrap_err().field, CERTIFICATES);
    assert_eq!(received(25), Ok(25));
    for count in [0, 26, 3000] {
        let value = wide(count.min(26));
        let field = CERTIFICATES;
        assert_eq!(received(count), Err(DecodeError::BadValue { field, value }));
    }
}

#[test]
fn only_sequences_are_certificates() {
    for wrong in [
        "",
        "30",
        "3001",
        "300000",
        "3100",
        "3080",
        "3085 0000000000",
    ] {
        assert!(
            CertChain::new(vec![hex("3000"), hex(wrong)]).is_err(),
            "{wrong}"
        );
    }
    let extended = container(&hex("a002 a000"));
    assert_eq!(
        CertChain::decode(&extended).unwrap_err().field(),
        CERTIFICATES
    );
}

/// What RFC 2315 §9.1 allows, and a chain has no use for.
#[test]
fn algorithms_content_revocation_lists_and_signers_are_passed_over() {
    let plain = CertChain::new(vec![hex("3003 020107")]).unwrap();
    let signed_data = [
        hex("020101 3104 3002 0601"),
        hex("300f 06092a864886f70d010701 a002 0400"),
        hex("a005 3003 020107"),
        hex("a102 3000"),
        hex("3102 3000"),
    ];

    let full = with_signed_data(&signed_data.concat());

    assert_eq!(CertChain::decode(&full), Ok(plain.clone()));
    assert_ne!(plain.encode(), full);
}

#[test]
fn a_definite_length_may_take_more_bytes_than_it_needs() {
    let chain = CertChain::decode(&container(&hex("a083000006 3081 03 020107")));

    let kept = chain.unwrap();
    assert_eq!(kept.certificates(), [hex("3081 03 020107")]);
    assert_eq!(CertChain::decode(&kept.encode()), Ok(kept));
}

/// R-2.2.3.5-01: each part of the container has one legal form.
#[test]
fn values_outside_the_specification_are_refused() {
    let valid = hex(&format!("{HEAD} a005 3003 020107 {TAIL}"));
    for (offset, patch, field) in [
        (0, "31", "CERT_CHAIN"),
        (1, "29", "CERT_CHAIN"),
        (1, "80", "CERT_CHAIN"),
        (2, "05", CONTENT_TYPE),
        (12, "03", CONTENT_TYPE),
        (13, "a1", CONTENT),
        (14, "1c", CONTENT),
        (15, "31", CONTENT),
        (17, "04", SIGNED_DATA_VERSION),
        (19, "03", SIGNED_DATA_VERSION),
        (20, "30", DIGEST_ALGORITHMS),
        (22, "31", CONTENT_INFO),
        (34, "02", CONTENT_INFO),
        (35, "a1", CERTIFICATES),
        (37, "31", CERTIFICATES),
        (38, "04", CERTIFICATES),
        (42, "30", SIGNER_INFOS),
    ] {
        let mut bytes = valid.clone();
        bytes[offset] = hex(patch)[0];

        let error = CertChain::decode(&bytes).unwrap_err();
        assert_eq!(error.field(), field, "{patch} at {offset}");
    }
    let trailing = [valid.clone(), vec![0]].concat();
    assert_eq!(
        CertChain::decode(&trailing),
        Err(DecodeError::Trailing {
            field: "CERT_CHAIN",
            count: 1
        })
    );
    for length in 0..valid.len() {
        assert!(CertChain::decode(&valid[..length]).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(chain in arbitrary::cert_chain()) {
        prop_assert_eq!(CertChain::decode(&chain.encode()), Ok(chain));
    }

    #[test]
    fn arbitrary_bytes_decode_or_fail(bytes in vec(any::<u8>(), 0..200)) {
        check(&bytes)?;
        check(&container(&bytes))?;
        check(&container(&value(CONTEXT_0, &bytes)))?;
    }

    #[test]
    fn damaged_chains_decode_or_fail(
        chain in arbitrary::cert_chain(),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
        cut in any::<Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = chain.encode();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        check(&bytes)?;
    }
}

/// What decodes has 1 to 25 certificates, which stand in the input, and encodes to the same value.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(chain) = CertChain::decode(bytes) {
        let carried: usize = chain.certificates().iter().map(Vec::len).sum();
        prop_assert!((1..=MAX_CERTIFICATES).contains(&chain.certificates().len()));
        prop_assert!(carried < bytes.len());
        prop_assert_eq!(
            CertChain::new(chain.certificates().to_vec()),
            Ok(chain.clone())
        );
        prop_assert_eq!(CertChain::decode(&chain.encode()), Ok(chain));
    }
    Ok(())
}

/// A container with `certificates` in the place of that element.
fn container(certificates: &[u8]) -> Vec<u8> {
    let before = hex("020101 3100 300b 06092a864886f70d010701");
    with_signed_data(&[before, certificates.to_vec(), hex(TAIL)].concat())
}

fn with_signed_data(signed_data: &[u8]) -> Vec<u8> {
    let content = value(CONTEXT_0, &value(SEQUENCE, signed_data));
    value(SEQUENCE, &[value(OBJECT_ID, SIGNED_DATA), content].concat())
}
