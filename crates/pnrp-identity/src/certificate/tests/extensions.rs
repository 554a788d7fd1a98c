//! The extensions of PNRP, and those that may stand beside them. MS-PNRP §2.2.3.5.1.

use pnrp_wire::PeerNameError;

use super::{
    builder::{
        ADMIN, BMP_STRING, CLASSIFIER_TYPE, CLASSIFIERS, Extension, INVITING_MEMBER, KIND, MEMBER,
        OCTET_STRING, PEER_NAME, PEER_NAME_TYPE, ROLE, SEQUENCE, SUBJECT_ALT_NAME, UTF8_STRING,
        VERSION, bmp, integer, other_names, tlv, universal,
    },
    *,
};
use crate::{
    CertificateKind, Role, Text,
    certificate::{Extensions, extensions::decode},
};

/// id-ce 99, which nobody has given a meaning.
const UNKNOWN: &[u8] = b"\x55\x1D\x63";

/// R-2.2.3.5.1.1-01: every certificate has it.
#[test]
fn a_certificate_without_its_type_is_refused() {
    assert_eq!(
        refused(&parts().without(KIND)),
        CertificateError::MissingExtension("PnrpCertificateType")
    );
}

/// R-2.2.3.5.1.1-01, R-2.2.3.5.1.1-02: little-endian, 2 in a root and 1 in the others.
#[test]
fn the_type_of_a_certificate_is_1_or_2() {
    let of = |bytes: [u8; 4]| parts().with(KIND, tlv(OCTET_STRING, &bytes));

    assert_eq!(accepted(&of([1, 0, 0, 0])).kind(), CertificateKind::Member);
    assert_eq!(accepted(&of([2, 0, 0, 0])).kind(), CertificateKind::Root);
    for (bytes, value) in [
        ([0, 0, 0, 0], 0),
        ([3, 0, 0, 0], 3),
        ([0, 0, 0, 1], 0x0100_0000),
        ([0, 0, 0, 2], 0x0200_0000),
    ] {
        assert_eq!(refused(&of(bytes)), CertificateError::UnknownKind(value));
    }
}

/// R-2.2.3.5.1.2-01: every certificate has it.
#[test]
fn a_certificate_without_its_pnrp_version_is_refused() {
    assert_eq!(
        refused(&parts().without(VERSION)),
        CertificateError::MissingExtension("PnrpCertificateVersion")
    );
}

/// R-2.2.3.5.1.2-01: the version is 1.2, in network byte order.
#[test]
fn another_pnrp_version_is_refused() {
    for version in [
        [1, 0, 1, 0],
        [1, 0, 2, 1],
        [0, 2, 0, 1],
        [2, 0, 1, 0],
        [0; 4],
    ] {
        let changed = parts().with(VERSION, tlv(OCTET_STRING, &version));

        assert_eq!(
            refused(&changed),
            CertificateError::CertificateVersion(version)
        );
    }
}

/// R-2.2.3.5.1.1-01, R-2.2.3.5.1.2-01: an OCTET STRING of exactly four bytes.
#[test]
fn types_and_versions_of_another_form_are_refused() {
    let fields = [
        (KIND, "PnrpCertificateType", [1, 0, 0, 0]),
        (VERSION, "PnrpCertificateVersion", [1, 0, 2, 0]),
    ];
    for (id, name, value) in fields {
        let bodies = [
            Vec::new(),
            tlv(OCTET_STRING, &value[..3]),
            tlv(OCTET_STRING, &[&value[..], &[0]].concat()),
            integer(&value),
            value.to_vec(),
            [tlv(OCTET_STRING, &value), vec![0]].concat(),
        ];
        for body in bodies {
            let changed = parts().with(id, body.clone());

            assert_eq!(
                refused(&changed),
                CertificateError::MalformedExtension(name),
                "{body:02x?}"
            );
        }
    }
}

/// R-2.2.3.5.1.3-01: any text of 1 to 192 characters.
#[test]
fn a_peer_name_has_1_to_192_characters() {
    let of = |length| with_peer_name(universal(&"p".repeat(length)));

    for length in [1, 41, 192] {
        let certificate = accepted(&of(length));
        assert_eq!(certificate.peer_name().unwrap().units().len(), length);
    }
    for length in [0, 193] {
        assert_eq!(
            refused(&of(length)),
            CertificateError::MalformedExtension("PnrpPeerName")
        );
    }
    assert_eq!(accepted(&parts().without(PEER_NAME)).peer_name(), None);
}

