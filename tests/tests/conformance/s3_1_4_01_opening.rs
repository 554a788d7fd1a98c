//! Opening a cloud. MS-PNRP §3.1.4.1.

use pnrp_node::cloud::{Cloud, CloudConfig, OpenError, Scope};
use pnrp_tests::scenario::{LOCAL, Peer, STRANGER, Scenario, config, endpoint, lookup};
use pnrp_wire::{Body, Dialect, Endpoint, Message, MessageId, MessageType, PnrpId, RouteEntry};

use super::{seconds, solicit};

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

/// R-2.1-02: what comes from 1024 or below is dropped everywhere.
#[test]
fn a_cloud_does_not_listen_on_a_reserved_port() {
    let now = Scenario::default().now;
    let open = |port| {
        let local = Endpoint {
            port,
            ..endpoint(1)
        };
        Cloud::open(config(), vec![local], [0; 32], now).map(|_| ())
    };

    assert_eq!(open(1_023), Err(OpenError::ReservedPort(1_023)));
    assert_eq!(open(1_024), Err(OpenError::ReservedPort(1_024)));
    assert_eq!(open(1_025), Ok(()));
}

/// R-3.1.4.1-04
#[test]
fn the_endpoints_of_a_cloud_are_of_its_scope() {
    let now = Scenario::default().now;
    let global = Endpoint {
        address: "2001:db8::1".parse().unwrap(),
        port: 3540,
    };

    let mixed = Cloud::open(config(), vec![endpoint(1), global], [0; 32], now);

    let refused = Err(OpenError::ForeignScope(global.address));
    assert_eq!(mixed.map(|_| ()), refused);
}

/// R-3.1.4.1-01, R-3.1.4.1-11: and nothing else comes of it.
#[test]
fn opening_again_counts() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    scenario.take_all();
    let before = scenario.events().len();
    assert_eq!(scenario.cloud.open_count(), 1);

    scenario.call(|cloud, _| cloud.reopen()).unwrap();

    assert_eq!(scenario.cloud.open_count(), 2);
    scenario.expect_silence();
    assert_eq!(scenario.events().len(), before);
}

/// R-2.1-04: an answer goes where the question came from, a question where the entry says.
#[test]
fn peers_may_use_other_ports() {
    let mut scenario = Scenario::default();
    let from = Endpoint {
        port: 4_000,
        ..endpoint(2)
    };
    scenario.deliver(from, solicit());
    assert_eq!(scenario.expect(MessageType::Advertise).to, from);

    let address = endpoint(3).address;
    let id = PnrpId::from_bytes([9; 32]);
    scenario.flood_route(from, RouteEntry::new(id, 5_000, vec![address]).unwrap());

    let listens = Endpoint {
        address,
        port: 5_000,
    };
    assert_eq!(scenario.expect_inquire().0.to, listens);
}

/// R-1.3.1-06: what one cloud of a process knows, another does not tell, and neither hears what is
/// meant for the other.
#[test]
fn clouds_do_not_mix() {
    let global = Endpoint {
        address: "2001:db8::1".parse().unwrap(),
        port: 3540,
    };
    let far = Endpoint {
        address: "2001:db8::2".parse().unwrap(),
        ..global
    };
    let mut link = Scenario::default();
    let mut internet = Scenario::on(CloudConfig::new(Scope::Global), vec![global]);
    let peer = Peer::located(1, 2);
    link.introduce(&peer);

    let datagram = encoded(solicit());
    internet.deliver_to(far, global, &datagram);
    let (_, advertise) = internet.expect_advertise();
    assert_eq!(advertise.ids, []);
    internet.deliver_to(
        far,
        global,
        &encoded(Body::Lookup(lookup(peer.id, PnrpId::ZERO))),
    );
    assert_eq!(internet.take_answer(MessageId(1)).route, None);

    internet.deliver_to(endpoint(STRANGER), global, &datagram);
    internet.deliver_to(far, endpoint(LOCAL), &datagram);
    link.deliver_to(far, endpoint(LOCAL), &datagram);
    internet.expect_silence();
    link.expect_silence();
}

/// R-3.1.4.1-08: each of them answers.
#[test]
fn a_cloud_listens_on_all_its_endpoints() {
    let locals: Vec<_> = [1, 2, 3, 4].map(endpoint).to_vec();
    let mut scenario = Scenario::on(config(), locals.clone());
    for local in locals {
        scenario.deliver_to(endpoint(STRANGER), local, &encoded(solicit()));

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

fn encoded(body: Body) -> Vec<u8> {
    let id = MessageId(1);
    Message { id, body }.encode(&Dialect::default())
}
