//! The entry closest to an ID, one entry in and another out, and what an entry weighs.
//!
//! Set against a `BTreeMap` from ID to address and a sorted list of IDs, which find the two
//! neighbours of the target and no more, and against the tables of two Kademlia libraries, which
//! find the closest by their own measure and hold a thousand entries at most. All rows of a table
//! are measured in turn.

use std::{alloc::System, collections::BTreeMap, hint::black_box, net::Ipv6Addr, time::Instant};

use pnrp_benches::{Median, Rounds};
use pnrp_cache::{RouteCache, is_closer};
use pnrp_wire::{PnrpId, RouteEntry};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

mod kademlia;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    for (size, bar) in [(1_000, 100.0), (1_000_000, 400.0)] {
        let ids = random_ids(size);
        print("closest, in turn, of", size, &nearest(&ids, false), None);
        print("closest, alone, of", size, &nearest(&ids, true), Some(bar));
        print("insert one and remove one of", size, &insert(&ids), None);
        weigh(&ids);
    }
}

/// The medians, beside ours, which comes first.
fn print(what: &str, size: usize, medians: &[Median], bar: Option<f64>) {
    let ours = medians
        .first()
        .map_or(f64::NAN, |median| median.nanoseconds);
    println!("{what} {size} entries");
    for median in medians {
        let (name, time) = (median.name, median.nanoseconds);
        println!(
            "  {name:<14} {time:>9.1} ns, ours is {:.2} of it",
            ours / time
        );
    }
    if let Some(bar) = bar {
        let verdict = if ours <= bar { "met" } else { "missed" };
        println!("  bar {bar} ns: {verdict}");
    }
}

/// In turn, each finds the processor's caches full of another's entries; alone, of those that the
/// last round of the same 4,096 targets brought.
fn nearest(ids: &[PnrpId], alone: bool) -> Vec<Median> {
    let cache = cache_of(ids);
    let map = map_of(ids);
    let mut list = ids.to_vec();
    list.sort();
    let targets = random_targets();
    for target in &targets {
        let expected = closest_in_map(&map, target);
        assert_eq!(cache.closest(target).map(|cached| cached.id()), expected);
        assert_eq!(closest_in_list(&list, target), expected);
    }

    let mut rounds: [Rounds<'_>; 3] = Default::default();
    let [first, second, third] = &mut rounds;
    let mut next = cycle(&targets);
    first.row("pnrp-cache", 0, move || {
        cache
            .closest(black_box(next()))
            .map(|cached| (cached.id(), cached.port()))
    });
    let mut next = cycle(&targets);
    let row = if alone { second } else { &mut *first };
    row.row("BTreeMap", 0, move || {
        closest_in_map(&map, black_box(next()))
    });
    let mut next = cycle(&targets);
    let row = if alone { third } else { &mut *first };
    row.row("sorted Vec", 0, move || {
        closest_in_list(&list, black_box(next()))
    });
    if ids.len() <= kademlia::MOST && !alone {
        kademlia::closest_rows(first, ids.len());
    }
    rounds.into_iter().flat_map(Rounds::run).collect()
}

fn insert(ids: &[PnrpId]) -> Vec<Median> {
    let now = Instant::now();
    let newcomers = random_targets();
    let mut cache = filled(RouteCache::new(ids.len() + newcomers.len()), ids);
    let mut full = cache_of(ids);
    let mut map = map_of(ids);
    let routes: Vec<RouteEntry> = newcomers.iter().map(route).collect();

    let mut rounds = Rounds::default();
    let mut next = cycle(&routes);
    rounds.row("pnrp-cache", 0, move || {
        let route = black_box(next());
        cache.remove(&route.id());
        cache.insert(route, true, now, |_| false)
    });
    let mut next = cycle(&newcomers);
    rounds.row("BTreeMap", 0, move || {
        let id = black_box(next());
        map.remove(id);
        map.insert(*id, Ipv6Addr::LOCALHOST)
    });
    // The newcomers push the others out, and then each other.
    let mut next = cycle(&routes);
    rounds.row("evicting", 0, move || {
        full.insert(black_box(next()), true, now, |_| false)
    });
    let mut list = ids.to_vec();
    list.sort();
    if ids.len() <= kademlia::MOST {
        let mut next = cycle(&newcomers);
        rounds.row("sorted Vec", 0, move || {
            let id = black_box(next());
            match list.binary_search(id) {
                Ok(at) => drop(list.remove(at)),
                Err(at) => list.insert(at, *id),
            }
        });
        kademlia::insert_rows(&mut rounds, ids.len());
    }
    rounds.run()
}

/// What stays allocated, over the number of entries.
fn weigh(ids: &[PnrpId]) {
    let print = |name: &str, bytes: usize| {
        println!(
            "  {name:<14} {:>6.1} bytes an entry",
            bytes as f64 / ids.len() as f64
        );
    };
    let (cache, bytes) = kept(|| cache_of(ids));
    print("pnrp-cache", bytes);
    drop(cache);
    let (half_full, bytes) = kept(|| filled(RouteCache::new(2 * ids.len()), ids));
    print("with room left", bytes);
    drop(half_full);
    let (map, bytes) = kept(|| map_of(ids));
    print("BTreeMap", bytes);
    drop(map);
    if ids.len() <= kademlia::MOST {
        kademlia::weigh(ids.len(), print);
    }
}

/// Something, and how many bytes it keeps allocated.
fn kept<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let region = Region::new(ALLOCATOR);
    let made = make();
    let change = region.change();
    (
        made,
        change
            .bytes_allocated
            .saturating_sub(change.bytes_deallocated),
    )
}

fn cache_of(ids: &[PnrpId]) -> RouteCache {
    filled(RouteCache::new(ids.len()), ids)
}

fn filled(mut cache: RouteCache, ids: &[PnrpId]) -> RouteCache {
    let now = Instant::now();
    cache.add_local(PnrpId::from_bytes([0x5a; 32]));
    for id in ids {
        cache.insert(&route(id), true, now, |_| false);
    }
    cache
}

/// As a map grows when entries come one by one.
fn map_of(ids: &[PnrpId]) -> BTreeMap<PnrpId, Ipv6Addr> {
    let mut map = BTreeMap::new();
    for id in ids {
        map.insert(*id, Ipv6Addr::LOCALHOST);
    }
    map
}

/// Every node is in a network of its own.
fn route(id: &PnrpId) -> RouteEntry {
    let mut octets = [0; 16];
    octets.copy_from_slice(&id.as_bytes()[..16]);
    RouteEntry::new(*id, 3540, vec![octets.into()]).expect("one address")
}

fn random_ids(size: usize) -> Vec<PnrpId> {
    let mut rng = StdRng::seed_from_u64(1);
    (0..size)
        .map(|_| PnrpId::from_bytes(rng.random()))
        .collect()
}

fn random_targets() -> Vec<PnrpId> {
    let mut rng = StdRng::seed_from_u64(2);
    (0..4_096)
        .map(|_| PnrpId::from_bytes(rng.random()))
        .collect()
}

fn cycle<'a, T>(all: &'a [T]) -> impl FnMut() -> &'a T + use<'a, T> {
    let mut all = all.iter().cycle();
    move || all.next().expect("a cycle")
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
