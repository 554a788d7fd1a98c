//! Certificate Chain: the PKCS#7 container around X.509 certificates. MS-PNRP §2.2.3.5.
//!
//! ```text
//! SEQUENCE
//!   OID signedData
//!   [0] SEQUENCE                          SignedData, RFC 2315 §9.1
//!         INTEGER 1
//!         SET                             digestAlgorithms: empty
//!         SEQUENCE OID data               contentInfo, without content
//!         [0] certificates ...            in the order of the chain, root first
//!         [1] crls                        never sent
//!         SET                             signerInfos: empty
//! ```
//!
//! Owns the container only; what is inside a certificate is for `pnrp-identity`.

mod der;

use crate::{
    DecodeError, InvalidValue,
    limits::MAX_CERTIFICATES,
    reader::{Reader, wide},
};
use der::{
    CONTEXT_0, CONTEXT_1, INTEGER, OBJECT_ID, SEQUENCE, SET, element, is_next, value, whole_element,
};

/// The certificates that lead from the owner of a name to the key that publishes it.
///
/// Formally a SET, which DER would sort; here the order is kept in both directions, because a
/// chain is checked from one certificate to the next. MS-PNRP §3.1.5.10.
///
/// Decoding accepts every definite length, and passes over what a chain has no use for: digest
/// algorithms, content, revocation lists and signers. Encoding leaves all of these out, so a chain
/// is encoded to the bytes it came in only if it came without them. The bytes of the certificates
/// never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertChain {
    certificates: Vec<Vec<u8>>,
}

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.7.1
const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// SignedData as PKCS#7 v1.5 numbers it.
const VERSION: &[u8] = &[1];

const CONTENT_TYPE: &str = "CERT_CHAIN.contentType";
const CONTENT: &str = "CERT_CHAIN.content";
const SIGNED_DATA_VERSION: &str = "CERT_CHAIN.version";
const DIGEST_ALGORITHMS: &str = "CERT_CHAIN.digestAlgorithms";
const CONTENT_INFO: &str = "CERT_CHAIN.contentInfo";
const CERTIFICATES: &str = "CERT_CHAIN.certificates";
const CRLS: &str = "CERT_CHAIN.crls";
const SIGNER_INFOS: &str = "CERT_CHAIN.signerInfos";

impl CertChain {
    /// Takes 1 to 25 certificates, the root first.
    ///
    /// # Errors
    /// When there are none, or more, or when one is not a single DER SEQUENCE.
    pub fn new(certificates: Vec<Vec<u8>>) -> Result<Self, InvalidValue> {
        let invalid = |reason| InvalidValue {
            field: CERTIFICATES,
            reason,
        };
        if !(1..=MAX_CERTIFICATES).contains(&certificates.len()) {
            return Err(invalid("must be from 1 to 25"));
        }
        if !certificates
            .iter()
            .all(|certificate| is_sequence(certificate))
        {
            return Err(invalid("must each be one DER SEQUENCE"));
        }
        Ok(Self { certificates })
    }

    /// The certificates, each in DER, in the order of the chain.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// Decodes what a CERT_CHAIN element holds.
    ///
    /// # Errors
    /// When the bytes are not a PKCS#7 v1.5 SignedData of 1 to 25 certificates.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(bytes);
        let mut message = Reader::new(element(&mut outer, SEQUENCE, "CERT_CHAIN")?);
        outer.finish("CERT_CHAIN")?;
        expect(
            &mut message,
            OBJECT_ID,
            SIGNED_DATA,
            CONTENT_TYPE,
            "signedData",
        )?;
        let mut explicit = Reader::new(element(&mut message, CONTEXT_0, CONTENT)?);
        message.finish(CONTENT)?;
        let mut signed_data = Reader::new(element(&mut explicit, SEQUENCE, CONTENT)?);
        explicit.finish(CONTENT)?;
        decode_signed_data(&mut signed_data)
    }

    /// Encodes a SignedData of the certificates and nothing else, in definite lengths.
    pub fn encode(&self) -> Vec<u8> {
        let signed_data = [
            value(INTEGER, VERSION),
            value(SET, &[]),
            value(SEQUENCE, &value(OBJECT_ID, DATA)),
            value(CONTEXT_0, &self.certificates.concat()),
            value(SET, &[]),
        ];
        let content = value(CONTEXT_0, &value(SEQUENCE, &signed_data.concat()));
        value(SEQUENCE, &[value(OBJECT_ID, SIGNED_DATA), content].concat())
    }
}

fn decode_signed_data(r: &mut Reader<'_>) -> Result<CertChain, DecodeError> {
    expect(r, INTEGER, VERSION, SIGNED_DATA_VERSION, "1")?;
    element(r, SET, DIGEST_ALGORITHMS)?;
    let mut content_info = Reader::new(element(r, SEQUENCE, CONTENT_INFO)?);
    expect(&mut content_info, OBJECT_ID, DATA, CONTENT_INFO, "data")?;
    if is_next(&content_info, CONTEXT_0) {
        element(&mut content_info, CONTEXT_0, CONTENT_INFO)?;
    }
    content_info.finish(CONTENT_INFO)?;
    let certificates = decode_certificates(element(r, CONTEXT_0, CERTIFICATES)?)?;
    if is_next(r, CONTEXT_1) {
        element(r, CONTEXT_1, CRLS)?;
    }
    element(r, SET, SIGNER_INFOS)?;
    r.finish("CERT_CHAIN")?;
    Ok(CertChain { certificates })
}

/// Decodes at most 25 certificates, and looks at no more.
fn decode_certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
    let mut r = Reader::new(bytes);
    let mut certificates = Vec::new();
    while r.left() > 0 && certificates.len() <= MAX_CERTIFICATES {
        certificates.push(whole_element(&mut r, SEQUENCE, CERTIFICATES)?);
    }
    if !(1..=MAX_CERTIFICATES).contains(&certificates.len()) {
        return Err(DecodeError::BadValue {
            field: CERTIFICATES,
            value: wide(certificates.len()),
        });
    }
    Ok(certificates.into_iter().map(<[u8]>::to_vec).collect())
}

/// Decodes an element that has one legal content.
fn expect(
    r: &mut Reader<'_>,
    tag: u8,
    legal: &[u8],
    field: &'static str,
    expected: &'static str,
) -> Result<(), DecodeError> {
    if element(r, tag, field)? == legal {
        Ok(())
    } else {
        Err(DecodeError::BadContent { field, expected })
    }
}

fn is_sequence(bytes: &[u8]) -> bool {
    let mut r = Reader::new(bytes);
    element(&mut r, SEQUENCE, CERTIFICATES).is_ok() && r.left() == 0
}

#[cfg(test)]
mod tests;
