//! Names registered at this node. MS-PNRP §3.2.4.1, §3.2.4.2.

mod acceptance;
mod publish;
mod receipt;
mod told;

use std::time::Instant;

use pnrp_cache::{LeafSet, is_closer};
use pnrp_wire::{
    Authority, ClassifierHash, Cpa, CpaKind, Endpoint, FileTime, PeerName, PnrpId,
    limits::CPA_LIFETIME,
};

pub use receipt::{Held, Receipt};

use super::{OwnerId, Registration, RegistrationId, compact::CompactMap};
use receipt::Holders;
use told::Told;

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
    /// Nodes that have asked for the proof that a leaf owes.
    holders: Holders,
    pub(crate) told: Told,
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
    pub(crate) fn cpa(&self, kind: CpaKind, endpoints: &[Endpoint], utc: FileTime) -> Cpa {
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
            not_after: utc.plus(lifetime),
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
    entries: CompactMap<RegistrationId, Box<LocalRegistration>>,
    last_id: u64,
}

impl Registrations {
    pub(crate) fn add(&mut self, local: LocalRegistration) -> RegistrationId {
        self.last_id += 1;
        let id = RegistrationId(self.last_id);
        self.entries.insert(id, Box::new(local));
        id
    }

    pub(crate) fn remove(&mut self, id: RegistrationId) -> Option<Box<LocalRegistration>> {
        self.entries.remove(&id)
    }

    pub(crate) fn get_mut(&mut self, id: RegistrationId) -> Option<&mut LocalRegistration> {
        self.entries.get_mut(&id).map(Box::as_mut)
    }

    pub(crate) fn get(&self, id: RegistrationId) -> Option<&LocalRegistration> {
        self.entries.get(&id).map(Box::as_ref)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RegistrationId, &LocalRegistration)> {
        self.entries.iter().map(|(&id, local)| (id, local.as_ref()))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut LocalRegistration> {
        self.entries.values_mut().map(Box::as_mut)
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
        self.entries
            .values()
            .find(|local| local.pnrp_id == *id)
            .map(Box::as_ref)
    }

    pub(crate) fn find_mut(&mut self, id: &PnrpId) -> Option<&mut LocalRegistration> {
        self.entries
            .values_mut()
            .find(|local| local.pnrp_id == *id)
            .map(Box::as_mut)
    }

    fn named_by(&self, id: &PnrpId) -> Option<RegistrationId> {
        let mut entries = self.entries.iter();
        entries
            .find(|(_, local)| local.pnrp_id == *id)
            .map(|(&id, _)| id)
    }

    pub(crate) fn owns(&self, id: &PnrpId) -> bool {
        self.find(id).is_some()
    }

    /// The registration numerically closest to `target`.
    pub(crate) fn closest(&self, target: &PnrpId) -> Option<&LocalRegistration> {
        self.entries
            .values()
            .map(Box::as_ref)
            .reduce(|best, other| {
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

    /// Whether a local ID has been announced, so that it has found its place in the ring.
    pub(crate) fn is_announced(&self, id: &PnrpId) -> bool {
        self.find(id).is_some_and(|local| local.is_announced)
    }

    /// A registration in whose leaf set the ID is.
    pub(crate) fn leaf_owner(&self, id: &PnrpId) -> Option<RegistrationId> {
        self.iter()
            .find(|(_, local)| local.leaves.contains(id))
            .map(|(owner, _)| owner)
    }

    /// Removes an ID from all leaf sets; returns the local IDs whose leaf it was.
    pub(crate) fn remove_leaf(&mut self, id: &PnrpId) -> Vec<PnrpId> {
        let affected = |local: &mut Box<LocalRegistration>| {
            local.told.forget(id);
            local.leaves.remove(id).then_some(local.pnrp_id)
        };
        self.entries.values_mut().filter_map(affected).collect()
    }

    fn has(&self, name: &PeerName, owner: OwnerId) -> bool {
        let matches = |local: &LocalRegistration| {
            local.registration.name == *name && local.registration.owner == owner
        };
        self.entries.values().any(|local| matches(local))
    }
}

/// The first 64 bits of an address. MS-PNRP §3.2.4.1 step 3.
pub(crate) fn upper_half(endpoint: Endpoint) -> u64 {
    let [a, b, c, d, ..] = endpoint.address.segments();
    u64::from(a) << 48 | u64::from(b) << 32 | u64::from(c) << 16 | u64::from(d)
}
