//! What an attack came to.

use std::ops::Range;

use super::Victim;
use crate::{
    address::Node,
    crowd::Crowd,
    report::Figure,
    scenario::{
        summary::{Summary, in_per_cent},
        writing::quantile,
    },
    world::Outcome,
};

/// How far the hostile nodes are in the tables of the honest ones when they begin to misbehave.
#[derive(Debug, Default)]
pub(super) struct Grip {
    /// Leaves of the publisher.
    leaves: u64,
    hostile_leaves: u64,
    /// Entries in the caches of honest nodes.
    entries: u64,
    hostile_entries: u64,
    /// Honest nodes.
    nodes: u64,
    /// Of those, such that know the publisher.
    know: u64,
    /// Of the others, such that would ask a hostile node first.
    ask_hostile: u64,
}

impl Grip {
    pub(super) fn of(crowd: &Crowd, victim: &Victim, hostile: Range<u32>) -> Self {
        let mut grip = Self::default();
        let world = &crowd.world;
        let is_hostile = |cached: &pnrp_cache::CachedRoute<'_>| {
            let mut nodes = cached
                .endpoints()
                .filter_map(|at| world.addresses.node(&at));
            nodes.any(|node| hostile.contains(&node.0))
        };
        for (node, cloud) in world.clouds() {
            if hostile.contains(&node.0) {
                continue;
            }
            let cache = cloud.cache();
            grip.nodes += 1;
            grip.entries += u64::try_from(cache.len()).unwrap_or(u64::MAX);
            let held = cache.iter().filter(is_hostile).count();
            grip.hostile_entries += u64::try_from(held).unwrap_or(u64::MAX);
            if node == victim.node || cache.contains(&victim.id) {
                grip.know += 1;
                continue;
            }
            let first = cache.closest(&victim.id);
            grip.ask_hostile += u64::from(first.as_ref().is_some_and(is_hostile));
        }
        let publisher = world.cloud(victim.node).into_iter();
        for (cloud, local) in publisher
            .flat_map(|cloud| cloud.registrations().map(move |(_, local)| (cloud, local)))
            .filter(|(_, local)| local.pnrp_id() == victim.id)
        {
            for leaf in local.leaves().members() {
                grip.leaves += 1;
                let leaf = cloud.cache().get(&leaf);
                grip.hostile_leaves += u64::from(leaf.as_ref().is_some_and(is_hostile));
            }
        }
        grip
    }

    pub(super) fn figures(&self) -> Vec<Figure> {
        let strangers = self.nodes - self.know;
        vec![
            Figure::count("leaves of the publisher", self.leaves),
            Figure::count("hostile leaves of the publisher", self.hostile_leaves),
            Figure::new(
                "entries of honest caches",
                "/node",
                in_per_cent(self.entries, self.nodes) / 100.0,
            ),
            Figure::new(
                "hostile entries of honest caches",
                "%",
                in_per_cent(self.hostile_entries, self.entries),
            ),
            Figure::new(
                "honest nodes that know the publisher",
                "%",
                in_per_cent(self.know, self.nodes),
            ),
            Figure::new(
                "others that know a hostile node best",
                "%",
                in_per_cent(self.ask_hostile, strangers),
            ),
        ]
    }
}

/// How resolves of the name under attack ended.
#[derive(Debug, Default)]
pub(super) struct Toll {
    pub(super) summary: Summary,
    pub(super) misled: u64,
    denied: u64,
    /// LOOKUPs of all resolves, however they ended.
    lookups: u64,
}

impl Toll {
    pub(super) fn of(outcomes: &[Outcome], publisher: Node) -> Self {
        let mut toll = Self::default();
        for outcome in outcomes {
            toll.summary.add(outcome, Some(publisher));
            toll.lookups += u64::from(outcome.lookups);
            match outcome.found {
                Some(found) => toll.misled += u64::from(found != publisher),
                None => toll.denied += 1,
            }
        }
        toll
    }

    /// The share of resolves that were misled, in per cent.
    pub(super) fn misled_share(&self) -> f64 {
        in_per_cent(self.misled, self.summary.asked)
    }

    /// The share of resolves that found nobody, in per cent.
    pub(super) fn denied_share(&self) -> f64 {
        in_per_cent(self.denied, self.summary.asked)
    }

    /// What those found who asked a second time, if anybody had to.
    pub(super) fn as_second_try(&self) -> Option<Figure> {
        let is_any = self.summary.asked > 0;
        is_any.then(|| Figure::new("right when asked again", "%", self.summary.success()))
    }

    pub(super) fn figures(&self) -> Vec<Figure> {
        let summary = &self.summary;
        vec![
            Figure::count("resolves", summary.asked),
            Figure::new("misled", "%", self.misled_share()),
            Figure::new("denied", "%", self.denied_share()),
            Figure::new("right", "%", summary.success()),
            Figure::new(
                "LOOKUPs, mean of all",
                "",
                in_per_cent(self.lookups, summary.asked) / 100.0,
            ),
            Figure::new("LOOKUPs, mean where right", "", summary.lookups.mean()),
            Figure::new(
                "latency where right, p50",
                "ms",
                quantile(&summary.latency, 0.5, 1000.0),
            ),
        ]
    }
}
