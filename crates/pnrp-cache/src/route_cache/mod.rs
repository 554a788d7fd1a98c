//! The Route Entry Cache of one cloud, bounded and ordered by ID. MS-PNRP §3.2.1.1.
//!
//! While there is room, everything is kept. Then the levels around the local IDs share the room,
//! slice by slice: the slice that holds most gives up the entry heard longest ago. Which entries
//! may not be given up, because a leaf set holds them, is the caller's to say.

mod check;
mod evict;
mod search;

use std::{cmp::Reverse, net::Ipv6Addr, time::Instant};

use pnrp_wire::{Endpoint, PnrpId, RouteEntry};

use crate::{
    CachedRoute, Diversity,
    distance::{Distance, prefix},
    diversity::Crowds,
    index::Index,
    level::{Level, Locals, Place},
    records::{Clock, Records},
    slices::{Slice, Slices},
};

/// Every node known in one cloud, at most one entry for each ID.
#[derive(Clone, Debug)]
pub struct RouteCache {
    index: Index,
    records: Records,
    locals: Locals,
    slices: Slices,
    crowds: Crowds,
    clock: Clock,
    capacity: usize,
}

impl RouteCache {
    /// An empty cache that will hold at most `capacity` entries, none of whose owners fills it.
    ///
    /// A capacity of ten for each level in use keeps an entry in every slice of them: three or
    /// four levels in a cloud of a thousand, and one more for ten times as many.
    pub fn new(capacity: usize) -> Self {
        Self::with_diversity(capacity, Diversity::default())
    }

    /// The same, with other caps on how many entries may begin alike.
    pub fn with_diversity(capacity: usize, diversity: Diversity) -> Self {
        Self {
            index: Index::default(),
            records: Records::new(),
            locals: Locals::default(),
            slices: Slices::default(),
            crowds: Crowds::new(diversity),
            clock: Clock::default(),
            capacity,
        }
    }

    /// Lets levels grow around a local ID. O(n log n): entries move to the new levels.
    pub fn add_local(&mut self, id: PnrpId) {
        if self.locals.add(id) {
            self.place_again();
        }
    }

    /// Gives up the levels around a local ID, not the entries in them. O(n log n).
    pub fn remove_local(&mut self, id: &PnrpId) {
        if self.locals.remove(id) {
            self.place_again();
        }
    }

    /// The local IDs, in order. O(1).
    pub fn locals(&self) -> &[PnrpId] {
        self.locals.as_slice()
    }

    /// Adds an entry, or puts it in the place of the one with the same ID.
    ///
    /// A full cache gives up an entry that is not pinned: one over a cap of [`Diversity`] if there
    /// is any; else the one heard longest ago in the slice that holds most. The last entry of a
    /// slice goes only for the first of another at the same level, or for one above. Entries over a cap themselves
    /// replace nothing but others over a cap, unless they are pinned.
    ///
    /// The route of a replaced entry stays checked by a CPA as long as its addresses and port do
    /// not change.
    ///
    /// O(log n) and moving at most 256 words; a full cache adds O(s) for s slices, and O(p) for p
    /// pinned entries heard longer ago.
    pub fn insert(
        &mut self,
        route: &RouteEntry,
        cpa_checked: bool,
        now: Instant,
        is_pinned: impl Fn(&PnrpId) -> bool,
    ) -> Inserted {
        let id = route.id();
        let ticks = self.clock.ticks(now);
        let mut position = self.index.lower_bound(&id, |slot| self.records.id(slot));
        if let Some((_, slot)) = self.index.at(position)
            && *self.records.id(slot) == id
        {
            self.replace(slot, route, cpa_checked, ticks);
            return Inserted::Replaced;
        }
        let mut outcome = Inserted::Added;
        let place = self.locals.place(&id);
        if self.len() >= self.capacity {
            let is_crowded =
                !is_pinned(&id) && self.crowds.is_crowded(place.level, route.addresses(), 1);
            let Some(victim) = self.victim(place, is_crowded, is_pinned) else {
                return Inserted::Refused;
            };
            let evicted = *self.records.id(victim);
            self.remove(&evicted);
            position = self.index.lower_bound(&id, |slot| self.records.id(slot));
            outcome = Inserted::AddedEvicting(evicted);
        }
        let Some(slot) = self.records.add(route, ticks, self.capacity) else {
            return Inserted::Refused;
        };
        if let Some(record) = self.records.get_mut(slot) {
            record.is_checked = cpa_checked;
        }
        self.index.insert(position, prefix(&id), slot);
        if self.crowds.grow(self.index.len()) {
            self.count_again();
        } else {
            self.crowds.add(place.level, route.addresses());
        }
        let slice = self.slices.at(place);
        self.push(slot, slice);
        outcome
    }

    /// Notes that the node of an entry gave a sign of life. O(log n).
    pub fn heard(&mut self, id: &PnrpId, now: Instant) {
        if let Some(slot) = self.slot(id) {
            let ticks = self.clock.ticks(now);
            self.note_heard(slot, ticks);
        }
    }

