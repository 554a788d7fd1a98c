//! Signatures as work for somebody else.
//!
//! A signature costs as much as fifty lookups, so the core emits a [`CryptoJob`] and takes the
//! [`CryptoResult`] back by its ID, whenever it comes.

use std::sync::Arc;

use pnrp_identity::{
    BindingPublicKey, BoundStatements, CpaExpectation, ReceivedCpa, SignError, Signer, ValidCpa,
    Verifier, bind, sign_cpa, sign_extended_payload, unbind, validate_cpa,
};
use pnrp_wire::{
    AuthorityBuffer, BoundPayload, Cpa, Dialect, ExtendedPayload, FileTime, Payload, PeerName,
    Signature, SignedCpa, UnsignedPayload, limits::SIGNATURE_LEN,
};

use super::Discard;

/// Ties a result to its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// A signature to make or to check.
#[derive(Clone, Debug)]
pub enum CryptoJob {
    /// Sign a CPA, an extended payload, or both.
    Sign(Box<SignJob>),
    /// Check a CPA, and the certificate chain and extended payload that came with it.
    Verify(Box<VerifyJob>),
}

/// A CPA to sign, a payload, or both. MS-PNRP §3.2.5.7, §3.2.5.8.
#[derive(Clone, Debug)]
pub struct SignJob {
    pub(crate) cpa: Option<Cpa>,
    pub(crate) payload: Option<Box<UnboundPayload>>,
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) dialect: Dialect,
}

/// A payload to sign, and before that to bind if it is to be.
#[derive(Clone, Debug)]
pub(crate) enum UnboundPayload {
    /// As it is.
    Plain(UnsignedPayload),
    /// With a signature by the signer's Ed25519 key behind it.
    Bound(BoundStatements),
}

/// A CPA to check. MS-PNRP §3.1.5.7.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    pub(crate) statement: Statement,
    pub(crate) dialect: Dialect,
    /// The name, where the application's data is wanted, and so whether it is bound.
    pub(crate) name: Option<PeerName>,
    pub(crate) expectation: CpaExpectation,
    pub(crate) utc: FileTime,
    pub(crate) verifier: Arc<dyn Verifier>,
}

/// What a CPA came in, as it came: many jobs may wait, and whoever checks it can take it apart.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// An AUTHORITY_BUFFER.
    Answer(Vec<u8>),
    /// A FLOOD.
    Alone(Box<SignedCpa>),
}

impl Statement {
    fn take_apart(self, dialect: &Dialect) -> Result<ReceivedCpa, Discard> {
        match self {
            Self::Answer(bytes) => {
                let answer = AuthorityBuffer::decode(&bytes, dialect)?;
                ReceivedCpa::from_answer(answer, &bytes).ok_or(Discard::RouteNotConfirmed)
            }
            Self::Alone(signed) => Ok((*signed).into()),
        }
    }
}

/// What came of a [`CryptoJob`].
#[derive(Debug)]
pub enum CryptoResult {
    /// Of [`CryptoJob::Sign`].
    Signed(Result<Box<Signed>, SignError>),
    /// Of [`CryptoJob::Verify`].
    Verified(Result<Box<Verified>, Discard>),
}

/// A CPA that holds, and the application's data in it.
#[derive(Debug)]
pub struct Verified {
    pub(crate) cpa: ValidCpa,
    /// Without the binding.
    pub(crate) payload: Option<Payload>,
    /// The key that bound it.
    pub(crate) binding: Option<BindingPublicKey>,
}

/// What was asked for, with its signatures.
#[derive(Debug)]
pub struct Signed {
    pub(crate) cpa: Option<SignedCpa>,
    pub(crate) payload: Option<ExtendedPayload>,
}

impl CryptoJob {
    /// Does the work, on whatever thread the caller likes.
    pub fn run(self) -> CryptoResult {
        match self {
            Self::Sign(job) => CryptoResult::Signed(job.run()),
            Self::Verify(job) => CryptoResult::Verified(job.run()),
        }
    }
}

impl UnboundPayload {
    /// What will be signed, with zeros for the binding.
    fn draft(&self) -> Option<UnsignedPayload> {
        match self {
            Self::Plain(unsigned) => Some(unsigned.clone()),
            Self::Bound(statements) => {
                let bound = BoundPayload {
                    payload: statements.payload.clone(),
                    key: [0; 32],
                    signature: [0; 64],
                };
                Some(UnsignedPayload {
                    not_after: statements.not_after,
                    id: statements.id,
                    nonce: statements.nonce,
                    payload: bound.pack().ok()?,
                })
            }
        }
    }

    fn bind(self, signer: &dyn Signer) -> Result<UnsignedPayload, SignError> {
        match self {
            Self::Plain(unsigned) => Ok(unsigned),
            Self::Bound(statements) => {
                let key = signer.binding_key().ok_or(SignError::NoBindingKey)?;
                Ok(UnsignedPayload {
                    not_after: statements.not_after,
                    id: statements.id,
                    nonce: statements.nonce,
                    payload: bind(&statements, key)?,
                })
            }
        }
    }
}

impl SignJob {
    /// RSA signatures that it takes.
    pub(crate) fn signatures(&self) -> u32 {
        u32::from(self.cpa.is_some()) + u32::from(self.payload.is_some())
    }

    /// What will come of it, with zeros for the signatures: as long as the real thing.
    pub(crate) fn draft(&self) -> Signed {
        let blank = || Signature([0; SIGNATURE_LEN]);
        let draft = self.payload.as_deref().and_then(UnboundPayload::draft);
        let payload =
            draft.and_then(|draft| ExtendedPayload::new(draft, blank(), &self.dialect).ok());
        let cpa = self.cpa.clone();
        let cpa = cpa.and_then(|cpa| SignedCpa::new(cpa, blank(), &self.dialect).ok());
        Signed { cpa, payload }
    }

    fn run(self) -> Result<Box<Signed>, SignError> {
        let signer = self.signer.as_ref();
        let payload = self
            .payload
            .map(|unbound| sign_extended_payload(unbound.bind(signer)?, signer, &self.dialect))
            .transpose()?;
        let cpa = self
            .cpa
            .map(|cpa| sign_cpa(cpa, signer, &self.dialect))
            .transpose()?;
        Ok(Box::new(Signed { cpa, payload }))
    }
}

impl VerifyJob {
    fn run(self) -> Result<Box<Verified>, Discard> {
        let verifier = self.verifier.as_ref();
        let received = self.statement.take_apart(&self.dialect)?;
        let cpa = validate_cpa(received, &self.expectation, self.utc, verifier)?;
        let (payload, binding) = match &self.name {
            Some(name) => unbind(&cpa, name)?,
            None => (None, None),
        };
        Ok(Box::new(Verified {
            cpa,
            payload,
            binding,
        }))
    }
}
