//! Searching several clouds at once.

use std::{collections::VecDeque, fmt, pin::Pin, sync::Arc};

use futures_util::{
    Stream, StreamExt as _,
    stream::{self, SelectAll},
};
use pnrp_node::{
    cloud::{self, LocalNames, OwnerId, ResolveError},
    driver::{CloudHandle, CloudSpec, Resolution, ResolveUpdate},
};
use pnrp_wire::{Authority, SearchCriteria};

use super::{
    Embedded, convert, memory::Bindings, nearest::Nearest, placing::location_prefix, table::Purpose,
};
use crate::{
    Binding, Error, ResolveCriteria, ResolveEvent, ResolveRequest, ResolveStream,
    request::CheckedResolve,
};

impl Embedded {
    pub(crate) async fn resolve(
        self: &Arc<Self>,
        request: &ResolveRequest,
        owner: u32,
    ) -> Result<ResolveStream, Error> {
        let checked = CheckedResolve::new(request)?;
        let (criteria, local) = criteria(request.criteria, OwnerId(owner.into()));
        let selected = self.select(&request.cloud, Purpose::Resolve).await?;
        let handles = self.start_all(&selected).await?;
        let mut updates = Vec::new();
        for handle in &handles {
            let mut request = cloud::ResolveRequest {
                name: checked.name.clone(),
                criteria,
                local,
                location_prefix: request.hint.map(location_prefix),
                max: usize::try_from(request.max).unwrap_or(usize::MAX),
                timeout: request.timeout,
            };
            let nearest = Nearest::new(handle, &mut request).await;
            updates.push(in_cloud(handle, request, nearest));
        }
        Ok(ResolveStream::local(Search {
            updates: stream::select_all(updates),
            name: request.name.clone(),
            wanted: request.max,
            found: 0,
            failures: Vec::new(),
            last: VecDeque::new(),
            bindings: Arc::clone(&self.bindings),
        }))
    }
}

type Updates = Pin<Box<dyn Stream<Item = (CloudSpec, ResolveUpdate)> + Send>>;

/// What one cloud reports, with its name on it.
fn in_cloud(
    handle: &CloudHandle,
    request: cloud::ResolveRequest,
    nearest: Option<Nearest>,
) -> Updates {
    let spec = handle.spec();
    let resolution = handle.resolve(request);
    Box::pin(stream::unfold(
        (resolution, nearest, spec),
        |(mut resolution, mut nearest, spec)| async {
            let update = match &mut nearest {
                Some(nearest) => next_in_order(&mut resolution, nearest).await?,
                None => resolution.next().await?,
            };
            Some(((spec.clone(), update), (resolution, nearest, spec)))
        },
    ))
}

async fn next_in_order(
    resolution: &mut Resolution,
    nearest: &mut Nearest,
) -> Option<ResolveUpdate> {
    if let Some(sorted) = nearest.next() {
        return Some(sorted);
    }
    loop {
        let update = resolution.next().await?;
        if let Some(passed) = nearest.take(update) {
            return Some(passed);
        }
    }
}

/// One name looked for in some clouds; dropping it ends the search in all of them.
pub(crate) struct Search {
    updates: SelectAll<Updates>,
    name: String,
    /// Publishers to report from all clouds together.
    wanted: u32,
    /// Publishers reported.
    found: u32,
    failures: Vec<ResolveError>,
    /// What is left to report once the search is over.
    last: VecDeque<ResolveEvent>,
    bindings: Arc<Bindings>,
}

impl Search {
    pub(crate) async fn next(&mut self) -> Option<ResolveEvent> {
        if let Some(event) = self.last.pop_front() {
            return Some(event);
        }
        // After the last cloud has ended the stream is empty for good.
        let was_running = !self.updates.is_empty();
        while let Some((spec, update)) = self.updates.next().await {
            match update {
                ResolveUpdate::Hop(hop) => {
                    return Some(ResolveEvent::Hop(convert::hop(&spec, &hop)));
                }
                ResolveUpdate::Found(found) => {
                    self.found += 1;
                    if self.found >= self.wanted {
                        self.updates.clear();
                        self.last.push_back(self.ended());
                    }
                    let binding = self.judge(&found);
                    let found = convert::found(&spec, *found, binding);
                    return Some(ResolveEvent::Found(Box::new(found)));
                }
                ResolveUpdate::Ended(Ok(())) => {}
                ResolveUpdate::Ended(Err(failure)) => self.failures.push(failure),
            }
        }
        was_running.then(|| self.ended())
    }

