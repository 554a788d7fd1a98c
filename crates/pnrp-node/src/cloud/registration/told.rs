//! Who was told of a registration, so that nobody is told again and again. MS-PNRP §3.2.5.11 step 5.

use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

use pnrp_wire::PnrpId;

use crate::cloud::{
    compact::CompactMap,
    mark::{Mark, Marker},
    now::Moment,
};

/// When each leaf was last told.
#[derive(Debug)]
pub(crate) struct Told {
    leaves: CompactMap<Mark, Moment>,
    marker: Marker,
    /// What moments are counted from.
    since: Instant,
}

impl Told {
    pub(super) fn new(marker: Marker, since: Instant) -> Self {
        Self {
            leaves: CompactMap::default(),
            marker,
            since,
        }
    }

    /// Whether a leaf has not been told for so long; notes that it is told.
    pub(crate) fn tell(&mut self, leaf: &PnrpId, again: Duration, now: Instant) -> bool {
        self.forget_passed(again, now);
        let now = Moment::new(now, self.since);
        let is_new = self.leaves.insert(self.marker.id(leaf), now).is_none();
        if self.leaves.len() > MOST_TOLD {
            let leaves = self.leaves.iter();
            let oldest = leaves.min_by_key(|(_, at)| Reverse(at.age(now)));
            let oldest = oldest.map(|(leaf, _)| *leaf);
            oldest.and_then(|oldest| self.leaves.remove(&oldest));
        }
        is_new
    }

    /// Forgets whom to tell again.
    pub(crate) fn forget_passed(&mut self, again: Duration, now: Instant) {
        let now = Moment::new(now, self.since);
        self.leaves.retain(|_, at| at.age(now) < again);
    }

    pub(super) fn forget(&mut self, leaf: &PnrpId) {
        self.leaves.remove(&self.marker.id(leaf));
    }

    pub(crate) fn clear(&mut self) {
        self.leaves.clear();
    }

    pub(crate) fn is_within_bounds(&self) -> bool {
        self.leaves.len() <= MOST_TOLD
    }
}

/// Leaves remembered for one local ID: many more than are leaves at one time.
const MOST_TOLD: usize = 64;

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::cloud::tests::epoch;

    #[test]
    fn a_leaf_is_told_again_after_a_while_or_when_it_has_gone_meanwhile() {
        let (mut told, opened) = told();
        let mut tells =
            |second: u64| told.tell(&id(1), AGAIN, opened + Duration::from_secs(second));

        assert!(tells(0) && !tells(9) && !tells(18) && tells(28));
        told.forget(&id(1));
        assert!(told.tell(&id(1), AGAIN, opened + Duration::from_secs(29)));
    }

    #[test]
    fn the_one_told_longest_ago_makes_room() {
        let (mut told, opened) = told();
        let at = |number: u8| opened + Duration::from_millis(number.into());
        for number in 0..=64 {
            told.tell(&id(number), AGAIN, at(number));
        }

        assert!(told.is_within_bounds());
        assert!(!told.tell(&id(1), AGAIN, at(65)));
        assert!(told.tell(&id(0), AGAIN, at(66)));
    }

    fn told() -> (Told, Instant) {
        let opened = epoch();
        (
            Told::new(Marker::new(&mut StdRng::seed_from_u64(1)), opened),
            opened,
        )
    }

    fn id(number: u8) -> PnrpId {
        PnrpId::from_bytes([number; 32])
    }

    const AGAIN: Duration = Duration::from_secs(10);
}
