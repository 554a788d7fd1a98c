//! Counters of one cloud.

use std::collections::BTreeMap;

use pnrp_wire::MessageType;

use super::{Discard, SplitEvidence};

/// What a cloud has sent, received and dropped since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Datagrams received and understood, by type.
    pub received: BTreeMap<MessageType, u64>,
    /// Datagrams sent, by type, repeats included.
    pub sent: BTreeMap<MessageType, u64>,
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
    pub split_tests: BTreeMap<SplitEvidence, u64>,
    /// Bytes of UDP payload received, dropped datagrams included.
    pub bytes_received: u64,
    /// Bytes of UDP payload sent.
    pub bytes_sent: u64,
    /// What was dropped, by [`Discard::name`].
    pub discarded: BTreeMap<&'static str, u64>,
}

impl Stats {
    pub(crate) fn count_received(&mut self, kind: MessageType) {
        *self.received.entry(kind).or_default() += 1;
    }

    pub(crate) fn count_sent(&mut self, kind: MessageType, bytes: usize) {
        *self.sent.entry(kind).or_default() += 1;
        self.bytes_sent += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    pub(crate) fn count_split_test(&mut self, evidence: SplitEvidence) {
        *self.split_tests.entry(evidence).or_default() += 1;
    }

    pub(crate) fn count_discard(&mut self, discard: &Discard) {
        *self.discarded.entry(discard.name()).or_default() += 1;
    }

    /// All counters as name and value, in a fixed order.
    pub fn counters(&self) -> Vec<(String, u64)> {
        let by_type = |prefix: &str, counts: &BTreeMap<MessageType, u64>| {
            counts
                .iter()
                .map(|(kind, count)| (format!("{prefix}_{}", kind.name()), *count))
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
                .map(|(evidence, count)| (format!("split_tests_{}", evidence.name()), *count)),
        );
        counters.extend(
            self.discarded
                .iter()
                .map(|(name, count)| (format!("discarded_{name}"), *count)),
        );
        counters
    }
}
