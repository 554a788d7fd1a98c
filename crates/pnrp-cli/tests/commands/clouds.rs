//! `pnrp cloud` and `pnrp doctor`.

use crate::{
    daemon::{Daemon, LOOPBACK, Running},
    snapshot,
};

#[test]
fn a_cloud_is_looked_into_for_people_and_for_programs() {
    let daemon = Daemon::start();
    let commands: [(&str, &[&str]); 7] = [
        ("cloud_list", &["cloud", "list"]),
        ("cloud_show", &["cloud", "show", LOOPBACK]),
        ("cloud_cache", &["cloud", "cache", LOOPBACK]),
        ("cloud_stats", &["cloud", "stats", LOOPBACK]),
        ("cloud_names", &["cloud", "names", LOOPBACK]),
        ("cloud_seeds", &["cloud", "seeds", LOOPBACK]),
        ("cloud_sync", &["cloud", "sync", LOOPBACK]),
    ];
    for (name, arguments) in commands {
        snapshot::check(name, &daemon.run(arguments));
        let json = [arguments, &["--json"]].concat();
        snapshot::check(&format!("{name}_json"), &daemon.run(&json));
    }
}

#[test]
fn a_cloud_is_looked_after() {
    let daemon = Daemon::start();
    let register = ["register", "0.web", "--endpoint", ":80", "--persist"];
    assert!(daemon.run(&register).status.success());

    snapshot::check("cloud_stop", &daemon.run(&["cloud", "stop", LOOPBACK]));
    let force = ["cloud", "stop", LOOPBACK, "--force"];
    snapshot::check("cloud_stop_force", &daemon.run(&force));
    snapshot::check("cloud_start", &daemon.run(&["cloud", "start", LOOPBACK]));
    snapshot::check("cloud_flush", &daemon.run(&["cloud", "flush", LOOPBACK]));
    snapshot::check("cloud_repair", &daemon.run(&["cloud", "repair", LOOPBACK]));
    snapshot::check("cloud_unknown", &daemon.run(&["cloud", "show", "nowhere"]));
}

#[test]
fn clouds_are_watched() {
    let daemon = Daemon::start();
    let watch = ["cloud", "list", "--watch", "--json"];
    let mut programs = Running::start(daemon.command(&watch));

    let first = programs.json();

    assert_eq!(first["cloud"]["scope"], "link-local");
}

/// What is in the way depends on the host, so only the shape is the same everywhere.
#[test]
fn a_doctor_tells_what_it_has_looked_at() {
    let daemon = Daemon::start();

    let output = daemon.run(&["doctor", "--json"]);

    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(findings[0]["check"], "daemon");
    assert_eq!(findings[0]["status"], "ok");
    let problems = findings.as_array().unwrap().iter();
    let has_problem = problems.into_iter().any(|it| it["status"] == "problem");
    assert_eq!(output.status.code(), Some(i32::from(has_problem)));
    let text = String::from_utf8(daemon.run(&["doctor"]).stdout).unwrap();
    assert!(text.starts_with("ok       daemon: pnrpd runs\n"), "{text}");
}
