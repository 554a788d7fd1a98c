//! The real binary: what it prints and the status it exits with.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

const LOOPBACK: &str = if cfg!(target_os = "macos") {
    "lo0"
} else {
    "lo"
};

#[test]
fn a_name_without_a_dot_is_a_usage_error() {
    fails_with(&["resolve", "web"], 2, "has no dot");
    fails_with(&["register", "web", "--endpoint", ":80"], 2, "has no dot");
}

#[test]
fn an_authority_of_39_digits_is_a_usage_error() {
    let name = format!("{}.web", "a".repeat(39));

    fails_with(&["resolve", &name], 2, "39 digits");
}

#[test]
fn a_classifier_of_150_units_is_a_usage_error() {
    let name = format!("0.{}", "x".repeat(150));

    fails_with(&["resolve", &name], 2, "150 UTF-16 units");
}

#[test]
fn endpoints_nobody_could_reach_are_usage_errors() {
    for endpoint in [
        "[::1]:0",
        ":0",
        "[::]:80",
        "::1:80",
        "[10.0.0.1]:80",
        "[::1]:80/smtp",
    ] {
        fails_with(
            &["register", "0.web", "--endpoint", endpoint],
            2,
            "cannot be used",
        );
    }
    fails_with(&["register", "0.web"], 2, "needs an endpoint or a payload");
    fails_with(
        &["resolve", "0.web", "--peer", "[fe80::1]:3540"],
        2,
        "needs its interface",
    );
}

#[test]
fn a_comment_or_payload_that_is_too_long_is_a_usage_error() {
    let comment = "x".repeat(40);
    fails_with(
        &[
            "register",
            "0.web",
            "--endpoint",
            ":80",
            "--comment",
            &comment,
        ],
        2,
        "comment",
    );

    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[0xff; 4_097]).unwrap();
    let path = file.path().to_str().unwrap();
    fails_with(&["register", "0.web", "--payload", path], 2, "payload");
}

#[test]
fn what_the_command_line_cannot_mean_is_a_usage_error() {
    let bad: [&[&str]; 8] = [
        &[],
        &["fly"],
        &["resolve"],
        &["resolve", "0.web", "--timeout", "soon"],
        &["resolve", "0.web", "--timeout", "11m"],
        &["resolve", "0.web", "--criteria", "best"],
        &["cloud", "list", "--scope", "galactic"],
        &["demo", "--nodes", "4"],
    ];
    for arguments in bad {
        fails_with(arguments, 2, "");
    }
}

#[test]
fn an_unknown_cloud_is_named_with_those_there_are() {
    let arguments = [
        "resolve",
        "0.web",
        "--interface",
        LOOPBACK,
        "--cloud",
        "nowhere",
    ];

    fails_with(
        &arguments,
        5,
        "there is no cloud \"nowhere\"; there is LinkLocal_ff00::%",
    );
}

#[test]
fn commands_that_need_the_daemon_say_that_it_is_missing() {
    fails_with(
        &["register", "0.web", "--endpoint", ":80"],
        4,
        "no pnrpd answers at ",
    );
    fails_with(&["names"], 4, "no pnrpd answers at ");
    fails_with(&["cloud", "cache", "eth0"], 4, "no pnrpd answers at ");
    fails_with(&["cloud", "stats", "eth0"], 4, "no pnrpd answers at ");
}

#[test]
fn a_name_nobody_registered_is_not_found() {
    let arguments = [
        "resolve",
        "0.nobody",
        "--interface",
        LOOPBACK,
        "--timeout",
        "20s",
    ];

    let output = fails_with(&arguments, 3, "\"0.nobody\" was not found");

    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).starts_with("note: no pnrpd answers at "));
}

#[test]
fn a_trace_of_a_name_nobody_registered_says_so() {
    let arguments = ["trace", "0.nobody", "--interface", LOOPBACK, "--json"];

    let output = fails_with(&arguments, 3, "");

    assert_eq!(
        json(&output.stdout),
        serde_json::json!({ "hops": [], "result": "alone" })
    );
}

#[test]
fn clouds_are_listed_before_they_are_started() {
    let output = pnrp(&["cloud", "list", "--interface", LOOPBACK, "--json"]);

    assert_eq!(output.status.code(), Some(0));
    let clouds = json(&output.stdout);
    let cloud = &clouds.as_array().unwrap()[0];
    let keys: Vec<_> = cloud
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "addresses",
            "cached",
            "flags",
            "name",
            "registered",
            "scope",
            "scope_id",
            "size_estimate",
            "state"
        ]
    );
    assert_eq!(cloud["state"], "Virtual");
    assert_eq!(cloud["scope"], "link-local");
    assert_eq!(cloud["flags"], serde_json::json!(["NAME_LOCAL"]));
    assert_eq!(cloud["addresses"], serde_json::json!(["::1"]));
}

#[test]
fn a_demonstration_succeeds() {
    let output = pnrp(&["demo", "--nodes", "5", "--json"]);

    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let demo = json(&output.stdout);
    assert_eq!(demo["ok"], true);
    assert_eq!(demo["nodes"].as_array().unwrap().len(), 5);
    assert_eq!(demo["resolve"]["found"]["endpoints"][0]["port"], 8080);
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [["--help"], ["--version"]] {
        let output = pnrp(&arguments);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(text(&output.stderr), "");
    }
}

/// Runs a command that has to fail with a status and one line that says why.
fn fails_with(arguments: &[&str], status: i32, reason: &str) -> Output {
    let output = pnrp(arguments);
    let stderr = text(&output.stderr);
    let errors: Vec<_> = stderr
        .lines()
        .filter(|line| !line.starts_with("note: "))
        .collect();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{arguments:?}: {stderr}"
    );
    assert_eq!(errors.len(), 1, "{arguments:?}: {stderr}");
    assert!(errors[0].starts_with("pnrp: "), "{arguments:?}: {stderr}");
    assert!(
        errors[0].contains("; "),
        "{arguments:?} does not say what to do: {stderr}"
    );
    assert!(errors[0].contains(reason), "{arguments:?}: {stderr}");
    output
}

/// Runs the command where no daemon is.
fn pnrp(arguments: &[&str]) -> Output {
    let empty = TempDir::new().unwrap();
    let mut command = command(&empty.path().join("pnrpd.sock"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn command(socket: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pnrp"));
    command.env("PNRP_SOCKET", socket);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}
