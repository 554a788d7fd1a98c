//! The Route Entry Cache of one cloud, bounded and ordered by ID. MS-PNRP §3.2.1.1.
//!
//! Searches walk outward from where the target would stand, so they never sort and look at no
//! more entries than they return or refuse. Which entries may not be evicted, because a leaf set
//! holds them, is the caller's to say.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    ops::Bound,
    time::Instant,
};

use pnrp_wire::{PnrpId, RouteEntry};

use crate::distance::clockwise;

/// Every node known in one cloud, at most one entry for each ID.
#[derive(Clone, Debug)]
pub struct RouteCache {
    routes: BTreeMap<PnrpId, CachedRoute>,
    /// Every entry by `last_heard`: what to evict is at the front.
    heard_order: BTreeSet<(Instant, PnrpId)>,
    capacity: usize,
}

impl RouteCache {
    /// An empty cache that will hold at most `capacity` entries.
    pub fn new(capacity: usize) -> Self {
        Self {
            routes: BTreeMap::new(),
            heard_order: BTreeSet::new(),
            capacity,
        }
    }

    /// Adds an entry, or puts it in the place of the one with the same ID.
    ///
    /// A full cache gives up the entry heard longest ago among those that are not pinned. The
    /// route of a replaced entry stays checked by a CPA as long as its addresses and port do not
    /// change.
    pub fn insert(
        &mut self,
        route: RouteEntry,
        cpa_checked: bool,
        now: Instant,
        is_pinned: impl Fn(&PnrpId) -> bool,
    ) -> Inserted {
        let id = route.id();
        if self.replace(&id, &route, cpa_checked, now) {
            return Inserted::Replaced;
        }
        let outcome = if self.routes.len() < self.capacity {
            Inserted::Added
        } else if let Some(evicted) = self.evict(is_pinned) {
            Inserted::AddedEvicting(evicted)
        } else {
            return Inserted::Refused;
        };
        self.routes.insert(
            id,
            CachedRoute {
                route,
                cpa_checked,
                added: now,
                last_heard: now,
            },
        );
        self.heard_order.insert((now, id));
        outcome
    }

    /// Notes that the node of an entry gave a sign of life.
    pub fn heard(&mut self, id: &PnrpId, now: Instant) {
        if let Some(cached) = self.routes.get_mut(id)
            && cached.last_heard < now
        {
            self.heard_order.remove(&(cached.last_heard, *id));
            self.heard_order.insert((now, *id));
            cached.last_heard = now;
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: &PnrpId) -> Option<CachedRoute> {
        let removed = self.routes.remove(id)?;
        self.heard_order.remove(&(removed.last_heard, *id));
        Some(removed)
    }

    /// The entry of exactly this ID.
    pub fn get(&self, id: &PnrpId) -> Option<&CachedRoute> {
        self.routes.get(id)
    }

    /// Whether there is an entry of exactly this ID.
    pub fn contains(&self, id: &PnrpId) -> bool {
        self.routes.contains_key(id)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// The most entries the cache will hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// All entries in the order of their IDs.
    pub fn iter(&self) -> impl Iterator<Item = &CachedRoute> {
        self.routes.values()
    }

    /// The entry closest to `target`, which may be that ID itself. MS-PNRP §1.3.3.
    pub fn closest(&self, target: &PnrpId) -> Option<&CachedRoute> {
        self.outward(*target).next()
    }

    /// Up to `count` acceptable entries, the closest to `target` first. MS-PNRP §1.3.3.
    pub fn closest_matching<'a>(
        &'a self,
        target: &PnrpId,
        count: usize,
        accept: impl Fn(&CachedRoute) -> bool,
    ) -> Vec<&'a CachedRoute> {
        self.outward(*target)
            .filter(|cached| accept(cached))
            .take(count)
            .collect()
    }

    /// The nearest acceptable entry clockwise of `id`, across zero if need be, never `id` itself.
    pub fn next_above(
        &self,
        id: &PnrpId,
        accept: impl Fn(&CachedRoute) -> bool,
    ) -> Option<&CachedRoute> {
        self.upward(*id)
            .find(|cached| cached.route.id() != *id && accept(cached))
    }

