//! Identities that leave a machine and enter another.
//!
//! | form | holds | protected by |
//! | --- | --- | --- |
//! | [`export_pem`], ours, which OpenSSL reads | both keys | AES-256, scrypt |
//! | [`export_windows`], PEERIDENTITYEXPORT | the RSA key, a certificate, a name | triple DES, 2,000 × SHA-1 |
//!
//! [`import`] reads either, and what other tools write of the same kind: PKCS#8 and PKCS#12 under
//! PBES2 with AES or triple DES, PKCS#12 under the older schemes with triple DES or RC2, and MACs
//! with SHA-1 or SHA-2. A text may be hostile: its size, the memory and the time that its
//! password costs are bounded.
//!
//! Passwords and keys are wiped from the buffers of this crate. What the libraries below leave on
//! the stack is not: derived keys in `pkcs5`, the schedules of the ciphers, the state of hashes.

mod decryption;
mod error;
mod kdf;
mod password;
mod pem;
mod pfx;
mod windows;
mod work;

use std::fmt;

use pnrp_wire::PeerName;

pub use self::{
    error::{ExportError, ImportError},
    pem::export_pem,
    windows::export_windows,
};
use self::{password::Password, work::Work};
use crate::key::{KeyError, PeerIdentity, Text};

/// Reads an exported identity, in whichever form it is. Nothing is kept: that is up to the caller.
///
/// Keys that are not encrypted are refused, so that nobody takes an open key for a protected one;
/// [`import_unencrypted`] reads those.
///
/// # Errors
/// When the text is in no known form, too long, damaged or protected in an unknown way, the
/// password is wrong or would cost too much to try, or the text is not of one identity.
pub fn import(text: &str, password: &str) -> Result<Imported, ImportError> {
    check_length(text)?;
    let text = trim(text);
    let (password, mut work) = (Password::new(password), Work::new());
    if text.starts_with('<') {
        return windows::import(text, &password, &mut work);
    }
    pem::import(&split(text)?, &password, &mut work)
}

/// Reads an identity from PEM that is not encrypted: `PRIVATE KEY`, RSA alone or with Ed25519.
///
/// # Errors
/// When the text is too long, encrypted, or not of one identity.
pub fn import_unencrypted(text: &str) -> Result<Imported, ImportError> {
    check_length(text)?;
    let text = trim(text);
    let parts = split(text)?;
    let mut labels = parts.blocks.iter().map(|block| block.label);
    if labels.any(|label| label == "ENCRYPTED PRIVATE KEY") {
        return Err(ImportError::Encrypted);
    }
    let identity = PeerIdentity::from_pkcs8_pem(text)?;
    pem::check_authority(&parts, &identity)?;
    Ok(Imported::of(identity))
}

/// An identity from elsewhere.
#[non_exhaustive]
pub struct Imported {
    /// Its keys; no binding key where the form has none.
    pub identity: PeerIdentity,
    /// The name it was exported under, where the form has one.
    pub name: Option<PeerName>,
    /// The certificate for its key, DER, not validated, where the form has one.
    pub certificate: Option<Vec<u8>>,
}

impl Imported {
    fn of(identity: PeerIdentity) -> Self {
        Self {
            identity,
            name: None,
            certificate: None,
        }
    }
}

impl fmt::Debug for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imported")
            .field("identity", &self.identity)
            .field("name", &self.name)
            .field("certificate", &self.certificate.as_ref().map(Vec::len))
            .finish()
    }
}

/// Some editors put a byte order mark first.
fn trim(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim_start()
}

fn split(text: &str) -> Result<Text<'_>, ImportError> {
    Text::split(text).map_err(|error| {
        if matches!(error, KeyError::NoBlock) {
            ImportError::UnknownForm
        } else {
            ImportError::Key(error)
        }
    })
}

fn check_length(text: &str) -> Result<(), ImportError> {
    if text.len() > MAX_IMPORT {
        return Err(ImportError::TooLarge { length: text.len() });
    }
    Ok(())
}

/// Bytes. An export has three thousand, or some more with certificates of others in it.
const MAX_IMPORT: usize = 256 * 1_024;
