//! Receiving FLOOD. MS-PNRP §3.1.5.5, and what a publisher adds in §3.2.5.5.

use pnrp_identity::Signer;
use pnrp_tests::scenario::{CheapKey, Peer, STRANGER, Scenario, endpoint, flood_of};
use pnrp_wire::{
    Body, CpaKind, Dialect, Endpoint, Flood, FloodContent, Message, MessageId, Nonce, PnrpId,
    Signature, SignedCpa,
};

use super::seconds;

const PLACE: u128 = 0xfe80 << 112;

/// A peer whose name belongs to its key.
fn secure_peer(key: u8, classifier: &str, number: u16) -> Peer {
    let key = CheapKey(key);
    let name = format!("{}.{classifier}", key.public_key().authority());
    Peer::of_name(&name, key, PLACE, number)
}

fn of_revocation(revoke: SignedCpa) -> Flood {
    Flood {
        suppress_ack: true,
        validate: PnrpId::ZERO,
        content: FloodContent {
            revoke: Some(revoke),
            route: None,
        },
        already_flooded: Vec::new(),
    }
}

/// R-3.1.5.5-01
#[test]
fn a_malformed_flood_is_not_acknowledged() {
    let peer = Peer::located(PLACE, 2);
    let body = Body::Flood(Flood {
        suppress_ack: false,
        already_flooded: vec![peer.endpoint],
        ..flood_of(peer.route())
    });
    let id = MessageId(1);
    let datagram = Message { id, body }.encode(&Dialect::default());
    let mut scenario = Scenario::default();
    for length in 12..datagram.len() {
        scenario.deliver_bytes(peer.endpoint, &datagram[..length]);
        scenario.expect_silence();
    }
    scenario.deliver_bytes(peer.endpoint, &datagram);
    scenario.expect_ack();
}

/// R-3.1.5.5-02, R-3.1.5.5-03
#[test]
fn an_ack_is_sent_unless_d_is_set() {
    for suppress_ack in [false, true] {
        let mut scenario = Scenario::default();
        let flood = Flood {
            suppress_ack,
            validate: PnrpId::ZERO,
            content: FloodContent::default(),
            already_flooded: Vec::new(),
        };

        let id = scenario.deliver(endpoint(STRANGER), Body::Flood(flood));

        if !suppress_ack {
            let (sent, ack) = scenario.expect_ack();
            assert_eq!((sent.to, ack.acked), (endpoint(STRANGER), id));
        }
        scenario.expect_silence();
    }
}

/// R-3.2.5.5-01, R-3.2.5.5-02
#[test]
fn the_ack_denies_an_id_that_is_not_registered() {
    let (mut scenario, registered, local) = Scenario::registered();
    let ask = |scenario: &mut Scenario, validate| {
        let flood = Flood {
            suppress_ack: false,
            validate,
            content: FloodContent::default(),
            already_flooded: Vec::new(),
        };
        scenario.deliver(endpoint(STRANGER), Body::Flood(flood));
        scenario.expect_ack().1.id_not_found
    };

    assert!(!ask(&mut scenario, PnrpId::ZERO));
    assert!(!ask(&mut scenario, local));
    assert!(ask(&mut scenario, local.successor()));
    scenario.unregister(registered);
    assert!(ask(&mut scenario, local));
}

/// R-3.1.5.5-04, R-3.2.5.1-01
#[test]
fn the_entry_in_a_flood_is_examined() {
    let mut scenario = Scenario::default();
    let peer = Peer::located(PLACE, 2);

    scenario.flood_route(endpoint(STRANGER), peer.route());

    let (sent, inquire) = scenario.expect_inquire();
    assert_eq!((sent.to, inquire.validate), (peer.endpoint, peer.id));
    scenario.expect_silence();
}

