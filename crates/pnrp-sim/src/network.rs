//! What becomes of a datagram.

use std::time::Duration;

use crate::{
    address::Node,
    random::{fraction, mix},
    time::Time,
};

/// What the network does to datagrams.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// Share of datagrams lost.
    pub loss: f64,
    /// Share delivered twice.
    pub duplication: f64,
    /// Share of pairs that cannot exchange any.
    pub deaf_pairs: f64,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            loss: 0.01,
            duplication: 0.0,
            deaf_pairs: 0.05,
        }
    }
}

/// The paths between all nodes.
#[derive(Debug)]
pub struct Network {
    seed: u64,
    weather: Weather,
    drawn: u64,
}

impl Network {
    /// A network without nodes.
    pub fn new(seed: u64, weather: Weather) -> Self {
        Self {
            seed,
            weather,
            drawn: 0,
        }
    }

    /// Whether two nodes can exchange datagrams.
    pub fn joins(&self, a: Node, b: Node) -> bool {
        let pair = u64::from(a.0.min(b.0)) << 32 | u64::from(a.0.max(b.0));
        fraction(mix(mix(self.seed ^ 1) ^ pair)) >= self.weather.deaf_pairs
    }

    /// From one node to the other and back.
    pub fn round_trip(&self, a: Node, b: Node) -> Duration {
        let pair = u64::from(a.0.min(b.0)) << 32 | u64::from(a.0.max(b.0));
        let u = fraction(mix(mix(self.seed ^ 2) ^ pair));
        Duration::from_secs_f64(0.02 + 0.272 * u)
    }

    /// When a datagram arrives: never, once or twice.
    pub fn carry(&mut self, from: Node, to: Node, _bytes: usize, now: Time) -> [Option<Time>; 2] {
        let mut chance = || {
            self.drawn += 1;
            fraction(mix(mix(self.seed ^ 3) ^ self.drawn))
        };
        let is_lost = chance() < self.weather.loss;
        let is_twice = chance() < self.weather.duplication;
        if is_lost || !self.joins(from, to) {
            return [None, None];
        }
        let at = now + self.round_trip(from, to) / 2;
        [Some(at), is_twice.then_some(at)]
    }
}
