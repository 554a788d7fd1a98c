//! Receiving REQUEST. MS-PNRP §3.2.5.4.

use pnrp_wire::{Body, Flood, FloodContent, PnrpId, Request, RouteEntry, limits::ADVERTISED_IDS};

use super::Received;
use crate::cloud::{Cloud, Discard, Now, conversation::Requested};

impl Cloud {
    /// Sends the entries asked for, and ends the conversation. MS-PNRP §3.2.5.4.
    pub(super) fn on_request(
        &mut self,
        request: Received<Request>,
        now: Now,
    ) -> Result<(), Discard> {
        let (path, mut asker) = (request.reply_path(), request.asker());
        let Received { id, from, body, .. } = request;
        let requested = self
            .incoming
            .finish(from, body.nonce.hashed(), now.instant)
            .ok_or(Discard::NoConversation)?;
        self.acknowledge((&mut asker, path), id, false, now)?;
        let Requested::First(peer_id) = requested else {
            return Ok(());
        };
        let validate = peer_id
            .or_else(|| self.known_id_at(from))
            .unwrap_or(PnrpId::ZERO);
        let routes: Vec<RouteEntry> = body
            .ids
            .iter()
            .take(MOST_FLOODED)
            .filter_map(|wanted| self.route_of(wanted))
            .collect();
        for route in routes {
            let flood = Flood {
                suppress_ack: true,
                validate,
                content: FloodContent {
                    revoke: None,
                    route: Some(route),
                },
                already_flooded: self.local.first().into_iter().collect(),
            };
            self.send_to((&mut asker, path), Body::Flood(flood), now)?;
        }
        Ok(())
    }

    fn route_of(&self, id: &PnrpId) -> Option<RouteEntry> {
        if self.registrations.owns(id) {
            return self.own_route(*id);
        }
        self.cache.get(id).map(|cached| cached.route())
    }

    /// An ID under which the node at an endpoint is known.
    fn known_id_at(&self, endpoint: pnrp_wire::Endpoint) -> Option<PnrpId> {
        self.cache
            .iter()
            .find(|cached| cached.endpoints().any(|at| at == endpoint))
            .map(|cached| cached.id())
    }
}

/// FLOODs in answer to one REQUEST: what an ADVERTISE carries, and some more.
const MOST_FLOODED: usize = 4 * ADVERTISED_IDS;
