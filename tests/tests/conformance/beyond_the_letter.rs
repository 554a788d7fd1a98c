//! What a node does beyond the steps of the specification: searches that leave some of MS-PNRP
//! §3.1.4.4.2 and §3.1.5.6.1 out and add others, and leaves that are asked for a sign of life.
//! docs/decisions/0019-upkeep.md, docs/decisions/0020-swift-search.md

use std::{env, time::Duration};

use pnrp_node::cloud::{ResolveError, ResolveRequest, Search};
use pnrp_tests::scenario::{NAME, Peer, Scenario, Sent, config, registration, request};
use pnrp_wire::{
    AuthorityBuffer, Body, Dialect, Endpoint, MessageType, PeerName, PnrpId, ServiceLocation,
};

use super::seconds;

/// Where requests look for [`NAME`].
const PLACE: u128 = 0xfe80 << 112 | 0x8000_0000_0000_0000;

pub(super) fn target() -> PnrpId {
    let name: PeerName = NAME.parse().unwrap();
    let location = ServiceLocation(PLACE.to_be_bytes());
    PnrpId::new(name.p2p_id(&Dialect::default()), location)
}

/// A cloud that knows one node, which shares ten bits with the target.
fn knowing_one() -> (Scenario, Peer) {
    let mut scenario = Scenario::with(config().with_search(Search::Swift));
    let peer = Peer::toward(target(), 10, 2);
    scenario.introduce(&peer);
    (scenario, peer)
}

#[test]
fn whoever_is_referred_to_as_the_target_is_asked_for_its_proof_at_once() {
    let (mut scenario, _) = knowing_one();
    let publisher = Peer::located(PLACE + 5, 9);
    let id = scenario.resolve(request());
    let (sent, _) = scenario.expect_lookup();
    scenario.refer(&sent, &publisher);

    let (sent, inquire) = scenario.expect_proof_inquire();

    assert_eq!(
        (sent.to, inquire.validate),
        (publisher.endpoint, publisher.id)
    );
    assert!(scenario.take_lookups().is_empty());
    scenario.answer_as(&publisher, &sent);
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

#[test]
fn a_cached_publisher_is_asked_for_its_proof_at_once() {
    let mut scenario = Scenario::with(config().with_search(Search::Swift));
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.introduce(&publisher);
    let id = scenario.resolve(request());

    let (sent, _) = scenario.expect_proof_inquire();
    scenario.answer_as(&publisher, &sent);

    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// Two nodes that cannot reach each other are not in each other's leaf sets.
#[test]
fn the_closest_node_is_asked_for_its_neighbours_when_it_does_not_know_the_name() {
    let (mut scenario, closest) = knowing_one();
    let neighbour = Peer::toward(target(), 8, 3);
    let publisher = Peer::located(PLACE + 5, 9);
    let id = scenario.resolve(request());
    let (sent, lookup) = scenario.expect_lookup();
    assert_eq!(lookup.validate, closest.id);
    scenario.answer(&sent, &AuthorityBuffer::default());

    let (sent, lookup) = scenario.expect_lookup();
    assert_eq!(
        (sent.to, lookup.accept_not_closer),
        (closest.endpoint, true)
    );
    scenario.refer(&sent, &neighbour);
    let (sent, _) = scenario.expect_lookup();
    assert_eq!(sent.to, neighbour.endpoint);
    scenario.refer(&sent, &publisher);
    let (sent, _) = scenario.expect_proof_inquire();
    scenario.answer_as(&publisher, &sent);

    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// Somebody who has just joined may know nobody but who asks.
#[test]
fn another_is_asked_when_the_closest_node_has_no_neighbour_to_name() {
    let (mut scenario, closest) = knowing_one();
    let other = Peer::toward(target(), 6, 3);
    scenario.introduce(&other);
    let publisher = Peer::located(PLACE + 5, 9);
    let id = scenario.resolve(request());
    for _ in 0..2 {
        let (sent, _) = scenario.expect_lookup();
        assert_eq!(sent.to, closest.endpoint);
        scenario.answer(&sent, &AuthorityBuffer::default());
    }

    let (sent, _) = scenario.expect_lookup();
    assert_eq!(sent.to, other.endpoint);
    scenario.refer(&sent, &publisher);
    let (sent, _) = scenario.expect_proof_inquire();
    scenario.answer_as(&publisher, &sent);

    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

#[test]
fn a_name_that_nobody_publishes_is_given_up_after_four_detours() {
    let mut scenario = Scenario::with(config().with_search(Search::Swift));
    let peers: Vec<Peer> = (2..9)
        .map(|number| Peer::toward(target(), number + 2, number.into()))
        .collect();
    for peer in &peers {
        scenario.introduce(peer);
    }
    let id = scenario.resolve(request());
    let mut asked = Vec::new();
    while scenario.end_of(id).is_none() {
        let (sent, _) = scenario.expect_lookup();
        scenario.answer(&sent, &AuthorityBuffer::default());
        asked.push(sent.to);
    }

    let nearest_first: Vec<Endpoint> = peers.iter().rev().map(|peer| peer.endpoint).collect();
    assert_eq!(asked[..2], [nearest_first[0]; 2]);
    assert_eq!(asked[2..], nearest_first[1..4]);
    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::NotFound)));
}

/// There is no use in a question that was just answered.
#[test]
fn the_only_node_known_is_asked_for_its_neighbours_once() {
    let (mut scenario, _) = knowing_one();
    let id = scenario.resolve(request());
    for _ in 0..2 {
        let (sent, _) = scenario.expect_lookup();
        scenario.answer(&sent, &AuthorityBuffer::default());
    }

    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::NotFound)));
}

