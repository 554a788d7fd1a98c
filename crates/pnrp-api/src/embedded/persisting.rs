//! Registrations that the node makes again at its next start: a file each, in the directory
//! `registrations` of the state directory, named by its ID.
//!
//! A file is written at once or not at all, and its first line has the version of its form and the
//! SHA-256 of the rest. One that is damaged is set aside under another name and told by `doctor`;
//! the others are not touched.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use pnrp_identity::write_atomically;
use sha2::{Digest as _, Sha256};
use tracing::{info, warn};

use crate::{Error, Registration, RegistrationId};

/// The files of persistent registrations.
#[derive(Clone, Debug)]
pub(super) struct Persisted {
    directory: Option<PathBuf>,
}

impl Persisted {
    pub(super) fn open(state_dir: Option<&Path>) -> Self {
        Self {
            directory: state_dir.map(|directory| directory.join("registrations")),
        }
    }

    /// Refuses when there is nowhere to keep anything.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.directory().map(drop)
    }

    /// What was kept.
    ///
    /// # Errors
    /// When files are there and cannot be read, or a newer version has written one: they stay as
    /// they are.
    pub(super) fn load(&self) -> Result<Vec<(RegistrationId, Registration)>, Error> {
        let Some(directory) = &self.directory else {
            return Ok(Vec::new());
        };
        let listed = match fs::read_dir(directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed.map_err(|error| failed(directory, &error))?,
        };
        let mut kept = Vec::new();
        for file in listed {
            let path = file.map_err(|error| failed(directory, &error))?.path();
            if path.extension().is_some_and(|extension| extension == "new") {
                // Nobody was told that this was kept, for its writer was killed before.
                let _ = fs::remove_file(&path);
            } else if let Some(id) = id_of(&path)
                && let Some(registration) = read(&path)?
            {
                kept.push((id, registration));
            }
        }
        kept.sort_by_key(|(id, _)| *id);
        Ok(kept)
    }

    /// Keeps a registration; it is on the disk when this returns.
    pub(super) fn save(
        &self,
        id: RegistrationId,
        registration: &Registration,
    ) -> Result<(), Error> {
        let directory = self.directory()?;
        make(directory).map_err(|error| failed(directory, &error))?;
        let path = directory.join(file_name(id));
        let text = text_of(registration).map_err(|error| failed(&path, &error))?;
        write_atomically(&path, &text, PRIVATE).map_err(|error| failed(&path, &error))
    }

    /// Forgets a registration; it does not come back once this has returned.
    pub(super) fn remove(&self, id: RegistrationId) -> Result<(), Error> {
        let directory = self.directory()?;
        let path = directory.join(file_name(id));
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(&path, &error)),
            Ok(()) => fs::File::open(directory)
                .and_then(|opened| opened.sync_all())
                .map_err(|error| failed(directory, &error)),
        }
    }

    /// Files that were set aside and are still there.
    pub(super) fn set_aside(&self) -> Vec<PathBuf> {
        let listed = self.directory.as_ref().and_then(|it| fs::read_dir(it).ok());
        let paths = listed.into_iter().flatten().flatten();
        let mut aside: Vec<PathBuf> = paths
            .map(|file| file.path())
            .filter(|path| path.to_string_lossy().contains(ASIDE))
            .collect();
        aside.sort();
        aside
    }

    fn directory(&self) -> Result<&Path, Error> {
        self.directory
            .as_deref()
            .ok_or_else(|| Error::StateUnusable {
                reason: "this node has no state directory to keep a registration in".to_owned(),
            })
    }
}

