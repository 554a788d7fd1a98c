//! Bytes that are not a certificate, or not all of one.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static VALID: LazyLock<Vec<u8>> = LazyLock::new(|| parts().sign(&identity()));

#[test]
fn a_certificate_cut_anywhere_is_refused() {
    for length in 0..VALID.len() {
        let refused = Certificate::from_der(&VALID[..length]);

        assert!(
            matches!(refused, Err(CertificateError::Malformed(_))),
            "{length} bytes: {refused:?}"
        );
    }
}

#[test]
fn bytes_after_the_certificate_are_refused() {
    for rest in [&[0][..], &[0x05, 0x00], &VALID] {
        let refused = Certificate::from_der(&[&VALID, rest].concat());

        assert!(matches!(refused, Err(CertificateError::Malformed(_))));
    }
}

/// Bytes after the last element inside, so that every length agrees.
#[test]
fn bytes_inside_after_the_signature_are_refused() {
    let signed = parts().signed_part();
    let rest = [builder::bits(&[0x33; 128]), vec![0x05, 0x00]].concat();

    let refused = Certificate::from_der(&parts().join(&signed, &rest));

    assert!(matches!(refused, Err(CertificateError::Malformed(_))));
}

/// DER has one form of each length, so that there is one form of each certificate.
#[test]
fn lengths_of_ber_are_refused() {
    let long_form = [&[0x30, 0x83, 0x00][..], &VALID[2..]].concat();
    let indefinite = [&[0x30, 0x80][..], &VALID[4..], &[0, 0]].concat();

    for der in [long_form, indefinite] {
        let refused = Certificate::from_der(&der);

        assert!(matches!(refused, Err(CertificateError::Malformed(_))));
    }
}

#[test]
fn a_length_beyond_memory_costs_nothing() {
    let refused = Certificate::from_der(&[0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF, 0x30]);

    assert!(matches!(refused, Err(CertificateError::Malformed(_))));
}

proptest! {
    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Certificate::from_der(&bytes).is_err());
    }

    /// Random content under a head that fits gets further.
    #[test]
    fn random_content_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let signed = builder::tlv(builder::SEQUENCE, &bytes);
        let der = parts().join(&signed, &builder::bits(&[0x33; 128]));

        prop_assert!(Certificate::from_der(&der).is_err());
    }

    /// A changed byte is refused, or shows in what was read: what was signed is kept as it came.
    #[test]
    fn a_changed_byte_is_refused_or_kept(index in 0..VALID.len(), change in 1..=u8::MAX) {
        let mut der = VALID.clone();
        der[index] ^= change;

        if let Ok(certificate) = Certificate::from_der(&der) {
            let start = 4;
            let signed = certificate.signed_bytes();
            prop_assert_eq!(signed, &der[start..start + signed.len()]);
        }
    }

    /// Whole elements go missing or come twice.
    #[test]
    fn moved_bytes_do_not_panic(from in 0..VALID.len(), to in 0..VALID.len(), length in 1_usize..64) {
        let mut der = VALID.clone();
        let piece: Vec<u8> = der.iter().skip(from).take(length).copied().collect();
        der.splice(to..to, piece);
        let _ = Certificate::from_der(&der);

        let end = (from + length).min(VALID.len());
        der = VALID.clone();
        der.drain(from..end);
        let _ = Certificate::from_der(&der);
    }
}
