//! A virtual link: clouds, a clock and a queue of datagrams, and nothing else.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use pnrp_identity::{SignError, SignatureMismatch, Signer, Verifier};
use pnrp_wire::{
    AppEndpoint, ByteOrder, Dialect, Endpoint, FileTime, Message, PeerName, PublicKey,
    SearchCriteria, Signature,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::cloud::{
    Cloud, CloudConfig, Datagram, Event, Found, Hop, Limits, LocalNames, Now, OwnerId,
    Registration, RegistrationId, ResolveError, ResolveId, ResolveRequest, Scope, Timers, Transmit,
    tests::epoch,
};

/// One way, without jitter, unless a test says otherwise.
const DELAY: Duration = Duration::from_millis(5);

/// What the link does to a datagram.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// Datagrams lost, in percent.
    pub(super) loss: u32,
    /// Datagrams delivered twice, in percent.
    pub(super) duplication: u32,
    /// Largest additional delay, which reorders datagrams.
    pub(super) jitter: Duration,
}

/// A link with its nodes; node `n` has the address `fe80::n+1`.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) nodes: Vec<Cloud>,
    pub(super) now: Now,
    pub(super) weather: Weather,
    /// One way, without jitter.
    pub(super) delay: Duration,
    /// Of the nodes added from now on.
    pub(super) timers: Timers,
    /// Nodes that neither hear nor speak.
    pub(super) cut_off: Vec<usize>,
    /// When set, nodes before this one and nodes from it on do not hear each other.
    pub(super) parted_at: Option<usize>,
    /// Every datagram that was put on the link.
    pub(super) log: Vec<Message>,
    pub(super) events: Vec<(usize, Event)>,
    in_flight: BTreeMap<(Instant, u64), Transmit>,
    sent: u64,
    steps: u64,
    rng: StdRng,
}

/// What came of a resolve.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) found: Option<Found>,
    pub(super) hops: Vec<Hop>,
    pub(super) result: Result<(), ResolveError>,
    pub(super) elapsed: Duration,
}

impl Link {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            nodes: Vec::new(),
            now: start(),
            weather: Weather::default(),
            delay: DELAY,
            timers: Timers::default(),
            cut_off: Vec::new(),
            parted_at: None,
            log: Vec::new(),
            events: Vec::new(),
            in_flight: BTreeMap::new(),
            sent: 0,
            steps: 0,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// A link of `count` nodes, each of which knows the one before it.
    pub(super) fn chain(count: usize, seed: u64) -> Self {
        let mut link = Self::new(seed);
        link.grow(count);
        link
    }

    fn grow(&mut self, count: usize) {
        for index in 0..count {
            self.add(index.checked_sub(1).into_iter().map(endpoint).collect());
        }
        self.run(Duration::from_secs(1));
    }

    /// The same, with one name registered on each: `0.name-0` on node 0, and so on.
    pub(super) fn ring(count: usize, seed: u64) -> Self {
        Self::ring_with(Timers::default(), DELAY, count, seed)
    }

    /// The same of nodes with other timers, on a link with another delay.
    pub(super) fn ring_with(timers: Timers, delay: Duration, count: usize, seed: u64) -> Self {
        let mut link = Self::new(seed);
        link.delay = delay;
        link.timers = timers;
        link.grow(count);
        for index in 0..count {
            link.register(index, &name_of(index));
            link.run(Duration::from_millis(200));
        }
        link.run(Duration::from_secs(5));
        link
    }

    pub(super) fn add(&mut self, peers: Vec<Endpoint>) -> usize {
        self.add_with_limits(peers, Limits::default())
    }

    pub(super) fn add_with_limits(&mut self, peers: Vec<Endpoint>, limits: Limits) -> usize {
        let config = config(peers).with_limits(limits);
        self.add_configured(config.with_timers(self.timers))
    }

    /// Adds a node of another make, which writes in its own dialect whatever it hears.
    pub(super) fn add_foreign(&mut self, peers: Vec<Endpoint>, dialect: Dialect) -> usize {
        self.add_configured(config(peers).with_dialect(dialect, false))
    }

    pub(super) fn add_configured(&mut self, config: CloudConfig) -> usize {
        let index = self.nodes.len();
        let seed = self.rng.random();
        self.nodes
            .push(Cloud::open(config, vec![endpoint(index)], seed, self.now).unwrap());
        self.collect();
        index
    }

