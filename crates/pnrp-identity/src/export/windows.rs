//! The form in which Windows exports an identity: PEERIDENTITYEXPORT.
//!
//! ```xml
//! <PEERIDENTITYEXPORT VERSION="1.0">
//!   <PEERNAME>c95e6f7397c5f4d775e10392aa71f5a33ec6f666.classifier</PEERNAME>
//!   <DATA xmlns:dt="urn:schemas-microsoft-com:datatypes" dt:dt="bin.base64">…</DATA>
//! </PEERIDENTITYEXPORT>
//! ```
//!
//! The data is a PKCS#12 with the key and a certificate for it. Microsoft's page about the import
//! calls the two elements IDENTITY and IDENTITYDATA; both spellings are read, the first is
//! written.

use base64ct::{Base64, Encoding};
use pnrp_wire::{Authority, Classifier, PeerName};
use roxmltree::{Document, Node};

use super::{
    ExportError, ImportError, Imported,
    password::Password,
    pfx::{self, Unfit},
    work::Work,
};
use crate::{key::PeerIdentity, signature::Signer};

/// Writes the RSA key as Windows exports it, with a certificate for it (DER) and a name under it.
///
/// The binding key has no place in this form and is left out: [`export_pem`](super::export_pem)
/// keeps it. The protection is what the Windows of the time reads, triple DES under 2,000 hashes
/// of the password: give it a password of twenty random characters, or keep the text where nobody
/// else can read it. An empty password is allowed, and protects nothing.
///
/// # Errors
/// When name or certificate belong to another key, the name has characters that XML cannot hold,
/// or the key cannot be written.
pub fn export_windows(
    identity: &PeerIdentity,
    name: &PeerName,
    certificate: &[u8],
    password: &str,
) -> Result<String, ExportError> {
    let authority = identity.authority();
    if *name.authority() != authority {
        return Err(ExportError::NameOfAnotherKey {
            name: name.clone(),
            authority,
        });
    }
    let text = name_text(name)?;
    pfx::check_certificate(certificate, &identity.public_key()).map_err(|unfit| match unfit {
        Unfit::Malformed(error) => ExportError::MalformedCertificate(Box::new(error)),
        Unfit::OtherKey => ExportError::CertificateOfAnotherKey,
    })?;
    let key = identity.to_rsa_document()?;
    let pfx = pfx::write(key.as_bytes(), certificate, &Password::new(password))?;
    Ok(format!(
        "<PEERIDENTITYEXPORT VERSION=\"1.0\"><PEERNAME>{}</PEERNAME>\
         <DATA xmlns:dt=\"urn:schemas-microsoft-com:datatypes\" dt:dt=\"bin.base64\">{}</DATA>\
         </PEERIDENTITYEXPORT>",
        escape(&text),
        Base64::encode_string(&pfx)
    ))
}

pub(super) fn import(
    text: &str,
    password: &Password<'_>,
    work: &mut Work,
) -> Result<Imported, ImportError> {
    let document = Document::parse(text).map_err(|error| ImportError::Xml(Box::new(error)))?;
    let root = document.root_element();
    check_root(root)?;
    let name = text_of(root, ["PEERNAME", "IDENTITY"])?;
    let data = text_of(root, ["DATA", "IDENTITYDATA"])?;
    let name = parse_name(name.trim()).map_err(ImportError::Name)?;
    let base64: String = data.split_ascii_whitespace().collect();
    let pfx = Base64::decode_vec(&base64).map_err(|_| ImportError::Base64)?;
    let contents = pfx::read(&pfx, password, work)?;
    let found = contents.identity.authority();
    if *name.authority() != found {
        return Err(ImportError::NameOfAnotherKey {
            named: *name.authority(),
            found,
        });
    }
    Ok(Imported {
        identity: contents.identity,
        name: Some(name),
        certificate: contents.certificate,
    })
}

fn check_root(root: Node<'_, '_>) -> Result<(), ImportError> {
    let found = root.tag_name().name();
    if found != "PEERIDENTITYEXPORT" {
        return Err(ImportError::NotAnExport {
            found: found.to_owned(),
        });
    }
    match root.attribute("VERSION") {
        None | Some("1.0") => Ok(()),
        Some(other) => Err(ImportError::Version(other.to_owned())),
    }
}

/// The text of the one element that has either name.
fn text_of<'a>(root: Node<'a, '_>, names: [&'static str; 2]) -> Result<&'a str, ImportError> {
    let [usual, _] = names;
    let mut elements = root
        .children()
        .filter(|node| node.is_element() && names.contains(&node.tag_name().name()));
    let element = elements.next().ok_or(ImportError::MissingElement(usual))?;
    if elements.next().is_some() {
        return Err(ImportError::RepeatedElement(usual));
    }
    // A comment or an element inside would split the text, and the rest of it be lost.
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => Ok(""),
        (Some(only), None) if only.is_text() => Ok(only.text().unwrap_or_default()),
        _ => Err(ImportError::NotText(usual)),
    }
}

/// An identity without a classifier is its authority alone, with or without the dot.
fn parse_name(text: &str) -> Result<PeerName, pnrp_wire::PeerNameError> {
    if text.contains('.') {
        return text.parse();
    }
    let authority: Authority = text.parse()?;
    Ok(PeerName::new(authority, Classifier::default()))
}

/// The name as text; one without a classifier is the authority alone.
fn name_text(name: &PeerName) -> Result<String, ExportError> {
    if name.classifier().is_empty() {
        return Ok(name.authority().to_string());
    }
    let text = String::from_utf16(&name.to_utf16()).ok();
    // White space at the end does not survive being read, nor do control characters.
    text.filter(|text| text.chars().all(is_xml) && text.trim() == text)
        .ok_or_else(|| ExportError::NameNotXml(name.clone()))
}

/// XML 1.0, section 2.2, less the line ends, which a reader changes.
fn is_xml(character: char) -> bool {
    !matches!(character, '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    escaped
}
