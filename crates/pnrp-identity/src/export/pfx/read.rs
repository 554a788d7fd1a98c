//! Reading a PKCS#12.

use hmac::{Hmac, Mac, digest::core_api::BlockSizeUser};
use pkcs8::{
    ObjectIdentifier, PrivateKeyInfo,
    der::{
        self, Decode, Header, Reader, SliceReader, Tag, TagNumber, Tagged,
        asn1::{AnyRef, OctetStringRef},
    },
    spki::AlgorithmIdentifierRef,
};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::{
    CERTIFICATE_BAG, DATA, ENCRYPTED_DATA, ENCRYPTED_KEY_BAG, KEY_BAG, SHA1, SHA256, SHA384,
    SHA512, Unfit, X509_CERTIFICATE, certificate::skip_rest, check_certificate,
};
use crate::{
    Signer,
    export::{
        ImportError,
        decryption::decrypt,
        kdf::{self, Purpose},
        password::Password,
        pem::decrypt_key,
        work::Work,
    },
    key::PeerIdentity,
};

/// What a PKCS#12 holds for PNRP.
pub(in crate::export) struct Contents {
    pub(in crate::export) identity: PeerIdentity,
    /// The certificate for its key, DER.
    pub(in crate::export) certificate: Option<Vec<u8>>,
}

/// Reads one RSA key and the certificate for it. Other certificates are passed over.
pub(in crate::export) fn read(
    pfx: &[u8],
    password: &Password<'_>,
    work: &mut Work,
) -> Result<Contents, ImportError> {
    check_length(pfx)?;
    let (safe, mac) = outer(pfx).map_err(ImportError::malformed)?;
    let safe = data_in(&safe)?;
    check_mac(safe, &mac.ok_or(ImportError::NoMac)?, password, work)?;
    let mut bags = Bags::default();
    for content in all::<Content<'_>>(safe)? {
        match content.kind {
            DATA => bags.collect(data_in(&content)?, password, work)?,
            ENCRYPTED_DATA => {
                let (algorithm, encrypted) =
                    encrypted_in(&content).map_err(ImportError::malformed)?;
                let plain = decrypt(&algorithm, encrypted, password, work)?;
                bags.collect(&plain, password, work)?;
            }
            oid => {
                return Err(ImportError::unsupported("the PKCS#7 content", oid));
            }
        }
    }
    bags.finish()
}

/// A file that was cut says by its first length how much is missing.
fn check_length(pfx: &[u8]) -> Result<(), ImportError> {
    let mut reader = SliceReader::new(pfx).map_err(ImportError::malformed)?;
    match Header::decode(&mut reader) {
        Ok(header) => {
            let content = usize::try_from(header.length).unwrap_or(usize::MAX);
            let start = usize::try_from(reader.position()).unwrap_or(usize::MAX);
            let expected = start.saturating_add(content);
            if expected > pfx.len() {
                return Err(ImportError::Truncated {
                    found: pfx.len(),
                    expected,
                });
            }
            Ok(())
        }
        Err(error) => Err(ImportError::malformed(error)),
    }
}

/// A PKCS#7 ContentInfo.
struct Content<'a> {
    kind: ObjectIdentifier,
    content: AnyRef<'a>,
}

impl<'a> TryFrom<AnyRef<'a>> for Content<'a> {
    type Error = der::Error;

    fn try_from(any: AnyRef<'a>) -> der::Result<Self> {
        any.sequence(|fields| {
            Ok(Self {
                kind: fields.decode()?,
                content: explicit(fields)?,
            })
        })
    }
}

/// A digest's MAC and how to make it.
struct MacData<'a> {
    algorithm: ObjectIdentifier,
    digest: &'a [u8],
    salt: &'a [u8],
    iterations: u32,
}

impl<'a> TryFrom<AnyRef<'a>> for MacData<'a> {
    type Error = der::Error;

    fn try_from(any: AnyRef<'a>) -> der::Result<Self> {
        any.sequence(|fields| {
            let (algorithm, digest) = AnyRef::decode(fields)?.sequence(|digest| {
                let algorithm = AlgorithmIdentifierRef::decode(digest)?;
                Ok((algorithm.oid, OctetStringRef::decode(digest)?.as_bytes()))
            })?;
            let salt = OctetStringRef::decode(fields)?.as_bytes();
            let iterations = Option::<u32>::decode(fields)?.unwrap_or(1);
            Ok(Self {
                algorithm,
                digest,
                salt,
                iterations,
            })
        })
    }
}

