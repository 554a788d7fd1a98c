//! Receiving a new ROUTE_ENTRY, and its way into the cache. MS-PNRP §3.1.5.11, §3.2.5.1,
//! §3.1.5.6.1.2.

use std::net::Ipv6Addr;

use pnrp_node::cloud::Limits;
use pnrp_tests::scenario::{
    CheapKey, GAP, Peer, STRANGER, Scenario, Sent, config, endpoint, flood_of,
};
use pnrp_wire::{
    AuthorityBuffer, Body, CpaKind, Dialect, Flood, FloodContent, MessageId, Nonce, PnrpId,
    RouteEntry, Signature, SignedCpa,
};

use super::seconds;

const ID: PnrpId = PnrpId::from_bytes([0x33; 32]);

fn entry(port: u16, addresses: &[&str]) -> RouteEntry {
    let parse = |address: &&str| address.parse::<Ipv6Addr>().unwrap();
    RouteEntry::new(ID, port, addresses.iter().map(parse).collect()).unwrap()
}

/// R-3.1.5.11-01: the rest of the message counts.
#[test]
fn an_entry_below_port_1024_is_ignored() {
    for (port, is_examined) in [(0, false), (1023, false), (1025, true), (3540, true)] {
        let mut scenario = Scenario::default();
        let flood = Flood {
            suppress_ack: false,
            ..flood_of(entry(port, &["fe80::2"]))
        };

        scenario.deliver(endpoint(STRANGER), Body::Flood(flood));

        scenario.expect_ack();
        assert_eq!(
            scenario.take_all().len(),
            usize::from(is_examined),
            "{port}"
        );
    }
}

/// R-3.1.5.11-02
#[test]
fn an_entry_that_has_no_room_is_ignored() {
    let limits = Limits {
        admissions: 1,
        ..Limits::default()
    };
    let mut scenario = Scenario::with(config().with_limits(limits));
    let [one, two] = [2, 3].map(|number| Peer::located(u128::from(number) << 100, number));
    scenario.flood_route(one.endpoint, one.route());
    let (sent, _) = scenario.expect_inquire();

    scenario.flood_route(two.endpoint, two.route());
    scenario.expect_silence();

    scenario.answer_as(&one, &sent);
    scenario.flood_route(two.endpoint, two.route());
    scenario.expect_inquire();
}

/// R-3.1.5.11-03, R-3.1.5.11-05, R-3.1.5.6.1.2-01, R-3.1.5.6.1.2-03, R-3.1.5.6.1.2-07: the node has
/// to answer the INQUIRE for its ID before it is cached.
#[test]
fn an_entry_is_cached_once_its_node_confirms_it() {
    let mut scenario = Scenario::default();
    let peer = Peer::anywhere(ID, 2);
    scenario.flood_route(endpoint(STRANGER), peer.route());
    let (sent, inquire) = scenario.expect_inquire();
    assert_eq!((sent.to, inquire.validate), (peer.endpoint, ID));
    assert!(!scenario.knows(ID));

    let stray = MessageId(sent.message.id.0.wrapping_add(1));
    scenario.answer_from(peer.endpoint, stray, &AuthorityBuffer::default());
    assert!(!scenario.knows(ID));

    scenario.answer(&sent, &AuthorityBuffer::default());
    assert!(scenario.knows(ID));
}

/// R-3.1.5.11-04: the address with the longest prefix in common with a local one.
#[test]
fn the_inquire_goes_to_the_nearest_address_at_the_entrys_port() {
    let mut scenario = Scenario::default();
    let route = entry(
        4000,
        &["fe80::1:0:0:2", "2001:db8::2", "fe80::2", "fe80::2:0:0:0"],
    );

    scenario.flood_route(endpoint(STRANGER), route);

    let (sent, _) = scenario.expect_inquire();
    assert_eq!(sent.to.address, "fe80::2".parse::<Ipv6Addr>().unwrap());
    assert_eq!(sent.to.port, 4000);
}

/// R-3.1.5.11-06, R-3.2.6.3-01, R-5.1-05, R-3.1.6.3-03: asked twice, then discarded.
#[test]
fn an_entry_whose_node_is_silent_is_discarded() {
    let mut scenario = Scenario::default();
    let peer = Peer::anywhere(ID, 2);
    scenario.flood_route(endpoint(STRANGER), peer.route());
    let (first, _) = scenario.expect_inquire();
    scenario.advance(seconds(1));
    let (second, _) = scenario.expect_inquire();
    assert_eq!(second.payload, first.payload);
    scenario.advance(seconds(1));

    scenario.answer(&first, &AuthorityBuffer::default());

    assert!(!scenario.knows(ID));
    scenario.expect_silence();
    scenario.flood_route(endpoint(STRANGER), peer.route());
    scenario.expect_inquire();
}

