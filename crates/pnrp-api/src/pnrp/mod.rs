//! The one type applications call, and its two ways in.

mod administering;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use crate::{
    CacheEntry, Chain, CloudInfo, CloudStats, Config, DelegationRequest, Error, ExportFormat,
    Found, IdentityInfo, IdentityList, NameWatch, RegisteredName, Registration, RegistrationHandle,
    RegistrationId, RegistrationReceipt, RegistrationSelector, ResolveEvent, ResolveRequest,
    ResolveStream, ScopeFilter,
    client::Client,
    embedded::Embedded,
    name_watch::LocalNameWatch,
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
        let node = Embedded::new(config).await?;
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

    /// The release of the daemon that this talks to; none for a node in this process.
    pub fn daemon_version(&self) -> Option<&str> {
        match &self.way {
            Way::Embedded(_) => None,
            Way::Daemon(client) => client.version(),
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

    /// Publishes a name until the handle is dropped: in the clouds that its selector means, and in
    /// those of them that appear later. Endpoints without an address go with those of the cloud.
    ///
    /// A [persistent](Registration::persist) registration stays until it is unregistered, and is
    /// on the disk when this returns.
    ///
    /// # Errors
    /// When the registration breaks a rule, this process has registered the name there already, no
    /// cloud can take it, or it is to be kept and cannot be.
    pub async fn register(&self, registration: Registration) -> Result<RegistrationHandle, Error> {
        CheckedRegistration::new(&registration)?;
        match &self.way {
            Way::Embedded(node) => node.register(&registration, self.owner).await,
            Way::Daemon(client) => Client::register(client, &registration).await,
        }
    }

    /// Replaces everything that is published by a registration of this process, or a persistent
    /// one: see [`RegistrationHandle::update`].
    ///
    /// # Errors
    /// When there is no such registration, it belongs to another process, the new one breaks a
    /// rule, or it changes what has to stay. What was published is then published still.
    pub async fn update(
        &self,
        id: RegistrationId,
        registration: Registration,
    ) -> Result<RegistrationReceipt, Error> {
        CheckedRegistration::new(&registration)?;
        match &self.way {
            Way::Embedded(node) => node.update(id, &registration, Some(self.owner)).await,
            Way::Daemon(client) => client.update(id, &registration).await,
        }
    }

    /// Withdraws a name that this process has registered, or that is persistent, and returns when
    /// that is done.
    ///
    /// # Errors
    /// When there is no such registration, several are called that, it belongs to another process,
    /// or a persistent one cannot be removed from the disk.
    pub async fn unregister(
        &self,
        registration: impl Into<RegistrationSelector>,
    ) -> Result<(), Error> {
        let selector = registration.into();
        match &self.way {
            Way::Embedded(node) => node.unregister(&selector, Some(self.owner)).await,
            Way::Daemon(client) => client.unregister(&selector).await,
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
        let mut stream = self.resolve(request.max(1)).await?;
        while let Some(event) = stream.next().await {
            match event {
                ResolveEvent::Found(found) => return Ok(*found),
                ResolveEvent::Ended { result: Err(error) } => return Err(error),
                ResolveEvent::Hop(_) | ResolveEvent::Ended { result: Ok(()) } => {}
            }
        }
        Err(Error::NotFound { name })
    }

    /// Looks for a name and returns all publishers found within the time, at least one.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when nobody publishes the name.
    pub async fn resolve_all(&self, request: ResolveRequest) -> Result<Vec<Found>, Error> {
        let mut all = Vec::new();
        let mut stream = self
            .resolve(request.max(ResolveRequest::MAX_RESULTS))
            .await?;
        while let Some(event) = stream.next().await {
            match event {
                ResolveEvent::Found(found) => all.push(*found),
                ResolveEvent::Ended { result: Err(error) } if all.is_empty() => return Err(error),
                ResolveEvent::Hop(_) | ResolveEvent::Ended { .. } => {}
            }
        }
        Ok(all)
    }

    /// Follows the publishers of a name, all that there are, whatever the request's `max` says:
    /// first those that are found, then what changes. They are looked for after a second, and more
    /// and more seldom while nothing happens, up to once a minute.
    ///
    /// # Errors
    /// When the request breaks a rule, or there is no cloud to look in.
    pub async fn watch_name(&self, request: ResolveRequest) -> Result<NameWatch, Error> {
        CheckedResolve::new(&request)?;
        match &self.way {
            Way::Embedded(_) => {
                let watch = LocalNameWatch::new(self.clone(), request).await?;
                Ok(NameWatch::local(watch))
            }
            Way::Daemon(client) => client.watch_name(&request).await,
        }
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

    /// The identities whose names this node can publish, and files that should hold one and do
    /// not.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn identities(&self) -> Result<IdentityList, Error> {
        match &self.way {
            Way::Embedded(node) => node.identities().await,
            Way::Daemon(client) => client.identities().await,
        }
    }

    /// One identity, by its authority, eight or more digits of it, its friendly name, or
    /// `default`.
    ///
    /// # Errors
    /// When none or several are called that.
    pub async fn identity(&self, selector: &str) -> Result<IdentityInfo, Error> {
        match &self.way {
            Way::Embedded(node) => node.identity(selector.to_owned()).await,
            Way::Daemon(client) => client.identity(selector).await,
        }
    }

    /// Makes an identity, which the node keeps in its state directory.
    ///
    /// # Errors
    /// When the friendly name is none, or there is nowhere to keep it.
    pub async fn new_identity(&self, friendly_name: Option<&str>) -> Result<IdentityInfo, Error> {
        let name = friendly_name.map(str::to_owned);
        match &self.way {
            Way::Embedded(node) => node.new_identity(name).await,
            Way::Daemon(client) => client.new_identity(name).await,
        }
    }

    /// Gives an identity another friendly name.
    ///
    /// # Errors
    /// When there is no such identity, or it is the machine's.
    pub async fn rename_identity(
        &self,
        selector: &str,
        friendly_name: &str,
    ) -> Result<IdentityInfo, Error> {
        let name = friendly_name.to_owned();
        match &self.way {
            Way::Embedded(node) => node.rename_identity(selector.to_owned(), name).await,
            Way::Daemon(client) => client.rename_identity(selector, name).await,
        }
    }

    /// An identity as text, protected by a password.
    ///
    /// # Errors
    /// When there is no such identity, or the password is unusable.
    pub async fn export_identity(
        &self,
        selector: &str,
        password: &str,
        format: ExportFormat,
    ) -> Result<String, Error> {
        let password = password.to_owned();
        match &self.way {
            Way::Embedded(node) => {
                let selector = selector.to_owned();
                node.export_identity(selector, password, format).await
            }
            Way::Daemon(client) => client.export_identity(selector, password, format).await,
        }
    }

    /// Takes in an identity that was exported here or on Windows; without a password, a key in
    /// PEM that is not encrypted.
    ///
    /// # Errors
    /// When the text is none, the password is wrong, or the identity is here already. Nothing
    /// changes then.
    pub async fn import_identity(
        &self,
        text: &str,
        password: Option<&str>,
        friendly_name: Option<&str>,
    ) -> Result<IdentityInfo, Error> {
        let text = text.to_owned();
        let password = password.map(str::to_owned);
        let name = friendly_name.map(str::to_owned);
        match &self.way {
            Way::Embedded(node) => node.import_identity(text, password, name).await,
            Way::Daemon(client) => client.import_identity(text, password, name).await,
        }
    }

    /// Deletes an identity: without an export, its names can never be published again.
    ///
    /// # Errors
    /// When there is no such identity, it publishes a name, or it is the machine's.
    pub async fn delete_identity(&self, selector: &str) -> Result<IdentityInfo, Error> {
        match &self.way {
            Way::Embedded(node) => node.delete_identity(selector.to_owned()).await,
            Way::Daemon(client) => client.delete_identity(selector).await,
        }
    }

    /// Lets the holder of another key publish names of an identity of this node.
    ///
    /// # Errors
    /// When there is no such identity, or it may not delegate this.
    pub async fn delegate(
        &self,
        selector: &str,
        request: DelegationRequest,
    ) -> Result<Chain, Error> {
        match &self.way {
            Way::Embedded(node) => node.delegate(selector.to_owned(), request).await,
            Way::Daemon(client) => client.delegate(selector, &request).await,
        }
    }

    /// The secure names that were found with a stronger binding, and the keys they had.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn bindings(&self) -> Result<BTreeMap<String, Vec<String>>, Error> {
        match &self.way {
            Way::Embedded(node) => Ok(node.bindings()),
            Way::Daemon(client) => client.bindings().await,
        }
    }

    /// Forgets the binding of a name, so that the next one seen counts as the first; false when
    /// none is remembered.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn forget_binding(&self, name: &str) -> Result<bool, Error> {
        match &self.way {
            Way::Embedded(node) => node.forget_binding(name.to_owned()).await,
            Way::Daemon(client) => client.forget_binding(name).await,
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
