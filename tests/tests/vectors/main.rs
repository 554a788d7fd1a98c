//! Every annotated vector of `tests/vectors`: decoded, and encoded to the same bytes or refused for
//! the field it names. MS-PNRP §2.2.
//!
//! The directory of a vector says what it is; those in `reject/` say it themselves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is a failed test"
)]

mod file;
mod values;

use std::collections::BTreeSet;

use file::{Vector, find, vectors};
use pnrp_wire::{
    AuthorityBuffer, CertChain, DecodeError, Dialect, ExtendedPayload, Message, RouteEntry,
    SignedCpa,
};

/// What a vector may be: the names of the directories, and of `# structure:`.
const STRUCTURES: [&str; 13] = [
    "ack",
    "advertise",
    "authority",
    "authority_buffer",
    "cert_chain",
    "cpa",
    "extended_payload",
    "flood",
    "inquire",
    "lookup",
    "request",
    "route_entry",
    "solicit",
];

/// Vectors that no codec reads: their values are written out in `values.rs`.
const TEXT: [&str; 1] = ["ssdp/m-search"];

#[test]
fn every_vector_is_what_its_directory_says_and_encodes_to_its_bytes() {
    for vector in vectors().iter().filter(|vector| !vector.is_reject()) {
        if TEXT.contains(&vector.name.as_str()) {
            continue;
        }
        let name = &vector.name;

        let encoded = recode(vector.directory(), &vector.bytes);

        let encoded = encoded.unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = match vector.header("re-encodes as") {
            Some(other) => {
                assert_ne!(encoded, vector.bytes, "{name} does encode to its own bytes");
                find(other).bytes
            }
            None => vector.bytes.clone(),
        };
        assert_eq!(hex(&encoded), hex(&expected), "{name}");
    }
}

#[test]
fn every_reject_vector_is_refused_for_the_field_it_names() {
    let vectors = vectors().into_iter().filter(Vector::is_reject);
    let wrong: Vec<_> = vectors
        .filter_map(|vector| {
            let result = recode(vector.header("structure").unwrap(), &vector.bytes);
            let field = result.map_or_else(|error| error.field(), |_| "none");
            let expected = vector.header("rejects").unwrap();
            (field != expected).then(|| format!("{}: {field}, not {expected}", vector.name))
        })
        .collect();

    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_structure_has_vectors_of_both_kinds() {
    let (reject, accept): (Vec<Vector>, _) = vectors().into_iter().partition(Vector::is_reject);
    let accepted: BTreeSet<_> = accept.iter().map(Vector::directory).collect();
    let rejected: BTreeSet<_> = reject
        .iter()
        .filter_map(|v| v.header("structure"))
        .collect();

    assert_eq!(accepted, STRUCTURES.into_iter().chain(["ssdp"]).collect());
    assert_eq!(rejected, STRUCTURES.into_iter().collect());
}

#[test]
fn every_vector_says_where_it_is_from() {
    for vector in vectors() {
        assert!(vector.header("source").is_some(), "{}", vector.name);
    }
}

/// Decodes a structure, and encodes the value anew.
///
/// Signed structures are kept as they came, which is checked, and then built from their statements.
fn recode(structure: &str, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let dialect = Dialect::default();
    match structure {
        "authority_buffer" => {
            let buffer = AuthorityBuffer::decode(bytes, &dialect)?;
            Ok(buffer.encode(&dialect))
        }
        "cert_chain" => CertChain::decode(bytes).map(|chain| chain.encode()),
        "cpa" => {
            let cpa = SignedCpa::decode(bytes, &dialect)?;
            assert_eq!(cpa.as_bytes(), bytes);
            let anew = SignedCpa::new(cpa.cpa().clone(), cpa.signature().clone(), &dialect);
            Ok(anew.unwrap().as_bytes().to_vec())
        }
        "extended_payload" => {
            let payload = ExtendedPayload::decode(bytes, &dialect)?;
            assert_eq!(payload.as_bytes(), bytes);
            let (statements, signature) = (payload.statements(), payload.signature());
            let anew = ExtendedPayload::new(statements.clone(), signature.clone(), &dialect);
            Ok(anew.unwrap().as_bytes().to_vec())
        }
        "route_entry" => {
            let route = decode_route(bytes)?;
            let buffer = AuthorityBuffer {
                route: Some(route),
                ..AuthorityBuffer::default()
            };
            Ok(buffer.encode(&dialect).split_off(ROUTE_AT))
        }
        _ => {
            let message = Message::decode(bytes, &dialect)?;
            let kind = format!("{:?}", message.message_type()).to_lowercase();
            assert_eq!(kind, structure);
            Ok(message.encode(&dialect))
        }
    }
}

/// Flags, padding, FieldID and Length stand in front of the route entry of a buffer.
const ROUTE_AT: usize = 12;

/// A route entry is public only inside something else.
fn decode_route(bytes: &[u8]) -> Result<RouteEntry, DecodeError> {
    let length = u16::try_from(bytes.len() + 4).unwrap().to_be_bytes();
    let head = [0, 0x40, 0, 6, 0, 0, 0, 0, 0, 0x9A];
    let buffer = [&head, length.as_slice(), bytes].concat();
    AuthorityBuffer::decode(&buffer, &Dialect::default()).map(|buffer| buffer.route.unwrap())
}

/// Bytes as a failure shows them.
fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}
