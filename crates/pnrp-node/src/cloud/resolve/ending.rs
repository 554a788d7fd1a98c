//! The end of a resolve, and what makes it begin anew. MS-PNRP §3.1.4.4.2 step 8.

use pnrp_wire::PnrpId;

use super::{Errand, Resolve, pause::Pause};
use crate::cloud::{Cloud, Event, Hop, Now, Pace, ResolveError, ResolveId, admission::Origin};

impl Cloud {
    pub(super) fn end(
        &mut self,
        resolve: Box<Resolve>,
        result: Result<(), ResolveError>,
        now: Now,
    ) {
        let mut resolve = *resolve;
        if result == Err(ResolveError::NotFound) {
            let target = resolve.target;
            if let Some(other) = resolve.other_target.take() {
                let again = self.anew(resolve, other, now);
                return self.begin(Box::new(again), now);
            }
            if self.is_worth_a_restart(&resolve) {
                let mut again = self.anew(resolve, target, now);
                again.restarts += 1;
                return self.begin(Box::new(again), now);
            }
            if let Some(until) = self.patience_with_the_busy(&resolve, now) {
                let mut again = self.anew(resolve, target, now);
                again.pauses += 1;
                again.pause = Some(Pause::ForTheBusy(until));
                self.resolves.entries.insert(again.id, Box::new(again));
                return;
            }
        }
        let result = match resolve.found.is_empty() {
            true => result,
            false => Ok(()),
        };
        match resolve.errand {
            Errand::Application(_) => {
                self.report_end(resolve.id, result, resolve.trace);
            }
            Errand::Announce(id) => self.on_announced(id, resolve.useful, resolve.closest, now),
            Errand::Maintain(_) | Errand::Balance(_) => {}
            Errand::DetectSplit(_) => {
                for met in resolve.matches.iter().chain(&resolve.best) {
                    self.consider_route(met, Origin::Other, now);
                }
            }
        }
    }

    /// The same search from its beginning, with what it has found and the time it has left.
    fn anew(&self, resolve: Resolve, target: PnrpId, now: Now) -> Resolve {
        Resolve {
            criteria: resolve.criteria,
            started: resolve.started,
            deadline: resolve.deadline,
            found: resolve.found,
            trace: resolve.trace,
            max: resolve.max,
            restarts: resolve.restarts,
            pauses: resolve.pauses,
            ..self.new_resolve(resolve.id, resolve.errand, target, now)
        }
    }

    /// Whether a search that has found nothing may have missed it: where datagrams are lost, whoever
    /// was silent is there all the same. With literal timers that is left to the application.
    fn is_worth_a_restart(&self, resolve: &Resolve) -> bool {
        let lossy = self.more_transmissions();
        self.config.timers.pace == Pace::Adaptive
            && resolve.is_for_application()
            && resolve.found.is_empty()
            && resolve.met_silence
            && resolve.restarts < MOST_RESTARTS * (1 + lossy)
            && !self.cache.is_empty()
    }

    /// The resolve of an application is over.
    pub(super) fn report_end(
        &mut self,
        id: ResolveId,
        result: Result<(), ResolveError>,
        trace: Vec<Hop>,
    ) {
        match result {
            Ok(()) => self.stats.resolves_succeeded += 1,
            Err(_) => self.stats.resolves_failed += 1,
        }
        self.events
            .push_back(Event::ResolveEnded { id, result, trace });
    }
}

/// How often a search begins anew because somebody was silent, where nothing else tells of losses.
const MOST_RESTARTS: u32 = 3;