    pub(super) fn register(&mut self, node: usize, name: &str) -> RegistrationId {
        self.register_with(node, registration(name))
    }

    pub(super) fn register_with(&mut self, node: usize, what: Registration) -> RegistrationId {
        let id = self.nodes[node].register(what, self.now).unwrap();
        self.collect();
        id
    }

    pub(super) fn unregister(&mut self, node: usize, id: RegistrationId) {
        assert!(self.nodes[node].unregister(id, self.now));
        self.collect();
    }

    /// Resolves a name and runs the link until the resolve has ended.
    pub(super) fn resolve(&mut self, node: usize, name: &str) -> Outcome {
        let started = self.now.instant;
        let id = self.start(node, name);
        while self.end_of(node, id).is_none() {
            self.step();
        }
        let mut outcome = Outcome {
            found: None,
            hops: Vec::new(),
            result: self.end_of(node, id).unwrap(),
            elapsed: self.now.instant - started,
        };
        for (_, event) in self.events.iter().filter(|(at, _)| *at == node) {
            if let Event::Found { id: of, found } = event
                && *of == id
            {
                outcome.found = Some((**found).clone());
            }
            if let Event::ResolveEnded { id: of, trace, .. } = event
                && *of == id
            {
                outcome.hops.clone_from(trace);
            }
        }
        outcome
    }

    /// Starts a resolve, for a test that runs the link itself.
    pub(super) fn start(&mut self, node: usize, name: &str) -> ResolveId {
        let id = self.nodes[node].resolve(request(name), self.now).unwrap();
        self.collect();
        id
    }

    pub(super) fn end_of(&self, node: usize, id: ResolveId) -> Option<Result<(), ResolveError>> {
        self.events.iter().find_map(|(at, event)| {
            let Event::ResolveEnded { id: of, result, .. } = event else {
                return None;
            };
            (*at == node && *of == id).then_some(*result)
        })
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, span: Duration) {
        let end = self.now.instant + span;
        while self.next().is_some_and(|next| next <= end) {
            self.step();
        }
        self.advance_to(end);
    }

    /// Puts a datagram on a node's socket, as if it came from `from`.
    pub(super) fn inject(&mut self, node: usize, from: Endpoint, payload: &[u8]) {
        let datagram = Datagram {
            from,
            to: endpoint(node),
            payload,
        };
        self.nodes[node].handle_datagram(datagram, self.now);
        self.collect();
    }

    fn next(&self) -> Option<Instant> {
        let datagram = self.in_flight.keys().next().map(|(at, _)| *at);
        self.nodes
            .iter()
            .map(Cloud::poll_timeout)
            .chain(datagram)
            .min()
    }

    /// Goes to the next thing that happens, and lets it happen.
    pub(super) fn step(&mut self) {
        let next = self.next().unwrap();
        self.advance_to(next.max(self.now.instant));
        while let Some(entry) = self.in_flight.first_entry() {
            if entry.key().0 > self.now.instant {
                break;
            }
            let transmit = entry.remove();
            self.deliver(&transmit);
        }
        for node in &mut self.nodes {
            if node.poll_timeout() <= self.now.instant {
                node.handle_timeout(self.now);
                assert!(
                    node.poll_timeout() > self.now.instant,
                    "a deadline was not handled"
                );
            }
        }
        self.collect();
        self.check();
    }

    fn deliver(&mut self, transmit: &Transmit) {
        let Some(node) = index_of(&transmit.to) else {
            return;
        };
        let sender = index_of(&transmit.from).unwrap_or_default();
        let is_across = |at: usize| (sender < at) != (node < at);
        if self.cut_off.contains(&node)
            || node >= self.nodes.len()
            || self.parted_at.is_some_and(is_across)
        {
            return;
        }
        let (from, to, payload) = (transmit.from, transmit.to, transmit.payload.as_slice());
        self.nodes[node].handle_datagram(Datagram { from, to, payload }, self.now);
        self.collect();
    }

