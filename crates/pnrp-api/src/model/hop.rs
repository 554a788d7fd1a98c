//! One node asked during a resolve.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{NodeEndpoint, units};

/// One node asked during a resolve, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The cloud.
    pub cloud: String,
    /// Where the node listens.
    pub endpoint: NodeEndpoint,
    /// The ID it was asked under, as 64 hexadecimal digits.
    pub pnrp_id: String,
    /// Leading bits that this ID shares with the target.
    pub bits: u32,
    /// From the first transmission to the answer, or to giving up.
    #[serde(rename = "rtt_ms", with = "units::milliseconds")]
    pub rtt: Duration,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of asking a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It named a closer node, or is the closest itself.
    Accepted,
    /// It knows nothing that helps.
    DeadEnd,
    /// It did not answer.
    Unreachable,
    /// It should know the target, and does not.
    Suspicious,
    /// The ID it was asked under is not registered there.
    NotRegistered,
    /// It declined for lack of resources.
    Busy,
    /// It answered, and its proof does not hold.
    Unproven,
    /// It proved that it publishes the name.
    Published,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::DeadEnd => "dead end",
            Self::Unreachable => "unreachable",
            Self::Suspicious => "suspicious",
            Self::NotRegistered => "not registered",
            Self::Busy => "busy",
            Self::Unproven => "unproven",
            Self::Published => "published",
        })
    }
}
