//! The cache by example, and against a plain vector.

use proptest::prelude::*;

use super::*;
use crate::fixture::{Epoch, any_id, id, ids, naive_clockwise, naive_closeness, route};

#[test]
fn a_full_cache_gives_up_the_entry_heard_longest_ago() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20, 0x30], 3, epoch);
    cache.heard(&id(0x10), epoch.at(10));

    let outcome = cache.insert(route(id(0x40), 4000), false, epoch.at(11), |_| false);

    assert_eq!(outcome, Inserted::AddedEvicting(id(0x20)));
    assert_eq!(cached_ids(&cache), ids(&[0x10, 0x30, 0x40]));
}

#[test]
fn a_pinned_entry_is_never_given_up() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20], 2, epoch);

    let outcome = cache.insert(route(id(0x30), 4000), false, epoch.at(9), |pinned| {
        *pinned == id(0x10)
    });

    assert_eq!(outcome, Inserted::AddedEvicting(id(0x20)));
}

#[test]
fn a_cache_full_of_pinned_entries_refuses_another() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20], 2, epoch);

    let outcome = cache.insert(route(id(0x30), 4000), false, epoch.at(9), |_| true);

    assert_eq!(outcome, Inserted::Refused);
    assert_eq!(cached_ids(&cache), ids(&[0x10, 0x20]));
}

#[test]
fn a_full_cache_still_updates_an_entry_it_has() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10], 1, epoch);

    let outcome = cache.insert(route(id(0x10), 5000), true, epoch.at(9), |_| true);

    assert_eq!(outcome, Inserted::Replaced);
    let cached = cache.get(&id(0x10)).unwrap();
    assert_eq!(cached.route.port(), 5000);
    assert_eq!(
        (cached.added, cached.last_heard),
        (epoch.at(0), epoch.at(9))
    );
}

#[test]
fn a_cache_without_capacity_refuses_everything() {
    let mut cache = RouteCache::new(0);

    let outcome = cache.insert(route(id(1), 4000), true, Epoch::new().at(0), |_| false);

    assert_eq!(outcome, Inserted::Refused);
    assert!(cache.is_empty());
}

#[test]
fn the_same_route_stays_checked_and_another_does_not() {
    let epoch = Epoch::new();
    let mut cache = RouteCache::new(1);
    cache.insert(route(id(1), 4000), true, epoch.at(0), |_| false);

    cache.insert(route(id(1), 4000), false, epoch.at(1), |_| false);
    assert!(cache.get(&id(1)).unwrap().cpa_checked);

    cache.insert(route(id(1), 5000), false, epoch.at(2), |_| false);
    assert!(!cache.get(&id(1)).unwrap().cpa_checked);
}

#[test]
fn hearing_of_an_unknown_id_or_an_earlier_time_changes_nothing() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20], 2, epoch);

    cache.heard(&id(0x99), epoch.at(5));
    cache.heard(&id(0x20), epoch.at(0));

    assert_eq!(cache.len(), 2);
    assert_eq!(cache.get(&id(0x20)).unwrap().last_heard, epoch.at(1));
}

#[test]
fn the_closest_entry_may_be_across_zero() {
    let cache = cache_of(&[0x20, 0xfe], 9, Epoch::new());

    assert_eq!(cache.closest(&id(0x01)).unwrap().route.id(), id(0xfe));
    assert_eq!(cache.closest(&id(0x20)).unwrap().route.id(), id(0x20));
    assert_eq!(RouteCache::new(9).closest(&id(0x20)), None);
}

#[test]
fn the_closest_entries_come_nearest_first_from_both_sides() {
    let cache = cache_of(&[0x10, 0x30, 0x48, 0x80, 0xf0], 9, Epoch::new());
    let accept = |cached: &CachedRoute| cached.route.id() != id(0x30);

    let found = cache.closest_matching(&id(0x40), 3, accept);

    assert_eq!(
        found.iter().map(|c| c.route.id()).collect::<Vec<_>>(),
        ids(&[0x48, 0x10, 0x80])
    );
}

