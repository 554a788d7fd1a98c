//! Who a PNRP node knows: route entries and leaf sets, ordered by ID on the 256-bit ring.
//!
//! Nothing here reads a clock, draws a random number or touches a socket: time comes in as an
//! [`Instant`](std::time::Instant), and the same calls in the same order give the same answers.
//! Every table is bounded when it is built, so what peers send decides what is kept, never how
//! much.
//!
//! - [`ring_distance`] and its kin: what "numerically close" means on a ring. MS-PNRP §1.3.3.
//! - [`RouteCache`]: every route entry of one cloud. MS-PNRP §3.2.1.1.
//! - [`LeafSet`]: the five closest IDs on each side of one local ID. MS-PNRP §3.2.1.
//!
//! ```
//! use std::{net::Ipv6Addr, time::Instant};
//!
//! use pnrp_cache::{Inserted, LeafSet, RouteCache};
//! use pnrp_wire::{PnrpId, RouteEntry};
//!
//! let id = |first: u8| {
//!     let mut bytes = [0; 32];
//!     bytes[0] = first;
//!     PnrpId::from_bytes(bytes)
//! };
//! let route = |first: u8| RouteEntry::new(id(first), 3540, vec![Ipv6Addr::LOCALHOST]);
//! let now = Instant::now();
//!
//! let mut leaves = LeafSet::new(id(0x80));
//! leaves.insert(id(0x7f));
//!
//! let mut cache = RouteCache::new(2);
//! for first in [0x7f, 0xff] {
//!     cache.insert(&route(first)?, true, now, |id| leaves.contains(id));
//! }
//!
//! // The numbers wrap: 0xff… is next to 0x02….
//! assert_eq!(cache.closest(&id(0x02)).map(|found| found.id()), Some(id(0xff)));
//!
//! // A full cache gives up an entry that no leaf set holds.
//! let outcome = cache.insert(&route(0x03)?, false, now, |id| leaves.contains(id));
//! assert_eq!(outcome, Inserted::AddedEvicting(id(0xff)));
//! # Ok::<(), pnrp_wire::InvalidValue>(())
//! ```
//!
//! # Cost
//!
//! For a cache of *n* entries in *s* slices (ten for each level of each local ID) of which *p* are
//! pinned:
//!
//! | call | time |
//! | --- | --- |
//! | [`RouteCache::get`], [`heard`](RouteCache::heard), [`closest`](RouteCache::closest) | O(log n) |
//! | [`RouteCache::insert`], [`remove`](RouteCache::remove) | O(log n) and 256 words moved; O(s + p) more to evict |
//! | [`RouteCache::closest_matching`] | O(log n) plus the entries walked, refused ones included |
//! | [`RouteCache::next_above`], [`next_below`](RouteCache::next_below) | the same |
//! | [`RouteCache::spread`] of *k* | O(k log n), and O(k² log k) when the entries are clustered |
//! | [`RouteCache::gaps`] | O(s log n) |
//! | [`RouteCache::wants`] | O(log n + s) |
//! | [`RouteCache::add_local`], [`most_recent`](RouteCache::most_recent) | O(n log n) |
//! | every call on [`LeafSet`] | constant: at most ten IDs |
//!
//! An entry of one address takes at most 96 bytes, all tables included; one of *a* addresses about
//! 30 + 16 *a* more.

mod balance;
mod cached_route;
mod distance;
mod diversity;
mod index;
mod leaf_set;
mod level;
mod records;
mod route_cache;
mod slices;

#[cfg(test)]
mod fixture;

pub use balance::Gap;
pub use cached_route::CachedRoute;
pub use distance::{Distance, clockwise, compare, is_between, is_closer, midpoint, ring_distance};
pub use diversity::Diversity;
pub use leaf_set::{LEAVES_PER_SIDE, LeafSet};
pub use level::{LEVELS, SLICES};
pub use route_cache::{Inserted, RouteCache};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
