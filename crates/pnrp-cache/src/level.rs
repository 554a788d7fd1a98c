//! The levels of the cache, each a tenth of the one above. MS-PNRP §3.2.1.1 <5>.
//!
//! The uppermost level is the whole ring, and cut into ten slices. Around each local ID, the next
//! level covers the tenth of the ring that the ID is in the middle of, the one below a hundredth,
//! and so on; each is cut into ten slices of its own. An entry belongs to the smallest level that
//! covers it, around the local ID closest to it.

use pnrp_wire::PnrpId;

use crate::distance::{Distance, is_closer, prefix};

/// How many slices a level has.
pub const SLICES: u8 = 10;

/// How many levels there are: the lowest covers 32 of the 2^64 IDs that the upper bits tell apart.
pub const LEVELS: u8 = 19;

/// The local IDs, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locals(Vec<PnrpId>);

impl Locals {
    /// True if the ID is new.
    pub(crate) fn add(&mut self, id: PnrpId) -> bool {
        let place = self.0.binary_search(&id);
        if let Err(place) = place {
            self.0.insert(place, id);
        }
        place.is_err()
    }

    /// True if the ID was there.
    pub(crate) fn remove(&mut self, id: &PnrpId) -> bool {
        let place = self.0.binary_search(id);
        place.map(|place| self.0.remove(place)).is_ok()
    }

    pub(crate) fn as_slice(&self) -> &[PnrpId] {
        &self.0
    }

    /// The slice that an ID belongs to. O(log) of the number of local IDs.
    pub(crate) fn place(&self, id: &PnrpId) -> Place {
        let whole_ring = Place {
            level: Level::RING,
            slice: slice_of(u128::from(prefix(id)), 1 << 64),
        };
        let Some((around, local)) = self.nearest(id) else {
            return whole_ring;
        };
        let offset = prefix(id).wrapping_sub(prefix(local));
        let distance = offset.min(offset.wrapping_neg());
        let depth = (1..LEVELS)
            .take_while(|&depth| distance < half_span(depth))
            .count();
        let Some(depth) = u8::try_from(depth).ok().filter(|&depth| depth > 0) else {
            return whole_ring;
        };
        let half = half_span(depth);
        let from_start = u128::from(offset.wrapping_add(half));
        Place {
            level: Level { depth, around },
            slice: slice_of(from_start, 2 * u128::from(half)),
        }
    }

    /// Where a slice begins, and how long it is.
    pub(crate) fn arc(&self, place: Place) -> Option<(PnrpId, Distance)> {
        let level = place.level;
        let (start, span) = match self.0.get(level.around as usize) {
            _ if level == Level::RING => (0, 1 << 64),
            None => return None,
            Some(local) => {
                let half = half_span(level.depth);
                (prefix(local).wrapping_sub(half), 2 * u128::from(half))
            }
        };
        // The first word of each slice is the one that `slice_of` counts to it.
        let edge = |slice: u8| (span * u128::from(slice)).div_ceil(u128::from(SLICES));
        let (from, to) = (edge(place.slice), edge(place.slice + 1));
        let from_word = u64::try_from(from).unwrap_or(u64::MAX);
        let start = start.wrapping_add(from_word);
        Some((
            Distance::of_words(start).to_id(),
            Distance::of_words(u64::try_from(to - from).ok()?),
        ))
    }

    /// The local ID closest to an ID, and which it is.
    fn nearest(&self, id: &PnrpId) -> Option<(u32, &PnrpId)> {
        let next = self.0.partition_point(|local| local < id);
        let last = self.0.len().checked_sub(1)?;
        let above = if next > last { 0 } else { next };
        let below = next.checked_sub(1).unwrap_or(last);
        let (high, low) = (self.0.get(above)?, self.0.get(below)?);
        let (at, local) = if is_closer(id, low, high) {
            (below, low)
        } else {
            (above, high)
        };
        Some((u32::try_from(at).ok()?, local))
    }
}

