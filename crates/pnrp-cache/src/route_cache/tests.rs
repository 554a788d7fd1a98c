//! The cache by example.

use super::*;
use crate::fixture::{Epoch, id, ids, route};

#[test]
fn a_full_cache_gives_up_the_entry_heard_longest_ago() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20, 0x30], 3, epoch);
    cache.heard(&id(0x10), epoch.at(10));

    let outcome = cache.insert(&route(id(0x40), 4000), false, epoch.at(11), |_| false);

    assert_eq!(outcome, Inserted::AddedEvicting(id(0x20)));
    assert_eq!(cached_ids(&cache), ids(&[0x10, 0x30, 0x40]));
}

#[test]
fn a_pinned_entry_is_never_given_up() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20], 2, epoch);

    let outcome = cache.insert(&route(id(0x30), 4000), false, epoch.at(9), |pinned| {
        *pinned == id(0x10)
    });

    assert_eq!(outcome, Inserted::AddedEvicting(id(0x20)));
}

#[test]
fn a_cache_full_of_pinned_entries_refuses_another() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20], 2, epoch);

    let outcome = cache.insert(&route(id(0x30), 4000), false, epoch.at(9), |_| true);

    assert_eq!(outcome, Inserted::Refused);
    assert_eq!(cached_ids(&cache), ids(&[0x10, 0x20]));
}

#[test]
fn a_full_cache_still_updates_an_entry_it_has() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10], 1, epoch);

    let outcome = cache.insert(&route(id(0x10), 5000), true, epoch.at(9), |_| true);

    assert_eq!(outcome, Inserted::Replaced);
    let cached = cache.get(&id(0x10)).unwrap();
    assert_eq!(cached.port(), 5000);
    assert_eq!(cached.last_heard(), Some(epoch.at(9)));
}

#[test]
fn a_cache_without_capacity_refuses_everything() {
    let mut cache = RouteCache::new(0);

    let outcome = cache.insert(&route(id(1), 4000), true, Epoch::new().at(0), |_| false);

    assert_eq!(outcome, Inserted::Refused);
    assert!(cache.is_empty());
}

#[test]
fn the_same_route_stays_checked_and_another_does_not() {
    let epoch = Epoch::new();
    let mut cache = RouteCache::new(1);
    cache.insert(&route(id(1), 4000), true, epoch.at(0), |_| false);

    cache.insert(&route(id(1), 4000), false, epoch.at(1), |_| false);
    assert!(cache.get(&id(1)).unwrap().cpa_checked());

    cache.insert(&route(id(1), 5000), false, epoch.at(2), |_| false);
    assert!(!cache.get(&id(1)).unwrap().cpa_checked());
}

#[test]
fn hearing_of_an_unknown_id_or_an_earlier_time_changes_nothing() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20], 2, epoch);

    cache.heard(&id(0x99), epoch.at(5));
    cache.heard(&id(0x20), epoch.at(0));

    assert_eq!(cache.len(), 2);
    assert_eq!(
        cache.get(&id(0x20)).unwrap().last_heard(),
        Some(epoch.at(1))
    );
}

#[test]
fn the_closest_entry_may_be_across_zero() {
    let cache = cache_of(&[0x20, 0xfe], 9, Epoch::new());

    assert_eq!(cache.closest(&id(0x01)).unwrap().id(), id(0xfe));
    assert_eq!(cache.closest(&id(0x20)).unwrap().id(), id(0x20));
    assert_eq!(RouteCache::new(9).closest(&id(0x20)), None);
}

#[test]
fn the_closest_entries_come_nearest_first_from_both_sides() {
    let cache = cache_of(&[0x10, 0x30, 0x48, 0x80, 0xf0], 9, Epoch::new());
    let accept = |cached: &CachedRoute<'_>| cached.id() != id(0x30);

    let found = cache.closest_matching(&id(0x40), 3, accept);

    assert_eq!(
        found.iter().map(|c| c.id()).collect::<Vec<_>>(),
        ids(&[0x48, 0x10, 0x80])
    );
}

#[test]
fn the_neighbours_of_an_id_wrap_and_exclude_it() {
    let cache = cache_of(&[0x10, 0x20, 0x30], 9, Epoch::new());

    let above = |from| cache.next_above(&id(from), |_| true).map(|c| c.id());
    let below = |from| cache.next_below(&id(from), |_| true).map(|c| c.id());

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

/// R-3.2.1.1-03
#[test]
fn the_fullest_slice_gives_up_its_oldest_entry_however_recent_others_are() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x01, 0x80, 0x82, 0x81], 4, epoch);
    cache.heard(&id(0x80), epoch.at(10));

    let outcome = cache.insert(&route(id(0xff), 4000), false, epoch.at(11), |_| false);

    assert_eq!(outcome, Inserted::AddedEvicting(id(0x82)));
}

