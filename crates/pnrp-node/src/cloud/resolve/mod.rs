//! Resolves in progress: the Outstanding Resolves Table. MS-PNRP §3.1.1, §3.1.4.4.
//!
//! This file holds the table and what starts and ends an entry of it; `search` walks from node
//! to node, `proof` asks the last one for its CPA.

mod ending;
mod errand;
mod interruption;
mod local;
mod pause;
mod proof;
mod search;

pub(crate) use errand::Errand;
pub(crate) use search::significant_bits;

use std::time::{Duration, Instant};

use pnrp_wire::{
    Dialect, Endpoint, MessageId, Nonce, PeerName, PnrpId, RouteEntry, SearchCriteria,
    ServiceLocation,
};

use pause::Pause;

use super::{
    Cloud, Event, Hop, Now, ResolveError, ResolveId, ResolveRequest, Search, Verdict,
    compact::CompactMap, pending::PendingList, registration::upper_half,
};

/// One entry of the table. The field names of MS-PNRP §3.1.1 stand beside ours.
#[derive(Debug)]
pub(crate) struct Resolve {
    id: ResolveId,
    errand: Errand,
    target: PnrpId,
    criteria: SearchCriteria,
    /// ResolvePath: nodes already asked.
    path: Vec<Endpoint>,
    /// NextHopStack.
    hops: Vec<NextHop>,
    /// BestMatchStack: former best matches.
    matches: Vec<RouteEntry>,
    /// CurrentBestMatch.
    best: Option<RouteEntry>,
    /// SuspiciousCount.
    suspicious: u32,
    /// TotalUsefulHops.
    useful: u32,
    /// LastSentMessageId and CurrentNextHop, with what is needed to judge the answer: one, or two
    /// when the first is overdue, or three when there is little time left.
    asked: Vec<Asked>,
    /// The closest node that has answered.
    closest: Option<RouteEntry>,
    started: Instant,
    deadline: Instant,
    /// What it waits for before it asks anybody.
    pause: Option<Pause>,
    /// Another encoding of the classifier, to be tried when the name is not found.
    other_target: Option<PnrpId>,
    /// The publishers that were reported.
    found: Vec<PnrpId>,
    /// What came of each question, where an application wants to know.
    trace: Vec<Hop>,
    /// How many are wanted.
    max: usize,
    /// Somebody who was asked was silent.
    met_silence: bool,
    /// How often it has begun anew for that.
    restarts: u32,
    /// Somebody who was asked had too much to do.
    met_busy: bool,
    /// How often it has paused for that.
    pauses: u32,
    /// How often it went on where it would have ended.
    detours: u32,
    /// Who was asked for its neighbours and named nobody new.
    exhausted: Option<PnrpId>,
    /// The publisher that was silent, and is asked for its proof once more.
    asked_again: Option<PnrpId>,
    /// Whether a referral to the target is asked for its proof at once.
    skips_last_lookup: bool,
}

/// Nodes that one resolve asks at the same time.
const MOST_ASKED: usize = 3;

/// An entry of NextHopStack.
#[derive(Clone, Debug)]
struct NextHop {
    route: RouteEntry,
    uses: u32,
    /// Whether it is asked for whoever is near the target, be it nearer or not.
    looks_around: bool,
}

impl From<RouteEntry> for NextHop {
    fn from(route: RouteEntry) -> Self {
        Self {
            route,
            uses: 0,
            looks_around: false,
        }
    }
}

/// A message on its way.
#[derive(Clone, Debug)]
struct Asked {
    message: MessageId,
    id: PnrpId,
    endpoint: Endpoint,
    at: Instant,
    question: Question,
}

/// What is wanted of a node.
#[derive(Clone, Debug)]
enum Question {
    /// LOOKUP: the hop, and when to ask another beside it, until that was done.
    Lookup {
        hop: NextHop,
        overdue_at: Option<Instant>,
    },
    /// INQUIRE: its nonce.
    Inquire(Nonce),
}

impl Asked {
    fn looks_around(&self) -> bool {
        match &self.question {
            Question::Lookup { hop, .. } => hop.looks_around,
            Question::Inquire(_) => false,
        }
    }

