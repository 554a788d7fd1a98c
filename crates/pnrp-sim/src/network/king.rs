//! Delays like those of the King measurements.

use crate::{
    address::Node,
    random::{fraction, mix},
};

use super::whole;

/// Round trips between sites with the distribution of the King data set, but not its values.
///
/// King (Gummadi, Saroiu and Gribble, 2002) is a method to measure the round trip between two name
/// servers from afar; simulations of overlays commonly use the matrix of such measurements that p2psim
/// came with. This matrix is made from the seed to be like it:
///
/// 1. 1,024 sites lie in eight regions of a square, and each has an access delay with a long tail.
/// 2. A pair of sites gets its distance plus both access delays, times a detour by chance. One pair
///    in 32 has a long detour. Detours break the triangle inequality, as routing policy does: about
///    one pair in ten is slower than the way by a third site that is picked by chance.
/// 3. Pairs are sorted by that, and their round trips are the quantiles of a Weibull distribution in
///    the same order. It has a median of 156.0 ms, a lower decile of 47 ms and an upper decile of
///    336 ms.
///
/// So the distribution does not depend on the seed; who is near whom does. Nodes belong to sites by
/// chance, those of one site are 2 ms apart. The matrix takes one MiB, whatever the number of nodes.
#[derive(Debug)]
pub struct King {
    seed: u64,
    /// Tenths of milliseconds, of the pairs (1, 0), (2, 0), (2, 1), (3, 0) and so on.
    round_trips: Vec<u16>,
}

impl King {
    /// The matrix that belongs to a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            round_trips: quantiles(order(&distances(seed))),
        }
    }

    /// Microseconds from one node to the other and back.
    pub fn round_trip(&self, a: Node, b: Node) -> u64 {
        self.between(self.site(a), self.site(b))
    }

    /// Where a node is.
    fn site(&self, node: Node) -> usize {
        let chance = mix(self.seed ^ u64::from(node.0) ^ NODES);
        // Any ten bits will do.
        usize::from(chance.to_le_bytes()[0]) | usize::from(chance.to_le_bytes()[1] & 3) << 8
    }

    fn between(&self, a: usize, b: usize) -> u64 {
        if a == b {
            return SAME_SITE;
        }
        let (low, high) = (a.min(b), a.max(b));
        let pair = self.round_trips.get(high * (high - 1) / 2 + low);
        pair.map_or(SAME_SITE, |tenths| u64::from(*tenths) * 100)
    }
}

/// A place in the square, and how far it is from there to the nodes.
struct Site {
    x: f64,
    y: f64,
    access: f64,
}

/// What pairs are sorted by. Only operations that are exact everywhere, so that a seed has one
/// matrix on all machines.
fn distances(seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut chance = || {
        state = mix(state);
        fraction(state)
    };
    let regions: Vec<_> = (0..REGIONS).map(|_| (chance(), chance())).collect();
    let sites: Vec<_> = (0..SITES)
        .zip(regions.iter().cycle())
        .map(|(_, (x, y))| {
            let cube = |share: f64| share * share * share;
            let tail = cube(chance());
            Site {
                x: x + REGION_WIDTH * (chance() + chance() - 1.0),
                y: y + REGION_WIDTH * (chance() + chance() - 1.0),
                access: 0.4 * tail * tail,
            }
        })
        .collect();
    let mut distances = Vec::with_capacity(SITES * (SITES - 1) / 2);
    for (high, a) in sites.iter().enumerate() {
        for b in sites.iter().take(high) {
            let (x, y) = (a.x - b.x, a.y - b.y);
            let bent = chance();
            let detour = 1.0 + 0.3 * bent * bent + if chance() < LONG_DETOURS { 1.0 } else { 0.0 };
            distances.push(((x * x + y * y).sqrt() + a.access + b.access) * detour);
        }
    }
    distances
}

