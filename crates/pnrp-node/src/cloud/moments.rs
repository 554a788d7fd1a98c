//! Moments by key, for tables that hold few most of the time.
//!
//! Entries lie in one vector in the order of their keys. What has passed says nothing any more and
//! is forgotten as the table is used, so a bucket that is full again within a millisecond takes no
//! room and costs no walk through a tree.

use std::time::Instant;

/// Moments by key, of which the earliest is forgotten when there are too many.
#[derive(Debug)]
pub(crate) struct Moments {
    entries: Vec<(u128, Instant)>,
    /// No entry is earlier.
    earliest: Option<Instant>,
    capacity: usize,
}

impl Moments {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: Vec::new(),
            earliest: None,
            capacity,
        }
    }

    pub(crate) fn get(&self, key: u128) -> Option<Instant> {
        let (_, at) = self.entries.get(self.find(key).ok()?)?;
        Some(*at)
    }

    pub(crate) fn set(&mut self, key: u128, at: Instant, now: Instant) {
        self.forget_passed(now);
        match self.find(key) {
            Ok(place) => {
                if let Some(entry) = self.entries.get_mut(place) {
                    entry.1 = at;
                }
            }
            Err(place) => {
                let len = self.entries.len();
                if len == self.entries.capacity() {
                    self.entries.reserve_exact(len / 4 + 1);
                }
                self.entries.insert(place, (key, at));
            }
        }
        self.earliest = Some(self.earliest.map_or(at, |earliest| earliest.min(at)));
        if self.entries.len() > self.capacity {
            self.forget_earliest();
        }
    }

    /// Whether there is room for another, once those that have passed are forgotten.
    pub(crate) fn has_place(&mut self, now: Instant) -> bool {
        self.forget_passed(now);
        self.entries.len() < self.capacity
    }

    /// O(1) where nothing has passed.
    fn forget_passed(&mut self, now: Instant) {
        if self.earliest.is_none_or(|earliest| earliest > now) {
            return;
        }
        self.entries.retain(|(_, at)| *at > now);
        let len = self.entries.len();
        if self.entries.capacity() > 2 * len + KEPT {
            self.entries.shrink_to(len + len / 4);
        }
        self.earliest = self.entries.iter().map(|(_, at)| *at).min();
    }

    fn forget_earliest(&mut self) {
        let entries = self.entries.iter().enumerate();
        let earliest = entries.min_by_key(|(_, (key, at))| (*at, *key));
        if let Some((place, _)) = earliest {
            self.entries.remove(place);
        }
    }

    fn find(&self, key: u128) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&key, |(known, _)| *known)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Room for so many is kept: a table that is filled and emptied by each datagram need not ask for
/// memory each time.
const KEPT: usize = 2;

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        time::Duration,
    };

    use proptest::prelude::*;

    use super::*;
    use crate::cloud::tests::epoch;

    proptest! {
        #[test]
        fn it_does_what_a_map_without_what_has_passed_does(
            steps in prop::collection::vec((0..12_u128, 0..40_u64, 0..4_u64), 0..200),
        ) {
            let mut now = epoch();
            let (mut moments, mut map) = (Moments::new(6), BTreeMap::new());
            for (key, later, passing) in steps {
                now += Duration::from_secs(passing);
                let at = now + Duration::from_secs(later);
                moments.set(key, at, now);
                map.retain(|_, at| *at > now);
                map.insert(key, at);
                let order: BTreeSet<_> = map.iter().map(|(key, at)| (*at, *key)).collect();
                if order.len() > 6 {
                    let (_, earliest) = order.first().copied().unwrap();
                    map.remove(&earliest);
                }

                for key in 0..12 {
                    let live = |at: &Instant| *at > now;
                    prop_assert_eq!(moments.get(key).filter(live), map.get(&key).copied().filter(live));
                }
                prop_assert_eq!(moments.has_place(now), map.values().filter(|at| **at > now).count() < 6);
                prop_assert!(moments.entries.capacity() <= 2 * moments.len() + KEPT + 1);
            }
        }
    }
}
