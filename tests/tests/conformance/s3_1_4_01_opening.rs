//! Opening a cloud. MS-PNRP §3.1.4.1.

use pnrp_node::cloud::{Cloud, OpenError};
use pnrp_tests::scenario::{STRANGER, Scenario, config, endpoint};
use pnrp_wire::{Body, Dialect, Endpoint, HashedNonce, Message, MessageId, MessageType, Solicit};

use super::seconds;

fn open(count: u16) -> Result<(), OpenError> {
    let locals = (1..=count).map(endpoint).collect();
    let now = Scenario::default().now;
    Cloud::open(config(), locals, [0; 32], now).map(|_| ())
}

/// R-3.1.4.1-02, R-3.1.4.1-07: one to four addresses, or no cloud.
#[test]
fn a_cloud_needs_an_address_and_takes_four() {
    assert_eq!(open(0), Err(OpenError::NoAddress));
    for count in 1..=4 {
        assert_eq!(open(count), Ok(()));
    }
    assert_eq!(open(5), Err(OpenError::TooManyAddresses(5)));
}

/// R-3.1.4.1-05
#[test]
fn the_endpoints_of_a_cloud_have_one_port() {
    let other_port = Endpoint {
        port: 3541,
        ..endpoint(2)
    };
    let now = Scenario::default().now;

    let refused = Cloud::open(config(), vec![endpoint(1), other_port], [0; 32], now);

    assert_eq!(refused.map(|_| ()), Err(OpenError::PortsDiffer(3540, 3541)));
}

/// R-3.1.4.1-08: each of them answers.
#[test]
fn a_cloud_listens_on_all_its_endpoints() {
    let locals: Vec<_> = [1, 2, 3, 4].map(endpoint).to_vec();
    let mut scenario = Scenario::on(config(), locals.clone());
    for local in locals {
        let body = Body::Solicit(Solicit {
            solicit_type: None,
            route: None,
            hashed_nonce: HashedNonce([1; 20]),
        });
        let id = MessageId(1);
        let datagram = Message { id, body }.encode(&Dialect::default());

        scenario.deliver_to(endpoint(STRANGER), local, &datagram);

        assert_eq!(scenario.expect(MessageType::Advertise).from, local);
    }
}

/// R-3.1.4.1-10: the first maintenance, which looks for nodes once more, is no later than the
/// second would be.
#[test]
fn maintenance_starts_with_the_cloud() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    scenario.advance(seconds(2));
    scenario.take_all();

    scenario.advance(seconds(13));

    let (sent, _) = scenario.expect_solicit();
    assert!(
        sent.at >= seconds(10) && sent.at <= seconds(15),
        "{:?}",
        sent.at
    );
}
