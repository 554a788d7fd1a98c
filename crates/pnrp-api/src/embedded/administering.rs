//! What whoever looks after a node can see and do beside its use.

use std::{net::SocketAddrV6, sync::Arc};

use pnrp_node::driver::{CloudHandle, CloudSpec, CloudStatus, DriverError, look_up};
use pnrp_wire::{Dialect, Endpoint};
use tracing::info;

use super::{Embedded, closed, convert, enumerate, opening, table::Purpose};
use crate::{Address, CloudDetails, CloudSelector, Error, Host, NodeEndpoint, Pong, SeedInfo};

impl Embedded {
    /// All that is known of a cloud.
    pub(crate) async fn cloud(&self, name: &str) -> Result<CloudDetails, Error> {
        let spec = self.only(name).await?;
        let handle = self.running(&spec).await;
        let snapshot = match &handle {
            // An error says that it is being closed.
            Some(handle) => handle.snapshot().await.ok(),
            None => None,
        };
        let table = self.table.lock().await;
        let facts = table.facts(&spec, &self.config, snapshot.as_ref());
        let info = convert::cloud(&spec, handle.as_ref(), &facts);
        let status: Option<CloudStatus> = handle.map(|handle| handle.status().borrow().clone());
        let dialect = status.as_ref().map(|status| status.dialect);
        let listening = status.map(|status| status.listening).unwrap_or_default();
        Ok(CloudDetails {
            info,
            listening: listening
                .iter()
                .map(|at| convert::node_endpoint(&spec, endpoint(at)))
                .collect(),
            discovery: snapshot
                .as_ref()
                .map(|cloud| convert::discovery(&spec, &cloud.discovery)),
            dialect: dialect.unwrap_or_else(|| self.dialect_of(&spec)).into(),
        })
    }

    /// Listens in a cloud, and looks for other nodes.
    pub(crate) async fn start_cloud(self: &Arc<Self>, name: &str) -> Result<CloudDetails, Error> {
        let handle = self.in_use(name).await?;
        handle.activate();
        self.place_names().await;
        self.cloud(&handle.spec().name).await
    }

    /// Closes a cloud until somebody uses it again. Names are withdrawn by force only; they are
    /// registered again when the cloud is used.
    pub(crate) async fn stop_cloud(
        self: &Arc<Self>,
        name: &str,
        by_force: bool,
    ) -> Result<CloudDetails, Error> {
        let spec = self.only(name).await?;
        // Nobody registers meanwhile.
        let mut book = self.book.lock().await;
        let registered = book.registered_in(&spec.name);
        if registered > 0 && !by_force {
            let name = spec.name;
            return Err(Error::CloudInUse { name, registered });
        }
        let removed = {
            let mut table = self.table.lock().await;
            table.stopped.insert(spec.name.clone());
            table.running.remove(&spec.name)
        };
        book.forget_cloud(&spec.name);
        drop(book);
        if let Some(handle) = removed {
            self.save_peers(&handle).await;
            handle.close().await;
            info!(cloud = spec.name, "stopped");
        }
        self.tell_change();
        self.cloud(&spec.name).await
    }

    /// Forgets the nodes that are cached.
    pub(crate) async fn flush_cloud(&self, name: &str) -> Result<CloudDetails, Error> {
        let spec = self.only(name).await?;
        if let Some(handle) = self.running(&spec).await {
            handle.flush_cache();
        }
        self.cloud(&spec.name).await
    }

    /// Looks for other parts of a cloud by every means.
    pub(crate) async fn repair_cloud(self: &Arc<Self>, name: &str) -> Result<CloudDetails, Error> {
        let handle = self.in_use(name).await?;
        handle.repair();
        self.cloud(&handle.spec().name).await
    }

