//! From node to node towards a target. MS-PNRP §3.1.4.4.2, §3.1.5.6.1.

use pnrp_cache::is_closer;
use pnrp_wire::{
    AuthorityBuffer, Body, Endpoint, Lookup, MessageId, PnrpId, RouteEntry, SearchCriteria,
    limits::MAX_PATH,
};

use super::{Asked, Errand, NextHop, Question, Resolve};
use crate::cloud::{
    Cloud, Discard, Event, Now, Pace, ResolveError, ResolveId, Search, Verdict, admission::Origin,
    pending::Purpose,
};

/// Cache entries below which a resolver accepts hops that are not closer.
///
/// MS-PNRP §3.1.5.6.1 step 10 covers "fewer than eight" and "more than eight"; exactly eight is
/// taken as many, which agrees with the `A` flag of §3.1.4.4.2 step 9.
const SPARSE_CACHE: usize = 8;
/// Suspicious answers beyond which a resolve stops. MS-PNRP §3.1.4.4.2 step 8.
const MAX_SUSPICIOUS: u32 = 6;
/// Answers beyond which a resolve stops. MS-PNRP §3.1.4.4.2 step 8.
const MAX_USEFUL: u32 = 22;
/// How often a search goes on where it would have ended.
const MOST_DETOURS: u32 = 4;
/// LOOKUPs to one hop. MS-PNRP §3.1.5.6.1 step 6.
const MAX_USES: u32 = 3;
/// Hops kept for the trace of a resolve: more than one that looks for a few publishers can make.
const LONGEST_TRACE: usize = 256;

/// What a resolve does next.
enum Step {
    Inquire(RouteEntry),
    Lookup(NextHop),
    Stop,
}

impl Resolve {
    /// MS-PNRP §3.1.4.4.2 steps 7 and 8.
    fn next_step(&mut self) -> Step {
        if let Some(best) = &self.best
            && self.stops_at(&best.id())
        {
            return Step::Inquire(best.clone());
        }
        if let Some(route) = self.take_match() {
            return Step::Inquire(route);
        }
        let is_exhausted = self.suspicious > MAX_SUSPICIOUS || self.useful > MAX_USEFUL;
        if !is_exhausted && let Some(hop) = self.hops.pop() {
            return Step::Lookup(hop);
        }
        match &self.best {
            Some(best) if self.accepts(&best.id()) || self.errand.is_outside_view() => {
                Step::Inquire(best.clone())
            }
            Some(_) | None => Step::Stop,
        }
    }

    /// Takes the next hop as the best match if it is what is looked for: the proof that it is asked
    /// for says all that its answer to a LOOKUP would. docs/decisions/0020-swift-search.md
    fn take_match(&mut self) -> Option<RouteEntry> {
        let is_match = |hop: &NextHop| {
            let id = hop.route.id();
            !hop.looks_around && self.stops_at(&id) && !self.found.contains(&id)
        };
        if !self.skips_last_lookup || !self.hops.last().is_some_and(is_match) {
            return None;
        }
        let hop = self.hops.pop()?;
        self.matches.extend(self.best.replace(hop.route.clone()));
        Some(hop.route)
    }

    /// Whether an ID is close enough to stop searching at once.
    fn stops_at(&self, id: &PnrpId) -> bool {
        id.shared_bits(&self.target) >= significant_bits(self.criteria)
    }

    /// Whether an ID is close enough once there is nobody left to ask.
    pub(super) fn accepts(&self, id: &PnrpId) -> bool {
        let bits = match self.criteria {
            SearchCriteria::NearestPeerName | SearchCriteria::Nearest64PeerName => 128,
            SearchCriteria::Exact | SearchCriteria::AnyPeerName | SearchCriteria::UpperBits(_) => {
                significant_bits(self.criteria)
            }
        };
        id.shared_bits(&self.target) >= bits
    }

    /// Flagged Path: this node, then the nodes asked last. MS-PNRP §2.2.2.8.
    fn flagged_path(&self) -> Vec<Endpoint> {
        let asked = self.path.get(1..).unwrap_or_default();
        let skipped = asked.len().saturating_sub(MAX_PATH - 1);
        self.path
            .iter()
            .take(1)
            .chain(asked.iter().skip(skipped))
            .copied()
            .collect()
    }

    /// Goes back to the former best match that was not reported. MS-PNRP §3.1.5.6.1.1.
    pub(super) fn next_best(&mut self) {
        let found = &self.found;
        self.matches.retain(|former| !found.contains(&former.id()));
        self.best = self.matches.pop();
    }

