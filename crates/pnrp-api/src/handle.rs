//! What an application holds while a name is published or looked for.

use crate::{
    CloudEvent, RegistrationEntry, ResolveEvent,
    client::{RemoteRegistration, RemoteSearch, RemoteWatch},
    embedded::{LocalRegistration, LocalWatch, Search},
};

/// A published name; dropping it withdraws the name.
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

    /// The clouds it was published in when it was registered, and its ID in each; none while they
    /// have no address. It is also published in clouds of its selector that appear later.
    pub fn entries(&self) -> &[RegistrationEntry] {
        match &self.0 {
            Registered::Local(registration) => &registration.entries,
            Registered::Remote(registration) => &registration.entries,
        }
    }

    /// Withdraws the name and returns when that is done.
    pub async fn unregister(self) {
        match self.0 {
            Registered::Local(mut registration) => registration.unregister().await,
            Registered::Remote(registration) => registration.unregister().await,
        }
    }

    /// Returns when the daemon has withdrawn the name, because it stops. A name published by this
    /// process stays until the handle is dropped.
    pub async fn withdrawn(&mut self) {
        match &mut self.0 {
            Registered::Local(_) => std::future::pending().await,
            Registered::Remote(registration) => registration.withdrawn().await,
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
