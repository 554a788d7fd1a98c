//! The event loop of one cloud.

use std::{
    collections::BTreeMap,
    future::{pending, poll_fn},
    net::Ipv6Addr,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{
    CloudStatus, DriverError, ResolveUpdate, clock,
    command::{Command, Ticket},
    moving::Move,
    multicast::{Heard, Multicast},
    seeds::SeedLookups,
    socket::{Bound, Sockets},
    workers::{Finished, Workers},
};
use crate::cloud::{
    Cloud, CloudState, Datagram, DiscoveryRequest, Event, Now, PingError, PingId, ResolveId,
};

/// A cloud, and all that it needs to run.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) cloud: Box<Cloud>,
    pub(super) sockets: Sockets,
    pub(super) moving: Move,
    pub(super) multicast: Option<Multicast>,
    pub(super) seeds: SeedLookups,
    workers: Workers,
    /// In boxes, since a channel sets aside room for thirty-two.
    commands: mpsc::UnboundedReceiver<Box<Command>>,
    pub(super) watchers: BTreeMap<ResolveId, (Ticket, mpsc::UnboundedSender<ResolveUpdate>)>,
    pub(super) pings: BTreeMap<PingId, oneshot::Sender<Result<Duration, PingError>>>,
    pub(super) status: watch::Sender<CloudStatus>,
    /// The state that the log tells of.
    logged: CloudState,
}

/// What the loop of a cloud works with.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) sockets: Sockets,
    pub(super) moving: Move,
    pub(super) multicast: Option<Multicast>,
    pub(super) seeds: SeedLookups,
}

/// What wakes the loop.
enum Input {
    Datagrams,
    Command(Option<Box<Command>>),
    Crypto(Finished),
    Heard(Heard),
    SeedAddresses(BTreeMap<String, Vec<Ipv6Addr>>),
    Bound(Result<Bound, DriverError>),
    Timeout,
}

/// Whether the loop goes on.
pub(super) enum Flow {
    Continue,
    Close(Option<oneshot::Sender<()>>),
}

impl Driver {
    pub(super) fn new(
        cloud: Box<Cloud>,
        parts: Parts,
        commands: mpsc::UnboundedReceiver<Box<Command>>,
        status: watch::Sender<CloudStatus>,
    ) -> Self {
        Self {
            cloud,
            sockets: parts.sockets,
            moving: parts.moving,
            multicast: parts.multicast,
            seeds: parts.seeds,
            workers: Workers::new(),
            commands,
            watchers: BTreeMap::new(),
            pings: BTreeMap::new(),
            status,
            logged: CloudState::Virtual,
        }
    }

    /// Runs until the cloud is closed, or nobody holds a handle to it.
    ///
    /// In a box, for a task has room for what it runs twice: as argument and as variable.
    pub(super) async fn run(mut self: Box<Self>) {
        let closing = loop {
            self.drain();
            let input = self.wait(true).await;
            if let Flow::Close(reply) = self.feed(input).await {
                break reply;
            }
        };
        // In a box, too: every cloud would set aside room for its end.
        Box::pin(self.say_goodbye()).await;
        if let Some(reply) = closing {
            let _ = reply.send(());
        }
    }