/// A stretch of the ring around a local ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level {
    /// 0 is the whole ring.
    pub(crate) depth: u8,
    /// Which of the local IDs; 0 for the whole ring.
    pub(crate) around: u32,
}

impl Level {
    /// The uppermost level, which all local IDs share.
    pub(crate) const RING: Self = Self {
        depth: 0,
        around: 0,
    };
}

/// A tenth of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) level: Level,
    /// Counted clockwise.
    pub(crate) slice: u8,
}

/// Half of what a level covers, in the upper 64 bits of a distance.
fn half_span(depth: u8) -> u64 {
    (1 << 63) / 10_u64.saturating_pow(depth.into())
}

fn slice_of(from_start: u128, span: u128) -> u8 {
    let slice = from_start * u128::from(SLICES) / span.max(1);
    u8::try_from(slice).unwrap_or(SLICES).min(SLICES - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        distance::clockwise,
        fixture::{any_id, id},
    };

    #[test]
    fn without_a_local_id_there_is_only_the_ring_in_tenths() {
        let locals = Locals::default();

        let slices: Vec<u8> = [0x00, 0x19, 0x1a, 0x80, 0xff]
            .map(|first| locals.place(&id(first)).slice)
            .to_vec();

        assert_eq!(slices, [0, 0, 1, 5, 9]);
        assert_eq!(locals.place(&id(0x80)).level, Level::RING);
    }

    #[test]
    fn each_level_is_a_tenth_of_the_one_above_centred_on_the_local_id() {
        let mut locals = Locals::default();
        locals.add(id(0x80));
        let at = |away: u64, up: bool| {
            let way = Distance::of_words(away);
            let up_id = way.after(&id(0x80));
            let word = prefix(&id(0x80)).wrapping_sub(away);
            locals.place(&if up {
                up_id
            } else {
                Distance::of_words(word).to_id()
            })
        };
        let ring = 2f64.powi(64);
        for depth in 1..10_u8 {
            let half = half_span(depth);
            assert!((half as f64 / (ring / 10f64.powi(depth.into()) / 2.0) - 1.0).abs() < 1e-6);
            assert_eq!(at(half - 1, true).level.depth, depth);
            assert_eq!(at(half, true).level.depth, depth - 1);
            assert_eq!(at(half - 1, false).level.depth, depth);
            assert_eq!(at(half - 1, true).slice, SLICES - 1);
            assert_eq!(at(half - 1, false).slice, 0);
        }
        assert_eq!(at(0, true).level.depth, LEVELS - 1);
    }

    #[test]
    fn an_entry_belongs_to_the_closest_of_several_local_ids() {
        let mut locals = Locals::default();
        assert!(locals.add(id(0x40)) && locals.add(id(0xc0)) && !locals.add(id(0x40)));

        assert_eq!(
            locals.place(&id(0x42)).level,
            Level {
                depth: 1,
                around: 0
            }
        );
        assert_eq!(
            locals.place(&id(0xbe)).level,
            Level {
                depth: 1,
                around: 1
            }
        );
        assert_eq!(locals.place(&id(0x80)).level, Level::RING);
        assert!(locals.remove(&id(0x40)) && !locals.remove(&id(0x40)));
        assert_eq!(locals.place(&id(0x42)).level, Level::RING);
    }

    proptest! {
        #[test]
        fn an_id_is_in_the_arc_of_its_place(
            members in prop::collection::vec(any_id(), 0..4),
            wanted in any_id(),
        ) {
            let mut locals = Locals::default();
            members.into_iter().for_each(|id| { locals.add(id); });

            let place = locals.place(&wanted);
            let (start, length) = locals.arc(place).unwrap();

            prop_assert!(place.level == Level::RING || place.level.depth > 0);
            // The lowest level is ten slices of three or four words.
            if place.level.depth < LEVELS - 1 {
                prop_assert!(clockwise(&start, &wanted) < length);
            }
        }
    }
}
