//! Another implementation reads the files of the store.

use std::{fs, path::Path, process::Command};

use pnrp_identity::{BindingKey, FriendlyName, IdentityStore};

use crate::program::{openssl, openssl_is_there};

#[test]
fn openssl_reads_the_key_after_the_friendly_name() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = IdentityStore::open(directory.path()).unwrap();
    for name in ["laptop", "-----BEGIN PRIVATE KEY-----", "\u{e9}\u{1f980}"] {
        let name = FriendlyName::new(name).unwrap();

        let stored = store.create(Some(&name)).unwrap();

        assert_eq!(
            authority_by_openssl(&stored.entry.path),
            stored.entry.authority.to_string()
        );
    }
}

#[test]
fn openssl_verifies_what_the_binding_key_of_a_stored_identity_signs() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = IdentityStore::open(directory.path()).unwrap();
    let stored = store.create(None).unwrap();
    let text = fs::read_to_string(&stored.entry.path).unwrap();
    let second = text.rfind("-----BEGIN").unwrap();
    fs::write(directory.path().join("private"), &text[second..]).unwrap();
    fs::write(directory.path().join("message"), MESSAGE).unwrap();
    let signature = stored.identity.binding_key().unwrap().sign(MESSAGE);
    fs::write(directory.path().join("signature"), signature).unwrap();

    openssl(directory.path(), "pkey -in private -pubout -out public");
    let verdict = openssl(
        directory.path(),
        "pkeyutl -verify -pubin -inkey public -rawin -in message -sigfile signature",
    );

    assert_eq!(verdict, "Signature Verified Successfully\n");
}

#[test]
fn we_verify_what_openssl_signs_with_a_binding_key_of_its_own() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("message"), MESSAGE).unwrap();

    openssl(directory.path(), "genpkey -algorithm ed25519 -out private");
    openssl(
        directory.path(),
        "pkeyutl -sign -inkey private -rawin -in message -out signature",
    );

    let pem = fs::read_to_string(directory.path().join("private")).unwrap();
    let key = BindingKey::from_pkcs8_pem(&pem).unwrap();
    let signature = fs::read(directory.path().join("signature")).unwrap();
    let signature: [u8; 64] = signature.try_into().unwrap();
    assert!(key.public().verify(MESSAGE, &signature));
    assert_eq!(key.sign(MESSAGE), signature);
    assert_eq!(*key.to_pkcs8_pem().unwrap(), pem);
}

/// SHA-1 of the RSAPublicKey that openssl finds in a private key's file.
fn authority_by_openssl(path: &Path) -> String {
    let output = Command::new("sh")
        .args([
            "-c",
            "openssl rsa -in \"$0\" -RSAPublicKey_out -outform DER | openssl dgst -sha1 -r",
        ])
        .arg(path)
        .output()
        .unwrap();
    let digest = String::from_utf8(output.stdout).unwrap();
    digest.split(' ').next().unwrap().to_owned()
}

const MESSAGE: &[u8] = b"what the application signs";
