//! Questions to node 0 of a link from somebody who is not on it, and the answers.

use pnrp_wire::{AuthorityBuffer, AuthorityFragment, Body, Dialect, Message, MessageId};

use super::link::{Link, endpoint};

/// Sends a message to node 0, as from a node that is not there.
pub(super) fn inject(link: &mut Link, number: u32, body: Body) {
    let id = MessageId(number);
    link.inject(
        0,
        endpoint(9),
        &Message { id, body }.encode(&Dialect::default()),
    );
}

pub(super) fn answers_to(link: &Link, number: u32) -> Vec<&Body> {
    let answers = link
        .log
        .iter()
        .filter(|message| acked(message) == Some(MessageId(number)));
    answers.map(|message| &message.body).collect()
}

/// The buffer in the AUTHORITY messages that answer.
pub(super) fn answer_to(link: &Link, number: u32) -> AuthorityBuffer {
    let mut bytes = Vec::new();
    for body in answers_to(link, number) {
        let Body::Authority(AuthorityFragment { data, .. }) = body else {
            panic!("{body:?}");
        };
        bytes.extend_from_slice(data);
    }
    AuthorityBuffer::decode(&bytes, &Dialect::default()).unwrap()
}

pub(super) fn acked(message: &Message) -> Option<MessageId> {
    match &message.body {
        Body::Advertise(body) => Some(body.acked),
        Body::Authority(body) => Some(body.acked),
        Body::Ack(body) => Some(body.acked),
        Body::Solicit(_)
        | Body::Request(_)
        | Body::Flood(_)
        | Body::Inquire(_)
        | Body::Lookup(_) => None,
    }
}
