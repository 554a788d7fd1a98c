//! The Leaf Set of one local ID: five IDs above and five below. MS-PNRP §1.3.3, §3.2.1.
//!
//! "Above" is clockwise and "below" counter-clockwise. On a ring every ID is both, so in a cloud
//! of few IDs the two sides hold the same ones; that keeps a small cloud connected. The set holds
//! IDs alone: the route entries are in the [`RouteCache`](crate::RouteCache), which must not
//! evict them.

use pnrp_wire::PnrpId;

use crate::distance::{Distance, TWO_POW_128, clockwise};

/// How many IDs a leaf set holds on each side. MS-PNRP §1.3.3.
pub const LEAVES_PER_SIDE: usize = 5;

/// The IDs closest to a local one, on either side of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafSet {
    local: PnrpId,
    above: Vec<PnrpId>,
    below: Vec<PnrpId>,
}

impl LeafSet {
    /// An empty set around a local ID.
    pub fn new(local: PnrpId) -> Self {
        Self {
            local,
            above: Vec::new(),
            below: Vec::new(),
        }
    }

    /// The ID in the middle.
    pub fn local(&self) -> PnrpId {
        self.local
    }

    /// Whether an ID falls into the range of the set: a side has room or holds a farther one.
    ///
    /// True also for a member, false for the local ID.
    pub fn would_admit(&self, id: &PnrpId) -> bool {
        let fits = |side: &[PnrpId], distance: fn(&PnrpId, &PnrpId) -> Distance| {
            side.len() < LEAVES_PER_SIDE
                || side
                    .last()
                    .is_some_and(|last| distance(&self.local, id) <= distance(&self.local, last))
        };
        *id != self.local && (fits(&self.above, clockwise) || fits(&self.below, counter_clockwise))
    }

    /// Offers an ID to both sides; a side of six drops its farthest.
    ///
    /// True if a side took it: it is a member, and was not on that side before.
    pub fn insert(&mut self, id: PnrpId) -> bool {
        // Most of what is offered to a node with many names is too far for most of them.
        if !self.would_admit(&id) {
            return false;
        }
        let took_above = insert_into(&mut self.above, id, |leaf| clockwise(&self.local, leaf));
        let took_below = insert_into(&mut self.below, id, |leaf| clockwise(leaf, &self.local));
        took_above || took_below
    }

    /// Takes an ID off both sides; true if it was a member.
    ///
    /// The place stays free until the caller offers what its cache knows beyond.
    pub fn remove(&mut self, id: &PnrpId) -> bool {
        let was_member = self.contains(id);
        self.above.retain(|leaf| leaf != id);
        self.below.retain(|leaf| leaf != id);
        was_member
    }

    /// Whether an ID is on either side.
    pub fn contains(&self, id: &PnrpId) -> bool {
        self.above.contains(id) || self.below.contains(id)
    }

    /// The clockwise side, nearest first.
    pub fn above(&self) -> &[PnrpId] {
        &self.above
    }

    /// The counter-clockwise side, nearest first.
    pub fn below(&self) -> &[PnrpId] {
        &self.below
    }

    /// Every member once: the side above nearest first, then what only the side below holds.
    pub fn members(&self) -> impl Iterator<Item = PnrpId> {
        let only_below = self.below.iter().filter(|leaf| !self.above.contains(leaf));
        self.above.iter().chain(only_below).copied()
    }

    /// The stretches of the ring between neighbours, clockwise from the local ID: a leaf that is
    /// missing lies in one of them.
    ///
    /// The stretch between the two farthest leaves is none of them when both sides are full, for
    /// whoever lives there is no leaf.
    pub fn gaps(&self) -> Vec<(PnrpId, PnrpId)> {
        let mut ring: Vec<PnrpId> = self.members().collect();
        ring.sort_by_key(|leaf| clockwise(&self.local, leaf));
        let is_full = ring.len() == 2 * LEAVES_PER_SIDE;
        let far_side = self.above.last().copied().zip(self.below.last().copied());
        let starts = [self.local].into_iter().chain(ring.iter().copied());
        let ends = ring.iter().copied().chain([self.local]);
        starts
            .zip(ends)
            .filter(|gap| !(is_full && Some(*gap) == far_side))
            .collect()
    }

    /// How many IDs the cloud has, judged by how close the two nearest are.
    ///
    /// Twice the ring over the way from the nearest below to the nearest above. One neighbour on
    /// both sides makes that way a full turn. Estimates of 2^32 or more are to be ignored, so
    /// they are none. MS-PNRP §3.2.6.2.1.1.
    pub fn size_estimate(&self) -> Option<f64> {
        let (below, above) = (self.below.first()?, self.above.first()?);
        let whole_ring = TWO_POW_128 * TWO_POW_128;
        let between = match clockwise(below, above) {
            Distance::ZERO => whole_ring,
            distance => distance.to_f64(),
        };
        Some(2.0 * whole_ring / between).filter(|&estimate| estimate < TWO_POW_32)
    }
}

/// Puts an ID where its distance says; true if it is there and was not before.
fn insert_into(side: &mut Vec<PnrpId>, id: PnrpId, distance: impl Fn(&PnrpId) -> Distance) -> bool {
    let Err(place) = side.binary_search_by_key(&distance(&id), distance) else {
        return false;
    };
    if place >= LEAVES_PER_SIDE {
        return false;
    }
    side.truncate(LEAVES_PER_SIDE - 1);
    side.reserve_exact(1);
    side.insert(place, id);
    true
}

fn counter_clockwise(from: &PnrpId, to: &PnrpId) -> Distance {
    clockwise(to, from)
}

/// Estimates from here on mean that one name is registered many times. MS-PNRP §3.2.6.2.1.1.
const TWO_POW_32: f64 = 4_294_967_296.0;

#[cfg(test)]
mod tests;
