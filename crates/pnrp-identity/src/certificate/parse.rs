//! Reading a certificate, rule by rule. MS-PNRP §2.2.3.5.

use std::time::UNIX_EPOCH;

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{BitStringRef, GeneralizedTime, IntRef, ObjectIdentifier, UtcTime},
};
use pnrp_wire::{FileTime, PublicKey, Signature};
use rsa::{RsaPublicKey, pkcs1::DecodeRsaPublicKey, traits::PublicKeyParts};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::{
    Certificate, CertificateError as Error, Text,
    der::{SEQUENCE, any, context, name_text, only},
    extensions,
    text::MAX_NAME,
};

/// sha1WithRSAEncryption
pub(super) const SHA1_WITH_RSA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
/// rsaEncryption
pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// Version 3 as it is written.
const VERSION_3: u64 = 2;
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;

type Raw<'a> = (&'a [u8], AlgorithmIdentifierRef<'a>, BitStringRef<'a>);

pub(super) fn certificate(bytes: &[u8]) -> Result<Certificate, Error> {
    let (signed, algorithm, signature) = outer(bytes).map_err(Error::Malformed)?;
    let content = only(signed, SEQUENCE).ok_or_else(malformed)?;
    let mut reader = SliceReader::new(content).map_err(Error::Malformed)?;
    let certificate = signed_part(&mut reader, signed)?;
    check_algorithm(&algorithm)?;
    let signature = signature.as_bytes().and_then(|data| data.try_into().ok());
    Ok(Certificate {
        signature: Signature(signature.ok_or_else(malformed)?),
        ..certificate
    })
}

/// What is signed, with what, and the signature.
fn outer(bytes: &[u8]) -> der::Result<Raw<'_>> {
    let mut reader = SliceReader::new(bytes)?;
    let parts = reader.sequence(|inner| {
        let signed = inner.tlv_bytes()?;
        Ok((signed, inner.decode()?, inner.decode()?))
    })?;
    reader.finish(parts)
}

/// The certificate, without its signature.
fn signed_part(reader: &mut SliceReader<'_>, signed: &[u8]) -> Result<Certificate, Error> {
    check_version(reader)?;
    let serial: IntRef<'_> = reader.decode().map_err(Error::Malformed)?;
    let serial = serial.as_bytes();
    let serial_number = serial.try_into().map_err(|_| Error::SerialNumber {
        found: serial.len(),
    })?;
    let algorithm: AlgorithmIdentifierRef<'_> = reader.decode().map_err(Error::Malformed)?;
    check_algorithm(&algorithm)?;
    let issuer = name(reader, "issuer")?;
    let (not_before, not_after) = validity(reader).map_err(Error::Malformed)?;
    let subject = name(reader, "subject")?;
    let public_key = public_key(reader)?;
    let extensions = extensions::decode(rest(reader)?)?;
    Ok(Certificate {
        serial_number,
        issuer,
        subject,
        not_before,
        not_after,
        public_key,
        extensions,
        signed: signed.to_vec(),
        signature: Signature([0; SIGNATURE_LEN]),
    })
}

/// A certificate without a version has version 1.
fn check_version(reader: &mut SliceReader<'_>) -> Result<(), Error> {
    let version = if reader.peek_byte() == Some(context(0)) {
        let (_, content) = any(reader).map_err(Error::Malformed)?;
        u64::from_der(content).map_err(Error::Malformed)?
    } else {
        0
    };
    match version {
        VERSION_3 => Ok(()),
        other => Err(Error::Version {
            found: other.saturating_add(1),
        }),
    }
}

/// The parameters are NULL; nothing else stands where no signature covers it.
fn check_algorithm(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), Error> {
    if algorithm.oid != SHA1_WITH_RSA {
        return Err(Error::Algorithm {
            found: algorithm.oid.to_string(),
        });
    }
    match algorithm.parameters {
        Some(parameters) if !parameters.is_null() => Err(malformed()),
        _ => Ok(()),
    }
}

fn name(reader: &mut SliceReader<'_>, field: &'static str) -> Result<Text, Error> {
    let (tag, content) = any(reader).map_err(Error::Malformed)?;
    let text = (tag == SEQUENCE).then(|| name_text(content)).flatten();
    bounded(text.ok_or(Error::UnreadableName(field))?, field)
}

/// A name of at most 255 characters.
pub(super) fn bounded(text: Text, field: &'static str) -> Result<Text, Error> {
    match text.units().len() {
        0..=MAX_NAME => Ok(text),
        found => Err(Error::NameTooLong { field, found }),
    }
}

fn validity(reader: &mut SliceReader<'_>) -> der::Result<(FileTime, FileTime)> {
    reader.sequence(|inner| Ok((time(inner)?, time(inner)?)))
}

fn time<'a>(reader: &mut impl Reader<'a>) -> der::Result<FileTime> {
    let since_1970 = if reader.peek_tag()? == Tag::UtcTime {
        UtcTime::decode(reader)?.to_unix_duration()
    } else {
        GeneralizedTime::decode(reader)?.to_unix_duration()
    };
    Ok(FileTime::from_system_time(UNIX_EPOCH).plus(since_1970))
}

/// MS-PNRP §2.2.3.1.4, in the encoding of X.509.
fn public_key(reader: &mut SliceReader<'_>) -> Result<PublicKey, Error> {
    let info: SubjectPublicKeyInfoRef<'_> = reader.decode().map_err(Error::Malformed)?;
    let key = info.subject_public_key.as_bytes().ok_or(Error::Key)?;
    if info.algorithm.oid != RSA {
        return Err(Error::Key);
    }
    PublicKey::from_der(key).map_err(|_| match RsaPublicKey::from_pkcs1_der(key) {
        Ok(other) if other.n().bits() != KEY_BITS => Error::KeySize {
            bits: other.n().bits(),
        },
        _ => Error::Key,
    })
}

/// What follows the key: unique identifiers, which there must not be, and the extensions.
fn rest<'a>(reader: &mut SliceReader<'a>) -> Result<Option<&'a [u8]>, Error> {
    let mut extensions = None;
    while !reader.is_finished() {
        match any(reader).map_err(Error::Malformed)? {
            (ISSUER_UNIQUE_ID, _) => return Err(Error::UniqueId("the issuer")),
            (SUBJECT_UNIQUE_ID, _) => return Err(Error::UniqueId("the subject")),
            (tag, content) if tag == context(3) && extensions.is_none() => {
                extensions = Some(content);
            }
            _ => return Err(malformed()),
        }
    }
    Ok(extensions)
}

fn malformed() -> Error {
    Error::Malformed(der::ErrorKind::Failed.into())
}

const KEY_BITS: usize = 1_024;
const SIGNATURE_LEN: usize = pnrp_wire::limits::SIGNATURE_LEN;
