//! Receiving the answer to a resolve's INQUIRE. MS-PNRP §3.1.5.6.1.1.

use pnrp_node::cloud::{Event, Found, ResolveError, ResolveId, ResolveRequest, Verdict};
use pnrp_tests::scenario::{CheapKey, Peer, Scenario, Sent, app_endpoint, request};
use pnrp_wire::{
    AuthorityBuffer, CpaKind, Dialect, FriendlyName, Nonce, SearchCriteria, Signature, SignedCpa,
};

const PLACE: u128 = 0xfe80 << 112 | 0x8000_0000_0000_0000;

/// A cloud whose resolve has inquired its only candidate, with the nonce.
fn inquiring() -> (Scenario, ResolveId, Peer, Sent, Nonce) {
    let mut scenario = Scenario::default();
    let publisher = Peer::located(PLACE + 5, 9);
    scenario.introduce(&publisher);
    let id = scenario.resolve(request());
    let (sent, _) = scenario.expect_lookup();
    scenario.answer_as(&publisher, &sent);
    let (sent, inquire) = scenario.expect_inquire();
    (scenario, id, publisher, sent, inquire.nonce.unwrap())
}

fn with_cpa(cpa: SignedCpa) -> AuthorityBuffer {
    AuthorityBuffer {
        cpa: Some(cpa),
        ..AuthorityBuffer::default()
    }
}

fn found(scenario: &Scenario, id: ResolveId) -> Option<&Found> {
    scenario.events().iter().find_map(|event| {
        let Event::Found { id: of, found } = event else {
            return None;
        };
        (*of == id).then_some(&**found)
    })
}

/// R-2.2.2.6.1-02: flag B is no denial. The search goes on, and the entry stays.
#[test]
fn a_publisher_that_is_busy_stays_in_the_cache() {
    let (mut scenario, id, publisher, sent, _) = inquiring();
    let busy = AuthorityBuffer {
        busy: true,
        ..AuthorityBuffer::default()
    };

    scenario.answer(&sent, &busy);

    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::NotFound)));
    let mut verdicts = scenario.events().iter().filter_map(|event| {
        let Event::Hop { hop, .. } = event else {
            return None;
        };
        (hop.id == publisher.id).then_some(hop.verdict)
    });
    assert_eq!(verdicts.next_back(), Some(Verdict::Busy));
    assert!(scenario.knows(publisher.id));
}

/// R-3.1.5.6.1.1-06: all that the CPA says of the application, once.
#[test]
fn the_application_gets_what_the_publisher_says() {
    let (mut scenario, id, publisher, sent, nonce) = inquiring();
    let comment = FriendlyName::new("a comment").unwrap();
    let mut statements = publisher.statements(CpaKind::Publish(nonce), scenario.now.utc);
    statements.friendly_name = Some(comment.clone());
    let answer = with_cpa(publisher.sign(statements));

    scenario.answer(&sent, &answer);
    scenario.answer(&sent, &answer);

    let found = found(&scenario, id).unwrap();
    assert_eq!(found.name, publisher.name);
    assert_eq!(found.id, publisher.id);
    assert_eq!(found.endpoints, [app_endpoint()]);
    assert_eq!(found.comment, Some(comment));
    assert_eq!(found.node, [publisher.endpoint]);
    let reports = scenario.events().iter();
    let reports = reports.filter(|event| matches!(event, Event::Found { .. }));
    assert_eq!(reports.count(), 1);
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// R-3.1.5.6.1.1-02, R-3.1.5.6.1.1-04, R-3.1.5.6.1.1-07, R-3.1.5.6.1.1-08: with no other candidate
/// the resolve fails.
#[test]
fn a_proof_that_does_not_hold_is_no_result() {
    type Make = fn(&Peer, Nonce, &Scenario) -> AuthorityBuffer;
    let cases: [(&str, Make); 8] = [
        ("a good one", |peer, nonce, scenario| {
            with_cpa(peer.cpa(CpaKind::Publish(nonce), scenario.now.utc))
        }),
        ("no CPA", |_, _, _| AuthorityBuffer::default()),
        ("N", |peer, nonce, scenario| AuthorityBuffer {
            id_not_found: true,
            ..with_cpa(peer.cpa(CpaKind::Publish(nonce), scenario.now.utc))
        }),
        ("not signed", |peer, nonce, scenario| {
            let statements = peer.statements(CpaKind::Publish(nonce), scenario.now.utc);
            let signature = Signature([1; 128]);
            with_cpa(SignedCpa::new(statements, signature, &Dialect::default()).unwrap())
        }),
        ("another nonce", |peer, _, scenario| {
            with_cpa(peer.cpa(CpaKind::Publish(Nonce([9; 16])), scenario.now.utc))
        }),
        ("a revocation", |peer, _, scenario| {
            with_cpa(peer.cpa(CpaKind::Revoke, scenario.now.utc))
        }),
        ("another name", |_, nonce, scenario| {
            let other = Peer::of_name("0.other", CheapKey(0), PLACE + 5, 9);
            with_cpa(other.cpa(CpaKind::Publish(nonce), scenario.now.utc))
        }),
        ("expired", |peer, nonce, scenario| {
            let mut expired = peer.statements(CpaKind::Publish(nonce), scenario.now.utc);
            expired.not_after = pnrp_wire::FileTime(scenario.now.utc.0 - 1);
            with_cpa(peer.sign(expired))
        }),
    ];
    for (index, (what, make)) in cases.into_iter().enumerate() {
        let (mut scenario, id, publisher, sent, nonce) = inquiring();
        let answer = make(&publisher, nonce, &scenario);

        scenario.answer(&sent, &answer);

        let expected = match index {
            0 => Ok(()),
            _ => Err(ResolveError::NotFound),
        };
        assert_eq!(scenario.end_of(id), Some(expected), "{what}");
        assert_eq!(found(&scenario, id).is_some(), index == 0, "{what}");
    }
}

/// R-3.1.5.6.1.1-03, R-3.1.5.6.1.1-05: the search goes on with the best match before.
#[test]
fn a_failed_proof_gives_way_to_the_candidate_before() {
    let mut scenario = Scenario::default();
    let far = Peer::located(PLACE + 500, 8);
    let near = Peer::located(PLACE + 5, 9);
    scenario.introduce(&far);
    let id = scenario.resolve(ResolveRequest {
        criteria: SearchCriteria::NearestPeerName,
        ..request()
    });
    let (sent, _) = scenario.expect_lookup();
    scenario.refer(&sent, &near);
    let (sent, _) = scenario.expect_lookup();
    scenario.answer_as(&near, &sent);
    let (sent, _) = scenario.expect_lookup();
    scenario.answer_as(&far, &sent);
    let (sent, inquire) = scenario.expect_proof_inquire();
    assert_eq!(inquire.validate, near.id);

    scenario.answer(&sent, &AuthorityBuffer::default());

    assert_eq!(scenario.end_of(id), None);
    let (sent, inquire) = scenario.expect_proof_inquire();
    assert_eq!((sent.to, inquire.validate), (far.endpoint, far.id));
    scenario.answer_as(&far, &sent);
    assert_eq!(found(&scenario, id).unwrap().id, far.id);
}
