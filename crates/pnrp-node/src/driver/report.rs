//! What a running cloud tells of itself.

use std::{
    net::{Ipv6Addr, SocketAddrV6},
    time::Duration,
};

use pnrp_wire::{Dialect, Endpoint, PnrpId};

use super::CloudSpec;
use crate::cloud::{
    CloudState, DiscoveryMode, Found, Hop, Registration, RegistrationId, ResolveError, Seed,
};

/// A registration that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its handle.
    pub id: RegistrationId,
    /// Its place on the ring.
    pub pnrp_id: PnrpId,
}

/// What a resolve reports, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum ResolveUpdate {
    /// A node was asked.
    Hop(Hop),
    /// A publisher was found.
    Found(Box<Found>),
    /// The resolve is over.
    Ended(Result<(), ResolveError>),
}

/// What can change about a cloud while it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudStatus {
    /// The cloud, with the addresses that the host has for it.
    pub spec: CloudSpec,
    /// What it is doing.
    pub state: CloudState,
    /// Where it listens, with scope IDs.
    pub listening: Vec<SocketAddrV6>,
    /// The readings of the wire format in use.
    pub dialect: Dialect,
}

/// A cloud at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudSnapshot {
    /// What it is doing.
    pub state: CloudState,
    /// Where it listens.
    pub endpoints: Vec<Endpoint>,
    /// Route entries cached.
    pub cached: usize,
    /// Names registered here.
    pub registered: usize,
    /// Estimated number of IDs in the cloud. MS-PNRP §3.2.6.2.1.1.
    pub size_estimate: Option<f64>,
    /// The readings of the wire format in use.
    pub dialect: Dialect,
    /// How other nodes are looked for.
    pub discovery: DiscoverySnapshot,
    /// Counters by name: datagrams by type and direction, discards by reason.
    pub counters: Vec<(String, u64)>,
}

/// How a cloud looks for other nodes, and what has come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoverySnapshot {
    /// What it does next.
    pub mode: DiscoveryMode,
    /// Nodes it was given, and those of an earlier run.
    pub known: Vec<Endpoint>,
    /// What was said and heard by multicast; `None` when that is turned off, or the cloud is on
    /// no link.
    pub multicast: Option<MulticastSnapshot>,
    /// The seeds, in the order in which they were given.
    pub seeds: Vec<SeedSnapshot>,
}

/// What a cloud has said and heard by SSDP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MulticastSnapshot {
    /// Whether searches of others are answered: something is registered.
    pub is_published: bool,
    /// Searches sent, each repeat counted.
    pub searches_sent: u64,
    /// Answers to them.
    pub answers_heard: u64,
    /// Searches for this cloud, this node's own included.
    pub searches_heard: u64,
    /// Answers sent.
    pub answers_sent: u64,
    /// Notifications of nodes of this cloud.
    pub notifications_heard: u64,
    /// Whatever else was heard on the port of SSDP.
    pub others_heard: u64,
    /// Why the group cannot be listened to, or sent to, if that failed last.
    pub failure: Option<String>,
}

/// A seed, and what the DNS says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedSnapshot {
    /// The seed.
    pub seed: Seed,
    /// Its addresses, once they were looked up.
    pub addresses: Vec<Ipv6Addr>,
    /// Why they could not be, if that failed last.
    pub failure: Option<String>,
}

/// A cached route entry as users see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedEntry {
    /// The ID.
    pub pnrp_id: PnrpId,
    /// Where its node listens.
    pub endpoints: Vec<Endpoint>,
    /// Whether it is in a leaf set.
    pub leaf: bool,
    /// Since it was last heard of.
    pub age: Duration,
}

/// A name registered at this node.
#[derive(Clone, Debug)]
pub struct LocalName {
    /// The registration's handle.
    pub id: RegistrationId,
    /// Its place on the ring.
    pub pnrp_id: PnrpId,
    /// The registration as it was accepted.
    pub registration: Registration,
    /// Whether it was announced to another node.
    pub announced: bool,
}
