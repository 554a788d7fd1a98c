//! `pnrp capture` over the hand-made capture of `tests/vectors`, and over files that are none.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::{
    fs,
    net::Ipv6Addr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use pnrp_identity::{PeerIdentity, Signer, sign_cpa};
use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, ByteOrder, Classifier, ClassifierEncoding, Cpa,
    CpaKind, Dialect, Endpoint, FileTime, Message, MessageId, Nonce, Presence, RouteEntry,
    ServiceLocation,
};
use serde_json::{Value, json};
use tempfile::TempDir;

#[test]
fn every_datagram_is_one_object_of_the_promised_shape() {
    let index: Value =
        serde_json::from_slice(&fs::read(vectors("hand-made.index.json")).unwrap()).unwrap();

    let output = pnrp(&["--json", "capture", "decode"], &vectors("hand-made.pcap"));

    let lines = json_lines(&output);
    assert_eq!((output.status.code(), lines.len()), (Some(0), 34));
    for (line, expected) in lines.iter().zip(index.as_array().unwrap()) {
        assert_eq!(line["frame"], expected["frame"]);
        let name = line["message"].as_str().unwrap().to_uppercase();
        assert_eq!(name, expected["type"]);
        assert_eq!(line["id"], expected["payload"].as_str().unwrap()[16..24]);
        assert_eq!(line["error"], Value::Null);
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().nth(30).unwrap();
    assert_eq!(
        line,
        r#"{"frame":31,"source":"[fe80::1]:3540","destination":"[fe80::2]:3540","message":"ack","id":"09090902","fields":{"acked":"04040401","id_not_found":true},"error":null,"time":"2025-10-09T08:53:50Z"}"#
    );
}

#[test]
fn people_see_a_block_for_each_datagram() {
    let output = pnrp(&["capture", "decode"], &vectors("hand-made.pcap"));

    let text = String::from_utf8(output.stdout).unwrap();
    let ack = "\
31  2025-10-09T08:53:50Z  [fe80::1]:3540 > [fe80::2]:3540  ACK 09090902
  acked         04040401
  id_not_found  yes
";
    assert!(text.contains(ack), "{text}");
    assert!(text.contains("\n  buffer.cpa.not_after "));
    let notes = String::from_utf8(output.stderr).unwrap();
    assert_eq!(notes, "note: answers without all their fragments: 7\n");
}

#[test]
fn a_check_names_every_difference_and_its_reason() {
    let output = pnrp(&["capture", "check"], &vectors("hand-made.pcap"));

    let text = String::from_utf8(output.stdout).unwrap();
    let (text, _) = text.split_once("\n\n").unwrap();
    // What is in the lines about signed parts is another test.
    let text: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("]:3540  "))
        .collect();
    let expected = "\
8  FLOOD 04040404  CPA: same after normalizing the nonce of a revocation
11  AUTHORITY 08080801  CPA: same after normalizing text encoding
12  AUTHORITY 08080802  authority buffer: same after normalizing byte order
12  AUTHORITY 08080802  CPA: same after normalizing text encoding
13  AUTHORITY 08080803  extended payload: same after normalizing text encoding
14  AUTHORITY 08080807  extended payload: same after normalizing text encoding
16  AUTHORITY 08080805  authority buffer: same after normalizing padding
17  AUTHORITY 08080806  authority buffer: same after normalizing padding
27  AUTHORITY 08080840  CPA: same after normalizing text encoding
29  AUTHORITY 08080841  CPA: same after normalizing text encoding
32  ACK 09090903  datagram: same after normalizing padding
datagram: 34 checked, 33 same, 1 same after normalizing, 0 different, 0 not decoded
authority buffer: 10 checked, 7 same, 3 same after normalizing, 0 different, 0 not decoded
CPA: 9 checked, 4 same, 5 same after normalizing, 0 different, 0 not decoded
extended payload: 2 checked, 0 same, 2 same after normalizing, 0 different, 0 not decoded";
    assert_eq!(text.join("\n"), expected);
    assert_eq!(output.status.code(), Some(0));
}

