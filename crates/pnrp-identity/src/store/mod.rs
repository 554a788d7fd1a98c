//! Identities on disk: private, atomic and self-repairing.
//!
//! - [`IdentityStore`]: a directory of identities, each in a file of its own.
//! - [`load_or_create_machine_identity`]: the one identity of a machine.
//! - [`write_atomically`]: how both write, for other files that must survive a crash.
//!
//! Every file is readable by its owner alone, and at every moment absent, old or new. A damaged
//! file is put aside under another name, never deleted. Keys are not encrypted on disk: the
//! file's mode is what protects them on Unix, elsewhere the rights of the directory. A deleted
//! key may remain readable in the blocks of the disk.

mod atomic;
mod document;
mod error;
mod file;
mod files;
mod machine;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use pnrp_wire::Authority;

use self::{
    atomic::{directory_of, remove_unfinished_of, replace},
    files::{Disk, Files},
};
pub use self::{
    atomic::{remove_unfinished, write_atomically},
    document::{FriendlyName, FriendlyNameError},
    error::{Damage, Damaged, StoreError},
    machine::{Loaded, Origin, load_or_create_machine_identity},
};
use crate::key::PeerIdentity;

/// A directory with one file per identity, `<authority>.pem`.
///
/// The file is PEM after a line with the friendly name. Files of other names are left alone.
/// Several processes may use a store at once: nothing is lost, but a change may fail while another
/// process opens the store, and of two changes to one identity the later wins.
///
/// ```
/// use pnrp_identity::{FriendlyName, IdentityStore};
///
/// # let home = tempfile::tempdir()?;
/// # let home = home.path();
/// let store = IdentityStore::open(&home.join("identities"))?;
/// let made = store.create(Some(&FriendlyName::new("laptop")?))?;
///
/// assert_eq!(store.find("laptop")?, made.entry);
/// for damaged in store.list()?.damaged {
///     eprintln!("{}: {}", damaged.path.display(), damaged.reason);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IdentityStore {
    directory: PathBuf,
    files: Box<dyn Files>,
}

