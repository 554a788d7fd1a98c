//! A CPA as the dissector ought to show it. MS-PNRP §2.2.3.1.

use pnrp_wire::{AppEndpoint, Authority, Cpa, CpaKind, FriendlyName, SignedCpa};

use crate::{
    fields::{Fields, hex},
    split::{NONCE, VALIDATE_CPA},
};

/// Adds the fields of VALIDATE_CPA.
pub fn publication(fields: &mut Fields, signed: &SignedCpa) {
    add(fields, signed, signed.as_bytes().len());
}

/// Adds the fields of REVOKE_CPA, in the form in which it is presented to the dissector.
pub fn revocation(fields: &mut Fields, signed: &SignedCpa) {
    add(fields, signed, signed.as_bytes().len() - NONCE);
}

fn add(fields: &mut Fields, signed: &SignedCpa, length: usize) {
    let cpa = signed.cpa();
    super::element(fields, VALIDATE_CPA, length)
        .add("pnrp.encodedCPA.length", length)
        .add("pnrp.encodedCPA.vMinor", 0)
        .add("pnrp.encodedCPA.vMajor", 2)
        .add("pnrp.vMinor", 0)
        .add("pnrp.vMajor", 4)
        .add("pnrp.reserved", 0)
        .add("pnrp.encodedCPA.expirationDate", cpa.not_after.0)
        .bytes("pnrp.encodedCPA.serviceLocation", &cpa.service_location.0);
    flags(fields, cpa);
    if let CpaKind::Publish(nonce) = cpa.kind {
        fields.bytes("pnrp.segment.nonce", &nonce.0);
    }
    if let Authority::Secure(hash) = cpa.authority {
        fields.bytes("pnrp.encodedCPA.binaryAuthority", &hash);
    }
    if let Some(hash) = &cpa.classifier_hash {
        fields.bytes("pnrp.encodedCPA.classifierHash", &hash.0);
    }
    if let Some(name) = &cpa.friendly_name {
        let bytes = friendly_name(name);
        fields
            .add("pnrp.encodedCPA.friendlyName.length", bytes.len())
            .bytes("pnrp.encodedCPA.friendlyName", &bytes);
    }
    fields
        .add(
            "pnrp.encodedCPA.number_of_service_addresses",
            cpa.service_addresses.len(),
        )
        .add("pnrp.encodedCPA.service_address_length", 18);
    super::service_addresses(fields, &cpa.service_addresses);
    payload(fields, &cpa.app_endpoints);
    public_key(fields, &cpa.public_key.0);
    signature(fields, &signed.signature().0);
}

fn flags(fields: &mut Fields, cpa: &Cpa) {
    let is_utf8 = cpa.friendly_name.as_ref().is_some_and(is_sent_as_utf8);
    let [x, f, c, a, u, r] = [
        cpa.has_extended_payload,
        cpa.friendly_name.is_some(),
        cpa.classifier_hash.is_some(),
        cpa.authority != Authority::Unsecured,
        is_utf8,
        cpa.kind == CpaKind::Revoke,
    ]
    .map(u8::from);
    fields
        .add(
            "pnrp.encodedCPA.flags",
            x << 5 | f << 4 | c << 3 | a << 2 | u << 1 | r,
        )
        .add("pnrp.encodedCPA.flags.reserved", 0)
        .add("pnrp.encodedCPA.flags.xbit", x)
        .add("pnrp.encodedCPA.flags.fbit", f)
        .add("pnrp.encodedCPA.flags.cbit", c)
        .add("pnrp.encodedCPA.flags.abit", a)
        .add("pnrp.encodedCPA.flags.ubit", u)
        .add("pnrp.encodedCPA.flags.rbit", r);
}

fn friendly_name(name: &FriendlyName) -> Vec<u8> {
    match is_sent_as_utf8(name) {
        true => name.as_str().as_bytes().to_vec(),
        false => name
            .as_str()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
    }
}

/// UTF-16 has room for 39 units.
fn is_sent_as_utf8(name: &FriendlyName) -> bool {
    name.as_str().encode_utf16().count() > 39
}

/// MS-PNRP §2.2.3.1.2, §2.2.3.1.3.
fn payload(fields: &mut Fields, endpoints: &[AppEndpoint]) {
    let data = 20 * endpoints.len();
    let (payloads, total) = if endpoints.is_empty() {
        (0, 4)
    } else {
        (1, 10 + data)
    };
    fields
        .add("pnrp.encodedCPA.number_of_payload_structures", payloads)
        .add("pnrp.encodedCPA.total_bytes_of_payload", total);
    if payloads == 0 {
        return;
    }
    fields
        .add("pnrp.payload.type", 1)
        .add("pnrp.payload.length", data)
        .each(
            "pnrp.segment.ipv6Address",
            endpoints.iter().map(|at| at.address),
        )
        .each("pnrp.payload.port", endpoints.iter().map(|at| at.port))
        .each(
            "pnrp.payload.iana_proto",
            endpoints.iter().map(|at| at.protocol),
        );
}

/// MS-PNRP §2.2.3.1.4.
fn public_key(fields: &mut Fields, der: &[u8]) {
    fields
        .add("pnrp.publicKey.structure_length", 169)
        .add("pnrp.publicKey.algorithm_oid_size", 20)
        .add("pnrp.publicKey.reserved", 0)
        .add("pnrp.publicKey.cbdata_size", der.len())
        .add("pnrp.publicKey.unused_bits", 0)
        .add("pnrp.publicKey.objID", "1.2.840.113549.1.1.1")
        .add("pnrp.publicKey.publicKeyData", hex(der));
}

/// MS-PNRP §2.2.3.2.
fn signature(fields: &mut Fields, data: &[u8]) {
    fields
        .add("pnrp.signature.structure_length", 136)
        .add("pnrp.signature.length", data.len())
        .add("pnrp.signature.hash_id", 0x8004)
        .bytes("pnrp.signature.data", data);
}
