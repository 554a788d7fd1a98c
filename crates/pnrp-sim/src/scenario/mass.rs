//! Many come at once, or go at once.

use std::time::Duration;

use pnrp_node::cloud::CloudState;
use rand::{RngExt, seq::SliceRandom};

use super::{
    Common, Scenario,
    arguments::{per_cent, seconds},
    check,
    summary::Summary,
    writing::series,
};
use crate::{
    address::Node,
    course::Course,
    crowd::{Crowd, tag},
    report::{Figure, Run},
};

/// A settled cloud is joined by many within a few seconds.
#[derive(Clone, Debug, clap::Args)]
pub struct MassJoin {
    /// Nodes before.
    #[arg(long, default_value_t = 200)]
    pub nodes: u32,
    /// Nodes that come.
    #[arg(long, default_value_t = 800)]
    pub newcomers: u32,
    /// In which they come.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub within: Duration,
    /// How long it is watched.
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub watched: Duration,
}

/// Part of a settled cloud crashes at one moment.
#[derive(Clone, Debug, clap::Args)]
pub struct MassLeave {
    /// Nodes before.
    #[arg(long, default_value_t = 1_000)]
    pub nodes: u32,
    /// Share that crashes, in per cent.
    #[arg(long, value_name = "PER CENT", default_value_t = 50.0, value_parser = per_cent)]
    pub leaving: f64,
    /// How long it is watched.
    #[arg(long, value_name = "SECONDS", default_value = "180", value_parser = seconds)]
    pub watched: Duration,
}

/// Resolves that begin in each second of what is watched.
const RESOLVES: u32 = 50;
/// How many seconds a point of the series sums up.
const STEP: u64 = 5;

impl Scenario for MassJoin {
    fn name(&self) -> &'static str {
        "mass-join"
    }

    fn title(&self) -> String {
        format!(
            "{} nodes, {} more within {} s",
            self.nodes,
            self.newcomers,
            self.within.as_secs()
        )
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        progress.stage("many join", u64::from(self.newcomers));
        let start = crowd.world.now();
        for number in 0..self.newcomers {
            let share = f64::from(number) / f64::from(self.newcomers);
            let wait = (start + self.within.mul_f64(share)) - crowd.world.now();
            crowd.rest(wait);
            crowd.join(Node(self.nodes + number));
            progress.at(u64::from(number), &crowd.world);
        }
        let newcomers = self.nodes..self.nodes + self.newcomers;
        let (points, last) = watch(&mut crowd, self.watched, &newcomers, progress);
        check(&crowd)?;
        let found_after = points.iter().find(|[_, success]| *success >= 99.9);
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("newcomers", self.newcomers)
            .with_common(common)
            .with_figures(vec![
                Figure::new("newcomers found, last 5 s", "%", last.success()),
                Figure::new(
                    "after the last has come, 99.9 % are found within",
                    "s",
                    found_after.map_or(-1.0, |[at, _]| *at),
                ),
                Figure::new(
                    "leaves in place at the end",
                    "%",
                    crowd.leaf_quality() * 100.0,
                ),
                Figure::count("looks at invariants", crowd.watch.looks()),
            ])
            .with_series(vec![series(
                ("newcomers found", "%"),
                ("time since the last has come", "s"),
                points,
            )]))
    }
}

impl Scenario for MassLeave {
    fn name(&self) -> &'static str {
        "mass-leave"
    }

    fn title(&self) -> String {
        format!("{} nodes, {} % crash at once", self.nodes, self.leaving)
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        let mut crowd = common.settled(self.nodes, progress);
        let mut all: Vec<Node> = crowd.world.clouds().map(|(node, _)| node).collect();
        all.shuffle(&mut crowd.chance);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a few thousand"
        )]
        all.truncate((f64::from(self.nodes) * self.leaving / 100.0) as usize);
        for node in all {
            crowd.world.crash(node);
        }
        let everybody = 0..self.nodes;
        let (points, last) = watch(&mut crowd, self.watched, &everybody, progress);
        check(&crowd)?;
        let found_after = points.iter().find(|[_, success]| *success >= 99.9);
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_parameter("leaving, %", self.leaving)
            .with_common(common)
            .with_figures(vec![
                Figure::new("others found, last 5 s", "%", last.success()),
                Figure::new(
                    "99.9 % of the others are found within",
                    "s",
                    found_after.map_or(-1.0, |[at, _]| *at),
                ),
                Figure::new(
                    "leaves in place at the end",
                    "%",
                    crowd.leaf_quality() * 100.0,
                ),
                Figure::count("looks at invariants", crowd.watch.looks()),
            ])
            .with_series(vec![series(
                ("others found", "%"),
                ("time since the crash", "s"),
                points,
            )]))
    }
}

/// Success of resolves for some names, by the time they began.
fn watch(
    crowd: &mut Crowd,
    span: Duration,
    publishers: &std::ops::Range<u32>,
    progress: &mut Course,
) -> (Vec<[f64; 2]>, Summary) {
    let start = crowd.world.now();
    progress.stage("resolves", span.as_secs());
    for second in 0..span.as_secs() {
        for _ in 0..RESOLVES {
            crowd.rest(Duration::from_secs(1) / RESOLVES);
            ask(crowd, publishers);
        }
        progress.at(second + 1, &crowd.world);
    }
    let timeout = crowd.settings.timeout;
    crowd.rest(timeout);
    let outcomes = crowd.world.take_outcomes();
    let mut points = Vec::new();
    let mut last = Summary::default();
    for step in 0..span.as_secs() / STEP {
        let begins = start + Duration::from_secs(step * STEP);
        let ends = begins + Duration::from_secs(STEP);
        let of_step = outcomes
            .iter()
            .filter(|outcome| begins <= outcome.at && outcome.at < ends);
        last = Summary::of(of_step);
        points.push([
            Duration::from_secs(step * STEP).as_secs_f64(),
            last.success(),
        ]);
    }
    (points, last)
}

fn ask(crowd: &mut Crowd, publishers: &std::ops::Range<u32>) {
    for _ in 0..1_000 {
        let Some((asker, _)) = crowd.pair(&|cloud| cloud.state() == CloudState::Active) else {
            return;
        };
        let publisher = Node(crowd.chance.random_range(publishers.clone()));
        let is_up = crowd.world.cloud(publisher).is_some();
        if is_up && publisher != asker && crowd.world.network.joins(asker, publisher) {
            let timeout = crowd.settings.timeout;
            crowd
                .world
                .resolve(asker, Crowd::name_of(publisher), timeout, tag::FIRST);
            return;
        }
    }
}
