//! The protocol, without sockets, clocks or ambient randomness.
//!
//! A [`Cloud`] is a function of its inputs. Datagrams, commands, results of signatures and the
//! passing of time go in through `handle_*` and the commands; datagrams, events, signatures to
//! make and one deadline come out through `poll_*`. Whoever drives it drains the outputs after
//! every input. The same object runs under the tokio driver, in tests and in a simulator.
//!
//! Each file below adds the procedures of its section; this one holds the state and all public
//! methods but the two big commands, [`Cloud::register`] and [`Cloud::resolve`].

mod addresses;
mod admission;
mod calibration;
mod config;
mod conversation;
mod crypto;
mod discard;
mod discovery;
mod event;
mod flooding;
mod jobs;
mod maintenance;
mod now;
mod pending;
mod publishers;
mod reassembly;
mod receive;
mod registration;
mod request;
mod resolve;
mod round_trips;
mod stats;

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use pnrp_cache::RouteCache;
use pnrp_wire::{Ack, AuthorityBuffer, Body, Dialect, Endpoint, Message, MessageId, Nonce};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use thiserror::Error;

pub use config::{CloudConfig, Limits, Pace, Timers};
pub use crypto::{CryptoJob, CryptoResult, JobId, SignJob, Signed, Verified, VerifyJob};
pub use discard::Discard;
pub use event::{Event, Found, Hop, Proof, RegisterError, ResolveError, Verdict};
pub use now::Now;
pub use registration::LocalRegistration;
pub use request::{
    CloudState, LocalNames, OwnerId, Registration, RegistrationId, ResolveId, ResolveRequest, Scope,
};
pub use stats::Stats;

use addresses::LocalEndpoints;
use admission::Admissions;
use calibration::{Inquirers, OwnInquiries};
use conversation::{IncomingConversations, OutgoingConversations};
use discovery::FormerPeers;
use jobs::Jobs;
use pending::{Expired, PendingList, Purpose};
use publishers::Publishers;
use reassembly::Reassembly;
use registration::Registrations;
use resolve::Resolves;
use round_trips::RoundTrips;

/// A datagram as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Who sent it.
    pub from: Endpoint,
    /// The local endpoint it was sent to.
    pub to: Endpoint,
    /// The UDP payload.
    pub payload: &'a [u8],
}

/// A datagram to send.
#[must_use = "dropping a transmit loses a datagram"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The local endpoint to send it from.
    pub from: Endpoint,
    /// Whom to send it to.
    pub to: Endpoint,
    /// The UDP payload.
    pub payload: Vec<u8>,
}

/// Why a cloud could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// MS-PNRP §3.1.4.1: a cloud needs an address to listen on.
    #[error("a cloud needs at least one local address")]
    NoAddress,
    /// MS-PNRP §3.1.4.1: more than four addresses.
    #[error("a cloud listens on at most 4 addresses, not {0}")]
    TooManyAddresses(usize),
    /// MS-PNRP §3.1.5.2: every node drops what comes from there.
    #[error("port {0} is reserved; a node listens above 1024")]
    ReservedPort(u16),
    /// MS-PNRP §3.1.4.1: a route entry has one port for all its addresses.
    #[error("a cloud listens on one port, not on {0} and {1}")]
    PortsDiffer(u16, u16),
}

/// One cloud: an entry of the Cloud Table of MS-PNRP §3.1.1 and §3.2.1.
#[derive(Debug)]
pub struct Cloud {
    config: CloudConfig,
    /// The only source of randomness in the state machine.
    rng: StdRng,
    local: LocalEndpoints,
    cache: RouteCache,
    registrations: Registrations,
    resolves: Resolves,
    pending: PendingList,
    admissions: Admissions,
    reassembly: Reassembly,
    outgoing: OutgoingConversations,
    incoming: IncomingConversations,
    former_peers: FormerPeers,
    publishers: Publishers,
    round_trips: RoundTrips,
    inquirers: Inquirers,
    own_inquiries: OwnInquiries,
    /// Something was registered or resolved, or a peer was given.
    is_used: bool,
    /// When peers that had nothing to advertise are asked again, while something waits for it.
    discover_at: Option<Instant>,
    jobs: Jobs,
    maintenance_at: Instant,
    outbox: VecDeque<Transmit>,
    events: VecDeque<Event>,
    stats: Stats,
}

