//! Captures in every dialect, made with real keys, and the dialect found in them.

#![expect(
    clippy::unwrap_used,
    reason = "fixtures of a test: a panic is its failure"
)]

mod delegation;
mod formula;
mod peer;

use std::{fs, path::PathBuf};

use pnrp_capture::{
    Answer, AuthorityProof, Calibrator, Datagram, Datagrams, Fit, HashInId, IdSource, Proof,
    Question, SignatureProof, Verdict,
};
use pnrp_identity::{CpaExpectation, ReceivedCpa, RsaVerifier, validate_cpa};
use pnrp_wire::{Authority, AuthorityBuffer, ByteOrder, ClassifierEncoding, Dialect, Presence};
use proptest::{collection::vec, prelude::*, sample::Index};

use peer::{NONCE, NOT_AFTER, Peer, address};

const ORDERS: (ByteOrder, ByteOrder) = (ByteOrder::BigEndian, ByteOrder::LittleEndian);

/// The port of the application is the one thing that nothing confirms.
#[test]
fn every_dialect_is_found_in_its_own_capture() {
    let mut found = 0;
    for dialect in dialects() {
        let mut calibrator = Calibrator::default();
        let proofs = observe(&mut calibrator, &Peer::new(dialect).conversation());

        let report = calibrator.report();
        assert_eq!(
            report.dialect(),
            Dialect {
                app_port_order: ByteOrder::BigEndian,
                ..dialect
            }
        );
        for question in Question::ALL {
            let expected = verdict(question, &dialect);
            assert_eq!(
                report.verdict(question),
                expected,
                "{question:?} of {dialect:?}"
            );
            let unexplained = report.evidence(question).unexplained;
            assert_eq!(unexplained.is_empty(), question != Question::AppPortOrder);
        }
        assert_eq!(report.is_ours(), report.dialect() == Dialect::default());
        assert_eq!(proofs.len(), 2);
        found += 1;
    }
    assert_eq!(found, 192);
}

/// What a node makes of the same answer to learn its sender's dialect.
#[test]
fn a_validator_reads_the_same_orders() {
    for dialect in dialects() {
        let peer = Peer::new(dialect);
        let bytes = peer.buffer().encode(&dialect);
        let answer = AuthorityBuffer::decode(&bytes, &Dialect::default()).unwrap();
        let received = ReceivedCpa::from_answer(answer, &bytes).unwrap();
        let expected = CpaExpectation::publication(peer.id(), NONCE);

        let valid = validate_cpa(received, &expected, NOT_AFTER, &RsaVerifier).unwrap();

        let readings = valid.readings();
        assert_eq!(readings.signature_order, Some(dialect.signature_order));
        assert_eq!(readings.number_order, Some(dialect.number_order));
    }
}

#[test]
fn a_proof_says_what_fits() {
    let peer = Peer::new(Dialect::default());
    let mut calibrator = Calibrator::default();

    let proofs = observe(&mut calibrator, &peer.conversation());

    let [answer, revocation] = proofs.as_slice() else {
        panic!("{} proofs", proofs.len());
    };
    let cpa = answer.cpa.as_ref().unwrap();
    let id = cpa.id.unwrap();
    assert_eq!(cpa.authority, AuthorityProof::OwnKey(Fit::LittleEndian));
    assert_eq!((id.expected, id.source), (peer.id(), IdSource::Inquire));
    assert_eq!(id.location, Fit::LittleEndian);
    assert_eq!(id.formula.unwrap().classifier_hash, HashInId::AsSent);
    assert_eq!(cpa.classifier.as_ref().unwrap().text, "PnrpTest");
    assert_eq!(cpa.signature, SignatureProof::Fits(ByteOrder::BigEndian));
    assert_eq!(cpa.revoke_nonce, None);
    assert_eq!(cpa.app_ports, [8080]);
    let payload = answer.payload.unwrap();
    assert_eq!(payload.id, Some(Fit::LittleEndian));
    assert_eq!(
        payload.signature,
        SignatureProof::Fits(ByteOrder::BigEndian)
    );

    let cpa = revocation.cpa.as_ref().unwrap();
    assert_eq!(cpa.revoke_nonce, Some(Presence::Present));
    assert_eq!(cpa.id.unwrap().source, IdSource::Elsewhere);
    assert_eq!(revocation.payload, None);
}

#[test]
fn an_answer_without_its_inquire_is_read_with_its_route_entry() {
    let peer = Peer::new(Dialect::default());

    let proofs = observe(&mut Calibrator::default(), &peer.answer());

    let id = proofs[0].cpa.as_ref().unwrap().id.unwrap();
    assert_eq!((id.expected, id.source), (peer.id(), IdSource::Route));
    assert!(id.is_whole());
}

