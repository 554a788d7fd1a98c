//! Synchronizing a cache. MS-PNRP §4.1.2.

use std::time::Duration;

use pnrp_tests::{
    scenario::{LOCAL, Peer, Scenario, Sent, config, endpoint, flood_of, registration},
    wire::Wire,
};
use pnrp_wire::{
    Advertise, Body, Flood, HashedNonce, MessageId, MessageType, Nonce, PnrpId, Request, Solicit,
};

/// The node that the resolver was told of.
const DISCOVERED: u16 = 2;

/// The nodes in the cache of the discovered one.
fn known() -> Vec<Peer> {
    let places = 11..=15_u16;
    places
        .map(|number| Peer::located(u128::from(number) << 120, number))
        .collect()
}

fn ids(peers: &[Peer]) -> Vec<PnrpId> {
    let mut ids: Vec<_> = peers.iter().map(|peer| peer.id).collect();
    ids.sort();
    ids
}

/// A discovered node that has cached [`known`], and nobody else.
fn discovered() -> Wire {
    let mut wire = Wire::new(1);
    wire.open(DISCOVERED, config());
    wire.peers = known();
    for peer in known() {
        let flood = Body::Flood(flood_of(peer.route()));
        wire.send(peer.endpoint, DISCOVERED, flood);
    }
    wire.run(Duration::from_secs(1));
    assert_eq!(wire.node(DISCOVERED).cache().len(), 5);
    wire.take_log();
    wire
}

/// What two real nodes send, and what comes of it.
fn synchronized() -> (Wire, Vec<Sent>) {
    let mut wire = discovered();
    wire.open(LOCAL, config().with_peers(vec![endpoint(DISCOVERED)]));
    wire.run(Duration::from_secs(1));
    let log = wire.take_log();
    (wire, log)
}

/// The messages between the two nodes.
fn between(log: &[Sent]) -> Vec<&Sent> {
    let ends = [LOCAL, DISCOVERED];
    let is_between =
        |sent: &&Sent| ends.contains(&sent.source()) && ends.contains(&sent.destination());
    log.iter().filter(is_between).collect()
}

/// R-4.1.2-01: one SOLICIT, one ADVERTISE, one REQUEST, one ACK and a FLOOD for each ID, in this
/// order, and nothing else.
#[test]
fn all_steps_the_messages_come_in_order() {
    use MessageType::{Ack, Advertise, Flood, Request, Solicit};
    let (_, log) = synchronized();

    let order: Vec<_> = between(&log)
        .iter()
        .map(|sent| (sent.source(), sent.kind()))
        .collect();

    let mut expected = vec![
        (LOCAL, Solicit),
        (DISCOVERED, Advertise),
        (LOCAL, Request),
        (DISCOVERED, Ack),
    ];
    expected.extend([(DISCOVERED, Flood); 5]);
    assert_eq!(order, expected);
}

/// R-4.1.2-01: each message refers to the one before it, the REQUEST opens the hash of the
/// SOLICIT, and each ID that was wanted is flooded once.
#[test]
fn steps_1_to_5_each_message_answers_the_one_before() {
    let (_, log) = synchronized();
    let conversation = between(&log);
    let [solicit, advertise, request, ack, floods @ ..] = &conversation[..] else {
        panic!("{conversation:?}");
    };
    let Body::Solicit(solicited) = &solicit.message.body else {
        panic!("{solicit:?}");
    };
    let Body::Advertise(advertised) = &advertise.message.body else {
        panic!("{advertise:?}");
    };
    let Body::Request(requested) = &request.message.body else {
        panic!("{request:?}");
    };
    let Body::Ack(acked) = &ack.message.body else {
        panic!("{ack:?}");
    };

    assert_eq!(solicited.route, None);
    assert_eq!(advertised.acked, solicit.message.id);
    assert_eq!(advertised.hashed_nonce, solicited.hashed_nonce);
    assert_eq!(sorted(advertised.ids.clone()), ids(&known()));
    assert_eq!(requested.nonce.hashed(), solicited.hashed_nonce);
    assert_eq!(sorted(requested.ids.clone()), ids(&known()));
    assert_eq!(acked.acked, request.message.id);
    let flooded = floods.iter().map(|sent| flooded_id(sent)).collect();
    assert_eq!(sorted(flooded), ids(&known()));
}

/// R-4.1.2-01: what was flooded is examined, once, and cached.
#[test]
fn step_6_the_resolver_validates_and_caches_every_entry() {
    let (wire, log) = synchronized();
    for peer in known() {
        let inquires = log.iter().filter(|sent| sent.inquires(peer.id));
        let asked: Vec<_> = inquires.map(|sent| (sent.source(), sent.to)).collect();
        assert_eq!(asked, [(LOCAL, peer.endpoint)]);
        assert!(wire.node(LOCAL).cache().contains(&peer.id));
    }
    assert_eq!(wire.node(LOCAL).cache().len(), 5);
}

/// R-4.1.2-01: with the first SOLICIT after the registration.
#[test]
fn step_1_a_registered_resolver_sends_its_entry() {
    let mut scenario = Scenario::default();
    let (_, local) = scenario.register(registration());
    let now = scenario.now;
    scenario.cloud.handle_discovered(endpoint(DISCOVERED), now);
    scenario.collect();

    let (sent, solicit) = scenario.expect_solicit();

    assert_eq!(sent.to, endpoint(DISCOVERED));
    assert_eq!(solicit.route.map(|route| route.id()), Some(local));
}

