//! Messages on their way out, and what becomes of those that nobody answers.

use std::time::Duration;

use pnrp_wire::{Ack, AuthorityBuffer, Body, Endpoint, Message, MessageId, MessageType, Nonce};
use rand::RngExt;

use super::{
    Cloud, Discard, Now, Pace, PingError,
    pending::Purpose,
    reassembly,
    reflection::{Asker, Length, Pieces},
};

/// Bytes of an AUTHORITY before its piece of the buffer. MS-PNRP §2.2.2.6.
pub(super) const AUTHORITY_HEADERS: usize = 28;

/// A datagram to send.
#[must_use = "dropping a transmit loses a datagram"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The local endpoint to send it from.
    pub from: Endpoint,
    /// Whom to send it to.
    pub to: Endpoint,
    /// The UDP payload.
    pub payload: Vec<u8>,
}

impl Cloud {
    /// Sends a message that answers, if the asker may have it.
    pub(super) fn send_to(
        &mut self,
        (asker, path): (&mut Asker, (Endpoint, Endpoint)),
        body: Body,
        now: Now,
    ) -> Result<(), Discard> {
        let id = self.next_message_id();
        let message = Message { id, body };
        let payload = message.encode(&self.config.dialect);
        let length = Length::datagram(payload.len());
        self.may_answer(asker, length, Pieces::Challenged, now)?;
        self.emit(path, message.message_type(), payload);
        Ok(())
    }

    /// Sends a message and keeps it until it is acknowledged; `None` when the list is full.
    pub(super) fn send_pended(
        &mut self,
        purpose: Purpose,
        path: (Endpoint, Endpoint),
        body: Body,
        now: Now,
    ) -> Option<MessageId> {
        let more = self.more_transmissions();
        self.send_insistently(purpose, path, (body, more), now)
    }

    /// The same with so many repetitions beyond what is usual.
    pub(super) fn send_insistently(
        &mut self,
        purpose: Purpose,
        (from, to): (Endpoint, Endpoint),
        (body, more): (Body, u32),
        now: Now,
    ) -> Option<MessageId> {
        if self.pending.is_full_for(purpose) {
            self.discard(&Discard::PendingFull);
            return None;
        }
        let id = self.next_message_id();
        let message = Message { id, body };
        let payload = message.encode(&self.config.dialect);
        let kept = payload.as_slice().into();
        self.emit((from, to), message.message_type(), payload);
        let interval = self.overdue_after(&to);
        self.pending
            .add(id, purpose, (from, to), kept, (interval, more), now.instant);
        Some(id)
    }

    /// How often a message is repeated beyond what is usual: 0 where nothing tells of losses.
    pub(super) fn more_transmissions(&self) -> u32 {
        match self.config.timers.pace {
            Pace::Literal => 0,
            Pace::Adaptive => self.round_trips.more_transmissions(),
        }
    }

    /// When an answer of a peer is overdue, counted from the question.
    pub(super) fn overdue_after(&self, peer: &Endpoint) -> Duration {
        let longest = self.config.timers.retransmit_after;
        match self.config.timers.pace {
            Pace::Literal => longest,
            Pace::Adaptive => self.round_trips.overdue_after(peer, longest),
        }
    }

    /// When somebody else is asked beside a peer that has not answered, counted from the question.
    pub(super) fn hedged_after(&self, peer: &Endpoint) -> Duration {
        let longest = self.config.timers.retransmit_after;
        self.round_trips.hedged_after(peer, longest)
    }

    /// Takes an answered message from the Pending List, and notes how long the answer took.
    pub(super) fn answered(&mut self, id: MessageId, now: Now) {
        match self.pending.answered(id, now.instant) {
            Some((peer, Some(took))) => self.round_trips.note(peer, took),
            Some((_, None)) => self.round_trips.note_repeated(),
            None => {}
        }
        self.reassembly.forget(id);
    }

    pub(super) fn transmit(&mut self, path: (Endpoint, Endpoint), message: &Message) {
        let payload = message.encode(&self.config.dialect);
        self.emit(path, message.message_type(), payload);
    }

