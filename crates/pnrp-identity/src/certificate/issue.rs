//! Writing and signing a certificate. MS-PNRP §2.2.3.5.

use std::time::Duration;

use der::{
    Encode,
    asn1::{GeneralizedTime, UtcTime},
};
use pnrp_wire::{FileTime, PublicKey};
use rsa::rand_core::{OsRng, RngCore};

use super::{
    Extensions, Text,
    der::{BIT_STRING, INTEGER, SEQUENCE, context, element, name, object_id},
    extensions,
    parse::{RSA, SHA1_WITH_RSA},
};
use crate::signature::{SignError, Signer};

/// What a certificate is to say.
pub(crate) struct Subject {
    pub(crate) issuer: Text,
    pub(crate) subject: Text,
    pub(crate) public_key: PublicKey,
    pub(crate) not_before: FileTime,
    pub(crate) not_after: FileTime,
    pub(crate) extensions: Extensions,
}

/// Writes a certificate in DER, signed by its issuer.
///
/// # Errors
/// When the signer fails, or a time is past the year 9999.
pub(crate) fn issue(subject: &Subject, issuer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let signed = signed_part(subject, &serial_number())?;
    let signature = issuer.sign(&signed)?;
    // No bit of the last byte is unused.
    let bits = [&[0], signature.0.as_slice()].concat();
    let parts = [signed, algorithm(SHA1_WITH_RSA), element(BIT_STRING, &bits)];
    Ok(element(SEQUENCE, &parts.concat()))
}

fn signed_part(subject: &Subject, serial: &[u8; 16]) -> Result<Vec<u8>, SignError> {
    let version = element(context(0), &element(INTEGER, &[2]));
    let validity = [time(subject.not_before)?, time(subject.not_after)?];
    let key = [&[0], subject.public_key.0.as_slice()].concat();
    let key = [algorithm(RSA), element(BIT_STRING, &key)];
    let parts = [
        version,
        element(INTEGER, serial),
        algorithm(SHA1_WITH_RSA),
        name(&subject.issuer),
        element(SEQUENCE, &validity.concat()),
        name(&subject.subject),
        element(SEQUENCE, &key.concat()),
        element(context(3), &extensions::encode(&subject.extensions)),
    ];
    Ok(element(SEQUENCE, &parts.concat()))
}

/// An identifier with the parameter NULL.
fn algorithm(id: der::asn1::ObjectIdentifier) -> Vec<u8> {
    const NULL: [u8; 2] = [0x05, 0x00];
    element(SEQUENCE, &[object_id(id), NULL.to_vec()].concat())
}

/// UTCTime up to 2049, as RFC 2459 §4.1.2.5 has it.
fn time(time: FileTime) -> Result<Vec<u8>, SignError> {
    let since_1970 = Duration::from_secs(time.unix_seconds());
    let encoded = UtcTime::from_unix_duration(since_1970)
        .and_then(|time| time.to_der())
        .or_else(|_| GeneralizedTime::from_unix_duration(since_1970)?.to_der());
    encoded.map_err(|error| SignError::Key(Box::new(error)))
}

/// Positive, and exactly 16 bytes: neither may the first bit be set nor the first byte be zero.
fn serial_number() -> [u8; 16] {
    let mut serial = [0; 16];
    OsRng.fill_bytes(&mut serial);
    let [first, ..] = &mut serial;
    *first = *first & 0x7F | 0x40;
    serial
}