#[test]
fn a_bare_answer_leaves_the_text_open() {
    let dialect = Dialect {
        inquire_answer_extras: Presence::Absent,
        classifier_hash: ClassifierEncoding::Utf8,
        ..Dialect::default()
    };
    let mut calibrator = Calibrator::default();

    observe(&mut calibrator, &Peer::new(dialect).conversation());

    let report = calibrator.report();
    assert_eq!(report.verdict(Question::ClassifierHash), Verdict::Undecided);
    assert_eq!(report.verdict(Question::ClassifierWire), Verdict::Undecided);
    assert_eq!(
        report.dialect(),
        Dialect {
            inquire_answer_extras: Presence::Absent,
            ..Dialect::default()
        }
    );
}

/// Each order of the units, hashed in that order, is the same bytes.
#[test]
fn text_that_is_not_latin_leaves_its_order_open() {
    let mut calibrator = Calibrator::default();
    let peer = Peer {
        classifier: "名前".parse().unwrap(),
        ..Peer::new(Dialect::default())
    };

    let proofs = observe(&mut calibrator, &peer.conversation());

    let readings = &proofs[0]
        .cpa
        .as_ref()
        .unwrap()
        .classifier
        .as_ref()
        .unwrap()
        .readings;
    let readings: Vec<_> = readings.iter().map(|it| (it.wire, it.encoding)).collect();
    let expected = [
        (ByteOrder::BigEndian, ClassifierEncoding::Utf16Le),
        (ByteOrder::LittleEndian, ClassifierEncoding::Utf16Be),
    ];
    assert_eq!(readings, expected);
    let report = calibrator.report();
    assert_eq!(report.verdict(Question::ClassifierHash), Verdict::Undecided);
    let reasons = report.evidence(Question::ClassifierWire).unexplained;
    assert_eq!(
        reasons.into_iter().collect::<Vec<_>>(),
        [("text that fits in both", 1)]
    );
}

