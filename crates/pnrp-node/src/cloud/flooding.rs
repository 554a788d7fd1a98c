//! News of leaves, good and bad. MS-PNRP §3.2.5.11, §3.2.4.2.

use pnrp_cache::{CachedRoute, LeafSet};
use pnrp_wire::{
    Body, Endpoint, Flood, FloodContent, PnrpId, RouteEntry, SignedCpa, limits::MAX_PATH,
};

use super::{
    Cloud, Now, RegistrationId, Search,
    admission::{Origin, Revocation},
    pending::Purpose,
};

/// Cached entries up to which a cloud counts as small.
const SMALL_CLOUD: usize = 24;
/// Names up to which a node has few.
const FEW_NAMES: usize = 8;

impl Cloud {
    /// Puts a proven entry into the leaf sets it falls into, passes it on to its two nearest
    /// neighbours, and introduces the local IDs in return. MS-PNRP §3.2.5.11.
    ///
    /// A local ID that looks for its place in the ring has leaves that give way to nearer ones at once:
    /// [`Self::spread_first_leaves`] tells of those that remain. docs/decisions/0022-first-leaves.md
    pub(crate) fn spread_leaf(&mut self, route: &RouteEntry, origin: &Origin, now: Now) {
        let id = route.id();
        let joined: Vec<PnrpId> = self
            .registrations
            .iter_mut()
            .filter_map(|local| {
                let has_joined = local.leaves.insert(id);
                local.joined += usize::from(has_joined);
                has_joined.then_some(local.pnrp_id)
            })
            .collect();
        self.welcome(route, joined, origin, now);
    }

    /// The same for a proven entry that the leaf sets of all other local IDs have been offered.
    pub(crate) fn offer_leaf(&mut self, local: PnrpId, route: &RouteEntry, now: Now) {
        let Some(entry) = self.registrations.find_mut(&local) else {
            return;
        };
        let has_joined = entry.leaves.insert(route.id());
        entry.joined += usize::from(has_joined);
        let joined = has_joined.then_some(local).into_iter().collect();
        self.welcome(route, joined, &Origin::Other, now);
    }

    /// Passes on an entry that has joined the leaf sets of some local IDs.
    fn welcome(&mut self, route: &RouteEntry, joined: Vec<PnrpId>, origin: &Origin, now: Now) {
        if joined.is_empty() {
            return;
        }
        self.stats.leaves_joined += 1;
        self.steadiness.disturb();
        let is_placed = |local: &&PnrpId| {
            self.config.search == Search::Literal || self.registrations.is_announced(local)
        };
        let placed: Vec<PnrpId> = joined.iter().filter(is_placed).copied().collect();
        if !placed.is_empty() {
            self.pass_on(route, origin, now);
        }
        for local in placed {
            self.introduce(local, route, origin, now);
        }
        for local in joined {
            self.report_receipt(&local);
        }
    }

