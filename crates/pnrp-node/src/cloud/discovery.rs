//! Finding other nodes, and talking them into sharing what they know.
//! MS-PNRP §3.1.4.2, §3.1.4.3, §3.1.5.1.
//!
//! Discovery goes round in three modes, one step a round: nodes known out of band, an SSDP search,
//! one seed server. A cloud opens with a step and takes one at each maintenance while it knows
//! nobody. Whoever registers or resolves something does not wait for that: a use of a cloud that
//! knows nobody starts a turn, which goes on to the next mode after a short wait.
//! docs/decisions/0017-discovery.md

use std::{
    collections::{BTreeMap, VecDeque},
    net::Ipv6Addr,
    time::Instant,
};

use pnrp_wire::{Body, Endpoint, Nonce, Solicit, limits::LAST_RESERVED_PORT};

use super::{Cloud, Discard, DiscoveryRequest, Event, Now, Seed, pending::Purpose, seeds};
use crate::ssdp;

/// How a cloud looks for other nodes next: CloudDiscoveryMode of MS-PNRP §3.1.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiscoveryMode {
    /// At nodes known by other means.
    #[default]
    LocalOob,
    /// By a multicast search.
    Ssdp,
    /// At a seed server.
    SeedServer,
}

/// How far discovery has come.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    mode: DiscoveryMode,
    /// CurrentSeedServerAddressIndex.
    seed_index: usize,
    /// SSDPResponseRequestIdentifier, from the first search on.
    search_target: Option<&'static str>,
    /// Where the seeds with names are, since that was last asked.
    seed_addresses: BTreeMap<String, Vec<Ipv6Addr>>,
    /// Whom answers to the search led to; CloudDiscoverySSDPTargetCount is their number.
    targets: Vec<Endpoint>,
    /// The addresses of seeds were asked for, and have not come.
    awaits_seeds: bool,
    /// Until when an answer to a search or the addresses of seeds are waited for.
    answers_until: Option<Instant>,
    turn: Option<Turn>,
}

/// Steps that follow one after the other, because somebody waits.
#[derive(Clone, Copy, Debug)]
struct Turn {
    next_at: Instant,
    steps_left: u32,
}

