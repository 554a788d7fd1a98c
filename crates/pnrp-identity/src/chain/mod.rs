//! Certificate chains: who lets whom publish what. MS-PNRP §3.1.5.10.
//!
//! The owner of a secure name signs a certificate for another key, its holder may do the same in
//! turn, and the last key of the chain publishes. A [`ValidChain`] cannot be made but by
//! [`validate_chain`] and [`inspect_chain`].

mod arrange;
mod delegation;
mod error;
mod issue;

use pnrp_wire::{
    Authority, ByteOrder, CertChain, Classifier, FileTime, PeerName, PublicKey, Signature,
};

use crate::{
    certificate::{Certificate, CertificateKind},
    signature::{SignatureMismatch, Verifier},
};

pub use error::{ChainError, DelegateError};
pub use issue::{Delegation, delegate, self_signed_certificate};

use delegation::{check_list, is_delegated};

/// What a received CPA says, which its chain has to bear out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainClaim<'a> {
    /// BinaryAuthority of the CPA: the owner of the name.
    pub authority: Authority,
    /// The key in the CPA: the publisher.
    pub publisher: PublicKey,
    /// CLASSIFIER beside the CPA; empty when there is none.
    pub classifier: &'a Classifier,
}

/// A chain that passed every check of MS-PNRP §3.1.5.10 that applies to it.
///
/// It shows that the holder of [`authority`](Self::authority)'s key let the holder of
/// [`publisher`](Self::publisher) publish what [`permits`](Self::permits) says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidChain {
    /// The root first, at least one.
    certificates: Vec<Certificate>,
    /// The list of the last certificate.
    classifiers: Vec<Classifier>,
    authority: Authority,
    publisher: PublicKey,
    not_after: FileTime,
    encoded: Vec<u8>,
}

/// Checks that a chain lets the key of a CPA publish the CPA's name. MS-PNRP §3.1.5.10.
///
/// The twelve checks are made in the order of the specification, and then the signatures that
/// link the certificates, which it does not list.
///
/// # Errors
/// The first check that fails.
pub fn validate_chain(
    chain: &[u8],
    claim: &ChainClaim<'_>,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<ValidChain, ChainError> {
    validate(chain, Some(claim), now, verifier)
}

