//! A node in this process: which clouds there are, and which of them run.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use pnrp_node::driver::{CloudHandle, CloudSpec, DriverError, OpenOptions};
use pnrp_wire::Dialect;
use tokio::sync::Mutex;
use tracing::{info, warn};

use crate::{
    CacheEntry, CloudInfo, CloudSelector, CloudStats, Config, Error, Identities, RegisteredName,
    ScopeFilter,
};

mod convert;
mod enumerate;
mod identities;
mod memory;
mod register;
mod resolve;

use memory::{Bindings, Dialects};
pub(crate) use register::LocalRegistration;
pub(crate) use resolve::Search;

/// A node in this process.
#[derive(Debug)]
pub(crate) struct Embedded {
    config: Config,
    /// Clouds that run, by name.
    started: Mutex<BTreeMap<String, CloudHandle>>,
    identities: Arc<Identities>,
    dialects: Arc<Dialects>,
    bindings: Arc<Bindings>,
}

impl Embedded {
    pub(crate) async fn new(config: Config) -> Result<Self, Error> {
        let state_dir = config.state_dir.as_deref();
        let node = Self {
            started: Mutex::new(BTreeMap::new()),
            identities: Arc::new(match state_dir {
                Some(directory) => Identities::open(directory)?,
                None => Identities::in_memory(),
            }),
            dialects: Arc::new(Dialects::open(state_dir)),
            bindings: Arc::new(Bindings::open(state_dir)),
            config,
        };
        // A key that cannot be read is told at once, not when a name is registered.
        if node.config.state_dir.is_some() {
            node.with_identities(|identities| identities.machine())
                .await?;
        }
        let specs = node.specs().await?;
        enumerate::warn_of_lost_peers(&specs, &node.config.peers);
        for spec in specs {
            node.start_early(&spec).await?;
        }
        Ok(node)
    }

    /// Starts a cloud before anybody uses it, where the configuration has a reason to.
    async fn start_early(&self, spec: &CloudSpec) -> Result<(), Error> {
        let has_peer = !enumerate::peers_of(spec, &self.config.peers).is_empty();
        if self.config.loopback || has_peer {
            self.start(spec).await?;
        } else if self.config.listens_at_once
            && let Err(error) = self.start(spec).await
        {
            // It is tried again when the cloud is used.
            warn!(cloud = spec.name, %error, "not listening yet");
        }
        Ok(())
    }

    pub(crate) async fn clouds(&self, scope: ScopeFilter) -> Result<Vec<CloudInfo>, Error> {
        let specs = self.specs().await?;
        let started = self.started.lock().await.clone();
        let mut clouds = Vec::new();
        for spec in &specs {
            let snapshot = match started.get(&spec.name) {
                Some(handle) => Some(handle.snapshot().await.map_err(closed)?),
                None => None,
            };
            clouds.push(convert::cloud(spec, started.get(&spec.name), snapshot));
        }
        for handle in started
            .values()
            .filter(|handle| !specs.iter().any(same_as(handle)))
        {
            clouds.push(convert::lost_cloud(handle));
        }
        clouds.retain(|cloud| scope.admits(cloud.scope));
        Ok(clouds)
    }

    pub(crate) async fn names(&self) -> Result<Vec<RegisteredName>, Error> {
        let mut names = Vec::new();
        for handle in self.started.lock().await.clone().into_values() {
            let local = handle.names().await.map_err(closed)?;
            names.extend(
                local
                    .into_iter()
                    .map(|name| convert::name(&handle.spec(), &name)),
            );
        }
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
        Ok(convert::stats(&spec, snapshot))
    }

    pub(crate) async fn close(&self) {
        let started = std::mem::take(&mut *self.started.lock().await);
        join_all(started.values().map(CloudHandle::close)).await;
    }

    /// The clouds a selector means, at least one.
    async fn select(&self, selector: &CloudSelector) -> Result<Vec<CloudSpec>, Error> {
        let specs = self.specs().await?;
        if specs.is_empty() {
            return Err(self.no_clouds());
        }
        let available: Vec<_> = specs.iter().map(|spec| spec.name.clone()).collect();
        let selected: Vec<_> = specs
            .into_iter()
            .filter(|spec| enumerate::is_selected(spec, selector))
            .collect();
        match selected.is_empty() {
            true => Err(Error::CloudNotFound {
                name: selector.to_string(),
                available,
            }),
            false => Ok(selected),
        }
    }

