//! The last lines that the daemon has logged.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Log {
    /// Where it was found.
    source: String,
    lines: Vec<String>,
    /// Lines that may hold what should not leave the host.
    left_out: usize,
}

/// From a file, or from where the installed daemon logs to.
pub(super) fn last_lines(file: Option<&Path>) -> Result<Log, String> {
    match (file, cfg!(target_os = "macos")) {
        (Some(file), _) => of_file(file),
        (None, true) => of_file(&home()?.join("Library/Logs/pnrpd.log")),
        (None, false) => of_journal(),
    }
}

fn home() -> Result<PathBuf, String> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    home.ok_or_else(|| "HOME is not set; give --log".to_owned())
}

fn of_file(path: &Path) -> Result<Log, String> {
    let source = path.display().to_string();
    let tail = tail(path).map_err(|error| format!("cannot read {source}: {error}; give --log"))?;
    Ok(Log::new(source, &tail))
}

/// A first line that was cut is no line.
fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(MAX_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(match (start, text.split_once('\n')) {
        (0, _) | (_, None) => text,
        (_, Some((_, rest))) => rest.to_owned(),
    })
}

fn of_journal() -> Result<Log, String> {
    let source = "journalctl --unit pnrpd";
    let count = MAX_LINES.to_string();
    let output = Command::new("journalctl")
        .args(["--unit", "pnrpd", "--no-pager", "--quiet"])
        .args(["--output", "short-iso", "--lines", &count])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run journalctl: {error}; give --log"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{source}: {}; give --log", why.trim()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(Log::new(source.to_owned(), &text))
}

impl Log {
    fn new(source: String, text: &str) -> Self {
        let all: Vec<_> = text.lines().collect();
        let last = all.iter().rev().take(MAX_LINES).rev();
        let (lines, left_out): (Vec<&str>, Vec<&str>) = last.partition(|line| is_harmless(line));
        Self {
            source,
            lines: lines.into_iter().map(str::to_owned).collect(),
            left_out: left_out.len(),
        }
    }
}

/// The daemon logs no secrets; what else writes into its log may.
fn is_harmless(line: &str) -> bool {
    let small = line.to_lowercase();
    let is_suspect = SUSPECT.iter().any(|word| small.contains(word));
    let is_base64 = |word: &str| {
        word.chars()
            .all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
    };
    let is_hex = |word: &str| word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A key in PEM, even if its first line is not here: the daemon logs nothing of one word, and
    // no long word but IDs.
    let has_long = line
        .split_whitespace()
        .any(|word| word.len() >= LONG_WORD && is_base64(word) && !is_hex(word));
    let is_key = has_long || is_base64(line.trim());
    !is_suspect && !is_key
}

const SUSPECT: [&str; 5] = ["password", "secret", "key", "payload", "token"];
/// Characters of a key of 32 bytes, about.
const LONG_WORD: usize = 40;
const MAX_LINES: usize = 200;
const MAX_BYTES: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_lines_of_a_long_log_are_told_and_keys_are_not() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for number in 0..10_000 {
            writeln!(file, "line {number}").unwrap();
        }
        writeln!(
            file,
            "-----BEGIN PRIVATE KEY-----\n{}\nAb==",
            "Ab1+".repeat(16)
        )
        .unwrap();
        writeln!(file, "the password is hunter2\nthe last").unwrap();

        let log = last_lines(Some(file.path())).unwrap();

        assert_eq!(log.lines.len(), MAX_LINES - 4);
        assert_eq!(log.lines.last().unwrap(), "the last");
        assert_eq!(log.lines[0], "line 9805");
        assert_eq!(log.left_out, 4);
    }

    #[test]
    fn a_log_that_is_not_there_is_an_error() {
        let error = last_lines(Some(Path::new("/nonexistent/log"))).unwrap_err();

        assert!(error.contains("give --log"), "{error}");
    }
}
