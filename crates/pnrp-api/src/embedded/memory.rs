//! What a node remembers of others between its runs: dialects and peers of clouds, and binding keys
//! of names.
//!
//! JSON files in the state directory, written at once or not at all. One that cannot be read
//! is put aside and begun anew, for all can be learned again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use pnrp_identity::{BindingPublicKey, write_atomically};
use pnrp_node::{cloud::Scope, driver::CloudSpec};
use pnrp_wire::{Dialect, Endpoint};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tracing::warn;

use crate::{Address, Binding, BindingStatus, DialectRecord, NodeEndpoint};

/// A map in a file.
#[derive(Debug)]
struct Kept<T> {
    path: Option<PathBuf>,
    map: Mutex<BTreeMap<String, T>>,
}

impl<T: Clone + Serialize + DeserializeOwned> Kept<T> {
    fn open(path: Option<PathBuf>) -> Self {
        let map = path.as_deref().map(read).unwrap_or_default();
        Self {
            path,
            map: Mutex::new(map),
        }
    }

    /// Changes the map, and writes it if `change` says that it did.
    fn change<R>(&self, change: impl FnOnce(&mut BTreeMap<String, T>) -> (bool, R)) -> R {
        let mut map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        let (is_changed, result) = change(&mut map);
        if let (true, Some(path)) = (is_changed, &self.path)
            && let Err(error) = write(path, &*map)
        {
            warn!(path = %path.display(), %error, "cannot remember this for the next start");
        }
        result
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> BTreeMap<String, T> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return BTreeMap::new(),
        Err(error) => {
            warn!(path = %path.display(), %error, "cannot read; beginning anew");
            return BTreeMap::new();
        }
    };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        let aside = path.with_extension("damaged");
        let moved = fs::rename(path, &aside);
        warn!(
            path = %path.display(), %error, aside = %aside.display(), moved = moved.is_ok(),
            "damaged and put aside; beginning anew"
        );
        BTreeMap::new()
    })
}

fn write<T: Serialize>(path: &Path, map: &BTreeMap<String, T>) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(map)?;
    text.push(b'\n');
    write_atomically(path, &text, PRIVATE)
}

/// The dialects that peers of another make have settled, by cloud.
#[derive(Debug)]
pub(super) struct Dialects(Kept<DialectRecord>);

impl Dialects {
    pub(super) fn open(state_dir: Option<&Path>) -> Self {
        Self(Kept::open(
            state_dir.map(|directory| directory.join("dialects.json")),
        ))
    }

    /// The dialect of a cloud, or the one to begin with.
    pub(super) fn get(&self, spec: &CloudSpec, start: Dialect) -> Dialect {
        let read = |map: &mut BTreeMap<String, DialectRecord>| {
            (false, map.get(&key(spec)).map(|record| record.over(start)))
        };
        self.0.change(read).unwrap_or(start)
    }

    pub(super) fn set(&self, spec: &CloudSpec, dialect: Dialect) {
        let record = DialectRecord::from(dialect);
        self.0
            .change(|map| (map.insert(key(spec), record) != Some(record), ()));
    }
}

/// The nodes that each cloud has used last, the most recently used first.
#[derive(Debug)]
pub(super) struct SavedPeers(Kept<Vec<NodeEndpoint>>);

impl SavedPeers {
    pub(super) fn open(state_dir: Option<&Path>) -> Self {
        Self(Kept::open(
            state_dir.map(|directory| directory.join("peers.json")),
        ))
    }

    pub(super) fn get(&self, spec: &CloudSpec) -> Vec<Endpoint> {
        let saved = self.0.change(|map| (false, map.get(&key(spec)).cloned()));
        let endpoint = |saved: &NodeEndpoint| Endpoint {
            address: saved.address.ip,
            port: saved.port,
        };
        saved.unwrap_or_default().iter().map(endpoint).collect()
    }

    /// Whether they are kept in a file.
    pub(super) fn are_written(&self) -> bool {
        self.0.path.is_some()
    }

    /// A cloud that knows nobody leaves what is written as it is. The order alone is no reason to
    /// write.
    pub(super) fn set(&self, spec: &CloudSpec, recent: &[Endpoint]) {
        let saved = recent.iter().map(|at| NodeEndpoint {
            address: Address::in_zone(at.address, None),
            port: at.port,
        });
        let saved: Vec<NodeEndpoint> = saved.collect();
        self.0.change(|map| {
            let before: BTreeSet<_> = map.get(&key(spec)).into_iter().flatten().collect();
            let is_changed = !saved.is_empty() && before != saved.iter().collect();
            if is_changed {
                map.insert(key(spec), saved);
            }
            (is_changed, ())
        });
    }
}

/// Interface numbers change from start to start, names less.
fn key(spec: &CloudSpec) -> String {
    match (&spec.interface, spec.scope) {
        (Some(interface), Scope::LinkLocal) => format!("link-local {interface}"),
        _ => spec.name.clone(),
    }
}

/// The keys that names were seen bound with, by name. The first one counts as the publisher's.
#[derive(Debug)]
pub(super) struct Bindings(Kept<Remembered>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    keys: Vec<String>,
}

