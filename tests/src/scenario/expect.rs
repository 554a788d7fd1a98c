//! What a test takes from the messages that were sent.

use pnrp_wire::{
    Ack, Advertise, AuthorityBuffer, Body, Dialect, Flood, Inquire, Lookup, MessageId, MessageType,
    Request, Solicit,
};

use super::{Scenario, Sent};

impl Scenario {
    /// Takes the answer to a stranger's question.
    pub fn take_answer(&mut self, acked: MessageId) -> AuthorityBuffer {
        let mut bytes = Vec::new();
        self.sent.retain(|sent| {
            if let Body::Authority(fragment) = &sent.message.body
                && fragment.acked == acked
            {
                bytes.extend_from_slice(&fragment.data);
                return false;
            }
            true
        });
        AuthorityBuffer::decode(&bytes, &Dialect::default()).expect("an answer")
    }

    /// Takes the first message of a type.
    pub fn expect(&mut self, kind: MessageType) -> Sent {
        let at = self
            .sent
            .iter()
            .position(|sent| sent.message.message_type() == kind);
        at.and_then(|at| self.sent.remove(at))
            .unwrap_or_else(|| panic!("no {}, but {:?}", kind.name(), self.sent))
    }

    /// Takes the first SOLICIT.
    pub fn expect_solicit(&mut self) -> (Sent, Solicit) {
        let sent = self.expect(MessageType::Solicit);
        let Body::Solicit(solicit) = sent.message.body.clone() else {
            panic!("{sent:?}")
        };
        (sent, solicit)
    }

    /// Takes the first ADVERTISE.
    pub fn expect_advertise(&mut self) -> (Sent, Advertise) {
        let sent = self.expect(MessageType::Advertise);
        let Body::Advertise(advertise) = sent.message.body.clone() else {
            panic!("{sent:?}")
        };
        (sent, advertise)
    }

    /// Takes the first REQUEST.
    pub fn expect_request(&mut self) -> (Sent, Request) {
        let sent = self.expect(MessageType::Request);
        let Body::Request(request) = sent.message.body.clone() else {
            panic!("{sent:?}")
        };
        (sent, request)
    }

    /// Takes the first FLOOD.
    pub fn expect_flood(&mut self) -> (Sent, Flood) {
        let sent = self.expect(MessageType::Flood);
        let Body::Flood(flood) = sent.message.body.clone() else {
            panic!("{sent:?}")
        };
        (sent, flood)
    }

    /// Takes the first INQUIRE.
    pub fn expect_inquire(&mut self) -> (Sent, Inquire) {
        let sent = self.expect(MessageType::Inquire);
        let Body::Inquire(inquire) = sent.message.body.clone() else {
            panic!("{sent:?}")
        };
        (sent, inquire)
    }

    /// Takes the first LOOKUP.
    pub fn expect_lookup(&mut self) -> (Sent, Lookup) {
        let sent = self.expect(MessageType::Lookup);
        let Body::Lookup(lookup) = sent.message.body.clone() else {
            panic!("{sent:?}")
        };
        (sent, lookup)
    }

    /// Takes the first ACK: what it acknowledges, and whether `N` is set.
    pub fn expect_ack(&mut self) -> (Sent, Ack) {
        let sent = self.expect(MessageType::Ack);
        let Body::Ack(ack) = sent.message.body.clone() else {
            panic!("{sent:?}")
        };
        (sent, ack)
    }

    /// Takes the first INQUIRE that asks for a CPA.
    pub fn expect_proof_inquire(&mut self) -> (Sent, Inquire) {
        loop {
            let (sent, inquire) = self.expect_inquire();
            if inquire.want_cpa {
                return (sent, inquire);
            }
        }
    }

    /// Takes all LOOKUPs.
    pub fn take_lookups(&mut self) -> Vec<(Sent, Lookup)> {
        let all = self.take_all().into_iter();
        all.filter_map(|sent| match sent.message.body.clone() {
            Body::Lookup(lookup) => Some((sent, lookup)),
            Body::Solicit(_)
            | Body::Advertise(_)
            | Body::Request(_)
            | Body::Flood(_)
            | Body::Inquire(_)
            | Body::Authority(_)
            | Body::Ack(_) => None,
        })
        .collect()
    }

    /// Fails when the cloud has sent something that was not taken.
    pub fn expect_silence(&self) {
        assert!(self.sent.is_empty(), "{:?}", self.sent);
    }

    /// Takes everything that was sent.
    pub fn take_all(&mut self) -> Vec<Sent> {
        self.sent.drain(..).collect()
    }
}