#[test]
fn the_neighbours_of_an_id_wrap_and_exclude_it() {
    let cache = cache_of(&[0x10, 0x20, 0x30], 9, Epoch::new());

    let above = |from| cache.next_above(&id(from), |_| true).map(|c| c.route.id());
    let below = |from| cache.next_below(&id(from), |_| true).map(|c| c.route.id());

    assert_eq!((above(0x20), below(0x20)), (Some(id(0x30)), Some(id(0x10))));
    assert_eq!((above(0x30), below(0x10)), (Some(id(0x10)), Some(id(0x30))));
    assert_eq!((above(0x25), below(0x25)), (Some(id(0x30)), Some(id(0x20))));
    let alone = cache_of(&[0x10], 9, Epoch::new());
    assert_eq!(alone.next_above(&id(0x10), |_| true), None);
    assert_eq!(alone.next_below(&id(0x10), |_| true), None);
}

#[test]
fn a_spread_takes_from_the_whole_range_however_dense_one_part_is() {
    let mut firsts: Vec<u8> = (0x00..0x20).collect();
    firsts.extend([0x50, 0x90, 0xd0, 0xff]);
    let cache = cache_of(&firsts, 99, Epoch::new());

    assert_eq!(cache.spread(4), ids(&[0x1f, 0x50, 0x90, 0xd0]));
    assert_eq!(cache.spread(0), []);
    assert_eq!(cache.spread(1), ids(&[0x90]));
    assert_eq!(cache.spread(36).len(), 36);
    assert_eq!(cache.spread(usize::MAX).len(), 36);
}

#[derive(Clone, Debug)]
enum Op {
    Insert {
        id: PnrpId,
        port: u16,
        checked: bool,
    },
    Heard(PnrpId),
    Remove(PnrpId),
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (any_id(), 4000_u16..4003, any::<bool>())
            .prop_map(|(id, port, checked)| Op::Insert { id, port, checked }),
        2 => any_id().prop_map(Op::Heard),
        1 => any_id().prop_map(Op::Remove),
    ]
}

/// The cache as a vector that is searched from end to end.
#[derive(Default)]
struct Model(Vec<CachedRoute>);

impl Model {
    fn insert(&mut self, route: RouteEntry, checked: bool, now: Instant) -> Inserted {
        let id = route.id();
        if let Some(old) = self.0.iter_mut().find(|old| old.route.id() == id) {
            old.cpa_checked = checked || (old.cpa_checked && old.route == route);
            old.route = route;
            old.last_heard = now;
            return Inserted::Replaced;
        }
        let mut outcome = Inserted::Added;
        if self.0.len() == CAPACITY {
            let mut candidates: Vec<_> = self
                .0
                .iter()
                .filter(|old| !is_pinned(&old.route.id()))
                .collect();
            candidates.sort_by_key(|old| (old.last_heard, old.route.id()));
            let Some(evicted) = candidates.first().map(|old| old.route.id()) else {
                return Inserted::Refused;
            };
            self.remove(&evicted);
            outcome = Inserted::AddedEvicting(evicted);
        }
        self.0.push(CachedRoute {
            route,
            cpa_checked: checked,
            added: now,
            last_heard: now,
        });
        self.0.sort_by_key(|old| old.route.id());
        outcome
    }

    fn remove(&mut self, id: &PnrpId) -> Option<CachedRoute> {
        let index = self.0.iter().position(|old| old.route.id() == *id)?;
        Some(self.0.remove(index))
    }

    fn sorted_by<K: Ord>(&self, key: impl Fn(&PnrpId) -> K) -> Vec<&CachedRoute> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_by_key(|cached| key(&cached.route.id()));
        sorted
    }
}

const CAPACITY: usize = 12;

fn is_pinned(id: &PnrpId) -> bool {
    id.as_bytes()[31] == 0x80
}

