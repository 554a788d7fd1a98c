//! Signing and validating certified peer addresses. MS-PNRP §3.2.5.7, §3.1.5.7.
//!
//! A [`ValidCpa`] cannot be made but by [`validate_cpa`], so a function that takes one need not
//! ask whether anybody checked.

use pnrp_wire::{
    Authority, AuthorityBuffer, ByteOrder, Classifier, ClassifierEncoding, ClassifierHash, Cpa,
    CpaKind, Dialect, ExtendedPayload, FileTime, Nonce, PnrpId, SignedCpa,
};
use thiserror::Error;

use crate::{
    chain::{ChainClaim, ChainError, ValidChain, validate_chain},
    extended_payload::{self, Beside, PayloadError, ValidPayload},
    readings::Readings,
    signature::{SignError, SignatureMismatch, Signer, Verifier},
};

/// Encodes and signs a publisher's statements. MS-PNRP §3.2.5.7, §3.2.5.9.
///
/// # Errors
/// When the statements name another key than the signer's or cannot be encoded, or the signer
/// fails.
pub fn sign_cpa(cpa: Cpa, signer: &dyn Signer, dialect: &Dialect) -> Result<SignedCpa, SignError> {
    if cpa.public_key != signer.public_key() {
        return Err(SignError::OtherKey);
    }
    let signature = signer.sign(&cpa.encode_unsigned(dialect)?)?;
    Ok(SignedCpa::new(cpa, signature, dialect)?)
}

/// A CPA and what came beside it. MS-PNRP §2.2.2.6.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedCpa {
    /// The CPA.
    pub signed: SignedCpa,
    /// The chain by which its key may publish the name, if it is not the owner's.
    pub cert_chain: Option<Vec<u8>>,
    /// The classifier of the name.
    pub classifier: Option<Classifier>,
    /// The order of the classifier's units on the wire, if it can be told.
    pub classifier_order: Option<ByteOrder>,
    /// The application's data.
    pub extended_payload: Option<ExtendedPayload>,
}

impl ReceivedCpa {
    /// Takes an answer apart; `None` when it has no CPA. `bytes` are what it was decoded from.
    pub fn from_answer(answer: AuthorityBuffer, bytes: &[u8]) -> Option<Self> {
        Some(Self {
            classifier_order: answer.classifier_order(bytes),
            signed: answer.cpa?,
            cert_chain: answer.cert_chain,
            classifier: answer.classifier,
            extended_payload: answer.extended_payload,
        })
    }
}

/// A CPA alone, as a FLOOD carries it.
impl From<SignedCpa> for ReceivedCpa {
    fn from(signed: SignedCpa) -> Self {
        Self {
            signed,
            cert_chain: None,
            classifier: None,
            classifier_order: None,
            extended_payload: None,
        }
    }
}

/// Checks everything a received CPA has to satisfy. MS-PNRP §3.1.5.7.
///
/// The syntax has been checked by decoding. The rest is checked in the order of the
/// specification, so the costly signature of the CPA comes last.
///
/// # Errors
/// The first check that fails.
pub fn validate_cpa(
    received: impl Into<ReceivedCpa>,
    expected: &CpaExpectation,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<ValidCpa, CpaError> {
    let received = received.into();
    let chain = check_authority(&received, expected, now, verifier)?;
    let payload = check_payload(&received, expected, now, verifier)?;
    let signed = received.signed;
    let cpa = signed.cpa();
    if now > cpa.not_after {
        return Err(CpaError::Expired {
            not_after: cpa.not_after,
            now,
        });
    }
    check_kind(&cpa.kind, &expected.kind)?;
    if !signed.describes(&expected.id) {
        return Err(CpaError::OtherId {
            found: signed.id(),
            expected: expected.id,
        });
    }
    let signature_order =
        verifier.verify(&cpa.public_key, signed.signed_bytes(), signed.signature())?;
    Ok(ValidCpa {
        signed,
        id: expected.id,
        signature_order,
        chain,
        classifier: received.classifier,
        classifier_order: received.classifier_order,
        payload,
    })
}

/// What a CPA was asked for, and has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpaExpectation {
    /// The ID it has to describe.
    pub id: PnrpId,
    /// Publication with the nonce of our INQUIRE, or revocation.
    pub kind: CpaKind,
    /// Whether the payload was asked for, so that one that is announced has to be there.
    pub wants_payload: bool,
    /// The key in a CPA of this ID that was validated before, by its authority. Without a chain,
    /// it is what a revocation of a delegated name is judged by.
    pub publisher: Option<Authority>,
}

