//! Signing and verifying, of which every answer that proves an ID takes one each.
//! MS-PNRP §3.2.5.9, §3.1.5.9.
//!
//! Set against ring, which verifies with such keys and does not sign, and the `openssl` of the
//! machine, whose own measurement runs between ours: it is one second of each, without the hash.
//! Both have assembly for this; what they are ahead by is the price of having none.

use std::{hint::black_box, process::Command};

use pnrp_benches::{Median, Rounds};
use pnrp_identity::{
    BindingKey, CpaExpectation, PeerIdentity, RsaVerifier, Signer, Verifier, sign_cpa, validate_cpa,
};
use pnrp_wire::{
    AppEndpoint, ByteOrder, Classifier, Cpa, CpaKind, Dialect, Endpoint, FileTime, Nonce,
    ServiceLocation, SignedCpa,
};
use ring::signature::{
    ED25519, Ed25519KeyPair, KeyPair, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    UnparsedPublicKey,
};
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    pkcs8::{EncodePrivateKey, LineEnding},
    rand_core::OsRng,
};
use sha1::{Digest, Sha1};

const OURS: &str = "pnrp-identity";
const UNBLINDED: &str = "rsa, not blinded";
const RING: &str = "ring";
const OPENSSL: &str = "openssl";

fn main() {
    let key = RsaPrivateKey::new(&mut OsRng, 1_024).expect("a key");
    let pem = key.to_pkcs8_pem(LineEnding::LF).expect("its text");
    let identity = PeerIdentity::from_pkcs8_pem(&pem).expect("a key");
    let cpa = published(&identity);
    let mut speeds = vec![Speed::measure()];
    let sign = sign(&identity, &key, &cpa);
    speeds.push(Speed::measure());
    let verify = verify(&cpa);
    let validate = validate(&cpa);
    speeds.push(Speed::measure());
    let [sign_binding, verify_binding] = binding(cpa.signed_bytes());

    if speeds.iter().any(Option::is_none) {
        println!("no openssl that measures itself is here, so its rows are missing\n");
    }
    let speed = |of: fn(&Speed) -> f64| middle(&speeds, of, cpa.signed_bytes().len());
    print("sign with RSA-1024", sign, speed(|it| it.rsa_sign));
    print("verify with RSA-1024", verify, speed(|it| it.rsa_verify));
    print("decode and validate a CPA", validate, None);
    print(
        "sign with Ed25519",
        sign_binding,
        speed(|it| it.ed25519_sign),
    );
    print(
        "verify with Ed25519",
        verify_binding,
        speed(|it| it.ed25519_verify),
    );
}

fn sign(identity: &PeerIdentity, key: &RsaPrivateKey, cpa: &SignedCpa) -> Vec<Median> {
    let bytes = cpa.signed_bytes();
    let unblinded = |bytes: &[u8]| key.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(bytes));
    assert_eq!(unblinded(bytes).expect("a signature"), cpa.signature().0);

    let mut rounds = Rounds::default();
    rounds.row(OURS, bytes.len(), || identity.sign(black_box(bytes)));
    rounds.row(UNBLINDED, bytes.len(), || unblinded(black_box(bytes)));
    rounds.run()
}

/// From the bytes of the key on, as a peer sends them.
fn verify(cpa: &SignedCpa) -> Vec<Median> {
    let (bytes, signature) = (cpa.signed_bytes(), cpa.signature());
    let key = cpa.cpa().public_key;
    let ours = |bytes: &[u8]| RsaVerifier.verify(black_box(&key), bytes, signature);
    let ring = |bytes: &[u8]| {
        UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, key.0)
            .verify(bytes, &signature.0)
    };
    assert_eq!(ours(bytes), Ok(ByteOrder::BigEndian));
    assert!(ring(bytes).is_ok() && ring(b"other").is_err());

    let mut rounds = Rounds::default();
    rounds.row(OURS, bytes.len(), || ours(black_box(bytes)));
    rounds.row(RING, bytes.len(), || ring(black_box(bytes)));
    rounds.run()
}

/// Everything between the bytes and the proof. MS-PNRP §3.1.5.7.
fn validate(cpa: &SignedCpa) -> Vec<Median> {
    let dialect = Dialect::default();
    let bytes = cpa.as_bytes();
    let expected = CpaExpectation::publication(cpa.id(), NONCE);
    let decode = || SignedCpa::decode(black_box(bytes), &dialect).expect("a CPA");
    let valid = || validate_cpa(decode(), &expected, NOT_AFTER, &RsaVerifier).expect("a valid CPA");
    assert_eq!(valid().id(), expected.id);

    let mut rounds = Rounds::default();
    rounds.row(OURS, bytes.len(), valid);
    rounds.row("decoding alone", bytes.len(), decode);
    rounds.run()
}