/// R-2.2.2.6.1-02: a node that is busy has not confirmed the entry, and may later.
#[test]
fn an_entry_whose_node_is_busy_is_not_cached() {
    let mut scenario = Scenario::default();
    let peer = Peer::anywhere(ID, 2);
    scenario.flood_route(endpoint(STRANGER), peer.route());
    let (sent, _) = scenario.expect_inquire();
    let busy = AuthorityBuffer {
        busy: true,
        ..AuthorityBuffer::default()
    };

    scenario.answer(&sent, &busy);

    assert!(!scenario.knows(ID));
    scenario.introduce(&peer);
}

/// R-3.1.5.11-07
#[test]
fn what_is_known_or_being_examined_is_not_asked_for_again() {
    let (mut scenario, _, local) = Scenario::registered();
    let own = Peer {
        endpoint: endpoint(9),
        ..Peer::beside(local, 0, 9)
    };
    scenario.flood_route(endpoint(STRANGER), own.route());
    scenario.expect_silence();

    let mut scenario = Scenario::default();
    let peer = Peer::anywhere(ID, 2);
    scenario.flood_route(endpoint(STRANGER), peer.route());
    let (sent, _) = scenario.expect_inquire();
    scenario.flood_route(endpoint(STRANGER), peer.route());
    scenario.expect_silence();
    scenario.answer(&sent, &AuthorityBuffer::default());

    scenario.flood_route(endpoint(STRANGER), peer.route());
    scenario.expect_silence();
    let moved = Peer::anywhere(ID, 3);
    scenario.flood_route(endpoint(STRANGER), moved.route());
    assert_eq!(scenario.expect_inquire().0.to, moved.endpoint);
}

/// R-3.1.5.11-08
#[test]
fn an_entry_that_no_node_of_the_cloud_can_have_is_ignored() {
    for addresses in [
        &["ff02::1"][..],
        &["::"],
        &["::1"],
        &["2001:db8::2"],
        &["fec0::2"],
        &["::ffff:192.0.2.1"],
        &["fe80::2", "ff02::1"],
    ] {
        let mut scenario = Scenario::default();
        scenario.flood_route(endpoint(STRANGER), entry(3540, addresses));
        scenario.expect_silence();
    }
}

/// R-3.2.5.1-02, R-3.1.5.11-02: A and C for a leaf, for others neither.
#[test]
fn a_leaf_is_asked_for_its_cpa() {
    let (mut scenario, _, local) = Scenario::amid_leaves();
    for (offset, is_leaf) in [(GAP / 2, true), (-GAP / 2, true), (6 * GAP, false)] {
        let peer = Peer::beside(local, offset, 50);
        scenario.flood_route(peer.endpoint, peer.route());

        let (sent, inquire) = scenario.expect_inquire();

        assert_eq!(inquire.want_cpa, is_leaf);
        assert_eq!(inquire.want_cert_chain, is_leaf);
        assert_eq!(inquire.nonce.is_some(), is_leaf);
        scenario.answer(
            &sent,
            &AuthorityBuffer {
                id_not_found: true,
                ..AuthorityBuffer::default()
            },
        );
    }
}

/// R-3.1.5.6.1.2-02
#[test]
fn an_entry_that_its_node_denies_is_not_cached() {
    let mut scenario = Scenario::default();
    let peer = Peer::anywhere(ID, 2);
    scenario.flood_route(endpoint(STRANGER), peer.route());
    let (sent, _) = scenario.expect_inquire();
    let denial = AuthorityBuffer {
        id_not_found: true,
        ..AuthorityBuffer::default()
    };

    scenario.answer(&sent, &denial);
    scenario.answer(&sent, &AuthorityBuffer::default());

    assert!(!scenario.knows(ID));
}

/// A cloud that has asked a would-be leaf for its CPA, with the nonce.
fn asked_for_cpa() -> (Scenario, Peer, Sent, Nonce) {
    let (mut scenario, _, local) = Scenario::registered();
    let peer = Peer::beside(local, GAP, 2);
    scenario.flood_route(peer.endpoint, peer.route());
    let (sent, inquire) = scenario.expect_inquire();
    (scenario, peer, sent, inquire.nonce.unwrap())
}

fn with_cpa(cpa: SignedCpa) -> AuthorityBuffer {
    AuthorityBuffer {
        cpa: Some(cpa),
        ..AuthorityBuffer::default()
    }
}

/// R-3.1.5.6.1.2-04
#[test]
fn a_leaf_without_a_cpa_is_discarded() {
    let (mut scenario, peer, sent, _) = asked_for_cpa();

    scenario.answer(&sent, &AuthorityBuffer::default());

    assert!(!scenario.knows(peer.id));
}

