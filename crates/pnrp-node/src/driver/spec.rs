//! What it takes to open a cloud on this host.

use std::net::{Ipv6Addr, SocketAddrV6};

use pnrp_wire::{Dialect, Endpoint};
use thiserror::Error;

use crate::cloud::{Limits, OpenError, Scope, Seed};

/// A cloud that could be opened: a scope, a zone, and the local addresses in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudSpec {
    /// `Global_`, `SiteLocal_<zone>`, or `LinkLocal_ff00::%<interface index>/8`.
    pub name: String,
    /// How far the cloud reaches.
    pub scope: Scope,
    /// Interface index of a link-local cloud, 1 of a site-local one, 0 otherwise.
    pub zone: u32,
    /// Interface name of a link-local cloud.
    pub interface: Option<String>,
    /// One to four local addresses; none once the host has lost them. MS-PNRP §3.1.4.1.
    pub addresses: Vec<Ipv6Addr>,
    /// Indexes of the interfaces that have these addresses, on which other nodes are searched for by
    /// multicast.
    pub links: Vec<u32>,
}

/// How to open a cloud.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// UDP port; by default 3540, or an ephemeral one when that is taken.
    pub port: Option<u16>,
    /// Nodes to synchronize with.
    pub peers: Vec<SocketAddrV6>,
    /// Nodes known from an earlier run, the most recently used first. They do not start the cloud.
    pub saved_peers: Vec<SocketAddrV6>,
    /// Nodes to ask when nobody else is known, by name or address.
    pub seeds: Vec<Seed>,
    /// What is said and heard by multicast.
    pub multicast: MulticastOptions,
    /// Whether the node looks names up and publishes none.
    pub resolve_only: bool,
    /// The readings of the wire format to begin with.
    pub dialect: Dialect,
    /// Whether they may change to those of a peer of another make.
    pub calibrates: bool,
    /// Bounds of the cloud's tables.
    pub limits: Limits,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            port: None,
            peers: Vec::new(),
            saved_peers: Vec::new(),
            seeds: Vec::new(),
            multicast: MulticastOptions::default(),
            resolve_only: false,
            dialect: Dialect::default(),
            calibrates: true,
            limits: Limits::default(),
        }
    }
}

/// What a cloud says and hears by SSDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MulticastOptions {
    /// Whether other nodes are searched for, and their searches answered: yes.
    pub searches: bool,
    /// Whether the node also says by itself that it is there, and that it leaves: no. Nobody has
    /// seen a Windows node do so.
    pub notifies: bool,
}

impl Default for MulticastOptions {
    fn default() -> Self {
        Self {
            searches: true,
            notifies: false,
        }
    }
}

/// Why a cloud could not be opened, or did not do as asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DriverError {
    /// No socket could be bound.
    #[error("cannot listen on [{address}]:{port}: {source}")]
    Bind {
        /// The address.
        address: Ipv6Addr,
        /// The port.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The specification cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system has no randomness to give.
    #[error("cannot seed the random generator: {0}")]
    Randomness(std::io::Error),
    /// A registration was refused.
    #[error(transparent)]
    Register(#[from] crate::cloud::RegisterError),
    /// A node could not be pinged, or did not answer.
    #[error(transparent)]
    Ping(#[from] crate::cloud::PingError),
    /// The registration does not exist.
    #[error("no such registration")]
    UnknownRegistration,
    /// The cloud was closed.
    #[error("the cloud is closed")]
    Closed,
}

/// An endpoint as the protocol knows it: without the zone that the cloud is in.
pub(super) fn endpoint(address: &SocketAddrV6) -> Endpoint {
    Endpoint {
        address: *address.ip(),
        port: address.port(),
    }
}
