//! Our own form: the keys as PKCS#8, each encrypted with the password, in PEM.

use pkcs8::{
    EncryptedPrivateKeyInfo, LineEnding, PrivateKeyInfo, SecretDocument,
    der::{
        Decode, Encode,
        asn1::{AnyRef, OctetStringRef},
        pem::PemLabel,
    },
    pkcs5::pbes2::{EncryptionScheme, Kdf, Parameters, ScryptParams},
    spki::AlgorithmIdentifierRef,
};
use rsa::rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use super::{
    ExportError, ImportError, Imported, decryption::decrypt, password::Password, work::Work,
};
use crate::key::{BINDING_KEY, KeyError, PeerIdentity, Text};

/// Writes both keys, encrypted with a password that must not be empty.
///
/// Each is an `ENCRYPTED PRIVATE KEY` of PKCS#8: AES-256-CBC (PBES2), under a key that scrypt
/// makes of the password with N = 16,384, r = 8, p = 5. A guess costs a fifth of a second and
/// 16 MiB, the most that OpenSSL accepts without being asked to; it reads each of the two.
///
/// ```
/// use pnrp_identity::{PeerIdentity, export_pem, import};
///
/// let identity = PeerIdentity::generate()?;
/// let text = export_pem(&identity, "correct horse battery staple")?;
/// let again = import(&text, "correct horse battery staple")?.identity;
/// assert_eq!(again.authority(), identity.authority());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the password is empty or a key cannot be written.
pub fn export_pem(identity: &PeerIdentity, password: &str) -> Result<String, ExportError> {
    if password.is_empty() {
        return Err(ExportError::EmptyPassword);
    }
    let authority = identity.authority();
    let mut text = format!("{AUTHORITY}: {authority}\n{}", identity.remark());
    for document in identity.to_documents()? {
        text.push_str(&encrypt(document.as_bytes(), password)?);
    }
    Ok(text)
}

pub(super) fn import(
    text: &Text<'_>,
    password: &Password<'_>,
    work: &mut Work,
) -> Result<Imported, ImportError> {
    let mut documents = Vec::new();
    for block in &text.blocks {
        match block.label {
            EncryptedPrivateKeyInfo::PEM_LABEL => {}
            PrivateKeyInfo::PEM_LABEL => return Err(ImportError::NotEncrypted),
            other => {
                return Err(ImportError::Key(KeyError::Label {
                    label: other.to_owned(),
                }));
            }
        }
        let (_, der) = SecretDocument::from_pem(block.pem)
            .map_err(|error| KeyError::Malformed(Box::new(error)))?;
        let key = decrypt_key(der.as_bytes(), password, work)?;
        // Nothing else shows that the password was right.
        PrivateKeyInfo::from_der(&key).map_err(|_| ImportError::WrongPassword)?;
        documents.push(key);
    }
    let documents = documents.iter().map(|document| document.as_slice());
    let announced = text.remark(BINDING_KEY);
    let identity = PeerIdentity::from_documents(documents, announced)?;
    check_authority(text, &identity)?;
    Ok(Imported::of(identity))
}

/// The remark before the keys says whose they are, for whoever has no password.
pub(super) fn check_authority(text: &Text<'_>, identity: &PeerIdentity) -> Result<(), ImportError> {
    let Some(named) = text.remark(AUTHORITY) else {
        return Ok(());
    };
    let (named, found) = (
        named.parse().map_err(ImportError::Name)?,
        identity.authority(),
    );
    if named == found {
        Ok(())
    } else {
        Err(ImportError::NameOfAnotherKey { named, found })
    }
}

/// Decrypts an EncryptedPrivateKeyInfo (RFC 5208, section 6).
pub(super) fn decrypt_key(
    der: &[u8],
    password: &Password<'_>,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let info = AnyRef::from_der(der).and_then(|any| {
        any.sequence(|fields| {
            let algorithm = AlgorithmIdentifierRef::decode(fields)?;
            Ok((algorithm, OctetStringRef::decode(fields)?))
        })
    });
    let (algorithm, encrypted) = info.map_err(ImportError::malformed)?;
    decrypt(&algorithm, encrypted.as_bytes(), password, work)
}

fn encrypt(key: &[u8], password: &str) -> Result<Zeroizing<String>, ExportError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    OsRng.fill_bytes(&mut salt);
    OsRng.fill_bytes(&mut iv);
    let parameters = Parameters {
        kdf: Kdf::Scrypt(ScryptParams {
            salt: &salt,
            cost_parameter: SCRYPT_N,
            block_size: SCRYPT_R,
            parallelization: SCRYPT_P,
            key_length: None,
        }),
        encryption: EncryptionScheme::Aes256Cbc { iv: &iv },
    };
    let encrypted = parameters
        .encrypt(password, key)
        .map_err(|error| ExportError::Encryption(error.to_string().into()))?;
    let info = EncryptedPrivateKeyInfo {
        encryption_algorithm: parameters.into(),
        encrypted_data: &encrypted,
    };
    let der = info.to_der().map_err(KeyError::library)?;
    let document = SecretDocument::try_from(der).map_err(KeyError::library)?;
    let label = EncryptedPrivateKeyInfo::PEM_LABEL;
    Ok(document
        .to_pem(label, LineEnding::LF)
        .map_err(KeyError::library)?)
}

const SCRYPT_N: u64 = 1 << 14;
const SCRYPT_R: u16 = 8;
const SCRYPT_P: u16 = 5;
/// Before the authority, among the remarks.
const AUTHORITY: &str = "authority";
