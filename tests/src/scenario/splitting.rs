//! Tests for a split, from the first LOOKUP to the conclusion.

use std::time::Duration;

use pnrp_node::cloud::{Event, SplitEvidence};
use pnrp_wire::{Body, Endpoint, Lookup, PnrpId, Reason};

use super::{Peer, Scenario, Sent, config, endpoint, registration};

/// The number of the node that was given to synchronize with, and has not been heard of.
pub const SEED: u16 = 90;
/// Periods after which a test counts as never made: a node of eleven makes one in eleven periods.
const PATIENCE: u32 = 400;

impl Scenario {
    /// A cloud that has one ID with leaves, [`Self::amid_leaves`], and a seed that is silent.
    pub fn amid_leaves_with_seed() -> (Self, PnrpId) {
        let mut scenario = Self::with(config().with_peers(vec![endpoint(SEED)]));
        let (_, id) = scenario.register(registration());
        scenario.introduce_leaves(id);
        (scenario, id)
    }

    /// Lets time pass, with all peers answering, until the cloud tests for a split.
    pub fn await_split_test(&mut self) -> (Sent, Lookup) {
        for _ in 0..PATIENCE {
            for sent in self.served(Duration::from_secs(1)) {
                if let Some(lookup) = sent.split_lookup() {
                    return (sent, lookup);
                }
            }
        }
        panic!("no test for a split");
    }

    /// Lets time pass, a second at a time, with all peers answering; returns what was sent.
    pub fn served(&mut self, span: Duration) -> Vec<Sent> {
        let mut log = Vec::new();
        for _ in 0..span.as_secs() {
            self.advance(Duration::from_secs(1));
            log.extend(self.serve());
        }
        log
    }

    /// The seed names a node, which proves itself and knows nobody closer; returns what was sent.
    pub fn finish_split_test(&mut self, first: &Sent, best: &Peer) -> Vec<Sent> {
        self.refer(first, best);
        let mut log = Vec::new();
        loop {
            let sent = self.take_all();
            if sent.is_empty() {
                return log;
            }
            for message in &sent {
                let is_new_test = message.split_lookup().is_some_and(|lookup| {
                    first
                        .split_lookup()
                        .is_none_or(|of| of.target != lookup.target)
                });
                if !is_new_test {
                    let peer = self.whoever_is_at(message.to, best);
                    self.answer_as(&peer, message);
                }
            }
            log.extend(sent);
        }
    }

    fn whoever_is_at(&self, endpoint: Endpoint, best: &Peer) -> Peer {
        let mut known = [best].into_iter().chain(&self.peers);
        let known = known.find(|peer| peer.endpoint == endpoint).cloned();
        known.unwrap_or_else(|| Peer::at(endpoint))
    }

    /// What the tests found so far.
    pub fn split_evidence(&self) -> Vec<SplitEvidence> {
        let evidence = self.events().iter().filter_map(|event| {
            let Event::SplitTested { evidence } = event else {
                return None;
            };
            Some(*evidence)
        });
        evidence.collect()
    }
}

impl Sent {
    /// The LOOKUP of a test for a split that has just begun.
    pub fn split_lookup(&self) -> Option<Lookup> {
        let Body::Lookup(lookup) = &self.message.body else {
            return None;
        };
        let begins = lookup.reason == Reason::SplitDetection && lookup.validate.is_zero();
        begins.then(|| lookup.clone())
    }
}

impl Peer {
    /// A node that has no ID to speak of.
    fn at(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            ..Self::anywhere(PnrpId::ZERO, SEED)
        }
    }
}
