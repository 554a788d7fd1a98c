//! What the one who looks after a node can ask of it.

use std::time::Duration;

use super::link::{Link, config, endpoint, name_of};
use crate::cloud::{CloudState, Event, PingError, PingId};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_node_that_publishes_answers_a_ping_within_the_round_trip() {
    let mut link = Link::ring(2, 71);

    let result = ping(&mut link, 1, 0);

    assert_eq!(result, Ok(2 * link.delay));
}

#[test]
fn a_node_that_is_gone_does_not_answer_a_ping() {
    let mut link = Link::ring(2, 72);
    link.cut_off = vec![0];

    assert_eq!(ping(&mut link, 1, 0), Err(PingError::Unanswered));
}

#[test]
fn a_lost_ping_is_sent_again() {
    let mut link = Link::ring(2, 73);
    link.cut_off = vec![0];
    let now = link.now;
    let id = link.nodes[1].ping(endpoint(0), now).unwrap();
    link.collect();
    link.run(SECOND / 100);
    link.cut_off.clear();
    link.run(3 * SECOND);

    let took = outcome(&link, 1, id).unwrap().unwrap();
    assert!(took > 2 * link.delay, "{took:?}");
}

#[test]
fn only_another_node_of_the_cloud_can_be_pinged() {
    let mut link = Link::ring(2, 74);
    let now = link.now;
    let elsewhere = pnrp_wire::Endpoint {
        address: "2001:db8::1".parse().unwrap(),
        port: 3540,
    };

    for to in [endpoint(1), elsewhere] {
        let refused = link.nodes[1].ping(to, now);
        assert_eq!(refused, Err(PingError::NotInCloud(to)));
    }
    link.nodes[1].set_endpoints(Vec::new(), now).unwrap();
    let refused = link.nodes[1].ping(endpoint(0), now);
    assert_eq!(refused, Err(PingError::NoAddress));
}

#[test]
fn a_flushed_cache_is_filled_again() {
    let mut link = Link::ring(8, 75);
    link.run(20 * SECOND);
    let now = link.now;

    link.nodes[3].flush_cache(now);
    assert!(link.nodes[3].cache().is_empty());
    assert_eq!(link.nodes[3].check(), Ok(()));
    link.run(10 * SECOND);

    assert!(link.resolve(3, &name_of(6)).result.is_ok());
    assert!(link.resolve(6, &name_of(3)).result.is_ok());
}

#[test]
fn a_cloud_that_is_activated_looks_for_others_like_one_that_is_used() {
    let mut link = Link::new(76);
    let mut settings = config(Vec::new());
    settings.sources.has_ssdp = true;
    link.add_configured(settings);
    link.run(SECOND);
    assert_eq!(link.nodes[0].state(), CloudState::Virtual);

    let now = link.now;
    link.nodes[0].activate(now);
    link.run(5 * SECOND);

    assert_eq!(link.nodes[0].state(), CloudState::Alone);
    let searches = |event: &&(usize, Event)| matches!(event.1, Event::Discover(_));
    assert!(link.events.iter().filter(searches).count() >= 1);
}

/// A repair asks whoever has fallen silent at once, where the maintenance takes its time.
#[test]
fn a_repair_brings_back_a_part_at_once() {
    let mut link = Link::ring(6, 77);
    link.run(30 * SECOND);
    link.parted_at = Some(3);
    link.run(60 * SECOND);
    link.parted_at = None;
    let now = link.now;

    (0..6).for_each(|node| link.nodes[node].repair(now));
    link.run(3 * SECOND);

    for node in 0..3 {
        let there = name_of(5 - node);
        assert!(link.resolve(node, &there).result.is_ok(), "{there}");
    }
}

#[test]
fn only_a_cloud_with_seeds_can_synchronize_with_one() {
    let mut link = Link::ring(2, 78);
    let now = link.now;
    assert!(!link.nodes[0].synchronize_with_seed(now));

    let mut settings = config(Vec::new());
    settings.sources.seeds = vec![crate::cloud::Seed::Address(endpoint(0))];
    let third = link.add_configured(settings);
    assert!(link.nodes[third].synchronize_with_seed(now));
    link.collect();
    link.run(SECOND);

    assert_eq!(link.nodes[third].state(), CloudState::Active);
}

fn ping(link: &mut Link, from: usize, to: usize) -> Result<Duration, PingError> {
    let now = link.now;
    let id = link.nodes[from].ping(endpoint(to), now).unwrap();
    link.collect();
    link.run(3 * SECOND);
    outcome(link, from, id).unwrap()
}

fn outcome(link: &Link, node: usize, ping: PingId) -> Option<Result<Duration, PingError>> {
    link.events.iter().find_map(|(at, event)| {
        let Event::Pinged { id, result } = event else {
            return None;
        };
        (*at == node && *id == ping).then_some(*result)
    })
}