/// Makes the directory, and sees to it that a crash does not take it away again.
fn make(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(directory)?;
    match directory.parent() {
        Some(parent) => fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn file_name(id: RegistrationId) -> String {
    format!("{id}.{EXTENSION}")
}

fn id_of(path: &Path) -> Option<RegistrationId> {
    let is_ours = path.extension()? == EXTENSION;
    is_ours.then(|| path.file_stem()?.to_str()?.parse().ok())?
}

fn text_of(registration: &Registration) -> io::Result<Vec<u8>> {
    let mut body = serde_json::to_vec_pretty(registration)?;
    body.push(b'\n');
    let mut text = format!("{FORM} {VERSION} {}\n", digest(&body)).into_bytes();
    text.extend(body);
    Ok(text)
}

/// `None` when the file was damaged and has been set aside.
fn read(path: &Path) -> Result<Option<Registration>, Error> {
    let size = fs::metadata(path)
        .map_err(|error| failed(path, &error))?
        .len();
    let read = match size > MAX_FILE {
        true => Err(Unreadable::Damaged("it is too long".to_owned())),
        false => parse(&fs::read(path).map_err(|error| failed(path, &error))?),
    };
    match read {
        Ok(registration) => Ok(Some(registration)),
        Err(Unreadable::Newer(version)) => Err(Error::StateUnusable {
            reason: format!(
                "{} has version {version} of its form, and this program knows {VERSION}",
                path.display()
            ),
        }),
        Err(Unreadable::Damaged(reason)) => {
            let aside = set_aside(path).map_err(|error| failed(path, &error))?;
            warn!(
                path = %path.display(), reason, aside = %aside.display(),
                "a persistent registration is damaged, and was set aside"
            );
            Ok(None)
        }
    }
}

#[derive(Debug)]
enum Unreadable {
    Newer(u32),
    Damaged(String),
}

fn parse(bytes: &[u8]) -> Result<Registration, Unreadable> {
    let damaged = |reason: &str| Unreadable::Damaged(reason.to_owned());
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (head, body) = bytes.split_at(end.ok_or_else(|| damaged("it has no first line"))?);
    let body = body.strip_prefix(b"\n").unwrap_or_default();
    let head = std::str::from_utf8(head).map_err(|_| damaged("its first line is no text"))?;
    let mut words = head.split(' ');
    let (form, version, sum) = (words.next(), words.next(), words.next());
    if form != Some(FORM) {
        return Err(damaged("its first line is of something else"));
    }
    match version.and_then(|text| text.parse().ok()) {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => return Err(Unreadable::Newer(newer)),
        Some(_) | None => return Err(damaged("its version is none")),
    }
    if sum != Some(digest(body).as_str()) {
        return Err(damaged("its checksum is that of something else"));
    }
    serde_json::from_slice(body).map_err(|error| damaged(&error.to_string()))
}

/// Renames a file to one that nothing reads, and that is not there yet.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = |number: u32| path.with_extension(format!("{}{number}", &ASIDE[1..]));
    let free = (1..u32::MAX).map(name).find(|aside| !aside.exists());
    let aside = free.ok_or(ErrorKind::AlreadyExists)?;
    fs::rename(path, &aside)?;
    info!(aside = %aside.display(), "remove it when it is of no use");
    Ok(aside)
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn failed(path: &Path, error: &io::Error) -> Error {
    let reason = format!("{}: {error}", path.display());
    let is_full = matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    );
    match is_full {
        true => Error::DiskFull { reason },
        false => Error::StateUnusable { reason },
    }
}

const FORM: &str = "pnrp-registration";
const VERSION: u32 = 1;
const EXTENSION: &str = "registration";
/// In the name of a file that was set aside.
const ASIDE: &str = ".damaged-";
const PRIVATE: u32 = 0o600;
/// Bytes; a payload and a chain take less.
const MAX_FILE: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EndpointSpec;

    fn web() -> Registration {
        Registration::new("0.web")
            .endpoint(EndpointSpec::port(80))
            .persist()
    }

    fn id(number: u64) -> RegistrationId {
        RegistrationId(number)
    }

    #[test]
    fn what_is_kept_comes_back_until_it_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let persisted = Persisted::open(Some(directory.path()));
        persisted.save(id(2), &web()).unwrap();
        persisted.save(id(1), &web().comment("first")).unwrap();
        persisted.save(id(1), &web().comment("second")).unwrap();

        let later = Persisted::open(Some(directory.path()));
        let expected = vec![(id(1), web().comment("second")), (id(2), web())];
        assert_eq!(later.load().unwrap(), expected);

        later.remove(id(1)).unwrap();
        later.remove(id(1)).unwrap();
        assert_eq!(persisted.load().unwrap(), [(id(2), web())]);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_the_others_stay() {
        let directory = tempfile::tempdir().unwrap();
        let persisted = Persisted::open(Some(directory.path()));
        persisted.save(id(1), &web()).unwrap();
        let good = fs::read(
            directory
                .path()
                .join("registrations")
                .join(file_name(id(1))),
        )
        .unwrap();
        let path = directory
            .path()
            .join("registrations")
            .join(file_name(id(2)));
        let whole: String = String::from_utf8(good.clone()).unwrap();
        let damages = [
            Vec::new(),
            b"{}".to_vec(),
            good[..good.len() - 9].to_vec(),
            whole.replace("0.web", "0.wab").into_bytes(),
            whole.replacen(" 1 ", " x ", 1).into_bytes(),
            vec![0xff; 2 << 20],
        ];

        for (number, damage) in (1..).zip(&damages) {
            fs::write(&path, damage).unwrap();
            assert_eq!(persisted.load().unwrap(), [(id(1), web())]);
            assert!(!path.exists());
            let aside = persisted.set_aside();
            assert_eq!(aside.len(), number);
        }
        let aside = persisted.set_aside();
        let kept: Vec<Vec<u8>> = aside.iter().map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(kept, damages);
    }

    #[test]
    fn a_newer_version_is_an_error_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let persisted = Persisted::open(Some(directory.path()));
        persisted.save(id(1), &web()).unwrap();
        let path = directory
            .path()
            .join("registrations")
            .join(file_name(id(1)));
        let newer = fs::read_to_string(&path).unwrap().replacen(" 1 ", " 2 ", 1);
        fs::write(&path, &newer).unwrap();

        let error = persisted.load().unwrap_err().to_string();

        assert!(error.contains("version 2"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    }

    #[test]
    fn an_unfinished_file_of_a_killed_writer_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let persisted = Persisted::open(Some(directory.path()));
        persisted.save(id(1), &web()).unwrap();
        let unfinished = directory
            .path()
            .join("registrations/0a.registration.7-0.new");
        fs::write(&unfinished, "half").unwrap();

        assert_eq!(persisted.load().unwrap().len(), 1);
        assert!(!unfinished.exists());
    }

    #[test]
    fn without_a_place_nothing_is_kept_and_that_is_said() {
        let nowhere = Persisted::open(None);
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("registrations"), "a file").unwrap();
        let blocked = Persisted::open(Some(directory.path()));

        for persisted in [nowhere, blocked] {
            let error = persisted.save(id(1), &web()).unwrap_err();
            assert!(matches!(error, Error::StateUnusable { .. }), "{error}");
        }
    }
}
