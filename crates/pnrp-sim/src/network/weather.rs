//! What goes wrong on the way.

/// What the network does to datagrams.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// Share of datagrams lost.
    pub loss: f64,
    /// Share delivered twice.
    pub duplication: f64,
    /// Share of pairs that cannot exchange any, so that reaching is not transitive.
    pub deaf_pairs: f64,
    /// How much longer or shorter a datagram takes than its path does, as a share of the path.
    pub jitter: f64,
    /// What a node can send; without it, as much as it likes.
    pub uplink: Option<Uplink>,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            loss: 0.01,
            duplication: 0.0,
            deaf_pairs: 0.05,
            jitter: 0.03,
            uplink: None,
        }
    }
}

impl Weather {
    /// Nothing goes wrong.
    pub fn fair() -> Self {
        Self {
            loss: 0.0,
            duplication: 0.0,
            deaf_pairs: 0.0,
            jitter: 0.0,
            uplink: None,
        }
    }
}

/// The way out of every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uplink {
    /// Bytes per second, headers included; at least 1.
    pub bytes_per_second: u64,
    /// Bytes that may wait for their turn; what does not fit is lost.
    pub queue: u64,
}
