//! Route entries on their way into the cache. MS-PNRP §3.1.5.11, §3.2.5.1, §3.1.5.6.1.2.
//!
//! Nothing enters the cache on somebody's word: the node of an entry has to answer an INQUIRE
//! for its ID, and has to prove that it owns the ID when the entry would become a leaf.

use pnrp_identity::{CpaExpectation, ValidCpa};
use pnrp_wire::{
    AuthorityBuffer, Body, Endpoint, Inquire, MessageId, Nonce, PnrpId, RouteEntry, SignedCpa,
};

use super::{
    Cloud, Discard, Now,
    compact::CompactMap,
    crypto::{CryptoJob, Statement, VerifyJob},
    jobs::Awaiting,
    pending::Purpose,
    reflection::{Asker, Length, Pieces},
};

/// Bytes of an INQUIRE with a nonce. MS-PNRP §2.2.2.5.
const LONGEST_INQUIRE: usize = 76;

/// The Pending Route Entry Add List of MS-PNRP §3.1.1.
#[derive(Debug)]
pub(crate) struct Admissions {
    by_inquire: CompactMap<MessageId, Box<Admission>>,
    /// IDs of all entries under examination, those whose CPA is being checked included.
    ids: CompactMap<PnrpId, ()>,
    capacity: usize,
}

/// One entry under examination.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(crate) route: RouteEntry,
    pub(crate) origin: Origin,
    /// Set when a CPA was asked for.
    pub(crate) nonce: Option<Nonce>,
    /// Set when the entry is in the cache already, and a revocation of it has come.
    pub(crate) revocation: Option<Box<Revocation>>,
    /// Where the INQUIRE went.
    asked: Endpoint,
}

/// A revoke CPA that cannot be believed by itself.
#[derive(Clone, Debug)]
pub(crate) struct Revocation {
    pub(crate) signed: SignedCpa,
    pub(crate) already_flooded: Vec<Endpoint>,
}

/// How this node learned of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// By a FLOOD: its source, and the nodes that had seen it.
    Flood {
        source: Endpoint,
        already_flooded: Vec<Endpoint>,
    },
    /// By any other message.
    Other,
}

