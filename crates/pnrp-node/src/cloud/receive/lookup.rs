//! Receiving LOOKUP. MS-PNRP §3.2.5.2.

use pnrp_cache::is_closer;
use pnrp_wire::{AuthorityBuffer, Lookup, PnrpId, RouteEntry};
use rand::RngExt;

use super::Received;
use crate::cloud::{Cloud, Discard, Now, admission::Origin, resolve::significant_bits};

impl Cloud {
    /// Names the best node for a target, if this one knows a better than the sender does.
    /// MS-PNRP §3.2.5.2.
    pub(super) fn on_lookup(&mut self, lookup: Received<Lookup>, now: Now) -> Result<(), Discard> {
        let (path, mut asker) = (lookup.reply_path(), lookup.asker());
        let Received {
            id: acked,
            from,
            body,
            ..
        } = lookup;
        if let Err(discard) = self.spend_off_link(|ledger| &mut ledger.questions, &from, now) {
            self.send_busy(path, acked);
            return Err(discard);
        }
        if let Some(route) = &body.best_match {
            self.consider_claim(route, &mut asker, Origin::Other, now);
        }
        let is_local = self.registrations.owns(&body.validate);
        let local = self.closest_local(&body, is_local);
        let remote = self.closest_remote(&body);
        let is_suspicious = remote.is_none() && self.registrations.would_be_leaf(&body.target);
        let answer = AuthorityBuffer {
            id_not_found: !body.validate.is_zero() && !is_local,
            missing_from_leaf_set: is_suspicious,
            route: closer(&body.target, local, remote),
            ..AuthorityBuffer::default()
        };
        self.send_answer_to((&mut asker, path), acked, &answer, now)
    }

    /// MS-PNRP §3.2.5.2 step 4.
    fn closest_local(&self, lookup: &Lookup, validate_is_local: bool) -> Option<RouteEntry> {
        let was_asked = self
            .local
            .as_slice()
            .iter()
            .any(|endpoint| lookup.visited.contains(endpoint));
        if was_asked {
            return None;
        }
        let closest = self.registrations.closest(&lookup.target)?.pnrp_id();
        let is_better = !validate_is_local || is_closer(&lookup.target, &closest, &lookup.validate);
        is_better.then(|| self.own_route(closest)).flatten()
    }

    /// MS-PNRP §3.2.5.2 step 5: one of the best three at random, the better the likelier; an
    /// exact match always.
    fn closest_remote(&mut self, lookup: &Lookup) -> Option<RouteEntry> {
        let (target, validate) = (&lookup.target, &lookup.validate);
        let may_be_farther = lookup.accept_not_closer || validate.is_zero();
        let best = self
            .cache
            .closest_matching(target, CHOICES.len(), |cached| {
                let id = cached.id();
                (may_be_farther || is_closer(target, &id, validate))
                    && cached.endpoints().all(|at| !lookup.visited.contains(&at))
            });
        let first = best.first()?;
        let wanted = significant_bits(lookup.criteria);
        if first.id().shared_bits(target) >= wanted {
            return Some(first.route());
        }
        let weights: u32 = CHOICES.iter().take(best.len()).sum();
        let mut ticket = self.rng.random_range(0..weights);
        let chosen = best.iter().zip(CHOICES).find(|(_, weight)| {
            let is_chosen = ticket < *weight;
            ticket = ticket.saturating_sub(*weight);
            is_chosen
        });
        chosen.map(|(cached, _)| cached.route())
    }
}

/// Weights of the closest, the second and the third candidate. MS-PNRP §3.2.5.2 step 5.
const CHOICES: [u32; 3] = [4, 2, 1];

/// The closer of the two matches. MS-PNRP §3.2.5.2 step 7.
fn closer(
    target: &PnrpId,
    local: Option<RouteEntry>,
    remote: Option<RouteEntry>,
) -> Option<RouteEntry> {
    match (local, remote) {
        (Some(local), Some(remote)) if is_closer(target, &remote.id(), &local.id()) => Some(remote),
        (Some(local), _) => Some(local),
        (None, remote) => remote,
    }
}
