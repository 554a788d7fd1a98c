//! From a name to its publisher. MS-PNRP §3.1.4.4, §3.1.5.6.1.

use std::time::Duration;

use pnrp_wire::{Body, MessageType, Payload};

use super::link::{Link, app_endpoint, endpoint, name_of, registration, request};
use crate::cloud::{
    CloudState, Event, LocalNames, OwnerId, Proof, RegisterError, ResolveError, Verdict,
};

/// A name registered after all nodes have started is found by a node two introductions away, and
/// quickly.
#[test]
fn the_end_of_a_chain_finds_a_name_at_its_start() {
    let mut link = Link::chain(3, 1);
    link.register(0, "0.first-light");
    link.run(Duration::from_secs(1));

    let outcome = link.resolve(2, "0.first-light");

    assert_eq!(outcome.result, Ok(()));
    let found = outcome.found.unwrap();
    assert_eq!(found.endpoints, [app_endpoint()]);
    assert_eq!(found.node, [endpoint(0)]);
    assert!(matches!(found.proof, Proof::Cpa { .. }));
    assert!(
        outcome.elapsed < Duration::from_secs(1),
        "{:?}",
        outcome.elapsed
    );
    assert_eq!(outcome.hops.last().unwrap().verdict, Verdict::Published);
}

#[test]
fn a_node_that_nobody_answers_says_that_it_is_alone() {
    let mut link = Link::new(1);
    let node = link.add(vec![endpoint(7)]);

    let outcome = link.resolve(node, "0.anything");

    assert_eq!(outcome.result, Err(ResolveError::Alone));
    assert!(outcome.elapsed < Duration::from_secs(3));
}

#[test]
fn a_name_that_nobody_registered_is_not_found() {
    let mut link = Link::ring(8, 2);

    let outcome = link.resolve(3, "0.nobody");

    assert_eq!(outcome.result, Err(ResolveError::NotFound));
    assert!(outcome.found.is_none());
    assert!(!outcome.hops.is_empty());
}

/// A name of which only the case differs is another name. MS-PNRP §2.2.4.
#[test]
fn names_are_case_sensitive() {
    let mut link = Link::ring(4, 3);

    assert_eq!(
        link.resolve(0, "0.Name-3").result,
        Err(ResolveError::NotFound)
    );
    assert_eq!(link.resolve(0, "0.name-3").result, Ok(()));
}

/// The nodes on a search path are exact: the trace names who was asked, and the last one proved.
#[test]
fn the_trace_climbs_towards_the_target() {
    let mut link = Link::ring(40, 4);

    let outcome = link.resolve(0, &name_of(25));

    let (proof, search) = outcome.hops.split_last().unwrap();
    assert_eq!(
        (proof.verdict, proof.endpoint),
        (Verdict::Published, endpoint(25))
    );
    assert!(proof.shared_bits >= 128);
    assert!(
        search
            .iter()
            .all(|hop| hop.elapsed == Duration::from_millis(10)),
        "{search:?}"
    );
}

/// R-3.2.5.10-02, R-3.1.5.6-08: a large payload comes in pieces and is put together.
#[test]
fn a_payload_of_several_fragments_arrives() {
    let mut link = Link::chain(2, 6);
    let bytes: Vec<u8> = (0..4_096_u32).map(|n| n.to_le_bytes()[0]).collect();
    let payload = Payload::Binary(bytes);
    let what = crate::cloud::Registration {
        payload: Some(payload.clone()),
        ..registration("0.big")
    };
    link.register_with(0, what);
    link.run(Duration::from_secs(1));

    let outcome = link.resolve(1, "0.big");

    assert_eq!(outcome.found.unwrap().payload, Some(payload));
    let pieces = link.log.iter().filter(
        |message| matches!(&message.body, Body::Authority(fragment) if fragment.offset > 0),
    );
    assert!(pieces.count() >= 3);
}

/// R-3.1.5.7-01, R-3.1.5.7-09: a CPA that was changed on the way proves nothing.
#[test]
fn a_changed_cpa_is_refused() {
    let mut link = Link::chain(2, 7);
    link.register(0, "0.name");
    link.run(Duration::from_secs(1));
    let id = link.start(1, "0.name");
    while link.log.last().unwrap().message_type() != MessageType::Inquire {
        link.step();
    }
    let inquire = link.log.last().unwrap().clone();
    link.step();
    let Body::Authority(mut fragment) = link.log.last().unwrap().body.clone() else {
        panic!("{:?}", link.log.last());
    };
    assert_eq!(fragment.acked, inquire.id);
    let port = fragment
        .data
        .windows(2)
        .rposition(|pair| pair == 8080_u16.to_be_bytes())
        .unwrap();
    fragment.data[port] ^= 1;
    let body = Body::Authority(fragment);
    let message = pnrp_wire::Message {
        id: pnrp_wire::MessageId(1),
        body,
    };

    link.inject(
        1,
        endpoint(0),
        &message.encode(&pnrp_wire::Dialect::default()),
    );

    assert_eq!(link.nodes[1].stats().discarded["invalid_cpa"], 1);
    assert_eq!(link.end_of(1, id), Some(Err(ResolveError::NotFound)));
}

