//! The machine's own identity: one file, private, atomic and self-repairing.
//!
//! A damaged file is put aside under another name, never deleted, and a new identity takes its
//! place, so that a node starts after a bad shutdown. One process at a time uses the file.

use std::path::{Path, PathBuf};

use super::{
    OWNER_ONLY, StoreError,
    atomic::{directory_of, remove_unfinished_of, replace},
    file::{open_existing, read, set_aside},
    files::{Disk, Files},
};
use crate::key::{KeyError, PeerIdentity};

/// Reads the identity in a file, or writes a new one there; the directory must exist.
///
/// A file that others may read is made private. A symbolic link is refused: what stands behind
/// it may be somebody else's, and this function renames what it cannot read.
///
/// # Errors
/// When the path is not a regular file, the file system refuses, or no key could be made.
pub fn load_or_create_machine_identity(path: &Path) -> Result<Loaded, StoreError> {
    load_or_create(&Disk, path)
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

pub(super) fn load_or_create(files: &dyn Files, path: &Path) -> Result<Loaded, StoreError> {
    clear_unfinished(files, path);
    let Some(file) = open_existing(path)? else {
        let identity = create(files, path)?;
        return Ok(Loaded {
            identity,
            origin: Origin::Created,
            damage: None,
        });
    };
    files
        .make_private(&file)
        .map_err(StoreError::at("make private", path))?;
    match read(file).map_err(StoreError::at("read", path))? {
        Ok((identity, _)) => Ok(Loaded {
            identity,
            origin: Origin::Existing,
            damage: None,
        }),
        Err(damage) => {
            let set_aside = set_aside(files, path)?;
            let identity = create(files, path)?;
            let origin = Origin::Replaced { set_aside };
            Ok(Loaded {
                identity,
                origin,
                damage: Some(damage),
            })
        }
    }
}

/// What an interrupted start left behind is in nobody's way, so a failure to remove it is no
/// reason not to start.
fn clear_unfinished(files: &dyn Files, path: &Path) {
    if let Some(name) = path.file_name() {
        let _ = remove_unfinished_of(files, directory_of(path), |finished| finished == name);
    }
}

fn create(files: &dyn Files, path: &Path) -> Result<PeerIdentity, StoreError> {
    let identity = PeerIdentity::generate()?;
    let pem = identity.to_pkcs8_pem()?;
    replace(files, path, pem.as_bytes(), OWNER_ONLY).map_err(StoreError::at("write", path))?;
    Ok(identity)
}

#[cfg(test)]
mod tests;
