//! Every rule of MS-PNRP §2.2.3.5 about one certificate, kept and broken.

pub(crate) mod builder;

mod extensions;
mod fields;
mod golden;
mod names;
mod robustness;

use self::builder::{Claims, Parts};
use super::{Certificate, CertificateError};
use crate::{
    Signer,
    fixture::{identity, peers},
};

/// A certificate of a delegate that breaks no rule.
fn parts() -> Parts {
    let root = Claims::root(identity().public_key());
    let delegate = peers()[0].public_key();
    root.delegate(delegate, builder::ADMIN, &["fish", "cheese"])
        .parts()
}

/// Signs and reads.
fn read(parts: &Parts) -> Result<Certificate, CertificateError> {
    Certificate::from_der(&parts.sign(&identity()))
}

/// Why a certificate is not accepted.
#[track_caller]
fn refused(parts: &Parts) -> CertificateError {
    read(parts).expect_err("the certificate breaks a rule")
}

/// Reads a certificate that differs from one without faults in one thing, and has none either.
#[track_caller]
fn accepted(parts: &Parts) -> Certificate {
    read(parts).unwrap_or_else(|error| panic!("{error}"))
}
