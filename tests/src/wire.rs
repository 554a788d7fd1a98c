//! Real [`Cloud`]s on one wire, in virtual time.
//!
//! Every datagram takes [`DELAY`] and arrives, so a run depends on the seed alone. What was sent
//! is logged. Node `n` listens at [`endpoint`]`(n)`; hand-made [`Peer`]s answer honestly beside
//! the clouds and say nothing unasked. Signatures are made and checked at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use pnrp_node::cloud::{Cloud, CloudConfig, Datagram, Event, Now, Registration, RegistrationId};
use pnrp_wire::{
    Body, Dialect, Endpoint, FileTime, Flood, Lookup, Message, MessageId, MessageType, PnrpId,
    RouteEntry,
};

use crate::scenario::{Peer, Reply, Sent, config, endpoint, flood_of, fragments, registration};

/// One way.
pub const DELAY: Duration = Duration::from_millis(5);
/// Leaves on one side.
const LEAVES: usize = 5;
/// From the opening of all nodes of a ring until they have had three maintenances, at 10, 25 and
/// 40 s. The next is at 55 s.
const SETTLED: Duration = Duration::from_secs(41);

/// A wire with its nodes.
#[derive(Debug)]
pub struct Wire {
    /// The time.
    pub now: Now,
    /// Nodes that only answer.
    pub peers: Vec<Peer>,
    seed: u64,
    started: Instant,
    nodes: BTreeMap<u16, Cloud>,
    in_flight: BTreeMap<(Instant, u64), Carried>,
    carried: u64,
    last_number: u32,
    log: Vec<Sent>,
    events: Vec<(u16, Event)>,
}

#[derive(Debug)]
struct Carried {
    from: Endpoint,
    to: Endpoint,
    payload: Vec<u8>,
}

impl Wire {
    /// A wire without nodes. The seed is that of all their randomness.
    pub fn new(seed: u64) -> Self {
        let now = Now {
            instant: crate::clock::now(),
            utc: FileTime(134_000_000_000_000_000),
        };
        Self {
            now,
            peers: Vec::new(),
            seed,
            started: now.instant,
            nodes: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            carried: 0,
            last_number: 0,
            log: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A ring of nodes that publish one name, their IDs in the order of their numbers, which are
    /// at most 255; each was given the one before it.
    ///
    /// The IDs have one upper half; a number is the first byte of the service location. Leaf sets
    /// are right, everybody knows everybody, nothing is on its way, and no maintenance is due for
    /// ten seconds.
    pub fn ring(numbers: &[u16], seed: u64) -> Self {
        let mut wire = Self::new(seed);
        let mut before = Vec::new();
        for &number in numbers {
            wire.open(number, config().with_peers(before));
            before = vec![endpoint(number)];
        }
        for &number in numbers {
            wire.register(number, placed(number));
        }
        wire.run(SETTLED);
        wire.acquaint();
        assert_eq!(wire.wrong_leaf_sets(), Vec::<u16>::new());
        assert!(wire.is_silent());
        wire.take_log();
        wire
    }

    /// Introduces all nodes with an ID to those that have not heard of them.
    fn acquaint(&mut self) {
        let ids: Vec<_> = self.ids().collect();
        for (id, owner) in &ids {
            let knowing = self.caching(id);
            let strangers = ids.iter().map(|(_, other)| other);
            for stranger in strangers.filter(|other| *other != owner && !knowing.contains(other)) {
                let flood = Body::Flood(flood_of(self.route(*owner)));
                self.send(endpoint(*owner), *stranger, flood);
            }
        }
        self.run(Duration::from_secs(1));
        let knows_all = |node: &Cloud| node.cache().len() == ids.len() - 1;
        assert!(self.nodes.values().all(knows_all));
    }

    /// Opens a cloud at the endpoint of a number.
    pub fn open(&mut self, number: u16, config: CloudConfig) {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_be_bytes());
        seed[8..10].copy_from_slice(&number.to_be_bytes());
        let cloud = Cloud::open(config, vec![endpoint(number)], seed, self.now);
        self.nodes.insert(number, cloud.expect("a local endpoint"));
        self.collect();
    }

    /// The cloud of a number.
    pub fn node(&self, number: u16) -> &Cloud {
        self.nodes.get(&number).expect("a node of this number")
    }

    fn node_mut(&mut self, number: u16) -> &mut Cloud {
        self.nodes.get_mut(&number).expect("a node of this number")
    }

    /// Registers a name at a node.
    pub fn register(&mut self, number: u16, what: Registration) -> (RegistrationId, PnrpId) {
        let now = self.now;
        let registered = self.node_mut(number).register(what, now);
        self.collect();
        let registered = registered.expect("registrable");
        let local = self.node(number).registration(registered);
        (registered, local.expect("registered").pnrp_id())
    }

    /// Unregisters the only name of a node.
    pub fn unregister(&mut self, number: u16) {
        let now = self.now;
        let registered = self.node(number).registrations().next();
        let (registered, _) = registered.expect("a registration");
        assert!(self.node_mut(number).unregister(registered, now));
        self.collect();
    }

    /// Puts a message on the wire as if somebody had sent it; returns its ID.
    pub fn send(&mut self, from: Endpoint, to: u16, body: Body) -> MessageId {
        self.last_number += 1;
        let id = MessageId(self.last_number);
        self.put(from, endpoint(to), &Message { id, body });
        id
    }

    /// Lets time pass, delivering every datagram and handling every deadline at its time.
    pub fn run(&mut self, span: Duration) {
        let end = self.now.instant + span;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.pass_until(next);
            self.deliver_due();
            self.handle_timeouts();
        }
        self.pass_until(end);
        #[cfg(debug_assertions)]
        for (number, node) in &self.nodes {
            assert_eq!(node.check(), Ok(()), "node {number}");
        }
    }

