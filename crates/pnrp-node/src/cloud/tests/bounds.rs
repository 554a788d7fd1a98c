//! What one source can make a node do and keep. MS-PNRP §5.1.

use std::time::Duration;

use pnrp_identity::Signer;
use pnrp_wire::{
    Ack, Advertise, AuthorityBuffer, AuthorityFragment, Body, Cpa, CpaKind, Dialect, Endpoint,
    Flood, FloodContent, Inquire, Lookup, Message, MessageId, MessageType, Nonce, PnrpId, Reason,
    Request, RouteEntry, SearchCriteria, Signature, SignedCpa, Solicit,
};

use super::link::{CheapKey, Link, config, endpoint, name_of, registration};
use crate::cloud::{
    Budgets, Cloud, CloudConfig, Datagram, Limits, Rate, Scope, budget::Ledger, pending::Purpose,
};

/// R-3.1.6.3-04: however the request ends.
#[test]
fn pieces_go_with_a_request_that_nobody_waits_for_any_more() {
    let mut link = Link::ring(3, 110);
    let registered = link.register(0, "0.brief");
    let asked = sent_last(&link, MessageType::Lookup);
    let piece = Body::Authority(AuthorityFragment {
        acked: asked,
        size: 2_000,
        offset: 0,
        data: vec![0; 1_188],
    });
    let message = Message {
        id: MessageId(1),
        body: piece,
    };
    link.inject(0, endpoint(1), &message.encode(&Dialect::default()));
    assert_eq!(link.nodes[0].reassembly.len(), 1);

    link.unregister(0, registered);

    assert_eq!(link.nodes[0].reassembly.len(), 0);
}

/// R-5.1-06, R-2.2.2.6.1-02: flag B, which says that it is not for ever; others get their proofs.
#[test]
fn a_source_that_wants_too_many_proofs_hears_that_the_node_is_busy() {
    let budgets = Budgets {
        signatures: few(3),
        ..Budgets::default()
    };
    let mut link = Link::new(111);
    link.add_configured(config(vec![]).with_budgets(budgets));
    link.register(0, "0.wanted");

    let busy = [7, 7, 7, 7, 7, 8].map(|source| is_busy(&ask_for_proof(&mut link, source)));

    assert_eq!(busy, [false, false, false, true, true, false]);
    assert_eq!(link.nodes[0].stats().discarded["over_budget"], 2);
    link.run(Duration::from_secs(1));
    assert!(!is_busy(&ask_for_proof(&mut link, 7)));
}

/// R-5.1-06: a cloud on loopback serves this machine alone.
#[test]
fn sources_on_this_machine_have_no_budget() {
    let budgets = Budgets {
        signatures: few(1),
        ..Budgets::default()
    };
    let on_loopback = |port| Endpoint {
        address: std::net::Ipv6Addr::LOCALHOST,
        port,
    };
    let now = Link::new(0).now;
    let config = config(vec![]).with_budgets(budgets);
    let mut cloud = Cloud::open(config, vec![on_loopback(3540)], [0; 32], now).unwrap();
    let id = cloud.register(registration("0.wanted"), now).unwrap();
    let validate = cloud.registration(id).unwrap().pnrp_id();

    for _ in 0..5 {
        cloud.handle_datagram(
            Datagram {
                from: on_loopback(4000),
                to: on_loopback(3540),
                payload: &encode(1, proof_of(validate)),
            },
            now,
        );
    }

    assert_eq!(std::iter::from_fn(|| cloud.poll_crypto()).count(), 5);
}