/// The signatures of this capture are filler.
#[test]
fn a_check_says_which_readings_fit_a_signed_part() {
    let file = vectors("hand-made.pcap");

    let text = pnrp(&["capture", "check"], &file);
    let lines = json_lines(&pnrp(&["--json", "capture", "check"], &file));

    let text = String::from_utf8(text.stdout).unwrap();
    let line = "\
12  [fe80::1]:3540  CPA: authority little_endian, ID not in the capture, \"printer-é\" hashed as \
utf16le sent little_endian, signature fits in neither order, port 8080 or 36895
";
    assert!(text.contains(line), "{text}");
    let evidence: Vec<_> = lines
        .iter()
        .filter(|it| it.get("evidence").is_some())
        .collect();
    assert_eq!(evidence.len(), 9);
    assert_eq!(
        evidence[3],
        &json!({
            "frame": 12,
            "source": "[fe80::1]:3540",
            "evidence": {
                "cpa": {
                    "authority": "own_key",
                    "authority_order": "little_endian",
                    "id": null,
                    "classifier": {
                        "text": "printer-é",
                        "readings": [{ "wire": "little_endian", "encoding": "utf16le" }],
                    },
                    "signature": "neither",
                    "revoke_nonce": null,
                    "app_ports": [8080],
                },
                "payload": null,
            },
        })
    );
    assert_eq!(
        evidence[5]["evidence"]["payload"],
        json!({ "id": null, "signature": "neither" })
    );
}

#[test]
fn a_check_ends_with_the_dialect_of_the_capture() {
    let file = vectors("hand-made.pcap");

    let text = pnrp(&["capture", "check"], &file);
    let lines = json_lines(&pnrp(&["--json", "capture", "check"], &file));

    let text = String::from_utf8(text.stdout).unwrap();
    let (_, table) = text.split_once("\n\n").unwrap();
    let row = |name: &str| {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        row("number_order"),
        "number_order little_endian little_endian authorities: 8 service location of another ID: 3"
    );
    assert_eq!(
        row("signature_order"),
        "signature_order undecided big_endian signature in neither order: 11"
    );
    assert_eq!(
        row("app_port_order"),
        "app_port_order undecidable big_endian CPA with ports: 6"
    );
    assert_eq!(
        row("revoke_nonce "),
        "revoke_nonce contradicted present present in revocations: 1; absent in revocations: 1"
    );
    let ending = "\
dialect: differs from ours in classifier_wire, revoke_nonce, trailing_padding, \
inquire_answer_extras; left open: signature_order, app_port_order
";
    assert!(table.ends_with(ending), "{table}");
    assert!(table.contains("revoke_nonce is contradicted: present from frame 7 on by [fe80::1]:3540; absent from frame 8 on by [fe80::1]:3540\n"));

    let dialect = &lines.last().unwrap()["dialect"];
    assert_eq!(dialect["is_ours"], false);
    assert_eq!(dialect["readings"].as_object().unwrap().len(), 13);
    assert_eq!(
        dialect["readings"]["classifier_hash"],
        json!({
            "verdict": "decided",
            "value": "utf16le",
            "ours": "utf16le",
            "in_dialect": true,
            "supported": [{
                "value": "utf16le",
                "count": 4,
                "seen": { "texts": 4 },
                "first_frame": 11,
                "peers": ["[fe80::1]:3540"],
            }],
            "unexplained": { "text of another hash": 1 },
        })
    );
}

