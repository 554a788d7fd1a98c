//! A node in this process.
//!
//! `table.rs` holds the clouds of this host and those of them that run, `following.rs` keeps both
//! in step with the host, `book.rs` holds what is registered wherever it belongs, `persisting.rs`
//! keeps what is to come back at the next start, `attending.rs`
//! looks after each cloud that runs, `administering.rs` does what is asked beside its use,
//! `doctor` examines all of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use futures_util::future::join_all;
use pnrp_node::driver::{CloudHandle, CloudSnapshot, CloudSpec, DriverError, InterfaceWatch};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::{
    CacheEntry, CloudInfo, CloudStats, Config, Error, Identities, RegisteredName, ScopeFilter,
};

mod administering;
mod attending;
mod book;
mod convert;
mod doctor;
mod enumerate;
mod explain;
mod following;
mod identities;
mod interfaces;
mod memory;
mod nearest;
mod opening;
mod persisting;
mod placing;
mod register;
mod resolve;
mod restoring;
mod seeding;
mod table;
mod updating;
mod watching;

use book::Book;
use memory::{Bindings, Dialects, SavedPeers};
use persisting::Persisted;
pub(crate) use register::LocalRegistration;
pub(crate) use resolve::Search;
use table::CloudTable;
pub(crate) use watching::LocalWatch;

/// A node in this process.
#[derive(Debug)]
pub(crate) struct Embedded {
    config: Config,
    table: Mutex<CloudTable>,
    /// Held by whoever starts a cloud.
    starting: Mutex<()>,
    book: Mutex<Book>,
    /// Counts the changes of clouds.
    changes: watch::Sender<u64>,
    /// Follows the host until the node is dropped.
    follower: OnceLock<EndWithNode>,
    identities: Arc<Identities>,
    dialects: Arc<Dialects>,
    peers: Arc<SavedPeers>,
    bindings: Arc<Bindings>,
    persisted: Persisted,
    /// The configuration with other seeds, once there are others.
    reseeded: std::sync::Mutex<Option<Config>>,
}

/// A task that ends when this is dropped.
#[derive(Debug)]
struct EndWithNode(JoinHandle<()>);

impl Drop for EndWithNode {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Embedded {
    pub(crate) async fn new(config: Config) -> Result<Arc<Self>, Error> {
        config.check()?;
        let state_dir = config.state_dir.as_deref();
        let node = Arc::new(Self {
            table: Mutex::default(),
            starting: Mutex::default(),
            book: Mutex::default(),
            changes: watch::Sender::default(),
            follower: OnceLock::new(),
            identities: Arc::new(match state_dir {
                Some(directory) => Identities::open(directory)?,
                None => Identities::in_memory(),
            }),
            dialects: Arc::new(Dialects::open(state_dir)),
            peers: Arc::new(SavedPeers::open(state_dir)),
            bindings: Arc::new(Bindings::open(state_dir)),
            persisted: Persisted::open(state_dir),
            reseeded: std::sync::Mutex::default(),
            config,
        });
        // A key that cannot be read is told at once, not when a name is registered.
        if node.config.state_dir.is_some() {
            node.with_identities(|identities| identities.machine())
                .await?;
        }
        // The addresses of loopback stay as they are.
        let watch = (!node.config.loopback).then(InterfaceWatch::start);
        let host = node.look().await?;
        enumerate::warn_of_lost_peers(&host.specs, &node.config.peers);
        let specs = host.specs.clone();
        node.table.lock().await.specs = host.specs;
        for spec in &specs {
            node.start_early(spec).await?;
        }
        node.restore().await?;
        if let Some(watch) = watch {
            let follower = tokio::spawn(following::follow(Arc::downgrade(&node), watch));
            // Nobody else has set it.
            let _ = node.follower.set(EndWithNode(follower));
        }
        Ok(node)
    }

