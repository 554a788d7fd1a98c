//! What becomes of a datagram: how long it takes, whether it arrives, and how often.
//!
//! Everything follows from the seed, the pair of nodes and the number of the datagram. No memory is
//! spent on pairs, and none on nodes unless they have an uplink of limited speed.

pub mod delay;
pub mod geometric;
pub mod king;
mod queue;
#[cfg(test)]
mod tests;
mod weather;

use std::time::Duration;

pub use delay::DelayModel;
pub use weather::{Uplink, Weather};

use crate::{
    address::Node,
    random::{Purpose, fraction, mix},
    time::{TICK, Time},
};
use delay::Delays;
use queue::Queues;

/// The paths between all nodes.
#[derive(Debug)]
pub struct Network {
    delays: Delays,
    weather: Weather,
    queues: Option<Queues>,
    partition: Option<u32>,
    /// Which pairs are deaf.
    pairs: u64,
    /// What happens to datagrams.
    chance: u64,
    drawn: u64,
}

impl Network {
    /// Paths with delays like those of the King measurements.
    pub fn new(seed: u64, weather: Weather) -> Self {
        Self::with_delays(seed, DelayModel::default(), weather)
    }

    /// Paths with delays of a model.
    pub fn with_delays(seed: u64, model: DelayModel, weather: Weather) -> Self {
        let network = mix(seed ^ mix(Purpose::Network as u64));
        Self {
            delays: Delays::new(mix(seed ^ mix(Purpose::Place as u64)), model),
            queues: weather.uplink.map(Queues::new),
            weather,
            partition: None,
            pairs: mix(network ^ 1),
            chance: mix(network ^ 2),
            drawn: 0,
        }
    }

    /// What goes wrong on the way.
    pub fn weather(&self) -> &Weather {
        &self.weather
    }

    /// Changes the weather. A changed uplink starts with empty queues.
    pub fn set_weather(&mut self, weather: Weather) {
        if weather.uplink != self.weather.uplink {
            self.queues = weather.uplink.map(Queues::new);
        }
        self.weather = weather;
    }

    /// Cuts the nodes below a number from all others, or heals the cut. What is on its way arrives.
    pub fn set_partition(&mut self, boundary: Option<u32>) {
        self.partition = boundary;
    }

    /// Whether two nodes can exchange datagrams: they are not deaf to each other and no partition is
    /// between them.
    pub fn joins(&self, a: Node, b: Node) -> bool {
        let cut = |boundary| (a.0 < boundary) != (b.0 < boundary);
        if a == b {
            return true;
        }
        if self.partition.is_some_and(cut) {
            return false;
        }
        let pair = u64::from(a.0.min(b.0)) << 32 | u64::from(a.0.max(b.0));
        fraction(mix(self.pairs ^ pair)) >= self.weather.deaf_pairs
    }

    /// From one node to the other and back, without jitter and queues.
    pub fn round_trip(&self, a: Node, b: Node) -> Duration {
        Duration::from_micros(self.delays.round_trip(a, b))
    }

    /// When a datagram with `bytes` of UDP payload arrives: never, once or twice.
    pub fn carry(&mut self, from: Node, to: Node, bytes: usize, now: Time) -> [Option<Time>; 2] {
        let waited = match &mut self.queues {
            Some(queues) => queues.send(from, bytes, now),
            None => Some(0),
        };
        let is_lost = self.chance() < self.weather.loss;
        let is_twice = self.chance() < self.weather.duplication;
        let Some(waited) = waited else {
            return [None, None];
        };
        if is_lost || !self.joins(from, to) {
            return [None, None];
        }
        let first = self.arrival(from, to, waited, now);
        let second = is_twice.then(|| self.arrival(from, to, waited, now));
        [Some(first), second]
    }

    fn arrival(&mut self, from: Node, to: Node, waited: u64, now: Time) -> Time {
        let one_way = self.delays.round_trip(from, to) / 2;
        let stretch = 1.0 + self.weather.jitter * (2.0 * self.chance() - 1.0);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53 microseconds")]
        let takes = whole(one_way as f64 * stretch) + waited;
        Time(now.0 + takes.div_ceil(TICK_MICROSECONDS))
    }

    fn chance(&mut self) -> f64 {
        self.drawn += 1;
        fraction(mix(self.chance ^ self.drawn))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a tick is 250 us")]
const TICK_MICROSECONDS: u64 = TICK.as_micros() as u64;

/// The whole part of a number that is neither negative nor large.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "delays are neither negative nor anywhere near 2^63"
)]
fn whole(value: f64) -> u64 {
    value as u64
}
