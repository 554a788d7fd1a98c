//! What a handle asks of the event loop.

use std::time::Duration;

use pnrp_wire::Endpoint;
use tokio::sync::{mpsc, oneshot};

use super::{
    CachedEntry, CloudSnapshot, CloudSpec, DriverError, LocalName, Registered, ResolveUpdate,
};
use crate::cloud::{
    PingError, Registration, RegistrationId, RegistrationUpdate, ResolveRequest, Seed,
};

/// One request, and where its answer goes.
#[derive(Debug)]
pub(super) enum Command {
    Register(
        Box<Registration>,
        oneshot::Sender<Result<Registered, DriverError>>,
    ),
    Update(
        RegistrationId,
        Box<RegistrationUpdate>,
        oneshot::Sender<Result<(), DriverError>>,
    ),
    Unregister(RegistrationId, oneshot::Sender<bool>),
    Resolve(
        Ticket,
        Box<ResolveRequest>,
        mpsc::UnboundedSender<ResolveUpdate>,
    ),
    Cancel(Ticket),
    Follow(Box<CloudSpec>),
    AddPeer(Endpoint),
    SetSeeds(Vec<Seed>),
    SynchronizeWithSeed(oneshot::Sender<bool>),
    Activate,
    FlushCache,
    Repair,
    Ping(Endpoint, oneshot::Sender<Result<Duration, PingError>>),
    RecentPeers(oneshot::Sender<Vec<Endpoint>>),
    Snapshot(oneshot::Sender<CloudSnapshot>),
    Cache(oneshot::Sender<Vec<CachedEntry>>),
    Names(oneshot::Sender<Vec<LocalName>>),
    Close(oneshot::Sender<()>),
}

/// Names a resolve before the cloud has given it an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(pub(super) u64);
