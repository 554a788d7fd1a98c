//! A cloud falls in two, and is whole again.

use std::time::Duration;

use pnrp_node::cloud::{CloudState, Timers};
use rand::RngExt;

use super::{Common, Scenario, arguments::seconds, check, rest, summary::Summary, writing::series};
use crate::{
    address::Node,
    course::Course,
    crowd::{Crowd, tag},
    report::{Bar, Figure, Run},
    world::Outcome,
};

/// The network breaks between two halves of the nodes, and later mends.
#[derive(Clone, Debug, clap::Args)]
pub struct Split {
    /// Nodes of each half.
    #[arg(long, default_value_t = 500)]
    pub half: u32,
    /// How long the network is broken.
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    pub broken: Duration,
    /// Periods of maintenance that are watched afterwards.
    #[arg(long, default_value_t = 20)]
    pub periods: u32,
    /// Resolves in each period, across the former break.
    #[arg(long, default_value_t = 500)]
    pub resolves: u32,
}

impl Scenario for Split {
    fn name(&self) -> &'static str {
        "split"
    }

    fn title(&self) -> String {
        format!(
            "2 x {} nodes, apart for {} s, together again",
            self.half,
            self.broken.as_secs()
        )
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.half * 2, progress);
        crowd.world.network.set_partition(Some(self.half));
        rest(&mut crowd, self.broken, "the network is broken", progress);
        let within = self.within(&mut crowd, progress);
        crowd.world.network.set_partition(None);
        let before = crowd.counters();
        let period = Timers::default().maintenance;
        progress.stage("the network is whole", u64::from(self.periods));
        let mut points = Vec::new();
        let mut healed = None;
        let mut last = Summary::default();
        for number in 1..=self.periods {
            self.ask_across(&mut crowd, period);
            crowd.rest(Duration::ZERO);
            progress.at(u64::from(number), &crowd.world);
            let outcomes = self.outcomes_of(&mut crowd);
            let summary = Summary::of(&outcomes);
            points.push([f64::from(number) * period.as_secs_f64(), summary.success()]);
            if summary.success() < ENOUGH {
                healed = None;
            } else {
                healed = healed.or(Some(number));
            }
            last = summary;
        }
        let rates = crowd.rates(before);
        check(&crowd)?;
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes of each half", self.half)
            .with_parameter("broken, s", self.broken.as_secs())
            .with_common(common)
            .with_figures(vec![
                Figure::new(
                    "success within the halves, while broken",
                    "%",
                    within.success(),
                ),
                Figure::barred(
                    "success across, last period",
                    "%",
                    last.success(),
                    Some(Bar::AtLeast(ENOUGH)),
                ),
                Figure::new(
                    "periods of 15 s until 99.9 % succeed across",
                    "",
                    healed.map_or(f64::from(self.periods) + 1.0, f64::from),
                ),
                Figure::new(
                    "leaves in place at the end",
                    "%",
                    crowd.leaf_quality() * 100.0,
                ),
                Figure::new("messages while healing", "/s/node", rates.messages),
                Figure::count("looks at invariants", crowd.watch.looks()),
            ])
            .with_series(vec![series(
                ("success across", "%"),
                ("time since the network is whole", "s"),
                points,
            )]))
    }
}

impl Split {
    /// Success of resolves that need not cross the break.
    fn within(&self, crowd: &mut Crowd, progress: &mut Course) -> Summary {
        progress.stage("resolves within the halves", u64::from(self.resolves));
        for _ in 0..self.resolves {
            let pair = crowd.pair(&|cloud| cloud.state() == CloudState::Active);
            if let Some((asker, publisher)) = pair
                && (asker.0 < self.half) == (publisher.0 < self.half)
            {
                let timeout = crowd.settings.timeout;
                crowd
                    .world
                    .resolve(asker, Crowd::name_of(publisher), timeout, tag::FIRST);
            }
            crowd.rest(Duration::from_millis(20));
        }
        let timeout = crowd.settings.timeout;
        crowd.rest(timeout);
        Summary::of(&crowd.world.take_outcomes())
    }

    /// Has nodes of one half resolve names of the other, evenly over a period.
    fn ask_across(&self, crowd: &mut Crowd, period: Duration) {
        for _ in 0..self.resolves {
            crowd.rest(period / self.resolves);
            for _ in 0..100 {
                let one = Node(crowd.chance.random_range(0..self.half));
                let other = Node(crowd.chance.random_range(self.half..self.half * 2));
                let (asker, publisher) = match crowd.chance.random() {
                    true => (one, other),
                    false => (other, one),
                };
                if crowd.world.network.joins(asker, publisher) {
                    let timeout = crowd.settings.timeout;
                    crowd
                        .world
                        .resolve(asker, Crowd::name_of(publisher), timeout, tag::FIRST);
                    break;
                }
            }
        }
    }

    /// What has ended in this period; what takes longer counts in the next.
    fn outcomes_of(&self, crowd: &mut Crowd) -> Vec<Outcome> {
        crowd.world.take_outcomes()
    }
}

/// Per cent of resolves across.
const ENOUGH: f64 = 99.9;