    fn overdue_at(&self) -> Option<Instant> {
        match self.question {
            Question::Lookup { overdue_at, .. } => overdue_at,
            Question::Inquire(_) => None,
        }
    }
}

impl Resolve {
    /// Resolves of the node itself are there to learn of entries, those of applications to end.
    fn is_for_application(&self) -> bool {
        matches!(self.errand, Errand::Application(_))
    }

    fn deadline(&self) -> Instant {
        self.pause
            .map_or(self.deadline, |pause| pause.until().min(self.deadline))
    }

    /// When another node is asked beside those that do not answer.
    fn hedge_at(&self) -> Option<Instant> {
        let overdue = self.asked.iter().filter_map(Asked::overdue_at).min()?;
        match self.asked.len() {
            ..2 => Some(overdue),
            2 => self.late_at().map(|late| overdue.max(late)),
            MOST_ASKED.. => None,
        }
    }

    /// When the search of an application that has found nothing has so little time left that it asks
    /// several nodes at once. docs/decisions/0014-adaptive-timers.md
    fn late_at(&self) -> Option<Instant> {
        let time = self.deadline.saturating_duration_since(self.started);
        (self.is_for_application() && self.found.is_empty()).then(|| self.started + time / 3)
    }

    fn is_late(&self, now: Now) -> bool {
        self.late_at().is_some_and(|late| late <= now.instant)
    }

    fn hop(&self, asked: &Asked, verdict: Verdict, now: Now) -> Hop {
        Hop {
            endpoint: asked.endpoint,
            id: asked.id,
            shared_bits: asked.id.shared_bits(&self.target),
            elapsed: now.instant.saturating_duration_since(asked.at),
            verdict,
        }
    }
}

/// The Outstanding Resolves Table of MS-PNRP §3.1.1.
#[derive(Debug)]
pub(crate) struct Resolves {
    entries: CompactMap<ResolveId, Box<Resolve>>,
    last_id: u64,
    capacity: usize,
}

impl Resolves {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: CompactMap::default(),
            last_id: 0,
            capacity,
        }
    }

    fn next_id(&mut self) -> ResolveId {
        self.last_id += 1;
        ResolveId(self.last_id)
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity
    }

    /// Whether the cloud's own business has its half, or there is no place at all: a node with many
    /// names has more to do for them than there are places.
    fn is_full_of_errands(&self) -> bool {
        let errands = self.entries.values();
        let errands = errands.filter(|resolve| resolve.errand.name().is_none());
        self.is_full() || errands.count() >= self.capacity.div_ceil(2)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn has_errand(&self, errand: &Errand) -> bool {
        self.entries
            .values()
            .any(|resolve| resolve.errand == *errand)
    }

    /// Ends the resolves of an errand that has become pointless.
    pub(crate) fn cancel_errand(&mut self, errand: &Errand, pending: &mut PendingList) {
        self.entries.retain(|_, resolve| {
            let is_kept = resolve.errand != *errand;
            for asked in resolve.asked.iter().filter(|_| !is_kept) {
                pending.remove(asked.message);
            }
            is_kept
        });
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.entries
            .values()
            .map(|resolve| {
                let deadline = resolve.deadline();
                resolve.hedge_at().map_or(deadline, |at| at.min(deadline))
            })
            .min()
    }

    /// Whether a resolve waits for the first cache entry.
    pub(crate) fn is_anyone_waiting(&self) -> bool {
        self.entries
            .values()
            .any(|resolve| matches!(resolve.pause, Some(Pause::ForFirstEntry(_))))
    }

    /// Each resolve waits for something: a message, a signature, or the end of a pause.
    pub(crate) fn check(
        &self,
        is_under_way: impl Fn(MessageId) -> bool,
    ) -> Result<(), &'static str> {
        for resolve in self.entries.values() {
            if resolve.asked.is_empty() && resolve.pause.is_none() {
                return Err("a resolve waits for nothing");
            }
            if resolve.asked.len() > MOST_ASKED
                || !resolve
                    .asked
                    .iter()
                    .all(|asked| is_under_way(asked.message))
            {
                return Err("a resolve waits for what is not under way");
            }
            if resolve.found.len() > resolve.max {
                return Err("a resolve found more than it was asked for");
            }
        }
        Ok(())
    }

    fn due(&self, now: Instant) -> Vec<ResolveId> {
        let is_due = |resolve: &&Resolve| resolve.deadline() <= now;
        self.entries
            .values()
            .map(Box::as_ref)
            .filter(is_due)
            .map(|resolve| resolve.id)
            .collect()
    }

    fn overdue(&self, now: Instant) -> Vec<ResolveId> {
        let is_overdue = |resolve: &&Resolve| resolve.hedge_at().is_some_and(|at| at <= now);
        self.entries
            .values()
            .map(Box::as_ref)
            .filter(is_overdue)
            .map(|resolve| resolve.id)
            .collect()
    }

    fn waiting(&self) -> Vec<ResolveId> {
        let waits = |resolve: &&Resolve| matches!(resolve.pause, Some(Pause::ForFirstEntry(_)));
        self.entries
            .values()
            .map(Box::as_ref)
            .filter(waits)
            .map(|resolve| resolve.id)
            .collect()
    }
}

