//! Signatures, made and checked beside the event loops.

use std::{
    collections::VecDeque,
    panic::{self, AssertUnwindSafe},
    sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
};

use pnrp_identity::SignError;
use tokio::sync::mpsc;

use crate::cloud::{CryptoJob, CryptoResult, Discard, JobId};

/// What a job came to; in a box, since a channel sets aside room for thirty-two of them.
pub(super) type Finished = Box<(JobId, CryptoResult)>;

/// One thread for each core, for all clouds of the process together; they take jobs in the order in
/// which these come, and outlast any runtime.
static POOL: LazyLock<Pool> = LazyLock::new(Pool::start);

/// The jobs of one cloud; results come back by a channel.
///
/// A cloud has a few jobs in the queue, and keeps what else is to be done, which takes less room there: so
/// many clouds of a process take turns, too.
#[derive(Debug)]
pub(super) struct Workers {
    results: mpsc::UnboundedSender<Finished>,
    receiver: mpsc::UnboundedReceiver<Finished>,
    under_way: usize,
}

impl Workers {
    pub(super) fn new() -> Self {
        let (results, receiver) = mpsc::unbounded_channel();
        Self {
            results,
            receiver,
            under_way: 0,
        }
    }

    /// Whether one more job may be started.
    pub(super) fn have_room(&self) -> bool {
        self.under_way < POOL.room
    }

    pub(super) fn start(&mut self, id: JobId, job: CryptoJob) {
        self.under_way += 1;
        let results = self.results.clone();
        POOL.add(Waiting { id, job, results });
    }

    /// The next job that is done; waits for ever where none is started.
    pub(super) async fn next(&mut self) -> Finished {
        match self.receiver.recv().await {
            Some(finished) => {
                self.under_way = self.under_way.saturating_sub(1);
                finished
            }
            // This end of the channel holds the other open.
            None => std::future::pending().await,
        }
    }
}

/// A job that waits for a thread.
struct Waiting {
    id: JobId,
    job: CryptoJob,
    results: mpsc::UnboundedSender<Finished>,
}

impl Waiting {
    /// What is checked comes from strangers, and keys may be an application's: a panic fails the one job,
    /// and costs neither the thread nor the cloud's place in the queue.
    fn run(self) {
        let Self { id, job, results } = self;
        let panicked = match &job {
            CryptoJob::Sign(_) => CryptoResult::Signed(Err(SignError::Key("it panicked".into()))),
            CryptoJob::Verify(_) => CryptoResult::Verified(Err(Discard::CheckingFailed)),
        };
        // Nothing is left of the job afterwards, but a key or a verifier of the application's.
        let result = panic::catch_unwind(AssertUnwindSafe(|| job.run())).unwrap_or(panicked);
        // The receiver is gone when the cloud has been closed meanwhile.
        let _ = results.send(Box::new((id, result)));
    }
}

/// Threads, and what waits for them.
struct Pool {
    waiting: Mutex<VecDeque<Waiting>>,
    more: Condvar,
    has_threads: bool,
    /// Jobs of one cloud that may be in the queue or being done: all threads are busy, and have the next one
    /// at hand when they are done.
    room: usize,
}

impl Pool {
    fn start() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let start = |_: &usize| {
            let thread = thread::Builder::new().name("pnrp-signatures".to_owned());
            thread.spawn(|| POOL.work()).is_ok()
        };
        Self {
            waiting: Mutex::default(),
            more: Condvar::new(),
            has_threads: (0..cores).filter(start).count() > 0,
            room: 2 * cores,
        }
    }

    fn add(&self, job: Waiting) {
        // A system that gives no thread is slow, and no slower than it has to be.
        if !self.has_threads {
            return job.run();
        }
        self.lock().push_back(job);
        self.more.notify_one();
    }

    fn work(&self) {
        loop {
            self.take().run();
        }
    }

    fn take(&self) -> Waiting {
        let mut waiting = self.lock();
        loop {
            match waiting.pop_front() {
                Some(job) => {
                    // The room for a burst is not kept for the next one.
                    if waiting.is_empty() {
                        waiting.shrink_to(SMALL);
                    }
                    return job;
                }
                None => {
                    let woken = self.more.wait(waiting);
                    waiting = woken.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Jobs for which there is always room.
const SMALL: usize = 64;

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use pnrp_identity::{CpaExpectation, SignatureMismatch, Signer, Verifier};
    use pnrp_wire::{
        Authority, ByteOrder, Classifier, Cpa, CpaKind, Dialect, FileTime, PublicKey,
        ServiceLocation, Signature, SignedCpa, limits::SIGNATURE_LEN,
    };

    use super::*;
    use crate::cloud::{SignJob, Statement, VerifyJob};

    /// As many of either as there are threads, and one more.
    #[tokio::test]
    async fn a_job_that_panics_fails_and_the_next_is_done() {
        let mut workers = Workers::new();
        let cores = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..=cores {
            let (id, signed) = *result_of(&mut workers, JobId(1), sign()).await;
            let (other_id, checked) = *result_of(&mut workers, JobId(2), check()).await;

            assert_eq!((id, other_id), (JobId(1), JobId(2)));
            let failed = CryptoResult::Signed(Err(SignError::Key("it panicked".into())));
            assert_eq!(format!("{signed:?}"), format!("{failed:?}"));
            let failed = CryptoResult::Verified(Err(Discard::CheckingFailed));
            assert_eq!(format!("{checked:?}"), format!("{failed:?}"));
        }
        assert!(workers.have_room());
    }

    async fn result_of(workers: &mut Workers, id: JobId, job: CryptoJob) -> Finished {
        workers.start(id, job);
        let result = tokio::time::timeout(Duration::from_secs(10), workers.next());
        result.await.expect("a thread takes the job")
    }

    fn sign() -> CryptoJob {
        CryptoJob::Sign(Box::new(SignJob {
            cpa: Some(revocation()),
            payload: None,
            signer: Arc::new(Panics),
            dialect: Dialect::default(),
        }))
    }

    fn check() -> CryptoJob {
        let signature = Signature([0; SIGNATURE_LEN]);
        let signed = SignedCpa::new(revocation(), signature, &Dialect::default()).unwrap();
        CryptoJob::Verify(Box::new(VerifyJob {
            expectation: CpaExpectation::revocation(signed.id()),
            statement: Statement::Alone(Box::new(signed)),
            dialect: Dialect::default(),
            name: None,
            utc: FileTime(0),
            verifier: Arc::new(Panics),
        }))
    }

    fn revocation() -> Cpa {
        Cpa {
            kind: CpaKind::Revoke,
            has_extended_payload: false,
            not_after: FileTime(1),
            service_location: ServiceLocation([1; 16]),
            authority: Authority::Unsecured,
            classifier_hash: Some(Classifier::default().hash(&Dialect::default())),
            friendly_name: None,
            service_addresses: Vec::new(),
            app_endpoints: Vec::new(),
            public_key: Panics.public_key(),
        }
    }

    #[derive(Debug)]
    struct Panics;

    impl Signer for Panics {
        fn public_key(&self) -> PublicKey {
            PublicKey::from_modulus(&[0x81; 128]).unwrap()
        }

        fn sign(&self, _: &[u8]) -> Result<Signature, SignError> {
            unreachable!("as a defect would")
        }
    }

    impl Verifier for Panics {
        fn verify(
            &self,
            _: &PublicKey,
            _: &[u8],
            _: &Signature,
        ) -> Result<ByteOrder, SignatureMismatch> {
            unreachable!("as a defect would")
        }
    }
}
