//! The one type applications call, and its two ways in.

use std::{path::Path, sync::Arc};

use crate::{
    CacheEntry, CloudInfo, CloudStats, Config, Error, Found, RegisteredName, Registration,
    RegistrationHandle, ResolveEvent, ResolveRequest, ResolveStream, ScopeFilter,
    client::Client,
    embedded::Embedded,
    request::{CheckedRegistration, CheckedResolve},
};

/// PNRP on this host, in this process or through `pnrpd`. Clones share it.
#[derive(Clone, Debug)]
pub struct Pnrp {
    way: Way,
    owner: u32,
}

#[derive(Clone, Debug)]
enum Way {
    Embedded(Arc<Embedded>),
    Daemon(Arc<Client>),
}

impl Pnrp {
    /// Runs a node in this process, on the current tokio runtime.
    ///
    /// A cloud is started when a name is first registered or resolved in it; at once when the
    /// configuration has a peer for it, or says [`listen_at_once`](Config::listen_at_once).
    ///
    /// # Errors
    /// When the key cannot be read or a cloud with a configured peer cannot be started.
    pub async fn embedded(config: Config) -> Result<Self, Error> {
        let node = Arc::new(Embedded::new(config).await?);
        Ok(Self {
            way: Way::Embedded(node),
            owner: std::process::id(),
        })
    }

    /// Talks to `pnrpd` on its socket.
    ///
    /// Without one, `PNRP_SOCKET` says where it is; else it is `/run/pnrp/pnrpd.sock` if that
    /// exists, else `$XDG_RUNTIME_DIR/pnrp/pnrpd.sock`.
    ///
    /// # Errors
    /// When no daemon answers.
    pub async fn connect(socket: Option<&Path>) -> Result<Self, Error> {
        let client = Arc::new(Client::connect(socket).await?);
        Ok(Self {
            way: Way::Daemon(client),
            owner: std::process::id(),
        })
    }

    /// The same node as another process sees it: its registrations are what "current process"
    /// means. `pnrpd` calls this for each client; a client's own process ID is what counts there.
    #[must_use]
    pub fn for_process(&self, pid: u32) -> Self {
        Self {
            way: self.way.clone(),
            owner: pid,
        }
    }

    /// The clouds this host can take part in, and those it does.
    ///
    /// # Errors
    /// When the system does not say which addresses it has, or the daemon is gone.
    pub async fn clouds(&self, scope: ScopeFilter) -> Result<Vec<CloudInfo>, Error> {
        match &self.way {
            Way::Embedded(node) => node.clouds(scope).await,
            Way::Daemon(client) => client.clouds(scope).await,
        }
    }

    /// Publishes a name until the handle is dropped.
    ///
    /// # Errors
    /// When the registration breaks a rule, or no cloud can take it.
    pub async fn register(&self, registration: Registration) -> Result<RegistrationHandle, Error> {
        CheckedRegistration::new(&registration)?;
        match &self.way {
            Way::Embedded(node) => node.register(&registration, self.owner).await,
            Way::Daemon(client) => Client::register(client, &registration).await,
        }
    }

    /// Looks for a name; what happens is reported as it happens.
    ///
    /// # Errors
    /// When the request breaks a rule, or there is no cloud to look in.
    pub async fn resolve(&self, request: ResolveRequest) -> Result<ResolveStream, Error> {
        CheckedResolve::new(&request)?;
        match &self.way {
            Way::Embedded(node) => node.resolve(&request, self.owner).await,
            Way::Daemon(client) => client.resolve(&request).await,
        }
    }

    /// Looks for a name and returns the first publisher.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when nobody publishes the name.
    pub async fn resolve_first(&self, request: ResolveRequest) -> Result<Found, Error> {
        let name = request.name.clone();
        let mut stream = self.resolve(request).await?;
        while let Some(event) = stream.next().await {
            match event {
                ResolveEvent::Found(found) => return Ok(*found),
                ResolveEvent::Ended { result: Err(error) } => return Err(error),
                ResolveEvent::Hop(_) | ResolveEvent::Ended { result: Ok(()) } => {}
            }
        }
        Err(Error::NotFound { name })
    }

    /// Looks for a name in every cloud and returns all publishers found, at least one.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when nobody publishes the name.
    pub async fn resolve_all(&self, request: ResolveRequest) -> Result<Vec<Found>, Error> {
        let mut all = Vec::new();
        let mut stream = self.resolve(request.every_cloud()).await?;
        while let Some(event) = stream.next().await {
            match event {
                ResolveEvent::Found(found) => all.push(*found),
                ResolveEvent::Ended { result: Err(error) } if all.is_empty() => return Err(error),
                ResolveEvent::Hop(_) | ResolveEvent::Ended { .. } => {}
            }
        }
        Ok(all)
    }

    /// The names registered at this node, by any process.
    ///
    /// # Errors
    /// When the node was closed, or the daemon is gone.
    pub async fn names(&self) -> Result<Vec<RegisteredName>, Error> {
        match &self.way {
            Way::Embedded(node) => node.names().await,
            Way::Daemon(client) => client.names().await,
        }
    }

    /// The route entries cached in a cloud, in ID order; none before the cloud is started.
    ///
    /// # Errors
    /// When there is no such cloud.
    pub async fn cache(&self, cloud: &str) -> Result<Vec<CacheEntry>, Error> {
        match &self.way {
            Way::Embedded(node) => node.cache(cloud).await,
            Way::Daemon(client) => client.cache(cloud).await,
        }
    }

    /// What a cloud has done.
    ///
    /// # Errors
    /// When there is no such cloud.
    pub async fn stats(&self, cloud: &str) -> Result<CloudStats, Error> {
        match &self.way {
            Way::Embedded(node) => node.stats(cloud).await,
            Way::Daemon(client) => client.stats(cloud).await,
        }
    }

    /// Unregisters all names of an embedded node, tells its neighbours and closes its sockets.
    /// The daemon is left alone.
    pub async fn close(&self) {
        match &self.way {
            Way::Embedded(node) => node.close().await,
            Way::Daemon(_) => {}
        }
    }
}
