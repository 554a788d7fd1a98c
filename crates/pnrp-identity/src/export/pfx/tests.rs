//! A PKCS#12 that is wrong in one place, by somebody who knows the password.

use base64ct::{Base64, Encoding};
use proptest::prelude::*;

use super::{
    write::{certificate_bag, content, encrypt, mac, octets, outer, safe_contents, sequence},
    *,
};
use crate::{
    export::{ImportError, password::Password, work::Work},
    fixture::{KEY_PEM, identity},
    key::PeerIdentity,
    signature::Signer,
};

#[test]
fn what_is_written_is_read() {
    let found = read_with(&pfx(), PASSWORD).unwrap();

    assert_eq!(found.0, identity().authority());
    assert_eq!(found.1.unwrap(), certificate());
}

#[test]
fn an_empty_password_is_written_and_read() {
    let pfx = write(&key(), &certificate(), &Password::new("")).unwrap();

    assert!(read_with(&pfx, "").is_ok());
    assert!(matches!(
        read_with(&pfx, " "),
        Err(ImportError::WrongPassword)
    ));
}

#[test]
fn keys_and_certificates_need_not_be_encrypted() {
    let pfx = sealed(&[
        safe_contents(KEY_BAG, &key()).unwrap(),
        certificate_contents(&certificate()),
    ]);

    assert!(read_with(&pfx, PASSWORD).unwrap().1.is_some());
}

#[test]
fn certificates_of_others_are_passed_over() {
    let other = certificate_of(&PeerIdentity::generate().unwrap());
    let pfx = sealed(&[
        certificate_contents(&other),
        certificate_contents(&certificate()),
        safe_contents(KEY_BAG, &key()).unwrap(),
    ]);

    assert_eq!(read_with(&pfx, PASSWORD).unwrap().1.unwrap(), certificate());
}

#[test]
fn a_certificate_is_compared_with_the_key() {
    let other = PeerIdentity::generate().unwrap();
    let (mine, its) = (certificate(), certificate_of(&other));

    assert!(check_certificate(&mine, &identity().public_key()).is_ok());
    assert!(check_certificate(&its, &other.public_key()).is_ok());
    assert!(matches!(
        check_certificate(&its, &identity().public_key()),
        Err(Unfit::OtherKey)
    ));
    for length in 0..mine.len() {
        assert!(matches!(
            check_certificate(&mine[..length], &identity().public_key()),
            Err(Unfit::Malformed(_))
        ));
    }
}

#[test]
fn every_flaw_of_a_pkcs12_is_told_by_name() {
    let key_bag = safe_contents(KEY_BAG, &key()).unwrap();
    let other = certificate_of(&PeerIdentity::generate().unwrap());
    let crl = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.4");
    for (contents, flaw) in [
        (vec![], "the export holds no private key"),
        (
            vec![certificate_contents(&certificate())],
            "the export holds no private key",
        ),
        (
            vec![key_bag.clone(), key_bag.clone()],
            "the export holds more than one private key",
        ),
        (
            vec![key_bag.clone(), certificate_contents(&other)],
            "no certificate in the export is for its key",
        ),
        (
            vec![key_bag, certificate_contents(b"")],
            "a certificate in the export is malformed",
        ),
        (
            vec![safe_contents(crl, &key()).unwrap()],
            "the content of the PKCS#12 1.2.840.113549.1.12.10.1.4 is not known",
        ),
        (
            vec![safe_contents(KEY_BAG, b"\x30\x00").unwrap()],
            "the PKCS#12 in the export is malformed",
        ),
        (
            vec![vec![0x30, 0x80]],
            "the PKCS#12 in the export is malformed",
        ),
    ] {
        let error = read_with(&sealed(&contents), PASSWORD).unwrap_err();

        assert_eq!(error.to_string(), flaw);
    }
}

