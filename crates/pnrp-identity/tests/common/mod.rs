//! Running the openssl program.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// Whether to go on; where nothing may be skipped, its absence is a failure.
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
pub(crate) fn openssl_is_there() -> bool {
    let is_there = Command::new("openssl").arg("version").output().is_ok();
    if !is_there {
        assert!(
            std::env::var_os("PNRP_TEST_FORBID_SKIP").is_none(),
            "openssl is missing, and no test may be skipped"
        );
        eprintln!("skipped: openssl is missing");
    }
    is_there
}

/// Runs openssl in a directory, with arguments between single spaces.
fn run(directory: &Path, arguments: &str) -> Output {
    Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(directory)
        .output()
        .unwrap()
}

/// The same, and returns what it prints; it has to succeed.
pub(crate) fn openssl(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments);
    assert!(
        output.status.success(),
        "openssl {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The same, and returns what it complains about; it has to fail.
pub(crate) fn refused_by_openssl(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments);
    assert!(!output.status.success(), "openssl {arguments} succeeded");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn write(directory: &Path, name: &str, bytes: &[u8]) {
    fs::write(directory.join(name), bytes).unwrap();
}