    /// Every cloud, with what is known of those that run.
    async fn survey(&self) -> Vec<(CloudSpec, Option<CloudHandle>, Option<CloudSnapshot>)> {
        let known = self.table.lock().await.known();
        let surveyed = known.into_iter().map(|(spec, handle)| async {
            // An error says that it is being closed.
            let snapshot = match &handle {
                Some(handle) => handle.snapshot().await.ok(),
                None => None,
            };
            (spec, handle, snapshot)
        });
        join_all(surveyed).await
    }

    pub(crate) async fn clouds(&self, scope: ScopeFilter) -> Result<Vec<CloudInfo>, Error> {
        let surveyed = self.survey().await;
        let table = self.table.lock().await;
        let describe = |(spec, handle, snapshot): &(CloudSpec, _, Option<CloudSnapshot>)| {
            let facts = table.facts(spec, &self.config, snapshot.as_ref());
            convert::cloud(spec, Option::as_ref(handle), &facts)
        };
        let clouds = surveyed.iter().map(describe);
        Ok(clouds.filter(|cloud| scope.admits(cloud.scope)).collect())
    }

    /// Why there are not more clouds, a sentence each.
    pub(crate) async fn missing_clouds(&self) -> Result<Vec<String>, Error> {
        let found = tokio::task::spawn_blocking(interfaces::interfaces).await;
        let found = found.map_err(|_| Error::Closed)?;
        let found = found.map_err(|error| self.no_clouds(&error.to_string()))?;
        let table = self.table.lock().await;
        Ok(interfaces::missing(&self.config, &found, &table.specs))
    }

    pub(crate) async fn names(&self) -> Result<Vec<RegisteredName>, Error> {
        let mut local = BTreeMap::new();
        for handle in self.running_clouds().await {
            // A cloud that is being closed has no names any more.
            let names = handle.names().await.unwrap_or_default();
            let cloud = handle.spec().name;
            local.extend(
                names
                    .into_iter()
                    .map(|name| ((cloud.clone(), name.id), name)),
            );
        }
        let book = self.book.lock().await;
        let mut names: Vec<RegisteredName> = book
            .with_ids()
            .flat_map(|(id, entry)| convert::names(id, entry, &local))
            .collect();
        let unusable = book.unusable.iter();
        names.extend(unusable.map(|(id, (wanted, _))| convert::unplaced(*id, wanted, None)));
        Ok(names)
    }

    pub(crate) async fn cache(&self, cloud: &str) -> Result<Vec<CacheEntry>, Error> {
        let spec = self.only(cloud).await?;
        let Some(handle) = self.running(&spec).await else {
            return Ok(Vec::new());
        };
        let cached = handle.cache().await.map_err(closed)?;
        Ok(cached
            .into_iter()
            .map(|entry| convert::cache_entry(&spec, &entry))
            .collect())
    }

    pub(crate) async fn stats(&self, cloud: &str) -> Result<CloudStats, Error> {
        let spec = self.only(cloud).await?;
        let snapshot = match self.running(&spec).await {
            Some(handle) => Some(handle.snapshot().await.map_err(closed)?),
            None => None,
        };
        let table = self.table.lock().await;
        let facts = table.facts(&spec, &self.config, snapshot.as_ref());
        Ok(convert::stats(&spec, &facts))
    }

    pub(crate) async fn close(&self) {
        let running = self.table.lock().await.end();
        join_all(running.iter().map(|handle| async {
            self.save_peers(handle).await;
            handle.close().await;
        }))
        .await;
    }

    /// Says that something about a cloud has changed.
    fn tell_change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn no_clouds(&self, reason: &str) -> Error {
        if !interfaces::has_ipv6() {
            return Error::NoIpv6;
        }
        let reason = match (reason, self.config.interfaces.as_slice()) {
            ("", []) => "no interface has an IPv6 address".to_owned(),
            ("", names) => format!("no IPv6 address on {}", names.join(", ")),
            (reason, _) => reason.to_owned(),
        };
        Error::NoClouds { reason }
    }
}

fn closed(_: DriverError) -> Error {
    Error::Closed
}