#[test]
fn a_pkcs12_that_was_cut_says_how_much_is_missing() {
    let pfx = pfx();
    for length in 4..pfx.len() {
        let Err(ImportError::Truncated { found, expected }) = read_with(&pfx[..length], PASSWORD)
        else {
            panic!("{length} bytes");
        };
        assert_eq!((found, expected), (length, pfx.len()));
    }
    for length in 0..4 {
        assert!(read_with(&pfx[..length], PASSWORD).is_err());
    }
    let longer = [&pfx[..], b"\0"].concat();
    assert!(matches!(
        read_with(&longer, PASSWORD),
        Err(ImportError::Malformed(_))
    ));
}

#[test]
fn a_change_that_only_the_mac_shows_is_noticed() {
    let bags = [
        safe_contents(KEY_BAG, &key()).unwrap(),
        certificate_contents(&certificate()),
    ];
    let mut pfx = sealed(&bags);
    assert!(read_with(&pfx, PASSWORD).is_ok());
    assert!(matches!(
        read_with(&pfx, "other"),
        Err(ImportError::WrongPassword)
    ));
    let signature = &certificate()[400..];
    let at = pfx.windows(signature.len()).position(|is| is == signature);
    pfx[at.unwrap()] ^= 1;

    assert!(matches!(
        read_with(&pfx, PASSWORD),
        Err(ImportError::WrongPassword)
    ));
}

#[test]
fn without_a_mac_nothing_is_read() {
    let pfx = sequence(&[
        &[2, 1, 3],
        &content(DATA, &octets(b"\x30\0").unwrap()).unwrap(),
    ]);

    assert!(matches!(
        read_with(&pfx.unwrap(), PASSWORD),
        Err(ImportError::NoMac)
    ));
}

/// Two thousand million hashes are half an hour.
#[test]
fn hashing_without_end_is_refused_at_once() {
    let mut pfx = pfx();
    let [.., tag, length, high, low] = pfx[..] else {
        panic!("too short");
    };
    assert_eq!([tag, length, high, low], [2, 2, 0x07, 0xd0]);
    pfx.truncate(pfx.len() - 4);
    pfx.extend([2, 4, 0x7f, 0xff, 0xff, 0xff]);
    // The MAC had 61 bytes, and its length stands before it.
    let mac_length = pfx.len() - 64;
    assert_eq!(pfx[mac_length - 1..=mac_length], [0x30, 61]);
    pfx[mac_length] += 2;
    let outer_length = u16::from_be_bytes([pfx[2], pfx[3]]) + 2;
    pfx[2..4].copy_from_slice(&outer_length.to_be_bytes());

    assert!(matches!(
        read_with(&pfx, PASSWORD),
        Err(ImportError::TooMuchWork)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    /// Under a valid MAC: whoever knows the password can write anything.
    #[test]
    fn a_damaged_content_never_panics_nor_yields_another_key(
        place in any::<prop::sample::Index>(),
        bits in 1_u8..,
        is_encrypted in any::<bool>(),
    ) {
        let mut safe = if is_encrypted {
            let password = Password::new(PASSWORD);
            let encrypted = encrypt(&key(), &password).unwrap();
            let bag = sequence(&[&encrypted.algorithm, &octets(&encrypted.bytes).unwrap()]);
            safe_of(&[safe_contents(ENCRYPTED_KEY_BAG, &bag.unwrap()).unwrap()])
        } else {
            safe_of(&[
                safe_contents(KEY_BAG, &key()).unwrap(),
                certificate_contents(&certificate()),
            ])
        };
        let place = place.index(safe.len());
        safe[place] ^= bits;

        if let Ok((found, _)) = read_with(&seal(&safe), PASSWORD) {
            prop_assert_eq!(found, identity().authority());
        }
    }

    #[test]
    fn a_damaged_file_never_panics_nor_yields_another_key(
        place in any::<prop::sample::Index>(),
        bits in 1_u8..,
    ) {
        let mut pfx = pfx();
        let place = place.index(pfx.len());
        pfx[place] ^= bits;

        if let Ok((found, _)) = read_with(&pfx, PASSWORD) {
            prop_assert_eq!(found, identity().authority());
        }
    }

    #[test]
    fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_with(&noise, PASSWORD).is_err());
        prop_assert!(read_with(&seal(&noise), PASSWORD).is_err());
        prop_assert!(read_with(&sealed(&[noise]), PASSWORD).is_err());
    }
}

