//! Registering a name and taking it back. MS-PNRP §3.2.4.1, §3.2.4.2.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use pnrp_cache::{LEAVES_PER_SIDE, LeafSet};
use pnrp_identity::{BoundStatements, Signer};
use pnrp_wire::{Cpa, CpaKind, Nonce, P2pId, PnrpId, RouteEntry, ServiceLocation, UnsignedPayload};
use rand::RngExt;

use super::{
    LocalRegistration, acceptance::check_statements, receipt::Holders, told::Told, upper_half,
};
use crate::cloud::{
    Cloud, Discard, Event, Now, RegisterError, Registration, RegistrationId, RegistrationUpdate,
    Search,
    admission::Origin,
    crypto::{CryptoJob, SignJob, UnboundPayload},
    jobs::Awaiting,
    resolve::Errand,
};

impl Cloud {
    /// Registers a name. MS-PNRP §3.2.4.1.
    ///
    /// The registration is active at once; [`Event::Announced`] says when another node has
    /// heard of it.
    ///
    /// # Errors
    /// When the registration cannot be published, see [`RegisterError`].
    pub fn register(
        &mut self,
        registration: Registration,
        now: Now,
    ) -> Result<RegistrationId, RegisterError> {
        if !self.is_open() {
            return Err(RegisterError::Closed);
        }
        if self.config.resolve_only {
            return Err(RegisterError::ResolveOnly);
        }
        self.accepts(&registration)?;
        let local = self.local.first().ok_or(RegisterError::NoAddress)?;
        let prefix = registration
            .location_prefix
            .unwrap_or_else(|| upper_half(local));
        let location = ServiceLocation::new(prefix, self.rng.random());
        let name = &registration.name;
        let classifier_hash = name.classifier().hash(&self.config.dialect);
        let p2p_id = P2pId::derive(name.authority(), &classifier_hash);
        let pnrp_id = PnrpId::new(p2p_id, location);
        let id = self.registrations.add(LocalRegistration {
            registration,
            pnrp_id,
            classifier_hash,
            leaves: LeafSet::new(pnrp_id),
            since: now.instant,
            joined: 0,
            holders: Holders::default(),
            is_announced: false,
            told: Told::new(self.marker, now.instant),
        });
        tracing::info!(%pnrp_id, "registered");
        self.cache.add_local(pnrp_id);
        self.seed_leaves(pnrp_id, now);
        self.is_used = true;
        self.publish_first();
        if self.cache.is_empty() {
            self.discover_for_use(now);
        } else {
            self.announce(id, now);
        }
        Ok(id)
    }

    /// Changes what is published under a name. Whoever inquires from now on is told the new.
    ///
    /// # Errors
    /// When there is no such registration, or it could not be made as it would be.
    pub fn update(
        &mut self,
        id: RegistrationId,
        update: RegistrationUpdate,
    ) -> Result<(), RegisterError> {
        let local = self
            .registrations
            .get_mut(id)
            .ok_or(RegisterError::NotRegistered)?;
        let RegistrationUpdate {
            endpoints,
            comment,
            payload,
        } = update;
        let updated = Registration {
            endpoints,
            comment,
            payload,
            ..local.registration.clone()
        };
        check_statements(&updated)?;
        local.registration = updated;
        Ok(())
    }

    /// Fills a leaf set from the cache: proven entries at once, the others after a proof.
    pub(crate) fn seed_leaves(&mut self, local: PnrpId, now: Now) {
        for (route, cpa_checked) in self.neighbourhood(&local) {
            if cpa_checked {
                self.offer_leaf(local, &route, now);
            } else {
                self.consider_route(&route, Origin::Other, now);
            }
        }
    }

    /// The cached entries next to a local ID, five on either side, each once.
    fn neighbourhood(&self, local: &PnrpId) -> Vec<(RouteEntry, bool)> {
        let walk = |next: &dyn Fn(&PnrpId) -> Option<PnrpId>| {
            std::iter::successors(next(local), |id| next(id))
                .take(LEAVES_PER_SIDE)
                .collect::<Vec<_>>()
        };
        let above = walk(&|id| self.cache.next_above(id, |_| true).map(|next| next.id()));
        let below = walk(&|id| self.cache.next_below(id, |_| true).map(|next| next.id()));
        let ids: BTreeSet<PnrpId> = above.into_iter().chain(below).collect();
        ids.iter()
            .filter_map(|id| self.cache.get(id))
            .map(|cached| (cached.route(), cached.cpa_checked()))
            .collect()
    }

