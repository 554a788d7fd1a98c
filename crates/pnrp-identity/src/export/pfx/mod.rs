//! PKCS#12, which holds the key and the certificate in an export of Windows. RFC 7292.
//!
//! ```text
//! PFX ─ version 3
//!     ├ AuthenticatedSafe ─ some of: SafeContents, encrypted or not
//!     │                                └ some of: certificate, or encrypted key
//!     └ MAC over the AuthenticatedSafe, under the password
//! ```
//!
//! Everything is checked before it is used: lengths by the DER reader, the MAC before anything is
//! decrypted, and every hash that the password costs against the budget of the import.

mod certificate;
mod read;
mod write;

use pkcs8::ObjectIdentifier;

pub(super) use self::{
    certificate::{Unfit, check as check_certificate},
    read::read,
    write::write,
};

/// PKCS#7.
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
/// Bags, RFC 7292 section 4.2.
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const ENCRYPTED_KEY_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
/// PKCS#9.
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

#[cfg(test)]
mod tests;
