//! Receiving SOLICIT. MS-PNRP §3.2.5.3.

use std::collections::BTreeSet;

use pnrp_node::cloud::Limits;
use pnrp_tests::scenario::{Peer, STRANGER, Scenario, config, endpoint, registration};
use pnrp_wire::{
    Body, Dialect, HashedNonce, Message, MessageId, Nonce, PnrpId, Request, Solicit, SolicitType,
};

use super::seconds;

fn solicit(nonce: Nonce) -> Solicit {
    Solicit {
        solicit_type: None,
        route: None,
        hashed_nonce: nonce.hashed(),
    }
}

fn request(nonce: Nonce) -> Body {
    let ids = vec![PnrpId::from_bytes([1; 32])];
    Body::Request(Request { nonce, ids })
}

/// IDs all around the ring, evenly.
fn spread_peers(count: u8) -> impl Iterator<Item = Peer> {
    (0..count).map(move |index| {
        let mut bytes = [0x55; 32];
        bytes[0] = u8::try_from(u32::from(index) * 256 / u32::from(count)).unwrap();
        Peer::anywhere(PnrpId::from_bytes(bytes), u16::from(index) + 100)
    })
}

/// R-3.2.5.3-01
#[test]
fn a_malformed_solicit_is_not_answered() {
    let body = Body::Solicit(solicit(Nonce([1; 16])));
    let id = MessageId(1);
    let datagram = Message { id, body }.encode(&Dialect::default());
    for length in 12..datagram.len() {
        let mut scenario = Scenario::default();
        scenario.deliver_bytes(endpoint(STRANGER), &datagram[..length]);
        scenario.expect_silence();
    }
}

/// R-3.2.5.3-02, R-3.2.6.1-01: a repeated SOLICIT restarts the fifteen seconds.
#[test]
fn a_repeated_solicit_prolongs_the_conversation() {
    let nonce = Nonce([3; 16]);
    for (is_repeated, is_alive) in [(true, true), (false, false)] {
        let mut scenario = Scenario::default();
        let from = endpoint(STRANGER);
        scenario.deliver(from, Body::Solicit(solicit(nonce)));
        scenario.advance(seconds(9));
        if is_repeated {
            scenario.deliver(from, Body::Solicit(solicit(nonce)));
        }
        scenario.advance(seconds(10));
        scenario.take_all();

        scenario.deliver(from, request(nonce));

        assert_eq!(scenario.take_all().len(), usize::from(is_alive));
    }
}

/// R-3.2.5.3-03: one conversation for each source, port and hash.
#[test]
fn conversations_differ_in_source_and_hash() {
    let mut scenario = Scenario::default();
    let conversations = |scenario: &Scenario| scenario.cloud.table_sizes()[3];
    for (expected, number, byte) in [(1, 50, 1), (1, 50, 1), (2, 50, 2), (3, 51, 1)] {
        scenario.deliver(endpoint(number), Body::Solicit(solicit(Nonce([byte; 16]))));
        assert_eq!(conversations(&scenario), expected);
    }
}

/// R-3.2.5.3-04
#[test]
fn a_node_without_room_advertises_nothing() {
    let limits = Limits {
        incoming_conversations: 1,
        ..Limits::default()
    };
    let mut scenario = Scenario::with(config().with_limits(limits));
    let (_, local) = scenario.register(registration());
    for (byte, advertised) in [(1, vec![local]), (2, Vec::new())] {
        let nonce = Nonce([byte; 16]);
        scenario.deliver(endpoint(STRANGER), Body::Solicit(solicit(nonce)));

        let (_, advertise) = scenario.expect_advertise();

        assert_eq!(advertise.ids, advertised);
        assert_eq!(advertise.hashed_nonce, nonce.hashed());
    }
}

