//! Whose key published what is cached.
//!
//! A revocation of a delegated or unsecured name proves nothing by itself: the key in it has to be
//! the one that published. MS-PNRP §3.1.5.5 step 4.

use pnrp_wire::{Authority, PnrpId};

use super::compact::CompactMap;

/// The keys in validated CPAs, by ID.
#[derive(Debug)]
pub(crate) struct Publishers {
    keys: CompactMap<PnrpId, Authority>,
    capacity: usize,
}

impl Publishers {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            keys: CompactMap::default(),
            capacity,
        }
    }

    /// Remembers the key of an ID; `is_cached` tells which of the others may be forgotten.
    pub(crate) fn note(&mut self, id: PnrpId, key: Authority, is_cached: impl Fn(&PnrpId) -> bool) {
        if self.keys.len() >= self.capacity {
            self.keys.retain(|known, _| is_cached(known));
        }
        if self.keys.len() < self.capacity || self.keys.contains_key(&id) {
            self.keys.insert(id, key);
        }
    }

    pub(crate) fn get(&self, id: &PnrpId) -> Option<Authority> {
        self.keys.get(id).copied()
    }

    pub(crate) fn forget(&mut self, id: &PnrpId) {
        self.keys.remove(id);
    }
}
