//! Chains that hold, and chains that fail each check of MS-PNRP §3.1.5.10.

mod checks;
mod delegating;
mod issuing;
mod order;
mod sequence;
mod syntax;

use std::sync::LazyLock;

use super::*;
use crate::{
    PeerIdentity, RsaVerifier, Signer,
    certificate::tests::builder::{ADMIN, Claims, MEMBER, NOT_AFTER, NOT_BEFORE, Parts, container},
    fixture::{identity, peers},
};

/// A time at which all certificates of these tests hold.
const NOW: FileTime = FileTime(NOT_BEFORE.0.midpoint(NOT_AFTER.0));

/// Whose key the certificate at an index is about: the owner's, then a delegate's each.
fn holder(index: usize) -> &'static PeerIdentity {
    static OWNER: LazyLock<PeerIdentity> = LazyLock::new(identity);
    match index {
        0 => &OWNER,
        _ => &peers()[index - 1],
    }
}

/// A chain that fails no check, and what it was received for.
struct Case {
    claims: Vec<Claims>,
    /// Whose key signs each certificate.
    signers: Vec<&'static PeerIdentity>,
    authority: Authority,
    publisher: PublicKey,
    classifier: &'static str,
    now: FileTime,
}

impl Case {
    /// The owner lets the first delegate do what begins with two classifiers, and that one lets
    /// the second publish one of them.
    fn new() -> Self {
        let root = Claims::root(holder(0).public_key());
        let admin = root.delegate(holder(1).public_key(), ADMIN, &["fish", "cheese"]);
        let member = admin.delegate(holder(2).public_key(), MEMBER, &["fish"]);
        Self {
            claims: vec![root, admin, member],
            signers: vec![holder(0), holder(0), holder(1)],
            authority: holder(0).authority(),
            publisher: holder(2).public_key(),
            classifier: "fish",
            now: NOW,
        }
    }

    /// The same with one thing changed.
    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut case = Self::new();
        change(&mut case);
        case
    }

    fn ders(&self) -> Vec<Vec<u8>> {
        let signed = self.claims.iter().zip(&self.signers);
        signed
            .map(|(claims, signer)| claims.sign(*signer))
            .collect()
    }

    fn validate(&self) -> Result<ValidChain, ChainError> {
        self.validate_bytes(&container(&self.ders()))
    }

    /// Validates other bytes for the same purpose.
    fn validate_bytes(&self, chain: &[u8]) -> Result<ValidChain, ChainError> {
        let claim = ChainClaim {
            authority: self.authority,
            publisher: self.publisher,
            classifier: &self.classifier.parse().unwrap(),
        };
        validate_chain(chain, &claim, self.now, &RsaVerifier)
    }

    #[track_caller]
    fn refused(&self) -> ChainError {
        self.validate().expect_err("the chain breaks a rule")
    }
}

/// Whether the last of a chain may publish a classifier.
fn permits(chain: &[u8], classifier: &str) -> bool {
    let valid = inspect_chain(chain, NOW, &RsaVerifier).unwrap();
    valid.permits(&classifier.parse().unwrap())
}

/// Changes parts of one certificate, and validates the chain.
fn with_parts(
    position: usize,
    change: impl FnOnce(Parts) -> Parts,
) -> Result<ValidChain, ChainError> {
    let case = Case::new();
    let mut ders = case.ders();
    let parts = change(case.claims[position - 1].parts());
    ders[position - 1] = parts.sign(case.signers[position - 1]);
    case.validate_bytes(&container(&ders))
}
