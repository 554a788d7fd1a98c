use rsa::{
    BigUint, RsaPrivateKey,
    pkcs8::DecodePrivateKey,
    traits::{PrivateKeyParts, PublicKeyParts},
};

use super::*;
use crate::fixture::{KEY_PEM, identity, peers};

/// R-3.2.5.9-01, R-3.1.5.9-02
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

/// R-3.1.5.9-02
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

/// R-3.1.5.9-02: with the key of the CPA, and no other.
#[test]
fn a_signature_does_not_fit_another_key() {
    let signature = identity().sign(b"bytes").unwrap();

    let outcome = RsaVerifier.verify(&peers()[0].public_key(), b"bytes", &signature);

    assert_eq!(outcome, Err(SignatureMismatch::NeitherOrder));
}

/// R-3.2.5.9-01: RFC 8017 §9.2 byte by byte, raised to the private exponent by hand.
#[test]
fn a_signature_is_the_padded_hash_under_the_private_key() {
    let padded = padded(&[0xFF; 90], &SHA1_DIGEST_INFO, &Sha1::digest(b"bytes"));

    assert_eq!(raise(&padded), identity().sign(b"bytes").unwrap());
    assert_eq!(verify(b"bytes", &raise(&padded)), Ok(ByteOrder::BigEndian));
}

/// R-3.1.5.9-02: one form of padding, and nothing in it may be anything else.
#[test]
fn a_signature_with_another_padding_does_not_fit() {
    const SHA256_DIGEST_INFO: [u8; 19] = *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\
        \x04\x02\x01\x05\x00\x04\x20";
    const MD5_DIGEST_INFO: [u8; 18] = *b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\
        \x05\x05\x00\x04\x10";
    const WITHOUT_NULL: [u8; 13] = *b"\x30\x1f\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x04\x14";
    let hash = Sha1::digest(b"bytes");
    let mut random = [0xFF; 90];
    random[45] = 0xFE;
    let mut of_type_2 = padded(&[0xFF; 90], &SHA1_DIGEST_INFO, &hash);
    of_type_2[1] = 2;
    // The forgery of 2006: a short padding, and what it leaves room for behind the hash.
    let mut short = padded(&[0xFF; 8], &SHA1_DIGEST_INFO, &hash);
    short.resize(128, 0x5A);
    let forms = [
        padded(&[0xFF; 125], &[], &[]),
        padded(&[0xFF; 105], &[], &hash),
        padded(&[0xFF; 92], &WITHOUT_NULL, &hash),
        padded(&[0xFF; 91], &MD5_DIGEST_INFO, &hash[..16]),
        padded(&[0xFF; 86], &SHA256_DIGEST_INFO, &hash),
        padded(&[0x00; 90], &SHA1_DIGEST_INFO, &hash),
        padded(&random, &SHA1_DIGEST_INFO, &hash),
        padded(&[0xFF; 90], &SHA1_DIGEST_INFO, &[0; 20]),
        of_type_2,
        short,
    ];
    for form in forms {
        assert_eq!(form.len(), 128);
        assert_eq!(
            verify(b"bytes", &raise(&form)),
            Err(SignatureMismatch::NeitherOrder),
            "{form:02x?}"
        );
    }
}

/// A number has one representative below the modulus, and so each message one signature.
#[test]
fn a_signature_plus_the_modulus_does_not_fit() {
    let modulus = private_key().n().clone();
    let (message, shifted) = (0_u32..)
        .map(|count| count.to_be_bytes())
        .find_map(|message| {
            let signature = identity().sign(&message).unwrap();
            let shifted = BigUint::from_bytes_be(&signature.0) + &modulus;
            (shifted.bits() <= 1_024).then(|| (message, fixed(&shifted)))
        })
        .unwrap();

    assert_eq!(
        verify(&message, &shifted),
        Err(SignatureMismatch::NeitherOrder)
    );
}

/// DigestInfo of SHA-1 up to the hash. RFC 8017 §9.2, note 1.
const SHA1_DIGEST_INFO: [u8; 15] = *b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";

/// 00 01, padding, 00 and a DigestInfo. RFC 8017 §9.2.
fn padded(padding: &[u8], digest_info: &[u8], hash: &[u8]) -> Vec<u8> {
    [&[0, 1], padding, &[0], digest_info, hash].concat()
}

/// A number under the private key.
fn raise(number: &[u8]) -> Signature {
    let key = private_key();
    fixed(&BigUint::from_bytes_be(number).modpow(key.d(), key.n()))
}

fn fixed(number: &BigUint) -> Signature {
    let digits = number.to_bytes_be();
    let mut bytes = [0; 128];
    bytes[128 - digits.len()..].copy_from_slice(&digits);
    Signature(bytes)
}

fn private_key() -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs8_pem(KEY_PEM).unwrap()
}

fn verify(bytes: &[u8], signature: &Signature) -> Result<ByteOrder, SignatureMismatch> {
    RsaVerifier.verify(&identity().public_key(), bytes, signature)
}
