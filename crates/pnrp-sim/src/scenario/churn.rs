//! Nodes come and go.

use std::time::Duration;

use pnrp_node::cloud::{Cloud, CloudState};
use rand::RngExt;

use super::{
    Common, Scenario,
    arguments::seconds,
    check,
    growth::RESOLVE_PERIOD,
    summary::{Summary, in_per_cent},
};
use crate::{
    address::Node,
    course::Course,
    crowd::{Crowd, tag},
    population::sessions::Sessions,
    report::{Bar, Figure, Run},
    time::Time,
    world::{Act, Outcome},
};

/// A cloud of constant size whose nodes stay for a while: whoever goes, goes without a word, and
/// somebody comes at another address.
#[derive(Clone, Debug, clap::Args)]
pub struct Churn {
    /// Nodes up at one time.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// Half of all sessions are shorter.
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    pub median: Duration,
    /// How long it is measured, after a third of that in which it is not.
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    pub span: Duration,
    /// What is asked of it.
    #[arg(skip)]
    pub bars: ChurnBars,
}

/// What is asked of a cloud under churn.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChurnBars {
    /// Success at the first try, in per cent.
    pub first: Option<f64>,
    /// Success when it is tried once more, in per cent.
    pub second: Option<f64>,
    /// Bytes a second and node.
    pub bytes: Option<f64>,
}

/// Asker and publisher have been up for so long when a name is asked for: how soon a name can be
/// found is measured by the scenarios of joining.
const ESTABLISHED: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
struct Life {
    /// When each node has come up, if it is up.
    since: Vec<Option<Time>>,
    /// Those that are not.
    down: Vec<Node>,
    /// Resolves whose publisher has left meanwhile.
    void: u64,
    first: Vec<Outcome>,
    second: Vec<Outcome>,
    is_measured: bool,
}

impl Scenario for Churn {
    fn name(&self) -> &'static str {
        "churn"
    }

    fn title(&self) -> String {
        format!(
            "{} nodes, sessions of {:.1} min in the median",
            self.nodes,
            self.median.as_secs_f64() / 60.0
        )
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        let sessions = Sessions::with_median(self.median);
        let start = crowd.world.now();
        let mut life = Life {
            since: (0..2 * self.nodes)
                .map(|number| (number < self.nodes).then_some(start))
                .collect(),
            down: (self.nodes..2 * self.nodes).map(Node).collect(),
            ..Life::default()
        };
        for number in 0..self.nodes {
            let node = Node(number);
            // Whoever is up at some moment has part of a session behind it.
            let rest = sessions.rest(crowd.chance.random());
            crowd.world.act_at(start + rest, node, Act::Leave);
            let wait = RESOLVE_PERIOD.mul_f64(crowd.chance.random());
            crowd.world.act_at(start + wait, node, Act::Resolve);
        }
        let warming = self.span / 3;
        progress.stage("nodes come and go", (warming + self.span).as_secs());
        self.live(&mut crowd, warming, &mut life, 0, progress);
        life.is_measured = true;
        let before = crowd.counters();
        let sessions_before = crowd.world.sessions();
        self.live(
            &mut crowd,
            self.span,
            &mut life,
            warming.as_secs(),
            progress,
        );
        let rates = crowd.rates(before);
        let sessions = crowd.world.sessions() - sessions_before;
        let timeout = crowd.settings.timeout;
        for _ in 0..2 {
            crowd.rest(timeout);
            life.sort(&mut crowd);
        }
        check(&crowd)?;
        Ok(self.report(common, &crowd, &life, (rates, sessions)))
    }
}

impl Churn {
    fn live(
        &self,
        crowd: &mut Crowd,
        span: Duration,
        life: &mut Life,
        done: u64,
        progress: &mut Course,
    ) {
        let sessions = Sessions::with_median(self.median);
        for second in 0..span.as_secs() {
            crowd.live(Duration::from_secs(1), &mut |crowd, node, act| match act {
                Act::Leave => {
                    crowd.world.crash(node);
                    let node = life.replace(node, crowd);
                    crowd.join(node);
                    let stay = sessions.length(crowd.chance.random());
                    let now = crowd.world.now();
                    crowd.world.act_at(now + stay, node, Act::Leave);
                    let wait = RESOLVE_PERIOD.mul_f64(crowd.chance.random());
                    crowd.world.act_at(now + wait, node, Act::Resolve);
                }
                Act::Resolve => {
                    life.ask(crowd, node);
                    let now = crowd.world.now();
                    crowd.world.act_at(now + RESOLVE_PERIOD, node, Act::Resolve);
                }
                Act::Join => {}
            });
            life.sort(crowd);
            progress.at(done + second + 1, &crowd.world);
        }
    }

