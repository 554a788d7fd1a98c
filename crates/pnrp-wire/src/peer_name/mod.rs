//! Peer names: authority "." classifier. MS-PNRP §2.2.4.
//!
//! Text is held and compared as UTF-16 units, case included: the grammar counts units, and
//! nothing forbids an unpaired surrogate.

use std::{fmt, str::FromStr};

use sha1::{Digest, Sha1};
use thiserror::Error;

use crate::{ClassifierEncoding, Dialect, P2pId, limits::MAX_CLASSIFIER};

mod host_name;

pub use host_name::{HostNameError, HostNameReading};

/// A name that can be registered and resolved. MS-PNRP §2.2.4.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerName {
    authority: Authority,
    classifier: Classifier,
}

impl PeerName {
    /// Joins the two parts.
    pub fn new(authority: Authority, classifier: Classifier) -> Self {
        Self {
            authority,
            classifier,
        }
    }

    /// Splits UTF-16 text at its first dot.
    ///
    /// # Errors
    /// When the text is not a peer name.
    pub fn from_utf16(units: &[u16]) -> Result<Self, PeerNameError> {
        let dot = units.iter().position(|&unit| unit == u16::from(b'.'));
        let Some((authority, classifier)) = dot.and_then(|dot| units.split_at_checked(dot)) else {
            return Err(PeerNameError::NoDot(String::from_utf16_lossy(units)));
        };
        let authority = String::from_utf16_lossy(authority).parse()?;
        let classifier = classifier.get(1..).unwrap_or_default().to_vec();
        Ok(Self::new(authority, Classifier::from_utf16(classifier)?))
    }

    /// Who may publish the name.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What the name is for.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// The name as UTF-16 units.
    pub fn to_utf16(&self) -> Vec<u16> {
        let mut units: Vec<u16> = format!("{}.", self.authority).encode_utf16().collect();
        units.extend(self.classifier.units());
        units
    }

    /// The upper half of every PNRP ID of this name. MS-PNRP §3.1.4.4.1.
    pub fn p2p_id(&self, dialect: &Dialect) -> P2pId {
        P2pId::derive(&self.authority, &self.classifier.hash(dialect))
    }
}

/// An unpaired surrogate is shown as U+FFFD.
impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.authority, self.classifier)
    }
}

impl fmt::Debug for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerName(\"{}.", self.authority)?;
        escape(&self.classifier.0, f)?;
        f.write_str("\")")
    }
}

impl FromStr for PeerName {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (authority, classifier) = text
            .split_once('.')
            .ok_or_else(|| PeerNameError::NoDot(text.to_owned()))?;
        Ok(Self::new(authority.parse()?, classifier.parse()?))
    }
}

/// Who may publish a name: anyone, or the holder of one key. MS-PNRP §1.3.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authority {
    /// "0": anyone.
    Unsecured,
    /// SHA-1 of the 140-byte RSAPublicKey.
    Secure([u8; 20]),
}

impl Authority {
    /// The number under the P2P ID; zero for an unsecured name.
    pub fn to_bytes(self) -> [u8; 20] {
        match self {
            Self::Unsecured => [0; 20],
            Self::Secure(hash) => hash,
        }
    }
}

/// "0", or 40 lower-case hexadecimal digits. MS-PNRP §2.2.4.
impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsecured => f.write_str("0"),
            Self::Secure(hash) => hash.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl FromStr for Authority {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "0" {
            return Ok(Self::Unsecured);
        }
        if let Some(character) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(PeerNameError::AuthorityCharacter(character));
        }
        if text.len() != 40 {
            return Err(PeerNameError::AuthorityLength(text.len()));
        }
        if let Some(digit) = text.chars().find(char::is_ascii_uppercase) {
            return Err(PeerNameError::AuthorityUppercase(digit));
        }
        let mut hash = [0; 20];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair
                .iter()
                .fold(0, |value, &digit| value << 4 | hex_value(digit));
        }
        Ok(Self::Secure(hash))
    }
}

/// The value of a digit that is known to be 0-9 or a-f.
fn hex_value(digit: u8) -> u8 {
    match digit {
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.saturating_sub(b'0'),
    }
}

/// What a name is for: up to 149 UTF-16 units other than NUL; surrogates may be unpaired.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Classifier(Vec<u16>);

