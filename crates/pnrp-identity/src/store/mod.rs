//! The machine's identity on disk: private, atomic and self-repairing.
//!
//! One PEM file. It is readable by its owner alone, and at every moment absent or complete. A
//! damaged file is put aside under another name, never deleted, and a new identity takes its
//! place, so that a node starts after a bad shutdown. One process at a time uses a file.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::key::{KeyError, PeerIdentity};

/// Reads the identity in a file, or writes a new one there; the directory must exist.
///
/// A file that others may read is made private. A symbolic link is refused: what stands behind
/// it may be somebody else's, and this function renames what it cannot read.
///
/// # Errors
/// When the path is not a regular file, the file system refuses, or no key could be made.
pub fn load_or_create_machine_identity(path: &Path) -> Result<Loaded, StoreError> {
    let Some(file) = open_existing(path)? else {
        let identity = create(path)?;
        return Ok(Loaded {
            identity,
            origin: Origin::Created,
            damage: None,
        });
    };
    make_private(&file).map_err(StoreError::at("make private", path))?;
    match read(file).map_err(StoreError::at("read", path))? {
        Ok(identity) => Ok(Loaded {
            identity,
            origin: Origin::Existing,
            damage: None,
        }),
        Err(damage) => {
            let set_aside = set_aside(path)?;
            let identity = create(path)?;
            let origin = Origin::Replaced { set_aside };
            Ok(Loaded {
                identity,
                origin,
                damage: Some(damage),
            })
        }
    }
}

/// An identity and where it came from.
#[derive(Debug)]
pub struct Loaded {
    /// The identity, which is in the file.
    pub identity: PeerIdentity,
    /// Where it came from.
    pub origin: Origin,
    /// What was wrong with the file that [`Origin::Replaced`] put aside.
    pub damage: Option<KeyError>,
}

/// Where a loaded identity came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file held it.
    Existing,
    /// There was no file.
    Created,
    /// The file was damaged; secure names under the old authority cannot be published.
    Replaced {
        /// Where the damaged file is.
        set_aside: PathBuf,
    },
}

/// Why there is no identity.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path leads to a symbolic link, a directory or a device.
    #[error("{} is not a regular file", .0.display())]
    NotARegularFile(PathBuf),
    /// Damaged files stand at every name that one could be put aside under.
    #[error("there are {MAX_SET_ASIDE} damaged copies of {} already", .0.display())]
    TooManyDamaged(PathBuf),
    /// No key could be made.
    #[error("cannot make a new identity")]
    Key(#[from] KeyError),
}

impl StoreError {
    fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

fn open_existing(path: &Path) -> Result<Option<File>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => File::open(path)
            .map(Some)
            .map_err(StoreError::at("open", path)),
        Ok(_) => Err(StoreError::NotARegularFile(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::at("look at", path)(error)),
    }
}

/// Takes every right from group and others.
#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mut permissions = file.metadata()?.permissions();
    let private = permissions.mode() & !0o077;
    if permissions.mode() != private {
        permissions.set_mode(private);
        file.set_permissions(permissions)?;
    }
    Ok(())
}

/// Elsewhere a file has the rights of its directory.
#[cfg(not(unix))]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

/// The inner result says whether the bytes are an identity.
fn read(file: File) -> io::Result<Result<PeerIdentity, KeyError>> {
    // The room is reserved at once, so that no outgrown buffer keeps a copy of the key.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE + 1));
    let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(match std::str::from_utf8(&bytes) {
        Ok(pem) => PeerIdentity::from_pkcs8_pem(pem),
        Err(error) => Err(KeyError::Malformed(Box::new(error))),
    })
}

fn create(path: &Path) -> Result<PeerIdentity, StoreError> {
    let identity = PeerIdentity::generate()?;
    let pem = identity.to_pkcs8_pem()?;
    write_atomically(path, pem.as_bytes()).map_err(StoreError::at("write", path))?;
    Ok(identity)
}

/// Writes a new file beside the final one and renames it, so that a crash leaves either.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = with_suffix(path, "new");
    let written = write_new(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if let Err(error) = written {
        // The first error is the one to tell.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    sync_directory(path)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a rename outlast a loss of power.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Elsewhere a directory cannot be opened as a file.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Renames a damaged file to the first free name.
fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let is_free = |name: &PathBuf| fs::symlink_metadata(name).is_err();
    let aside = (1..=MAX_SET_ASIDE)
        .map(|number| with_suffix(path, &format!("damaged-{number}")))
        .find(is_free)
        .ok_or_else(|| StoreError::TooManyDamaged(path.to_owned()))?;
    fs::rename(path, &aside).map_err(StoreError::at("put aside", path))?;
    Ok(aside)
}

/// `<name>.<suffix>`, beside the file.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.into();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// More than any key file; a longer one is cut, and so damaged.
const MAX_FILE: usize = 16 * 1_024;
const MAX_SET_ASIDE: u32 = 100;

#[cfg(test)]
mod tests;