impl IdentityStore {
    /// Opens a store. A directory that is not there is made, for its owner alone, as are those
    /// above it; what interrupted writers left behind is removed.
    ///
    /// # Errors
    /// When the path leads to something else than a directory, or the file system refuses.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_with(directory, Box::new(Disk))
    }

    /// The identities, by authority.
    ///
    /// A file that holds no key, or another identity than its name says, is put aside and
    /// reported; it does not hide the others. So are files that cannot be read, which stay.
    ///
    /// # Errors
    /// When the directory cannot be read, or holds more than 1,000 identities.
    pub fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        for authority in self.authorities()? {
            match self.examine(&authority) {
                Ok(Some(stored)) => listing.identities.push(stored.entry),
                Ok(None) => {}
                Err(damage) => listing.damaged.push(self.put_aside(&authority, damage)),
            }
        }
        Ok(listing)
    }

    /// Makes a new identity and keeps it; without a friendly name it is called by its authority.
    ///
    /// # Errors
    /// When no key could be made, the store is full, or the file system refuses.
    pub fn create(&self, name: Option<&FriendlyName>) -> Result<StoredIdentity, StoreError> {
        let identity = PeerIdentity::generate()?;
        let entry = self.add(&identity, name)?;
        Ok(StoredIdentity { identity, entry })
    }

    /// Keeps an identity that was made elsewhere.
    ///
    /// # Errors
    /// When it is in the store already, the store is full, or the file system refuses.
    pub fn add(
        &self,
        identity: &PeerIdentity,
        name: Option<&FriendlyName>,
    ) -> Result<IdentityEntry, StoreError> {
        let authority = identity.authority();
        let there = self.authorities()?;
        if there.contains(&authority) {
            return Err(StoreError::AlreadyExists(authority));
        }
        if there.len() >= MAX_IDENTITIES {
            return Err(StoreError::TooManyIdentities(self.directory.clone()));
        }
        self.write(identity, name)
    }

    /// Reads one identity.
    ///
    /// # Errors
    /// When it is not in the store, its file is damaged, or the file system refuses.
    pub fn load(&self, authority: &Authority) -> Result<StoredIdentity, StoreError> {
        let not_found = || StoreError::NotFound(authority.to_string());
        if *authority == Authority::Unsecured {
            return Err(not_found());
        }
        match self.examine(authority) {
            Ok(Some(stored)) => Ok(stored),
            Ok(None) => Err(not_found()),
            Err(Damage::Unreadable(source)) => {
                Err(StoreError::at("read", &self.path_of(authority))(source))
            }
            Err(Damage::NotARegularFile) => {
                Err(StoreError::NotARegularFile(self.path_of(authority)))
            }
            Err(source) => Err(StoreError::Damaged {
                path: self.path_of(authority),
                source,
            }),
        }
    }

    /// Gives an identity another friendly name, or takes it away.
    ///
    /// # Errors
    /// As [`load`](Self::load), or when the file cannot be written.
    pub fn rename(
        &self,
        authority: &Authority,
        name: Option<&FriendlyName>,
    ) -> Result<IdentityEntry, StoreError> {
        let stored = self.load(authority)?;
        self.write(&stored.identity, name)
    }

    /// Deletes an identity. Its secure names can never be published again without a copy.
    ///
    /// # Errors
    /// When it is not in the store, or the file system refuses.
    pub fn delete(&self, authority: &Authority) -> Result<(), StoreError> {
        let path = self.path_of(authority);
        let is_secure = *authority != Authority::Unsecured;
        match fs::symlink_metadata(&path) {
            Ok(found) if is_secure && found.is_file() => {}
            Ok(_) if is_secure => return Err(StoreError::NotARegularFile(path)),
            Ok(_) => return Err(StoreError::NotFound(authority.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NotFound(authority.to_string()));
            }
            Err(error) => return Err(StoreError::at("look at", &path)(error)),
        }
        self.files
            .remove(&path)
            .and_then(|()| self.files.sync_directory(&self.directory))
            .map_err(StoreError::at("delete", &path))
    }

    /// Finds an identity by its authority, by the first eight or more digits of it, or by its
    /// friendly name. A whole authority means this identity, whatever others are called.
    ///
    /// Damaged files are passed over and stay where they are.
    ///
    /// # Errors
    /// When none or several are called that, or the directory cannot be read.
    pub fn find(&self, selector: &str) -> Result<IdentityEntry, StoreError> {
        let digits = selector.to_ascii_lowercase();
        let mut candidates = Vec::new();
        for authority in self.authorities()? {
            let text = authority.to_string();
            let Ok(Some(stored)) = self.examine(&authority) else {
                continue;
            };
            if text == digits {
                return Ok(stored.entry);
            }
            let is_prefix = digits.len() >= MIN_PREFIX && text.starts_with(&digits);
            if is_prefix || stored.entry.friendly_name.as_str() == selector {
                candidates.push(stored.entry);
            }
        }
        match (candidates.pop(), candidates.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(last), false) => {
                candidates.push(last);
                Err(StoreError::Ambiguous {
                    selector: selector.to_owned(),
                    candidates,
                })
            }
            (None, _) => Err(StoreError::NotFound(selector.to_owned())),
        }
    }

    fn open_with(directory: &Path, files: Box<dyn Files>) -> Result<Self, StoreError> {
        match fs::metadata(directory) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(StoreError::NotADirectory(directory.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => files
                .create_directory(directory)
                .and_then(|()| files.sync_directory(directory_of(directory)))
                .map_err(StoreError::at("make the directory", directory))?,
            Err(error) => return Err(StoreError::at("look at", directory)(error)),
        }
        remove_unfinished_of(&*files, directory, |name| authority_in(name).is_some())
            .map_err(StoreError::at("tidy", directory))?;
        Ok(Self {
            directory: directory.to_owned(),
            files,
        })
    }

    /// Whose files there are, damaged or not, sorted.
    fn authorities(&self) -> Result<Vec<Authority>, StoreError> {
        let failed = || StoreError::at("read", &self.directory);
        let mut authorities = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            authorities.extend(authority_in(&name));
            if authorities.len() > MAX_IDENTITIES {
                return Err(StoreError::TooManyIdentities(self.directory.clone()));
            }
        }
        authorities.sort_unstable();
        Ok(authorities)
    }

    /// Reads one file; nothing when it is not there.
    fn examine(&self, authority: &Authority) -> Result<Option<StoredIdentity>, Damage> {
        let file = match file::open_existing(&self.path_of(authority)) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(None),
            Err(StoreError::Io { source, .. }) => return Err(Damage::Unreadable(source)),
            Err(_) => return Err(Damage::NotARegularFile),
        };
        self.files.make_private(&file).map_err(Damage::Unreadable)?;
        let read = file::read(file).map_err(Damage::Unreadable)?;
        let (identity, friendly_name) = read.map_err(Damage::Key)?;
        if identity.authority() != *authority {
            return Err(Damage::OtherIdentity(identity.authority()));
        }
        let entry = IdentityEntry {
            authority: *authority,
            friendly_name,
            path: self.path_of(authority),
        };
        Ok(Some(StoredIdentity { identity, entry }))
    }

    fn put_aside(&self, authority: &Authority, damage: Damage) -> Damaged {
        let path = self.path_of(authority);
        let stays = matches!(damage, Damage::NotARegularFile | Damage::Unreadable(_));
        let (set_aside, reason) = if stays {
            (None, damage)
        } else {
            match file::set_aside(&*self.files, &path) {
                Ok(aside) => (Some(aside), damage),
                Err(source) => (None, damage.stuck(source)),
            }
        };
        Damaged {
            path,
            set_aside,
            reason,
        }
    }

    fn write(
        &self,
        identity: &PeerIdentity,
        name: Option<&FriendlyName>,
    ) -> Result<IdentityEntry, StoreError> {
        let friendly_name = name.cloned().unwrap_or_else(|| FriendlyName::of(identity));
        let authority = identity.authority();
        let path = self.path_of(&authority);
        let text = document::format(identity, &friendly_name)?;
        replace(&*self.files, &path, text.as_bytes(), OWNER_ONLY)
            .map_err(StoreError::at("write", &path))?;
        Ok(IdentityEntry {
            authority,
            friendly_name,
            path,
        })
    }

    fn path_of(&self, authority: &Authority) -> PathBuf {
        self.directory.join(format!("{authority}{EXTENSION}"))
    }
}

