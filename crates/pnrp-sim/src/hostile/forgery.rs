//! A proof for somebody else's name: all is right but the key, which an unsecured name does not fix.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{Signer, sign_cpa};
use pnrp_node::cloud::Now;
use pnrp_wire::{
    AppEndpoint, AuthorityBuffer, Cpa, CpaKind, Dialect, Endpoint, Nonce, PeerName, PnrpId,
    RouteEntry,
};

use crate::crypto::StandIn;

/// The key of whoever owns the hostile nodes.
pub fn owner_key() -> Arc<dyn Signer> {
    StandIn::numbered(OWNER)
}

/// The answer to an INQUIRE for an ID of a name, signed by the owner of the hostile nodes.
pub(super) fn proof(
    name: &PeerName,
    id: PnrpId,
    (nonce, at): (Nonce, Endpoint),
    now: Now,
) -> Option<AuthorityBuffer> {
    let dialect = Dialect::default();
    let signer = owner_key();
    let cpa = Cpa {
        kind: CpaKind::Publish(nonce),
        has_extended_payload: false,
        not_after: now.utc.plus(LIFETIME),
        service_location: id.service_location(),
        authority: *name.authority(),
        classifier_hash: Some(name.classifier().hash(&dialect)),
        friendly_name: None,
        service_addresses: vec![at],
        app_endpoints: vec![AppEndpoint {
            address: at.address,
            port: 8_080,
            protocol: 6,
        }],
        public_key: signer.public_key(),
    };
    Some(AuthorityBuffer {
        classifier: Some(name.classifier().clone()),
        route: RouteEntry::new(id, at.port, vec![at.address]).ok(),
        cpa: sign_cpa(cpa, signer.as_ref(), &dialect).ok(),
        ..AuthorityBuffer::default()
    })
}

/// No other key of a run has this number.
const OWNER: u64 = u64::MAX;
const LIFETIME: Duration = Duration::from_secs(86_400);
