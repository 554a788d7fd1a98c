//! How long peers take to answer, and when one is overdue.
//!
//! The estimate of RFC 6298: a smoothed mean and a smoothed deviation, and four deviations above
//! the mean a peer counts as overdue. MS-PNRP §3.1.2 says that the wait SHOULD be a second, which
//! is what a peer without a sample gets, and the most that any gets.

use std::time::Duration;

use pnrp_wire::Endpoint;

use super::compact::CompactMap;

/// Round trips by peer.
#[derive(Debug)]
pub(crate) struct RoundTrips {
    peers: CompactMap<Endpoint, Estimate>,
    /// Samples taken so far.
    samples: u32,
    capacity: usize,
}

#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: Micros,
    deviation: Micros,
    /// How many samples of any peer came before the last of this one.
    sampled: u32,
}

/// A time of up to 71 minutes, in a quarter of the bytes of a `Duration`.
#[derive(Clone, Copy, Debug)]
struct Micros(u32);

impl From<Duration> for Micros {
    fn from(time: Duration) -> Self {
        Self(u32::try_from(time.as_micros()).unwrap_or(u32::MAX))
    }
}

impl From<Micros> for Duration {
    fn from(Micros(time): Micros) -> Self {
        Self::from_micros(time.into())
    }
}

impl RoundTrips {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            peers: CompactMap::default(),
            samples: 0,
            capacity,
        }
    }

    /// Takes the time of one answer to a message that was sent once.
    pub(crate) fn note(&mut self, peer: Endpoint, sample: Duration) {
        self.samples = self.samples.wrapping_add(1);
        if !self.peers.contains_key(&peer) && self.peers.len() >= self.capacity {
            let oldest = self.peers.iter().min_by_key(|(_, known)| known.sampled);
            let oldest = oldest.map(|(peer, _)| *peer);
            oldest.and_then(|oldest| self.peers.remove(&oldest));
        }
        let estimate = match self.peers.get(&peer) {
            Some(known) => known.updated(sample, self.samples),
            None => Estimate {
                mean: sample.into(),
                deviation: (sample / 2).into(),
                sampled: self.samples,
            },
        };
        if self.capacity > 0 {
            self.peers.insert(peer, estimate);
        }
    }

    /// When an answer of a peer is overdue, counted from the question; `longest` at the most, and
    /// where nothing is known.
    pub(crate) fn overdue_after(&self, peer: &Endpoint, longest: Duration) -> Duration {
        match self.peers.get(peer) {
            Some(known) => (Duration::from(known.mean) + 4 * Duration::from(known.deviation))
                .max(SHORTEST)
                .min(longest),
            None => longest,
        }
    }
}

impl Estimate {
    fn updated(&self, sample: Duration, sampled: u32) -> Self {
        let (mean, deviation) = (Duration::from(self.mean), Duration::from(self.deviation));
        let error = mean.abs_diff(sample);
        Self {
            mean: ((7 * mean + sample) / 8).into(),
            deviation: ((3 * deviation + error) / 4).into(),
            sampled,
        }
    }
}

/// However near a peer is, it may be busy for a moment.
const SHORTEST: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(1);

    fn peer(number: u16) -> Endpoint {
        Endpoint {
            address: Ipv6Addr::LOCALHOST,
            port: 3540 + number,
        }
    }

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn a_peer_without_a_sample_gets_a_second() {
        let trips = RoundTrips::new(4);

        assert_eq!(trips.overdue_after(&peer(0), LONGEST), LONGEST);
    }

    /// RFC 6298 §2.2 and §2.3, worked by hand: 100 ms gives 100 + 4 x 50; then 140 ms gives a mean
    /// of 105, a deviation of 47.5.
    #[test]
    fn the_estimate_is_mean_and_four_deviations() {
        let mut trips = RoundTrips::new(4);

        trips.note(peer(0), ms(100));
        assert_eq!(trips.overdue_after(&peer(0), LONGEST), ms(300));
        trips.note(peer(0), ms(140));
        assert_eq!(trips.overdue_after(&peer(0), LONGEST), ms(295));
    }

    #[test]
    fn the_wait_is_from_50_ms_to_a_second() {
        let mut trips = RoundTrips::new(4);

        trips.note(peer(0), ms(1));
        trips.note(peer(1), ms(800));

        assert_eq!(trips.overdue_after(&peer(0), LONGEST), ms(50));
        assert_eq!(trips.overdue_after(&peer(1), LONGEST), LONGEST);
    }

    #[test]
    fn the_peer_sampled_longest_ago_makes_room() {
        let mut trips = RoundTrips::new(2);
        for number in [0, 1, 0, 2] {
            trips.note(peer(number), ms(100));
        }

        let known = |number| trips.overdue_after(&peer(number), LONGEST) < LONGEST;
        assert_eq!([known(0), known(1), known(2)], [true, false, true]);
    }
}