impl Cloud {
    /// Starts to resolve a name. MS-PNRP §3.1.4.4.
    ///
    /// Hops, results and the end are reported as [`Event`]s.
    ///
    /// # Errors
    /// When nobody has the cloud open, when it has no address, or too many resolves are in progress.
    pub fn resolve(
        &mut self,
        request: ResolveRequest,
        now: Now,
    ) -> Result<ResolveId, ResolveError> {
        if !self.is_open() {
            return Err(ResolveError::Closed);
        }
        let local = self.local.first().ok_or(ResolveError::NoAddress)?;
        if self.resolves.is_full() {
            return Err(ResolveError::TooManyResolves);
        }
        let prefix = request.location_prefix.unwrap_or_else(|| upper_half(local));
        let location = ServiceLocation::new(prefix, RESOLVER_SUFFIX);
        let p2p_id = request.name.p2p_id(&self.config.dialect);
        let target = PnrpId::new(p2p_id, location);
        self.stats.resolves_started += 1;
        let id = self.resolves.next_id();
        let local = self.find_local(&request, &target, now);
        let found: Vec<PnrpId> = local.iter().map(|found| found.id).collect();
        for found in local {
            let found = Box::new(found);
            self.events.push_back(Event::Found { id, found });
        }
        if !found.is_empty() && found.len() >= request.max {
            self.report_end(id, Ok(()), Vec::new());
            return Ok(id);
        }
        let resolve = Resolve {
            found,
            max: request.max,
            criteria: request.criteria,
            deadline: now.instant + request.timeout,
            other_target: self.uncalibrated_target(&request.name, location),
            ..self.new_resolve(id, Errand::Application(request.name), target, now)
        };
        self.begin(Box::new(resolve), now);
        Ok(id)
    }

    /// Ends a resolve; nothing more is reported of it. An unknown ID has no effect.
    pub fn cancel(&mut self, id: ResolveId) {
        let cancelled = self.resolves.entries.remove(&id);
        for asked in cancelled.into_iter().flat_map(|entry| entry.asked) {
            self.drop_pending(asked.message);
        }
    }

    /// Starts a resolve that no application asked for; a full table skips it.
    pub(crate) fn start_errand(
        &mut self,
        errand: Errand,
        target: PnrpId,
        best: Option<RouteEntry>,
        now: Now,
    ) {
        if self.resolves.is_full_of_errands() || self.resolves.has_errand(&errand) {
            return;
        }
        let id = self.resolves.next_id();
        let first_hop = errand.first_hop().map(NextHop::from);
        let resolve = Resolve {
            best,
            criteria: errand.criteria(),
            hops: first_hop.into_iter().collect(),
            ..self.new_resolve(id, errand, target, now)
        };
        self.begin(Box::new(resolve), now);
    }

