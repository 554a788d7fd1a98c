//! Decrypting what a password protects: PBES2 (RFC 8018), and the older schemes of PKCS#12
//! (RFC 7292, appendix C) that Windows uses.

use cbc::cipher::{BlockDecryptMut, InnerIvInit, KeyIvInit, block_padding::Pkcs7};
use des::{TdesEde2, TdesEde3};
use pkcs8::{
    ObjectIdentifier,
    der::{
        self, Decode, ErrorKind,
        asn1::{AnyRef, OctetStringRef},
    },
    pkcs5::{self, pbes2},
    spki::AlgorithmIdentifierRef,
};
use rc2::Rc2;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::{
    ImportError,
    kdf::{self, Purpose},
    password::Password,
    work::Work,
};

/// Decrypts, with every reading of the password that is possible.
pub(super) fn decrypt(
    algorithm: &AlgorithmIdentifierRef<'_>,
    encrypted: &[u8],
    password: &Password<'_>,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    if algorithm.oid == pbes2::PBES2_OID {
        return decrypt_pbes2(algorithm, encrypted, password, work);
    }
    let Some((_, cipher)) = PKCS12.iter().find(|(oid, _)| *oid == algorithm.oid) else {
        return Err(ImportError::unsupported("the encryption", algorithm.oid));
    };
    let (salt, iterations) = pkcs12_parameters(algorithm)?;
    for bmp in password.bmp_readings() {
        let mut derive = |purpose, length| {
            work.spend(kdf::work::<Sha1>(iterations, length))?;
            let key = kdf::derive::<Sha1>(bmp, salt, purpose, iterations, length);
            Ok::<_, ImportError>(key)
        };
        let key = derive(Purpose::Key, cipher.key_length())?;
        let iv = derive(Purpose::Iv, 8)?;
        if let Some(plain) = cipher.decrypt(&key, &iv, encrypted) {
            return Ok(plain);
        }
    }
    Err(ImportError::WrongPassword)
}

fn decrypt_pbes2(
    algorithm: &AlgorithmIdentifierRef<'_>,
    encrypted: &[u8],
    password: &Password<'_>,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let parameters = pbes2::Parameters::try_from(parameters(algorithm)?).map_err(malformed)?;
    work.spend_on(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let plain = parameters.decrypt_in_place(password.utf8(), &mut buffer);
    let length = plain.map_err(wrong_password)?.len();
    buffer.truncate(length);
    Ok(buffer)
}

/// An algorithm that is not known is no flaw of the file.
fn malformed(error: der::Error) -> ImportError {
    if let ErrorKind::OidUnknown { oid } = error.kind() {
        ImportError::unsupported("the algorithm", oid)
    } else {
        ImportError::malformed(error)
    }
}

/// Nor is it a matter of the password.
fn wrong_password(error: pkcs5::Error) -> ImportError {
    if let pkcs5::Error::UnsupportedAlgorithm { oid } = error {
        ImportError::unsupported("the algorithm", oid)
    } else {
        ImportError::WrongPassword
    }
}

/// Salt and iterations.
fn pkcs12_parameters<'a>(
    algorithm: &AlgorithmIdentifierRef<'a>,
) -> Result<(&'a [u8], u32), ImportError> {
    let both = parameters(algorithm)?.sequence(|fields| {
        let salt = OctetStringRef::decode(fields)?;
        Ok((salt.as_bytes(), u32::decode(fields)?))
    });
    both.map_err(ImportError::malformed)
}

fn parameters<'a>(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<AnyRef<'a>, ImportError> {
    algorithm.parameters_any().map_err(ImportError::malformed)
}

/// A cipher of PKCS#12, with CBC and a block of eight bytes.
enum Pkcs12Cipher {
    TripleDes,
    TwoKeyTripleDes,
    /// With the length of its key in bytes.
    Rc2(usize),
}

impl Pkcs12Cipher {
    fn key_length(&self) -> usize {
        match self {
            Self::TripleDes => 24,
            Self::TwoKeyTripleDes => 16,
            Self::Rc2(length) => *length,
        }
    }

    /// Nothing when the padding is wrong, and so most likely the password.
    fn decrypt(&self, key: &[u8], iv: &[u8], encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::TripleDes => cbc::Decryptor::<TdesEde3>::new_from_slices(key, iv)
                .ok()
                .and_then(|cipher| run(cipher, encrypted)),
            Self::TwoKeyTripleDes => cbc::Decryptor::<TdesEde2>::new_from_slices(key, iv)
                .ok()
                .and_then(|cipher| run(cipher, encrypted)),
            Self::Rc2(length) => {
                let cipher = Rc2::new_with_eff_key_len(key, 8 * length);
                cbc::Decryptor::inner_iv_slice_init(cipher, iv)
                    .ok()
                    .and_then(|cipher| run(cipher, encrypted))
            }
        }
    }
}

fn run(cipher: impl BlockDecryptMut, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = cipher.decrypt_padded_mut::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// RFC 7292, appendix C. The two with RC4 are nobody's default.
const PKCS12: [(ObjectIdentifier, Pkcs12Cipher); 4] = [
    (SHA1_TRIPLE_DES, Pkcs12Cipher::TripleDes),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4"),
        Pkcs12Cipher::TwoKeyTripleDes,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5"),
        Pkcs12Cipher::Rc2(16),
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6"),
        Pkcs12Cipher::Rc2(5),
    ),
];
/// pbeWithSHAAnd3-KeyTripleDES-CBC.
pub(super) const SHA1_TRIPLE_DES: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
