//! What a node does unasked, every fifteen seconds. MS-PNRP §3.1.6.2, §3.2.6.2.

use std::{collections::BTreeSet, time::Instant};

use pnrp_cache::{Gap, LEAVES_PER_SIDE, midpoint};
use pnrp_wire::PnrpId;
use rand::seq::IndexedRandom as _;

use super::{Cloud, LocalRegistration, Now, Pace, resolve::Errand, steadiness::Upkeep};

impl Cloud {
    /// MS-PNRP §3.1.6.2, §3.2.6.2.
    pub(crate) fn maintain(&mut self, now: Now) {
        self.arm_maintenance(now);
        self.inquirers.expire(now.instant);
        self.own_inquiries.expire(now.instant);
        self.forget_told(now);
        // Two or three nodes that know each other may be a splinter of a larger cloud.
        if self.cache.len() <= SPARSE {
            self.discover(now);
        }
        if self.cache.is_empty() {
            return;
        }
        self.forget_vain_seeds();
        self.detect_splits(now);
        self.announce_unannounced(now);
        let upkeep = match self.config.timers.pace {
            Pace::Literal => Upkeep::All,
            Pace::Adaptive => self.steadiness.next(),
        };
        if upkeep.includes(Upkeep::Announcement) {
            self.announce_again(now);
        }
        if upkeep.includes(Upkeep::Leaves) {
            self.fill_leaf_sets(now);
        }
        if upkeep.includes(Upkeep::Balance) {
            self.balance(now);
        }
        if upkeep != Upkeep::Nothing {
            self.look_for_lost(now);
        }
        if self.config.timers.pace == Pace::Adaptive {
            self.probe_leaves(upkeep, now);
            self.probe_others(upkeep, now);
        }
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
        if let Some(&id) = self.pick(&ids) {
            self.announce(id, now);
        }
    }

    /// Looks for leaves that floods have missed: in one gap of some leaf set, and in all of them
    /// while the local ID is new, or many leaves have come. docs/decisions/0005-filling-leaf-sets.md
    fn fill_leaf_sets(&mut self, now: Now) {
        let new_since = self.config.timers.maintenance * 2;
        let unsettled = |local: &mut LocalRegistration| {
            let is_in_flux = local.joined >= IN_FLUX;
            local.joined /= 2;
            (is_in_flux || now.instant < local.since + new_since).then_some(local.pnrp_id)
        };
        let unsettled: Vec<PnrpId> = self
            .registrations
            .iter_mut()
            .filter_map(unsettled)
            .collect();
        for local in unsettled {
            self.look_into_gaps(local, now);
        }
        let gaps: Vec<(PnrpId, PnrpId)> = self
            .registrations
            .iter()
            .flat_map(|(_, local)| local.leaves.gaps())
            .collect();
        if let Some(&gap) = self.pick(&gaps) {
            self.look_into(gap, now);
        }
    }

    /// Asks the leaves that were heard longest ago whether they are there. A dead leaf holds the place
    /// of a live one, and nothing else brings it to light where nobody asks for names.
    /// docs/decisions/0019-upkeep.md
    fn probe_leaves(&mut self, upkeep: Upkeep, now: Now) {
        let leaves: BTreeSet<PnrpId> = self
            .registrations
            .iter()
            .flat_map(|(_, local)| local.leaves.members())
            .collect();
        let each = match upkeep {
            Upkeep::All => PROBES_IN_FLUX,
            Upkeep::Announcement | Upkeep::Leaves | Upkeep::Balance | Upkeep::Nothing => PROBES,
        };
        let count = leaves.len().div_ceil(2 * LEAVES_PER_SIDE) * each;
        self.probe(leaves, count.min(MOST_PROBES), now);
    }

    /// Asks those that are no leaves: what nobody uses keeps its dead for long, and leads astray when it is
    /// used at last. docs/decisions/0019-upkeep.md
    fn probe_others(&mut self, upkeep: Upkeep, now: Now) {
        let count = self.alertness.next();
        let is_calm = upkeep == Upkeep::Nothing && count == 1;
        // Who publishes nothing sends nothing unasked.
        if is_calm || self.registrations.len() == 0 {
            return;
        }
        let others: BTreeSet<PnrpId> = self
            .cache
            .iter()
            .map(|cached| cached.id())
            .filter(|id| !self.registrations.is_leaf(id))
            .collect();
        self.probe(others, count, now);
    }

    /// Asks so many of these for a sign of life, those that were heard longest ago.
    fn probe(&mut self, ids: BTreeSet<PnrpId>, count: usize, now: Now) {
        let settled = now.instant.checked_sub(self.config.timers.maintenance);
        let mut silent: Vec<(Option<Instant>, PnrpId)> = ids
            .into_iter()
            .filter_map(|id| Some((self.cache.get(&id)?.last_heard(), id)))
            .filter(|(heard, _)| *heard <= settled)
            .collect();
        silent.sort_unstable();
        for (_, id) in silent.into_iter().take(count) {
            self.ask_for_a_sign(&id, now);
        }
    }

    /// Looks for somebody in gaps of the cache, where the cloud is large enough for one to live there:
    /// in one of them, or in one of six with adaptive timers, since a new node has many.
    /// MS-PNRP §3.2.6.2 <6>, docs/decisions/0019-upkeep.md
    fn balance(&mut self, now: Now) {
        let known = u32::try_from(self.cache.len()).unwrap_or(u32::MAX);
        let size = self
            .size_estimate()
            .unwrap_or_default()
            .max(f64::from(known));
        let mut gaps = self.cache.gaps();
        gaps.retain(|gap| gap.share() * size >= 1.0);
        let count = match self.config.timers.pace {
            Pace::Literal => 1,
            Pace::Adaptive => gaps.len().div_ceil(GAPS_FOR_A_LOOK),
        };
        let picked: Vec<Gap> = gaps.sample(&mut self.rng, count).copied().collect();
        for gap in picked {
            self.start_errand(Errand::Balance(gap), gap.middle(), None, now);
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

/// Leaves that join in a period, and half of those before it, where rings merge or many nodes come
/// at once: who comes then is easily missed.
const IN_FLUX: usize = 3;
/// Gaps of the cache of which a round looks into one.
const GAPS_FOR_A_LOOK: usize = 6;
/// Cache entries up to which maintenance is more frequent.
const SPARSE: usize = 2;
/// Leaves asked in a period for each ten there are.
const PROBES: usize = 1;
/// The same while leaves come and go.
const PROBES_IN_FLUX: usize = 4;
/// However many there are.
const MOST_PROBES: usize = 32;
