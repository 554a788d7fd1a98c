//! Chains as people see them.

use std::time::{Duration, UNIX_EPOCH};

use pnrp_identity::{Certificate, RsaVerifier, ValidChain, inspect_chain};
use pnrp_wire::{CertChain, Classifier, FileTime};

use super::now;
use crate::{CertificateInfo, Chain, ChainInfo, Error, model::units};

const BEGIN: &str = "-----BEGIN PKCS7-----";
const END: &str = "-----END PKCS7-----";
const LINE: usize = 64;

impl Chain {
    /// Reads a chain from a file's content: PEM or DER.
    ///
    /// # Errors
    /// When it is neither.
    pub fn from_file(content: &[u8]) -> Result<Self, Error> {
        let der = match str::from_utf8(content).ok().and_then(body) {
            Some(base64) => units::from_base64(&base64)
                .ok_or_else(|| refused("its PEM is not base64; copy the whole file again"))?,
            None => content.to_vec(),
        };
        CertChain::decode(&der)
            .map_err(|error| refused(&format!("{error}; give a file of `pnrp delegate`")))?;
        Ok(Self(der))
    }

    /// The chain as PEM, which openssl reads: `openssl pkcs7 -print_certs`.
    pub fn to_pem(&self) -> String {
        let base64 = units::to_base64(&self.0);
        let mut pem = format!("{BEGIN}\n");
        for line in base64.as_bytes().chunks(LINE) {
            pem.extend(line.iter().copied().map(char::from));
            pem.push('\n');
        }
        pem + END + "\n"
    }

    /// What the chain says, valid or not.
    ///
    /// # Errors
    /// When a certificate in it cannot be read.
    pub fn show(&self) -> Result<ChainInfo, Error> {
        let container = CertChain::decode(&self.0)
            .map_err(|error| refused(&format!("{error}; give another file")))?;
        let mut certificates = Vec::new();
        for (position, der) in (1..).zip(container.certificates()) {
            let certificate = Certificate::from_der(der).map_err(|error| {
                refused(&format!("certificate {position}: {error}; make it again"))
            })?;
            certificates.push(certificate);
        }
        let (first, last) = (certificates.first(), certificates.last());
        Ok(ChainInfo {
            authority: first
                .map(|first| first.authority().to_string())
                .unwrap_or_default(),
            publisher: last
                .map(|last| last.authority().to_string())
                .unwrap_or_default(),
            certificates: certificates.iter().map(certificate_info).collect(),
        })
    }

    /// Checks all of the chain that does not depend on a name, now. MS-PNRP §3.1.5.10.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(&self) -> Result<ChainInfo, Error> {
        let valid = self.valid()?;
        Ok(ChainInfo {
            authority: valid.authority().to_string(),
            publisher: valid.publisher().authority().to_string(),
            certificates: valid.certificates().iter().map(certificate_info).collect(),
        })
    }

    /// Whether the chain, valid now, lets its last key publish a classifier.
    ///
    /// # Errors
    /// When the chain does not hold, or the text is no classifier.
    pub fn permits(&self, classifier: &str) -> Result<bool, Error> {
        let parsed = classifier.parse::<Classifier>();
        let classifier = parsed.map_err(|error| Error::invalid_name(classifier, &error))?;
        Ok(self.valid()?.permits(&classifier))
    }

    pub(crate) fn valid(&self) -> Result<ValidChain, Error> {
        inspect_chain(&self.0, now(), &RsaVerifier)
            .map_err(|error| refused(&format!("{error}; ask its issuer for another")))
    }
}

fn certificate_info(certificate: &Certificate) -> CertificateInfo {
    let serial = certificate.serial_number().iter();
    CertificateInfo {
        subject: certificate.authority().to_string(),
        serial_number: serial.map(|byte| format!("{byte:02x}")).collect(),
        roles: certificate
            .roles()
            .iter()
            .map(ToString::to_string)
            .collect(),
        classifiers: certificate
            .classifiers()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect(),
        not_before: time_text(certificate.not_before()),
        not_after: time_text(certificate.not_after()),
    }
}

fn time_text(time: FileTime) -> String {
    units::rfc3339::text(UNIX_EPOCH + Duration::from_secs(time.unix_seconds()))
}

/// The base64 between the lines of PEM; `None` when there are none.
fn body(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    Some(body.split_whitespace().collect())
}

fn refused(reason: &str) -> Error {
    Error::InvalidChain {
        reason: reason.to_owned(),
    }
}
