//! What of a capture survives decoding and encoding; no key is needed for that.

use pnrp_wire::{AuthorityBuffer, Body, Dialect, Message, MessageId, MessageType, SignedCpa};

use crate::{
    Comparison, Datagram, Place, Reassembly,
    compare::{compare, compare_cpa, compare_payload},
    decode,
};

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub subject: Subject,
    /// The kind of message, if the header is sound.
    pub kind: Option<MessageType>,
    /// Its ID, if the header is sound.
    pub id: Option<MessageId>,
    /// How it compares, or why it does not decode.
    pub result: Result<Comparison, String>,
}

/// What is decoded and encoded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The datagram.
    Datagram,
    /// The AUTHORITY_BUFFER that it completes.
    Buffer,
    /// The bytes under the signature of a CPA, built from its statements.
    Cpa,
    /// The bytes under the signature of an extended payload, built from its statements.
    ExtendedPayload,
}

impl Subject {
    /// What it is, in words.
    pub fn as_words(self) -> &'static str {
        match self {
            Self::Datagram => "datagram",
            Self::Buffer => "authority buffer",
            Self::Cpa => "CPA",
            Self::ExtendedPayload => "extended payload",
        }
    }

    /// What it is, as one name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Datagram => "datagram",
            Self::Buffer => "buffer",
            Self::Cpa => "cpa",
            Self::ExtendedPayload => "extended_payload",
        }
    }
}

/// Checks the datagrams of a capture in their order.
#[derive(Debug, Default)]
pub struct Checker {
    dialect: Dialect,
    reassembly: Reassembly,
}

impl Checker {
    /// Checks the next datagram and what it carries; the datagram itself comes first.
    pub fn check(&mut self, datagram: &Datagram) -> Vec<Finding> {
        let header = decode::peek(&datagram.payload);
        let finding = |subject, result| Finding {
            subject,
            kind: header.map(|(kind, _)| kind),
            id: header.map(|(_, id)| id),
            result,
        };
        let message = match decode::message(datagram, &self.dialect) {
            Ok(message) => message,
            Err(error) => return vec![finding(Subject::Datagram, Err(error))],
        };
        let encoded = message.encode(&self.dialect);
        let place = Place::Message(message.message_type());
        let result = Ok(compare(place, &datagram.payload, &encoded));
        let mut results = vec![(Subject::Datagram, result)];
        self.check_content(datagram, &message, &mut results);
        results
            .into_iter()
            .map(|(subject, result)| finding(subject, result))
            .collect()
    }

    fn check_content(&mut self, datagram: &Datagram, message: &Message, results: &mut Results) {
        match &message.body {
            Body::Flood(flood) => check_cpa(flood.content.revoke.as_ref(), results),
            Body::Authority(fragment) => {
                let source = datagram.source;
                if let Some(bytes) = self.reassembly.accept(message.id, source, fragment) {
                    self.check_buffer(&bytes, results);
                }
            }
            Body::Solicit(_)
            | Body::Advertise(_)
            | Body::Request(_)
            | Body::Inquire(_)
            | Body::Ack(_)
            | Body::Lookup(_) => {}
        }
    }

    fn check_buffer(&self, bytes: &[u8], results: &mut Results) {
        let buffer = match AuthorityBuffer::decode(bytes, &self.dialect) {
            Ok(buffer) => buffer,
            Err(error) => return results.push((Subject::Buffer, Err(error.to_string()))),
        };
        let comparison = compare(Place::Buffer, bytes, &buffer.encode(&self.dialect));
        results.push((Subject::Buffer, Ok(comparison)));
        if let Some(payload) = &buffer.extended_payload {
            results.push((Subject::ExtendedPayload, Ok(compare_payload(payload))));
        }
        check_cpa(buffer.cpa.as_ref(), results);
    }

    /// AUTHORITY_BUFFERs that lacked a fragment.
    pub fn unfinished(&self) -> u64 {
        self.reassembly.unfinished()
    }
}

type Results = Vec<(Subject, Result<Comparison, String>)>;

fn check_cpa(cpa: Option<&SignedCpa>, results: &mut Results) {
    results.extend(cpa.map(|cpa| (Subject::Cpa, Ok(compare_cpa(cpa)))));
}
