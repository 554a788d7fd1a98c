//! What a signature was wanted for. The other end of `crypto`.

use std::collections::VecDeque;

use pnrp_cache::LeafSet;
use pnrp_wire::{MessageId, PnrpId};

use super::{
    Cloud, Discard, Now, ResolveId,
    admission::{Admission, Revocation},
    compact::CompactMap,
    crypto::{CryptoJob, CryptoResult, JobId, Signed, Verified},
    receive::Answer,
};

/// Who waits for a job.
#[derive(Debug)]
pub(crate) enum Awaiting {
    /// A peer that inquired.
    Answer(Box<Answer>),
    /// The neighbours of an unregistered ID.
    Departure(Box<LeafSet>),
    /// A route entry under examination.
    Admission(Box<Admission>),
    /// A resolve, and the INQUIRE it sent.
    Proof(ResolveId, MessageId),
    /// A revocation of a secured ID.
    Revocation(Box<Revocation>, PnrpId),
}

/// Whom a job serves. No kind can take the room of another, so that a flood of INQUIREs does not
/// stop this node's own resolves, nor they its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Peers that inquire: up to half of the room.
    Answers,
    /// Whoever says that an entry exists or is gone: up to a quarter.
    Claims,
    /// This node: the rest of the other half.
    Own,
}

impl Awaiting {
    fn service(&self) -> Service {
        match self {
            Self::Answer(_) => Service::Answers,
            Self::Admission(_) | Self::Revocation(..) => Service::Claims,
            Self::Departure(_) | Self::Proof(..) => Service::Own,
        }
    }
}

/// Jobs to be fetched, and jobs being done.
#[derive(Debug)]
pub(crate) struct Jobs {
    /// Signatures to make, and signatures to check, of which each gets every other turn: a check is five times
    /// as fast, and what it is of takes more room while it waits.
    signing: Queue,
    checking: Queue,
    checks_next: bool,
    awaiting: CompactMap<JobId, Awaiting>,
    waiting: Waiting,
    last_id: u64,
    capacity: usize,
}

/// Jobs in the order in which they came; without the job where it is made when it is fetched.
type Queue = VecDeque<(JobId, Option<CryptoJob>)>;

/// How many jobs wait, by whom they serve.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    answers: usize,
    claims: usize,
    own: usize,
}

impl Waiting {
    fn of(&mut self, service: Service) -> &mut usize {
        match service {
            Service::Answers => &mut self.answers,
            Service::Claims => &mut self.claims,
            Service::Own => &mut self.own,
        }
    }
}

impl Jobs {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            signing: Queue::new(),
            checking: Queue::new(),
            checks_next: true,
            awaiting: CompactMap::default(),
            waiting: Waiting::default(),
            last_id: 0,
            capacity,
        }
    }

    fn poll(&mut self) -> Option<(JobId, Option<CryptoJob>)> {
        let (next, other) = match self.checks_next {
            true => (&mut self.checking, &mut self.signing),
            false => (&mut self.signing, &mut self.checking),
        };
        let job = next.pop_front().or_else(|| other.pop_front());
        self.checks_next = !self.checks_next;
        if job.is_none() {
            self.signing.shrink_to_fit();
            self.checking.shrink_to_fit();
        }
        job
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.awaiting.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.awaiting.len()
    }

    /// Whether the answer to a message is being checked for a resolve.
    pub(crate) fn proves(&self, message: MessageId) -> bool {
        let waits =
            |awaiting: &Awaiting| matches!(awaiting, Awaiting::Proof(_, of) if *of == message);
        self.awaiting.values().any(waits)
    }

    /// Entries whose CPA is being checked.
    pub(crate) fn admitting(&self) -> usize {
        let waits = |awaiting: &&Awaiting| matches!(awaiting, Awaiting::Admission(_));
        self.awaiting.values().filter(waits).count()
    }

    /// Whether one more job may wait.
    pub(crate) fn has_room(&self, service: Service) -> bool {
        let Waiting {
            answers,
            claims,
            own,
        } = self.waiting;
        let half = (self.capacity / 2).max(1);
        let rest = claims + own;
        let fits = match service {
            Service::Answers => answers < half,
            Service::Claims => claims < (self.capacity / 4).max(1) && rest < half,
            Service::Own => rest < half,
        };
        fits && self.awaiting.len() < self.capacity
    }

    fn add(&mut self, job: Option<CryptoJob>, awaiting: Awaiting) {
        self.last_id += 1;
        let id = JobId(self.last_id);
        let queue = match job {
            Some(CryptoJob::Verify(_)) => &mut self.checking,
            Some(CryptoJob::Sign(_)) | None => &mut self.signing,
        };
        queue.push_back((id, job));
        *self.waiting.of(awaiting.service()) += 1;
        self.awaiting.insert(id, awaiting);
    }

    /// The question that a job will answer.
    fn answer(&self, id: JobId) -> Option<&Answer> {
        match self.awaiting.get(&id)? {
            Awaiting::Answer(answer) => Some(answer),
            Awaiting::Departure(_)
            | Awaiting::Admission(_)
            | Awaiting::Proof(..)
            | Awaiting::Revocation(..) => None,
        }
    }

    fn take(&mut self, id: JobId) -> Option<Awaiting> {
        let awaiting = self.awaiting.remove(&id)?;
        *self.waiting.of(awaiting.service()) -= 1;
        Some(awaiting)
    }
}

impl Cloud {
    /// Queues a job; false when too many wait already.
    pub(crate) fn submit(&mut self, job: CryptoJob, awaiting: Awaiting) -> bool {
        let has_room = self.jobs.has_room(awaiting.service());
        if has_room {
            self.jobs.add(Some(job), awaiting);
        }
        has_room
    }

