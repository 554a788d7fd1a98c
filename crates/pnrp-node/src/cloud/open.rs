//! Opening a cloud. MS-PNRP §3.1.4.1.

use std::{collections::VecDeque, net::Ipv6Addr, sync::Arc};

use pnrp_cache::RouteCache;
use pnrp_wire::{
    Endpoint,
    limits::{LAST_RESERVED_PORT, MAX_SERVICE_ADDRESSES},
};
use rand::{SeedableRng, rngs::StdRng};
use thiserror::Error;

use super::{
    Cloud, CloudConfig, CloudState, Now, Scope,
    addresses::LocalEndpoints,
    admission::Admissions,
    alertness::Alertness,
    budget::Ledger,
    calibration::{Inquirers, OwnInquiries},
    closing::Users,
    conversation::{IncomingConversations, OutgoingConversations},
    discovery::{Discovery, FormerPeers},
    jobs::Jobs,
    lost::LostRoutes,
    mark::Marker,
    pending::PendingList,
    publishers::Publishers,
    reassembly::Reassembly,
    reflection::ProvedSources,
    registration::Registrations,
    resolve::Resolves,
    round_trips::RoundTrips,
    steadiness::Steadiness,
};

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
    /// MS-PNRP §3.1.4.1: all addresses of a cloud are of its scope.
    #[error("{0} is not of the cloud's scope")]
    ForeignScope(Ipv6Addr),
    /// MS-PNRP §3.1.6.1: the state of the cloud is deleted.
    #[error("the cloud is closed")]
    Closed,
}

impl Cloud {
    /// Opens a cloud on local endpoints of one scope and zone. MS-PNRP §3.1.4.1.
    ///
    /// Whoever opens many clouds can let them share one configuration; a cloud whose dialect is
    /// settled by a peer goes on with one of its own.
    ///
    /// # Errors
    /// When there is no endpoint, or more than four, or one of another scope, or when their ports
    /// differ or are reserved.
    pub fn open(
        config: impl Into<Arc<CloudConfig>>,
        endpoints: Vec<Endpoint>,
        seed: [u8; 32],
        now: Now,
    ) -> Result<Self, OpenError> {
        let config = config.into();
        check_endpoints(config.scope, &endpoints)?;
        let mut cloud = Self::idle(config, endpoints, StdRng::from_seed(seed), now);
        cloud.arm_maintenance(now);
        cloud.discover(now);
        Ok(cloud)
    }

    /// A cloud that has done nothing.
    pub(super) fn idle(
        config: Arc<CloudConfig>,
        endpoints: Vec<Endpoint>,
        mut rng: StdRng,
        now: Now,
    ) -> Self {
        let marker = Marker::new(&mut rng);
        let (limits, timers, budgets) = (config.limits, config.timers, config.budgets);
        Self {
            users: Users::one(),
            rng: Box::new(rng),
            local: LocalEndpoints::new(config.scope, endpoints),
            cache: RouteCache::with_diversity(limits.cache, config.diversity),
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
            lost: LostRoutes::new(limits.lost),
            discovery: Discovery::default(),
            is_published: false,
            marker,
            publishers: Publishers::new(limits.cache, marker),
            round_trips: RoundTrips::new(limits.round_trips),
            proofs: ProvedSources::new(budgets.proofs, budgets.challenges, now.instant),
            ledger: Box::new(Ledger::new(&budgets)),
            inquirers: Inquirers::new(limits.inquirers, now.instant),
            own_inquiries: OwnInquiries::new(limits.inquirers, marker, now.instant),
            is_used: !config.peers.is_empty() || !config.sources.is_lazy,
            discover_at: None,
            jobs: Jobs::new(limits.crypto_jobs),
            maintenance_at: now.instant,
            steadiness: Steadiness::default(),
            alertness: Alertness::default(),
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            reported: CloudState::Virtual,
            stats: Box::default(),
            config,
        }
    }
}

/// Whether a cloud can listen on these. MS-PNRP §3.1.4.1 step 1.
pub(super) fn check_endpoints(scope: Scope, endpoints: &[Endpoint]) -> Result<(), OpenError> {
    let Some(first) = endpoints.first() else {
        return Err(OpenError::NoAddress);
    };
    if endpoints.len() > MAX_SERVICE_ADDRESSES {
        return Err(OpenError::TooManyAddresses(endpoints.len()));
    }
    for local in endpoints {
        if local.port <= LAST_RESERVED_PORT {
            return Err(OpenError::ReservedPort(local.port));
        }
        if local.port != first.port {
            return Err(OpenError::PortsDiffer(first.port, local.port));
        }
        if Scope::of(&local.address) != Some(scope) {
            return Err(OpenError::ForeignScope(local.address));
        }
    }
    Ok(())
}
