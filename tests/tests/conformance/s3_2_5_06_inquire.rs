//! Receiving INQUIRE, and the CPA that answers it. MS-PNRP §3.2.5.6, §3.2.5.7.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{Delegation, Role, Signer, ValidChain, delegate, inspect_chain};
use pnrp_node::cloud::Registration;
use pnrp_tests::scenario::{
    CheapKey, CheapVerifier, NAME, STRANGER, Scenario, config, endpoint, inquire, inquire_cpa,
    registration,
};
use pnrp_wire::{
    AuthorityBuffer, Body, CpaKind, Dialect, FileTime, Inquire, Message, MessageId, Nonce, Payload,
    PnrpId,
};

const NONCE: Nonce = Nonce([7; 16]);

/// R-3.2.5.6-01
#[test]
fn a_malformed_inquire_is_not_answered() {
    let (mut scenario, _, local) = Scenario::registered();
    let body = Body::Inquire(inquire_cpa(local, NONCE));
    let id = MessageId(9);
    let datagram = Message { id, body }.encode(&Dialect::default());
    // What is left after the ID, which the nonce follows, is a whole INQUIRE.
    let without_nonce = Body::Inquire(inquire(local));
    let body = without_nonce;
    let whole = Message { id, body }.encode(&Dialect::default()).len();
    for length in (12..datagram.len()).filter(|length| *length < whole) {
        scenario.deliver_bytes(endpoint(STRANGER), &datagram[..length]);
        scenario.expect_silence();
    }
    scenario.deliver_bytes(endpoint(STRANGER), &datagram);
    assert!(scenario.take_answer(id).cpa.is_some());
}

/// R-3.2.5.6-02: N, and nothing more, whatever was asked for.
#[test]
fn an_id_that_is_not_registered_is_denied() {
    let (mut scenario, registered, local) = Scenario::registered();
    let denial = AuthorityBuffer {
        id_not_found: true,
        ..AuthorityBuffer::default()
    };
    for id in [local.successor(), PnrpId::from_bytes([9; 32])] {
        assert_eq!(scenario.ask(inquire_cpa(id, NONCE)), denial);
    }
    scenario.unregister(registered);
    assert_eq!(scenario.ask(inquire_cpa(local, NONCE)), denial);
}

/// R-3.2.5.6-03, R-3.2.4.1-07: from the registration on.
#[test]
fn a_registered_id_is_confirmed() {
    let (mut scenario, _, local) = Scenario::registered();

    assert_eq!(scenario.ask(inquire(local)), AuthorityBuffer::default());
}

/// R-3.2.5.6-04, R-3.2.5.7-01: zeros stand for a nonce that was not given.
#[test]
fn the_cpa_has_the_nonce_of_the_inquire() {
    let (mut scenario, _, local) = Scenario::registered();
    for (nonce, expected) in [
        (Some(NONCE), NONCE),
        (Some(Nonce([8; 16])), Nonce([8; 16])),
        (None, Nonce::ZERO),
    ] {
        let question = Inquire {
            nonce,
            ..inquire_cpa(local, NONCE)
        };
        let cpa = scenario.ask(question).cpa.unwrap();
        assert_eq!(cpa.cpa().kind, CpaKind::Publish(expected));
        assert_eq!(cpa.id(), local);
    }
}

/// R-3.2.5.6-05: with C, and only then.
#[test]
fn the_chain_of_a_delegated_name_comes_with_c() {
    let mut scenario = Scenario::default();
    let now = scenario.now.utc;
    let chain = chain_for("db", now);
    let name = format!("{}.db", CheapKey(1).public_key().authority());
    let (_, delegated) = scenario.register(Registration {
        name: name.parse().unwrap(),
        signer: Arc::new(CheapKey(2)),
        cert_chain: Some(chain.clone()),
        ..registration()
    });
    let (_, plain) = scenario.register(registration());
    for (id, want_cert_chain, expected) in [
        (delegated, true, Some(chain.as_bytes())),
        (delegated, false, None),
        (plain, true, None),
    ] {
        let question = Inquire {
            want_cert_chain,
            ..inquire_cpa(id, NONCE)
        };
        let answer = scenario.ask(question);
        assert_eq!(answer.cert_chain.as_deref(), expected);
        assert!(answer.cpa.is_some());
    }
}

