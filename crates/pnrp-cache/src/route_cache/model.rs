//! The cache against a plain vector that is searched from end to end, under the same rules.

use std::{cmp::Reverse, collections::BTreeMap};

use proptest::prelude::*;

use super::*;
use crate::{
    distance::clockwise,
    fixture::{Epoch, any_id, naive_clockwise, naive_closeness},
    level::{Level, SLICES},
};

#[derive(Clone, Debug)]
enum Op {
    Insert {
        id: PnrpId,
        port: u16,
        networks: Vec<u16>,
        checked: bool,
    },
    Heard(PnrpId),
    Remove(PnrpId),
    AddLocal(PnrpId),
    RemoveLocal(PnrpId),
}

fn any_op() -> impl Strategy<Value = Op> {
    let networks = prop::collection::vec(0_u16..6, 1..3);
    prop_oneof![
        20 => (any_id(), 4000_u16..4003, networks, any::<bool>()).prop_map(
            |(id, port, networks, checked)| Op::Insert { id, port, networks, checked }),
        6 => any_id().prop_map(Op::Heard),
        2 => any_id().prop_map(Op::Remove),
        1 => any_id().prop_map(Op::AddLocal),
        1 => any_id().prop_map(Op::RemoveLocal),
    ]
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    route: RouteEntry,
    checked: bool,
    crowded: bool,
    heard: u64,
}

/// Entries in the order of their IDs.
#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    locals: Locals,
}

impl Model {
    fn insert(&mut self, route: RouteEntry, checked: bool, now: u64) -> Inserted {
        let id = route.id();
        if let Some(old) = self.find(&id) {
            old.checked = checked || (old.checked && old.route == route);
            old.route = route;
            self.heard(&id, now);
            return Inserted::Replaced;
        }
        let mut outcome = Inserted::Added;
        if self.entries.len() == CAPACITY {
            let crowded = !is_pinned(&id) && self.is_crowded(&route, 1);
            let Some(victim) = self.victim(&id, crowded) else {
                return Inserted::Refused;
            };
            self.remove(&victim);
            outcome = Inserted::AddedEvicting(victim);
        }
        let crowded = false;
        self.entries.push(Entry {
            route,
            checked,
            crowded,
            heard: now,
        });
        self.entries.sort_by_key(|old| old.route.id());
        self.heard(&id, now);
        outcome
    }

    fn heard(&mut self, id: &PnrpId, now: u64) {
        let crowded = self.find(id).map(|old| old.route.clone());
        let crowded = crowded.is_some_and(|route| self.is_crowded(&route, 0));
        if let Some(old) = self.find(id) {
            (old.heard, old.crowded) = (now, crowded);
        }
    }

    fn remove(&mut self, id: &PnrpId) -> bool {
        let before = self.entries.len();
        self.entries.retain(|old| old.route.id() != *id);
        self.entries.len() < before
    }

    /// In the order heard, entries are judged again.
    fn move_locals(&mut self, change: impl Fn(&mut Locals) -> bool) {
        if !change(&mut self.locals) {
            return;
        }
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by_key(|old| (old.heard, old.route.id()));
        for entry in entries {
            let (id, heard) = (entry.route.id(), entry.heard);
            self.entries.push(entry);
            self.heard(&id, heard);
        }
        self.entries.sort_by_key(|old| old.route.id());
    }

