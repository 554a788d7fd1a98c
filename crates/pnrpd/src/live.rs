//! What the daemon knows of itself while it runs, and what of it can change.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::metrics::histogram::Histogram;
use tokio::time::Instant;

use crate::{
    limits::{Limits, Patrons},
    log::Log,
};

/// Shared by everything that serves clients.
#[derive(Debug)]
pub struct Live {
    /// The log, when it is the daemon's to change.
    pub(crate) log: Option<Log>,
    pub(crate) patrons: Arc<Patrons>,
    started: Instant,
    /// Answers by status.
    answers: Mutex<BTreeMap<u16, u64>>,
    /// Time until a resolve of an application has found its first publisher.
    pub(crate) found_after: Histogram,
    /// Configurations that were read again, and those that were not taken.
    reloads: Mutex<(u64, u64)>,
}

impl Live {
    /// What a daemon that starts now begins with.
    pub fn new(log: Option<Log>, limits: Limits) -> Self {
        let patrons = Arc::new(Patrons::default());
        patrons.set(limits);
        Self {
            log,
            patrons,
            started: Instant::now(),
            answers: Mutex::default(),
            found_after: Histogram::new(SECONDS),
            reloads: Mutex::default(),
        }
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn count_answer(&self, status: u16) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry(status).or_default() += 1;
    }

    pub(crate) fn answers(&self) -> BTreeMap<u16, u64> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.clone()
    }

    pub(crate) fn count_reload(&self, is_done: bool) {
        let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        match is_done {
            true => reloads.0 += 1,
            false => reloads.1 += 1,
        }
    }

    /// Done, and failed.
    pub(crate) fn reloads(&self) -> (u64, u64) {
        *self.reloads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From a neighbour on the link to one dead hop after the other.
const SECONDS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
