//! SIGHUP, and what else changes a daemon that runs.

use std::{fs, io::Write as _, os::unix::fs::PermissionsExt as _};

use nix::sys::signal::Signal;

use crate::process::{DEADLINE, Daemon, Place, loopback, send};

#[test]
fn a_reload_changes_what_can_change_and_names_the_rest() {
    let place = Place::with("log = \"info\"");
    let daemon = place.start();
    let held = open_stream(&daemon);
    place.configure(
        "log = \"debug\"\nsocket_mode = 0o600\nport = 4001\nno_calibration = true\n\
         [limits]\nconnections_per_process = 1",
    );

    let told = reload(&daemon);

    assert!(told.contains("configuration reloaded"), "{told}");
    assert!(
        told.contains("port, no_calibration: at the next start"),
        "{told}"
    );
    assert!(daemon.log().contains("takes effect at the next start"));
    let mode = fs::metadata(&daemon.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (status, refused) = daemon.ask("GET", "/health", "");
    assert_eq!(status, 429, "{refused}");
    assert!(refused.contains("has 1 connections open"), "{refused}");
    // The stream that was open is, and gives its place back.
    drop(held);
    let log = until_admitted(&daemon, "GET", "/v1/log");
    assert_eq!(log, "{\"filter\":\"debug\"}\n");
}

#[test]
fn seeds_are_taken_over_and_asked() {
    let seed = Place::new();
    let seed = seed.start();
    let place = Place::new();
    let daemon = place.start();
    let port = cloud(&seed)["port"].clone();
    place.configure(&format!("[link_local]\nseed = [\"[::1]:{port}\"]"));

    let told = reload(&daemon);

    assert!(!told.contains("next start"), "{told}");
    let path = format!("/v1/clouds/{}/seeds", loopback());
    let seeds = daemon.ask("GET", &path, "").1;
    assert!(seeds.contains(&format!("[::1]:{port}")), "{seeds}");
    let held = [&seed, &daemon].map(|daemon| {
        let mut stream = daemon.connect();
        let body = r#"{"name":"0.web","endpoints":[{"port":80}]}"#;
        send(&mut stream, "POST", "/v1/registrations", body);
        stream
    });
    let deadline = tokio::time::Instant::now() + DEADLINE;
    while cloud(&daemon)["state"] != "Active" {
        assert!(tokio::time::Instant::now() < deadline, "{}", daemon.log());
    }
    drop(held);
}

fn cloud(daemon: &Daemon) -> serde_json::Value {
    let clouds = daemon.ask("GET", "/v1/clouds", "").1;
    let clouds: serde_json::Value = serde_json::from_str(&clouds).unwrap();
    clouds[0].clone()
}

#[test]
fn a_configuration_with_an_error_leaves_the_old_one() {
    let place = Place::with("log = \"warn\"\nsocket_mode = 0o600");
    let daemon = place.start();

    for (config, reason) in [
        ("log = \"debug\"\nprot = 1", "unknown field `prot`"),
        (
            "log = \"debug\"\nsocket_group = \"no-such-group\"",
            "groupadd",
        ),
        ("log = \"debug\"\nport = 1", "1025 to 65535"),
    ] {
        place.configure(config);

        let told = reload(&daemon);

        assert!(
            told.contains("not reloaded") && told.contains(reason),
            "{told}"
        );
        assert!(daemon.log().contains(reason));
        let log = daemon.ask("GET", "/v1/log", "").1;
        assert_eq!(log, "{\"filter\":\"warn\"}\n");
        let mode = fs::metadata(&daemon.socket).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let metrics = daemon.ask("GET", "/metrics", "").1;
    assert!(
        metrics.contains("pnrpd_reloads_total{result=\"failed\"} 3"),
        "{metrics}"
    );
}

#[test]
fn a_reload_drops_no_connection() {
    let place = Place::new();
    let daemon = place.start();
    let mut half = daemon.connect();
    half.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n")
        .unwrap();

    for _ in 0..5 {
        reload(&daemon);
    }

    half.write_all(b"connection: close\r\n\r\n").unwrap();
    let (status, body) = crate::process::read_answer(&mut half).unwrap();
    assert_eq!(status, 200, "{body}");
}

#[test]
fn the_log_filter_is_changed_through_the_socket() {
    let place = Place::with("log = \"warn\"\nlog_format = \"json\"");
    let daemon = place.start();
    assert!(!daemon.log().contains("registered"));

    let (status, body) = daemon.ask("PUT", "/v1/log", r#"{"filter":"a=b=c"}"#);
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("write a level such as info"), "{body}");
    let (status, _) = daemon.ask("PUT", "/v1/log", r#"{"filter":"info"}"#);
    assert_eq!(status, 200);

    let log = daemon.log();
    let line = log
        .lines()
        .find(|line| line.contains("log filter set"))
        .unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["filter"], "info");
    assert_eq!(line["pid"], std::process::id());
}

/// The status that the service manager is told at the end.
fn reload(daemon: &Daemon) -> String {
    daemon.signal(Signal::SIGHUP);
    let began = daemon.told("RELOADING=1");
    assert!(began.contains("MONOTONIC_USEC="), "{began}");
    daemon.told("READY=1")
}

/// A watch of the clouds, which goes on until it is dropped.
fn open_stream(daemon: &Daemon) -> std::os::unix::net::UnixStream {
    use std::io::Read as _;

    let mut stream = daemon.connect();
    stream
        .write_all(b"GET /v1/clouds/watch HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut first = [0; 1];
    stream.read_exact(&mut first).unwrap();
    stream
}

/// Asks until the daemon has noticed that an earlier connection is gone.
fn until_admitted(daemon: &Daemon, method: &str, path: &str) -> String {
    for _ in 0..1_000 {
        let (status, body) = daemon.ask(method, path, "");
        if status != 429 {
            return body;
        }
    }
    panic!("the place was not given back");
}
