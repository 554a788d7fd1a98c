//! The nearest publisher, when this node has some itself.
//!
//! A cloud reports the names of this node first, wherever they are on the ring. When the nearest is
//! wanted, that would hide a nearer publisher elsewhere, so as many more are looked for as this
//! node has, and are reported once all are known, the nearest first.

use std::collections::VecDeque;

use pnrp_node::{
    cloud::{Found, LocalNames, ResolveRequest},
    driver::{CloudHandle, CloudSpec, ResolveUpdate},
};
use pnrp_wire::SearchCriteria;

use super::placing::location_prefix;

/// Puts what one cloud finds in order.
#[derive(Debug)]
pub(super) struct Nearest {
    /// What "near" is measured from.
    place: u64,
    wanted: usize,
    found: Vec<Found>,
    /// In order, after the last is known.
    sorted: VecDeque<ResolveUpdate>,
}

impl Nearest {
    /// Asks for more publishers when some of this node may answer; `None` when the order in which
    /// a cloud reports them is right.
    pub(super) async fn new(handle: &CloudHandle, request: &mut ResolveRequest) -> Option<Self> {
        if request.criteria != SearchCriteria::Nearest64PeerName {
            return None;
        }
        // A cloud that is being closed has none.
        let names = handle.names().await.unwrap_or_default();
        let own = names.iter().filter(|local| {
            let owner = local.registration.owner;
            let may_answer = match request.local {
                LocalNames::Include => true,
                LocalNames::ExcludeOwner(excluded) => owner != excluded,
                LocalNames::Exclude => false,
            };
            may_answer && local.registration.name == request.name
        });
        let own = own.count();
        let wanted = request.max;
        request.max = wanted.saturating_add(own);
        (own > 0).then(|| Self {
            place: request
                .location_prefix
                .unwrap_or_else(|| own_place(&handle.spec())),
            wanted,
            found: Vec::new(),
            sorted: VecDeque::new(),
        })
    }

    /// Keeps what was found until the end; everything else is passed on.
    pub(super) fn take(&mut self, update: ResolveUpdate) -> Option<ResolveUpdate> {
        match update {
            ResolveUpdate::Hop(_) => Some(update),
            ResolveUpdate::Found(found) => {
                self.found.push(*found);
                None
            }
            ResolveUpdate::Ended(result) => {
                let place = self.place;
                self.found.sort_by_key(|found| distance(found, place));
                let nearest = self.found.drain(..).take(self.wanted);
                self.sorted = nearest
                    .map(|found| ResolveUpdate::Found(Box::new(found)))
                    .collect();
                self.sorted.push_back(ResolveUpdate::Ended(result));
                self.next()
            }
        }
    }

    /// What is left to report.
    pub(super) fn next(&mut self) -> Option<ResolveUpdate> {
        self.sorted.pop_front()
    }
}

/// Between the upper halves of two places.
fn distance(found: &Found, place: u64) -> u128 {
    let location = u128::from_be_bytes(found.id.service_location().0);
    (location >> 64).abs_diff(place.into())
}

fn own_place(spec: &CloudSpec) -> u64 {
    let first = spec.addresses.first();
    first.map_or(0, |address| location_prefix(*address))
}
