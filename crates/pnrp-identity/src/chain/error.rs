//! Why a chain proves nothing, and why one cannot be made.

use pnrp_wire::{Authority, Classifier, DecodeError, FileTime, InvalidValue, PeerNameError};
use thiserror::Error;

use crate::{
    certificate::CertificateError,
    signature::{SignError, SignatureMismatch},
};

/// The first check of MS-PNRP §3.1.5.10 that a chain failed. Positions are counted from 1, the
/// root.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChainError {
    /// Step 1: the PKCS#7 container is malformed, or has more than 25 certificates.
    #[error("the chain is malformed: {0}")]
    Container(DecodeError),
    /// Step 1: it has no certificate.
    #[error("the chain has no certificate")]
    Empty,
    /// Step 1: a certificate breaks a rule of its own; the position is that in the container.
    #[error("certificate {position} cannot be used: {error}")]
    Certificate {
        /// Which certificate.
        position: usize,
        /// What is wrong with it.
        error: CertificateError,
    },
    /// Step 1: a certificate is in the container twice.
    #[error("certificate {position} is there twice")]
    Repeated {
        /// Where its second copy is in the container.
        position: usize,
    },
    /// Step 1: a certificate after the first says that it is a root.
    #[error("certificate {position} is a second root")]
    SecondRoot {
        /// Which certificate.
        position: usize,
    },
    /// Step 1: a certificate after the first lacks what all but the first have.
    #[error("certificate {position} has no {extension}")]
    MissingExtension {
        /// Which certificate.
        position: usize,
        /// Which extension.
        extension: &'static str,
    },
    /// Step 3: the issuer a certificate names is not the subject of the one before it.
    #[error(
        "certificate {position} does not follow from the one before it: the alternative names differ"
    )]
    NotLinked {
        /// Which certificate.
        position: usize,
    },
    /// Step 4: a certificate holds from later on.
    #[error("certificate {position} is not valid yet")]
    NotYetValid {
        /// Which certificate.
        position: usize,
        /// From when it holds.
        not_before: FileTime,
        /// When it was checked.
        now: FileTime,
    },
    /// Step 4: a certificate has expired.
    #[error("certificate {position} has expired")]
    Expired {
        /// Which certificate.
        position: usize,
        /// When it expired.
        not_after: FileTime,
        /// When it was checked.
        now: FileTime,
    },
    /// Step 5: a text in PnrpClassifiersList is no classifier.
    #[error("certificate {position} lists something that is not a classifier: {error}")]
    BadClassifier {
        /// Which certificate.
        position: usize,
        /// What is wrong with it.
        error: PeerNameError,
    },
    /// Step 6: a certificate lists what the one before it does not delegate.
    #[error("certificate {position} hands on {}, which the one before it does not", named(classifier.as_ref()))]
    NotDelegated {
        /// Which certificate.
        position: usize,
        /// The classifier; `None` when the list is empty and so means all.
        classifier: Option<Classifier>,
    },
    /// Step 7: issuer and subject of the first differ, or its own key did not sign it.
    #[error("the first certificate is not signed by its own key")]
    NotSelfSigned,
    /// Step 8: the first certificate does not say that it is a root.
    #[error("the first certificate is not a root")]
    NoRoot,
    /// Step 9: the chain starts from another authority than that of the name.
    #[error("the chain starts from {found}, and the name belongs to {expected}")]
    OtherAuthority {
        /// The authority of the root's key.
        found: Authority,
        /// The authority in the CPA.
        expected: Authority,
    },
    /// Step 10: the chain ends with another key than that of the CPA.
    #[error("the chain ends with {found}, and the publisher is {expected}")]
    OtherPublisher {
        /// The authority of the last certificate's key.
        found: Authority,
        /// The authority of the key in the CPA.
        expected: Authority,
    },
    /// Step 11: the last certificate has no PnrpPeerName.
    #[error("the last certificate has no PnrpPeerName")]
    NoPeerName,
    /// Step 11: PnrpPeerName is not a peer name.
    #[error("the PnrpPeerName of the last certificate is not a peer name: {0}")]
    BadPeerName(PeerNameError),
    /// Step 11: first and last certificate have different PnrpPeerNames.
    #[error("the last certificate has the PnrpPeerName {found:?}, which the first has not")]
    OtherPeerName {
        /// What the last has.
        found: String,
    },
    /// Step 12: the chain does not let its publisher publish this classifier.
    #[error("the chain does not delegate {classifier:?}")]
    ClassifierNotDelegated {
        /// The classifier beside the CPA.
        classifier: Classifier,
    },
    /// The key of the certificate before it did not sign it.
    #[error("certificate {position} is not signed by the one before it: {mismatch}")]
    Signature {
        /// Which certificate.
        position: usize,
        /// What is wrong.
        mismatch: SignatureMismatch,
    },
}

/// Why a delegation was not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DelegateError {
    /// The chain to extend cannot be used.
    #[error("the chain to extend cannot be used: {0}")]
    Chain(#[from] ChainError),
    /// The chain to extend ends with another key than the signer's.
    #[error("the chain to extend ends with {found}, and the signing identity is {signer}")]
    OtherSigner {
        /// The authority of the chain's last key.
        found: Authority,
        /// The authority of the signer's key.
        signer: Authority,
    },
    /// The signer does not have what it would hand on.
    #[error("{} is not the signer's to delegate", named(.0.as_ref()))]
    NotDelegated(Option<Classifier>),
    /// The delegate's key is not one that PNRP uses.
    #[error("the delegate's key cannot be used: {0:?}")]
    Key(InvalidValue),
    /// The delegation would end before it begins.
    #[error("the delegation would end before it begins")]
    NoTime,
    /// The chain would have more than 25 certificates, or a certificate too large to carry.
    #[error("the chain cannot be longer: {0:?}")]
    TooLong(InvalidValue),
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

fn named(classifier: Option<&Classifier>) -> String {
    classifier.map_or_else(
        || "every classifier".to_owned(),
        |classifier| format!("{:?}", classifier.to_string()),
    )
}
