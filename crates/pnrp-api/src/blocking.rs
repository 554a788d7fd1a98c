//! The same for threads that run no async code.
//!
//! ```
//! use pnrp_api::{Config, Registration, ResolveRequest, ScopeFilter, blocking::Pnrp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let publisher = Pnrp::embedded(Config::loopback(0))?;
//! let endpoint = "[::1]:8080/tcp".parse()?;
//! let published = publisher.register(Registration::new("0.web").endpoint(endpoint))?;
//!
//! let peer = publisher.clouds(ScopeFilter::Any)?[0].listening()[0];
//! let resolver = Pnrp::embedded(Config::loopback(0).peer(peer))?;
//! let found = resolver.resolve_first(ResolveRequest::new("0.web"))?;
//! assert_eq!(found.endpoints[0].to_string(), "[::1]:8080/tcp");
//! published.unregister()?;
//! # Ok(())
//! # }
//! ```
//!
//! Every call waits for its end; the node works on in a thread of its own between calls. Calls may
//! come from a thread of a runtime too, which they keep waiting.

use std::{path::Path, sync::Arc, thread};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    CloudInfo, Config, Error, Found, NameEvent, RegisteredName, Registration, RegistrationEntry,
    RegistrationId, RegistrationReceipt, RegistrationSelector, ResolveEvent, ResolveRequest,
    ScopeFilter,
};

/// PNRP on this host, in this process or through `pnrpd`. Clones share it.
#[derive(Clone, Debug)]
pub struct Pnrp {
    node: crate::Pnrp,
    runtime: Arc<Background>,
}

impl Pnrp {
    /// Runs a node in this process: see [`embedded`](crate::Pnrp::embedded). It ends with the last
    /// clone and the last handle; [`close`](Self::close) it first to tell its neighbours.
    ///
    /// # Errors
    /// As there, and when no thread can be started.
    pub fn embedded(config: Config) -> Result<Self, Error> {
        let runtime = Background::start()?;
        let node = runtime.wait(crate::Pnrp::embedded(config))?;
        Ok(Self { node, runtime })
    }

    /// Talks to `pnrpd`: see [`connect`](crate::Pnrp::connect).
    ///
    /// # Errors
    /// As there, and when no thread can be started.
    pub fn connect(socket: Option<&Path>) -> Result<Self, Error> {
        let runtime = Background::start()?;
        let node = runtime.wait(crate::Pnrp::connect(socket))?;
        Ok(Self { node, runtime })
    }

    /// The clouds this host can take part in: see [`clouds`](crate::Pnrp::clouds).
    ///
    /// # Errors
    /// As there.
    pub fn clouds(&self, scope: ScopeFilter) -> Result<Vec<CloudInfo>, Error> {
        self.runtime.wait(self.node.clouds(scope))
    }

    /// Publishes a name until the handle is dropped: see [`register`](crate::Pnrp::register).
    ///
    /// # Errors
    /// As there.
    pub fn register(&self, registration: Registration) -> Result<RegistrationHandle, Error> {
        let handle = self.runtime.wait(self.node.register(registration))?;
        Ok(RegistrationHandle {
            ends_with_handle: !handle.is_persistent(),
            handle,
            pnrp: self.clone(),
        })
    }

    /// Replaces everything that is published: see [`update`](crate::Pnrp::update).
    ///
    /// # Errors
    /// As there.
    pub fn update(
        &self,
        id: RegistrationId,
        registration: Registration,
    ) -> Result<RegistrationReceipt, Error> {
        self.runtime.wait(self.node.update(id, registration))
    }

    /// Withdraws a name: see [`unregister`](crate::Pnrp::unregister).
    ///
    /// # Errors
    /// As there.
    pub fn unregister(&self, registration: impl Into<RegistrationSelector>) -> Result<(), Error> {
        self.runtime.wait(self.node.unregister(registration.into()))
    }

    /// Looks for a name; what happens is reported as it happens: see
    /// [`resolve`](crate::Pnrp::resolve).
    ///
    /// # Errors
    /// As there.
    pub fn resolve(&self, request: ResolveRequest) -> Result<ResolveEvents, Error> {
        let stream = self.runtime.wait(self.node.resolve(request))?;
        let runtime = Arc::clone(&self.runtime);
        Ok(ResolveEvents { stream, runtime })
    }

    /// Looks for a name and returns the first publisher: see
    /// [`resolve_first`](crate::Pnrp::resolve_first).
    ///
    /// # Errors
    /// As there.
    pub fn resolve_first(&self, request: ResolveRequest) -> Result<Found, Error> {
        self.runtime.wait(self.node.resolve_first(request))
    }

    /// Looks for a name and returns all publishers: see
    /// [`resolve_all`](crate::Pnrp::resolve_all).
    ///
    /// # Errors
    /// As there.
    pub fn resolve_all(&self, request: ResolveRequest) -> Result<Vec<Found>, Error> {
        self.runtime.wait(self.node.resolve_all(request))
    }

    /// Follows the publishers of a name: see [`watch_name`](crate::Pnrp::watch_name).
    ///
    /// # Errors
    /// As there.
    pub fn watch_name(&self, request: ResolveRequest) -> Result<NameEvents, Error> {
        let watch = self.runtime.wait(self.node.watch_name(request))?;
        let runtime = Arc::clone(&self.runtime);
        Ok(NameEvents { watch, runtime })
    }

