//! Certificates put together part by part.
//!
//! The writer of DER here and every object identifier are made by hand, so that they agree with
//! the code under test only where both agree with the specification.

use pnrp_wire::{FileTime, PublicKey};

use crate::Signer;

/// Content of object identifiers, arc by arc: 1.3.6.1.4.1.311.44 is `2B 06 01 04 01 82 37 2C`.
pub(crate) const KIND: &[u8] = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x00\x01";
pub(crate) const PEER_NAME_TYPE: &[u8] = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x00\x02";
pub(crate) const CLASSIFIER_TYPE: &[u8] = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x00\x03";
pub(crate) const VERSION: &[u8] = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x00\x04";
pub(crate) const PEER_NAME: &[u8] = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x03\x01";
pub(crate) const ROLE: &[u8] = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x03\x03";
pub(crate) const CLASSIFIERS: &[u8] = b"\x2B\x06\x01\x04\x01\x82\x37\x2C\x03\x05";
pub(crate) const SUBJECT_ALT_NAME: &[u8] = b"\x55\x1D\x11";
pub(crate) const ISSUER_ALT_NAME: &[u8] = b"\x55\x1D\x12";
pub(crate) const COMMON_NAME: &[u8] = b"\x55\x04\x03";
pub(crate) const ORGANIZATION: &[u8] = b"\x55\x04\x0A";
pub(crate) const RSA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01";
pub(crate) const SHA1_WITH_RSA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x05";
pub(crate) const SHA256_WITH_RSA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B";

pub(crate) const ADMIN: [u8; 16] =
    *b"\x04\x38\x71\x27\xaa\x56\x45\x0a\x8c\xe5\x4f\x56\x5c\x67\x90\xf4";
pub(crate) const MEMBER: [u8; 16] =
    *b"\xf1\x2d\xc4\xc7\x08\x57\x4c\xa0\x93\xfc\xb1\xbb\x19\xa3\xd8\xc2";
pub(crate) const INVITING_MEMBER: [u8; 16] =
    *b"\xdd\x15\xf4\x1f\xfc\x4e\x49\x22\xb0\x35\x4c\x06\xa7\x54\xd0\x1d";

pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const UTF8_STRING: u8 = 0x0C;
pub(crate) const UNIVERSAL_STRING: u8 = 0x1C;
pub(crate) const BMP_STRING: u8 = 0x1E;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const OTHER_NAME: u8 = 0xA0;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const SET: u8 = 0x31;

/// When [`Claims::root`] and [`Claims::delegate`] begin and end to hold: the year 2025.
pub(crate) const VALIDITY: (&str, &str) = ("250101000000Z", "260101000000Z");
pub(crate) const NOT_BEFORE: FileTime = unix(1_735_689_600);
pub(crate) const NOT_AFTER: FileTime = unix(1_767_225_600);

/// Seconds since 1970 as a time of Windows.
pub(crate) const fn unix(seconds: u64) -> FileTime {
    FileTime((seconds + 11_644_473_600) * 10_000_000)
}

/// What a certificate says, as far as chains care.
#[derive(Clone)]
pub(crate) struct Claims {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) issuer_alt_name: Option<String>,
    pub(crate) subject_alt_name: Option<String>,
    pub(crate) validity: (&'static str, &'static str),
    pub(crate) key: PublicKey,
    pub(crate) kind: u8,
    pub(crate) peer_name: Option<String>,
    pub(crate) roles: Option<Vec<[u8; 16]>>,
    pub(crate) classifiers: Option<Vec<String>>,
}

impl Claims {
    /// A root that restricts nothing.
    pub(crate) fn root(key: PublicKey) -> Self {
        let name = key.authority().to_string();
        Self {
            issuer: name.clone(),
            subject: name.clone(),
            issuer_alt_name: None,
            subject_alt_name: Some(name.clone()),
            validity: VALIDITY,
            key,
            kind: 2,
            peer_name: Some(format!("{name}.")),
            roles: None,
            classifiers: None,
        }
    }

