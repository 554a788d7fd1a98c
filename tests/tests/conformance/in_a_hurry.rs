//! Whom a search with adaptive timers asks when answers are overdue or there is little time left.
//! docs/decisions/0014-adaptive-timers.md

use std::time::Duration;

use pnrp_node::cloud::{ResolveRequest, Search, Timers};
use pnrp_tests::scenario::{Peer, Scenario, config, request};
use pnrp_wire::{AuthorityBuffer, Endpoint};

use super::beyond_the_letter::target;

/// A search that may take so long, and nodes that it can start from, the nearest first. They have
/// answered at once so far, so that each is overdue after 50 ms.
fn searching(timeout: Duration, known: u16) -> (Scenario, Vec<Peer>) {
    let quick = config()
        .with_timers(Timers::default())
        .with_search(Search::Swift);
    let mut scenario = Scenario::with(quick);
    let numbers = (2..2 + known).rev();
    let peers: Vec<Peer> = numbers
        .map(|number| Peer::toward(target(), u8::try_from(number).unwrap(), number))
        .collect();
    for peer in &peers {
        scenario.introduce(peer);
    }
    scenario.take_all();
    scenario.resolve(ResolveRequest {
        timeout,
        ..request()
    });
    (scenario, peers)
}

/// Who was sent a LOOKUP that nobody was sent before, in this time.
fn asked_within(scenario: &mut Scenario, span: Duration, known: &mut Vec<Endpoint>) -> usize {
    scenario.advance(span);
    for (sent, _) in scenario.take_lookups() {
        if !known.contains(&sent.to) {
            known.push(sent.to);
        }
    }
    known.len()
}

#[test]
fn two_are_asked_at_once_and_a_third_when_a_third_of_the_time_has_passed() {
    let (mut scenario, peers) = searching(Duration::from_millis(1_500), 5);
    let mut asked = Vec::new();
    let mut within =
        |millis| asked_within(&mut scenario, Duration::from_millis(millis), &mut asked);

    assert_eq!(within(0), 1);
    assert_eq!(within(50), 2);
    assert_eq!(within(449), 2);
    assert_eq!(within(1), 3);
    assert_eq!(within(999), 3);

    let nearest: Vec<Endpoint> = peers.iter().map(|peer| peer.endpoint).collect();
    assert_eq!(asked, nearest[..3]);
}

#[test]
fn a_search_that_is_late_asks_two_whether_or_not_one_is_overdue() {
    let (mut scenario, peers) = searching(Duration::from_millis(90), 3);
    let nearer = Peer::toward(target(), 20, 30);
    let (sent, _) = scenario.expect_lookup();
    scenario.advance(Duration::from_millis(29));
    scenario.refer(&sent, &nearer);
    assert_eq!(scenario.take_lookups().len(), 1);

    let (mut late, _) = searching(Duration::from_millis(90), 3);
    let (sent, _) = late.expect_lookup();
    late.advance(Duration::from_millis(30));
    late.refer(&sent, &nearer);
    let mut asked = Vec::new();
    asked_within(&mut late, Duration::ZERO, &mut asked);

    assert_eq!(asked, [nearer.endpoint, peers[0].endpoint]);
}

#[test]
fn nobody_is_asked_twice_at_the_same_time() {
    let (mut scenario, peers) = searching(Duration::from_secs(60), 2);
    let (first, _) = scenario.expect_lookup();
    scenario.advance(Duration::from_millis(50));
    let second = scenario.take_lookups().pop().unwrap().0;
    assert_eq!(
        [first.to, second.to],
        [peers[0].endpoint, peers[1].endpoint]
    );

    scenario.refer(&first, &peers[1]);

    assert!(scenario.take_lookups().is_empty());
    scenario.answer(&second, &AuthorityBuffer::default());
    let (sent, _) = scenario.expect_lookup();
    assert_eq!(sent.to, peers[0].endpoint);
}
