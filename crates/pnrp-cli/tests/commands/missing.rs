//! What commands say when no daemon can be talked to.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        net::UnixListener,
        process::CommandExt as _,
    },
    path::Path,
    process::Command,
};

use crate::{daemon, snapshot};

#[test]
fn without_a_socket_a_daemon_is_to_be_started() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("pnrpd.sock");
    let run = |arguments: &[&str]| daemon::command(&socket, arguments).output().unwrap();

    snapshot::check("no_socket", &run(&["names"]));
    snapshot::check("no_socket_identity", &run(&["identity", "list"]));
    let each: [&[&str]; 8] = [
        &["register", "0.web", "--endpoint", ":80"],
        &["update", "0.web", "--endpoint", ":80"],
        &["unregister", "0.web"],
        &["cloud", "show", "lo"],
        &["cloud", "names"],
        &["cloud", "start", "lo"],
        &["identity", "new"],
        &["delegate", "--to", "-"],
    ];
    for arguments in each {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
    }
}

#[test]
fn a_socket_that_was_left_behind_is_told_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("pnrpd.sock");

    drop(UnixListener::bind(&socket).unwrap());
    let names = || daemon::command(&socket, &["names"]).output().unwrap();
    snapshot::check("stale_socket", &names());
    fs::remove_file(&socket).unwrap();
    fs::write(&socket, "").unwrap();
    snapshot::check("file_for_a_socket", &names());
}

/// Root may open every socket, so that its tests run the command as somebody else.
#[test]
fn a_socket_of_others_says_whose_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("pnrp");
    fs::copy(env!("CARGO_BIN_EXE_pnrp"), &program).unwrap();
    let socket = directory.path().join("pnrpd.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(directory.path(), 0o755);
    let is_root = fs::metadata(&socket).unwrap().uid() == 0;
    set(&socket, if is_root { 0o660 } else { 0o020 });

    let mut command = Command::new(&program);
    command.arg("--socket").arg(&socket).arg("names");
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();

    assert_eq!(output.status.code(), Some(4));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(
        why.contains(": permission denied, for it is for the user "),
        "{why}"
    );
    assert!(why.contains(" and the group "), "{why}");
    assert!(
        why.contains("; act as that user, or become a member"),
        "{why}"
    );
}
