//! Messages that wait for an acknowledgment, and their repetition.
//! MS-PNRP §3.1.1, §3.1.6.3, §3.2.6.3.

use std::time::{Duration, Instant};

use pnrp_wire::{Endpoint, MessageId, MessageType, PnrpId};

use super::{ResolveId, compact::CompactMap};

/// Why a message was sent, and thus who hears of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// SOLICIT of a conversation this node opened.
    Solicit,
    /// REQUEST of such a conversation.
    Request,
    /// LOOKUP of a resolve, to the node of an ID.
    Lookup(ResolveId, PnrpId),
    /// INQUIRE of a resolve.
    Inquire(ResolveId),
    /// INQUIRE that examines a route entry.
    Admission,
    /// INQUIRE that asks whether a node is there.
    Ping,
    /// INQUIRE to a node that was silent, for its ID.
    Doubt(PnrpId),
    /// FLOOD to the node known by this ID, zero when it is known by none.
    Flood(PnrpId),
}

impl Purpose {
    /// The type of message that acknowledges this one. MS-PNRP §3.
    pub(crate) fn acknowledged_by(self) -> MessageType {
        match self {
            Self::Solicit => MessageType::Advertise,
            Self::Request | Self::Flood(_) => MessageType::Ack,
            Self::Lookup(..) | Self::Inquire(_) | Self::Admission | Self::Ping | Self::Doubt(_) => {
                MessageType::Authority
            }
        }
    }

    pub(crate) fn message_type(self) -> MessageType {
        match self {
            Self::Solicit => MessageType::Solicit,
            Self::Request => MessageType::Request,
            Self::Flood(_) => MessageType::Flood,
            Self::Lookup(..) => MessageType::Lookup,
            Self::Inquire(_) | Self::Admission | Self::Ping | Self::Doubt(_) => {
                MessageType::Inquire
            }
        }
    }
}

/// One entry of the Pending List.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) purpose: Purpose,
    pub(crate) from: Endpoint,
    pub(crate) to: Endpoint,
    pub(crate) payload: Box<[u8]>,
    retries_left: u32,
    is_repeated: bool,
    /// Wait before the next repetition.
    interval: Duration,
    sent_at: Instant,
    give_up_at: Instant,
}

impl Pending {
    /// The time since the first transmission.
    pub(crate) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.sent_at)
    }

    /// The time an answer took, if it cannot be one to another transmission.
    pub(crate) fn round_trip(&self, now: Instant) -> Option<Duration> {
        (!self.is_repeated).then(|| self.elapsed(now))
    }
}

/// What became of an entry whose timer ran out.
#[derive(Debug)]
pub(crate) enum Expired {
    /// To be sent again, with the same bytes.
    Resend {
        from: Endpoint,
        to: Endpoint,
        payload: Vec<u8>,
        kind: MessageType,
    },
    /// Given up and removed.
    Failed(MessageId, Box<Pending>),
}

/// The Pending List of MS-PNRP §3.1.1.
#[derive(Debug)]
pub(crate) struct PendingList {
    /// Each with the time of its next step, which is asked for after every input.
    entries: CompactMap<MessageId, (Instant, Box<Pending>)>,
    capacity: usize,
    retransmit_after: Duration,
    transmissions: u32,
}

impl PendingList {
    pub(crate) fn new(capacity: usize, retransmit_after: Duration, transmissions: u32) -> Self {
        Self {
            entries: CompactMap::default(),
            capacity,
            retransmit_after,
            transmissions,
        }
    }

    /// Whether there is no room for a message. News takes three quarters of it, so that a node which
    /// has much to tell can still ask.
    pub(crate) fn is_full_for(&self, purpose: Purpose) -> bool {
        let most = match purpose {
            Purpose::Flood(_) => self.capacity - self.capacity / 4,
            Purpose::Solicit
            | Purpose::Request
            | Purpose::Lookup(..)
            | Purpose::Inquire(_)
            | Purpose::Admission
            | Purpose::Ping
            | Purpose::Doubt(_) => self.capacity,
        };
        self.entries.len() >= most
    }

    pub(crate) fn contains(&self, id: MessageId) -> bool {
        self.entries.contains_key(&id)
    }

    /// Adds a message that has just been sent once; the caller has asked [`Self::is_full_for`]. It is
    /// repeated after `interval`, and given up when all transmissions could have taken their longest.
    /// `more` repetitions are made within that time, as far as they fit in.
    pub(crate) fn add(
        &mut self,
        id: MessageId,
        purpose: Purpose,
        (from, to): (Endpoint, Endpoint),
        payload: Box<[u8]>,
        (interval, more): (Duration, u32),
        now: Instant,
    ) {
        let give_up_at = now + self.retransmit_after * self.transmissions;
        let most = transmissions(interval, self.retransmit_after, self.transmissions);
        let retries_left = most.min(self.transmissions.saturating_add(more));
        let resend_at = match retries_left {
            0 | 1 => give_up_at,
            _ => now + interval,
        };
        let pending = Pending {
            purpose,
            from,
            to,
            payload,
            retries_left,
            is_repeated: false,
            interval,
            sent_at: now,
            give_up_at,
        };
        self.entries.insert(id, (resend_at, Box::new(pending)));
    }

    /// Gives each message the local endpoint from which it is to be repeated, if there is one.
    pub(crate) fn leave(&mut self, source: impl Fn(&Endpoint, &Endpoint) -> Option<Endpoint>) {
        for (_, pending) in self.entries.values_mut() {
            pending.from = source(&pending.from, &pending.to).unwrap_or(pending.from);
        }
    }

