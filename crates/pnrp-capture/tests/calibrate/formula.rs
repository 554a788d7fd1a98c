//! What leads from a CPA to the ID that it is about. MS-PNRP §3.1.4.4.1.

use pnrp_capture::{Answer, Calibrator, Question, Verdict};
use pnrp_wire::{Authority, ByteOrder, Classifier, ClassifierHash, Dialect, P2pId};
use sha1::{Digest, Sha1};

use crate::{
    observe,
    peer::{Peer, identity},
};

#[test]
fn a_name_without_classifier_says_what_stands_for_its_hash() {
    let nothing = Classifier::default();
    for (hash, answer) in [
        (nothing.hash(&Dialect::default()), "of_nothing"),
        (ClassifierHash([0; 20]), "zeros"),
    ] {
        let peer = Peer {
            classifier: nothing.clone(),
            p2p_id: Some(P2pId::derive(&identity().authority(), &hash)),
            ..Peer::new(Dialect::default())
        };
        let mut calibrator = Calibrator::default();

        observe(&mut calibrator, &peer.conversation());

        let verdict = calibrator.report().verdict(Question::IdMissingHash);
        assert_eq!(verdict, Verdict::Decided(Answer::Other(answer)));
    }
}

/// Each way to compute an ID that is not ours, one at a time.
#[test]
fn another_formula_for_ids_is_noticed() {
    let hash = Peer::new(Dialect::default()).hash().unwrap();
    let authority = identity().authority();
    let reversed = |mut bytes: [u8; 20]| {
        bytes.reverse();
        bytes
    };
    let ours = P2pId::derive(&authority, &hash);
    let mut last_first = ours;
    last_first.0.reverse();
    let little = Answer::Order(ByteOrder::LittleEndian);
    for (question, p2p_id, answer) in [
        (
            Question::IdAuthority,
            P2pId::derive(&Authority::Secure(reversed(authority.to_bytes())), &hash),
            little,
        ),
        (
            Question::IdClassifierHash,
            P2pId::derive(&authority, &ClassifierHash(reversed(hash.0))),
            Answer::Other("reversed"),
        ),
        (
            Question::IdWord,
            with_other_word(&authority, &hash),
            Answer::Other("PRNP"),
        ),
        (Question::IdOrder, last_first, little),
    ] {
        let peer = Peer {
            p2p_id: Some(p2p_id),
            ..Peer::new(Dialect::default())
        };
        let mut calibrator = Calibrator::default();

        observe(&mut calibrator, &peer.conversation());

        let report = calibrator.report();
        assert_eq!(report.verdict(question), Verdict::Decided(answer));
        assert_eq!(report.dialect(), Dialect::default());
        assert!(!report.is_ours());
    }
}

#[test]
fn what_leads_to_no_id_stays_unexplained() {
    let peer = Peer {
        p2p_id: Some(P2pId([7; 16])),
        ..Peer::new(Dialect::default())
    };
    let mut calibrator = Calibrator::default();

    let proofs = observe(&mut calibrator, &peer.conversation());

    let id = proofs[0].cpa.as_ref().unwrap().id.unwrap();
    assert_eq!((id.is_whole(), id.formula), (false, None));
    let report = calibrator.report();
    assert_eq!(report.verdict(Question::IdOrder), Verdict::Undecided);
    assert!(!report.evidence(Question::IdOrder).unexplained.is_empty());
}

fn with_other_word(authority: &Authority, classifier: &ClassifierHash) -> P2pId {
    let hash = Sha1::new()
        .chain_update(classifier.0)
        .chain_update(authority.to_bytes())
        .chain_update(classifier.0)
        .chain_update("PRNP")
        .finalize();
    P2pId(*hash.first_chunk().unwrap())
}