/// R-3.2.1.1-03
#[test]
fn the_last_of_a_slice_goes_only_for_another_at_its_level_or_above() {
    let epoch = Epoch::new();
    let mut cache = RouteCache::new(2);
    cache.add_local(id(0x80));
    for (second, first) in (0..).zip([0x20, 0x7f]) {
        cache.insert(&route(id(first), 4000), false, epoch.at(second), |_| false);
    }

    // 0x20 is older, but 0x7f is in a smaller level.
    let below = cache.insert(&route(id(0x84), 4000), false, epoch.at(3), |_| false);
    assert_eq!(below, Inserted::AddedEvicting(id(0x7f)));
    let above = cache.insert(&route(id(0xf0), 4000), false, epoch.at(4), |_| false);
    assert_eq!(above, Inserted::AddedEvicting(id(0x20)));
    let pinned = |pinned: &PnrpId| *pinned == id(0x84);
    let refused = cache.insert(&route(id(0x7c), 4000), false, epoch.at(5), pinned);
    assert_eq!(refused, Inserted::Refused);
    cache.check().unwrap();
}

#[test]
fn an_owner_fills_free_room_and_gives_way_to_everybody_else() {
    let epoch = Epoch::new();
    let caps = Diversity {
        per_64: 2,
        ..Diversity::default()
    };
    let mut cache = RouteCache::with_diversity(4, caps);
    let mut insert = |first: u8, network: u16, second| {
        let address = Ipv6Addr::new(0x2001, 0xdb8, network, 0, 0, 0, 0, 1);
        let route = RouteEntry::new(id(first), 4000, vec![address]).unwrap();
        let outcome = cache.insert(&route, false, epoch.at(second), |_| false);
        cache.check().unwrap();
        outcome
    };
    for (second, first) in (0..).zip([0x80, 0x90, 0x81, 0x82]) {
        assert_eq!(insert(first, 1, second), Inserted::Added);
    }

    // A third of the same owner takes the place of its own third, not of the first two.
    assert_eq!(insert(0x83, 1, 4), Inserted::AddedEvicting(id(0x81)));
    assert_eq!(insert(0x10, 2, 5), Inserted::AddedEvicting(id(0x82)));
    assert_eq!(insert(0x11, 3, 6), Inserted::AddedEvicting(id(0x83)));
    assert_eq!(insert(0x84, 1, 7), Inserted::Refused);
}

#[test]
fn the_endpoints_heard_last_come_first_and_once() {
    let epoch = Epoch::new();
    let mut cache = cache_of(&[0x10, 0x20], 9, epoch);
    cache.insert(&route(id(0x30), 5000), false, epoch.at(3), |_| false);
    cache.insert(&route(id(0x40), 6000), false, epoch.at(4), |_| false);
    cache.heard(&id(0x10), epoch.at(5));

    let ports = |count| -> Vec<u16> { cache.most_recent(count).iter().map(|at| at.port).collect() };

    assert_eq!(ports(10), [4000, 6000, 5000]);
    assert_eq!(ports(2), [4000, 6000]);
}

#[test]
fn more_addresses_than_one_are_kept_and_replaced() {
    let epoch = Epoch::new();
    let mut cache = RouteCache::new(2);
    let many = |last: u16| -> RouteEntry {
        let address = |group| Ipv6Addr::new(0x2001, 0xdb8, group, 0, 0, 0, 0, 1);
        RouteEntry::new(id(1), 4000, (0..last).map(address).collect()).unwrap()
    };
    for count in [3, 1, 20, 2] {
        cache.insert(&many(count), true, epoch.at(0), |_| false);

        let cached = cache.get(&id(1)).unwrap();
        assert!(cached.is(&many(count)) && !cached.is(&many(4)));
        assert_eq!(cached.route(), many(count));
        cache.check().unwrap();
    }
    assert!(cache.remove(&id(1)) && !cache.remove(&id(1)));
    cache.insert(&route(id(2), 4000), true, epoch.at(0), |_| false);
    assert_eq!(
        cache.get(&id(2)).unwrap().addresses(),
        [Ipv6Addr::LOCALHOST]
    );
}

/// A cache whose entries were heard a second apart, in the order given.
fn cache_of(firsts: &[u8], capacity: usize, epoch: Epoch) -> RouteCache {
    let mut cache = RouteCache::new(capacity);
    for (second, &first) in (0..).zip(firsts) {
        cache.insert(&route(id(first), 4000), false, epoch.at(second), |_| false);
    }
    cache
}

fn cached_ids(cache: &RouteCache) -> Vec<PnrpId> {
    cache.iter().map(|cached| cached.id()).collect()
}
