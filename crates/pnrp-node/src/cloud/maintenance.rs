//! What a node does unasked, every fifteen seconds. MS-PNRP §3.1.6.2, §3.2.6.2.

use rand::RngExt;

use super::{Cloud, Now, resolve::Errand};

impl Cloud {
    /// MS-PNRP §3.1.6.2, §3.2.6.2.
    pub(crate) fn maintain(&mut self, now: Now) {
        self.arm_maintenance(now);
        if self.cache.is_empty() {
            self.discover(now);
            return;
        }
        self.announce_unannounced(now);
        self.look_beside_a_local_id(now);
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

    /// Resolves the ID after one of our own, which brings neighbours that were missed.
    fn look_beside_a_local_id(&mut self, now: Now) {
        let ids = self.registrations.ids();
        if ids.is_empty() {
            return;
        }
        let index = self.rng.random_range(0..ids.len());
        let local = ids.get(index).and_then(|&id| self.registrations.get(id));
        if let Some(target) = local.map(|local| local.pnrp_id.successor()) {
            self.start_errand(Errand::Maintain, target, None, now);
        }
    }
}

/// Cache entries up to which maintenance is more frequent.
const SPARSE: usize = 2;
