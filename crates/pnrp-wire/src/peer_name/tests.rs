use proptest::prelude::*;

use super::*;
use crate::{arbitrary, fixtures::hex};

const KEY: &str = "38827fecd1245882413e9a42c23d81f1aae08c4d";

/// R-2.2.4-04, R-1.3.1-02
#[test]
fn the_first_dot_splits_authority_and_classifier() {
    let name: PeerName = "0.John.Doe".parse().unwrap();

    assert_eq!(name.authority(), &Authority::Unsecured);
    assert_eq!(name.classifier().to_string(), "John.Doe");
    assert_eq!(name.to_string(), "0.John.Doe");
    assert_eq!(format!("{name:?}"), "PeerName(\"0.John.Doe\")");
}

/// R-2.2.4-02, R-1.3.1-01
#[test]
fn an_authority_of_40_digits_is_a_hash() {
    let name: PeerName = format!("{KEY}.RAContact").parse().unwrap();

    assert_eq!(name.authority().to_bytes().as_slice(), hex(KEY));
    assert_eq!(name.authority().to_string(), KEY);
    let leading_zeros: Authority = format!("00{}", "0c".repeat(19)).parse().unwrap();
    assert_eq!(leading_zeros.to_string(), format!("00{}", "0c".repeat(19)));
}

/// R-2.2.4-01
#[test]
fn a_classifier_may_be_empty() {
    let name: PeerName = "0.".parse().unwrap();

    assert!(name.classifier().is_empty());
    assert_eq!(name.to_string(), "0.");
}

/// R-2.2.4-01, R-2.2.4-02, R-2.2.4-03
#[test]
fn errors_say_what_is_wrong_and_what_to_do() {
    for (text, error) in [
        (
            "printer".to_owned(),
            "a peer name is <authority>.<classifier>, and \"printer\" has no dot; \
             for an unsecured name put \"0.\" in front of it",
        ),
        (
            format!("{}.x", &KEY[1..]),
            "the authority in front of the first dot has 39 digits; \
             write 0, or all 40 hexadecimal digits of an identity",
        ),
        (
            format!("{}.x", KEY.to_uppercase()),
            "the authority has the upper-case digit 'F'; write its 40 digits in lower case",
        ),
        (
            "my printer.local".to_owned(),
            "the authority in front of the first dot has the character 'm'; \
             write 0, or the 40 hexadecimal digits of an identity",
        ),
        (
            format!("0.{}", "a".repeat(150)),
            "the classifier after the first dot has 150 UTF-16 units; shorten it to at most 149",
        ),
        (
            "0.a\0b".to_owned(),
            "the classifier has a NUL character at position 1; remove it",
        ),
    ] {
        assert_eq!(text.parse::<PeerName>().unwrap_err().to_string(), error);
    }
}

/// R-2.2.4-02
#[test]
fn other_authorities_are_refused() {
    for authority in [
        "",
        "1",
        "00",
        " 0",
        "0x0",
        &format!("{KEY}0"),
        &KEY.replace('3', "g"),
    ] {
        assert!(
            format!("{authority}.x").parse::<PeerName>().is_err(),
            "{authority}"
        );
    }
}

/// R-2.2.4-03, MS-PNRP §2.2.4 counts 16-bit units: a character outside the first plane takes two.
#[test]
fn the_limit_counts_utf16_units() {
    assert!("é".repeat(149).parse::<Classifier>().is_ok());
    assert!("😀".repeat(74).parse::<Classifier>().is_ok());
    assert_eq!(
        "😀".repeat(75).parse::<Classifier>(),
        Err(PeerNameError::ClassifierLength(150))
    );
}

/// R-2.2.4-04
#[test]
fn names_differ_in_case() {
    assert_ne!("0.A".parse::<PeerName>(), "0.a".parse::<PeerName>());
}

/// R-2.2.4-01, R-2.2.4-03
#[test]
fn unpaired_surrogates_are_kept() {
    let units = [0x30, 0x2E, 0xD800, 0x41];

    let name = PeerName::from_utf16(&units).unwrap();

    assert_eq!(name.to_utf16(), units);
    assert_eq!(name.to_string(), "0.\u{FFFD}A");
    assert_eq!(format!("{name:?}"), "PeerName(\"0.\\u{d800}A\")");
    assert_eq!(
        format!("{:?}", name.classifier()),
        "Classifier(\"\\u{d800}A\")"
    );
    assert_eq!(
        PeerName::from_utf16(&[0x30]),
        Err(PeerNameError::NoDot("0".into()))
    );
}

/// R-3.1.4.4.1-03: values computed with another SHA-1 and encoder.
#[test]
fn a_classifier_hashes_under_six_encodings() {
    let classifier: Classifier = "fish".parse().unwrap();
    let expected = FISH_HASHES;

    for (encoding, hash) in ClassifierEncoding::ALL.into_iter().zip(expected) {
        assert_eq!(
            classifier.hash_as(encoding).0.as_slice(),
            hex(hash),
            "{encoding:?}"
        );
    }
    assert_eq!(
        classifier.hash(&Dialect::default()),
        classifier.hash_as(ClassifierEncoding::Utf16Le)
    );
}

#[test]
fn utf8_of_an_unpaired_surrogate_has_three_bytes() {
    assert_eq!(utf8(&[0xD800]), [0xED, 0xA0, 0x80]);
    assert_eq!(utf8(&[0xDFFF]), [0xED, 0xBF, 0xBF]);
    assert_eq!(utf8(&[0xD83D, 0xDE00]), "😀".as_bytes());
    assert_eq!(utf8(&[0x41, 0xDC00, 0x42]), [0x41, 0xED, 0xB0, 0x80, 0x42]);
}

proptest! {
    #[test]
    fn names_survive_utf16(authority in any::<Option<[u8; 20]>>(), classifier in arbitrary::classifier()) {
        let authority = authority.map_or(Authority::Unsecured, Authority::Secure);
        let name = PeerName::new(authority, classifier);

        prop_assert_eq!(PeerName::from_utf16(&name.to_utf16()), Ok(name));
    }

    #[test]
    fn names_survive_text(text in "(0|[0-9a-f]{40})\\.[^\0]{0,74}") {
        let name: PeerName = text.parse().unwrap();

        prop_assert_eq!(name.to_string(), text);
    }

    #[test]
    fn any_text_parses_or_fails_in_one_line(text in any::<String>()) {
        if let Err(error) = text.parse::<PeerName>() {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}

/// In the order of [`ClassifierEncoding::ALL`].
const FISH_HASHES: [&str; 6] = [
    "12c4a6f0b4f9ee4a6121fee9c3844d940f9402f3",
    "99116466e23c117c226ed5911772fff15c34e54b",
    "ca2e5f4214b5edc0ac774395dc4c65776cd12cba",
    "d996e7592b2e5279c0a9443e461dda47ba8a9588",
    "64875fcccaac069fcb3e0e201e7d5b9166641608",
    "2f9c4ee591038016bf0e5c8fabc76bd40fa7bd83",
];
