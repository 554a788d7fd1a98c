//! The state directory: one daemon at a time, and of a layout that it knows.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};
use pnrp_api::{remove_unfinished, write_atomically};

/// A state directory that this process alone uses, until it ends or this is dropped.
#[derive(Debug)]
pub struct StateDirectory {
    _lock: Flock<File>,
}

impl StateDirectory {
    /// Makes the directory if it is missing, and locks it.
    ///
    /// # Errors
    /// When another daemon uses it, a newer version wrote it, or the system refuses. Nothing in it
    /// is changed then.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let version = version_of(path)?;
        let hint = || {
            format!(
                "cannot use the state directory {}; it has to belong to the user that pnrpd runs \
                 as, or give another --state-dir",
                path.display()
            )
        };
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(path);
        made.with_context(hint)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK))
            .with_context(hint)?;
        let lock = lock(file).with_context(|| format!("the state directory {}", path.display()))?;
        remove_rests(path).with_context(hint)?;
        if version.is_none() {
            let text = format!("{LAYOUT}\n");
            write_atomically(&path.join(VERSION), text.as_bytes(), 0o600).with_context(hint)?;
        }
        Ok(Self { _lock: lock })
    }
}

/// The layout of a directory; nothing when it does not say, because it is new or as old as the
/// first.
///
/// # Errors
/// When it cannot be read or is not one that this version knows.
pub(crate) fn version_of(path: &Path) -> anyhow::Result<Option<u32>> {
    let file = path.join(VERSION);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| {
                format!(
                    "cannot read {}; pnrpd has to run as the user that the directory belongs to",
                    file.display()
                )
            });
        }
    };
    match text.trim_end().parse() {
        Ok(LAYOUT) => Ok(Some(LAYOUT)),
        Ok(newer) if newer > LAYOUT => bail!(
            "{} was written by a newer pnrpd (layout {newer}; this one knows {LAYOUT}): start that \
             version, or give another --state-dir; nothing was changed",
            path.display()
        ),
        Ok(0..) | Err(_) => bail!(
            "{} says {:?}, which is no layout; if the directory is one of pnrpd, write {LAYOUT} \
             there; nothing was changed",
            file.display(),
            text.trim_end().chars().take(40).collect::<String>()
        ),
    }
}

/// Removes what a killed daemon had not finished, of whatever file; whoever has the lock is the only
/// one that writes here.
fn remove_rests(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let finished = name.to_str().and_then(|name| {
            let unfinished = name.strip_suffix(".new")?;
            Some(unfinished.rsplit_once('.')?.0)
        });
        if let Some(finished) = finished {
            remove_unfinished(&directory.join(finished))?;
        }
    }
    Ok(())
}

fn lock(file: File) -> anyhow::Result<Flock<File>> {
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut lock) => {
            lock.set_len(0)?;
            lock.rewind()?;
            writeln!(lock, "{}", std::process::id())?;
            Ok(lock)
        }
        Err((file, Errno::EWOULDBLOCK)) => {
            let mut holder = String::new();
            // Whoever has just taken the lock may not have said its number yet.
            let _ = file.take(20).read_to_string(&mut holder);
            match holder.trim_end().parse::<u32>() {
                Ok(pid) => bail!("is in use by pnrpd with process ID {pid}; {ONE}"),
                Err(_) => bail!("is in use by another pnrpd; {ONE}"),
            }
        }
        Err((_, error)) => Err(error).context("cannot be locked"),
    }
}

/// What the files in the directory are, and mean.
pub(crate) const LAYOUT: u32 = 1;
const VERSION: &str = "version";
const LOCK: &str = "lock";
const ONE: &str = "stop that one, or give another --state-dir";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_new_directory_gets_its_version_and_one_owner() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("deep/state");

        let _first = StateDirectory::open(&path).unwrap();
        let second = format!("{:#}", StateDirectory::open(&path).unwrap_err());

        assert_eq!(fs::read_to_string(path.join("version")).unwrap(), "1\n");
        let pid = std::process::id();
        assert!(
            second.contains(&format!("is in use by pnrpd with process ID {pid};")),
            "{second}"
        );
    }

    #[test]
    fn a_directory_can_be_used_again_when_its_owner_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        drop(StateDirectory::open(directory.path()).unwrap());

        StateDirectory::open(directory.path()).unwrap();
    }

    #[test]
    fn what_a_killed_daemon_had_not_finished_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["peers.json", "peers.json.12-3.new", "notes.new", "a.b.new"] {
            fs::write(directory.path().join(name), "half").unwrap();
        }

        let _state = StateDirectory::open(directory.path()).unwrap();

        let left = fs::read_dir(directory.path()).unwrap();
        let left: BTreeSet<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        let expected = ["a.b.new", "lock", "notes.new", "peers.json", "version"];
        assert_eq!(left, expected.map(Into::into).into());
    }

    #[test]
    fn what_a_newer_version_wrote_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        for (content, reason) in [
            ("2\n", "newer pnrpd"),
            ("x", "no layout"),
            ("", "no layout"),
        ] {
            fs::write(directory.path().join("version"), content).unwrap();

            let error = format!("{:#}", StateDirectory::open(directory.path()).unwrap_err());

            assert!(error.contains(reason), "{error}");
            let left = fs::read_to_string(directory.path().join("version")).unwrap();
            assert_eq!(left, content);
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_told_with_what_to_do() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();

        let error = format!(
            "{:#}",
            StateDirectory::open(&file.join("state")).unwrap_err()
        );

        assert!(
            error.contains("--state-dir") || error.contains("cannot read"),
            "{error}"
        );
    }
}