fn outer(pfx: &[u8]) -> der::Result<(Content<'_>, Option<MacData<'_>>)> {
    AnyRef::from_der(pfx)?.sequence(|fields| {
        let version = u8::decode(fields)?;
        if version != 3 {
            return Err(Tag::Integer.value_error());
        }
        let safe = AnyRef::decode(fields)?.try_into()?;
        let mac = Option::<AnyRef<'_>>::decode(fields)?;
        Ok((safe, mac.map(TryInto::try_into).transpose()?))
    })
}

/// The bytes of a content that is plain data.
fn data_in<'a>(content: &Content<'a>) -> Result<&'a [u8], ImportError> {
    if content.kind != DATA {
        return Err(ImportError::unsupported("the PKCS#7 content", content.kind));
    }
    let bytes = content.content.decode_as::<OctetStringRef<'a>>();
    Ok(bytes.map_err(ImportError::malformed)?.as_bytes())
}

/// The algorithm and the bytes of a content that is EncryptedData.
fn encrypted_in<'a>(content: &Content<'a>) -> der::Result<(AlgorithmIdentifierRef<'a>, &'a [u8])> {
    content.content.sequence(|fields| {
        u8::decode(fields)?;
        let found = AnyRef::decode(fields)?.sequence(|inner| {
            ObjectIdentifier::decode(inner)?;
            let algorithm = AlgorithmIdentifierRef::decode(inner)?;
            let encrypted = AnyRef::decode(inner)?;
            Ok((algorithm, encrypted))
        })?;
        skip_rest(fields)?;
        let (algorithm, encrypted) = found;
        encrypted.tag().assert_eq(context_0(false))?;
        Ok((algorithm, encrypted.value()))
    })
}

/// Shows that the password is right and nothing was changed.
fn check_mac(
    safe: &[u8],
    mac: &MacData<'_>,
    password: &Password<'_>,
    work: &mut Work,
) -> Result<(), ImportError> {
    for bmp in password.bmp_readings() {
        let fits = match mac.algorithm {
            SHA1 => mac_fits::<Sha1, Hmac<Sha1>>(safe, mac, bmp, work)?,
            SHA256 => mac_fits::<Sha256, Hmac<Sha256>>(safe, mac, bmp, work)?,
            SHA384 => mac_fits::<Sha384, Hmac<Sha384>>(safe, mac, bmp, work)?,
            SHA512 => mac_fits::<Sha512, Hmac<Sha512>>(safe, mac, bmp, work)?,
            oid => {
                return Err(ImportError::unsupported("the MAC", oid));
            }
        };
        if fits {
            return Ok(());
        }
    }
    Err(ImportError::WrongPassword)
}

fn mac_fits<D: Digest + BlockSizeUser, M: Mac + hmac::digest::KeyInit>(
    safe: &[u8],
    mac: &MacData<'_>,
    password: &[u8],
    work: &mut Work,
) -> Result<bool, ImportError> {
    let length = <D as Digest>::output_size();
    work.spend(kdf::work::<D>(mac.iterations, length))?;
    let key = kdf::derive::<D>(password, mac.salt, Purpose::Mac, mac.iterations, length);
    let keyed = <M as Mac>::new_from_slice(&key);
    Ok(keyed.is_ok_and(|hmac| hmac.chain_update(safe).verify_slice(mac.digest).is_ok()))
}

/// What the bags hold.
#[derive(Default)]
struct Bags {
    keys: Vec<Zeroizing<Vec<u8>>>,
    certificates: Vec<Vec<u8>>,
}