impl Admissions {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            by_inquire: CompactMap::default(),
            ids: CompactMap::default(),
            capacity,
        }
    }

    pub(crate) fn contains(&self, id: &PnrpId) -> bool {
        self.ids.contains_key(id)
    }

    fn is_full(&self) -> bool {
        self.ids.len() >= self.capacity
    }

    fn start(&mut self, inquire: MessageId, admission: Box<Admission>) {
        self.ids.insert(admission.route.id(), ());
        self.by_inquire.insert(inquire, admission);
    }

    /// Takes the entry out by its INQUIRE; it counts as under examination until [`Self::finish`].
    pub(crate) fn take(&mut self, inquire: MessageId) -> Option<Box<Admission>> {
        self.by_inquire.remove(&inquire)
    }

    pub(crate) fn finish(&mut self, id: &PnrpId) {
        self.ids.remove(id);
    }

    /// Takes out every entry whose node has not answered.
    pub(crate) fn abandon(&mut self) {
        for admission in std::mem::take(&mut self.by_inquire).into_values() {
            self.ids.remove(&admission.route.id());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn inquiries(&self) -> impl Iterator<Item = MessageId> {
        self.by_inquire.keys().copied()
    }
}

impl Cloud {
    /// Begins to examine an entry unless it is known or cannot be reached.
    /// MS-PNRP §3.1.5.11, §3.2.5.1.
    pub(crate) fn consider_route(&mut self, route: &RouteEntry, origin: Origin, now: Now) {
        if let Some(needs_cpa) = self.examination_of(route) {
            self.examine(route.clone(), origin, needs_cpa, None, now);
        }
    }

    /// The same on the word of somebody who was not asked.
    pub(crate) fn consider_claim(
        &mut self,
        route: &RouteEntry,
        claimant: &mut Asker,
        origin: Origin,
        now: Now,
    ) {
        if let Some(needs_cpa) = self.claim(route, claimant, now) {
            self.examine(route.clone(), origin, needs_cpa, None, now);
        }
    }

    /// Whether an entry is to be examined on the word of somebody, and if so, whether its node has
    /// to prove its ID. One source can have only so many nodes bothered, and what is sent to them
    /// counts as sent to itself.
    pub(crate) fn claim(
        &mut self,
        route: &RouteEntry,
        claimant: &mut Asker,
        now: Now,
    ) -> Option<bool> {
        let needs_cpa = self.examination_of(route)?;
        match self.may_examine(claimant, now) {
            Ok(()) => Some(needs_cpa),
            Err(discard) => {
                self.discard(&discard);
                None
            }
        }
    }

    /// Whether somebody's claim may be looked into.
    pub(crate) fn may_examine(&mut self, claimant: &mut Asker, now: Now) -> Result<(), Discard> {
        let transmissions = usize::try_from(self.config.timers.transmissions);
        let inquiries = Length::datagram(LONGEST_INQUIRE * transmissions.unwrap_or(usize::MAX));
        self.may_answer(claimant, inquiries, Pieces::Challenged, now)?;
        let claimant = claimant.source();
        self.spend(|ledger| &mut ledger.examinations, &claimant, 1, now)
    }

    /// Whether an entry is to be examined, and if so, whether its node has to prove its ID.
    fn examination_of(&mut self, route: &RouteEntry) -> Option<bool> {
        let id = route.id();
        if id.is_zero() || self.registrations.owns(&id) || self.admissions.contains(&id) {
            return None;
        }
        if !self.local.can_reach(route) || route.endpoints().any(|at| self.local.contains(&at)) {
            self.discard(&Discard::UnusableRoute);
            return None;
        }
        let needs_cpa = self.registrations.would_be_leaf(&id);
        let is_known = self
            .cache
            .get(&id)
            .is_some_and(|cached| cached.is(route) && (cached.cpa_checked() || !needs_cpa));
        if is_known {
            return None;
        }
        // A full cache that has enough of an entry's kind would only give it up again.
        if !needs_cpa && !self.cache.contains(&id) && !self.cache.wants(&id) {
            self.discard(&Discard::RouteNotWanted);
            return None;
        }
        Some(needs_cpa)
    }

    /// Asks the node of a cached entry whether a revocation is true.
    pub(crate) fn examine_revocation(&mut self, revocation: Revocation, id: PnrpId, now: Now) {
        let Some(cached) = self.cache.get(&id) else {
            return;
        };
        if !self.admissions.contains(&id) {
            let route = cached.route();
            self.examine(route, Origin::Other, false, Some(Box::new(revocation)), now);
        }
    }

    pub(crate) fn examine(
        &mut self,
        route: RouteEntry,
        origin: Origin,
        needs_cpa: bool,
        revocation: Option<Box<Revocation>>,
        now: Now,
    ) {
        if self.admissions.is_full() {
            self.discard(&Discard::AdmissionsFull);
            return;
        }
        let Some((from, asked)) = self.local.choose(&route) else {
            self.discard(&Discard::UnusableRoute);
            return;
        };
        let nonce = needs_cpa.then(|| self.random_nonce());
        let inquire = Body::Inquire(Inquire {
            validate: route.id(),
            want_cpa: needs_cpa,
            want_extended_payload: false,
            want_cert_chain: needs_cpa,
            nonce,
        });
        let inquired = route.id();
        if let Some(id) = self.send_pended(Purpose::Admission, (from, asked), inquire, now) {
            if needs_cpa {
                self.own_inquiries.note(inquired, now.instant);
            }
            self.admissions.start(
                id,
                Box::new(Admission {
                    route,
                    origin,
                    nonce,
                    revocation,
                    asked,
                }),
            );
        }
    }

    /// The node of an entry under examination has answered. MS-PNRP §3.1.5.6.1.2.
    pub(crate) fn on_admission_answer(
        &mut self,
        inquire: MessageId,
        (answer, bytes): (AuthorityBuffer, Vec<u8>),
        now: Now,
    ) -> Result<(), Discard> {
        let Some(admission) = self.admissions.take(inquire) else {
            return Err(Discard::NothingPending(inquire));
        };
        let id = admission.route.id();
        if answer.id_not_found {
            self.admissions.finish(&id);
            self.reject(*admission, now);
            return Err(Discard::RouteNotConfirmed);
        }
        if answer.busy {
            self.admissions.finish(&id);
            return Err(Discard::PeerBusy);
        }
        let Some(nonce) = admission.nonce else {
            self.admissions.finish(&id);
            self.admit(admission.route, false, admission.origin, now);
            return Ok(());
        };
        if answer.cpa.is_none() {
            self.admissions.finish(&id);
            return Err(Discard::RouteNotConfirmed);
        }
        let job = CryptoJob::Verify(Box::new(VerifyJob {
            statement: Statement::Answer(bytes),
            dialect: self.config.dialect,
            name: None,
            expectation: CpaExpectation::publication(id, nonce),
            utc: now.utc,
            verifier: self.config.verifier.clone(),
        }));
        if self.submit(job, Awaiting::Admission(admission)) {
            return Ok(());
        }
        self.admissions.finish(&id);
        Err(Discard::CryptoFull)
    }

    /// The CPA of an entry under examination has been checked.
    ///
    /// When it lists the endpoint that answered, its own list of addresses replaces the entry's.
    pub(crate) fn on_admission_verified(
        &mut self,
        admission: Admission,
        valid: &ValidCpa,
        now: Now,
    ) -> Result<(), Discard> {
        let id = admission.route.id();
        self.admissions.finish(&id);
        let listed = &valid.cpa().service_addresses;
        if !listed.contains(&admission.asked) {
            return Err(Discard::AddressMismatch);
        }
        let addresses = listed
            .iter()
            .filter(|at| at.port == admission.asked.port)
            .map(|at| at.address)
            .collect();
        let route = RouteEntry::new(id, admission.asked.port, addresses)
            .map_err(|_| Discard::AddressMismatch)?;
        if self.local.can_reach(&route) {
            self.admit(route, true, admission.origin, now);
            return Ok(());
        }
        Err(Discard::UnusableRoute)
    }

    /// Nobody answered for an entry under examination. MS-PNRP §3.2.6.3.
    pub(crate) fn on_admission_unanswered(&mut self, inquire: MessageId, now: Now) {
        if let Some(admission) = self.admissions.take(inquire) {
            self.admissions.finish(&admission.route.id());
            self.reject(*admission, now);
        }
    }

    /// The node of an entry denies it, or is silent. A cached entry goes if it was this very one:
    /// somebody else's claim about where a node listens does not evict it.
    fn reject(&mut self, admission: Admission, now: Now) {
        let id = admission.route.id();
        if self
            .cache
            .get(&id)
            .is_none_or(|cached| !cached.is(&admission.route))
        {
            return;
        }
        let was_leaf = self.registrations.leaf_owner(&id);
        if self.forget(&id, now)
            && let (Some(revocation), Some(local)) = (admission.revocation, was_leaf)
        {
            self.forward_revocation(*revocation, id, local, now);
        }
    }

    /// Puts an examined entry into the cache, and tells those who need to know.
    fn admit(&mut self, route: RouteEntry, cpa_checked: bool, origin: Origin, now: Now) {
        let id = route.id();
        // What was proven stays so while the entry is the same.
        let is_proven =
            |known: pnrp_cache::CachedRoute<'_>| known.cpa_checked() && known.is(&route);
        let cpa_checked = cpa_checked || self.cache.get(&id).is_some_and(is_proven);
        if !cpa_checked && self.registrations.is_leaf(&id) {
            // A leaf that has moved has to prove that too.
            return self.examine(route, origin, true, None, now);
        }
        let was_empty = self.cache.is_empty();
        let registrations = &self.registrations;
        // Who will be a leaf once inserted is one already.
        let is_leaf = cpa_checked && registrations.would_be_leaf(&id);
        let inserted = self
            .cache
            .insert(&route, cpa_checked, now.instant, |pinned| {
                (is_leaf && *pinned == id) || registrations.is_leaf(pinned)
            });
        if matches!(inserted, pnrp_cache::Inserted::Refused) {
            return;
        }
        self.stats.routes_admitted += 1;
        self.on_admitted(&id, now);
        if cpa_checked {
            self.spread_leaf(&route, &origin, now);
        } else if self.registrations.would_be_leaf(&id) {
            // The leaf sets have changed since the INQUIRE; a leaf needs a proof.
            self.examine(route, origin, true, None, now);
        }
        if was_empty {
            self.wake_resolves(now);
        }
        self.announce_unannounced(now);
    }

    /// Removes an ID from the cache and from every leaf set, whose gap the next in line fills;
    /// true if it was cached.
    pub(crate) fn forget(&mut self, id: &PnrpId, now: Now) -> bool {
        let was_cached = self.cache.remove(id);
        self.stats.routes_forgotten += u64::from(was_cached);
        self.publishers.forget(id);
        for local in self.registrations.remove_leaf(id) {
            self.steadiness.disturb();
            self.seed_leaves(local, now);
            self.report_receipt(&local);
        }
        was_cached
    }
}
