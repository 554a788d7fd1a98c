//! What the answer to a test for a split means. MS-PNRP §3.2.5.11.1.

use pnrp_node::cloud::SplitEvidence;
use pnrp_tests::scenario::{GAP, Peer, Scenario, Sent};
use pnrp_wire::PnrpId;

/// Lets the test of a cloud amid its leaves end with the node that `best` chooses.
fn test_ends_with(best: impl FnOnce(&Scenario, PnrpId) -> Peer) -> (Scenario, Vec<Sent>, Peer) {
    let (mut scenario, local) = Scenario::amid_leaves_with_seed();
    let (sent, _) = scenario.await_split_test();
    let best = best(&scenario, local);
    let log = scenario.finish_split_test(&sent, &best);
    (scenario, log, best)
}

/// R-3.2.5.11.1-01, R-3.2.5.11.1-02: the next neighbour above, as it is known here.
#[test]
fn the_known_next_neighbour_is_no_evidence() {
    let (scenario, _, _) = test_ends_with(|scenario, _| scenario.peer(11).clone());

    assert_eq!(scenario.split_evidence(), [SplitEvidence::None]);
}

/// R-3.2.5.11.1-03: the second neighbour, where the first is known here.
#[test]
fn a_known_neighbour_with_others_before_it_shows_a_smaller_part() {
    let (scenario, _, _) = test_ends_with(|scenario, _| scenario.peer(12).clone());

    assert_eq!(scenario.split_evidence(), [SplitEvidence::InBiggerPart]);
}

/// R-3.2.5.11.1-04: a stranger closer than every neighbour known here.
#[test]
fn a_closer_stranger_shows_a_bigger_part() {
    let (scenario, _, _) = test_ends_with(|_, local| Peer::beside(local, GAP / 2, 60));

    assert_eq!(scenario.split_evidence(), [SplitEvidence::InSmallerPart]);
}

/// R-3.2.5.11.1-04: a stranger behind a neighbour known here.
#[test]
fn a_farther_stranger_shows_a_smaller_part() {
    let (scenario, _, _) = test_ends_with(|_, local| Peer::beside(local, GAP * 3 / 2, 60));

    assert_eq!(scenario.split_evidence(), [SplitEvidence::InBiggerPart]);
}

/// Either way the stranger becomes a leaf once it has proven itself, and that heals the ring.
#[test]
fn a_stranger_is_taken_in() {
    for offset in [GAP / 2, GAP * 3 / 2] {
        let (mut scenario, _, best) = test_ends_with(|_, local| Peer::beside(local, offset, 60));

        assert!(scenario.knows(best.id));
    }
}

/// A match that cannot prove itself says nothing.
#[test]
fn a_match_without_a_proof_is_no_evidence_at_all() {
    let (scenario, _, _) = test_ends_with(|_, local| Peer {
        name: "0.another".parse().unwrap(),
        ..Peer::beside(local, GAP / 2, 60)
    });

    assert_eq!(scenario.split_evidence(), []);
}
