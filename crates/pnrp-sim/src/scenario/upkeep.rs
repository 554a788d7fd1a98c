//! What a cloud costs that nobody uses.

use std::time::Duration;

use super::{Common, Scenario, arguments::seconds, check, rest};
use crate::{
    course::Course,
    report::{Bar, Figure, Run},
};

/// A cloud in which nobody leaves and nobody asks.
#[derive(Clone, Debug, clap::Args)]
pub struct Upkeep {
    /// Nodes.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// How long it is left alone before it is measured.
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub calm: Duration,
    /// How long it is measured.
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub span: Duration,
}

impl Scenario for Upkeep {
    fn name(&self) -> &'static str {
        "upkeep"
    }

    fn title(&self) -> String {
        format!("{} nodes, no resolves", self.nodes)
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        let settling = crowd.counters();
        rest(&mut crowd, self.calm, "the cloud calms down", progress);
        let calming = crowd.rates(settling);
        let before = crowd.counters();
        rest(&mut crowd, self.span, "the cloud is left alone", progress);
        let rates = crowd.rates(before);
        check(&crowd)?;
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("calming down, s", self.calm.as_secs())
            .with_parameter("measured, s", self.span.as_secs())
            .with_common(common)
            .with_figures(vec![
                Figure::barred(
                    "messages",
                    "/s/node",
                    rates.messages,
                    Some(Bar::AtMost(0.5)),
                ),
                Figure::new("bytes", "B/s/node", rates.bytes),
                Figure::new("messages while calming down", "/s/node", calming.messages),
                Figure::new("leaves in place", "%", crowd.leaf_quality() * 100.0),
                Figure::count("looks at invariants", crowd.watch.looks()),
            ]))
    }
}