/// What waits for its signature is the question, so an answer is about what is registered when its turn
/// comes.
#[test]
fn nothing_is_signed_for_a_name_that_was_unregistered_while_its_question_waited() {
    let mut link = Link::new(113);
    link.add(vec![]);
    link.register(0, "0.wanted");
    let (id, validate) = {
        let (id, local) = link.nodes[0].registrations().next().unwrap();
        (id, local.pnrp_id())
    };
    let now = link.now;
    let node = &mut link.nodes[0];
    node.handle_datagram(
        Datagram {
            from: endpoint(100),
            to: endpoint(0),
            payload: &encode(1, proof_of(validate)),
        },
        now,
    );

    node.unregister(id, now);

    let jobs: Vec<_> = std::iter::from_fn(|| node.poll_crypto()).collect();
    assert_eq!(jobs.len(), 1, "the revocation alone");
    for (id, job) in jobs {
        node.handle_crypto(id, job.run(), now);
    }
    assert!(node.is_quiet());
    assert!(std::iter::from_fn(|| node.poll_transmit()).all(|sent| sent.to != endpoint(100)));
}

/// R-5.1-06: half of the room for signatures is for answers, the other half for what the node
/// itself wants to know.
#[test]
fn a_flood_of_inquiries_fills_half_of_the_queue_and_is_told_so() {
    let limits = Limits {
        crypto_jobs: 8,
        ..Limits::default()
    };
    let mut link = Link::new(112);
    link.add_with_limits(vec![], limits);
    link.register(0, "0.wanted");
    let validate = link.nodes[0].registrations().next().unwrap().1.pnrp_id();
    let now = link.now;
    let node = &mut link.nodes[0];

    for source in 0..20 {
        node.handle_datagram(
            Datagram {
                from: endpoint(100 + source),
                to: endpoint(0),
                payload: &encode(1, proof_of(validate)),
            },
            now,
        );
    }

    assert_eq!(std::iter::from_fn(|| node.poll_crypto()).count(), 4);
    assert_eq!(node.stats().discarded["crypto_full"], 16);
    let declined = std::iter::from_fn(|| node.poll_transmit());
    assert_eq!(declined.filter(|sent| is_busy(&sent.payload)).count(), 16);
}

/// R-5.1-06: whichever message brings them.
#[test]
fn a_source_has_only_so_many_nodes_inquired() {
    let claims: [fn(RouteEntry) -> Body; 3] = [
        |route| Body::Flood(flood(Some(route), None)),
        |route| Body::Lookup(lookup_with(route)),
        |route| Body::Solicit(solicit_with(route)),
    ];
    for claim in claims {
        let budgets = Budgets {
            examinations: few(3),
            ..Budgets::default()
        };
        let mut link = Link::new(113);
        link.add_configured(config(vec![]).with_budgets(budgets));
        let inquired = |link: &Link| {
            let log = link.log.iter();
            log.filter(|message| message.message_type() == MessageType::Inquire)
                .count()
        };

        for number in 1..=5 {
            link.inject(0, endpoint(7), &encode(1, claim(entry(number))));
        }
        assert_eq!(inquired(&link), 3);
        link.inject(0, endpoint(8), &encode(1, claim(entry(6))));
        assert_eq!(inquired(&link), 4);
        assert_eq!(link.nodes[0].stats().discarded["over_budget"], 2);
    }
}

/// R-5.1-06: to check one costs a verification, or an INQUIRE to the node it is about.
#[test]
fn a_source_has_only_so_many_revocations_looked_into() {
    let checks = Budgets {
        checks: few(2),
        ..Budgets::default()
    };
    let examinations = Budgets {
        examinations: few(2),
        ..Budgets::default()
    };
    // The second key is not the publisher's.
    for (key, budgets) in [(CheapKey(0), checks), (CheapKey(1), examinations)] {
        let mut link = Link::ring(3, 114);
        *link.nodes[0].ledger = Ledger::new(&budgets);
        let target = link.nodes[1].registrations().next().unwrap().1;
        let cpa = Cpa {
            public_key: key.public_key(),
            ..target.cpa(CpaKind::Revoke, &[endpoint(1)], link.now.utc)
        };
        let forged = SignedCpa::new(cpa, Signature([1; 128]), &Dialect::default()).unwrap();

        for _ in 0..3 {
            let revocation = Body::Flood(flood(None, Some(forged.clone())));
            link.inject(0, endpoint(9), &encode(1, revocation));
            link.run(Duration::from_millis(20));
        }

        assert_eq!(link.nodes[0].stats().discarded["over_budget"], 1);
        assert!(link.resolve(0, &name_of(1)).result.is_ok());
    }
}

