//! How a source proves its address, and what it gets before and after.

use std::time::Duration;

use pnrp_node::cloud::{Budgets, Rate, Registration};
use pnrp_tests::scenario::{inquire, lookup, registration};
use pnrp_wire::{
    Advertise, AuthorityBuffer, AuthorityFragment, Body, Dialect, Endpoint, Inquire, Message,
    MessageId, Nonce, Payload, PnrpId, Solicit, limits::FRAGMENT_LEN,
};

use super::{
    published::publisher,
    wire::{Wire, decode, encode, endpoint},
};

const NONCE: Nonce = Nonce([7; 16]);
const SECOND: Duration = Duration::from_secs(1);

/// R-5.1-06: the longest answer that this software can be made to give.
#[test]
fn a_long_answer_follows_the_answer_to_a_challenge() {
    let (mut wire, id, _) = publisher(Budgets::default());
    let guest = endpoint(0x300);
    let question = encode(1, everything(id));

    wire.inject(guest, &question);
    let challenge = only(&mut wire);
    assert!(question.len() > encode(1, challenge.body.clone()).len());
    assert!(matches!(&challenge.body, Body::Inquire(asked) if *asked == inquire(asked.validate)));
    wire.inject(guest, &denial(2, challenge.id));

    let answer = pieces(&mut wire, 1);
    let bytes: usize = answer.iter().map(|piece| 28 + piece.data.len()).sum();
    println!(
        "the longest answer: {bytes} bytes in {} datagrams, to {} bytes",
        answer.len(),
        question.len()
    );
    assert!(bytes > 480 * question.len());

    // From now on at once, for ten minutes.
    wire.run(599 * SECOND);
    wire.inject(guest, &encode(3, everything(id)));
    assert!(pieces(&mut wire, 3).len() > 30);
    wire.run(2 * SECOND);
    wire.inject(guest, &encode(4, everything(id)));
    assert!(matches!(only(&mut wire).body, Body::Inquire(_)));
}

/// R-5.1-06
#[test]
fn only_its_own_answer_to_its_own_challenge_proves_an_address() {
    let (mut wire, id, _) = publisher(Budgets::default());
    let guest = endpoint(0x301);
    wire.inject(guest, &encode(1, everything(id)));
    let challenge = only(&mut wire);
    let other_port = Endpoint {
        port: 3541,
        ..guest
    };

    wire.inject(endpoint(0x302), &denial(2, challenge.id));
    wire.inject(other_port, &denial(2, challenge.id));
    wire.inject(guest, &denial(2, MessageId(challenge.id.0.wrapping_add(1))));
    assert!(wire.astray.is_empty());

    wire.inject(guest, &denial(2, challenge.id));
    assert!(pieces(&mut wire, 1).len() > 30);
}

/// R-5.1-06: a node that only resolves need not answer an INQUIRE. It gets what fits the budget.
#[test]
fn a_silent_source_gets_a_long_answer_if_the_budget_of_its_place_has_it() {
    let (mut wire, chained, _) = publisher(Budgets::default());
    let with_data = Registration {
        name: "0.data".parse().expect("a peer name"),
        payload: Payload::binary(vec![7; 1_500]).ok(),
        ..registration()
    };
    let id = wire.register(0, with_data);
    wire.run(20 * SECOND);
    wire.astray.clear();

    for (site, id, count) in [(0x303, id, 2), (0x304, chained, 0)] {
        wire.inject(endpoint(site), &encode(1, everything(id)));
        assert!(matches!(only(&mut wire).body, Body::Inquire(_)));
        wire.run(2 * SECOND);
        assert_eq!(pieces(&mut wire, 1).len(), count);
    }
    let beside = "2001:db8:303::2".parse().expect("an address");
    wire.inject(super::wire::at(beside), &encode(1, everything(id)));
    wire.inject(endpoint(0x303), &encode(2, everything(id)));
    wire.run(2 * SECOND);
    wire.astray.retain(|sent| is_authority(&sent.payload));
    assert_eq!(wire.astray.len(), 2, "one of the two: {:?}", wire.astray);
    assert_eq!(discarded(&wire, "unproved_source"), 2);
}

/// R-5.1-06
#[test]
fn a_source_has_one_challenge_and_four_questions() {
    let (mut wire, id, _) = publisher(Budgets::default());
    let guest = endpoint(0x305);
    for number in [1, 1, 2, 3, 4, 5, 6] {
        wire.inject(guest, &encode(number, everything(id)));
    }
    let challenge = only(&mut wire);

    wire.inject(guest, &denial(7, challenge.id));

    let sent: Vec<Message> = wire
        .astray
        .iter()
        .map(|sent| decode(&sent.payload))
        .collect();
    let answered = |number| {
        sent.iter().any(
            |message| matches!(&message.body, Body::Authority(piece) if piece.acked == MessageId(number)),
        )
    };
    assert_eq!(
        [1, 2, 3, 4, 5].map(answered),
        [true, true, true, true, false]
    );
    assert_eq!(discarded(&wire, "challenge_pending"), 2);
}

/// R-5.1-06: the oldest goes.
#[test]
fn challenges_are_bounded() {
    let budgets = Budgets {
        challenges: 2,
        ..Budgets::default()
    };
    let (mut wire, id, _) = publisher(budgets);
    let mut challenges = Vec::new();
    for site in [0x306, 0x307, 0x308] {
        wire.inject(endpoint(site), &encode(1, everything(id)));
        challenges.push((endpoint(site), only(&mut wire).id));
    }

    let answers = challenges.into_iter().map(|(guest, challenge)| {
        wire.inject(guest, &denial(2, challenge));
        pieces(&mut wire, 1).len() > 30
    });

    assert_eq!(answers.collect::<Vec<_>>(), [false, true, true]);
}

