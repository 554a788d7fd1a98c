//! Finding other nodes, and talking them into sharing what they know.
//! MS-PNRP §3.1.4.2, §3.1.4.3.

use std::collections::VecDeque;

use pnrp_wire::{Body, Endpoint, Nonce, Solicit};

use super::{Cloud, Now, pending::Purpose};

/// Nodes that have spoken to this one, the latest last.
///
/// A node whose cache is empty can turn to them: whoever wanted to synchronize is likely to be
/// there still, and has made friends since.
#[derive(Debug)]
pub(crate) struct FormerPeers {
    endpoints: VecDeque<Endpoint>,
    capacity: usize,
}

impl FormerPeers {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            endpoints: VecDeque::new(),
            capacity,
        }
    }

    pub(crate) fn note(&mut self, endpoint: Endpoint) {
        self.endpoints.retain(|known| *known != endpoint);
        self.endpoints.push_back(endpoint);
        if self.endpoints.len() > self.capacity {
            self.endpoints.pop_front();
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Endpoint> + '_ {
        self.endpoints.iter().copied()
    }
}

impl Cloud {
    /// Opens a conversation with every node known from elsewhere. MS-PNRP §3.1.4.2.
    ///
    /// Returns whether there is anybody to wait for.
    pub(crate) fn discover(&mut self, now: Now) -> bool {
        self.discover_at = None;
        let peers: Vec<_> = self
            .config
            .peers
            .iter()
            .copied()
            .chain(self.former_peers.iter())
            .collect();
        for peer in peers {
            self.start_conversation(peer, now);
        }
        self.is_synchronizing()
    }

    /// A peer has nothing to advertise yet. While a resolve waits it is asked again soon, for it
    /// may be about to learn of somebody.
    pub(crate) fn discover_soon(&mut self, now: Now) {
        if self.cache.is_empty() && self.resolves.is_anyone_waiting() {
            self.discover_at = Some(now.instant + self.config.timers.discovery_again);
        }
    }

    pub(crate) fn is_synchronizing(&self) -> bool {
        !self.outgoing.is_empty() || self.admissions.len() > 0
    }

    /// Opens a synchronization conversation. MS-PNRP §3.1.4.3.
    pub(crate) fn start_conversation(&mut self, peer: Endpoint, now: Now) {
        if self.local.contains(&peer)
            || !self.local.is_usable(&peer.address)
            || !self.outgoing.has_room_for(&peer)
        {
            return;
        }
        let Some(from) = self.local.source_for(&peer) else {
            return;
        };
        let nonce: Nonce = self.random_nonce();
        let route = self
            .registrations
            .iter()
            .next()
            .and_then(|(_, local)| self.own_route(local.pnrp_id));
        let solicit = Body::Solicit(Solicit {
            solicit_type: None,
            route,
            hashed_nonce: nonce.hashed(),
        });
        if let Some(id) = self.send_pended(Purpose::Solicit, (from, peer), solicit, now) {
            self.outgoing.open(id, nonce, peer);
        }
    }
}
