//! Looking after a cloud that runs: what it learns is kept, what changes about it is told.

use std::{
    future::pending,
    sync::{Arc, Weak},
    time::Duration,
};

use pnrp_node::{
    cloud::CloudState,
    driver::{CloudHandle, CloudStatus},
};
use pnrp_wire::Dialect;
use tokio::{sync::watch, time::Instant};
use tracing::info;

use super::Embedded;

impl Embedded {
    /// Attends to a cloud until it ends. A task of its own, which does not keep the cloud or the
    /// node from ending.
    pub(super) fn attend(self: &Arc<Self>, handle: &CloudHandle) {
        let status = handle.status();
        let seen = status.borrow().clone();
        let attendant = Attendant {
            node: Arc::downgrade(self),
            seen,
            status,
            save_at: None,
        };
        tokio::spawn(Box::new(attendant).run());
    }

    /// Writes down whom a cloud has used last.
    pub(super) async fn save_peers(&self, handle: &CloudHandle) {
        // An error says that it is closed already.
        let Ok(recent) = handle.recent_peers().await else {
            return;
        };
        let (peers, spec) = (Arc::clone(&self.peers), handle.spec());
        // A thread for what waits for no disk would cost every embedded node its stack.
        if !peers.are_written() {
            return peers.set(&spec, &recent);
        }
        // A task that does not run is one of a runtime that ends.
        let _ = tokio::task::spawn_blocking(move || peers.set(&spec, &recent)).await;
    }

    async fn keep_dialect(&self, status: &CloudStatus) {
        let (dialects, spec) = (Arc::clone(&self.dialects), status.spec.clone());
        let settled: Dialect = status.dialect;
        info!(cloud = spec.name, dialect = ?settled, "dialect settled by a peer");
        // As above.
        let _ = tokio::task::spawn_blocking(move || dialects.set(&spec, settled)).await;
    }
}

struct Attendant {
    node: Weak<Embedded>,
    status: watch::Receiver<CloudStatus>,
    seen: CloudStatus,
    /// When its peers are written down next.
    save_at: Option<Instant>,
}

impl Attendant {
    /// In a box, and so is what it seldom does: a task has room for all that it may do, and each cloud has
    /// one that waits most of the time.
    async fn run(mut self: Box<Self>) {
        loop {
            let is_due = tokio::select! {
                changed = self.status.changed() => match changed {
                    Ok(()) => false,
                    // The cloud has ended.
                    Err(_) => break,
                },
                () = at(self.save_at) => true,
            };
            let Some(node) = self.node.upgrade() else {
                return;
            };
            match is_due {
                true => Box::pin(self.save(&node)).await,
                false => Box::pin(self.on_change(&node)).await,
            }
        }
        if let Some(node) = self.node.upgrade() {
            Box::pin(node.forget_ended(&self.seen.spec.name)).await;
            node.tell_change();
        }
    }

    async fn on_change(&mut self, node: &Arc<Embedded>) {
        let status = self.status.borrow_and_update().clone();
        let before = std::mem::replace(&mut self.seen, status.clone());
        if before.dialect != status.dialect {
            node.keep_dialect(&status).await;
        }
        if before.state != status.state && status.state == CloudState::Active {
            let soon = Instant::now() + SOON;
            self.save_at = Some(self.save_at.map_or(soon, |at| at.min(soon)));
        }
        node.tell_change();
        if before.listening != status.listening {
            node.place_names().await;
        }
    }

    async fn save(&mut self, node: &Embedded) {
        self.save_at = Some(Instant::now() + PERIOD);
        if let Some(handle) = node.running(&self.seen.spec).await {
            node.save_peers(&handle).await;
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => pending().await,
    }
}

/// After a cloud has found others, so that a node that is killed then knows them.
const SOON: Duration = Duration::from_secs(3);
const PERIOD: Duration = Duration::from_secs(60);
