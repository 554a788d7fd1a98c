//! One real [`Cloud`] among hand-made peers, in virtual time.
//!
//! A test says what arrives and looks at what is sent and reported. What the cloud has sent waits
//! in order until the test takes it; [`Scenario::expect`] takes one message,
//! [`Scenario::expect_silence`] fails if any is left. Signatures are made and checked at once.

mod expect;
mod keys;
mod peer;
mod questions;
mod splitting;

use std::{collections::VecDeque, env, sync::Arc, time::Duration};

use pnrp_node::cloud::{
    Cloud, CloudConfig, Datagram, DiscoveryRequest, Event, LocalNames, Now, OwnerId, Registration,
    RegistrationId, ResolveError, ResolveId, ResolveRequest, Scope, Search, Timers,
};
use pnrp_wire::{
    Ack, AuthorityBuffer, Body, Dialect, Endpoint, FileTime, Message, MessageId, PnrpId,
    RouteEntry, SearchCriteria,
};

pub use keys::{CheapKey, CheapVerifier};
pub use peer::{NAME, Peer, Reply, app_endpoint, endpoint};
pub use questions::{Question, flood_of, fragments, inquire, inquire_cpa, lookup};
pub use splitting::SEED;

/// The number of the local endpoint.
pub const LOCAL: u16 = 1;
/// The number of somebody who asks and is no peer.
pub const STRANGER: u16 = 0xeeee;
/// From one leaf to the next in [`Scenario::amid_leaves`].
pub const GAP: i128 = 1 << 20;
/// Rounds of questions and answers after which peers are taken to go in circles.
const MAX_ROUNDS: usize = 200;

/// A cloud, its clock, and what it has put out.
#[derive(Debug)]
pub struct Scenario {
    /// The cloud under test.
    pub cloud: Cloud,
    /// The time.
    pub now: Now,
    /// Nodes for which [`Self::serve`] answers.
    pub peers: Vec<Peer>,
    started: std::time::Instant,
    sent: VecDeque<Sent>,
    events: Vec<Event>,
    last_number: u32,
}

/// A message that the cloud sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When, from the start of the scenario.
    pub at: Duration,
    /// The local endpoint.
    pub from: Endpoint,
    /// Whom to.
    pub to: Endpoint,
    /// What it says.
    pub message: Message,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// Settings for a cloud of one link, with cheap signatures, that searches step by step. `PNRP_TIMERS=literal` chooses the
/// specification's own timers: the rules hold under both.
pub fn config() -> CloudConfig {
    let timers = match env::var_os("PNRP_TIMERS") {
        Some(value) if value == "literal" => Timers::literal(),
        Some(other) => panic!("there is no PNRP_TIMERS={}", other.display()),
        None => Timers::default(),
    };
    CloudConfig::new(Scope::LinkLocal)
        .with_timers(timers)
        .with_search(Search::Literal)
        .with_verifier(Arc::new(CheapVerifier))
}