fn binding(bytes: &[u8]) -> [Vec<Median>; 2] {
    let ours = BindingKey::generate();
    let ours_public = ours.public();
    let theirs = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed");
    let [signature, their_signature] = [
        ours.sign(bytes).to_vec(),
        theirs.sign(bytes).as_ref().to_vec(),
    ];
    let signature: [u8; 64] = signature.try_into().expect("64 bytes");
    let verify = |bytes: &[u8]| ours_public.verify(bytes, &signature);
    let ring = |bytes: &[u8]| {
        UnparsedPublicKey::new(&ED25519, theirs.public_key().as_ref())
            .verify(bytes, &their_signature)
    };
    // Each takes the other's signatures.
    let key = UnparsedPublicKey::new(&ED25519, ours_public.0);
    assert!(key.verify(bytes, &signature).is_ok());
    assert!(verify(bytes) && !verify(b"other") && ring(bytes).is_ok());

    let mut rounds = Rounds::default();
    rounds.row(OURS, bytes.len(), || ours.sign(black_box(bytes)));
    rounds.row(RING, bytes.len(), || theirs.sign(black_box(bytes)));
    let signing = rounds.run();
    let mut rounds = Rounds::default();
    rounds.row(OURS, bytes.len(), || verify(black_box(bytes)));
    rounds.row(RING, bytes.len(), || ring(black_box(bytes)));
    [signing, rounds.run()]
}

/// Operations a second, by the `openssl` of the machine.
struct Speed {
    rsa_sign: f64,
    rsa_verify: f64,
    ed25519_sign: f64,
    ed25519_verify: f64,
}

impl Speed {
    /// Nothing if there is no `openssl`, or it speaks another language.
    fn measure() -> Option<Self> {
        let arguments = ["speed", "-mr", "-seconds", "1", "rsa1024", "ed25519"];
        let output = Command::new("openssl").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let [rsa_sign, rsa_verify] = last_two(&text, "+F2:")?;
        let [ed25519_sign, ed25519_verify] = last_two(&text, "+F6:")?;
        Some(Self {
            rsa_sign,
            rsa_verify,
            ed25519_sign,
            ed25519_verify,
        })
    }
}

/// Signatures made and verified in a second, which end the line of an algorithm.
fn last_two(text: &str, start: &str) -> Option<[f64; 2]> {
    let line = text.lines().find(|line| line.starts_with(start))?;
    let mut numbers = line.rsplit(':').map(|number| number.parse().ok());
    let (verified, signed) = (numbers.next()??, numbers.next()??);
    Some([signed, verified])
}

/// The middle of what `openssl` said, as a row; nothing if it once said nothing.
fn middle(speeds: &[Option<Speed>], of: fn(&Speed) -> f64, bytes: usize) -> Option<Median> {
    let speeds = speeds.iter().map(|speed| speed.as_ref().map(of));
    let mut speeds = speeds.collect::<Option<Vec<_>>>()?;
    speeds.sort_by(f64::total_cmp);
    Some(Median {
        name: OPENSSL,
        bytes,
        nanoseconds: 1e9 / speeds[speeds.len() / 2],
    })
}

fn print(title: &str, mut medians: Vec<Median>, openssl: Option<Median>) {
    medians.extend(openssl);
    println!(
        "{title:<32}{:>6}{:>12}{:>14}{:>8}",
        "bytes", "a second", "median", "ratio"
    );
    let ours = medians[0].nanoseconds;
    for Median {
        name,
        bytes,
        nanoseconds,
    } in medians
    {
        let (rate, median) = (1e9 / nanoseconds, nanoseconds / 1e3);
        let ratio = nanoseconds / ours;
        println!("  {name:<30}{bytes:>6}{rate:>12.0}{median:>11.2} us{ratio:>8.2}");
    }
    println!();
}

const NONCE: Nonce = Nonce([0x5A; 16]);
const NOT_AFTER: FileTime = FileTime(134_000_000_000_000_000);

/// A secure name at one address, without a comment.
fn published(identity: &PeerIdentity) -> SignedCpa {
    let dialect = Dialect::default();
    let classifier: Classifier = "web".parse().expect("a classifier");
    let address = "2001:db8::1".parse().expect("an address");
    let cpa = Cpa {
        kind: CpaKind::Publish(NONCE),
        has_extended_payload: false,
        not_after: NOT_AFTER,
        service_location: ServiceLocation::new(0x2001_0db8_0000_0000, 7),
        authority: identity.authority(),
        classifier_hash: Some(classifier.hash(&dialect)),
        friendly_name: None,
        service_addresses: vec![Endpoint {
            address,
            port: 3540,
        }],
        app_endpoints: vec![AppEndpoint {
            address,
            port: 8080,
            protocol: 6,
        }],
        public_key: identity.public_key(),
    };
    sign_cpa(cpa, identity, &dialect).expect("a signature")
}