    pub(super) fn note_asked(&mut self, endpoint: Endpoint) {
        if !self.path.contains(&endpoint) {
            self.path.push(endpoint);
        }
    }

    /// Makes the hop that answered the best match if it is. MS-PNRP §3.1.5.6.1 step 5.
    fn improve_best(&mut self, route: &RouteEntry) -> bool {
        let id = route.id();
        if id.is_zero() || self.found.contains(&id) {
            return false;
        }
        if self
            .closest
            .as_ref()
            .is_none_or(|known| is_closer(&self.target, &id, &known.id()))
        {
            self.closest = Some(route.clone());
        }
        if self
            .best
            .as_ref()
            .is_some_and(|best| !is_closer(&self.target, &id, &best.id()))
        {
            return false;
        }
        self.matches.extend(self.best.replace(route.clone()));
        true
    }

    /// Whether a referral names none of the nodes already asked, but for the one that gives it:
    /// a node may refer to another ID of its own. MS-PNRP §3.1.5.6.1 step 9.
    fn is_fresh(&self, referral: &RouteEntry, giver: Endpoint) -> bool {
        let is_asked = |at: Endpoint| self.asked.iter().any(|asked| asked.endpoint == at);
        referral
            .endpoints()
            .all(|at| at == giver || !(self.path.contains(&at) || is_asked(at)))
    }
}

/// Leading bits that have to match.
pub(crate) fn significant_bits(criteria: SearchCriteria) -> u32 {
    match criteria {
        SearchCriteria::Exact | SearchCriteria::NearestPeerName => 256,
        SearchCriteria::AnyPeerName => 128,
        SearchCriteria::Nearest64PeerName => 192,
        SearchCriteria::UpperBits(bits) => u32::from(bits).min(256),
    }
}

impl Cloud {
    /// Starts from the closest cached entry. MS-PNRP §3.1.4.4.2 step 5.
    pub(super) fn search(&mut self, mut resolve: Box<Resolve>, now: Now) {
        self.start_from_cache(&mut resolve);
        self.advance(resolve, now);
    }

