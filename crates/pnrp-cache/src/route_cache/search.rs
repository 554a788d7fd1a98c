//! Searches: they walk outward from where the target would stand. MS-PNRP §1.3.3.
//!
//! They never sort, and look at no more entries than they return or refuse.

use std::{collections::BTreeSet, iter};

use pnrp_wire::PnrpId;

use super::RouteCache;
use crate::{
    CachedRoute,
    distance::{clockwise, prefix},
    index::Position,
};

impl RouteCache {
    /// The entry of exactly this ID. O(log n).
    pub fn get(&self, id: &PnrpId) -> Option<CachedRoute<'_>> {
        self.view(self.slot(id)?)
    }

    /// Whether there is an entry of exactly this ID. O(log n).
    pub fn contains(&self, id: &PnrpId) -> bool {
        self.slot(id).is_some()
    }

    /// All entries in the order of their IDs. O(1) for each.
    pub fn iter(&self) -> impl Iterator<Item = CachedRoute<'_>> {
        self.index.slots().filter_map(|slot| self.view(slot))
    }

    /// The entry closest to `target`, which may be that ID itself. MS-PNRP §1.3.3.
    ///
    /// O(log n), and usually one record read.
    pub fn closest(&self, target: &PnrpId) -> Option<CachedRoute<'_>> {
        let start = self.lower_bound(target);
        let (above_word, above) = self
            .index
            .at(start)
            .or_else(|| self.index.at(Position::default()))?;
        let (below_word, below) = self.index.at(self.position_below(start)?)?;
        let word = prefix(target);
        let up = above_word.wrapping_sub(word);
        let down = word.wrapping_sub(below_word);
        // What the lower bits add or borrow is less than one of the upper ones; but where the
        // upper bits are equal, a borrow may turn nothing into the whole ring.
        let is_above = if up == 0 || down == 0 || up.abs_diff(down) < 2 {
            clockwise(target, self.records.id(above)) <= clockwise(self.records.id(below), target)
        } else {
            up < down
        };
        self.view(if is_above { above } else { below })
    }

    /// Up to `count` acceptable entries, the closest to `target` first. MS-PNRP §1.3.3.
    ///
    /// O(log n) and O(1) for each entry walked past, refused ones included.
    pub fn closest_matching(
        &self,
        target: &PnrpId,
        count: usize,
        accept: impl Fn(&CachedRoute<'_>) -> bool,
    ) -> Vec<CachedRoute<'_>> {
        self.outward(*target)
            .filter(|cached| accept(cached))
            .take(count)
            .collect()
    }

    /// The nearest acceptable entry clockwise of `id`, across zero if need be, never `id` itself.
    ///
    /// O(log n) and O(1) for each entry refused.
    pub fn next_above(
        &self,
        id: &PnrpId,
        accept: impl Fn(&CachedRoute<'_>) -> bool,
    ) -> Option<CachedRoute<'_>> {
        self.clockwise_from(*id)
            .find(|cached| cached.record.id != *id && accept(cached))
    }

    /// The nearest acceptable entry counter-clockwise of `id`, across zero if need be, never
    /// `id` itself. O(log n) and O(1) for each entry refused.
    pub fn next_below(
        &self,
        id: &PnrpId,
        accept: impl Fn(&CachedRoute<'_>) -> bool,
    ) -> Option<CachedRoute<'_>> {
        self.downward(*id)
            .find(|cached| cached.record.id != *id && accept(cached))
    }

    /// Up to `count` IDs spread evenly over the range of the cached ones, in order.
    ///
    /// MS-PNRP §3.2.1.1 wants an even choice for nodes that join. The range from the first ID to
    /// the last is cut into `count` equal parts, and the entry closest to the middle of each is
    /// taken; if that one is taken already, the next closest.
    ///
    /// For k IDs O(k log n), and O(k² log k) when the entries are clustered.
    pub fn spread(&self, count: usize) -> Vec<PnrpId> {
        if count >= self.len() {
            return self.iter().map(|cached| cached.id()).collect();
        }
        let ends = (self.index.at(Position::default()), self.index.last());
        let (Some((_, first)), Some(last)) = ends else {
            return Vec::new();
        };
        let Some((_, last)) = self.index.at(last) else {
            return Vec::new();
        };
        let (first, last) = (self.records.id(first), self.records.id(last));
        let half_parts = u32::try_from(count.saturating_mul(2)).unwrap_or(u32::MAX);
        let half_part = clockwise(first, last).divided_by(half_parts);
        let mut chosen = BTreeSet::new();
        let mut middle = half_part.after(first);
        for _ in 0..count {
            let is_free = |id: &PnrpId| !chosen.contains(id);
            let mut closest_first = self.outward(middle).map(|cached| cached.id());
            let closest = closest_first.find(is_free);
            chosen.extend(closest);
            middle = half_part.after(&half_part.after(&middle));
        }
        chosen.into_iter().collect()
    }

    /// Every entry once, the closest to `target` first, as [`compare`](crate::compare) orders.
    fn outward(&self, target: PnrpId) -> impl Iterator<Item = CachedRoute<'_>> {
        let mut up = self.clockwise_from(target).peekable();
        let mut down = self.downward(target).peekable();
        let nearer = iter::from_fn(move || {
            let above = up
                .peek()
                .map(|cached| clockwise(&target, &cached.record.id));
            let below = down
                .peek()
                .map(|cached| clockwise(&cached.record.id, &target));
            match (above, below) {
                (Some(above), Some(below)) if below < above => down.next(),
                _ => up.next(),
            }
        });
        // Each walk alone goes all the way round. Until every entry has been seen, neither
        // reaches one that the other has passed, because that one is farther that way.
        nearer.take(self.len())
    }

    /// Every entry once, clockwise from `id`, which comes first if it is there.
    pub(crate) fn clockwise_from(&self, id: PnrpId) -> impl Iterator<Item = CachedRoute<'_>> {
        let mut next = self.lower_bound(&id);
        let slots = iter::from_fn(move || {
            let (_, slot) = self.index.at(next).or_else(|| {
                next = Position::default();
                self.index.at(next)
            })?;
            next = self.index.after(next);
            self.view(slot)
        });
        slots.take(self.len())
    }

    /// Every entry once, counter-clockwise from `id`, which comes last if it is there.
    fn downward(&self, id: PnrpId) -> impl Iterator<Item = CachedRoute<'_>> {
        let mut last = self.lower_bound(&id);
        let slots = iter::from_fn(move || {
            last = self.position_below(last)?;
            let (_, slot) = self.index.at(last)?;
            self.view(slot)
        });
        slots.take(self.len())
    }

    fn lower_bound(&self, id: &PnrpId) -> Position {
        self.index.lower_bound(id, |slot| self.records.id(slot))
    }

    /// The position before this one, across zero if need be.
    fn position_below(&self, position: Position) -> Option<Position> {
        self.index.before(position).or_else(|| self.index.last())
    }
}