    /// Synchronizes with a node, or with the next seed.
    pub(crate) async fn sync_cloud(
        self: &Arc<Self>,
        name: &str,
        host: Option<&Host>,
    ) -> Result<CloudDetails, Error> {
        let handle = self.in_use(name).await?;
        match host {
            Some(host) => {
                let (_, node) = self.find(host, Some(&handle.spec())).await?;
                handle.add_peer(node);
            }
            None if handle.synchronize_with_seed().await.map_err(closed)? => {}
            None => {
                let name = handle.spec().name;
                return Err(Error::NoSeed { name });
            }
        }
        self.cloud(&handle.spec().name).await
    }

    /// The seeds of a cloud, and where they are: what is not known yet is looked up.
    pub(crate) async fn seeds(&self, name: &str) -> Result<Vec<SeedInfo>, Error> {
        let spec = self.only(name).await?;
        let options = opening::options(&self.seeded(), &spec, Dialect::default(), &[]);
        let mut seeds = Vec::new();
        for seed in options.seeds {
            let host = convert::seed(&seed, &spec);
            let (addresses, failure) = match &host {
                Host::Address(address, _) => (vec![address.clone()], None),
                Host::Name(name, _) => match look_up(name).await {
                    Ok(found) => (convert::addresses(&spec, &found), None),
                    Err(failure) => (Vec::new(), Some(failure)),
                },
            };
            seeds.push(SeedInfo {
                host,
                addresses,
                failure,
            });
        }
        Ok(seeds)
    }

    /// Asks a node whether it is there, in the cloud that its address is of.
    pub(crate) async fn ping(self: &Arc<Self>, host: &Host) -> Result<Pong, Error> {
        let (spec, at) = self.find(host, None).await?;
        let handle = self.start(&spec).await?;
        let from: NodeEndpoint = convert::node_endpoint(&spec, endpoint(&at));
        match handle.ping(endpoint(&at)).await {
            Ok(time) => Ok(Pong {
                cloud: spec.name,
                from,
                time,
            }),
            Err(DriverError::Ping(error)) => Err(Error::NoAnswer {
                node: from.to_string(),
                reason: error.to_string(),
            }),
            Err(error) => Err(closed(error)),
        }
    }

    /// A cloud that may be used, started if it was not.
    async fn in_use(self: &Arc<Self>, name: &str) -> Result<CloudHandle, Error> {
        let spec = self.only(name).await?;
        let selector = CloudSelector::Named(spec.name.clone());
        self.select(&selector, Purpose::Resolve).await?;
        self.start(&spec).await
    }

    /// Where a host is, and in which cloud: the first of its addresses that is of one.
    async fn find(
        &self,
        host: &Host,
        only: Option<&CloudSpec>,
    ) -> Result<(CloudSpec, SocketAddrV6), Error> {
        let refuse = |reason: String| Error::InvalidHost {
            host: host.to_string(),
            reason,
        };
        let (addresses, port) = match host {
            Host::Address(address, port) => (vec![address.clone()], *port),
            Host::Name(name, port) => {
                let found = look_up(name).await.map_err(refuse)?;
                let found = found.into_iter().map(|ip| Address { ip, zone: None });
                (found.collect(), *port)
            }
        };
        let clouds = match only {
            Some(spec) => vec![spec.clone()],
            None => {
                let all = CloudSelector::All;
                let purpose = Purpose::Resolve;
                self.select(&all, purpose).await?
            }
        };
        let places = addresses.iter().flat_map(|address| {
            let of = |spec: &&CloudSpec| {
                !spec.addresses.is_empty() && enumerate::is_address_of(address, spec)
            };
            clouds.iter().filter(of).map(|spec| (spec, address.ip))
        });
        match places.into_iter().next() {
            Some((spec, ip)) => {
                let peer = Endpoint { address: ip, port };
                Ok((spec.clone(), opening::in_zone(spec, &peer)))
            }
            None => {
                let names: Vec<&str> = clouds.iter().map(|spec| spec.name.as_str()).collect();
                Err(refuse(format!(
                    "it has no address in {}",
                    names.join(" or ")
                )))
            }
        }
    }
}

fn endpoint(at: &SocketAddrV6) -> Endpoint {
    Endpoint {
        address: *at.ip(),
        port: at.port(),
    }
}
