//! Resolving a peer name: the odd steps, at the resolver, and Node 3. MS-PNRP §4.1.3.

use pnrp_node::cloud::{Event, Found, Registration, ResolveId};
use pnrp_tests::scenario::{
    LOCAL, NAME, Peer, Scenario, Sent, app_endpoint, config, endpoint, registration, request,
};
use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, CpaKind, Dialect, Endpoint, Lookup, Payload,
    PeerName, PnrpId, Presence, ServiceLocation,
};

const NODE_1: u8 = 10;
const NODE_2: u8 = 20;
const NODE_2A: u8 = 25;
const NODE_3: u16 = 30;
/// A node in the resolver's cache that is farther from the target than Node 1.
const FARTHER: u8 = 5;

/// The ID that the resolver computes.
fn target() -> PnrpId {
    let name: PeerName = NAME.parse().unwrap();
    let location = ServiceLocation::new(0xfe80 << 48, 1 << 63);
    PnrpId::new(name.p2p_id(&Dialect::default()), location)
}

/// A node of the example. The bits that it shares with the target are as many as its number.
fn node(number: u8) -> Peer {
    Peer::toward(target(), number, u16::from(number))
}

/// A resolver with a LOOKUP under way.
struct Search {
    resolver: Scenario,
    id: ResolveId,
    sent: Sent,
    lookup: Lookup,
}

impl Search {
    fn step_1() -> Self {
        let mut resolver = Scenario::default();
        resolver.introduce(&node(FARTHER));
        resolver.introduce(&node(NODE_1));
        let id = resolver.resolve(request());
        let (sent, lookup) = resolver.expect_lookup();
        resolver.expect_silence();
        Self {
            resolver,
            id,
            sent,
            lookup,
        }
    }

    fn step_3() -> Self {
        Self::step_1().referred_to(&node(NODE_2))
    }

    fn step_5() -> Self {
        let mut search = Self::step_3();
        search
            .resolver
            .answer(&search.sent, &AuthorityBuffer::default());
        search.goes_on()
    }

    fn step_7() -> Self {
        Self::step_5().referred_to(&node(NODE_2A))
    }

    fn referred_to(mut self, next: &Peer) -> Self {
        self.resolver.refer(&self.sent, next);
        self.goes_on()
    }

    /// Looks at the next LOOKUP, of which there is one.
    fn goes_on(self) -> Self {
        let mut resolver = self.resolver;
        let mut lookups = resolver.take_lookups();
        let (sent, lookup) = lookups.pop().unwrap();
        assert_eq!(lookups, []);
        Self {
            resolver,
            sent,
            lookup,
            ..self
        }
    }

    fn asks(&self) -> (Endpoint, PnrpId) {
        (self.sent.to, self.lookup.validate)
    }

    /// The end of the search at Node 3: its INQUIRE.
    ///
    /// The target is asked by a LOOKUP first, which the example leaves out: a node becomes the best
    /// match when it has answered one, by MS-PNRP §3.1.5.6.1 step 5.
    fn step_9(node_3: &Peer) -> (Scenario, ResolveId, Sent) {
        let search = Self::step_7().referred_to(node_3);
        let mut resolver = search.resolver;
        assert_eq!(search.sent.to, node_3.endpoint);
        resolver.answer_as(node_3, &search.sent);
        let (inquire, _) = resolver.expect_proof_inquire();
        (resolver, search.id, inquire)
    }
}

/// The resolver, and these after it.
fn path(numbers: &[u8]) -> Vec<Endpoint> {
    let nodes = numbers.iter().map(|&number| node(number).endpoint);
    [endpoint(LOCAL)].into_iter().chain(nodes).collect()
}

/// R-4.1.3-01: the closest of two cached nodes.
#[test]
fn step_1_the_closest_cached_node_is_asked() {
    let search = Search::step_1();

    assert_eq!(search.asks(), (node(NODE_1).endpoint, node(NODE_1).id));
    assert_eq!(search.lookup.target, target());
    assert_eq!(search.lookup.visited, path(&[]));
}

/// R-4.1.3-03
#[test]
fn step_3_the_node_referred_to_is_asked() {
    let search = Search::step_3();

    assert_eq!(search.asks(), (node(NODE_2).endpoint, node(NODE_2).id));
    assert_eq!(search.lookup.target, target());
    assert_eq!(search.lookup.visited, path(&[NODE_1]));
}

/// R-4.1.3-05
#[test]
fn step_5_the_resolver_backtracks_from_a_dead_end() {
    let search = Search::step_5();

    assert_eq!(search.asks(), (node(NODE_1).endpoint, node(NODE_1).id));
    assert_eq!(search.lookup.visited, path(&[NODE_1, NODE_2]));
}

/// R-4.1.3-07: though Node 1 has answered twice.
#[test]
fn step_7_no_node_is_in_the_path_twice() {
    let search = Search::step_7();

    assert_eq!(search.asks(), (node(NODE_2A).endpoint, node(NODE_2A).id));
    assert_eq!(search.lookup.visited, path(&[NODE_1, NODE_2]));
}

/// Were Node 1 to name Node 2 once more, it would not be asked once more.
/// MS-PNRP §3.1.5.6.1 step 9.
#[test]
fn step_7_a_dead_end_is_not_asked_again() {
    let Search {
        mut resolver, sent, ..
    } = Search::step_5();

    resolver.refer(&sent, &node(NODE_2));

    let asked = resolver.take_lookups();
    assert!(
        asked
            .iter()
            .all(|(sent, _)| sent.to != node(NODE_2).endpoint),
        "{asked:?}"
    );
}

