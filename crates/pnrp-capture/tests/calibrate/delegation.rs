//! CPAs whose authority is that of another key. MS-PNRP §3.1.5.10.

use std::time::Duration;

use pnrp_capture::{AuthorityProof, Calibrator, ChainProof, Proof, Question, Timestamp, Verdict};
use pnrp_identity::{Delegation, PeerIdentity, Role, Signer, delegate};
use pnrp_wire::{Authority, ByteOrder, Dialect, FileTime, Presence};

use crate::{
    ORDERS, observe,
    peer::{NOT_AFTER, Peer, identity},
};

/// Without text and route entry, nothing but the chain tells.
#[test]
fn a_chain_bears_out_the_authority_and_its_order() {
    for number_order in [ORDERS.0, ORDERS.1] {
        let peer = delegated(Dialect {
            number_order,
            inquire_answer_extras: Presence::Absent,
            ..Dialect::default()
        });
        let mut calibrator = Calibrator::default();

        let proofs = observe(&mut calibrator, &peer.answer());

        assert_eq!(authority(&proofs), (ChainProof::Valid, Some(number_order)));
        assert_eq!(calibrator.report().dialect(), peer.dialect);
    }
}

#[test]
fn a_chain_counts_at_the_time_of_capture() {
    let peer = delegated(Dialect::default());
    let mut late = peer.answer();
    let year_2100 = Some(Timestamp(4_102_444_800_000_000_000));
    late.iter_mut()
        .for_each(|datagram| datagram.time = year_2100);

    let proofs = observe(&mut Calibrator::default(), &late);

    assert_eq!(authority(&proofs).0, ChainProof::Invalid);
}

/// Only the ID tells.
#[test]
fn an_authority_without_its_chain_is_read_with_its_id() {
    for number_order in [ORDERS.0, ORDERS.1] {
        let dialect = Dialect {
            number_order,
            ..Dialect::default()
        };
        let number = std::array::from_fn(|at| u8::try_from(at).unwrap());
        for (cert_chain, expected) in [
            (None, ChainProof::Absent),
            (Some(vec![0x30, 0x00]), ChainProof::Invalid),
            (delegated(dialect).cert_chain, ChainProof::Invalid),
        ] {
            let peer = Peer {
                authority: Authority::Secure(number),
                cert_chain,
                ..Peer::new(dialect)
            };
            let mut calibrator = Calibrator::default();

            let proofs = observe(&mut calibrator, &peer.conversation());

            assert_eq!(authority(&proofs), (expected, Some(number_order)));
            let report = calibrator.report();
            assert_eq!(report.dialect(), dialect);
            let unexplained = report.evidence(Question::NumberOrder).unexplained;
            assert!(!unexplained.is_empty());
            // Which of the two orders is meant under the hash cannot be told from the other.
            assert_eq!(report.verdict(Question::IdAuthority), Verdict::Undecided);
        }
    }
}

/// A peer that the holder of another key lets publish.
fn delegated(dialect: Dialect) -> Peer {
    let owner = PeerIdentity::generate().unwrap();
    let delegation = Delegation {
        to: identity().public_key(),
        classifiers: Vec::new(),
        role: Role::Member,
        not_before: FileTime(NOT_AFTER.0 - 864_000_000_000),
        not_after: NOT_AFTER.plus(Duration::from_secs(86_400)),
    };
    let chain = delegate(&owner, None, &delegation).unwrap();
    Peer {
        authority: owner.authority(),
        cert_chain: Some(chain.encode()),
        ..Peer::new(dialect)
    }
}

fn authority(proofs: &[Proof]) -> (ChainProof, Option<ByteOrder>) {
    let cpa = proofs.first().and_then(|proof| proof.cpa.as_ref());
    let authority = cpa.unwrap().authority;
    assert!(matches!(authority, AuthorityProof::OtherKey { .. }));
    let AuthorityProof::OtherKey { chain, order } = authority else {
        return (ChainProof::Absent, None);
    };
    (chain, order)
}
