//! Signatures, made and checked beside the event loop.

use std::{
    sync::{Arc, LazyLock},
    thread,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::cloud::{CryptoJob, CryptoResult, JobId};

/// As many jobs at a time as there are cores, for all clouds of the process together.
static CORES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Arc::new(Semaphore::new(cores))
});

/// Runs jobs on the runtime's blocking threads; results come back by a channel.
///
/// The cloud bounds how many jobs it has open, and thereby this queue.
#[derive(Debug)]
pub(super) struct Workers {
    results: mpsc::UnboundedSender<Finished>,
}

/// What a job came to; in a box, since a channel sets aside room for thirty-two of them.
pub(super) type Finished = Box<(JobId, CryptoResult)>;

impl Workers {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Finished>) {
        let (results, receiver) = mpsc::unbounded_channel();
        (Self { results }, receiver)
    }

    pub(super) fn start(&self, id: JobId, job: CryptoJob) {
        let results = self.results.clone();
        let run = move |permit: OwnedSemaphorePermit| {
            tokio::task::spawn_blocking(move || {
                let result = job.run();
                drop(permit);
                // The receiver is gone when the cloud has been closed meanwhile.
                let _ = results.send(Box::new((id, result)));
            });
        };
        // A task of its own, which costs two wake-ups more, only for a job that has to wait.
        match CORES.clone().try_acquire_owned() {
            Ok(permit) => run(permit),
            Err(_) => {
                tokio::spawn(async move {
                    if let Ok(permit) = CORES.clone().acquire_owned().await {
                        run(permit);
                    }
                });
            }
        }
    }
}
