use pnrp_cache::ring_distance;
use pnrp_wire::{P2pId, Reason, SearchCriteria};

use super::*;
use crate::{
    address::Ownership,
    time::{Epoch, Time},
};

#[test]
fn placed_ids_are_as_close_to_the_target_as_was_wanted_and_on_both_sides() {
    let target = victim().p2p_id(&Dialect::default());

    let placing = place(target, 10, 9);

    let location = ServiceLocation::new(0, 0);
    let target = PnrpId::new(target, location);
    let offsets: Vec<_> = placing
        .names
        .iter()
        .map(|name| PnrpId::new(name.p2p_id(&Dialect::default()), location))
        .collect();
    assert_eq!(offsets.len(), 10);
    assert_eq!(offsets.iter().filter(|id| **id > target).count(), 5);
    for id in offsets {
        let [first, second, ..] = ring_distance(&target, &id).to_bytes();
        assert!(first == 0 && second < 0x80, "{id}");
    }
    assert!(placing.tried > 500, "{}", placing.tried);
}

#[test]
fn placed_ids_are_found_across_the_end_of_the_ring() {
    let placing = place(P2pId([0; 16]), 4, 6);

    assert_eq!(placing.names.len(), 4);
}

#[test]
fn without_a_distance_ids_are_anywhere() {
    let placing = place(P2pId([0; 16]), 10, 0);

    assert_eq!(placing.names.len(), 10);
    assert!(placing.tried < 100, "{}", placing.tried);
}

#[test]
fn made_up_ids_come_closer_as_often_as_a_search_asks() {
    let target = victim_id();
    let mut last = PnrpId::new(
        P2pId((u128::from_be_bytes(target.p2p_id().0) ^ 1 << 110).to_be_bytes()),
        target.service_location(),
    );

    for _ in 0..22 {
        let next = closer_id(&target, &last).expect("room for another");
        assert!(is_closer(&target, &next, &last));
        assert!(next.shared_bits(&target) < 128);
        last = next;
    }
}

#[test]
fn searches_for_the_name_go_to_hostile_nodes_that_were_not_asked() {
    let attack = attack(Plan::Mislead);
    let visited = vec![endpoint(0), endpoint(11), endpoint(12)];

    let answer = answer(&attack, Body::Lookup(lookup(victim_id(), visited)));

    let route = answer.route.expect("a referral");
    assert_eq!(route.endpoints().collect::<Vec<_>>(), [endpoint(13)]);
    assert!(!answer.id_not_found && !answer.missing_from_leaf_set);
}

#[test]
fn other_searches_and_those_of_fellows_are_left_to_the_cloud() {
    let attack = attack(Plan::Mislead);
    let other = PnrpId::from_bytes([7; 32]);

    let ours = Body::Lookup(lookup(other, vec![endpoint(0)]));
    assert_eq!(lies(&attack, Node(0), &ours), None);
    let fellow = Body::Lookup(lookup(victim_id(), vec![endpoint(12)]));
    assert_eq!(lies(&attack, Node(12), &fellow), None);
}

#[test]
fn a_flood_of_the_publisher_is_acknowledged_and_goes_no_further() {
    let attack = attack(Plan::Mislead);
    let flood = |node| Flood {
        suppress_ack: false,
        validate: PnrpId::ZERO,
        content: pnrp_wire::FloodContent {
            revoke: None,
            route: attack.entry(victim_id(), Node(node)),
        },
        already_flooded: Vec::new(),
    };
    let (publisher, fellow) = (Body::Flood(flood(1)), Body::Flood(flood(12)));

    let answer = lies(&attack, Node(0), &publisher).expect("no cloud sees it");

    let [ack] = answer.as_slice() else {
        panic!("one ACK");
    };
    let ack = Message::decode(&ack.payload, &Dialect::default()).unwrap();
    let expected = Ack {
        acked: ASKED,
        id_not_found: false,
    };
    assert_eq!(ack.body, Body::Ack(expected));
    assert_eq!(lies(&attack, Node(0), &fellow), None);
}

fn victim() -> PeerName {
    "0.victim".parse().unwrap()
}

fn victim_id() -> PnrpId {
    let p2p_id = victim().p2p_id(&Dialect::default());
    PnrpId::new(p2p_id, ServiceLocation::new(1, 2))
}

/// Nodes 10 to 19 are hostile.
fn attack(plan: Plan) -> Attack {
    Attack::new(victim(), plan, HOSTILE, addresses())
}

fn addresses() -> Addresses {
    let mut addresses = Addresses::new(1);
    addresses.own(HOSTILE, Ownership::Site);
    addresses
}

fn endpoint(node: u32) -> Endpoint {
    addresses().endpoint(Node(node))
}

fn lookup(target: PnrpId, visited: Vec<Endpoint>) -> Lookup {
    Lookup {
        accept_not_closer: false,
        criteria: SearchCriteria::AnyPeerName,
        reason: Reason::AppRequest,
        target,
        validate: PnrpId::from_bytes([9; 32]),
        best_match: None,
        visited,
    }
}

/// What node 10 sends instead of what its cloud would.
fn lies(attack: &Attack, from: Node, body: &Body) -> Option<Vec<Transmit>> {
    let message = Message {
        id: ASKED,
        body: body.clone(),
    };
    let payload = message.encode(&Dialect::default());
    let datagram = Datagram {
        from: endpoint(from.0),
        to: endpoint(10),
        payload: &payload,
    };
    attack.answer(
        (from, Node(10)),
        &datagram,
        Epoch::new().now(Time::ZERO),
        &mut 0,
    )
}

fn answer(attack: &Attack, body: Body) -> AuthorityBuffer {
    let sent = lies(attack, Node(0), &body).expect("a lie");
    let [only] = sent.as_slice() else {
        panic!("one message");
    };
    let message = Message::decode(&only.payload, &Dialect::default()).unwrap();
    let Body::Authority(fragment) = message.body else {
        panic!("an AUTHORITY message");
    };
    AuthorityBuffer::decode(&fragment.data, &Dialect::default()).unwrap()
}

const HOSTILE: Range<u32> = 10..20;
const ASKED: MessageId = MessageId(77);