/// The pairs, nearest first.
fn order(distances: &[f64]) -> Vec<usize> {
    let mut pairs: Vec<_> = (0..).zip(distances).map(|(pair, d)| (*d, pair)).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    pairs.into_iter().map(|(_, pair)| pair).collect()
}

/// Round trips of pairs in tenths of milliseconds, given their order.
#[expect(clippy::cast_precision_loss, reason = "half a million")]
fn quantiles(order: Vec<usize>) -> Vec<u16> {
    let pairs = order.len() as f64;
    let scale = MEDIAN / std::f64::consts::LN_2.powf(EXPONENT);
    let mut round_trips = vec![0; order.len()];
    for (rank, pair) in order.into_iter().enumerate() {
        let share = (rank as f64 + 0.5) / pairs;
        let tenths = whole((scale * (-(1.0 - share).ln()).powf(EXPONENT)).round());
        if let Some(round_trip) = round_trips.get_mut(pair) {
            *round_trip = u16::try_from(tenths).unwrap_or(u16::MAX);
        }
    }
    round_trips
}

const SITES: usize = 1_024;
const REGIONS: usize = 8;
const REGION_WIDTH: f64 = 0.12;
/// Share of pairs.
const LONG_DETOURS: f64 = 1.0 / 32.0;
/// Tenths of milliseconds.
const MEDIAN: f64 = 1_560.0;
/// One over the shape of the Weibull distribution.
const EXPONENT: f64 = 0.64;
/// Microseconds.
const SAME_SITE: u64 = 2_000;
/// Tells the chance that places nodes from the chance that makes the matrix.
const NODES: u64 = 0x6e6f_6465_7300_0000;

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static KING: LazyLock<King> = LazyLock::new(|| King::new(7));

    fn sorted() -> Vec<u16> {
        let mut sorted = KING.round_trips.clone();
        sorted.sort_unstable();
        sorted
    }

    #[test]
    fn the_median_is_156_ms() {
        let sorted = sorted();
        let middle = sorted.len() / 2;

        assert_eq!(sorted.len(), 1_024 * 1_023 / 2);
        assert_eq!((sorted[middle - 1], sorted[middle]), (1_560, 1_560));
    }

    #[test]
    fn deciles_and_extremes_are_those_of_the_measurements() {
        let sorted = sorted();
        let tenth = sorted.len() / 10;

        assert!((450..550).contains(&sorted[tenth]), "{}", sorted[tenth]);
        assert!((3_150..3_850).contains(&sorted[9 * tenth]));
        assert!(sorted[0] < 20, "{}", sorted[0]);
        assert!((8_000..12_000).contains(sorted.last().unwrap()));
    }

    #[test]
    fn the_triangle_inequality_fails_here_and_there() {
        let (mut triangles, mut broken) = (0, 0);
        for n in 0..20_000_u64 {
            let [a, b, c] = [0, 1, 2].map(|i| usize::try_from(mix(3 * n + i) % 1_024).unwrap());
            if a != b && b != c && a != c {
                triangles += 1;
                let detour = KING.between(a, b) + KING.between(b, c);
                broken += i32::from(KING.between(a, c) > detour);
            }
        }
        let share = f64::from(broken) / f64::from(triangles);

        assert!((0.05..0.15).contains(&share), "{share}");
    }

    #[test]
    fn nodes_are_spread_over_all_sites() {
        let mut nodes = vec![0; SITES];
        for node in 0..100_000 {
            nodes[KING.site(Node(node))] += 1;
        }

        assert!(nodes.iter().all(|count| (50..150).contains(count)));
    }

    #[test]
    fn nodes_of_one_site_are_2_ms_apart() {
        let home = KING.site(Node(0));
        let neighbour = (1..).map(Node).find(|node| KING.site(*node) == home);

        assert_eq!(KING.round_trip(Node(0), neighbour.unwrap()), 2_000);
    }

    #[test]
    fn a_seed_has_one_matrix() {
        assert_eq!(KING.round_trips, King::new(7).round_trips);
        assert_ne!(KING.round_trips, King::new(8).round_trips);
    }
}
