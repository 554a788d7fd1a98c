//! Who has the cloud open, and what happens when nobody has. MS-PNRP §3.1.4.1, §3.1.4.5, §3.1.6.1.
//!
//! A cloud that nobody has open goes on to answer its peers for a quarter of an hour, and can be
//! opened again meanwhile as if nothing had been. After that it takes its leave and is closed: it
//! has no address, knows nothing and does nothing any more.

use std::time::{Duration, Instant};

use pnrp_wire::Endpoint;
use rand::{SeedableRng, rngs::StdRng};
use thiserror::Error;

use super::{Cloud, Event, Now, OpenError, ResolveError, discovery::SAVED_PEERS};

/// Why a cloud could not be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("nobody has the cloud open")]
pub struct NotOpen;

/// The users of a cloud, and the end of it.
#[derive(Debug)]
pub(crate) struct Users {
    /// Open Count.
    count: u32,
    /// When the Cloud Cleanup Timer runs out.
    cleanup_at: Option<Instant>,
    ending: Option<Ending>,
}

#[derive(Debug)]
enum Ending {
    /// Neighbours are told that names go; then the cloud closes, and this is what is worth keeping.
    Leaving {
        until: Instant,
        recent: Vec<Endpoint>,
    },
    Closed,
}

impl Users {
    /// One user.
    pub(crate) fn one() -> Self {
        Self {
            count: 1,
            cleanup_at: None,
            ending: None,
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self.ending {
            Some(Ending::Leaving { until, .. }) => Some(until),
            Some(Ending::Closed) | None => self.cleanup_at,
        }
    }
}

impl Cloud {
    /// How many have the cloud open.
    pub fn open_count(&self) -> u32 {
        self.users.count
    }

    /// Whether the cloud has been closed for good, see [`Event::Closed`].
    pub fn is_closed(&self) -> bool {
        matches!(self.users.ending, Some(Ending::Closed))
    }

    /// Opens the cloud once more, for another user. MS-PNRP §3.1.4.1.
    ///
    /// # Errors
    /// When it is closing or closed: it takes a new one then.
    pub fn reopen(&mut self) -> Result<(), OpenError> {
        if self.users.ending.is_some() {
            return Err(OpenError::Closed);
        }
        self.users.count += 1;
        self.users.cleanup_at = None;
        Ok(())
    }

    /// Closes the cloud for one user. MS-PNRP §3.1.4.5.
    ///
    /// When none is left, nothing can be registered or resolved, and what is registered stays so
    /// for a quarter of an hour, until which the cloud can be opened again.
    ///
    /// # Errors
    /// When nobody has it open.
    pub fn release(&mut self, now: Now) -> Result<(), NotOpen> {
        self.users.count = self.users.count.checked_sub(1).ok_or(NotOpen)?;
        if self.users.count == 0 {
            self.users.cleanup_at = Some(now.instant + self.config.timers.cleanup);
        }
        Ok(())
    }

    /// Unregisters every name. What is then polled is the farewell. MS-PNRP §1.3.3.4.
    pub fn close(&mut self, now: Now) {
        for id in self.registrations.ids() {
            self.unregister(id, now);
        }
    }

    /// Up to ten nodes to start from another time, the most recently used first; those that the
    /// cloud was given itself fill it up. MS-PNRP §3.1.4.2, product note 2.
    pub fn most_recent_peers(&self) -> Vec<Endpoint> {
        let mut peers = self.cache.most_recent(SAVED_PEERS);
        for saved in &self.config.sources.saved_peers {
            if peers.len() < SAVED_PEERS && !peers.contains(saved) {
                peers.push(*saved);
            }
        }
        peers
    }

    /// Whether it may be asked to register and resolve.
    pub(crate) fn is_open(&self) -> bool {
        self.users.count > 0
    }

    /// MS-PNRP §3.1.6.1.
    pub(crate) fn expire_cleanup(&mut self, now: Now) {
        let cleanup = &mut self.users.cleanup_at;
        if cleanup.take_if(|at| *at <= now.instant).is_some() {
            self.leave(now);
        }
        self.finish_leaving(now);
    }

    /// Ends what is under way, and unregisters what is registered still. The state cannot go before
    /// the neighbours have been told, which takes a signature and two transmissions at most.
    fn leave(&mut self, now: Now) {
        let timers = self.config.timers;
        self.users.ending = Some(Ending::Leaving {
            until: match self.registrations.len() {
                0 => now.instant,
                _ => now.instant + timers.retransmit_after * timers.transmissions,
            },
            recent: self.most_recent_peers(),
        });
        self.end_resolves(ResolveError::Closed, now);
        self.pending.clear();
        self.admissions.abandon();
        self.outgoing.clear();
        self.reassembly.sweep(&self.pending);
        self.stop_discovery();
        self.maintenance_at = now.instant + NEVER;
        self.close(now);
    }

    /// Deletes all state when the farewell is over. MS-PNRP §3.1.6.1.
    pub(crate) fn finish_leaving(&mut self, now: Now) {
        let is_quiet = self.is_quiet();
        let is_over = |ending: &mut Ending| match ending {
            Ending::Leaving { until, .. } => *until <= now.instant || is_quiet,
            Ending::Closed => false,
        };
        let Some(Ending::Leaving { recent, .. }) = self.users.ending.take_if(is_over) else {
            return;
        };
        let rng = StdRng::from_rng(&mut self.rng);
        let nothing = Self::idle(self.config.clone(), Vec::new(), rng, now);
        let all = std::mem::replace(self, nothing);
        self.users = Users {
            count: 0,
            cleanup_at: None,
            ending: Some(Ending::Closed),
        };
        self.maintenance_at = now.instant + NEVER;
        self.stats = all.stats;
        self.events = all.events;
        self.events.push_back(Event::Closed { recent });
        tracing::info!("closed");
    }
}

/// Until a closed cloud has to be called again: thirty years.
const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);
