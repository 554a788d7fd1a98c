//! Whoever stops the store between two operations on the disk loses nothing.
//!
//! Each change runs once for every operation in it, and ends there as if the process had been
//! killed: that operation is not done, or half done if it writes, and none follows, clean-up
//! included. What is then on the disk must open as if nothing had happened, with the change made
//! or not.

use std::{
    fs::File,
    sync::{Arc, Mutex},
};

use super::{machine::load_or_create, *};
use crate::fixture::identity;

#[test]
fn adding_is_done_or_not() {
    for_every_interruption(
        |_| {},
        |store| store.add(&identity(), Some(&name("new"))).map(drop),
        |found| assert!(matches!(found, None | Some("new"))),
    );
}

#[test]
fn renaming_is_done_or_not() {
    for_every_interruption(
        |store| drop(store.add(&identity(), Some(&name("old"))).unwrap()),
        |store| {
            let authority = identity().authority();
            store.rename(&authority, Some(&name("new"))).map(drop)
        },
        |found| assert!(matches!(found, Some("old" | "new"))),
    );
}

#[test]
fn deleting_is_done_or_not() {
    for_every_interruption(
        |store| drop(store.add(&identity(), Some(&name("old"))).unwrap()),
        |store| store.delete(&identity().authority()),
        |found| assert!(matches!(found, None | Some("old"))),
    );
}

#[test]
fn creating_is_done_or_not() {
    for allowed in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("identities");

        let interrupted = Interrupted::after(allowed);
        let created = IdentityStore::open_with(&directory, Box::new(interrupted))
            .and_then(|store| store.create(Some(&name("new"))));

        let listing = IdentityStore::open(&directory).unwrap().list().unwrap();
        assert!(listing.damaged.is_empty());
        assert!(
            names_in(&directory)
                .iter()
                .all(|name| name.ends_with(".pem"))
        );
        if let Ok(created) = created {
            assert_eq!(listing.identities, [created.entry]);
            assert!(allowed >= 7);
            return;
        }
        assert!(listing.identities.len() <= 1);
    }
}

#[test]
fn putting_a_damaged_file_aside_is_done_or_not() {
    for allowed in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let healthy = open(parent.path()).add(&identity(), None).unwrap();
        let damaged = parent.path().join(format!("{}.pem", "a".repeat(40)));
        fs::write(&damaged, "damaged").unwrap();

        let interrupted = Interrupted::after(allowed);
        let store = IdentityStore::open_with(parent.path(), Box::new(interrupted.clone())).unwrap();
        let _ = store.list();

        let aside = atomic::with_suffix(&damaged, "damaged-1");
        let kept = [&damaged, &aside].map(|path| fs::read(path).is_ok_and(|is| is == b"damaged"));
        assert_eq!(kept.iter().filter(|&&kept| kept).count(), 1);
        let listing = open(parent.path()).list().unwrap();
        assert_eq!(listing.identities, [healthy]);
        if !interrupted.is_over() {
            return;
        }
    }
}

#[test]
fn the_machine_identity_is_there_once_it_was_told() {
    for damaged in [false, true] {
        for allowed in 0.. {
            let parent = tempfile::tempdir().unwrap();
            let path = parent.path().join("identity.pem");
            if damaged {
                fs::write(&path, "damaged").unwrap();
            }

            let told = load_or_create(&Interrupted::after(allowed), &path);

            let kept = ["identity.pem", "identity.pem.damaged-1"]
                .map(|name| fs::read(parent.path().join(name)).is_ok_and(|is| is == b"damaged"));
            assert_eq!(kept.contains(&true), damaged);
            let next = load_or_create_machine_identity(&path).unwrap();
            let leftover = |name: &String| name.ends_with(".new");
            assert!(!names_in(parent.path()).iter().any(leftover));
            if let Ok(told) = told {
                assert_eq!(next.origin, Origin::Existing);
                assert_eq!(next.identity.authority(), told.identity.authority());
                break;
            }
        }
    }
}

