//! Unregistering a name. MS-PNRP §4.3.

use std::{collections::BTreeSet, time::Duration};

use pnrp_tests::{
    scenario::{GAP, Peer, Scenario, Sent, endpoint, flood_of},
    wire::{DELAY, Wire},
};
use pnrp_wire::{Body, CpaKind, Flood, FloodContent, PnrpId};

/// The node that leaves.
const LEAVING: u16 = 6;
/// The ring of the example.
const ELEVEN: [u16; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/// The same with four nodes for which node 6 is no leaf.
const FIFTEEN: [u16; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// A ring that node 6 has left, its former ID, and what was sent.
fn left(ring: &[u16]) -> (Wire, PnrpId, Vec<Sent>) {
    let mut wire = Wire::ring(ring, 1);
    let id = wire.id(LEAVING);
    wire.unregister(LEAVING);
    wire.run(Duration::from_secs(4));
    let log = wire.take_log();
    (wire, id, log)
}

/// From whom to whom the revocation went.
fn revocations(log: &[Sent], id: PnrpId) -> Vec<(u16, u16)> {
    let revokes = |sent: &&Sent| {
        let revoke = sent.flood().and_then(|flood| flood.content.revoke.as_ref());
        revoke.is_some_and(|revoke| revoke.id() == id && revoke.cpa().kind == CpaKind::Revoke)
    };
    let revocations = log.iter().filter(revokes);
    revocations
        .map(|sent| (sent.source(), sent.destination()))
        .collect()
}

/// R-4.3-01: to nobody else, and both remove the ID as soon as they know.
#[test]
fn steps_1_and_2_both_neighbours_get_the_revocation() {
    let mut wire = Wire::ring(&ELEVEN, 1);
    let id = wire.id(LEAVING);
    wire.unregister(LEAVING);
    assert_eq!(revocations(wire.log(), id), [(6, 7), (6, 5)]);
    let others: BTreeSet<_> = ELEVEN
        .into_iter()
        .filter(|number| *number != LEAVING)
        .collect();
    assert_eq!(wire.caching(&id), others);

    wire.run(DELAY);

    assert_eq!(
        wire.caching(&id),
        others
            .iter()
            .copied()
            .filter(|number| ![5, 7].contains(number))
            .collect()
    );
    assert!(wire.holding(&id).is_disjoint(&[5, 7].into()));
}

/// R-4.3-02: hop by hop, and away from the ID; a hop takes one delay.
#[test]
fn steps_1_and_2_the_revocation_is_forwarded_outward() {
    let (wire, id, log) = left(&ELEVEN);
    let sent: BTreeSet<_> = revocations(&log, id).into_iter().collect();
    let below = [(6, 5), (5, 4), (4, 3), (3, 2), (2, 1)];
    let above = [(6, 7), (7, 8), (8, 9), (9, 10), (10, 11)];
    // The ends of a ring of eleven are neighbours; what they tell each other is no news.
    let ends = [(1, 11), (11, 1)];

    let expected = below.into_iter().chain(above).chain(ends);
    assert_eq!(sent, expected.collect());
    assert_eq!(revocations(&log, id).len(), sent.len());
    assert_eq!(wire.caching(&id), BTreeSet::new());
    assert_eq!(wire.holding(&id), BTreeSet::new());
}

/// R-4.3-02: 15 and 12 have the ID in the cache, but in no leaf set.
#[test]
fn steps_1_and_2_the_revocation_ends_beyond_the_last_leaf() {
    let (wire, id, log) = left(&FIFTEEN);
    let sent = revocations(&log, id);

    assert!(
        sent.contains(&(1, 15)) && sent.contains(&(11, 12)),
        "{sent:?}"
    );
    assert_eq!(sent.len(), 12);
    assert!(wire.caching(&id).is_disjoint(&[15, 12].into()));
}

/// R-4.3-03: each of the two FLOODs of an entry that node 6 sends.
#[test]
fn steps_3_and_4_the_edges_are_told_of_the_neighbours() {
    for ring in [&ELEVEN[..], &FIFTEEN] {
        let (wire, _, log) = left(ring);
        let told: BTreeSet<_> = log
            .iter()
            .filter(|sent| sent.source() == LEAVING)
            .filter_map(|sent| {
                let route = sent.flood()?.content.route.as_ref()?;
                Some((sent.destination(), route.id()))
            })
            .collect();

        assert_eq!(told, [(1, wire.id(7)), (11, wire.id(5))].into());
    }
}

/// R-4.3-03: the next in line has taken the place of 6 in every leaf set, without maintenance.
#[test]
fn steps_3_and_4_leaf_sets_are_right_afterwards() {
    for ring in [&ELEVEN[..], &FIFTEEN] {
        let (wire, _, _) = left(ring);

        assert_eq!(wire.above(1), [2, 3, 4, 5, 7]);
        assert_eq!(wire.below(11), [10, 9, 8, 7, 5]);
        assert_eq!(wire.wrong_leaf_sets(), Vec::<u16>::new());
    }
}

/// R-4.3-03: node 1, which knows nobody beyond 6, has only this FLOOD to learn of 7.
#[test]
fn step_3_the_edge_takes_the_neighbour_for_the_departed() {
    let (mut scenario, registered, local) = Scenario::amid_leaves();
    let departed = scenario.peer(15).clone();
    let neighbour = Peer::beside(local, 6 * GAP, 16);
    scenario.peers.push(neighbour.clone());
    let revoke = Flood {
        content: FloodContent {
            revoke: Some(departed.cpa(CpaKind::Revoke, scenario.now.utc)),
            route: None,
        },
        ..flood_of(departed.route())
    };
    let leaves = |scenario: &Scenario, numbers: &[u16]| {
        let expected: Vec<_> = numbers
            .iter()
            .map(|&number| scenario.peer(number).id)
            .collect();
        let local = scenario.cloud.registration(registered).unwrap();
        assert_eq!(local.leaves().above(), expected);
    };
    leaves(&scenario, &[11, 12, 13, 14, 15]);

    scenario.deliver(endpoint(14), Body::Flood(revoke));
    scenario.serve();
    // On the ring the farthest below comes next.
    leaves(&scenario, &[11, 12, 13, 14, 25]);
    scenario.flood_route(departed.endpoint, neighbour.route());
    scenario.serve();

    leaves(&scenario, &[11, 12, 13, 14, 16]);
}