/// R-2.2.3.5.1.3-01: one other name of the type that PNRP gave it.
#[test]
fn a_peer_name_of_another_form_is_refused() {
    let text = universal("0.lemon");
    let bodies = [
        tlv(SEQUENCE, &tlv(0x82, b"0.lemon")),
        tlv(SEQUENCE, &[]),
        other_names(CLASSIFIER_TYPE, std::slice::from_ref(&text)),
        other_names(PEER_NAME_TYPE, &[text.clone(), text.clone()]),
        other_names(PEER_NAME_TYPE, &[tlv(OCTET_STRING, b"0.lemon")]),
        other_names(PEER_NAME_TYPE, &[Vec::new()]),
        text,
        Vec::new(),
    ];
    for body in bodies {
        let changed = parts().with(PEER_NAME, body.clone());

        assert_eq!(
            refused(&changed),
            CertificateError::MalformedExtension("PnrpPeerName"),
            "{body:02x?}"
        );
    }
}

/// R-2.2.3.5.1.3-01, R-2.2.3.5.1.5-01: the string types that Windows prefers are read too.
#[test]
fn other_strings_than_universal_ones_are_read() {
    let strings = [
        tlv(BMP_STRING, &bmp("0.fish")),
        tlv(UTF8_STRING, b"0.fish"),
        universal("0.fish"),
    ];
    for string in strings {
        let named = accepted(&with_peer_name(string.clone()));
        let listed = accepted(&with_list(&[string]));

        assert_eq!(named.peer_name(), Some(&Text::new("0.fish")));
        assert_eq!(listed.classifiers().unwrap(), ["0.fish".parse().unwrap()]);
    }
}

/// R-2.2.3.5.1.4-02
#[test]
fn each_role_has_its_uuid() {
    for (uuid, role) in [
        (ADMIN, Role::Admin),
        (MEMBER, Role::Member),
        (INVITING_MEMBER, Role::InvitingMember),
    ] {
        assert_eq!(accepted(&with_roles(&[&uuid])).roles(), [role]);
    }
    assert!(Role::Admin.extends_to_prefixes());
    assert!(Role::InvitingMember.extends_to_prefixes());
    assert!(!Role::Member.extends_to_prefixes());
}

/// R-2.2.3.5.1.4-02: one unknown role spoils the list.
#[test]
fn an_unknown_role_is_refused() {
    let mut other = ADMIN;
    other[15] ^= 1;
    let mut reversed = ADMIN;
    reversed.reverse();
    for uuid in [&other[..], &reversed, &[0; 16], &ADMIN[..15], &[]] {
        let digits: String = uuid.iter().map(|byte| format!("{byte:02x}")).collect();

        assert_eq!(
            refused(&with_roles(&[&ADMIN, uuid])),
            CertificateError::UnknownRole(digits)
        );
    }
}

/// R-2.2.3.5.1.4-01: at least one role, and there may be several.
#[test]
fn a_certificate_may_have_several_roles_and_not_none() {
    let several = accepted(&with_roles(&[&MEMBER, &INVITING_MEMBER]));

    assert_eq!(several.roles(), [Role::Member, Role::InvitingMember]);
    assert!(several.extends_to_prefixes());
    assert_eq!(refused(&with_roles(&[])), CertificateError::NoRole);
}

/// R-2.2.3.5.1.4-01: a SEQUENCE of OCTET STRINGs.
#[test]
fn roles_of_another_form_are_refused() {
    let bodies = [
        tlv(OCTET_STRING, &ADMIN),
        tlv(SEQUENCE, &tlv(0x0C, &ADMIN)),
        tlv(SEQUENCE, &ADMIN),
        Vec::new(),
    ];
    for body in bodies {
        let changed = parts().with(ROLE, body.clone());

        assert_eq!(
            refused(&changed),
            CertificateError::MalformedExtension("PnrpRole"),
            "{body:02x?}"
        );
    }
}