impl CpaExpectation {
    /// The answer to an INQUIRE for this ID, with the nonce that was sent.
    pub fn publication(id: PnrpId, nonce: Nonce) -> Self {
        Self {
            id,
            kind: CpaKind::Publish(nonce),
            wants_payload: false,
            publisher: None,
        }
    }

    /// The same, where the INQUIRE also asked for the payload.
    #[must_use]
    pub fn with_payload(self) -> Self {
        Self {
            wants_payload: true,
            ..self
        }
    }

    /// A flooded revocation of this ID, which answers nothing. MS-PNRP §3.1.5.5.
    pub fn revocation(id: PnrpId) -> Self {
        Self {
            id,
            kind: CpaKind::Revoke,
            wants_payload: false,
            publisher: None,
        }
    }

    /// The same, where the key that published the ID is known.
    #[must_use]
    pub fn by_publisher(self, publisher: Authority) -> Self {
        Self {
            publisher: Some(publisher),
            ..self
        }
    }
}

/// A CPA that passed every check of MS-PNRP §3.1.5.7.
///
/// For a secure name, the holder of the authority's key stated it, or somebody whom that holder
/// let do so by a [`chain`](Self::chain). For an unsecured name, the holder of some key did: [`cpa`](Self::cpa)`().public_key` tells one holder from another, and
/// says nothing about either. In particular, a revocation of an unsecured name counts only if
/// its key is the one that published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidCpa {
    signed: SignedCpa,
    id: PnrpId,
    signature_order: ByteOrder,
    chain: Option<ValidChain>,
    classifier: Option<Classifier>,
    classifier_order: Option<ByteOrder>,
    payload: Option<ValidPayload>,
}

impl ValidCpa {
    /// The statements.
    pub fn cpa(&self) -> &Cpa {
        self.signed.cpa()
    }

    /// The CPA as received, to pass on.
    pub fn signed(&self) -> &SignedCpa {
        &self.signed
    }

    /// The ID it was validated for.
    pub fn id(&self) -> PnrpId {
        self.id
    }

    /// The byte order in which the signature fitted.
    pub fn signature_order(&self) -> ByteOrder {
        self.signature_order
    }

    /// The chain by which its key may publish the name; `None` when the key is the owner's, or
    /// the name is unsecured.
    pub fn chain(&self) -> Option<&ValidChain> {
        self.chain.as_ref()
    }

    /// The classifier that came with it. Nothing but its hash, or a chain, vouches for it.
    pub fn classifier(&self) -> Option<&Classifier> {
        self.classifier.as_ref()
    }

    /// The readings of open bytes that it bears out.
    pub fn readings(&self) -> Readings {
        Readings::of(self)
    }

    pub(crate) fn classifier_order(&self) -> Option<ByteOrder> {
        self.classifier_order
    }

    /// The application's data that came with it.
    pub fn payload(&self) -> Option<&ValidPayload> {
        self.payload.as_ref()
    }
}

