//! Subject, issuer and their alternative names. MS-PNRP §2.2.3.5, §2.2.3.5.1.

use super::{
    builder::{
        BMP_STRING, COMMON_NAME, ISSUER_ALT_NAME, OCTET_STRING, ORGANIZATION, OTHER_NAME,
        PEER_NAME_TYPE, SEQUENCE, SUBJECT_ALT_NAME, UNIVERSAL_STRING, UTF8_STRING,
        alternative_name, bmp, name, name_of, other_names, tlv, universal,
    },
    *,
};

/// R-2.2.3.5-08
#[test]
fn a_subject_has_at_most_255_characters() {
    let of = |length| Parts {
        subject: name(&"s".repeat(length)),
        ..parts()
    };

    for length in [1, 40, 255] {
        assert_eq!(accepted(&of(length)).subject().units().len(), length);
    }
    assert_eq!(
        refused(&of(256)),
        CertificateError::NameTooLong {
            field: "subject",
            found: 256
        }
    );
}

/// R-2.2.3.5-09
#[test]
fn an_issuer_has_at_most_255_characters() {
    let of = |length| Parts {
        issuer: name(&"i".repeat(length)),
        ..parts()
    };

    for length in [1, 40, 255] {
        assert_eq!(accepted(&of(length)).issuer().units().len(), length);
    }
    assert_eq!(
        refused(&of(256)),
        CertificateError::NameTooLong {
            field: "issuer",
            found: 256
        }
    );
}

/// R-2.2.3.5-08, R-2.2.3.5-09: the NUL that ends the string is not one of its characters.
#[test]
fn a_final_nul_is_no_character() {
    let text = format!("{}\0", "n".repeat(255));

    let certificate = accepted(&Parts {
        subject: name(&text),
        issuer: name(&text),
        ..parts()
    });

    assert_eq!(certificate.subject().units().len(), 255);
    assert_eq!(certificate.issuer(), certificate.subject());
}

/// R-2.2.3.5-08: characters of Windows are UTF-16 units.
#[test]
fn characters_outside_the_first_plane_count_twice() {
    let of = |count: usize| Parts {
        subject: name_of(&[(COMMON_NAME, &universal(&"\u{1f980}".repeat(count)))]),
        ..parts()
    };

    assert_eq!(accepted(&of(127)).subject().units().len(), 254);
    assert_eq!(
        refused(&of(128)),
        CertificateError::NameTooLong {
            field: "subject",
            found: 256
        }
    );
}

/// R-2.2.3.5.1-01
#[test]
fn alternative_names_have_at_most_255_characters() {
    let fields = [
        (SUBJECT_ALT_NAME, "SubjectAltName"),
        (ISSUER_ALT_NAME, "IssuerAltName"),
    ];
    for (id, field) in fields {
        let of = |length| parts().with(id, alternative_name(&"a".repeat(length)));

        for length in [1, 40, 255] {
            let certificate = accepted(&of(length));
            let names = certificate.extensions();
            let found = match field {
                "SubjectAltName" => &names.subject_alt_name,
                _ => &names.issuer_alt_name,
            };
            assert_eq!(found.as_ref().unwrap().units().len(), length);
        }
        assert_eq!(
            refused(&of(256)),
            CertificateError::NameTooLong { field, found: 256 }
        );
    }
}

/// R-2.2.3.5-08: whatever string type, the text is the same.
#[test]
fn a_subject_may_be_of_every_string_type() {
    const PRINTABLE: u8 = 0x13;
    const TELETEX: u8 = 0x14;
    const IA5: u8 = 0x16;
    const VISIBLE: u8 = 0x1A;
    let strings = [
        tlv(UTF8_STRING, b"lemon"),
        tlv(PRINTABLE, b"lemon"),
        tlv(TELETEX, b"lemon"),
        tlv(IA5, b"lemon"),
        tlv(VISIBLE, b"lemon"),
        tlv(UNIVERSAL_STRING, b"\0\0\0l\0\0\0e\0\0\0m\0\0\0o\0\0\0n"),
        tlv(BMP_STRING, b"\0l\0e\0m\0o\0n"),
    ];
    for string in strings {
        let certificate = accepted(&Parts {
            subject: name_of(&[(COMMON_NAME, &string)]),
            ..parts()
        });

        assert_eq!(certificate.subject().to_string(), "lemon", "{string:02x?}");
    }
}

