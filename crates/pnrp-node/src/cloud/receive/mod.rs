//! Datagrams in: what every message has to pass, and who handles which. MS-PNRP §3.1.5.2.

mod ack;
mod advertise;
mod authority;
mod flood;
mod inquire;
mod lookup;
mod request;
mod solicit;

use pnrp_wire::{Body, DecodeError, Endpoint, Message, MessageId, limits::LAST_RESERVED_PORT};

use super::{Cloud, Datagram, Discard, Now};

/// A message that has passed the checks all messages share.
#[derive(Debug)]
struct Received<T> {
    id: MessageId,
    from: Endpoint,
    to: Endpoint,
    body: T,
}

impl<T> Received<T> {
    /// From where, and to whom, an answer goes.
    fn reply_path(&self) -> (Endpoint, Endpoint) {
        (self.to, self.from)
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
        let id = message.id;
        match message.body {
            Body::Solicit(body) => self.on_solicit(Received { id, from, to, body }, now),
            Body::Advertise(body) => self.on_advertise(Received { id, from, to, body }, now),
            Body::Request(body) => self.on_request(Received { id, from, to, body }, now),
            Body::Flood(body) => self.on_flood(Received { id, from, to, body }, now),
            Body::Inquire(body) => self.on_inquire(Received { id, from, to, body }, now),
            Body::Authority(body) => self.on_authority(Received { id, from, to, body }, now),
            Body::Ack(body) => self.on_ack(Received { id, from, to, body }, now),
            Body::Lookup(body) => self.on_lookup(Received { id, from, to, body }, now),
        }
    }

    /// A piece that reaches beyond the end of its answer spoils what was collected of it.
    /// MS-PNRP §3.1.5.6.
    fn on_malformed(&mut self, error: &DecodeError, from: Endpoint) {
        if let DecodeError::BeyondBuffer { id, acked, .. } = *error {
            self.reassembly.abandon(id, from, acked);
        }
    }
}
