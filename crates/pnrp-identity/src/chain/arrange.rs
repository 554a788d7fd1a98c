//! The certificates of a chain in their order.
//!
//! PKCS#7 calls them a set, so the order on the wire promises nothing. It is taken as it is when
//! it fits; otherwise the root comes first, and after each certificate the one that names it as
//! its issuer. An order that no names bear out stays, and fails the checks.

use super::{ChainError, open};
use crate::certificate::{Certificate, CertificateKind};

/// Reads the certificates of a chain, the root first, each used once.
pub(super) fn certificates(chain: &[u8]) -> Result<Vec<Certificate>, ChainError> {
    let mut left = open(chain)?;
    for (index, certificate) in left.iter().enumerate() {
        if left.iter().take(index).any(|other| other == certificate) {
            return Err(ChainError::Repeated {
                position: index + 1,
            });
        }
    }
    let root = left.iter().position(is_root).unwrap_or(0);
    let mut arranged: Vec<Certificate> = Vec::with_capacity(left.len());
    let mut next = root;
    while !left.is_empty() {
        let certificate = left.remove(next);
        next = left
            .iter()
            .position(|candidate| names_as_issuer(candidate, &certificate))
            .unwrap_or(0);
        arranged.push(certificate);
    }
    Ok(arranged)
}

fn is_root(certificate: &Certificate) -> bool {
    certificate.kind() == CertificateKind::Root && certificate.issuer() == certificate.subject()
}

fn names_as_issuer(certificate: &Certificate, issuer: &Certificate) -> bool {
    let name = &issuer.extensions().subject_alt_name;
    name.is_some() && certificate.extensions().issuer_alt_name == *name
}
