//! A cloud grows, settles, and is asked: nobody leaves.

use std::time::Duration;

use super::{
    Common, Scenario, arguments::seconds, check, rest, summary::Summary, writing::quantile,
};
use crate::{
    course::Course,
    report::{Bar, Figure, Run},
    time::Time,
    world::Traffic,
};

/// A cloud in which nobody leaves.
#[derive(Clone, Debug, clap::Args)]
pub struct Static {
    /// Nodes.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// Resolves that are measured.
    #[arg(long, default_value_t = 10_000)]
    pub resolves: u32,
    /// Before those, how long every node resolves a name each 600 s, as nodes of a cloud that is
    /// used do.
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub use_before: Duration,
    /// Before that, how long nothing is asked of the cloud, and what its nodes send is counted.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub at_rest: Duration,
    /// The time in which the resolves are begun; by default as long as the nodes take for so many when
    /// each resolves a name every 600 s, but 10 s to 2 min.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub within: Option<Duration>,
    /// Bars of their own.
    #[arg(skip)]
    pub bars: StaticBars,
}

/// What is asked of a cloud in which nobody leaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct StaticBars {
    /// Median and nine tenths of the LOOKUPs.
    pub lookups: Option<(u32, u32)>,
    /// Median and 95 % of the latency, in milliseconds.
    pub latency: Option<(f64, f64)>,
}

/// Each node resolves a name once in this time.
pub(crate) const RESOLVE_PERIOD: Duration = Duration::from_secs(600);

impl Scenario for Static {
    fn name(&self) -> &'static str {
        "static"
    }

    fn title(&self) -> String {
        format!("{} nodes, none leaves", self.nodes)
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        let joining = crowd.rates((Time::ZERO, Traffic::default()));
        let to_join = crowd.world.traffic.sent / u64::from(self.nodes.max(1));
        let before = crowd.counters();
        rest(&mut crowd, self.at_rest, "at rest", progress);
        let at_rest = crowd.rates(before);
        if !self.use_before.is_zero() {
            let count = self.use_before.as_secs_f64() / RESOLVE_PERIOD.as_secs_f64();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small and positive"
            )]
            let count = (count * f64::from(self.nodes)) as u32;
            progress.stage("the cloud is used", u64::from(count));
            let mut asked = 0;
            crowd.ask(count, self.use_before, &mut |crowd| {
                asked += 256;
                progress.at(asked, &crowd.world);
            });
        }
        progress.stage("resolves", u64::from(self.resolves));
        let over = RESOLVE_PERIOD.mul_f64(f64::from(self.resolves) / f64::from(self.nodes.max(1)));
        let over = over.clamp(Duration::from_secs(10), LONGEST_ASKING);
        let over = self.within.unwrap_or(over);
        let mut asked = 0;
        let outcomes = crowd.ask(self.resolves, over, &mut |crowd| {
            asked += 256;
            progress.at(asked, &crowd.world);
        });
        check(&crowd)?;
        let summary = Summary::of(&outcomes);
        let mut figures = summary.figures(Some(Bar::AtLeast(100.0)));
        for figure in &mut figures {
            if figure.name == "LOOKUPs, mean" {
                figure.bar = Some(Bar::AtMost(f64::from(self.nodes).log10() + 1.0));
            }
        }
        let cached: usize = crowd
            .world
            .clouds()
            .map(|(_, cloud)| cloud.cache().len())
            .sum();
        let cached = u64::try_from(cached).unwrap_or(u64::MAX);
        figures.extend(self.quantiles(&summary));
        figures.extend([
            Figure::new("leaves in place", "%", crowd.leaf_quality() * 100.0),
            Figure::new(
                "messages to join and settle",
                "/node",
                crate::crowd::fraction_of(to_join, 1.0),
            ),
            Figure::new("messages while joining", "/s/node", joining.messages),
            Figure::new(
                "cached",
                "/node",
                crate::crowd::fraction_of(cached, f64::from(self.nodes)),
            ),
            Figure::count("looks at invariants", crowd.watch.looks()),
            Figure::count("messages in all", crowd.world.traffic.sent),
        ]);
        if !self.at_rest.is_zero() {
            figures.extend([
                Figure::new("messages after settling", "/s/node", at_rest.messages),
                Figure::new("bytes after settling", "B/s/node", at_rest.bytes),
            ]);
        }
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("resolves", self.resolves)
            .with_parameter("use before, s", self.use_before.as_secs())
            .with_common(common)
            .with_figures(figures)
            .with_distributions(summary.distributions("")))
    }
}

impl Static {
    fn quantiles(&self, summary: &Summary) -> Vec<Figure> {
        let lookups = |share| quantile(&summary.lookups, share, 1.0);
        let latency = |share| quantile(&summary.latency, share, 1000.0);
        let at_most = |bar: Option<f64>| bar.map(Bar::AtMost);
        let bars = &self.bars;
        vec![
            Figure::barred(
                "LOOKUPs, p50",
                "",
                lookups(0.5),
                at_most(bars.lookups.map(|(p50, _)| p50.into())),
            ),
            Figure::barred(
                "LOOKUPs, p90",
                "",
                lookups(0.9),
                at_most(bars.lookups.map(|(_, p90)| p90.into())),
            ),
            Figure::barred(
                "latency, p50",
                "ms",
                latency(0.5),
                at_most(bars.latency.map(|(p50, _)| p50)),
            ),
            Figure::barred(
                "latency, p95",
                "ms",
                latency(0.95),
                at_most(bars.latency.map(|(_, p95)| p95)),
            ),
        ]
    }
}

/// Resolves of small clouds are no further apart than this allows.
const LONGEST_ASKING: Duration = Duration::from_secs(120);
