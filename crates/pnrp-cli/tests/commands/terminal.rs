//! What a terminal gets, and nothing else does: colours, and a line that says what is waited for.

use std::{
    fs::File,
    io::Read as _,
    net::UdpSocket,
    process::{Command, Stdio},
};

use nix::pty::openpty;

use crate::daemon::{Daemon, LOOPBACK};

/// Everything that a command writes to its terminal.
fn on_a_terminal(mut command: Command) -> String {
    let pty = openpty(None, None).unwrap();
    let other = pty.slave.try_clone().unwrap();
    command.env("TERM", "xterm-256color").env_remove("CI");
    command.stdin(Stdio::null()).stdout(pty.slave).stderr(other);
    let mut child = command.spawn().unwrap();
    // It holds the other end of the terminal.
    drop(command);
    let mut text = Vec::new();
    let mut piece = [0; 4_096];
    let mut terminal = File::from(pty.master);
    // Linux says with an error that nobody has the other end any more.
    while let Ok(length @ 1..) = terminal.read(&mut piece) {
        text.extend_from_slice(&piece[..length]);
    }
    child.wait().unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let daemon = Daemon::start();
    for arguments in [["cloud", "list"], ["resolve", "web"]] {
        let on = on_a_terminal(daemon.command(&arguments));
        assert!(on.contains("\u{1b}[1m"), "{on:?}");

        let mut command = daemon.command(&arguments);
        command.env("NO_COLOR", "1");
        let off = on_a_terminal(command);
        assert!(!off.contains('\u{1b}'), "{off:?}");

        let piped = daemon.run(&arguments);
        for bytes in [piped.stdout, piped.stderr] {
            assert!(!bytes.contains(&0x1b), "{arguments:?}");
        }
    }
}

#[test]
fn json_has_no_colours_on_a_terminal() {
    let daemon = Daemon::start();

    let text = on_a_terminal(daemon.command(&["cloud", "list", "--json"]));

    assert!(text.starts_with("[{"), "{text:?}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

/// A peer that never answers keeps a resolve waiting.
#[test]
fn a_terminal_shows_what_is_looked_for_until_it_is_over() {
    let daemon = Daemon::start();
    let silent = UdpSocket::bind("[::1]:0").unwrap();
    let peer = format!("[::1]:{}", silent.local_addr().unwrap().port());
    let own = ["--socket", "/nonexistent/pnrpd.sock", "--timeout", "3s"];
    let resolve = [
        "resolve",
        "0.none",
        "--interface",
        LOOPBACK,
        "--peer",
        &peer,
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_pnrp"));
    command.args(resolve).args(own);
    let piped = daemon.run(&["resolve", "0.none", "--timeout", "3s"]);

    let text = on_a_terminal(command);

    assert!(text.contains("looking for 0.none"), "{text:?}");
    let piped = String::from_utf8(piped.stderr).unwrap();
    assert!(!piped.contains("looking for"), "{piped}");
}
