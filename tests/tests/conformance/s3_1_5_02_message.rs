//! Receiving a message of any type. MS-PNRP §3.1.5.2.

use pnrp_tests::scenario::{STRANGER, Scenario, endpoint};
use pnrp_wire::{Body, Dialect, Endpoint, HashedNonce, Message, MessageId, MessageType, Solicit};

/// A SOLICIT, which any node answers.
fn solicit() -> Vec<u8> {
    let body = Body::Solicit(Solicit {
        solicit_type: None,
        route: None,
        hashed_nonce: HashedNonce([7; 20]),
    });
    let id = MessageId(1);
    Message { id, body }.encode(&Dialect::default())
}

/// R-3.1.5.2-01: FieldID, length, identifier and version are those of MS-PNRP §2.2.1, or nothing
/// happens.
#[test]
fn what_does_not_begin_with_a_header_is_dropped() {
    for place in 0..7 {
        let mut scenario = Scenario::default();
        let mut datagram = solicit();
        datagram[place] ^= 0x40;

        scenario.deliver_bytes(endpoint(STRANGER), &datagram);

        scenario.expect_silence();
        assert_eq!(scenario.cloud.table_sizes(), [0; 4], "byte {place}");
    }
    for length in 0..12 {
        let mut scenario = Scenario::default();
        scenario.deliver_bytes(endpoint(STRANGER), &solicit()[..length]);
        scenario.expect_silence();
    }
}

/// R-3.1.5.2-02
#[test]
fn a_source_port_up_to_1024_is_not_heard() {
    for (port, is_heard) in [(0, false), (1, false), (1024, false), (1025, true)] {
        let mut scenario = Scenario::default();
        let from = Endpoint {
            port,
            ..endpoint(STRANGER)
        };

        scenario.deliver_bytes(from, &solicit());

        let answers = scenario.take_all();
        assert_eq!(answers.len(), usize::from(is_heard), "port {port}");
        assert!(answers.iter().all(|answer| answer.to == from));
    }
}

/// R-3.1.5.2-03: a cloud hears what was sent to its own endpoints, and answers from there.
#[test]
fn the_local_endpoint_decides_which_cloud_it_is_for() {
    let locals = vec![endpoint(1), endpoint(2)];
    let other_port = Endpoint {
        port: 3541,
        ..endpoint(1)
    };
    for (to, is_its) in [
        (endpoint(1), true),
        (endpoint(2), true),
        (endpoint(3), false),
        (other_port, false),
    ] {
        let config = pnrp_tests::scenario::config();
        let mut scenario = Scenario::on(config, locals.clone());

        scenario.deliver_to(endpoint(STRANGER), to, &solicit());

        let answers = scenario.take_all();
        assert_eq!(answers.len(), usize::from(is_its), "{to}");
        assert!(answers.iter().all(|answer| answer.from == to));
    }
}

/// R-3.1.5.2-04
#[test]
fn types_that_do_not_exist_are_dropped() {
    let codes = MessageType::ALL.map(MessageType::code);
    for code in (0..=0xFF).filter(|code| !codes.contains(code)) {
        let mut scenario = Scenario::default();
        let mut datagram = solicit();
        datagram[7] = code;

        scenario.deliver_bytes(endpoint(STRANGER), &datagram);

        scenario.expect_silence();
        assert_eq!(scenario.cloud.table_sizes(), [0; 4], "type {code:#x}");
    }
}
