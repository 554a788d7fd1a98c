//! The event loop of one cloud.

use std::{collections::BTreeMap, future::poll_fn, time::Duration};

use pnrp_wire::{Dialect, Endpoint, PnrpId};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{
    CachedEntry, CloudSnapshot, DriverError, LocalName, Registered, ResolveUpdate, clock,
    socket::Sockets,
    workers::{Finished, Workers},
};
use crate::cloud::{
    Cloud, Datagram, Event, Now, Registration, RegistrationId, RegistrationUpdate, ResolveId,
    ResolveRequest,
};

/// What a handle asks of the loop.
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
    AddPeer(Endpoint),
    Snapshot(oneshot::Sender<CloudSnapshot>),
    Cache(oneshot::Sender<Vec<CachedEntry>>),
    Names(oneshot::Sender<Vec<LocalName>>),
    Close(oneshot::Sender<()>),
}

/// Names a resolve before the cloud has given it an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(pub(super) u64);

/// A cloud, and all that it needs to run.
#[derive(Debug)]
pub(super) struct Driver {
    cloud: Cloud,
    sockets: Sockets,
    workers: Workers,
    results: mpsc::UnboundedReceiver<Finished>,
    commands: mpsc::UnboundedReceiver<Command>,
    watchers: BTreeMap<ResolveId, (Ticket, mpsc::UnboundedSender<ResolveUpdate>)>,
    calibrated: watch::Sender<Dialect>,
}

/// What wakes the loop.
enum Input {
    Datagrams,
    Command(Option<Command>),
    Crypto(Finished),
    Timeout,
}

/// Whether the loop goes on.
enum Flow {
    Continue,
    Close(Option<oneshot::Sender<()>>),
}

impl Driver {
    pub(super) fn new(
        cloud: Cloud,
        sockets: Sockets,
        commands: mpsc::UnboundedReceiver<Command>,
        calibrated: watch::Sender<Dialect>,
    ) -> Self {
        let (workers, results) = Workers::new();
        Self {
            cloud,
            sockets,
            workers,
            results,
            commands,
            watchers: BTreeMap::new(),
            calibrated,
        }
    }

    /// Runs until the cloud is closed, or nobody holds a handle to it.
    pub(super) async fn run(mut self) {
        let closing = loop {
            self.drain();
            let input = self.wait(true).await;
            if let Flow::Close(reply) = self.feed(input).await {
                break reply;
            }
        };
        self.say_goodbye().await;
        if let Some(reply) = closing {
            let _ = reply.send(());
        }
    }

    async fn wait(&mut self, takes_commands: bool) -> Input {
        let deadline = Instant::from_std(self.cloud.poll_timeout());
        let Self {
            sockets,
            commands,
            results,
            ..
        } = self;
        tokio::select! {
            () = poll_fn(|context| {
                sockets.poll_flush(context);
                sockets.poll_readable(context)
            }) => Input::Datagrams,
            command = commands.recv(), if takes_commands => Input::Command(command),
            Some(finished) = results.recv() => Input::Crypto(finished),
            () = tokio::time::sleep_until(deadline) => Input::Timeout,
        }
    }

    async fn feed(&mut self, input: Input) -> Flow {
        let now = clock::now();
        match input {
            Input::Datagrams => {
                // A full burst may not have been all: others have their turn first.
                if self.take_burst(now) == BURST {
                    tokio::task::yield_now().await;
                }
            }
            Input::Command(Some(command)) => return self.obey(command, now),
            Input::Command(None) => return Flow::Close(None),
            Input::Crypto(finished) => {
                let (id, result) = *finished;
                self.cloud.handle_crypto(id, result, now);
            }
            Input::Timeout => self.cloud.handle_timeout(now),
        }
        Flow::Continue
    }

    fn obey(&mut self, command: Command, now: Now) -> Flow {
        // A reply that nobody waits for is no failure: the caller has given up.
        match command {
            Command::Register(registration, reply) => {
                let _ = reply.send(self.register(*registration, now));
            }
            Command::Update(id, update, reply) => {
                let updated = self.cloud.update(id, *update);
                let _ = reply.send(updated.map_err(DriverError::from));
            }
            Command::Unregister(id, reply) => {
                let _ = reply.send(self.cloud.unregister(id, now));
            }
            Command::Resolve(ticket, request, watcher) => {
                self.resolve(ticket, *request, watcher, now);
            }
            Command::Cancel(ticket) => self.cancel(ticket),
            Command::AddPeer(peer) => self.cloud.handle_discovered(peer, now),
            Command::Snapshot(reply) => {
                let _ = reply.send(self.snapshot());
            }
            Command::Cache(reply) => {
                let _ = reply.send(self.cached_entries(now));
            }
            Command::Names(reply) => {
                let _ = reply.send(self.names());
            }
            Command::Close(reply) => return Flow::Close(Some(reply)),
        }
        Flow::Continue
    }

    /// Takes datagrams that have come, up to [`BURST`], without setting up a timer and wakers for
    /// each; returns how many. It is over so soon that one reading of the clocks is enough.
    fn take_burst(&mut self, now: Now) -> usize {
        let mut buffer = [0; DATAGRAM];
        for taken in 0..BURST {
            let Some((length, from, to)) = self.sockets.try_receive(&mut buffer) else {
                return taken;
            };
            let payload = buffer.get(..length).unwrap_or_default();
            self.cloud
                .handle_datagram(Datagram { from, to, payload }, now);
            self.drain();
        }
        BURST
    }