/// The rename must not overtake the content, nor the answer the rename.
#[test]
fn content_is_durable_before_it_has_the_name_and_the_name_before_the_answer() {
    let parent = tempfile::tempdir().unwrap();
    let watched = Interrupted::after(u32::MAX);
    let store = IdentityStore::open_with(parent.path(), Box::new(watched.clone())).unwrap();

    let entry = store.add(&identity(), None).unwrap();
    store.delete(&entry.authority).unwrap();

    assert_eq!(
        watched.log(),
        [
            "create",
            "write",
            "sync",
            "rename",
            "sync directory",
            "remove",
            "sync directory"
        ]
    );
}

/// Runs a change of the fixture's identity until it gets through; `check` is given what the
/// identity is called afterwards, and a second identity has to survive in any case.
fn for_every_interruption(
    prepare: impl Fn(&IdentityStore),
    change: impl Fn(&IdentityStore) -> Result<(), StoreError>,
    check: impl Fn(Option<&str>),
) {
    let bystander = PeerIdentity::generate().unwrap();
    for allowed in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let bystander = open(parent.path()).add(&bystander, None).unwrap();
        prepare(&open(parent.path()));

        let interrupted = Interrupted::after(allowed);
        let store = IdentityStore::open_with(parent.path(), Box::new(interrupted.clone())).unwrap();
        let outcome = change(&store);

        let listing = open(parent.path()).list().unwrap();
        assert!(listing.damaged.is_empty(), "{:?}", listing.damaged);
        assert!(listing.identities.contains(&bystander));
        let authority = identity().authority();
        let changed = listing.identities.iter().find(|e| e.authority == authority);
        check(changed.map(|entry| entry.friendly_name.as_str()));
        assert_eq!(names_in(parent.path()).len(), listing.identities.len());
        assert_eq!(outcome.is_err(), interrupted.is_over());
        if outcome.is_ok() {
            assert!(allowed >= 2, "no interruption was tried");
            return;
        }
    }
}

/// A disk that refuses everything once a number of operations were done.
#[derive(Clone, Debug)]
struct Interrupted(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    allowed: u32,
    log: Vec<&'static str>,
    is_over: bool,
}

impl Interrupted {
    fn after(allowed: u32) -> Self {
        Self(Arc::new(Mutex::new(State {
            allowed,
            log: Vec::new(),
            is_over: false,
        })))
    }

    fn is_over(&self) -> bool {
        self.0.lock().unwrap().is_over
    }

    fn log(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().log.clone()
    }

    fn next(&self, operation: &'static str) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let Some(allowed) = state.allowed.checked_sub(1) else {
            state.is_over = true;
            return Err(io::Error::other(format!("interrupted at {operation}")));
        };
        state.allowed = allowed;
        state.log.push(operation);
        Ok(())
    }
}

impl Files for Interrupted {
    fn create(&self, path: &Path, mode: u32) -> io::Result<File> {
        self.next("create")?;
        Disk.create(path, mode)
    }

    /// Is interrupted in the middle.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let was_over = self.is_over();
        let allowed = self.next("write");
        match allowed {
            Ok(()) => Disk.write(file, bytes),
            Err(error) => {
                if !was_over {
                    Disk.write(file, &bytes[..bytes.len() / 2])?;
                }
                Err(error)
            }
        }
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.next("sync")?;
        Disk.sync(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.next("rename")?;
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.next("remove")?;
        Disk.remove(path)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.next("create directory")?;
        Disk.create_directory(path)
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        self.next("sync directory")?;
        Disk.sync_directory(directory)
    }

    /// Changes no content, and so does not count.
    fn make_private(&self, file: &File) -> io::Result<()> {
        Disk.make_private(file)
    }
}

fn open(directory: &Path) -> IdentityStore {
    IdentityStore::open(directory).unwrap()
}

fn name(name: &str) -> FriendlyName {
    FriendlyName::new(name).unwrap()
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