impl Bags {
    /// Takes the keys and certificates of one SafeContents.
    fn collect(
        &mut self,
        contents: &[u8],
        password: &Password<'_>,
        work: &mut Work,
    ) -> Result<(), ImportError> {
        for bag in all::<Bag<'_>>(contents)? {
            match bag.kind {
                KEY_BAG => self.keys.push(Zeroizing::new(bag.value.to_vec())),
                ENCRYPTED_KEY_BAG => self.keys.push(decrypt_key(bag.value, password, work)?),
                CERTIFICATE_BAG => {
                    let certificate = certificate_in(bag.value).map_err(ImportError::malformed)?;
                    self.certificates.extend(certificate.map(<[u8]>::to_vec));
                }
                oid => {
                    return Err(ImportError::unsupported("the content of the PKCS#12", oid));
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Contents, ImportError> {
        let key = self.keys.pop().ok_or(ImportError::NoKey)?;
        if !self.keys.is_empty() {
            return Err(ImportError::SeveralKeys);
        }
        let info = PrivateKeyInfo::from_der(&key).map_err(ImportError::malformed)?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return Err(ImportError::ForeignKey(info.algorithm.oid.to_string()));
        }
        let identity = PeerIdentity::from_pkcs8_der(&key)?;
        let certificate = certificate_for(&identity, self.certificates)?;
        Ok(Contents {
            identity,
            certificate,
        })
    }
}

/// A SafeBag: RFC 7292, section 4.2.
struct Bag<'a> {
    kind: ObjectIdentifier,
    value: &'a [u8],
}

impl<'a> TryFrom<AnyRef<'a>> for Bag<'a> {
    type Error = der::Error;

    fn try_from(any: AnyRef<'a>) -> der::Result<Self> {
        any.sequence(|fields| {
            let kind = fields.decode()?;
            let value = explicit_bytes(fields)?;
            // Attributes: what people call it, and which key belongs to which certificate.
            skip_rest(fields)?;
            Ok(Self { kind, value })
        })
    }
}

/// Nothing when it is a certificate of another kind than X.509.
fn certificate_in(bag: &[u8]) -> der::Result<Option<&[u8]>> {
    let (kind, value) = AnyRef::from_der(bag)?.sequence(|fields| {
        let kind = ObjectIdentifier::decode(fields)?;
        Ok((kind, explicit(fields)?))
    })?;
    if kind != X509_CERTIFICATE {
        return Ok(None);
    }
    let bytes = value.decode_as::<OctetStringRef<'_>>()?;
    Ok(Some(bytes.as_bytes()))
}

/// Chooses the certificate of the key.
fn certificate_for(
    identity: &PeerIdentity,
    certificates: Vec<Vec<u8>>,
) -> Result<Option<Vec<u8>>, ImportError> {
    let is_there = !certificates.is_empty();
    for certificate in certificates {
        match check_certificate(&certificate, &identity.public_key()) {
            Ok(()) => return Ok(Some(certificate)),
            Err(Unfit::OtherKey) => {}
            Err(Unfit::Malformed(error)) => {
                return Err(ImportError::MalformedCertificate(Box::new(error)));
            }
        }
    }
    if is_there {
        return Err(ImportError::CertificateOfAnotherKey);
    }
    Ok(None)
}

/// All elements of a SEQUENCE OF.
fn all<'a, T>(der: &'a [u8]) -> Result<Vec<T>, ImportError>
where
    T: TryFrom<AnyRef<'a>, Error = der::Error>,
{
    let elements = AnyRef::from_der(der).and_then(|any| {
        any.sequence(|elements| {
            let mut found = Vec::new();
            while !elements.is_finished() {
                found.push(AnyRef::decode(elements)?.try_into()?);
            }
            Ok(found)
        })
    });
    elements.map_err(ImportError::malformed)
}

/// What stands under an explicit tag 0.
fn explicit<'a>(reader: &mut SliceReader<'a>) -> der::Result<AnyRef<'a>> {
    AnyRef::from_der(explicit_bytes(reader)?)
}

/// What stands under an explicit tag 0, with its own tag and length.
fn explicit_bytes<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    let tagged = AnyRef::decode(reader)?;
    tagged.tag().assert_eq(context_0(true))?;
    Ok(tagged.value())
}

fn context_0(constructed: bool) -> Tag {
    Tag::ContextSpecific {
        constructed,
        number: TagNumber::N0,
    }
}