/// A registration of [`NAME`].
pub fn registration() -> Registration {
    Registration {
        name: NAME.parse().expect("a peer name"),
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

/// A request of an application for [`NAME`] at other nodes.
pub fn request() -> ResolveRequest {
    ResolveRequest {
        name: NAME.parse().expect("a peer name"),
        criteria: SearchCriteria::AnyPeerName,
        local: LocalNames::Exclude,
        location_prefix: None,
        max: 1,
        timeout: Duration::from_secs(600),
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::with(config())
    }
}

impl Scenario {
    /// A cloud with these settings, on `fe80::1`.
    pub fn with(config: CloudConfig) -> Self {
        Self::on(config, vec![endpoint(LOCAL)])
    }

    /// A cloud on these endpoints.
    pub fn on(config: CloudConfig, endpoints: Vec<Endpoint>) -> Self {
        let now = Now {
            instant: crate::clock::now(),
            utc: FileTime(134_000_000_000_000_000),
        };
        let cloud = Cloud::open(config, endpoints, [5; 32], now).expect("local endpoints");
        let mut scenario = Self {
            cloud,
            now,
            peers: Vec::new(),
            started: now.instant,
            sent: VecDeque::new(),
            events: Vec::new(),
            last_number: 0,
        };
        scenario.collect();
        scenario
    }

    /// A cloud that has one ID of [`NAME`] and knows nobody, and that ID.
    pub fn registered() -> (Self, RegistrationId, PnrpId) {
        let mut scenario = Self::default();
        let (registered, id) = scenario.register(registration());
        scenario.expect_silence();
        (scenario, registered, id)
    }

    /// A cloud that has one ID with a full leaf set: peers 11 to 15 above, each [`GAP`] from the
    /// one before, and 21 to 25 below.
    pub fn amid_leaves() -> (Self, RegistrationId, PnrpId) {
        let (mut scenario, registered, id) = Self::registered();
        scenario.introduce_leaves(id);
        (scenario, registered, id)
    }

    fn introduce_leaves(&mut self, id: PnrpId) {
        for step in 1..=5_u16 {
            let offset = i128::from(step) * GAP;
            self.introduce(&Peer::beside(id, offset, 10 + step));
            self.introduce(&Peer::beside(id, -offset, 20 + step));
        }
    }

    /// The peer of a number.
    pub fn peer(&self, number: u16) -> &Peer {
        let mut peers = self.peers.iter();
        peers
            .find(|peer| peer.endpoint == endpoint(number))
            .expect("a peer of this number")
    }

    /// Registers a name.
    pub fn register(&mut self, what: Registration) -> (RegistrationId, PnrpId) {
        let registered = self.cloud.register(what, self.now).expect("registrable");
        self.collect();
        let local = self.cloud.registration(registered).expect("registered");
        (registered, local.pnrp_id())
    }

    /// Unregisters a name.
    pub fn unregister(&mut self, id: RegistrationId) {
        assert!(self.cloud.unregister(id, self.now));
        self.collect();
    }

    /// Starts a resolve.
    pub fn resolve(&mut self, what: ResolveRequest) -> ResolveId {
        let id = self.cloud.resolve(what, self.now).expect("resolvable");
        self.collect();
        id
    }

    /// Lets time pass, handling every deadline at its time.
    pub fn advance(&mut self, span: Duration) {
        let end = self.now.instant + span;
        loop {
            let next = self.cloud.poll_timeout();
            let at = next.min(end);
            let passed = at.saturating_duration_since(self.now.instant);
            self.now = Now {
                instant: self.now.instant + passed,
                utc: self.now.utc.plus(passed),
            };
            if next > end {
                return;
            }
            self.cloud.handle_timeout(self.now);
            self.collect();
        }
    }

    /// Puts a message on the local socket; returns its ID.
    pub fn deliver(&mut self, from: Endpoint, body: Body) -> MessageId {
        self.last_number += 1;
        let id = MessageId(self.last_number);
        self.deliver_message(from, &Message { id, body });
        id
    }

    /// Puts a message with a chosen ID on the local socket.
    pub fn deliver_message(&mut self, from: Endpoint, message: &Message) {
        self.deliver_bytes(from, &message.encode(&Dialect::default()));
    }

    /// Puts any bytes on the local socket.
    pub fn deliver_bytes(&mut self, from: Endpoint, payload: &[u8]) {
        self.deliver_to(from, endpoint(LOCAL), payload);
    }

    /// Puts any bytes on any socket.
    pub fn deliver_to(&mut self, from: Endpoint, to: Endpoint, payload: &[u8]) {
        let datagram = Datagram { from, to, payload };
        self.cloud.handle_datagram(datagram, self.now);
        self.collect();
    }

    /// Answers a LOOKUP or an INQUIRE from where it was sent to.
    pub fn answer(&mut self, sent: &Sent, buffer: &AuthorityBuffer) {
        self.answer_from(sent.to, sent.message.id, buffer);
    }

    /// Answers from anywhere, in as many pieces as it takes.
    pub fn answer_from(&mut self, from: Endpoint, acked: MessageId, buffer: &AuthorityBuffer) {
        self.last_number += 1;
        let id = MessageId(self.last_number);
        for fragment in fragments(acked, &buffer.encode(&Dialect::default())) {
            let body = Body::Authority(fragment);
            self.deliver_message(from, &Message { id, body });
        }
    }

    /// Answers a LOOKUP with the entry of another node.
    pub fn refer(&mut self, sent: &Sent, to: &Peer) {
        let route = Some(to.route());
        let referral = AuthorityBuffer {
            route,
            ..AuthorityBuffer::default()
        };
        self.answer(sent, &referral);
    }

    /// Acknowledges a REQUEST or a FLOOD.
    pub fn acknowledge(&mut self, sent: &Sent, id_not_found: bool) {
        let acked = sent.message.id;
        self.deliver(
            sent.to,
            Body::Ack(Ack {
                acked,
                id_not_found,
            }),
        );
    }

    /// Answers as an honest peer would.
    pub fn answer_as(&mut self, peer: &Peer, sent: &Sent) {
        match peer.honest_reply(sent, self.now.utc) {
            Some(Reply::Message(body)) => {
                self.deliver(sent.to, *body);
            }
            Some(Reply::Answer(buffer)) => self.answer(sent, &buffer),
            None => {}
        }
    }

    /// Answers for all [`Self::peers`] until nothing more is sent; returns what was.
    pub fn serve(&mut self) -> Vec<Sent> {
        let mut log = Vec::new();
        for _ in 0..MAX_ROUNDS {
            let sent = self.take_all();
            if sent.is_empty() {
                return log;
            }
            for message in &sent {
                let peer = self.peers.iter().find(|peer| peer.endpoint == message.to);
                if let Some(peer) = peer.cloned() {
                    self.answer_as(&peer, message);
                }
            }
            log.extend(sent);
        }
        panic!("the conversation has no end: {:?}", log.last());
    }

    /// Makes a peer known to the cloud, by a FLOOD of its own and honest answers; returns all
    /// that was sent.
    pub fn introduce(&mut self, peer: &Peer) -> Vec<Sent> {
        self.peers.push(peer.clone());
        self.flood_route(peer.endpoint, peer.route());
        let log = self.serve();
        assert!(self.knows(peer.id), "{} was not cached", peer.id);
        log
    }

    /// Delivers a FLOOD of an entry that wants no ACK.
    pub fn flood_route(&mut self, from: Endpoint, route: RouteEntry) -> MessageId {
        self.deliver(from, Body::Flood(flood_of(route)))
    }

    /// Whether the cloud refers to an ID when asked for exactly that.
    pub fn knows(&mut self, id: PnrpId) -> bool {
        let buffer = self.ask(lookup(id, PnrpId::ZERO));
        buffer.route.is_some_and(|route| route.id() == id)
    }

    /// Asks as a stranger, and takes the answer.
    pub fn ask(&mut self, question: impl Into<Question>) -> AuthorityBuffer {
        let Question(body) = question.into();
        let acked = self.deliver(endpoint(STRANGER), body);
        self.take_answer(acked)
    }

    /// How a resolve ended; `None` while it goes on.
    pub fn end_of(&self, id: ResolveId) -> Option<Result<(), ResolveError>> {
        self.events.iter().find_map(|event| {
            let Event::ResolveEnded { id: of, result, .. } = event else {
                return None;
            };
            (*of == id).then_some(*result)
        })
    }

    /// Takes what the cloud has asked for to find other nodes.
    pub fn take_discoveries(&mut self) -> Vec<DiscoveryRequest> {
        let mut requests = Vec::new();
        self.events.retain(|event| {
            let Event::Discover(request) = event else {
                return true;
            };
            requests.push(request.clone());
            false
        });
        requests
    }

    /// Calls the cloud, and fetches what it puts out.
    pub fn call<T>(&mut self, method: impl FnOnce(&mut Cloud, Now) -> T) -> T {
        let result = method(&mut self.cloud, self.now);
        self.collect();
        result
    }

    /// Everything reported so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Fetches what the cloud has put out.
    pub fn collect(&mut self) {
        #[cfg(debug_assertions)]
        self.cloud.check().expect("every invariant holds");
        while let Some((id, job)) = self.cloud.poll_crypto() {
            self.cloud.handle_crypto(id, job.run(), self.now);
        }
        while let Some(event) = self.cloud.poll_event() {
            self.events.push(event);
        }
        while let Some(transmit) = self.cloud.poll_transmit() {
            let message = Message::decode(&transmit.payload, &Dialect::default());
            self.sent.push_back(Sent {
                at: self.now.instant - self.started,
                from: transmit.from,
                to: transmit.to,
                message: message.expect("a message of this protocol"),
                payload: transmit.payload,
            });
        }
    }
}
