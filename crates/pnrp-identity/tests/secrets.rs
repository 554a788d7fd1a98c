//! What is printed of the types that hold private keys. MS-PNRP §5.1.
//!
//! A test can show that no part of a key is in the text for logs. That keys come from the
//! operating system's generator and are overwritten when dropped is for readers of the code.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::fmt::{Debug, Write};

use pkcs8::SecretDocument;
use pnrp_identity::{
    BindingKey, IdentityStore, PeerIdentity, Signer, export_pem, import, import_unencrypted,
    load_or_create_machine_identity,
};
use rsa::{
    RsaPrivateKey,
    pkcs8::{EncodePrivateKey, LineEnding},
    rand_core::OsRng,
    traits::PrivateKeyParts,
};

/// Bytes of a key in a row that are no accident.
const WINDOW: usize = 4;

/// R-5.1-01: neither type by type, nor inside of what holds it.
#[test]
fn nothing_that_holds_a_key_shows_it() {
    let directory = tempfile::tempdir().unwrap();
    let (identity, secrets) = identity();
    let store = IdentityStore::open(directory.path()).unwrap();
    store.add(&identity, None).unwrap();
    let machine = directory.path().join("machine.pem");
    std::fs::write(&machine, identity.to_pkcs8_pem().unwrap().as_bytes()).unwrap();
    let exported = export_pem(&identity, "correct horse").unwrap();

    let texts = [
        texts(&identity),
        texts(&(&identity as &dyn Signer)),
        texts(&identity.binding_key()),
        texts(&store),
        texts(&store.list()),
        texts(&store.load(&identity.authority())),
        texts(&load_or_create_machine_identity(&machine)),
        texts(&import(&exported, "correct horse")),
        texts(&import_unencrypted(&identity.to_pkcs8_pem().unwrap())),
    ];

    for text in texts {
        assert!(!text.contains("Err("), "{text}");
        assert!(!secrets.are_in(&text), "{text}");
        assert!(!text.contains("correct horse"), "{text}");
    }
}

/// R-5.1-01: a key that cannot be used is not shown either.
#[test]
fn errors_about_keys_do_not_show_them() {
    let (identity, secrets) = identity();
    let pem = identity.to_pkcs8_pem().unwrap();
    for damage in ["-----END PRIVATE KEY-----", "MII", "\n"] {
        let damaged = pem.replacen(damage, "!", 1);
        assert_ne!(damaged, *pem);

        let refused = PeerIdentity::from_pkcs8_pem(&damaged);

        let text = texts(&refused);
        assert!(!secrets.are_in(&text), "{text}");
    }
}

/// R-5.1-01: a generator that repeats itself would show.
#[test]
fn generated_keys_differ() {
    let identities: Vec<_> = (0..4).map(|_| PeerIdentity::generate().unwrap()).collect();

    for (index, identity) in identities.iter().enumerate() {
        let binding = |identity: &PeerIdentity| identity.binding_key().map(BindingKey::public);
        for other in identities.iter().skip(index + 1) {
            assert_ne!(identity.authority(), other.authority());
            assert_ne!(binding(identity), binding(other));
        }
    }
}

/// What the other tests look with finds keys in every form that a text may have them.
#[test]
fn a_key_that_is_shown_is_found() {
    let (identity, secrets) = identity();
    let pem = identity.to_pkcs8_pem().unwrap();
    let body = pem.lines().rfind(|line| line.len() == 64).unwrap();
    let prime = &secrets.numbers[1];

    assert!(secrets.are_in(&pem));
    assert!(secrets.are_in(body));
    assert!(secrets.are_in(&format!("{prime:?}")));
    assert!(secrets.are_in(&format!("{prime:#?}")));
    assert!(secrets.are_in(&format!("{prime:02x?}")));
    assert!(secrets.are_in(&hex(prime)));
    assert!(secrets.are_in(&hex(prime).to_uppercase()));
    assert!(secrets.are_in(&hex(secrets.numbers.last().unwrap())));
    assert!(!secrets.are_in(&identity.authority().to_string()));
}

/// The secret numbers of an identity, and its private keys as text.
struct Secrets {
    numbers: Vec<Vec<u8>>,
    pem: String,
}

impl Secrets {
    fn are_in(&self, text: &str) -> bool {
        let words: String = text.split_whitespace().collect();
        let digits = words.to_lowercase();
        let is_shown = |window: &[u8]| {
            let decimal: Vec<String> = window.iter().map(ToString::to_string).collect();
            let hexadecimal: Vec<String> = window.iter().map(|byte| hex(&[*byte])).collect();
            words.contains(&format!(",{},", decimal.join(",")))
                || digits.contains(&hexadecimal.join(","))
                || digits.contains(&hexadecimal.concat())
        };
        let in_numbers = self.numbers.iter().any(|number| {
            let mut windows = number.windows(WINDOW);
            windows.any(is_shown)
        });
        // Sixteen characters of base64 are twelve bytes.
        let mut lines = self.pem.lines().filter(|line| !line.starts_with("--"));
        in_numbers
            || lines.any(|line| {
                let line = line.as_bytes();
                line.windows(16)
                    .any(|window| words.contains(str::from_utf8(window).unwrap()))
            })
    }
}

/// An identity of keys whose numbers are known.
fn identity() -> (PeerIdentity, Secrets) {
    let rsa = RsaPrivateKey::new(&mut OsRng, 1_024).unwrap();
    let rsa_pem = rsa.to_pkcs8_pem(LineEnding::LF).unwrap();
    let binding = BindingKey::generate();
    let binding_pem = binding.to_pkcs8_pem().unwrap();
    let (_, document) = SecretDocument::from_pem(&binding_pem).unwrap();
    // Of the 48 bytes of PKCS#8 the last 32 are the seed.
    let seed = document.as_bytes().last_chunk::<32>().unwrap();
    let mut numbers = vec![rsa.d().to_bytes_be()];
    numbers.extend(rsa.primes().iter().map(|prime| prime.to_bytes_be()));
    numbers.push(seed.to_vec());
    // The first four lines of an RSA key hold the public modulus; an Ed25519 key has one line.
    let rsa_lines: Vec<&str> = rsa_pem.lines().skip(5).collect();
    let binding_line = binding_pem.lines().nth(1).unwrap();
    let secret_half = binding_line.split_at(22).1;
    let pem = [&rsa_lines.join("\n"), secret_half].join("\n");
    let identity = PeerIdentity::from_pkcs8_pem(&rsa_pem).unwrap();
    (identity.with_binding_key(binding), Secrets { numbers, pem })
}

/// What a log could show.
fn texts(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}\n{value:02x?}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
