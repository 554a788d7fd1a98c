//! One owner runs many nodes, to take over or to hide one name.
//!
//! A cloud settles, in which one node publishes the name under attack beside its own. Then hostile
//! nodes join, behave until they are known, and misbehave as [`crate::hostile`] says. From then on,
//! honest nodes that do not have the publisher in their caches look for the name.

mod measured;
mod plot;
#[cfg(test)]
mod tests;

use std::{ops::Range, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use pnrp_identity::Signer;
use pnrp_node::cloud::{CloudState, OwnerId, Registration};
use pnrp_wire::{AppEndpoint, Authority, Dialect, PeerName, PnrpId};
use rand::RngExt;

use super::{Common, Scenario, check, rest};
use crate::{
    address::{Node, Ownership},
    course::Course,
    crowd::{Crowd, Settings, tag},
    crypto::StandIn,
    hostile::{Attack, Placing, Plan, owner_key, place},
    random::mix,
    report::{Figure, Run},
    world::Outcome,
};
use measured::{Grip, Toll};

/// A Sybil attack on one name.
#[derive(Clone, Debug)]
pub struct Sybil {
    /// Honest nodes.
    pub nodes: u32,
    /// Hostile nodes beside them.
    pub hostile: u32,
    /// What these do: [`Plan::Publish`] to an unsecured name, the others to a secured one.
    pub plan: Plan,
    /// How close their addresses are.
    pub ownership: Ownership,
    /// Whether honest nodes limit what one owner has in their caches.
    pub is_diverse: bool,
    /// Route entries that a node caches at most.
    pub cache: usize,
    /// Resolves of the name.
    pub resolves: u32,
}

impl Sybil {
    /// What a report shows: hostile nodes on one site, so many for each hundred honest ones; an
    /// unsecured name and a secured one; caches that are full and such that are not; caps on and
    /// off. At last, what else most hostile nodes may do about a secured name.
    pub fn all(nodes: u32, shares: &[f64], resolves: u32) -> Vec<Self> {
        let mut all = Vec::new();
        for cache in [100, Settings::default().cache] {
            for plan in [Plan::Publish, Plan::Mislead] {
                for is_diverse in [true, false] {
                    all.extend(shares.iter().map(|share| Self {
                        nodes,
                        hostile: share_of(nodes, *share),
                        plan,
                        ownership: Ownership::Site,
                        is_diverse,
                        cache,
                        resolves,
                    }));
                }
            }
        }
        let most = all.last().cloned().into_iter();
        all.extend(most.flat_map(|last| {
            [Plan::Scatter, Plan::Refuse, Plan::Forge].map(|plan| Self {
                plan,
                is_diverse: true,
                ..last.clone()
            })
        }));
        all
    }

    /// Hostile nodes for each hundred honest ones.
    pub fn share(&self) -> f64 {
        100.0 * f64::from(self.hostile) / f64::from(self.nodes.max(1))
    }

    fn is_secured(&self) -> bool {
        self.plan != Plan::Publish
    }

    fn kind(&self) -> &'static str {
        if self.is_secured() {
            "secured"
        } else {
            "unsecured"
        }
    }

    fn caps(&self) -> &'static str {
        if self.is_diverse { "on" } else { "off" }
    }

    fn hostile_nodes(&self) -> Range<u32> {
        self.nodes..self.nodes + self.hostile
    }

    fn publisher(&self) -> Node {
        Node(self.nodes / 2)
    }
}

