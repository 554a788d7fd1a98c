//! What one source can make a node do and keep. MS-PNRP §5.1.

use pnrp_wire::{AuthorityFragment, Body, Dialect, Message, MessageId, MessageType};

use super::link::{Link, endpoint};

/// R-3.1.6.3-04: however the request ends.
#[test]
fn pieces_go_with_a_request_that_nobody_waits_for_any_more() {
    let mut link = Link::ring(3, 110);
    let registered = link.register(0, "0.brief");
    let asked = sent_last(&link, MessageType::Lookup);
    let piece = Body::Authority(AuthorityFragment {
        acked: asked,
        size: 2_000,
        offset: 0,
        data: vec![0; 1_188],
    });
    let message = Message {
        id: MessageId(1),
        body: piece,
    };
    link.inject(0, endpoint(1), &message.encode(&Dialect::default()));
    assert_eq!(link.nodes[0].reassembly.len(), 1);

    link.unregister(0, registered);

    assert_eq!(link.nodes[0].reassembly.len(), 0);
}

/// The ID of the last message of a type on the link.
fn sent_last(link: &Link, kind: MessageType) -> MessageId {
    let mut log = link.log.iter();
    let last = log.rfind(|message| message.message_type() == kind);
    last.unwrap().id
}
