//! One scenario with parameters of one's own.

use std::time::Duration;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use pnrp_node::cloud::{Pace, Search};
use pnrp_sim::{
    crowd::Build,
    network::{DelayModel, Uplink, Weather},
    plan::Planned,
    scenario::{
        Churn, Common, DeadEntries, DeadHop, FlashCrowd, MassJoin, MassLeave, Publishers, RealKeys,
        Scenario, Split, Static, Upkeep, per_cent, seconds,
    },
};

use super::Output;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunArgs {
    #[command(subcommand)]
    scenario: ScenarioArg,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The network, and what nodes have in common.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Network and nodes")]
struct NetworkArgs {
    /// How long datagrams take: "king", "geometric", or one round trip for all in milliseconds.
    #[arg(long, default_value = "king", global = true, value_parser = delays)]
    delays: DelayModel,
    /// Datagrams lost, in per cent.
    #[arg(long, default_value_t = 1.0, global = true, value_parser = per_cent)]
    loss: f64,
    /// Datagrams delivered twice, in per cent.
    #[arg(long, default_value_t = 0.0, global = true, value_parser = per_cent)]
    duplication: f64,
    /// Pairs of nodes that cannot exchange datagrams, in per cent.
    #[arg(long, default_value_t = 5.0, global = true, value_parser = per_cent)]
    deaf_pairs: f64,
    /// Bytes a second that a node can send; 64 KiB wait for their turn, and more is lost. Without it,
    /// as much as it likes.
    #[arg(long, value_name = "BYTES", global = true, value_parser = clap::value_parser!(u64).range(1..))]
    uplink: Option<u64>,
    /// Timers of the nodes.
    #[arg(long, value_enum, default_value = "adaptive", global = true)]
    timers: Timers,
    /// How nodes search.
    #[arg(long, value_enum, default_value = "swift", global = true)]
    search: Searching,
    /// Give nodes the small tables of a device with little memory.
    #[arg(long, global = true)]
    small: bool,
    /// Nodes that one who joins knows.
    #[arg(long, default_value_t = Common::default().acquaintances, global = true)]
    acquaintances: usize,
    /// Time in which the cloud doubles while it grows.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds, global = true)]
    doubling: Duration,
    /// How long it is left alone when it has grown.
    #[arg(long, value_name = "SECONDS", default_value = "90", value_parser = seconds, global = true)]
    settling: Duration,
    /// Route entries that a node caches at most.
    #[arg(long, default_value_t = Common::default().cache, global = true)]
    cache: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Timers {
    /// The specification's.
    Literal,
    /// By measured round trips.
    Adaptive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Searching {
    /// Step by step.
    Literal,
    /// Without the last LOOKUP, and around dead ends.
    Swift,
}

#[derive(Clone, Debug, Subcommand)]
enum ScenarioArg {
    /// A cloud grows, settles, and is asked; nobody leaves.
    Static(Static),
    /// Nodes come and go.
    Churn(Churn),
    /// Nobody leaves and nobody asks.
    Upkeep(Upkeep),
    /// Part of the nodes has crashed, and nobody has noticed.
    DeadEntries(DeadEntries),
    /// What a dead hop costs where nothing else costs time.
    DeadHop(DeadHop),
    /// The network breaks in two, and is whole again.
    Split(Split),
    /// Many join within seconds.
    MassJoin(MassJoin),
    /// Many crash at one moment.
    MassLeave(MassLeave),
    /// Many ask for one name within seconds.
    FlashCrowd(FlashCrowd),
    /// Many publish one name.
    Publishers(Publishers),
    /// RSA keys and their stand-in lead to the same routing.
    RealKeys(RealKeys),
}

impl RunArgs {
    /// The scenario, and what it is run with.
    pub(crate) fn planned(&self) -> anyhow::Result<Planned> {
        let network = &self.network;
        let common = Common {
            seed: self.output.seed,
            delays: network.delays,
            weather: Weather {
                loss: network.loss / 100.0,
                duplication: network.duplication / 100.0,
                deaf_pairs: network.deaf_pairs / 100.0,
                uplink: network.uplink.map(|bytes_per_second| Uplink {
                    bytes_per_second,
                    queue: UPLINK_QUEUE,
                }),
                ..Weather::default()
            },
            pace: match network.timers {
                Timers::Literal => Pace::Literal,
                Timers::Adaptive => Pace::Adaptive,
            },
            search: match network.search {
                Searching::Literal => Search::Literal,
                Searching::Swift => Search::Swift,
            },
            cache: network.cache,
            build: match network.small {
                true => Build::Small,
                false => Build::Usual,
            },
            acquaintances: network.acquaintances,
            doubling: network.doubling,
            settling: network.settling,
        };
        let (scenario, nodes) = self.scenario.clone().scenario();
        anyhow::ensure!(
            nodes >= LEAST,
            "{nodes} nodes are no cloud to measure; give at least {LEAST}"
        );
        Ok(Planned { scenario, common })
    }
}

/// Bytes that wait for a node's uplink at most.
const UPLINK_QUEUE: u64 = 64 * 1_024;
/// Nodes of which every resolver finds two that can reach each other.
const LEAST: u32 = 10;

impl ScenarioArg {
    /// The scenario, and how many nodes it has.
    fn scenario(self) -> (Box<dyn Scenario>, u32) {
        match self {
            Self::Static(its) => (Box::new(its.clone()), its.nodes),
            Self::Churn(its) => (Box::new(its.clone()), its.nodes),
            Self::Upkeep(its) => (Box::new(its.clone()), its.nodes),
            Self::DeadEntries(its) => (Box::new(its.clone()), its.nodes),
            Self::DeadHop(its) => (Box::new(its.clone()), its.nodes),
            Self::Split(its) => (Box::new(its.clone()), its.half),
            Self::MassJoin(its) => (Box::new(its.clone()), its.nodes),
            Self::MassLeave(its) => (Box::new(its.clone()), its.nodes),
            Self::FlashCrowd(its) => (Box::new(its.clone()), its.nodes),
            Self::Publishers(its) => (Box::new(its.clone()), its.nodes),
            Self::RealKeys(its) => (Box::new(its.clone()), its.nodes),
        }
    }
}

fn delays(text: &str) -> anyhow::Result<DelayModel> {
    match text {
        "king" => Ok(DelayModel::King),
        "geometric" => Ok(DelayModel::Geometric),
        _ => {
            let round_trip = text.parse().map(Duration::from_millis);
            let round_trip =
                round_trip.context("neither king nor geometric nor a number of milliseconds");
            round_trip.map(DelayModel::Uniform)
        }
    }
}