    /// Queues what has to be signed for an answer; false when too many wait already.
    ///
    /// What waits is the question: the statements are ten times its size, and many may wait.
    pub(crate) fn submit_answer(&mut self, answer: Answer) -> bool {
        let awaiting = Awaiting::Answer(Box::new(answer));
        let has_room = self.jobs.has_room(awaiting.service());
        if has_room {
            self.jobs.add(None, awaiting);
        }
        has_room
    }

    /// The next job, made now if it waits as a question.
    pub(crate) fn next_job(&mut self) -> Option<(JobId, CryptoJob)> {
        loop {
            let (id, job) = self.jobs.poll()?;
            let job = job.or_else(|| self.proofs_for(self.jobs.answer(id)?));
            match job {
                Some(job) => return Some((id, job)),
                // The name has been unregistered since. Whoever asked will ask again, and be told.
                None => drop(self.jobs.take(id)),
            }
        }
    }

    /// Takes back what came of a job. An unknown ID has no effect.
    pub fn handle_crypto(&mut self, id: JobId, result: CryptoResult, now: Now) {
        let Some(awaiting) = self.jobs.take(id) else {
            return;
        };
        let outcome = match result {
            CryptoResult::Signed(Ok(signed)) => {
                self.on_signed(awaiting, *signed, now);
                Ok(())
            }
            CryptoResult::Signed(Err(_)) => Err(Discard::SigningFailed),
            CryptoResult::Verified(result) => self.on_verified(awaiting, result, now),
        };
        if let Err(discard) = outcome {
            self.discard(&discard);
        }
    }

    fn on_signed(&mut self, awaiting: Awaiting, signed: Signed, now: Now) {
        let Signed { cpa, payload } = signed;
        match awaiting {
            Awaiting::Answer(answer) => self.send_signed(&answer, Signed { cpa, payload }),
            Awaiting::Departure(leaves) => {
                cpa.into_iter()
                    .for_each(|cpa| self.flood_departure(&leaves, &cpa, now));
            }
            Awaiting::Admission(_) | Awaiting::Proof(..) | Awaiting::Revocation(..) => {}
        }
    }

    fn on_verified(
        &mut self,
        awaiting: Awaiting,
        result: Result<Box<Verified>, Discard>,
        now: Now,
    ) -> Result<(), Discard> {
        if let Ok(verified) = &result {
            self.learn(&verified.cpa);
        }
        match awaiting {
            Awaiting::Admission(admission) => match result {
                Ok(verified) => self.on_admission_verified(*admission, &verified.cpa, now),
                Err(error) => {
                    self.admissions.finish(&admission.route.id());
                    Err(error)
                }
            },
            Awaiting::Proof(id, message) => self.on_proof_checked(id, message, result, now),
            Awaiting::Revocation(revocation, id) => {
                result?;
                self.revoke(*revocation, id, now);
                Ok(())
            }
            Awaiting::Answer(_) | Awaiting::Departure(_) => Ok(()),
        }
    }

    /// Removes a revoked ID and passes the news on. MS-PNRP §3.1.5.5 step 6, §4.3.
    fn revoke(&mut self, revocation: Revocation, id: PnrpId, now: Now) {
        let was_leaf = self.registrations.leaf_owner(&id);
        if self.forget(&id, now)
            && let Some(local) = was_leaf
        {
            self.forward_revocation(revocation, id, local, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pnrp_identity::{CpaExpectation, RsaVerifier};
    use pnrp_wire::{Dialect, FileTime, Nonce};

    use super::{
        super::crypto::{Statement, VerifyJob},
        *,
    };

    /// R-5.1-06: whoever comes first leaves the others their room.
    #[test]
    fn no_service_takes_the_room_of_another() {
        let all = [Service::Answers, Service::Claims, Service::Own];
        for (order, expected) in [
            ([Service::Answers, Service::Claims, Service::Own], [8, 4, 4]),
            ([Service::Claims, Service::Own, Service::Answers], [8, 4, 4]),
            ([Service::Own, Service::Answers, Service::Claims], [8, 0, 8]),
        ] {
            let mut jobs = Jobs::new(16);
            for service in order {
                while jobs.has_room(service) {
                    *jobs.waiting.of(service) += 1;
                }
            }

            let waiting = all.map(|service| *jobs.waiting.of(service));
            assert_eq!(waiting, expected, "{order:?}");
        }
    }

    #[test]
    fn signatures_are_made_and_checked_in_turn() {
        let mut jobs = Jobs::new(16);
        for _ in 0..3 {
            jobs.add(None, Awaiting::Departure(Box::new(LeafSet::new(ID))));
        }
        for message in 0..2 {
            jobs.add(
                Some(check()),
                Awaiting::Proof(ResolveId(1), MessageId(message)),
            );
        }

        let order: Vec<u64> = std::iter::from_fn(|| jobs.poll())
            .map(|(id, _)| id.0)
            .collect();

        assert_eq!(order, [4, 1, 5, 2, 3]);
    }

    fn check() -> CryptoJob {
        CryptoJob::Verify(Box::new(VerifyJob {
            statement: Statement::Answer(Vec::new()),
            dialect: Dialect::default(),
            name: None,
            expectation: CpaExpectation::publication(ID, Nonce::ZERO),
            utc: FileTime(0),
            verifier: Arc::new(RsaVerifier),
        }))
    }

    const ID: PnrpId = PnrpId::from_bytes([1; 32]);
}
