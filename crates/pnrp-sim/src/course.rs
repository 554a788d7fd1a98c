//! The stages of a scenario, shown as they pass.

use crate::{
    machine::{Spent, resident},
    progress::{Goal, Progress},
    world::World,
};

/// Shows one stage after the other, and adds up what they take.
#[derive(Debug)]
pub struct Course {
    current: Option<Progress>,
    /// Delivered in the present world when something was last shown.
    delivered: u64,
    spent: Spent,
    memory_before: Option<u64>,
}

impl Course {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        Self {
            current: None,
            delivered: 0,
            spent: Spent::default(),
            memory_before: resident(),
        }
    }

    /// Leaves memory unmeasured: what a process has freed of earlier runs is used again, and would
    /// not be counted.
    #[must_use]
    pub fn without_memory(self) -> Self {
        Self {
            memory_before: None,
            ..self
        }
    }

    /// Begins a stage in which so many are to be done.
    pub fn stage(&mut self, what: &str, goal: u64) {
        self.end_stage();
        self.current = Some(Progress::start(what, Goal::Count(goal), self.delivered));
    }

    /// So many are done.
    pub fn at(&mut self, done: u64, world: &World) {
        let delivered = world.traffic.delivered;
        // A scenario may have several worlds, one after the other.
        let more = delivered.checked_sub(self.delivered);
        self.spent.messages += more.unwrap_or(delivered);
        self.delivered = delivered;
        if let Some(progress) = &mut self.current {
            progress.update(Goal::Count(done), delivered);
        }
    }

    /// The scenario is over: what its stages took.
    pub fn finish(mut self) -> Spent {
        self.end_stage();
        self.spent
    }

    fn end_stage(&mut self) {
        if let Some(progress) = self.current.take() {
            self.spent.wall += progress.finish(self.delivered);
        }
        if let (Some(before), Some(now)) = (self.memory_before, resident()) {
            let more = now.saturating_sub(before);
            self.spent.memory = Some(self.spent.memory.unwrap_or_default().max(more));
        }
    }
}

impl Default for Course {
    fn default() -> Self {
        Self::new()
    }
}
