//! What the one who looks after a node can ask of a cloud beside its use.

use std::sync::Arc;

use pnrp_wire::PnrpId;

use super::{Cloud, Now, Seed};

impl Cloud {
    /// Looks for other nodes as a first use does, and stays with them.
    pub fn activate(&mut self, now: Now) {
        self.is_used = true;
        if self.cache.is_empty() && self.local.first().is_some() {
            self.discover_for_use(now);
        }
    }

    /// Forgets every other node that is cached, and looks for some anew if the cloud is in use.
    /// Nodes known out of band stay known.
    pub fn flush_cache(&mut self, now: Now) {
        let cached: Vec<PnrpId> = self.cache.iter().map(|known| known.id()).collect();
        for id in &cached {
            self.forget(id, now);
        }
        tracing::info!(entries = cached.len(), "cache flushed");
        if self.is_used {
            self.activate(now);
        }
    }

    /// Looks for other parts of the cloud by every means at once, and tests each local ID for a
    /// split. MS-PNRP §3.2.6.2.1.
    pub fn repair(&mut self, now: Now) {
        self.is_used = true;
        if self.local.first().is_none() {
            return;
        }
        self.greet_known(now);
        self.look_for_all_lost(now);
        self.search_by_multicast(now);
        self.ask_a_seed(now);
        let locals: Vec<PnrpId> = self.registrations.pnrp_ids().collect();
        for local in locals {
            self.test_from_outside(local, now);
        }
    }

    /// Takes other seeds, for the next search for nodes.
    /// MS-PNRP §3.1.4.2.1.
    pub fn set_seeds(&mut self, seeds: Vec<Seed>) {
        Arc::make_mut(&mut self.config).sources.seeds = seeds;
    }

    /// Synchronizes with the next seed; false when the cloud has none. MS-PNRP §3.1.4.2.1.
    pub fn synchronize_with_seed(&mut self, now: Now) -> bool {
        self.is_used = true;
        let has_seeds = !self.config.seeds().is_empty();
        if has_seeds && self.local.first().is_some() {
            self.ask_a_seed(now);
        }
        has_seeds
    }
}
