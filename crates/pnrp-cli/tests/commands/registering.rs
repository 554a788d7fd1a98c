//! `pnrp register`, `update`, `unregister` and `names`.

use serde_json::{Value, json};

use crate::{
    daemon::{Daemon, LOOPBACK, Running, eventually},
    snapshot,
};

#[test]
fn a_kept_name_is_updated_and_withdrawn_by_its_name() {
    let daemon = Daemon::start();
    let register = ["register", "0.web", "--endpoint", ":8080", "--persist"];
    snapshot::check("register_persist", &daemon.run(&register));
    snapshot::check("names", &daemon.run(&["names"]));
    snapshot::check("names_json", &daemon.run(&["names", "--json"]));

    let update = [
        "update",
        "0.web",
        "--endpoint",
        ":8081",
        "--comment",
        "moved",
    ];
    snapshot::check("update", &daemon.run(&update));
    let names = daemon.json(&["names"]);
    assert_eq!(names[0]["endpoints"][0]["port"], 8081);
    assert_eq!(names[0]["comment"], "moved");
    assert_eq!(names[0]["persistent"], true);

    snapshot::check("unregister", &daemon.run(&["unregister", "0.web"]));
    assert_eq!(daemon.json(&["names"]), json!([]));
    snapshot::check("unregister_again", &daemon.run(&["unregister", "0.web"]));
    snapshot::check("names_none", &daemon.run(&["names"]));
}

#[test]
fn a_kept_name_is_updated_and_withdrawn_by_its_id() {
    let daemon = Daemon::start();
    let register = [
        "register",
        "0.note",
        "--payload",
        "-",
        "--persist",
        "--json",
    ];
    let registered = daemon.feed(&register, b"hello");
    let registered: Value = serde_json::from_slice(&registered.stdout).unwrap();
    let id = registered["id"].as_str().unwrap();
    assert_eq!(registered["persistent"], true);

    let update = ["update", id, "--payload", "-", "--json"];
    let updated = daemon.feed(&update, b"other");
    snapshot::check("update_json", &updated);
    let found = daemon.json(&["resolve", "0.note"]);
    assert_eq!(found["payload"]["value"], "other");

    let both = daemon.run(&["unregister", id, "--cloud", LOOPBACK]);
    snapshot::check("unregister_id_and_cloud", &both);
    let done = daemon.json(&["unregister", id]);
    assert_eq!(done, json!({ "unregistered": id }));
    assert_eq!(daemon.json(&["names"]), json!([]));
}

/// What was published stays when an update is refused.
#[test]
fn an_update_that_makes_no_sense_changes_nothing() {
    let daemon = Daemon::start();
    let register = ["register", "0.web", "--endpoint", ":8080", "--persist"];
    assert!(daemon.run(&register).status.success());
    let before = daemon.json(&["names"]);

    let bad: [(&str, &[&str]); 5] = [
        ("update_nothing", &["update", "0.web"]),
        (
            "update_lifetime",
            &["update", "0.web", "--endpoint", ":81", "--lifetime", "2d"],
        ),
        (
            "update_explicit",
            &["update", "0.web", "--endpoint", "[::1]:81"],
        ),
        (
            "update_unknown",
            &["update", "0.other", "--endpoint", ":81"],
        ),
        ("update_no_name", &["update", "web", "--endpoint", ":81"]),
    ];
    for (name, arguments) in bad {
        snapshot::check(name, &daemon.run(arguments));
    }

    assert_eq!(daemon.json(&["names"]), before);
}

#[test]
fn a_name_of_a_running_process_is_left_to_it() {
    let daemon = Daemon::start();
    let register = ["register", "0.web", "--endpoint", ":8080", "--json"];
    let mut publisher = Running::start(daemon.command(&register));
    assert_eq!(publisher.json()["persistent"], false);

    let other = daemon.run(&["unregister", "0.web"]);
    assert_eq!(other.status.code(), Some(1));
    let why = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(why.contains("belongs to process"), "{why}");
    let other = daemon.run(&["update", "0.web", "--endpoint", ":1"]);
    assert_eq!(other.status.code(), Some(1));

    assert_eq!(publisher.terminate(), Some(0));
    assert_eq!(daemon.json(&["names"]), json!([]));
}

#[test]
fn a_visible_name_is_found_at_once_by_others() {
    let first = Daemon::start();
    let second = Daemon::beside(&first);

    let register = ["register", "0.web", "--endpoint", ":8080", "--persist"];
    let visible = [&register[..], &["--wait", "visible"]].concat();
    snapshot::check("register_visible", &second.run(&visible));

    assert_eq!(second.json(&["names"])[0]["announced"], true);
    let found = eventually(|| {
        let found = first.run(&["resolve", "0.web", "--json"]);
        found.status.success().then_some(found)
    });
    snapshot::check("resolve_json", &found);
}

/// Nobody else is there.
#[test]
fn waiting_for_visibility_ends() {
    let daemon = Daemon::start();
    let wait = ["--wait", "visible", "--wait-timeout", "300ms"];
    let register = ["register", "0.web", "--endpoint", ":8080"];

    let alone = daemon.run(&[&register[..], &wait].concat());
    snapshot::check("register_unseen", &alone);
    let none = || (daemon.json(&["names"]) == json!([])).then_some(());
    eventually(none);
    let kept = daemon.run(&[&register[..], &["--persist"], &wait].concat());
    snapshot::check("register_persist_unseen", &kept);
    assert_eq!(daemon.json(&["names"])[0]["persistent"], true);
}

#[test]
fn a_publisher_says_that_the_daemon_has_gone() {
    let mut daemon = Daemon::start();
    let register = ["register", "0.web", "--endpoint", ":8080"];
    let mut publisher = Running::start(daemon.command(&register));
    assert!(publisher.line().starts_with("registered 0.web in "));

    daemon.kill();

    assert_eq!(publisher.wait(), Some(4));
}
