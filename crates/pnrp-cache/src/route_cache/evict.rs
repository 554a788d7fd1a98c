//! What a full cache gives up.

use pnrp_wire::PnrpId;

use super::RouteCache;
use crate::{
    level::Place,
    slices::{List, Slice, walk},
};

impl RouteCache {
    /// The slot to free for an entry in a place.
    pub(super) fn victim(
        &self,
        newcomer: Place,
        is_crowded: bool,
        is_pinned: impl Fn(&PnrpId) -> bool,
    ) -> Option<u32> {
        let oldest = |list: List| {
            walk(&self.records, list.first).find(|&slot| !is_pinned(self.records.id(slot)))
        };
        let crowded = |slice: &Slice| oldest(slice.crowded);
        let other = |slice: &Slice| oldest(slice.others);
        let has_crowded = self.slices.crowded() > 0;
        let first = has_crowded
            .then(|| self.fullest(newcomer, crowded))
            .flatten();
        if first.is_some() || is_crowded {
            return first;
        }
        self.fullest(newcomer, other)
            .or_else(|| self.last_of_a_slice(newcomer, &is_pinned))
    }

    /// What `choose` finds in the slice that holds most, and holds another: itself or, in its own
    /// slice, the newcomer. Of two equally full slices, that of the newcomer, then the smaller.
    fn fullest(&self, newcomer: Place, choose: impl Fn(&Slice) -> Option<u32>) -> Option<u32> {
        let fullness = |slice: &Slice| {
            let is_own = slice.place == newcomer;
            (slice.len() + usize::from(is_own), is_own, slice.place)
        };
        let mut passed = None;
        loop {
            let candidates = self
                .slices
                .iter()
                .map(|(_, slice)| (fullness(slice), slice));
            let next = candidates
                .filter(|(key, slice)| {
                    key.0 > 1 && slice.len() > 0 && passed.is_none_or(|passed| *key < passed)
                })
                .max_by_key(|(key, _)| *key);
            let (key, slice) = next?;
            if let Some(slot) = choose(slice) {
                return Some(slot);
            }
            passed = Some(key);
        }
    }

    /// When every other slice is down to one: the one heard longest ago below the newcomer's
    /// level, or at that level if the newcomer's own slice is empty.
    fn last_of_a_slice(&self, newcomer: Place, is_pinned: impl Fn(&PnrpId) -> bool) -> Option<u32> {
        let own = self.slices.find(newcomer).map_or(0, Slice::len);
        let highest = newcomer.level.depth + u8::from(own > 0);
        let singles = self.slices.iter().filter(|(_, slice)| slice.len() == 1);
        singles
            .filter(|(_, slice)| slice.place.level.depth >= highest)
            .flat_map(|(_, slice)| [slice.crowded.first, slice.others.first])
            .filter_map(|slot| Some((slot, self.records.get(slot)?)))
            .filter(|(_, record)| !is_pinned(&record.id))
            .min_by_key(|(_, record)| (record.heard, record.id))
            .map(|(slot, _)| slot)
    }
}
