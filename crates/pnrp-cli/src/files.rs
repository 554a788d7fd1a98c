//! Files that a command is given, and those it writes.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use pnrp_api::{Chain, write_atomically};

use crate::{args::OutputFile, failure::Failure};

/// The first `limit` bytes of a file, or of standard input for `-`.
pub(crate) fn read_up_to(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let read = match is_stdin(path) {
        true => bounded(io::stdin().lock(), limit),
        false => File::open(path).and_then(|file| bounded(file, limit)),
    };
    read.map_err(|error| {
        Failure::Other(format!(
            "cannot read {}: {error}; give another file",
            path.display()
        ))
    })
}

/// A file, or standard input for `-`, that has `limit` bytes at the most.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let bytes = read_up_to(path, limit.saturating_add(1))?;
    if bytes.len() > limit {
        let path = path.display();
        let text = format!("{path} has more than {limit} bytes; give another file");
        return Err(Failure::Other(text));
    }
    Ok(bytes)
}

/// A certificate chain.
pub(crate) fn read_chain(path: &Path) -> Result<Chain, Failure> {
    Ok(Chain::from_file(&read(path, MAX_CHAIN)?)?)
}

/// Standard input has one content.
pub(crate) fn check_stdin<'a>(
    paths: impl IntoIterator<Item = Option<&'a Path>>,
) -> Result<(), Failure> {
    let count = paths.into_iter().flatten().filter(|path| is_stdin(path));
    match count.count() > 1 {
        true => Err(Failure::Usage(
            "standard input can be only one of the files; name the others".to_owned(),
        )),
        false => Ok(()),
    }
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Refuses a file that is there, before anybody takes pains with its content.
pub(crate) fn check_output(to: &OutputFile) -> Result<(), Failure> {
    match &to.output {
        Some(path) if !to.force && fs::symlink_metadata(path).is_ok() => {
            let path = path.display();
            Err(Failure::Other(format!(
                "{path} is there already; give --force to replace it"
            )))
        }
        _ => Ok(()),
    }
}

/// Writes a file with these rights, whole or not at all.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    write_atomically(path, text.as_bytes(), mode).map_err(|error| {
        Failure::Other(format!(
            "cannot write {}: {error}; give another --output",
            path.display()
        ))
    })
}

/// Rights of a file for its owner alone.
pub(crate) const PRIVATE: u32 = 0o600;
/// Rights of a file that everybody may read.
pub(crate) const PUBLIC: u32 = 0o644;

fn bounded(source: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes of a file with a chain: the longest in PEM has a third of it.
const MAX_CHAIN: usize = 128 << 10;
