//! Commands that need no daemon: the demonstration, and captures.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::snapshot;

#[test]
fn a_demonstration_shows_each_step() {
    let mut output = pnrp(&["demo", "--nodes", "5"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let is_hop = |line: &&str| line.starts_with("  hop ");
    // The way from node to node is another each time, and ends at the publisher.
    let last = text.lines().rfind(is_hop).unwrap().to_owned();
    assert!(last.ends_with("published"), "{text}");
    // A busy machine may need a second attempt.
    let is_told = |line: &&str| !is_hop(line) && !line.starts_with("not found; ");
    let lines = text.lines().filter(is_told).map(without_acquaintances);
    output.stdout = (lines.collect::<Vec<_>>().join("\n") + "\n").into_bytes();

    snapshot::check("demo", &output);
    snapshot::check("demo_of_too_few", &pnrp(&["demo", "--nodes", "4"]));
}

#[test]
fn a_demonstration_is_one_object() {
    let mut output = pnrp(&["demo", "--nodes", "5", "--json"]);
    let mut demo: Value = serde_json::from_slice(&output.stdout).unwrap();
    for node in demo["nodes"].as_array_mut().unwrap() {
        let cached = node["cached"].as_u64().unwrap();
        assert!((1..=9).contains(&cached), "{node}");
        node["cached"] = json!(1);
    }
    let attempts = demo["resolve"]["attempts"].as_u64().unwrap();
    assert!(attempts >= 1, "{demo}");
    demo["resolve"]["attempts"] = json!(1);
    let hops = demo["resolve"]["hops"].as_array_mut().unwrap();
    hops.drain(..hops.len() - 1);
    output.stdout = format!("{demo}\n").into_bytes();

    snapshot::check("demo_json", &output);
}

#[test]
fn a_capture_is_told_datagram_by_datagram() {
    snapshot::check("capture_decode", &pnrp(&["capture", "decode", HAND_MADE]));
    let json = pnrp(&["capture", "decode", HAND_MADE, "--json"]);
    snapshot::check("capture_decode_json", &json);
}

#[test]
fn a_capture_is_held_against_its_re_encoding() {
    snapshot::check("capture_check", &pnrp(&["capture", "check", HAND_MADE]));
    let json = pnrp(&["capture", "check", HAND_MADE, "--json"]);
    snapshot::check("capture_check_json", &json);
    let strict = pnrp(&["capture", "check", HAND_MADE, "--strict"]);
    snapshot::check("capture_check_strict", &strict);
}

#[test]
fn a_file_that_is_no_capture_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("no.pcap");
    fs::write(&path, "no capture at all, but long enough for a head").unwrap();
    let path = path.to_str().unwrap();

    snapshot::check("capture_of_no_file", &pnrp(&["capture", "decode", path]));
    snapshot::check(
        "capture_check_of_no_file",
        &pnrp(&["capture", "check", path]),
    );
}

/// How many others a node has met by then is another in each run.
fn without_acquaintances(line: &str) -> &str {
    line.split_once(", knows ")
        .map_or(line, |(before, _)| before)
}

/// Runs the command at the top of the repository, so that no path says where that is.
fn pnrp(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pnrp"))
        .current_dir(snapshot::repository())
        .args(arguments)
        .output()
        .unwrap()
}

const HAND_MADE: &str = "tests/vectors/hand-made.pcap";