    /// Everything sent since the log was last taken, in order.
    pub fn log(&self) -> &[Sent] {
        &self.log
    }

    /// Takes the log.
    pub fn take_log(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.log)
    }

    /// Everything reported so far, with the node that did.
    pub fn events(&self) -> &[(u16, Event)] {
        &self.events
    }

    /// Whether nothing is on its way.
    pub fn is_silent(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.now.instant - self.started
    }

    /// The ID of a node that has one name, or of a peer.
    pub fn id(&self, number: u16) -> PnrpId {
        let mut ids = self.ids();
        let of_it = ids.find(|(_, owner)| *owner == number);
        of_it.expect("an ID of this number").0
    }

    /// The entry of that ID.
    pub fn route(&self, number: u16) -> RouteEntry {
        let Endpoint { address, port } = endpoint(number);
        RouteEntry::new(self.id(number), port, vec![address]).expect("one address")
    }

    /// The numbers of the leaves above the ID of a node, nearest first.
    pub fn above(&self, number: u16) -> Vec<u16> {
        let (_, local) = self.node(number).registrations().next().expect("an ID");
        self.numbers(local.leaves().above())
    }

    /// The numbers of the leaves below the ID of a node, nearest first.
    pub fn below(&self, number: u16) -> Vec<u16> {
        let (_, local) = self.node(number).registrations().next().expect("an ID");
        self.numbers(local.leaves().below())
    }

    /// Nodes whose leaf sets are not the five nearest IDs on both sides.
    pub fn wrong_leaf_sets(&self) -> Vec<u16> {
        let ring: BTreeMap<PnrpId, u16> = self.ids().collect();
        let is_wrong = |(id, number): &(PnrpId, u16)| {
            let clockwise = ring.range(*id..).chain(ring.range(..*id)).skip(1);
            let others: Vec<u16> = clockwise.map(|(_, number)| *number).collect();
            let above: Vec<u16> = others.iter().take(LEAVES).copied().collect();
            let below: Vec<u16> = others.iter().rev().take(LEAVES).copied().collect();
            self.above(*number) != above || self.below(*number) != below
        };
        let registered = self
            .ids()
            .filter(|(_, owner)| self.nodes.contains_key(owner));
        registered
            .filter(is_wrong)
            .map(|(_, number)| number)
            .collect()
    }

    /// Nodes with an entry of an ID in the cache.
    pub fn caching(&self, id: &PnrpId) -> BTreeSet<u16> {
        let nodes = self.nodes.iter();
        let caching = nodes.filter(|(_, node)| node.cache().contains(id));
        caching.map(|(number, _)| *number).collect()
    }

    /// Nodes with an ID in a leaf set.
    pub fn holding(&self, id: &PnrpId) -> BTreeSet<u16> {
        let holds = |node: &Cloud| {
            node.registrations()
                .any(|(_, local)| local.leaves().contains(id))
        };
        let nodes = self.nodes.iter();
        let holding = nodes.filter(|(_, node)| holds(node));
        holding.map(|(number, _)| *number).collect()
    }

    fn ids(&self) -> impl Iterator<Item = (PnrpId, u16)> {
        let nodes = self.nodes.iter().flat_map(|(number, node)| {
            node.registrations()
                .map(|(_, local)| (local.pnrp_id(), *number))
        });
        let peers = self.peers.iter();
        nodes.chain(peers.map(|peer| (peer.id, number_of(peer.endpoint))))
    }

    fn numbers(&self, ids: &[PnrpId]) -> Vec<u16> {
        let ring: BTreeMap<PnrpId, u16> = self.ids().collect();
        ids.iter().map(|id| ring[id]).collect()
    }

    fn next(&self) -> Option<Instant> {
        let datagram = self.in_flight.keys().next().map(|(at, _)| *at);
        let deadlines = self.nodes.values().map(Cloud::poll_timeout);
        deadlines.chain(datagram).min()
    }

    fn pass_until(&mut self, instant: Instant) {
        let passed = instant.saturating_duration_since(self.now.instant);
        self.now = Now {
            instant: self.now.instant + passed,
            utc: self.now.utc.plus(passed),
        };
    }

    fn deliver_due(&mut self) {
        while let Some(entry) = self.in_flight.first_entry() {
            if entry.key().0 > self.now.instant {
                return;
            }
            let carried = entry.remove();
            self.deliver(&carried);
        }
    }

    fn deliver(&mut self, carried: &Carried) {
        let Carried { from, to, payload } = carried;
        let (from, to) = (*from, *to);
        if let Some(node) = self.nodes.get_mut(&number_of(to)) {
            node.handle_datagram(Datagram { from, to, payload }, self.now);
            self.collect();
        } else if let Some(peer) = self.peers.iter().find(|peer| peer.endpoint == to).cloned() {
            let sent = self.sent(from, to, payload.clone());
            self.answer_as(&peer, &sent);
        }
    }

    fn answer_as(&mut self, peer: &Peer, sent: &Sent) {
        let bodies = match peer.honest_reply(sent, self.now.utc) {
            Some(Reply::Message(body)) => vec![*body],
            Some(Reply::Answer(buffer)) => {
                let pieces = fragments(sent.message.id, &buffer.encode(&Dialect::default()));
                pieces.into_iter().map(Body::Authority).collect()
            }
            None => Vec::new(),
        };
        self.last_number += 1;
        let id = MessageId(self.last_number);
        for body in bodies {
            self.put(sent.to, sent.from, &Message { id, body });
        }
    }

    fn handle_timeouts(&mut self) {
        for (number, node) in &mut self.nodes {
            if node.poll_timeout() <= self.now.instant {
                node.handle_timeout(self.now);
                let next = node.poll_timeout();
                assert!(
                    next > self.now.instant,
                    "a deadline of {number} was not handled"
                );
            }
        }
        self.collect();
    }

    /// Fetches what the nodes have put out.
    fn collect(&mut self) {
        let mut transmits = Vec::new();
        for (number, node) in &mut self.nodes {
            while let Some((id, job)) = node.poll_crypto() {
                node.handle_crypto(id, job.run(), self.now);
            }
            while let Some(event) = node.poll_event() {
                self.events.push((*number, event));
            }
            transmits.extend(std::iter::from_fn(|| node.poll_transmit()));
        }
        for transmit in transmits {
            self.carry(transmit.from, transmit.to, transmit.payload);
        }
    }

    fn put(&mut self, from: Endpoint, to: Endpoint, message: &Message) {
        self.carry(from, to, message.encode(&Dialect::default()));
    }

    fn carry(&mut self, from: Endpoint, to: Endpoint, payload: Vec<u8>) {
        let sent = self.sent(from, to, payload.clone());
        self.log.push(sent);
        self.carried += 1;
        let key = (self.now.instant + DELAY, self.carried);
        self.in_flight.insert(key, Carried { from, to, payload });
    }

    fn sent(&self, from: Endpoint, to: Endpoint, payload: Vec<u8>) -> Sent {
        let message = Message::decode(&payload, &Dialect::default());
        Sent {
            at: self.elapsed(),
            from,
            to,
            message: message.expect("a message of this protocol"),
            payload,
        }
    }
}

