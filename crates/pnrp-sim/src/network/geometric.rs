//! Delays of points on a torus.

use crate::{address::Node, random::mix};

use super::whole;

/// Delays that obey the triangle inequality.
///
/// A node has a point on a torus and an access line, both by chance. The round trip of two nodes is
/// the distance of their points plus both access lines, of 2 ms to 22 ms each. Its median is 156 ms,
/// its maximum below 295 ms. Nothing is stored.
#[derive(Debug)]
pub struct Geometric {
    seed: u64,
}

impl Geometric {
    /// The points that belong to a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Microseconds from one node to the other and back.
    pub fn round_trip(&self, a: Node, b: Node) -> u64 {
        let (a, b) = (self.place(a), self.place(b));
        let (x, y) = (around(a.x, b.x), around(a.y, b.y));
        let distance = (x * x + y * y).sqrt() * ACROSS;
        whole(distance + a.access + b.access)
    }

    /// Three numbers of 21 bits from one draw, since every datagram needs those of two nodes.
    fn place(&self, node: Node) -> Place {
        let chance = mix(self.seed ^ u64::from(node.0));
        #[expect(clippy::cast_precision_loss, reason = "21 bits fit")]
        let share = |shift: u32| (chance >> shift & LAST_21) as f64 / (LAST_21 + 1) as f64;
        Place {
            x: share(0),
            y: share(21),
            access: ACCESS_MIN + ACCESS_SPREAD * share(42),
        }
    }
}

/// Where a node is, and how long its access line takes, in microseconds.
struct Place {
    x: f64,
    y: f64,
    access: f64,
}

/// The shorter way between two places on a circle of length 1.
fn around(a: f64, b: f64) -> f64 {
    let apart = (a - b).abs();
    apart.min(1.0 - apart)
}

/// Once around the torus: so that the median over all pairs is 156 ms.
const ACROSS: f64 = 331_000.0;
const ACCESS_MIN: f64 = 2_000.0;
const ACCESS_SPREAD: f64 = 20_000.0;
const LAST_21: u64 = (1 << 21) - 1;
