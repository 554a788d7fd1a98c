//! Where passwords come from.

use std::process::{Command, Output};

use crate::{
    openssl::or_skip,
    place::{Place, refused, succeeded},
};

#[test]
fn a_password_comes_from_a_file_before_the_environment() {
    let place = Place::on_directory().with_password("not this one");
    place.make("alice");
    for (content, password) in [
        ("secret", "secret"),
        ("secret\n", "secret"),
        ("sec ret \r\n", "sec ret "),
        ("pässword €", "pässword €"),
    ] {
        place.write("file", content);
        let export = ["identity", "export", "alice", "--password-file", "file"];
        let text = place.text(&export);
        place.text(&["identity", "delete", "alice"]);
        place.write("alice.pem", text);
        place.write("password", password);

        let import = ["identity", "import", "alice.pem", "--name", "alice"];
        place.refuses(&import, 1, "the password is wrong");
        place.text(&[&import[..], &["--password-file", "password"]].concat());
    }
}

#[test]
fn a_password_comes_from_standard_input() {
    let place = Place::on_directory();
    place.make("alice");
    let export = [
        "identity",
        "export",
        "alice",
        "--output",
        "a",
        "--password-file",
        "-",
    ];
    succeeded(&export, &place.run_with(&export, "secret\n"));
    place.text(&["identity", "delete", "alice"]);

    let import = ["identity", "import", "a", "--password-file", "-"];
    let wrong = place.run_with(&import, "other\n");
    refused(&import, &wrong, 1, "the password is wrong");
    succeeded(&import, &place.run_with(&import, "secret\n"));

    let both = ["identity", "import", "-", "--password-file", "-"];
    place.refuses(&both, 2, "standard input can be only one");
}

#[test]
fn a_file_that_is_no_password_is_refused() {
    let place = Place::on_directory();
    place.make("alice");
    let cases: [(&[u8], &str); 4] = [
        (b"one\ntwo\n", "has more than one line"),
        (&[0xff], "is not UTF-8"),
        (&[b'x'; 5_000], "more than 4096 bytes"),
        (b"\n", "the password is empty"),
    ];
    for (content, reason) in cases {
        place.write("file", content);
        let export = ["identity", "export", "alice", "--password-file", "file"];
        place.refuses(&export, 1, reason);
    }
    let missing = ["identity", "export", "alice", "--password-file", "nothing"];
    place.refuses(&missing, 1, "cannot read nothing");
}

#[test]
fn without_a_password_or_a_terminal_nothing_is_exported() {
    for place in Place::both() {
        place.make("alice");
        place.write("alice.pem", "x");
        for arguments in [
            &["identity", "export", "alice"][..],
            &["identity", "import", "alice.pem"],
        ] {
            let line = place.refuses(arguments, 1, "there is no terminal to ask at");
            assert!(line.contains("--password-file"), "{line}");
            assert!(line.contains("PNRP_PASSWORD"), "{line}");
        }
    }
}

#[test]
fn an_empty_password_protects_nothing() {
    let place = Place::on_directory().with_password("");
    place.make("alice");

    for format in ["pem", "windows"] {
        let export = ["identity", "export", "alice", "--format", format];
        place.refuses(&export, 1, "the password is empty");
    }
}

/// A terminal that python makes: what it shows is what the one before it would see.
#[test]
fn a_terminal_is_asked_twice_and_does_not_show_the_answer() {
    if !or_skip(
        Command::new("python3").arg("-V").output().is_ok(),
        "python3",
    ) {
        return;
    }
    let place = Place::on_directory();
    place.make("alice");
    let export = ["identity", "export", "alice", "--output", "alice.pem"];

    let (status, shown) = at_terminal(&place, &export, &["secret", "other"]);
    assert!(shown.contains("the two passwords differ"), "{shown}");
    assert_eq!(status, 1);
    assert!(!place.path("alice.pem").exists());

    let (status, shown) = at_terminal(&place, &export, &["secret", "secret"]);
    assert_eq!(status, 0, "{shown}");
    assert_eq!(shown.matches("assword: ").count(), 1, "{shown}");
    assert_eq!(shown.matches("again: ").count(), 1, "{shown}");
    assert!(!shown.contains("secret"), "{shown}");

    place.text(&["identity", "delete", "alice"]);
    let import = ["identity", "import", "alice.pem"];
    let (status, shown) = at_terminal(&place, &import, &["secret"]);
    assert_eq!(status, 0, "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

/// Answers each question at a terminal of its own, and returns the status and all that was shown.
fn at_terminal(place: &Place, arguments: &[&str], answers: &[&str]) -> (i32, String) {
    let command = place.command(arguments);
    let mut python = Command::new("python3");
    python
        .args(["-c", TERMINAL])
        .arg(answers.join("\n"))
        .arg(command.get_program())
        .args(command.get_args())
        .env_remove("PNRP_PASSWORD")
        .current_dir(place.path(""));
    let Output {
        status,
        stdout,
        stderr,
    } = python.output().unwrap();
    let errors = String::from_utf8_lossy(&stderr);
    assert_eq!(errors, "");
    let shown = String::from_utf8(stdout).unwrap();
    (status.code().unwrap(), shown)
}

const TERMINAL: &str = r#"
import os, pty, sys, termios

answers = sys.argv[1].split("\n")
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b""
answered = 0
while True:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    if not read:
        break
    shown += read
    if answered < len(answers) and shown.count(b": ") > answered:
        # Whoever types is slower than the command that turns the echo off.
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            os.sched_yield()
        os.write(terminal, answers[answered].encode() + b"\n")
        answered += 1
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
"#;