#[test]
fn two_peers_that_disagree_are_named() {
    let other = Dialect {
        signature_order: ByteOrder::LittleEndian,
        ..Dialect::default()
    };
    let second = Peer {
        host: 9,
        ..Peer::new(other)
    };
    let mut calibrator = Calibrator::default();

    observe(
        &mut calibrator,
        &Peer::new(Dialect::default()).conversation(),
    );
    observe(&mut calibrator, &second.conversation());

    let report = calibrator.report();
    assert_eq!(
        report.verdict(Question::SignatureOrder),
        Verdict::Contradicted
    );
    assert_eq!(
        report.verdict(Question::NumberOrder),
        Verdict::Decided(Answer::Order(ByteOrder::LittleEndian))
    );
    assert!(!report.is_ours());
    let supported = report.evidence(Question::SignatureOrder).supported;
    let supported: Vec<_> = supported
        .iter()
        .map(|it| {
            (
                it.answer.as_str(),
                it.count(),
                it.peers.iter().copied().collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        supported,
        [
            ("big_endian", 3, vec![address(1)]),
            ("little_endian", 3, vec![address(9)])
        ]
    );
}

#[test]
fn an_unsecured_name_tells_nothing_of_the_order_of_authorities() {
    let peer = Peer {
        authority: Authority::Unsecured,
        ..Peer::new(Dialect::default())
    };
    let mut calibrator = Calibrator::default();

    let proofs = observe(&mut calibrator, &peer.conversation());

    let cpa = proofs[0].cpa.as_ref().unwrap();
    assert_eq!(cpa.authority, AuthorityProof::Unsecured);
    assert!(cpa.id.unwrap().is_whole());
    assert_eq!(
        calibrator.report().verdict(Question::IdAuthority),
        Verdict::Undecided
    );
}

#[test]
fn half_of_the_extras_is_neither_answer() {
    let peer = Peer::new(Dialect::default());
    let whole = peer.buffer();
    for (buffer, reason) in [
        (
            AuthorityBuffer {
                route: None,
                ..whole.clone()
            },
            "classifier alone",
        ),
        (
            AuthorityBuffer {
                classifier: None,
                ..whole
            },
            "route entry alone",
        ),
    ] {
        let mut calibrator = Calibrator::default();

        observe(&mut calibrator, &peer.fragments(&buffer));

        let evidence = calibrator.report().evidence(Question::InquireAnswerExtras);
        assert_eq!(evidence.supported, []);
        assert_eq!(
            evidence.unexplained.into_iter().collect::<Vec<_>>(),
            [(reason, 1)]
        );
    }
}

/// One byte where two would align.
#[test]
fn padding_of_another_length_is_neither_answer() {
    let peer = Peer::new(Dialect::default());
    let mut datagram = peer.conversation().pop().unwrap();
    datagram.payload.push(0);
    let mut calibrator = Calibrator::default();

    observe(&mut calibrator, &[datagram]);

    let report = calibrator.report();
    assert_eq!(
        report.verdict(Question::TrailingPadding),
        Verdict::Undecided
    );
    let unexplained = report.evidence(Question::TrailingPadding).unexplained;
    assert_eq!(unexplained.get("padding of another length"), Some(&1));
}

/// The key of an earlier CPA of the ID.
#[test]
fn a_payload_without_cpa_is_checked_with_a_key_seen_before() {
    let peer = Peer::new(Dialect::default());
    let alone = AuthorityBuffer {
        cpa: None,
        ..peer.buffer()
    };
    let mut calibrator = Calibrator::default();
    let signature = |calibrator: &mut Calibrator| {
        let proofs = observe(calibrator, &peer.fragments(&alone));
        proofs[0].payload.unwrap().signature
    };

    assert_eq!(signature(&mut calibrator), SignatureProof::NoKey);
    observe(&mut calibrator, &peer.answer());
    let fits = SignatureProof::Fits(ByteOrder::BigEndian);
    assert_eq!(signature(&mut calibrator), fits);
}

#[test]
fn signatures_made_up_fit_in_neither_order() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = fs::File::open(root.join("../../tests/vectors/hand-made.pcap")).unwrap();
    let datagrams: Vec<_> = Datagrams::new(file, 3540)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut calibrator = Calibrator::default();

    let proofs = observe(&mut calibrator, &datagrams);

    let signatures: Vec<_> = proofs
        .iter()
        .flat_map(|it| {
            let payload = it.payload.map(|it| it.signature);
            it.cpa
                .as_ref()
                .map(|it| it.signature)
                .into_iter()
                .chain(payload)
        })
        .collect();
    assert_eq!(signatures.len(), 11);
    let fits = |it: &SignatureProof| matches!(it, SignatureProof::Fits(_));
    assert!(!signatures.iter().any(fits), "{signatures:?}");
    let report = calibrator.report();
    assert_eq!(report.verdict(Question::SignatureOrder), Verdict::Undecided);
}

#[test]
fn nothing_is_decided_by_nothing() {
    let report = Calibrator::default().report().clone();

    assert_eq!(report.dialect(), Dialect::default());
    assert!(report.is_ours());
}

proptest! {
    /// Whatever is wrong with a conversation, it is taken in.
    #[test]
    fn damaged_datagrams_are_taken_in(
        damage in vec((any::<Index>(), any::<Index>(), any::<u8>()), 1..20),
        length in any::<Index>(),
    ) {
        let mut datagrams = Peer::new(Dialect::default()).conversation();
        for (which, at, byte) in damage {
            *at.get_mut(&mut which.get_mut(&mut datagrams).payload) = byte;
        }
        let last = length.get_mut(&mut datagrams);
        last.payload.truncate(length.index(last.payload.len()));
        let mut calibrator = Calibrator::default();

        let proofs = observe(&mut calibrator, &datagrams);

        prop_assert!(proofs.len() <= 2);
        prop_assert_eq!(
            calibrator.report().dialect().app_port_order,
            Dialect::default().app_port_order
        );
    }
}

/// All in which there is a text to read.
fn dialects() -> Vec<Dialect> {
    let mut dialects = Vec::new();
    for classifier_hash in ClassifierEncoding::ALL {
        for bits in 0..32_usize {
            let order = |bit: usize| {
                if bits >> bit & 1 == 0 {
                    ORDERS.0
                } else {
                    ORDERS.1
                }
            };
            let presence = |bit: usize| {
                if bits >> bit & 1 == 0 {
                    Presence::Present
                } else {
                    Presence::Absent
                }
            };
            dialects.push(Dialect {
                number_order: order(0),
                classifier_hash,
                classifier_wire: order(1),
                signature_order: order(2),
                revoke_nonce: presence(3),
                app_port_order: order(2),
                trailing_padding: presence(4),
                inquire_answer_extras: Presence::Present,
            });
        }
    }
    dialects
}

fn verdict(question: Question, dialect: &Dialect) -> Verdict {
    Verdict::Decided(match question {
        Question::NumberOrder => Answer::Order(dialect.number_order),
        Question::ClassifierHash => Answer::Encoding(dialect.classifier_hash),
        Question::ClassifierWire => Answer::Order(dialect.classifier_wire),
        Question::SignatureOrder => Answer::Order(dialect.signature_order),
        Question::RevokeNonce => Answer::Presence(dialect.revoke_nonce),
        Question::AppPortOrder => return Verdict::Undecidable,
        Question::TrailingPadding => Answer::Presence(dialect.trailing_padding),
        Question::InquireAnswerExtras => Answer::Presence(dialect.inquire_answer_extras),
        Question::IdAuthority | Question::IdOrder => Answer::Order(ByteOrder::BigEndian),
        Question::IdClassifierHash => Answer::Other("as_sent"),
        // Every CPA has a ClassifierHash.
        Question::IdMissingHash => return Verdict::Undecided,
        Question::IdWord => Answer::Other("PNRP"),
    })
}

fn observe(calibrator: &mut Calibrator, datagrams: &[Datagram]) -> Vec<Proof> {
    datagrams
        .iter()
        .filter_map(|datagram| calibrator.observe(datagram))
        .collect()
}