    /// What somebody with this certificate says of another key.
    pub(crate) fn delegate(&self, key: PublicKey, role: [u8; 16], classifiers: &[&str]) -> Self {
        let name = key.authority().to_string();
        Self {
            issuer: self.subject.clone(),
            subject: name.clone(),
            issuer_alt_name: self.subject_alt_name.clone(),
            subject_alt_name: Some(name),
            validity: VALIDITY,
            key,
            kind: 1,
            peer_name: self.peer_name.clone(),
            roles: Some(vec![role]),
            classifiers: Some(classifiers.iter().map(|&text| text.to_owned()).collect()),
        }
    }

    /// The same, ready to have single parts changed.
    pub(crate) fn parts(&self) -> Parts {
        let mut extensions = vec![
            Extension::critical(KIND, tlv(OCTET_STRING, &[self.kind, 0, 0, 0])),
            Extension::critical(VERSION, tlv(OCTET_STRING, &[1, 0, 2, 0])),
        ];
        if let Some(name) = &self.peer_name {
            let body = other_names(PEER_NAME_TYPE, &[universal(name)]);
            extensions.push(Extension::critical(PEER_NAME, body));
        }
        if let Some(roles) = &self.roles {
            let uuids = roles.iter().flat_map(|uuid| tlv(OCTET_STRING, uuid));
            let body = tlv(SEQUENCE, &uuids.collect::<Vec<_>>());
            extensions.push(Extension::critical(ROLE, body));
        }
        if let Some(list) = &self.classifiers {
            let texts: Vec<_> = list.iter().map(|text| universal(text)).collect();
            let body = other_names(CLASSIFIER_TYPE, &texts);
            extensions.push(Extension::critical(CLASSIFIERS, body));
        }
        let names = [
            (SUBJECT_ALT_NAME, &self.subject_alt_name),
            (ISSUER_ALT_NAME, &self.issuer_alt_name),
        ];
        for (id, name) in names {
            extensions.extend(name.as_ref().map(|name| Extension {
                critical: None,
                ..Extension::critical(id, alternative_name(name))
            }));
        }
        Parts {
            version: tlv(0xA0, &tlv(INTEGER, &[2])),
            serial: tlv(INTEGER, &[0x51; 16]),
            inner_algorithm: algorithm(SHA1_WITH_RSA),
            issuer: name(&self.issuer),
            validity: validity(UTC_TIME, self.validity),
            subject: name(&self.subject),
            key: key(RSA, &self.key.0),
            unique_ids: Vec::new(),
            extensions,
            outer_algorithm: algorithm(SHA1_WITH_RSA),
        }
    }

    pub(crate) fn sign(&self, issuer: &dyn Signer) -> Vec<u8> {
        self.parts().sign(issuer)
    }
}

/// The elements of a certificate, each whole.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) version: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) validity: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) unique_ids: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) outer_algorithm: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Extension {
    pub(crate) id: &'static [u8],
    /// `None` leaves the element out, which means no.
    pub(crate) critical: Option<bool>,
    pub(crate) body: Vec<u8>,
}

impl Extension {
    pub(crate) fn critical(id: &'static [u8], body: Vec<u8>) -> Self {
        Self {
            id,
            critical: Some(true),
            body,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let critical = match self.critical {
            Some(true) => &[0x01, 0x01, 0xFF][..],
            Some(false) => &[0x01, 0x01, 0x00],
            None => &[],
        };
        let parts = [
            &tlv(OBJECT_ID, self.id),
            critical,
            &tlv(OCTET_STRING, &self.body),
        ];
        tlv(SEQUENCE, &parts.concat())
    }
}

impl Parts {
    /// Replaces the body of an extension, or adds it.
    #[must_use]
    pub(crate) fn with(mut self, id: &'static [u8], body: Vec<u8>) -> Self {
        match self.extensions.iter_mut().find(|found| found.id == id) {
            Some(found) => found.body = body,
            None => self.extensions.push(Extension::critical(id, body)),
        }
        self
    }

    /// Takes an extension out, which has to be there.
    #[must_use]
    pub(crate) fn without(mut self, id: &[u8]) -> Self {
        let before = self.extensions.len();
        self.extensions.retain(|found| found.id != id);
        assert_eq!(self.extensions.len(), before - 1);
        self
    }

