//! `pnrp name`: conversions that need no node.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};

use serde_json::{Value, json};

const KEY: &str = "4562b4628ac54782dda52789038476237e7c7263";

#[test]
fn a_peer_name_has_a_host_name() {
    let secure = format!("{KEY}.johndoe");

    assert_eq!(prints(&["to-host", "0.johndoe"]), "johndoe.pnrp.net\n");
    assert_eq!(
        prints(&["to-host", &secure]),
        format!("johndoe-p.p{KEY}.pnrp.net\n")
    );
    assert_eq!(
        prints_json(&["to-host", "0.web"]),
        json!({ "name": "0.web", "host_name": "web.pnrp.net" })
    );
}

#[test]
fn a_name_without_host_name_fails_and_one_that_is_none_is_a_usage_error() {
    let long = format!("0.{}", "a-".repeat(70));

    fails(&["to-host", &long], 1, "too many hyphens");
    fails(&["to-host", "web"], 2, "has no dot");
    fails(&["to-host"], 2, "");
}

#[test]
fn a_host_name_stands_for_a_peer_name() {
    let host = format!("p.p{KEY}.pnrp.net");

    assert_eq!(prints(&["from-host", "JohnDoe.pnrp.net."]), "0.johndoe\n");
    assert_eq!(prints(&["from-host", &host]), format!("{KEY}.\n"));
    assert_eq!(
        prints_json(&["from-host", &host]),
        json!({
            "host_name": host,
            "name": format!("{KEY}."),
            "authority": KEY,
            "classifier": "",
            "classifier_utf16": [],
            "secure": true,
            "other": null,
        })
    );
}

#[test]
fn a_host_name_with_two_readings_gives_both() {
    let host = format!("ptest-p.p{KEY}.pnrp.net");

    let output = pnrp(&["name", "from-host", &host]);

    assert_eq!(text(&output.stdout), format!("{KEY}.test\n{KEY}.ptest\n"));
    assert!(text(&output.stderr).starts_with("note: "));
    let json = prints_json(&["from-host", &host]);
    assert_eq!(json.pointer("/name"), Some(&json!(format!("{KEY}.test"))));
    assert_eq!(
        json.pointer("/other/name"),
        Some(&json!(format!("{KEY}.ptest")))
    );
}

#[test]
fn an_unpaired_surrogate_is_shown_as_such_and_kept_in_json() {
    let output = pnrp(&["name", "from-host", "p-8c9b.pnrp.net"]);

    assert_eq!(text(&output.stdout), "0.\u{FFFD}\n");
    assert!(text(&output.stderr).contains("unpaired surrogate"));
    let json = prints_json(&["from-host", "p-8c9b.pnrp.net"]);
    assert_eq!(json.pointer("/classifier_utf16"), Some(&json!([0xD83D])));
}

#[test]
fn what_is_no_host_name_of_a_peer_cannot_be_converted() {
    fails(
        &["from-host", "www.example.com"],
        1,
        "is not under pnrp.net",
    );
    fails(
        &["from-host", "a_b.pnrp.net"],
        1,
        "not a part of a host name",
    );
    fails(&["from-host", "a-z.pnrp.net"], 1, "not the code");
}

