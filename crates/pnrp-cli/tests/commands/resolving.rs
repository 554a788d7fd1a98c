//! `pnrp resolve`, `trace` and `ping`.

use serde_json::Value;

use crate::{
    daemon::{Daemon, Running, eventually},
    snapshot,
};

#[test]
fn a_name_is_found_traced_and_its_node_pinged() {
    let first = Daemon::start();
    let second = Daemon::beside(&first);
    let register = ["register", "0.web", "--endpoint", ":8080", "--persist"];
    let visible = [&register[..], &["--comment", "hi", "--wait", "visible"]].concat();
    assert!(second.run(&visible).status.success());
    eventually(|| {
        first
            .run(&["resolve", "0.web"])
            .status
            .success()
            .then_some(())
    });

    snapshot::check("resolve", &first.run(&["resolve", "0.web"]));
    snapshot::check("trace", &first.run(&["trace", "0.web"]));
    snapshot::check("trace_json", &first.run(&["trace", "0.web", "--json"]));
    snapshot::check("ping", &first.run(&["ping", "0.web", "--count", "1"]));
    let ping = ["ping", "0.web", "--count", "1", "--json"];
    snapshot::check("ping_json", &first.run(&ping));
}

#[test]
fn names_are_read_from_standard_input() {
    let daemon = Daemon::start();
    for name in ["0.one", "0.two"] {
        let register = ["register", name, "--endpoint", ":80", "--persist"];
        assert!(daemon.run(&register).status.success());
    }
    let resolve = ["resolve", "-", "--json", "--timeout", "5s"];

    let both = daemon.feed(&resolve, b"0.one\n\n  0.two \r\n");
    assert_eq!(both.status.code(), Some(0));
    let found: Vec<Value> = String::from_utf8(both.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&found[0]["name"], &found[1]["name"]),
        (&"0.one".into(), &"0.two".into())
    );

    let some = daemon.feed(&["resolve", "-", "--timeout", "5s"], b"0.none\n0.one\n");
    snapshot::check("resolve_several", &some);
    snapshot::check("resolve_bad_line", &daemon.feed(&resolve, b"0.one\nweb\n"));
    snapshot::check("resolve_no_line", &daemon.feed(&resolve, b"\n"));
    snapshot::check("resolve_no_text", &daemon.feed(&resolve, b"0.one\n\xff\n"));
    let watch = ["resolve", "-", "--watch"];
    snapshot::check("resolve_watch_several", &daemon.feed(&watch, b"0.one\n"));
}

#[test]
fn a_name_nobody_publishes_exits_with_3() {
    let daemon = Daemon::start();

    snapshot::check("resolve_none", &daemon.run(&["resolve", "0.none"]));
    snapshot::check("trace_none", &daemon.run(&["trace", "0.none"]));
    let nowhere = daemon.run(&["resolve", "0.none", "--cloud", "nowhere"]);
    snapshot::check("resolve_nowhere", &nowhere);
    let watched = daemon.run(&["resolve", "0.none", "--watch", "--max", "3"]);
    snapshot::check("resolve_watch_max", &watched);
}

#[test]
fn a_watch_tells_who_comes_changes_and_goes() {
    let mut daemon = Daemon::start();
    let register = ["register", "0.web", "--endpoint", ":80", "--persist"];
    assert!(daemon.run(&register).status.success());
    let mut people = Running::start(daemon.command(&["resolve", "0.web", "--watch"]));
    let json = ["resolve", "0.web", "--watch", "--json"];
    let mut programs = Running::start(daemon.command(&json));

    let line = people.line();
    assert!(line.starts_with("added    LinkLocal_ff00::%"), "{line}");
    assert!(line.ends_with("  [::1]:80/tcp"), "{line}");
    let added = programs.json();
    assert_eq!(added["kind"], "added");
    assert_eq!(added["found"]["endpoints"][0]["port"], 80);

    let update = ["update", "0.web", "--endpoint", ":81", "--comment", "new"];
    assert!(daemon.run(&update).status.success());
    let line = people.line();
    assert!(line.starts_with("changed  "), "{line}");
    assert!(line.ends_with("  [::1]:81/tcp  new"), "{line}");
    assert_eq!(programs.json()["kind"], "changed");

    assert!(daemon.run(&["unregister", "0.web"]).status.success());
    assert!(people.line().starts_with("gone     "));
    assert_eq!(programs.json()["kind"], "gone");

    daemon.kill();
    assert_eq!((people.wait(), programs.wait()), (Some(4), Some(4)));
}

#[test]
fn a_host_that_does_not_answer_exits_with_3() {
    let daemon = Daemon::start();
    // A port that was free a moment ago.
    let socket = std::net::UdpSocket::bind("[::1]:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);

    let host = format!("[::1]:{port}");
    snapshot::check(
        "ping_silence",
        &daemon.run(&["ping", &host, "--count", "1"]),
    );
}
