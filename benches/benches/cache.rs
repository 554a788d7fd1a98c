//! The entry closest to an ID, among a thousand and among a million.
//!
//! Set against a `BTreeMap` from ID to address and a sorted list of IDs, which find the two
//! neighbours of the target and no more.

use std::{collections::BTreeMap, hint::black_box, net::Ipv6Addr, time::Instant};

use criterion::Criterion;
use pnrp_benches::Comparison;
use pnrp_cache::{RouteCache, is_closer};
use pnrp_wire::{PnrpId, RouteEntry};
use rand::{RngExt, SeedableRng, rngs::StdRng};

fn main() {
    let mut criterion = pnrp_benches::criterion();
    for size in SIZES {
        nearest(&mut criterion, size);
    }
    criterion.final_summary();
    for size in SIZES {
        for peer in ["BTreeMap", "sorted Vec"] {
            let group = &format!("nearest of {size}");
            let ours = "pnrp-cache";
            Comparison { group, ours, peer }.print();
        }
    }
}

const SIZES: [usize; 2] = [1_000, 1_000_000];

fn nearest(criterion: &mut Criterion, size: usize) {
    let mut rng = StdRng::seed_from_u64(1);
    let mut ids: Vec<PnrpId> = (0..size)
        .map(|_| PnrpId::from_bytes(rng.random()))
        .collect();
    let targets: Vec<PnrpId> = (0..4_096)
        .map(|_| PnrpId::from_bytes(rng.random()))
        .collect();

    let now = Instant::now();
    let mut cache = RouteCache::new(size);
    for id in &ids {
        let route = RouteEntry::new(*id, 3540, vec![Ipv6Addr::LOCALHOST]);
        cache.insert(route.expect("one address"), true, now, |_| false);
    }
    let map: BTreeMap<PnrpId, Ipv6Addr> = ids.iter().map(|id| (*id, Ipv6Addr::LOCALHOST)).collect();
    ids.sort();
    for target in &targets {
        let expected = closest_in_map(&map, target);
        let found = cache.closest(target).map(|cached| cached.route.id());
        assert_eq!(found, expected);
        assert_eq!(closest_in_list(&ids, target), expected);
    }

    let mut group = criterion.benchmark_group(format!("nearest of {size}"));
    let mut next = targets.iter().cycle();
    let mut target = || next.next().expect("a cycle");
    group.bench_function("pnrp-cache", |b| {
        b.iter(|| {
            cache
                .closest(black_box(target()))
                .map(|cached| cached.route.port())
        });
    });
    group.bench_function("BTreeMap", |b| {
        b.iter(|| closest_in_map(&map, black_box(target())));
    });
    group.bench_function("sorted Vec", |b| {
        b.iter(|| closest_in_list(&ids, black_box(target())));
    });
    group.finish();
}

fn closest_in_map(map: &BTreeMap<PnrpId, Ipv6Addr>, target: &PnrpId) -> Option<PnrpId> {
    let above = map.range(target..).next().or_else(|| map.first_key_value());
    let below = map
        .range(..target)
        .next_back()
        .or_else(|| map.last_key_value());
    closer(target, above?.0, below?.0)
}

fn closest_in_list(ids: &[PnrpId], target: &PnrpId) -> Option<PnrpId> {
    let index = ids.partition_point(|id| id < target);
    let above = ids.get(index).or_else(|| ids.first());
    let below = index
        .checked_sub(1)
        .map_or_else(|| ids.last(), |index| ids.get(index));
    closer(target, above?, below?)
}

fn closer(target: &PnrpId, above: &PnrpId, below: &PnrpId) -> Option<PnrpId> {
    Some(if is_closer(target, below, above) {
        *below
    } else {
        *above
    })
}