/// What a store holds.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// The identities, by authority.
    pub identities: Vec<IdentityEntry>,
    /// What was under the name of an identity and is none.
    pub damaged: Vec<Damaged>,
}

/// An identity in a store, without its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdentityEntry {
    /// The authority of its secure names.
    pub authority: Authority,
    /// What people call it; its authority unless somebody gave it a name.
    pub friendly_name: FriendlyName,
    /// Its file.
    pub path: PathBuf,
}

/// An identity in a store.
#[derive(Debug)]
#[non_exhaustive]
pub struct StoredIdentity {
    /// Its keys.
    pub identity: PeerIdentity,
    /// What it is called and where it is.
    pub entry: IdentityEntry,
}

/// Whose file this is by its name.
fn authority_in(name: &std::ffi::OsStr) -> Option<Authority> {
    let authority = name.to_str()?.strip_suffix(EXTENSION)?.parse().ok()?;
    (authority != Authority::Unsecured).then_some(authority)
}

/// Identities in one store.
const MAX_IDENTITIES: usize = 1_000;
/// Hexadecimal digits that a prefix of an authority has at least.
const MIN_PREFIX: usize = 8;
/// More than any key file; a longer one is cut, and so damaged.
const MAX_FILE: usize = 16 * 1_024;
const MAX_SET_ASIDE: u32 = 100;
const OWNER_ONLY: u32 = 0o600;
const EXTENSION: &str = ".pem";

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;
