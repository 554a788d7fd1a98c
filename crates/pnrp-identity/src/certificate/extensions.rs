//! The five extensions of PNRP, and what else may stand beside them. MS-PNRP §2.2.3.5.1.

use der::{Decode, Reader, SliceReader, asn1::ObjectIdentifier};

use super::{
    CertificateError as Error, CertificateKind, Extensions, Role, Text,
    der::{
        OCTET_STRING, SEQUENCE, all, alternative_name, alternative_name_text, element, expect,
        object_id, only, other_names, other_names_of,
    },
    parse::bounded,
};

const KIND: ObjectIdentifier = oid("1.3.6.1.4.1.311.44.0.1");
const VERSION: ObjectIdentifier = oid("1.3.6.1.4.1.311.44.0.4");
const PEER_NAME: ObjectIdentifier = oid("1.3.6.1.4.1.311.44.3.1");
const ROLE: ObjectIdentifier = oid("1.3.6.1.4.1.311.44.3.3");
const CLASSIFIERS: ObjectIdentifier = oid("1.3.6.1.4.1.311.44.3.5");
const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
const ISSUER_ALT_NAME: ObjectIdentifier = oid("2.5.29.18");
const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
/// Of the other names that PnrpPeerName and PnrpClassifiersList hold.
const PEER_NAME_TYPE: ObjectIdentifier = oid("1.3.6.1.4.1.311.44.0.2");
const CLASSIFIER_TYPE: ObjectIdentifier = oid("1.3.6.1.4.1.311.44.0.3");

/// Extensions that may be critical without a meaning here: those of X.509 about keys and
/// authorities, and two that the grouping protocol gives to the same certificates.
const KNOWN: [ObjectIdentifier; 7] = [
    oid("2.5.29.14"),
    KEY_USAGE,
    oid("2.5.29.19"),
    oid("2.5.29.35"),
    oid("2.5.29.37"),
    oid("1.3.6.1.4.1.311.44.2.2"),
    oid("1.3.6.1.4.1.311.44.3.2"),
];

/// Version 1.2. MS-PNRP §2.2.3.5.1.2.
const VERSION_1_2: [u8; 4] = [1, 0, 2, 0];
const MEMBER: u32 = 1;
const ROOT: u32 = 2;
const ROLES: [(Role, [u8; 16]); 3] = [
    (
        Role::Admin,
        0x0438_7127_aa56_450a_8ce5_4f56_5c67_90f4_u128.to_be_bytes(),
    ),
    (
        Role::Member,
        0xf12d_c4c7_0857_4ca0_93fc_b1bb_19a3_d8c2_u128.to_be_bytes(),
    ),
    (
        Role::InvitingMember,
        0xdd15_f41f_fc4e_4922_b035_4c06_a754_d01d_u128.to_be_bytes(),
    ),
];
/// digitalSignature and keyCertSign, by which other tools know that the key may issue.
const SIGNS_CERTIFICATES: [u8; 4] = [0x03, 0x02, 0x02, 0x84];
/// Most characters of PnrpPeerName and of each classifier, with a final NUL.
const MAX_PEER_NAME: usize = 192;

const fn oid(id: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(id)
}

/// One extension as it stands in a certificate.
struct Raw<'a> {
    id: ObjectIdentifier,
    critical: bool,
    body: &'a [u8],
}

/// Reads what the context-specific element 3 holds.
pub(super) fn decode(extensions: Option<&[u8]>) -> Result<Extensions, Error> {
    let list = extensions.map_or(Some(Vec::new()), raw_extensions);
    let list = list.ok_or(Error::MalformedExtension("list of extensions"))?;
    let mut seen: Vec<ObjectIdentifier> = Vec::new();
    let mut found = Found::default();
    for raw in &list {
        if seen.contains(&raw.id) {
            return Err(Error::RepeatedExtension(raw.id.to_string()));
        }
        seen.push(raw.id);
        found.note(raw)?;
    }
    if !found.has_version {
        return Err(Error::MissingExtension("PnrpCertificateVersion"));
    }
    Ok(Extensions {
        kind: found
            .kind
            .ok_or(Error::MissingExtension("PnrpCertificateType"))?,
        subject_alt_name: found.subject_alt_name,
        issuer_alt_name: found.issuer_alt_name,
        peer_name: found.peer_name,
        roles: found.roles,
        classifiers: found.classifiers,
    })
}

#[derive(Default)]
struct Found {
    kind: Option<CertificateKind>,
    has_version: bool,
    subject_alt_name: Option<Text>,
    issuer_alt_name: Option<Text>,
    peer_name: Option<Text>,
    roles: Option<Vec<Role>>,
    classifiers: Option<Vec<Text>>,
}

impl Found {
    fn note(&mut self, raw: &Raw<'_>) -> Result<(), Error> {
        let body = raw.body;
        match raw.id {
            KIND => self.kind = Some(kind(body)?),
            VERSION => {
                check_version(body)?;
                self.has_version = true;
            }
            PEER_NAME => self.peer_name = Some(peer_name(body)?),
            ROLE => self.roles = Some(roles(body)?),
            CLASSIFIERS => {
                let list = other_names(body, CLASSIFIER_TYPE);
                let malformed = Error::MalformedExtension("PnrpClassifiersList");
                self.classifiers = Some(list.ok_or(malformed)?);
            }
            SUBJECT_ALT_NAME => {
                self.subject_alt_name = Some(alternative(body, "SubjectAltName")?);
            }
            ISSUER_ALT_NAME => {
                self.issuer_alt_name = Some(alternative(body, "IssuerAltName")?);
            }
            other if raw.critical && !KNOWN.contains(&other) => {
                return Err(Error::UnknownCriticalExtension(other.to_string()));
            }
            _ => {}
        }
        Ok(())
    }
}

