//! Writing a PKCS#12 in the schemes of the time of PNRP: SHA-1 with three-key triple DES.
//!
//! Systems of that time are not known to read any later one; none was there to try. So the
//! password is the weakest part: [`ITERATIONS`] hashes are spent on a guess.

use cbc::cipher::{BlockEncryptMut, KeyIvInit, block_padding::Pkcs7};
use des::TdesEde3;
use hmac::{Hmac, Mac};
use pkcs8::{
    ObjectIdentifier,
    der::{
        self, Encode, Tag, TagNumber,
        asn1::{AnyRef, Null, OctetStringRef},
    },
};
use rsa::rand_core::{OsRng, RngCore};
use sha1::Sha1;

use super::{
    CERTIFICATE_BAG, DATA, ENCRYPTED_DATA, ENCRYPTED_KEY_BAG, LOCAL_KEY_ID, SHA1, X509_CERTIFICATE,
};
use crate::export::{
    ExportError,
    decryption::SHA1_TRIPLE_DES,
    kdf::{self, Purpose},
    password::Password,
};

/// Writes a key, as PKCS#8, and the certificate for it.
pub(in crate::export) fn write(
    key: &[u8],
    certificate: &[u8],
    password: &Password<'_>,
) -> Result<Vec<u8>, ExportError> {
    let encrypted_key = encrypt(key, password)?;
    let certificate_bag = certificate_bag(certificate).map_err(failed)?;
    let encrypted_certificate = encrypt(&certificate_bag, password)?;
    let safe = safe(&encrypted_key, &encrypted_certificate).map_err(failed)?;
    let (salt, mac) = mac(&safe, password)?;
    outer(&safe, &salt, &mac).map_err(failed)
}

/// What was encrypted, and the algorithm identifier that says how.
pub(super) struct Encrypted {
    pub(super) algorithm: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn encrypt(plain: &[u8], password: &Password<'_>) -> Result<Encrypted, ExportError> {
    let salt = random_salt();
    let derive =
        |purpose, length| kdf::derive::<Sha1>(password.bmp(), &salt, purpose, ITERATIONS, length);
    let (key, iv) = (derive(Purpose::Key, 24), derive(Purpose::Iv, 8));
    let cipher =
        cbc::Encryptor::<TdesEde3>::new_from_slices(&key, &iv).map_err(ExportError::encryption)?;
    let parameters = octets(&salt).and_then(|salt| sequence(&[&salt, &ITERATIONS.to_der()?]));
    let algorithm = parameters.and_then(|it| sequence(&[&SHA1_TRIPLE_DES.to_der()?, &it]));
    Ok(Encrypted {
        algorithm: algorithm.map_err(failed)?,
        bytes: cipher.encrypt_padded_vec_mut::<Pkcs7>(plain),
    })
}

/// SafeContents with one certificate.
pub(super) fn certificate_bag(certificate: &[u8]) -> der::Result<Vec<u8>> {
    let value = tagged(0, &octets(certificate)?)?;
    let value = sequence(&[&X509_CERTIFICATE.to_der()?, &value])?;
    safe_contents(CERTIFICATE_BAG, &value)
}

/// SafeContents with one bag.
pub(super) fn safe_contents(kind: ObjectIdentifier, value: &[u8]) -> der::Result<Vec<u8>> {
    let values = element(Tag::Set, &[&octets(&KEY_NUMBER)?])?;
    let key_number = sequence(&[&LOCAL_KEY_ID.to_der()?, &values])?;
    let attributes = element(Tag::Set, &[&key_number])?;
    let bag = sequence(&[&kind.to_der()?, &tagged(0, value)?, &attributes])?;
    sequence(&[&bag])
}

/// AuthenticatedSafe: the key, then the certificate.
fn safe(key: &Encrypted, certificate: &Encrypted) -> der::Result<Vec<u8>> {
    let key = sequence(&[&key.algorithm, &octets(&key.bytes)?])?;
    let key = octets(&safe_contents(ENCRYPTED_KEY_BAG, &key)?)?;
    let implicit = Tag::ContextSpecific {
        constructed: false,
        number: TagNumber::N0,
    };
    let certificate = sequence(&[
        &DATA.to_der()?,
        &certificate.algorithm,
        &element(implicit, &[&certificate.bytes])?,
    ])?;
    let certificate = sequence(&[&0_u8.to_der()?, &certificate])?;
    sequence(&[
        &content(DATA, &key)?,
        &content(ENCRYPTED_DATA, &certificate)?,
    ])
}

pub(super) fn mac(
    safe: &[u8],
    password: &Password<'_>,
) -> Result<([u8; 20], Vec<u8>), ExportError> {
    let salt = random_salt();
    let key = kdf::derive::<Sha1>(password.bmp(), &salt, Purpose::Mac, ITERATIONS, 20);
    let mac = <Hmac<Sha1> as Mac>::new_from_slice(&key).map_err(ExportError::encryption)?;
    let mac = mac.chain_update(safe).finalize().into_bytes();
    Ok((salt, mac.to_vec()))
}

pub(super) fn outer(safe: &[u8], salt: &[u8], mac: &[u8]) -> der::Result<Vec<u8>> {
    let algorithm = sequence(&[&SHA1.to_der()?, &Null.to_der()?])?;
    let digest = sequence(&[&algorithm, &octets(mac)?])?;
    let mac = sequence(&[&digest, &octets(salt)?, &ITERATIONS.to_der()?])?;
    sequence(&[&3_u8.to_der()?, &content(DATA, &octets(safe)?)?, &mac])
}

/// A PKCS#7 ContentInfo.
pub(super) fn content(kind: ObjectIdentifier, content: &[u8]) -> der::Result<Vec<u8>> {
    sequence(&[&kind.to_der()?, &tagged(0, content)?])
}

pub(super) fn sequence(parts: &[&[u8]]) -> der::Result<Vec<u8>> {
    element(Tag::Sequence, parts)
}

pub(super) fn octets(bytes: &[u8]) -> der::Result<Vec<u8>> {
    OctetStringRef::new(bytes)?.to_der()
}

fn tagged(number: u8, content: &[u8]) -> der::Result<Vec<u8>> {
    let tag = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber::new(number),
    };
    element(tag, &[content])
}

fn element(tag: Tag, parts: &[&[u8]]) -> der::Result<Vec<u8>> {
    AnyRef::new(tag, &parts.concat())?.to_der()
}

fn random_salt() -> [u8; 20] {
    let mut salt = [0; 20];
    OsRng.fill_bytes(&mut salt);
    salt
}

fn failed(error: der::Error) -> ExportError {
    ExportError::encryption(error)
}

/// The usual count of that time.
const ITERATIONS: u32 = 2_000;
/// Says that key and certificate belong together.
const KEY_NUMBER: [u8; 4] = [1, 0, 0, 0];
