//! The tables of libp2p-kad and discv5. Of a thousand random IDs they keep about a hundred; discv5's
//! buckets can be filled by hand.

use std::{hint::black_box, time::Duration};

use discv5::{
    ConnectionDirection, ConnectionState,
    kbucket::{KBucketsTable, Key, NodeStatus},
};
use libp2p_core::{Multiaddr, PeerId};
use libp2p_kad::{Behaviour, KBucketKey, store::MemoryStore};
use pnrp_benches::Rounds;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::kept;

/// The most entries these tables are measured with.
pub(crate) const MOST: usize = 1_000;

/// Finding the closest in both.
pub(crate) fn closest_rows(rounds: &mut Rounds<'_>, size: usize) {
    let mut rng = StdRng::seed_from_u64(3);
    let targets: Vec<[u8; 32]> = (0..4_096).map(|_| rng.random()).collect();

    let table = discv5_table(size);
    let keys: Vec<Key<[u8; 32]>> = targets.iter().map(|raw| Key::new_raw(*raw, *raw)).collect();
    let (mut table, mut at) = (table, 0);
    rounds.row("discv5", 0, move || {
        at = (at + 1) % keys.len();
        table.closest_keys(black_box(&keys[at])).next()
    });

    let mut behaviour = libp2p_table(size);
    let keys: Vec<KBucketKey<Vec<u8>>> = targets
        .iter()
        .map(|raw| KBucketKey::new(raw.to_vec()))
        .collect();
    let mut at = 0;
    rounds.row("libp2p-kad", 0, move || {
        at = (at + 1) % keys.len();
        behaviour
            .get_closest_local_peers(black_box(&keys[at]))
            .next()
    });
}

/// One entry in and out.
pub(crate) fn insert_rows(rounds: &mut Rounds<'_>, size: usize) {
    let mut table = discv5_table(size);
    let keys: Vec<Key<[u8; 32]>> = discv5_ids(size);
    let mut at = 0;
    rounds.row("discv5", 0, move || {
        at = (at + 1) % keys.len();
        let key = black_box(&keys[at]);
        table.remove(key);
        table.insert_or_update(key, [0; 18], STATUS)
    });
    let mut behaviour = libp2p_table(size);
    let peers: Vec<PeerId> = behaviour
        .kbuckets()
        .flat_map(|bucket| {
            bucket
                .iter()
                .map(|entry| *entry.node.key.preimage())
                .collect::<Vec<_>>()
        })
        .collect();
    let address: Multiaddr = ADDRESS.parse().expect("an address");
    let mut at = 0;
    rounds.row("libp2p-kad", 0, move || {
        at = (at + 1) % peers.len();
        let peer = black_box(&peers[at]);
        behaviour.remove_peer(peer);
        behaviour.add_address(peer, address.clone())
    });
}

/// What both keep allocated.
pub(crate) fn weigh(size: usize, print: impl Fn(&str, usize)) {
    let (table, bytes) = kept(|| discv5_table(size));
    print("discv5", bytes * size / table.iter_ref().count());
    let (mut behaviour, bytes) = kept(|| libp2p_table(size));
    let peers: usize = behaviour
        .kbuckets()
        .map(|bucket| bucket.num_entries())
        .sum();
    print("libp2p-kad", bytes * size / peers);
}

/// Up to 16 entries at each distance from an ID of zeros.
fn discv5_table(size: usize) -> KBucketsTable<[u8; 32], [u8; 18]> {
    let local = Key::new_raw([0; 32], [0; 32]);
    let mut table = KBucketsTable::new(local, Duration::from_secs(60), 16, None, None);
    for key in discv5_ids(size) {
        let _ = table.insert_or_update(&key, [0; 18], STATUS);
    }
    table
}

fn discv5_ids(size: usize) -> Vec<Key<[u8; 32]>> {
    let mut rng = StdRng::seed_from_u64(4);
    let id = |entry: usize| {
        let mut raw: [u8; 32] = rng.random();
        let zeros = entry / 16;
        raw[..zeros / 8].fill(0);
        raw[zeros / 8] = (raw[zeros / 8] | 0x80) >> (zeros % 8);
        Key::new_raw(raw, raw)
    };
    (0..size / 16 * 16).map(id).collect()
}

/// Keys are hashes of peer IDs, so buckets cannot be filled by hand: `size` random ones are offered.
fn libp2p_table(size: usize) -> Behaviour<MemoryStore> {
    let local = PeerId::random();
    let mut behaviour = Behaviour::new(local, MemoryStore::new(local));
    let address: Multiaddr = ADDRESS.parse().expect("an address");
    for _ in 0..size {
        behaviour.add_address(&PeerId::random(), address.clone());
    }
    behaviour
}

const ADDRESS: &str = "/ip6/2001:db8::1/udp/3540";
const STATUS: NodeStatus = NodeStatus {
    direction: ConnectionDirection::Outgoing,
    state: ConnectionState::Connected,
};
