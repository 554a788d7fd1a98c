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
mod administration;
mod admission;
mod alertness;
mod budget;
mod calibration;
mod check;
mod closing;
mod compact;
mod config;
mod conversation;
mod crypto;
mod discard;
mod discovery;
mod event;
mod flooding;
mod jobs;
mod lost;
mod maintenance;
mod mark;
mod moments;
mod multicast;
mod now;
mod open;
mod outbox;
mod pending;
mod ping;
mod proofs;
mod publication;
mod publishers;
mod reassembly;
mod receive;
mod reflection;
mod registration;
mod request;
mod resolve;
mod round_trips;
mod seeds;
mod split;
mod stats;
mod steadiness;

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc, time::Instant};

use pnrp_cache::RouteCache;
use pnrp_wire::{Dialect, Endpoint};
use rand::rngs::StdRng;

pub use budget::{Budgets, Rate};
pub use closing::NotOpen;
pub use config::{CloudConfig, Limits, Pace, Search, Timers};
#[cfg(test)]
pub(crate) use crypto::Statement;
pub use crypto::{CryptoJob, CryptoResult, JobId, SignJob, Signed, Verified, VerifyJob};
pub use discard::Discard;
pub use discovery::DiscoveryMode;
pub use event::{DiscoveryRequest, Event, Found, Hop, Proof, RegisterError, ResolveError, Verdict};
pub use now::Now;
pub use open::OpenError;
pub use outbox::Transmit;
pub use ping::{PingError, PingId};
pub use registration::{Held, LocalRegistration, Receipt};
pub use request::{
    CloudState, LocalNames, OwnerId, Registration, RegistrationId, RegistrationUpdate, ResolveId,
    ResolveRequest, Scope,
};
pub use seeds::{MICROSOFT_SEEDS, Seed, SeedOrder, Sources};
pub use split::SplitEvidence;
pub use stats::{Counts, CountsByType, Stats};

use addresses::LocalEndpoints;
use admission::Admissions;
use alertness::Alertness;
use budget::Ledger;
use calibration::{Inquirers, OwnInquiries};
use closing::Users;
use conversation::{IncomingConversations, OutgoingConversations};
use discovery::{Discovery, FormerPeers};
use jobs::Jobs;
use lost::LostRoutes;
use mark::Marker;
use pending::{Expired, PendingList};
use publishers::Publishers;
use reassembly::Reassembly;
use reflection::ProvedSources;
use registration::Registrations;
use resolve::Resolves;
use round_trips::RoundTrips;
use steadiness::Steadiness;

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

/// One cloud: an entry of the Cloud Table of MS-PNRP §3.1.1 and §3.2.1.
#[derive(Debug)]
pub struct Cloud {
    config: Arc<CloudConfig>,
    users: Users,
    /// The only source of randomness in the state machine.
    rng: Box<StdRng>,
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
    lost: LostRoutes,
    discovery: Discovery,
    is_published: bool,
    marker: Marker,
    publishers: Publishers,
    round_trips: RoundTrips,
    proofs: ProvedSources,
    ledger: Box<Ledger>,
    inquirers: Inquirers,
    own_inquiries: OwnInquiries,
    /// Something was registered or resolved, or a peer was given.
    is_used: bool,
    /// When peers that had nothing to advertise are asked again, while something waits for it.
    discover_at: Option<Instant>,
    jobs: Jobs,
    maintenance_at: Instant,
    steadiness: Steadiness,
    alertness: Alertness,
    outbox: VecDeque<Transmit>,
    events: VecDeque<Event>,
    /// The state that whoever drives the cloud knows of.
    reported: CloudState,
    stats: Box<Stats>,
}

impl Cloud {
    /// Takes a datagram. A bad one is dropped and counted. MS-PNRP §3.1.5.2.
    pub fn handle_datagram(&mut self, datagram: Datagram<'_>, now: Now) {
        if let Err(discard) = self.receive(datagram, now) {
            tracing::trace!(from = %datagram.from, %discard, "discarded");
            self.discard(&discard);
        }
        self.finish_leaving(now);
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
        self.expire_discovery(now);
        self.expire_challenges(now);
        if self.maintenance_at <= now.instant {
            self.maintain(now);
        }
        self.expire_cleanup(now);
    }

    /// Learns of a node from elsewhere, and synchronizes with it. MS-PNRP §3.1.4.2.
    pub fn handle_discovered(&mut self, peer: Endpoint, now: Now) {
        self.is_used = true;
        if !self.config.peers.contains(&peer) {
            self.former_peers.note(peer);
        }
        self.start_conversation(peer, now);
    }

    /// The next datagram to send.
    #[must_use = "dropping a transmit loses a datagram"]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        // What an address was to send that the host has lost cannot be sent.
        while let Some(transmit) = self.outbox.pop_front() {
            if self.local.contains(&transmit.from) {
                return Some(transmit);
            }
        }
        self.outbox.shrink_to(KEPT_TRANSMITS);
        None
    }

    /// The next event.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front().or_else(|| {
            // Events are large and rare.
            self.events.shrink_to_fit();
            let state = self.state();
            let before = std::mem::replace(&mut self.reported, state);
            (before != state).then_some(Event::StateChanged { state })
        })
    }

    /// The next signature to make or check.
    #[must_use]
    pub fn poll_crypto(&mut self) -> Option<(JobId, CryptoJob)> {
        self.next_job()
    }

    /// When to call [`Self::handle_timeout`]; after the call the deadline is later than `now`.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        [
            self.pending.next_deadline(),
            self.resolves.next_deadline(),
            self.incoming.next_deadline(),
            self.proofs.next_deadline(),
            self.discover_at,
            self.discovery.next_deadline(),
            self.users.next_deadline(),
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
        if self.is_closed() {
            CloudState::Virtual
        } else if self.local.first().is_none() {
            CloudState::NoNet
        } else if !self.cache.is_empty() {
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

    fn discard(&mut self, discard: &Discard) {
        self.stats.count_discard(discard);
    }
}

/// Datagrams for which the outbox keeps its room: a burst, as when a leaf joins, is no measure.
const KEPT_TRANSMITS: usize = 4;
