//! Datagrams in: what every message has to pass, and who handles which. MS-PNRP §3.1.5.2.

mod ack;
mod advertise;
mod authority;
mod flood;
mod inquire;
mod lookup;
mod request;
mod solicit;

use pnrp_wire::{
    Body, DecodeError, Endpoint, Message, MessageId, MessageType, limits::LAST_RESERVED_PORT,
};

use super::{Cloud, Datagram, Discard, Now, reflection::Asker};
pub(super) use inquire::Answer;

/// A message that has passed the checks all messages share.
#[derive(Clone, Debug)]
pub(crate) struct Received<T> {
    pub(super) id: MessageId,
    pub(super) from: Endpoint,
    to: Endpoint,
    /// Bytes of the datagram.
    size: usize,
    body: T,
}

/// What all messages have.
#[derive(Clone, Copy, Debug)]
struct Envelope {
    id: MessageId,
    from: Endpoint,
    to: Endpoint,
    size: usize,
}

impl Envelope {
    fn around<T>(self, body: T) -> Received<T> {
        let Self { id, from, to, size } = self;
        Received {
            id,
            from,
            to,
            size,
            body,
        }
    }
}

impl<T> Received<T> {
    /// From where, and to whom, an answer goes.
    pub(super) fn reply_path(&self) -> (Endpoint, Endpoint) {
        (self.to, self.from)
    }

    /// Who gets the answer, as far as its length matters.
    fn asker(&self) -> Asker {
        Asker::new(self.from, self.size)
    }
}

impl Cloud {
    /// MS-PNRP §3.1.5.2.
    pub(super) fn receive(&mut self, datagram: Datagram<'_>, now: Now) -> Result<(), Discard> {
        let Datagram { from, to, payload } = datagram;
        self.stats.bytes_received += u64::try_from(payload.len()).unwrap_or(u64::MAX);
        if from.port <= LAST_RESERVED_PORT {
            return Err(Discard::ReservedSourcePort(from.port));
        }
        if !self.local.contains(&to) {
            return Err(Discard::ForeignAddress);
        }
        if self.local.contains(&from) {
            return Err(Discard::OwnDatagram);
        }
        if !self.local.is_usable(&from.address) {
            return Err(Discard::ForeignScope);
        }
        let message = Message::decode(payload, &self.config.dialect)
            .inspect_err(|error| self.on_malformed(error, from))?;
        self.stats.count_received(message.message_type());
        if self.config.resolve_only && is_for_publishers(&message.body) {
            return Err(Discard::ResolveOnly);
        }
        if wants_answer(message.message_type()) {
            self.spend_off_link(|ledger| &mut ledger.replies, &from, now)?;
        }
        let envelope = Envelope {
            id: message.id,
            from,
            to,
            size: payload.len(),
        };
        match message.body {
            Body::Solicit(body) => self.on_solicit(envelope.around(body), now),
            Body::Advertise(body) => self.on_advertise(envelope.around(body), now),
            Body::Request(body) => self.on_request(envelope.around(body), now),
            Body::Flood(body) => self.on_flood(envelope.around(body), now),
            Body::Inquire(body) => self.on_inquire(envelope.around(body), now),
            Body::Authority(body) => self.on_authority(envelope.around(body), now),
            Body::Ack(body) => self.on_ack(envelope.around(body), now),
            Body::Lookup(body) => self.on_lookup(envelope.around(body), now),
        }
    }

    /// A piece that reaches beyond the end of its answer spoils what was collected of it.
    /// MS-PNRP §3.1.5.6.
    fn on_malformed(&mut self, error: &DecodeError, from: Endpoint) {
        if let DecodeError::BeyondBuffer { id, acked, .. } = *error {
            self.reassembly.abandon(id, from, acked);
        }
    }

    /// An answer that comes from where its question went shows that its source is there.
    fn note_answer(&mut self, acked: MessageId, from: Endpoint, now: Now) {
        if self.pending.was_sent_to(acked, &from) {
            self.prove(from, now);
        }
    }
}

/// Whether no rule binds a node that only resolves to answer. It tells of an INQUIRE for some ID
/// that it has none, so that whoever believed otherwise need not wait. MS-PNRP §3.1, §3.2.
fn is_for_publishers(body: &Body) -> bool {
    match body {
        Body::Solicit(_) | Body::Request(_) | Body::Lookup(_) => true,
        Body::Inquire(inquire) => inquire.validate.is_zero(),
        Body::Advertise(_) | Body::Flood(_) | Body::Authority(_) | Body::Ack(_) => false,
    }
}

/// Whether a message is one that nodes answer.
fn wants_answer(kind: MessageType) -> bool {
    match kind {
        MessageType::Solicit
        | MessageType::Request
        | MessageType::Flood
        | MessageType::Inquire
        | MessageType::Lookup => true,
        MessageType::Advertise | MessageType::Authority | MessageType::Ack => false,
    }
}
