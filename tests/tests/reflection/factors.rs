//! What every type of message gets out of a node that has never heard of its source.

use std::time::Duration;

use pnrp_identity::sign_cpa;
use pnrp_node::cloud::{Budgets, Rate};
use pnrp_tests::scenario::{Peer, flood_of, fragments, lookup};
use pnrp_wire::{
    Ack, Advertise, AuthorityBuffer, Body, CpaKind, Dialect, Endpoint, Flood, FloodContent,
    Inquire, MessageId, Nonce, PnrpId, Request, RouteEntry, Solicit, limits::FRAGMENT_LEN,
};

use super::{
    published::publisher,
    wire::{Wire, decode, encode, endpoint},
};

const NONCE: Nonce = Nonce([7; 16]);
/// Long enough for repetitions, and for whatever waits for the answer to a challenge.
const WHILE: Duration = Duration::from_secs(5);

/// R-5.1-06: when what may be spent on strangers is spent, three times what was sent at the most;
/// before, an answer of one datagram, or of three pieces.
#[test]
fn no_message_is_answered_at_length_where_it_may_not_come_from() {
    let nothing = Rate {
        per_second: 0,
        burst: 0,
    };
    let spent = Budgets {
        unproved: nothing,
        ..Budgets::default()
    };
    let (mut fresh, id, _) = publisher(Budgets::default());
    let (mut poor, same_id, _) = publisher(spent);
    assert_eq!(id, same_id);

    println!("| message | in | out | factor | out, budget spent | factor |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (site, (name, bodies)) in (0x200..).zip(messages(&fresh, id)) {
        let (asked, out) = exchange(&mut fresh, site, &bodies);
        let (_, least) = exchange(&mut poor, site, &bodies);
        let factor = |bytes: usize| bytes as f64 / asked as f64;
        println!(
            "| {name} | {asked} | {out} | {:.1} | {least} | {:.1} |",
            factor(out),
            factor(least)
        );
        assert!(least <= 3 * asked, "{name}");
        assert!(out <= 3 * asked + 4_096, "{name}");
    }
}

/// Sends all but the last from a forged address, and then the last; returns its bytes, and those
/// that left because of it.
fn exchange(wire: &mut Wire, site: u16, bodies: &[Body]) -> (usize, usize) {
    let forged = endpoint(site);
    let mut asked = 0;
    for body in bodies {
        wire.run(WHILE);
        wire.astray.clear();
        let message = encode(u32::from(site), body.clone());
        asked = message.len();
        wire.inject(forged, &message);
    }
    wire.run(WHILE);
    for sent in &wire.astray {
        assert!([forged, victim()].contains(&sent.to), "{sent:?}");
        if let Body::Authority(piece) = decode(&sent.payload).body {
            assert!(usize::from(piece.size) <= 4 * FRAGMENT_LEN);
        }
    }
    let bytes = wire.astray.iter().map(|sent| sent.payload.len());
    (asked, bytes.sum())
}

/// A node that others are sent to.
fn victim() -> Endpoint {
    endpoint(0xbad)
}

/// Every type of message in its costly forms; where there are two bodies, the second is the point.
fn messages(wire: &Wire, id: PnrpId) -> Vec<(&'static str, Vec<Body>)> {
    let cached: Vec<PnrpId> = wire
        .cloud(0)
        .cache()
        .iter()
        .map(|entry| entry.id())
        .collect();
    let mut messages = synchronization(id, &cached);
    let asks = |want_cpa, want_extended_payload, want_cert_chain| {
        vec![Body::Inquire(Inquire {
            validate: id,
            want_cpa,
            want_extended_payload,
            want_cert_chain,
            nonce: Some(NONCE),
        })]
    };
    let unknown = pnrp_tests::scenario::inquire(stranger(1));
    messages.extend([
        (
            "INQUIRE",
            vec![Body::Inquire(pnrp_tests::scenario::inquire(id))],
        ),
        ("INQUIRE of another ID", vec![Body::Inquire(unknown)]),
        ("INQUIRE A", asks(true, false, false)),
        ("INQUIRE X", asks(false, true, false)),
        ("INQUIRE C", asks(false, false, true)),
        ("INQUIRE A X", asks(true, true, false)),
        ("INQUIRE A X C", asks(true, true, true)),
    ]);
    let sought = lookup(stranger(2), PnrpId::ZERO);
    let telling = pnrp_wire::Lookup {
        best_match: Some(entry(stranger(3))),
        ..sought.clone()
    };
    messages.extend([
        ("LOOKUP", vec![Body::Lookup(sought)]),
        ("LOOKUP naming a victim", vec![Body::Lookup(telling)]),
    ]);
    messages.extend(floods());
    messages.extend(acknowledgments());
    messages
}

fn synchronization(id: PnrpId, cached: &[PnrpId]) -> Vec<(&'static str, Vec<Body>)> {
    let solicit = |route| {
        Body::Solicit(Solicit {
            solicit_type: None,
            route,
            hashed_nonce: NONCE.hashed(),
        })
    };
    let request = |ids: &[PnrpId]| {
        Body::Request(Request {
            nonce: NONCE,
            ids: ids.to_vec(),
        })
    };
    let all = [&[id], cached].concat();
    vec![
        ("SOLICIT", vec![solicit(None)]),
        (
            "SOLICIT naming a victim",
            vec![solicit(Some(entry(stranger(4))))],
        ),
        ("REQUEST of one ID", vec![solicit(None), request(&[id])]),
        ("REQUEST of six IDs", vec![solicit(None), request(&all)]),
        ("REQUEST of no conversation", vec![request(&all)]),
    ]
}

fn floods() -> Vec<(&'static str, Vec<Body>)> {
    let of = |number| flood_of(entry(stranger(number)));
    let acknowledged = |flood| Flood {
        suppress_ack: false,
        ..flood
    };
    let peer = Peer::located(9, 9);
    let statements = peer.statements(
        CpaKind::Revoke,
        pnrp_wire::FileTime(134_000_000_000_000_000),
    );
    let revoke = sign_cpa(statements, &peer.key, &Dialect::default()).ok();
    let revocation = Flood {
        content: FloodContent {
            revoke,
            route: None,
        },
        ..of(5)
    };
    vec![
        ("FLOOD D naming a victim", vec![Body::Flood(of(5))]),
        (
            "FLOOD naming a victim",
            vec![Body::Flood(acknowledged(of(6)))],
        ),
        (
            "FLOOD revoking",
            vec![Body::Flood(acknowledged(revocation))],
        ),
    ]
}

/// Answers to nothing.
fn acknowledgments() -> Vec<(&'static str, Vec<Body>)> {
    let acked = MessageId(1);
    let buffer = AuthorityBuffer::default().encode(&Dialect::default());
    let pieces = fragments(acked, &buffer).into_iter().map(Body::Authority);
    let advertise = Advertise {
        acked,
        ids: vec![stranger(7)],
        hashed_nonce: NONCE.hashed(),
    };
    let ack = Ack {
        acked,
        id_not_found: true,
    };
    vec![
        ("ADVERTISE", vec![Body::Advertise(advertise)]),
        ("AUTHORITY", pieces.collect()),
        ("ACK", vec![Body::Ack(ack)]),
    ]
}

/// An ID that nobody has.
fn stranger(number: u8) -> PnrpId {
    PnrpId::from_bytes([number << 4; 32])
}

fn entry(id: PnrpId) -> RouteEntry {
    RouteEntry::new(id, victim().port, vec![victim().address]).expect("one address")
}