fn raw_extensions(content: &[u8]) -> Option<Vec<Raw<'_>>> {
    let list = all(only(content, SEQUENCE)?)?;
    list.into_iter()
        .map(|(tag, extension)| (tag == SEQUENCE).then(|| raw_extension(extension))?)
        .collect()
}

fn raw_extension(content: &[u8]) -> Option<Raw<'_>> {
    let mut reader = SliceReader::new(content).ok()?;
    let id = ObjectIdentifier::decode(&mut reader).ok()?;
    let critical = match reader.peek_byte() {
        Some(OCTET_STRING) => false,
        _ => bool::decode(&mut reader).ok()?,
    };
    let body = expect(&mut reader, OCTET_STRING).filter(|_| reader.is_finished())?;
    Some(Raw { id, critical, body })
}

/// MS-PNRP §2.2.3.5.1.1.
fn kind(body: &[u8]) -> Result<CertificateKind, Error> {
    match u32::from_le_bytes(four_bytes(body, "PnrpCertificateType")?) {
        ROOT => Ok(CertificateKind::Root),
        MEMBER => Ok(CertificateKind::Member),
        other => Err(Error::UnknownKind(other)),
    }
}

/// MS-PNRP §2.2.3.5.1.2.
fn check_version(body: &[u8]) -> Result<(), Error> {
    match four_bytes(body, "PnrpCertificateVersion")? {
        VERSION_1_2 => Ok(()),
        other => Err(Error::CertificateVersion(other)),
    }
}

fn four_bytes(body: &[u8], name: &'static str) -> Result<[u8; 4], Error> {
    only(body, OCTET_STRING)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Error::MalformedExtension(name))
}

/// MS-PNRP §2.2.3.5.1.3.
fn peer_name(body: &[u8]) -> Result<Text, Error> {
    let names = other_names(body, PEER_NAME_TYPE).unwrap_or_default();
    match names.as_slice() {
        [name] if (1..=MAX_PEER_NAME).contains(&name.units().len()) => Ok(name.clone()),
        _ => Err(Error::MalformedExtension("PnrpPeerName")),
    }
}

/// MS-PNRP §2.2.3.5.1.4.
fn roles(body: &[u8]) -> Result<Vec<Role>, Error> {
    let malformed = || Error::MalformedExtension("PnrpRole");
    let uuids = only(body, SEQUENCE).and_then(all).ok_or_else(malformed)?;
    if uuids.is_empty() {
        return Err(Error::NoRole);
    }
    uuids
        .into_iter()
        .map(|(tag, uuid)| match tag {
            OCTET_STRING => role(uuid),
            _ => Err(malformed()),
        })
        .collect()
}

fn role(uuid: &[u8]) -> Result<Role, Error> {
    let known = ROLES.iter().find(|(_, known)| known == uuid);
    known.map(|(role, _)| *role).ok_or_else(|| {
        let digits = uuid.iter().map(|byte| format!("{byte:02x}"));
        Error::UnknownRole(digits.collect())
    })
}

fn alternative(body: &[u8], name: &'static str) -> Result<Text, Error> {
    let text = alternative_name_text(body).ok_or(Error::UnreadableName(name))?;
    bounded(text, name)
}

/// Writes what the context-specific element 3 holds.
pub(super) fn encode(extensions: &Extensions) -> Vec<u8> {
    let kind = match extensions.kind {
        CertificateKind::Member => MEMBER,
        CertificateKind::Root => ROOT,
    };
    let mut list = vec![
        critical(KIND, &element(OCTET_STRING, &kind.to_le_bytes())),
        critical(VERSION, &element(OCTET_STRING, &VERSION_1_2)),
    ];
    if let Some(name) = &extensions.peer_name {
        list.push(critical(PEER_NAME, &other_names_of([name], PEER_NAME_TYPE)));
    }
    if let Some(roles) = &extensions.roles {
        let uuids = ROLES.iter().filter(|(role, _)| roles.contains(role));
        let uuids: Vec<u8> = uuids
            .flat_map(|(_, uuid)| element(OCTET_STRING, uuid))
            .collect();
        list.push(critical(ROLE, &element(SEQUENCE, &uuids)));
    }
    if let Some(texts) = &extensions.classifiers {
        list.push(critical(
            CLASSIFIERS,
            &other_names_of(texts, CLASSIFIER_TYPE),
        ));
    }
    let alternatives = [
        (SUBJECT_ALT_NAME, &extensions.subject_alt_name),
        (ISSUER_ALT_NAME, &extensions.issuer_alt_name),
    ];
    for (id, text) in alternatives {
        list.extend(
            text.as_ref()
                .map(|text| extension(id, &[], &alternative_name(text))),
        );
    }
    list.push(extension(KEY_USAGE, &[], &SIGNS_CERTIFICATES));
    element(SEQUENCE, &list.concat())
}

/// All of PNRP's own are. MS-PNRP §2.2.3.5.1.
fn critical(id: ObjectIdentifier, body: &[u8]) -> Vec<u8> {
    const TRUE: [u8; 3] = [0x01, 0x01, 0xFF];
    extension(id, &TRUE, body)
}

fn extension(id: ObjectIdentifier, critical: &[u8], body: &[u8]) -> Vec<u8> {
    let parts = [
        object_id(id),
        critical.to_vec(),
        element(OCTET_STRING, body),
    ];
    element(SEQUENCE, &parts.concat())
}