/// R-4.1.3-09: and its answer has the CPA and the classifier.
#[test]
fn step_9_the_target_is_inquired() {
    let (mut publisher, node_3) = node_3();
    let (_, _, inquire) = Search::step_9(&node_3);

    assert_eq!(inquire.to, endpoint(NODE_3));
    let Body::Inquire(question) = &inquire.message.body else {
        panic!("{inquire:?}");
    };
    assert_eq!(question.validate, node_3.id);
    let fragments = answer_to(&mut publisher, &inquire);
    let bytes: Vec<u8> = fragments
        .into_iter()
        .flat_map(|(_, piece)| piece.data)
        .collect();
    let buffer = AuthorityBuffer::decode(&bytes, &Dialect::default()).unwrap();
    let cpa = buffer.cpa.unwrap();
    assert_eq!(cpa.id(), node_3.id);
    assert_eq!(cpa.cpa().kind, CpaKind::Publish(question.nonce.unwrap()));
    assert_eq!(buffer.classifier.as_ref(), Some(node_3.name.classifier()));
}

/// R-4.1.3-10
#[test]
fn step_9_two_thousand_bytes_leave_as_1188_and_812() {
    let (mut publisher, node_3) = node_3();
    let (_, _, inquire) = Search::step_9(&node_3);

    let fragments = answer_to(&mut publisher, &inquire);

    let shapes: Vec<_> = fragments
        .iter()
        .map(|(_, piece)| (piece.size, piece.offset, piece.data.len()))
        .collect();
    assert_eq!(shapes, [(2_000, 0, 1_188), (2_000, 1_188, 812)]);
    assert!(
        fragments
            .iter()
            .all(|(_, piece)| piece.acked == inquire.message.id)
    );
}

/// R-4.1.3-11: after the second of the two, whichever that is, and not before.
#[test]
fn step_10_the_endpoints_are_reported_when_both_fragments_are_there() {
    for is_reversed in [false, true] {
        let (mut publisher, node_3) = node_3();
        let (mut resolver, id, inquire) = Search::step_9(&node_3);
        let mut fragments = answer_to(&mut publisher, &inquire);
        if is_reversed {
            fragments.reverse();
        }

        let [(first, _), (second, _)] = &fragments[..] else {
            panic!("{fragments:?}");
        };
        resolver.deliver_bytes(endpoint(NODE_3), &first.payload);
        assert_eq!(found(&resolver, id), Vec::<&Found>::new());
        resolver.deliver_bytes(endpoint(NODE_3), &second.payload);

        let found = found(&resolver, id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, node_3.id);
        assert_eq!(found[0].endpoints, [app_endpoint()]);
        assert_eq!(resolver.end_of(id), Some(Ok(())));
    }
}

/// R-4.1.3-11: it is examined as a whole, so one byte in either fragment spoils it.
#[test]
fn step_10_a_buffer_that_proves_nothing_is_not_reported() {
    for spoiled in [0, 1] {
        let (mut publisher, node_3) = node_3();
        let (mut resolver, id, inquire) = Search::step_9(&node_3);
        let fragments = answer_to(&mut publisher, &inquire);
        for (index, (mut sent, _)) in fragments.into_iter().enumerate() {
            let last = sent.payload.len() - 8;
            sent.payload[last] ^= u8::from(index == spoiled);
            resolver.deliver_bytes(endpoint(NODE_3), &sent.payload);
        }

        assert_eq!(found(&resolver, id), Vec::<&Found>::new());
    }
}

/// Node 3, which publishes so much that its answer to the resolver has 2,000 bytes, and its entry.
fn node_3() -> (Scenario, Peer) {
    let (publisher, node_3) = publishing(1_000);
    let (_, _, inquire) = Search::step_9(&node_3);
    let size = size_of_answer(publisher, &inquire);
    publishing(1_000 + 2_000 - size)
}

fn size_of_answer(mut publisher: Scenario, inquire: &Sent) -> usize {
    let fragments = answer_to(&mut publisher, inquire);
    fragments.iter().map(|(_, piece)| piece.data.len()).sum()
}

/// A node that publishes so many bytes beside an endpoint, and its entry.
///
/// It pads its answer to four bytes, as MS-PNRP §2.2 may be read: the length of a CPA is odd, and so
/// would be that of an answer which ends with one.
fn publishing(length: usize) -> (Scenario, Peer) {
    let dialect = Dialect {
        trailing_padding: Presence::Present,
        ..Dialect::default()
    };
    let config = config().with_dialect(dialect, false);
    let mut publisher = Scenario::on(config, vec![endpoint(NODE_3)]);
    let (_, id) = publisher.register(Registration {
        payload: Some(Payload::binary(vec![0x5A; length]).unwrap()),
        ..registration()
    });
    let location = u128::from_be_bytes(id.service_location().0);
    (publisher, Peer::located(location, NODE_3))
}

/// The AUTHORITY messages with which a node answers the INQUIRE.
fn answer_to(publisher: &mut Scenario, inquire: &Sent) -> Vec<(Sent, AuthorityFragment)> {
    publisher.deliver_to(inquire.from, inquire.to, &inquire.payload);
    let fragment = |sent: Sent| {
        let Body::Authority(fragment) = sent.message.body.clone() else {
            return None;
        };
        Some((sent, fragment))
    };
    publisher
        .take_all()
        .into_iter()
        .filter_map(fragment)
        .collect()
}

/// What the resolver has reported to the application.
fn found(resolver: &Scenario, id: ResolveId) -> Vec<&Found> {
    let events = resolver.events().iter();
    let found = events.filter_map(|event| {
        let Event::Found { id: of, found } = event else {
            return None;
        };
        (*of == id).then_some(&**found)
    });
    found.collect()
}
