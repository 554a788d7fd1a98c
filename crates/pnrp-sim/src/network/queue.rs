//! Datagrams that wait for the uplink of the node that sent them.

use crate::{address::Node, time::Time};

use super::{TICK_MICROSECONDS, Uplink};

/// When the uplink of each node is idle again.
#[derive(Debug)]
pub(super) struct Queues {
    uplink: Uplink,
    /// In microseconds since the start of the run. Grows to the highest node that has sent.
    idle_at: Vec<u64>,
}

impl Queues {
    pub(super) fn new(uplink: Uplink) -> Self {
        Self {
            uplink,
            idle_at: Vec::new(),
        }
    }

    /// Microseconds until a datagram has left, if there is room for it.
    pub(super) fn send(&mut self, from: Node, payload: usize, now: Time) -> Option<u64> {
        if self.idle_at.len() <= from.index() {
            self.idle_at.resize(from.index() + 1, 0);
        }
        let idle_at = self.idle_at.get_mut(from.index())?;
        let now = now.0 * TICK_MICROSECONDS;
        let rate = self.uplink.bytes_per_second.max(1);
        let bytes = payload as u64 + HEADERS;
        let wait = idle_at.saturating_sub(now);
        let waiting = wait.saturating_mul(rate) / MICROSECONDS;
        if waiting.saturating_add(bytes) > self.uplink.queue {
            return None;
        }
        let takes = bytes.saturating_mul(MICROSECONDS).div_ceil(rate);
        *idle_at = now + wait + takes;
        Some(wait + takes)
    }
}

/// IPv6 and UDP.
pub(super) const HEADERS: u64 = 40 + 8;

const MICROSECONDS: u64 = 1_000_000;
