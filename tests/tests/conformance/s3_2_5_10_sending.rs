//! Sending an AUTHORITY_BUFFER. MS-PNRP §3.2.5.10.

use pnrp_node::cloud::Registration;
use pnrp_tests::scenario::{STRANGER, Scenario, Sent, endpoint, inquire, lookup, registration};
use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, Dialect, Inquire, MessageId, Payload, PnrpId,
};

/// Pieces of an answer.
fn pieces(sent: &[Sent]) -> Vec<&AuthorityFragment> {
    let pieces = sent.iter().filter_map(|sent| {
        if let Body::Authority(fragment) = &sent.message.body {
            return Some(fragment);
        }
        None
    });
    pieces.collect()
}

/// What a cloud sends that is asked for a payload of `length` bytes.
fn answer_with_payload(length: usize) -> (MessageId, Vec<Sent>) {
    let mut scenario = Scenario::default();
    let (_, local) = scenario.register(Registration {
        payload: Some(Payload::binary(vec![0x5A; length]).unwrap()),
        ..registration()
    });
    let question = Inquire {
        want_extended_payload: true,
        ..inquire(local)
    };
    let asked = scenario.deliver(endpoint(STRANGER), Body::Inquire(question));
    (asked, scenario.take_all())
}

/// R-3.2.5.10-01: the smallest answer.
#[test]
fn a_small_buffer_is_one_message() {
    let mut scenario = Scenario::default();
    let question = lookup(PnrpId::from_bytes([1; 32]), PnrpId::ZERO);
    scenario.deliver(endpoint(STRANGER), Body::Lookup(question));

    let sent = scenario.take_all();

    let [piece] = pieces(&sent)[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(usize::from(piece.size), piece.data.len());
    assert_eq!(piece.offset, 0);
}

/// R-3.2.5.10-01, R-3.2.5.10-02: whatever the size, full pieces of 1,188 bytes and one of the rest.
#[test]
fn a_buffer_is_cut_every_1188_bytes() {
    let mut counts = [0; 5];
    let mut was_full = false;
    for length in 1..=4_096 {
        let (asked, sent) = answer_with_payload(length);
        let pieces = pieces(&sent);
        let size = usize::from(pieces[0].size);
        assert_eq!(pieces.len(), size.div_ceil(1_188), "{size} bytes");
        let mut bytes = Vec::new();
        for piece in &pieces {
            assert_eq!((piece.acked, usize::from(piece.size)), (asked, size));
            assert_eq!(usize::from(piece.offset), bytes.len());
            assert_eq!(piece.data.len(), 1_188.min(size - bytes.len()));
            bytes.extend_from_slice(&piece.data);
        }
        let buffer = AuthorityBuffer::decode(&bytes, &Dialect::default()).unwrap();
        assert!(buffer.extended_payload.is_some());
        counts[pieces.len()] += 1;
        was_full |= size % 1_188 == 0;
    }
    assert!(was_full, "no buffer filled its last piece");
    assert_eq!(
        counts.map(|count| count > 0),
        [false, true, true, true, true]
    );
}

/// R-3.2.5.10-03, R-3.2.5.10-04
#[test]
fn pieces_have_one_header_and_one_destination() {
    let (_, sent) = answer_with_payload(4_000);

    assert!(sent.len() > 3);
    for piece in &sent {
        assert_eq!(piece.payload[..12], sent[0].payload[..12]);
        assert_eq!(piece.to, endpoint(STRANGER));
    }
}