    /// Looks for ID + 1, so that the nodes asked learn of the ID. MS-PNRP §3.2.4.1 step 5.
    pub(crate) fn announce(&mut self, id: RegistrationId, now: Now) {
        let Some(local) = self.registrations.get(id) else {
            return;
        };
        let target = local.pnrp_id.successor();
        let own = self.own_route(local.pnrp_id);
        self.start_errand(Errand::Announce(id), target, own, now);
    }

    /// Announces what was registered while no other node was known.
    pub(crate) fn announce_unannounced(&mut self, now: Now) {
        for id in self.registrations.ids() {
            let is_due = self
                .registrations
                .get(id)
                .is_some_and(|local| !local.is_announced);
            if is_due && !self.resolves.has_errand(&Errand::Announce(id)) {
                self.announce(id, now);
            }
        }
    }

    /// An announcement has ended; `answers` nodes have heard of it.
    pub(crate) fn on_announced(
        &mut self,
        id: RegistrationId,
        answers: u32,
        closest: Option<RouteEntry>,
        now: Now,
    ) {
        let Some(local) = self.registrations.get_mut(id) else {
            return;
        };
        if answers == 0 {
            return;
        }
        let is_first = !std::mem::replace(&mut local.is_announced, true);
        let pnrp_id = local.pnrp_id;
        if is_first {
            self.events.push_back(Event::Announced { id });
            self.spread_first_leaves(pnrp_id, now);
            self.look_into_gaps(pnrp_id, now);
            if self.config.search == Search::Swift {
                self.maintenance_at = self.maintenance_at.min(now.instant + SECOND_LOOK);
            }
        }
        // The closest node knows the rest of the new leaf set.
        if let (true, Some(route)) = (is_first, closest)
            && let Some((_, to)) = self.local.choose(&route)
        {
            self.start_conversation(to, now);
        }
    }

    /// Unregisters a name: revokes its ID at the nearest neighbours, and introduces the edges of
    /// its leaf set to each other. MS-PNRP §3.2.4.2.
    ///
    /// Returns false when there is no such registration.
    pub fn unregister(&mut self, id: RegistrationId, now: Now) -> bool {
        let Some(local) = self.registrations.remove(id) else {
            return false;
        };
        tracing::info!(pnrp_id = %local.pnrp_id, "unregistered");
        self.cache.remove_local(&local.pnrp_id);
        self.withdraw_last();
        self.resolves
            .cancel_errand(&Errand::Announce(id), &mut self.pending);
        self.reassembly.sweep(&self.pending);
        let cpa = local.cpa(CpaKind::Revoke, self.local.as_slice(), now.utc);
        let signer: Arc<dyn Signer> = local.registration.signer.clone();
        let job = CryptoJob::Sign(Box::new(SignJob {
            cpa: Some(cpa),
            payload: None,
            signer,
            dialect: self.config.dialect,
        }));
        self.flood_repairs(&local.leaves, now);
        if !self.submit(job, Awaiting::Departure(Box::new(local.leaves))) {
            self.discard(&Discard::CryptoFull);
        }
        true
    }

    /// The route entry of a local ID; `None` without a local address.
    pub(crate) fn own_route(&self, id: PnrpId) -> Option<RouteEntry> {
        let port = self.local.first()?.port;
        if let [only] = self.local.as_slice() {
            return RouteEntry::from_slice(id, port, &[only.address]).ok();
        }
        let locals = self.local.as_slice().iter();
        RouteEntry::new(id, port, locals.map(|local| local.address).collect()).ok()
    }

    /// The extended payload to sign along with a CPA, if the name has one.
    pub(crate) fn unsigned_payload(
        &self,
        local: &LocalRegistration,
        nonce: Nonce,
        cpa: &Cpa,
    ) -> Option<UnboundPayload> {
        let (not_after, id) = (cpa.not_after, local.pnrp_id);
        let payload = local.registration.payload.clone();
        if local.registration.binds {
            return Some(UnboundPayload::Bound(BoundStatements {
                name: local.registration.name.clone(),
                id,
                not_after,
                nonce,
                endpoints: cpa.app_endpoints.clone(),
                payload,
            }));
        }
        Some(UnboundPayload::Plain(UnsignedPayload {
            not_after,
            id,
            nonce,
            payload: payload?,
        }))
    }
}

/// When a new ID looks for neighbours that it has missed, after the first answers to what it has said:
/// nodes that look for their places at the same time do not know each other yet.
/// docs/decisions/0022-first-leaves.md
const SECOND_LOOK: Duration = Duration::from_secs(2);
