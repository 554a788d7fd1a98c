//! How long datagrams take.

use std::{fmt, time::Duration};

use crate::address::Node;

use super::{geometric::Geometric, king::King};

/// Which model of delays a network has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DelayModel {
    /// A matrix of sites with the distribution of the King measurements, median 156 ms. See
    /// [`King`].
    #[default]
    King,
    /// Distances on a torus and access lines, median 156 ms. See
    /// [`Geometric`].
    Geometric,
    /// The same round trip for all pairs.
    Uniform(Duration),
}

impl fmt::Display for DelayModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::King => f.write_str("King-like"),
            Self::Geometric => f.write_str("geometric"),
            Self::Uniform(round_trip) => write!(f, "{round_trip:?}"),
        }
    }
}

/// The delays of one network.
#[derive(Debug)]
pub(super) enum Delays {
    King(King),
    Geometric(Geometric),
    Uniform(u64),
}

impl Delays {
    pub(super) fn new(seed: u64, model: DelayModel) -> Self {
        match model {
            DelayModel::King => Self::King(King::new(seed)),
            DelayModel::Geometric => Self::Geometric(Geometric::new(seed)),
            DelayModel::Uniform(round_trip) => {
                Self::Uniform(u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX))
            }
        }
    }

    /// Microseconds from one node to the other and back.
    pub(super) fn round_trip(&self, a: Node, b: Node) -> u64 {
        match self {
            Self::King(king) => king.round_trip(a, b),
            Self::Geometric(geometric) => geometric.round_trip(a, b),
            Self::Uniform(round_trip) => *round_trip,
        }
    }
}
