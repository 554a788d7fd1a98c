//! An ordered map for tables that are small most of the time.
//!
//! A `BTreeMap` sets aside room for eleven entries as soon as it has one, and a leaf of it is half
//! empty as often as not. A node has a dozen tables, most of them with a few entries. Here entries
//! lie in one vector without much room to spare, and room that is no longer used is given
//! back. An insertion moves whatever lies behind it, so large values belong in a box.

use std::mem;

/// A map from keys to values, in the order of the keys.
#[derive(Clone, Debug)]
pub(crate) struct CompactMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for CompactMap<K, V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<K: Ord, V> CompactMap<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let (_, value) = self.entries.get(self.find(key).ok()?)?;
        Some(value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.find(key).ok()?;
        let (_, value) = self.entries.get_mut(place)?;
        Some(value)
    }

    /// Sets the value of a key; returns the one it had.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.find(&key);
        if let Ok(place) = place {
            let (_, former) = self.entries.get_mut(place)?;
            return Some(mem::replace(former, value));
        }
        let len = self.len();
        if len == self.entries.capacity() {
            self.entries
                .reserve_exact((len / 4).max(len.clamp(1, SPARE)));
        }
        self.entries
            .insert(place.unwrap_or_else(|place| place), (key, value));
        None
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.find(key).ok()?;
        let (_, value) = self.entries.remove(place);
        self.shrink();
        Some(value)
    }

    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| is_kept(key, value));
        self.shrink();
    }

    pub(crate) fn clear(&mut self) {
        self.entries = Vec::new();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    pub(crate) fn into_values(self) -> impl Iterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    fn find(&self, key: &K) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.cmp(key))
    }

    /// Gives back room of which less than half is used, but for a few entries, and all room when
    /// there is none.
    fn shrink(&mut self) {
        let len = self.len();
        if len == 0 || self.entries.capacity() > 2 * len + SPARE {
            self.entries.shrink_to(len + len / 4);
        }
    }
}

/// So many may come and go without a change of the room.
const SPARE: usize = 4;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_does_what_a_tree_does(
            steps in prop::collection::vec((any::<bool>(), 0..40_u8, any::<u16>()), 0..300),
        ) {
            let (mut compact, mut tree) = (CompactMap::default(), BTreeMap::new());
            for (inserts, key, value) in steps {
                if inserts {
                    prop_assert_eq!(compact.insert(key, value), tree.insert(key, value));
                } else {
                    prop_assert_eq!(compact.remove(&key), tree.remove(&key));
                }
                prop_assert_eq!(compact.get(&key), tree.get(&key));
                prop_assert!(compact.iter().eq(tree.iter()));
                prop_assert!(compact.entries.capacity() <= 2 * compact.len() + SPARE);
            }
            compact.retain(|key, _| key % 2 == 0);
            tree.retain(|key, _| key % 2 == 0);
            prop_assert!(compact.iter().eq(tree.iter()));
        }
    }

    #[test]
    fn an_empty_one_takes_no_room() {
        let mut compact = CompactMap::default();
        compact.insert(1, [0; 100]);
        compact.insert(2, [0; 100]);

        compact.remove(&1);
        compact.remove(&2);

        assert_eq!(compact.entries.capacity(), 0);
    }
}
