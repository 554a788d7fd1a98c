//! The fields that every X.509 certificate has. MS-PNRP §2.2.3.5.

use super::{
    builder::{
        Claims, MEMBER, NOT_AFTER, NOT_BEFORE, Parts, RSA, SEQUENCE, SHA1_WITH_RSA,
        SHA256_WITH_RSA, algorithm, bits, integer, key, rsa_public_key, tlv, unix, validity,
    },
    *,
};
use crate::CertificateKind;

const GENERALIZED_TIME: u8 = 0x18;

#[test]
fn what_a_certificate_says_can_be_asked() {
    let certificate = accepted(&parts());

    let delegate = peers()[0].public_key();
    assert_eq!(certificate.serial_number(), &[0x51; 16]);
    assert_eq!(
        certificate.issuer().to_string(),
        identity().authority().to_string()
    );
    assert_eq!(
        certificate.subject().to_string(),
        delegate.authority().to_string()
    );
    assert_eq!(certificate.not_before(), NOT_BEFORE);
    assert_eq!(certificate.not_after(), NOT_AFTER);
    assert_eq!(certificate.public_key(), &delegate);
    assert_eq!(certificate.authority(), delegate.authority());
    assert_eq!(certificate.kind(), CertificateKind::Member);
    assert_eq!(certificate.signed_bytes(), parts().signed_part());
}

/// R-2.2.3.5-03: version 3 is written as 2.
#[test]
fn another_version_is_refused() {
    let of = |version: &[u8]| Parts {
        version: tlv(0xA0, &integer(version)),
        ..parts()
    };

    assert_eq!(refused(&of(&[0])), CertificateError::Version { found: 1 });
    assert_eq!(refused(&of(&[1])), CertificateError::Version { found: 2 });
    assert_eq!(refused(&of(&[3])), CertificateError::Version { found: 4 });
    assert!(matches!(
        refused(&of(&[0xFF])),
        CertificateError::Malformed(_)
    ));
}

/// R-2.2.3.5-03: a certificate of version 1 does not write its version.
#[test]
fn a_certificate_without_a_version_is_refused() {
    let first = Parts {
        version: Vec::new(),
        ..parts()
    };

    assert_eq!(refused(&first), CertificateError::Version { found: 1 });
}

/// R-2.2.3.5-04: both places name the algorithm.
#[test]
fn a_signature_over_another_hash_is_refused() {
    let other = algorithm(SHA256_WITH_RSA);
    let inside = Parts {
        inner_algorithm: other.clone(),
        ..parts()
    };
    let outside = Parts {
        outer_algorithm: other.clone(),
        ..parts()
    };
    let both = Parts {
        inner_algorithm: other.clone(),
        outer_algorithm: other,
        ..parts()
    };

    for changed in [inside, outside, both] {
        assert_eq!(
            refused(&changed),
            CertificateError::Algorithm {
                found: "1.2.840.113549.1.1.11".into()
            }
        );
    }
}

/// R-2.2.3.5-04: RFC 3279 §2.2.1 fixes the parameters, which outside no signature covers.
#[test]
fn the_parameters_of_the_algorithm_are_null_or_left_out() {
    let of = |parameters: &[u8]| {
        let id = tlv(0x06, SHA1_WITH_RSA);
        let algorithm = tlv(SEQUENCE, &[&id, parameters].concat());
        let inside = Parts {
            inner_algorithm: algorithm.clone(),
            ..parts()
        };
        let outside = Parts {
            outer_algorithm: algorithm,
            ..parts()
        };
        [inside, outside]
    };

    for legal in [&[0x05, 0x00][..], &[]] {
        for changed in of(legal) {
            accepted(&changed);
        }
    }
    for illegal in [
        &[0x04, 0x00][..],
        &[0x30, 0x00],
        &[0x05, 0x01, 0x00],
        &[0x05, 0x00, 0x05, 0x00],
    ] {
        for changed in of(illegal) {
            assert!(
                matches!(refused(&changed), CertificateError::Malformed(_)),
                "{illegal:02x?}"
            );
        }
    }
}

/// R-2.2.3.5-05: neither shorter nor longer.
#[test]
fn a_serial_number_that_has_not_16_bytes_is_refused() {
    for found in [1, 8, 15, 17, 20] {
        let changed = Parts {
            serial: integer(&vec![0x51; found]),
            ..parts()
        };

        assert_eq!(refused(&changed), CertificateError::SerialNumber { found });
    }
}

/// R-2.2.3.5-05: the bytes count, not the number that they mean.
#[test]
fn a_serial_number_of_16_bytes_may_have_any_sign() {
    for first in [[0x80, 0x00], [0xFF, 0x7F], [0x00, 0x80], [0x7F, 0xFF]] {
        let mut serial = [0x51; 16];
        serial[..2].copy_from_slice(&first);

        let certificate = accepted(&Parts {
            serial: integer(&serial),
            ..parts()
        });

        assert_eq!(certificate.serial_number(), &serial);
    }
}

/// R-2.2.3.5-06: of the issuer, of the subject, or of both.
#[test]
fn a_unique_identifier_is_refused() {
    let with = |tags: &[u8]| Parts {
        unique_ids: tags.iter().flat_map(|&tag| tlv(tag, &[0, 1])).collect(),
        ..parts()
    };

    assert_eq!(
        refused(&with(&[0x81])),
        CertificateError::UniqueId("the issuer")
    );
    assert_eq!(
        refused(&with(&[0x82])),
        CertificateError::UniqueId("the subject")
    );
    assert_eq!(
        refused(&with(&[0x81, 0x82])),
        CertificateError::UniqueId("the issuer")
    );
}

