//! Receiving SOLICIT. MS-PNRP §3.2.5.3.

use pnrp_wire::{Advertise, Body, PnrpId, Solicit, SolicitType, limits::ADVERTISED_IDS};

use super::Received;
use crate::cloud::{Cloud, Discard, Now, admission::Origin};

impl Cloud {
    /// Offers a selection of known IDs; an empty one when there is no room for another
    /// conversation. MS-PNRP §3.2.5.3.
    pub(super) fn on_solicit(
        &mut self,
        solicit: Received<Solicit>,
        now: Now,
    ) -> Result<(), Discard> {
        let path = solicit.reply_path();
        let Received {
            id: acked,
            from,
            body,
            ..
        } = solicit;
        let peer_id = body.route.as_ref().map(pnrp_wire::RouteEntry::id);
        let has_room = self
            .incoming
            .open(from, body.hashed_nonce, peer_id, now.instant);
        let ids = if has_room {
            self.ids_to_advertise(body.solicit_type)
        } else {
            Vec::new()
        };
        let advertise = Advertise {
            acked,
            ids,
            hashed_nonce: body.hashed_nonce,
        };
        self.send(path, Body::Advertise(advertise));
        self.former_peers.note(from);
        if let Some(route) = body.route {
            self.consider_route(&route, Origin::Other, now);
        }
        Ok(())
    }

    /// MS-PNRP §3.2.5.3 step 3.
    fn ids_to_advertise(&self, wanted: Option<SolicitType>) -> Vec<PnrpId> {
        let local = self.registrations.iter().map(|(_, local)| local.pnrp_id());
        if wanted == Some(SolicitType::Local) {
            return local.take(ADVERTISED_IDS).collect();
        }
        let mut ids = self.cache.spread(ADVERTISED_IDS);
        if ids.len() < ADVERTISED_IDS {
            let missing = ADVERTISED_IDS - ids.len();
            ids.extend(local.take(missing));
        }
        ids
    }
}
