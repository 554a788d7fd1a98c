//! What the rest of a program holds of a running cloud.

use std::{
    net::SocketAddrV6,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pnrp_wire::Endpoint;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument;

use super::{
    CachedEntry, CloudSnapshot, CloudSpec, CloudStatus, DriverError, LocalName, OpenOptions,
    Registered, ResolveUpdate, clock,
    command::{Command, Ticket},
    moving::Move,
    multicast::Multicast,
    run::{Driver, Parts},
    seeds::SeedLookups,
    socket::Sockets,
    spec::endpoint,
};
use crate::cloud::{
    Cloud, CloudConfig, CloudState, Registration, RegistrationId, RegistrationUpdate,
    ResolveRequest, Seed, Sources,
};

/// A resolve in progress; dropping it cancels the resolve.
#[derive(Debug)]
pub struct Resolution {
    ticket: Ticket,
    updates: mpsc::UnboundedReceiver<ResolveUpdate>,
    commands: mpsc::UnboundedSender<Box<Command>>,
}

impl Resolution {
    /// The next report; `None` after `Ended`, and when the cloud was closed meanwhile.
    pub async fn next(&mut self) -> Option<ResolveUpdate> {
        self.updates.recv().await
    }
}

impl Drop for Resolution {
    fn drop(&mut self) {
        let _ = self.commands.send(Box::new(Command::Cancel(self.ticket)));
    }
}

/// A running cloud. Clones share it; it closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct CloudHandle {
    status: watch::Receiver<CloudStatus>,
    last_ticket: Arc<AtomicU64>,
    commands: mpsc::UnboundedSender<Box<Command>>,
}

impl CloudHandle {
    /// Binds the sockets and starts the event loop on the current tokio runtime.
    ///
    /// # Errors
    /// When a socket cannot be bound, or the specification has no address.
    pub async fn open(spec: CloudSpec, options: OpenOptions) -> Result<Self, DriverError> {
        let sockets = Sockets::bind(&spec, options.port).await?;
        let multicast = Multicast::start(&spec, options.multicast);
        let sources = Sources {
            saved_peers: options.saved_peers.iter().map(endpoint).collect(),
            seeds: options.seeds.clone(),
            has_ssdp: multicast.is_some(),
            ..Sources::default()
        };
        let mut config = CloudConfig::new(spec.scope)
            .with_peers(options.peers.iter().map(endpoint).collect())
            .with_sources(sources)
            .with_dialect(options.dialect, options.calibrates);
        config.resolve_only = options.resolve_only;
        config.limits = options.limits;
        let seed = clock::seed().map_err(DriverError::Randomness)?;
        let cloud = Cloud::open(config, sockets.endpoints(), seed, clock::now()).map(Box::new)?;

        let (commands, receiver) = mpsc::unbounded_channel();
        let span = tracing::info_span!("cloud", name = spec.name);
        let moving = Move::new(spec.clone(), &sockets, options.port);
        let (reporter, status) = watch::channel(CloudStatus {
            spec,
            state: CloudState::Virtual,
            listening: sockets.addresses(),
            dialect: options.dialect,
        });
        let parts = Parts {
            moving,
            sockets,
            multicast,
            seeds: SeedLookups::new(options.seeds),
        };
        let driver = Box::new(Driver::new(cloud, parts, receiver, reporter));
        tokio::spawn(driver.run().instrument(span));
        Ok(Self {
            status,
            last_ticket: Arc::default(),
            commands,
        })
    }

    /// The cloud this is, with the addresses that it has now.
    pub fn spec(&self) -> CloudSpec {
        self.status.borrow().spec.clone()
    }

    /// What can change about it, and when it does. The channel ends with the cloud.
    pub fn status(&self) -> watch::Receiver<CloudStatus> {
        self.status.clone()
    }

    /// Where it listens, with scope IDs.
    pub fn local_addresses(&self) -> Vec<SocketAddrV6> {
        self.status.borrow().listening.clone()
    }

    /// Follows a change of the host's addresses: the sockets do, and registrations are announced
    /// again. Without addresses the cloud stays, and waits for some. MS-PNRP §3.1.7.1.
    ///
    /// An address that cannot be listened on yet is left out, with a line in the log; giving the
    /// same again tries it again.
    pub fn follow(&self, spec: CloudSpec) {
        let _ = self
            .commands
            .send(Box::new(Command::Follow(Box::new(spec))));
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
        self.ask(|reply| Command::Update(id, Box::new(update), reply))
            .await?
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
        let ticket = Ticket(self.last_ticket.fetch_add(1, Ordering::Relaxed));
        let (watcher, updates) = mpsc::unbounded_channel();
        // When the loop is gone, the watcher is dropped here, and the resolution ends at once.
        let _ = self.commands.send(Box::new(Command::Resolve(
            ticket,
            Box::new(request),
            watcher,
        )));
        Resolution {
            ticket,
            updates,
            commands: self.commands.clone(),
        }
    }

    /// Starts a synchronization with a node.
    pub fn add_peer(&self, peer: SocketAddrV6) {
        let _ = self
            .commands
            .send(Box::new(Command::AddPeer(endpoint(&peer))));
    }

    /// Turns to these seeds instead of those it was opened with.
    pub fn set_seeds(&self, seeds: Vec<Seed>) {
        let _ = self.commands.send(Box::new(Command::SetSeeds(seeds)));
    }

    /// Synchronizes with the next seed; false when the cloud has none.
    ///
    /// # Errors
    /// When the cloud was closed.
    pub async fn synchronize_with_seed(&self) -> Result<bool, DriverError> {
        self.ask(Command::SynchronizeWithSeed).await
    }

    /// Looks for other nodes as a first use does.
    pub fn activate(&self) {
        let _ = self.commands.send(Box::new(Command::Activate));
    }

    /// Forgets every other node that is cached, and looks for some anew if the cloud is in use.
    pub fn flush_cache(&self) {
        let _ = self.commands.send(Box::new(Command::FlushCache));
    }

    /// Looks for other parts of the cloud by every means, and tests for a split.
    pub fn repair(&self) {
        let _ = self.commands.send(Box::new(Command::Repair));
    }

    /// Asks whether a node is there: the time its answer took.
    ///
    /// # Errors
    /// When it does not answer within two seconds, is no other node of the cloud, or the cloud was
    /// closed.
    pub async fn ping(&self, node: Endpoint) -> Result<Duration, DriverError> {
        Ok(self.ask(|reply| Command::Ping(node, reply)).await??)
    }

    /// Up to ten nodes to start from another time, the most recently used first.
    /// MS-PNRP §3.1.4.2.
    ///
    /// # Errors
    /// When the cloud was closed.
    pub async fn recent_peers(&self) -> Result<Vec<Endpoint>, DriverError> {
        self.ask(Command::RecentPeers).await
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
            .send(Box::new(command(reply)))
            .map_err(|_| DriverError::Closed)?;
        answer.await.map_err(|_| DriverError::Closed)
    }
}
