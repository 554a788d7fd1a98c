//! The hand-made datagrams of `tests/vectors`: an independent reading of MS-PNRP §2.2, in Python.
//!
//! Nothing here comes from Windows but the key of MS-RA.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "fixtures of a test: a panic is its failure"
)]

use std::{collections::BTreeMap, fs, path::Path};

use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, Dialect, Endpoint, Message, Payload, Presence,
    PublicKey, SignedCpa,
};
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

/// CPAs that are built to other bytes from their statements, and why. Their bytes are kept when
/// they are passed on.
const CPA_EXCEPTION: &str = "the friendly name is UTF-8, and we send UTF-16 where it fits";

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
fn every_cpa_is_built_to_the_same_bytes_from_its_statements() {
    let mut rebuilt = Vec::new();
    for (name, cpa) in cpas() {
        let revoke_nonce = if name.ends_with("nononce") {
            Presence::Absent
        } else {
            Presence::Present
        };
        let dialect = Dialect {
            revoke_nonce,
            ..Dialect::default()
        };

        let bytes = cpa.cpa().encode_unsigned(&dialect).unwrap();

        let is_excepted = cpa.cpa().friendly_name.is_some();
        assert_eq!(
            bytes == cpa.signed_bytes(),
            !is_excepted,
            "{name}: {CPA_EXCEPTION}"
        );
        assert!(cpa.describes(&cpa.id()), "{name}");
        if !is_excepted {
            rebuilt.push(name);
        }
    }

    rebuilt.sort();
    let expected = [
        "authority-cpa-unsecured",
        "authority-ext-cpa",
        "authority-ext-cpa-nopad",
        "flood-revoke",
        "flood-revoke-nononce",
    ];
    assert_eq!(rebuilt, expected);
}

/// The values that the script states, written out.
#[test]
fn a_cpa_has_the_values_it_was_made_of() {
    let buffers: BTreeMap<_, _> = buffers().into_iter().collect();
    let bytes = &buffers["authority-cls-route-cpa"];

    let buffer = AuthorityBuffer::decode(bytes, &Dialect::default()).unwrap();

    let cpa = buffer.cpa.as_ref().unwrap().cpa();
    let endpoint = |address: &str, port| Endpoint {
        address: address.parse().unwrap(),
        port,
    };
    assert_eq!(cpa.authority, cpa.public_key.authority());
    assert_eq!(
        cpa.service_location.0,
        std::array::from_fn(|i| 0xAF - u8::try_from(i).unwrap())
    );
    assert_eq!(cpa.not_after.0, 134_000_000_000_000_000);
    assert_eq!(cpa.friendly_name.as_ref().unwrap().as_str(), "Büro");
    assert_eq!(
        cpa.service_addresses,
        [endpoint("fe80::11", 3540), endpoint("2001:db8::2", 3541)]
    );
    let app = cpa.app_endpoints[0];
    assert_eq!(
        (app.address.to_string().as_str(), app.port, app.protocol),
        ("2001:db8::3", 8080, 6)
    );
    let classifier = buffer.classifier.as_ref().unwrap();
    assert_eq!(
        Some(classifier.hash(&Dialect::default())),
        cpa.classifier_hash
    );
}

#[test]
fn an_extended_payload_has_the_values_it_was_made_of() {
    let buffers: BTreeMap<_, _> = buffers().into_iter().collect();
    let bytes = &buffers["authority-ext-cpa"];

    let buffer = AuthorityBuffer::decode(bytes, &Dialect::default()).unwrap();

    let payload = buffer.extended_payload.unwrap();
    assert_eq!(payload.payload(), &Payload::string("hello").unwrap());
    let id = "9a6269171564d79c2b2cbc43f72676fe2830503acab4196c73d4682c4bc23813".parse();
    assert_eq!(Ok(payload.statements().id), id);
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

/// Every CPA in a FLOOD or a buffer.
fn cpas() -> Vec<(String, SignedCpa)> {
    let dialect = Dialect::default();
    let mut cpas = Vec::new();
    for (name, datagram) in datagrams() {
        if let Body::Flood(flood) = Message::decode(&datagram, &dialect).unwrap().body {
            cpas.extend(flood.content.revoke.map(|cpa| (name, cpa)));
        }
    }
    for (name, bytes) in buffers() {
        let buffer = AuthorityBuffer::decode(&bytes, &dialect).unwrap();
        cpas.extend(buffer.cpa.map(|cpa| (name, cpa)));
    }
    cpas
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
