//! Several publishers of one name. MS-PNRP §3.1.4.4.

use std::{collections::BTreeSet, time::Duration};

use pnrp_wire::PnrpId;

use super::link::{Link, registration, request};
use crate::cloud::{Event, LocalNames, OwnerId, Registration, ResolveError, ResolveRequest};

const NAME: &str = "0.many";

/// Twelve nodes, and the name on nodes 1, 4, 7 and twice on node 9.
fn published() -> (Link, BTreeSet<PnrpId>) {
    let mut link = Link::ring(12, 90);
    let mut ids = BTreeSet::new();
    for (owner, node) in [(1, 1), (1, 4), (1, 7), (1, 9), (2, 9)] {
        let what = Registration {
            owner: OwnerId(owner),
            ..registration(NAME)
        };
        let id = link.register_with(node, what);
        ids.insert(link.nodes[node].registration(id).unwrap().pnrp_id());
        link.run(Duration::from_secs(1));
    }
    link.run(Duration::from_secs(20));
    (link, ids)
}

/// What a node finds, in order, and how the resolve ends.
fn found(
    link: &mut Link,
    node: usize,
    max: usize,
    local: LocalNames,
) -> (Vec<PnrpId>, Result<(), ResolveError>) {
    let asked = ResolveRequest {
        max,
        local,
        ..request(NAME)
    };
    let now = link.now;
    let id = link.nodes[node].resolve(asked, now).unwrap();
    link.run(Duration::from_secs(40));
    let ended = link.end_of(node, id).unwrap();
    let ids = link.events.iter().filter_map(|(at, event)| {
        let Event::Found { id: of, found } = event else {
            return None;
        };
        (*at == node && *of == id).then_some(found.id)
    });
    (ids.collect(), ended)
}

#[test]
fn every_publisher_is_found_once() {
    let (mut link, published) = published();

    for node in [0, 3, 11] {
        let (ids, ended) = found(&mut link, node, 10, LocalNames::Exclude);

        assert_eq!(ended, Ok(()), "node {node}");
        assert_eq!(ids.len(), 5, "node {node}: {ids:?}");
        assert_eq!(BTreeSet::from_iter(ids), published, "node {node}");
    }
}

#[test]
fn a_resolve_ends_with_as_many_as_are_wanted() {
    let (mut link, published) = published();

    for max in [1, 2, 3] {
        let (ids, ended) = found(&mut link, 0, max, LocalNames::Exclude);

        assert_eq!((ids.len(), ended), (max, Ok(())));
        assert!(ids.iter().all(|id| published.contains(id)));
        assert_eq!(BTreeSet::from_iter(&ids).len(), max, "{ids:?}");
    }
}

#[test]
fn local_publishers_count_and_come_first() {
    let (mut link, published) = published();
    let own: Vec<_> = link.nodes[9]
        .registrations()
        .map(|(_, local)| local.pnrp_id())
        .collect();

    let (ids, ended) = found(&mut link, 9, 3, LocalNames::Include);
    assert_eq!((ids.len(), ended), (3, Ok(())));
    assert!(own.contains(&ids[0]) && own.contains(&ids[1]), "{ids:?}");
    assert!(!own.contains(&ids[2]));

    let (ids, _) = found(&mut link, 9, 10, LocalNames::Include);
    assert_eq!(BTreeSet::from_iter(ids), published);
    let (ids, _) = found(&mut link, 9, 10, LocalNames::ExcludeOwner(OwnerId(1)));
    assert_eq!(
        ids.len(),
        4,
        "one of the two on the node is its owner's: {ids:?}"
    );
}

#[test]
fn no_publisher_is_not_found_whatever_is_wanted() {
    let mut link = Link::ring(4, 91);

    let (ids, ended) = found(&mut link, 0, 5, LocalNames::Include);

    assert_eq!((ids.len(), ended), (0, Err(ResolveError::NotFound)));
}