/// Everything that one answer can tell, by a peer that is not like us in anything.
#[test]
fn a_check_decides_what_an_answer_with_real_keys_tells() {
    let dialect = Dialect {
        number_order: ByteOrder::BigEndian,
        classifier_hash: ClassifierEncoding::Utf8Nul,
        classifier_wire: ByteOrder::LittleEndian,
        signature_order: ByteOrder::LittleEndian,
        trailing_padding: Presence::Present,
        ..Dialect::default()
    };
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("answer.pcap");
    fs::write(&path, pcap(&answer(&dialect))).unwrap();

    let lines = json_lines(&pnrp(&["--json", "capture", "check"], &path));
    let text = pnrp(&["capture", "check"], &path);

    let readings = &lines.last().unwrap()["dialect"]["readings"];
    for (reading, value) in [
        ("number_order", json!("big_endian")),
        ("classifier_hash", json!("utf8_nul")),
        ("classifier_wire", json!("little_endian")),
        ("signature_order", json!("little_endian")),
        ("trailing_padding", json!("present")),
        ("inquire_answer_extras", json!("present")),
        ("revoke_nonce", Value::Null),
        ("app_port_order", Value::Null),
        ("id_word", json!("PNRP")),
    ] {
        assert_eq!(readings[reading]["value"], value, "{reading}");
    }
    let text = String::from_utf8(text.stdout).unwrap();
    let line = "CPA: authority big_endian, ID fits (route), location big_endian, \
                \"web\" hashed as utf8_nul sent little_endian, signature little_endian\n";
    assert!(text.contains(line), "{text}");
    let ending = "differs from ours in number_order, classifier_hash, classifier_wire, \
                  signature_order, trailing_padding; left open: revoke_nonce, app_port_order\n";
    assert!(text.ends_with(ending), "{text}");
}

/// The datagram that answers an INQUIRE for a secure name.
fn answer(dialect: &Dialect) -> Vec<u8> {
    let identity = PeerIdentity::generate().unwrap();
    let address = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1);
    let classifier: Classifier = "web".parse().unwrap();
    let cpa = Cpa {
        kind: CpaKind::Publish(Nonce([3; 16])),
        has_extended_payload: false,
        not_after: FileTime(134_000_000_000_000_000),
        service_location: ServiceLocation::new(0x2001_0DB8_0000_0001, 0x0102_0304_0506_0708),
        authority: identity.authority(),
        classifier_hash: Some(classifier.hash(dialect)),
        friendly_name: None,
        service_addresses: vec![Endpoint {
            address,
            port: 3540,
        }],
        app_endpoints: Vec::new(),
        public_key: identity.public_key(),
    };
    let buffer = AuthorityBuffer {
        classifier: Some(classifier),
        route: Some(RouteEntry::new(cpa.id(), 3540, vec![address]).unwrap()),
        cpa: Some(sign_cpa(cpa, &identity, dialect).unwrap()),
        ..AuthorityBuffer::default()
    };
    let data = buffer.encode(dialect);
    let body = Body::Authority(AuthorityFragment {
        acked: MessageId(1),
        size: u16::try_from(data.len()).unwrap(),
        offset: 0,
        data,
    });
    Message {
        id: MessageId(2),
        body,
    }
    .encode(dialect)
}

/// A capture of one datagram, as raw IPv6.
fn pcap(datagram: &[u8]) -> Vec<u8> {
    const RAW_IP: u32 = 101;
    let numbers =
        |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|it| it.to_le_bytes()).collect() };
    let udp_length = u16::try_from(8 + datagram.len()).unwrap();
    let address = |last| Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, last).octets();
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(udp_length.to_be_bytes());
    packet.extend([17, 64]);
    packet.extend([address(1), address(2)].concat());
    packet.extend([3540, 3540, udp_length, 0].map(u16::to_be_bytes).concat());
    packet.extend(datagram);
    let length = u32::try_from(packet.len()).unwrap();
    let head = numbers(&[0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, RAW_IP]);
    let record = numbers(&[1_760_000_000, 0, length, length]);
    [head, record, packet].concat()
}

#[test]
fn a_strict_check_fails_on_allowed_differences() {
    let file = vectors("hand-made.pcap");

    let output = pnrp(&["--json", "capture", "check", "--strict"], &file);

    let lines = json_lines(&output);
    let last = lines.last().unwrap();
    let expected = json!({
        "checked": 34, "same": 33, "normalized": 1, "different": 0, "undecodable": 0,
    });
    assert_eq!(last["summary"]["datagram"], expected);
    let padded: Vec<_> = lines.iter().filter(|line| line["frame"] == 32).collect();
    assert_eq!(padded[0]["result"], "normalized");
    assert_eq!(padded[0]["normalized"], json!(["padding"]));
    is_refused(&output, "11 are the same only after normalizing");
}