    fn victim(&self, newcomer: &PnrpId, is_crowded: bool) -> Option<PnrpId> {
        let own = self.locals.place(newcomer);
        let mut slices: BTreeMap<Place, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            let place = self.locals.place(&entry.route.id());
            slices.entry(place).or_default().push(entry);
        }
        let size = |place: &Place| slices[place].len() + usize::from(*place == own);
        let roomy: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| !is_pinned(&entry.route.id()))
            .filter(|entry| size(&self.locals.place(&entry.route.id())) > 1)
            .collect();
        let best = |crowded: bool| {
            let of_kind = roomy.iter().filter(|entry| entry.crowded == crowded);
            of_kind
                .max_by_key(|entry| {
                    let place = self.locals.place(&entry.route.id());
                    (size(&place), place == own, place, Reverse(entry.heard))
                })
                .map(|entry| entry.route.id())
        };
        if let Some(crowded) = best(true) {
            return Some(crowded);
        }
        if is_crowded {
            return None;
        }
        let highest = own.level.depth + u8::from(slices.contains_key(&own));
        let singles = slices
            .iter()
            .filter(|(place, entries)| entries.len() == 1 && place.level.depth >= highest);
        best(false).or_else(|| {
            singles
                .flat_map(|(_, entries)| entries)
                .filter(|entry| !is_pinned(&entry.route.id()))
                .min_by_key(|entry| (entry.heard, entry.route.id()))
                .map(|entry| entry.route.id())
        })
    }

    /// By the cells that prefixes fall into, as the cache counts.
    fn is_crowded(&self, route: &RouteEntry, more: u16) -> bool {
        let level = self.locals.place(&route.id()).level;
        let mut crowds = Crowds::new(CAPS);
        for entry in &self.entries {
            let level = self.locals.place(&entry.route.id()).level;
            crowds.add(level, entry.route.addresses());
        }
        crowds.is_crowded(level, route.addresses(), more)
    }

    fn find(&mut self, id: &PnrpId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|old| old.route.id() == *id)
    }

    fn sorted_by<K: Ord>(&self, key: impl Fn(&PnrpId) -> K) -> Vec<PnrpId> {
        let mut ids: Vec<_> = self.entries.iter().map(|entry| entry.route.id()).collect();
        ids.sort_by_key(key);
        ids
    }
}

const CAPACITY: usize = 24;
const CAPS: Diversity = Diversity {
    per_64: 3,
    per_48: 5,
    per_32: 9,
};

fn is_pinned(id: &PnrpId) -> bool {
    id.as_bytes()[31] == 0x80
}

/// How many slices of the whole ring hold an entry that is in no smaller level.
fn occupied_ring(cache: &RouteCache) -> usize {
    let ring = cache
        .slices
        .iter()
        .filter(|(_, slice)| slice.place.level == Level::RING);
    ring.filter(|(_, slice)| slice.len() > 0).count()
}

fn route_at(id: PnrpId, port: u16, networks: &[u16]) -> RouteEntry {
    let address = |network: &u16| match network {
        0..3 => Ipv6Addr::new(0x2001, 0xdb8, 1, *network, 0, 0, 0, 1),
        _ => Ipv6Addr::new(0x2001, 0xdb8 + network, *network, 0, 0, 0, 0, 1),
    };
    RouteEntry::new(id, port, networks.iter().map(address).collect()).unwrap()
}

fn apply(cache: &mut RouteCache, model: &mut Model, op: Op, at: u64, epoch: Epoch) {
    let now = epoch.at(at);
    match op {
        Op::Insert {
            id,
            port,
            networks,
            checked,
        } => {
            let route = route_at(id, port, &networks);
            let occupied = occupied_ring(cache);
            let outcome = cache.insert(&route, checked, now, is_pinned);
            assert_eq!(outcome, model.insert(route, checked, at));
            assert!(occupied_ring(cache) >= occupied);
        }
        Op::Heard(id) => {
            cache.heard(&id, now);
            model.heard(&id, at);
        }
        Op::Remove(id) => assert_eq!(cache.remove(&id), model.remove(&id)),
        Op::AddLocal(id) => {
            cache.add_local(id);
            model.move_locals(|locals| locals.add(id));
        }
        Op::RemoveLocal(id) => {
            cache.remove_local(&id);
            model.move_locals(|locals| locals.remove(&id));
        }
    }
}

