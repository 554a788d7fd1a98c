//! Keys as text.

use super::*;
use crate::{
    RsaVerifier, Verifier,
    fixture::{AUTHORITY, KEY_PEM},
};

/// R-1.3.1-01, R-2.2.3.1-16: forty digits, among them the zero of 0x03.
#[test]
fn the_authority_is_the_hash_of_the_140_byte_public_key() {
    let identity = PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap();

    assert_eq!(identity.authority(), Authority::Secure(AUTHORITY));
    assert_eq!(
        identity.authority().to_string(),
        "c95e6f7397c5f4d775e10392aa71f5a33ec6f666"
    );
    assert_eq!(
        identity.public_key().0[..7],
        [0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00]
    );
    assert_eq!(
        identity.public_key().0[135..],
        [0x02, 0x03, 0x01, 0x00, 0x01]
    );
}

#[test]
fn a_generated_key_survives_pem_and_signs() {
    let identity = PeerIdentity::generate().unwrap();

    let again = PeerIdentity::from_pkcs8_pem(&identity.to_pkcs8_pem().unwrap()).unwrap();

    let signature = again.sign(b"bytes").unwrap();
    assert!(
        RsaVerifier
            .verify(&identity.public_key(), b"bytes", &signature)
            .is_ok()
    );
}

/// R-5.1-01: keys are not logged.
#[test]
fn debug_shows_the_authority_and_no_key_material() {
    let identity = PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap();

    let hex: String = AUTHORITY.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(format!("{identity:?}"), format!("PeerIdentity({hex})"));
}

#[test]
fn a_key_of_another_size_is_refused_by_name() {
    let key = RsaPrivateKey::new(&mut OsRng, 512).unwrap();

    let refused = PeerIdentity::from_pkcs8_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap());

    let message = refused.unwrap_err().to_string();
    assert_eq!(message, "the RSA key has 512 bits, and PNRP uses 1024");
}

#[test]
fn a_key_with_another_exponent_is_refused_by_name() {
    let key = RsaPrivateKey::new_with_exp(&mut OsRng, 1_024, &BigUint::from(3_u32)).unwrap();

    let refused = PeerIdentity::from_pkcs8_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap());

    let message = refused.unwrap_err().to_string();
    assert_eq!(
        message,
        "the RSA key has the public exponent 3, and PNRP uses 65537"
    );
}

#[test]
fn a_changed_character_never_yields_another_identity() {
    let original = PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap();
    for index in 0..KEY_PEM.len() {
        let mut bytes = KEY_PEM.as_bytes().to_vec();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(bytes).unwrap();

        if let Ok(read) = PeerIdentity::from_pkcs8_pem(&damaged) {
            assert_eq!(read.authority(), original.authority(), "character {index}");
        }
    }
}

#[test]
fn both_keys_survive_pem() {
    let identity = PeerIdentity::generate().unwrap();

    let again = PeerIdentity::from_pkcs8_pem(&identity.to_pkcs8_pem().unwrap()).unwrap();

    assert_eq!(again.authority(), identity.authority());
    let public = identity.binding_key().unwrap().public();
    assert!(public.verify(b"bytes", &again.binding_key().unwrap().sign(b"bytes")));
}

/// R-5.1-01: each key is drawn from the generator.
#[test]
fn the_binding_key_does_not_depend_on_the_rsa_key() {
    let keys = [(); 2].map(|()| {
        let identity = PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap();
        assert!(identity.binding_key().is_none());
        let identity = identity.with_binding_key(BindingKey::generate());
        identity.binding_key().unwrap().public()
    });

    assert_ne!(keys[0], keys[1]);
}

#[test]
fn keys_may_stand_in_either_order_and_apart() {
    let binding = BindingKey::generate();
    let ed25519 = binding.to_pkcs8_pem().unwrap();
    for text in [
        format!("{KEY_PEM}{}", *ed25519),
        format!("{}{KEY_PEM}", *ed25519),
        format!("remark\n\n{KEY_PEM}\n \r\n{}\n\n", *ed25519),
        format!("{KEY_PEM}{}", *ed25519).replace('\n', "\r\n"),
    ] {
        let identity = PeerIdentity::from_pkcs8_pem(&text).unwrap();

        assert_eq!(identity.authority(), Authority::Secure(AUTHORITY));
        assert_eq!(identity.binding_key().unwrap().public(), binding.public());
    }
}

#[test]
fn every_flaw_of_a_text_is_told_by_name() {
    let ed25519 = BindingKey::generate().to_pkcs8_pem().unwrap();
    let ed25519 = ed25519.as_str();
    let announced = "bindingKey: 00\n";
    let damaged = ed25519.replace("MC4CAQ", "MC4CAg");
    let x25519 = ed25519.replace("BQYDK2VwBC", "BQYDK2VuBC");
    let encrypted = KEY_PEM.replace("PRIVATE", "ENCRYPTED PRIVATE");
    for (text, flaw) in [
        ("remark\n", "the text holds no key in PEM"),
        (&KEY_PEM[..500], "the text ends in the middle of a key"),
        (
            &format!("{KEY_PEM}x\n"),
            "line 17 is neither in a key nor empty",
        ),
        (
            &format!("{KEY_PEM}\nx\n{ed25519}"),
            "line 18 is neither in a key nor empty",
        ),
        (
            &encrypted,
            "the text holds \"ENCRYPTED PRIVATE KEY\" in PEM, and a PRIVATE KEY is needed",
        ),
        (
            &format!("{KEY_PEM}{x25519}"),
            "the key's algorithm is 1.3.101.110, neither RSA nor Ed25519",
        ),
        (ed25519, "the text holds no RSA key"),
        (
            &format!("{KEY_PEM}{KEY_PEM}"),
            "the text holds a second RSA key",
        ),
        (&format!("{KEY_PEM}{damaged}"), "not a usable Ed25519 key"),
        (
            &format!("{KEY_PEM}{}", ed25519.replace("MC4", "M4")),
            "not a usable Ed25519 key",
        ),
        (
            &format!("{KEY_PEM}{ed25519}{ed25519}"),
            "the text holds a second Ed25519 key",
        ),
        (
            &format!("{announced}{KEY_PEM}{ed25519}"),
            "the text was written with the binding key 00, and does not hold it",
        ),
        (
            &format!("{announced}{KEY_PEM}"),
            "the text was written with the binding key 00, and does not hold it",
        ),
    ] {
        let error = PeerIdentity::from_pkcs8_pem(text).unwrap_err();

        assert_eq!(error.to_string(), flaw, "{text}");
    }
}

#[test]
fn a_changed_or_missing_part_never_yields_another_binding_key() {
    let identity = PeerIdentity::generate().unwrap();
    let original = identity.binding_key().unwrap().public();
    let text = identity.to_pkcs8_pem().unwrap();
    for index in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[index] ^= 1;
        let changed = String::from_utf8(bytes).unwrap();

        for damaged in [&changed, &text[..index]] {
            if let Ok(read) = PeerIdentity::from_pkcs8_pem(damaged) {
                assert_eq!(read.authority(), identity.authority(), "character {index}");
                let key = read.binding_key().map(BindingKey::public);
                assert_eq!(key, Some(original), "character {index}");
            }
        }
    }
}
