//! Everybody wants one name.

use std::time::Duration;

use pnrp_node::cloud::CloudState;
use rand::RngExt;

use super::{Common, Scenario, arguments::seconds, check, summary::Summary, writing::quantile};
use crate::{
    address::Node,
    course::Course,
    crowd::{Crowd, tag},
    report::{Figure, Run},
};

/// Many nodes resolve one name within a few seconds, for the first time.
#[derive(Clone, Debug, clap::Args)]
pub struct FlashCrowd {
    /// Nodes.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// Resolves of the one name, by as many nodes.
    #[arg(long, default_value_t = 500)]
    pub resolves: u32,
    /// In which they begin.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub within: Duration,
}

impl Scenario for FlashCrowd {
    fn name(&self) -> &'static str {
        "flash-crowd"
    }

    fn title(&self) -> String {
        format!(
            "{} nodes, {} of them ask for one name within {} s",
            self.nodes,
            self.resolves,
            self.within.as_secs()
        )
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        let wanted = Node(self.nodes / 2);
        let received = |crowd: &Crowd| {
            let stats = crowd
                .world
                .cloud(wanted)
                .map(|cloud| cloud.stats().bytes_received);
            stats.unwrap_or_default()
        };
        let before = received(&crowd);
        let start = crowd.world.now();
        progress.stage("resolves", u64::from(self.resolves));
        for number in 0..self.resolves {
            let share = f64::from(number) / f64::from(self.resolves);
            let wait = (start + self.within.mul_f64(share)) - crowd.world.now();
            crowd.rest(wait);
            for _ in 0..1_000 {
                let asker = Node(crowd.chance.random_range(0..self.nodes));
                let is_active = |node| {
                    let cloud = crowd.world.cloud(node);
                    cloud.is_some_and(|cloud| cloud.state() == CloudState::Active)
                };
                if asker != wanted && is_active(asker) && crowd.world.network.joins(asker, wanted) {
                    let timeout = crowd.settings.timeout;
                    crowd
                        .world
                        .resolve(asker, Crowd::name_of(wanted), timeout, tag::FIRST);
                    break;
                }
            }
            progress.at(u64::from(number), &crowd.world);
        }
        let timeout = crowd.settings.timeout;
        crowd.rest(timeout);
        check(&crowd)?;
        let summary = Summary::of(&crowd.world.take_outcomes());
        let latency = |share| quantile(&summary.latency, share, 1000.0);
        let busiest = crate::crowd::fraction_of(
            received(&crowd) - before,
            (crowd.world.now() - start).as_secs_f64(),
        );
        let mut figures = summary.figures(None);
        figures.extend([
            Figure::new("latency, p50", "ms", latency(0.5)),
            Figure::new("latency, p99", "ms", latency(0.99)),
            Figure::new("bytes to the publisher", "B/s", busiest),
            Figure::count("looks at invariants", crowd.watch.looks()),
        ]);
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("resolves", self.resolves)
            .with_parameter("within, s", self.within.as_secs())
            .with_common(common)
            .with_figures(figures)
            .with_distributions(summary.distributions("")))
    }
}
