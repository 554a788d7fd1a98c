//! When a daemon says that it is ready.

use serde_json::{Value, json};

use crate::process::{DEADLINE, Daemon, Place, request};

#[test]
fn a_node_is_ready_until_it_is_used_and_again_when_it_has_neighbours() {
    let place = Place::new();
    let daemon = place.start();
    assert_eq!(ready(&daemon).0, 200);

    let _held = publish(&daemon, "0.web");
    until(&daemon, |status, told| {
        status == 503 && told["clouds"][0]["why"] == "no other node was found"
    });

    let at = &clouds(&daemon)[0];
    let peer = format!("peer = [\"[::1]:{}\"]", at["port"]);
    let other = Place::with(&peer);
    let other = other.start();
    let _other_held = publish(&other, "0.mail");
    for daemon in [&daemon, &other] {
        let told = until(daemon, |status, _| status == 200);
        assert_eq!(told["clouds"][0]["sound"], true);
        assert_eq!(told["clouds"][0]["state"], "Active");
    }
}

fn ready(daemon: &Daemon) -> (u16, Value) {
    let (status, text) = daemon.ask("GET", "/ready", "");
    (status, serde_json::from_str(&text).unwrap())
}

fn clouds(daemon: &Daemon) -> Value {
    serde_json::from_str(&daemon.ask("GET", "/v1/clouds", "").1).unwrap()
}

fn publish(daemon: &Daemon, name: &str) -> std::os::unix::net::UnixStream {
    use std::io::{Read as _, Write as _};

    let mut stream = daemon.connect();
    let body = json!({ "name": name, "endpoints": [{ "port": 80 }] }).to_string();
    let request = request("POST", "/v1/registrations", &body);
    stream.write_all(request.as_bytes()).unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    stream
}

/// Asks until the answer is as it should be.
fn until(daemon: &Daemon, is_so: impl Fn(u16, &Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        let (status, told) = ready(daemon);
        if is_so(status, &told) {
            return told;
        }
        if status != 429 {
            assert!(
                tokio::time::Instant::now() < deadline,
                "{told}\n{}",
                daemon.log()
            );
        }
    }
}
