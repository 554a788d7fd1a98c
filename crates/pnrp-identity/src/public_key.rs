//! Public keys as text, to be handed to whoever delegates a name. MS-PNRP §2.2.3.1.4.

use pnrp_wire::PublicKey;
use rsa::{
    RsaPublicKey,
    pkcs1::{DecodeRsaPublicKey, EncodeRsaPublicKey, LineEnding},
    pkcs8::DecodePublicKey,
};

use crate::key::{KeyError, check_parameters};

const BEGIN: &str = "-----BEGIN RSA PUBLIC KEY-----";
const END: &str = "-----END RSA PUBLIC KEY-----";
const LINE: usize = 64;

/// The key in base64, one line: the body of what `openssl rsa -RSAPublicKey_out` writes.
///
/// # Errors
/// When the bytes are not an RSA key.
pub fn public_key_text(key: &PublicKey) -> Result<String, KeyError> {
    let pem = RsaPublicKey::from_pkcs1_der(&key.0)
        .and_then(|key| key.to_pkcs1_pem(LineEnding::LF))
        .map_err(|error| KeyError::Malformed(Box::new(error)))?;
    Ok(pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect())
}

/// Reads a public key: what [`public_key_text`] wrote, or PEM of either kind that openssl writes.
///
/// # Errors
/// When the text is no RSA public key, or one of another size or exponent than PNRP uses.
pub fn parse_public_key(text: &str) -> Result<PublicKey, KeyError> {
    let text = text.trim();
    let key = if text.contains("-----BEGIN PUBLIC KEY-----") {
        RsaPublicKey::from_public_key_pem(text)
            .map_err(|error| KeyError::Malformed(Box::new(error)))?
    } else {
        let pem = if text.contains("-----BEGIN") {
            text.to_owned()
        } else {
            in_pem(text)
        };
        RsaPublicKey::from_pkcs1_pem(&pem).map_err(|error| KeyError::Malformed(Box::new(error)))?
    };
    check_parameters(&key)?;
    let der = key
        .to_pkcs1_der()
        .map_err(|error| KeyError::Malformed(Box::new(error)))?;
    PublicKey::from_der(der.as_bytes()).map_err(|error| KeyError::Malformed(Box::new(error)))
}

/// Base64 in lines, as the reader of PEM wants it.
fn in_pem(base64: &str) -> String {
    let characters: Vec<char> = base64.chars().filter(|c| !c.is_whitespace()).collect();
    let lines = characters.chunks(LINE).map(String::from_iter);
    let body: Vec<String> = lines.collect();
    format!("{BEGIN}\n{}\n{END}\n", body.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Signer, fixture::identity};

    /// By `openssl rsa -pubout` of the key that the tests share.
    const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC1p2h8DbLIDTlhkOH48yBBAh1/\n\
        wYd1KF9jjgoNtAPaK36/THX2wyBKnUvKc2HlWY4Lrzd4v85yxFUzgCkB5uoAARXN\n\
        td5+iLU6gc9I/lAWH18Uf7UQVBHbqyPjQlaDZFBR2baQeb/4VYj6htxqt5tC6/JQ\n\
        LuAw8wBXh3sJeeIVxwIDAQAB\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn every_form_gives_the_same_key() {
        let key = identity().public_key();
        let text = public_key_text(&key).unwrap();

        assert_eq!(text.len(), 188);
        assert_eq!(parse_public_key(&text).unwrap(), key);
        assert_eq!(parse_public_key(&in_pem(&text)).unwrap(), key);
    }

    #[test]
    fn a_key_that_openssl_wrote_is_read() {
        let read = parse_public_key(PUBLIC_KEY).unwrap();

        assert_eq!(read, identity().public_key());
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        for text in [
            "",
            "web",
            "-----BEGIN PUBLIC KEY-----",
            "AAAA",
            crate::fixture::KEY_PEM,
        ] {
            assert!(parse_public_key(text).is_err(), "{text:?}");
        }
    }
}