    /// The names registered at this node: see [`names`](crate::Pnrp::names).
    ///
    /// # Errors
    /// As there.
    pub fn names(&self) -> Result<Vec<RegisteredName>, Error> {
        self.runtime.wait(self.node.names())
    }

    /// Calls anything else, and waits for its end.
    ///
    /// ```
    /// # use pnrp_api::{Config, blocking::Pnrp};
    /// # fn main() -> Result<(), pnrp_api::Error> {
    /// let pnrp = Pnrp::embedded(Config::loopback(0))?;
    /// let identity = pnrp.wait(|node| async move { node.identity("default").await })?;
    /// # assert!(identity.is_default);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the call.
    pub fn wait<T: Send, F: Future<Output = Result<T, Error>> + Send>(
        &self,
        call: impl FnOnce(crate::Pnrp) -> F,
    ) -> Result<T, Error> {
        self.runtime.wait(call(self.node.clone()))
    }

    /// Unregisters all names of an embedded node, tells its neighbours and closes its sockets.
    /// The daemon is left alone.
    pub fn close(&self) {
        // An error says that no thread can be started to wait in; the node ends all the same.
        let _ = self.runtime.wait(async {
            self.node.close().await;
            Ok(())
        });
    }
}

/// A published name; dropping it withdraws the name and waits until that is done, unless the
/// registration is persistent.
#[derive(Debug)]
#[must_use = "dropping the handle unregisters the name"]
pub struct RegistrationHandle {
    handle: crate::RegistrationHandle,
    pnrp: Pnrp,
    ends_with_handle: bool,
}

impl RegistrationHandle {
    /// Names the registration.
    pub fn id(&self) -> RegistrationId {
        self.handle.id()
    }

    /// The clouds it was published in, and its ID in each: see
    /// [`entries`](crate::RegistrationHandle::entries).
    pub fn entries(&self) -> &[RegistrationEntry] {
        self.handle.entries()
    }

    /// Whether the registration stays when the handle is dropped.
    pub fn is_persistent(&self) -> bool {
        self.handle.is_persistent()
    }

    /// Replaces everything that is published: see
    /// [`update`](crate::RegistrationHandle::update).
    ///
    /// # Errors
    /// As there.
    pub fn update(&mut self, registration: Registration) -> Result<(), Error> {
        let updating = self.handle.update(registration);
        self.pnrp.runtime.wait(updating)
    }

    /// Withdraws the name: see [`unregister`](crate::RegistrationHandle::unregister).
    ///
    /// # Errors
    /// As there.
    pub fn unregister(mut self) -> Result<(), Error> {
        self.ends_with_handle = false;
        self.withdraw()
    }

    fn withdraw(&self) -> Result<(), Error> {
        match self.pnrp.unregister(self.handle.id()) {
            // By its ID, before.
            Err(Error::RegistrationNotFound { .. }) => Ok(()),
            done => done,
        }
    }
}

impl Drop for RegistrationHandle {
    fn drop(&mut self) {
        if self.ends_with_handle {
            // A daemon that is gone has withdrawn it.
            let _ = self.withdraw();
        }
    }
}

/// A resolve in progress: an iterator that ends after [`ResolveEvent::Ended`]. Dropping it cancels
/// the resolve.
#[derive(Debug)]
#[must_use = "dropping the iterator cancels the resolve"]
pub struct ResolveEvents {
    stream: crate::ResolveStream,
    runtime: Arc<Background>,
}

impl Iterator for ResolveEvents {
    type Item = ResolveEvent;

    fn next(&mut self) -> Option<ResolveEvent> {
        let stream = &mut self.stream;
        let next = self.runtime.wait(async { Ok(stream.next().await) });
        next.unwrap_or_else(|error| Some(ResolveEvent::Ended { result: Err(error) }))
    }
}

/// What happens to the publishers of a name: an iterator that waits for the next event, and ends
/// with the node or the daemon.
#[derive(Debug)]
pub struct NameEvents {
    watch: crate::NameWatch,
    runtime: Arc<Background>,
}

impl Iterator for NameEvents {
    type Item = NameEvent;

    fn next(&mut self) -> Option<NameEvent> {
        let watch = &mut self.watch;
        let next = self.runtime.wait(async { Ok(watch.next().await) });
        next.ok().flatten()
    }
}

/// The thread that a node or client works in.
#[derive(Debug)]
struct Background {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Background {
    fn start() -> Result<Arc<Self>, Error> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("pnrp").enable_all();
        let runtime = builder.build().map_err(no_thread)?;
        Ok(Arc::new(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        }))
    }

    /// Waits here, or in another thread when this one belongs to a runtime: tokio lets none of its
    /// own wait.
    fn wait<T: Send>(
        &self,
        call: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        if Handle::try_current().is_err() {
            return self.handle.block_on(call);
        }
        thread::scope(|scope| {
            let waiting = move || self.handle.block_on(call);
            let waiter = thread::Builder::new().spawn_scoped(scope, waiting);
            let done = waiter.map_err(no_thread)?.join();
            done.map_err(|_| Error::Closed)?
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for its tasks is not allowed in a thread of another runtime.
            runtime.shutdown_background();
        }
    }
}

fn no_thread(error: std::io::Error) -> Error {
    Error::TooMuchLoad {
        reason: format!("no thread can be started: {error}"),
    }
}
