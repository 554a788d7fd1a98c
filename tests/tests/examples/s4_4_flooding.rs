//! Flooding a new leaf. MS-PNRP §4.4.
//!
//! The letters of the example, in the order of the ring, are numbers of nodes. X is a hand-made
//! peer that proves itself and says nothing else, so that the others learn of it by FLOOD alone.
//! All nodes know each other, so "some other node" is always the nearest that was not flooded.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use pnrp_tests::{
    scenario::{Peer, Sent, config, endpoint, flood_of},
    wire::{DELAY, Wire, placed},
};
use pnrp_wire::{Body, MessageType, PnrpId};

const A: u16 = 1;
const B: u16 = 2;
const C: u16 = 3;
const D: u16 = 4;
const E: u16 = 5;
const F: u16 = 6;
const Y: u16 = 7;
const X: u16 = 8;
const G: u16 = 9;
const H: u16 = 10;
const I: u16 = 11;
const J: u16 = 12;
const K: u16 = 13;
const L: u16 = 14;
/// All but X.
const RING: [u16; 13] = [A, B, C, D, E, F, Y, G, H, I, J, K, L];
/// The nodes to which X is one of the five nearest on a side.
const ADOPTERS: [u16; 10] = [C, D, E, F, Y, G, H, I, J, K];

/// What follows when Y learns of X.
struct Flooded {
    wire: Wire,
    id: PnrpId,
    log: Vec<Sent>,
}

fn flooded() -> Flooded {
    let mut wire = Wire::ring(&RING, 1);
    assert_eq!(wire.below(Y), [F, E, D, C, B]);
    assert_eq!(wire.above(Y), [G, H, I, J, K]);
    let x = Peer::located(u128::from(X) << 120, X);
    wire.peers.push(x.clone());
    wire.send(x.endpoint, Y, Body::Flood(flood_of(x.route())));
    wire.run(Duration::from_secs(4));
    let mut log = wire.take_log();
    log.remove(0);
    Flooded {
        wire,
        id: x.id,
        log,
    }
}

impl Flooded {
    /// The FLOODs of X.
    fn floods(&self) -> impl Iterator<Item = &Sent> {
        self.log.iter().filter(|sent| sent.floods(self.id))
    }

    /// Those that a node sent: to whom.
    fn targets(&self, of: u16) -> BTreeSet<u16> {
        let sent = self.floods().filter(|sent| sent.source() == of);
        sent.map(Sent::destination).collect()
    }

    /// Those that a node got: from whom.
    fn sources(&self, of: u16) -> Vec<u16> {
        let got = self.floods().filter(|sent| sent.destination() == of);
        sorted(got.map(Sent::source))
    }

    /// The Already Flooded List of all that a node sent.
    fn list(&self, of: u16) -> BTreeSet<u16> {
        let sent = self.floods().filter(|sent| sent.source() == of);
        let mut lists = sent.map(|sent| sent.flood().unwrap().already_flooded.clone());
        let first = lists.next().unwrap();
        assert!(lists.all(|list| list == first));
        let numbers = RING.into_iter();
        let listed: BTreeSet<_> = numbers
            .filter(|&number| first.contains(&endpoint(number)))
            .collect();
        assert_eq!(listed.len(), first.len());
        listed
    }

    /// Who floods, wave by wave.
    fn waves(&self) -> Vec<BTreeSet<u16>> {
        let mut waves: BTreeMap<Duration, BTreeSet<u16>> = BTreeMap::new();
        for sent in self.floods() {
            waves.entry(sent.at).or_default().insert(sent.source());
        }
        waves.into_values().collect()
    }
}

/// R-4.4-01
#[test]
fn wave_1_x_displaces_k_at_y() {
    let flooded = flooded();

    assert_eq!(flooded.wire.above(Y), [X, G, H, I, J]);
    assert_eq!(flooded.wire.below(Y), [F, E, D, C, B]);
}

/// R-4.4-01
#[test]
fn wave_1_y_floods_f_and_g() {
    let flooded = flooded();

    assert_eq!(flooded.targets(Y), [F, G].into());
    assert_eq!(flooded.list(Y), [Y, F, G].into());
}

/// R-4.4-02: none of the ten floods before the answer of X has reached it.
#[test]
fn every_node_examines_x_before_it_floods() {
    let flooded = flooded();
    for node in ADOPTERS {
        let inquired = flooded
            .log
            .iter()
            .find(|sent| sent.source() == node && sent.inquires(flooded.id));
        let answered = flooded.log.iter().find(|sent| {
            sent.source() == X
                && sent.destination() == node
                && sent.kind() == MessageType::Authority
        });
        let first = flooded.floods().find(|sent| sent.source() == node).unwrap();

        assert!(inquired.unwrap().at + DELAY <= answered.unwrap().at);
        assert!(answered.unwrap().at + DELAY <= first.at);
    }
}

