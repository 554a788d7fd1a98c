//! Another implementation reads the files of the store.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::{path::Path, process::Command};

use pnrp_identity::{FriendlyName, IdentityStore};

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

/// Whether to go on; where nothing may be skipped, its absence is a failure.
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
fn openssl_is_there() -> bool {
    let is_there = Command::new("openssl").arg("version").output().is_ok();
    if !is_there {
        assert!(
            std::env::var_os("PNRP_TEST_FORBID_SKIP").is_none(),
            "openssl is missing, and no test may be skipped"
        );
        eprintln!("skipped: openssl is missing");
    }
    is_there
}
