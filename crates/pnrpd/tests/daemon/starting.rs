//! What is there before a daemon starts: another one, its remains, or what is not for it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use nix::sys::signal::Signal;

use crate::process::Place;

#[test]
fn a_second_daemon_is_told_the_process_of_the_first() {
    let place = Place::new();
    let first = place.start();

    let (is_good, _, error) = place.run(&[]);

    let holder = format!("in use by pnrpd with process ID {}", first.pid());
    assert!(!is_good && error.contains(&holder), "{error}");
    assert_eq!(first.ask("GET", "/health", "").0, 200);
    assert!(first.stop());
    assert!(!place.path("socket").exists());
}

#[test]
fn a_second_daemon_at_its_socket_leaves_the_first_its_own() {
    let first = Place::new();
    let daemon = first.start();
    let mut second = Place::new();
    second.socket = daemon.socket.clone();

    let (is_good, _, error) = second.run(&[]);

    assert!(
        !is_good && error.contains("another pnrpd answers there"),
        "{error}"
    );
    assert_eq!(daemon.ask("GET", "/health", "").0, 200);
}

#[test]
fn what_a_killed_daemon_left_is_replaced() {
    let place = Place::new();
    let killed = place.start();
    killed.signal(Signal::SIGKILL);
    drop(killed);
    assert!(place.path("socket").exists());

    let next = place.start();

    assert_eq!(next.ask("GET", "/health", "").0, 200);
}

#[test]
fn state_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::new();
    fs::create_dir(place.path("state")).unwrap();
    fs::write(place.path("state/version"), "99\n").unwrap();

    for arguments in [&["check"][..], &[]] {
        let (is_good, _, error) = place.run(arguments);

        assert!(
            !is_good && error.contains("newer pnrpd (layout 99"),
            "{error}"
        );
    }
    assert_eq!(
        fs::read_to_string(place.path("state/version")).unwrap(),
        "99\n"
    );
    assert_eq!(fs::read_dir(place.path("state")).unwrap().count(), 1);
}

#[test]
fn state_of_an_older_version_is_taken_and_marked() {
    let place = Place::new();
    drop(place.start());
    let key = fs::read(place.path("state/machine-identity.pem")).unwrap();
    fs::remove_file(place.path("state/version")).unwrap();
    fs::remove_file(place.path("state/lock")).unwrap();

    drop(place.start());

    assert_eq!(
        fs::read(place.path("state/machine-identity.pem")).unwrap(),
        key
    );
    assert_eq!(
        fs::read_to_string(place.path("state/version")).unwrap(),
        "1\n"
    );
}

#[test]
fn the_socket_has_its_mode_and_group() {
    let group = nix::unistd::Group::from_gid(nix::unistd::getgid())
        .unwrap()
        .unwrap();
    let place = Place::with(&format!(
        "socket_mode = 0o620\nsocket_group = \"{}\"",
        group.name
    ));

    let daemon = place.start();

    let metadata = fs::metadata(&daemon.socket).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o620);
    assert_eq!(
        std::os::unix::fs::MetadataExt::gid(&metadata),
        group.gid.as_raw()
    );
}

#[test]
fn a_socket_that_cannot_be_made_is_told_with_what_to_do() {
    let mut place = Place::new();
    place.socket = "/proc/pnrp/socket".into();

    let (is_good, _, error) = place.run(&[]);

    assert!(!is_good && error.contains("/proc/pnrp/socket"), "{error}");
    assert!(error.contains("give a --socket in a directory"), "{error}");
}
