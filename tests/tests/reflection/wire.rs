//! Clouds of global scope, with round trips of 50 ms.

use std::{
    collections::BTreeMap,
    net::Ipv6Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use pnrp_node::cloud::{
    Budgets, Cloud, CloudConfig, Datagram, Event, Now, Registration, ResolveId, Scope, Transmit,
};
use pnrp_tests::scenario::{CheapVerifier, request};
use pnrp_wire::{Body, Dialect, Endpoint, FileTime, Message, MessageId};

/// One way: what is sent on a millisecond arrives just after another, when a flood that comes on the
/// millisecond has left nothing.
const DELAY: Duration = Duration::from_micros(25_050);

/// The clouds, the datagrams between them, and those that left for nobody.
pub(crate) struct Wire {
    pub(crate) now: Now,
    /// Sent to addresses at which no cloud is.
    pub(crate) astray: Vec<Transmit>,
    /// All that the first cloud has sent to the others: when, where to, and what.
    pub(crate) log: Vec<(Instant, Endpoint, Message)>,
    nodes: Vec<(Endpoint, Cloud)>,
    in_flight: BTreeMap<(Instant, u64), Transmit>,
    events: Vec<(usize, Instant, Event)>,
    sent: u64,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self {
            now: Now {
                instant: pnrp_tests::clock::now(),
                utc: FileTime(134_000_000_000_000_000),
            },
            astray: Vec::new(),
            log: Vec::new(),
            nodes: Vec::new(),
            in_flight: BTreeMap::new(),
            events: Vec::new(),
            sent: 0,
        }
    }

    /// Adds a cloud, which knows the first; returns its number.
    pub(crate) fn add(&mut self, at: Endpoint, budgets: Budgets) -> usize {
        let peers = self.nodes.first().map(|(first, _)| *first);
        let config = CloudConfig::new(Scope::Global)
            .with_budgets(budgets)
            .with_peers(peers.into_iter().collect())
            .with_verifier(Arc::new(CheapVerifier));
        let number = self.nodes.len();
        let seed = [u8::try_from(number).expect("few clouds"); 32];
        let cloud = Cloud::open(config, vec![at], seed, self.now).expect("a local endpoint");
        self.nodes.push((at, cloud));
        self.collect(number);
        number
    }

    pub(crate) fn register(&mut self, number: usize, what: Registration) -> pnrp_wire::PnrpId {
        let now = self.now;
        let cloud = self.cloud_mut(number);
        let id = cloud.register(what, now).expect("registrable");
        let id = cloud.registration(id).expect("registered").pnrp_id();
        self.collect(number);
        id
    }

    /// Starts to look for a name.
    pub(crate) fn resolve(&mut self, number: usize, name: &pnrp_wire::PeerName) -> ResolveId {
        let now = self.now;
        let asked = pnrp_node::cloud::ResolveRequest {
            name: name.clone(),
            ..request()
        };
        let id = self.cloud_mut(number).resolve(asked, now);
        self.collect(number);
        id.expect("resolvable")
    }

    /// When a resolve found its name.
    pub(crate) fn found_at(&self, number: usize, id: ResolveId) -> Option<Instant> {
        self.events.iter().find_map(|(at, when, event)| {
            let Event::Found { id: of, .. } = event else {
                return None;
            };
            (*at == number && *of == id).then_some(*when)
        })
    }

    pub(crate) fn cloud(&self, number: usize) -> &Cloud {
        let (_, cloud) = self.nodes.get(number).expect("a cloud of this number");
        cloud
    }

    fn cloud_mut(&mut self, number: usize) -> &mut Cloud {
        let (_, cloud) = self.nodes.get_mut(number).expect("a cloud of this number");
        cloud
    }

    /// Puts a datagram on the first cloud's socket.
    pub(crate) fn inject(&mut self, from: Endpoint, payload: &[u8]) {
        let now = self.now;
        let (to, cloud) = self.nodes.first_mut().expect("a cloud");
        let to = *to;
        cloud.handle_datagram(Datagram { from, to, payload }, now);
        self.collect(0);
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now.instant + span;
        loop {
            let due = self.nodes.iter().map(|(_, cloud)| cloud.poll_timeout());
            let arrival = self.in_flight.keys().next().map(|(at, _)| *at);
            let next = due.chain(arrival).min().expect("a cloud");
            let at = next.min(end).max(self.now.instant);
            self.now = Now {
                utc: self.now.utc.plus(at - self.now.instant),
                instant: at,
            };
            if next > end {
                return;
            }
            self.step();
        }
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(entry) = self.in_flight.first_entry()
            && entry.key().0 <= now.instant
        {
            let Transmit { from, to, payload } = entry.remove();
            let Some(number) = self.nodes.iter().position(|(at, _)| *at == to) else {
                continue;
            };
            let payload = payload.as_slice();
            let datagram = Datagram { from, to, payload };
            self.cloud_mut(number).handle_datagram(datagram, now);
            self.collect(number);
        }
        for number in 0..self.nodes.len() {
            let cloud = self.cloud_mut(number);
            if cloud.poll_timeout() <= now.instant {
                cloud.handle_timeout(now);
            }
            self.collect(number);
        }
    }

    /// Fetches what a cloud has put out; signatures are made and checked at once.
    fn collect(&mut self, number: usize) {
        let (now, at) = (self.now, self.now.instant);
        let (_, cloud) = self.nodes.get_mut(number).expect("a cloud of this number");
        while let Some((id, job)) = cloud.poll_crypto() {
            cloud.handle_crypto(id, job.run(), now);
        }
        while let Some(event) = cloud.poll_event() {
            self.events.push((number, at, event));
        }
        let mut sent = Vec::new();
        while let Some(transmit) = cloud.poll_transmit() {
            sent.push(transmit);
        }
        for transmit in sent {
            if self.nodes.iter().all(|(other, _)| *other != transmit.to) {
                self.astray.push(transmit);
                continue;
            }
            if number == 0 {
                self.log.push((at, transmit.to, decode(&transmit.payload)));
            }
            self.sent += 1;
            self.in_flight.insert((at + DELAY, self.sent), transmit);
        }
    }
}

pub(crate) fn decode(payload: &[u8]) -> Message {
    Message::decode(payload, &Dialect::default()).expect("a message of this protocol")
}

pub(crate) fn encode(number: u32, body: Body) -> Vec<u8> {
    let id = MessageId(number);
    Message { id, body }.encode(&Dialect::default())
}

/// An endpoint in a /48 of its own.
pub(crate) fn endpoint(site: u16) -> Endpoint {
    at(Ipv6Addr::new(0x2001, 0xdb8, site, 0, 0, 0, 0, 1))
}

pub(crate) fn at(address: Ipv6Addr) -> Endpoint {
    Endpoint {
        address,
        port: 3540,
    }
}