    /// Sends what has been encoded.
    pub(super) fn emit(
        &mut self,
        (from, to): (Endpoint, Endpoint),
        kind: MessageType,
        payload: Vec<u8>,
    ) {
        self.stats.count_sent(kind, payload.len());
        self.outbox.push_back(Transmit { from, to, payload });
    }

    pub(super) fn acknowledge(
        &mut self,
        to: (&mut Asker, (Endpoint, Endpoint)),
        acked: MessageId,
        id_not_found: bool,
        now: Now,
    ) -> Result<(), Discard> {
        let ack = Ack {
            acked,
            id_not_found,
        };
        self.send_to(to, Body::Ack(ack), now)
    }

    /// Sends an answer in as many pieces as it takes, under one message ID. MS-PNRP §3.2.5.10.
    pub(super) fn send_answer(
        &mut self,
        path: (Endpoint, Endpoint),
        acked: MessageId,
        answer: &AuthorityBuffer,
    ) {
        let buffer = answer.encode(&self.config.dialect);
        self.send_buffer(path, acked, buffer);
    }

    /// The same if the asker may have it.
    pub(super) fn send_answer_to(
        &mut self,
        (asker, path): (&mut Asker, (Endpoint, Endpoint)),
        acked: MessageId,
        answer: &AuthorityBuffer,
        now: Now,
    ) -> Result<(), Discard> {
        let buffer = answer.encode(&self.config.dialect);
        let length = Length::buffer(buffer.len());
        self.may_answer(asker, length, Pieces::Challenged, now)?;
        self.send_buffer(path, acked, buffer);
        Ok(())
    }

    /// Declines for want of resources, in the shortest of answers. MS-PNRP §2.2.2.6.1.
    pub(super) fn send_busy(&mut self, path: (Endpoint, Endpoint), acked: MessageId) {
        let busy = AuthorityBuffer {
            busy: true,
            ..AuthorityBuffer::default()
        };
        self.send_answer(path, acked, &busy);
    }

    fn send_buffer(&mut self, path: (Endpoint, Endpoint), acked: MessageId, buffer: Vec<u8>) {
        let id = self.next_message_id();
        reassembly::split(acked, buffer, |fragment| {
            let body = Body::Authority(fragment);
            self.transmit(path, &Message { id, body });
        });
    }

    /// A message was given up. MS-PNRP §3.1.6.3, §3.2.6.3.
    pub(super) fn on_unanswered(&mut self, id: MessageId, purpose: Purpose, now: Now) {
        self.reassembly.forget(id);
        match purpose {
            Purpose::Solicit => {
                self.outgoing.release(id);
            }
            Purpose::Request => {}
            Purpose::Ping => self.on_pinged(id, Err(PingError::Unanswered)),
            Purpose::Doubt(silent) => self.lose_for_good(&silent, now),
            Purpose::Lookup(resolve, asked) => {
                self.on_lookup_unanswered(resolve, asked, id, now);
            }
            Purpose::Inquire(resolve) => self.on_proof_unanswered(resolve, id, now),
            Purpose::Admission => self.on_admission_unanswered(id, now),
            Purpose::Flood(validate) => {
                self.lose(&validate, now);
            }
        }
    }

    pub(super) fn drop_pending(&mut self, id: MessageId) {
        self.pending.remove(id);
        self.reassembly.forget(id);
    }

    /// One of several at random.
    pub(super) fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        match among.len() {
            0 => None,
            count => among.get(self.rng.random_range(0..count)),
        }
    }

    pub(super) fn random_nonce(&mut self) -> Nonce {
        Nonce(self.rng.random())
    }

    /// MS-PNRP §2.2.1: repeats must be unlikely within a round trip; none is pending.
    pub(super) fn next_message_id(&mut self) -> MessageId {
        loop {
            let id = MessageId(self.rng.random());
            if !self.pending.contains(id) {
                return id;
            }
        }
    }
}
