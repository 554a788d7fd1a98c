//! Receiving AUTHORITY: pieces and whole buffers. MS-PNRP §3.1.5.6, §3.1.5.6.1.
//!
//! Whether a buffer was processed shows by the entry that it confirms.

use pnrp_node::cloud::Limits;
use pnrp_tests::scenario::{Peer, Scenario, Sent, config, endpoint, fragments};
use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, Dialect, Endpoint, Message, MessageId, MessageType,
};

use super::seconds;

/// The message ID of answers that come in pieces.
const ANSWER: MessageId = MessageId(0x00c0_ffee);

/// A cloud that has asked a peer for confirmation of its entry.
fn inquiring() -> (Scenario, Peer, Sent) {
    let mut scenario = Scenario::default();
    let (peer, sent) = inquire_of(&mut scenario, 2);
    (scenario, peer, sent)
}

fn inquire_of(scenario: &mut Scenario, number: u16) -> (Peer, Sent) {
    let peer = Peer::located(u128::from(number) << 100, number);
    scenario.flood_route(peer.endpoint, peer.route());
    let (sent, _) = scenario.expect_inquire();
    (peer, sent)
}

/// A confirmation of 2,012 bytes, in two pieces.
fn two_pieces(sent: &Sent) -> [AuthorityFragment; 2] {
    let buffer = AuthorityBuffer {
        cert_chain: Some(vec![0; 2_000]),
        ..AuthorityBuffer::default()
    };
    let pieces = fragments(sent.message.id, &buffer.encode(&Dialect::default()));
    pieces.try_into().unwrap()
}

fn deliver(scenario: &mut Scenario, from: Endpoint, id: MessageId, piece: &AuthorityFragment) {
    let body = Body::Authority(piece.clone());
    scenario.deliver_message(from, &Message { id, body });
}

/// R-3.1.5.6-01: and the question stays open.
#[test]
fn a_malformed_authority_is_dropped() {
    let (mut scenario, peer, sent) = inquiring();
    let [first, second] = two_pieces(&sent);
    let broken = [
        AuthorityFragment {
            offset: 7,
            ..second.clone()
        },
        AuthorityFragment {
            size: 0x91E5,
            ..first.clone()
        },
        AuthorityFragment {
            data: first.data[..100].to_vec(),
            ..first.clone()
        },
        AuthorityFragment {
            data: Vec::new(),
            ..second
        },
    ];
    for piece in &broken {
        deliver(&mut scenario, peer.endpoint, ANSWER, piece);
    }
    let body = Body::Authority(first);
    let id = ANSWER;
    let whole = Message { id, body }.encode(&Dialect::default());
    for length in 12..40 {
        scenario.deliver_bytes(peer.endpoint, &whole[..length]);
    }

    assert!(!scenario.knows(peer.id));
    scenario.advance(seconds(1));
    assert_eq!(scenario.expect_inquire().0.payload, sent.payload);
}

/// R-3.1.5.6-02
#[test]
fn an_authority_that_answers_nothing_is_dropped() {
    let (mut scenario, peer, sent) = inquiring();
    let stray = MessageId(sent.message.id.0.wrapping_add(1));

    scenario.answer_from(peer.endpoint, stray, &AuthorityBuffer::default());

    assert!(!scenario.knows(peer.id));
    scenario.advance(seconds(1));
    scenario.expect_inquire();
}

/// R-3.1.5.6-02: nor does it answer a SOLICIT.
#[test]
fn an_authority_answers_only_lookup_and_inquire() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    let (sent, _) = scenario.expect_solicit();

    scenario.answer(&sent, &AuthorityBuffer::default());

    scenario.advance(seconds(1));
    assert_eq!(scenario.expect_solicit().0.payload, sent.payload);
}

/// R-3.1.5.6-03
#[test]
fn an_answer_in_one_piece_is_processed_at_once() {
    let (mut scenario, peer, sent) = inquiring();

    scenario.answer(&sent, &AuthorityBuffer::default());

    assert!(scenario.knows(peer.id));
}

/// R-3.1.5.6-04: pieces belong together by message ID, address and port.
#[test]
fn pieces_of_other_answers_do_not_complete_one() {
    let other_port = Endpoint {
        port: 3541,
        ..endpoint(2)
    };
    for (from, id) in [
        (other_port, ANSWER),
        (endpoint(3), ANSWER),
        (endpoint(2), MessageId(2)),
    ] {
        let (mut scenario, peer, sent) = inquiring();
        let [first, second] = two_pieces(&sent);
        deliver(&mut scenario, peer.endpoint, ANSWER, &first);
        deliver(&mut scenario, from, id, &second);
        assert!(!scenario.knows(peer.id), "{from}, {id:?}");

        deliver(&mut scenario, peer.endpoint, ANSWER, &second);
        assert!(scenario.knows(peer.id));
    }
}

/// R-3.1.5.6-05
#[test]
fn pieces_that_have_no_room_are_dropped() {
    let limits = Limits {
        reassembly: 1,
        ..Limits::default()
    };
    let mut scenario = Scenario::with(config().with_limits(limits));
    let (one, sent_to_one) = inquire_of(&mut scenario, 2);
    let (two, sent_to_two) = inquire_of(&mut scenario, 3);

    let [first, second] = two_pieces(&sent_to_one);
    deliver(&mut scenario, one.endpoint, ANSWER, &first);
    for piece in &two_pieces(&sent_to_two) {
        deliver(&mut scenario, two.endpoint, ANSWER, piece);
    }
    deliver(&mut scenario, one.endpoint, ANSWER, &second);

    assert!(scenario.knows(one.id));
    assert!(!scenario.knows(two.id));
}

