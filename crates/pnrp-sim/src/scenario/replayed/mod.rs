//! A resolve in a real cloud, repeated with the nodes that it met.
//!
//! The resolver is the engine itself; the nodes are made up from the trace and say what they said then.
//! It is played with literal and adaptive timers and with both ways to search, so that what the trace
//! cost can be set beside what it would cost otherwise.

mod node;
mod script;
mod stage;
#[cfg(test)]
mod tests;

use std::time::Duration;

use pnrp_node::cloud::{Pace, Search};

pub use script::ScriptError;

use super::{Common, Scenario};
use crate::{
    course::Course,
    replay::{Replay, ReplayOutcome},
    report::{Figure, Run},
};
use script::Script;
use stage::{Played, play};

/// Plays a trace of a real cloud with each pair of timers and search.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What the trace is called.
    pub title: String,
    /// The trace.
    pub replay: Replay,
}

/// Timers and search of each time that a trace is played.
const TIMES: [(Pace, Search); 4] = [
    (Pace::Literal, Search::Literal),
    (Pace::Literal, Search::Swift),
    (Pace::Adaptive, Search::Literal),
    (Pace::Adaptive, Search::Swift),
];

impl Scenario for Replayed {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn run(&self, common: &Common, _progress: &mut Course) -> anyhow::Result<Run> {
        let script = Script::new(&self.replay)?;
        let mut run = Run::new(self.name(), self.title())
            .with_parameter("hops recorded", self.replay.hops.len())
            .with_parameter("end recorded", word(self.replay.outcome));
        let mut figures = self.recorded();
        for (pace, search) in TIMES {
            let played = play(&script, common.seed, (pace, search))?;
            let with = with(pace, search);
            run = run.with_parameter(format!("end with {with}"), word(played.outcome));
            figures.extend(self.figures(&played, &with));
        }
        Ok(run.with_figures(figures))
    }
}

impl Replayed {
    fn recorded(&self) -> Vec<Figure> {
        let lookups = self.replay.hops.iter().filter(|hop| !hop.is_inquire());
        vec![
            Figure::new("elapsed, recorded", "ms", ms(self.replay.elapsed())),
            Figure::count("LOOKUPs, recorded", count(lookups.count())),
            Figure::count("silent hops, recorded", count(self.replay.silent())),
        ]
    }

    fn figures(&self, played: &Played, with: &str) -> [Figure; 3] {
        let is_same = played.outcome == self.replay.outcome;
        [
            Figure::new(format!("elapsed, {with}"), "ms", ms(played.elapsed)),
            Figure::count(&format!("LOOKUPs, {with}"), played.lookups),
            Figure::count(&format!("ended as recorded, {with}"), is_same.into()),
        ]
    }
}

fn with(pace: Pace, search: Search) -> String {
    let pace = match pace {
        Pace::Literal => "literal",
        Pace::Adaptive => "adaptive",
    };
    let search = match search {
        Search::Literal => "literal",
        Search::Swift => "swift",
    };
    format!("{pace} timers and {search} search")
}

/// As `pnrp trace` names it.
fn word(outcome: ReplayOutcome) -> &'static str {
    match outcome {
        ReplayOutcome::Found => "found",
        ReplayOutcome::NotFound => "not_found",
        ReplayOutcome::TimedOut => "timed_out",
        ReplayOutcome::Alone => "alone",
        ReplayOutcome::Failed => "failed",
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