/// R-4.1.2-02: five FLOODs in one go, before the first is answered.
#[test]
fn step_6_a_burst_of_floods_is_acknowledged_unless_d_is_set() {
    for suppress_ack in [false, true] {
        let mut scenario = Scenario::with(config().with_peers(vec![endpoint(DISCOVERED)]));
        scenario.peers = known();
        request_everything(&mut scenario);

        let flooded: Vec<_> = known()
            .iter()
            .map(|peer| {
                let flood = Flood {
                    suppress_ack,
                    ..flood_of(peer.route())
                };
                scenario.deliver(endpoint(DISCOVERED), Body::Flood(flood))
            })
            .collect();

        let sent = scenario.take_all();
        let acks = sent.iter().filter_map(acked_by);
        let expected = if suppress_ack { Vec::new() } else { flooded };
        assert_eq!(acks.collect::<Vec<_>>(), expected);
        let inquired = known()
            .iter()
            .map(|peer| sent.iter().filter(|sent| sent.inquires(peer.id)).count())
            .collect::<Vec<_>>();
        assert_eq!(inquired, [1; 5]);
        assert_eq!(sent.len(), 5 + expected.len());
        for sent in &sent {
            let peer = known().into_iter().find(|peer| peer.endpoint == sent.to);
            peer.iter().for_each(|peer| scenario.answer_as(peer, sent));
        }
        assert!(known().iter().all(|peer| scenario.knows(peer.id)));
    }
}

/// R-4.1.2-03
#[test]
fn step_2_the_discovered_node_validates_and_caches_the_resolver() {
    let (mut scenario, resolver, _) = solicited_by_a_resolver();
    assert!(!scenario.knows(resolver.id));

    let (sent, inquire) = scenario.expect_inquire();
    assert_eq!(
        (sent.to, inquire.validate),
        (resolver.endpoint, resolver.id)
    );
    scenario.answer_as(&resolver, &sent);

    assert!(scenario.knows(resolver.id));
}

/// R-4.1.2-03: of the REQUESTs with other nonces, and from elsewhere, none is heard.
#[test]
fn step_5_the_discovered_node_remembers_the_hash() {
    let (mut scenario, resolver, nonce) = solicited_by_a_resolver();
    let (sent, _) = scenario.expect_inquire();
    scenario.answer_as(&resolver, &sent);
    let request = |nonce| {
        Body::Request(Request {
            nonce,
            ids: vec![resolver.id],
        })
    };

    scenario.deliver(resolver.endpoint, request(Nonce([8; 16])));
    scenario.deliver(endpoint(DISCOVERED), request(nonce));
    scenario.expect_silence();
    let asked = scenario.deliver(resolver.endpoint, request(nonce));

    let kinds: Vec<_> = scenario.take_all();
    let [ack, flood] = &kinds[..] else {
        panic!("{kinds:?}");
    };
    assert!(matches!(&ack.message.body, Body::Ack(ack) if ack.acked == asked));
    assert_eq!(flooded_id(flood), resolver.id);
    assert_eq!(flood.to, resolver.endpoint);
}

/// A node to which a resolver with an entry has sent a SOLICIT, and the nonce of that; the
/// ADVERTISE has been looked at.
fn solicited_by_a_resolver() -> (Scenario, Peer, Nonce) {
    let mut scenario = Scenario::default();
    let resolver = Peer::located(5, 50);
    let nonce = Nonce([7; 16]);
    let hashed_nonce = nonce.hashed();
    let asked = scenario.deliver(resolver.endpoint, solicit(&resolver, hashed_nonce));
    let (sent, advertise) = scenario.expect_advertise();
    assert_eq!(sent.to, resolver.endpoint);
    assert_eq!(advertise.acked, asked);
    assert_eq!(advertise.hashed_nonce, hashed_nonce);
    (scenario, resolver, nonce)
}

fn solicit(resolver: &Peer, hashed_nonce: HashedNonce) -> Body {
    Body::Solicit(Solicit {
        solicit_type: None,
        route: Some(resolver.route()),
        hashed_nonce,
    })
}

/// Answers the SOLICIT of a resolver, and acknowledges its REQUEST.
fn request_everything(scenario: &mut Scenario) {
    let (sent, solicit) = scenario.expect_solicit();
    let advertise = Advertise {
        acked: sent.message.id,
        ids: ids(&known()),
        hashed_nonce: solicit.hashed_nonce,
    };
    scenario.deliver(sent.to, Body::Advertise(advertise));
    let (sent, _) = scenario.expect_request();
    scenario.acknowledge(&sent, false);
    scenario.expect_silence();
}

fn sorted(mut ids: Vec<PnrpId>) -> Vec<PnrpId> {
    ids.sort();
    ids
}

fn flooded_id(sent: &Sent) -> PnrpId {
    let flood = sent.flood().unwrap();
    flood.content.route.as_ref().unwrap().id()
}

/// What is acknowledged to the discovered node, if it is an ACK.
fn acked_by(sent: &Sent) -> Option<MessageId> {
    let Body::Ack(ack) = &sent.message.body else {
        return None;
    };
    (sent.to == endpoint(DISCOVERED)).then_some(ack.acked)
}