    fn register(
        &mut self,
        registration: Registration,
        now: Now,
    ) -> Result<Registered, DriverError> {
        let id = self.cloud.register(registration, now)?;
        let local = self
            .cloud
            .registration(id)
            .ok_or(DriverError::UnknownRegistration)?;
        Ok(Registered {
            id,
            pnrp_id: local.pnrp_id(),
        })
    }

    fn resolve(
        &mut self,
        ticket: Ticket,
        request: ResolveRequest,
        watcher: mpsc::UnboundedSender<ResolveUpdate>,
        now: Now,
    ) {
        match self.cloud.resolve(request, now) {
            Ok(id) => {
                self.watchers.insert(id, (ticket, watcher));
            }
            Err(error) => {
                let _ = watcher.send(ResolveUpdate::Ended(Err(error)));
            }
        }
    }

    fn cancel(&mut self, ticket: Ticket) {
        let id = self
            .watchers
            .iter()
            .find(|(_, (known, _))| *known == ticket)
            .map(|(&id, _)| id);
        if let Some(id) = id {
            self.watchers.remove(&id);
            self.cloud.cancel(id);
        }
    }

    /// Passes on all that the cloud has put out.
    fn drain(&mut self) {
        while let Some(transmit) = self.cloud.poll_transmit() {
            self.sockets.send(transmit);
        }
        while let Some((id, job)) = self.cloud.poll_crypto() {
            self.workers.start(id, job);
        }
        while let Some(event) = self.cloud.poll_event() {
            self.report(event);
        }
    }

    fn report(&mut self, event: Event) {
        let (id, update) = match event {
            Event::Hop { id, hop } => (id, ResolveUpdate::Hop(hop)),
            Event::Found { id, found } => (id, ResolveUpdate::Found(found)),
            Event::ResolveEnded { id, result, .. } => {
                if let Some((_, watcher)) = self.watchers.remove(&id) {
                    let _ = watcher.send(ResolveUpdate::Ended(result));
                }
                return;
            }
            Event::Calibrated { dialect } => {
                self.calibrated.send_replace(dialect);
                return;
            }
            Event::Announced { id } => {
                tracing::debug!(?id, "announced");
                return;
            }
            Event::Held { id, receipt } => {
                tracing::debug!(?id, ?receipt, "held by neighbours");
                return;
            }
            Event::StateChanged { state } => {
                tracing::info!(?state, "the cloud has changed");
                return;
            }
            // The counters tell.
            Event::SplitTested { .. } => return,
            Event::Discover(request) => {
                tracing::debug!(?request, "cannot be carried out");
                return;
            }
            Event::Publish { .. } | Event::Withdraw => return,
            Event::Closed { recent } => {
                tracing::info!(peers = recent.len(), "closed");
                return;
            }
            Event::NoAddress => {
                tracing::info!("no address any more");
                return;
            }
        };
        if let Some((_, watcher)) = self.watchers.get(&id) {
            let _ = watcher.send(update);
        }
    }

    /// Unregisters what is registered, and stays until the neighbours have acknowledged it or
    /// have had time to. MS-PNRP §1.3.3.4.
    async fn say_goodbye(&mut self) {
        self.cloud.close(clock::now());
        let last = Instant::from_std(clock::now().instant) + FAREWELL;
        loop {
            self.drain();
            if self.cloud.is_quiet() {
                return;
            }
            let input = tokio::select! {
                input = self.wait(false) => input,
                () = tokio::time::sleep_until(last) => return,
            };
            self.feed(input).await;
        }
    }

    fn snapshot(&self) -> CloudSnapshot {
        CloudSnapshot {
            state: self.cloud.state(),
            endpoints: self.sockets.endpoints(),
            cached: self.cloud.cache().len(),
            registered: self.cloud.registrations().count(),
            size_estimate: self.cloud.size_estimate(),
            dialect: *self.cloud.dialect(),
            counters: self.cloud.stats().counters(),
        }
    }

    fn cached_entries(&self, now: Now) -> Vec<CachedEntry> {
        let is_leaf = |id: &PnrpId| {
            self.cloud
                .registrations()
                .any(|(_, local)| local.leaves().contains(id))
        };
        self.cloud
            .cache()
            .iter()
            .map(|cached| CachedEntry {
                pnrp_id: cached.id(),
                endpoints: cached.endpoints().collect(),
                leaf: is_leaf(&cached.id()),
                age: cached.last_heard().map_or(Duration::ZERO, |heard| {
                    now.instant.saturating_duration_since(heard)
                }),
            })
            .collect()
    }

    fn names(&self) -> Vec<LocalName> {
        self.cloud
            .registrations()
            .map(|(id, local)| LocalName {
                id,
                pnrp_id: local.pnrp_id(),
                registration: local.registration().clone(),
                announced: local.is_announced(),
            })
            .collect()
    }
}

/// Largest datagram understood; PNRP sends none above 1,280 bytes of packet.
const DATAGRAM: usize = 2_048;

/// Datagrams taken before other tasks of the runtime have their turn.
const BURST: usize = 64;

/// How long a closing cloud waits for acknowledgments.
const FAREWELL: Duration = Duration::from_millis(1_500);