/// R-5.1-06: an ACK, an ADVERTISE or an AUTHORITY from where the question went, and from nowhere
/// else.
#[test]
fn what_answers_a_message_proves_its_source() {
    let (guest, other) = (global("2001:db8:2::1"), global("2001:db8:3::1"));
    for ask in [soliciting, flooding, inquiring] {
        for from in [guest, other] {
            let (mut cloud, answer) = ask(guest);

            hear(&mut cloud, from, &answer);

            let now = Link::new(0).now;
            assert_eq!(cloud.is_trusted(&guest, now), from == guest, "{ask:?}");
            assert!(!cloud.is_trusted(&other, now), "{ask:?}");
        }
    }
}

/// R-5.1-06: whoever forges a source knows the nonce that it made up.
#[test]
fn a_request_proves_nothing() {
    let guest = global("2001:db8:2::1");
    let nonce = Nonce([7; 16]);
    let mut cloud = global_cloud();
    let solicit = Body::Solicit(Solicit {
        solicit_type: None,
        route: None,
        hashed_nonce: nonce.hashed(),
    });
    let request = Body::Request(Request {
        nonce,
        ids: vec![PnrpId::ZERO],
    });

    hear(&mut cloud, guest, &encode(1, solicit));
    hear(&mut cloud, guest, &encode(2, request));

    assert_eq!(cloud.stats().received[&MessageType::Request], 1);
    assert!(!cloud.is_trusted(&guest, Link::new(0).now));
}

/// R-5.1-06: or else a forged SOLICIT would have its victim solicited for ever. MS-PNRP §3.2.6.2.
#[test]
fn whoever_solicits_is_remembered_once_its_address_is_proved() {
    let guest = global("2001:db8:2::1");
    for from in [guest, global("2001:db8:3::1")] {
        let (mut cloud, answer) = inquiring(guest);
        let solicit = Body::Solicit(Solicit {
            solicit_type: None,
            route: None,
            hashed_nonce: Nonce([7; 16]).hashed(),
        });
        hear(&mut cloud, guest, &encode(1, solicit));
        assert_eq!(cloud.former_peers.iter().next(), None);

        hear(&mut cloud, from, &answer);

        let is_remembered = cloud.former_peers.iter().any(|peer| peer == guest);
        assert_eq!(is_remembered, from == guest);
    }
}

/// A cloud that has solicited `guest`, and the answer.
fn soliciting(guest: Endpoint) -> (Cloud, Vec<u8>) {
    let mut cloud = global_cloud();
    cloud.handle_discovered(guest, Link::new(0).now);
    let sent = cloud.poll_transmit().unwrap();
    let sent = Message::decode(&sent.payload, &Dialect::default()).unwrap();
    let Body::Solicit(Solicit { hashed_nonce, .. }) = sent.body else {
        panic!("{sent:?}");
    };
    let advertise = Advertise {
        acked: sent.id,
        ids: vec![PnrpId::from_bytes([1; 32])],
        hashed_nonce,
    };
    (cloud, encode(1, Body::Advertise(advertise)))
}

/// A cloud that has flooded `guest`.
fn flooding(guest: Endpoint) -> (Cloud, Vec<u8>) {
    let body = Body::Flood(flood(Some(entry(1)), None));
    let (cloud, acked) = having_sent(Purpose::Flood(PnrpId::ZERO), guest, body);
    let ack = Ack {
        acked,
        id_not_found: true,
    };
    (cloud, encode(1, Body::Ack(ack)))
}

