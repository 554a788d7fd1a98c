//! What a cloud can be told when it is opened.

use std::{sync::Arc, time::Duration};

use pnrp_cache::Diversity;
use pnrp_identity::{RsaVerifier, Verifier};
use pnrp_wire::{Dialect, Endpoint};

use super::{Budgets, Scope, Sources};

/// Settings of one cloud; `default` follows the specification's SHOULDs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloudConfig {
    /// Which addresses belong to the cloud.
    pub scope: Scope,
    /// The readings of the wire format in use.
    pub dialect: Dialect,
    /// Whether the dialect may change to that of a peer of another make.
    pub calibrates: bool,
    /// Periods and waits.
    pub timers: Timers,
    /// How applications' names are searched for.
    pub search: Search,
    /// Bounds of every table.
    pub limits: Limits,
    /// How many cached entries may come from one place: any number where all addresses of the
    /// cloud begin alike.
    pub diversity: Diversity,
    /// What one source may cost.
    pub budgets: Budgets,
    /// Nodes to synchronize with, known from elsewhere. MS-PNRP §3.1.4.2.
    pub peers: Vec<Endpoint>,
    /// Where else the first other nodes are looked for. MS-PNRP §3.1.4.2.
    pub sources: Sources,
    /// Whether the node looks names up and publishes none. MS-PNRP §1.3.3.3, §3.1.
    pub resolve_only: bool,
    /// Checks signatures.
    pub verifier: Arc<dyn Verifier>,
}

impl CloudConfig {
    /// The defaults for a cloud of `scope`.
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            dialect: Dialect::default(),
            calibrates: true,
            timers: Timers::default(),
            search: Search::Swift,
            limits: Limits::default(),
            diversity: match scope {
                Scope::Global | Scope::SiteLocal => Diversity::default(),
                Scope::LinkLocal => Diversity::OFF,
            },
            budgets: Budgets::default(),
            peers: Vec::new(),
            sources: Sources::default(),
            resolve_only: false,
            verifier: Arc::new(RsaVerifier),
        }
    }

    /// Lets any number of cached entries come from one place.
    #[must_use]
    pub fn without_diversity(mut self) -> Self {
        self.diversity = Diversity::OFF;
        self
    }

    /// Sets the nodes to synchronize with.
    #[must_use]
    pub fn with_peers(mut self, peers: Vec<Endpoint>) -> Self {
        self.peers = peers;
        self
    }

    /// Sets where else other nodes are looked for.
    #[must_use]
    pub fn with_sources(mut self, sources: Sources) -> Self {
        self.sources = sources;
        self
    }

    /// Makes the node one that looks names up and publishes none.
    #[must_use]
    pub fn resolving_only(mut self) -> Self {
        self.resolve_only = true;
        self
    }

    /// Replaces what checks signatures.
    #[must_use]
    pub fn with_verifier(mut self, verifier: Arc<dyn Verifier>) -> Self {
        self.verifier = verifier;
        self
    }

    /// Replaces the periods and waits.
    #[must_use]
    pub fn with_timers(mut self, timers: Timers) -> Self {
        self.timers = timers;
        self
    }

    /// Chooses how applications' names are searched for.
    #[must_use]
    pub fn with_search(mut self, search: Search) -> Self {
        self.search = search;
        self
    }

    /// Sets the readings of the wire format to begin with, and whether they are final.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect, calibrates: bool) -> Self {
        self.dialect = dialect;
        self.calibrates = calibrates;
        self
    }

    /// Replaces the bounds.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Replaces what one source may cost.
    #[must_use]
    pub fn with_budgets(mut self, budgets: Budgets) -> Self {
        self.budgets = budgets;
        self
    }
}

/// How a search of an application goes. Both are made of the same messages.
/// docs/decisions/0020-swift-search.md
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// By the steps of MS-PNRP §3.1.4.4.2 and §3.1.5.6.1, each of them.
    Literal,
    /// Whoever is referred to as the target is asked for its proof without a LOOKUP before. Where the
    /// search would end, the neighbours of the closest node are asked too.
    /// An ID that looks for its own place tells others of its leaves when it has found it.
    /// docs/decisions/0022-first-leaves.md
    Swift,
}

/// When a peer counts as overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// After the second that MS-PNRP §3.1.2 recommends, and one LOOKUP of a resolve at a time.
    Literal,
    /// After what its round trips so far let expect, from 50 ms to that second. When a LOOKUP is
    /// overdue, the next best node is asked while the first may still answer.
    Adaptive,
}

