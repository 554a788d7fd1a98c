//! Many nodes publish one name.

use std::{collections::BTreeMap, time::Duration};

use pnrp_node::cloud::CloudState;
use rand::RngExt;

use super::{Common, Scenario, check, rest, summary::Summary};
use crate::{
    address::Node,
    course::Course,
    crowd::tag,
    report::{Figure, Run},
};

/// Part of a cloud publishes one and the same name; the others look for any of them.
#[derive(Clone, Debug, clap::Args)]
pub struct Publishers {
    /// Nodes with a name of their own.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// Nodes beside them that publish the same name.
    #[arg(long, default_value_t = 50)]
    pub publishers: u32,
    /// Resolves of that name.
    #[arg(long, default_value_t = 2_000)]
    pub resolves: u32,
}

/// What they all publish.
const NAME: &str = "0.service";
/// In which they come.
const WITHIN: Duration = Duration::from_secs(20);

impl Scenario for Publishers {
    fn name(&self) -> &'static str {
        "publishers"
    }

    fn title(&self) -> String {
        format!(
            "{} nodes, {} more publish one name",
            self.nodes, self.publishers
        )
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        let name: pnrp_wire::PeerName = NAME.parse()?;
        for number in 0..self.publishers {
            crowd.rest(WITHIN / self.publishers);
            crowd.join_as(Node(self.nodes + number), name.clone());
        }
        rest(
            &mut crowd,
            Duration::from_secs(60),
            "the cloud settles",
            progress,
        );
        progress.stage("resolves", u64::from(self.resolves));
        for number in 0..self.resolves {
            crowd.rest(Duration::from_millis(50));
            let asker = Node(crowd.chance.random_range(0..self.nodes));
            let is_active = |node| {
                let cloud = crowd.world.cloud(node);
                cloud.is_some_and(|cloud| cloud.state() == CloudState::Active)
            };
            if is_active(asker) {
                let timeout = crowd.settings.timeout;
                crowd
                    .world
                    .resolve(asker, name.clone(), timeout, tag::FIRST);
            }
            progress.at(u64::from(number), &crowd.world);
        }
        let timeout = crowd.settings.timeout;
        crowd.rest(timeout);
        check(&crowd)?;
        let mut summary = Summary::default();
        let mut shares: BTreeMap<Node, u32> = BTreeMap::new();
        for outcome in crowd.world.take_outcomes() {
            let publishes = outcome.found.filter(|node| node.0 >= self.nodes);
            summary.add(&outcome, publishes);
            if let Some(node) = publishes {
                *shares.entry(node).or_default() += 1;
            }
        }
        let met = u64::try_from(shares.len()).unwrap_or(u64::MAX);
        let busiest = shares.values().max().copied().unwrap_or_default();
        let mut figures = summary.figures(None);
        figures.extend([
            Figure::count("publishers that were found", met),
            Figure::new(
                "share of the one found most",
                "%",
                super::summary::in_per_cent(busiest.into(), summary.right),
            ),
            Figure::count("looks at invariants", crowd.watch.looks()),
        ]);
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("publishers", self.publishers)
            .with_common(common)
            .with_figures(figures)
            .with_distributions(summary.distributions("")))
    }
}
