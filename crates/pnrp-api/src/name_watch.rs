//! Following the publishers of a name, by looking for them again and again.
//!
//! PNRP tells nobody that a name has changed, so a watch asks. It asks often while something
//! happens and ever more seldom while nothing does, never quite in time with others, and only
//! while somebody waits for the next event.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use rand::{TryRng as _, rngs::SysRng};
use tokio::time::Instant;

use crate::{
    Error, Found, NameEvent, NameEventKind, Pnrp, ResolveEvent, ResolveRequest, ResolveStream,
};

/// A watch that this process keeps.
#[derive(Debug)]
pub(crate) struct LocalNameWatch {
    pnrp: Pnrp,
    request: ResolveRequest,
    /// The search that is going on.
    search: Option<ResolveStream>,
    next_search: Instant,
    publishers: Publishers,
    pace: Pace,
}

impl LocalNameWatch {
    /// Begins with a search, so that a request that makes no sense is refused at once.
    pub(crate) async fn new(pnrp: Pnrp, request: ResolveRequest) -> Result<Self, Error> {
        let request = request.max(ResolveRequest::MAX_RESULTS);
        let search = pnrp.resolve(request.clone()).await?;
        Ok(Self {
            pnrp,
            request,
            search: Some(search),
            next_search: Instant::now(),
            publishers: Publishers::default(),
            pace: Pace::default(),
        })
    }

    /// `None` when the node is closed or the daemon gone. Nothing is lost when a caller stops
    /// waiting.
    pub(crate) async fn next(&mut self) -> Option<NameEvent> {
        loop {
            if let Some(event) = self.publishers.events.pop_front() {
                return Some(event);
            }
            let Some(search) = &mut self.search else {
                tokio::time::sleep_until(self.next_search).await;
                match self.pnrp.resolve(self.request.clone()).await {
                    Ok(search) => self.search = Some(search),
                    Err(error) => self.end_search(Err(error))?,
                }
                continue;
            };
            match search.next().await {
                Some(ResolveEvent::Hop(_)) => {}
                Some(ResolveEvent::Found(found)) => self.publishers.hear(*found),
                Some(ResolveEvent::Ended { result }) => self.end_search(result)?,
                None => self.end_search(Ok(()))?,
            }
        }
    }

    /// `None` when no search can succeed any more.
    fn end_search(&mut self, result: Result<(), Error>) -> Option<()> {
        self.search = None;
        let is_over = matches!(
            result,
            Err(Error::Closed | Error::Protocol { .. } | Error::DaemonUnavailable { .. })
        );
        if is_over {
            return None;
        }
        let is_restless = self.publishers.end_search();
        self.next_search = Instant::now() + self.pace.next(is_restless);
        Some(())
    }
}

/// Who publishes the name, as far as is known.
#[derive(Debug, Default)]
struct Publishers {
    /// By cloud and PNRP ID.
    known: BTreeMap<(String, String), Publisher>,
    events: VecDeque<NameEvent>,
    has_changed: bool,
}

#[derive(Debug)]
struct Publisher {
    found: Found,
    /// Searches since it was found.
    missed: u32,
}

impl Publishers {
    fn hear(&mut self, found: Found) {
        let key = (found.cloud.clone(), found.pnrp_id.clone());
        let publisher = Publisher {
            found: found.clone(),
            // The end of this search adds one.
            missed: 0,
        };
        let kind = match self.known.insert(key, publisher) {
            None => NameEventKind::Added,
            Some(before) if says_other(&before.found, &found) => NameEventKind::Changed,
            Some(_) => return,
        };
        self.has_changed = true;
        self.events.push_back(NameEvent { kind, found });
    }

    /// Whether something has happened, or may be about to.
    fn end_search(&mut self) -> bool {
        let mut is_restless = std::mem::take(&mut self.has_changed);
        let events = &mut self.events;
        self.known.retain(|_, publisher| {
            publisher.missed += 1;
            is_restless |= publisher.missed > 1;
            let is_gone = publisher.missed > MAX_MISSED;
            if is_gone {
                events.push_back(NameEvent {
                    kind: NameEventKind::Gone,
                    found: publisher.found.clone(),
                });
            }
            !is_gone
        });
        is_restless
    }
}

