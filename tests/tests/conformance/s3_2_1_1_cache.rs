//! What the cache keeps. MS-PNRP §3.2.1.1.

use pnrp_node::cloud::Limits;
use pnrp_tests::scenario::{GAP, Peer, Scenario, config, endpoint, registration};
use pnrp_wire::PnrpId;

/// Makes 64 peers known that are evenly spread; not all stay.
fn crowd(scenario: &mut Scenario) {
    for index in 0..64_u8 {
        let mut bytes = [0x55; 32];
        bytes[0] = index.wrapping_mul(37).wrapping_mul(4);
        let peer = Peer::anywhere(PnrpId::from_bytes(bytes), 500 + u16::from(index));
        scenario.peers.push(peer.clone());
        scenario.flood_route(peer.endpoint, peer.route());
        scenario.serve();
    }
}

/// R-3.2.1.1-02
#[test]
fn leaves_stay_however_many_others_come() {
    let limits = Limits {
        cache: 16,
        ..Limits::default()
    };
    let mut scenario = Scenario::with(config().with_limits(limits));
    let (_, local) = scenario.register(registration());
    let mut leaves = Vec::new();
    for step in 1..=5_u16 {
        let offset = i128::from(step) * GAP;
        leaves.push(Peer::beside(local, offset, 10 + step));
        leaves.push(Peer::beside(local, -offset, 20 + step));
    }
    for leaf in &leaves {
        scenario.introduce(leaf);
    }

    crowd(&mut scenario);

    assert!(leaves.iter().all(|leaf| scenario.knows(leaf.id)));
    assert!(scenario.cloud.cache().len() <= 16);
}

/// A full cache asks after an entry of a part of the ring of which it knows little, and not after one
/// more of where it knows most.
#[test]
fn a_full_cache_asks_only_after_what_it_wants() {
    let limits = Limits {
        cache: 12,
        ..Limits::default()
    };
    let mut scenario = Scenario::with(config().with_limits(limits));
    for number in 1..=12 {
        let id = PnrpId::from_bytes([0x80 + u8::try_from(number).unwrap(); 32]);
        scenario.introduce(&Peer::anywhere(id, number + 10));
    }
    let at = |first: u8, number| Peer::anywhere(PnrpId::from_bytes([first; 32]), number);

    scenario.flood_route(endpoint(60), at(0x90, 60).route());
    scenario.expect_silence();
    scenario.flood_route(endpoint(61), at(0x10, 61).route());
    let (sent, _) = scenario.expect_inquire();

    assert_eq!(sent.to, endpoint(61));
    let discarded = &scenario.cloud.stats().discarded;
    assert_eq!(discarded.get("route_not_wanted"), Some(&1));
}
