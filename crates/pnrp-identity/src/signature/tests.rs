use super::*;
use crate::fixture::identity;

#[test]
fn a_signature_fits_in_the_order_of_rfc_8017() {
    let signature = identity().sign(b"bytes").unwrap();

    assert_eq!(verify(b"bytes", &signature), Ok(ByteOrder::BigEndian));
}

#[test]
fn a_reversed_signature_fits_in_the_other_order() {
    let mut signature = identity().sign(b"bytes").unwrap();
    signature.0.reverse();

    assert_eq!(verify(b"bytes", &signature), Ok(ByteOrder::LittleEndian));
}

#[test]
fn blinding_does_not_show_in_the_signature() {
    let (first, second) = (identity().sign(b"bytes"), identity().sign(b"bytes"));

    assert_eq!(first.unwrap(), second.unwrap());
}

#[test]
fn a_signature_over_other_bytes_does_not_fit() {
    let signature = identity().sign(b"bytes").unwrap();

    assert_eq!(
        verify(b"other", &signature),
        Err(SignatureMismatch::NeitherOrder)
    );
}

#[test]
fn extreme_signatures_do_not_fit() {
    for byte in [0x00, 0x01, 0xff] {
        let signature = Signature([byte; 128]);
        assert_eq!(
            verify(b"bytes", &signature),
            Err(SignatureMismatch::NeitherOrder)
        );
    }
}

#[test]
fn a_key_that_is_no_key_is_told_from_a_bad_signature() {
    let signature = identity().sign(b"bytes").unwrap();
    for key in [PublicKey([0; 140]), PublicKey([0xff; 140])] {
        let outcome = RsaVerifier.verify(&key, b"bytes", &signature);
        assert_eq!(outcome, Err(SignatureMismatch::UnusableKey));
    }
}

/// MS-PNRP §2.2.3.1.4: a 140-byte key may still hide another size or exponent.
#[test]
fn a_key_with_another_exponent_is_unusable() {
    let signature = identity().sign(b"bytes").unwrap();
    let mut key = identity().public_key();
    key.0[139] = 0x03;

    let outcome = RsaVerifier.verify(&key, b"bytes", &signature);

    assert_eq!(outcome, Err(SignatureMismatch::UnusableKey));
}

fn verify(bytes: &[u8], signature: &Signature) -> Result<ByteOrder, SignatureMismatch> {
    RsaVerifier.verify(&identity().public_key(), bytes, signature)
}
