//! Part of what caches hold is dead, and nobody has noticed yet.

use std::time::Duration;

use pnrp_node::cloud::{CloudState, Pace};
use rand::seq::SliceRandom;

use super::{
    Common, Scenario,
    arguments::per_cent,
    check,
    summary::{Summary, in_per_cent},
    writing::quantile,
};
use crate::{
    address::Node,
    course::Course,
    crowd::{Crowd, tag},
    measure::Histogram,
    network::{DelayModel, Weather},
    report::{Bar, Figure, Run},
    world::Outcome,
};

/// Some nodes crash at once; at once the others ask for names of those that are left.
#[derive(Clone, Debug, clap::Args)]
pub struct DeadEntries {
    /// Nodes before the crash.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// Share of them that crashes, in per cent.
    #[arg(long, value_name = "PER CENT", default_value_t = 5.0, value_parser = per_cent)]
    pub dead: f64,
    /// Resolves, all begun within two seconds of the crash.
    #[arg(long, default_value_t = 2_000)]
    pub resolves: u32,
}

/// In which all resolves begin: less than it takes literal timers to notice one dead hop.
const AT_ONCE: Duration = Duration::from_secs(2);

impl Scenario for DeadEntries {
    fn name(&self) -> &'static str {
        "dead-entries"
    }

    fn title(&self) -> String {
        format!(
            "{} nodes, {} % of all cached are dead",
            self.nodes, self.dead
        )
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        let dead = kill(&mut crowd, self.dead / 100.0);
        let outcomes = ask_at_once(&mut crowd, self.resolves, progress);
        check(&crowd)?;
        let summary = Summary::of(&outcomes);
        let latency = |share| quantile(&summary.latency, share, 1000.0);
        let mut figures = summary.figures(None);
        figures.extend([
            Figure::new("latency, p50", "ms", latency(0.5)),
            Figure::new("latency, p95", "ms", latency(0.95)),
            Figure::new("latency, p99", "ms", latency(0.99)),
            Figure::count("nodes crashed", dead),
        ]);
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("dead, %", self.dead)
            .with_common(common)
            .with_figures(figures)
            .with_distributions(summary.distributions("")))
    }
}

/// What one dead hop costs: all round trips take the same time and nothing is lost, so whatever a
/// resolve takes beyond its hops it has waited in vain.
#[derive(Clone, Debug, clap::Args)]
pub struct DeadHop {
    /// Nodes before the crash.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// Resolves.
    #[arg(long, default_value_t = 10_000)]
    pub resolves: u32,
}

/// The round trip between any two nodes.
const ROUND_TRIP: Duration = Duration::from_millis(156);
/// Share of nodes that crash: few enough that hardly a resolve meets two.
const FEW: f64 = 0.02;

impl Scenario for DeadHop {
    fn name(&self) -> &'static str {
        "dead-hop"
    }

    fn title(&self) -> String {
        "what a dead hop costs".to_owned()
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let common = Common {
            delays: DelayModel::Uniform(ROUND_TRIP),
            weather: Weather::fair(),
            ..common.clone()
        };
        let mut crowd = common.settled(self.nodes, progress);
        kill(&mut crowd, FEW);
        let outcomes = ask_at_once(&mut crowd, self.resolves, progress);
        check(&crowd)?;
        let mut cost = Histogram::default();
        for outcome in outcomes.iter().filter(|outcome| outcome.found.is_some()) {
            let answered = outcome.lookups - outcome.silent + 1;
            let waited = outcome.elapsed.saturating_sub(ROUND_TRIP * answered);
            // Signatures take a little.
            if waited > ROUND_TRIP / 4 {
                cost.record(u64::try_from(waited.as_micros()).unwrap_or(u64::MAX));
            }
        }
        let in_round_trips =
            |share| crate::crowd::fraction_of(cost.quantile(share), ROUND_TRIP.as_secs_f64() * 1e6);
        let bar = match common.pace {
            Pace::Adaptive => Some(Bar::AtMost(3.0)),
            Pace::Literal => None,
        };
        let count = u64::try_from(outcomes.len()).unwrap_or(u64::MAX);
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("dead, %", FEW * 100.0)
            .with_parameter(
                "round trip, ms",
                u64::try_from(ROUND_TRIP.as_millis()).unwrap_or(0),
            )
            .with_common(&common)
            .with_figures(vec![
                Figure::count("resolves", count),
                Figure::new(
                    "of them met a dead hop",
                    "%",
                    in_per_cent(cost.count(), count),
                ),
                Figure::barred("cost, p50", "round trips", in_round_trips(0.5), bar),
                Figure::new("cost, p90", "round trips", in_round_trips(0.9)),
                Figure::new("cost, max", "round trips", in_round_trips(1.0)),
            ]))
    }
}

/// Crashes a share of the nodes; returns how many.
fn kill(crowd: &mut Crowd, share: f64) -> u64 {
    let mut nodes: Vec<Node> = crowd.world.clouds().map(|(node, _)| node).collect();
    nodes.shuffle(&mut crowd.chance);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a few thousand"
    )]
    let count = (f64::from(crowd.size()) * share).round() as usize;
    nodes.truncate(count);
    for node in &nodes {
        crowd.world.crash(*node);
    }
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Has names of live nodes resolved before anybody notices who is dead.
fn ask_at_once(crowd: &mut Crowd, resolves: u32, progress: &mut Course) -> Vec<Outcome> {
    progress.stage("resolves", u64::from(resolves));
    let mut asked = 0;
    let is_active = |crowd: &mut Crowd| crowd.pair(&|cloud| cloud.state() == CloudState::Active);
    let start = crowd.world.now();
    for number in 0..resolves {
        let at = start + AT_ONCE.mul_f64(f64::from(number) / f64::from(resolves.max(1)));
        let wait = at - crowd.world.now();
        crowd.rest(wait);
        if let Some((asker, publisher)) = is_active(crowd) {
            let timeout = crowd.settings.timeout;
            crowd
                .world
                .resolve(asker, Crowd::name_of(publisher), timeout, tag::FIRST);
        }
        asked += 1;
        progress.at(asked, &crowd.world);
    }
    let timeout = crowd.settings.timeout;
    crowd.rest(timeout);
    crowd.world.take_outcomes()
}
