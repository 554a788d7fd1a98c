//! Exported identities, and texts that are none.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use pnrp_identity::{
    BindingKey, ExportError, ImportError, Imported, KeyError, PeerIdentity, export_pem,
    export_windows, import, import_unencrypted,
};
use pnrp_wire::{Authority, Classifier, PeerName};
use proptest::prelude::*;

#[test]
fn our_form_keeps_both_keys() {
    let identity = PeerIdentity::generate().unwrap();

    let imported = import(&export_pem(&identity, "secret").unwrap(), "secret").unwrap();

    assert_eq!(
        *imported.identity.to_pkcs8_pem().unwrap(),
        *identity.to_pkcs8_pem().unwrap()
    );
    assert_eq!((imported.name, imported.certificate), (None, None));
}

#[test]
fn our_form_says_whose_it_is_to_whoever_has_no_password() {
    let identity = PeerIdentity::generate().unwrap();

    let text = export_pem(&identity, "secret").unwrap();

    let public = identity.binding_key().unwrap().public();
    let expected = format!(
        "authority: {}\nbindingKey: {public}\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
        identity.authority()
    );
    assert!(text.starts_with(&expected), "{text}");
}

#[test]
fn an_identity_without_a_binding_key_is_exported_without() {
    let identity = import_unencrypted(KEY).unwrap().identity;

    let imported = import(&export_pem(&identity, "secret").unwrap(), "secret").unwrap();

    assert_eq!(imported.identity.authority(), identity.authority());
    assert!(imported.identity.binding_key().is_none());
}

#[test]
fn each_export_is_encrypted_anew() {
    let identity = PeerIdentity::generate().unwrap();

    let [first, second] = [(); 2].map(|()| export_pem(&identity, "secret").unwrap());

    for (line, other) in first.lines().zip(second.lines()).skip(3) {
        let same = line == other;
        assert!(!same || line.starts_with("-----"), "{line}");
    }
}

#[test]
fn our_form_needs_a_password() {
    let refused = export_pem(&PeerIdentity::generate().unwrap(), "");

    assert!(matches!(refused, Err(ExportError::EmptyPassword)));
}

#[test]
fn the_form_of_windows_keeps_name_and_certificate() {
    for name in [
        "",
        "name",
        "a <b> & \"c\" 'd' ]]>",
        "\u{e9}\u{1f980}",
        "a.b",
    ] {
        let name = PeerName::new(identity().authority(), name.parse().unwrap());
        let text = export_windows(&identity(), &name, &certificate(), "secret").unwrap();

        let imported = import(&text, "secret").unwrap();

        assert_eq!(imported.identity.authority(), identity().authority());
        assert_eq!(imported.name, Some(name));
        assert_eq!(imported.certificate, Some(certificate()));
    }
}

#[test]
fn the_form_of_windows_has_the_elements_of_microsofts_page() {
    let text = windows_export();

    assert!(text.starts_with(
        "<PEERIDENTITYEXPORT VERSION=\"1.0\">\
         <PEERNAME>c95e6f7397c5f4d775e10392aa71f5a33ec6f666.name</PEERNAME>\
         <DATA xmlns:dt=\"urn:schemas-microsoft-com:datatypes\" dt:dt=\"bin.base64\">MII"
    ));
    assert!(text.ends_with("</DATA></PEERIDENTITYEXPORT>"));
}

#[test]
fn what_does_not_belong_to_the_key_is_not_exported() {
    let other = PeerIdentity::generate().unwrap();
    let name = |identity: &PeerIdentity, classifier: &[u16]| {
        let classifier = Classifier::from_utf16(classifier.to_vec()).unwrap();
        PeerName::new(identity.authority(), classifier)
    };

    assert!(matches!(
        export_windows(&identity(), &name(&other, &[]), &certificate(), ""),
        Err(ExportError::NameOfAnotherKey { .. })
    ));
    assert!(matches!(
        export_windows(&other, &name(&other, &[]), &certificate(), ""),
        Err(ExportError::CertificateOfAnotherKey)
    ));
    assert!(matches!(
        export_windows(&identity(), &name(&identity(), &[]), b"certificate", ""),
        Err(ExportError::MalformedCertificate(_))
    ));
    for classifier in [&[1][..], &[10], &[0xd800], &[0xfffe], &[0x61, 0x20]] {
        assert!(matches!(
            export_windows(
                &identity(),
                &name(&identity(), classifier),
                &certificate(),
                ""
            ),
            Err(ExportError::NameNotXml(_))
        ));
    }
}

