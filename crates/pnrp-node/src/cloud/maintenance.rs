//! What a node does unasked, every fifteen seconds. MS-PNRP §3.1.6.2, §3.2.6.2.

use pnrp_cache::midpoint;
use pnrp_wire::PnrpId;
use rand::RngExt;

use super::{Cloud, Now, resolve::Errand};

impl Cloud {
    /// MS-PNRP §3.1.6.2, §3.2.6.2.
    pub(crate) fn maintain(&mut self, now: Now) {
        self.arm_maintenance(now);
        // Two or three nodes that know each other may be a splinter of a larger cloud.
        if self.cache.len() <= SPARSE {
            self.discover(now);
        }
        if self.cache.is_empty() {
            return;
        }
        self.announce_unannounced(now);
        self.announce_again(now);
        self.fill_leaf_sets(now);
    }

    pub(crate) fn arm_maintenance(&mut self, now: Now) {
        let timers = &self.config.timers;
        let is_sparse = self.cache.len() <= SPARSE;
        let period = if is_sparse {
            timers.maintenance_sparse
        } else {
            timers.maintenance
        };
        self.maintenance_at = now.instant + period;
    }

    /// Announces one local ID once more: nodes that missed it the first time hear of it.
    fn announce_again(&mut self, now: Now) {
        let ids = self.registrations.ids();
        if !ids.is_empty() {
            let index = self.rng.random_range(0..ids.len());
            ids.get(index)
                .into_iter()
                .for_each(|id| self.announce(*id, now));
        }
    }

    /// Looks for leaves that floods have missed: in one gap of some leaf set, and in all of them
    /// while the local ID is new. docs/decisions/0005-filling-leaf-sets.md
    fn fill_leaf_sets(&mut self, now: Now) {
        let new_since = self.config.timers.maintenance * 2;
        let locals: Vec<(PnrpId, bool)> = self
            .registrations
            .iter()
            .map(|(_, local)| (local.pnrp_id, now.instant < local.since + new_since))
            .collect();
        for (local, _) in locals.iter().filter(|(_, is_new)| *is_new) {
            self.look_into_gaps(*local, now);
        }
        let gaps: Vec<(PnrpId, PnrpId)> = self
            .registrations
            .iter()
            .flat_map(|(_, local)| local.leaves.gaps())
            .collect();
        if !gaps.is_empty() {
            let index = self.rng.random_range(0..gaps.len());
            gaps.get(index)
                .into_iter()
                .for_each(|gap| self.look_into(*gap, now));
        }
    }

    /// Looks into every gap of a leaf set.
    pub(crate) fn look_into_gaps(&mut self, local: PnrpId, now: Now) {
        let gaps = self
            .registrations
            .find(&local)
            .map(|local| local.leaves.gaps());
        for gap in gaps.unwrap_or_default() {
            self.look_into(gap, now);
        }
    }

    /// Resolves the middle of a gap, which brings whoever lives there.
    fn look_into(&mut self, (from, to): (PnrpId, PnrpId), now: Now) {
        let middle = midpoint(&from, &to);
        self.start_errand(Errand::Maintain(middle), middle, None, now);
    }
}

/// Cache entries up to which maintenance is more frequent.
const SPARSE: usize = 2;