proptest! {
    /// R-3.2.1.1-02, R-3.2.1.1-03
    #[test]
    fn the_cache_does_what_a_sorted_vector_does(
        ops in prop::collection::vec(any_op(), 0..120),
        targets in prop::collection::vec(any_id(), 4),
        count in 0_usize..30,
    ) {
        let epoch = Epoch::new();
        let mut cache = RouteCache::with_diversity(CAPACITY, CAPS);
        let mut model = Model::default();
        for (second, op) in (0..).zip(ops) {
            apply(&mut cache, &mut model, op, second, epoch);
            prop_assert_eq!(cache.check(), Ok(()));
        }

        let kept: Vec<_> = cache.iter().map(|cached| Entry {
            route: cached.route(),
            checked: cached.cpa_checked(),
            crowded: cached.record.is_crowded(),
            heard: u64::from(cached.record.heard),
        }).collect();
        let start = kept.iter().zip(&model.entries);
        let offsets: Vec<_> = start.map(|(a, b)| b.heard * 16 - a.heard).collect();
        prop_assert!(offsets.iter().all(|offset| *offset == offsets[0]));
        let plain = |entries: &[Entry]| -> Vec<_> {
            entries.iter().map(|e| (e.route.clone(), e.checked, e.crowded)).collect()
        };
        prop_assert_eq!(plain(&kept), plain(&model.entries));
        let own = kept.first().map(|entry| entry.route.id());
        for target in targets.iter().chain(&own) {
            check_searches(&cache, &model, target, count)?;
        }
        check_spread(&cache, &model, count)?;
    }

    /// R-3.2.1.1-03
    #[test]
    fn ten_spread_entries_are_kept_whoever_crowds_elsewhere(
        spread in prop::collection::vec(any::<[u8; 32]>(), 10),
        crowd in prop::collection::vec(any::<[u8; 32]>(), 0..200),
        local in any_id(),
    ) {
        let epoch = Epoch::new();
        let mut cache = RouteCache::new(10 * 4);
        cache.add_local(local);
        for (tenth, mut bytes) in (0_u8..).zip(spread) {
            bytes[0] = 25 * tenth + 13;
            let route = route_at(PnrpId::from_bytes(bytes), 4000, &[1]);
            cache.insert(&route, false, epoch.at(0), |_| false);
        }
        for (second, mut bytes) in (1..).zip(crowd) {
            bytes[0] = local.as_bytes()[0];
            let route = route_at(PnrpId::from_bytes(bytes), 4000, &[2]);
            cache.insert(&route, false, epoch.at(second), |_| false);
        }

        prop_assert_eq!(cache.check(), Ok(()));
        let levels = (0..SLICES).map(|slice| Place { level: Level::RING, slice });
        let around_local = levels.filter_map(|place| cache.place_arc(place))
            .filter(|(start, length)| clockwise(start, &local) < *length).count();
        prop_assert!(cache.occupied_tenths() + around_local >= 10);
    }
}

fn check_searches(
    cache: &RouteCache,
    model: &Model,
    target: &PnrpId,
    count: usize,
) -> Result<(), TestCaseError> {
    let is_acceptable = |cached: &CachedRoute<'_>| cached.port() != 4000;
    let ids = |found: Vec<CachedRoute<'_>>| -> Vec<PnrpId> {
        found.iter().map(CachedRoute::id).collect()
    };
    let accepted = |id: &PnrpId| cache.get(id).is_some_and(|cached| is_acceptable(&cached));
    let by_closeness = model.sorted_by(|id| naive_closeness(target, id));
    let expected: Vec<_> = by_closeness
        .iter()
        .copied()
        .filter(accepted)
        .take(count)
        .collect();
    let is_neighbour = |id: &PnrpId| id != target && accepted(id);
    let above = model.sorted_by(|id| naive_clockwise(target, id));
    let below = model.sorted_by(|id| naive_clockwise(id, target));
    let id = |found: Option<CachedRoute<'_>>| found.map(|cached| cached.id());

    prop_assert_eq!(id(cache.closest(target)), by_closeness.first().copied());
    prop_assert_eq!(
        ids(cache.closest_matching(target, count, is_acceptable)),
        expected
    );
    prop_assert_eq!(
        ids(cache.closest_matching(target, usize::MAX, |_| true)),
        by_closeness
    );
    prop_assert_eq!(
        id(cache.next_above(target, is_acceptable)),
        above.into_iter().find(is_neighbour)
    );
    prop_assert_eq!(
        id(cache.next_below(target, is_acceptable)),
        below.into_iter().find(is_neighbour)
    );
    prop_assert_eq!(cache.get(target).is_some(), cache.contains(target));
    Ok(())
}

fn check_spread(cache: &RouteCache, model: &Model, count: usize) -> Result<(), TestCaseError> {
    let sorted = model.sorted_by(|id| *id);
    let mut expected: Vec<PnrpId> = Vec::new();
    if let (Some(first), Some(last), true) = (sorted.first(), sorted.last(), count < sorted.len()) {
        let half = u32::try_from(2 * count).unwrap();
        let half = clockwise(first, last).divided_by(half);
        let mut middle = half.after(first);
        for _ in 0..count {
            let closest = model.sorted_by(|id| naive_closeness(&middle, id));
            expected.extend(closest.iter().find(|id| !expected.contains(id)).copied());
            middle = half.after(&half.after(&middle));
        }
        expected.sort();
    } else {
        expected = sorted;
    }
    prop_assert_eq!(cache.spread(count), expected);
    Ok(())
}