#[test]
fn keys_in_the_open_are_read_when_asked_for() {
    let identity = PeerIdentity::generate().unwrap();
    let text = identity.to_pkcs8_pem().unwrap();

    assert!(matches!(
        import(&text, "secret"),
        Err(ImportError::NotEncrypted)
    ));
    let imported = import_unencrypted(&format!("\u{feff}{}", *text)).unwrap();

    let key = imported.identity.binding_key().map(BindingKey::public);
    assert_eq!(key, identity.binding_key().map(BindingKey::public));
    assert!(matches!(
        import_unencrypted(ENCRYPTED),
        Err(ImportError::Encrypted)
    ));
}

#[test]
fn every_flaw_of_a_form_is_told_by_name() {
    let windows = windows_export();
    let long = " ".repeat(256 * 1_024 + 1);
    for (text, flaw) in [
        (long, "the text has 262145 bytes, and 262144 is the most"),
        (String::new(), UNKNOWN),
        ("hello".to_owned(), UNKNOWN),
        ("<".to_owned(), "the text is not XML"),
        (
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_owned(),
            "the text is not XML",
        ),
        (
            "<PEERIDENTITYINFO/>".to_owned(),
            "the XML is a \"PEERIDENTITYINFO\", and a PEERIDENTITYEXPORT is needed",
        ),
        (
            windows.replace("\"1.0\"", "\"2.0\""),
            "the export has the version \"2.0\", and 1.0 is known",
        ),
        (
            windows.replace("PEERNAME", "NAME"),
            "the export has no element PEERNAME",
        ),
        (
            windows.replace("DATA", "BASE"),
            "the export has no element DATA",
        ),
        (
            windows.replace("<DATA", "<IDENTITYDATA/><DATA"),
            "the export has more than one element DATA",
        ),
        (
            windows.replace(".name", ".na<!-- -->me"),
            "the element PEERNAME of the export holds more than text",
        ),
    ] {
        assert_flaw(&text, flaw);
    }
}

#[test]
fn every_flaw_of_a_content_is_told_by_name() {
    let windows = windows_export();
    let data = between(&windows, "base64\">", "</DATA>");
    for (text, flaw) in [
        (
            windows.replace("MII", "MI-"),
            "the key in the export is not base64",
        ),
        (
            windows.replace(data, ""),
            "the PKCS#12 in the export is malformed",
        ),
        (
            windows.replace(data, &data[..1_000]),
            "the PKCS#12 in the export is cut off: 750 of 1513 bytes",
        ),
        (
            windows.replace("c95e6f", "c95e6g"),
            "the name in the export is no peer name",
        ),
        (
            windows.replace(">c95e6f", ">c95e60"),
            "the export is of c95e607397c5f4d775e10392aa71f5a33ec6f666, \
             and its key of c95e6f7397c5f4d775e10392aa71f5a33ec6f666",
        ),
        (
            windows.replace(">c95e6f7397c5f4d775e10392aa71f5a33ec6f666", ">0"),
            "the export is of 0, and its key of c95e6f7397c5f4d775e10392aa71f5a33ec6f666",
        ),
        (
            ENCRYPTED.replace("authority: c95e6f", "authority: c95e60"),
            "the export is of c95e607397c5f4d775e10392aa71f5a33ec6f666, \
             and its key of c95e6f7397c5f4d775e10392aa71f5a33ec6f666",
        ),
        (
            ENCRYPTED.replace("ENCRYPTED PRIVATE KEY", "CERTIFICATE"),
            "the keys cannot be used",
        ),
        (
            ENCRYPTED[..ENCRYPTED.len() - 200].to_owned(),
            "the keys cannot be used",
        ),
    ] {
        assert_flaw(&text, flaw);
    }
}

#[test]
fn a_wrong_password_is_told_from_everything_else() {
    for text in forms() {
        assert!(matches!(
            import(text, "Secret"),
            Err(ImportError::WrongPassword)
        ));
    }
}

