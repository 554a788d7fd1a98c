//! Registering a peer name. MS-PNRP §3.2.4.1.

use std::sync::Arc;

use pnrp_identity::Signer;
use pnrp_node::cloud::{Event, OwnerId, Receipt, RegisterError, Registration, RegistrationUpdate};
use pnrp_tests::scenario::{
    CheapKey, NAME, Peer, Scenario, app_endpoint, endpoint, inquire, inquire_cpa, registration,
};
use pnrp_wire::{
    AppEndpoint, Body, Dialect, FriendlyName, Inquire, Lookup, Nonce, Payload, PeerName, PnrpId,
    Reason, RouteEntry, SearchCriteria,
};

use super::seconds;

/// A cloud that knows three nodes, and has just registered [`NAME`].
fn announcing() -> (Scenario, PnrpId) {
    let mut scenario = Scenario::default();
    for number in 2..5 {
        let id = PnrpId::from_bytes([u8::try_from(number * 0x31).unwrap(); 32]);
        scenario.introduce(&Peer::anywhere(id, number));
    }
    let (_, local) = scenario.register(registration());
    (scenario, local)
}

fn announcements(scenario: &mut Scenario) -> Vec<Lookup> {
    let lookups = scenario.take_lookups().into_iter();
    lookups
        .map(|(_, lookup)| lookup)
        .filter(|lookup| lookup.reason == Reason::Registration)
        .collect()
}

fn own_route(local: PnrpId) -> RouteEntry {
    RouteEntry::new(local, 3540, vec![endpoint(1).address]).unwrap()
}

/// R-3.2.4.1-01: endpoints or a payload, and the key of the name's authority.
#[test]
fn a_registration_needs_what_it_publishes_and_the_key_of_the_name() {
    let key = CheapKey(3);
    let own = key.public_key().authority();
    let payload = Some(Payload::binary(vec![1]).unwrap());
    let named = |name: String| Registration {
        name: name.parse().unwrap(),
        signer: Arc::new(key),
        ..registration()
    };
    let foreign = format!("{}.x", CheapKey(4).public_key().authority());
    let accepted = [
        named("0.x".to_owned()),
        named(format!("{own}.x")),
        named(format!("{own}.")),
        Registration {
            endpoints: Vec::new(),
            payload,
            ..named("0.y".to_owned())
        },
    ];
    let mut scenario = Scenario::default();
    for what in accepted {
        scenario.register(what);
    }
    let refused = named(foreign.clone());
    assert_eq!(
        scenario.cloud.register(refused, scenario.now),
        Err(RegisterError::ForeignAuthority(foreign.parse().unwrap()))
    );
    let refused = Registration {
        endpoints: Vec::new(),
        ..named("0.z".to_owned())
    };
    assert_eq!(
        scenario.cloud.register(refused, scenario.now),
        Err(RegisterError::NothingToPublish)
    );
    assert_eq!(registration().endpoints, [app_endpoint()]);
}

/// R-3.2.4.1-05, R-3.2.4.1-06: the name, a prefix, and a suffix that is new each time.
#[test]
fn an_id_is_made_of_name_prefix_and_a_random_suffix() {
    let name: PeerName = NAME.parse().unwrap();
    let mut suffixes = Vec::new();
    let mut scenario = Scenario::default();
    for (owner, location_prefix) in [(1, None), (2, None), (3, Some(0x0102_0304_0506_0708))] {
        let (_, id) = scenario.register(Registration {
            location_prefix,
            owner: OwnerId(owner),
            ..registration()
        });
        assert_eq!(id.p2p_id(), name.p2p_id(&Dialect::default()));
        let location = u128::from_be_bytes(id.service_location().0);
        let upper = location_prefix.unwrap_or(0xfe80_0000_0000_0000);
        assert_eq!(location >> 64, u128::from(upper));
        let suffix = location & u128::from(u64::MAX);
        assert!(!suffixes.contains(&suffix));
        suffixes.push(suffix);
    }
}

/// R-3.2.4.1-08, R-3.1.4.4.2-07, R-3.2.7.1-02: the ID after the own one is looked for.
#[test]
fn a_registration_is_announced_by_looking_for_the_next_id() {
    let (mut scenario, local) = announcing();

    let announced = announcements(&mut scenario);

    let [lookup] = &announced[..] else {
        panic!("{announced:?}");
    };
    assert_eq!(lookup.target, local.successor());
    assert_eq!(lookup.criteria, SearchCriteria::Exact);
    assert_eq!(lookup.best_match, Some(own_route(local)));
    assert_eq!(lookup.visited, [endpoint(1)]);
}