/// R-5.1-06: a node lives there, which need not mean that it asked.
#[test]
fn a_proved_address_has_a_budget_too() {
    let budgets = Budgets {
        proved: Rate {
            per_second: 1,
            burst: 40_000,
        },
        ..Budgets::default()
    };
    let (mut wire, id, _) = publisher(budgets);
    let guest = endpoint(0x309);
    wire.inject(guest, &encode(1, everything(id)));
    let challenge = only(&mut wire);
    wire.inject(guest, &denial(2, challenge.id));
    assert!(pieces(&mut wire, 1).len() > 30);

    wire.inject(guest, &encode(3, everything(id)));

    assert!(wire.astray.is_empty());
    assert_eq!(discarded(&wire, "over_budget"), 1);
}

/// The budgets leave room for an application that looks for one name 64 times at once, though every
/// answer is as long as can be, and its address is not proved when it begins.
#[test]
fn sixty_four_resolves_of_a_newcomer_succeed() {
    let (mut wire, _, name) = publisher(Budgets::default());
    let newcomer = wire.add(endpoint(0x30c), Budgets::default());
    let resolves: Vec<_> = (0..64).map(|_| wire.resolve(newcomer, &name)).collect();

    wire.run(5 * SECOND);

    let found = resolves
        .iter()
        .filter_map(|id| wire.found_at(newcomer, *id));
    assert_eq!(found.count(), 64);
}

/// R-5.1-06, R-5.1-04: busy, empty, and at last silent; its neighbour is not.
#[test]
fn a_source_off_the_link_has_so_many_answers() {
    let rate = |burst| Rate {
        per_second: 1,
        burst,
    };
    let budgets = Budgets {
        questions: rate(2),
        replies: rate(4),
        ..Budgets::default()
    };
    let (mut wire, ..) = publisher(budgets);
    let before = discarded(&wire, "over_budget");
    let ask = |wire: &mut Wire, guest, body: Body| {
        wire.inject(guest, &encode(1, body));
        let mut sent = wire.astray.drain(..).map(|sent| decode(&sent.payload).body);
        sent.next()
    };
    let sought = || Body::Lookup(lookup(PnrpId::from_bytes([9; 32]), PnrpId::ZERO));
    let solicit = || {
        Body::Solicit(Solicit {
            solicit_type: None,
            route: None,
            hashed_nonce: NONCE.hashed(),
        })
    };
    let guest = endpoint(0x30a);
    let busy = AuthorityBuffer {
        busy: true,
        ..AuthorityBuffer::default()
    };

    let answers: Vec<_> = (0..3).map(|_| ask(&mut wire, guest, sought())).collect();
    let referral = buffer(answers.first()).route;
    assert!(referral.is_some());
    assert!(buffer(answers.get(1)).route.is_some());
    assert_eq!(buffer(answers.get(2)), busy);
    let advertised = ask(&mut wire, guest, solicit());
    assert!(matches!(advertised, Some(Body::Advertise(Advertise { ids, .. })) if ids.is_empty()));
    assert_eq!(ask(&mut wire, guest, sought()), None);
    assert!(ask(&mut wire, endpoint(0x30b), sought()).is_some());
    assert_eq!(discarded(&wire, "over_budget") - before, 3);
}

/// The one message that left.
fn only(wire: &mut Wire) -> Message {
    assert_eq!(wire.astray.len(), 1, "{:?}", wire.astray);
    let sent = wire.astray.pop().expect("a message");
    decode(&sent.payload)
}

/// The pieces that left of the answer to a question.
fn pieces(wire: &mut Wire, number: u32) -> Vec<AuthorityFragment> {
    let sent = wire.astray.drain(..);
    sent.filter_map(|sent| {
        let Body::Authority(piece) = decode(&sent.payload).body else {
            return None;
        };
        let is_long = usize::from(piece.size) > FRAGMENT_LEN;
        (piece.acked == MessageId(number) && is_long).then_some(piece)
    })
    .collect()
}

fn buffer(answer: Option<&Option<Body>>) -> AuthorityBuffer {
    let Some(Some(Body::Authority(piece))) = answer else {
        panic!("{answer:?}")
    };
    AuthorityBuffer::decode(&piece.data, &Dialect::default()).expect("a buffer")
}

fn is_authority(payload: &[u8]) -> bool {
    matches!(decode(payload).body, Body::Authority(_))
}

/// What every node says to an INQUIRE for an ID that it does not have.
fn denial(number: u32, acked: MessageId) -> Vec<u8> {
    let buffer = AuthorityBuffer {
        id_not_found: true,
        ..AuthorityBuffer::default()
    };
    let mut pieces = pnrp_tests::scenario::fragments(acked, &buffer.encode(&Dialect::default()));
    let piece = pieces.pop().expect("one piece");
    encode(number, Body::Authority(piece))
}

fn everything(validate: PnrpId) -> Body {
    Body::Inquire(Inquire {
        validate,
        want_cpa: true,
        want_extended_payload: true,
        want_cert_chain: true,
        nonce: Some(NONCE),
    })
}

fn discarded(wire: &Wire, name: &str) -> u64 {
    let discarded = &wire.cloud(0).stats().discarded;
    discarded.get(name).copied().unwrap_or(0)
}
