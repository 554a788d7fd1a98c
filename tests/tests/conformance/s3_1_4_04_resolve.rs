//! Resolving a peer name: how a search begins, asks and ends. MS-PNRP §3.1.4.4, §3.1.4.4.2.

use std::net::Ipv6Addr;

use pnrp_node::cloud::{Limits, LocalNames, ResolveError, ResolveRequest};
use pnrp_tests::scenario::{
    NAME, Peer, STRANGER, Scenario, config, endpoint, registration, request,
};
use pnrp_wire::{
    AuthorityBuffer, Dialect, PeerName, PnrpId, Reason, RouteEntry, SearchCriteria, ServiceLocation,
};

use super::seconds;

/// Where requests look for [`NAME`].
const PLACE: u128 = 0xfe80 << 112 | 0x8000_0000_0000_0000;

fn target() -> PnrpId {
    let name: PeerName = NAME.parse().unwrap();
    let location = ServiceLocation(PLACE.to_be_bytes());
    PnrpId::new(name.p2p_id(&Dialect::default()), location)
}

/// A cloud that knows nodes which share so many bits with the target, at `fe80::2` and on.
fn knowing(bits: &[u8]) -> Scenario {
    let mut scenario = Scenario::default();
    for (number, bits) in (2..).zip(bits) {
        scenario.introduce(&Peer::toward(target(), *bits, number));
    }
    scenario
}

/// R-3.1.4.4-05: whatever the prefix, the suffix is fixed.
#[test]
fn the_target_is_made_of_name_prefix_and_a_fixed_suffix() {
    for (location_prefix, upper) in [
        (None, 0xfe80_0000_0000_0000),
        (Some(0), 0),
        (Some(0x0102_0304_0506_0708), 0x0102_0304_0506_0708),
    ] {
        let mut scenario = knowing(&[10]);
        scenario.resolve(ResolveRequest {
            location_prefix,
            ..request()
        });

        let (_, lookup) = scenario.expect_lookup();

        assert_eq!(lookup.target.p2p_id(), target().p2p_id());
        let location = u128::from_be_bytes(lookup.target.service_location().0);
        assert_eq!(location, upper << 64 | 0x8000_0000_0000_0000);
    }
}

/// R-3.1.4.4-06, R-3.1.4.4.2-04, R-3.1.4.4.2-05: the reason, no best match, and a path of one
/// own endpoint.
#[test]
fn the_first_lookup_of_an_application_says_so() {
    let mut scenario = knowing(&[10]);
    scenario.resolve(request());

    let (_, lookup) = scenario.expect_lookup();

    assert_eq!(lookup.reason, Reason::AppRequest);
    assert_eq!(lookup.target, target());
    assert_eq!(lookup.best_match, None);
    assert_eq!(lookup.visited, [endpoint(1)]);
    scenario.expect_silence();
}

/// R-3.1.4.4.2-02
#[test]
fn a_resolve_that_has_no_room_fails() {
    let limits = Limits {
        resolves: 1,
        ..Limits::default()
    };
    let mut scenario = Scenario::with(config().with_limits(limits));
    scenario.introduce(&Peer::toward(target(), 10, 2));
    scenario.resolve(request());

    let refused = scenario.cloud.resolve(request(), scenario.now);

    assert_eq!(refused, Err(ResolveError::TooManyResolves));
}

/// R-3.1.4.4.2-06, R-3.1.4.4.2-17: and is validated by its ID.
#[test]
fn the_closest_cached_node_is_asked_first() {
    let mut scenario = knowing(&[10, 40, 20]);
    scenario.resolve(request());

    let (sent, lookup) = scenario.expect_lookup();

    assert_eq!(sent.to, endpoint(3));
    assert_eq!(lookup.validate, scenario.peer(3).id);
    scenario.expect_silence();
}

/// R-3.1.4.4.2-17, R-3.1.5.6.1-04: the second LOOKUP names the second node, and lists the first.
#[test]
fn a_lookup_lists_the_nodes_asked_before() {
    let mut scenario = knowing(&[10]);
    let hops = [20, 30, 40].map(|bits| Peer::toward(target(), bits, u16::from(bits)));
    scenario.resolve(request());
    let mut visited = vec![endpoint(1)];
    let (mut sent, _) = scenario.expect_lookup();
    for hop in &hops {
        visited.push(sent.to);
        scenario.refer(&sent, hop);

        let (next, lookup) = scenario.expect_lookup();

        assert_eq!((next.to, lookup.validate), (hop.endpoint, hop.id));
        assert_eq!(lookup.visited, visited);
        sent = next;
    }
}

