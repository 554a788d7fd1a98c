//! Signatures as work for somebody else.
//!
//! A signature costs as much as fifty lookups, so the core emits a [`CryptoJob`] and takes the
//! [`CryptoResult`] back by its ID, whenever it comes.

use std::sync::Arc;

use pnrp_identity::{
    CpaError, CpaExpectation, ReceivedCpa, SignError, Signer, ValidCpa, Verifier, sign_cpa,
    sign_extended_payload, validate_cpa,
};
use pnrp_wire::{Cpa, Dialect, ExtendedPayload, FileTime, SignedCpa, UnsignedPayload};

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
    pub(crate) payload: Option<UnsignedPayload>,
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) dialect: Dialect,
}

/// A CPA to check. MS-PNRP §3.1.5.7.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    pub(crate) received: ReceivedCpa,
    pub(crate) expectation: CpaExpectation,
    pub(crate) utc: FileTime,
    pub(crate) verifier: Arc<dyn Verifier>,
}

/// What came of a [`CryptoJob`].
#[derive(Debug)]
pub enum CryptoResult {
    /// Of [`CryptoJob::Sign`].
    Signed(Result<Box<Signed>, SignError>),
    /// Of [`CryptoJob::Verify`].
    Verified(Result<Box<ValidCpa>, CpaError>),
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

impl SignJob {
    fn run(self) -> Result<Box<Signed>, SignError> {
        let signer = self.signer.as_ref();
        let payload = self
            .payload
            .map(|unsigned| sign_extended_payload(unsigned, signer, &self.dialect))
            .transpose()?;
        let cpa = self
            .cpa
            .map(|cpa| sign_cpa(cpa, signer, &self.dialect))
            .transpose()?;
        Ok(Box::new(Signed { cpa, payload }))
    }
}

impl VerifyJob {
    fn run(self) -> Result<Box<ValidCpa>, CpaError> {
        let verifier = self.verifier.as_ref();
        validate_cpa(self.received, &self.expectation, self.utc, verifier).map(Box::new)
    }
}
