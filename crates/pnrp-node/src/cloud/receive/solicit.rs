//! Receiving SOLICIT. MS-PNRP §3.2.5.3.

use pnrp_wire::{Advertise, Body, Endpoint, PnrpId, Solicit, SolicitType, limits::ADVERTISED_IDS};

use super::Received;
use crate::cloud::{Cloud, Discard, Now, admission::Origin, reflection::Asker};

impl Cloud {
    /// Offers a selection of known IDs; an empty one when there is no room for another
    /// conversation. MS-PNRP §3.2.5.3.
    pub(super) fn on_solicit(
        &mut self,
        solicit: Received<Solicit>,
        now: Now,
    ) -> Result<(), Discard> {
        let (path, mut asker) = (solicit.reply_path(), solicit.asker());
        let Received {
            id: acked,
            from,
            body,
            ..
        } = solicit;
        let allowed = self.spend_off_link(|ledger| &mut ledger.questions, &from, now);
        // What an entry takes goes before what an ADVERTISE may: it proves who asks.
        let route = body.route.as_ref().filter(|_| allowed.is_ok());
        let claim = route.and_then(|route| self.claim(route, &mut asker, now));
        let peer_id = body.route.as_ref().map(pnrp_wire::RouteEntry::id);
        let hashed_nonce = body.hashed_nonce;
        let has_room =
            allowed.is_ok() && self.incoming.open(from, hashed_nonce, peer_id, now.instant);
        let ids = if has_room {
            self.ids_to_advertise(body.solicit_type)
        } else {
            Vec::new()
        };
        let advertise = Advertise {
            acked,
            ids,
            hashed_nonce,
        };
        self.advertise((asker, path), advertise, now);
        allowed?;
        // What is noted is solicited again and again, so its address has to be proved, now or soon.
        if self.is_trusted(&from, now) {
            self.former_peers.note(from);
        }
        if let (Some(route), Some(needs_cpa)) = (body.route, claim) {
            self.examine(route, Origin::Other, needs_cpa, None, now);
        }
        Ok(())
    }

    /// Sends an ADVERTISE; to a source that may not get so long a one, with fewer IDs.
    fn advertise(
        &mut self,
        (mut asker, path): (Asker, (Endpoint, Endpoint)),
        mut advertise: Advertise,
        now: Now,
    ) {
        loop {
            let body = Body::Advertise(advertise.clone());
            let Err(discard) = self.send_to((&mut asker, path), body, now) else {
                return;
            };
            if advertise.ids.pop().is_none() {
                return self.discard(&discard);
            }
        }
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
