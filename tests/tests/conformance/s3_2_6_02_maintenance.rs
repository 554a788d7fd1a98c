//! What a node does unasked, and how large it takes its cloud to be. MS-PNRP §3.1.6.2, §3.2.6.2,
//! §3.2.6.2.1.1.

use pnrp_node::cloud::{OwnerId, Registration};
use pnrp_tests::scenario::{
    CheapKey, Peer, STRANGER, Scenario, Sent, config, endpoint, registration, request,
};
use pnrp_wire::{Body, HashedNonce, PnrpId, Reason, SearchCriteria, Solicit};

use super::seconds;

/// R-3.1.6.2-01: a node that knows nobody looks again.
#[test]
fn a_node_that_knows_nobody_tries_again() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    scenario.advance(seconds(5));
    scenario.take_all();

    scenario.advance(seconds(15));

    let (sent, _) = scenario.expect_solicit();
    assert_eq!(sent.to, endpoint(2));
}

/// R-3.2.6.2-02: also by those who have spoken to it.
#[test]
fn a_node_that_knows_nobody_turns_to_whoever_spoke_to_it() {
    let mut scenario = Scenario::default();
    let body = Solicit {
        solicit_type: None,
        route: None,
        hashed_nonce: HashedNonce([1; 20]),
    };
    scenario.deliver(endpoint(STRANGER), Body::Solicit(body));
    scenario.expect_advertise();

    scenario.advance(seconds(15));

    assert_eq!(scenario.expect_solicit().0.to, endpoint(STRANGER));
}

/// R-3.2.6.2-02: also by those it knew: one that is back is asked for its proof again.
#[test]
fn a_node_that_lost_everybody_asks_them_again() {
    let (mut scenario, _, local) = Scenario::registered();
    let peer = Peer::beside(local, 1 << 20, 11);
    scenario.introduce(&peer);
    scenario.peers.clear();
    while !scenario.cloud.cache().is_empty() {
        scenario.advance(seconds(1));
    }
    scenario.take_all();

    scenario.peers.push(peer.clone());
    let log = scenario.served(seconds(11));

    let inquired = log
        .iter()
        .any(|sent| sent.to == peer.endpoint && matches!(sent.message.body, Body::Inquire(_)));
    assert!(inquired && scenario.knows(peer.id));
}

/// A node that fell silent is asked for an hour, and then left alone.
#[test]
fn who_stays_away_is_given_up() {
    let (mut scenario, _, local) = Scenario::amid_leaves();
    let gone = Peer::beside(local, 9 << 20, 60);
    scenario.introduce(&gone);
    scenario.peers.retain(|peer| peer.endpoint != gone.endpoint);
    scenario.resolve(request());
    scenario.served(seconds(30));
    let to_it = |log: Vec<Sent>| log.iter().filter(|sent| sent.to == gone.endpoint).count();

    assert!(!scenario.cloud.cache().contains(&gone.id));
    assert!(to_it(scenario.served(seconds(1_000))) > 10);
    scenario.served(seconds(2_700));
    assert_eq!(to_it(scenario.served(seconds(1_000))), 0);
}

/// R-3.1.2-02: every fifteen seconds.
#[test]
fn maintenance_is_periodic() {
    let (mut scenario, _, _) = Scenario::amid_leaves();
    let mut ticks = Vec::new();
    for _ in 0..70 {
        scenario.advance(seconds(1));
        let log = scenario.serve();
        let mut lookups = log
            .iter()
            .filter(|sent| matches!(sent.message.body, Body::Lookup(_)));
        ticks.extend(lookups.next().map(|sent| sent.at));
    }
    assert!(ticks.len() >= 4, "{ticks:?}");
    let periods = ticks.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(
        periods.skip(1).all(|period| period == seconds(15)),
        "{ticks:?}"
    );
}

/// R-3.1.6.2-02, R-3.1.6.2-03, R-3.2.6.2-03, R-3.2.6.2-04: an ID that nobody asked for is resolved for
/// the cache.
#[test]
fn lookups_to_fill_the_cache_say_so() {
    let (mut scenario, _, local) = Scenario::amid_leaves();
    scenario.advance(seconds(40));

    let lookups = scenario.take_lookups();

    let mut maintaining = 0;
    for (_, lookup) in &lookups {
        let expected = if lookup.target == local.successor() {
            Reason::Registration
        } else {
            maintaining += 1;
            Reason::CacheMaintenance
        };
        assert_eq!(lookup.reason, expected);
    }
    assert!(maintaining > 0);
}