fn read_with(
    pfx: &[u8],
    password: &str,
) -> Result<(pnrp_wire::Authority, Option<Vec<u8>>), ImportError> {
    let contents = read(pfx, &Password::new(password), &mut Work::new())?;
    Ok((contents.identity.authority(), contents.certificate))
}

fn pfx() -> Vec<u8> {
    write(&key(), &certificate(), &Password::new(PASSWORD)).unwrap()
}

/// With contents that are not encrypted, and a MAC.
fn sealed(contents: &[Vec<u8>]) -> Vec<u8> {
    seal(&safe_of(contents))
}

fn safe_of(contents: &[Vec<u8>]) -> Vec<u8> {
    let contents: Vec<_> = contents
        .iter()
        .map(|one| content(DATA, &octets(one).unwrap()).unwrap())
        .collect();
    let contents: Vec<_> = contents.iter().map(Vec::as_slice).collect();
    sequence(&contents).unwrap()
}

fn seal(safe: &[u8]) -> Vec<u8> {
    let (salt, mac) = mac(safe, &Password::new(PASSWORD)).unwrap();
    outer(safe, &salt, &mac).unwrap()
}

fn certificate_contents(certificate: &[u8]) -> Vec<u8> {
    certificate_bag(certificate).unwrap()
}

fn key() -> Vec<u8> {
    let (_, document) = pkcs8::SecretDocument::from_pem(KEY_PEM).unwrap();
    document.as_bytes().to_vec()
}

/// For the fixture's key, by `openssl req -x509 -sha1 -subj /CN=peer -set_serial 1`.
fn certificate() -> Vec<u8> {
    Base64::decode_vec(&CERTIFICATE.replace('\n', "")).unwrap()
}

/// The same, with another key in it.
fn certificate_of(identity: &PeerIdentity) -> Vec<u8> {
    let mut certificate = certificate();
    let key = crate::fixture::identity().public_key().0;
    let at = certificate.windows(140).position(|bytes| bytes == key);
    let at = at.unwrap();
    certificate[at..at + 140].copy_from_slice(&identity.public_key().0);
    certificate
}

const PASSWORD: &str = "p\u{e4}ssword \u{1f980}";
const CASES: u32 = 128;
const CERTIFICATE: &str = "\
MIIB6TCCAVKgAwIBAgIBATANBgkqhkiG9w0BAQUFADAPMQ0wCwYDVQQDDARwZWVy\n\
MCAXDTI2MTEyMjEzMDEzMVoYDzIxMjYxMDI5MTMwMTMxWjAPMQ0wCwYDVQQDDARw\n\
ZWVyMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC1p2h8DbLIDTlhkOH48yBB\n\
Ah1/wYd1KF9jjgoNtAPaK36/THX2wyBKnUvKc2HlWY4Lrzd4v85yxFUzgCkB5uoA\n\
ARXNtd5+iLU6gc9I/lAWH18Uf7UQVBHbqyPjQlaDZFBR2baQeb/4VYj6htxqt5tC\n\
6/JQLuAw8wBXh3sJeeIVxwIDAQABo1MwUTAdBgNVHQ4EFgQUyV5vc5fF9Nd14QOS\n\
qnH1oz7G9mYwHwYDVR0jBBgwFoAUyV5vc5fF9Nd14QOSqnH1oz7G9mYwDwYDVR0T\n\
AQH/BAUwAwEB/zANBgkqhkiG9w0BAQUFAAOBgQAr65fTU7foHspLcbr5gphWi7WI\n\
nUTVu/W22//fqysOyQhrDCCoQBj18RZKoOKTwzb3o68zygIFlfsEtREqFU9dxLXd\n\
+WjNaCRe4w3bifYhSLwErqDAQKfwruKa/oHg9tAdg5xvyhvN2K/u2t9fJ5BAIRW9\n\
NoN06ohNm62Q/+SLgw==\n\
";
