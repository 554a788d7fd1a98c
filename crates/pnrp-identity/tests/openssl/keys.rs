//! Another implementation agrees about keys and signatures. MS-PNRP §3.2.5.9, §3.1.5.9.

use std::fs;

use pnrp_identity::{PeerIdentity, RsaVerifier, Signer, Verifier};
use pnrp_wire::{ByteOrder, Signature};

use crate::program::{openssl, openssl_is_there, write};

const MESSAGE: &[u8] = b"the bytes of a CPA up to its signature";

#[test]
fn openssl_verifies_what_we_sign() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let identity = PeerIdentity::generate().unwrap();
    write(directory.path(), "public.der", &identity.public_key().0);
    write(directory.path(), "message", MESSAGE);
    write(
        directory.path(),
        "signature",
        &identity.sign(MESSAGE).unwrap().0,
    );

    openssl(
        directory.path(),
        "rsa -RSAPublicKey_in -inform DER -in public.der -pubout -out public.pem",
    );
    let verdict = openssl(
        directory.path(),
        "dgst -sha1 -verify public.pem -signature signature message",
    );

    assert_eq!(verdict, "Verified OK\n");
}

#[test]
fn we_verify_what_openssl_signs_with_its_own_key() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "message", MESSAGE);

    openssl(
        directory.path(),
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out private.pem",
    );
    openssl(
        directory.path(),
        "dgst -sha1 -sign private.pem -out signature message",
    );

    let pem = fs::read_to_string(directory.path().join("private.pem")).unwrap();
    let identity = PeerIdentity::from_pkcs8_pem(&pem).unwrap();
    let signature = fs::read(directory.path().join("signature")).unwrap();
    let signature = Signature(signature.try_into().unwrap());
    let verdict = RsaVerifier.verify(&identity.public_key(), MESSAGE, &signature);
    assert_eq!(verdict, Ok(ByteOrder::BigEndian));
    assert_eq!(identity.sign(MESSAGE).unwrap(), signature);
}

#[test]
fn openssl_accepts_the_private_key_we_write() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let identity = PeerIdentity::generate().unwrap();
    write(
        directory.path(),
        "private.pem",
        identity.to_pkcs8_pem().unwrap().as_bytes(),
    );

    let verdict = openssl(directory.path(), "rsa -in private.pem -check -noout");

    assert_eq!(verdict, "RSA key ok\n");
}