    /// The nearest acceptable entry counter-clockwise of `id`, across zero if need be, never
    /// `id` itself.
    pub fn next_below(
        &self,
        id: &PnrpId,
        accept: impl Fn(&CachedRoute) -> bool,
    ) -> Option<&CachedRoute> {
        self.downward(*id).find(|cached| accept(cached))
    }

    /// Up to `count` IDs spread evenly over the range of the cached ones, in order.
    ///
    /// MS-PNRP §3.2.1.1 wants an even choice for nodes that join. The range from the first ID to
    /// the last is cut into `count` equal parts, and the entry closest to the middle of each is
    /// taken; if that one is taken already, the next closest.
    pub fn spread(&self, count: usize) -> Vec<PnrpId> {
        if count >= self.routes.len() {
            return self.routes.keys().copied().collect();
        }
        let (Some((first, _)), Some((last, _))) =
            (self.routes.first_key_value(), self.routes.last_key_value())
        else {
            return Vec::new();
        };
        let half_parts = u32::try_from(count.saturating_mul(2)).unwrap_or(u32::MAX);
        let half_part = clockwise(first, last).divided_by(half_parts);
        let mut chosen = BTreeSet::new();
        let mut middle = half_part.after(first);
        for _ in 0..count {
            let is_free = |id: &PnrpId| !chosen.contains(id);
            let closest = self
                .outward(middle)
                .map(|cached| cached.route.id())
                .find(is_free);
            chosen.extend(closest);
            middle = half_part.after(&half_part.after(&middle));
        }
        chosen.into_iter().collect()
    }

    /// Updates the entry of this ID, if there is one.
    fn replace(
        &mut self,
        id: &PnrpId,
        route: &RouteEntry,
        cpa_checked: bool,
        now: Instant,
    ) -> bool {
        self.heard(id, now);
        let Some(cached) = self.routes.get_mut(id) else {
            return false;
        };
        cached.cpa_checked = cpa_checked || (cached.cpa_checked && cached.route == *route);
        cached.route.clone_from(route);
        true
    }

    /// Removes the unpinned entry heard longest ago.
    fn evict(&mut self, is_pinned: impl Fn(&PnrpId) -> bool) -> Option<PnrpId> {
        let (_, id) = *self.heard_order.iter().find(|(_, id)| !is_pinned(id))?;
        self.remove(&id).map(|_| id)
    }

    /// Every entry once, the closest to `target` first, as [`compare`](crate::compare) orders.
    fn outward(&self, target: PnrpId) -> impl Iterator<Item = &CachedRoute> {
        let mut up = self.upward(target).peekable();
        let mut down = self.downward(target).peekable();
        let nearer = iter::from_fn(move || {
            let above = up
                .peek()
                .map(|cached| clockwise(&target, &cached.route.id()));
            let below = down
                .peek()
                .map(|cached| clockwise(&cached.route.id(), &target));
            match (above, below) {
                (Some(above), Some(below)) if below < above => down.next(),
                _ => up.next(),
            }
        });
        // Each walk alone goes all the way round. Until every entry has been seen, neither
        // reaches one that the other has passed, because that one is farther that way.
        nearer.take(self.routes.len())
    }

    /// Every entry once, clockwise from `id`, which comes first if it is there.
    fn upward(&self, id: PnrpId) -> impl Iterator<Item = &CachedRoute> {
        let above = self.routes.range(id..);
        above
            .chain(self.routes.range(..id))
            .map(|(_, cached)| cached)
    }

    /// Every entry but `id` once, counter-clockwise from `id`.
    fn downward(&self, id: PnrpId) -> impl Iterator<Item = &CachedRoute> {
        let above = (Bound::Excluded(id), Bound::Unbounded);
        let below = self.routes.range(..id).rev();
        below
            .chain(self.routes.range(above).rev())
            .map(|(_, cached)| cached)
    }
}

/// A route entry and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedRoute {
    /// The ID and where its node listens.
    pub route: RouteEntry,
    /// Whether a valid CPA has shown these addresses.
    pub cpa_checked: bool,
    /// When the ID entered the cache.
    pub added: Instant,
    /// When its node last gave a sign of life.
    pub last_heard: Instant,
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
    /// The cache is full of pinned entries.
    Refused,
}

#[cfg(test)]
mod tests;
