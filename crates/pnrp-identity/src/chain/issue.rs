//! Making chains: a root certificate, and certificates for delegates. MS-PNRP §2.2.3.5.

use pnrp_wire::{CertChain, Classifier, FileTime, PublicKey};

use super::{ChainError, DelegateError, arrange, delegation::check_list};
use crate::{
    certificate::{Certificate, CertificateKind, Extensions, Role, Subject, Text, issue},
    signature::{SignError, Signer},
};

/// What the holder of one key lets the holder of another do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The other key.
    pub to: PublicKey,
    /// The classifiers it is about; every one when there are none.
    pub classifiers: Vec<Classifier>,
    /// What the delegate may do with them.
    pub role: Role,
    /// From when it holds, to the second.
    pub not_before: FileTime,
    /// Until when it holds, to the second.
    pub not_after: FileTime,
}

/// Signs a certificate for a delegate, and returns the chain that the delegate publishes with.
///
/// `chain` is the one by which the signer itself is a delegate; without one, the signer delegates
/// names of its own authority, and the chain starts with a certificate of its own key.
///
/// # Errors
/// When the signer may not delegate this, the chain becomes too long, or signing fails.
pub fn delegate(
    signer: &dyn Signer,
    chain: Option<&CertChain>,
    delegation: &Delegation,
) -> Result<CertChain, DelegateError> {
    if delegation.not_after <= delegation.not_before {
        return Err(DelegateError::NoTime);
    }
    PublicKey::from_der(&delegation.to.0).map_err(DelegateError::Key)?;
    let mut ders = match chain {
        Some(chain) => chain.certificates().to_vec(),
        None => vec![self_signed_certificate(
            signer,
            delegation.not_before,
            delegation.not_after,
        )?],
    };
    let container = CertChain::new(ders.clone()).map_err(DelegateError::TooLong)?;
    let certificates = arrange::certificates(&container.encode())?;
    let (Some(first), Some(last)) = (certificates.first(), certificates.last()) else {
        return Err(ChainError::Empty.into());
    };
    check_right(last, certificates.len(), signer, delegation)?;
    // Whoever sent it may have had another order; what is made has the root first.
    ders.sort_by_cached_key(|der| {
        let position = |certificate| certificates.iter().position(|other| *other == certificate);
        Certificate::from_der(der).ok().and_then(position)
    });
    ders.push(issue(&member(first, last, delegation), signer)?);
    CertChain::new(ders).map_err(DelegateError::TooLong)
}

/// A certificate of the signer's own key: the root of its chains, and what Windows keeps with an
/// identity. MS-PNRP §2.2.3.5.
///
/// It restricts no classifier. Its names are the authority, which is all there is to say of a key.
///
/// # Errors
/// When the signer fails.
pub fn self_signed_certificate(
    signer: &dyn Signer,
    not_before: FileTime,
    not_after: FileTime,
) -> Result<Vec<u8>, SignError> {
    let public_key = signer.public_key();
    let name = Text::new(&public_key.authority().to_string());
    let subject = Subject {
        issuer: name.clone(),
        subject: name.clone(),
        public_key,
        not_before,
        not_after,
        extensions: Extensions {
            kind: CertificateKind::Root,
            subject_alt_name: Some(name.clone()),
            issuer_alt_name: Some(name),
            peer_name: Some(Text::new(&format!("{}.", public_key.authority()))),
            roles: None,
            classifiers: Some(Vec::new()),
        },
    };
    issue(&subject, signer)
}

/// A signer can delegate what a validator would accept from it, and nothing else.
fn check_right(
    last: &Certificate,
    position: usize,
    signer: &dyn Signer,
    delegation: &Delegation,
) -> Result<(), DelegateError> {
    let signer = signer.public_key();
    if *last.public_key() != signer {
        return Err(DelegateError::OtherSigner {
            found: last.authority(),
            signer: signer.authority(),
        });
    }
    let delegator = last
        .classifiers()
        .map_err(|error| ChainError::BadClassifier { position, error })?;
    let extends = delegation.role.extends_to_prefixes();
    check_list(&delegator, extends, &delegation.classifiers).map_err(DelegateError::NotDelegated)
}

fn member(first: &Certificate, last: &Certificate, delegation: &Delegation) -> Subject {
    let name = Text::new(&delegation.to.authority().to_string());
    let classifiers = delegation.classifiers.iter();
    Subject {
        issuer: last.subject().clone(),
        subject: name.clone(),
        public_key: delegation.to,
        not_before: delegation.not_before,
        not_after: delegation.not_after,
        extensions: Extensions {
            kind: CertificateKind::Member,
            subject_alt_name: Some(name),
            issuer_alt_name: last.extensions().subject_alt_name.clone(),
            peer_name: first.peer_name().cloned(),
            roles: Some(vec![delegation.role]),
            classifiers: Some(
                classifiers
                    .map(|classifier| Text::from_utf16(classifier.units().to_vec()))
                    .collect(),
            ),
        },
    }
}
