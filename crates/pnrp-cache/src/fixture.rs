//! What the tests of all modules share: IDs, routes and one epoch.

use std::{
    net::Ipv6Addr,
    time::{Duration, Instant},
};

use pnrp_wire::{PnrpId, RouteEntry};
use proptest::prelude::*;

/// The ID with this first byte and zeros after it.
pub(crate) fn id(first: u8) -> PnrpId {
    let mut bytes = [0; 32];
    bytes[0] = first;
    PnrpId::from_bytes(bytes)
}

/// The IDs with these first bytes.
pub(crate) fn ids(firsts: &[u8]) -> Vec<PnrpId> {
    firsts.iter().copied().map(id).collect()
}

/// A route to an ID, at a port that tells routes of one ID apart.
pub(crate) fn route(id: PnrpId, port: u16) -> RouteEntry {
    RouteEntry::new(id, port, vec![Ipv6Addr::LOCALHOST]).unwrap()
}

/// Instants counted in seconds from one reading of the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch(Instant);

impl Epoch {
    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant has no other constructor"
    )]
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn at(self, seconds: u64) -> Instant {
        self.0 + Duration::from_secs(seconds)
    }
}

/// IDs that often meet: few distinct values, at both ends of the ring and opposite each other;
/// and, less often, any ID.
pub(crate) fn any_id() -> impl Strategy<Value = PnrpId> {
    let sparse = (
        prop::sample::select(vec![0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xff]),
        prop::sample::select(vec![0x00, 0x01, 0xff]),
        prop::sample::select(vec![0x00, 0x01, 0x80, 0xff]),
    )
        .prop_map(|(first, filler, last)| {
            let mut bytes = [filler; 32];
            bytes[0] = first;
            bytes[31] = last;
            PnrpId::from_bytes(bytes)
        });
    prop_oneof![4 => sparse, 1 => any::<[u8; 32]>().prop_map(PnrpId::from_bytes)]
}

/// (to - from) mod 2^256, a byte at a time.
pub(crate) fn naive_clockwise(from: &PnrpId, to: &PnrpId) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0;
    for index in (0..32).rev() {
        let byte = i32::from(to.as_bytes()[index]) - i32::from(from.as_bytes()[index]) - borrow;
        borrow = i32::from(byte < 0);
        difference[index] = u8::try_from(byte.rem_euclid(256)).unwrap();
    }
    difference
}

/// Ring distance, and clockwise distance to decide ties.
pub(crate) fn naive_closeness(target: &PnrpId, id: &PnrpId) -> ([u8; 32], [u8; 32]) {
    let clockwise = naive_clockwise(target, id);
    (clockwise.min(naive_clockwise(id, target)), clockwise)
}
