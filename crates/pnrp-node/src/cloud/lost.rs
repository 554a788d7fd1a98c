//! Nodes that have fallen silent.
//!
//! Most of them are gone. But when a link breaks, so have all nodes beyond it, and once it is whole
//! again they are the shortest way back: each is asked now and then whether it is there, and the
//! first that is brings the question to all others.

use std::{collections::VecDeque, time::Instant};

use pnrp_wire::{Body, Endpoint, Inquire, PnrpId, RouteEntry};

use super::{Cloud, Now, admission::Origin, pending::Purpose};

/// Entries that were forgotten for want of an answer, the latest last.
#[derive(Debug)]
pub(crate) struct LostRoutes {
    /// Each with the time when it is given up.
    routes: VecDeque<(RouteEntry, Instant)>,
    capacity: usize,
}

impl LostRoutes {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            routes: VecDeque::new(),
            capacity,
        }
    }

    fn note(&mut self, route: RouteEntry, until: Instant) {
        self.remove(&route.id());
        self.routes.push_back((route, until));
        if self.routes.len() > self.capacity {
            self.routes.pop_front();
        }
    }

    /// Takes an ID off the list; true if it was there.
    fn remove(&mut self, id: &PnrpId) -> bool {
        let before = self.routes.len();
        self.routes.retain(|(lost, _)| lost.id() != *id);
        self.routes.len() < before
    }

    fn routes(&self) -> Vec<RouteEntry> {
        self.routes.iter().map(|(lost, _)| lost.clone()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.routes.len()
    }

    pub(crate) fn endpoints(&self) -> impl Iterator<Item = Endpoint> {
        self.routes.iter().flat_map(|(lost, _)| lost.endpoints())
    }
}

impl Cloud {
    /// A node has fallen silent. It is forgotten, unless datagrams are being lost: then it is asked
    /// once more, since whoever drops a neighbour that is there tears a hole into the ring.
    /// docs/decisions/0014-adaptive-timers.md
    pub(crate) fn lose(&mut self, id: &PnrpId, now: Now) {
        if !self.is_doubted(id, now) {
            self.lose_for_good(id, now);
        }
    }

    /// Whether a silent node is being asked once more.
    fn is_doubted(&mut self, id: &PnrpId, now: Now) -> bool {
        self.more_transmissions() > 0 && self.ask_for_a_sign(id, now)
    }

    /// Asks a cached node whether it is there; false when it cannot be asked. Whoever stays silent is
    /// forgotten.
    pub(crate) fn ask_for_a_sign(&mut self, id: &PnrpId, now: Now) -> bool {
        if self.pending.has(Purpose::Doubt(*id)) {
            return true;
        }
        let Some(route) = self.cache.get(id).map(|known| known.route()) else {
            return false;
        };
        let Some(path) = self.local.choose(&route) else {
            return false;
        };
        let question = Body::Inquire(Inquire {
            validate: *id,
            want_cpa: false,
            want_extended_payload: false,
            want_cert_chain: false,
            nonce: None,
        });
        let sent = self.send_pended(Purpose::Doubt(*id), path, question, now);
        sent.is_some()
    }

    /// A node that was asked for a sign is there; it may deny the ID all the same.
    pub(crate) fn on_doubt_answered(&mut self, id: &PnrpId, is_denied: bool, now: Now) {
        match is_denied {
            true => {
                self.forget(id, now);
            }
            false => {
                self.cache.heard(id, now.instant);
            }
        }
    }

    /// Forgets a node that has fallen silent, and remembers where it was.
    pub(crate) fn lose_for_good(&mut self, id: &PnrpId, now: Now) {
        if let Some(lost) = self.cache.get(id).map(|known| known.route()) {
            self.alertness.alarm();
            let until = now.instant + self.config.timers.lost;
            self.lost.note(lost, until);
        }
        self.forget(id, now);
    }

    /// Asks one of the lost nodes whether it is there again.
    pub(crate) fn look_for_lost(&mut self, now: Now) {
        self.lost.routes.retain(|(_, until)| *until > now.instant);
        let lost = self.lost.routes();
        if let Some(route) = self.pick(&lost) {
            self.consider_route(route, Origin::Other, now);
        }
    }

    /// A node was admitted: if it had been lost, the others may be back too.
    pub(crate) fn on_admitted(&mut self, id: &PnrpId, now: Now) {
        if self.lost.remove(id) {
            self.look_for_all_lost(now);
        }
    }

    /// Asks all lost nodes whether they are there again. MS-PNRP §3.2.6.2.
    pub(crate) fn look_for_all_lost(&mut self, now: Now) {
        for route in self.lost.routes() {
            self.consider_route(&route, Origin::Other, now);
        }
    }
}
