//! What must hold whatever was done to a cache.

use std::collections::BTreeSet;

use super::RouteCache;
use crate::{diversity::Crowds, slices::walk};

impl RouteCache {
    /// Checks every invariant, in debug builds, tests and fuzzers only. O(n log n).
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.len() > self.capacity {
            return Err("there are more entries than the capacity");
        }
        self.index.check(|slot| self.records.id(slot))?;
        if self.iter().any(|cached| cached.addresses().is_empty()) {
            return Err("an entry has no address");
        }
        self.check_lists()?;
        self.check_counts()
    }

    /// Each entry is in one list, that of its place, in the order heard.
    fn check_lists(&self) -> Result<(), &'static str> {
        let mut seen = BTreeSet::new();
        let mut crowded = 0;
        for (at, slice) in self.slices.iter() {
            for (list, is_crowded) in [(slice.others, false), (slice.crowded, true)] {
                let slots: Vec<u32> = walk(&self.records, list.first).collect();
                let records: Vec<_> = slots.iter().filter_map(|&s| self.records.get(s)).collect();
                if !records
                    .iter()
                    .all(|r| r.slice() == at && r.is_crowded() == is_crowded)
                {
                    return Err("a list holds an entry that knows another");
                }
                if !records
                    .iter()
                    .all(|r| self.locals.place(&r.id) == slice.place)
                {
                    return Err("an entry is in another slice than its own");
                }
                if !records.is_sorted_by_key(|record| record.heard) {
                    return Err("a list is not in the order heard");
                }
                if slots.len() != list.len as usize || slots.last().is_some_and(|&s| s != list.last)
                {
                    return Err("a list has another length or end than is noted");
                }
                crowded += if is_crowded { slots.len() } else { 0 };
                seen.extend(slots);
            }
        }
        if crowded != self.slices.crowded() {
            return Err("another number of entries is crowded than is noted");
        }
        if !self.index.slots().collect::<BTreeSet<_>>().eq(&seen) {
            return Err("the lists hold other entries than the index");
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<(), &'static str> {
        let mut counted: Crowds = self.crowds.clone();
        counted.clear();
        for cached in self.iter() {
            counted.add(
                self.locals.place(&cached.record.id).level,
                cached.addresses(),
            );
        }
        let full = |(noted, counted): (&u16, &u16)| *noted == u16::MAX || noted == counted;
        if self.crowds.cells().iter().zip(counted.cells()).all(full) {
            Ok(())
        } else {
            Err("a prefix is counted wrongly")
        }
    }
}
