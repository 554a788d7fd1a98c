//! Nodes, the network between them, and time.

mod host;
mod lanes;
mod outcome;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pnrp_identity::Signer;
use pnrp_node::cloud::{
    Cloud, CloudConfig, LocalNames, Now, OwnerId, RegisterError, Registration, RegistrationId,
    ResolveId, ResolveRequest, Transmit,
};
use pnrp_wire::{AppEndpoint, Endpoint, PeerName, SearchCriteria};

use host::{Coming, Effect, Surroundings};
use lanes::Lanes;
use outcome::Asked;
pub use outcome::Outcome;

use crate::{
    address::{Addresses, Node},
    crypto::CryptoCost,
    hostile::Attack,
    network::Network,
    random::{self, Purpose},
    time::{Epoch, Time},
    wheel::Wheel,
};

/// A run: nodes on a network, and what is to come.
#[derive(Debug)]
pub struct World {
    /// The seed of all chance.
    pub seed: u64,
    /// Where nodes listen.
    pub addresses: Addresses,
    /// The paths between them.
    pub network: Network,
    /// What signatures take.
    pub crypto: CryptoCost,
    /// What has happened so far.
    pub traffic: Traffic,
    /// What hostile nodes do, from the moment it is set.
    pub attack: Option<Attack>,
    epoch: Epoch,
    wheel: Wheel<Coming>,
    hosts: Lanes,
    asked: BTreeMap<(Node, ResolveId), Asked>,
    outcomes: Vec<Outcome>,
    live: usize,
    sessions: u64,
}

/// Counters of the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Datagrams sent.
    pub sent: u64,
    /// Of those, delivered; twice where they were duplicated.
    pub delivered: u64,
    /// Bytes of UDP payload sent.
    pub bytes: u64,
}

/// What a node does by itself, as the population wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It comes up.
    Join,
    /// It goes down.
    Leave,
    /// It resolves some name.
    Resolve,
}

impl World {
    /// A network without nodes.
    pub fn new(seed: u64, network: Network) -> Self {
        Self {
            seed,
            addresses: Addresses::new(seed),
            network,
            crypto: CryptoCost::default(),
            traffic: Traffic::default(),
            attack: None,
            epoch: Epoch::new(),
            wheel: Wheel::new(),
            hosts: Lanes::new(),
            asked: BTreeMap::new(),
            outcomes: Vec::new(),
            live: 0,
            sessions: 0,
        }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.wheel.now()
    }

    /// How many nodes are up.
    pub fn live(&self) -> usize {
        self.live
    }

    /// How often nodes have come up.
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// How many things are to come.
    pub fn coming(&self) -> usize {
        self.wheel.len()
    }

    /// The cloud of a node that is up.
    pub fn cloud(&self, node: Node) -> Option<&Cloud> {
        self.hosts.get(node)?.cloud.as_deref()
    }

    /// All nodes that are up.
    pub fn clouds(&self) -> impl Iterator<Item = (Node, &Cloud)> {
        let nodes = (0..self.hosts.len()).filter_map(|number| u32::try_from(number).ok());
        nodes
            .map(Node)
            .filter_map(|node| Some((node, self.cloud(node)?)))
    }

    /// Brings a node up that knows some others.
    ///
    /// # Panics
    /// When it is up already.
    pub fn open(
        &mut self,
        node: Node,
        config: impl Into<Arc<CloudConfig>>,
        acquaintances: &[Endpoint],
    ) {
        let now = self.epoch.now(self.now());
        let endpoint = self.addresses.endpoint(node);
        let Some(host) = self.hosts.make(node) else {
            return;
        };
        assert!(host.cloud.is_none(), "a node is down before it comes up");
        host.session += 1;
        let number = u64::from(host.session) << 32 | u64::from(node.0);
        let seed = random::seed(self.seed, Purpose::Node, number);
        let cloud = Cloud::open(config, vec![endpoint], seed, now);
        host.cloud = cloud.ok().map(Box::new);
        if let Some(cloud) = &mut host.cloud {
            for acquaintance in acquaintances {
                cloud.handle_discovered(*acquaintance, now);
            }
        }
        host.alarm = None;
        self.live += 1;
        self.sessions += 1;
        self.settle(node);
    }

    /// Takes a node down without a word to anybody.
    pub fn crash(&mut self, node: Node) {
        let host = self.hosts.get_mut(node);
        if host.is_some_and(|host| host.cloud.take().is_some()) {
            self.live -= 1;
        }
        let session = (node, ResolveId(0))..=(node, ResolveId(u64::MAX));
        let asked: Vec<_> = self.asked.range(session).map(|(key, _)| *key).collect();
        for key in asked {
            self.asked.remove(&key);
        }
    }

    /// Takes a node down after it has revoked its names.
    pub fn leave(&mut self, node: Node) {
        self.with(node, |cloud, now| {
            let names: Vec<_> = cloud.registrations().map(|(id, _)| id).collect();
            for name in names {
                cloud.unregister(name, now);
            }
        });
        let later = self.now() + LEAVING;
        self.act_at(later, node, Act::Leave);
    }

