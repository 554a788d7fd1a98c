//! Names registered at this node. MS-PNRP §3.2.4.1, §3.2.4.2.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use pnrp_cache::{LEAVES_PER_SIDE, LeafSet, is_closer};
use pnrp_identity::{BoundStatements, Signer};
use pnrp_wire::{
    Authority, BoundPayload, ClassifierHash, Cpa, CpaKind, Endpoint, Nonce, P2pId, PeerName,
    PnrpId, RouteEntry, ServiceLocation, UnsignedPayload,
    limits::{CPA_LIFETIME, MAX_APP_ENDPOINTS},
};
use rand::RngExt;

use super::{
    Cloud, Event, Now, OwnerId, RegisterError, Registration, RegistrationId,
    admission::Origin,
    crypto::{CryptoJob, SignJob, UnboundPayload},
    jobs::Awaiting,
    resolve::Errand,
};

/// One entry of the Locally Registered PNRP ID List of MS-PNRP §3.2.1.
#[derive(Debug)]
pub struct LocalRegistration {
    pub(crate) registration: Registration,
    pub(crate) pnrp_id: PnrpId,
    /// The hash under the ID, whatever calibration makes of later ones.
    classifier_hash: ClassifierHash,
    pub(crate) leaves: LeafSet,
    pub(crate) since: Instant,
    /// Leaves that have joined since the last maintenance.
    pub(crate) joined: usize,
    /// Another node has heard of the registration.
    pub(crate) is_announced: bool,
    /// When each leaf was last told of the registration.
    pub(crate) told: BTreeMap<PnrpId, Instant>,
}

impl LocalRegistration {
    /// The registration as it was accepted.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Its place on the ring.
    pub fn pnrp_id(&self) -> PnrpId {
        self.pnrp_id
    }

    /// Whether another node has heard of it.
    pub fn is_announced(&self) -> bool {
        self.is_announced
    }

    /// Its neighbours on the ring.
    pub fn leaves(&self) -> &LeafSet {
        &self.leaves
    }

    /// The statements of its CPA. MS-PNRP §3.2.5.7.
    pub(crate) fn cpa(&self, kind: CpaKind, endpoints: &[Endpoint], now: Now) -> Cpa {
        let registration = &self.registration;
        let lifetime = registration
            .lifetime
            .clamp(*CPA_LIFETIME.start(), *CPA_LIFETIME.end());
        let name = &registration.name;
        let is_bare = name.classifier().units().is_empty();
        let is_revoke = kind == CpaKind::Revoke;
        Cpa {
            kind,
            has_extended_payload: registration.has_payload() && !is_revoke,
            not_after: now.utc.plus(lifetime),
            service_location: self.pnrp_id.service_location(),
            authority: *name.authority(),
            classifier_hash: (*name.authority() == Authority::Unsecured || !is_bare)
                .then_some(self.classifier_hash),
            friendly_name: registration.comment.clone(),
            service_addresses: endpoints.to_vec(),
            app_endpoints: if is_revoke {
                Vec::new()
            } else {
                registration.endpoints.clone()
            },
            public_key: registration.signer.public_key(),
        }
    }
}

/// The Locally Registered PNRP ID List of MS-PNRP §3.2.1.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    entries: BTreeMap<RegistrationId, LocalRegistration>,
    last_id: u64,
}

impl Registrations {
    pub(crate) fn add(&mut self, local: LocalRegistration) -> RegistrationId {
        self.last_id += 1;
        let id = RegistrationId(self.last_id);
        self.entries.insert(id, local);
        id
    }

    pub(crate) fn remove(&mut self, id: RegistrationId) -> Option<LocalRegistration> {
        self.entries.remove(&id)
    }

    pub(crate) fn get_mut(&mut self, id: RegistrationId) -> Option<&mut LocalRegistration> {
        self.entries.get_mut(&id)
    }

