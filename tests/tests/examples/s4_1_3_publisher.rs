//! Resolving a peer name: the even steps, at the nodes that are asked. MS-PNRP §4.1.3.

use std::{collections::BTreeSet, time::Duration};

use pnrp_tests::{
    scenario::{GAP, Peer, STRANGER, config, endpoint, flood_of, lookup, registration},
    wire::Wire,
};
use pnrp_wire::{AuthorityBuffer, Body, Dialect, Endpoint, Lookup, MessageId, PnrpId};

/// The node that is asked.
const ASKED: u16 = 1;
/// Node 2, Node 2a, and a third that is closer to the target than Node 1.
const CLOSER: [u16; 3] = [20, 21, 22];
/// A node on the other side of Node 1.
const FARTHER: u16 = 23;
/// Node 3 is so far from Node 1.
const TARGET: i128 = 1_000 * GAP;
const SEEDS: u64 = 60;

/// A node with an ID that has cached these nodes; offsets are from its ID, toward the target.
fn node_knowing(known: &[(u16, i128)], seed: u64) -> (Wire, PnrpId) {
    let mut wire = Wire::new(seed);
    wire.open(ASKED, config());
    let (_, local) = wire.register(ASKED, registration());
    for &(number, offset) in known {
        let peer = Peer::beside(local, offset, number);
        wire.peers.push(peer.clone());
        let flood = flood_of(peer.route());
        wire.send(peer.endpoint, ASKED, Body::Flood(flood));
    }
    wire.run(Duration::from_secs(2));
    assert_eq!(wire.node(ASKED).cache().len(), known.len());
    wire.take_log();
    (wire, local)
}

fn node_1(seed: u64) -> (Wire, PnrpId) {
    let known = [
        (CLOSER[0], 900 * GAP),
        (CLOSER[1], 800 * GAP),
        (CLOSER[2], 700 * GAP),
        (FARTHER, -GAP),
    ];
    node_knowing(&known, seed)
}

/// What the node answers to a LOOKUP of the resolver.
fn asked(wire: &mut Wire, local: PnrpId, also_visited: &[u16]) -> AuthorityBuffer {
    let resolver = endpoint(STRANGER);
    let visited = also_visited.iter().map(|&number| endpoint(number));
    let question = Lookup {
        accept_not_closer: false,
        visited: [resolver].into_iter().chain(visited).collect(),
        ..lookup(Peer::beside(local, TARGET, 3).id, local)
    };
    let acked = wire.send(resolver, ASKED, Body::Lookup(question));
    wire.run(Duration::from_millis(20));
    let bytes = answer_to(wire, resolver, acked);
    AuthorityBuffer::decode(&bytes, &Dialect::default()).unwrap()
}

fn answer_to(wire: &mut Wire, resolver: Endpoint, acked: MessageId) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sent in wire.take_log() {
        if let Body::Authority(fragment) = sent.message.body
            && sent.to == resolver
            && fragment.acked == acked
        {
            bytes.extend(fragment.data);
        }
    }
    bytes
}

fn referral(answer: &AuthorityBuffer) -> Option<Endpoint> {
    answer
        .route
        .as_ref()
        .and_then(|route| route.endpoints().next())
}

/// R-4.1.3-02: each of the three is chosen by some nodes, and nobody else by any.
#[test]
fn step_2_node_1_returns_one_of_three_closer_nodes_at_random() {
    let mut chosen = BTreeSet::new();
    for seed in 0..SEEDS {
        let (mut wire, local) = node_1(seed);
        let answer = asked(&mut wire, local, &[]);
        assert!(!answer.id_not_found);
        chosen.insert(referral(&answer).unwrap());
    }
    assert_eq!(chosen, CLOSER.map(endpoint).into());
}

/// R-4.1.3-04: those it knows are farther than it is; with none at all it is the same.
#[test]
fn step_4_node_2_without_closer_nodes_returns_none() {
    for known in [&[(20, -900 * GAP), (21, -GAP)][..], &[]] {
        let (mut wire, local) = node_knowing(known, 1);

        let answer = asked(&mut wire, local, &[20]);

        assert_eq!(answer.route, None);
        assert!(!answer.id_not_found);
    }
}

/// R-4.1.3-06: Node 1 and Node 2 are in the path.
#[test]
fn step_6_node_1_never_returns_a_node_of_the_path() {
    let mut chosen = BTreeSet::new();
    for seed in 0..SEEDS {
        let (mut wire, local) = node_1(seed);
        let answer = asked(&mut wire, local, &[ASKED, CLOSER[0]]);
        chosen.insert(referral(&answer).unwrap());
    }
    assert_eq!(chosen, [CLOSER[1], CLOSER[2]].map(endpoint).into());
}

/// R-4.1.3-08: whatever else it knows, and whatever the seed.
#[test]
fn step_8_node_2a_returns_the_target() {
    for seed in 0..SEEDS {
        let known = [(3, TARGET), (20, TARGET - GAP), (21, TARGET + GAP)];
        let (mut wire, local) = node_knowing(&known, seed);

        let answer = asked(&mut wire, local, &[1, 20]);

        assert_eq!(referral(&answer), Some(endpoint(3)));
    }
}