    /// Gives an empty stack the closest cached entry that was not asked.
    ///
    /// A search whose only hop turns out to be gone goes on from the next best one instead of
    /// ending. docs/decisions/0003-dead-ends.md
    pub(super) fn start_from_cache(&self, resolve: &mut Resolve) {
        if !resolve.hops.is_empty() || resolve.errand.is_outside_view() {
            return;
        }
        let is_new = |cached: &pnrp_cache::CachedRoute<'_>| {
            cached.endpoints().all(|at| !resolve.path.contains(&at))
        };
        let closest = self.cache.closest_matching(&resolve.target, 1, is_new);
        let routes = closest.into_iter().map(|cached| cached.route());
        resolve.hops.extend(routes.map(NextHop::from));
    }

    /// Takes the next step that can be taken. MS-PNRP §3.1.4.4.2 steps 7 to 10.
    pub(super) fn advance(&mut self, mut resolve: Box<Resolve>, now: Now) {
        loop {
            let is_sent = match resolve.next_step() {
                Step::Inquire(best) => self.inquire(&mut resolve, &best, now),
                Step::Lookup(hop) => self.look_up(&mut resolve, hop, now),
                // Somebody may still answer.
                Step::Stop if !resolve.asked.is_empty() => true,
                Step::Stop if self.makes_a_detour(&mut resolve) => false,
                Step::Stop => {
                    let error = if resolve.useful == 0 && self.cache.is_empty() {
                        ResolveError::Alone
                    } else {
                        ResolveError::NotFound
                    };
                    return self.end(resolve, Err(error), now);
                }
            };
            if is_sent {
                self.resolves.entries.insert(resolve.id, resolve);
                return;
            }
        }
    }

    /// Where the closest node that answered does not know the name, its neighbours may: two
    /// nodes that cannot reach each other are not in each other's leaf sets, however near their IDs
    /// are. And where that node names nobody new, somebody else in the cache may lead elsewhere.
    /// docs/decisions/0020-swift-search.md
    fn makes_a_detour(&self, resolve: &mut Resolve) -> bool {
        let is_wanted = self.config.search == Search::Swift
            && resolve.is_for_application()
            && resolve.found.is_empty()
            && resolve.detours < MOST_DETOURS;
        let Some(closest) = resolve.closest.clone().filter(|_| is_wanted) else {
            return false;
        };
        resolve.detours += 1;
        resolve.suspicious = 0;
        if resolve.exhausted == Some(closest.id()) {
            self.start_from_cache(resolve);
            return !resolve.hops.is_empty();
        }
        resolve.hops.push(NextHop {
            looks_around: true,
            ..closest.into()
        });
        true
    }

    /// Sends a LOOKUP to a hop. MS-PNRP §3.1.4.4.2 steps 9 and 10.
    fn look_up(&mut self, resolve: &mut Resolve, mut hop: NextHop, now: Now) -> bool {
        let Some((from, to)) = self.local.choose(&hop.route) else {
            return false;
        };
        let validate = hop.route.id();
        let body = Body::Lookup(Lookup {
            accept_not_closer: self.cache.len() < SPARSE_CACHE
                || validate.is_zero()
                || hop.looks_around
                || matches!(resolve.errand, Errand::Maintain(_) | Errand::Balance(_)),
            criteria: resolve.criteria,
            reason: resolve.errand.reason(),
            target: resolve.target,
            validate,
            best_match: self.entry_to_carry(resolve),
            visited: resolve.flagged_path(),
        });
        let purpose = Purpose::Lookup(resolve.id, validate);
        let more = self.insistence(resolve);
        let Some(message) = self.send_insistently(purpose, (from, to), (body, more), now) else {
            return false;
        };
        hop.uses += 1;
        let overdue_at = (self.config.timers.pace == Pace::Adaptive).then(|| {
            if resolve.is_late(now) && resolve.asked.is_empty() {
                now.instant
            } else {
                now.instant + self.hedged_after(&to)
            }
        });
        resolve.asked.push(Asked {
            message,
            id: validate,
            endpoint: to,
            at: now.instant,
            question: Question::Lookup { hop, overdue_at },
        });
        true
    }

    /// The route entry of a LOOKUP: the best match, or the own entry while it is announced.
    /// MS-PNRP §2.2.2.8, §3.2.4.1.
    fn entry_to_carry(&self, resolve: &Resolve) -> Option<RouteEntry> {
        match resolve.errand {
            Errand::Announce(id) => self
                .registrations
                .get(id)
                .and_then(|local| self.own_route(local.pnrp_id)),
            Errand::Application(_)
            | Errand::Maintain(_)
            | Errand::Balance(_)
            | Errand::DetectSplit(_) => resolve.best.clone(),
        }
    }

    /// A hop has answered. MS-PNRP §3.1.5.6.1.
    pub(crate) fn on_lookup_answer(
        &mut self,
        id: ResolveId,
        message: MessageId,
        answer: AuthorityBuffer,
        now: Now,
    ) -> Result<(), Discard> {
        let Some((mut resolve, asked)) = self.take_asked(id, message) else {
            return Err(Discard::NothingPending(message));
        };
        resolve.note_asked(asked.endpoint);
        resolve.useful += 1;
        self.stats.hops += u64::from(resolve.is_for_application());
        resolve.suspicious += u32::from(answer.missing_from_leaf_set);
        resolve.met_busy |= answer.busy;
        let current = self.judge_hop(&resolve, &asked, &answer, now);
        let is_better = current
            .as_ref()
            .is_some_and(|hop| resolve.improve_best(&hop.route));
        let referral = answer.route.filter(|_| !answer.busy);
        if let (true, Some(route)) = (resolve.errand.takes_in_referrals(), &referral) {
            self.consider_route(route, Origin::Other, now);
        }
        let is_followed = self.follow(&mut resolve, &asked, current, referral);
        if asked.looks_around() && !is_followed {
            resolve.exhausted = Some(asked.id);
        }
        let verdict = match () {
            () if answer.id_not_found => Verdict::NotRegistered,
            () if answer.busy => Verdict::Busy,
            () if is_followed || is_better => Verdict::Accepted,
            () if answer.missing_from_leaf_set => Verdict::Suspicious,
            () => Verdict::DeadEnd,
        };
        self.report_hop(&mut resolve, &asked, verdict, now);
        if answer.id_not_found {
            self.start_from_cache(&mut resolve);
        }
        self.advance(resolve, now);
        Ok(())
    }

    /// Keeps or forgets the hop that answered. MS-PNRP §3.1.5.6.1 steps 4 and 6.
    fn judge_hop(
        &mut self,
        resolve: &Resolve,
        asked: &Asked,
        answer: &AuthorityBuffer,
        now: Now,
    ) -> Option<NextHop> {
        if answer.id_not_found {
            self.forget(&asked.id, now);
            return None;
        }
        self.cache.heard(&asked.id, now.instant);
        let Question::Lookup { hop, .. } = &asked.question else {
            return None;
        };
        // Whoever is met on the way to a conclusion must not change it.
        if !resolve.errand.is_outside_view() {
            self.consider_route(&hop.route, Origin::Other, now);
        }
        let looks_around = false;
        Some(NextHop {
            looks_around,
            ..hop.clone()
        })
    }

    /// Takes up a referral, with the hop that gave it below it on the stack.
    /// MS-PNRP §3.1.5.6.1 steps 7 to 10.
    ///
    /// A hop without a usable referral is not asked again: the search goes back to what lies
    /// below it. docs/decisions/0003-dead-ends.md
    fn follow(
        &self,
        resolve: &mut Resolve,
        asked: &Asked,
        current: Option<NextHop>,
        referral: Option<RouteEntry>,
    ) -> bool {
        let Some(referral) = referral else {
            return false;
        };
        let id = referral.id();
        let is_usable = !id.is_zero()
            && id != asked.id
            && !self.registrations.owns(&id)
            && resolve.is_fresh(&referral, asked.endpoint)
            && self.local.can_reach(&referral);
        let is_welcome = asked.id.is_zero()
            || asked.looks_around()
            || is_closer(&resolve.target, &id, &asked.id)
            || self.cache.len() < SPARSE_CACHE;
        if !is_usable || !is_welcome {
            return false;
        }
        // Whoever lives in a gap is nearer to its middle than its edges, so the first answer of an edge
        // has said all that it knows of the gap.
        let has_said_all =
            self.config.search == Search::Swift && matches!(resolve.errand, Errand::Maintain(_));
        let is_asked_again = |hop: &NextHop| hop.uses < MAX_USES && !has_said_all;
        resolve.hops.extend(current.filter(is_asked_again));
        resolve.hops.push(referral.into());
        true
    }

    /// Asks the next best hop beside one that is overdue, which may still answer.
    pub(crate) fn hedge_resolves(&mut self, now: Now) {
        for id in self.resolves.overdue(now.instant) {
            let Some(mut resolve) = self.resolves.entries.remove(&id) else {
                continue;
            };
            for asked in &mut resolve.asked {
                if let Question::Lookup { overdue_at, .. } = &mut asked.question {
                    *overdue_at = None;
                }
            }
            let asked: Vec<_> = resolve.asked.iter().map(|asked| asked.endpoint).collect();
            asked.into_iter().for_each(|at| resolve.note_asked(at));
            self.start_from_cache(&mut resolve);
            if let Step::Lookup(hop) = resolve.next_step() {
                self.look_up(&mut resolve, hop, now);
            }
            self.resolves.entries.insert(id, resolve);
        }
    }

    /// A hop is silent, whether or not the resolve that asked it goes on. MS-PNRP §3.1.6.3.
    pub(crate) fn on_lookup_unanswered(
        &mut self,
        id: ResolveId,
        asked: PnrpId,
        message: MessageId,
        now: Now,
    ) {
        self.lose(&asked, now);
        let Some((mut resolve, asked)) = self.take_asked(id, message) else {
            return;
        };
        resolve.met_silence = true;
        resolve.note_asked(asked.endpoint);
        self.report_hop(&mut resolve, &asked, Verdict::Unreachable, now);
        self.start_from_cache(&mut resolve);
        self.advance(resolve, now);
    }

    /// Takes a resolve out of the table if `message` is what it waits for.
    pub(super) fn take_asked(
        &mut self,
        id: ResolveId,
        message: MessageId,
    ) -> Option<(Box<Resolve>, Asked)> {
        let waits = |asked: &Asked| asked.message == message;
        let place = self.resolves.entries.get(&id)?.asked.iter();
        let place = place.clone().position(waits)?;
        let mut resolve = self.resolves.entries.remove(&id)?;
        let asked = resolve.asked.remove(place);
        Some((resolve, asked))
    }

    /// Reports what came of a question, and keeps it for the trace.
    pub(super) fn report_hop(
        &mut self,
        resolve: &mut Resolve,
        asked: &Asked,
        verdict: Verdict,
        now: Now,
    ) {
        if !resolve.is_for_application() {
            return;
        }
        let hop = resolve.hop(asked, verdict, now);
        if resolve.trace.len() < LONGEST_TRACE {
            resolve.trace.push(hop.clone());
        }
        self.events.push_back(Event::Hop {
            id: resolve.id,
            hop,
        });
    }
}