/// R-2.2.3.5.1.5-01, R-2.2.3.5.1.5-03: empty, with the empty classifier, and with final NULs.
#[test]
fn a_list_of_classifiers_may_be_empty_and_so_may_a_classifier() {
    let read = |texts: &[&str]| {
        let texts: Vec<_> = texts.iter().map(|text| universal(text)).collect();
        let classifiers = accepted(&with_list(&texts)).classifiers().unwrap();
        let texts = classifiers.iter().map(ToString::to_string);
        texts.collect::<Vec<_>>()
    };

    assert_eq!(read(&[]), [""; 0]);
    assert_eq!(read(&[""]), [""]);
    assert_eq!(read(&["\0"]), [""]);
    assert_eq!(
        read(&["fish\0", "", "fish food"]),
        ["fish", "", "fish food"]
    );
}

/// R-3.1.5.10-05: the certificate is read, and the text is no classifier.
#[test]
fn a_classifier_that_breaks_the_grammar_is_told_when_the_list_is_used() {
    let list =
        |text: &str| accepted(&with_list(&[universal("fish"), universal(text)])).classifiers();

    assert!(list(&"c".repeat(149)).is_ok());
    // 150 units are 149 and the NUL that SIZE (1..150) has room for.
    assert!(list(&format!("{}\0", "c".repeat(149))).is_ok());
    assert_eq!(
        list(&"c".repeat(150)),
        Err(PeerNameError::ClassifierLength(150))
    );
    assert_eq!(list("c\0d"), Err(PeerNameError::ClassifierNul(1)));
    assert_eq!(list("cd\0\0"), Err(PeerNameError::ClassifierNul(2)));
}

/// R-2.2.3.5.1.5-01: other names of the type that PNRP gave them.
#[test]
fn a_list_of_another_form_is_refused() {
    let text = universal("fish");
    let bodies = [
        tlv(SEQUENCE, &tlv(0x82, b"fish")),
        other_names(PEER_NAME_TYPE, std::slice::from_ref(&text)),
        other_names(CLASSIFIER_TYPE, &[text.clone(), tlv(OCTET_STRING, b"fish")]),
        tlv(SEQUENCE, &text),
        text,
        Vec::new(),
    ];
    for body in bodies {
        let changed = parts().with(CLASSIFIERS, body.clone());

        assert_eq!(
            refused(&changed),
            CertificateError::MalformedExtension("PnrpClassifiersList"),
            "{body:02x?}"
        );
    }
}

/// R-2.2.3.5.1-03: critical means that whoever does not understand it refuses.
#[test]
fn an_unknown_critical_extension_is_refused_and_another_passed_over() {
    let with = |critical| {
        let mut changed = parts();
        changed.extensions.push(Extension {
            id: UNKNOWN,
            critical,
            body: vec![0x05, 0x00],
        });
        changed
    };

    assert_eq!(
        refused(&with(Some(true))),
        CertificateError::UnknownCriticalExtension("2.5.29.99".into())
    );
    assert_eq!(
        accepted(&with(None)).extensions(),
        accepted(&parts()).extensions()
    );
    assert_eq!(
        accepted(&with(Some(false))).extensions(),
        accepted(&parts()).extensions()
    );
}

/// Those of X.509 about keys and authorities, and two of the grouping protocol.
#[test]
fn known_critical_extensions_are_passed_over() {
    let known: [&'static [u8]; 7] = [
        b"\x55\x1D\x0E",
        b"\x55\x1D\x0F",
        b"\x55\x1D\x13",
        b"\x55\x1D\x23",
        b"\x55\x1D\x25",
        b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x02\x02",
        b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x03\x02",
    ];
    for id in known {
        let certificate = accepted(&parts().with(id, vec![0x30, 0x00]));

        assert_eq!(certificate.extensions(), accepted(&parts()).extensions());
    }
}

/// The extensions of PNRP mean the same without the critical bit.
#[test]
fn extensions_of_pnrp_need_not_be_critical() {
    for critical in [None, Some(false), Some(true)] {
        let mut changed = parts();
        for extension in &mut changed.extensions {
            extension.critical = critical;
        }

        assert_eq!(
            accepted(&changed).extensions(),
            accepted(&parts()).extensions()
        );
    }
}