#[test]
fn a_datagram_that_does_not_decode_fails_the_check_and_not_the_decoding() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("bad.pcap");
    let mut bytes = fs::read(vectors("hand-made.pcap")).unwrap();
    // The first byte of the first PNRP message: behind the headers of file, packet, link and IP.
    bytes[24 + 16 + 14 + 40 + 8] = 0xFF;
    fs::write(&path, bytes).unwrap();

    let decoded = pnrp(&["--json", "capture", "decode"], &path);
    let checked = pnrp(&["capture", "check"], &path);

    let first = &json_lines(&decoded)[0];
    assert_eq!(first["message"], Value::Null);
    assert_eq!(first["fields"], json!({}));
    assert_eq!(first["error"], "PNRP_HEADER.FieldID has the value 0xff10");
    assert_eq!(decoded.status.code(), Some(0));
    is_refused(&checked, "1 did not decode and 0 differ");
}

#[test]
fn another_port_is_another_protocol() {
    let file = vectors("hand-made.pcap");

    let decoded = pnrp(&["capture", "decode", "--port", "53"], &file);
    let checked = pnrp(&["capture", "check", "--port", "53"], &file);

    assert_eq!(decoded.status.code(), Some(0));
    assert!(decoded.stdout.is_empty());
    is_refused(&checked, "no datagram of UDP port 53 in 34 packets");
    let bad = pnrp(&["capture", "check", "--port", "0"], &file);
    assert_eq!(bad.status.code(), Some(2));
}

#[test]
fn a_capture_cut_off_gives_what_came_before_and_a_note() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("cut.pcap");
    let bytes = fs::read(vectors("hand-made.pcap")).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();

    let decoded = pnrp(&["--json", "capture", "decode"], &path);
    let checked = pnrp(&["capture", "check"], &path);

    assert_eq!(json_lines(&decoded).len(), 33);
    for output in [decoded, checked] {
        assert_eq!(output.status.code(), Some(0));
        let notes = String::from_utf8(output.stderr).unwrap();
        assert!(notes.contains("the file ends inside the record"), "{notes}");
    }
}

#[test]
fn what_is_no_capture_is_one_line_and_status_1() {
    let directory = TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut damaged = fs::read(vectors("hand-made.pcap")).unwrap();
    damaged[24 + 8..24 + 12].copy_from_slice(&[0xFF; 4]);
    let cases = [
        (file("empty", b""), "the file is empty"),
        (file("text", b"hello, world\n"), "begins with 68 65 6c 6c"),
        (file("short", b"\xd4\xc3\xb2\xa1\x02"), "inside its header"),
        (file("damaged", &damaged), "byte 24, after packet 0"),
        (directory.path().to_owned(), "is a directory"),
        (directory.path().join("absent"), "No such file"),
    ];
    for (path, text) in cases {
        for command in ["decode", "check"] {
            is_refused(&pnrp(&["capture", command], &path), text);
        }
    }
}

#[test]
fn a_capture_may_come_from_a_pipe() {
    let file = fs::File::open(vectors("hand-made.pcap")).unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_pnrp"))
        .args(["--json", "capture", "decode", "-"])
        .stdin(file)
        .output()
        .unwrap();

    assert_eq!(json_lines(&output).len(), 34);
}

fn is_refused(output: &Output, text: &str) {
    let error = str::from_utf8(&output.stderr).unwrap();
    let errors: Vec<_> = error
        .lines()
        .filter(|line| !line.starts_with("note: "))
        .collect();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(errors.len(), 1, "{error}");
    assert!(
        errors[0].starts_with("pnrp: ") && errors[0].contains(text),
        "{error}"
    );
}

fn json_lines(output: &Output) -> Vec<Value> {
    let text = str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn pnrp(arguments: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pnrp"))
        .args(arguments)
        .arg(file)
        .output()
        .unwrap()
}

fn vectors(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("../../tests/vectors").join(name)
}
