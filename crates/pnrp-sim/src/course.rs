//! The stages of a scenario, shown as they pass.

use std::time::Duration;

use crate::{
    progress::{Goal, Progress},
    world::World,
};

/// Shows one stage after the other, and adds up what they took.
#[derive(Debug, Default)]
pub struct Course {
    current: Option<Progress>,
    /// Delivered when something was last shown.
    delivered: u64,
    spent: Duration,
    total: u64,
}

impl Course {
    /// Begins a stage in which so many are to be done.
    pub fn stage(&mut self, what: &str, goal: u64) {
        self.end_stage();
        self.current = Some(Progress::start(what, Goal::Count(goal), self.delivered));
    }

    /// So many are done.
    pub fn at(&mut self, done: u64, world: &World) {
        self.note(world);
        if let Some(progress) = &mut self.current {
            progress.update(Goal::Count(done), self.delivered);
        }
    }

    /// The scenario is over: how long its stages took, and how many messages were delivered.
    pub fn finish(mut self) -> (Duration, u64) {
        self.end_stage();
        (self.spent, self.total)
    }

    fn note(&mut self, world: &World) {
        let delivered = world.traffic.delivered;
        // A scenario may have several worlds, one after the other.
        let more = delivered.checked_sub(self.delivered);
        self.total += more.unwrap_or(delivered);
        self.delivered = delivered;
    }

    fn end_stage(&mut self) {
        if let Some(progress) = self.current.take() {
            self.spent += progress.finish(self.delivered);
        }
    }
}
