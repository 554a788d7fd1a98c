//! Invariants, looked at while a run goes on.
//!
//! Nodes are looked at in turn, so many a second of virtual time that all are seen every few
//! minutes. What is looked at is [`Cloud::check`](pnrp_node::cloud::Cloud::check): tables within
//! their bounds, leaves that are cached and have proven themselves, nobody waiting for a message
//! that is not pending.

use std::time::Duration;

use crate::{address::Node, world::World};

/// Looks at one node after the other.
#[derive(Debug, Default)]
pub struct Watch {
    next: u32,
    looks: u64,
    faults: Vec<Fault>,
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub node: Node,
    /// When, since the start of the run.
    pub at: Duration,
    /// Which.
    pub what: &'static str,
}

/// In which all nodes are seen once.
const ROUND: Duration = Duration::from_secs(120);
/// Faults kept; one is too many.
const MOST_FAULTS: usize = 100;

impl Watch {
    /// Time between two looks among so many nodes.
    pub fn period(&self, nodes: u32) -> Duration {
        ROUND / nodes.clamp(1, 100_000)
    }

    /// Looks at the next node that is up.
    pub fn look(&mut self, world: &World, nodes: u32) {
        let node = Node(self.next);
        self.next = (self.next + 1) % nodes.max(1);
        let Some(cloud) = world.cloud(node) else {
            return;
        };
        self.looks += 1;
        if let Err(what) = cloud.check()
            && self.faults.len() < MOST_FAULTS
        {
            let at = world.now().since_start();
            self.faults.push(Fault { node, at, what });
        }
    }

    /// How often a node was looked at.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// What was found.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}