/// R-4.4-03
#[test]
fn wave_2_f_and_g_flood_e_and_h() {
    let flooded = flooded();
    for node in [F, G] {
        assert_eq!(flooded.sources(node), [Y]);
        assert_eq!(flooded.targets(node), [E, H].into());
        assert_eq!(flooded.list(node), [Y, F, G, E, H].into());
    }
}

/// R-4.4-04
#[test]
fn wave_2_e_and_h_get_two_copies_and_use_one() {
    let flooded = flooded();
    for node in [E, H] {
        assert_eq!(flooded.sources(node), [F, G]);
        let sent = || flooded.log.iter().filter(|sent| sent.source() == node);
        assert_eq!(sent().filter(|sent| sent.inquires(flooded.id)).count(), 1);
        let acks: BTreeSet<_> = sent()
            .filter(|sent| sent.kind() == MessageType::Ack)
            .map(Sent::destination)
            .collect();
        assert!(acks.is_superset(&[F, G].into()), "{acks:?}");
        let floods = flooded.floods().filter(|sent| sent.source() == node);
        assert_eq!(floods.count(), 2);
    }
}

/// R-4.4-04: whoever gets several copies.
#[test]
fn every_node_examines_x_once() {
    let flooded = flooded();
    let inquires = flooded.log.iter().filter(|sent| sent.inquires(flooded.id));
    let inquirers = sorted(inquires.map(Sent::source));

    assert_eq!(inquirers, RING);
}

/// R-4.4-05
#[test]
fn wave_3_e_and_h_flood_d_and_i() {
    let flooded = flooded();
    for node in [E, H] {
        assert_eq!(flooded.targets(node), [D, I].into());
    }
}

/// R-4.4-05: each to its neighbour, and to one far node.
#[test]
fn wave_4_d_floods_c_and_i_floods_j() {
    let flooded = flooded();
    for (node, neighbour) in [(D, C), (I, J)] {
        let mut targets = flooded.targets(node);
        assert!(targets.remove(&neighbour), "{node} flooded {targets:?}");
        assert_eq!(targets.len(), 1);
    }
}

/// R-4.4-05
#[test]
fn wave_5_c_floods_b_and_j_floods_k() {
    let flooded = flooded();

    assert!(flooded.targets(C).contains(&B));
    assert!(flooded.targets(J).contains(&K));
    assert!(flooded.targets(K).contains(&L));
}

/// R-4.4-05: the set of nodes that adopt X, and the order in which they pass it on.
#[test]
fn all_waves_the_ten_nearest_adopt_and_forward() {
    let flooded = flooded();

    assert_eq!(flooded.wire.holding(&flooded.id), ADOPTERS.into());
    let waves = [
        vec![Y],
        vec![F, G],
        vec![E, H],
        vec![D, I],
        vec![C, J],
        vec![K],
    ];
    assert_eq!(flooded.waves(), waves.map(BTreeSet::from_iter));
}

/// R-4.4-06: all three have heard of X.
#[test]
fn wave_6_nodes_to_which_x_is_no_leaf_do_not_forward() {
    let flooded = flooded();
    for node in [A, B, L] {
        assert!(
            !flooded.sources(node).is_empty(),
            "{node} has not heard of X"
        );
        assert!(flooded.wire.node(node).cache().contains(&flooded.id));
        assert_eq!(flooded.targets(node), BTreeSet::new());
    }
    assert!(!flooded.wire.holding(&flooded.id).contains(&A));
}

/// R-4.4-07: with the entry of the ID to which X is a leaf.
#[test]
fn every_adopter_floods_its_own_entry_to_x() {
    let flooded = flooded();
    let to_x = flooded.log.iter().filter(|sent| sent.destination() == X);
    let introduces = |sent: &&Sent| sent.floods(flooded.wire.id(sent.source()));
    let introduced = sorted(to_x.filter(introduces).map(Sent::source));

    assert_eq!(introduced, ADOPTERS);
}

/// R-4.4-07: when X is a real node that nobody has told of anybody.
#[test]
fn x_learns_who_has_it_in_a_leaf_set() {
    let mut wire = Wire::ring(&RING, 1);
    wire.open(X, config());
    let (_, id) = wire.register(X, placed(X));
    let local = wire.node(X).registrations().next().unwrap().1;
    assert_eq!(local.leaves().members().count(), 0);
    let flood = flood_of(wire.route(X));
    wire.send(endpoint(X), Y, Body::Flood(flood));

    wire.run(Duration::from_secs(4));

    assert_eq!(wire.below(X), [Y, F, E, D, C]);
    assert_eq!(wire.above(X), [G, H, I, J, K]);
    assert_eq!(wire.holding(&id), ADOPTERS.into());
    assert_eq!(wire.wrong_leaf_sets(), Vec::<u16>::new());
}

fn sorted(numbers: impl Iterator<Item = u16>) -> Vec<u16> {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable();
    numbers
}
