//! Changes of the host's addresses. MS-PNRP §3.1.7.1.

use pnrp_node::cloud::{CloudState, Event, OpenError, RegisterError, ResolveError};
use pnrp_tests::scenario::{
    LOCAL, Peer, STRANGER, Scenario, config, endpoint, registration, request,
};
use pnrp_wire::{Body, Dialect, Endpoint, Message, MessageId, MessageType, PnrpId};

use super::{millis, seconds, solicit};

const MOVED: u16 = 0x51;

/// R-3.1.7.1-01, R-3.1.7.1-02: the new address is answered, the old one is not.
#[test]
fn the_cloud_listens_where_the_host_is() {
    let mut scenario = Scenario::default();

    set(&mut scenario, &[MOVED]).unwrap();

    assert_eq!(scenario.cloud.endpoints(), [endpoint(MOVED)]);
    solicit_at(&mut scenario, endpoint(LOCAL));
    scenario.expect_silence();
    solicit_at(&mut scenario, endpoint(MOVED));
    assert_eq!(
        scenario.expect(MessageType::Advertise).from,
        endpoint(MOVED)
    );
}

/// R-3.1.7.1-02: under the rules by which a cloud is opened; what breaks them changes nothing.
#[test]
fn the_new_addresses_follow_the_rules_of_opening() {
    let mut scenario = Scenario::default();

    let five = set(&mut scenario, &[2, 3, 4, 5, 6]);
    let global = Endpoint {
        address: "2001:db8::1".parse().unwrap(),
        port: 3540,
    };
    let foreign = scenario.call(|cloud, now| cloud.set_endpoints(vec![global], now));

    assert_eq!(five, Err(OpenError::TooManyAddresses(5)));
    assert_eq!(foreign, Err(OpenError::ForeignScope(global.address)));
    assert_eq!(scenario.cloud.endpoints(), [endpoint(LOCAL)]);
}

/// R-3.1.7.1-02: only if it differs; the order says nothing.
#[test]
fn the_same_addresses_have_no_effect() {
    let (mut scenario, _, local) = Scenario::registered();
    scenario.introduce(&Peer::beside(local, 1, 2));
    set(&mut scenario, &[LOCAL, MOVED]).unwrap();
    scenario.serve();
    let reported = scenario.events().len();

    set(&mut scenario, &[MOVED, LOCAL]).unwrap();

    scenario.expect_silence();
    assert_eq!(scenario.events().len(), reported);
}

/// R-3.1.7.1-03: that is reported, once; what is asked for then fails, and so does what is under
/// way.
#[test]
fn without_an_address_nothing_can_be_asked_for() {
    let (mut scenario, _, local) = Scenario::registered();
    scenario.introduce(&Peer::beside(local, 1, 2));
    let running = scenario.resolve(request());
    scenario.take_all();

    set(&mut scenario, &[]).unwrap();
    set(&mut scenario, &[]).unwrap();

    let lost = scenario.events().iter();
    assert_eq!(lost.filter(|event| **event == Event::NoAddress).count(), 1);
    assert_eq!(scenario.cloud.state(), CloudState::NoNet);
    assert_eq!(scenario.end_of(running), Some(Err(ResolveError::NoAddress)));
    let resolved = scenario.call(|cloud, now| cloud.resolve(request(), now));
    assert_eq!(resolved, Err(ResolveError::NoAddress));
    let mut other = registration();
    other.name = "0.other".parse().unwrap();
    let registered = scenario.call(|cloud, now| cloud.register(other, now));
    assert_eq!(registered, Err(RegisterError::NoAddress));
    scenario.advance(seconds(120));
    scenario.expect_silence();
}

/// What the cloud knew is there when the network comes back.
#[test]
fn a_lost_network_takes_nothing_with_it() {
    let (mut scenario, _, local) = Scenario::amid_leaves();
    let nearest = Peer::beside(local, 7, 3);
    scenario.flood_route(nearest.endpoint, nearest.route());
    let (proof, _) = scenario.expect_proof_inquire();
    scenario.answer_as(&nearest, &proof);
    // It waits for acknowledgments that cannot come.
    scenario.expect_flood();
    set(&mut scenario, &[]).unwrap();
    scenario.advance(seconds(60));

    set(&mut scenario, &[LOCAL]).unwrap();

    assert_eq!(scenario.cloud.state(), CloudState::Active);
    assert_eq!(scenario.cloud.cache().len(), 11);
    assert_eq!(scenario.cloud.registrations().count(), 1);
}

/// What is due to be repeated is not, while there is nowhere to send it from.
#[test]
fn nothing_is_sent_from_an_address_that_is_gone() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    scenario.expect_solicit();

    set(&mut scenario, &[]).unwrap();
    scenario.advance(seconds(60));

    scenario.expect_silence();
}

/// A search goes on from the new address, which heads the path of its LOOKUPs.
#[test]
fn a_running_resolve_moves_along() {
    let mut scenario = Scenario::default();
    let far = Peer::anywhere(PnrpId::from_bytes([9; 32]), 2);
    scenario.introduce(&far);
    scenario.resolve(request());
    let (asked, before) = scenario.expect_lookup();
    assert_eq!(before.visited, [endpoint(LOCAL)]);
    let near = Peer::toward(before.target, 100, 3);

    set(&mut scenario, &[MOVED]).unwrap();
    scenario.advance(seconds(1));

    let (again, _) = scenario.expect_lookup();
    assert_eq!(again.message, asked.message);
    assert_eq!(again.from, endpoint(MOVED));
    refer(&mut scenario, again.message.id, &far, &near);
    let (sent, lookup) = scenario.expect_lookup();
    assert_eq!((sent.from, sent.to), (endpoint(MOVED), near.endpoint));
    assert_eq!(lookup.visited, [endpoint(MOVED), far.endpoint]);
}

/// A cloud that knows nobody looks for nodes again where it is now.
#[test]
fn a_new_address_is_a_reason_to_look_for_nodes() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    scenario.advance(seconds(3));
    scenario.take_all();

    set(&mut scenario, &[MOVED]).unwrap();
    scenario.advance(millis(1));

    let (sent, _) = scenario.expect_solicit();
    assert_eq!((sent.from, sent.to), (endpoint(MOVED), endpoint(2)));
}

fn set(scenario: &mut Scenario, locals: &[u16]) -> Result<(), OpenError> {
    let locals = locals.iter().map(|&local| endpoint(local)).collect();
    scenario.call(|cloud, now| cloud.set_endpoints(locals, now))
}

fn solicit_at(scenario: &mut Scenario, to: Endpoint) {
    let id = MessageId(1);
    let body = solicit();
    let datagram = Message { id, body }.encode(&Dialect::default());
    scenario.deliver_to(endpoint(STRANGER), to, &datagram);
}

/// A peer answers a LOOKUP with the entry of another, at the new address.
fn refer(scenario: &mut Scenario, acked: MessageId, from: &Peer, to: &Peer) {
    let referral = pnrp_wire::AuthorityBuffer {
        route: Some(to.route()),
        ..Default::default()
    };
    let buffer = referral.encode(&Dialect::default());
    for fragment in pnrp_tests::scenario::fragments(acked, &buffer) {
        let body = Body::Authority(fragment);
        let id = MessageId(7);
        let datagram = Message { id, body }.encode(&Dialect::default());
        scenario.deliver_to(from.endpoint, endpoint(MOVED), &datagram);
    }
}