    pub(crate) fn get(&self, id: RegistrationId) -> Option<&LocalRegistration> {
        self.entries.get(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RegistrationId, &LocalRegistration)> {
        self.entries.iter().map(|(&id, local)| (id, local))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut LocalRegistration> {
        self.entries.values_mut()
    }

    pub(crate) fn ids(&self) -> Vec<RegistrationId> {
        self.entries.keys().copied().collect()
    }

    pub(crate) fn pnrp_ids(&self) -> impl Iterator<Item = PnrpId> {
        self.entries.values().map(|local| local.pnrp_id)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn find(&self, id: &PnrpId) -> Option<&LocalRegistration> {
        self.entries.values().find(|local| local.pnrp_id == *id)
    }

    pub(crate) fn owns(&self, id: &PnrpId) -> bool {
        self.find(id).is_some()
    }

    /// The registration numerically closest to `target`.
    pub(crate) fn closest(&self, target: &PnrpId) -> Option<&LocalRegistration> {
        self.entries.values().reduce(|best, other| {
            if is_closer(target, &other.pnrp_id, &best.pnrp_id) {
                other
            } else {
                best
            }
        })
    }

    /// Whether an ID falls into the range of some leaf set. MS-PNRP §3.2.5.1.
    pub(crate) fn would_be_leaf(&self, id: &PnrpId) -> bool {
        self.entries
            .values()
            .any(|local| local.leaves.would_admit(id))
    }

    /// Whether an ID is in some leaf set.
    pub(crate) fn is_leaf(&self, id: &PnrpId) -> bool {
        self.entries.values().any(|local| local.leaves.contains(id))
    }

    /// A registration in whose leaf set the ID is.
    pub(crate) fn leaf_owner(&self, id: &PnrpId) -> Option<RegistrationId> {
        self.iter()
            .find(|(_, local)| local.leaves.contains(id))
            .map(|(owner, _)| owner)
    }

    /// Removes an ID from all leaf sets; returns the local IDs whose leaf it was.
    pub(crate) fn remove_leaf(&mut self, id: &PnrpId) -> Vec<PnrpId> {
        let affected = |local: &mut LocalRegistration| {
            local.told.remove(id);
            local.leaves.remove(id).then_some(local.pnrp_id)
        };
        self.entries.values_mut().filter_map(affected).collect()
    }

    fn has(&self, name: &PeerName, owner: OwnerId) -> bool {
        let matches = |local: &LocalRegistration| {
            local.registration.name == *name && local.registration.owner == owner
        };
        self.entries.values().any(matches)
    }
}

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
        self.check(&registration)?;
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
            is_announced: false,
            told: BTreeMap::new(),
        });
        tracing::info!(%pnrp_id, "registered");
        self.cache.add_local(pnrp_id);
        self.seed_leaves(pnrp_id, now);
        self.is_used = true;
        if self.cache.is_empty() {
            self.discover(now);
        } else {
            self.announce(id, now);
        }
        Ok(id)
    }

    fn check(&self, registration: &Registration) -> Result<(), RegisterError> {
        let name = &registration.name;
        let signer = registration.signer.public_key().authority();
        if registration.endpoints.is_empty() && registration.payload.is_none() {
            return Err(RegisterError::NothingToPublish);
        }
        if registration.endpoints.len() > MAX_APP_ENDPOINTS {
            return Err(RegisterError::TooManyEndpoints(
                registration.endpoints.len(),
            ));
        }
        if registration
            .endpoints
            .iter()
            .any(|endpoint| endpoint.port == 0)
        {
            return Err(RegisterError::PortZero);
        }
        check_authority(registration, signer)?;
        check_binding(registration)?;
        if self.registrations.has(name, registration.owner) {
            return Err(RegisterError::Duplicate(name.clone()));
        }
        if self.registrations.len() >= self.config.limits.registrations {
            return Err(RegisterError::TooMany);
        }
        Ok(())
    }

    /// Fills a leaf set from the cache: proven entries at once, the others after a proof.
    pub(crate) fn seed_leaves(&mut self, local: PnrpId, now: Now) {
        for (route, cpa_checked) in self.neighbourhood(&local) {
            if cpa_checked {
                self.spread_leaf(&route, &Origin::Other, now);
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
            self.look_into_gaps(pnrp_id, now);
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
        self.resolves
            .cancel_errand(&Errand::Announce(id), &mut self.pending);
        let cpa = local.cpa(CpaKind::Revoke, self.local.as_slice(), now);
        let signer: Arc<dyn Signer> = local.registration.signer.clone();
        let job = CryptoJob::Sign(Box::new(SignJob {
            cpa: Some(cpa),
            payload: None,
            signer,
            dialect: self.config.dialect,
        }));
        self.flood_repairs(&local.leaves, now);
        if !self.submit(job, Awaiting::Departure(Box::new(local.leaves))) {
            self.discard(&super::Discard::CryptoFull);
        }
        true
    }

    /// The route entry of a local ID; `None` without a local address.
    pub(crate) fn own_route(&self, id: PnrpId) -> Option<RouteEntry> {
        let port = self.local.first()?.port;
        let addresses = self
            .local
            .as_slice()
            .iter()
            .map(|local| local.address)
            .collect();
        RouteEntry::new(id, port, addresses).ok()
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

/// A binding says that a name's publisher is still the same, so a name that anyone may publish has
/// none.
fn check_binding(registration: &Registration) -> Result<(), RegisterError> {
    if !registration.binds {
        return Ok(());
    }
    let name = &registration.name;
    let has_key = registration.signer.binding_key().is_some();
    if *name.authority() == Authority::Unsecured || !has_key {
        return Err(RegisterError::NoBinding(name.clone()));
    }
    let bound = BoundPayload {
        payload: registration.payload.clone(),
        key: [0; 32],
        signature: [0; 64],
    };
    bound
        .pack()
        .map(|_| ())
        .map_err(|_| RegisterError::PayloadTooLong)
}

/// Whether the signing key may publish the name. MS-PNRP §3.2.4.1.
fn check_authority(registration: &Registration, signer: Authority) -> Result<(), RegisterError> {
    let name = &registration.name;
    let Some(chain) = &registration.cert_chain else {
        let is_allowed = *name.authority() == Authority::Unsecured || *name.authority() == signer;
        return match is_allowed {
            true => Ok(()),
            false => Err(RegisterError::ForeignAuthority(name.clone())),
        };
    };
    if chain.authority() != *name.authority() {
        return Err(RegisterError::ForeignChain(name.clone()));
    }
    let found = chain.publisher().authority();
    if found != signer {
        return Err(RegisterError::ChainOfAnotherKey { found, signer });
    }
    match chain.permits(name.classifier()) {
        true => Ok(()),
        false => Err(RegisterError::NotDelegated(name.clone())),
    }
}

/// The first 64 bits of an address. MS-PNRP §3.2.4.1 step 3.
pub(crate) fn upper_half(endpoint: Endpoint) -> u64 {
    let [a, b, c, d, ..] = endpoint.address.segments();
    u64::from(a) << 48 | u64::from(b) << 32 | u64::from(c) << 16 | u64::from(d)
}