#[test]
fn a_binding_key_that_was_lost_or_exchanged_is_noticed() {
    let second = ENCRYPTED.rfind("-----BEGIN").unwrap();

    let error = import(&ENCRYPTED[..second], "secret").unwrap_err();

    assert!(matches!(
        error,
        ImportError::Key(KeyError::OtherBindingKey { .. })
    ));
    assert!(import(ENCRYPTED, "secret").is_ok());
}

#[test]
fn line_ends_white_space_and_a_byte_order_mark_do_not_matter() {
    let windows = windows_export()
        .replace("><", ">\r\n  <")
        .replace(">MII", ">\n\tM II");
    for text in [windows, ENCRYPTED.replace('\n', "\r\n")] {
        let text = format!("\u{feff}\r\n{text}\r\n");
        assert!(import(&text, "secret").is_ok(), "{text:.100}");
    }
}

/// Neither a stack nor a memory without end: each text is as long as a text may be.
#[test]
fn xml_made_to_exhaust_a_reader_is_refused() {
    let deep = "<a>".repeat(80_000);
    let entities = (0..100).fold(String::from("<!DOCTYPE a ["), |text, n| {
        format!("{text}<!ENTITY e{} \"&e{n};&e{n};\">", n + 1)
    });
    let attributes = format!("<a {}/>", "a='' ".repeat(40_000));
    for text in [deep, format!("{entities}]><a>&e100;</a>"), attributes] {
        assert!(text.len() <= 256 * 1_024);
        assert!(matches!(import(&text, ""), Err(ImportError::Xml(_))));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn a_changed_text_never_panics_nor_yields_other_keys(
        form in 0..2_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..4),
    ) {
        let mut text: Vec<char> = forms()[form].chars().collect();
        for (place, character) in changes {
            let place = place.index(text.len());
            text[place] = character;
        }

        check(form, import(&String::from_iter(text), "secret"))?;
    }

    #[test]
    fn a_flipped_bit_never_panics_nor_yields_other_keys(
        form in 0..2_usize,
        place in any::<prop::sample::Index>(),
        bit in 0..7,
    ) {
        let mut text = forms()[form].clone().into_bytes();
        let place = place.index(text.len());
        text[place] ^= 1_u8 << bit;

        check(form, import(&String::from_utf8(text).unwrap(), "secret"))?;
    }

    #[test]
    fn a_part_of_a_text_never_panics_nor_yields_other_keys(
        form in 0..2_usize,
        start in any::<prop::sample::Index>(),
        end in any::<prop::sample::Index>(),
    ) {
        let text = &forms()[form];
        let (start, end) = (start.index(text.len()), end.index(text.len()));
        let part = &text[start.min(end)..start.max(end)];

        check(form, import(part, "secret"))?;
        check(form, import(&text[..end], "secret"))?;
    }

    #[test]
    fn noise_is_refused(noise in ".{0,300}") {
        prop_assert!(import(&noise, "").is_err());
        let noise_in_xml = format!("<{noise}");
        prop_assert!(import(&noise_in_xml, "").is_err());
        prop_assert!(import_unencrypted(&noise).is_err());
    }
}

fn assert_flaw(text: &str, flaw: &str) {
    let error = import(text, "secret").unwrap_err();

    assert_eq!(error.to_string(), flaw, "{text:.100}");
}

/// An error, or the identity that was exported.
fn check(form: usize, outcome: Result<Imported, ImportError>) -> Result<(), TestCaseError> {
    if let Ok(imported) = outcome {
        prop_assert_eq!(imported.identity.authority(), identity().authority());
        let binding = imported.identity.binding_key();
        let public = binding.map(|key| key.public().to_string());
        prop_assert!(form == 0 && public.is_none() || public.as_deref() == Some(BINDING_KEY));
    }
    Ok(())
}

fn forms() -> &'static [String; 2] {
    static FORMS: std::sync::OnceLock<[String; 2]> = std::sync::OnceLock::new();
    FORMS.get_or_init(|| [windows_export(), ENCRYPTED.to_owned()])
}