/// R-3.1.5.6.1.2-05
#[test]
fn a_leaf_whose_cpa_does_not_hold_is_discarded() {
    type Make = fn(&Peer, Nonce, &Scenario) -> SignedCpa;
    let cases: [(&str, Make); 5] = [
        ("a good one", |peer, nonce, scenario| {
            peer.cpa(CpaKind::Publish(nonce), scenario.now.utc)
        }),
        ("another nonce", |peer, _, scenario| {
            peer.cpa(CpaKind::Publish(Nonce([9; 16])), scenario.now.utc)
        }),
        ("a revocation", |peer, _, scenario| {
            peer.cpa(CpaKind::Revoke, scenario.now.utc)
        }),
        ("expired", |peer, nonce, scenario| {
            let mut expired = peer.statements(CpaKind::Publish(nonce), scenario.now.utc);
            expired.not_after = pnrp_wire::FileTime(scenario.now.utc.0 - 1);
            peer.sign(expired)
        }),
        ("not signed", |peer, nonce, scenario| {
            let statements = peer.statements(CpaKind::Publish(nonce), scenario.now.utc);
            SignedCpa::new(statements, Signature([1; 128]), &Dialect::default()).unwrap()
        }),
    ];
    for (index, (what, make)) in cases.into_iter().enumerate() {
        let (mut scenario, peer, sent, nonce) = asked_for_cpa();
        let cpa = make(&peer, nonce, &scenario);

        scenario.answer(&sent, &with_cpa(cpa));

        assert_eq!(scenario.knows(peer.id), index == 0, "{what}");
    }
}

/// R-3.1.5.6.1.2-05: an authority that is not the key's needs a chain.
#[test]
fn a_leaf_of_another_authority_needs_its_chain() {
    let (mut scenario, _, _) = Scenario::registered();
    let owner = pnrp_identity::Signer::public_key(&CheapKey(1)).authority();
    let peer = Peer::of_name(&format!("{owner}.db"), CheapKey(2), 1 << 100, 2);
    scenario.flood_route(peer.endpoint, peer.route());
    let (sent, inquire) = scenario.expect_inquire();
    let cpa = peer.cpa(CpaKind::Publish(inquire.nonce.unwrap()), scenario.now.utc);

    scenario.answer(&sent, &with_cpa(cpa));

    assert!(!scenario.knows(peer.id));
}

/// R-3.1.5.6.1.2-06: the CPA is of this ID, and of the address that was asked.
#[test]
fn a_leaf_whose_cpa_is_of_another_place_is_discarded() {
    let (mut scenario, peer, sent, nonce) = asked_for_cpa();
    let mut other_id = peer.statements(CpaKind::Publish(nonce), scenario.now.utc);
    other_id.service_location.0[15] ^= 1;
    scenario.answer(&sent, &with_cpa(peer.sign(other_id)));
    assert!(!scenario.knows(peer.id));

    let (mut scenario, peer, sent, nonce) = asked_for_cpa();
    let mut elsewhere = peer.statements(CpaKind::Publish(nonce), scenario.now.utc);
    elsewhere.service_addresses = vec![endpoint(3)];
    scenario.answer(&sent, &with_cpa(peer.sign(elsewhere)));
    assert!(!scenario.knows(peer.id));
}

/// R-3.2.5.1-01: who became a leaf while its new place was examined has to prove the new place, and is the
/// leaf it was until then.
#[test]
fn a_leaf_that_moves_proves_its_new_place() {
    let (mut scenario, registered, local) = Scenario::registered();
    let sixth = Peer::beside(local, 6 * GAP, 60);
    scenario.introduce(&sixth);
    for step in 1..=5_u16 {
        scenario.introduce(&Peer::beside(local, i128::from(step) * GAP, 10 + step));
        scenario.introduce(&Peer::beside(local, i128::from(step) * -GAP, 20 + step));
    }
    let moved = Peer {
        endpoint: endpoint(61),
        ..sixth.clone()
    };
    scenario.flood_route(moved.endpoint, moved.route());
    let (asked, inquire) = scenario.expect_inquire();
    assert!(!inquire.want_cpa);
    let first = scenario.peer(11).clone();
    let revoke = first.cpa(CpaKind::Revoke, scenario.now.utc);
    let content = FloodContent {
        revoke: Some(revoke),
        route: None,
    };
    let flood = Flood {
        content,
        ..flood_of(first.route())
    };
    scenario.deliver(first.endpoint, Body::Flood(flood));
    let leaf = |scenario: &Scenario| {
        let local = scenario.cloud.registration(registered).unwrap();
        let cached = scenario.cloud.cache().get(&sixth.id).unwrap();
        let at: Vec<_> = cached.endpoints().collect();
        (local.leaves().contains(&sixth.id), cached.cpa_checked(), at)
    };
    assert_eq!(leaf(&scenario), (true, true, vec![sixth.endpoint]));

    scenario.answer_as(&moved, &asked);
    assert_eq!(leaf(&scenario), (true, true, vec![sixth.endpoint]));
    let (asked, _) = scenario.expect_proof_inquire();
    assert_eq!(asked.to, moved.endpoint);
    scenario.answer_as(&moved, &asked);

    assert_eq!(leaf(&scenario), (true, true, vec![moved.endpoint]));
}