/// R-3.1.4.4.2-07, R-3.1.4.4.2-19: the best match so far is carried, from the second LOOKUP on.
#[test]
fn a_lookup_carries_the_best_match() {
    let mut scenario = knowing(&[10]);
    let hop = Peer::toward(target(), 20, 20);
    scenario.resolve(request());
    let (sent, first) = scenario.expect_lookup();
    assert_eq!(first.best_match, None);
    scenario.refer(&sent, &hop);

    let (_, second) = scenario.expect_lookup();

    assert_eq!(second.best_match, Some(scenario.peer(2).route()));
}

/// R-3.1.4.4.2-08, R-3.1.4.4.2-09, R-3.1.4.4.2-16: a node that publishes the name is asked for
/// CPA, chain and payload, at once, and its answer is the result.
#[test]
fn a_publisher_is_asked_for_its_proof() {
    let mut scenario = knowing(&[10]);
    let publisher = Peer::located(PLACE + 5, 9);
    let id = scenario.resolve(request());
    let (sent, _) = scenario.expect_lookup();
    scenario.refer(&sent, &publisher);
    let (sent, _) = scenario.expect_lookup();
    scenario.answer_as(&publisher, &sent);

    let (sent, inquire) = scenario.expect_proof_inquire();

    assert_eq!(
        (sent.to, inquire.validate),
        (publisher.endpoint, publisher.id)
    );
    assert!(inquire.want_cpa && inquire.want_cert_chain && inquire.want_extended_payload);
    assert!(scenario.take_lookups().is_empty());
    assert_eq!(scenario.end_of(id), None);
    scenario.answer_as(&publisher, &sent);
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// R-3.1.4.4.2-10, R-3.1.4.4.2-20: LOOKUP and INQUIRE go to the nearest address, at the entry's port.
#[test]
fn the_nearest_address_of_a_node_is_asked() {
    let mut scenario = Scenario::default();
    let publisher = Peer::located(PLACE + 5, 9);
    let addresses = ["fe80::2:0:0:9", "fe80::9", "2001:db8::9", "fe80::3:0:0:9"];
    let addresses = addresses.map(|address| address.parse::<Ipv6Addr>().unwrap());
    let route = RouteEntry::new(publisher.id, 4000, addresses.to_vec()).unwrap();
    scenario.flood_route(endpoint(STRANGER), route);
    let (sent, _) = scenario.expect_inquire();
    scenario.answer_as(&publisher, &sent);
    scenario.resolve(request());

    let (asked, _) = scenario.expect_lookup();
    scenario.answer_as(&publisher, &asked);
    let (inquired, _) = scenario.expect_inquire();

    for sent in [asked, inquired] {
        assert_eq!((sent.to.address, sent.to.port), (addresses[1], 4000));
    }
}

/// R-3.1.4.4.2-11, R-3.1.4.4.2-22: both are sent twice, a second apart.
#[test]
fn unanswered_questions_are_repeated_once() {
    let mut scenario = Scenario::default();
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.introduce(&publisher);
    let id = scenario.resolve(request());
    let (first, _) = scenario.expect_lookup();
    scenario.advance(seconds(1));
    let (second, _) = scenario.expect_lookup();
    assert_eq!(second.payload, first.payload);

    scenario.answer_as(&publisher, &second);
    let (first, _) = scenario.expect_inquire();
    scenario.advance(seconds(1));
    let (second, _) = scenario.expect_inquire();
    assert_eq!(second.payload, first.payload);

    scenario.advance(seconds(1));
    scenario.expect_silence();
    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::NotFound)));
}