/// R-3.2.4.1-09: even when a node closer to the target has answered.
#[test]
fn every_lookup_of_an_announcement_carries_the_new_entry() {
    let (mut scenario, local) = announcing();
    let mut count = 0;
    let (mut sent, mut lookup) = scenario.expect_lookup();
    for bits in [50, 100, 150, 200] {
        assert_eq!(lookup.reason, Reason::Registration);
        assert_eq!(lookup.best_match, Some(own_route(local)));
        count += 1;
        let next = Peer::toward(local.successor(), bits, u16::from(bits));
        scenario.refer(&sent, &next);
        (sent, lookup) = scenario.expect_lookup();
        assert_eq!(sent.to, next.endpoint);
    }
    assert_eq!(count, 4);
}

/// R-3.2.4.1-08, R-3.2.4.1-12: what is registered alone is announced as soon as somebody is known.
#[test]
fn a_registration_without_peers_is_announced_later() {
    let (mut scenario, _, local) = Scenario::registered();
    scenario.advance(seconds(5));
    scenario.expect_silence();
    let peer = Peer::beside(local, 1_000, 2);
    scenario.flood_route(peer.endpoint, peer.route());
    let (sent, _) = scenario.expect_inquire();

    scenario.answer_as(&peer, &sent);

    let announced = announcements(&mut scenario);
    assert_eq!(announced.len(), 1);
    assert_eq!(announced[0].target, local.successor());
}

/// MS-PNRP §3.2.5.1: a neighbour that has asked for the proof and chain of an ID takes it into a leaf set.
#[test]
fn the_receipt_counts_the_neighbours_that_have_asked_for_the_proof() {
    let (mut scenario, registered, local) = Scenario::amid_leaves();
    let receipt = |scenario: &Scenario| scenario.cloud.receipt(registered).unwrap();
    let sides =
        |receipt: Receipt| [receipt.above, receipt.below].map(|side| (side.leaves, side.holding));
    assert_eq!(sides(receipt(&scenario)), [(5, 0), (5, 0)]);

    // Two above, one below, a node that is no leaf, and one that wants to know whether the ID is there.
    for number in [11, 13, 21, 77] {
        let inquire = Inquire {
            want_cert_chain: true,
            ..inquire_cpa(local, Nonce([7; 16]))
        };
        scenario.deliver(endpoint(number), Body::Inquire(inquire));
    }
    scenario.deliver(endpoint(14), Body::Inquire(inquire(local)));

    assert_eq!(sides(receipt(&scenario)), [(5, 2), (5, 1)]);
    assert!(receipt(&scenario).is_visible());
    let reported: Vec<_> = scenario.events().iter().filter_map(held).collect();
    assert_eq!(reported.last().copied(), Some(receipt(&scenario)));
}

fn held(event: &Event) -> Option<Receipt> {
    let Event::Held { receipt, .. } = event else {
        return None;
    };
    Some(*receipt)
}

/// What was changed is what the next inquirer is told; the ID stays, and nobody is disturbed.
#[test]
fn an_update_changes_the_next_answer_and_sends_nothing() {
    let (mut scenario, registered, local) = Scenario::registered();
    let moved = AppEndpoint {
        port: 9090,
        ..app_endpoint()
    };

    let update = RegistrationUpdate {
        endpoints: vec![moved],
        comment: FriendlyName::new("moved").ok(),
        payload: None,
    };
    scenario.cloud.update(registered, update).unwrap();

    scenario.expect_silence();
    let answer = scenario.ask(inquire_cpa(local, Nonce([7; 16])));
    let cpa = answer.cpa.unwrap();
    assert_eq!(cpa.cpa().app_endpoints, [moved]);
    assert_eq!(cpa.cpa().friendly_name, FriendlyName::new("moved").ok());
}

/// An update that could not have been registered changes nothing.
#[test]
fn an_update_is_held_to_the_rules_of_a_registration() {
    let (mut scenario, registered, _) = Scenario::registered();
    let nothing = RegistrationUpdate {
        endpoints: Vec::new(),
        comment: None,
        payload: None,
    };

    let refused = scenario.cloud.update(registered, nothing.clone());
    assert_eq!(refused, Err(RegisterError::NothingToPublish));
    let local = scenario.cloud.registration(registered).unwrap();
    assert_eq!(local.registration().endpoints, [app_endpoint()]);

    scenario.unregister(registered);
    let refused = scenario.cloud.update(registered, nothing);
    assert_eq!(refused, Err(RegisterError::NotRegistered));
}