/// A cloud that has inquired of `guest`, and the first piece of the answer.
fn inquiring(guest: Endpoint) -> (Cloud, Vec<u8>) {
    let body = proof_of(PnrpId::ZERO);
    let (cloud, acked) = having_sent(Purpose::Admission, guest, body);
    let piece = AuthorityFragment {
        acked,
        size: 2_000,
        offset: 0,
        data: vec![0; 1_188],
    };
    (cloud, encode(1, Body::Authority(piece)))
}

fn having_sent(purpose: Purpose, guest: Endpoint, body: Body) -> (Cloud, MessageId) {
    let mut cloud = global_cloud();
    let path = (global("2001:db8:1::1"), guest);
    let id = cloud.send_pended(purpose, path, body, Link::new(0).now);
    (cloud, id.unwrap())
}

fn global_cloud() -> Cloud {
    let config = CloudConfig::new(Scope::Global);
    let local = vec![global("2001:db8:1::1")];
    Cloud::open(config, local, [1; 32], Link::new(0).now).unwrap()
}

fn hear(cloud: &mut Cloud, from: Endpoint, payload: &[u8]) {
    let to = global("2001:db8:1::1");
    let datagram = Datagram { from, to, payload };
    cloud.handle_datagram(datagram, Link::new(0).now);
}

fn global(address: &str) -> Endpoint {
    Endpoint {
        address: address.parse().unwrap(),
        port: 3540,
    }
}

/// The answer of node 0 to a source that asks for a CPA.
fn ask_for_proof(link: &mut Link, source: usize) -> Vec<u8> {
    let validate = link.nodes[0].registrations().next().unwrap().1.pnrp_id();
    link.inject(0, endpoint(source), &encode(1, proof_of(validate)));
    let answer = link.log.last().unwrap();
    answer.encode(&Dialect::default())
}

/// Whether an answer has flag B, and nothing else.
fn is_busy(answer: &[u8]) -> bool {
    let message = Message::decode(answer, &Dialect::default()).unwrap();
    let Body::Authority(piece) = message.body else {
        panic!("{message:?}");
    };
    let busy = AuthorityBuffer {
        busy: true,
        ..AuthorityBuffer::default()
    };
    AuthorityBuffer::decode(&piece.data, &Dialect::default()).unwrap() == busy
}

fn proof_of(validate: PnrpId) -> Body {
    Body::Inquire(Inquire {
        validate,
        want_cpa: true,
        want_extended_payload: false,
        want_cert_chain: false,
        nonce: Some(Nonce([7; 16])),
    })
}

fn flood(route: Option<RouteEntry>, revoke: Option<SignedCpa>) -> Flood {
    Flood {
        suppress_ack: true,
        validate: PnrpId::ZERO,
        content: FloodContent { revoke, route },
        already_flooded: vec![],
    }
}

fn lookup_with(route: RouteEntry) -> Lookup {
    Lookup {
        accept_not_closer: true,
        criteria: SearchCriteria::Exact,
        reason: Reason::AppRequest,
        target: PnrpId::from_bytes([9; 32]),
        validate: PnrpId::ZERO,
        best_match: Some(route),
        visited: vec![endpoint(9)],
    }
}

fn solicit_with(route: RouteEntry) -> Solicit {
    Solicit {
        solicit_type: None,
        route: Some(route),
        hashed_nonce: Nonce([7; 16]).hashed(),
    }
}

/// The entry of a node that is not there.
fn entry(number: u8) -> RouteEntry {
    let id = PnrpId::from_bytes([number << 4; 32]);
    RouteEntry::new(id, 3540, vec![endpoint(200).address]).unwrap()
}

fn encode(number: u32, body: Body) -> Vec<u8> {
    let id = MessageId(number);
    Message { id, body }.encode(&Dialect::default())
}

/// So many at once, and no more for a long time but one a second.
fn few(burst: u32) -> Rate {
    Rate {
        per_second: 1,
        burst,
    }
}

/// The ID of the last message of a type on the link.
fn sent_last(link: &Link, kind: MessageType) -> MessageId {
    let mut log = link.log.iter();
    let last = log.rfind(|message| message.message_type() == kind);
    last.unwrap().id
}