/// R-5.1-04
#[test]
fn ten_thousand_solicits_make_a_bounded_table() {
    let mut scenario = Scenario::default();
    let (_, local) = scenario.register(registration());
    let room = Limits::default().incoming_conversations;
    let mut welcome = 0;
    for number in 100..10_100 {
        scenario.deliver(endpoint(number), Body::Solicit(solicit(Nonce([1; 16]))));
        let (sent, advertise) = scenario.expect_advertise();
        assert_eq!(sent.to, endpoint(number));
        welcome += usize::from(advertise.ids == [local]);
        scenario.expect_silence();
    }
    assert_eq!(welcome, room);
    assert_eq!(scenario.cloud.table_sizes(), [0, 0, 0, room]);
}

/// R-3.2.5.3-05: five of forty, of which no two are neighbours.
#[test]
fn five_ids_from_all_around_are_advertised() {
    let mut scenario = Scenario::default();
    let peers: Vec<Peer> = spread_peers(40).collect();
    for peer in &peers {
        scenario.introduce(peer);
    }

    scenario.deliver(endpoint(STRANGER), Body::Solicit(solicit(Nonce([1; 16]))));

    let (_, advertise) = scenario.expect_advertise();
    let known: BTreeSet<PnrpId> = peers.iter().map(|peer| peer.id).collect();
    let ids: BTreeSet<PnrpId> = advertise.ids.iter().copied().collect();
    assert_eq!(ids.len(), 5);
    assert!(ids.is_subset(&known));
    let octants: BTreeSet<u8> = ids.iter().map(|id| id.as_bytes()[0] >> 5).collect();
    assert!(octants.len() >= 4, "{ids:?}");
}

/// R-3.2.5.3-07
#[test]
fn own_ids_fill_a_short_list() {
    let mut scenario = Scenario::default();
    for peer in spread_peers(4) {
        scenario.introduce(&peer);
    }
    let (_, local) = scenario.register(registration());
    scenario.serve();

    scenario.deliver(endpoint(STRANGER), Body::Solicit(solicit(Nonce([1; 16]))));

    let (_, advertise) = scenario.expect_advertise();
    assert_eq!(advertise.ids.len(), 5);
    assert!(advertise.ids.contains(&local));
}

/// R-3.2.5.3-08
#[test]
fn the_advertise_goes_back_to_its_source() {
    let mut scenario = Scenario::default();
    let nonce = Nonce([1; 16]);
    let id = scenario.deliver(endpoint(STRANGER), Body::Solicit(solicit(nonce)));

    let (sent, advertise) = scenario.expect_advertise();

    assert_eq!(sent.to, endpoint(STRANGER));
    assert_eq!(advertise.acked, id);
    assert_eq!(advertise.hashed_nonce, nonce.hashed());
    scenario.expect_silence();
}

/// R-3.2.5.3-09, R-3.2.5.1-01
#[test]
fn the_entry_in_a_solicit_is_examined() {
    let mut scenario = Scenario::default();
    let peer = Peer::located(1 << 100, 2);
    let body = Solicit {
        route: Some(peer.route()),
        hashed_nonce: HashedNonce([1; 20]),
        ..solicit(Nonce::ZERO)
    };

    scenario.deliver(peer.endpoint, Body::Solicit(body));

    scenario.expect_advertise();
    let (sent, inquire) = scenario.expect_inquire();
    assert_eq!((sent.to, inquire.validate), (peer.endpoint, peer.id));
    scenario.answer_as(&peer, &sent);
    assert!(scenario.knows(peer.id));
}

/// R-3.2.5.3-10
#[test]
fn a_local_solicit_is_told_of_local_ids_only() {
    let mut scenario = Scenario::default();
    for peer in spread_peers(3) {
        scenario.introduce(&peer);
    }
    let (_, local) = scenario.register(registration());
    scenario.serve();
    let body = Solicit {
        solicit_type: Some(SolicitType::Local),
        ..solicit(Nonce([1; 16]))
    };

    scenario.deliver(endpoint(STRANGER), Body::Solicit(body));

    assert_eq!(scenario.expect_advertise().1.ids, [local]);
}