/// R-3.1.4.4.2-12: the dead best match is not asked again.
#[test]
fn a_silent_best_match_gives_way_to_the_one_before() {
    let mut scenario = Scenario::default();
    let far = Peer::located(PLACE + 500, 8);
    let near = Peer::located(PLACE + 5, 9);
    scenario.introduce(&far);
    let id = scenario.resolve(ResolveRequest {
        criteria: SearchCriteria::NearestPeerName,
        ..request()
    });
    let (sent, _) = scenario.expect_lookup();
    scenario.refer(&sent, &near);
    let (sent, _) = scenario.expect_lookup();
    scenario.answer_as(&near, &sent);
    let (sent, _) = scenario.expect_lookup();
    assert_eq!(sent.to, far.endpoint);
    scenario.answer_as(&far, &sent);
    let (sent, _) = scenario.expect_proof_inquire();
    assert_eq!(sent.to, near.endpoint);
    scenario.take_all();
    scenario.advance(seconds(2));

    let (sent, _) = scenario.expect_proof_inquire();
    // The first is the repetition of what is not answered.
    assert_eq!(sent.to, near.endpoint);
    let (sent, inquire) = scenario.expect_proof_inquire();
    assert_eq!((sent.to, inquire.validate), (far.endpoint, far.id));
    scenario.answer_as(&far, &sent);
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// R-3.1.4.4.2-13
#[test]
fn every_inquire_for_a_cpa_has_a_nonce_of_its_own() {
    let mut scenario = Scenario::default();
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.introduce(&publisher);
    let mut nonces = Vec::new();
    for _ in 0..3 {
        scenario.resolve(request());
        let (sent, _) = scenario.expect_lookup();
        scenario.answer_as(&publisher, &sent);
        let (_, inquire) = scenario.expect_inquire();
        let nonce = inquire.nonce.unwrap();
        assert!(!nonces.contains(&nonce));
        nonces.push(nonce);
    }
}

/// Asks hop after hop, each of which answers so and names the next; returns how many were asked.
fn hops_asked(missing_from_leaf_set: bool) -> (usize, Option<Result<(), ResolveError>>) {
    let mut scenario = knowing(&[10]);
    let id = scenario.resolve(request());
    for asked in 1..=60 {
        let mut lookups = scenario.take_lookups();
        let Some((sent, _)) = lookups.pop() else {
            return (usize::from(asked) - 1, scenario.end_of(id));
        };
        let next = Peer::toward(target(), 20 + asked, 100 + u16::from(asked));
        let answer = AuthorityBuffer {
            missing_from_leaf_set,
            route: Some(next.route()),
            ..AuthorityBuffer::default()
        };
        scenario.answer(&sent, &answer);
    }
    (60, None)
}

/// R-3.1.4.4.2-03, R-3.1.4.4.2-14, R-3.1.5.6.1-06: more than six suspicious answers are the end.
#[test]
fn a_search_ends_after_seven_suspicious_answers() {
    assert_eq!(hops_asked(true), (7, Some(Err(ResolveError::NotFound))));
}

/// R-3.1.4.4.2-03, R-3.1.4.4.2-14, R-3.1.5.6.1-05: more than 22 answers are the end.
#[test]
fn a_search_ends_after_23_answers() {
    assert_eq!(hops_asked(false), (23, Some(Err(ResolveError::NotFound))));
}

/// R-3.1.4.4.2-15: nobody left to ask, and nobody of that name.
#[test]
fn a_search_without_a_match_finds_nothing() {
    let mut scenario = knowing(&[10]);
    let id = scenario.resolve(request());
    let (sent, _) = scenario.expect_lookup();

    scenario.answer(&sent, &AuthorityBuffer::default());

    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::NotFound)));
    scenario.expect_silence();
}

/// R-3.1.4.4.2-16: with nobody left to ask, the nearest of the name is good enough.
#[test]
fn the_nearest_publisher_is_inquired_when_the_search_stops() {
    let mut scenario = Scenario::default();
    let publisher = Peer::located(PLACE + 500, 8);
    scenario.introduce(&publisher);
    let id = scenario.resolve(ResolveRequest {
        criteria: SearchCriteria::NearestPeerName,
        ..request()
    });
    let (sent, _) = scenario.expect_lookup();
    scenario.answer_as(&publisher, &sent);

    let (sent, inquire) = scenario.expect_inquire();

    assert_eq!(inquire.validate, publisher.id);
    scenario.answer_as(&publisher, &sent);
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// R-3.1.4.4.2-18
#[test]
fn a_node_that_knows_few_accepts_what_is_not_closer() {
    for (count, accepts) in [(1, true), (7, true), (8, false)] {
        let bits: Vec<u8> = (10..10 + count).collect();
        let mut scenario = knowing(&bits);
        scenario.resolve(request());
        assert_eq!(scenario.expect_lookup().1.accept_not_closer, accepts);
    }
}

/// R-3.2-01: a node that publishes resolves as any other does.
#[test]
fn a_publisher_resolves_too() {
    let mut scenario = Scenario::default();
    scenario.introduce(&Peer::located(PLACE + 5, 9));
    let mut own = registration();
    own.name = "0.own".parse().unwrap();
    scenario.register(own);
    scenario.serve();
    let id = scenario.resolve(request());

    let (sent, lookup) = scenario.expect_lookup();

    assert_eq!(lookup.visited, [endpoint(1)]);
    assert_eq!(lookup.best_match, None);
    let publisher = scenario.peer(9).clone();
    scenario.answer_as(&publisher, &sent);
    scenario.serve();
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// R-3.1.4.4-06, R-3.2.7.1-01: own registrations count if the caller says so, and then nobody is
/// asked.
#[test]
fn a_local_name_is_found_if_it_may_be() {
    for (local, is_found) in [(LocalNames::Include, true), (LocalNames::Exclude, false)] {
        let mut scenario = Scenario::default();
        scenario.register(registration());
        let id = scenario.resolve(ResolveRequest { local, ..request() });

        let found = scenario.end_of(id);

        assert_eq!(found == Some(Ok(())), is_found);
        scenario.expect_silence();
    }
}
