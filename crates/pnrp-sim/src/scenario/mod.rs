//! What clouds are put through, and what is measured of it.

mod arguments;
mod churn;
mod dead_entries;
mod flash_crowd;
mod growth;
mod mass;
mod publishers;
mod real_keys;
mod replayed;
mod split;
mod summary;
mod sybil;
mod upkeep;
mod writing;

use std::time::Duration;

use pnrp_node::cloud::{Pace, Search};

pub use arguments::{per_cent, seconds};
pub use churn::{Churn, ChurnBars};
pub use dead_entries::{DeadEntries, DeadHop};
pub use flash_crowd::FlashCrowd;
pub use growth::{Static, StaticBars};
pub use mass::{MassJoin, MassLeave};
pub use publishers::Publishers;
pub use real_keys::RealKeys;
pub use replayed::{Replayed, ScriptError};
pub use split::Split;
pub use sybil::Sybil;
pub use upkeep::Upkeep;

use crate::{
    course::Course,
    crowd::{Build, Crowd, Settings},
    network::{DelayModel, Network, Weather},
    report::Run,
};

/// Something that a cloud can be put through.
pub trait Scenario: std::fmt::Debug {
    /// A word for the command line and reports.
    fn name(&self) -> &'static str;

    /// One line on what happens.
    fn title(&self) -> String;

    /// Does it.
    ///
    /// # Errors
    /// When an invariant of a node does not hold, or there is nothing to measure.
    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run>;
}

/// What scenarios share.
#[derive(Clone, Debug)]
pub struct Common {
    /// The seed of all chance.
    pub seed: u64,
    /// How long datagrams take.
    pub delays: DelayModel,
    /// What else happens to them.
    pub weather: Weather,
    /// Which timers nodes use, where the scenario does not compare them.
    pub pace: Pace,
    /// How names are searched for.
    pub search: Search,
    /// Route entries that a node caches at most.
    pub cache: usize,
    /// How large its other tables are.
    pub build: Build,
    /// Nodes that one who joins knows.
    pub acquaintances: usize,
    /// Time in which a cloud doubles while it grows.
    pub doubling: Duration,
    /// How long it is left alone when it has grown.
    pub settling: Duration,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            seed: 1,
            delays: DelayModel::King,
            weather: Weather::default(),
            pace: Pace::Adaptive,
            search: Search::Swift,
            cache: Settings::default().cache,
            build: Build::Usual,
            acquaintances: Settings::default().acquaintances,
            doubling: Settings::default().doubling,
            settling: SETTLING,
        }
    }
}

impl Common {
    /// What all nodes have in common.
    pub fn settings(&self) -> Settings {
        Settings {
            seed: self.seed,
            pace: self.pace,
            search: self.search,
            cache: self.cache,
            build: self.build,
            acquaintances: self.acquaintances,
            doubling: self.doubling,
            ..Settings::default()
        }
    }

    /// The network.
    pub fn network(&self) -> Network {
        Network::with_delays(self.seed, self.delays, self.weather.clone())
    }

    /// A cloud of a size in which little changes any more.
    pub fn settled(&self, size: u32, progress: &mut Course) -> Crowd {
        let mut crowd = Crowd::new(self.settings(), self.network());
        progress.stage(&format!("{size} nodes join"), u64::from(size));
        crowd.grow(size, &mut |crowd| {
            progress.at(u64::from(crowd.size()), &crowd.world)
        });
        rest(&mut crowd, self.settling, "the cloud settles", progress);
        crowd
    }
}

/// Lets the protocol run, second by second.
pub(crate) fn rest(crowd: &mut Crowd, span: Duration, what: &str, progress: &mut Course) {
    progress.stage(what, span.as_secs());
    for second in 0..span.as_secs() {
        crowd.rest(Duration::from_secs(1));
        progress.at(second + 1, &crowd.world);
    }
}

/// A run without a fault.
///
/// # Errors
/// When an invariant did not hold.
pub(crate) fn check(crowd: &Crowd) -> anyhow::Result<()> {
    if let Some(fault) = crowd.watch.faults().first() {
        anyhow::bail!(
            "an invariant does not hold at node {} after {:?}: {} ({} faults in all); this is a defect of the engine",
            fault.node.0,
            fault.at,
            fault.what,
            crowd.watch.faults().len(),
        );
    }
    Ok(())
}

/// After which a cloud that has grown is steady: four periods of maintenance and what they begin.
const SETTLING: Duration = Duration::from_secs(90);