/// Times and proofs are others in every answer.
fn says_other(before: &Found, now: &Found) -> bool {
    before.endpoints != now.endpoints
        || before.comment != now.comment
        || before.payload != now.payload
}

/// How long to wait between searches.
#[derive(Debug)]
struct Pace(Duration);

impl Default for Pace {
    fn default() -> Self {
        Self(SHORTEST)
    }
}

impl Pace {
    fn next(&mut self, is_restless: bool) -> Duration {
        self.0 = match is_restless {
            true => SHORTEST,
            false => (self.0 * 2).min(LONGEST),
        };
        // Without randomness watches may fall into step, which is no fault.
        let share = SysRng.try_next_u32().unwrap_or(u32::MAX / 2);
        self.0
            .mul_f64(0.8 + 0.4 * f64::from(share) / f64::from(u32::MAX))
    }
}

/// One search that does not find a publisher may have lost a datagram.
const MAX_MISSED: u32 = 2;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::{Proof, Strength};

    fn found(pnrp_id: &str, comment: &str) -> Found {
        Found {
            name: "0.web".to_owned(),
            cloud: "Global_".to_owned(),
            pnrp_id: pnrp_id.to_owned(),
            endpoints: Vec::new(),
            comment: Some(comment.to_owned()),
            payload: None,
            authority: "0".to_owned(),
            secure: false,
            strength: Strength::None,
            expires: UNIX_EPOCH,
            elapsed: Duration::ZERO,
            node: Vec::new(),
            proof: Proof::Local,
            binding: None,
        }
    }

    fn search(publishers: &mut Publishers, answers: &[Found]) -> (Vec<String>, bool) {
        for answer in answers {
            publishers.hear(answer.clone());
        }
        let is_restless = publishers.end_search();
        let events = publishers.events.drain(..);
        let events = events.map(|event| format!("{} {}", event.found.pnrp_id, event.kind));
        (events.collect(), is_restless)
    }

    #[test]
    fn publishers_are_added_changed_and_gone_after_two_misses() {
        let mut publishers = Publishers::default();
        let mut told = |answers: &[Found]| search(&mut publishers, answers);
        let (a, b) = (found("a", "x"), found("b", "x"));

        let events = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(
            told(&[a.clone(), b.clone()]),
            (events(&["a added", "b added"]), true)
        );
        let later = Found {
            expires: UNIX_EPOCH + Duration::from_secs(9),
            ..a.clone()
        };
        assert_eq!(told(&[later, b.clone()]), (events(&[]), false));
        assert_eq!(told(&[found("a", "y")]), (events(&["a changed"]), true));
        assert_eq!(told(&[found("a", "y"), b]), (events(&[]), false));
        assert_eq!(told(&[found("a", "y")]), (events(&[]), true));
        assert_eq!(told(&[found("a", "y")]), (events(&["b gone"]), true));
        assert_eq!(told(&[]), (events(&[]), true));
        assert_eq!(told(&[]), (events(&["a gone"]), true));
        assert_eq!(told(&[]), (events(&[]), false));
        assert_eq!(told(&[a]), (events(&["a added"]), true));
    }

    #[test]
    fn a_quiet_name_is_asked_for_ever_more_seldom() {
        let mut pace = Pace::default();
        let mut wait = |is_restless| pace.next(is_restless).as_secs_f64();

        assert!((0.8..=1.2).contains(&wait(true)));
        assert!((1.6..=2.4).contains(&wait(false)));
        let last = (0..9).map(|_| wait(false)).last().unwrap();
        assert!((48.0..=72.0).contains(&last), "{last}");
        assert!((0.8..=1.2).contains(&wait(true)));
    }
}