/// R-3.1.5.5-05, R-3.1.5.5-07
#[test]
fn only_a_valid_revocation_removes_an_entry() {
    let peer = secure_peer(1, "mine", 2);
    let thief = Peer {
        key: CheapKey(2),
        ..peer.clone()
    };
    let mut scenario = Scenario::default();
    scenario.introduce(&peer);
    let now = scenario.now.utc;
    let revoke = peer.statements(CpaKind::Revoke, now);
    let mut expired = revoke.clone();
    expired.not_after = pnrp_wire::FileTime(now.0 - 1);

    let unsigned = SignedCpa::new(revoke, Signature([1; 128]), &Dialect::default()).unwrap();
    for (what, cpa) in [
        ("not signed", unsigned),
        ("signed by somebody else", thief.cpa(CpaKind::Revoke, now)),
        ("expired", peer.sign(expired)),
        ("R clear", peer.cpa(CpaKind::Publish(Nonce::ZERO), now)),
    ] {
        scenario.deliver(endpoint(STRANGER), Body::Flood(of_revocation(cpa)));
        scenario.serve();
        assert!(scenario.knows(peer.id), "{what}");
    }

    let revoke = of_revocation(peer.cpa(CpaKind::Revoke, now));
    scenario.deliver(endpoint(STRANGER), Body::Flood(revoke));
    assert!(!scenario.knows(peer.id));
}

/// R-3.1.5.5-06: name, key and service location together are what is revoked.
#[test]
fn a_revocation_is_of_one_id() {
    let revoked = secure_peer(1, "mine", 2);
    let elsewhere = Peer::of_name(&revoked.name.to_string(), revoked.key, PLACE + 1, 3);
    let others = [
        elsewhere,
        secure_peer(1, "yours", 4),
        secure_peer(2, "mine", 5),
    ];
    let mut scenario = Scenario::default();
    for peer in others.iter().chain([&revoked]) {
        scenario.introduce(peer);
    }

    let cpa = revoked.cpa(CpaKind::Revoke, scenario.now.utc);
    scenario.deliver(endpoint(STRANGER), Body::Flood(of_revocation(cpa)));

    assert!(!scenario.knows(revoked.id));
    assert!(others.iter().all(|peer| scenario.knows(peer.id)));
}

/// R-3.1.5.5-05: anyone can sign for an unsecured name, so its node is asked, and believed.
#[test]
fn the_revocation_of_an_unsecured_name_is_verified_at_its_node() {
    for is_gone in [false, true] {
        let mut scenario = Scenario::default();
        let peer = Peer::located(PLACE, 2);
        scenario.introduce(&peer);
        let cpa = peer.cpa(CpaKind::Revoke, scenario.now.utc);
        scenario.deliver(endpoint(STRANGER), Body::Flood(of_revocation(cpa)));
        assert!(scenario.knows(peer.id));

        let (sent, inquire) = scenario.expect_inquire();
        assert_eq!((sent.to, inquire.validate), (peer.endpoint, peer.id));
        if !is_gone {
            scenario.answer_as(&peer, &sent);
        }
        scenario.advance(seconds(2));

        assert_eq!(scenario.knows(peer.id), !is_gone);
    }
}

/// R-4.3-02: away from the revoked ID, to the nearest leaf that has not seen it, and to nobody when
/// the ID was unknown.
#[test]
fn a_revocation_is_passed_on_across_the_local_id() {
    for (revoked, seen, expected) in [
        (11, vec![endpoint(11)], 21),
        (21, vec![endpoint(21)], 11),
        (11, vec![endpoint(21)], 22),
    ] {
        let (mut scenario, _, _) = Scenario::amid_leaves();
        let peer = scenario.peer(revoked).clone();
        let revoke = peer.cpa(CpaKind::Revoke, scenario.now.utc);
        let flood = Flood {
            already_flooded: seen.clone(),
            ..of_revocation(revoke.clone())
        };

        scenario.deliver(endpoint(STRANGER), Body::Flood(flood.clone()));

        let onward = revocations(&mut scenario);
        let [(to, onward)] = &onward[..] else {
            panic!("{onward:?}");
        };
        assert_eq!(*to, endpoint(expected));
        assert!(!onward.suppress_ack);
        assert_eq!(onward.content.revoke, Some(revoke));
        let mut listed = seen.iter().chain([to]);
        assert!(listed.all(|at| onward.already_flooded.contains(at)));
        assert!(!scenario.knows(peer.id));
        scenario.deliver(endpoint(STRANGER), Body::Flood(flood));
        assert_eq!(revocations(&mut scenario), []);
    }
}

/// The FLOODs that revoke, and to whom they go.
fn revocations(scenario: &mut Scenario) -> Vec<(Endpoint, Flood)> {
    let sent = scenario.take_all().into_iter();
    sent.filter_map(|sent| {
        let Body::Flood(flood) = sent.message.body else {
            return None;
        };
        flood.content.revoke.is_some().then_some((sent.to, flood))
    })
    .collect()
}