/// Periods and waits. MS-PNRP §3.1.2, §3.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// When a pending message is sent again, and the next best node asked.
    pub pace: Pace,
    /// Longest wait before a pending message is sent again: 1 s. A message is given up after this
    /// time for each transmission, whatever the pace. MS-PNRP §3.1.2.
    pub retransmit_after: Duration,
    /// Times a pending message is sent in all: 2. Where many answers take a repetition, and the pace is
    /// adaptive, up to four times more within the same time. MS-PNRP §3.1.4.3.
    pub transmissions: u32,
    /// Period of maintenance: 15 s. MS-PNRP §3.1.2.
    pub maintenance: Duration,
    /// The same while the cache has at most two entries: 10 s. MS-PNRP §3.1.2.
    pub maintenance_sparse: Duration,
    /// How long the state of a cloud is kept that nobody has open: 15 min. MS-PNRP §3.1.2.
    pub cleanup: Duration,
    /// Life of a conversation that a peer opened: 15 s. MS-PNRP §3.2.2.
    pub conversation: Duration,
    /// How long a finished conversation still acknowledges repeats: 2 s.
    pub conversation_tombstone: Duration,
    /// How long a resolve waits for the first cache entry: 2.5 s, a lost SOLICIT and a bit.
    pub discovery_wait: Duration,
    /// Meanwhile, the wait before a peer that had nothing to advertise is asked again: 250 ms.
    pub discovery_again: Duration,
    /// Meanwhile, the wait before other nodes are looked for by the next means: 750 ms.
    pub discovery_step: Duration,
    /// How long seeds are left alone after a round through all of them that led to nobody: 10 s; twice
    /// as long after each further one, and a quarter more or less.
    pub seed_again: Duration,
    /// Longest such wait: 10 min.
    pub seed_again_most: Duration,
    /// How long a node that has fallen silent is asked whether it is there again: 1 h.
    pub lost: Duration,
    /// Least time between two announcements of one ID to one leaf: 60 s.
    pub announce_again: Duration,
}

impl Timers {
    /// The specification's values, where it recommends any; it knows no waits between seeds.
    pub fn literal() -> Self {
        Self {
            pace: Pace::Literal,
            seed_again: Duration::ZERO,
            ..Self::default()
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            pace: Pace::Adaptive,
            retransmit_after: Duration::from_secs(1),
            transmissions: 2,
            maintenance: Duration::from_secs(15),
            maintenance_sparse: Duration::from_secs(10),
            cleanup: Duration::from_secs(15 * 60),
            conversation: Duration::from_secs(15),
            conversation_tombstone: Duration::from_secs(2),
            discovery_wait: Duration::from_millis(2_500),
            discovery_again: Duration::from_millis(250),
            discovery_step: Duration::from_millis(750),
            seed_again: Duration::from_secs(10),
            seed_again_most: Duration::from_secs(600),
            lost: Duration::from_secs(3_600),
            announce_again: Duration::from_secs(60),
        }
    }
}

/// Bounds of every table; what does not fit is refused and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Route entries cached.
    pub cache: usize,
    /// Messages awaiting an acknowledgment.
    pub pending: usize,
    /// Conversations this node opened.
    pub outgoing_conversations: usize,
    /// Conversations peers opened.
    pub incoming_conversations: usize,
    /// Route entries under examination.
    pub admissions: usize,
    /// Answers being reassembled.
    pub reassembly: usize,
    /// Bytes of all answers being reassembled.
    pub reassembly_bytes: usize,
    /// Resolves in progress.
    pub resolves: usize,
    /// Names registered.
    pub registrations: usize,
    /// Signatures to make or check. Half of them at most are for answers, a quarter for claims of
    /// others.
    pub crypto_jobs: usize,
    /// Endpoints remembered to synchronize with when the cache is empty.
    pub former_peers: usize,
    /// Nodes remembered that have fallen silent.
    pub lost: usize,
    /// Inquiries remembered, received and sent each, to tell which are repeated.
    pub inquirers: usize,
    /// Peers whose round trips are known.
    pub round_trips: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cache: 1_000,
            pending: 1_024,
            outgoing_conversations: 32,
            incoming_conversations: 64,
            admissions: 64,
            reassembly: 32,
            reassembly_bytes: 512 * 1_024,
            resolves: 256,
            registrations: 256,
            crypto_jobs: 512,
            former_peers: 10,
            lost: 16,
            inquirers: 256,
            round_trips: 1_024,
        }
    }
}