    /// Registers a name at a node.
    ///
    /// # Errors
    /// When the cloud does not take it.
    pub fn register(
        &mut self,
        node: Node,
        name: PeerName,
        signer: Arc<dyn Signer>,
    ) -> Option<Result<RegistrationId, RegisterError>> {
        let endpoint = self.addresses.endpoint(node);
        let registration = Registration {
            name,
            signer,
            cert_chain: None,
            endpoints: vec![AppEndpoint {
                address: endpoint.address,
                port: APP_PORT,
                protocol: TCP,
            }],
            comment: None,
            payload: None,
            binds: false,
            location_prefix: None,
            lifetime: Duration::from_secs(86_400),
            owner: OwnerId(1),
        };
        self.with(node, |cloud, now| cloud.register(registration, now))
    }

    /// Lets a node resolve a name; true if it began to.
    pub fn resolve(&mut self, node: Node, name: PeerName, timeout: Duration, tag: u32) -> bool {
        let request = ResolveRequest {
            name: name.clone(),
            criteria: SearchCriteria::AnyPeerName,
            local: LocalNames::Exclude,
            location_prefix: None,
            max: 1,
            timeout,
        };
        let at = self.now();
        let Some(cloud) = self.cloud_mut(node) else {
            return false;
        };
        let (cloud, now) = cloud;
        let Ok(id) = cloud.resolve(request, now) else {
            return false;
        };
        let asked = Asked {
            at,
            name,
            tag,
            found: None,
        };
        self.asked.insert((node, id), asked);
        self.settle(node);
        true
    }

    /// Has a node do something later, if it is still the same session then; a node that is down may
    /// only come up.
    pub fn act_at(&mut self, at: Time, node: Node, act: Act) {
        let session = self.hosts.get(node).map_or(0, |host| host.session);
        self.wheel.push(at, Coming::Act(node, session, act));
    }

    /// Whether a resolve is under way.
    pub fn is_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// How the resolves ended that have ended since the last call.
    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.outcomes)
    }

    /// Goes on until `end`, or until a node has something to do that the population decides.
    pub fn run(&mut self, end: Time) -> Option<(Node, Act)> {
        while let Some((time, first)) = self.wheel.pop(end) {
            let mut next = Some(first);
            let mut act = None;
            while let Some(coming) = next {
                if let Coming::Act(node, session, what) = coming {
                    let current = self.hosts.get(node).map_or(0, |host| host.session);
                    act = (current == session).then_some((node, what));
                    if act.is_some() {
                        break;
                    }
                } else {
                    self.hosts.push(coming);
                }
                next = self.wheel.pop_at(time);
            }
            self.work();
            if act.is_some() {
                return act;
            }
        }
        None
    }

    /// Goes on until `end`; nothing but the protocol happens.
    pub fn pass(&mut self, end: Time) {
        while self.run(end).is_some() {}
    }

    /// Lets happen what is due in this tick.
    fn work(&mut self) {
        let mut hosts = std::mem::take(&mut self.hosts);
        self.traffic.delivered += hosts.work(&self.surroundings());
        hosts.effects(&mut |node, effect| self.take_effect(node, effect));
        self.hosts = hosts;
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            addresses: &self.addresses,
            crypto: self.crypto,
            attack: self.attack.as_ref(),
            epoch: self.epoch,
            time: self.wheel.now(),
        }
    }

    fn take_effect(&mut self, node: Node, effect: Effect) {
        match effect {
            Effect::Sent(transmit) => self.send(node, transmit),
            Effect::Later(at, coming) => self.wheel.push(at, coming),
            Effect::Reported(event) => self.note(node, event),
        }
    }

    fn send(&mut self, from: Node, transmit: Transmit) {
        let Transmit { to, payload, .. } = transmit;
        self.traffic.sent += 1;
        self.traffic.bytes += u64::try_from(payload.len()).unwrap_or(u64::MAX);
        let Some(to) = self.addresses.node(&to) else {
            return;
        };
        let arrivals = self
            .network
            .carry(from, to, payload.len(), self.wheel.now());
        let [first, second] = arrivals;
        if let Some(at) = second {
            let payload = payload.clone();
            self.wheel.push(at, Coming::Datagram { from, to, payload });
        }
        if let Some(at) = first {
            self.wheel.push(at, Coming::Datagram { from, to, payload });
        }
    }

    /// Takes what a node puts out after it was called.
    fn settle(&mut self, node: Node) {
        let mut hosts = std::mem::take(&mut self.hosts);
        let mut effects = Vec::new();
        if let Some(host) = hosts.get_mut(node) {
            host.settle(node, &self.surroundings(), &mut |effect| {
                effects.push(effect)
            });
        }
        self.hosts = hosts;
        for effect in effects {
            self.take_effect(node, effect);
        }
    }

    fn cloud_mut(&mut self, node: Node) -> Option<(&mut Cloud, Now)> {
        let now = self.epoch.now(self.now());
        let host = self.hosts.get_mut(node)?;
        Some((host.cloud.as_deref_mut()?, now))
    }

    pub(crate) fn with<T>(
        &mut self,
        node: Node,
        call: impl FnOnce(&mut Cloud, Now) -> T,
    ) -> Option<T> {
        let (cloud, now) = self.cloud_mut(node)?;
        let result = call(cloud, now);
        self.settle(node);
        Some(result)
    }
}

/// What the names stand for.
const APP_PORT: u16 = 8_080;
const TCP: u16 = 6;
/// How long a node that leaves waits for its last words to be acknowledged.
const LEAVING: Duration = Duration::from_secs(2);