impl Cloud {
    /// Opens a cloud on local endpoints of one scope and zone. MS-PNRP §3.1.4.1.
    ///
    /// # Errors
    /// When there is no endpoint, or more than four, or their ports differ or are reserved.
    pub fn open(
        config: CloudConfig,
        endpoints: Vec<Endpoint>,
        seed: [u8; 32],
        now: Now,
    ) -> Result<Self, OpenError> {
        if endpoints.is_empty() {
            return Err(OpenError::NoAddress);
        }
        if endpoints.len() > pnrp_wire::limits::MAX_SERVICE_ADDRESSES {
            return Err(OpenError::TooManyAddresses(endpoints.len()));
        }
        if let Some(local) = endpoints
            .iter()
            .find(|local| local.port <= pnrp_wire::limits::LAST_RESERVED_PORT)
        {
            return Err(OpenError::ReservedPort(local.port));
        }
        if let [first, rest @ ..] = endpoints.as_slice()
            && let Some(other) = rest.iter().find(|other| other.port != first.port)
        {
            return Err(OpenError::PortsDiffer(first.port, other.port));
        }
        let (limits, timers) = (config.limits, config.timers);
        let mut cloud = Self {
            rng: StdRng::from_seed(seed),
            local: LocalEndpoints::new(config.scope, endpoints),
            cache: RouteCache::with_diversity(limits.cache, config.diversity()),
            registrations: Registrations::default(),
            resolves: Resolves::new(limits.resolves),
            pending: PendingList::new(
                limits.pending,
                timers.retransmit_after,
                timers.transmissions,
            ),
            admissions: Admissions::new(limits.admissions),
            reassembly: Reassembly::new(limits.reassembly, limits.reassembly_bytes),
            outgoing: OutgoingConversations::new(limits.outgoing_conversations),
            incoming: IncomingConversations::new(
                limits.incoming_conversations,
                timers.conversation,
                timers.conversation_tombstone,
            ),
            former_peers: FormerPeers::new(limits.former_peers),
            publishers: Publishers::new(limits.cache),
            round_trips: RoundTrips::new(limits.round_trips),
            inquirers: Inquirers::new(limits.inquirers),
            own_inquiries: OwnInquiries::new(limits.inquirers, now.instant),
            is_used: !config.peers.is_empty(),
            discover_at: None,
            jobs: Jobs::new(limits.crypto_jobs),
            maintenance_at: now.instant,
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            stats: Stats::default(),
            config,
        };
        cloud.arm_maintenance(now);
        cloud.discover(now);
        Ok(cloud)
    }

    /// Takes a datagram. A bad one is dropped and counted. MS-PNRP §3.1.5.2.
    pub fn handle_datagram(&mut self, datagram: Datagram<'_>, now: Now) {
        if let Err(discard) = self.receive(datagram, now) {
            tracing::trace!(from = %datagram.from, %discard, "discarded");
            self.discard(&discard);
        }
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Now) {
        for expired in self.pending.expire(now.instant) {
            match expired {
                Expired::Resend {
                    from,
                    to,
                    payload,
                    kind,
                } => {
                    self.stats.retransmitted += 1;
                    self.stats.count_sent(kind, payload.len());
                    self.outbox.push_back(Transmit { from, to, payload });
                }
                Expired::Failed(id, pending) => {
                    self.stats.unanswered += 1;
                    self.on_unanswered(id, pending.purpose, now);
                }
            }
        }
        self.expire_resolves(now);
        self.hedge_resolves(now);
        self.incoming.expire(now.instant);
        if self.discover_at.is_some_and(|at| at <= now.instant) {
            self.discover(now);
        }
        if self.maintenance_at <= now.instant {
            self.maintain(now);
        }
    }

    /// Learns of a node from elsewhere, and synchronizes with it. MS-PNRP §3.1.4.2.
    pub fn handle_discovered(&mut self, peer: Endpoint, now: Now) {
        self.is_used = true;
        if !self.config.peers.contains(&peer) {
            self.former_peers.note(peer);
        }
        self.start_conversation(peer, now);
    }

    /// Unregisters every name. What is then polled is the farewell. MS-PNRP §1.3.3.4.
    pub fn close(&mut self, now: Now) {
        for id in self.registrations.ids() {
            self.unregister(id, now);
        }
    }

