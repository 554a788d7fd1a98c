//! What changes of the host's addresses mean for the names registered here. MS-PNRP §3.2.7.2.

use std::collections::BTreeSet;

use pnrp_node::{
    cloud::{Event, Scope, Sources},
    ssdp,
};
use pnrp_tests::scenario::{LOCAL, Peer, Scenario, Sent, config, endpoint, registration};
use pnrp_wire::{Body, PnrpId, Reason, RouteEntry, SearchCriteria};

const MOVED: u16 = 0x51;

/// R-3.2.7.2-01, R-3.2.7.2-02: each local ID, which stays as it is, is announced with the new
/// addresses, as when it was registered.
#[test]
fn every_local_id_is_announced_with_the_new_addresses() {
    let (mut scenario, _, first) = Scenario::registered();
    let mut other = registration();
    other.name = "0.other".parse().unwrap();
    let (_, second) = scenario.register(other);
    scenario.introduce(&Peer::beside(first, 1 << 100, 2));
    scenario.expect_silence();

    let locals = vec![endpoint(MOVED), endpoint(MOVED + 1)];
    let moved = locals.clone();
    scenario
        .call(|cloud, now| cloud.set_endpoints(moved, now))
        .unwrap();

    let mut announced = BTreeSet::new();
    for (sent, lookup) in scenario.take_lookups() {
        assert_eq!(lookup.reason, Reason::Registration);
        assert_eq!(lookup.criteria, SearchCriteria::Exact);
        assert!(locals.contains(&sent.from));
        let carried = lookup.best_match.unwrap();
        assert_eq!(carried.endpoints().collect::<Vec<_>>(), locals);
        assert_eq!(lookup.target, carried.id().successor());
        announced.insert(carried.id());
    }
    assert_eq!(announced, BTreeSet::from([first, second]));
    assert_eq!(ids(&scenario), BTreeSet::from([first, second]));
}

/// R-3.2.7.2-02: also what could not be announced while nobody was known.
#[test]
fn an_id_is_announced_from_its_new_address_when_somebody_is_found() {
    let (mut scenario, _, local) = Scenario::registered();
    let moved = vec![endpoint(LOCAL), endpoint(MOVED)];
    scenario
        .call(|cloud, now| cloud.set_endpoints(moved, now))
        .unwrap();

    let log = scenario.introduce(&Peer::beside(local, 1 << 100, 2));

    let carried: Vec<_> = log.iter().filter_map(carried_by).collect();
    assert!(!carried.is_empty());
    assert!(carried.iter().all(|route| route.addresses().len() == 2));
}

/// R-3.2.7.2-01: the publication moves along; without an address there is none.
#[test]
fn the_publication_follows_the_address() {
    let mut sources = Sources::default();
    sources.has_ssdp = true;
    let mut scenario = Scenario::with(config().with_sources(sources));
    scenario.register(registration());
    for locals in [vec![endpoint(MOVED)], vec![], vec![endpoint(LOCAL)]] {
        scenario
            .call(|cloud, now| cloud.set_endpoints(locals, now))
            .unwrap();
    }

    let target = ssdp::search_target(Scope::LinkLocal);
    let publish = |number| Event::Publish {
        target,
        endpoint: endpoint(number),
    };
    let reported: Vec<_> = scenario
        .events()
        .iter()
        .filter(|event| matches!(event, Event::Publish { .. } | Event::Withdraw))
        .cloned()
        .collect();
    assert_eq!(
        reported,
        [
            publish(LOCAL),
            publish(MOVED),
            Event::Withdraw,
            publish(LOCAL)
        ]
    );
}

/// The entry that a LOOKUP carries.
fn carried_by(sent: &Sent) -> Option<RouteEntry> {
    let Body::Lookup(lookup) = &sent.message.body else {
        return None;
    };
    lookup.best_match.clone()
}

fn ids(scenario: &Scenario) -> BTreeSet<PnrpId> {
    let registrations = scenario.cloud.registrations();
    registrations.map(|(_, local)| local.pnrp_id()).collect()
}
