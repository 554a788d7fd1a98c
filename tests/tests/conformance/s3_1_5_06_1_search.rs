//! Receiving the answer to a LOOKUP: where a search goes next. MS-PNRP §3.1.5.6.1.

use pnrp_node::cloud::ResolveError;
use pnrp_tests::scenario::{NAME, Peer, Scenario, Sent, endpoint, request};
use pnrp_wire::{
    AuthorityBuffer, Dialect, Endpoint, MessageType, PeerName, PnrpId, ServiceLocation,
};

use super::seconds;

const PLACE: u128 = 0xfe80 << 112 | 0x8000_0000_0000_0000;

fn target() -> PnrpId {
    let name: PeerName = NAME.parse().unwrap();
    let location = ServiceLocation(PLACE.to_be_bytes());
    PnrpId::new(name.p2p_id(&Dialect::default()), location)
}

fn toward(bits: u8, number: u16) -> Peer {
    Peer::toward(target(), bits, number)
}

fn silent_about_route() -> AuthorityBuffer {
    AuthorityBuffer::default()
}

/// A cloud that knows `fe80::2`, with 10 bits, and has asked it.
fn searching() -> (Scenario, Peer, Sent) {
    searching_among(0)
}

/// The same, with so many other nodes in the cache, farther away.
fn searching_among(others: u8) -> (Scenario, Peer, Sent) {
    let mut scenario = Scenario::default();
    let first = toward(10, 2);
    scenario.introduce(&first);
    for bits in 0..others {
        scenario.introduce(&toward(bits, 200 + u16::from(bits)));
    }
    scenario.resolve(request());
    let (sent, _) = scenario.expect_lookup();
    assert_eq!(sent.to, first.endpoint);
    (scenario, first, sent)
}

fn next_asked(scenario: &mut Scenario) -> Option<Endpoint> {
    let lookups = scenario.take_lookups();
    assert!(lookups.len() <= 1, "{lookups:?}");
    lookups.first().map(|(sent, _)| sent.to)
}

/// R-3.1.5.6.1-03, R-3.1.5.6.1.1-01: an answer belongs to the question whose message ID it repeats.
#[test]
fn answers_go_where_the_questions_came_from() {
    let (mut scenario, _, lookup) = searching();
    let other = toward(5, 7);
    scenario.flood_route(other.endpoint, other.route());
    let (inquire, _) = scenario.expect_inquire();
    let hop = toward(20, 3);

    scenario.refer(&inquire, &hop);
    scenario.expect_silence();
    scenario.refer(&lookup, &hop);

    assert_eq!(next_asked(&mut scenario), Some(hop.endpoint));
    assert!(scenario.knows(other.id));
}

/// R-3.1.5.6.1-07: a hop that answers under its ID becomes a candidate for the cache.
#[test]
fn a_hop_that_answers_is_examined() {
    for (id_not_found, is_examined) in [(false, true), (true, false)] {
        let (mut scenario, _, sent) = searching();
        let hop = toward(20, 3);
        scenario.refer(&sent, &hop);
        let (sent, _) = scenario.expect_lookup();

        scenario.answer(
            &sent,
            &AuthorityBuffer {
                id_not_found,
                ..AuthorityBuffer::default()
            },
        );

        let sent = scenario.take_all();
        let inquires = sent.iter().filter(|sent| {
            sent.to == hop.endpoint && sent.message.message_type() == MessageType::Inquire
        });
        assert_eq!(inquires.count(), usize::from(is_examined));
    }
}

/// R-3.1.5.6.1-08
#[test]
fn a_hop_that_denies_its_id_leaves_the_cache() {
    for id_not_found in [false, true] {
        let (mut scenario, first, sent) = searching();

        scenario.answer(
            &sent,
            &AuthorityBuffer {
                id_not_found,
                ..AuthorityBuffer::default()
            },
        );

        assert_eq!(scenario.knows(first.id), !id_not_found);
    }
}

