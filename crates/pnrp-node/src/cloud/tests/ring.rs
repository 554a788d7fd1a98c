//! Leaf sets, and how they come to be right. MS-PNRP §3.2.1, §3.2.5.11, §3.2.4.2.

use std::{collections::BTreeSet, time::Duration};

use pnrp_wire::PnrpId;

use super::link::{Link, endpoint, name_of};

/// Twenty hosts, each with a name: everyone finds everyone.
#[test]
fn every_node_finds_every_name() {
    let mut link = Link::ring(20, 11);

    let mut found = 0;
    for node in 0..20 {
        for name in (0..20).filter(|&name| name != node) {
            found += usize::from(link.resolve(node, &name_of(name)).result.is_ok());
        }
    }

    assert_eq!(found, 380);
}

/// R-3.2.1-01, R-3.2.5.11-01, R-3.2.5.11-02: the five nearest IDs on both sides, compared with the sorted list of all IDs.
#[test]
fn leaf_sets_hold_the_five_nearest_on_both_sides() {
    let mut link = Link::ring(30, 12);
    link.run(Duration::from_secs(30));

    assert_eq!(wrong_leaf_sets(&link), Vec::<usize>::new());
}

/// Everyone at once, each knowing only the one before it.
#[test]
fn twenty_nodes_that_join_at_the_same_moment_form_one_ring() {
    for seed in [15, 16, 17] {
        let mut link = Link::new(seed);
        for index in 0..20_usize {
            link.add(index.checked_sub(1).into_iter().map(endpoint).collect());
            link.register(index, &name_of(index));
        }

        link.run(Duration::from_secs(5));

        assert_eq!(wrong_leaf_sets(&link), Vec::<usize>::new(), "seed {seed}");
    }
}

/// R-3.2.4.2-02, R-3.2.4.2-03, R-3.2.4.2-04: the neighbours of an ID that leaves close the gap.
#[test]
fn a_name_that_leaves_is_forgotten_and_its_neighbours_meet() {
    let mut link = Link::ring(30, 13);
    link.run(Duration::from_secs(30));
    let (id, gone) = {
        let (id, local) = link.nodes[9].registrations().next().unwrap();
        (id, local.pnrp_id())
    };

    link.unregister(9, id);
    link.run(Duration::from_secs(5));

    assert!(link.resolve(3, &name_of(9)).result.is_err());
    let is_leaf = |node: &crate::cloud::Cloud| {
        node.registrations()
            .any(|(_, local)| local.leaves().contains(&gone))
    };
    assert!(!link.nodes.iter().any(is_leaf));
    assert_eq!(wrong_leaf_sets(&link), Vec::<usize>::new());
}

/// R-3.2.4.2-07: a name that was withdrawn does not resolve, even where it is cached and was no leaf.
#[test]
fn a_withdrawn_name_stops_resolving_in_a_cloud_of_three() {
    let mut link = Link::chain(3, 14);
    let id = link.register(0, "0.first-light");
    link.run(Duration::from_secs(1));
    assert!(link.resolve(2, "0.first-light").result.is_ok());

    link.unregister(0, id);
    link.run(Duration::from_millis(100));

    let outcome = link.resolve(2, "0.first-light");
    assert!(outcome.result.is_err());
    assert!(
        outcome.elapsed < Duration::from_secs(3),
        "{:?}",
        outcome.elapsed
    );
}

/// Once it has settled, a node sends less than a datagram every two seconds: announcements,
/// looks into gaps, and the answers to those of others.
#[test]
fn an_idle_ring_is_quiet() {
    let mut link = Link::ring(30, 18);
    link.run(Duration::from_secs(45));
    let before = link.log.len();

    link.run(Duration::from_secs(300));

    let sent = link.log.len() - before;
    assert!(sent < 30 * 300 / 2, "{sent} datagrams of 30 nodes in 300 s");
    assert!(sent > 0);
}

/// Nodes whose leaf set is not what the list of all IDs says it should be.
pub(super) fn wrong_leaf_sets(link: &Link) -> Vec<usize> {
    let ids: BTreeSet<PnrpId> = link
        .nodes
        .iter()
        .flat_map(|node| node.registrations())
        .map(|(_, l)| l.pnrp_id())
        .collect();
    let clockwise = |from: &PnrpId| -> Vec<PnrpId> {
        ids.range(*from..)
            .chain(ids.range(..*from))
            .skip(1)
            .copied()
            .collect()
    };
    let is_wrong = |index: &usize| {
        link.nodes[*index].registrations().any(|(_, local)| {
            let mut others = clockwise(&local.pnrp_id());
            let above: Vec<_> = others.iter().take(5).copied().collect();
            others.reverse();
            let below: Vec<_> = others.iter().take(5).copied().collect();
            local.leaves().above() != above || local.leaves().below() != below
        })
    };
    (0..link.nodes.len()).filter(is_wrong).collect()
}
