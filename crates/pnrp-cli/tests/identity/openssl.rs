//! Another implementation, to hold against what the command writes and reads.

use std::{path::Path, process::Command};

/// Whether to go on; where nothing may be skipped, its absence is a failure.
pub(crate) fn is_there() -> bool {
    or_skip(
        Command::new("openssl").arg("version").output().is_ok(),
        "openssl",
    )
}

/// The same for something else.
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

/// Runs openssl in a directory and returns what it prints.
pub(crate) fn run(directory: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The authority of a private key in a file: the hash of its RSAPublicKey. MS-PNRP §1.3.1.1.
pub(crate) fn authority(directory: &Path, key: &str) -> String {
    run(
        directory,
        &format!("rsa -in {key} -RSAPublicKey_out -outform DER -out public.der"),
    );
    let hash = run(directory, "dgst -sha1 -r public.der");
    hash.split_whitespace().next().unwrap().to_owned()
}
