//! Signatures as work for somebody else.
//!
//! A signature costs as much as fifty lookups, so the core emits a [`CryptoJob`] and takes the
//! [`CryptoResult`] back by its ID, whenever it comes.

use std::sync::Arc;

use pnrp_identity::{
    CpaError, CpaExpectation, PayloadError, SignError, Signer, ValidCpa, ValidPayload, Verifier,
    sign_cpa, sign_extended_payload, validate_cpa, validate_extended_payload,
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
    /// Check a CPA, and the extended payload that came with it.
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
    pub(crate) signed: SignedCpa,
    pub(crate) expectation: CpaExpectation,
    pub(crate) payload: Option<ExtendedPayload>,
    pub(crate) utc: FileTime,
    pub(crate) verifier: Arc<dyn Verifier>,
}

/// What came of a [`CryptoJob`].
#[derive(Debug)]
pub enum CryptoResult {
    /// Of [`CryptoJob::Sign`].
    Signed(Result<Box<Signed>, SignError>),
    /// Of [`CryptoJob::Verify`].
    Verified(Result<Box<Verified>, CpaError>),
}

/// What was asked for, with its signatures.
#[derive(Debug)]
pub struct Signed {
    pub(crate) cpa: Option<SignedCpa>,
    pub(crate) payload: Option<ExtendedPayload>,
}

/// A CPA that holds, and what is to be thought of its payload.
#[derive(Debug)]
pub struct Verified {
    pub(crate) cpa: ValidCpa,
    /// `None` when no payload came.
    pub(crate) payload: Option<Result<ValidPayload, PayloadError>>,
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
    fn run(self) -> Result<Box<Verified>, CpaError> {
        let verifier = self.verifier.as_ref();
        let cpa = validate_cpa(self.signed, &self.expectation, self.utc, verifier)?;
        let payload = self
            .payload
            .map(|payload| validate_extended_payload(payload, &cpa, self.utc, verifier));
        Ok(Box::new(Verified { cpa, payload }))
    }
}