    /// Whether a message of this purpose waits for its answer.
    pub(crate) fn has(&self, purpose: Purpose) -> bool {
        self.entries
            .values()
            .any(|(_, pending)| pending.purpose == purpose)
    }

    /// Gives up everything.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Gives up all FLOODs, with no consequence for those they were for.
    pub(crate) fn drop_floods(&mut self) {
        let is_flood = |pending: &Pending| matches!(pending.purpose, Purpose::Flood(_));
        self.entries.retain(|_, (_, pending)| !is_flood(pending));
    }

    /// Finds what an acknowledgment of type `by` refers to.
    pub(crate) fn find(&self, acked: MessageId, by: MessageType) -> Option<&Pending> {
        self.entries
            .get(&acked)
            .map(|(_, pending)| pending.as_ref())
            .filter(|pending| pending.purpose.acknowledged_by() == by)
    }

    /// Whether a message went to this endpoint, from where alone its answer proves an address.
    pub(crate) fn was_sent_to(&self, id: MessageId, peer: &Endpoint) -> bool {
        let sent = self.entries.get(&id);
        sent.is_some_and(|(_, pending)| pending.to == *peer)
    }

    pub(crate) fn remove(&mut self, id: MessageId) -> Option<Box<Pending>> {
        self.entries.remove(&id).map(|(_, pending)| pending)
    }

    /// Takes out what was answered: who answered, and how soon if that can be told.
    pub(crate) fn answered(
        &mut self,
        id: MessageId,
        now: Instant,
    ) -> Option<(Endpoint, Option<Duration>)> {
        let answered = self.remove(id)?;
        let took = answered.round_trip(now);
        Some((answered.to, took))
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.entries.values().map(|(resend_at, _)| *resend_at).min()
    }

    /// Steps every entry whose timer has run out. MS-PNRP §3.1.6.3.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Expired> {
        let due: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, (resend_at, _))| *resend_at <= now)
            .map(|(&id, _)| id)
            .collect();
        due.into_iter()
            .filter_map(|id| self.step(id, now))
            .collect()
    }

    fn step(&mut self, id: MessageId, now: Instant) -> Option<Expired> {
        let (resend_at, pending) = self.entries.get_mut(&id)?;
        pending.retries_left = pending.retries_left.saturating_sub(1);
        if pending.retries_left == 0 {
            return self.remove(id).map(|pending| Expired::Failed(id, pending));
        }
        pending.is_repeated = true;
        // A peer that was overdue once gets twice the time, up to the longest.
        pending.interval = (2 * pending.interval).min(self.retransmit_after);
        // Who is called late has not been heard, and gets the time all the same.
        let rest = pending.give_up_at.saturating_duration_since(*resend_at);
        *resend_at = match pending.retries_left {
            1 => now + rest.max(LEAST_REST),
            _ => now + pending.interval,
        };
        Some(Expired::Resend {
            from: pending.from,
            to: pending.to,
            payload: pending.payload.to_vec(),
            kind: pending.purpose.message_type(),
        })
    }

    /// Entries in the list.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// How often a message can be sent in all, the first repetition after `interval` and each further one
/// after twice as long: as often as it fits into the time of `literal` transmissions at the longest
/// interval, with time for an answer to the last.
fn transmissions(interval: Duration, longest: Duration, literal: u32) -> u32 {
    let patience = longest * literal;
    let interval = interval.max(Duration::from_millis(1));
    let (mut count, mut next, mut wait) = (1, interval, interval);
    while next + interval <= patience {
        count += 1;
        wait = (2 * wait).min(longest);
        next += wait;
    }
    count
}

/// How long the last transmission waits for its answer, however late those before it were.
const LEAST_REST: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;
    use crate::cloud::tests::epoch;

    #[test]
    fn a_message_that_is_repeated_late_waits_for_its_last_answer_all_the_same() {
        let at = |port| Endpoint {
            address: Ipv6Addr::LOCALHOST,
            port,
        };
        let mut now = epoch();
        let mut list = PendingList::new(4, Duration::from_secs(1), 2);
        let (path, interval) = ((at(1), at(2)), Duration::from_millis(250));
        let payload = Vec::new().into_boxed_slice();
        list.add(
            MessageId(1),
            Purpose::Ping,
            path,
            payload,
            (interval, 4),
            now,
        );

        let mut sent = 1;
        while list.len() > 0 {
            // Nobody calls in time.
            now += Duration::from_secs(3);
            sent += usize::from(matches!(list.expire(now)[..], [Expired::Resend { .. }]));
            assert!(list.next_deadline().is_none_or(|next| next > now));
        }

        assert_eq!(sent, 4);
    }

    #[test]
    fn a_message_is_repeated_as_often_as_its_time_allows() {
        let count = |interval, literal| {
            let interval = Duration::from_millis(interval);
            transmissions(interval, Duration::from_secs(1), literal)
        };

        // At 0 and 1 s.
        assert_eq!(count(1_000, 2), 2);
        assert_eq!(count(1_000, 1), 1);
        // At 0, 0.9 s: another one could not be answered in time.
        assert_eq!(count(900, 2), 2);
        // At 0, 0.25, 0.75, 1.75 s.
        assert_eq!(count(250, 2), 4);
        // At 0, 0.05, 0.15, 0.35, 0.75, 1.55 s.
        assert_eq!(count(50, 2), 6);
    }
}