impl Discovery {
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let turn = self.turn.map(|turn| turn.next_at);
        turn.into_iter().chain(self.answers_until).min()
    }
}

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
    /// How the cloud looks for other nodes next.
    pub fn discovery_mode(&self) -> DiscoveryMode {
        self.discovery.mode
    }

    /// Looks for other nodes: one step while none is known. MS-PNRP §3.1.4.2, §3.1.6.2.
    ///
    /// Nodes known out of band are asked whatever the mode: they are those that MS-PNRP §3.2.6.2
    /// has a node with an empty cache synchronize with.
    pub(crate) fn discover(&mut self, now: Now) {
        let has_peers = self.greet_known(now);
        let is_due = self.is_used && self.discovery.turn.is_none();
        if is_due && self.cache.is_empty() && self.local.first().is_some() {
            self.take_step(has_peers, now);
        }
    }

    /// Looks for other nodes on behalf of somebody who waits: in one mode after the other.
    ///
    /// Returns whether there is anybody to wait for.
    pub(crate) fn discover_for_use(&mut self, now: Now) -> bool {
        let is_under_way = self.is_synchronizing();
        let has_peers = self.greet_known(now);
        if self.discovery.turn.is_none() {
            if !is_under_way {
                self.take_step(has_peers, now);
            }
            self.discovery.turn = Some(Turn {
                next_at: now.instant + self.config.timers.discovery_step,
                steps_left: MORE_STEPS,
            });
        }
        self.is_synchronizing()
    }

    pub(crate) fn stop_discovery(&mut self) {
        self.discover_at = None;
        self.discovery = Discovery::default();
    }

    /// Goes on to the next mode when the turn is at it, and stops to wait for late answers.
    pub(crate) fn expire_discovery(&mut self, now: Now) {
        if self.discover_at.is_some_and(|at| at <= now.instant) {
            self.greet_known(now);
        }
        let discovery = &mut self.discovery;
        discovery
            .answers_until
            .take_if(|until| *until <= now.instant);
        let Some(turn) = discovery.turn.take_if(|turn| turn.next_at <= now.instant) else {
            return;
        };
        if !self.cache.is_empty() || self.local.first().is_none() {
            return;
        }
        let has_peers = self.discovery.mode == DiscoveryMode::LocalOob && self.greet_known(now);
        self.take_step(has_peers, now);
        self.discovery.turn = (turn.steps_left > 1).then(|| Turn {
            next_at: now.instant + self.config.timers.discovery_step,
            steps_left: turn.steps_left - 1,
        });
    }

    /// Opens a conversation with every node known out of band; returns whether there is any.
    /// MS-PNRP §3.1.4.2.
    fn greet_known(&mut self, now: Now) -> bool {
        self.discover_at = None;
        let given = self.config.peers.iter().copied();
        let saved = self.config.sources.saved_peers.iter().copied();
        // Nodes of an earlier run are no reason to start.
        let saved = saved.take(if self.is_used { SAVED_PEERS } else { 0 });
        let peers: Vec<_> = given.chain(self.former_peers.iter()).chain(saved).collect();
        for &peer in &peers {
            self.start_conversation(peer, now);
        }
        if self.cache.is_empty() {
            self.look_for_all_lost(now);
        }
        !peers.is_empty()
    }

    /// One round. The nodes known out of band have been asked by now. MS-PNRP §3.1.4.2.
    ///
    /// A mode that has nobody to wait for does not end the round.
    fn take_step(&mut self, has_peers: bool, now: Now) {
        if self.discovery.mode == DiscoveryMode::LocalOob {
            self.discovery.mode = DiscoveryMode::Ssdp;
            if has_peers {
                return;
            }
        }
        if self.discovery.mode == DiscoveryMode::Ssdp {
            self.discovery.mode = DiscoveryMode::SeedServer;
            self.search_by_multicast(now);
            if self.config.sources.has_ssdp {
                return;
            }
        }
        self.ask_a_seed(now);
    }

    /// MS-PNRP §3.1.4.2.2.
    fn search_by_multicast(&mut self, now: Now) {
        let target = ssdp::search_target(self.config.scope);
        self.discovery.targets.clear();
        self.discovery.search_target = Some(target);
        if self.config.sources.has_ssdp {
            self.request(DiscoveryRequest::Search { target }, now);
        }
    }

    /// MS-PNRP §3.1.4.2.1.
    fn ask_a_seed(&mut self, now: Now) {
        let seeds = self.config.seeds();
        let mut names: Vec<String> = seeds
            .iter()
            .filter_map(|seed| match seed {
                Seed::Name(name, _) => Some(name.clone()),
                Seed::Address(_) => None,
            })
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return self.solicit_seed(now);
        }
        let is_asked = self.discovery.awaits_seeds && self.discovery.answers_until.is_some();
        if !is_asked {
            self.discovery.awaits_seeds = true;
            self.request(DiscoveryRequest::SeedAddresses { names }, now);
        }
    }

    fn request(&mut self, request: DiscoveryRequest, now: Now) {
        self.discovery.answers_until = Some(now.instant + self.config.timers.discovery_wait);
        self.events.push_back(Event::Discover(request));
    }

    /// Takes the addresses of the names in [`DiscoveryRequest::SeedAddresses`], all in one call; a
    /// name that has none may be left out. Addresses that were not asked for have no effect.
    /// MS-PNRP §3.1.4.2.1.
    pub fn handle_seed_addresses(&mut self, addresses: &BTreeMap<String, Vec<Ipv6Addr>>, now: Now) {
        if std::mem::take(&mut self.discovery.awaits_seeds) {
            self.discovery.answers_until = None;
            self.discovery.seed_addresses.clone_from(addresses);
            self.solicit_seed(now);
        }
    }

    fn solicit_seed(&mut self, now: Now) {
        self.discovery.mode = DiscoveryMode::LocalOob;
        if let Some(seed) = self.next_seed() {
            self.start_conversation(seed, now);
        }
    }

    /// The seed whose turn it is, of those whose address is known. MS-PNRP §3.1.4.2.1.
    ///
    /// The index is behind the list when it equals the length.
    pub(crate) fn next_seed(&mut self) -> Option<Endpoint> {
        let order = self.config.sources.seed_order;
        let addresses = &self.discovery.seed_addresses;
        let list = seeds::in_order(&self.config.seeds(), order, addresses, &self.local);
        if self.discovery.seed_index >= list.len() {
            self.discovery.seed_index = 0;
        }
        let seed = list.get(self.discovery.seed_index).copied()?;
        self.discovery.seed_index += 1;
        Some(seed)
    }

    /// Takes an SSDP response, and synchronizes with the node that it names; a bad one is dropped
    /// and counted. MS-PNRP §3.1.5.1.
    ///
    /// Whoever drives the cloud passes what arrives on an interface to the clouds of that
    /// interface: link-local clouds share a search target.
    pub fn handle_ssdp_response(&mut self, response: &[u8], now: Now) {
        if let Err(discard) = self.on_ssdp_response(response, now) {
            tracing::trace!(%discard, "discarded");
            self.discard(&discard);
        }
    }

    fn on_ssdp_response(&mut self, response: &[u8], now: Now) -> Result<(), Discard> {
        let response = ssdp::Response::parse(response)?;
        if self.discovery.search_target != Some(response.target.as_str()) {
            return Err(Discard::ForeignSearch);
        }
        let target = response.endpoint()?;
        let is_node = target.port > LAST_RESERVED_PORT && self.local.is_usable(&target.address);
        if !is_node || self.local.contains(&target) {
            return Err(Discard::UnusableTarget);
        }
        // A search is sent and answered more than once.
        if self.discovery.targets.contains(&target) {
            return Err(Discard::RepeatedTarget);
        }
        if self.discovery.targets.len() >= MAX_TARGETS {
            return Err(Discard::EnoughTargets);
        }
        self.discovery.targets.push(target);
        self.start_conversation(target, now);
        Ok(())
    }

    /// A peer has nothing to advertise yet. While a resolve waits it is asked again soon, for it
    /// may be about to learn of somebody.
    pub(crate) fn discover_soon(&mut self, now: Now) {
        if self.cache.is_empty() && self.resolves.is_anyone_waiting() {
            self.discover_at = Some(now.instant + self.config.timers.discovery_again);
        }
    }

    pub(crate) fn is_synchronizing(&self) -> bool {
        !self.outgoing.is_empty()
            || self.admissions.len() > 0
            || self.discovery.answers_until.is_some()
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

/// Nodes of an earlier run that are asked. MS-PNRP §3.1.4.2, product note 2.
pub(crate) const SAVED_PEERS: usize = 10;

/// Answers to one search that are followed. MS-PNRP §3.1.5.1.
const MAX_TARGETS: usize = 5;

/// Steps of a turn after the first: the other two modes.
const MORE_STEPS: u32 = 2;