    /// The next datagram to send.
    #[must_use = "dropping a transmit loses a datagram"]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outbox.pop_front()
    }

    /// The next event.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next signature to make or check.
    #[must_use]
    pub fn poll_crypto(&mut self) -> Option<(JobId, CryptoJob)> {
        self.jobs.poll()
    }

    /// When to call [`Self::handle_timeout`]; after the call the deadline is later than `now`.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        [
            self.pending.next_deadline(),
            self.resolves.next_deadline(),
            self.incoming.next_deadline(),
            self.discover_at,
        ]
        .into_iter()
        .flatten()
        .fold(self.maintenance_at, Instant::min)
    }

    /// Whether nothing sent waits for an acknowledgment, and no signature is being made.
    pub fn is_quiet(&self) -> bool {
        self.pending.len() == 0 && self.jobs.is_idle()
    }

    /// The readings of the wire format in use.
    pub fn dialect(&self) -> &Dialect {
        &self.config.dialect
    }

    /// What the cloud is doing.
    pub fn state(&self) -> CloudState {
        if !self.cache.is_empty() {
            CloudState::Active
        } else if self.is_synchronizing() {
            CloudState::Synchronizing
        } else if self.is_used {
            CloudState::Alone
        } else {
            CloudState::Virtual
        }
    }

    /// The cached route entries.
    pub fn cache(&self) -> &RouteCache {
        &self.cache
    }

    /// The names registered here.
    pub fn registrations(&self) -> impl Iterator<Item = (RegistrationId, &LocalRegistration)> {
        self.registrations.iter()
    }

    /// One registration.
    pub fn registration(&self, id: RegistrationId) -> Option<&LocalRegistration> {
        self.registrations.get(id)
    }

    /// Estimated number of IDs in the cloud: the mean over the local IDs.
    /// MS-PNRP §3.2.6.2.1.1.
    pub fn size_estimate(&self) -> Option<f64> {
        let estimates: Vec<f64> = self
            .registrations
            .iter()
            .filter_map(|(_, local)| local.leaves.size_estimate())
            .collect();
        let count = u32::try_from(estimates.len())
            .ok()
            .filter(|&count| count > 0)?;
        Some(estimates.iter().sum::<f64>() / f64::from(count))
    }

    /// Entries in the tables that have bounds: pending, admissions, resolves, conversations.
    pub fn table_sizes(&self) -> [usize; 4] {
        [
            self.pending.len(),
            self.admissions.len(),
            self.resolves.len(),
            self.incoming.len(),
        ]
    }

    /// The counters.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Sends a message that nothing acknowledges.
    fn send(&mut self, (from, to): (Endpoint, Endpoint), body: Body) {
        let id = self.next_message_id();
        self.transmit((from, to), Message { id, body });
    }

    /// Sends a message and keeps it until it is acknowledged; `None` when the list is full.
    fn send_pended(
        &mut self,
        purpose: Purpose,
        (from, to): (Endpoint, Endpoint),
        body: Body,
        now: Now,
    ) -> Option<MessageId> {
        if self.pending.is_full() {
            self.discard(&Discard::PendingFull);
            return None;
        }
        let id = self.next_message_id();
        let payload = self.transmit((from, to), Message { id, body });
        let interval = self.overdue_after(&to);
        self.pending
            .add(id, purpose, (from, to), payload, interval, now.instant);
        Some(id)
    }

    /// When an answer of a peer is overdue, counted from the question.
    pub(crate) fn overdue_after(&self, peer: &Endpoint) -> Duration {
        let longest = self.config.timers.retransmit_after;
        match self.config.timers.pace {
            Pace::Literal => longest,
            Pace::Adaptive => self.round_trips.overdue_after(peer, longest),
        }
    }

    /// Takes an answered message from the Pending List, and notes how long the answer took.
    fn answered(&mut self, id: MessageId, now: Now) {
        if let Some((peer, Some(took))) = self.pending.answered(id, now.instant) {
            self.round_trips.note(peer, took, now.instant);
        }
        self.reassembly.forget(id);
    }

    fn transmit(&mut self, (from, to): (Endpoint, Endpoint), message: Message) -> Vec<u8> {
        let payload = message.encode(&self.config.dialect);
        self.stats.count_sent(message.message_type(), payload.len());
        self.outbox.push_back(Transmit {
            from,
            to,
            payload: payload.clone(),
        });
        payload
    }

    fn acknowledge(&mut self, path: (Endpoint, Endpoint), acked: MessageId, id_not_found: bool) {
        self.send(
            path,
            Body::Ack(Ack {
                acked,
                id_not_found,
            }),
        );
    }

    /// Sends an answer in as many pieces as it takes, under one message ID. MS-PNRP §3.2.5.10.
    fn send_answer(
        &mut self,
        path: (Endpoint, Endpoint),
        acked: MessageId,
        answer: &AuthorityBuffer,
    ) {
        let buffer = answer.encode(&self.config.dialect);
        let id = self.next_message_id();
        for fragment in reassembly::split(acked, &buffer) {
            self.transmit(
                path,
                Message {
                    id,
                    body: Body::Authority(fragment),
                },
            );
        }
    }

    /// A message was given up. MS-PNRP §3.1.6.3, §3.2.6.3.
    fn on_unanswered(&mut self, id: MessageId, purpose: Purpose, now: Now) {
        self.reassembly.forget(id);
        match purpose {
            Purpose::Solicit => {
                self.outgoing.release(id);
            }
            Purpose::Request => {}
            Purpose::Lookup(resolve, asked) => {
                self.on_lookup_unanswered(resolve, asked, id, now);
            }
            Purpose::Inquire(resolve) => self.on_proof_unanswered(resolve, id, now),
            Purpose::Admission => self.on_admission_unanswered(id, now),
            Purpose::Flood(validate) => {
                self.forget(&validate, now);
            }
        }
    }

    fn drop_pending(&mut self, id: MessageId) {
        self.pending.remove(id);
        self.reassembly.forget(id);
    }

    fn discard(&mut self, discard: &Discard) {
        self.stats.count_discard(discard);
    }

    fn random_nonce(&mut self) -> Nonce {
        Nonce(self.rng.random())
    }

    /// MS-PNRP §2.2.1: repeats must be unlikely within a round trip; none is pending.
    fn next_message_id(&mut self) -> MessageId {
        loop {
            let id = MessageId(self.rng.random());
            if !self.pending.contains(id) {
                return id;
            }
        }
    }
}
