//! The hand-made capture of `tests/vectors`, whose writer is another program.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "fixtures of a test: a panic is its failure"
)]

use std::{fs, path::PathBuf};

use pnrp_capture::{Checker, Comparison, Datagrams, Decoder, Freedom, Subject, compare_cpa};
use pnrp_wire::{AuthorityBuffer, Body, Dialect, Message, SignedCpa};
use serde_json::{Value, json};

#[test]
fn every_datagram_is_found_and_named() {
    let index = fs::read_to_string(vectors("hand-made.index.json")).unwrap();
    let index: Vec<Value> = serde_json::from_str(&index).unwrap();
    let datagrams = datagrams();
    assert_eq!((datagrams.len(), index.len()), (34, 34));

    let mut decoder = Decoder::default();
    for (datagram, expected) in datagrams.iter().zip(&index) {
        let decoded = decoder.decode(datagram);

        let payload: String = datagram
            .payload
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(datagram.frame, expected["frame"]);
        assert_eq!(payload, expected["payload"]);
        let name = decoded
            .kind
            .map(pnrp_wire::MessageType::name)
            .unwrap()
            .to_uppercase();
        assert_eq!(name, expected["type"]);
        assert_eq!(decoded.error, None);
    }
    assert_eq!(decoder.unfinished(), 7);
}

/// The exceptions that the test of the codec lists, and no others.
#[test]
fn the_exceptions_have_their_reasons() {
    let mut checker = Checker::default();
    let mut exceptions = Vec::new();
    let mut checked = 0;
    for datagram in datagrams() {
        for finding in checker.check(&datagram) {
            checked += 1;
            match finding.result.unwrap() {
                Comparison::Same => {}
                Comparison::SameAfter(freedoms) => {
                    exceptions.extend(
                        freedoms
                            .iter()
                            .map(|it| (datagram.frame, finding.subject, *it)),
                    );
                }
                Comparison::Different { offset } => panic!("{} at {offset}", datagram.frame),
            }
        }
    }

    let (buffer, cpa, payload) = (Subject::Buffer, Subject::Cpa, Subject::ExtendedPayload);
    assert_eq!(
        exceptions,
        [
            (8, cpa, Freedom::RevokeNonce),
            (11, cpa, Freedom::TextEncoding),
            (12, buffer, Freedom::ByteOrder),
            (12, cpa, Freedom::TextEncoding),
            (13, payload, Freedom::TextEncoding),
            (14, payload, Freedom::TextEncoding),
            (16, buffer, Freedom::Padding),
            (17, buffer, Freedom::Padding),
            (27, cpa, Freedom::TextEncoding),
            (29, cpa, Freedom::TextEncoding),
            (32, Subject::Datagram, Freedom::Padding),
        ]
    );
    // 34 datagrams, 10 buffers, 9 CPAs, 2 extended payloads.
    assert_eq!(checked, 55);
}

/// The values that the script which made the capture states, written out.
#[test]
fn a_completed_buffer_shows_all_its_parts() {
    let mut decoder = Decoder::default();
    let decoded: Vec<_> = datagrams().iter().map(|it| decoder.decode(it)).collect();
    let fields = |frame: usize| serde_json::to_value(&decoded[frame - 1].fields).unwrap();

    let answer = fields(11);
    assert_eq!(answer["size"], 590);
    let buffer = &answer["buffer"];
    assert_eq!(buffer["busy"], false);
    assert_eq!(buffer["classifier"], "printer-é");
    let cpa = &buffer["cpa"];
    assert_eq!(cpa["not_after"], "2025-08-18T14:13:20Z");
    assert_eq!(cpa["friendly_name"], "Büro");
    assert_eq!(
        cpa["service_addresses"],
        json!(["[fe80::11]:3540", "[2001:db8::2]:3541"])
    );
    let endpoint = json!({ "address": "2001:db8::3", "port": 8080, "protocol": 6 });
    assert_eq!(cpa["app_endpoints"][0], endpoint);
    assert_eq!(fields(13)["buffer"]["extended_payload"]["payload"], "hello");
    // Two fragments of one message ID, in both orders.
    for (first, last) in [(26, 27), (28, 29)] {
        assert_eq!(fields(first).get("buffer"), None);
        assert!(fields(last)["buffer"]["cert_chain"].is_string());
    }
    // Fragments under different message IDs belong to different buffers.
    assert!((19..=25).all(|frame| fields(frame).get("buffer").is_none()));
}

#[test]
fn what_was_not_captured_whole_does_not_decode() {
    let mut datagram = datagrams().remove(0);
    datagram.payload.truncate(100);
    datagram.missing = 20;

    let decoded = Decoder::default().decode(&datagram);
    let findings = Checker::default().check(&datagram);

    let error = "the capture has only 100 of 120 bytes";
    assert_eq!(decoded.error.as_deref(), Some(error));
    assert_eq!(
        decoded.kind.map(pnrp_wire::MessageType::name),
        Some("solicit")
    );
    assert_eq!(findings[0].result, Err(error.to_owned()));
}

#[test]
fn a_cpa_is_compared_under_every_reading() {
    let bytes = cpa_of_frame_13();
    let compared = |bytes: &[u8]| {
        let cpa = SignedCpa::decode(bytes, &Dialect::default()).unwrap();
        compare_cpa(&cpa)
    };
    let patched = |patches: &[(usize, u8)]| {
        let mut bytes = bytes.clone();
        for (at, value) in patches {
            bytes[*at] |= value;
        }
        bytes
    };
    let reserved = patched(&[(6, 0x80), (7, 0x01)]);
    let key = bytes.len() - 136 - 169;
    let reserved_in_key = patched(&[(key + 4, 1), (key + 8, 1)]);
    let mut natural = bytes.clone();
    natural[48..68].reverse();

    assert_eq!(compared(&bytes), Comparison::Same);
    let same_after = |freedom| Comparison::SameAfter([freedom].into());
    assert_eq!(compared(&reserved), same_after(Freedom::ReservedBits));
    assert_eq!(
        compared(&reserved_in_key),
        same_after(Freedom::ReservedBits)
    );
    assert_eq!(compared(&natural), same_after(Freedom::ByteOrder));
}

/// Publishes under an authority, without a friendly name.
fn cpa_of_frame_13() -> Vec<u8> {
    let dialect = Dialect::default();
    let message = Message::decode(&datagrams()[12].payload, &dialect).unwrap();
    let Body::Authority(fragment) = message.body else {
        panic!("no answer");
    };
    let buffer = AuthorityBuffer::decode(&fragment.data, &dialect).unwrap();
    buffer.cpa.unwrap().as_bytes().to_vec()
}

fn datagrams() -> Vec<pnrp_capture::Datagram> {
    let file = fs::File::open(vectors("hand-made.pcap")).unwrap();
    let datagrams = Datagrams::new(file, 3540).unwrap();
    datagrams.collect::<Result<_, _>>().unwrap()
}

fn vectors(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("../../tests/vectors").join(name)
}
