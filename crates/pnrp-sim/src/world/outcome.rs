//! Resolves, and what becomes of them.

use std::time::Duration;

use pnrp_node::cloud::{Event, Found, Hop, ResolveError, ResolveId, Verdict};
use pnrp_wire::PeerName;

use super::World;
use crate::{
    address::{Addresses, Node},
    time::Time,
};

/// A resolve under way.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) at: Time,
    pub(super) name: PeerName,
    pub(super) tag: u32,
    pub(super) found: Option<Node>,
}

/// How a resolve ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Who asked.
    pub node: Node,
    /// What for.
    pub name: PeerName,
    /// What the scenario said of it.
    pub tag: u32,
    /// When it was asked.
    pub at: Time,
    /// How long it took.
    pub elapsed: Duration,
    /// Who publishes the name, if anybody was found.
    pub found: Option<Node>,
    /// Why nobody was.
    pub error: Option<ResolveError>,
    /// LOOKUPs asked.
    pub lookups: u32,
    /// Of those, given up.
    pub silent: u32,
}

impl World {
    /// Takes note of what a node reports, as far as it is about resolves.
    pub(super) fn note(&mut self, node: Node, event: Event) {
        if let Event::Found { id, found } = event {
            let publisher = publisher(&self.addresses, &found);
            if let Some(asked) = self.asked.get_mut(&(node, id)) {
                asked.found = publisher;
            }
        } else if let Event::ResolveEnded { id, result, trace } = event {
            self.conclude((node, id), result.err(), &trace);
        }
    }

    fn conclude(&mut self, key: (Node, ResolveId), error: Option<ResolveError>, trace: &[Hop]) {
        let Some(asked) = self.asked.remove(&key) else {
            return;
        };
        let is_lookup = |hop: &&Hop| !matches!(hop.verdict, Verdict::Published | Verdict::Unproven);
        let is_silent = |hop: &&Hop| hop.verdict == Verdict::Unreachable;
        self.outcomes.push(Outcome {
            node: key.0,
            name: asked.name,
            tag: asked.tag,
            at: asked.at,
            elapsed: self.now() - asked.at,
            found: asked.found,
            error,
            lookups: count(trace.iter().filter(is_lookup)),
            silent: count(trace.iter().filter(is_silent)),
        });
    }
}

fn publisher(addresses: &Addresses, found: &Found) -> Option<Node> {
    let mut endpoints = found.node.iter();
    endpoints.find_map(|endpoint| addresses.node(endpoint))
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
