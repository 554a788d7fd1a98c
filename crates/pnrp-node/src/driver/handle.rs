//! What the rest of a program holds of a running cloud.

use std::{
    net::{Ipv6Addr, SocketAddrV6},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pnrp_wire::{Dialect, Endpoint, PnrpId};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument;

use super::{
    clock,
    run::{Command, Driver, Ticket},
    socket::Sockets,
};
use crate::cloud::{
    Cloud, CloudConfig, CloudState, Found, Hop, OpenError, Registration, RegistrationId,
    RegistrationUpdate, ResolveError, ResolveRequest, Scope,
};

/// A cloud that could be opened: a scope, a zone, and the local addresses in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudSpec {
    /// `Global_`, or `LinkLocal_ff00::%<interface index>/8`.
    pub name: String,
    /// How far the cloud reaches.
    pub scope: Scope,
    /// Interface index of a link-local cloud, 0 otherwise.
    pub zone: u32,
    /// Interface name of a link-local cloud.
    pub interface: Option<String>,
    /// One to four local addresses. MS-PNRP §3.1.4.1.
    pub addresses: Vec<Ipv6Addr>,
}

/// How to open a cloud.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// UDP port; by default 3540, or an ephemeral one when that is taken.
    pub port: Option<u16>,
    /// Nodes to synchronize with.
    pub peers: Vec<SocketAddrV6>,
    /// The readings of the wire format to begin with.
    pub dialect: Dialect,
    /// Whether they may change to those of a peer of another make.
    pub calibrates: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            port: None,
            peers: Vec::new(),
            dialect: Dialect::default(),
            calibrates: true,
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
    /// The registration does not exist.
    #[error("no such registration")]
    UnknownRegistration,
    /// The cloud was closed.
    #[error("the cloud is closed")]
    Closed,
}

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

/// A resolve in progress; dropping it cancels the resolve.
#[derive(Debug)]
pub struct Resolution {
    ticket: Ticket,
    updates: mpsc::UnboundedReceiver<ResolveUpdate>,
    commands: mpsc::UnboundedSender<Command>,
}

impl Resolution {
    /// The next report; `None` after `Ended`, and when the cloud was closed meanwhile.
    pub async fn next(&mut self) -> Option<ResolveUpdate> {
        self.updates.recv().await
    }
}

impl Drop for Resolution {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Cancel(self.ticket));
    }
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
    /// Counters by name: datagrams by type and direction, discards by reason.
    pub counters: Vec<(String, u64)>,
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

/// A running cloud. Clones share it; it closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct CloudHandle {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<Command>,
}

#[derive(Debug)]
struct Shared {
    dialect: watch::Receiver<Dialect>,
    spec: CloudSpec,
    addresses: Vec<SocketAddrV6>,
    last_ticket: AtomicU64,
}

impl CloudHandle {
    /// Binds the sockets and starts the event loop on the current tokio runtime.
    ///
    /// # Errors
    /// When a socket cannot be bound, or the specification has no address.
    pub async fn open(spec: CloudSpec, options: OpenOptions) -> Result<Self, DriverError> {
        let sockets = Sockets::bind(&spec, options.port).await?;
        let addresses = sockets.addresses();
        let peers = options.peers.iter().map(endpoint).collect();
        let config = CloudConfig::new(spec.scope)
            .with_peers(peers)
            .with_dialect(options.dialect, options.calibrates);
        let seed = clock::seed().map_err(DriverError::Randomness)?;
        let cloud = Cloud::open(config, sockets.endpoints(), seed, clock::now())?;
        let (commands, receiver) = mpsc::unbounded_channel();
        let span = tracing::info_span!("cloud", name = spec.name);
        let (calibrated, dialect) = watch::channel(options.dialect);
        let driver = Driver::new(cloud, sockets, receiver, calibrated);
        tokio::spawn(driver.run().instrument(span));
        let shared = Shared {
            dialect,
            spec,
            addresses,
            last_ticket: AtomicU64::new(0),
        };
        Ok(Self {
            shared: Arc::new(shared),
            commands,
        })
    }

    /// The cloud this is.
    pub fn spec(&self) -> &CloudSpec {
        &self.shared.spec
    }

    /// The readings of the wire format in use, and when they change.
    pub fn dialect(&self) -> watch::Receiver<Dialect> {
        self.shared.dialect.clone()
    }

    /// Where it listens, with scope IDs.
    pub fn local_addresses(&self) -> &[SocketAddrV6] {
        &self.shared.addresses
    }

    /// Publishes a name.
    ///
    /// # Errors
    /// When the registration is refused, or the cloud was closed.
    pub async fn register(&self, registration: Registration) -> Result<Registered, DriverError> {
        self.ask(|reply| Command::Register(Box::new(registration), reply))
            .await?
    }

    /// Changes what is published under a name; whoever asks from now on is told the new.
    ///
    /// # Errors
    /// When there is no such registration, or it could not be made as it would be, or the cloud was
    /// closed. What was published stays.
    pub async fn update(
        &self,
        id: RegistrationId,
        update: RegistrationUpdate,
    ) -> Result<(), DriverError> {
        let update = Box::new(update);
        self.ask(|reply| Command::Update(id, update, reply)).await?
    }

    /// Withdraws a name.
    ///
    /// # Errors
    /// When there is no such registration, or the cloud was closed.
    pub async fn unregister(&self, id: RegistrationId) -> Result<(), DriverError> {
        let was_there = self.ask(|reply| Command::Unregister(id, reply)).await?;
        was_there
            .then_some(())
            .ok_or(DriverError::UnknownRegistration)
    }

    /// Starts a resolve.
    pub fn resolve(&self, request: ResolveRequest) -> Resolution {
        let ticket = Ticket(self.shared.last_ticket.fetch_add(1, Ordering::Relaxed));
        let (watcher, updates) = mpsc::unbounded_channel();
        // When the loop is gone, the watcher is dropped here, and the resolution ends at once.
        let _ = self
            .commands
            .send(Command::Resolve(ticket, Box::new(request), watcher));
        Resolution {
            ticket,
            updates,
            commands: self.commands.clone(),
        }
    }

    /// Starts a synchronization with a node.
    pub fn add_peer(&self, peer: SocketAddrV6) {
        let _ = self.commands.send(Command::AddPeer(endpoint(&peer)));
    }

    /// The cloud as it is.
    ///
    /// # Errors
    /// When the cloud was closed.
    pub async fn snapshot(&self) -> Result<CloudSnapshot, DriverError> {
        self.ask(Command::Snapshot).await
    }

    /// The cached route entries, in ID order.
    ///
    /// # Errors
    /// When the cloud was closed.
    pub async fn cache(&self) -> Result<Vec<CachedEntry>, DriverError> {
        self.ask(Command::Cache).await
    }

    /// The names registered here.
    ///
    /// # Errors
    /// When the cloud was closed.
    pub async fn names(&self) -> Result<Vec<LocalName>, DriverError> {
        self.ask(Command::Names).await
    }

    /// Unregisters all names, tells the neighbours, and closes the sockets.
    pub async fn close(&self) {
        // An error says that the cloud is closed already.
        let _ = self.ask(Command::Close).await;
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, DriverError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(command(reply))
            .map_err(|_| DriverError::Closed)?;
        answer.await.map_err(|_| DriverError::Closed)
    }
}

fn endpoint(address: &SocketAddrV6) -> Endpoint {
    Endpoint {
        address: *address.ip(),
        port: address.port(),
    }
}