    async fn only(&self, cloud: &str) -> Result<CloudSpec, Error> {
        let selected = self.select(&CloudSelector::Named(cloud.to_owned())).await?;
        selected.into_iter().next().ok_or_else(|| self.no_clouds())
    }

    async fn running(&self, spec: &CloudSpec) -> Option<CloudHandle> {
        self.started.lock().await.get(&spec.name).cloned()
    }

    /// Starts those clouds that do not run yet. One that cannot be started is left out when
    /// others can.
    async fn start_all(&self, specs: &[CloudSpec]) -> Result<Vec<CloudHandle>, Error> {
        let mut handles = Vec::new();
        let mut failure = None;
        for spec in specs {
            match self.start(spec).await {
                Ok(handle) => handles.push(handle),
                Err(error) => {
                    warn!(cloud = spec.name, %error, "cloud left out");
                    failure = Some(error);
                }
            }
        }
        match failure {
            Some(error) if handles.is_empty() => Err(error),
            _ => Ok(handles),
        }
    }

    async fn start(&self, spec: &CloudSpec) -> Result<CloudHandle, Error> {
        let mut started = self.started.lock().await;
        if let Some(handle) = started.get(&spec.name) {
            return Ok(handle.clone());
        }
        let options = OpenOptions {
            port: self.config.port,
            peers: enumerate::peers_of(spec, &self.config.peers),
            dialect: self.dialect_of(spec),
            calibrates: !self.config.is_dialect_final,
            ..OpenOptions::default()
        };
        let dialect = options.dialect;
        let handle = CloudHandle::open(spec.clone(), options)
            .await
            .map_err(|error| Error::CloudUnavailable {
                name: spec.name.clone(),
                reason: error.to_string(),
            })?;
        let port = handle.local_addresses().first().map(|at| at.port());
        info!(cloud = spec.name, port, "cloud started");
        if dialect != Dialect::default() {
            info!(
                cloud = spec.name,
                ?dialect,
                "the dialect is not the default one"
            );
        }
        self.keep_dialect(&handle);
        started.insert(spec.name.clone(), handle.clone());
        Ok(handle)
    }

    async fn specs(&self) -> Result<Vec<CloudSpec>, Error> {
        let config = self.config.clone();
        let specs = tokio::task::spawn_blocking(move || enumerate::specs(&config)).await;
        let specs = specs.map_err(|_| Error::Closed)?;
        specs.map_err(|error| Error::NoClouds {
            reason: error.to_string(),
        })
    }

    /// What was learned wins over what is configured, unless that is to stay as it is.
    fn dialect_of(&self, spec: &CloudSpec) -> Dialect {
        let configured = self.config.dialect.over(Dialect::default());
        match self.config.is_dialect_final {
            true => configured,
            false => self.dialects.get(spec, configured),
        }
    }

    /// Writes down the dialect of a cloud whenever a peer settles it.
    fn keep_dialect(&self, handle: &CloudHandle) {
        let (dialects, spec) = (Arc::clone(&self.dialects), handle.spec());
        let mut status = handle.status();
        let mut known = status.borrow().dialect;
        tokio::spawn(async move {
            // The sender is gone when the cloud is.
            while status.changed().await.is_ok() {
                let settled = status.borrow_and_update().dialect;
                if std::mem::replace(&mut known, settled) == settled {
                    continue;
                }
                let (dialects, spec) = (Arc::clone(&dialects), spec.clone());
                info!(cloud = spec.name, dialect = ?settled, "dialect settled by a peer");
                let written = tokio::task::spawn_blocking(move || dialects.set(&spec, settled));
                if written.await.is_err() {
                    return;
                }
            }
        });
    }

    fn no_clouds(&self) -> Error {
        let reason = match self.config.interfaces.as_slice() {
            [] => "no interface has an IPv6 address".to_owned(),
            names => format!("no IPv6 address on {}", names.join(", ")),
        };
        Error::NoClouds { reason }
    }
}

fn same_as(handle: &CloudHandle) -> impl Fn(&CloudSpec) -> bool {
    |spec| spec.name == handle.spec().name
}

fn closed(_: DriverError) -> Error {
    Error::Closed
}
