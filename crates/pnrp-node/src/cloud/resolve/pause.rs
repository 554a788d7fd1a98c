//! What a resolve waits for before it asks anybody.
//!
//! A node that has too much to do says so (MS-PNRP §3.2.5.2, §3.2.5.6), and may be the only one that can
//! prove what is looked for. docs/decisions/0020-swift-search.md

use std::time::{Duration, Instant};

use rand::RngExt as _;

use super::Resolve;
use crate::cloud::{Cloud, Now, Search};

/// A wait, and when it ends at the latest.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pause {
    /// The cache is empty, and other nodes are being looked for.
    ForFirstEntry(Instant),
    /// Somebody who was asked was busy, and nobody else knew the name.
    ForTheBusy(Instant),
}

impl Pause {
    pub(super) fn until(self) -> Instant {
        match self {
            Self::ForFirstEntry(until) | Self::ForTheBusy(until) => until,
        }
    }
}

impl Cloud {
    /// When a search that has found nothing begins anew because somebody was busy, if it does while it has
    /// time. Each pause is twice as long as the one before, and drawn, so that those who were declined at one
    /// moment do not come back at one.
    pub(super) fn patience_with_the_busy(
        &mut self,
        resolve: &Resolve,
        now: Now,
    ) -> Option<Instant> {
        let is_wanted = self.config.search == Search::Swift
            && resolve.is_for_application()
            && resolve.found.is_empty()
            && resolve.met_busy
            && resolve.pauses < MOST_PAUSES;
        if !is_wanted {
            return None;
        }
        let pause = FIRST_PAUSE * (1 << resolve.pauses);
        let until = now.instant + pause.mul_f64(self.rng.random_range(1.0..2.0));
        (until < resolve.deadline).then_some(until)
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The last is 3.2 to 6.4 s long.
const MOST_PAUSES: u32 = 6;