/// Checks all of a chain that does not depend on a CPA: all of MS-PNRP §3.1.5.10 but steps 9, 10
/// and 12.
///
/// # Errors
/// The first check that fails.
pub fn inspect_chain(
    chain: &[u8],
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<ValidChain, ChainError> {
    validate(chain, None, now, verifier)
}

fn validate(
    chain: &[u8],
    claim: Option<&ChainClaim<'_>>,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<ValidChain, ChainError> {
    let certificates = arrange::certificates(chain)?;
    let (Some(first), Some(last)) = (certificates.first(), certificates.last()) else {
        return Err(ChainError::Empty);
    };
    check_positions(&certificates)?;
    check_alternative_names(&certificates)?;
    check_times(&certificates, now)?;
    let lists = classifiers(&certificates)?;
    check_lists(&certificates, &lists)?;
    check_self_signed(first, verifier)?;
    check_root(first)?;
    if let Some(claim) = claim {
        check_keys(first, last, claim)?;
    }
    check_peer_name(first, last)?;
    let valid = ValidChain {
        classifiers: lists.last().cloned().unwrap_or_default(),
        authority: first.authority(),
        publisher: *last.public_key(),
        not_after: certificates
            .iter()
            .map(Certificate::not_after)
            .fold(FileTime(u64::MAX), FileTime::min),
        certificates,
        encoded: chain.to_vec(),
    };
    if let Some(claim) = claim.filter(|claim| !valid.permits(claim.classifier)) {
        return Err(ChainError::ClassifierNotDelegated {
            classifier: claim.classifier.clone(),
        });
    }
    check_links(&valid.certificates, verifier)?;
    Ok(valid)
}

impl ValidChain {
    /// The owner of the names.
    pub fn authority(&self) -> Authority {
        self.authority
    }

    /// The key that may publish them.
    pub fn publisher(&self) -> &PublicKey {
        &self.publisher
    }

    /// When the first of its certificates expires.
    pub fn not_after(&self) -> FileTime {
        self.not_after
    }

    /// The PKCS#7 container, as received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }

    /// The certificates, the root first.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The classifiers of the last certificate; empty when it is about all.
    pub fn classifiers(&self) -> &[Classifier] {
        &self.classifiers
    }

    /// Whether the publisher may publish a classifier. MS-PNRP §3.1.5.10 step 12.
    pub fn permits(&self, classifier: &Classifier) -> bool {
        let extends = self
            .certificates
            .last()
            .is_some_and(Certificate::extends_to_prefixes);
        is_delegated(&self.classifiers, extends, classifier)
    }
}

/// What MS-PNRP §2.2.3.5.1 says of the first certificate and of the others.
///
/// Whether the first is a root is step 8 of MS-PNRP §3.1.5.10, and so is checked later.
fn check_positions(certificates: &[Certificate]) -> Result<(), ChainError> {
    for (position, certificate) in numbered(certificates).skip(1) {
        let missing = |extension| ChainError::MissingExtension {
            position,
            extension,
        };
        if certificate.kind() != CertificateKind::Member {
            return Err(ChainError::SecondRoot { position });
        }
        let extensions = certificate.extensions();
        if extensions.roles.is_none() {
            return Err(missing("PnrpRole"));
        }
        if extensions.classifiers.is_none() {
            return Err(missing("PnrpClassifiersList"));
        }
    }
    Ok(())
}

/// MS-PNRP §3.1.5.10 step 3.
fn check_alternative_names(certificates: &[Certificate]) -> Result<(), ChainError> {
    for ((_, issuer), (position, certificate)) in pairs(certificates) {
        let names = (
            &issuer.extensions().subject_alt_name,
            &certificate.extensions().issuer_alt_name,
        );
        if !matches!(names, (Some(subject), Some(issuer)) if subject == issuer) {
            return Err(ChainError::NotLinked { position });
        }
    }
    Ok(())
}

/// MS-PNRP §3.1.5.10 step 4.
fn check_times(certificates: &[Certificate], now: FileTime) -> Result<(), ChainError> {
    for (position, certificate) in numbered(certificates) {
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        if now < not_before {
            return Err(ChainError::NotYetValid {
                position,
                not_before,
                now,
            });
        }
        // The time of a certificate is in seconds, and its last second belongs to it.
        if now.unix_seconds() > not_after.unix_seconds() {
            return Err(ChainError::Expired {
                position,
                not_after,
                now,
            });
        }
    }
    Ok(())
}

/// MS-PNRP §3.1.5.10 step 5.
fn classifiers(certificates: &[Certificate]) -> Result<Vec<Vec<Classifier>>, ChainError> {
    numbered(certificates)
        .map(|(position, certificate)| {
            certificate
                .classifiers()
                .map_err(|error| ChainError::BadClassifier { position, error })
        })
        .collect()
}

/// MS-PNRP §3.1.5.10 step 6.
fn check_lists(certificates: &[Certificate], lists: &[Vec<Classifier>]) -> Result<(), ChainError> {
    for ((_, delegator), (position, list)) in pairs(lists) {
        let certificate = certificates.get(position - 1);
        let extends = certificate.is_some_and(Certificate::extends_to_prefixes);
        check_list(delegator, extends, list).map_err(|classifier| ChainError::NotDelegated {
            position,
            classifier,
        })?;
    }
    Ok(())
}

/// MS-PNRP §3.1.5.10 step 7.
fn check_self_signed(first: &Certificate, verifier: &dyn Verifier) -> Result<(), ChainError> {
    let is_signed = verify(first.public_key(), first, verifier).is_ok();
    match first.issuer() == first.subject() && is_signed {
        true => Ok(()),
        false => Err(ChainError::NotSelfSigned),
    }
}

/// MS-PNRP §3.1.5.10 step 8.
fn check_root(first: &Certificate) -> Result<(), ChainError> {
    match first.kind() {
        CertificateKind::Root => Ok(()),
        CertificateKind::Member => Err(ChainError::NoRoot),
    }
}

/// MS-PNRP §3.1.5.10 steps 9 and 10; step 2 is how an authority is made from a key.
fn check_keys(
    first: &Certificate,
    last: &Certificate,
    claim: &ChainClaim<'_>,
) -> Result<(), ChainError> {
    if first.authority() != claim.authority {
        return Err(ChainError::OtherAuthority {
            found: first.authority(),
            expected: claim.authority,
        });
    }
    let publisher = claim.publisher.authority();
    if last.authority() != publisher {
        return Err(ChainError::OtherPublisher {
            found: last.authority(),
            expected: publisher,
        });
    }
    Ok(())
}

/// MS-PNRP §3.1.5.10 step 11, and the syntax of the name, MS-PNRP §2.2.3.5.1.3.
fn check_peer_name(first: &Certificate, last: &Certificate) -> Result<(), ChainError> {
    let Some(name) = last.peer_name() else {
        return Err(ChainError::NoPeerName);
    };
    PeerName::from_utf16(name.units()).map_err(ChainError::BadPeerName)?;
    match first.peer_name() == Some(name) {
        true => Ok(()),
        false => Err(ChainError::OtherPeerName {
            found: name.to_string(),
        }),
    }
}

/// Every certificate but the first is signed by the key of the one before it.
fn check_links(certificates: &[Certificate], verifier: &dyn Verifier) -> Result<(), ChainError> {
    for ((_, issuer), (position, certificate)) in pairs(certificates) {
        verify(issuer.public_key(), certificate, verifier)
            .map_err(|mismatch| ChainError::Signature { position, mismatch })?;
    }
    Ok(())
}

/// X.509 knows one order of a signature, so the other does not count.
fn verify(
    key: &PublicKey,
    certificate: &Certificate,
    verifier: &dyn Verifier,
) -> Result<(), SignatureMismatch> {
    let signature: &Signature = certificate.signature();
    match verifier.verify(key, certificate.signed_bytes(), signature)? {
        ByteOrder::BigEndian => Ok(()),
        ByteOrder::LittleEndian => Err(SignatureMismatch::NeitherOrder),
    }
}

/// Items and their positions, counted from 1 as the specification does.
fn numbered<T>(items: &[T]) -> impl Iterator<Item = (usize, &T)> {
    (1..).zip(items)
}

/// Each item with the one after it.
fn pairs<T>(items: &[T]) -> impl Iterator<Item = ((usize, &T), (usize, &T))> {
    numbered(items).zip(numbered(items).skip(1))
}

/// Takes the container apart. MS-PNRP §3.1.5.10 step 1.
fn open(chain: &[u8]) -> Result<Vec<Certificate>, ChainError> {
    let container = CertChain::decode(chain).map_err(ChainError::Container)?;
    numbered(container.certificates())
        .map(|(position, der)| {
            Certificate::from_der(der).map_err(|error| ChainError::Certificate { position, error })
        })
        .collect()
}

#[cfg(test)]
mod tests;
