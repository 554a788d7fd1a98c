//! Expiry of the Cloud Cleanup Timer. MS-PNRP §3.1.6.1.

use pnrp_node::cloud::{
    CloudState, Event, NotOpen, OpenError, RegisterError, ResolveError, Sources,
};
use pnrp_tests::scenario::{
    LOCAL, Peer, Scenario, Sent, config, endpoint, inquire, registration, request,
};
use pnrp_wire::{Body, PnrpId};

use super::{seconds, solicit};

const CLEANUP: u64 = 15 * 60;

/// R-3.1.2-01, R-3.1.6.1-01: the state is there for fifteen minutes, and not longer.
#[test]
fn the_state_goes_after_fifteen_minutes() {
    let mut scenario = Scenario::default();
    scenario.introduce(&Peer::located(1, 2));
    release(&mut scenario);
    scenario.advance(seconds(CLEANUP - 1));
    assert_eq!(scenario.cloud.endpoints(), [endpoint(LOCAL)]);
    assert!(!scenario.cloud.is_closed());

    scenario.advance(seconds(1));

    assert!(scenario.cloud.is_closed());
    assert_eq!(scenario.cloud.endpoints(), []);
    assert_eq!(scenario.cloud.cache().len(), 0);
    assert_eq!(scenario.cloud.table_sizes(), [0; 4]);
    assert_eq!(scenario.cloud.state(), CloudState::Virtual);
}

/// R-3.1.6.1-01: while the farewell of a name is on its way, nothing else is waited for. The scenario holds
/// the cloud against its invariants, of which that is one.
#[test]
fn who_is_being_examined_is_not_waited_for() {
    let (mut scenario, _, _) = Scenario::amid_leaves();
    release(&mut scenario);
    scenario.served(seconds(CLEANUP - 1));
    scenario.flood_route(endpoint(60), Peer::located(7, 60).route());
    assert_eq!(scenario.expect_inquire().0.to, endpoint(60));

    scenario.advance(seconds(1));

    assert!(!scenario.cloud.is_closed());
    let [_, examined, resolves, _] = scenario.cloud.table_sizes();
    assert_eq!((examined, resolves), (0, 0));
}

/// R-3.1.6.1-01: nothing is sent, whatever arrives and however long it takes; nothing can be asked.
#[test]
fn a_closed_cloud_is_silent() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    release(&mut scenario);
    scenario.advance(seconds(CLEANUP));
    scenario.take_all();

    scenario.deliver(endpoint(2), solicit());
    scenario.call(|cloud, now| cloud.handle_discovered(endpoint(3), now));
    scenario.advance(seconds(365 * 86_400));

    scenario.expect_silence();
    assert_eq!(scenario.call(|cloud, now| cloud.release(now)), Err(NotOpen));
    let reopened = scenario.call(|cloud, _| cloud.reopen());
    assert_eq!(reopened, Err(OpenError::Closed));
    let moved = scenario.call(|cloud, now| cloud.set_endpoints(vec![endpoint(5)], now));
    assert_eq!(moved, Err(OpenError::Closed));
    let resolved = scenario.call(|cloud, now| cloud.resolve(request(), now));
    assert_eq!(resolved, Err(ResolveError::Closed));
    let registered = scenario.call(|cloud, now| cloud.register(registration(), now));
    assert_eq!(registered, Err(RegisterError::Closed));
    assert_eq!(scenario.cloud.table_sizes(), [0; 4]);
}

/// R-3.1.4.1-11: opened after five minutes, the cloud is there after twenty.
#[test]
fn a_cloud_that_is_opened_again_stays() {
    let (mut scenario, _, local) = Scenario::registered();
    release(&mut scenario);
    scenario.advance(seconds(300));

    scenario.call(|cloud, _| cloud.reopen()).unwrap();
    scenario.advance(seconds(900));

    assert_eq!(scenario.cloud.open_count(), 1);
    assert!(!scenario.ask(inquire(local)).id_not_found);
}

/// R-3.1.2-01: the time counts from the last close.
#[test]
fn every_last_close_starts_the_time_anew() {
    let mut scenario = Scenario::default();
    release(&mut scenario);
    scenario.advance(seconds(800));
    scenario.call(|cloud, _| cloud.reopen()).unwrap();
    release(&mut scenario);

    scenario.advance(seconds(CLEANUP - 1));
    assert!(!scenario.cloud.is_closed());
    scenario.advance(seconds(1));
    assert!(scenario.cloud.is_closed());
}

/// What is registered is unregistered, as if it had been asked for; then the state goes, with a
/// neighbour that acknowledges at once, with one that does not after two seconds.
#[test]
fn neighbours_are_told_before_the_state_goes() {
    for answers in [true, false] {
        let (mut scenario, _, local) = Scenario::amid_leaves();
        release(&mut scenario);
        for _ in 0..CLEANUP {
            assert!(!scenario.cloud.is_closed());
            scenario.serve();
            scenario.advance(seconds(1));
        }

        assert_eq!(scenario.cloud.registrations().count(), 0);
        let farewell = scenario.take_all();
        let revoked = farewell.iter().filter(|sent| revokes(sent, local));
        assert_eq!(revoked.count(), 2);
        for sent in farewell.iter().filter(|_| answers) {
            scenario.acknowledge(sent, false);
        }
        assert_eq!(scenario.cloud.is_closed(), answers);
        scenario.advance(seconds(2));
        assert!(scenario.cloud.is_closed());
        scenario.take_all();
        scenario.advance(seconds(60));
        scenario.expect_silence();
    }
}

/// A resolve that is still under way ends with the cloud.
#[test]
fn resolves_end_with_the_cloud() {
    let mut config = config();
    config.timers.cleanup = seconds(1);
    let mut scenario = Scenario::with(config);
    scenario.introduce(&Peer::located(1, 2));
    let id = scenario.resolve(request());
    release(&mut scenario);

    scenario.advance(seconds(1));

    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::Closed)));
}

/// R-6-02: what is worth keeping for the next start is reported last: the ten nodes used most
/// recently, or as many as there are.
#[test]
fn the_nodes_to_start_from_are_reported() {
    let mut sources = Sources::default();
    sources.saved_peers = vec![endpoint(0x99)];
    let mut scenario = Scenario::with(config().with_sources(sources));
    scenario.introduce(&Peer::located(1, 2));
    scenario.introduce(&Peer::located(2, 3));
    let expected = [endpoint(3), endpoint(2), endpoint(0x99)];
    assert_eq!(scenario.cloud.most_recent_peers(), expected);
    release(&mut scenario);
    keep_alive(&mut scenario);

    let Some(Event::Closed { recent }) = scenario.events().last() else {
        panic!("{:?}", scenario.events())
    };
    let mut recent = recent.clone();
    recent.sort();
    assert_eq!(recent, [endpoint(2), endpoint(3), endpoint(0x99)]);
}

fn revokes(sent: &Sent, id: PnrpId) -> bool {
    let Body::Flood(flood) = &sent.message.body else {
        return false;
    };
    let revoke = flood.content.revoke.as_ref();
    revoke.is_some_and(|revoke| revoke.id() == id)
}

fn release(scenario: &mut Scenario) {
    scenario.call(|cloud, now| cloud.release(now)).unwrap();
}

/// Answers for the peers until the cloud is closed.
fn keep_alive(scenario: &mut Scenario) {
    for _ in 0..CLEANUP {
        scenario.advance(seconds(1));
        scenario.serve();
    }
}