    fn report(
        &self,
        common: &Common,
        crowd: &Crowd,
        life: &Life,
        (rates, sessions): (crate::crowd::Rates, u64),
    ) -> Run {
        let first = Summary::of(&life.first);
        let second = Summary::of(&life.second);
        let asked = first.asked;
        let with_retry = in_per_cent(first.right + second.right, asked);
        let at_least = |bar: Option<f64>| bar.map(Bar::AtLeast);
        let mut figures = first.figures(at_least(self.bars.first));
        figures.extend([
            Figure::barred(
                "success with one retry",
                "%",
                with_retry,
                at_least(self.bars.second),
            ),
            Figure::count("publisher left meanwhile", life.void),
            Figure::new("messages", "/s/node", rates.messages),
            Figure::barred(
                "bytes",
                "B/s/node",
                rates.bytes,
                self.bars.bytes.map(Bar::AtMost),
            ),
            Figure::new("leaves in place", "%", crowd.leaf_quality() * 100.0),
            Figure::count("sessions ended", sessions),
            Figure::count("looks at invariants", crowd.watch.looks()),
        ]);
        Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("median session, s", self.median.as_secs())
            .with_parameter("measured, s", self.span.as_secs())
            .with_common(common)
            .with_figures(figures)
            .with_distributions(first.distributions(""))
    }
}

impl Life {
    /// Who comes in the place of a node that has gone.
    fn replace(&mut self, gone: Node, crowd: &mut Crowd) -> Node {
        let place = crowd.chance.random_range(0..self.down.len());
        let Some(place) = self.down.get_mut(place) else {
            return gone;
        };
        let come = std::mem::replace(place, gone);
        for (node, since) in [(gone, None), (come, Some(crowd.world.now()))] {
            if let Some(noted) = self.since.get_mut(node.index()) {
                *noted = since;
            }
        }
        come
    }

    fn is_established(&self, node: Node, now: Time) -> bool {
        let since = self.since.get(node.index()).copied().flatten();
        since.is_some_and(|since| since + ESTABLISHED <= now)
    }

    /// Has a node resolve somebody's name.
    fn ask(&self, crowd: &mut Crowd, asker: Node) {
        let now = crowd.world.now();
        let is_fit = |cloud: &Cloud| cloud.state() == CloudState::Active;
        if !self.is_established(asker, now) || !crowd.world.cloud(asker).is_some_and(is_fit) {
            return;
        }
        for _ in 0..100 {
            let publisher = Node(crowd.chance.random_range(0..crowd.size()));
            if publisher != asker
                && self.is_established(publisher, now)
                && crowd.world.network.joins(asker, publisher)
            {
                let timeout = crowd.settings.timeout;
                let name = Crowd::name_of(publisher);
                crowd.world.resolve(asker, name, timeout, tag::FIRST);
                return;
            }
        }
    }

    /// Sorts what has ended, and has what failed tried once more.
    fn sort(&mut self, crowd: &mut Crowd) {
        for outcome in crowd.world.take_outcomes() {
            let publisher = Crowd::owner_of(&outcome.name);
            let since = publisher.and_then(|node| *self.since.get(node.index())?);
            // Nobody can find a node that has gone.
            if since.is_none_or(|since| since > outcome.at) {
                self.void += u64::from(self.is_measured);
                continue;
            }
            let is_again = outcome.tag == tag::AGAIN;
            if !is_again && outcome.found != publisher {
                let timeout = crowd.settings.timeout;
                let name = outcome.name.clone();
                crowd.world.resolve(outcome.node, name, timeout, tag::AGAIN);
            }
            match (self.is_measured, is_again) {
                (true, false) => self.first.push(outcome),
                (true, true) => self.second.push(outcome),
                (false, _) => {}
            }
        }
    }
}
