//! The hand-made datagrams of `tests/vectors`: an independent reading of MS-PNRP §2.2, in Python.
//!
//! Nothing here comes from Windows but the key of MS-RA.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "fixtures of a test: a panic is its failure"
)]

use std::{collections::BTreeMap, fs, path::Path};

use pnrp_wire::{AuthorityBuffer, AuthorityFragment, Body, Dialect, Message, PublicKey};
use serde_json::Value;

/// Datagrams that encode to other bytes than they came in, and why.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "ack-N-padded",
    "the last element is padded, and we send it without padding",
)];

/// Buffers that encode to other bytes than they came in, and why.
const BUFFER_EXCEPTIONS: [(&str, &str); 3] = [
    (
        "authority-N-padded",
        "the last element is padded, and we send it without padding",
    ),
    (
        "authority-LB",
        "the last element is padded, and we send it without padding",
    ),
    (
        "authority-cls-le",
        "the classifier is little-endian, and we send it big-endian",
    ),
];

#[test]
fn every_datagram_survives_decoding_and_encoding() {
    let dialect = Dialect::default();
    for (name, datagram) in datagrams() {
        let message = Message::decode(&datagram, &dialect);

        let message = message.unwrap_or_else(|error| panic!("{name}: {error}"));
        let encoded = message.encode(&dialect);
        assert_eq!(encoded == datagram, !excepted(&EXCEPTIONS, &name), "{name}");
        assert_eq!(Message::decode(&encoded, &dialect), Ok(message), "{name}");
    }
}

#[test]
fn every_authority_buffer_survives_decoding_and_encoding() {
    let dialect = Dialect::default();
    for (name, bytes) in buffers() {
        let buffer = AuthorityBuffer::decode(&bytes, &dialect);

        let buffer = buffer.unwrap_or_else(|error| panic!("{name}: {error}"));
        let encoded = buffer.encode(&dialect);
        assert_eq!(
            encoded == bytes,
            !excepted(&BUFFER_EXCEPTIONS, &name),
            "{name}"
        );
        assert_eq!(
            AuthorityBuffer::decode(&encoded, &dialect),
            Ok(buffer),
            "{name}"
        );
    }
}

#[test]
fn the_exceptions_exist() {
    let datagrams: BTreeMap<_, _> = datagrams().into_iter().collect();
    let buffers: BTreeMap<_, _> = buffers().into_iter().collect();

    assert!(
        EXCEPTIONS
            .iter()
            .all(|(name, _)| datagrams.contains_key(*name))
    );
    assert!(
        BUFFER_EXCEPTIONS
            .iter()
            .all(|(name, _)| buffers.contains_key(*name))
    );
    assert_eq!((datagrams.len(), buffers.len()), (34, 13));
}

#[test]
fn little_endian_classifier_text_is_recognised_by_its_hash() {
    let buffers: BTreeMap<_, _> = buffers().into_iter().collect();
    for name in ["authority-cls-le", "authority-cls-route-cpa"] {
        let buffer = AuthorityBuffer::decode(&buffers[name], &Dialect::default()).unwrap();

        assert_eq!(
            buffer.classifier.unwrap().to_string(),
            "printer-é",
            "{name}"
        );
    }
}

#[test]
fn the_authority_of_a_windows_identity_is_the_hash_of_its_key() {
    let vector = json("ms-ra-authority.json");
    let key = PublicKey::from_der(&hex(&vector["rsa_public_key_der"])).unwrap();

    assert_eq!(
        key.authority().to_string(),
        "38827fecd1245882413e9a42c23d81f1aae08c4d"
    );
    assert_eq!(key.authority().to_string(), vector["authority"]);
}

/// Name and UDP payload of every frame.
fn datagrams() -> Vec<(String, Vec<u8>)> {
    let index = json("hand-made.index.json");
    let frames = index.as_array().unwrap().iter();
    frames
        .map(|frame| {
            (
                frame["name"].as_str().unwrap().to_owned(),
                hex(&frame["payload"]),
            )
        })
        .collect()
}

/// Every buffer whose fragments are all there, under the name of its first frame.
fn buffers() -> Vec<(String, Vec<u8>)> {
    let mut open: BTreeMap<u32, (String, Vec<AuthorityFragment>)> = BTreeMap::new();
    for (name, datagram) in datagrams() {
        let message = Message::decode(&datagram, &Dialect::default()).unwrap();
        if let Body::Authority(fragment) = message.body {
            let is_part = name.contains("frag");
            let key = if is_part {
                fragment.acked.0 ^ u32::from(fragment.size)
            } else {
                message.id.0
            };
            open.entry(key)
                .or_insert((name, Vec::new()))
                .1
                .push(fragment);
        }
    }
    open.into_values()
        .map(|(name, fragments)| (name, join(fragments)))
        .collect()
}

fn join(mut fragments: Vec<AuthorityFragment>) -> Vec<u8> {
    fragments.sort_by_key(|fragment| fragment.offset);
    let size = usize::from(fragments[0].size);
    let bytes: Vec<u8> = fragments
        .into_iter()
        .flat_map(|fragment| fragment.data)
        .collect();
    assert_eq!(bytes.len(), size);
    bytes
}

fn excepted(exceptions: &[(&str, &str)], name: &str) -> bool {
    exceptions.iter().any(|(excepted, _)| *excepted == name)
}

fn json(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors")
        .join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