/// R-3.2.7.1-01, and who may be answered from the local registrations.
#[test]
fn local_names_answer_whom_they_may() {
    let mut link = Link::chain(1, 8);
    link.register(0, "0.local");
    let now = link.now;
    let mut ask = |local: LocalNames| {
        let asked = crate::cloud::ResolveRequest {
            local,
            ..request("0.local")
        };
        let id = link.nodes[0].resolve(asked, now).unwrap();
        link.collect();
        link.end_of(0, id)
    };

    assert_eq!(ask(LocalNames::Include), Some(Ok(())));
    assert_eq!(ask(LocalNames::ExcludeOwner(OwnerId(2))), Some(Ok(())));
    assert_eq!(
        ask(LocalNames::ExcludeOwner(OwnerId(1))),
        Some(Err(ResolveError::Alone))
    );
    assert_eq!(ask(LocalNames::Exclude), Some(Err(ResolveError::Alone)));
}

#[test]
fn a_cancelled_resolve_says_nothing_more() {
    let mut link = Link::ring(8, 9);
    let id = link.start(0, &name_of(5));

    link.nodes[0].cancel(id);
    link.events.clear();
    link.run(Duration::from_secs(30));

    assert_eq!(link.end_of(0, id), None);
}

#[test]
fn registrations_that_cannot_be_published_are_refused() {
    let mut link = Link::chain(1, 10);
    let base = || registration("0.name");
    let refused = |link: &mut Link, what| link.nodes[0].register(what, link.now).unwrap_err();

    let mut nothing = base();
    nothing.endpoints.clear();
    assert_eq!(refused(&mut link, nothing), RegisterError::NothingToPublish);

    let mut many = base();
    many.endpoints = vec![app_endpoint(); 11];
    assert_eq!(
        refused(&mut link, many),
        RegisterError::TooManyEndpoints(11)
    );

    let mut zero = base();
    zero.endpoints[0].port = 0;
    assert_eq!(refused(&mut link, zero), RegisterError::PortZero);

    let foreign = registration("38827fecd1245882413e9a42c23d81f1aae08c4d.name");
    assert!(matches!(
        refused(&mut link, foreign),
        RegisterError::ForeignAuthority(_)
    ));

    link.register_with(0, base());
    assert!(matches!(
        refused(&mut link, base()),
        RegisterError::Duplicate(_)
    ));
}

/// The end of a resolve carries what was reported on the way, and the counters agree with both.
#[test]
fn a_resolve_ends_with_its_trace() {
    let mut link = Link::ring(20, 61);
    let before = link.nodes[3].stats().clone();

    let outcome = link.resolve(3, &name_of(14));
    let lost = link.resolve(3, "0.nobody");

    let hops = |event: &(usize, Event)| {
        let (3, Event::Hop { hop, .. }) = event else {
            return None;
        };
        Some(hop.clone())
    };
    let reported: Vec<_> = link.events.iter().filter_map(hops).collect();
    let traced = [outcome.hops.as_slice(), lost.hops.as_slice()].concat();
    assert_eq!(reported, traced);
    assert_eq!(outcome.hops.last().unwrap().verdict, Verdict::Published);
    assert!(
        lost.hops
            .iter()
            .all(|hop| hop.verdict != Verdict::Published)
    );
    let stats = link.nodes[3].stats();
    let since = [
        stats.resolves_started - before.resolves_started,
        stats.resolves_succeeded - before.resolves_succeeded,
        stats.resolves_failed - before.resolves_failed,
        stats.hops - before.hops,
    ];
    let lookups = u64::try_from(traced.len() - 1).unwrap();
    assert_eq!(since, [2, 1, 1, lookups]);
}

/// A node tells when it finds others and when it loses them all.
#[test]
fn every_change_of_state_is_reported() {
    let mut link = Link::chain(2, 62);
    link.register(0, &name_of(0));
    link.register(1, &name_of(1));
    link.run(Duration::from_secs(1));
    link.cut_off.push(1);
    link.run(Duration::from_secs(300));

    let states = |event: &(usize, Event)| {
        let (0, Event::StateChanged { state }) = event else {
            return None;
        };
        Some(*state)
    };
    let states: Vec<_> = link.events.iter().filter_map(states).collect();
    assert!(states.contains(&CloudState::Active), "{states:?}");
    assert!(
        states.windows(2).all(|pair| pair[0] != pair[1]),
        "{states:?}"
    );
    assert_eq!(states.last(), Some(&link.nodes[0].state()));
    assert_ne!(link.nodes[0].state(), CloudState::Active);
}