/// R-6-06, R-3.1.6.2-03: somebody in a part of the ring from which nobody is known, as close to its middle
/// as it takes to be in it.
#[test]
fn a_gap_of_the_cache_is_looked_into() {
    let mut scenario = Scenario::default();
    for number in 2..40 {
        let name = format!("0.peer-{number}");
        let peer = Peer::of_name(&name, CheapKey(0), 0xfe80 << 112, number);
        if tenth(peer.id) != 3 {
            scenario.introduce(&peer);
        }
    }

    let log = scenario.served(seconds(60));

    let asked: Vec<_> = log
        .iter()
        .filter_map(|sent| {
            let Body::Lookup(lookup) = &sent.message.body else {
                return None;
            };
            Some(lookup.clone())
        })
        .collect();
    assert!(asked.len() >= 3, "{}", asked.len());
    for lookup in asked {
        assert_eq!(tenth(lookup.target), 3);
        // A tenth is between 2^-3 and 2^-4 of the ring; half of it is free on either side.
        assert_eq!(lookup.criteria, SearchCriteria::UpperBits(5));
        assert_eq!(lookup.reason, Reason::CacheMaintenance);
    }
}

/// In which tenth of the ring an ID lies.
fn tenth(id: PnrpId) -> u8 {
    let [first, second, ..] = *id.as_bytes();
    u8::try_from((u32::from(u16::from_be_bytes([first, second])) * 10) >> 16).unwrap()
}

/// A cloud of which three are known is likely to have nobody in most tenths.
#[test]
fn a_small_cloud_is_not_searched_for_what_it_cannot_have() {
    let mut scenario = Scenario::default();
    for number in 2..5 {
        let name = format!("0.peer-{number}");
        scenario.introduce(&Peer::of_name(&name, CheapKey(0), 0, number));
    }

    assert_eq!(scenario.served(seconds(60)), []);
}

/// The upper half of an ID, as a fraction of the ring.
fn place(id: PnrpId) -> u128 {
    u128::from_be_bytes(id.p2p_id().0)
}

/// 2 * 2^256 / (B - A) for the neighbours of `local`.
fn expected_size(local: PnrpId, peers: &[Peer]) -> f64 {
    let above = peers
        .iter()
        .map(|peer| place(peer.id).wrapping_sub(place(local)));
    let below = peers
        .iter()
        .map(|peer| place(local).wrapping_sub(place(peer.id)));
    let span = above.min().unwrap() + below.min().unwrap();
    2.0 / (fraction(span))
}

/// `span` of 2^128.
fn fraction(span: u128) -> f64 {
    let upper = u32::try_from(span >> 96).unwrap();
    let lower = u32::try_from(span >> 64 & u128::from(u32::MAX)).unwrap();
    (f64::from(upper) + f64::from(lower) / 4_294_967_296.0) / 4_294_967_296.0
}

/// R-3.2.6.2.1.1-01, R-3.2.6.2.1.1-03: from the two neighbours of each local ID, on average.
#[test]
fn the_size_of_the_cloud_follows_from_the_gaps_beside_the_local_ids() {
    let mut scenario = Scenario::default();
    let (_, first) = scenario.register(registration());
    assert_eq!(scenario.cloud.size_estimate(), None);
    for number in 2..32 {
        let name = format!("0.peer-{number}");
        scenario.introduce(&Peer::of_name(&name, CheapKey(0), 0xfe80 << 112, number));
    }
    let one = expected_size(first, &scenario.peers);
    assert_close(scenario.cloud.size_estimate(), one);

    let (_, second) = scenario.register(Registration {
        name: "0.second".parse().unwrap(),
        owner: OwnerId(2),
        ..registration()
    });
    scenario.serve();

    let two = expected_size(second, &scenario.peers);
    assert_close(scenario.cloud.size_estimate(), (one + two) / 2.0);
}

fn assert_close(estimate: Option<f64>, expected: f64) {
    let estimate = estimate.unwrap();
    let ratio = estimate / expected;
    assert!(
        (0.999_999..1.000_001).contains(&ratio),
        "{estimate}, {expected}"
    );
}

/// R-3.2.6.2.1.1-02: neighbours of the same name say nothing about the cloud.
#[test]
fn an_estimate_beyond_four_billion_is_ignored() {
    let (scenario, _, _) = Scenario::amid_leaves();

    assert_eq!(scenario.cloud.size_estimate(), None);
}
