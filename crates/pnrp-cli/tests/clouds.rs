//! `pnrp cloud`, `pnrp ping` and `pnrp doctor` with daemons that run in this process, on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::{
    future::pending,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use pnrp_api::{Config, Pnrp, ScopeFilter};
use pnrpd::{ControlSocket, serve};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const LOOPBACK: &str = if cfg!(target_os = "macos") {
    "lo0"
} else {
    "lo"
};

#[test]
fn a_cloud_is_shown_stopped_and_started() {
    let daemon = Daemon::start();

    let shown = daemon.json(&["cloud", "show", LOOPBACK, "--json"]);
    assert_eq!(shown["listening"].as_array().unwrap().len(), 1);
    assert_eq!(shown["discovery"]["multicast"], Value::Null);
    let text = daemon.text(&["cloud", "show", LOOPBACK]);
    assert!(text.contains("State") && text.contains("Dialect"), "{text}");

    let stopped = daemon.json(&["cloud", "stop", LOOPBACK, "--json"]);
    assert_eq!(
        (&stopped["state"], &stopped["port"]),
        (&json!("Virtual"), &Value::Null)
    );
    let started = daemon.text(&["cloud", "start", LOOPBACK]);
    assert!(
        started.starts_with("started LinkLocal_ff00::%"),
        "{started}"
    );
    for command in ["flush", "repair"] {
        let done = daemon.json(&["cloud", command, LOOPBACK, "--json"]);
        assert_eq!(done["name"], shown["name"], "{command}");
    }
    assert_eq!(
        daemon.json(&["cloud", "names", LOOPBACK, "--json"]),
        json!([])
    );
    assert_eq!(
        daemon.json(&["cloud", "seeds", LOOPBACK, "--json"]),
        json!([])
    );
    let no_seed = daemon.run(&["cloud", "sync", LOOPBACK]);
    assert_eq!(no_seed.status.code(), Some(1));
    assert!(stderr(&no_seed).contains("has no seed"), "{no_seed:?}");
}

#[test]
fn a_node_is_pinged_line_by_line_and_in_sum() {
    let (daemon, other) = (Daemon::start(), Daemon::start());

    let at = other.address.as_str();
    let arguments = ["ping", at, "--count", "2", "--interval", "10ms", "--json"];
    let lines = daemon.text(&arguments);
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["from"], at);
    assert!(lines[0]["time_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(
        (&lines[2]["sent"], &lines[2]["answered"]),
        (&json!(2), &json!(2))
    );

    let text = daemon.text(&["cloud", "sync", LOOPBACK, at]);
    assert!(text.starts_with(&format!("asked {at} for ")), "{text}");
}

#[test]
fn a_ping_that_nobody_answers_exits_with_3() {
    let daemon = Daemon::start();
    let nobody = std::net::UdpSocket::bind("[::1]:0").unwrap();
    let at = nobody.local_addr().unwrap().to_string();

    let silent = daemon.run(&["ping", &at, "--count", "1", "--json"]);
    let malformed = daemon.run(&["ping", "fe80::1"]);

    assert_eq!(silent.status.code(), Some(3));
    assert!(stderr(&silent).contains("did not answer; "), "{silent:?}");
    assert_eq!(malformed.status.code(), Some(2));
}

#[test]
fn a_watch_begins_with_what_is_there() {
    let daemon = Daemon::start();
    let mut command = daemon.command();
    command.args(["cloud", "list", "--watch", "--json"]);
    let mut watch = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };

    let added = next();
    daemon.text(&["cloud", "stop", LOOPBACK]);
    let changed = next();
    watch.kill().unwrap();
    watch.wait().unwrap();

    assert_eq!(added["kind"], "added");
    assert_eq!(added["cloud"]["addresses"], json!(["::1"]));
    assert_eq!(changed["kind"], "changed");
    let keys: Vec<_> = changed["cloud"].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 9, "{keys:?}");
}

#[test]
fn a_node_that_works_has_no_problem() {
    let daemon = Daemon::start();

    let findings = daemon.json(&["doctor", "--json"]);

    let findings = findings.as_array().unwrap();
    let is_fine = |finding: &Value| finding["status"] != "problem" && finding["found"] != "";
    assert!(findings.iter().all(is_fine), "{findings:?}");
    assert_eq!(findings[0]["check"], "daemon");
    assert!(daemon.text(&["doctor"]).starts_with("ok       daemon: "));
}

#[test]
fn a_missing_daemon_is_a_problem_and_the_host_is_examined() {
    let directory = TempDir::new().unwrap();
    let mut command = command(&directory.path().join("pnrpd.sock"));
    command.args(["doctor", "--interface", LOOPBACK, "--json"]);

    let output = command.output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(findings[0]["check"], "daemon");
    assert_eq!(findings[0]["status"], "problem");
    assert!(
        findings[0]["next"]
            .as_str()
            .unwrap()
            .contains("start pnrpd")
    );
    assert!(findings.as_array().unwrap().len() > 3);
}

/// A daemon with one cloud, on loopback.
struct Daemon {
    socket: PathBuf,
    address: String,
    _directory: TempDir,
    _runtime: Runtime,
}

impl Daemon {
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let socket = directory.path().join("pnrpd.sock");
        let address = runtime.block_on(async {
            let node = Pnrp::embedded(Config::loopback(0)).await.unwrap();
            let clouds = node.clouds(ScopeFilter::Any).await.unwrap();
            let address = clouds[0].listening()[0].to_string();
            let control = ControlSocket::bind(&socket, 0o600).await.unwrap();
            tokio::spawn(serve(node, control, pending()));
            address
        });
        Self {
            socket,
            address,
            _directory: directory,
            _runtime: runtime,
        }
    }

    fn command(&self) -> Command {
        command(&self.socket)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(arguments)).unwrap()
    }
}

fn command(socket: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pnrp"));
    command.arg("--socket").arg(socket).stdin(Stdio::null());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