impl Scenario for Sybil {
    fn name(&self) -> &'static str {
        "sybil"
    }

    fn title(&self) -> String {
        let what = match self.plan {
            Plan::Publish => "publish an unsecured name",
            Plan::Mislead => "lead away from a secured name",
            Plan::Scatter => "lead away from a secured name from anywhere",
            Plan::Refuse => "know nothing of a secured name",
            Plan::Forge => "claim a secured name",
        };
        format!(
            "{} hostile nodes beside {} {what}, caps {}, caches of {}",
            self.hostile,
            self.nodes,
            self.caps(),
            self.cache
        )
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let settings = Settings {
            cache: self.cache,
            is_diverse: self.is_diverse,
            ..common.settings()
        };
        let mut crowd = Crowd::new(settings, common.network());
        let addresses = &mut crowd.world.addresses;
        addresses.own(self.hostile_nodes(), self.ownership);
        self.settle(&mut crowd, progress);
        let victim = self.publish(&mut crowd)?;
        rest(&mut crowd, AMONG_FRIENDS, "the name is known", progress);
        let hashes = self.intrude(&mut crowd, &victim, progress)?;
        let addresses = crowd.world.addresses.clone();
        let attack = Attack::new(
            victim.name.clone(),
            self.plan,
            self.hostile_nodes(),
            addresses,
        );
        crowd.world.attack = Some(attack);
        let grip = Grip::of(&crowd, &victim, self.hostile_nodes());
        let outcomes = self.ask(&mut crowd, &victim, progress);
        let toll = Toll::of(&outcomes, victim.node);
        let again = ask_again(&mut crowd, &victim, &outcomes, progress);
        let again = Toll::of(&again, victim.node);
        check(&crowd)?;
        let misled = toll.misled + again.misled;
        ensure!(
            !self.is_secured() || misled == 0,
            "{misled} resolves of a secured name led to somebody else; this is a defect of the engine",
        );
        let mut figures = toll.figures();
        figures.extend(again.as_second_try());
        figures.extend(grip.figures());
        figures.push(Figure::new("hashes to place an ID", "", hashes));
        Ok(Run::new(self.name(), self.title())
            .with_common(common)
            .with_parameter("nodes", self.nodes)
            .with_parameter("hostile, %", self.share())
            .with_parameter("name", self.kind())
            .with_parameter("plan", format!("{:?}", self.plan))
            .with_parameter("owner", format!("{:?}", self.ownership))
            .with_parameter("caps", self.caps())
            .with_parameter("cache", self.cache)
            .with_parameter("resolves", self.resolves)
            .with_figures(figures)
            .with_distributions(toll.summary.distributions("")))
    }
}

/// The name under attack.
#[derive(Debug)]
struct Victim {
    node: Node,
    name: PeerName,
    id: PnrpId,
}

impl Sybil {
    fn settle(&self, crowd: &mut Crowd, progress: &mut Course) {
        let size = self.nodes;
        progress.stage(&format!("{size} nodes join"), u64::from(size));
        crowd.grow(size, &mut |crowd| {
            progress.at(u64::from(crowd.size()), &crowd.world);
        });
        rest(crowd, super::SETTLING, "the cloud settles", progress);
    }

    /// Has one node publish the name under attack.
    fn publish(&self, crowd: &mut Crowd) -> anyhow::Result<Victim> {
        let signer = StandIn::numbered(mix(crowd.settings.seed));
        let authority = if self.is_secured() {
            signer.public_key().authority()
        } else {
            Authority::Unsecured
        };
        let name = PeerName::new(authority, CLASSIFIER.parse()?);
        let node = self.publisher();
        let registered = crowd.world.register(node, name.clone(), signer);
        let number = registered.context("the publisher is down")??;
        let cloud = crowd.world.cloud(node);
        let local = cloud.and_then(|cloud| cloud.registration(number));
        let id = local.context("the name is not registered")?.pnrp_id();
        Ok(Victim { node, name, id })
    }

    /// Has the hostile nodes join, and gives them time to become known. Returns how many hashes each
    /// of them cost.
    fn intrude(
        &self,
        crowd: &mut Crowd,
        victim: &Victim,
        progress: &mut Course,
    ) -> anyhow::Result<f64> {
        let placing = self.names(victim);
        let prefixes = self.prefixes(crowd);
        progress.stage("hostile nodes join", u64::from(self.hostile));
        for ((number, name), prefix) in self.hostile_nodes().zip(placing.names).zip(prefixes) {
            crowd.rest(INTRUSION / self.hostile);
            let node = Node(number);
            let acquaintances = crowd.acquaintances();
            crowd.world.open(node, crowd.config(), &acquaintances);
            let endpoint = crowd.world.addresses.endpoint(node);
            let registration = registration(name, owner_key(), endpoint, prefix);
            let registered = crowd
                .world
                .with(node, |cloud, now| cloud.register(registration, now));
            registered.context("a hostile node is down")??;
            progress.at(u64::from(number - self.nodes), &crowd.world);
        }
        rest(crowd, super::SETTLING, "they become known", progress);
        let count = f64::from(self.hostile);
        Ok(crate::crowd::fraction_of(placing.tried, count))
    }

    /// What the hostile nodes publish.
    fn names(&self, victim: &Victim) -> Placing {
        let count = self.hostile as usize;
        let target = victim.name.p2p_id(&Dialect::default());
        match self.plan {
            Plan::Publish => Placing {
                names: vec![victim.name.clone(); count],
                tried: 0,
            },
            Plan::Scatter => place(target, count, ANYWHERE),
            Plan::Mislead | Plan::Refuse | Plan::Forge => {
                place(target, count, self.nodes.ilog2() + CLOSER)
            }
        }
    }