/// R-3.1.5.6-06: what was collected is gone, and has to come again.
#[test]
fn a_piece_that_reaches_beyond_the_size_ends_the_reassembly() {
    let (mut scenario, peer, sent) = inquiring();
    let [first, second] = two_pieces(&sent);
    let too_long = AuthorityFragment {
        data: [&second.data[..], &[0]].concat(),
        ..second.clone()
    };
    let behind_the_end = AuthorityFragment {
        offset: 2 * second.offset,
        ..second.clone()
    };

    for beyond in [too_long, behind_the_end] {
        deliver(&mut scenario, peer.endpoint, ANSWER, &first);
        deliver(&mut scenario, peer.endpoint, ANSWER, &beyond);
        deliver(&mut scenario, peer.endpoint, ANSWER, &second);
        assert!(!scenario.knows(peer.id));
        deliver(&mut scenario, peer.endpoint, ANSWER, &beyond);
    }

    deliver(&mut scenario, peer.endpoint, ANSWER, &second);
    deliver(&mut scenario, peer.endpoint, ANSWER, &first);
    assert!(scenario.knows(peer.id));
}

/// R-3.1.5.6-02, R-3.1.5.6-06: a piece of another answer, or that answers nothing, ends nothing.
#[test]
fn a_piece_beyond_the_size_of_another_answer_changes_nothing() {
    let (mut scenario, peer, sent) = inquiring();
    let [first, second] = two_pieces(&sent);
    let beyond = AuthorityFragment {
        data: [&second.data[..], &[0]].concat(),
        ..second.clone()
    };
    let stray = AuthorityFragment {
        acked: MessageId(sent.message.id.0.wrapping_add(1)),
        ..beyond.clone()
    };

    deliver(&mut scenario, peer.endpoint, ANSWER, &first);
    deliver(&mut scenario, endpoint(3), ANSWER, &beyond);
    deliver(&mut scenario, peer.endpoint, MessageId(2), &beyond);
    deliver(&mut scenario, peer.endpoint, ANSWER, &stray);
    deliver(&mut scenario, peer.endpoint, ANSWER, &second);

    assert!(scenario.knows(peer.id));
}

/// R-3.1.5.6-07: what was collected is gone, and has to come again.
#[test]
fn pieces_that_disagree_about_the_size_end_the_reassembly() {
    let (mut scenario, peer, sent) = inquiring();
    let [first, second] = two_pieces(&sent);
    let contradiction = AuthorityFragment {
        size: second.size + 4,
        data: [&second.data[..], &[0; 4]].concat(),
        ..second.clone()
    };

    deliver(&mut scenario, peer.endpoint, ANSWER, &first);
    deliver(&mut scenario, peer.endpoint, ANSWER, &contradiction);
    deliver(&mut scenario, peer.endpoint, ANSWER, &second);
    assert!(!scenario.knows(peer.id));

    deliver(&mut scenario, peer.endpoint, ANSWER, &first);
    assert!(scenario.knows(peer.id));
}

/// R-3.1.5.6-08
#[test]
fn pieces_may_come_in_any_order() {
    let (mut scenario, peer, sent) = inquiring();
    let [first, second] = two_pieces(&sent);

    deliver(&mut scenario, peer.endpoint, ANSWER, &second);
    assert!(!scenario.knows(peer.id));
    deliver(&mut scenario, peer.endpoint, ANSWER, &first);

    assert!(scenario.knows(peer.id));
}

/// R-3.1.5.6-09, R-3.1.5.6-10: not even when one piece comes as often as there should be pieces.
#[test]
fn an_incomplete_answer_is_no_answer() {
    let (mut scenario, peer, sent) = inquiring();
    let [first, _] = two_pieces(&sent);

    deliver(&mut scenario, peer.endpoint, ANSWER, &first);
    deliver(&mut scenario, peer.endpoint, ANSWER, &first);

    assert!(!scenario.knows(peer.id));
    scenario.advance(seconds(1));
    assert_eq!(scenario.expect_inquire().0.payload, sent.payload);
}

/// R-3.1.6.3-04: the last piece comes too late, and even the whole answer does.
#[test]
fn pieces_are_forgotten_with_the_question() {
    let (mut scenario, peer, sent) = inquiring();
    let [first, second] = two_pieces(&sent);
    deliver(&mut scenario, peer.endpoint, ANSWER, &first);
    scenario.advance(seconds(2));

    deliver(&mut scenario, peer.endpoint, ANSWER, &second);
    deliver(&mut scenario, peer.endpoint, ANSWER, &first);

    assert!(!scenario.knows(peer.id));
}

/// R-3.1.5.6.1-01, R-3.1.5.6.1-02: a buffer that breaks the syntax leaves the question open.
#[test]
fn a_malformed_buffer_is_ignored() {
    let (mut scenario, peer, sent) = inquiring();
    let mut buffer = AuthorityBuffer::default().encode(&Dialect::default());
    buffer[0] ^= 0x40;
    for piece in fragments(sent.message.id, &buffer) {
        deliver(&mut scenario, peer.endpoint, ANSWER, &piece);
    }
    assert!(!scenario.knows(peer.id));
    scenario.advance(seconds(1));
    assert_eq!(scenario.expect_inquire().0.payload, sent.payload);

    scenario.answer(&sent, &AuthorityBuffer::default());

    assert!(scenario.knows(peer.id));
    scenario.advance(seconds(5));
    let repeated = scenario.take_all();
    assert!(
        repeated
            .iter()
            .all(|sent| sent.message.message_type() != MessageType::Inquire)
    );
}