impl Bindings {
    pub(super) fn open(state_dir: Option<&Path>) -> Self {
        Self(Kept::open(
            state_dir.map(|directory| directory.join("bindings.json")),
        ))
    }

    /// Compares the binding of an answer with what is remembered, and remembers a first one.
    pub(super) fn judge(&self, name: &str, key: Option<BindingPublicKey>) -> Option<Binding> {
        let key = key.map(|key| key.to_string());
        let status = self.0.change(|map| {
            let is_full = map.len() >= MAX_NAMES;
            match (map.get(name), &key) {
                (None, None) => (false, None),
                (Some(_), None) => (false, Some(BindingStatus::Missing)),
                (Some(known), Some(key)) if known.keys.contains(key) => {
                    (false, Some(BindingStatus::Known))
                }
                (Some(_), Some(_)) => (false, Some(BindingStatus::Changed)),
                (None, Some(key)) => {
                    if is_full {
                        warn!(name, "too many names are remembered; forget some");
                    } else {
                        let keys = vec![key.clone()];
                        map.insert(name.to_owned(), Remembered { keys });
                    }
                    (!is_full, Some(BindingStatus::FirstSeen))
                }
            }
        })?;
        if matches!(status, BindingStatus::Changed | BindingStatus::Missing) {
            warn!(name, ?status, "the publisher may not be the one it was");
        }
        Some(Binding { status, key })
    }

    /// Forgets the keys of a name; false when there are none.
    pub(super) fn forget(&self, name: &str) -> bool {
        self.0.change(|map| {
            let was_known = map.remove(name).is_some();
            (was_known, was_known)
        })
    }

    /// The names that were seen bound, and their keys.
    pub(super) fn list(&self) -> BTreeMap<String, Vec<String>> {
        self.0.change(|map| {
            let copy = map
                .iter()
                .map(|(name, known)| (name.clone(), known.keys.clone()));
            (false, copy.collect())
        })
    }
}

const PRIVATE: u32 = 0o600;
/// Names remembered; an attacker cannot make a node remember more.
const MAX_NAMES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::enumerate::tests::{global, link};

    fn key(byte: u8) -> Option<BindingPublicKey> {
        Some(BindingPublicKey([byte; 32]))
    }

    #[test]
    fn a_binding_is_first_seen_known_changed_or_missing() {
        let directory = tempfile::tempdir().unwrap();
        let status = |bindings: &Bindings, key| {
            let judged = bindings.judge("a.web", key);
            judged.map(|binding| binding.status)
        };
        let bindings = Bindings::open(Some(directory.path()));
        assert_eq!(status(&bindings, None), None);
        assert_eq!(status(&bindings, key(1)), Some(BindingStatus::FirstSeen));

        let later = Bindings::open(Some(directory.path()));
        assert_eq!(status(&later, key(1)), Some(BindingStatus::Known));
        assert_eq!(status(&later, key(2)), Some(BindingStatus::Changed));
        assert_eq!(status(&later, key(2)), Some(BindingStatus::Changed));
        assert_eq!(status(&later, None), Some(BindingStatus::Missing));

        assert!(later.forget("a.web"));
        assert!(!later.forget("a.web"));
        assert_eq!(status(&later, key(2)), Some(BindingStatus::FirstSeen));
        assert_eq!(later.list().len(), 1);
    }

    #[test]
    fn a_dialect_is_remembered_by_interface_name() {
        let directory = tempfile::tempdir().unwrap();
        let foreign = Dialect {
            signature_order: pnrp_wire::ByteOrder::LittleEndian,
            ..Dialect::default()
        };
        Dialects::open(Some(directory.path())).set(&link("eth0", 2), foreign);

        let later = Dialects::open(Some(directory.path()));

        let start = Dialect::default();
        assert_eq!(later.get(&link("eth0", 7), start), foreign);
        assert_eq!(later.get(&link("eth1", 2), start), start);
        assert_eq!(later.get(&global(), start), start);
    }

    #[test]
    fn peers_are_remembered_until_there_are_others() {
        let directory = tempfile::tempdir().unwrap();
        let peer = |address: &str| Endpoint {
            address: address.parse().unwrap(),
            port: 4_000,
        };
        let eth0 = link("eth0", 2);
        let saved = SavedPeers::open(Some(directory.path()));
        saved.set(&eth0, &[peer("fe80::1"), peer("fe80::2")]);
        saved.set(&eth0, &[]);

        let later = SavedPeers::open(Some(directory.path()));

        assert_eq!(
            later.get(&link("eth0", 9)),
            [peer("fe80::1"), peer("fe80::2")]
        );
        assert_eq!(later.get(&global()), []);
        later.set(&eth0, &[peer("fe80::3")]);
        assert_eq!(later.get(&eth0), [peer("fe80::3")]);
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_begun_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dialects.json");
        fs::write(&path, "{\"link-local eth0\": {\"signature_or").unwrap();

        let dialects = Dialects::open(Some(directory.path()));

        let start = Dialect::default();
        assert_eq!(dialects.get(&link("eth0", 2), start), start);
        assert!(directory.path().join("dialects.damaged").exists());
        dialects.set(&link("eth0", 2), start);
        assert!(path.exists());
    }
}