    /// Does what was put off while an ID looked for its place: for its leaves, and in a small cloud for
    /// all whose proof is known, since others look for theirs by them, unless this node has many names
    /// and has said so before. MS-PNRP §3.2.5.11.
    pub(crate) fn spread_first_leaves(&mut self, local: PnrpId, now: Now) {
        if self.config.search == Search::Literal {
            return;
        }
        let Some(own) = self.registrations.find(&local) else {
            return;
        };
        let is_small = self.cache.len() <= SMALL_CLOUD && self.registrations.len() <= FEW_NAMES;
        let is_told = |cached: &CachedRoute<'_>| {
            cached.cpa_checked() && (is_small || own.leaves.contains(&cached.id()))
        };
        let told: Vec<RouteEntry> = self
            .cache
            .iter()
            .filter(is_told)
            .map(|cached| cached.route())
            .collect();
        for route in told {
            self.pass_on(&route, &Origin::Other, now);
            self.introduce(local, &route, &Origin::Other, now);
        }
    }

    /// MS-PNRP §3.2.5.11 steps 2 to 4.
    fn pass_on(&mut self, route: &RouteEntry, origin: &Origin, now: Now) {
        let already = match origin {
            Origin::Flood {
                already_flooded, ..
            } => already_flooded.as_slice(),
            Origin::Other => &[],
        };
        let targets = self.neighbours(route, already);
        let list = self.flooded_list(already, &targets);
        for target in targets {
            self.send_flood(&target, of_route(route.clone()), &list, now);
        }
    }

    /// The cached entries nearest above and below `route`, other than those that have seen it.
    fn neighbours(&self, route: &RouteEntry, already: &[Endpoint]) -> Vec<RouteEntry> {
        let id = route.id();
        let is_new = |candidate: &CachedRoute<'_>| {
            candidate.id() != id
                && candidate.endpoints().all(|at| {
                    !already.contains(&at) && route.endpoints().all(|subject| subject != at)
                })
        };
        let above = self.cache.next_above(&id, is_new);
        let below = self.cache.next_below(&id, is_new);
        let mut targets: Vec<RouteEntry> = Vec::new();
        for cached in above.into_iter().chain(below) {
            if targets.iter().all(|target| target.id() != cached.id()) {
                targets.push(cached.route());
            }
        }
        targets
    }

    /// Tells the sender of a FLOOD, and the new leaf itself, of the local ID whose leaf set it
    /// joined. MS-PNRP §3.2.5.11 step 5; §4.4.
    fn introduce(&mut self, local: PnrpId, leaf: &RouteEntry, origin: &Origin, now: Now) {
        let Some(own) = self.own_route(local) else {
            return;
        };
        let list = self.flooded_list(&[], std::slice::from_ref(leaf));
        if self.may_tell(local, leaf.id(), now) {
            self.send_flood(leaf, of_route(own.clone()), &list, now);
        }
        let Origin::Flood { source, .. } = origin else {
            return;
        };
        if leaf.endpoints().any(|at| at == *source) {
            return;
        }
        let sender = self
            .cache
            .iter()
            .find(|cached| cached.endpoints().any(|at| at == *source));
        let sender_id = sender.map_or(PnrpId::ZERO, |cached| cached.id());
        if sender_id.is_zero() || self.may_tell(local, sender_id, now) {
            self.send_flood_to(*source, sender_id, of_route(own), &list, now);
        }
    }

    /// Whether `leaf` has not been told of a local ID for a while; notes that it is told.
    fn may_tell(&mut self, local: PnrpId, leaf: PnrpId, now: Now) -> bool {
        let again = self.config.timers.announce_again;
        let local = self.registrations.find_mut(&local);
        local.is_some_and(|local| local.told.tell(&leaf, again, now.instant))
    }

    /// Forgets which leaves may be told again.
    pub(crate) fn forget_told(&mut self, now: Now) {
        let again = self.config.timers.announce_again;
        for local in self.registrations.iter_mut() {
            local.told.forget_passed(again, now.instant);
        }
    }

    /// The Already Flooded List: what was received, this node, and one endpoint per target; when
    /// that is too long the oldest part of what was received goes.
    fn flooded_list(&self, received: &[Endpoint], targets: &[RouteEntry]) -> Vec<Endpoint> {
        let chosen = targets
            .iter()
            .filter_map(|target| self.local.choose(target))
            .map(|(_, to)| to);
        let mut list: Vec<Endpoint> = Vec::new();
        for endpoint in self.local.first().into_iter().chain(chosen) {
            if !list.contains(&endpoint) {
                list.push(endpoint);
            }
        }
        for &endpoint in received.iter().rev() {
            if list.len() < MAX_PATH && !list.contains(&endpoint) {
                list.push(endpoint);
            }
        }
        list
    }

    fn send_flood(
        &mut self,
        target: &RouteEntry,
        content: FloodContent,
        list: &[Endpoint],
        now: Now,
    ) {
        if let Some((_, to)) = self.local.choose(target) {
            self.send_flood_to(to, target.id(), content, list, now);
        }
    }

    fn send_flood_to(
        &mut self,
        to: Endpoint,
        validate: PnrpId,
        content: FloodContent,
        list: &[Endpoint],
        now: Now,
    ) {
        let Some(from) = self.local.source_for(&to) else {
            return;
        };
        let flood = Flood {
            suppress_ack: false,
            validate,
            content,
            already_flooded: list.to_vec(),
        };
        self.send_pended(
            Purpose::Flood(validate),
            (from, to),
            Body::Flood(flood),
            now,
        );
    }

    /// Introduces the neighbours of a departing ID to the far edges of its leaf set, which would
    /// otherwise lose sight of each other. MS-PNRP §3.2.4.2 step 3.
    pub(crate) fn flood_repairs(&mut self, leaves: &LeafSet, now: Now) {
        let pairs = [
            (leaves.above().first(), leaves.below().last()),
            (leaves.below().first(), leaves.above().last()),
        ];
        let routes: Vec<(RouteEntry, RouteEntry)> = pairs
            .into_iter()
            .filter_map(|(subject, target)| Some((subject?, target?)))
            .filter(|(subject, target)| subject != target)
            .filter_map(|(subject, target)| {
                Some((
                    self.cache.get(subject)?.route(),
                    self.cache.get(target)?.route(),
                ))
            })
            .collect();
        for (subject, target) in routes {
            let list = self.flooded_list(&[], std::slice::from_ref(&target));
            self.send_flood(&target, of_route(subject), &list, now);
        }
    }

    /// Sends a revoke CPA to the nearest leaves on both sides. MS-PNRP §3.2.4.2 step 2.
    pub(crate) fn flood_departure(&mut self, leaves: &LeafSet, revoke: &SignedCpa, now: Now) {
        let mut targets: Vec<RouteEntry> = Vec::new();
        for id in leaves
            .above()
            .first()
            .into_iter()
            .chain(leaves.below().first())
        {
            let is_new = targets.iter().all(|target| target.id() != *id);
            if let (true, Some(cached)) = (is_new, self.cache.get(id)) {
                targets.push(cached.route());
            }
        }
        let list = self.flooded_list(&[], &targets);
        for target in targets {
            self.send_flood(&target, of_revocation(revoke.clone()), &list, now);
        }
    }

    /// Passes a revocation on, away from the revoked ID. MS-PNRP §1.3.3.3, §4.3.
    pub(crate) fn forward_revocation(
        &mut self,
        revocation: Revocation,
        revoked: PnrpId,
        local: RegistrationId,
        now: Now,
    ) {
        let Some(local) = self.registrations.get(local) else {
            return;
        };
        let own = local.pnrp_id;
        let is_above =
            pnrp_cache::clockwise(&own, &revoked) < pnrp_cache::clockwise(&revoked, &own);
        let far_side = if is_above {
            local.leaves.below()
        } else {
            local.leaves.above()
        };
        let target = far_side
            .iter()
            .filter(|id| **id != revoked)
            .filter_map(|id| self.cache.get(id))
            .find(|cached| {
                cached
                    .endpoints()
                    .all(|at| !revocation.already_flooded.contains(&at))
            })
            .map(|cached| cached.route());
        if let Some(target) = target {
            let list =
                self.flooded_list(&revocation.already_flooded, std::slice::from_ref(&target));
            self.send_flood(&target, of_revocation(revocation.signed), &list, now);
        }
    }
}

fn of_route(route: RouteEntry) -> FloodContent {
    FloodContent {
        revoke: None,
        route: Some(route),
    }
}

fn of_revocation(revoke: SignedCpa) -> FloodContent {
    FloodContent {
        revoke: Some(revoke),
        route: None,
    }
}
