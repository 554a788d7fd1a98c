//! `pnrp --help`, `completions`, `man` and `bugreport`.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{
    daemon::{Daemon, command, feed},
    snapshot,
};

fn pnrp(arguments: &[&str]) -> Output {
    command(Path::new("/nonexistent/pnrpd.sock"), arguments)
        .output()
        .unwrap()
}

#[test]
fn the_help_begins_with_examples_and_says_what_an_exit_means() {
    snapshot::check("help", &pnrp(&["--help"]));
    snapshot::check("help_register", &pnrp(&["register", "--help"]));
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = pnrp(&["completions", shell]);

        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("unregister"), "{shell}: {script}");
    }
    snapshot::check("completions_unknown", &pnrp(&["completions", "tcsh"]));
}

#[test]
fn bash_can_read_its_completions() {
    let script = pnrp(&["completions", "bash"]).stdout;
    let mut bash = Command::new("bash");
    bash.arg("-n");

    let read = feed(bash, &script);

    assert!(read.status.success(), "{read:?}");
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("deep/man1");

    let written = pnrp(&["man", "--out", out.to_str().unwrap()]);

    assert!(written.status.success(), "{written:?}");
    for page in ["pnrp", "pnrp-resolve", "pnrp-cloud-list", "pnrp-bugreport"] {
        let text = fs::read_to_string(out.join(format!("{page}.1"))).unwrap();
        assert!(text.contains(".TH pnrp"), "{page}: {text}");
        assert!(text.contains("pnrp "), "{page}: {text}");
    }
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = pnrp(&["man", "--out", file.to_str().unwrap()]);
    snapshot::check("man_into_a_file", &refused);
}

/// What was published, kept, configured and logged, and must not leave the host.
const SECRETS: [&str; 6] = [
    "payload-content",
    "comment-content",
    "secret-name",
    "password-content",
    "PRIVATE KEY",
    "logged-content",
];

#[test]
fn a_bug_report_holds_no_secret() {
    let daemon = Daemon::start();
    let register = [
        "register",
        "0.secret-name",
        "--payload",
        "-",
        "--comment",
        "comment-content",
        "--persist",
    ];
    assert!(daemon.feed(&register, b"payload-content").status.success());
    let file = |name: &str| daemon.directory.path().join(name).display().to_string();
    let exported = file("exported.pem");
    let mut export = daemon.command(&["identity", "export", "default", "--output", &exported]);
    export.env("PNRP_PASSWORD", "password-content");
    assert!(export.output().unwrap().status.success());
    fs::write(
        file("config"),
        "port = 4000\npassword = 'password-content'\n",
    )
    .unwrap();
    let key = fs::read_to_string(daemon.directory.path().join("state/machine-identity.pem"));
    let key = key.unwrap();
    let log = format!("a harmless line\npayload=logged-content\n{key}");
    fs::write(file("log"), log).unwrap();

    let report = file("report.json");
    let arguments = [
        "bugreport",
        "--output",
        &report,
        "--config",
        &file("config"),
    ];
    let written = daemon.run(&[&arguments[..], &["--log", &file("log")]].concat());
    assert!(written.status.success(), "{written:?}");

    let text = fs::read_to_string(&report).unwrap();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let lines: Vec<_> = key.lines().filter(|line| !line.contains('-')).collect();
    assert!(lines.len() > 10, "{key}");
    for line in lines {
        assert!(!text.contains(line), "a line of the key: {text}");
    }
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["daemon"]["answers"], true);
    assert_eq!(report["versions"]["pnrpd"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["configuration"]["settings"]["port"], 4000);
    assert_eq!(report["configuration"]["left_out"][0], "password");
    assert_eq!(report["clouds"][0]["cached"], 0);
    assert!(report["clouds"][0]["stats"]["counters"].is_object());
    assert_eq!(report["registrations"][0]["persistent"], true);
    assert_eq!(report["log"]["lines"][0], "a harmless line");
    assert!(report["doctor"].as_array().unwrap().len() > 1);

    snapshot::check("bugreport_again", &daemon.run(&arguments));
}

#[test]
fn a_bug_report_says_that_no_daemon_answers() {
    let output = pnrp(&["bugreport", "--json", "--config", "/nonexistent/config"]);

    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["daemon"]["answers"], false);
    assert!(report["configuration"]["error"].is_string());
    assert!(report["clouds"].is_array());
}