    /// Where the hostile nodes claim to be: "nearest" is measured by address, so they spread over
    /// those of the honest nodes.
    fn prefixes(&self, crowd: &Crowd) -> Vec<u64> {
        let addresses = &crowd.world.addresses;
        let nodes = (0..self.nodes).map(Node);
        let mut all: Vec<u64> = nodes
            .map(|node| upper_half(addresses.endpoint(node).address))
            .collect();
        all.sort_unstable();
        let step = all.len() / (self.hostile.max(1) as usize);
        let chosen = all.iter().skip(step / 2).step_by(step.max(1));
        chosen.copied().collect()
    }

    /// Has honest nodes resolve the name that do not know its publisher and could reach it.
    fn ask(&self, crowd: &mut Crowd, victim: &Victim, progress: &mut Course) -> Vec<Outcome> {
        progress.stage("resolves", u64::from(self.resolves));
        for number in 0..self.resolves {
            crowd.rest(BETWEEN_RESOLVES);
            let asker = (0..MOST_DRAWS).find_map(|_| {
                let node = Node(crowd.chance.random_range(0..self.nodes));
                let cloud = crowd.world.cloud(node)?;
                let is_fit = node != victim.node
                    && cloud.state() == CloudState::Active
                    && !cloud.cache().contains(&victim.id)
                    && crowd.world.network.joins(node, victim.node);
                is_fit.then_some(node)
            });
            if let Some(asker) = asker {
                let timeout = crowd.settings.timeout;
                let name = victim.name.clone();
                crowd.world.resolve(asker, name, timeout, tag::FIRST);
            }
            progress.at(u64::from(number), &crowd.world);
        }
        let timeout = crowd.settings.timeout;
        crowd.rest(timeout);
        crowd.world.take_outcomes()
    }
}

/// Has those who found nobody ask once more.
fn ask_again(
    crowd: &mut Crowd,
    victim: &Victim,
    outcomes: &[Outcome],
    progress: &mut Course,
) -> Vec<Outcome> {
    let denied = outcomes.iter().filter(|outcome| outcome.found.is_none());
    progress.stage("second tries", MOST_SECOND_TRIES);
    for (number, outcome) in (0..MOST_SECOND_TRIES).zip(denied) {
        crowd.rest(BETWEEN_RESOLVES);
        let (name, timeout) = (victim.name.clone(), crowd.settings.timeout);
        crowd.world.resolve(outcome.node, name, timeout, tag::AGAIN);
        progress.at(number, &crowd.world);
    }
    let timeout = crowd.settings.timeout;
    crowd.rest(timeout);
    crowd.world.take_outcomes()
}

/// What a hostile node publishes.
fn registration(
    name: PeerName,
    signer: Arc<dyn Signer>,
    at: pnrp_wire::Endpoint,
    location_prefix: u64,
) -> Registration {
    Registration {
        name,
        signer,
        cert_chain: None,
        endpoints: vec![AppEndpoint {
            address: at.address,
            port: 8_080,
            protocol: 6,
        }],
        comment: None,
        payload: None,
        binds: false,
        location_prefix: Some(location_prefix),
        lifetime: Duration::from_secs(86_400),
        owner: OwnerId(1),
    }
}

fn upper_half(address: std::net::Ipv6Addr) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = address.octets();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no more than all"
)]
fn share_of(nodes: u32, share: f64) -> u32 {
    (f64::from(nodes) * share / 100.0).round() as u32
}

const CLASSIFIER: &str = "victim";
/// How long the name is published before anybody attacks it.
const AMONG_FRIENDS: Duration = Duration::from_secs(30);
/// In which the hostile nodes come.
const INTRUSION: Duration = Duration::from_secs(20);
/// Bits by which hostile IDs are closer to the name than those of honest neighbours, at most.
const CLOSER: u32 = 5;
/// Bits of an ID that is not placed.
const ANYWHERE: u32 = 1;
const BETWEEN_RESOLVES: Duration = Duration::from_millis(50);
/// Of those who found nobody, so many ask again.
const MOST_SECOND_TRIES: u64 = 200;
/// Draws after which it is taken that everybody knows the publisher.
const MOST_DRAWS: u32 = 10_000;
