//! Who may say so: the keys of PNRP peers, what they sign, and what a signature proves.
//!
//! No IO but the key files, no clock: the time a CPA is checked at comes in as an argument.
//! Randomness is the operating system's, for new keys, for blinding, for serial numbers and for
//! what protects an export.
//!
//! - [`PeerIdentity`]: the key pair behind secure names. MS-PNRP §1.3.1.1, §2.2.3.1.4.
//! - [`Signer`], [`Verifier`]: signatures, replaceable in simulations. MS-PNRP §3.2.5.9, §3.1.5.9.
//! - [`sign_cpa`], [`validate_cpa`]: certified peer addresses. MS-PNRP §3.2.5.7, §3.1.5.7.
//! - [`delegate`], [`validate_chain`]: names that one peer lets another publish. MS-PNRP §3.1.5.10.
//! - [`sign_extended_payload`], [`validate_extended_payload`]: data that applications publish with a
//!   name. MS-PNRP §3.2.5.8, §3.1.5.8.
//! - [`bind`], [`unbind`]: an Ed25519 signature beside the protocol's, which is not of MS-PNRP.
//! - [`Readings`]: what a valid CPA shows about bytes that the specification leaves open.
//! - [`IdentityStore`], [`load_or_create_machine_identity`]: identities on disk.
//! - [`export_pem`], [`export_windows`], [`import`]: identities on their way to another machine.
//!
//! # What is proven
//!
//! A [`ValidCpa`] of a **secure** name shows that the holder of the key whose hash is the name's
//! authority stated these addresses, for this ID, in answer to this nonce, and that the statement
//! has not expired. It does not show who the holder is, or that the addresses are the holder's.
//!
//! A [`ValidCpa`] of an **unsecured** name shows that somebody answered this nonce. Anyone may
//! publish such a name, and anyone may claim to withdraw it.
//!
//! All of it rests on RSA with 1,024 bits and on SHA-1, which the protocol fixes and offers no
//! way to negotiate. Neither meets present-day recommendations: a well-funded attacker has to be
//! assumed able to factor such a key. Treat a resolved name as a hint where to connect, and
//! authenticate the peer by other means.
//!
//! A secure name may also be published by another key than its owner's, if a certificate chain
//! leads from one to the other: a [`ValidChain`] shows that each key on the way let the next one
//! do so. MS-PNRP §3.1.5.10.
//!
//! # Example
//!
//! ```
//! use pnrp_identity::{CpaExpectation, PeerIdentity, RsaVerifier, Signer, sign_cpa, validate_cpa};
//! use pnrp_wire::{
//!     ClassifierHash, Cpa, CpaKind, Dialect, Endpoint, FileTime, Nonce, P2pId, PnrpId,
//!     ServiceLocation,
//! };
//!
//! let identity = PeerIdentity::generate()?;
//! let authority = identity.authority();
//! let (classifier, location) = (ClassifierHash([1; 20]), ServiceLocation([2; 16]));
//! let nonce = Nonce([3; 16]);
//!
//! let cpa = Cpa {
//!     kind: CpaKind::Publish(nonce),
//!     has_extended_payload: false,
//!     not_after: FileTime(2_000),
//!     service_location: location,
//!     authority,
//!     classifier_hash: Some(classifier),
//!     friendly_name: None,
//!     service_addresses: vec![Endpoint { address: "2001:db8::1".parse()?, port: 3540 }],
//!     app_endpoints: Vec::new(),
//!     public_key: identity.public_key(),
//! };
//! let signed = sign_cpa(cpa, &identity, &Dialect::default())?;
//!
//! let id = PnrpId::new(P2pId::derive(&authority, &classifier), location);
//! let expected = CpaExpectation::publication(id, nonce);
//! let valid = validate_cpa(signed, &expected, FileTime(1_000), &RsaVerifier)?;
//! assert_eq!(valid.id(), id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod binding;
mod binding_key;
mod certificate;
mod chain;
mod cpa;
mod export;
mod extended_payload;
mod key;
mod public_key;
mod readings;
mod signature;
mod store;

#[cfg(test)]
mod fixture;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use binding::{BindingError, BoundStatements, bind, unbind};
pub use binding_key::{BindingKey, BindingPublicKey, BindingPublicKeyError};
pub use certificate::{Certificate, CertificateError, CertificateKind, Role, RoleError, Text};
pub use chain::{
    ChainClaim, ChainError, DelegateError, Delegation, ValidChain, delegate, inspect_chain,
    self_signed_certificate, validate_chain,
};
pub use cpa::{CpaError, CpaExpectation, ReceivedCpa, ValidCpa, sign_cpa, validate_cpa};
pub use export::{
    ExportError, ImportError, Imported, export_pem, export_windows, import, import_unencrypted,
};
pub use extended_payload::{
    PayloadError, ValidPayload, sign_extended_payload, validate_extended_payload,
};
pub use key::{KeyError, PeerIdentity};
pub use public_key::{parse_public_key, public_key_text};
pub use readings::Readings;
pub use signature::{RsaVerifier, SignError, SignatureMismatch, Signer, Verifier};
pub use store::{
    Damage, Damaged, FriendlyName, FriendlyNameError, IdentityEntry, IdentityStore, Listing,
    Loaded, Origin, StoreError, StoredIdentity, load_or_create_machine_identity, remove_unfinished,
    write_atomically,
};
