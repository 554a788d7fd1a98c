//! Closing a cloud. MS-PNRP §3.1.4.5.

use pnrp_node::cloud::{NotOpen, RegisterError, ResolveError};
use pnrp_tests::scenario::{Scenario, endpoint, inquire, registration, request};
use pnrp_wire::MessageType;

use super::{seconds, solicit};

/// R-3.1.4.5-01: once for each time that it was opened, and not once more.
#[test]
fn a_cloud_that_nobody_has_open_cannot_be_closed() {
    let mut scenario = Scenario::default();

    assert_eq!(release(&mut scenario), Ok(()));
    assert_eq!(release(&mut scenario), Err(NotOpen));
    assert_eq!(scenario.cloud.open_count(), 0);
}

/// R-3.1.4.5-02: it goes on for whoever has it open still.
#[test]
fn closing_counts_down() {
    let mut scenario = Scenario::default();
    scenario.call(|cloud, _| cloud.reopen()).unwrap();

    release(&mut scenario).unwrap();

    assert_eq!(scenario.cloud.open_count(), 1);
    scenario.register(registration());
    scenario.advance(seconds(3_600));
    assert!(!scenario.cloud.is_closed());
}

/// R-3.1.4.5-03: until it has run out, peers are answered; new requests are not.
#[test]
fn a_cloud_that_nobody_has_open_answers_its_peers() {
    let (mut scenario, _, local) = Scenario::registered();
    release(&mut scenario).unwrap();
    scenario.advance(seconds(15 * 60 - 1));

    assert!(!scenario.ask(inquire(local)).id_not_found);
    scenario.deliver(endpoint(2), solicit());
    scenario.expect(MessageType::Advertise);
    let resolved = scenario.call(|cloud, now| cloud.resolve(request(), now));
    assert_eq!(resolved, Err(ResolveError::Closed));
    let mut other = registration();
    other.name = "0.other".parse().unwrap();
    let registered = scenario.call(|cloud, now| cloud.register(other, now));
    assert_eq!(registered, Err(RegisterError::Closed));
}

fn release(scenario: &mut Scenario) -> Result<(), NotOpen> {
    scenario.call(|cloud, now| cloud.release(now))
}
