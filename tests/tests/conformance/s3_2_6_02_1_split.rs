//! Testing whether the cloud has fallen apart. MS-PNRP §3.2.6.2.1.

use pnrp_node::cloud::{OwnerId, Registration, Seed, Sources, SplitEvidence};
use pnrp_tests::scenario::{CheapKey, Peer, SEED, Scenario, config, endpoint, registration};
use pnrp_wire::{PnrpId, Reason, SearchCriteria};

use super::seconds;

/// R-3.2.6.2-01, R-3.2.6.2.1-03, R-3.2.6.2.1-04, R-3.2.6.2.1-05, R-3.1.4.4.2-01: a LOOKUP of an own ID + 1
/// to the seed, which validates nothing and carries no match: the resolve was given its first hop.
#[test]
fn a_test_begins_at_the_seed_with_an_id_of_zero() {
    let (mut scenario, local) = Scenario::amid_leaves_with_seed();

    let (sent, lookup) = scenario.await_split_test();

    assert_eq!(sent.to, endpoint(SEED));
    assert_eq!(lookup.reason, Reason::SplitDetection);
    assert_eq!(lookup.target, local.successor());
    assert_eq!(lookup.validate, PnrpId::ZERO);
    assert_eq!(lookup.criteria, SearchCriteria::Exact);
    assert_eq!(lookup.best_match, None);
    assert!(lookup.accept_not_closer);
}

/// R-3.2.6.2.1-03: of several local IDs each is taken now and then.
#[test]
fn the_id_of_a_test_is_drawn() {
    let (mut scenario, first) = Scenario::amid_leaves_with_seed();
    let (_, second) = scenario.register(named("0.second"));

    let mut targets = Vec::new();
    for _ in 0..12 {
        targets.push(scenario.await_split_test().1.target);
        scenario.served(seconds(3));
    }

    targets.sort();
    targets.dedup();
    let mut expected = vec![first.successor(), second.successor()];
    expected.sort();
    assert_eq!(targets, expected);
}

/// R-3.2.6.2.1-05: the seeds that discovery uses, in its order, rather than a peer that was given.
#[test]
fn a_test_goes_through_the_next_seed() {
    let seeds = [95, 96].map(endpoint);
    let mut sources = Sources::default();
    sources.seeds = seeds.map(Seed::Address).to_vec();
    let config = config().with_peers(vec![endpoint(SEED)]);
    let mut scenario = Scenario::with(config.with_sources(sources));
    scenario.register(registration());
    for number in 11..20 {
        scenario.introduce(&Peer::located(number.into(), number));
    }

    let mut via = Vec::new();
    for _ in 0..3 {
        via.push(scenario.await_split_test().0.to);
        scenario.served(seconds(3));
    }

    assert!(
        via == [95, 96, 95].map(endpoint) || via == [96, 95, 96].map(endpoint),
        "{via:?}"
    );
}

/// A node that publishes nothing has no neighbourhood to look at.
#[test]
fn without_a_local_id_there_is_no_test() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(SEED)]));
    for number in 11..15 {
        scenario.introduce(&Peer::located(number.into(), number));
    }

    let log = scenario.served(seconds(600));

    assert!(log.iter().all(|sent| sent.split_lookup().is_none()));
}

/// R-3.2.6.2.1-02: one test a period for the whole cloud, so the share of one node falls with the size.
#[test]
fn the_larger_the_cloud_the_rarer_a_test() {
    for count in [6, 40] {
        let mut scenario = Scenario::with(config().with_peers(vec![endpoint(SEED)]));
        scenario.register(registration());
        for number in 1..=count {
            let name = format!("0.peer-{number}");
            scenario.introduce(&Peer::of_name(&name, CheapKey(0), 0, 10 + number));
        }
        let periods = 90 * count;
        let log = scenario.served(seconds(15) * u32::from(periods));

        // The seed is silent, so each LOOKUP to it is sent twice.
        let sent = log.iter().filter(|sent| sent.split_lookup().is_some());
        let tests = f64::from(u16::try_from(sent.count()).unwrap()) / 2.0;
        let of_the_cloud = tests / f64::from(periods) * scenario.cloud.node_estimate().unwrap();
        assert!(
            (0.6..1.5).contains(&of_the_cloud),
            "{count}: {of_the_cloud}"
        );
    }
}

/// R-3.2.5.11.1-05: one test for each of the other local IDs, and no third round.
#[test]
fn in_the_smaller_part_every_other_id_is_tested_too() {
    let (mut scenario, first) = Scenario::amid_leaves_with_seed();
    let mut locals = vec![(registration().name.to_string(), first)];
    for name in ["0.second", "0.third"] {
        let (_, id) = scenario.register(named(name));
        locals.push((name.to_owned(), id));
    }

    let (mut sent, lookup) = scenario.await_split_test();
    let mut tested = vec![lookup.target];
    while let Some((name, local)) = locals
        .iter()
        .find(|(_, local)| Some(local.successor()) == sent.split_lookup().map(|of| of.target))
    {
        let place = u128::from_be_bytes(local.service_location().0).wrapping_add(2);
        let number = 60 + u16::try_from(tested.len()).unwrap();
        let stranger = Peer::of_name(name, CheapKey(0), place, number);
        let log = scenario.finish_split_test(&sent, &stranger);
        let new = log.into_iter().filter(|sent| {
            let of = sent.split_lookup().map(|lookup| lookup.target);
            of.is_some_and(|of| !tested.contains(&of))
        });
        let new: Vec<_> = new.collect();
        tested.extend(
            new.iter()
                .filter_map(|sent| Some(sent.split_lookup()?.target)),
        );
        match new.into_iter().next() {
            Some(next) => sent = next,
            None => break,
        }
    }

    assert!(
        scenario
            .split_evidence()
            .contains(&SplitEvidence::InSmallerPart),
        "{:?}",
        scenario.split_evidence()
    );
    tested.sort();
    let mut expected: Vec<PnrpId> = locals.iter().map(|(_, id)| id.successor()).collect();
    expected.sort();
    assert_eq!(tested, expected);
}

/// R-3.2.6.2.1.1-04: IDs over the IDs of this node.
#[test]
fn the_estimate_of_nodes_is_that_of_ids_over_the_local_ids() {
    let mut scenario = Scenario::default();
    scenario.register(registration());
    for number in 1..=12 {
        let name = format!("0.peer-{number}");
        scenario.introduce(&Peer::of_name(&name, CheapKey(0), 0, 10 + number));
    }
    assert_eq!(
        scenario.cloud.node_estimate(),
        scenario.cloud.size_estimate()
    );

    scenario.register(named("0.second"));
    scenario.serve();

    let ids = scenario.cloud.size_estimate().unwrap();
    assert_eq!(scenario.cloud.node_estimate(), Some(ids / 2.0));
}

fn named(name: &str) -> Registration {
    Registration {
        name: name.parse().unwrap(),
        owner: OwnerId(2),
        ..registration()
    }
}
