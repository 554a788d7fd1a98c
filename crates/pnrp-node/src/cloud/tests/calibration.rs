//! Settling the bytes that the specification leaves open.

use std::time::Duration;

use pnrp_wire::{Body, ByteOrder, ClassifierEncoding, Dialect, Inquire, Nonce, PnrpId};

use super::{
    asking::{answer_to, inject},
    link::{Link, config, endpoint, name_of},
};
use crate::cloud::{Event, Proof};

/// Longer than what a node remembers of inquiries.
const A_WHILE: Duration = Duration::from_secs(31);

/// Every field that a CPA settles, each in turn.
fn other_dialects() -> [Dialect; 4] {
    let default = Dialect::default();
    [
        Dialect {
            signature_order: ByteOrder::LittleEndian,
            ..default
        },
        Dialect {
            number_order: ByteOrder::BigEndian,
            ..default
        },
        Dialect {
            classifier_hash: ClassifierEncoding::Utf8,
            ..default
        },
        Dialect {
            classifier_wire: ByteOrder::LittleEndian,
            ..default
        },
    ]
}

/// A node of ours that has been up for a while meets one of another make.
fn after_meeting(dialect: Dialect) -> Link {
    let mut link = Link::new(70);
    link.add(vec![]);
    link.register(0, &name_of(0));
    link.run(A_WHILE);
    link.add_foreign(vec![endpoint(0)], dialect);
    link.register(1, &name_of(1));
    link.run(Duration::from_secs(20));
    link
}

#[test]
fn the_first_valid_cpa_of_another_make_settles_the_dialect() {
    for dialect in other_dialects() {
        let link = after_meeting(dialect);

        assert_eq!(*link.nodes[0].dialect(), dialect);
        let calibrated: Vec<_> = link
            .events
            .iter()
            .filter(|(node, event)| *node == 0 && *event == Event::Calibrated { dialect })
            .collect();
        assert_eq!(calibrated.len(), 1, "{dialect:?}");
    }
}

/// Names of both makes are found after calibration, whichever came first.
#[test]
fn a_calibrated_node_finds_names_of_both_makes() {
    for dialect in other_dialects() {
        let mut link = after_meeting(dialect);
        link.add(vec![endpoint(0)]);
        link.register(2, &name_of(2));
        link.run(Duration::from_secs(20));

        for other in [1, 2] {
            let outcome = link.resolve(0, &name_of(other));
            assert_eq!(outcome.result, Ok(()), "{dialect:?} {other}");
        }
    }
}

#[test]
fn a_pinned_dialect_does_not_change() {
    let mut link = Link::new(71);
    let pinned = config(vec![]).with_dialect(Dialect::default(), false);
    link.add_configured(pinned);
    link.register(0, &name_of(0));
    link.run(A_WHILE);
    let [foreign, ..] = other_dialects();
    link.add_foreign(vec![endpoint(0)], foreign);
    link.register(1, &name_of(1));
    link.run(Duration::from_secs(20));

    assert_eq!(*link.nodes[0].dialect(), Dialect::default());
    assert_eq!(link.resolve(0, &name_of(1)).result, Ok(()));
}

/// The answer to a repeated inquiry comes in the other order, and convinces nobody of anything.
#[test]
fn nodes_of_this_make_never_talk_each_other_into_a_change() {
    let mut link = Link::ring(4, 72);
    let mut orders = Vec::new();
    for pause in [0, 1, 5, 31, 0, 29, 31, 2] {
        link.run(Duration::from_secs(pause));
        let found = link.resolve(0, &name_of(2)).found.unwrap();
        let Proof::Cpa {
            signature_order, ..
        } = found.proof
        else {
            panic!("it is not a name of this node");
        };
        orders.push(signature_order);
    }

    assert!(orders.contains(&ByteOrder::LittleEndian), "{orders:?}");
    for node in &link.nodes {
        assert_eq!(*node.dialect(), Dialect::default());
    }
}

/// A node that has just been opened does not know what its endpoint asked before.
#[test]
fn a_node_trusts_no_signature_order_in_its_first_half_minute() {
    let [foreign, ..] = other_dialects();
    let mut link = Link::new(73);
    link.add_foreign(vec![], foreign);
    link.register(0, &name_of(0));
    link.add(vec![endpoint(0)]);
    link.run(Duration::from_secs(1));

    assert_eq!(link.resolve(1, &name_of(0)).result, Ok(()));
    assert_eq!(*link.nodes[1].dialect(), Dialect::default());

    link.run(A_WHILE);
    assert_eq!(link.resolve(1, &name_of(0)).result, Ok(()));
    assert_eq!(*link.nodes[1].dialect(), foreign);
}

/// The other order for a source that asks for the same ID again within 30 s, and the usual one for
/// everybody else. A retransmission is answered as before.
#[test]
fn a_repeated_inquiry_is_answered_in_the_other_order() {
    let mut link = Link::chain(1, 74);
    let id = link.register(0, "0.web");
    let id = link.nodes[0].registration(id).unwrap().pnrp_id();
    let mut order = |number: u32| {
        inject(&mut link, number, inquire(id, number));
        link.run(Duration::from_secs(1));
        let answer = answer_to(&link, number);
        link.log.clear();
        let signed = answer.cpa.unwrap();
        // A checksum of eight bytes and 120 zeros.
        match signed.signature().0.ends_with(&[0; 120]) {
            true => ByteOrder::BigEndian,
            false => ByteOrder::LittleEndian,
        }
    };

    let orders = [order(1), order(1), order(2), order(2), order(3)];

    let (usual, other) = (ByteOrder::BigEndian, ByteOrder::LittleEndian);
    assert_eq!(orders, [usual, usual, other, other, usual]);
    link.run(A_WHILE);
    let mut order = |number: u32| {
        inject(&mut link, number, inquire(id, number));
        link.run(Duration::from_secs(1));
        answer_to(&link, number)
            .cpa
            .unwrap()
            .signature()
            .0
            .ends_with(&[0; 120])
    };
    assert!(order(4), "after a while it is a first inquiry again");
}

fn inquire(id: PnrpId, number: u32) -> Body {
    Body::Inquire(Inquire {
        validate: id,
        want_cpa: true,
        want_extended_payload: false,
        want_cert_chain: false,
        nonce: Some(Nonce([u8::try_from(number).unwrap(); 16])),
    })
}