impl Sent {
    /// The number of the node that sent it.
    pub fn source(&self) -> u16 {
        number_of(self.from)
    }

    /// The number of the node it was sent to.
    pub fn destination(&self) -> u16 {
        number_of(self.to)
    }

    /// What kind of message it is.
    pub fn kind(&self) -> MessageType {
        self.message.message_type()
    }

    /// The FLOOD, if it is one.
    pub fn flood(&self) -> Option<&Flood> {
        let Body::Flood(flood) = &self.message.body else {
            return None;
        };
        Some(flood)
    }

    /// The LOOKUP, if it is one.
    pub fn lookup(&self) -> Option<&Lookup> {
        let Body::Lookup(lookup) = &self.message.body else {
            return None;
        };
        Some(lookup)
    }

    /// Whether it is a FLOOD of the entry of an ID.
    pub fn floods(&self, id: PnrpId) -> bool {
        let route = self.flood().and_then(|flood| flood.content.route.as_ref());
        route.is_some_and(|route| route.id() == id)
    }

    /// Whether it is an INQUIRE for an ID.
    pub fn inquires(&self, id: PnrpId) -> bool {
        matches!(&self.message.body, Body::Inquire(inquire) if inquire.validate == id)
    }
}

/// A registration whose place among those of other numbers is that of the number.
pub fn placed(number: u16) -> Registration {
    Registration {
        location_prefix: Some(u64::from(number) << 56),
        ..registration()
    }
}

fn number_of(endpoint: Endpoint) -> u16 {
    endpoint.address.segments()[7]
}