/// The IDs are computed with another SHA-1, from the formula of MS-PNRP §3.1.4.4.1.
#[test]
fn a_name_has_an_id_for_each_reading() {
    let rows = [
        ("utf16le", "864ee2382bc38d7db1480c67b1379061"),
        ("utf16le_nul", "dcd30095e8a452a3d316f105090d2aff"),
        ("utf16be", "6f8c9bc1db95d97cc9e32a62791e0a44"),
        ("utf16be_nul", "729c87da69c9599847e322234b5b002d"),
        ("utf8", "1c7e8bf2cb51a9b477876e3794fedc76"),
        ("utf8_nul", "b0267fb313ff40874b1edc0e6414971d"),
    ];
    let suffix = "00000000000000008000000000000000";

    assert_eq!(
        prints(&["id", "0.PnrpTest"]),
        format!("P2P ID   {0}\nPNRP ID  {0}{suffix}\n", rows[0].1)
    );
    let expected = rows.map(|(encoding, p2p_id)| {
        json!({
            "name": "0.PnrpTest",
            "classifier_encoding": encoding,
            "p2p_id": p2p_id,
            "pnrp_id": format!("{p2p_id}{suffix}"),
        })
    });
    assert_eq!(prints_json(&["id", "0.PnrpTest"]), expected[0]);
    assert_eq!(
        prints_json(&["id", "0.PnrpTest", "--all-readings"]),
        json!(expected)
    );
    let table = prints(&["id", "0.PnrpTest", "--all-readings"]);
    for ((encoding, p2p_id), line) in rows.iter().zip(table.lines().skip(2)) {
        assert!(
            line.starts_with(&format!("{encoding} ")) && line.contains(p2p_id),
            "{table}"
        );
    }
    assert_eq!(table.lines().count(), 2 + rows.len());
}

#[test]
fn the_id_is_that_of_the_place() {
    let location = "00112233445566778899aabbccddeeff";
    let pnrp_id = |place: [&str; 2]| {
        let json = prints_json(&["id", "0.PnrpTest", place[0], place[1]]);
        json.pointer("/pnrp_id").unwrap().as_str().unwrap()[32..].to_owned()
    };

    assert_eq!(pnrp_id(["--location", location]), location);
    assert_eq!(
        pnrp_id(["--hint", "2001:db8:1:2:3:4:5:6"]),
        "20010db8000100028000000000000000"
    );
    fails(
        &["id", "0.x", "--location", "12"],
        2,
        "is not 32 hexadecimal digits",
    );
    fails(
        &["id", "0.x", "--location", &"+".repeat(32)],
        2,
        "hexadecimal",
    );
    fails(
        &["id", "0.x", "--hint", "::1", "--location", location],
        2,
        "--location",
    );
}

#[test]
fn a_check_says_what_a_name_is() {
    let secure = format!("{KEY}.");

    assert_eq!(
        prints(&["check", "0.John"]),
        "0.John is a peer name, unsecured\nAuthority   0\n\
         Classifier  4 of 149 UTF-16 units\nHost name   ohn-6z157a.pnrp.net\n"
    );
    assert_eq!(
        prints_json(&["check", &secure]),
        json!({
            "name": secure,
            "valid": true,
            "reason": null,
            "authority": KEY,
            "secure": true,
            "classifier_units": 0,
            "max_classifier_units": 149,
            "host_name": format!("p.p{KEY}.pnrp.net"),
        })
    );
    let units = prints_json(&["check", "0.😀"]);
    assert_eq!(units.pointer("/classifier_units"), Some(&json!(2)));
}

#[test]
fn a_check_says_why_a_host_name_is_missing() {
    let name = format!("0.{}", "a-".repeat(70));

    assert!(prints(&["check", &name]).contains("Host name   none: the name has too many hyphens"));
    assert_eq!(
        prints_json(&["check", &name]).pointer("/host_name"),
        Some(&Value::Null)
    );
}

#[test]
fn a_check_fails_on_what_is_no_name() {
    let long = format!("0.{}", "x".repeat(150));

    fails(&["check", &long], 2, "150 UTF-16 units");
    let output = fails(&["check", "web", "--json"], 2, "has no dot");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json.pointer("/valid"), Some(&json!(false)));
    let reason = json.pointer("/reason").unwrap().as_str().unwrap();
    assert!(reason.contains("has no dot"), "{reason}");
}

fn prints_json(arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&prints(&arguments)).unwrap()
}

/// What a command that succeeds prints.
fn prints(arguments: &[&str]) -> String {
    let output = pnrp(&[&["name"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// Runs a command that has to fail with one line.
fn fails(arguments: &[&str], status: i32, reason: &str) -> Output {
    let output = pnrp(&[&["name"], arguments].concat());
    let line = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{line}");
    assert!(line.starts_with("pnrp: ") && line.contains("; "), "{line}");
    assert!(line.contains(reason) && line.lines().count() == 1, "{line}");
    output
}

fn pnrp(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pnrp"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}
