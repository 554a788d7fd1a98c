//! A node that looks names up and publishes none. MS-PNRP §1.3.3.3, §3.1.

use pnrp_node::cloud::RegisterError;
use pnrp_tests::scenario::{
    Peer, STRANGER, Scenario, config, endpoint, flood_of, inquire, lookup, registration, request,
};
use pnrp_wire::{
    Ack, AuthorityBuffer, Body, Flood, Inquire, MessageType, Nonce, PnrpId, Request, Solicit,
};

use super::seconds;

const PLACE: u128 = 0xfe80 << 112 | 0x8000_0000_0000_0000;
const ID: PnrpId = PnrpId::from_bytes([0x33; 32]);
const NONCE: Nonce = Nonce([7; 16]);

fn resolver() -> Scenario {
    Scenario::with(config().resolving_only())
}

fn discarded(scenario: &Scenario, name: &str) -> u64 {
    let discarded = &scenario.cloud.stats().discarded;
    discarded.get(name).copied().unwrap_or(0)
}

#[test]
fn a_resolver_registers_nothing() {
    let mut scenario = resolver();

    let refused = scenario.cloud.register(registration(), scenario.now);

    assert_eq!(refused, Err(RegisterError::ResolveOnly));
}

/// MS-PNRP §3.2.5.2, §3.2.5.3 and §3.2.5.4 bind nodes that publish.
#[test]
fn a_resolver_is_silent_to_what_only_publishers_answer() {
    let mut scenario = resolver();
    let questions = [
        Body::Solicit(Solicit {
            solicit_type: None,
            route: None,
            hashed_nonce: NONCE.hashed(),
        }),
        Body::Request(Request {
            nonce: NONCE,
            ids: vec![ID],
        }),
        Body::Lookup(lookup(ID, PnrpId::ZERO)),
        Body::Inquire(inquire(PnrpId::ZERO)),
    ];
    for (count, question) in (1..).zip(questions) {
        scenario.deliver(endpoint(STRANGER), question);

        scenario.expect_silence();
        assert_eq!(discarded(&scenario, "resolve_only"), count);
    }
}

/// So that whoever holds a stale entry of it need not wait. MS-PNRP §3.2.5.6.
#[test]
fn a_resolver_denies_every_id() {
    let mut scenario = resolver();
    let denial = AuthorityBuffer {
        id_not_found: true,
        ..AuthorityBuffer::default()
    };
    let for_proof = Inquire {
        want_cpa: true,
        nonce: Some(NONCE),
        ..inquire(ID)
    };

    assert_eq!(scenario.ask(inquire(ID)), denial);
    assert_eq!(scenario.ask(for_proof), denial);
}

/// R-3.1.5.5-02: the ACK is bare, for §3.2.5.5 alone has it deny an ID. The entry is taken all the
/// same, and passed on to nobody.
#[test]
fn a_resolver_acknowledges_a_flood_and_learns_from_it() {
    let mut scenario = resolver();
    let peer = Peer::anywhere(ID, 2);
    let flood = Flood {
        suppress_ack: false,
        validate: ID.successor(),
        ..flood_of(peer.route())
    };

    let acked = scenario.deliver(endpoint(STRANGER), Body::Flood(flood));
    let (_, ack) = scenario.expect_ack();
    let bare = Ack {
        acked,
        id_not_found: false,
    };
    assert_eq!(ack, bare);
    let (sent, asked) = scenario.expect_inquire();
    assert!(!asked.want_cpa, "no leaf set asks for a proof");
    scenario.answer_as(&peer, &sent);

    assert!(scenario.cloud.cache().contains(&ID));
    scenario.advance(seconds(60));
    let sent = scenario.take_all();
    assert!(
        sent.iter()
            .all(|sent| sent.message.message_type() != MessageType::Flood),
        "{sent:?}"
    );
}

/// R-2.2.2.1-05: its SOLICIT names no entry, and it resolves as others do.
#[test]
fn a_resolver_synchronizes_and_resolves() {
    let publisher = Peer::located(PLACE + 5, 9);
    let mut scenario = Scenario::with(
        config()
            .resolving_only()
            .with_peers(vec![publisher.endpoint]),
    );
    let (_, solicit) = scenario.expect_solicit();
    assert_eq!(solicit.route, None);
    let own = publisher.clone();
    scenario.flood_route(publisher.endpoint, publisher.route());
    scenario.peers.push(own);
    scenario.serve();

    let id = scenario.resolve(request());
    scenario.serve();

    assert_eq!(scenario.end_of(id), Some(Ok(())));
}
