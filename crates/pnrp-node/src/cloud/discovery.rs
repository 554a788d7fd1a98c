//! Finding other nodes, and talking them into sharing what they know.
//! MS-PNRP §3.1.4.2, §3.1.4.3.
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

use pnrp_wire::{Body, Endpoint, Nonce, Solicit};
use rand::RngExt;

use super::{Cloud, DiscoveryRequest, Event, Now, Seed, pending::Purpose, seeds};

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
    pub(super) search_target: Option<&'static str>,
    /// Where the seeds with names are, since that was last asked.
    seed_addresses: BTreeMap<String, Vec<Ipv6Addr>>,
    /// Whom answers to the search led to; CloudDiscoverySSDPTargetCount is their number.
    pub(super) targets: Vec<Endpoint>,
    /// The addresses of seeds were asked for, and have not come.
    awaits_seeds: bool,
    /// Until when an answer to a search or the addresses of seeds are waited for.
    answers_until: Option<Instant>,
    patience: Patience,
    turn: Option<Turn>,
}

/// How long seeds are left alone after none of them has been of help.
#[derive(Clone, Copy, Debug, Default)]
struct Patience {
    /// Rounds through the list of seeds that led to nobody.
    rounds: u32,
    until: Option<Instant>,
    /// Until when it holds for somebody who waits, too.
    until_at_least: Option<Instant>,
}

impl Patience {
    fn has_passed(&self, urgency: Urgency, now: Instant) -> bool {
        let until = match urgency {
            Urgency::Upkeep => self.until,
            Urgency::Use => self.until_at_least,
        };
        until.is_none_or(|until| until <= now)
    }
}

/// On whose behalf other nodes are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    Upkeep,
    /// Somebody waits.
    Use,
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
    /// Nodes known out of band: those given, those that have spoken to this one, those of an earlier
    /// run. MS-PNRP §3.1.4.2.
    pub fn known_endpoints(&self) -> Vec<Endpoint> {
        let given = self.config.peers.iter().copied();
        let saved = self.config.sources.saved_peers.iter().copied();
        // Nodes of an earlier run are no reason to start.
        let saved = saved.take(if self.is_used { SAVED_PEERS } else { 0 });
        given.chain(self.former_peers.iter()).chain(saved).collect()
    }

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
            self.take_step(has_peers, Urgency::Upkeep, now);
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
                self.take_step(has_peers, Urgency::Use, now);
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
        self.take_step(has_peers, Urgency::Use, now);
        self.discovery.turn = (turn.steps_left > 1).then(|| Turn {
            next_at: now.instant + self.config.timers.discovery_step,
            steps_left: turn.steps_left - 1,
        });
    }

    /// Opens a conversation with every node known out of band; returns whether there is any.
    /// MS-PNRP §3.1.4.2.
    pub(super) fn greet_known(&mut self, now: Now) -> bool {
        self.discover_at = None;
        let peers = self.known_endpoints();
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
    /// A mode that has nobody to wait for does not end the round; one that can reach nobody is left
    /// out of it.
    fn take_step(&mut self, has_peers: bool, urgency: Urgency, now: Now) {
        // While somebody waits, the answers to the search are what is waited for.
        let has_seeds = urgency == Urgency::Use || !self.config.seeds().is_empty();
        if self.discovery.mode == DiscoveryMode::SeedServer && !has_seeds {
            self.discovery.mode = DiscoveryMode::LocalOob;
        }
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
        match self.discovery.patience.has_passed(urgency, now.instant) {
            true => self.ask_a_seed(now),
            false => self.discovery.mode = DiscoveryMode::LocalOob,
        }
    }

    /// MS-PNRP §3.1.4.2.1.
    pub(super) fn ask_a_seed(&mut self, now: Now) {
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

    pub(super) fn request(&mut self, request: DiscoveryRequest, now: Now) {
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
        let seed = self.next_seed();
        if let Some(seed) = seed {
            self.start_conversation(seed, now);
        }
        let is_last = seed.is_none() || self.discovery.seed_index >= self.seed_endpoints().len();
        if is_last && self.cache.is_empty() {
            self.be_patient(now);
        }
    }

    /// Leaves the seeds alone for a while, for longer after each round in which none has helped, and
    /// not for the same time as everybody else who has lost them.
    fn be_patient(&mut self, now: Now) {
        let timers = &self.config.timers;
        let rounds = self.discovery.patience.rounds;
        let wait = timers.seed_again.saturating_mul(1 << rounds.min(16));
        let jitter = self.rng.random_range(0.75..1.25);
        let wait = wait.min(timers.seed_again_most).mul_f64(jitter);
        self.discovery.patience = Patience {
            rounds: rounds.saturating_add(1),
            until: Some(now.instant + wait),
            until_at_least: Some(now.instant + wait.min(timers.seed_again)),
        };
    }

    /// Others are known, or the network is another one: what was in vain counts no longer.
    pub(super) fn forget_vain_seeds(&mut self) {
        self.discovery.patience = Patience::default();
    }

    /// The seed whose turn it is, of those whose address is known. MS-PNRP §3.1.4.2.1.
    ///
    /// The index is behind the list when it equals the length.
    pub(crate) fn next_seed(&mut self) -> Option<Endpoint> {
        let list = self.seed_endpoints();
        if self.discovery.seed_index >= list.len() {
            self.discovery.seed_index = 0;
        }
        let seed = list.get(self.discovery.seed_index).copied()?;
        self.discovery.seed_index += 1;
        Some(seed)
    }

    /// Where the seeds are, as far as that is known, in the order in which they are asked.
    pub fn seed_endpoints(&self) -> Vec<Endpoint> {
        let order = self.config.sources.seed_order;
        let addresses = &self.discovery.seed_addresses;
        seeds::in_order(&self.config.seeds(), order, addresses, &self.local)
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

/// Steps of a turn after the first: the other two modes.
const MORE_STEPS: u32 = 2;
