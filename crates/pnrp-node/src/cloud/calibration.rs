//! Settling the bytes that the specification leaves open, by what peers of another make send.
//!
//! A valid CPA shows how its sender writes (see [`Readings`](pnrp_identity::Readings)). What it
//! shows is adopted where it differs from the defaults of this software. Two nodes of this software
//! must not talk each other into a change: a node answers the second of two close inquiries with
//! the other order of signatures, so the order in an answer counts only if the ID was not inquired
//! shortly before.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pnrp_identity::{Readings, ValidCpa};
use pnrp_wire::{ByteOrder, Endpoint, MessageId, PnrpId};

use super::{
    Cloud, Event,
    compact::CompactMap,
    mark::{Mark, Marker},
    now::Moment,
};

/// Two inquiries of one ID within this time are a repeated one.
const REPEATED_WITHIN: Duration = Duration::from_secs(30);

/// An INQUIRE as its answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) source: Endpoint,
    pub(crate) id: PnrpId,
    pub(crate) message: MessageId,
}

/// Inquiries received, and the order in which each was answered.
#[derive(Debug)]
pub(crate) struct Inquirers {
    answered: CompactMap<(Endpoint, OwnId), Answered>,
    opened: Instant,
    capacity: usize,
}

/// The end of a local ID, which is random and tells the few of one node apart.
type OwnId = [u8; 4];

#[derive(Clone, Copy, Debug)]
struct Answered {
    message: MessageId,
    order: ByteOrder,
    at: Moment,
}

impl Inquirers {
    pub(crate) fn new(capacity: usize, opened: Instant) -> Self {
        Self {
            answered: CompactMap::default(),
            opened,
            capacity,
        }
    }

    /// The order of the signatures in an answer: the usual one, and the other of the last answer
    /// for a source that asks for the same ID again. A retransmission gets the same answer.
    pub(crate) fn signature_order(
        &mut self,
        question: Question,
        usual: ByteOrder,
        now: Instant,
    ) -> ByteOrder {
        self.expire(now);
        let own_id = *question.id.as_bytes().last_chunk().unwrap_or(&[0; 4]);
        let key = (question.source, own_id);
        let order = match self.answered.get(&key) {
            Some(last) if last.message == question.message => last.order,
            Some(last) => other(last.order),
            None => usual,
        };
        if self.answered.len() < self.capacity || self.answered.contains_key(&key) {
            let message = question.message;
            let at = Moment::new(now, self.opened);
            self.answered.insert(key, Answered { message, order, at });
        }
        order
    }

    /// Forgets the inquiries that nobody can repeat any more.
    pub(crate) fn expire(&mut self, now: Instant) {
        let now = Moment::new(now, self.opened);
        self.answered
            .retain(|_, answered| answered.at.age(now) < REPEATED_WITHIN);
    }
}

/// Inquiries sent, and whether the one before was close.
#[derive(Debug)]
pub(crate) struct OwnInquiries {
    sent: CompactMap<Mark, Sent>,
    marker: Marker,
    /// What this endpoint asked before is not known.
    opened: Instant,
    capacity: usize,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    at: Moment,
    is_repeated: bool,
}

impl OwnInquiries {
    pub(crate) fn new(capacity: usize, marker: Marker, opened: Instant) -> Self {
        Self {
            sent: CompactMap::default(),
            marker,
            opened,
            capacity,
        }
    }

    pub(crate) fn note(&mut self, id: PnrpId, now: Instant) {
        self.expire(now);
        let id = self.marker.id(&id);
        let is_repeated = self.sent.contains_key(&id) || now < self.opened + REPEATED_WITHIN;
        if self.sent.len() < self.capacity || self.sent.contains_key(&id) {
            self.sent.insert(
                id,
                Sent {
                    at: Moment::new(now, self.opened),
                    is_repeated,
                },
            );
        }
    }

    /// Forgets the inquiries that would not make another a repeated one.
    pub(crate) fn expire(&mut self, now: Instant) {
        let now = Moment::new(now, self.opened);
        self.sent
            .retain(|_, sent| sent.at.age(now) < REPEATED_WITHIN);
    }

    /// Whether the last inquiry of an ID was the first for some time, as far as is known.
    fn was_fresh(&self, id: &PnrpId) -> bool {
        self.sent
            .get(&self.marker.id(id))
            .is_some_and(|sent| !sent.is_repeated)
    }
}

impl Cloud {
    /// Draws from a valid CPA what it shows beside its statements.
    pub(crate) fn learn(&mut self, valid: &ValidCpa) {
        let key = valid.cpa().public_key.authority();
        let cached = self.cache.iter().map(|cached| cached.id());
        self.publishers.note(&valid.id(), &key, cached);
        if self.config.calibrates {
            self.calibrate(valid);
        }
    }

    fn calibrate(&mut self, valid: &ValidCpa) {
        let readings = valid.readings();
        let readings = Readings {
            signature_order: readings
                .signature_order
                .filter(|_| self.own_inquiries.was_fresh(&valid.id())),
            ..readings
        };
        let dialect = readings.calibrate(&self.config.dialect);
        if dialect != self.config.dialect {
            tracing::info!(?dialect, publisher = %valid.id(), "a peer of another make has settled the dialect");
            Arc::make_mut(&mut self.config).dialect = dialect;
            self.events.push_back(Event::Calibrated { dialect });
        }
    }
}

fn other(order: ByteOrder) -> ByteOrder {
    match order {
        ByteOrder::BigEndian => ByteOrder::LittleEndian,
        ByteOrder::LittleEndian => ByteOrder::BigEndian,
    }
}
