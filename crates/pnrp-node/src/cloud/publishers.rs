//! Whose key published what is cached.
//!
//! A revocation of a delegated or unsecured name proves nothing by itself: the key in it has to be
//! the one that published. MS-PNRP §3.1.5.5 step 4.

use std::collections::BTreeSet;

use pnrp_wire::{Authority, PnrpId};

use super::{
    compact::CompactMap,
    mark::{Mark, Marker},
};

/// The keys in validated CPAs, by ID. That a key is the one is all that anybody asks, so there are
/// 16 bytes for each.
#[derive(Debug)]
pub(crate) struct Publishers {
    keys: CompactMap<Mark, Mark>,
    marker: Marker,
    capacity: usize,
}

impl Publishers {
    /// None yet, and never many more than are cached.
    pub(crate) fn new(cached: usize, marker: Marker) -> Self {
        Self {
            keys: CompactMap::default(),
            marker,
            capacity: cached + cached / 4,
        }
    }

    /// Remembers the key of an ID. When there is no room, those that are not cached are forgotten.
    pub(crate) fn note(
        &mut self,
        id: &PnrpId,
        key: &Authority,
        cached: impl Iterator<Item = PnrpId>,
    ) {
        if self.keys.len() >= self.capacity {
            let cached: BTreeSet<Mark> = cached.map(|id| self.marker.id(&id)).collect();
            self.keys.retain(|known, _| cached.contains(known));
        }
        let mark = self.marker.id(id);
        if self.keys.len() < self.capacity || self.keys.contains_key(&mark) {
            self.keys.insert(mark, self.marker.key(id, key));
        }
    }

    /// Whether this key is known to have published an ID.
    pub(crate) fn has_published(&self, id: &PnrpId, key: &Authority) -> bool {
        let known = self.keys.get(&self.marker.id(id));
        known.is_some_and(|known| *known == self.marker.key(id, key))
    }

    pub(crate) fn forget(&mut self, id: &PnrpId) {
        self.keys.remove(&self.marker.id(id));
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    #[test]
    fn the_key_seen_last_is_the_one_until_it_is_forgotten() {
        let mut publishers = publishers(4);
        publishers.note(&id(1), &key(1), [].into_iter());
        publishers.note(&id(1), &key(2), [].into_iter());

        assert!(publishers.has_published(&id(1), &key(2)));
        assert!(!publishers.has_published(&id(1), &key(1)));
        assert!(!publishers.has_published(&id(2), &key(2)));
        publishers.forget(&id(1));
        assert!(!publishers.has_published(&id(1), &key(2)));
    }

    #[test]
    fn what_is_not_cached_makes_room_and_what_is_cached_does_not() {
        let mut publishers = publishers(4);
        let cached = || [2, 3, 4, 5].into_iter().map(id);
        for number in 1..=6 {
            publishers.note(&id(number), &key(1), cached());
        }
        let known = |publishers: &Publishers| {
            let known = (1..=9).filter(|number| publishers.has_published(&id(*number), &key(1)));
            known.collect::<Vec<_>>()
        };
        assert_eq!(known(&publishers), [2, 3, 4, 5, 6]);

        publishers.note(&id(7), &key(1), (2..=6).map(id));

        assert_eq!(known(&publishers), [2, 3, 4, 5, 6]);
    }

    fn publishers(cached: usize) -> Publishers {
        Publishers::new(cached, Marker::new(&mut StdRng::seed_from_u64(1)))
    }

    fn id(number: u8) -> PnrpId {
        PnrpId::from_bytes([number; 32])
    }

    fn key(number: u8) -> Authority {
        Authority::Secure([number; 20])
    }
}
