//! The programs under test, and others.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Where one of the workspace's binaries is: in `PNRP_BIN_DIR`, or beside the test's directory.
///
/// # Panics
/// When it is not there.
pub fn find(name: &str) -> PathBuf {
    let directory = env::var_os("PNRP_BIN_DIR").map_or_else(
        || {
            let test = env::current_exe().expect("the path of this test");
            // target/debug/deps/first_light-0123456789abcdef
            test.ancestors().nth(2).expect("a target directory").into()
        },
        PathBuf::from,
    );
    let path = directory.join(name);
    assert!(
        path.is_file(),
        "{} is not there; run `cargo build --workspace --bins`, or set PNRP_BIN_DIR",
        path.display()
    );
    path
}

/// Whether a program can be started.
pub fn is_installed(name: &str) -> bool {
    let mut command = Command::new(name);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    // Every program that tests use knows one of the two.
    command.arg("--version").status().is_ok()
}

/// Sends a signal such as `TERM` to a process that the test started.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .status();
    assert!(
        sent.is_ok_and(|status| status.success()),
        "cannot signal process {pid}"
    );
}
