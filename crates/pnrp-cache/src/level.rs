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
            // Most nodes have one, and room for four is 128 bytes.
            self.0.reserve_exact(1);
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
            slice: slice_of(prefix(id), 0),
        };
        let Some((around, local)) = self.nearest(id) else {
            return whole_ring;
        };
        let offset = prefix(id).wrapping_sub(prefix(local));
        let distance = offset.min(offset.wrapping_neg());
        let depth = HALF_SPANS.iter().take_while(|&&half| distance < half);
        let Some(depth) = u8::try_from(depth.count()).ok().filter(|&depth| depth > 0) else {
            return whole_ring;
        };
        let from_start = offset.wrapping_add(half_span(depth));
        Place {
            level: Level { depth, around },
            slice: slice_of(from_start, depth),
        }
    }

    /// Where a slice begins, and how long it is.
    pub(crate) fn arc(&self, place: Place) -> Option<(PnrpId, Distance)> {
        let level = place.level;
        let start = match self.0.get(level.around as usize) {
            _ if level == Level::RING => 0,
            None => return None,
            Some(local) => prefix(local).wrapping_sub(half_span(level.depth)),
        };
        let length = slice_span(level.depth);
        let before = length.saturating_mul(place.slice.into());
        let length = if place.slice < SLICES - 1 {
            length
        } else if level == Level::RING {
            before.wrapping_neg()
        } else {
            half_span(level.depth)
                .saturating_mul(2)
                .saturating_sub(before)
        };
        let start = Distance::of_words(start.wrapping_add(before));
        Some((start.to_id(), Distance::of_words(length)))
    }

    /// The local ID closest to an ID, and which it is.
    fn nearest(&self, id: &PnrpId) -> Option<(u32, &PnrpId)> {
        let next = self.0.partition_point(|local| local < id);
        let last = self.0.len().checked_sub(1)?;
        let above = if next > last { 0 } else { next };
        let below = next.checked_sub(1).unwrap_or(last);
        if above == below {
            return Some((0, self.0.first()?));
        }
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
const fn half_span(depth: u8) -> u64 {
    (1 << 63) / 10_u64.saturating_pow(depth as u32)
}

/// Half of what each level below the ring covers.
const HALF_SPANS: [u64; LEVELS as usize - 1] = {
    let mut spans = [0; LEVELS as usize - 1];
    let mut depth = 1;
    let mut rest: &mut [u64] = &mut spans;
    while let [span, others @ ..] = rest {
        *span = half_span(depth);
        depth += 1;
        rest = others;
    }
    spans
};

/// How long the slices of a level are, except the last, which may be shorter.
fn slice_span(depth: u8) -> u64 {
    match depth {
        0 => u64::MAX / u64::from(SLICES) + 1,
        _ => half_span(depth).div_ceil(u64::from(SLICES) / 2),
    }
}

fn slice_of(from_start: u64, depth: u8) -> u8 {
    let slice = from_start / slice_span(depth).max(1);
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

        let slices: Vec<u8> = [0x00, 0x19, 0x1a, 0x81, 0xff]
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