#[test]
fn an_extension_that_stands_there_twice_is_refused() {
    for (position, name) in [
        "1.3.6.1.4.1.311.44.0.1",
        "1.3.6.1.4.1.311.44.0.4",
        "1.3.6.1.4.1.311.44.3.1",
        "1.3.6.1.4.1.311.44.3.3",
        "1.3.6.1.4.1.311.44.3.5",
        "2.5.29.17",
        "2.5.29.18",
    ]
    .into_iter()
    .enumerate()
    {
        let mut changed = parts();
        changed
            .extensions
            .push(changed.extensions[position].clone());

        assert_eq!(
            refused(&changed),
            CertificateError::RepeatedExtension(name.into())
        );
    }
}

/// R-2.2.3.5.1-02: the arcs tell the extensions apart.
#[test]
fn an_extension_under_another_identifier_is_another_extension() {
    let mut changed = parts();
    // id-microsoftp2pgeneral is .0, and this is .1.
    changed.extensions[0].id = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x01\x01";
    let critical = refused(&changed);
    changed.extensions[0].critical = None;

    assert_eq!(
        critical,
        CertificateError::UnknownCriticalExtension("1.3.6.1.4.1.311.44.1.1".into())
    );
    assert_eq!(
        refused(&changed),
        CertificateError::MissingExtension("PnrpCertificateType")
    );
}

#[test]
fn a_malformed_list_of_extensions_is_refused() {
    let good = parts().extensions[0].encode();
    let inside = &good[2..];
    let malformed = [
        Vec::new(),
        good.clone(),
        [tlv(SEQUENCE, &good), vec![0]].concat(),
        tlv(0x31, &good),
        tlv(SEQUENCE, &[&good[..], &[0x05, 0x00]].concat()),
        // TRUE is FF in DER.
        tlv(
            SEQUENCE,
            &tlv(
                SEQUENCE,
                &replaced(inside, b"\x01\x01\xFF", b"\x01\x01\x01"),
            ),
        ),
        // An extension is not an extension without its identifier or its body.
        tlv(SEQUENCE, &tlv(SEQUENCE, &inside[12..])),
        tlv(SEQUENCE, &tlv(SEQUENCE, &inside[..15])),
        tlv(SEQUENCE, &tlv(SEQUENCE, &[inside, &[0x05, 0x00]].concat())),
        tlv(SEQUENCE, &tlv(SEQUENCE, &[])),
    ];
    for bytes in malformed {
        assert_eq!(
            decode(Some(&bytes)),
            Err(CertificateError::MalformedExtension("list of extensions")),
            "{bytes:02x?}"
        );
    }
}

/// R-2.2.3.5.1.4-01, R-2.2.3.5.1.5-02: what only the first certificate may lack is told apart
/// from what is empty.
#[test]
fn what_is_missing_differs_from_what_is_empty() {
    let without = accepted(
        &parts()
            .without(ROLE)
            .without(CLASSIFIERS)
            .without(SUBJECT_ALT_NAME),
    );
    let empty = accepted(&with_list(&[]));

    let Extensions {
        roles,
        classifiers,
        subject_alt_name,
        ..
    } = without.extensions();
    assert_eq!(
        (roles, classifiers, subject_alt_name),
        (&None, &None, &None)
    );
    assert!(without.roles().is_empty());
    assert_eq!(empty.extensions().classifiers, Some(Vec::new()));
    assert_eq!(without.classifiers(), empty.classifiers());
}

fn with_peer_name(string: Vec<u8>) -> Parts {
    parts().with(PEER_NAME, other_names(PEER_NAME_TYPE, &[string]))
}

fn with_roles(uuids: &[&[u8]]) -> Parts {
    let uuids = uuids.iter().flat_map(|uuid| tlv(OCTET_STRING, uuid));
    parts().with(ROLE, tlv(SEQUENCE, &uuids.collect::<Vec<_>>()))
}

fn with_list(strings: &[Vec<u8>]) -> Parts {
    parts().with(CLASSIFIERS, other_names(CLASSIFIER_TYPE, strings))
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let position = bytes.windows(old.len()).position(|window| window == old);
    let (before, after) = bytes.split_at(position.unwrap());
    [before, new, &after[old.len()..]].concat()
}
