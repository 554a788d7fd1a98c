//! What must not get in. MS-PNRP §3.1.5.2, §3.1.5.11.

use pnrp_identity::{Signer, sign_cpa};
use pnrp_wire::{
    Body, Cpa, CpaKind, Dialect, Endpoint, Flood, FloodContent, Message, MessageId, PnrpId,
    RouteEntry,
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use std::time::Duration;

use super::link::{CheapKey, Link, endpoint, name_of};

/// R-3.1.5.2-01: random bytes, truncated datagrams and datagrams with one byte changed.
#[test]
fn ten_thousand_bad_datagrams_change_nothing() {
    let mut link = Link::ring(4, 21);
    let samples: Vec<Vec<u8>> = link
        .log
        .iter()
        .map(|message| message.encode(&Dialect::default()))
        .collect();
    let mut rng = StdRng::seed_from_u64(22);
    let cached = link.nodes[0].cache().len();

    for round in 0..10_000_usize {
        let mut bytes = samples[rng.random_range(0..samples.len())].clone();
        match round % 3 {
            0 => {
                bytes = vec![0; rng.random_range(0..1_500)];
                rng.fill_bytes(&mut bytes);
            }
            1 => bytes.truncate(rng.random_range(0..bytes.len())),
            _ => {
                let at = rng.random_range(12..bytes.len());
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
        }
        link.inject(
            0,
            Endpoint {
                port: 40_000,
                ..endpoint(200)
            },
            &bytes,
        );
        if round % 100 == 0 {
            link.run(Duration::from_millis(50));
        }
    }
    link.run(Duration::from_secs(5));

    assert!(link.nodes[0].stats().discarded["malformed"] > 6_000);
    assert_eq!(link.nodes[0].cache().len(), cached);
    assert_eq!(link.resolve(0, &name_of(2)).result, Ok(()));
    assert_eq!(link.resolve(1, &name_of(0)).result, Ok(()));
}

/// R-3.1.5.2-02: source ports up to 1024, other scopes, and one's own datagrams.
#[test]
fn sources_that_cannot_be_a_node_are_dropped() {
    let mut link = Link::ring(2, 23);
    let datagram = link.log[0].encode(&Dialect::default());
    let global = "2001:db8::9".parse().unwrap();

    link.inject(
        0,
        Endpoint {
            port: 1024,
            ..endpoint(1)
        },
        &datagram,
    );
    link.inject(
        0,
        Endpoint {
            address: global,
            port: 3540,
        },
        &datagram,
    );
    link.inject(0, endpoint(0), &datagram);

    let discarded = &link.nodes[0].stats().discarded;
    assert_eq!(discarded["reserved_source_port"], 1);
    assert_eq!(discarded["foreign_scope"], 1);
    assert_eq!(discarded["own_datagram"], 1);
}

/// R-3.1.5.11-03: nothing is cached on the word of others.
#[test]
fn an_entry_whose_node_denies_it_is_not_cached() {
    let mut link = Link::ring(3, 24);
    let invented = PnrpId::from_bytes([0x42; 32]);
    let route = RouteEntry::new(invented, 3540, vec![endpoint(1).address]).unwrap();
    let flood = Flood {
        suppress_ack: true,
        validate: PnrpId::ZERO,
        content: FloodContent {
            revoke: None,
            route: Some(route),
        },
        already_flooded: vec![],
    };
    let message = Message {
        id: MessageId(5),
        body: Body::Flood(flood),
    };

    link.inject(0, endpoint(2), &message.encode(&Dialect::default()));
    link.run(Duration::from_secs(3));

    assert!(!link.nodes[0].cache().contains(&invented));
    assert_eq!(link.nodes[0].stats().discarded["route_not_confirmed"], 1);
}

/// R-3.1.5.5-05: a revocation by another key than the publisher's, which the node contradicts, has
/// no effect. MS-PNRP §3.1.5.5 steps 4 to 6.
#[test]
fn a_false_revocation_of_an_unsecured_name_is_not_believed() {
    let (link, id) = after_revocation_by(CheapKey(1));

    assert!(link.nodes[0].cache().contains(&id));
}

/// MS-PNRP §3.1.5.5 steps 4 to 6: the key that published an unsecured name revokes it, and nobody
/// is asked.
#[test]
fn a_revocation_by_the_publishing_key_is_believed() {
    let (link, id) = after_revocation_by(CheapKey(0));

    assert!(!link.nodes[0].cache().contains(&id));
}

/// Three nodes, the first of which has received a revocation of the second one's ID.
fn after_revocation_by(key: CheapKey) -> (Link, PnrpId) {
    let mut link = Link::ring(3, 25);
    let target = link.nodes[1].registrations().next().unwrap().1;
    let id = target.pnrp_id();
    let cpa = Cpa {
        public_key: key.public_key(),
        ..target.cpa(CpaKind::Revoke, &[endpoint(1)], link.now.utc)
    };
    let signed = sign_cpa(cpa, &key, &Dialect::default()).unwrap();
    let flood = Flood {
        suppress_ack: true,
        validate: PnrpId::ZERO,
        content: FloodContent {
            revoke: Some(signed),
            route: None,
        },
        already_flooded: vec![],
    };
    let message = Message {
        id: MessageId(6),
        body: Body::Flood(flood),
    };
    assert!(link.nodes[0].cache().contains(&id));

    link.inject(0, endpoint(2), &message.encode(&Dialect::default()));
    link.run(Duration::from_millis(50));
    (link, id)
}
