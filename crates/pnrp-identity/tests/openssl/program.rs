//! Running the openssl program.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// Whether openssl can be run.
pub(crate) fn openssl_is_there() -> bool {
    let is_there = Command::new("openssl").arg("version").output().is_ok();
    or_skip(is_there, "openssl")
}

/// Whether to go on; where nothing may be skipped, its absence is a failure.
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
pub(crate) fn or_skip(is_there: bool, what: &str) -> bool {
    if !is_there {
        assert!(
            std::env::var_os("PNRP_TEST_FORBID_SKIP").is_none(),
            "{what} is missing, and no test may be skipped"
        );
        eprintln!("skipped: {what} is missing");
    }
    is_there
}

/// Runs openssl in a directory, with arguments between spaces, and more that may have some inside.
pub(crate) fn run(directory: &Path, arguments: &str, more: &[&str]) -> Output {
    Command::new("openssl")
        .args(arguments.split_whitespace())
        .args(more)
        .current_dir(directory)
        .output()
        .unwrap()
}

/// The same, and returns what it prints; it has to succeed.
pub(crate) fn openssl_with(directory: &Path, arguments: &str, more: &[&str]) -> String {
    let output = run(directory, arguments, more);
    assert!(
        output.status.success(),
        "openssl {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The same without more arguments.
pub(crate) fn openssl(directory: &Path, arguments: &str) -> String {
    openssl_with(directory, arguments, &[])
}

/// The same, and returns what it complains about; it has to fail.
pub(crate) fn refused_by_openssl(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments, &[]);
    assert!(!output.status.success(), "openssl {arguments} succeeded");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn write(directory: &Path, name: &str, bytes: &[u8]) {
    fs::write(directory.join(name), bytes).unwrap();
}