    async fn wait(&mut self, takes_commands: bool) -> Input {
        let deadline = Instant::from_std(self.cloud.poll_timeout());
        let Self {
            sockets,
            moving,
            multicast,
            seeds,
            commands,
            workers,
            ..
        } = self;
        tokio::select! {
            () = poll_fn(|context| {
                sockets.poll_flush(context);
                sockets.poll_readable(context)
            }) => Input::Datagrams,
            command = commands.recv(), if takes_commands => Input::Command(command),
            finished = workers.next() => Input::Crypto(finished),
            heard = hear(multicast) => Input::Heard(heard),
            addresses = seeds.next() => Input::SeedAddresses(addresses),
            bound = moving.next() => Input::Bound(bound),
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
            Input::Command(Some(command)) => return self.obey(*command, now),
            Input::Command(None) => return Flow::Close(None),
            Input::Crypto(finished) => {
                let (id, result) = *finished;
                self.cloud.handle_crypto(id, result, now);
            }
            Input::Heard(Heard::Response(response)) => {
                self.cloud.handle_ssdp_response(&response, now);
            }
            Input::Heard(Heard::Notification(notification)) => {
                self.cloud.handle_ssdp_notification(&notification, now);
            }
            Input::SeedAddresses(addresses) => {
                self.cloud.handle_seed_addresses(&addresses, now);
            }
            Input::Bound(bound) => self.on_bound(bound, now),
            Input::Timeout => self.cloud.handle_timeout(now),
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

    /// Passes on all that the cloud has put out.
    fn drain(&mut self) {
        while let Some(transmit) = self.cloud.poll_transmit() {
            self.sockets.send(transmit);
        }
        while self.workers.have_room()
            && let Some((id, job)) = self.cloud.poll_crypto()
        {
            self.workers.start(id, job);
        }
        while let Some(event) = self.cloud.poll_event() {
            self.report(event);
        }
    }

    fn report(&mut self, event: Event) {
        match event {
            Event::Hop { id, hop } => self.tell(id, ResolveUpdate::Hop(hop)),
            Event::Found { id, found } => self.tell(id, ResolveUpdate::Found(found)),
            Event::ResolveEnded { id, result, .. } => {
                self.tell(id, ResolveUpdate::Ended(result));
                self.watchers.remove(&id);
            }
            Event::Pinged { id, result } => {
                if let Some(reply) = self.pings.remove(&id) {
                    let _ = reply.send(result);
                }
            }
            Event::Calibrated { dialect } => {
                self.status.send_modify(|status| status.dialect = dialect);
            }
            Event::StateChanged { state } => {
                self.log_state(state);
                self.status.send_modify(|status| status.state = state);
            }
            Event::Discover(request) => self.look_for(request),
            Event::Publish { target, endpoint } => {
                if let Some(multicast) = &self.multicast {
                    multicast.publish(target, endpoint);
                }
            }
            Event::Withdraw => {
                if let Some(multicast) = &self.multicast {
                    multicast.withdraw();
                }
            }
            Event::Announced { id } => tracing::debug!(?id, "announced"),
            Event::Held { id, receipt } => tracing::debug!(?id, ?receipt, "held by neighbours"),
            Event::NoAddress => tracing::info!("no address any more"),
            // This driver opens a cloud once, and closes it itself.
            Event::Closed { .. } => {}
            // The counters tell.
            Event::SplitTested { .. } => {}
        }
    }

    /// A cloud that stays alone looks for others every ten seconds, which is no news.
    fn log_state(&mut self, state: CloudState) {
        if state == CloudState::Synchronizing {
            tracing::debug!("looking for other nodes");
        } else if std::mem::replace(&mut self.logged, state) != state {
            tracing::info!(?state, "the cloud has changed");
        }
    }

    fn look_for(&mut self, request: DiscoveryRequest) {
        match request {
            DiscoveryRequest::Search { target } => {
                if let Some(multicast) = &self.multicast {
                    multicast.search(target);
                }
            }
            DiscoveryRequest::SeedAddresses { names } => self.seeds.start(names),
        }
    }

    fn tell(&self, id: ResolveId, update: ResolveUpdate) {
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
}

/// Waits for what is heard by multicast, for ever where nothing is.
async fn hear(multicast: &mut Option<Multicast>) -> Heard {
    let heard = match multicast {
        Some(multicast) => multicast.next().await,
        None => None,
    };
    match heard {
        Some(heard) => heard,
        None => pending().await,
    }
}

/// Largest datagram understood; PNRP sends none above 1,280 bytes of packet.
const DATAGRAM: usize = 2_048;

/// Datagrams taken before other tasks of the runtime have their turn.
const BURST: usize = 64;

/// How long a closing cloud waits for acknowledgments.
const FAREWELL: Duration = Duration::from_millis(1_500);