impl Classifier {
    /// Takes UTF-16 units.
    ///
    /// # Errors
    /// When there are more than 149, or one is NUL.
    pub fn from_utf16(units: Vec<u16>) -> Result<Self, PeerNameError> {
        if units.len() > MAX_CLASSIFIER {
            return Err(PeerNameError::ClassifierLength(units.len()));
        }
        if let Some(position) = units.iter().position(|&unit| unit == 0) {
            return Err(PeerNameError::ClassifierNul(position));
        }
        Ok(Self(units))
    }

    /// The UTF-16 units.
    pub fn units(&self) -> &[u16] {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// SHA-1 of the text as the dialect encodes it. MS-PNRP §3.1.4.4.1.
    pub fn hash(&self, dialect: &Dialect) -> ClassifierHash {
        self.hash_as(dialect.classifier_hash)
    }

    /// SHA-1 of the text in one encoding. MS-PNRP §3.1.4.4.1.
    pub fn hash_as(&self, encoding: ClassifierEncoding) -> ClassifierHash {
        use ClassifierEncoding as E;
        let mut bytes = match encoding {
            E::Utf16Le | E::Utf16LeNul => self.0.iter().flat_map(|u| u.to_le_bytes()).collect(),
            E::Utf16Be | E::Utf16BeNul => self.0.iter().flat_map(|u| u.to_be_bytes()).collect(),
            E::Utf8 | E::Utf8Nul => utf8(&self.0),
        };
        match encoding {
            E::Utf16LeNul | E::Utf16BeNul => bytes.extend([0, 0]),
            E::Utf8Nul => bytes.push(0),
            E::Utf16Le | E::Utf16Be | E::Utf8 => {}
        }
        ClassifierHash(Sha1::digest(&bytes).into())
    }
}

/// UTF-8 of the units; an unpaired surrogate becomes the three bytes its code point would have.
fn utf8(units: &[u16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(units.len());
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok(character) => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
            Err(unpaired) => {
                let [high, low] = unpaired.unpaired_surrogate().to_be_bytes();
                bytes.extend([
                    0xE0 | high >> 4,
                    0x80 | (high & 0x0F) << 2 | low >> 6,
                    0x80 | low & 0x3F,
                ]);
            }
        }
    }
    bytes
}

impl FromStr for Classifier {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_utf16(text.encode_utf16().collect())
    }
}

/// An unpaired surrogate is shown as U+FFFD.
impl fmt::Display for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf16_lossy(&self.0))
    }
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Classifier(\"")?;
        escape(&self.0, f)?;
        f.write_str("\")")
    }
}

fn escape(units: &[u16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    char::decode_utf16(units.iter().copied()).try_for_each(|unit| match unit {
        Ok(character) => write!(f, "{}", character.escape_debug()),
        Err(unpaired) => write!(f, "\\u{{{:x}}}", unpaired.unpaired_surrogate()),
    })
}

/// SHA-1 of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassifierHash(pub [u8; 20]);

/// Why a text is not a peer name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PeerNameError {
    /// There is no dot.
    #[error(
        "a peer name is <authority>.<classifier>, and {0:?} has no dot; \
         for an unsecured name put \"0.\" in front of it"
    )]
    NoDot(String),
    /// The authority has a character that is not a hexadecimal digit.
    #[error(
        "the authority in front of the first dot has the character {0:?}; \
         write 0, or the 40 hexadecimal digits of an identity"
    )]
    AuthorityCharacter(char),
    /// The authority is neither "0" nor 40 digits.
    #[error(
        "the authority in front of the first dot has {0} digits; \
         write 0, or all 40 hexadecimal digits of an identity"
    )]
    AuthorityLength(usize),
    /// The authority has an upper-case digit.
    #[error("the authority has the upper-case digit {0:?}; write its 40 digits in lower case")]
    AuthorityUppercase(char),
    /// The classifier has more than 149 UTF-16 units.
    #[error("the classifier after the first dot has {0} UTF-16 units; shorten it to at most 149")]
    ClassifierLength(usize),
    /// The classifier has a NUL.
    #[error("the classifier has a NUL character at position {0}; remove it")]
    ClassifierNul(usize),
}

#[cfg(test)]
mod tests;
