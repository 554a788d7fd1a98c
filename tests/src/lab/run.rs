//! `ip` and `nft`, which read what they are to do.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::Lab;

/// Runs a batch of `ip` commands.
pub(super) fn run_ip(namespace: Option<&str>, batch: &str) {
    if let Err(why) = ip(namespace, batch) {
        panic!("ip: {why}\n{batch}");
    }
}

/// Runs a batch of `ip` commands.
pub(super) fn ip(namespace: Option<&str>, batch: &str) -> Result<(), String> {
    let mut command = Command::new("ip");
    if let Some(namespace) = namespace {
        command.args(["-n", namespace]);
    }
    command.args(["-batch", "-"]);
    feed(command, batch)
}

/// Applies a rule set.
pub(super) fn nft(namespace: &str, rules: &str) {
    let mut command = Lab::command(namespace, "nft");
    command.args(["-f", "-"]);
    if let Err(why) = feed(command, rules) {
        panic!("nft: {why}\n{rules}");
    }
}

/// Runs a command that reads `input`, and says what it complains of when it fails.
fn feed(mut command: Command, input: &str) -> Result<(), String> {
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let written = child
        .stdin
        .take()
        .map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let is_written = matches!(written, Some(Ok(())));
    if output.status.success() && is_written {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
