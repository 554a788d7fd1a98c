//! Opening a cloud. MS-PNRP §4.1.1.

use std::time::Duration;

use pnrp_node::cloud::CloudState;
use pnrp_tests::scenario::{STRANGER, Scenario, config, endpoint, inquire};
use pnrp_wire::{Body, Dialect, Endpoint, Message, MessageId, MessageType, PnrpId};

/// The node that the application knows.
const SUPPLIED: u16 = 9;

/// A cloud that has just been opened on four addresses.
fn opened() -> (Scenario, Vec<Endpoint>) {
    let locals: Vec<_> = [1, 2, 3, 4].map(endpoint).to_vec();
    let config = config().with_peers(vec![endpoint(SUPPLIED)]);
    (Scenario::on(config, locals.clone()), locals)
}

/// R-4.1.1-01: the second step. Nobody has answered the SOLICIT yet.
#[test]
fn step_2_the_resolver_listens_on_all_its_addresses() {
    let (mut scenario, locals) = opened();
    scenario.take_all();
    for local in locals {
        let id = MessageId(1);
        let body = Body::Inquire(inquire(PnrpId::from_bytes([1; 32])));
        let datagram = Message { id, body }.encode(&Dialect::default());

        scenario.deliver_to(endpoint(STRANGER), local, &datagram);

        let answer = scenario.expect(MessageType::Authority);
        assert_eq!((answer.from, answer.to), (local, endpoint(STRANGER)));
    }
    scenario.expect_silence();
}

/// R-4.1.1-01: the last two steps. At once, and to nobody else.
#[test]
fn step_4_the_resolver_solicits_the_supplied_address() {
    let (mut scenario, locals) = opened();

    let (sent, solicit) = scenario.expect_solicit();

    assert_eq!((sent.at, sent.to), (Duration::ZERO, endpoint(SUPPLIED)));
    assert!(locals.contains(&sent.from));
    assert_eq!(solicit.route, None);
    assert_eq!(scenario.cloud.state(), CloudState::Synchronizing);
    scenario.expect_silence();
}