/// The first check of MS-PNRP §3.1.5.7 that a CPA failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CpaError {
    /// The authority is not that of the key, and no certificate chain ties the two.
    #[error("the key is not the authority's, and there is no certificate chain")]
    ChainRequired,
    /// The certificate chain does not hold.
    #[error("the certificate chain is not valid: {0}")]
    Chain(#[from] ChainError),
    /// The classifier beside a delegated CPA is not the one that its hash is of.
    #[error("the classifier {0:?} does not have the hash in the CPA")]
    OtherClassifier(Classifier),
    /// The extended payload does not hold.
    #[error("the extended payload is not valid: {0}")]
    Payload(#[from] PayloadError),
    /// An extended payload was asked for and announced, and did not come.
    #[error("the extended payload that it announces is missing")]
    PayloadMissing,
    /// Not After has passed.
    #[error("expired at {not_after:?}, and it is {now:?}")]
    Expired {
        /// When it expired.
        not_after: FileTime,
        /// When it was checked.
        now: FileTime,
    },
    /// It revokes where a publication was asked for, or publishes where a revocation was.
    #[error("{found:?} where {expected:?} was expected")]
    WrongKind {
        /// What it is.
        found: CpaKind,
        /// What was expected.
        expected: CpaKind,
    },
    /// It answers another INQUIRE.
    #[error("the nonce is {found:?}, and {expected:?} was sent")]
    OtherNonce {
        /// The nonce in it.
        found: Nonce,
        /// The nonce sent.
        expected: Nonce,
    },
    /// It describes another ID.
    #[error("it describes {found}, not {expected}")]
    OtherId {
        /// The ID it describes, in the most likely byte order.
        found: PnrpId,
        /// The ID expected.
        expected: PnrpId,
    },
    /// The key in it did not sign it.
    #[error("the signature is not valid: {0}")]
    Signature(#[from] SignatureMismatch),
}

/// Whether the key may speak for the authority. MS-PNRP §3.1.5.7, §3.1.5.10.
fn check_authority(
    received: &ReceivedCpa,
    expected: &CpaExpectation,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<Option<ValidChain>, CpaError> {
    let cpa = received.signed.cpa();
    let Authority::Secure(authority) = cpa.authority else {
        return Ok(None);
    };
    let publisher = cpa.public_key.authority();
    let Some(chain) = &received.cert_chain else {
        let is_known_publisher =
            cpa.kind == CpaKind::Revoke && expected.publisher == Some(publisher);
        return match cpa.authority == publisher || is_known_publisher {
            true => Ok(None),
            false => Err(CpaError::ChainRequired),
        };
    };
    let none = Classifier::default();
    let classifier = received.classifier.as_ref().unwrap_or(&none);
    if !has_hash(classifier, cpa.classifier_hash) {
        return Err(CpaError::OtherClassifier(classifier.clone()));
    }
    let validate = |authority: [u8; 20]| {
        let claim = ChainClaim {
            authority: Authority::Secure(authority),
            publisher: cpa.public_key,
            classifier,
        };
        validate_chain(chain, &claim, now, verifier)
    };
    // Without the owner's key, the decoder cannot tell in which order the authority was sent.
    let mut reversed = authority;
    reversed.reverse();
    match validate(authority) {
        Err(ChainError::OtherAuthority { found, .. }) if found == Authority::Secure(reversed) => {
            Ok(Some(validate(reversed)?))
        }
        result => Ok(Some(result?)),
    }
}

/// A CPA without ClassifierHash has the empty classifier.
fn has_hash(classifier: &Classifier, hash: Option<ClassifierHash>) -> bool {
    match hash {
        Some(hash) => ClassifierEncoding::ALL
            .iter()
            .any(|&encoding| classifier.hash_as(encoding) == hash),
        None => classifier.is_empty(),
    }
}

/// A payload that nobody announced is ignored. MS-PNRP §3.1.5.7, §3.1.5.8.
fn check_payload(
    received: &ReceivedCpa,
    expected: &CpaExpectation,
    now: FileTime,
    verifier: &dyn Verifier,
) -> Result<Option<ValidPayload>, CpaError> {
    let cpa = received.signed.cpa();
    let CpaKind::Publish(nonce) = expected.kind else {
        return Ok(None);
    };
    if !cpa.has_extended_payload {
        return Ok(None);
    }
    match received.extended_payload.clone() {
        Some(payload) => {
            let beside = Beside {
                id: expected.id,
                nonce,
                key: cpa.public_key,
            };
            Ok(Some(extended_payload::validate(
                payload, &beside, now, verifier,
            )?))
        }
        None if expected.wants_payload => Err(CpaError::PayloadMissing),
        None => Ok(None),
    }
}

fn check_kind(found: &CpaKind, expected: &CpaKind) -> Result<(), CpaError> {
    match (*found, *expected) {
        (CpaKind::Revoke, CpaKind::Revoke) => Ok(()),
        (CpaKind::Publish(found), CpaKind::Publish(expected)) if found == expected => Ok(()),
        (CpaKind::Publish(found), CpaKind::Publish(expected)) => {
            Err(CpaError::OtherNonce { found, expected })
        }
        (found, expected) => Err(CpaError::WrongKind { found, expected }),
    }
}

#[cfg(test)]
mod tests;