    fn new_resolve(&self, id: ResolveId, errand: Errand, target: PnrpId, now: Now) -> Resolve {
        let is_for_application = matches!(errand, Errand::Application(_));
        let is_swift = self.config.search == Search::Swift;
        Resolve {
            id,
            errand,
            target,
            criteria: SearchCriteria::Exact,
            path: self.local.first().into_iter().collect(),
            hops: Vec::new(),
            matches: Vec::new(),
            best: None,
            suspicious: 0,
            useful: 0,
            asked: Vec::new(),
            closest: None,
            started: now.instant,
            deadline: now.instant + ERRAND_TIMEOUT,
            pause: None,
            other_target: None,
            found: Vec::new(),
            trace: Vec::new(),
            max: 1,
            met_silence: false,
            restarts: 0,
            met_busy: false,
            pauses: 0,
            detours: 0,
            exhausted: None,
            asked_again: None,
            skips_last_lookup: is_swift && is_for_application,
        }
    }

    /// The ID that this software gives a name by itself, where calibration has chosen another: what
    /// was registered before that, or by a node that has not met the other make, is found by it.
    fn uncalibrated_target(&self, name: &PeerName, location: ServiceLocation) -> Option<PnrpId> {
        let default = Dialect::default();
        let differs = self.config.dialect.classifier_hash != default.classifier_hash;
        differs.then(|| PnrpId::new(name.p2p_id(&default), location))
    }

    /// MS-PNRP §3.1.4.4.2 steps 1 to 6; with an empty cache other nodes are looked for first.
    fn begin(&mut self, mut resolve: Box<Resolve>, now: Now) {
        self.is_used = true;
        if self.cache.is_empty() && self.discover_for_use(now) {
            let until = now.instant + self.config.timers.discovery_wait;
            resolve.pause = Some(Pause::ForFirstEntry(until));
            self.resolves.entries.insert(resolve.id, resolve);
            return;
        }
        self.search(resolve, now);
    }

    /// Goes on with the resolves that waited for a first cache entry.
    pub(crate) fn wake_resolves(&mut self, now: Now) {
        for id in self.resolves.waiting() {
            if let Some(mut resolve) = self.resolves.entries.remove(&id) {
                resolve.pause = None;
                self.search(resolve, now);
            }
        }
    }

    /// Ends the resolves whose time is up, and goes on with those whose pause is.
    pub(crate) fn expire_resolves(&mut self, now: Now) {
        for id in self.resolves.due(now.instant) {
            let Some(mut resolve) = self.resolves.entries.remove(&id) else {
                continue;
            };
            if resolve.deadline > now.instant
                && let Some(Pause::ForTheBusy(_)) = resolve.pause
            {
                resolve.pause = None;
                self.begin(resolve, now);
                continue;
            }
            for asked in &resolve.asked {
                self.drop_pending(asked.message);
            }
            let error = match resolve.pause {
                Some(Pause::ForFirstEntry(_)) => ResolveError::Alone,
                Some(Pause::ForTheBusy(_)) | None => ResolveError::DeadlinePassed,
            };
            self.end(resolve, Err(error), now);
        }
    }

    /// How often its questions are repeated beyond what is usual: a search that has begun anew repeats
    /// them more often each time.
    fn insistence(&self, resolve: &Resolve) -> u32 {
        let usual = self.more_transmissions();
        usual.max((2 * resolve.restarts).min(MOST_INSISTENT))
    }

    /// The same for the proof of a publisher: nobody else can give it, so a search that misses it goes
    /// astray.
    fn insistence_on_proof(&self, resolve: &Resolve) -> u32 {
        let usual = self.insistence(resolve);
        match resolve.skips_last_lookup {
            true => usual.max(MORE_FOR_PROOF),
            false => usual,
        }
    }
}

/// Lower half of the service location that a resolver looks for. MS-PNRP §3.1.4.4.
const RESOLVER_SUFFIX: u64 = 0x8000_0000_0000_0000;

/// Repetitions beyond what is usual, however often a search has begun anew.
const MOST_INSISTENT: u32 = 4;

/// Repetitions of the INQUIRE for a publisher's proof beyond what is usual.
const MORE_FOR_PROOF: u32 = 2;

/// Longest life of a resolve that no application asked for.
const ERRAND_TIMEOUT: Duration = Duration::from_secs(30);
