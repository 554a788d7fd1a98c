//! Rules of MS-PNRP chapter 2 that bind whoever sends a message.

use std::{collections::BTreeMap, time::Duration};

use pnrp_wire::{
    Ack, Body, Dialect, Endpoint, Flood, FloodContent, HashedNonce, Inquire, Lookup, Message,
    MessageId, Nonce, Payload, PnrpId, Reason, SearchCriteria, Solicit,
};

use super::{
    asking::{acked, answer_to, answers_to, inject},
    link::{Link, config, endpoint, name, name_of, registration, request},
};
use crate::cloud::{Cloud, OpenError, Registration, ResolveRequest};

/// R-3-01: SOLICIT and ADVERTISE, REQUEST or FLOOD and ACK, LOOKUP or INQUIRE and AUTHORITY.
#[test]
fn every_message_is_answered_in_its_kind() {
    let mut link = Link::ring(5, 31);
    assert_eq!(link.resolve(4, &name_of(0)).result, Ok(()));
    link.run(Duration::from_secs(5));

    let (mut answers, mut answered) = (0, 0);
    for message in &link.log {
        let Some(acked) = acked(message) else {
            let wants_answer = !matches!(&message.body, Body::Flood(flood) if flood.suppress_ack);
            let is_answered = link
                .log
                .iter()
                .any(|other| acked(other) == Some(message.id));
            assert_eq!(is_answered, wants_answer, "{message:?}");
            answered += 1;
            continue;
        };
        let mut questions = link.log.iter().filter(|other| self::acked(other).is_none());
        let question = questions.find(|other| other.id == acked).unwrap();
        let is_right = match &question.body {
            Body::Solicit(_) => matches!(message.body, Body::Advertise(_)),
            Body::Request(_) => matches!(message.body, Body::Ack(_)),
            Body::Flood(flood) => !flood.suppress_ack && matches!(message.body, Body::Ack(_)),
            Body::Inquire(_) | Body::Lookup(_) => matches!(message.body, Body::Authority(_)),
            Body::Advertise(_) | Body::Authority(_) | Body::Ack(_) => false,
        };
        assert!(is_right, "{question:?} and {message:?}");
        answers += 1;
    }
    assert!(answers > 50 && answered > 50);
}

/// R-3-02: an answer that is lost is sent again only when it is asked for again.
#[test]
fn answers_are_sent_once() {
    let mut link = Link::ring(3, 32);
    let id = link.nodes[0].registrations().next().unwrap().1.pnrp_id();
    let questions = [
        Body::Solicit(Solicit {
            solicit_type: None,
            route: None,
            hashed_nonce: HashedNonce([1; 20]),
        }),
        flood(PnrpId::ZERO, false),
        lookup(id),
        inquire(id, [true; 3], None),
    ];

    for (number, body) in (1..).zip(questions) {
        inject(&mut link, number, body);
    }
    link.run(Duration::from_secs(30));

    for number in 1..=4 {
        assert_eq!(answers_to(&link, number).len(), 1, "{number}");
    }
}

/// R-2.2.1-07: a Message ID stands for one message, its repetitions, or the pieces of one answer.
#[test]
fn message_ids_do_not_repeat() {
    let link = Link::ring(12, 33);
    let mut known: BTreeMap<MessageId, &Message> = BTreeMap::new();
    for message in &link.log {
        let first = *known.entry(message.id).or_insert(message);
        let is_piece = matches!(
            (&first.body, &message.body),
            (Body::Authority(a), Body::Authority(b)) if a.acked == b.acked && a.size == b.size
        );
        assert!(first == message || is_piece, "{first:?} and {message:?}");
    }

    assert!(known.len() > 500, "{} IDs", known.len());
}

/// R-2.2.2.2-01, R-2.2.2.2-07, R-2.2.2.3-04: an ADVERTISE repeats ID and hash of its SOLICIT, and a
/// REQUEST asks for what was advertised.
#[test]
fn a_conversation_hangs_together() {
    let link = Link::ring(4, 34);
    let mut requests = 0;
    for message in &link.log {
        if let Body::Advertise(advertise) = &message.body {
            let mut questions = link.log.iter().filter(|other| other.id == advertise.acked);
            let is_repeated = questions.any(|other| {
                matches!(&other.body, Body::Solicit(solicit)
                    if solicit.hashed_nonce == advertise.hashed_nonce)
            });
            assert!(is_repeated, "{advertise:?}");
        }
        if let Body::Request(request) = &message.body {
            let is_advertised = link.log.iter().any(|other| {
                matches!(&other.body, Body::Advertise(advertise)
                    if advertise.hashed_nonce == request.nonce.hashed()
                        && request.ids.iter().all(|id| advertise.ids.contains(id)))
            });
            assert!(is_advertised, "{request:?}");
            requests += 1;
        }
    }
    assert!(requests > 0);
}