/// R-3.1.5.6.1-08: and yet what it refers to is asked.
#[test]
fn the_referral_of_a_denying_hop_counts() {
    let (mut scenario, _, sent) = searching();
    let hop = toward(20, 3);
    let answer = AuthorityBuffer {
        id_not_found: true,
        route: Some(hop.route()),
        ..AuthorityBuffer::default()
    };

    scenario.answer(&sent, &answer);

    assert_eq!(next_asked(&mut scenario), Some(hop.endpoint));
}

/// R-3.1.5.6.1-09: the closest hop that has answered, in whatever order.
#[test]
fn the_best_match_only_improves() {
    let (mut scenario, first, sent) = searching();
    let [near, far, last] = [(30, 3), (5, 4), (40, 5)].map(|(bits, number)| toward(bits, number));
    let mut sent = sent;
    for (hop, best) in [(&near, &first), (&far, &near), (&last, &near)] {
        scenario.refer(&sent, hop);
        let (next, lookup) = scenario.expect_lookup();
        assert_eq!(lookup.best_match, Some(best.route()));
        sent = next;
    }
}

/// R-3.1.5.6.1-10, R-3.1.4.4.2-21: each time it has a new referral.
#[test]
fn a_hop_is_asked_three_times_at_most() {
    let (mut scenario, first, mut sent) = searching();
    let mut asked = 1;
    for number in 3..9 {
        scenario.refer(&sent, &toward(20 + number, u16::from(number)));
        let (dead_end, _) = scenario.expect_lookup();
        scenario.answer(&dead_end, &silent_about_route());
        let mut lookups = scenario.take_lookups();
        let Some((again, _)) = lookups.pop() else {
            break;
        };
        assert_eq!(again.to, first.endpoint);
        asked += 1;
        sent = again;
    }
    assert_eq!(asked, 3);
}

/// R-3.1.5.6.1-11, R-3.1.5.6.1-14, R-3.1.5.6.1-17: at once.
#[test]
fn a_closer_node_is_asked_next() {
    let (mut scenario, _, sent) = searching_among(9);
    let hop = toward(20, 3);

    scenario.refer(&sent, &hop);

    assert_eq!(next_asked(&mut scenario), Some(hop.endpoint));
}

/// R-3.1.5.6.1-12, R-3.1.5.6.1-18: the hop that gave a referral is asked again when that is a dead
/// end, and the dead end is not.
#[test]
fn a_dead_end_leads_back_to_the_hop_before() {
    let (mut scenario, first, sent) = searching();
    scenario.refer(&sent, &toward(20, 3));
    let (sent, _) = scenario.expect_lookup();

    scenario.answer(&sent, &silent_about_route());

    assert_eq!(next_asked(&mut scenario), Some(first.endpoint));
}

/// R-4.1.3-01, R-4.1.3-03, R-4.1.3-05, R-4.1.3-07: the search in MS-PNRP §4.1.3, as its resolver
/// sees it.
#[test]
fn the_example_of_the_specification_is_followed() {
    let (mut scenario, _, mut sent) = searching();
    let node = |bits, number| Some(toward(bits, number));
    let mut asked = Vec::new();
    for referral in [node(20, 3), None, node(25, 4), None] {
        let answer = AuthorityBuffer {
            route: referral.map(|peer| peer.route()),
            ..AuthorityBuffer::default()
        };
        scenario.answer(&sent, &answer);
        let (next, lookup) = scenario.expect_lookup();
        asked.push((next.to, lookup.visited));
        sent = next;
    }
    let path = |numbers: &[u16]| numbers.iter().map(|&number| endpoint(number)).collect();
    assert_eq!(
        asked,
        [
            (endpoint(3), path(&[1, 2])),
            (endpoint(2), path(&[1, 2, 3])),
            (endpoint(4), path(&[1, 2, 3])),
            (endpoint(2), path(&[1, 2, 3, 4])),
        ]
    );
}

