//! Whether the cloud has fallen apart, and how large it is. MS-PNRP §3.2.6.2.1, §3.2.5.11.1,
//! §3.2.6.2.1.1.
//!
//! A node looks for its own neighbourhood from somewhere else: from a node that may be in another
//! part. Whoever is found there and is not known here is a stranger from that part; taken into the
//! leaf set it is passed on, and the two rings close like a zip.

use pnrp_cache::{is_between, is_closer};
use pnrp_wire::{Endpoint, PnrpId, RouteEntry};
use rand::RngExt;

use super::{Cloud, Event, Now, resolve::Errand};

/// What a test for a split found. MS-PNRP §3.2.5.11.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SplitEvidence {
    /// The neighbourhood looks the same from there.
    None,
    /// There is another part, and this node is in the bigger one.
    InBiggerPart,
    /// There is another part, and this node is in the smaller one.
    InSmallerPart,
}

impl SplitEvidence {
    /// The name under which it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::InBiggerPart => "in_bigger_part",
            Self::InSmallerPart => "in_smaller_part",
        }
    }
}

/// One test: a local ID, looked for from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SplitTest {
    local: PnrpId,
    via: Endpoint,
    /// Another local ID has shown that this node is in the smaller part.
    is_repetition: bool,
}

impl SplitTest {
    /// Where the search begins: at an ID nobody knows. MS-PNRP §3.2.6.2.1.
    pub(crate) fn first_hop(&self) -> Option<RouteEntry> {
        RouteEntry::from_slice(PnrpId::ZERO, self.via.port, &[self.via.address]).ok()
    }
}

impl Cloud {
    /// Estimated number of IDs in the cloud: the mean over the local IDs.
    /// MS-PNRP §3.2.6.2.1.1.
    pub fn size_estimate(&self) -> Option<f64> {
        let estimates: Vec<f64> = self
            .registrations
            .iter()
            .filter_map(|(_, local)| local.leaves.size_estimate())
            .collect();
        let count = u32::try_from(estimates.len())
            .ok()
            .filter(|&count| count > 0)?;
        Some(estimates.iter().sum::<f64>() / f64::from(count))
    }

    /// Estimated number of nodes in the cloud, on the assumption that all have as many IDs as this
    /// one. MS-PNRP §3.2.6.2.1.1.
    pub fn node_estimate(&self) -> Option<f64> {
        let registered = u32::try_from(self.registrations.len()).ok()?;
        Some(self.size_estimate()? / f64::from(registered))
    }

    /// Tests for a split now and then: all nodes of the cloud together about once a period,
    /// however many they are. MS-PNRP §3.2.6.2.1.
    pub(crate) fn detect_splits(&mut self, now: Now) {
        let known = u32::try_from(self.cache.len()).unwrap_or(u32::MAX);
        let nodes = self
            .node_estimate()
            .unwrap_or_else(|| f64::from(known) + 1.0);
        let draw: f64 = self.rng.random();
        if draw * nodes >= 1.0 {
            return;
        }
        let locals: Vec<PnrpId> = self.registrations.pnrp_ids().collect();
        let Some(&local) = self.pick(&locals) else {
            return;
        };
        let is_tested = self.test_from_outside(local, now);
        // Clouds of one link that have never met hear of each other in no other way.
        if !is_tested && self.rng.random::<f64>() < SEARCHES_PER_TEST {
            self.search_by_multicast(now);
        }
    }

    /// Tests a local ID for a split, if there is anybody who may see another part.
    pub(crate) fn test_from_outside(&mut self, local: PnrpId, now: Now) -> bool {
        let Some(via) = self.outside_view() else {
            return false;
        };
        let is_repetition = false;
        let test = SplitTest {
            local,
            via,
            is_repetition,
        };
        self.test_for_split(test, now);
        true
    }

    fn test_for_split(&mut self, test: SplitTest, now: Now) {
        let target = test.local.successor();
        self.start_errand(Errand::DetectSplit(test), target, None, now);
    }

    /// A node that may see another part of the cloud: a seed, where there are any.
    /// MS-PNRP §3.2.6.2.1.
    ///
    /// A cloud without servers has no seed whose view counts more. There, a node that is not in the
    /// cache is asked: those who have fallen silent may be what the other part consists of.
    fn outside_view(&mut self) -> Option<Endpoint> {
        if let Some(seed) = self.next_seed() {
            return Some(seed);
        }
        let given: Vec<Endpoint> = self
            .config
            .peers
            .iter()
            .copied()
            .filter(|at| self.is_askable(at))
            .collect();
        let met = self.former_peers.iter().chain(self.lost.endpoints());
        let is_cached = |at: &Endpoint| {
            let mut cached = self.cache.iter();
            cached.any(|known| known.endpoints().any(|its| its == *at))
        };
        let strangers: Vec<Endpoint> = given
            .iter()
            .copied()
            .chain(met.filter(|at| self.is_askable(at)))
            .filter(|at| !is_cached(at))
            .collect();
        let candidates = match strangers.is_empty() {
            true => given,
            false => strangers,
        };
        self.pick(&candidates).copied()
    }

    fn is_askable(&self, at: &Endpoint) -> bool {
        self.local.is_usable(&at.address) && !self.local.contains(at)
    }

    /// Draws the conclusion of a test from the closest node found. MS-PNRP §3.2.5.11.1.
    pub(crate) fn on_split_test(&mut self, test: &SplitTest, best: &PnrpId, now: Now) {
        let evidence = self.split_evidence(&test.local.successor(), best);
        tracing::debug!(?evidence, via = %test.via, "tested for a split");
        self.stats.count_split_test(evidence);
        self.events.push_back(Event::SplitTested { evidence });
        if evidence != SplitEvidence::InSmallerPart || test.is_repetition {
            return;
        }
        let others: Vec<PnrpId> = self
            .registrations
            .pnrp_ids()
            .filter(|id| *id != test.local)
            .collect();
        for local in others {
            let again = SplitTest {
                local,
                via: test.via,
                is_repetition: true,
            };
            self.test_for_split(again, now);
        }
    }

    fn split_evidence(&self, target: &PnrpId, best: &PnrpId) -> SplitEvidence {
        if self.registrations.owns(best) {
            return SplitEvidence::None;
        }
        if self.cache.contains(best) {
            let is_nearer =
                |known: &pnrp_cache::CachedRoute<'_>| is_between(&known.id(), best, target);
            return match self.cache.iter().any(|known| is_nearer(&known)) {
                true => SplitEvidence::InBiggerPart,
                false => SplitEvidence::None,
            };
        }
        let is_closest = self
            .cache
            .closest(target)
            .is_none_or(|known| is_closer(target, best, &known.id()));
        match is_closest {
            true => SplitEvidence::InSmallerPart,
            false => SplitEvidence::InBiggerPart,
        }
    }
}

/// How often a node searches by multicast when it should test for a split and has nobody to ask.
/// Every node of the link answers, so it is seldom.
const SEARCHES_PER_TEST: f64 = 0.125;