    /// Fetches what the nodes have put out; signatures are made and checked at once.
    pub(super) fn collect(&mut self) {
        for index in 0..self.nodes.len() {
            while let Some((id, job)) = self.nodes[index].poll_crypto() {
                self.nodes[index].handle_crypto(id, job.run(), self.now);
            }
            while let Some(event) = self.nodes[index].poll_event() {
                self.events.push((index, event));
            }
            while let Some(transmit) = self.nodes[index].poll_transmit() {
                if !self.cut_off.contains(&index) {
                    self.put(&transmit);
                }
            }
        }
    }

    fn put(&mut self, transmit: &Transmit) {
        self.log
            .push(Message::decode(&transmit.payload, &Dialect::default()).unwrap());
        let is_lost = self.rng.random_range(0..100) < self.weather.loss;
        let is_doubled = self.rng.random_range(0..100) < self.weather.duplication;
        for _ in 0..u32::from(!is_lost) + u32::from(is_doubled) {
            let jitter = self.weather.jitter.mul_f64(self.rng.random::<f64>());
            self.sent += 1;
            let key = (self.now.instant + self.delay + jitter, self.sent);
            self.in_flight.insert(key, transmit.clone());
        }
    }

    fn advance_to(&mut self, instant: Instant) {
        let passed = instant - self.now.instant;
        self.now = Now {
            instant,
            utc: self.now.utc.plus(passed),
        };
    }

    /// Holds every node against its invariants: after each step, or now and then on a large link.
    fn check(&mut self) {
        self.steps += 1;
        if self.nodes.len() > 6 && !self.steps.is_multiple_of(256) {
            return;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            assert_eq!(node.check(), Ok(()), "node {index}");
        }
    }
}

/// One of 128 keys that sign with a checksum: what a simulation needs of a signature, and nothing
/// more.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheapKey(pub(super) u8);

/// Checks what any [`CheapKey`] signs, in both orders.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheapVerifier;

impl Signer for CheapKey {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_modulus(&[0x80 | self.0; 128]).unwrap()
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        Ok(checksum(&self.public_key(), bytes))
    }
}

impl Verifier for CheapVerifier {
    fn verify(
        &self,
        key: &PublicKey,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<ByteOrder, SignatureMismatch> {
        let expected = checksum(key, bytes);
        if *signature == expected {
            return Ok(ByteOrder::BigEndian);
        }
        (*signature == expected.reversed())
            .then_some(ByteOrder::LittleEndian)
            .ok_or(SignatureMismatch::NeitherOrder)
    }
}

fn checksum(key: &PublicKey, bytes: &[u8]) -> Signature {
    let sum = key
        .0
        .iter()
        .chain(bytes)
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
    let mut signature = [0; 128];
    signature[..8].copy_from_slice(&sum.to_le_bytes());
    Signature(signature)
}

pub(super) fn config(peers: Vec<Endpoint>) -> CloudConfig {
    CloudConfig::new(Scope::LinkLocal)
        .with_peers(peers)
        .with_verifier(Arc::new(CheapVerifier))
}

pub(super) fn endpoint(node: usize) -> Endpoint {
    let address = format!("fe80::{:x}", node + 1).parse().unwrap();
    Endpoint {
        address,
        port: 3540,
    }
}

fn index_of(endpoint: &Endpoint) -> Option<usize> {
    usize::from(endpoint.address.segments()[7]).checked_sub(1)
}

pub(super) fn name_of(node: usize) -> String {
    format!("0.name-{node}")
}

pub(super) fn name(text: &str) -> PeerName {
    text.parse().unwrap()
}

pub(super) fn registration(text: &str) -> Registration {
    Registration {
        name: name(text),
        signer: Arc::new(CheapKey(0)),
        cert_chain: None,
        binds: false,
        endpoints: vec![app_endpoint()],
        comment: None,
        payload: None,
        location_prefix: None,
        lifetime: Duration::from_secs(86_400),
        owner: OwnerId(1),
    }
}

pub(super) fn app_endpoint() -> AppEndpoint {
    AppEndpoint {
        address: "2001:db8::80".parse().unwrap(),
        port: 8080,
        protocol: 6,
    }
}

pub(super) fn request(text: &str) -> ResolveRequest {
    ResolveRequest {
        name: name(text),
        criteria: SearchCriteria::AnyPeerName,
        local: LocalNames::Exclude,
        location_prefix: None,
        max: 1,
        timeout: Duration::from_secs(30),
    }
}

fn start() -> Now {
    Now {
        instant: epoch(),
        utc: FileTime(134_000_000_000_000_000),
    }
}