/// It has started again: the entry that others have is that of its former life.
#[test]
fn a_publisher_that_denies_its_id_is_found_under_another() {
    let (mut scenario, _) = knowing_one();
    let former = Peer::located(PLACE + 5, 9);
    let present = Peer::located(PLACE + 7, 9);
    let id = scenario.resolve(request());
    let (sent, _) = scenario.expect_lookup();
    scenario.refer(&sent, &former);
    let (sent, _) = scenario.expect_proof_inquire();
    let denied = AuthorityBuffer {
        id_not_found: true,
        ..AuthorityBuffer::default()
    };
    scenario.answer(&sent, &denied);
    let (sent, _) = scenario.expect_lookup();
    scenario.refer(&sent, &present);
    let (sent, inquire) = scenario.expect_proof_inquire();
    assert_eq!(inquire.validate, present.id);
    scenario.answer_as(&present, &sent);

    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

#[test]
fn a_silent_publisher_is_asked_once_more_while_the_search_goes_on() {
    let (mut scenario, closest) = knowing_one();
    let publisher = Peer::located(PLACE + 5, 9);
    let id = scenario.resolve(request());
    let (sent, _) = scenario.expect_lookup();
    scenario.refer(&sent, &publisher);
    scenario.take_all();

    scenario.advance(seconds(2));

    let sent = scenario.take_all();
    let (lookup, inquire) = (sent.len().checked_sub(2).unwrap(), sent.len() - 1);
    let kinds = [inquire, lookup].map(|place| (sent[place].message.message_type(), sent[place].to));
    assert!(
        kinds.contains(&(MessageType::Inquire, publisher.endpoint)),
        "{kinds:?}"
    );
    assert!(
        kinds.contains(&(MessageType::Lookup, closest.endpoint)),
        "{kinds:?}"
    );
    let inquire = sent.iter().rev().find(|sent| sent.to == publisher.endpoint);
    scenario.answer_as(&publisher, inquire.unwrap());
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// Where timers are adaptive; by the letter nothing is asked that nobody needs.
#[test]
fn leaves_are_asked_for_a_sign_of_life_and_go_when_they_are_silent() {
    let is_literal = env::var_os("PNRP_TIMERS").is_some();
    let mut scenario = Scenario::with(config().with_search(Search::Swift));
    let (_, local) = scenario.register(registration());
    let leaf = Peer::beside(local, 1_000, 9);
    scenario.introduce(&leaf);
    let is_leaf = |scenario: &Scenario| {
        let mut registrations = scenario.cloud.registrations();
        registrations.any(|(_, local)| local.leaves().contains(&leaf.id))
    };
    assert!(is_leaf(&scenario));

    let log = scenario.served(seconds(300));
    let asked = log.iter().any(|sent| {
        matches!(&sent.message.body, Body::Inquire(inquire)
            if inquire.validate == leaf.id && !inquire.want_cpa)
    });
    assert_eq!(asked, !is_literal);
    assert!(is_leaf(&scenario));
    scenario.advance(seconds(40));
    assert!(is_literal || !is_leaf(&scenario));
}

/// Nearer ones take the place of the first leaves at once, while the new ID looks for its neighbours.
#[test]
fn leaves_hear_of_a_new_id_and_each_other_when_it_has_found_its_place() {
    for search in [Search::Swift, Search::Literal] {
        let mut scenario = Scenario::with(config().with_search(search));
        let known = Peer::toward(target(), 10, 2);
        scenario.introduce(&known);
        let (_, local) = scenario.register(registration());
        let (announcement, _) = scenario.expect_lookup();
        let leaf = Peer::beside(local, 1_000, 9);
        scenario.flood_route(leaf.endpoint, leaf.route());
        let examinations: Vec<_> = inquiries(scenario.take_all());
        for (sent, _) in examinations.iter().filter(|(_, at)| *at == leaf.id) {
            scenario.answer_as(&leaf, sent);
        }
        let is_leaf = |scenario: &Scenario| {
            let mut registrations = scenario.cloud.registrations();
            registrations.any(|(_, local)| local.leaves().contains(&leaf.id))
        };
        assert!(is_leaf(&scenario));
        let told = floods(scenario.take_all());
        assert_eq!(told.is_empty(), search == Search::Swift, "{told:?}");

        scenario.answer(&announcement, &AuthorityBuffer::default());

        let mut told = told;
        told.extend(floods(scenario.take_all()));
        assert!(
            told.contains(&(leaf.endpoint, local)),
            "{search:?}: {told:?}"
        );
        assert!(
            told.contains(&(known.endpoint, leaf.id)),
            "{search:?}: {told:?}"
        );
    }
}

fn inquiries(sent: Vec<Sent>) -> Vec<(Sent, PnrpId)> {
    let mut inquiries = Vec::new();
    for sent in sent {
        if let Body::Inquire(inquire) = &sent.message.body {
            let id = inquire.validate;
            inquiries.push((sent, id));
        }
    }
    inquiries
}

/// Who is told of which IDs.
fn floods(sent: Vec<Sent>) -> Vec<(Endpoint, PnrpId)> {
    let mut told = Vec::new();
    for sent in sent {
        if let Body::Flood(flood) = sent.message.body
            && let Some(route) = flood.content.route
        {
            told.push((sent.to, route.id()));
        }
    }
    told
}

fn busy() -> AuthorityBuffer {
    AuthorityBuffer {
        busy: true,
        ..AuthorityBuffer::default()
    }
}

#[test]
fn a_publisher_that_is_busy_is_asked_again_after_a_while() {
    let mut scenario = Scenario::with(config().with_search(Search::Swift));
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.introduce(&publisher);
    let id = scenario.resolve(request());
    let (sent, _) = scenario.expect_proof_inquire();
    scenario.answer(&sent, &busy());

    scenario.advance(Duration::from_millis(99));
    scenario.expect_silence();
    assert_eq!(scenario.end_of(id), None);
    scenario.advance(Duration::from_millis(101));

    let (sent, inquire) = scenario.expect_proof_inquire();
    assert_eq!(inquire.validate, publisher.id);
    scenario.answer_as(&publisher, &sent);
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

#[test]
fn a_publisher_that_stays_busy_is_asked_less_and_less_and_then_no_more() {
    let mut scenario = Scenario::with(config().with_search(Search::Swift));
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.introduce(&publisher);
    let id = scenario.resolve(ResolveRequest {
        timeout: seconds(30),
        ..request()
    });

    let mut asked = Vec::new();
    for tick in 0..1_500 {
        let questions = scenario.take_all().into_iter();
        for sent in questions.filter(|sent| sent.kind() == MessageType::Inquire) {
            asked.push(tick);
            scenario.answer(&sent, &busy());
        }
        scenario.advance(Duration::from_millis(20));
    }

    assert_eq!(asked.len(), 7, "{asked:?}");
    let pauses: Vec<i32> = asked.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(
        pauses.windows(2).skip(1).all(|two| two[0] < two[1]),
        "{pauses:?}"
    );
    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::NotFound)));
}

#[test]
fn a_search_does_not_pause_for_longer_than_it_has_time() {
    let mut scenario = Scenario::with(config().with_search(Search::Swift));
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.introduce(&publisher);
    let id = scenario.resolve(ResolveRequest {
        timeout: Duration::from_millis(90),
        ..request()
    });

    let (sent, _) = scenario.expect_proof_inquire();
    scenario.answer(&sent, &busy());

    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::NotFound)));
}
