//! Reading one identity's file, and putting a damaged one aside.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    MAX_FILE, MAX_SET_ASIDE, StoreError,
    atomic::{directory_of, with_suffix},
    document::{self, FriendlyName},
    files::Files,
};
use crate::key::{KeyError, PeerIdentity};

/// Opens a regular file; a symbolic link is refused, for what stands behind it may be somebody
/// else's, and damaged files are renamed.
pub(super) fn open_existing(path: &Path) -> Result<Option<File>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => match File::open(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::at("open", path)(error)),
        },
        Ok(_) => Err(StoreError::NotARegularFile(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::at("look at", path)(error)),
    }
}

/// The inner result says whether the bytes are an identity.
pub(super) fn read(file: File) -> io::Result<Result<(PeerIdentity, FriendlyName), KeyError>> {
    // The room is reserved at once, so that no outgrown buffer keeps a copy of the key.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE + 1));
    let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(match std::str::from_utf8(&bytes) {
        Ok(text) => document::parse(text),
        Err(error) => Err(KeyError::Malformed(Box::new(error))),
    })
}

/// Renames a damaged file to the first free name.
pub(super) fn set_aside(files: &dyn Files, path: &Path) -> Result<PathBuf, StoreError> {
    let is_free = |name: &PathBuf| fs::symlink_metadata(name).is_err();
    let aside = (1..=MAX_SET_ASIDE)
        .map(|number| with_suffix(path, &format!("damaged-{number}")))
        .find(is_free)
        .ok_or_else(|| StoreError::TooManyDamaged(path.to_owned()))?;
    files
        .rename(path, &aside)
        .and_then(|()| files.sync_directory(directory_of(path)))
        .map_err(StoreError::at("put aside", path))?;
    Ok(aside)
}
