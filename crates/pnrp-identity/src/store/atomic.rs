//! Writing a file so that it is at every moment absent, old or new, and never in between.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use super::files::{Disk, Files};

/// Writes a file so that a crash or a loss of power leaves the old content or the new.
///
/// The bytes go to a new file beside the final one, named `<name>.<process>-<number>.new`; it is
/// made durable, takes the final name, and the directory is made durable. So several processes may
/// write to one path, and the last one wins. A symbolic link at the path is replaced, not
/// followed.
///
/// `mode` are the rights of the new file on Unix, less the process's umask, from its first moment
/// on: 0o600 for what only the owner may read. Elsewhere it has no effect.
///
/// # Errors
/// What the file system says. The old content is then still there, unless only the last step
/// failed: then the new one is, and may be lost with power.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    replace(&Disk, path, bytes, mode)
}

/// Removes what [`write_atomically`] leaves beside a file when the process is killed.
///
/// For the start of a program: a writer at work in another process loses its new file and is told
/// so by an error.
///
/// # Errors
/// When the directory cannot be read or a file in it not be removed.
pub fn remove_unfinished(path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name() else {
        return Ok(());
    };
    remove_unfinished_of(&Disk, directory_of(path), |finished| finished == name)
}

/// As [`write_atomically`], by operations that may be watched.
pub(super) fn replace(files: &dyn Files, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let (unfinished, mut file) = create_beside(files, path, mode)?;
    let written = files
        .write(&mut file, bytes)
        .and_then(|()| files.sync(&file));
    drop(file);
    if let Err(error) = written.and_then(|()| files.rename(&unfinished, path)) {
        // The first error is the one to tell.
        let _ = files.remove(&unfinished);
        return Err(error);
    }
    files.sync_directory(directory_of(path))
}

/// Removes the unfinished files of all names that `is_ours` accepts.
pub(super) fn remove_unfinished_of(
    files: &dyn Files,
    directory: &Path,
    is_ours: impl Fn(&OsStr) -> bool,
) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if finished_name(&name).is_some_and(|finished| is_ours(OsStr::new(finished))) {
            match files.remove(&directory.join(&name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The directory that a path's last part is in.
pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// `<name>.<suffix>`, beside the file.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.into();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// Makes a file under a name that no other writer uses, in this process or another.
fn create_beside(files: &dyn Files, path: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);

    let mut attempts = 0;
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unfinished = with_suffix(path, &format!("{}-{number}.new", process::id()));
        match files.create(&unfinished, mode) {
            Ok(file) => return Ok((unfinished, file)),
            // A process of the same number left it behind.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempts < ATTEMPTS => {
                attempts += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The name that an unfinished file was to take: `<name>` of `<name>.<process>-<number>.new`.
fn finished_name(unfinished: &OsStr) -> Option<&str> {
    let (name, writer) = unfinished
        .to_str()?
        .strip_suffix(".new")?
        .rsplit_once('.')?;
    let (process, number) = writer.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(process) && is_number(number)).then_some(name)
}

const ATTEMPTS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unfinished_files_of_the_same_name_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        let others = [
            "state.json",
            "state.json.new",
            "state.json.1-x.new",
            "state.json.-.new",
            "other.json.1-2.new",
        ];
        for name in others.iter().chain(&["state.json.12-345.new"]) {
            fs::write(directory.path().join(name), "").unwrap();
        }

        remove_unfinished(&path).unwrap();

        assert!(!directory.path().join("state.json.12-345.new").exists());
        for name in others {
            assert!(directory.path().join(name).exists(), "{name}");
        }
    }

    #[test]
    fn new_content_replaces_old_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");

        write_atomically(&path, b"old and longer", 0o600).unwrap();
        write_atomically(&path, b"new", 0o600).unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_replaced_and_its_target_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (path, target) = (
            directory.path().join("link"),
            directory.path().join("target"),
        );
        fs::write(&target, "kept").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();

        write_atomically(&path, b"new", 0o600).unwrap();

        assert_eq!(fs::read(&target).unwrap(), b"kept");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn the_new_file_has_the_rights_asked_for() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        for mode in [0o600, 0o400] {
            let path = directory.path().join(format!("{mode:o}"));

            write_atomically(&path, b"", mode).unwrap();

            let found = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode);
        }
    }
}