/// R-2.2.2.5-03, R-2.2.2.5-04, R-3.2.5.6-06, R-2.2.3.1-05, R-2.2.3.1-14, R-2.2.3.3-05: A brings the
/// CPA with the nonce asked with, X the payload; C brings nothing for a name without a chain.
#[test]
fn an_answer_has_what_the_flags_ask_for() {
    let mut link = Link::chain(2, 35);
    let payload = Payload::binary(vec![1, 2, 3]).unwrap();
    link.register_with(
        0,
        Registration {
            payload: Some(payload.clone()),
            ..registration("0.rich")
        },
    );
    link.register(0, "0.poor");
    let ids: Vec<_> = link.nodes[0]
        .registrations()
        .map(|(_, local)| local)
        .collect();
    let id_of = |wanted: &str| {
        let mut found = ids
            .iter()
            .filter(|local| local.registration().name == name(wanted));
        found.next().unwrap().pnrp_id()
    };
    let (rich, poor) = (id_of("0.rich"), id_of("0.poor"));
    let nonce = Nonce([7; 16]);

    for (number, flags) in (1..).zip([
        [false; 3],
        [true, false, false],
        [false, true, false],
        [true, true, false],
        [true, true, true],
    ]) {
        inject(&mut link, number, inquire(rich, flags, Some(nonce)));
        inject(&mut link, number + 100, inquire(poor, flags, None));
        link.run(Duration::from_secs(1));
        let [answer, plain] = [number, number + 100].map(|number| answer_to(&link, number));

        assert_eq!(answer.cpa.is_some(), flags[0], "{flags:?}");
        assert_eq!(answer.extended_payload.is_some(), flags[1], "{flags:?}");
        assert_eq!(answer.cert_chain, None, "{flags:?}");
        assert_eq!(plain.extended_payload, None, "{flags:?}");
        if let (Some(rich), Some(poor)) = (answer.cpa, plain.cpa) {
            assert!(rich.cpa().has_extended_payload && !poor.cpa().has_extended_payload);
            assert_eq!(rich.cpa().kind, pnrp_wire::CpaKind::Publish(nonce));
            assert_eq!(poor.cpa().kind, pnrp_wire::CpaKind::Publish(Nonce::ZERO));
        }
        if let Some(sent) = answer.extended_payload {
            assert_eq!((sent.payload(), sent.statements().nonce), (&payload, nonce));
        }
    }
}

/// R-2.2.2.7-03: N is set for an ID that is not registered, and not for zero.
#[test]
fn an_ack_denies_unknown_ids() {
    let mut link = Link::ring(2, 36);
    let id = link.nodes[0].registrations().next().unwrap().1.pnrp_id();

    for (number, (validate, is_unknown)) in
        (1..).zip([(id, false), (PnrpId::ZERO, false), (id.successor(), true)])
    {
        inject(&mut link, number, flood(validate, false));

        let [Body::Ack(Ack { id_not_found, .. })] = answers_to(&link, number)[..] else {
            panic!("{validate}: no ACK");
        };
        assert_eq!(*id_not_found, is_unknown, "{validate}");
    }
}

/// R-2.2.2.8-05: how many bits of the ID have to match.
#[test]
fn criteria_compare_as_many_bits_as_they_say() {
    let mut link = Link::ring(4, 37);
    for (criteria, is_found) in [
        (SearchCriteria::Exact, false),
        (SearchCriteria::AnyPeerName, true),
        (SearchCriteria::NearestPeerName, true),
        (SearchCriteria::Nearest64PeerName, true),
        (SearchCriteria::UpperBits(128), true),
        (SearchCriteria::UpperBits(256), false),
    ] {
        let wanted = ResolveRequest {
            criteria,
            ..request(&name_of(2))
        };
        let id = link.nodes[0].resolve(wanted, link.now).unwrap();
        link.collect();
        while link.end_of(0, id).is_none() {
            link.step();
        }
        // The target's suffix is fixed and the registered one random, so 256 bits never match.
        assert_eq!(
            link.end_of(0, id).unwrap().is_ok(),
            is_found,
            "{criteria:?}"
        );
    }
}

