//! Counters of one cloud.

use std::{borrow::Borrow, ops::Index};

use pnrp_wire::MessageType;

use super::{Discard, SplitEvidence};

/// What a cloud has sent, received and dropped since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Datagrams received and understood, by type.
    pub received: CountsByType,
    /// Datagrams sent, by type, repeats included.
    pub sent: CountsByType,
    /// Datagrams sent again for want of an acknowledgment.
    pub retransmitted: u64,
    /// Messages given up for want of an acknowledgment.
    pub unanswered: u64,
    /// Resolves that applications have started.
    pub resolves_started: u64,
    /// Of those that have ended, how many found a publisher.
    pub resolves_succeeded: u64,
    /// Of those that have ended, how many found none.
    pub resolves_failed: u64,
    /// LOOKUPs of applications that were answered.
    pub hops: u64,
    /// Route entries admitted to the cache, renewals included.
    pub routes_admitted: u64,
    /// Route entries taken out of the cache because they were denied, revoked or silent.
    pub routes_forgotten: u64,
    /// Entries that joined a leaf set.
    pub leaves_joined: u64,
    /// Sources asked to prove their address.
    pub challenged: u64,
    /// Tests for a split, by what they found.
    pub split_tests: Counts<SplitEvidence>,
    /// Bytes of UDP payload received, dropped datagrams included.
    pub bytes_received: u64,
    /// Bytes of UDP payload sent.
    pub bytes_sent: u64,
    /// What was dropped, by [`Discard::name`].
    pub discarded: Counts<&'static str>,
}

impl Stats {
    pub(crate) fn count_received(&mut self, kind: MessageType) {
        self.received.count(kind);
    }

    pub(crate) fn count_sent(&mut self, kind: MessageType, bytes: usize) {
        self.sent.count(kind);
        self.bytes_sent += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    pub(crate) fn count_split_test(&mut self, evidence: SplitEvidence) {
        self.split_tests.count(evidence);
    }

    pub(crate) fn count_discard(&mut self, discard: &Discard) {
        self.discarded.count(discard.name());
    }

    /// All counters as name and value, in a fixed order.
    pub fn counters(&self) -> Vec<(String, u64)> {
        let by_type = |prefix: &str, counts: &CountsByType| {
            counts
                .iter()
                .map(|(kind, count)| (format!("{prefix}_{}", kind.name()), count))
                .collect::<Vec<_>>()
        };
        let mut counters = by_type("received", &self.received);
        counters.extend(by_type("sent", &self.sent));
        counters.extend([
            ("retransmitted".to_owned(), self.retransmitted),
            ("unanswered".to_owned(), self.unanswered),
            ("resolves_started".to_owned(), self.resolves_started),
            ("resolves_succeeded".to_owned(), self.resolves_succeeded),
            ("resolves_failed".to_owned(), self.resolves_failed),
            ("hops".to_owned(), self.hops),
            ("routes_admitted".to_owned(), self.routes_admitted),
            ("routes_forgotten".to_owned(), self.routes_forgotten),
            ("leaves_joined".to_owned(), self.leaves_joined),
            ("challenged".to_owned(), self.challenged),
            ("bytes_received".to_owned(), self.bytes_received),
            ("bytes_sent".to_owned(), self.bytes_sent),
        ]);
        counters.extend(
            self.split_tests
                .iter()
                .map(|(evidence, count)| (format!("split_tests_{}", evidence.name()), count)),
        );
        counters.extend(
            self.discarded
                .iter()
                .map(|(name, count)| (format!("discarded_{name}"), count)),
        );
        counters
    }
}

/// Numbers of messages by type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountsByType([u64; MessageType::ALL.len()]);

impl CountsByType {
    /// Every type that was counted, and how often, in the order of the codes.
    pub fn iter(&self) -> impl Iterator<Item = (MessageType, u64)> {
        let all = MessageType::ALL.into_iter().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn count(&mut self, kind: MessageType) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }
}

impl Index<&MessageType> for CountsByType {
    type Output = u64;

    /// How often a type was counted.
    fn index(&self, kind: &MessageType) -> &u64 {
        self.0.get(*kind as usize).unwrap_or(&0)
    }
}

/// Numbers by what they count, of which few are counted at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts<K> {
    /// In the order of the keys.
    entries: Vec<(K, u64)>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<K: Copy + Ord> Counts<K> {
    /// What was counted, and how often, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, u64)> {
        self.entries.iter().copied()
    }

    /// How often something was counted; `None` if never.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&u64>
    where
        K: Borrow<Q>,
    {
        let place = self
            .entries
            .binary_search_by(|(known, _)| known.borrow().cmp(key));
        let (_, count) = self.entries.get(place.ok()?)?;
        Some(count)
    }

    fn count(&mut self, key: K) {
        match self.entries.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(place) => {
                if let Some((_, count)) = self.entries.get_mut(place) {
                    *count += 1;
                }
            }
            Err(place) => {
                self.entries.reserve_exact(1);
                self.entries.insert(place, (key, 1));
            }
        }
    }
}

impl<K: Copy + Ord + Borrow<Q>, Q: Ord + ?Sized> Index<&Q> for Counts<K> {
    type Output = u64;

    /// How often something was counted.
    fn index(&self, key: &Q) -> &u64 {
        self.get(key).unwrap_or(&0)
    }
}
