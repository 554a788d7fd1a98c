//! "Numerically closest" and "between" on a ring of 2^256 points. MS-PNRP §1.3.3.
//!
//! The space is circular, so two IDs are two distances apart: one clockwise, towards greater
//! numbers, and one the other way. The shorter one counts. Everything here is exact 256-bit
//! arithmetic.

use std::{cmp::Ordering, fmt};

use pnrp_wire::{P2pId, PnrpId, ServiceLocation};

/// How far one ID is from another: a number below 2^256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distance {
    high: u128,
    low: u128,
}

impl Distance {
    /// From an ID to itself.
    pub const ZERO: Self = Self { high: 0, low: 0 };

    /// The 32 bytes, most significant first.
    pub fn to_bytes(self) -> [u8; 32] {
        *self.to_id().as_bytes()
    }

    /// The nearest floating-point number.
    pub(crate) fn to_f64(self) -> f64 {
        self.high as f64 * TWO_POW_128 + self.low as f64
    }

    /// How many of the 256 bits are zero before the first that is not.
    pub(crate) fn leading_zeros(self) -> u32 {
        match self.high {
            0 => 128 + self.low.leading_zeros(),
            high => high.leading_zeros(),
        }
    }

    /// This distance in equal parts, rounded down. No parts are one part.
    pub(crate) fn divided_by(self, parts: u32) -> Self {
        let parts = u128::from(parts.max(1));
        let mut remainder = 0;
        let mut divide = |half: u128| {
            // The remainder is below 2^32, so neither step leaves 128 bits.
            let upper = (remainder << 64) | (half >> 64);
            let lower = ((upper % parts) << 64) | (half & u128::from(u64::MAX));
            remainder = lower % parts;
            ((upper / parts) << 64) | (lower / parts)
        };
        Self {
            high: divide(self.high),
            low: divide(self.low),
        }
    }

    /// The point this far clockwise of `id`.
    pub(crate) fn after(self, id: &PnrpId) -> PnrpId {
        let start = Self::of(id);
        let (low, carry) = start.low.overflowing_add(self.low);
        let high = start
            .high
            .wrapping_add(self.high)
            .wrapping_add(carry.into());
        Self { high, low }.to_id()
    }

    /// The distance whose upper 64 bits are these, and the others zero.
    pub(crate) fn of_words(upper: u64) -> Self {
        Self {
            high: u128::from(upper) << 64,
            low: 0,
        }
    }

    /// The number an ID is.
    fn of(id: &PnrpId) -> Self {
        Self {
            high: u128::from_be_bytes(id.p2p_id().0),
            low: u128::from_be_bytes(id.service_location().0),
        }
    }

    /// The point this far clockwise of zero.
    pub(crate) fn to_id(self) -> PnrpId {
        PnrpId::new(
            P2pId(self.high.to_be_bytes()),
            ServiceLocation(self.low.to_be_bytes()),
        )
    }
}

impl fmt::Debug for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Distance({:032x}{:032x})", self.high, self.low)
    }
}

/// The upper 64 bits of an ID, which order all but a few.
pub(crate) fn prefix(id: &PnrpId) -> u64 {
    u64::from_be_bytes(*id.as_bytes().first_chunk().unwrap_or(&[0; 8]))
}

/// (to - from) mod 2^256: the way from one ID to another towards greater numbers.
pub fn clockwise(from: &PnrpId, to: &PnrpId) -> Distance {
    let (from, to) = (Distance::of(from), Distance::of(to));
    let (low, borrow) = to.low.overflowing_sub(from.low);
    let high = to.high.wrapping_sub(from.high).wrapping_sub(borrow.into());
    Distance { high, low }
}

/// The shorter of the two ways between two IDs.
pub fn ring_distance(a: &PnrpId, b: &PnrpId) -> Distance {
    clockwise(a, b).min(clockwise(b, a))
}

/// Whether `a` is strictly closer to `target` than the ID it is compared with.
///
/// Of two IDs equally far on either side of `target`, the clockwise one is closer. No ID is
/// closer than itself.
pub fn is_closer(target: &PnrpId, a: &PnrpId, than: &PnrpId) -> bool {
    compare(target, a, than) == Ordering::Less
}

/// Orders two IDs by closeness to `target`, the closer one first.
///
/// The order is total: only equal IDs are equally close. [`is_closer`] follows it.
pub fn compare(target: &PnrpId, a: &PnrpId, b: &PnrpId) -> Ordering {
    let closeness = |id| (ring_distance(target, id), clockwise(target, id));
    closeness(a).cmp(&closeness(b))
}

/// Whether `x` is on the shorter arc between `a` and `b`, end points excluded.
///
/// Of the two arcs between opposite points, the one clockwise of `a` counts.
pub fn is_between(x: &PnrpId, a: &PnrpId, b: &PnrpId) -> bool {
    let (from, to) = if clockwise(a, b) <= clockwise(b, a) {
        (a, b)
    } else {
        (b, a)
    };
    x != from && clockwise(from, x) < clockwise(from, to)
}

/// The point halfway from one ID to another, clockwise; from an ID to itself, that ID.
pub fn midpoint(from: &PnrpId, to: &PnrpId) -> PnrpId {
    clockwise(from, to).divided_by(2).after(from)
}

pub(crate) const TWO_POW_128: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;

#[cfg(test)]
mod tests;