fn is_acceptable(cached: &CachedRoute) -> bool {
    cached.route.port() != 4000
}

proptest! {
    #[test]
    fn the_cache_does_what_a_sorted_vector_does(
        ops in prop::collection::vec(any_op(), 0..80),
        targets in prop::collection::vec(any_id(), 4),
        count in 0_usize..15,
    ) {
        let epoch = Epoch::new();
        let mut cache = RouteCache::new(CAPACITY);
        let mut model = Model::default();
        for (second, op) in (0..).zip(ops) {
            let now = epoch.at(second);
            match op {
                Op::Insert { id, port, checked } => prop_assert_eq!(
                    cache.insert(route(id, port), checked, now, is_pinned),
                    model.insert(route(id, port), checked, now)
                ),
                Op::Heard(id) => {
                    cache.heard(&id, now);
                    if let Some(old) = model.0.iter_mut().find(|old| old.route.id() == id) {
                        old.last_heard = now;
                    }
                }
                Op::Remove(id) => prop_assert_eq!(cache.remove(&id), model.remove(&id)),
            }
        }

        prop_assert!(cache.iter().eq(&model.0));
        prop_assert_eq!(cache.len(), model.0.len());
        prop_assert_eq!(cache.heard_order.len(), model.0.len());
        let own = model.0.first().map(|cached| cached.route.id());
        for target in targets.iter().chain(&own) {
            check_searches(&cache, &model, target, count)?;
        }
    }

    #[test]
    fn a_spread_is_sorted_distinct_and_as_long_as_it_can_be(
        members in prop::collection::btree_set(any_id(), 0..40),
        count in 0_usize..50,
    ) {
        let epoch = Epoch::new();
        let mut cache = RouteCache::new(64);
        for &member in &members {
            cache.insert(route(member, 4000), false, epoch.at(0), |_| false);
        }

        let spread = cache.spread(count);

        prop_assert_eq!(spread.len(), count.min(members.len()));
        prop_assert!(spread.is_sorted_by(|a, b| a < b));
        prop_assert!(spread.iter().all(|id| members.contains(id)));
    }
}

fn check_searches(
    cache: &RouteCache,
    model: &Model,
    target: &PnrpId,
    count: usize,
) -> Result<(), TestCaseError> {
    let by_closeness = model.sorted_by(|id| naive_closeness(target, id));
    let acceptable = by_closeness
        .iter()
        .copied()
        .filter(|cached| is_acceptable(cached));
    let expected: Vec<_> = acceptable.take(count).collect();
    let is_neighbour =
        |cached: &&CachedRoute| cached.route.id() != *target && is_acceptable(cached);
    let above = model.sorted_by(|id| naive_clockwise(target, id));
    let below = model.sorted_by(|id| naive_clockwise(id, target));

    prop_assert_eq!(cache.closest(target), by_closeness.first().copied());
    prop_assert_eq!(
        cache.closest_matching(target, usize::MAX, |_| true),
        by_closeness
    );
    prop_assert_eq!(
        cache.closest_matching(target, count, is_acceptable),
        expected
    );
    prop_assert_eq!(
        cache.next_above(target, is_acceptable),
        above.into_iter().find(is_neighbour)
    );
    prop_assert_eq!(
        cache.next_below(target, is_acceptable),
        below.into_iter().find(is_neighbour)
    );
    prop_assert_eq!(cache.get(target).is_some(), cache.contains(target));
    Ok(())
}

/// A cache whose entries were heard a second apart, in the order given.
fn cache_of(firsts: &[u8], capacity: usize, epoch: Epoch) -> RouteCache {
    let mut cache = RouteCache::new(capacity);
    for (second, &first) in (0..).zip(firsts) {
        cache.insert(route(id(first), 4000), false, epoch.at(second), |_| false);
    }
    cache
}

fn cached_ids(cache: &RouteCache) -> Vec<PnrpId> {
    cache.iter().map(|cached| cached.route.id()).collect()
}
