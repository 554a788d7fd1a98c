//! A cloud of many nodes, each of which publishes one name, and what they are put through.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{Signer, Verifier};
use pnrp_node::cloud::{
    Budgets, Cloud, CloudConfig, CloudState, Limits, Pace, Scope, Search, Timers,
};
use pnrp_wire::{Dialect, Endpoint, PeerName, PnrpId};
use rand::{RngExt, rngs::StdRng};

use crate::{
    address::Node,
    crypto::{StandIn, StandInVerifier},
    network::Network,
    random::{Purpose, generator},
    time::Time,
    watch::Watch,
    world::{Act, Outcome, Traffic, World},
};

/// What kind of node it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Build {
    /// With the tables of [`Limits::default`].
    #[default]
    Usual,
    /// With small ones, as a device with little memory has, so that a million fit into this process.
    Small,
}

/// What all nodes of a cloud have in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seed of all chance.
    pub seed: u64,
    /// Which timers.
    pub pace: Pace,
    /// How names are searched for.
    pub search: Search,
    /// Route entries that a node caches at most.
    pub cache: usize,
    /// How large its other tables are.
    pub build: Build,
    /// Whether nodes limit what one owner has in their caches.
    pub is_diverse: bool,
    /// How many known nodes somebody who joins is given, as those that a node saves for its next
    /// start: enough that it can exchange datagrams with one of them. MS-PNRP §3.1.4.2.
    pub acquaintances: usize,
    /// Time in which the cloud doubles while it grows.
    pub doubling: Duration,
    /// When a resolve is given up.
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            pace: Pace::Adaptive,
            search: Search::Swift,
            cache: Limits::default().cache,
            build: Build::Usual,
            is_diverse: true,
            acquaintances: 5,
            doubling: Duration::from_secs(20),
            timeout: Duration::from_secs(10),
        }
    }
}

impl Settings {
    /// How a node is set up, but for the nodes that it knows.
    fn config(&self, verifier: Arc<dyn Verifier>) -> CloudConfig {
        let timers = match self.pace {
            Pace::Adaptive => Timers::default(),
            Pace::Literal => Timers::literal(),
        };
        let mut limits = Limits {
            cache: self.cache,
            ..Limits::default()
        };
        let mut budgets = Budgets::default();
        if self.build == Build::Small {
            limits.round_trips = SMALL;
            limits.inquirers = SMALL;
            budgets.proofs = SMALL;
        }
        let mut config = CloudConfig::new(Scope::Global)
            .with_timers(timers)
            .with_search(self.search)
            .with_limits(limits)
            .with_budgets(budgets)
            .with_verifier(verifier)
            .with_dialect(Dialect::default(), self.build == Build::Usual);
        if !self.is_diverse {
            config = config.without_diversity();
        }
        config
    }
}

/// Entries of a table of a node with little memory.
const SMALL: usize = 8;

/// A cloud and those who populate it.
#[derive(Debug)]
pub struct Crowd {
    /// The nodes and the network.
    pub world: World,
    /// What the nodes have in common.
    pub settings: Settings,
    /// What is drawn for the population.
    pub chance: StdRng,
    /// Looks at nodes as the run goes on.
    pub watch: Watch,
    signers: Signers,
    config: Arc<CloudConfig>,
    size: u32,
}

#[derive(Debug)]
enum Signers {
    Shared(Arc<dyn Signer>),
    Each(Vec<Arc<dyn Signer>>),
}

/// What a resolve is for, as its tag says.
pub mod tag {
    /// Asked for the first time.
    pub const FIRST: u32 = 0;
    /// Asked again after a failure.
    pub const AGAIN: u32 = 1;
}

impl Crowd {
    /// A cloud without nodes on a network.
    pub fn new(settings: Settings, network: Network) -> Self {
        Self {
            world: World::new(settings.seed, network),
            chance: generator(settings.seed, Purpose::Population),
            watch: Watch::default(),
            signers: Signers::Shared(StandIn::numbered(settings.seed)),
            config: Arc::new(settings.config(Arc::new(StandInVerifier))),
            size: 0,
            settings,
        }
    }

