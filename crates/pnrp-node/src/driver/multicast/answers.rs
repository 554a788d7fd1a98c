//! Answers to searches that wait for their moment.

use std::{
    collections::BTreeMap,
    net::SocketAddrV6,
    time::{Duration, Instant},
};

use crate::{cloud::Rate, driver::clock};

/// Whom to answer, and when.
///
/// The nodes of a link do not answer all at once, and one node not more often than is of use: a
/// search is answered by everybody, and needs few answers.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: BTreeMap<SocketAddrV6, Instant>,
    /// When the whole allowance is there again.
    full_at: Option<Instant>,
}

impl Answers {
    /// Arranges for an answer, unless one is on its way to the same socket or too many are sent.
    pub(super) fn add(&mut self, to: SocketAddrV6, now: Instant) {
        if self.waiting.contains_key(&to) {
            return;
        }
        if let Some(full_at) = RATE.take(1, self.full_at, now) {
            self.full_at = Some(full_at);
            let delay = LONGEST_DELAY.mul_f64(clock::chance());
            self.waiting.insert(to, now + delay);
        }
    }

    /// The next one that is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<SocketAddrV6> {
        let due = self.waiting.iter().find(|(_, at)| **at <= now);
        let to = due.map(|(&to, _)| to)?;
        self.waiting.remove(&to);
        Some(to)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.values().min().copied()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// Bounds how many wait, too.
const RATE: Rate = Rate {
    per_second: 10,
    burst: 20,
};
/// Shorter than the three seconds that a search allows, for somebody waits to join.
const LONGEST_DELAY: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(port: u16) -> SocketAddrV6 {
        SocketAddrV6::new("fe80::1".parse().unwrap(), port, 0, 2)
    }

    #[test]
    fn an_answer_is_delayed_and_goes_out_once() {
        let (mut answers, now) = (Answers::default(), clock::now().instant);

        answers.add(asker(5000), now);
        answers.add(asker(5000), now);

        let at = answers.next_deadline().unwrap();
        assert!(at >= now && at <= now + LONGEST_DELAY);
        assert_eq!(answers.take(at), Some(asker(5000)));
        assert_eq!(answers.take(at + LONGEST_DELAY), None);
    }

    #[test]
    fn a_flood_of_searches_gets_twenty_answers_and_ten_more_a_second() {
        let (mut answers, now) = (Answers::default(), clock::now().instant);
        let count = |answers: &mut Answers, at| {
            (1..=1000).for_each(|port| answers.add(asker(port), at));
            std::iter::from_fn(|| answers.take(at + LONGEST_DELAY)).count()
        };

        assert_eq!(count(&mut answers, now), 20);
        assert_eq!(count(&mut answers, now + Duration::from_secs(1)), 10);
    }
}
