//! Gaps worth filling. MS-PNRP §3.2.6.2 <6>.

use pnrp_wire::PnrpId;

use crate::{
    RouteCache,
    distance::{Distance, TWO_POW_128, clockwise},
    level::{LEVELS, Level, Place, SLICES},
};

/// A slice of a level in which no entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    start: PnrpId,
    length: Distance,
}

impl Gap {
    /// What to look up: the point in the middle.
    pub fn middle(&self) -> PnrpId {
        self.length.divided_by(2).after(&self.start)
    }

    /// How many leading bits of the middle are enough: whoever shares them lies in the gap.
    pub fn precision(&self) -> u16 {
        // The gap is longer than 2^(255 - zeros), and half of that is free on either side.
        u16::try_from(self.length.leading_zeros() + 2).unwrap_or(256)
    }

    /// Its part of the ring, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.length.to_f64() / (TWO_POW_128 * TWO_POW_128)
    }

    /// Whether an ID lies in the gap.
    pub fn contains(&self, id: &PnrpId) -> bool {
        clockwise(&self.start, id) < self.length
    }
}

impl RouteCache {
    /// The empty slices of the ring, and of every level below it that holds ten entries or more.
    ///
    /// Below those, a level is as dense as the leaf set, whose gaps are
    /// [`LeafSet::gaps`](crate::LeafSet::gaps). O(log n) for each of ten slices of each level.
    pub fn gaps(&self) -> Vec<Gap> {
        let around = (0..).take(self.locals().len());
        let lower = around.flat_map(|around| {
            let levels = (1..LEVELS).map(move |depth| Level { depth, around });
            levels.take_while(|level| self.is_in_use(*level))
        });
        let levels = [Level::RING].into_iter().chain(lower);
        levels
            .flat_map(|level| (0..SLICES).map(move |slice| Place { level, slice }))
            .filter_map(|place| self.arc(place))
            .filter(|gap| !self.holds(gap, 1))
            .collect()
    }

    /// Whether an entry of this ID is worth asking for: there is room, or its slice holds fewer
    /// than the fullest. O(log n) and O(s) for s slices.
    pub fn wants(&self, id: &PnrpId) -> bool {
        !self.contains(id) && (self.len() < self.capacity() || self.is_in_a_thin_slice(id))
    }

    /// How many of the ten slices of the whole ring hold an entry. O(log n).
    pub fn occupied_tenths(&self) -> usize {
        let ring = (0..SLICES).map(|slice| Place {
            level: Level::RING,
            slice,
        });
        ring.filter_map(|place| self.arc(place))
            .filter(|gap| self.holds(gap, 1))
            .count()
    }

    fn is_in_use(&self, level: Level) -> bool {
        let whole = Place { level, slice: 0 };
        let next = Place {
            level,
            slice: SLICES - 1,
        };
        let (Some(first), Some(last)) = (self.arc(whole), self.arc(next)) else {
            return false;
        };
        let length = clockwise(&first.start, &last.length.after(&last.start));
        let start = first.start;
        self.holds(&Gap { start, length }, usize::from(SLICES))
    }

    /// Whether at least so many entries lie in a stretch.
    fn holds(&self, stretch: &Gap, count: usize) -> bool {
        let inside = self.clockwise_from(stretch.start).take(count);
        inside
            .filter(|cached| stretch.contains(&cached.id()))
            .count()
            == count
    }

    fn arc(&self, place: Place) -> Option<Gap> {
        let (start, length) = self.place_arc(place)?;
        Some(Gap { start, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Epoch, id, route};

    #[test]
    fn an_empty_cache_has_ten_gaps() {
        assert_eq!(RouteCache::new(9).gaps().len(), 10);
    }

    #[test]
    fn a_slice_with_an_entry_is_no_gap() {
        let mut cache = RouteCache::new(9);
        cache.insert(&route(id(0x80), 4000), false, Epoch::new().at(0), |_| false);

        let gaps = cache.gaps();

        assert_eq!((gaps.len(), cache.occupied_tenths()), (9, 1));
        assert!(gaps.iter().all(|gap| !gap.contains(&id(0x80))));
    }

    /// R-3.2.6.2-03
    #[test]
    fn whoever_shares_the_precision_with_the_middle_lies_in_the_gap() {
        let mut cache = cache_around_0x80();
        cache.remove(&id(0x80));
        let mut lowest = 0;

        for gap in cache.gaps() {
            let bits = usize::from(gap.precision());
            let mut below = *gap.middle().as_bytes();
            let mut above = below;
            for bit in bits..256 {
                below[bit / 8] &= !(0x80 >> (bit % 8));
                above[bit / 8] |= 0x80 >> (bit % 8);
            }
            assert!(gap.contains(&PnrpId::from_bytes(below)));
            assert!(gap.contains(&PnrpId::from_bytes(above)));
            lowest = lowest.max(bits);
        }

        // A slice of the whole ring needs 5 bits, one of the level below about 3.3 more.
        assert_eq!(lowest, 8);
    }

    #[test]
    fn a_level_of_ten_entries_is_looked_into_and_the_one_below_is_not() {
        let cache = cache_around_0x80();

        let in_level = cache.gaps();

        // The level from 0x73 to 0x8c has eleven entries, from 0x7b to 0x85: in four of its slices.
        let near = |gap: &Gap| (0x73..0x8d).contains(&gap.middle().as_bytes()[0]);
        assert_eq!(in_level.iter().filter(|gap| near(gap)).count(), 10 - 4);
        assert_eq!(in_level.iter().filter(|gap| !near(gap)).count(), 8);
    }

    #[test]
    fn a_full_cache_wants_what_its_fullest_slice_has_less_of() {
        let mut cache = RouteCache::new(2);
        let epoch = Epoch::new();
        assert!(cache.wants(&id(0x80)));
        for first in [0x80, 0x81] {
            cache.insert(&route(id(first), 4000), false, epoch.at(0), |_| false);
        }

        assert!(cache.wants(&id(0x10)));
        assert!(!cache.wants(&id(0x82)) && !cache.wants(&id(0x80)));
    }

    /// Eleven entries within a twentieth of the ring.
    fn cache_around_0x80() -> RouteCache {
        let mut cache = RouteCache::new(99);
        cache.add_local(id(0x80));
        for first in 0x7b..0x86 {
            cache.insert(&route(id(first), 4000), false, Epoch::new().at(0), |_| {
                false
            });
        }
        cache
    }
}