    /// Gives each node a key of its own; the verifier fits them.
    pub fn with_keys(mut self, keys: Vec<Arc<dyn Signer>>, verifier: Arc<dyn Verifier>) -> Self {
        self.signers = Signers::Each(keys);
        self.config = Arc::new(self.settings.config(verifier));
        self
    }

    /// How many nodes there have been at one time.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The name that a node publishes.
    pub fn name_of(node: Node) -> PeerName {
        #[expect(clippy::expect_used, reason = "the form is fixed")]
        format!("0.n{}", node.0).parse().expect("a peer name")
    }

    /// Who publishes a name of [`Self::name_of`].
    pub fn owner_of(name: &PeerName) -> Option<Node> {
        let text = name.to_string();
        text.strip_prefix("0.n")?.parse().ok().map(Node)
    }

    /// The settings of a node that joins.
    pub fn config(&self) -> Arc<CloudConfig> {
        Arc::clone(&self.config)
    }

    /// Some of the nodes that are up, for one that joins to know.
    pub fn acquaintances(&mut self) -> Vec<Endpoint> {
        let mut found: Vec<Endpoint> = Vec::new();
        let wanted = self.settings.acquaintances.min(self.world.live());
        for _ in 0..wanted * 4 {
            if found.len() == wanted {
                break;
            }
            let node = Node(self.chance.random_range(0..self.size));
            let endpoint = self.world.addresses.endpoint(node);
            if self.world.cloud(node).is_some() && !found.contains(&endpoint) {
                found.push(endpoint);
            }
        }
        found
    }

    /// Brings a node up, and has it publish its name.
    pub fn join(&mut self, node: Node) {
        self.join_as(node, Self::name_of(node));
    }

    /// Brings a node up, and has it publish some name.
    pub fn join_as(&mut self, node: Node, name: PeerName) {
        let acquaintances = self.acquaintances();
        self.world.open(node, self.config(), &acquaintances);
        self.size = self.size.max(node.0 + 1);
        let signer = self.signer(node);
        self.world.register(node, name, signer);
    }