fn windows_export() -> String {
    let name = PeerName::new(identity().authority(), "name".parse().unwrap());
    export_windows(&identity(), &name, &certificate(), "secret").unwrap()
}

fn identity() -> PeerIdentity {
    PeerIdentity::from_pkcs8_pem(KEY).unwrap()
}

fn certificate() -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    Base64::decode_vec(&CERTIFICATE.replace('\n', "")).unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap() + before.len();
    let end = text.find(after).unwrap();
    &text[start..end]
}

#[test]
fn the_fixture_is_of_the_authority_that_the_tests_name() {
    let authority: Authority = "c95e6f7397c5f4d775e10392aa71f5a33ec6f666".parse().unwrap();

    assert_eq!(identity().authority(), authority);
}

const CASES: u32 = 128;
const UNKNOWN: &str = "the text is neither an identity that Windows exported nor a key in PEM";
const BINDING_KEY: &str = "8ab9a016d7750941636f8b72d4d2bebb10eed3bd1d7a5d7228cf7f1771eec177";
/// A private key that protects nothing: it was made with `openssl genpkey` to be printed here.
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALWnaHwNssgNOWGQ\n\
4fjzIEECHX/Bh3UoX2OOCg20A9orfr9MdfbDIEqdS8pzYeVZjguvN3i/znLEVTOA\n\
KQHm6gABFc213n6ItTqBz0j+UBYfXxR/tRBUEdurI+NCVoNkUFHZtpB5v/hViPqG\n\
3Gq3m0Lr8lAu4DDzAFeHewl54hXHAgMBAAECgYEAsWY18cBm8luHyDJ3nGnC+/mW\n\
2WckZFPzJARY6Rz+DhggBa4kHcJdTMDkfWfFGPgmcl7BK5kVgpseIddtNMBPj+Am\n\
CLb75+dINngN/7nqOfcbcFOmvLv1qnkkJSflOOM8YBmRq0npkwQl4QAUglMIlaJp\n\
aNonDpwolbsVID8GnbECQQDdggq0PdPByKDXYx3/huVZFeQjB7X413HmFi9bmTfC\n\
tphbqh2pe/5tkb0F0XRarajKAhBEfHhS7+dQx/Jb7EqDAkEA0fCq2d3KJbZ5lezg\n\
dkEdgX2MrspTlfXzFxizgllcA03r7leQDeZwfM44j3XYa/jWzHcIS4ny7jmY9S2d\n\
/gF0bQJAQH3hMfMiWTRZp/xCuqgC1HosLwrKr4XCsrPY2/lzI6zYFTAlbLgeLraU\n\
60G9d71B/Ha3V8lJmxQgLAPbC2pzkwJAA7gYvr1QHHTsGHzWySGELUwVFu+cpXZy\n\
9QDKBVAh8ikKOfGxKp3fdkaM9/WlfNwuqfad3gC2ngPFMuq49sv9zQJAQc39QLEl\n\
qTDErE089/GY+FG0TUkm0W6bG1b1OizcdT8+fwA1II9Cdn83tAqUrCjK8AkeKkxN\n\
rdRIP9Se4BUR1Q==\n\
-----END PRIVATE KEY-----\n\
";
/// For this key, by `openssl req -x509 -sha1 -subj /CN=peer -set_serial 1`.
const CERTIFICATE: &str = "\
MIIB6TCCAVKgAwIBAgIBATANBgkqhkiG9w0BAQUFADAPMQ0wCwYDVQQDDARwZWVy\n\
MCAXDTI2MTEyMjEzMDEzMVoYDzIxMjYxMDI5MTMwMTMxWjAPMQ0wCwYDVQQDDARw\n\
ZWVyMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC1p2h8DbLIDTlhkOH48yBB\n\
Ah1/wYd1KF9jjgoNtAPaK36/THX2wyBKnUvKc2HlWY4Lrzd4v85yxFUzgCkB5uoA\n\
ARXNtd5+iLU6gc9I/lAWH18Uf7UQVBHbqyPjQlaDZFBR2baQeb/4VYj6htxqt5tC\n\
6/JQLuAw8wBXh3sJeeIVxwIDAQABo1MwUTAdBgNVHQ4EFgQUyV5vc5fF9Nd14QOS\n\
qnH1oz7G9mYwHwYDVR0jBBgwFoAUyV5vc5fF9Nd14QOSqnH1oz7G9mYwDwYDVR0T\n\
AQH/BAUwAwEB/zANBgkqhkiG9w0BAQUFAAOBgQAr65fTU7foHspLcbr5gphWi7WI\n\
nUTVu/W22//fqysOyQhrDCCoQBj18RZKoOKTwzb3o68zygIFlfsEtREqFU9dxLXd\n\
+WjNaCRe4w3bifYhSLwErqDAQKfwruKa/oHg9tAdg5xvyhvN2K/u2t9fJ5BAIRW9\n\
NoN06ohNm62Q/+SLgw==\n\
";
/// This key and an Ed25519 key, by `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 1` with the password
/// "secret", and the remarks that we write.
const ENCRYPTED: &str = "\
authority: c95e6f7397c5f4d775e10392aa71f5a33ec6f666\n\
bindingKey: 8ab9a016d7750941636f8b72d4d2bebb10eed3bd1d7a5d7228cf7f1771eec177\n\
-----BEGIN ENCRYPTED PRIVATE KEY-----\n\
MIIC3DBWBgkqhkiG9w0BBQ0wSTAoBgkqhkiG9w0BBQwwGwQIic9vzc2PSxwCAQEw\n\
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEEmE4tIWdjHMMcf1xGM3PycEggKA\n\
YAywHTRUaZa6ql9jPM1TCaEJpWRm6CWEwHimlql+f3ZAu28gyT4UF9+8Mv0ia/pf\n\
VwchXF9zypDf19VV+eteY+eXUISN8pv8KXAlMUZrNUwZwKk98uGDv9M6S9AQ8xfT\n\
eSEm5lZvo4lMGWk1k/O4AedRb8/CdgnrjxuJFLyO9gO6dFbmfCwhFEjJ+BwFWmF6\n\
6jRhyFte2zUUfk5+/jcW/czDmbGzHLxXcrVwhlsPuJY4Y7D4pnc9rjhzNJgXsjKT\n\
fiOhVlwkGoOzlqaiRP+TN800IgeOOtOp8kucmxK6aYWnb1qvsgvLILfINIwek68F\n\
WCujOnqQOzO40K4QX1mHUcuzNRLTLkk8uiNLy0XB5RJLkxbqaR0ApPAUuh45TM+6\n\
rtKsn/FX4JMNk3qo0aGPjQ9GckbeYoA9jCGliIb84LDuIvzcyQ1/KxUbYBUAwvqI\n\
4+TQUL+6Et4derfUa+epY11o/65RynU6VdVgmmV83yMOra3yTniHjYUZ9vbTQVnO\n\
lnBL0IXWCjYCis70URMjn8pz3FnjBxnV6xjLImhH7GLRUxqLKSeiOcCP57gG2vKI\n\
Vh6Vwwgxn2umsYbPdOVHvLeh7OpieRPsO3B6rxU8aXchyGXtPm0CeJY3fiOZNBOO\n\
GpP1IjKAKe0V7cLHt9YHgGqpqFveSHVBFSAJos2xWEMHtuVnOBuV6jbOV4jfcUYy\n\
WqXff/6wwi7jBTeawqpr6eNRn5W7v39yrf0PhxMJ8neCdYKL2I2GxXwhH0EQCLAR\n\
zAIG/7HAoIdZnfgw28l1DK4OuoimmG1yh8aSl+zZOOOtoOS1UndlqyZcsW+dMitf\n\
cGRA++eb2vxkEDqph2+/2A==\n\
-----END ENCRYPTED PRIVATE KEY-----\n\
-----BEGIN ENCRYPTED PRIVATE KEY-----\n\
MIGaMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAiShb+VyCvpsQIBATAM\n\
BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQZEXN0dx8hu2V5c0zKOfiBwRAMFsD\n\
dwJ1V12Kzx4h3+ZGKRQkmIC/gwVe3cYERFQClctyujlks5QWwEBUK9kQLSyQpTq9\n\
fvAswTxB5sl57KJjXw==\n\
-----END ENCRYPTED PRIVATE KEY-----\n\
";