/// R-2.2.3.5-07: the error says how long the key is.
#[test]
fn a_key_of_2048_bits_is_refused() {
    for bits in [512, 1_016, 1_032, 2_048, 4_096] {
        let modulus = vec![0xC3; bits / 8];
        let changed = with_key(&rsa_public_key(&modulus, &[1, 0, 1]));

        let error = refused(&changed);

        assert_eq!(error, CertificateError::KeySize { bits });
        assert_eq!(
            error.to_string(),
            format!("its RSA key has {bits} bits, and PNRP uses 1024")
        );
    }
}

/// R-2.2.3.5-07: 140 bytes are those of the exponent 65537.
#[test]
fn a_key_with_another_exponent_is_refused() {
    for exponent in [&[3][..], &[1, 0, 3], &[1, 0, 0, 1]] {
        let changed = with_key(&rsa_public_key(&[0xC3; 128], exponent));

        assert_eq!(refused(&changed), CertificateError::Key);
    }
}

/// R-2.2.3.5-07: the key is said to be an RSA key, and is one.
#[test]
fn a_key_of_another_algorithm_is_refused() {
    const EC_PUBLIC_KEY: &[u8] = b"\x2A\x86\x48\xCE\x3D\x02\x01";
    const PRIME256V1: &[u8] = b"\x2A\x86\x48\xCE\x3D\x03\x01\x07";
    let algorithm = tlv(
        SEQUENCE,
        &[tlv(0x06, EC_PUBLIC_KEY), tlv(0x06, PRIME256V1)].concat(),
    );
    let point = [&[0x04], [0x77; 64].as_slice()].concat();
    let elliptic = Parts {
        key: tlv(SEQUENCE, &[algorithm, bits(&point)].concat()),
        ..parts()
    };
    let mislabelled = Parts {
        key: key(EC_PUBLIC_KEY, &peers()[0].public_key().0),
        ..parts()
    };
    let not_a_key = with_key(&[0x30, 0x00]);

    for changed in [elliptic, mislabelled, not_a_key] {
        assert_eq!(refused(&changed), CertificateError::Key);
    }
}

/// RFC 2459 §4.1.2.5: years up to 2049 have two digits, later ones four.
#[test]
fn times_come_in_two_forms() {
    let of = |tag, from, until| Parts {
        validity: validity(tag, (from, until)),
        ..parts()
    };

    let short = accepted(&of(0x17, "491231235959Z", "491231235959Z"));
    let long = accepted(&of(GENERALIZED_TIME, "20491231235959Z", "20500101000000Z"));

    assert_eq!(short.not_before(), unix(2_524_607_999));
    assert_eq!(long.not_before(), short.not_before());
    assert_eq!(long.not_after(), unix(2_524_608_000));
}

#[test]
fn what_is_no_time_is_refused() {
    for (tag, text) in [
        (0x17, "251301000000Z"),
        (0x17, "250101000000"),
        (0x17, "250101000000+0100"),
        (GENERALIZED_TIME, "20250230000000Z"),
        (0x0C, "250101000000Z"),
    ] {
        let changed = Parts {
            validity: validity(tag, (text, text)),
            ..parts()
        };

        assert!(
            matches!(refused(&changed), CertificateError::Malformed(_)),
            "{text}"
        );
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let signed = parts().signed_part();
    for length in [0, 127, 129, 256] {
        let der = parts().join(&signed, &bits(&vec![0x33; length]));

        assert!(matches!(
            Certificate::from_der(&der),
            Err(CertificateError::Malformed(_))
        ));
    }
}

#[test]
fn a_signature_with_unused_bits_is_refused() {
    let signed = parts().signed_part();
    let signature = tlv(0x03, &[&[1], [0x32; 128].as_slice()].concat());

    let refused = Certificate::from_der(&parts().join(&signed, &signature));

    assert!(matches!(refused, Err(CertificateError::Malformed(_))));
}

/// The signature is for whoever knows the issuer's key; parsing keeps it as it came.
#[test]
fn the_signature_is_not_checked_by_reading() {
    let signed = parts().signed_part();

    let certificate = Certificate::from_der(&parts().join(&signed, &bits(&[0x33; 128])));

    assert_eq!(certificate.unwrap().signature().0, [0x33; 128]);
}

#[test]
fn unknown_elements_after_the_key_are_refused() {
    let changed = Parts {
        unique_ids: tlv(0xA4, &[]),
        ..parts()
    };

    assert!(matches!(refused(&changed), CertificateError::Malformed(_)));
}

#[test]
fn a_certificate_without_extensions_is_refused() {
    let root = Claims::root(identity().public_key());
    let bare = Parts {
        extensions: Vec::new(),
        ..root.delegate(identity().public_key(), MEMBER, &[]).parts()
    };

    assert_eq!(
        refused(&bare),
        CertificateError::MissingExtension("PnrpCertificateVersion")
    );
}

fn with_key(der: &[u8]) -> Parts {
    Parts {
        key: key(RSA, der),
        ..parts()
    }
}
