//! What a hop that has gone costs, under both timers. MS-PNRP §3.1.6.3.

use std::time::Duration;

use super::link::{Link, Outcome, endpoint, name_of};
use crate::cloud::{Timers, Verdict};

/// One way of the path.
const DELAY: Duration = Duration::from_millis(25);
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// R-3.1.6.3-05: with literal timers, a silent hop costs two transmissions, and the search goes on.
#[test]
fn a_dead_hop_costs_two_seconds_by_the_specification() {
    let (mut link, target, _) = with_a_dead_hop(Timers::literal());

    let outcome = link.resolve(0, &target);

    assert_eq!(outcome.hops[0].verdict, Verdict::Unreachable);
    assert_eq!(outcome.result, Ok(()), "{:?}", outcome.hops);
    assert_eq!(cost(&outcome), Duration::from_secs(2));
}

/// With adaptive timers the next best node is asked once the hop is overdue, which on a path of
/// 50 ms it is after three round trips at the latest. The dead hop is asked once more, and goes when
/// it could have answered both questions.
#[test]
fn an_overdue_hop_is_not_waited_for() {
    let (mut link, target, dead) = with_a_dead_hop(Timers::default());

    let outcome = link.resolve(0, &target);

    assert_eq!(outcome.result, Ok(()), "{:?}", outcome.hops);
    assert!(cost(&outcome) <= 3 * ROUND_TRIP, "{:?}", cost(&outcome));
    assert!(!cost(&outcome).is_zero());
    let knows_it = |link: &Link| {
        let mut cached = link.nodes[0].cache().iter();
        cached.any(|cached| cached.route().endpoints().any(|at| at == endpoint(dead)))
    };
    assert!(knows_it(&link));
    link.run(Duration::from_secs(3));
    assert!(
        !knows_it(&link),
        "a dead hop is evicted though the resolve is over"
    );
}

/// What a resolve took beyond a round trip for each node that answered.
fn cost(outcome: &Outcome) -> Duration {
    let answered = outcome
        .hops
        .iter()
        .filter(|hop| hop.verdict != Verdict::Unreachable);
    outcome.elapsed - ROUND_TRIP * u32::try_from(answered.count()).unwrap()
}

/// Forty nodes, a name, and the node that is asked first for it, which is cut off.
fn with_a_dead_hop(timers: Timers) -> (Link, String, usize) {
    let ring = || Link::ring_with(timers, DELAY, 40, 5);
    let mut probed = ring();
    let (target, dead) = (1..40)
        .find_map(|goal| {
            let first = probed.resolve(0, &name_of(goal)).hops[0].endpoint;
            let hop = usize::from(first.address.segments()[7]) - 1;
            (hop != goal).then_some((name_of(goal), hop))
        })
        .unwrap();
    let mut link = ring();
    link.cut_off.push(dead);
    (link, target, dead)
}