    /// What is signed.
    pub(crate) fn signed_part(&self) -> Vec<u8> {
        let extensions: Vec<u8> = self.extensions.iter().flat_map(Extension::encode).collect();
        let parts = [
            &self.version[..],
            &self.serial,
            &self.inner_algorithm,
            &self.issuer,
            &self.validity,
            &self.subject,
            &self.key,
            &self.unique_ids,
            &tlv(0xA3, &tlv(SEQUENCE, &extensions)),
        ];
        tlv(SEQUENCE, &parts.concat())
    }

    pub(crate) fn sign(&self, issuer: &dyn Signer) -> Vec<u8> {
        let signed = self.signed_part();
        let signature = issuer.sign(&signed).unwrap();
        self.join(&signed, &bits(&signature.0))
    }

    /// Adds the algorithm and a signature to what is signed.
    pub(crate) fn join(&self, signed: &[u8], signature: &[u8]) -> Vec<u8> {
        tlv(
            SEQUENCE,
            &[signed, &self.outer_algorithm, signature].concat(),
        )
    }
}

/// One element, with the shortest length.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..=0x7F => vec![tag, low],
        0x80..=0xFF => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&head, content].concat()
}

pub(crate) fn integer(content: &[u8]) -> Vec<u8> {
    tlv(INTEGER, content)
}

/// A BIT STRING without unused bits.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], content].concat())
}

pub(crate) fn algorithm(id: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OBJECT_ID, id)[..], &[0x05, 0x00]].concat())
}

pub(crate) fn key(id: &[u8], der: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[algorithm(id), bits(der)].concat())
}

/// RSAPublicKey of any numbers.
pub(crate) fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let modulus = [&[0], modulus].concat();
    tlv(SEQUENCE, &[integer(&modulus), integer(exponent)].concat())
}

pub(crate) fn validity(tag: u8, (from, until): (&str, &str)) -> Vec<u8> {
    let times = [tlv(tag, from.as_bytes()), tlv(tag, until.as_bytes())];
    tlv(SEQUENCE, &times.concat())
}

/// A name of one common name.
pub(crate) fn name(text: &str) -> Vec<u8> {
    name_of(&[(COMMON_NAME, &tlv(BMP_STRING, &bmp(text)))])
}

/// A name of these attributes, each with an id and a whole string.
pub(crate) fn name_of(attributes: &[(&[u8], &[u8])]) -> Vec<u8> {
    let sets = attributes.iter().flat_map(|(id, value)| {
        let pair = [&tlv(OBJECT_ID, id), *value].concat();
        tlv(SET, &tlv(SEQUENCE, &pair))
    });
    tlv(SEQUENCE, &sets.collect::<Vec<_>>())
}

/// GeneralNames of one directory name.
pub(crate) fn alternative_name(text: &str) -> Vec<u8> {
    tlv(SEQUENCE, &tlv(0xA4, &name(text)))
}

/// GeneralNames of other names, each a whole string.
pub(crate) fn other_names(id: &[u8], strings: &[Vec<u8>]) -> Vec<u8> {
    let names = strings.iter().flat_map(|string| {
        let parts = [tlv(OBJECT_ID, id), tlv(0xA0, string)];
        tlv(OTHER_NAME, &parts.concat())
    });
    tlv(SEQUENCE, &names.collect::<Vec<_>>())
}

pub(crate) fn universal(text: &str) -> Vec<u8> {
    let points = text
        .chars()
        .flat_map(|point| u32::from(point).to_be_bytes());
    tlv(UNIVERSAL_STRING, &points.collect::<Vec<_>>())
}

pub(crate) fn bmp(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// The PKCS#7 container of any number of certificates.
pub(crate) fn container(certificates: &[Vec<u8>]) -> Vec<u8> {
    let inside = [
        integer(&[1]),
        tlv(SET, &[]),
        tlv(
            SEQUENCE,
            &tlv(OBJECT_ID, b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"),
        ),
        tlv(0xA0, &certificates.concat()),
        tlv(SET, &[]),
    ];
    let parts = [
        tlv(OBJECT_ID, b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"),
        tlv(0xA0, &tlv(SEQUENCE, &inside.concat())),
    ];
    tlv(SEQUENCE, &parts.concat())
}
