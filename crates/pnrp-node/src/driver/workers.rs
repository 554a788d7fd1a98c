//! Signatures, made and checked beside the event loops.

use std::{
    collections::VecDeque,
    sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::mpsc;

use crate::cloud::{CryptoJob, CryptoResult, JobId};

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
    fn run(self) {
        let result = self.job.run();
        // The receiver is gone when the cloud has been closed meanwhile.
        let _ = self.results.send(Box::new((self.id, result)));
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

    /// A job that panics takes its thread along, not the queue.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Jobs for which there is always room.
const SMALL: usize = 64;