    /// Takes an entry out; true if it was there. O(log n), and moving at most 256 words.
    pub fn remove(&mut self, id: &PnrpId) -> bool {
        let position = self.index.lower_bound(id, |slot| self.records.id(slot));
        let Some((_, slot)) = self.index.at(position) else {
            return false;
        };
        if self.records.id(slot) != id {
            return false;
        }
        self.index.remove(position);
        if let Some(level) = self.level(slot) {
            self.crowds.remove(level, self.records.addresses(slot));
        }
        self.slices.take(&mut self.records, slot);
        self.records.remove(slot);
        true
    }

    /// How many entries there are. O(1).
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no entry. O(1).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most entries the cache will hold. O(1).
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The caps on how many entries may begin alike. O(1).
    pub fn diversity(&self) -> Diversity {
        self.crowds.caps()
    }

    /// Up to `count` endpoints, that of the node heard last first, none twice: where a node that
    /// starts again finds the cloud. The first address of each entry. O(n log n).
    pub fn most_recent(&self, count: usize) -> Vec<Endpoint> {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_by_key(|cached| Reverse((cached.record.heard, cached.id())));
        let mut recent: Vec<Endpoint> = Vec::new();
        for endpoint in entries
            .iter()
            .filter_map(|cached| cached.endpoints().next())
        {
            if recent.len() == count {
                break;
            }
            if !recent.contains(&endpoint) {
                recent.push(endpoint);
            }
        }
        recent
    }

    /// Whether the slice of an ID holds fewer entries than another does.
    pub(crate) fn is_in_a_thin_slice(&self, id: &PnrpId) -> bool {
        let own = self.slices.find(self.locals.place(id));
        let own = own.map_or(0, Slice::len);
        self.slices.iter().any(|(_, other)| other.len() > own)
    }

    /// Where a slice begins, and how long it is.
    pub(crate) fn place_arc(&self, place: Place) -> Option<(PnrpId, Distance)> {
        self.locals.arc(place)
    }

    /// The addresses in a slot.
    pub(crate) fn addresses(&self, slot: u32) -> &[Ipv6Addr] {
        self.records.addresses(slot)
    }

    /// What a view shows as the time; none only before the first insertion.
    pub(crate) fn instant(&self, ticks: u32) -> Option<Instant> {
        self.clock.instant(ticks)
    }

    /// The level whose slice holds an entry.
    fn level(&self, slot: u32) -> Option<Level> {
        let slice = self.records.get(slot)?.slice();
        Some(self.slices.get(slice)?.place.level)
    }

    fn slot(&self, id: &PnrpId) -> Option<u32> {
        let position = self.index.lower_bound(id, |slot| self.records.id(slot));
        let (_, slot) = self.index.at(position)?;
        (self.records.id(slot) == id).then_some(slot)
    }

    fn replace(&mut self, slot: u32, route: &RouteEntry, cpa_checked: bool, ticks: u32) {
        let is_same = self.view(slot).is_some_and(|cached| cached.is_at(route));
        if let Some(record) = self.records.get_mut(slot) {
            record.is_checked = cpa_checked || (record.is_checked && is_same);
        }
        if !is_same {
            let level = self.locals.place(&route.id()).level;
            self.crowds.remove(level, self.records.addresses(slot));
            self.records.set_route(slot, route);
            self.crowds.add(level, self.records.addresses(slot));
        }
        self.note_heard(slot, ticks);
    }

    fn note_heard(&mut self, slot: u32, ticks: u32) {
        let Some(record) = self.records.get_mut(slot) else {
            return;
        };
        if record.heard > ticks {
            return;
        }
        record.heard = ticks;
        let slice = record.slice();
        self.slices.take(&mut self.records, slot);
        self.push(slot, slice);
    }

    /// Puts a counted entry at the end of one of its slice's lists.
    fn push(&mut self, slot: u32, slice: u32) {
        let Some(level) = self.slices.get(slice).map(|slice| slice.place.level) else {
            return;
        };
        let addresses = self.records.addresses(slot);
        let is_crowded = self.crowds.is_crowded(level, addresses, 0);
        self.slices.push(&mut self.records, slot, slice, is_crowded);
    }

    /// Counts all entries again.
    fn count_again(&mut self) {
        self.crowds.clear();
        for slot in self.index.slots() {
            let level = self.locals.place(self.records.id(slot)).level;
            self.crowds.add(level, self.records.addresses(slot));
        }
    }

    /// Puts every entry into its slice again, the one heard longest ago first.
    fn place_again(&mut self) {
        let mut slots = self.slices.clear(&self.records);
        slots.sort_by_key(|&slot| {
            let heard = self.records.get(slot).map(|record| record.heard);
            (heard, *self.records.id(slot))
        });
        self.crowds.clear();
        for slot in slots {
            let place = self.locals.place(self.records.id(slot));
            self.crowds.add(place.level, self.records.addresses(slot));
            let slice = self.slices.at(place);
            self.push(slot, slice);
        }
    }

    fn view(&self, slot: u32) -> Option<CachedRoute<'_>> {
        Some(CachedRoute {
            cache: self,
            record: self.records.get(slot)?,
            slot,
        })
    }
}

/// What became of an offered entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// There was room.
    Added,
    /// An entry with the same ID was updated.
    Replaced,
    /// The cache was full, and gave up this entry.
    AddedEvicting(PnrpId),
    /// The cache is full of entries that are pinned or worth more.
    Refused,
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