#[test]
fn of_several_attributes_the_common_name_counts() {
    let organization = tlv(UTF8_STRING, b"fruit");
    let common_name = tlv(UTF8_STRING, b"lemon");
    let of = |attributes: &[(&[u8], &[u8])]| Parts {
        subject: name_of(attributes),
        ..parts()
    };

    let both = of(&[(ORGANIZATION, &organization), (COMMON_NAME, &common_name)]);
    let alone = of(&[(ORGANIZATION, &organization)]);
    let none = of(&[]);

    assert_eq!(accepted(&both).subject().to_string(), "lemon");
    assert_eq!(accepted(&alone).subject().to_string(), "fruit");
    assert_eq!(accepted(&none).subject().to_string(), "");
}

/// R-2.2.3.5-08, R-2.2.3.5-09: what holds no text is no Unicode string.
#[test]
fn an_unreadable_name_is_refused() {
    let text = tlv(UTF8_STRING, b"text");
    let unreadable = [
        // No string, half a character, and no such character.
        name_of(&[(COMMON_NAME, &tlv(OCTET_STRING, b"text"))]),
        name_of(&[(COMMON_NAME, &tlv(BMP_STRING, b"abc"))]),
        name_of(&[(COMMON_NAME, &tlv(UNIVERSAL_STRING, &[0, 0x11, 0, 0]))]),
        name_of(&[(COMMON_NAME, &tlv(UTF8_STRING, b"\xFF"))]),
        // Two attributes, and neither is a common name.
        name_of(&[(ORGANIZATION, &text), (ORGANIZATION, &text)]),
        // No name at all.
        tlv(SEQUENCE, &text),
        text.clone(),
        // More than a type and a value in one attribute.
        name_of(&[(COMMON_NAME, &[&text[..], &text].concat())]),
    ];
    for bytes in unreadable {
        let subject = Parts {
            subject: bytes.clone(),
            ..parts()
        };
        let issuer = Parts {
            issuer: bytes.clone(),
            ..parts()
        };

        assert_eq!(
            refused(&subject),
            CertificateError::UnreadableName("subject"),
            "{bytes:02x?}"
        );
        assert_eq!(
            refused(&issuer),
            CertificateError::UnreadableName("issuer"),
            "{bytes:02x?}"
        );
    }
}

/// R-2.2.3.5.1-01: the alternatives of a GeneralName that hold text give the same text.
#[test]
fn an_alternative_name_may_take_every_form_that_holds_text() {
    let forms = [
        alternative_name("lemon"),
        other_names(PEER_NAME_TYPE, &[universal("lemon")]),
        other_names(PEER_NAME_TYPE, &[tlv(BMP_STRING, &bmp("lemon"))]),
        tlv(SEQUENCE, &tlv(0x81, b"lemon")),
        tlv(SEQUENCE, &tlv(0x82, b"lemon")),
        tlv(SEQUENCE, &tlv(0x86, b"lemon")),
    ];
    for form in forms {
        let certificate = accepted(&parts().with(SUBJECT_ALT_NAME, form.clone()));

        let text = certificate.extensions().subject_alt_name.as_ref().unwrap();
        assert_eq!(text.to_string(), "lemon", "{form:02x?}");
    }
}

/// R-2.2.3.5.1-01: an IP address is no text, and two names are no string.
#[test]
fn an_unreadable_alternative_name_is_refused() {
    let one = tlv(0x82, b"lemon");
    let unreadable = [
        tlv(SEQUENCE, &[]),
        tlv(SEQUENCE, &[&one[..], &one].concat()),
        tlv(SEQUENCE, &tlv(0x87, &[192, 0, 2, 1])),
        tlv(SEQUENCE, &tlv(0x82, b"\xFF")),
        tlv(SEQUENCE, &tlv(OTHER_NAME, &[])),
        one,
        Vec::new(),
    ];
    for (id, field) in [
        (SUBJECT_ALT_NAME, "SubjectAltName"),
        (ISSUER_ALT_NAME, "IssuerAltName"),
    ] {
        for body in &unreadable {
            let changed = parts().with(id, body.clone());

            assert_eq!(
                refused(&changed),
                CertificateError::UnreadableName(field),
                "{body:02x?}"
            );
        }
    }
}