/// R-3.1.5.6.1-13: a referral back is a dead end; another ID on the node that answers is not.
#[test]
fn a_node_that_was_asked_is_not_referred_to() {
    let (mut scenario, first, sent) = searching();
    let hop = toward(20, 3);
    scenario.refer(&sent, &hop);
    let (sent, _) = scenario.expect_lookup();
    let there_again = toward(30, 2);
    assert_eq!(there_again.endpoint, first.endpoint);
    scenario.refer(&sent, &there_again);
    let (sent, lookup) = scenario.expect_lookup();
    assert_eq!((sent.to, lookup.validate), (first.endpoint, first.id));

    let (mut scenario, first, sent) = searching();
    scenario.refer(&sent, &there_again);
    let (sent, lookup) = scenario.expect_lookup();
    assert_eq!((sent.to, lookup.validate), (first.endpoint, there_again.id));
}

/// R-3.1.5.6.1-15, R-3.1.5.6.1-16: a node that is not closer is asked while fewer than eight are
/// known.
#[test]
fn a_node_that_is_not_closer_is_asked_in_a_small_cloud_only() {
    for (others, is_asked) in [(5, true), (7, false)] {
        let (mut scenario, first, sent) = searching_among(others);
        let hop = toward(30, 3);
        scenario.refer(&sent, &hop);
        let (sent, _) = scenario.expect_lookup();
        let farther = toward(25, 4);

        scenario.refer(&sent, &farther);

        let expected = if is_asked { &farther } else { &first };
        assert_eq!(next_asked(&mut scenario), Some(expected.endpoint));
    }
}

/// R-3.1.5.6.1-19: what it says besides does not count, but it is still there.
#[test]
fn a_busy_node_is_passed_by_and_kept() {
    let (mut scenario, first, sent) = searching();
    scenario.refer(&sent, &toward(20, 3));
    let (sent, _) = scenario.expect_lookup();
    let busy = AuthorityBuffer {
        busy: true,
        route: Some(toward(30, 4).route()),
        ..AuthorityBuffer::default()
    };

    scenario.answer(&sent, &busy);
    let (sent, _) = scenario.expect_lookup();
    assert_eq!(sent.to, first.endpoint);
    scenario.answer(&sent, &busy);

    assert_eq!(next_asked(&mut scenario), None);
    assert!(scenario.knows(first.id));
}

/// R-3.1.6.3-05: after two seconds; the search goes on with the next best, which is told not to
/// refer to the silent one.
#[test]
fn a_silent_hop_is_passed_by() {
    let mut scenario = Scenario::default();
    let [dead, alive] = [(20, 2), (10, 3)].map(|(bits, number)| toward(bits, number));
    scenario.introduce(&dead);
    scenario.introduce(&alive);
    let id = scenario.resolve(request());
    assert_eq!(scenario.expect_lookup().0.to, dead.endpoint);
    scenario.advance(seconds(1));
    assert_eq!(scenario.expect_lookup().0.to, dead.endpoint);
    scenario.advance(seconds(1));

    let (sent, lookup) = scenario.expect_lookup();

    assert_eq!(sent.to, alive.endpoint);
    assert!(lookup.visited.contains(&dead.endpoint));
    assert_eq!(scenario.end_of(id), None);
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.refer(&sent, &publisher);
    scenario.peers.extend([publisher]);
    scenario.serve();
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// R-3.1.6.3-03: with the last hop the search fails, and says so.
#[test]
fn a_search_with_only_silent_hops_fails() {
    let (mut scenario, _, _) = searching();
    scenario.advance(seconds(2));

    let ends = scenario.events().iter().filter(|event| {
        let pnrp_node::cloud::Event::ResolveEnded { result, .. } = event else {
            return false;
        };
        matches!(result, Err(ResolveError::NotFound | ResolveError::Alone))
    });
    assert_eq!(ends.count(), 1);
    assert_eq!(scenario.peer(2).endpoint, endpoint(2));
}
