//! What can go wrong with identities on disk.

use std::{
    io,
    path::{Path, PathBuf},
};

use pnrp_wire::Authority;
use thiserror::Error;

use super::{IdentityEntry, MAX_IDENTITIES, MAX_SET_ASIDE, MIN_PREFIX};
use crate::key::KeyError;

/// Why an identity could not be read or written.
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
    /// The store's path leads to something else.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// Damaged files stand at every name that one could be put aside under.
    #[error("there are {MAX_SET_ASIDE} damaged copies of {} already", .0.display())]
    TooManyDamaged(PathBuf),
    /// No key could be made or written.
    #[error("cannot make a new identity")]
    Key(#[from] KeyError),
    /// The store holds this identity already.
    #[error("the identity {0} is in the store already")]
    AlreadyExists(Authority),
    /// No identity is called that. A prefix counts from eight digits on.
    #[error(
        "no identity is called {0:?}: give its authority, {MIN_PREFIX} or more digits of it, or its friendly name"
    )]
    NotFound(String),
    /// Several identities are called that.
    #[error("{} identities are called {selector:?}: {}", candidates.len(), join(candidates))]
    Ambiguous {
        /// What was asked for.
        selector: String,
        /// Whom it may mean, by authority.
        candidates: Vec<IdentityEntry>,
    },
    /// The store holds as many identities as it may, or somebody put more there.
    #[error("{} holds {MAX_IDENTITIES} identities or more", .0.display())]
    TooManyIdentities(PathBuf),
    /// The file of one identity is of no use. [`list`](super::IdentityStore::list) puts it aside.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Damage,
    },
}

impl StoreError {
    pub(super) fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

/// What is wrong with an identity's file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Damage {
    /// It holds no usable key.
    #[error("it holds no usable key")]
    Key(#[source] KeyError),
    /// Its key belongs to another identity than its name says.
    #[error("it holds the identity {0}")]
    OtherIdentity(Authority),
    /// It is a symbolic link, a directory or a device, and stays where it is.
    #[error("it is not a regular file")]
    NotARegularFile,
    /// It cannot be read or made private, and stays where it is.
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    /// It should have been put aside, and stays where it is.
    #[error("{damage}, and it could not be put aside")]
    Stuck {
        /// What is wrong with it.
        damage: Box<Self>,
        /// Why it stays.
        source: Box<StoreError>,
    },
}

impl Damage {
    pub(super) fn stuck(self, source: StoreError) -> Self {
        Self::Stuck {
            damage: Box::new(self),
            source: Box::new(source),
        }
    }
}

/// A file that [`list`](super::IdentityStore::list) found to be of no use.
#[derive(Debug)]
pub struct Damaged {
    /// Where it was, under the name of an identity.
    pub path: PathBuf,
    /// Where it is, unless it stays where it was.
    pub set_aside: Option<PathBuf>,
    /// What is wrong with it.
    pub reason: Damage,
}

fn join(candidates: &[IdentityEntry]) -> String {
    let names: Vec<_> = candidates
        .iter()
        .map(|entry| entry.authority.to_string())
        .collect();
    names.join(", ")
}
