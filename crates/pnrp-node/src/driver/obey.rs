//! Doing what a handle asks.

use std::time::Duration;

use pnrp_wire::{Endpoint, PnrpId};
use tokio::sync::{mpsc, oneshot};

use super::{
    CachedEntry, CloudSnapshot, DiscoverySnapshot, DriverError, LocalName, Registered,
    ResolveUpdate,
    command::{Command, Ticket},
    multicast::Multicast,
    run::{Driver, Flow},
};
use crate::cloud::{Now, PingError, Registration, ResolveRequest};

impl Driver {
    pub(super) fn obey(&mut self, command: Command, now: Now) -> Flow {
        // A reply that nobody waits for is no failure: the caller has given up.
        match command {
            Command::Register(registration, reply) => {
                let _ = reply.send(self.register(*registration, now));
            }
            Command::Update(id, update, reply) => {
                let updated = self.cloud.update(id, *update);
                let _ = reply.send(updated.map_err(DriverError::from));
            }
            Command::Unregister(id, reply) => {
                let _ = reply.send(self.cloud.unregister(id, now));
            }
            Command::Resolve(ticket, request, watcher) => {
                self.resolve(ticket, *request, watcher, now);
            }
            Command::Cancel(ticket) => self.cancel(ticket),
            Command::Follow(spec) => self.follow(*spec, now),
            Command::AddPeer(peer) => self.cloud.handle_discovered(peer, now),
            Command::SetSeeds(seeds) => {
                self.seeds.set(seeds.clone());
                self.cloud.set_seeds(seeds);
            }
            Command::SynchronizeWithSeed(reply) => {
                let _ = reply.send(self.cloud.synchronize_with_seed(now));
            }
            Command::Activate => self.cloud.activate(now),
            Command::FlushCache => self.cloud.flush_cache(now),
            Command::Repair => self.cloud.repair(now),
            Command::Ping(node, reply) => self.ping(node, reply, now),
            Command::RecentPeers(reply) => {
                let _ = reply.send(self.cloud.most_recent_peers());
            }
            Command::Snapshot(reply) => {
                let _ = reply.send(self.snapshot());
            }
            Command::Cache(reply) => {
                let _ = reply.send(self.cached_entries(now));
            }
            Command::Names(reply) => {
                let _ = reply.send(self.names());
            }
            Command::Close(reply) => return Flow::Close(Some(reply)),
        }
        Flow::Continue
    }

    fn register(
        &mut self,
        registration: Registration,
        now: Now,
    ) -> Result<Registered, DriverError> {
        let id = self.cloud.register(registration, now)?;
        let local = self
            .cloud
            .registration(id)
            .ok_or(DriverError::UnknownRegistration)?;
        Ok(Registered {
            id,
            pnrp_id: local.pnrp_id(),
        })
    }

    fn resolve(
        &mut self,
        ticket: Ticket,
        request: ResolveRequest,
        watcher: mpsc::UnboundedSender<ResolveUpdate>,
        now: Now,
    ) {
        match self.cloud.resolve(request, now) {
            Ok(id) => {
                self.watchers.insert(id, (ticket, watcher));
            }
            Err(error) => {
                let _ = watcher.send(ResolveUpdate::Ended(Err(error)));
            }
        }
    }

    fn cancel(&mut self, ticket: Ticket) {
        let id = self
            .watchers
            .iter()
            .find(|(_, (known, _))| *known == ticket)
            .map(|(&id, _)| id);
        if let Some(id) = id {
            self.watchers.remove(&id);
            self.cloud.cancel(id);
        }
    }

    fn ping(
        &mut self,
        node: Endpoint,
        reply: oneshot::Sender<Result<Duration, PingError>>,
        now: Now,
    ) {
        match self.cloud.ping(node, now) {
            Ok(id) => {
                self.pings.insert(id, reply);
            }
            Err(error) => {
                let _ = reply.send(Err(error));
            }
        }
    }

    fn snapshot(&self) -> CloudSnapshot {
        CloudSnapshot {
            state: self.cloud.state(),
            endpoints: self.sockets.endpoints(),
            cached: self.cloud.cache().len(),
            registered: self.cloud.registrations().count(),
            size_estimate: self.cloud.size_estimate(),
            dialect: *self.cloud.dialect(),
            discovery: self.discovery(),
            counters: self.cloud.stats().counters(),
        }
    }

    fn discovery(&self) -> DiscoverySnapshot {
        DiscoverySnapshot {
            mode: self.cloud.discovery_mode(),
            known: self.cloud.known_endpoints(),
            multicast: self.multicast.as_ref().map(Multicast::snapshot),
            seeds: self.seeds.snapshot(),
        }
    }

    fn cached_entries(&self, now: Now) -> Vec<CachedEntry> {
        let is_leaf = |id: &PnrpId| {
            self.cloud
                .registrations()
                .any(|(_, local)| local.leaves().contains(id))
        };
        self.cloud
            .cache()
            .iter()
            .map(|cached| CachedEntry {
                pnrp_id: cached.id(),
                endpoints: cached.endpoints().collect(),
                leaf: is_leaf(&cached.id()),
                age: cached.last_heard().map_or(Duration::ZERO, |heard| {
                    now.instant.saturating_duration_since(heard)
                }),
            })
            .collect()
    }

    fn names(&self) -> Vec<LocalName> {
        self.cloud
            .registrations()
            .map(|(id, local)| LocalName {
                id,
                pnrp_id: local.pnrp_id(),
                registration: local.registration().clone(),
                announced: local.is_announced(),
            })
            .collect()
    }
}
