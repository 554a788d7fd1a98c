//! How long peers take to answer, and when one is overdue.
//!
//! The estimate of RFC 6298: a smoothed mean and a smoothed deviation, and four deviations above
//! the mean a peer counts as overdue. MS-PNRP §3.1.2 says that the wait SHOULD be a second, which
//! is the most that any gets.
//!
//! Here is kept, too, how often an answer took a repetition: where datagrams are lost, two
//! transmissions are too few. docs/decisions/0014-adaptive-timers.md

use std::time::Duration;

use pnrp_wire::Endpoint;

use super::compact::CompactMap;

/// Round trips by peer.
#[derive(Debug)]
pub(crate) struct RoundTrips {
    peers: CompactMap<Endpoint, Estimate>,
    /// Of all peers together.
    overall: Option<Estimate>,
    /// The share of answers, smoothed, that came only after a repetition.
    repeated: f32,
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
            overall: None,
            repeated: 0.0,
            samples: 0,
            capacity,
        }
    }

    /// Takes an answer to a message that was sent more than once, whose time says nothing.
    pub(crate) fn note_repeated(&mut self) {
        self.repeated += (1.0 - self.repeated) * SHARE_OF_ONE;
    }

    /// Takes the time of one answer to a message that was sent once.
    pub(crate) fn note(&mut self, peer: Endpoint, sample: Duration) {
        self.repeated -= self.repeated * SHARE_OF_ONE;
        self.samples = self.samples.wrapping_add(1);
        self.overall = Some(Estimate::next(self.overall.as_ref(), sample, self.samples));
        if !self.peers.contains_key(&peer) && self.peers.len() >= self.capacity {
            let oldest = self.peers.iter().min_by_key(|(_, known)| known.sampled);
            let oldest = oldest.map(|(peer, _)| *peer);
            oldest.and_then(|oldest| self.peers.remove(&oldest));
        }
        let estimate = Estimate::next(self.peers.get(&peer), sample, self.samples);
        if self.capacity > 0 {
            self.peers.insert(peer, estimate);
        }
    }

    /// When an answer of a peer is overdue, counted from the question; `longest` at the most, and
    /// where nothing is known. A peer without a sample of its own is taken to be as far away as all
    /// others are.
    pub(crate) fn overdue_after(&self, peer: &Endpoint, longest: Duration) -> Duration {
        self.expected(peer, OVERDUE, longest)
    }

    /// When somebody else is asked beside a peer that has not answered: a little sooner, for that
    /// costs no more than one LOOKUP, and the peer may still answer.
    pub(crate) fn hedged_after(&self, peer: &Endpoint, longest: Duration) -> Duration {
        self.expected(peer, HEDGED, longest)
    }

    fn expected(&self, peer: &Endpoint, deviations: u32, longest: Duration) -> Duration {
        let expected = match (self.peers.get(peer), &self.overall) {
            (Some(known), _) => known.after(deviations),
            (None, Some(others)) => others.after(deviations).max(SHORTEST_UNKNOWN),
            (None, None) => longest,
        };
        expected.min(longest)
    }

    /// How often a message may be sent beyond what is usual: once more for each twelfth of the answers
    /// that took a repetition.
    pub(crate) fn more_transmissions(&self) -> u32 {
        let thresholds = (1..=MORE_TRANSMISSIONS).map(|count| f32::from(count) / 12.0);
        let passed = thresholds.filter(|threshold| self.repeated >= *threshold);
        u32::try_from(passed.count()).unwrap_or_default()
    }
}

impl Estimate {
    fn next(before: Option<&Self>, sample: Duration, sampled: u32) -> Self {
        let first = || Self {
            mean: sample.into(),
            deviation: (sample / 2).into(),
            sampled,
        };
        before.map_or_else(first, |before| before.updated(sample, sampled))
    }

    /// The mean and so many deviations.
    fn after(&self, deviations: u32) -> Duration {
        let (mean, deviation) = (Duration::from(self.mean), Duration::from(self.deviation));
        (mean + deviations * deviation).max(SHORTEST)
    }

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

/// Deviations above the mean at which a message is sent again: RFC 6298.
const OVERDUE: u32 = 4;
/// Deviations above the mean at which somebody else is asked too. After one sample that is two round
/// trips.
const HEDGED: u32 = 2;
/// However near a peer is, it may be busy for a moment.
const SHORTEST: Duration = Duration::from_millis(50);
/// The same where only others of the link are known.
const SHORTEST_UNKNOWN: Duration = Duration::from_millis(250);
/// What one answer counts in the share of those that took a repetition.
const SHARE_OF_ONE: f32 = 1.0 / 16.0;
/// However many datagrams are lost.
const MORE_TRANSMISSIONS: u8 = 4;

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
            trips.note(peer(number), ms(1));
        }

        let known = |number| trips.overdue_after(&peer(number), LONGEST) < SHORTEST_UNKNOWN;
        assert_eq!([known(0), known(1), known(2)], [true, false, true]);
    }

    #[test]
    fn a_peer_without_a_sample_is_as_near_as_the_others() {
        let mut trips = RoundTrips::new(4);
        trips.note(peer(2), ms(5));
        assert_eq!(trips.overdue_after(&peer(1), LONGEST), SHORTEST_UNKNOWN);

        (0..100).for_each(|_| trips.note(peer(2), ms(400)));
        let unknown = trips.overdue_after(&peer(1), LONGEST);
        assert!(unknown >= ms(400), "{unknown:?}");
    }

    #[test]
    fn messages_are_sent_more_often_where_answers_take_repetitions() {
        let mut trips = RoundTrips::new(4);
        let sample = Duration::from_millis(5);
        trips.note_repeated();
        assert_eq!(trips.more_transmissions(), 0);

        // A third, as where three in ten datagrams are lost.
        for _ in 0..100 {
            trips.note(peer(1), sample);
            trips.note(peer(1), sample);
            trips.note_repeated();
        }
        assert!(trips.more_transmissions() >= 3);

        (0..100).for_each(|_| trips.note(peer(1), sample));
        assert_eq!(trips.more_transmissions(), 0);
    }
}
