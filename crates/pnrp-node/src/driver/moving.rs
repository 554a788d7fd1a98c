//! Following the host's addresses. MS-PNRP §3.1.7.1.

use std::future::pending;

use tokio::sync::oneshot;

use super::{
    CloudSpec, DriverError,
    run::Driver,
    socket::{Bound, Sockets},
};
use crate::cloud::Now;

/// Where the cloud goes, and the sockets that are being bound for it beside the loop: an address that
/// is still being checked for duplicates takes a second or two.
#[derive(Debug)]
pub(super) struct Move {
    wanted: CloudSpec,
    /// The last port there was, and whether no other will do.
    port: (u16, bool),
    binding: Option<Binding>,
}

#[derive(Debug)]
struct Binding {
    result: oneshot::Receiver<Result<Bound, DriverError>>,
    /// The cloud was told of other addresses since.
    is_outdated: bool,
}

impl Move {
    /// No move yet.
    pub(super) fn new(spec: CloudSpec, sockets: &Sockets, fixed_port: Option<u16>) -> Self {
        let port = sockets.port().or(fixed_port).unwrap_or_default();
        Self {
            wanted: spec,
            port: (port, fixed_port.is_some()),
            binding: None,
        }
    }

    /// Waits for sockets that are being bound.
    pub(super) async fn next(&mut self) -> Result<Bound, DriverError> {
        match &mut self.binding {
            // An error says that the runtime ends.
            Some(binding) => (&mut binding.result)
                .await
                .unwrap_or(Err(DriverError::Closed)),
            None => pending().await,
        }
    }

    fn start(&mut self, sockets: &Sockets) {
        let (sender, result) = oneshot::channel();
        let (spec, port) = (self.wanted.clone(), self.port);
        let missing = sockets.missing(&spec.addresses);
        tokio::spawn(async move {
            let bound = Bound::new(&spec, &missing, port).await;
            // The receiver is gone when the cloud is.
            let _ = sender.send(bound);
        });
        self.binding = Some(Binding {
            result,
            is_outdated: false,
        });
    }
}

impl Driver {
    /// Goes where the host is now.
    pub(super) fn follow(&mut self, spec: CloudSpec, now: Now) {
        let (had_none, before) = {
            let wanted = &self.moving.wanted;
            (wanted.addresses.is_empty(), wanted.links.clone())
        };
        if let Some(multicast) = &self.multicast
            && (before != spec.links || had_none && !spec.addresses.is_empty())
        {
            multicast.follow(spec.links.clone());
        }
        self.moving.wanted = spec;
        if let Some(binding) = &mut self.moving.binding {
            binding.is_outdated = true;
        } else if self
            .sockets
            .missing(&self.moving.wanted.addresses)
            .is_empty()
        {
            self.settle(Bound::nothing(self.moving.port.0), now);
        } else {
            self.moving.start(&self.sockets);
        }
    }

    /// Takes the sockets that were bound, and binds more if the addresses have changed meanwhile.
    /// Where that fails the cloud does with the addresses it has.
    pub(super) fn on_bound(&mut self, result: Result<Bound, DriverError>, now: Now) {
        let binding = self.moving.binding.take();
        let bound = result.unwrap_or_else(|error| {
            tracing::warn!(%error, "an address is left out");
            Bound::nothing(self.moving.port.0)
        });
        self.settle(bound, now);
        let is_outdated = binding.is_some_and(|binding| binding.is_outdated);
        if is_outdated
            && !self
                .sockets
                .missing(&self.moving.wanted.addresses)
                .is_empty()
        {
            self.moving.start(&self.sockets);
        }
    }

    fn settle(&mut self, bound: Bound, now: Now) {
        self.sockets.adopt(&self.moving.wanted.addresses, bound);
        if let Some(port) = self.sockets.port() {
            self.moving.port.0 = port;
        }
        if let Err(error) = self.cloud.set_endpoints(self.sockets.endpoints(), now) {
            tracing::warn!(%error, "the addresses stay as they were");
        }
        let (spec, listening) = (&self.moving.wanted, self.sockets.addresses());
        self.status.send_if_modified(|status| {
            let is_changed = status.spec != *spec || status.listening != listening;
            status.spec.clone_from(spec);
            status.listening = listening;
            is_changed
        });
    }
}