fn chain_for(classifier: &str, now: FileTime) -> ValidChain {
    let delegation = Delegation {
        to: CheapKey(2).public_key(),
        classifiers: vec![classifier.parse().unwrap()],
        role: Role::Member,
        not_before: FileTime(now.0 - 10_000_000),
        not_after: now.plus(Duration::from_secs(86_400)),
    };
    let chain = delegate(&CheapKey(1), None, &delegation).unwrap();
    inspect_chain(&chain.encode(), now, &CheapVerifier).unwrap()
}

/// R-3.2.5.6-06: with X, and only then.
#[test]
fn the_extended_payload_comes_with_x() {
    let mut scenario = Scenario::default();
    let payload = Payload::binary(vec![1, 2, 3]).unwrap();
    let (_, rich) = scenario.register(Registration {
        payload: Some(payload.clone()),
        ..registration()
    });
    let mut poor = registration();
    poor.name = "0.poor".parse().unwrap();
    let (_, poor) = scenario.register(poor);
    for (id, want_extended_payload, is_there) in [
        (rich, true, true),
        (rich, false, false),
        (poor, true, false),
    ] {
        let question = Inquire {
            want_extended_payload,
            ..inquire_cpa(id, NONCE)
        };
        let sent = scenario.ask(question).extended_payload;
        assert_eq!(sent.is_some(), is_there);
        if let Some(sent) = sent {
            let statements = sent.statements();
            assert_eq!((sent.payload(), statements.nonce), (&payload, NONCE));
            assert_eq!(statements.id, rich);
        }
    }
}

/// R-3.2.5.6-07
#[test]
fn the_answer_goes_to_whoever_asked() {
    let (mut scenario, _, local) = Scenario::registered();
    for question in [inquire(local), inquire_cpa(local, NONCE)] {
        let asked = scenario.deliver(endpoint(STRANGER), Body::Inquire(question));

        let sent = scenario.take_all();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].to, endpoint(STRANGER));
        assert!(matches!(&sent[0].message.body, Body::Authority(answer) if answer.acked == asked));
    }
}

/// R-3.2.5.6-08, R-3.2.5.6-09: what a resolver checks a CPA against comes along.
#[test]
fn classifier_and_entry_come_with_a_cpa() {
    let (mut scenario, _, local) = Scenario::registered();

    let answer = scenario.ask(inquire_cpa(local, NONCE));

    let name: pnrp_wire::PeerName = NAME.parse().unwrap();
    assert_eq!(answer.classifier.as_ref(), Some(name.classifier()));
    let route = answer.route.unwrap();
    assert_eq!(route.id(), local);
    assert_eq!(route.endpoints().collect::<Vec<_>>(), [endpoint(1)]);
}

/// R-2.2.3.1-12: whatever life the application asks for.
#[test]
fn a_cpa_lives_twelve_hours_to_seven_days() {
    const HOUR: u64 = 3_600;
    for (asked, expected) in [(1, 12), (12, 12), (48, 48), (168, 168), (1_000, 168)] {
        let mut scenario = Scenario::default();
        let (_, local) = scenario.register(Registration {
            lifetime: Duration::from_secs(asked * HOUR),
            ..registration()
        });

        let cpa = scenario.ask(inquire_cpa(local, NONCE)).cpa.unwrap();

        let life = Duration::from_secs(expected * HOUR);
        assert_eq!(cpa.cpa().not_after, scenario.now.utc.plus(life));
    }
}

/// R-3.2.5.7-02, R-2.2.3.1.1-02
#[test]
fn the_cpa_lists_where_the_node_listens() {
    let local_endpoints: Vec<_> = [1, 2, 3].map(endpoint).to_vec();
    let mut scenario = Scenario::on(config(), local_endpoints.clone());
    let (_, local) = scenario.register(registration());

    let cpa = scenario.ask(inquire_cpa(local, NONCE)).cpa.unwrap();

    assert_eq!(cpa.cpa().service_addresses, local_endpoints);
}
