//! Names that are registered at this node. MS-PNRP §3.2.7.1.

use std::time::Duration;

use pnrp_cache::compare;
use pnrp_identity::BindingKey;
use pnrp_wire::PnrpId;

use crate::cloud::{Cloud, Found, LocalNames, LocalRegistration, Now, Proof, ResolveRequest};

impl Cloud {
    /// Answers from the local registrations, which need no proof, the closest first.
    /// MS-PNRP §3.2.7.1.
    pub(super) fn find_local(
        &self,
        request: &ResolveRequest,
        target: &PnrpId,
        now: Now,
    ) -> Vec<Found> {
        let may_answer = |local: &&LocalRegistration| match request.local {
            LocalNames::Include => true,
            LocalNames::ExcludeOwner(owner) => local.registration.owner != owner,
            LocalNames::Exclude => false,
        };
        let mut local: Vec<_> = self
            .registrations
            .iter()
            .map(|(_, local)| local)
            .filter(|local| local.registration.name == request.name)
            .filter(may_answer)
            .collect();
        local.sort_by(|a, b| compare(target, &a.pnrp_id, &b.pnrp_id));
        local.truncate(request.max.max(1));
        let local = local.into_iter();
        local.map(|local| self.as_found(local, now)).collect()
    }

    fn as_found(&self, local: &LocalRegistration, now: Now) -> Found {
        let registration = &local.registration;
        Found {
            name: registration.name.clone(),
            id: local.pnrp_id,
            endpoints: registration.endpoints.clone(),
            comment: registration.comment.clone(),
            payload: registration.payload.clone(),
            binding: registration
                .signer
                .binding_key()
                .filter(|_| registration.binds)
                .map(BindingKey::public),
            not_after: now.utc.plus(registration.lifetime),
            node: self.local.as_slice().to_vec(),
            proof: Proof::Local,
            elapsed: Duration::ZERO,
        }
    }
}
