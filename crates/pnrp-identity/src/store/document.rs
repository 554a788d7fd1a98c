//! One identity as text: its friendly name, then its keys in PEM.
//!
//! What precedes the first `BEGIN` line of a PEM text is a remark, and readers pass over it: the
//! friendly name is kept there, as `openssl pkcs12` writes it.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::key::{KeyError, PeerIdentity};

/// What people call an identity: 1 to 255 characters, no control characters; not unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FriendlyName(String);

impl FriendlyName {
    /// Takes a name.
    ///
    /// # Errors
    /// When it is empty, too long, or has a control character.
    pub fn new(name: &str) -> Result<Self, FriendlyNameError> {
        let length = name.chars().count();
        if length == 0 {
            return Err(FriendlyNameError::Empty);
        }
        if length > MAX_FRIENDLY_NAME {
            return Err(FriendlyNameError::TooLong { length });
        }
        if let Some(character) = name.chars().find(|c| c.is_control()) {
            return Err(FriendlyNameError::ControlCharacter { character });
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What an identity without a name is called: its authority.
    pub(super) fn of(identity: &PeerIdentity) -> Self {
        Self(identity.authority().to_string())
    }
}

impl fmt::Display for FriendlyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for FriendlyName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Why a text is no friendly name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FriendlyNameError {
    /// There is no character.
    #[error("a friendly name has at least one character")]
    Empty,
    /// There are too many characters.
    #[error("the friendly name has {length} characters, and {MAX_FRIENDLY_NAME} is the most")]
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// A character would break the line it is written on.
    #[error("the friendly name has the control character {character:?}")]
    ControlCharacter {
        /// The first of them.
        character: char,
    },
}

/// The content of an identity's file.
pub(super) fn format(
    identity: &PeerIdentity,
    name: &FriendlyName,
) -> Result<Zeroizing<String>, KeyError> {
    let pem = identity.to_pkcs8_pem()?;
    // The room is reserved at once, so that no outgrown buffer keeps a copy of the key.
    let length = LABEL.len() + name.0.len() + 1 + pem.len();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for part in [LABEL, &name.0, "\n", &pem] {
        text.push_str(part);
    }
    Ok(text)
}

/// Reads the keys and what they are called. A name that breaks the rules is passed over: the keys
/// are worth more.
pub(super) fn parse(text: &str) -> Result<(PeerIdentity, FriendlyName), KeyError> {
    let identity = PeerIdentity::from_pkcs8_pem(text)?;
    let name = text
        .lines()
        .take_while(|line| !line.starts_with("-----"))
        .find_map(|line| FriendlyName::new(line.strip_prefix(LABEL)?).ok())
        .unwrap_or_else(|| FriendlyName::of(&identity));
    Ok((identity, name))
}

const LABEL: &str = "friendlyName: ";
const MAX_FRIENDLY_NAME: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{KEY_PEM, identity};

    #[test]
    fn names_survive_being_written() {
        let longest = "\u{1f980}".repeat(MAX_FRIENDLY_NAME);
        for name in ["laptop", " a b ", "-----BEGIN PRIVATE KEY-----", &longest] {
            let name = FriendlyName::new(name).unwrap();

            let text = format(&identity(), &name).unwrap();

            assert_eq!(parse(&text).unwrap().1, name);
        }
    }

    #[test]
    fn names_that_would_break_the_file_are_refused() {
        assert_eq!(FriendlyName::new(""), Err(FriendlyNameError::Empty));
        assert_eq!(
            FriendlyName::new(&"a".repeat(256)),
            Err(FriendlyNameError::TooLong { length: 256 })
        );
        for character in ['\n', '\r', '\0', '\u{85}', '\u{1b}'] {
            assert_eq!(
                FriendlyName::new(&format!("a{character}b")),
                Err(FriendlyNameError::ControlCharacter { character })
            );
        }
    }

    #[test]
    fn without_a_usable_name_the_authority_is_the_name() {
        let authority = identity().authority().to_string();
        for text in [
            KEY_PEM.to_owned(),
            format!("friendlyName: \n{KEY_PEM}"),
            format!("friendlyName: a\tb\n{KEY_PEM}"),
            format!("friendlyname: a\n{KEY_PEM}"),
        ] {
            assert_eq!(parse(&text).unwrap().1.as_str(), authority);
        }
    }
}
