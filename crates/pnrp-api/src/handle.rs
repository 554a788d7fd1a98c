//! What an application holds while a name is published or looked for.

use crate::{
    CloudEvent, Error, NameEvent, Registration, RegistrationEntry, RegistrationId,
    RegistrationReceipt, ResolveEvent,
    client::{RemoteNameWatch, RemoteRegistration, RemoteSearch, RemoteWatch},
    embedded::{LocalRegistration, LocalWatch, Search},
    name_watch::LocalNameWatch,
};

/// A published name; dropping it withdraws the name, unless the registration is persistent.
#[derive(Debug)]
#[must_use = "dropping the handle unregisters the name"]
pub struct RegistrationHandle(Registered);

#[derive(Debug)]
enum Registered {
    Local(LocalRegistration),
    Remote(RemoteRegistration),
}

impl RegistrationHandle {
    pub(crate) fn local(registration: LocalRegistration) -> Self {
        Self(Registered::Local(registration))
    }

    pub(crate) fn remote(registration: RemoteRegistration) -> Self {
        Self(Registered::Remote(registration))
    }

    /// Names the registration: [`Pnrp::update`](crate::Pnrp::update) and
    /// [`Pnrp::unregister`](crate::Pnrp::unregister) take it.
    pub fn id(&self) -> RegistrationId {
        self.receipt().id
    }

    /// The clouds it was published in when it was registered or updated, and its ID in each; none
    /// while they have no address. It is also published in clouds of its selector that appear
    /// later.
    pub fn entries(&self) -> &[RegistrationEntry] {
        &self.receipt().entries
    }

    /// Whether the registration stays when the handle is dropped, for the node keeps it.
    pub fn is_persistent(&self) -> bool {
        match &self.0 {
            Registered::Local(registration) => registration.is_persistent(),
            Registered::Remote(registration) => registration.is_persistent(),
        }
    }

    /// Replaces everything that is published: what does not change has to be said again. Whoever
    /// asks from now on is told the new; a persistent registration is on the disk when this
    /// returns.
    ///
    /// Name, clouds and identity stay, and so does whether the node's own addresses are published
    /// (`:PORT`) or explicit ones. Whether the registration is persistent stays, whatever
    /// [`Registration::persist`] says.
    ///
    /// # Errors
    /// When the registration breaks a rule or changes what has to stay. What was published is then
    /// published still.
    pub async fn update(&mut self, registration: Registration) -> Result<(), Error> {
        match &mut self.0 {
            Registered::Local(local) => local.update(&registration).await,
            Registered::Remote(remote) => remote.update(&registration).await,
        }
    }

    /// Withdraws the name and returns when that is done. A persistent registration is forgotten.
    ///
    /// # Errors
    /// When a persistent registration cannot be removed from the disk: it stays then. When the
    /// daemon is gone, which has withdrawn the name unless it is persistent.
    pub async fn unregister(self) -> Result<(), Error> {
        match self.0 {
            Registered::Local(registration) => registration.unregister().await,
            Registered::Remote(registration) => registration.unregister().await,
        }
    }

    /// Returns when the daemon has withdrawn the name, because it stops. A name published by this
    /// process stays until the handle is dropped, and a persistent one longer.
    pub async fn withdrawn(&mut self) {
        match &mut self.0 {
            Registered::Local(_) => std::future::pending().await,
            Registered::Remote(registration) => registration.withdrawn().await,
        }
    }

    fn receipt(&self) -> &RegistrationReceipt {
        match &self.0 {
            Registered::Local(registration) => &registration.receipt,
            Registered::Remote(registration) => &registration.receipt,
        }
    }
}

/// A resolve in progress; dropping it cancels the resolve.
#[derive(Debug)]
#[must_use = "dropping the stream cancels the resolve"]
pub struct ResolveStream(Searching);

#[derive(Debug)]
enum Searching {
    Local(Search),
    Remote(RemoteSearch),
}

impl ResolveStream {
    pub(crate) fn local(search: Search) -> Self {
        Self(Searching::Local(search))
    }

    pub(crate) fn remote(search: RemoteSearch) -> Self {
        Self(Searching::Remote(search))
    }

    /// The next event; `None` after [`ResolveEvent::Ended`].
    pub async fn next(&mut self) -> Option<ResolveEvent> {
        match &mut self.0 {
            Searching::Local(search) => search.next().await,
            Searching::Remote(search) => search.next().await,
        }
    }
}

/// What happens to the publishers of a name. Dropping it ends the watch.
#[derive(Debug)]
pub struct NameWatch(Following);

#[derive(Debug)]
enum Following {
    Local(Box<LocalNameWatch>),
    Remote(RemoteNameWatch),
}

impl NameWatch {
    pub(crate) fn local(watch: LocalNameWatch) -> Self {
        Self(Following::Local(Box::new(watch)))
    }

    pub(crate) fn remote(watch: RemoteNameWatch) -> Self {
        Self(Following::Remote(watch))
    }

    /// The next event: first one for each publisher that is there. `None` when the node is closed
    /// or the daemon gone.
    pub async fn next(&mut self) -> Option<NameEvent> {
        match &mut self.0 {
            Following::Local(watch) => watch.next().await,
            Following::Remote(watch) => watch.next().await,
        }
    }
}

/// What happens to clouds.
#[derive(Debug)]
pub struct CloudWatch(Watching);

#[derive(Debug)]
enum Watching {
    Local(LocalWatch),
    Remote(RemoteWatch),
}

impl CloudWatch {
    pub(crate) fn local(watch: LocalWatch) -> Self {
        Self(Watching::Local(watch))
    }

    pub(crate) fn remote(watch: RemoteWatch) -> Self {
        Self(Watching::Remote(watch))
    }

    /// The next event: first one for each cloud that is there. `None` when the node or the daemon
    /// is gone.
    pub async fn next(&mut self) -> Option<CloudEvent> {
        match &mut self.0 {
            Watching::Local(watch) => watch.next().await,
            Watching::Remote(watch) => watch.next().await,
        }
    }
}