    /// Compares the binding with what is remembered; only names of other nodes can surprise.
    fn judge(&self, found: &cloud::Found) -> Option<Binding> {
        let is_remote = found.proof != cloud::Proof::Local;
        let is_secure = *found.name.authority() != Authority::Unsecured;
        (is_remote && is_secure)
            .then(|| self.bindings.judge(&found.name.to_string(), found.binding))
            .flatten()
    }

    fn ended(&self) -> ResolveEvent {
        let result = if self.found > 0 {
            Ok(())
        } else {
            Err(failure(&self.name, &self.failures))
        };
        ResolveEvent::Ended { result }
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The one reason for several clouds: that of the cloud where the search got furthest.
fn failure(name: &str, failures: &[ResolveError]) -> Error {
    let name = || name.to_owned();
    let any = |failure: ResolveError| failures.contains(&failure);
    if any(ResolveError::NotFound) {
        Error::NotFound { name: name() }
    } else if any(ResolveError::DeadlinePassed) {
        Error::TimedOut { name: name() }
    } else if any(ResolveError::Alone) {
        Error::Alone { name: name() }
    } else if any(ResolveError::TooManyResolves) {
        Error::TooMuchLoad {
            reason: ResolveError::TooManyResolves.to_string(),
        }
    } else if any(ResolveError::NoAddress) {
        Error::NoClouds {
            reason: ResolveError::NoAddress.to_string(),
        }
    } else if any(ResolveError::Closed) {
        Error::Closed
    } else {
        Error::NotFound { name: name() }
    }
}

/// The wire's criterion and the local names that go with it.
fn criteria(criteria: ResolveCriteria, owner: OwnerId) -> (SearchCriteria, LocalNames) {
    let any = SearchCriteria::AnyPeerName;
    let nearest = SearchCriteria::Nearest64PeerName;
    match criteria {
        ResolveCriteria::Default | ResolveCriteria::NonCurrentProcessPeerName => {
            (any, LocalNames::ExcludeOwner(owner))
        }
        ResolveCriteria::RemotePeerName => (any, LocalNames::Exclude),
        ResolveCriteria::NearestRemotePeerName => (nearest, LocalNames::Exclude),
        ResolveCriteria::NearestNonCurrentProcessPeerName => {
            (nearest, LocalNames::ExcludeOwner(owner))
        }
        ResolveCriteria::AnyPeerName => (any, LocalNames::Include),
        ResolveCriteria::NearestPeerName => (nearest, LocalNames::Include),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seven_criteria_mean_what_windows_means_by_them() {
        use LocalNames::{Exclude, ExcludeOwner, Include};
        use SearchCriteria::{AnyPeerName, Nearest64PeerName};
        let me = OwnerId(7);
        let expected = [
            (AnyPeerName, ExcludeOwner(me)),
            (AnyPeerName, Exclude),
            (Nearest64PeerName, Exclude),
            (AnyPeerName, ExcludeOwner(me)),
            (Nearest64PeerName, ExcludeOwner(me)),
            (AnyPeerName, Include),
            (Nearest64PeerName, Include),
        ];

        assert_eq!(
            ResolveCriteria::ALL.map(|value| criteria(value, me)),
            expected
        );
    }

    #[test]
    fn several_clouds_give_the_reason_of_the_one_that_got_furthest() {
        let alone = [ResolveError::Alone, ResolveError::Alone];
        let searched = [ResolveError::Alone, ResolveError::NotFound];
        let late = [ResolveError::DeadlinePassed, ResolveError::Alone];

        assert!(matches!(failure("0.x", &alone), Error::Alone { .. }));
        assert!(matches!(failure("0.x", &searched), Error::NotFound { .. }));
        assert!(matches!(failure("0.x", &late), Error::TimedOut { .. }));
    }
}