    /// Who signs for a node.
    pub fn signer(&self, node: Node) -> Arc<dyn Signer> {
        match &self.signers {
            Signers::Shared(signer) => signer.clone(),
            Signers::Each(signers) =>
            {
                #[expect(
                    clippy::expect_used,
                    reason = "whoever sets keys sets one for each node"
                )]
                signers
                    .get(node.index())
                    .expect("a key for each node")
                    .clone()
            }
        }
    }

    /// Lets the cloud grow to a size, doubling again and again, while `watch` looks on.
    pub fn grow(&mut self, size: u32, progress: &mut dyn FnMut(&Self)) {
        let started = self.world.now();
        let doubling = self.settings.doubling.as_secs_f64();
        let already = f64::from(self.size.max(FIRST_WAVE));
        for number in self.size..size {
            let ahead = f64::from(number.max(FIRST_WAVE)) / already;
            let at = started + Duration::from_secs_f64(doubling * ahead.log2());
            self.pass_until(at);
            self.join(Node(number));
            if number.is_multiple_of(256) {
                progress(self);
            }
        }
    }

    /// Lets the protocol run.
    pub fn rest(&mut self, span: Duration) {
        let end = self.world.now() + span;
        self.pass_until(end);
    }

    /// Lets the protocol run; what the population has planned is done by `act`.
    pub fn live(&mut self, span: Duration, act: &mut dyn FnMut(&mut Self, Node, Act)) {
        let end = self.world.now() + span;
        while let Some((node, what)) = self.run_until(end) {
            act(self, node, what);
        }
    }

    fn pass_until(&mut self, end: Time) {
        while self.run_until(end).is_some() {}
    }

    fn run_until(&mut self, end: Time) -> Option<(Node, Act)> {
        loop {
            // The watch looks at a node now and then.
            let pause = (self.world.now() + self.watch.period(self.size)).min(end);
            let act = self.world.run(pause);
            self.watch.look(&self.world, self.size);
            if act.is_some() || pause == end {
                return act;
            }
        }
    }

    /// Two nodes that are up, are not the same, and can exchange datagrams.
    ///
    /// Nothing that a protocol without relays does can lead from a node to one that it cannot reach.
    pub fn pair(&mut self, is_fit: &dyn Fn(&Cloud) -> bool) -> Option<(Node, Node)> {
        for _ in 0..MOST_DRAWS {
            let asker = Node(self.chance.random_range(0..self.size));
            let publisher = Node(self.chance.random_range(0..self.size));
            let is_up = |node| self.world.cloud(node).is_some_and(is_fit);
            if asker != publisher
                && is_up(asker)
                && is_up(publisher)
                && self.world.network.joins(asker, publisher)
            {
                return Some((asker, publisher));
            }
        }
        None
    }

    /// Has pairs of nodes resolve each other's names, evenly over a span, and waits for the last to
    /// end.
    pub fn ask(
        &mut self,
        count: u32,
        over: Duration,
        progress: &mut dyn FnMut(&Self),
    ) -> Vec<Outcome> {
        let started = self.world.now();
        for number in 0..count {
            let at = started + over.mul_f64(f64::from(number) / f64::from(count.max(1)));
            self.pass_until(at);
            if let Some((asker, publisher)) =
                self.pair(&|cloud| cloud.state() == CloudState::Active)
            {
                let name = Self::name_of(publisher);
                let timeout = self.settings.timeout;
                self.world.resolve(asker, name, timeout, tag::FIRST);
            }
            if number.is_multiple_of(256) {
                progress(self);
            }
        }
        let latest = self.world.now() + self.settings.timeout;
        while self.world.is_asked() && self.world.now() < latest {
            self.rest(PAUSE);
        }
        self.world.take_outcomes()
    }

    /// What was sent since an earlier count, for each node and second.
    pub fn rates(&self, before: (Time, Traffic)) -> Rates {
        let (then, traffic) = before;
        let seconds = (self.world.now() - then).as_secs_f64();
        let share = |count: u64| {
            fraction_of(
                count,
                seconds * as_f64(u64::try_from(self.world.live()).unwrap_or(u64::MAX)),
            )
        };
        Rates {
            messages: share(self.world.traffic.sent - traffic.sent),
            bytes: share(self.world.traffic.bytes - traffic.bytes),
        }
    }

    /// The counters now, for [`Self::rates`].
    pub fn counters(&self) -> (Time, Traffic) {
        (self.world.now(), self.world.traffic)
    }

    /// Share of the leaves that nodes should have and do have: the five nearest IDs on each side
    /// among the nodes that they can exchange datagrams with.
    pub fn leaf_quality(&self) -> f64 {
        let mut ring: Vec<(PnrpId, Node)> = self
            .world
            .clouds()
            .flat_map(|(node, cloud)| {
                cloud
                    .registrations()
                    .map(move |(_, local)| (local.pnrp_id(), node))
            })
            .collect();
        ring.sort_unstable();
        let (mut wanted, mut held) = (0_u64, 0_u64);
        for (place, (id, node)) in ring.iter().enumerate() {
            let Some(cloud) = self.world.cloud(*node) else {
                continue;
            };
            let Some((_, local)) = cloud
                .registrations()
                .find(|(_, local)| local.pnrp_id() == *id)
            else {
                continue;
            };
            let (before, after) = ring.split_at(place);
            let others = after.iter().skip(1).chain(before);
            let above = others.clone().map(|(id, node)| (*id, *node));
            let below = others.rev().map(|(id, node)| (*id, *node));
            let reachable = |other: &(PnrpId, Node)| self.world.network.joins(*node, other.1);
            for (leaf, _) in above
                .filter(reachable)
                .take(pnrp_cache::LEAVES_PER_SIDE)
                .chain(below.filter(reachable).take(pnrp_cache::LEAVES_PER_SIDE))
            {
                wanted += 1;
                held += u64::from(local.leaves().contains(&leaf));
            }
        }
        fraction_of(held, as_f64(wanted))
    }
}

/// What nodes send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Messages for each node and second.
    pub messages: f64,
    /// Bytes of UDP payload for each node and second.
    pub bytes: f64,
}

/// How often it is looked whether the last resolve has ended.
const PAUSE: Duration = Duration::from_millis(250);
/// Nodes that come at once at the beginning.
const FIRST_WAVE: u32 = 16;
/// Draws after which it is taken that no two nodes fit.
const MOST_DRAWS: u32 = 10_000;

/// A quotient; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn fraction_of(count: u64, whole: f64) -> f64 {
    if whole > 0.0 {
        count as f64 / whole
    } else {
        0.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