/// R-2.2.2.8-06, R-2.2.2.8-10, R-2.2.2.8-14: a LOOKUP says why it is sent, and lists its sender
/// first.
#[test]
fn a_lookup_says_why_it_is_sent() {
    let mut link = Link::ring(5, 38);
    let lookups = |link: &Link, from: usize| {
        let mut lookups = Vec::new();
        for message in &link.log[from..] {
            if let Body::Lookup(lookup) = &message.body {
                lookups.push(lookup.clone());
            }
        }
        lookups
    };
    let before = lookups(&link, 0);
    assert!(
        before
            .iter()
            .any(|lookup| lookup.reason == Reason::Registration)
    );
    assert!(
        before
            .iter()
            .all(|lookup| lookup.reason != Reason::AppRequest)
    );

    let start = link.log.len();
    link.resolve(0, "0.nobody");

    let mut lookups = lookups(&link, start);
    lookups.retain(|lookup| lookup.reason == Reason::AppRequest);
    assert!(lookups.len() > 1);
    for (asked, lookup) in lookups.iter().enumerate() {
        assert_eq!(lookup.visited[0], endpoint(0));
        assert!(asked == 0 || lookup.visited.len() > 1);
        assert!(!lookup.validate.is_zero());
    }
}

/// R-3.1.5.2-01, R-3.1.5.2-02, R-3.1.5.2-04: no answer to source ports up to 1024, to another
/// header, or to a type that does not exist.
#[test]
fn what_is_no_message_is_not_answered() {
    let solicit = |id| Message {
        id: MessageId(id),
        body: Body::Solicit(Solicit {
            solicit_type: None,
            route: None,
            hashed_nonce: HashedNonce([id.to_be_bytes()[3]; 20]),
        }),
    };
    let mut link = Link::ring(2, 39);
    for (id, port, place, byte, answers) in [
        (1, 1024, 0, 0x00, 0),
        (2, 1025, 0, 0x00, 1),
        (3, 3540, 1, 0x11, 0),
        (4, 3540, 4, 0x52, 0),
        (5, 3540, 5, 0x05, 0),
        (6, 3540, 7, 0x05, 0),
    ] {
        let mut datagram = solicit(id).encode(&Dialect::default());
        datagram[place] = byte;
        let tables = link.nodes[0].table_sizes();
        let from = Endpoint {
            port,
            ..endpoint(8)
        };

        link.inject(0, from, &datagram);

        assert_eq!(answers_to(&link, id).len(), answers, "{id}");
        if answers == 0 {
            assert_eq!(link.nodes[0].table_sizes(), tables, "{id}");
        }
    }
}

/// R-2.2.3.4-03, R-2.2.3.6-02: a node whose datagrams would be dropped does not start.
#[test]
fn a_cloud_on_a_reserved_port_is_not_opened() {
    let open = |port| {
        let config = config(Vec::new());
        let local = Endpoint {
            port,
            ..endpoint(0)
        };
        Cloud::open(config, vec![local], [0; 32], Link::new(40).now).map(|_| ())
    };

    assert_eq!(open(1024), Err(OpenError::ReservedPort(1024)));
    assert_eq!(open(1025), Ok(()));
}

fn inquire(validate: PnrpId, flags: [bool; 3], nonce: Option<Nonce>) -> Body {
    let [want_cpa, want_extended_payload, want_cert_chain] = flags;
    Body::Inquire(Inquire {
        validate,
        want_cpa,
        want_extended_payload,
        want_cert_chain,
        nonce,
    })
}

fn flood(validate: PnrpId, suppress_ack: bool) -> Body {
    Body::Flood(Flood {
        suppress_ack,
        validate,
        content: FloodContent::default(),
        already_flooded: Vec::new(),
    })
}

fn lookup(validate: PnrpId) -> Body {
    Body::Lookup(Lookup {
        accept_not_closer: true,
        criteria: SearchCriteria::Exact,
        reason: Reason::AppRequest,
        target: validate.successor(),
        validate,
        best_match: None,
        visited: vec![endpoint(9)],
    })
}
