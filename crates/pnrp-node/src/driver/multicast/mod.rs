//! SSDP for one cloud: searches on its links, answers to those of others, notifications.
//! MS-PNRP §3.1.4.2.2, §3.2.4.1 step 6; docs/decisions/0018-ssdp.md
//!
//! A task of its own, because searches are repeated and answers delayed. It is silent, and listens
//! to nothing, until the cloud gives it the first order.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pnrp_wire::Endpoint;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::{CloudSpec, MulticastOptions, MulticastSnapshot};

mod answers;
mod sockets;
mod task;

use task::Task;

/// What the cloud wants said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Order {
    Search(&'static str),
    Publish(Publication),
    Withdraw,
    /// The interfaces to be on from now on, by index.
    Links(Vec<u32>),
}

/// What searches are answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Publication {
    target: &'static str,
    endpoint: Endpoint,
}

/// What the cloud is told, as it was received.
#[derive(Debug)]
pub(super) enum Heard {
    Response(Vec<u8>),
    Notification(Vec<u8>),
}

/// The end of the task that the event loop holds; the task ends when this is dropped.
#[derive(Debug)]
pub(super) struct Multicast {
    orders: mpsc::UnboundedSender<Order>,
    heard: mpsc::Receiver<Heard>,
    counts: Counts,
}

/// Counters that the task keeps and the event loop reads.
#[derive(Clone, Debug, Default)]
struct Counts(Arc<Mutex<MulticastSnapshot>>);

impl Counts {
    fn lock(&self) -> MutexGuard<'_, MulticastSnapshot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Multicast {
    /// Starts the task, unless the cloud is on no link or shall not speak.
    pub(super) fn start(spec: &CloudSpec, options: MulticastOptions) -> Option<Self> {
        if !options.searches || spec.links.is_empty() {
            return None;
        }
        let (orders, receiver) = mpsc::unbounded_channel();
        let (sender, heard) = mpsc::channel(MOST_HEARD);
        let counts = Counts::default();
        let target = crate::ssdp::search_target(spec.scope);
        let task = Task::new(target, spec.links.clone(), options, sender, counts.clone());
        let span = tracing::info_span!("ssdp", cloud = spec.name);
        tokio::spawn(task.run(receiver).instrument(span));
        Some(Self {
            orders,
            heard,
            counts,
        })
    }

    /// Sends a search three times, unless one is being sent.
    pub(super) fn search(&self, target: &'static str) {
        self.order(Order::Search(target));
    }

    /// Answers searches from now on.
    pub(super) fn publish(&self, target: &'static str, endpoint: Endpoint) {
        self.order(Order::Publish(Publication { target, endpoint }));
    }

    /// Answers searches no longer.
    pub(super) fn withdraw(&self) {
        self.order(Order::Withdraw);
    }

    /// Goes over to other interfaces.
    pub(super) fn follow(&self, links: Vec<u32>) {
        self.order(Order::Links(links));
    }

    /// The next message for the cloud; `None` when the task has ended.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }

    pub(super) fn snapshot(&self) -> MulticastSnapshot {
        self.counts.lock().clone()
    }

    fn order(&self, order: Order) {
        // The task ends after this, or with the runtime.
        let _ = self.orders.send(order);
    }
}

/// Messages that may wait for the event loop; more are lost, as datagrams are.
const MOST_HEARD: usize = 64;
/// A search goes out three times, three seconds apart: so does that of a Windows node.
const SEARCH_REPEATS: u32 = 3;
const SEARCH_INTERVAL: Duration = Duration::from_secs(3);
