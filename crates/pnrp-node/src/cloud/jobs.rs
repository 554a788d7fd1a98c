//! What a signature was wanted for. The other end of `crypto`.

use std::collections::{BTreeMap, VecDeque};

use pnrp_cache::LeafSet;
use pnrp_wire::{AuthorityBuffer, Endpoint, MessageId, PnrpId};

use super::{
    Cloud, Discard, Now, ResolveId,
    admission::{Admission, Revocation},
    crypto::{CryptoJob, CryptoResult, JobId, Signed, Verified},
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

/// An answer that lacks what has to be signed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) from: Endpoint,
    pub(crate) to: Endpoint,
    pub(crate) acked: MessageId,
    pub(crate) buffer: AuthorityBuffer,
}

/// Jobs to be fetched, and jobs being done.
#[derive(Debug)]
pub(crate) struct Jobs {
    queue: VecDeque<(JobId, CryptoJob)>,
    awaiting: BTreeMap<JobId, Awaiting>,
    last_id: u64,
    capacity: usize,
}

impl Jobs {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            awaiting: BTreeMap::new(),
            last_id: 0,
            capacity,
        }
    }

    pub(crate) fn poll(&mut self) -> Option<(JobId, CryptoJob)> {
        self.queue.pop_front()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.awaiting.is_empty()
    }

    #[cfg(any(test, debug_assertions, fuzzing))]
    pub(crate) fn len(&self) -> usize {
        self.awaiting.len()
    }

    /// Whether the answer to a message is being checked for a resolve.
    #[cfg(any(test, debug_assertions, fuzzing))]
    pub(crate) fn proves(&self, message: MessageId) -> bool {
        let waits =
            |awaiting: &Awaiting| matches!(awaiting, Awaiting::Proof(_, of) if *of == message);
        self.awaiting.values().any(waits)
    }

    /// Entries whose CPA is being checked.
    #[cfg(any(test, debug_assertions, fuzzing))]
    pub(crate) fn admitting(&self) -> usize {
        let waits = |awaiting: &&Awaiting| matches!(awaiting, Awaiting::Admission(_));
        self.awaiting.values().filter(waits).count()
    }
}

impl Cloud {
    /// Queues a job; false when too many wait already.
    pub(crate) fn submit(&mut self, job: CryptoJob, awaiting: Awaiting) -> bool {
        if self.jobs.awaiting.len() >= self.jobs.capacity {
            return false;
        }
        self.jobs.last_id += 1;
        let id = JobId(self.jobs.last_id);
        self.jobs.queue.push_back((id, job));
        self.jobs.awaiting.insert(id, awaiting);
        true
    }

    /// Takes back what came of a job. An unknown ID has no effect.
    pub fn handle_crypto(&mut self, id: JobId, result: CryptoResult, now: Now) {
        let Some(awaiting) = self.jobs.awaiting.remove(&id) else {
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
            Awaiting::Answer(answer) => {
                let Answer {
                    from,
                    to,
                    acked,
                    mut buffer,
                } = *answer;
                buffer.cpa = cpa;
                buffer.extended_payload = payload;
                self.send_answer((from, to), acked, &buffer);
            }
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
