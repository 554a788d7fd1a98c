//! The dialect part of `pnrp capture check`: which readings fit, and what follows.

use std::collections::BTreeMap;

use pnrp_capture::{
    Answer, AuthorityProof, ChainProof, CpaProof, IdProof, PayloadProof, Proof, Question, Report,
    SignatureProof, Support, TextReading, Verdict,
};
use serde::{Serialize, Serializer};

use crate::{
    failure::Failure,
    output::{Output, printable},
};

/// The shape in which `pnrp capture check --json` tells what fits a CPA or an extended payload.
#[derive(Serialize)]
pub(super) struct ProofLine {
    frame: u64,
    source: String,
    evidence: Evidence,
}

#[derive(Serialize)]
struct Evidence {
    cpa: Option<CpaEvidence>,
    payload: Option<PayloadEvidence>,
}

#[derive(Serialize)]
struct CpaEvidence {
    authority: &'static str,
    authority_order: Option<&'static str>,
    id: Option<IdEvidence>,
    classifier: Option<ClassifierEvidence>,
    signature: &'static str,
    revoke_nonce: Option<&'static str>,
    /// As if the most significant byte came first.
    app_ports: Vec<u16>,
}

#[derive(Serialize)]
struct IdEvidence {
    expected: String,
    source: &'static str,
    fits: bool,
    service_location: &'static str,
    authority: Option<&'static str>,
    classifier_hash: Option<&'static str>,
    word: Option<&'static str>,
    order: Option<&'static str>,
}

#[derive(Serialize)]
struct ClassifierEvidence {
    text: String,
    readings: Vec<ReadingEvidence>,
}

#[derive(Serialize)]
struct ReadingEvidence {
    wire: &'static str,
    encoding: &'static str,
}

#[derive(Serialize)]
struct PayloadEvidence {
    id: Option<&'static str>,
    signature: &'static str,
}

impl ProofLine {
    pub(super) fn new(proof: &Proof) -> Self {
        let payload = |it: &PayloadProof| PayloadEvidence {
            id: it.id.map(|it| it.as_str()),
            signature: it.signature.as_str(),
        };
        Self {
            frame: proof.frame,
            source: proof.source.to_string(),
            evidence: Evidence {
                cpa: proof.cpa.as_ref().map(CpaEvidence::new),
                payload: proof.payload.as_ref().map(payload),
            },
        }
    }
}

impl CpaEvidence {
    fn new(cpa: &CpaProof) -> Self {
        let order = |order| Answer::Order(order).as_str();
        let reading = |it: &TextReading| ReadingEvidence {
            wire: order(it.wire),
            encoding: Answer::Encoding(it.encoding).as_str(),
        };
        Self {
            authority: match cpa.authority {
                AuthorityProof::Unsecured => "unsecured",
                AuthorityProof::OwnKey(_) => "own_key",
                AuthorityProof::OtherKey { chain, .. } => match chain {
                    ChainProof::Absent => "other_key",
                    ChainProof::Valid => "delegated",
                    ChainProof::Invalid => "other_chain",
                },
            },
            authority_order: cpa.authority.order().map(order),
            id: cpa.id.as_ref().map(IdEvidence::new),
            classifier: cpa.classifier.as_ref().map(|it| ClassifierEvidence {
                text: it.text.clone(),
                readings: it.readings.iter().map(reading).collect(),
            }),
            signature: cpa.signature.as_str(),
            revoke_nonce: cpa.revoke_nonce.map(|it| Answer::Presence(it).as_str()),
            app_ports: cpa.app_ports.clone(),
        }
    }
}

impl IdEvidence {
    fn new(id: &IdProof) -> Self {
        let order = |order| Answer::Order(order).as_str();
        Self {
            expected: id.expected.to_string(),
            source: id.source.as_str(),
            fits: id.is_whole(),
            service_location: id.location.as_str(),
            authority: id.formula.and_then(|it| it.authority).map(order),
            classifier_hash: id.formula.map(|it| it.classifier_hash.as_str()),
            word: id.formula.map(|it| it.word),
            order: id.formula.map(|it| order(it.order)),
        }
    }
}

/// One line about what fits a CPA or an extended payload.
pub(super) fn proof_text(proof: &Proof) -> String {
    let cpa = proof.cpa.as_ref().map(cpa_text);
    let payload = proof.payload.as_ref().map(payload_text);
    let parts: Vec<_> = cpa.into_iter().chain(payload).collect();
    format!("{}  {}  {}", proof.frame, proof.source, parts.join("; "))
}

fn cpa_text(cpa: &CpaProof) -> String {
    let mut facts = vec![authority_text(cpa.authority)];
    facts.push(match &cpa.id {
        None => "ID not in the capture".to_owned(),
        Some(id) if id.is_whole() => {
            format!(
                "ID fits ({}), location {}",
                id.source.as_str(),
                id.location.as_str()
            )
        }
        Some(id) => format!("ID does not fit {}", id.expected),
    });
    if let Some(classifier) = &cpa.classifier {
        let readings = classifier.readings.iter().map(|it| {
            let encoding = Answer::Encoding(it.encoding).as_str();
            format!("{encoding} sent {}", Answer::Order(it.wire).as_str())
        });
        let readings: Vec<_> = readings.collect();
        let text = printable(&classifier.text);
        facts.push(match readings.is_empty() {
            true => format!("{text:?} has another hash"),
            false => format!("{text:?} hashed as {}", readings.join(" or ")),
        });
    }
    facts.push(signature_text(cpa.signature));
    let nonce = cpa.revoke_nonce.map(|it| Answer::Presence(it).as_str());
    facts.extend(nonce.map(|it| format!("nonce of a revocation {it}")));
    let ports = cpa.app_ports.iter();
    facts.extend(ports.map(|it| format!("port {it} or {}", it.swap_bytes())));
    format!("CPA: {}", facts.join(", "))
}

fn authority_text(authority: AuthorityProof) -> String {
    let order = authority.order().map(|it| Answer::Order(it).as_str());
    match authority {
        AuthorityProof::Unsecured => "unsecured".to_owned(),
        AuthorityProof::OwnKey(fit) => format!("authority {}", fit.as_str()),
        AuthorityProof::OtherKey { chain, .. } => {
            let chain = match chain {
                ChainProof::Absent => "without a chain",
                ChainProof::Valid => "by its chain",
                ChainProof::Invalid => "that its chain does not bear out",
            };
            let order = order.unwrap_or("order unknown");
            format!("authority of another key {chain}, {order}")
        }
    }
}

fn signature_text(signature: SignatureProof) -> String {
    match signature {
        SignatureProof::Fits(order) => format!("signature {}", Answer::Order(order).as_str()),
        SignatureProof::Neither => "signature fits in neither order".to_owned(),
        SignatureProof::UnusableKey => "signature with an unusable key".to_owned(),
        SignatureProof::NoKey => "signature without a key to check it".to_owned(),
    }
}

fn payload_text(payload: &PayloadProof) -> String {
    let id = payload.id.map_or("unknown", |it| it.as_str());
    format!(
        "extended payload: ID {id}, {}",
        signature_text(payload.signature)
    )
}

/// What the capture says altogether: the `dialect` of the last line of `--json`.
#[derive(Serialize)]
pub(super) struct Dialect {
    /// Whether nothing decided differs from what this software does.
    is_ours: bool,
    readings: BTreeMap<&'static str, Reading>,
}

#[derive(Serialize)]
struct Reading {
    verdict: &'static str,
    /// What is decided.
    value: Option<&'static str>,
    ours: &'static str,
    /// Whether it can be set; the others are the same in every dialect.
    in_dialect: bool,
    supported: Vec<Supported>,
    unexplained: BTreeMap<&'static str, u64>,
}

struct Supported(Support);

impl Serialize for Supported {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            value: &'static str,
            count: u64,
            seen: &'a BTreeMap<&'static str, u64>,
            first_frame: u64,
            peers: Vec<String>,
        }
        let Self(support) = self;
        Shape {
            value: support.answer.as_str(),
            count: support.count(),
            seen: &support.seen,
            first_frame: support.first_frame,
            peers: support.peers.iter().map(ToString::to_string).collect(),
        }
        .serialize(serializer)
    }
}

impl Dialect {
    pub(super) fn new(report: &Report) -> Self {
        let readings = Question::ALL.map(|it| (it.as_str(), Reading::new(it, report)));
        Self {
            is_ours: report.is_ours(),
            readings: readings.into_iter().collect(),
        }
    }
}

impl Reading {
    fn new(question: Question, report: &Report) -> Self {
        let verdict = report.verdict(question);
        let evidence = report.evidence(question);
        Self {
            verdict: verdict.as_str(),
            value: verdict.answer().map(Answer::as_str),
            ours: question.ours().as_str(),
            in_dialect: question.is_in_dialect(),
            supported: evidence.supported.into_iter().map(Supported).collect(),
            unexplained: evidence.unexplained,
        }
    }
}

/// The table for people, the contradictions, and how the capture differs from this software.
pub(super) fn show(report: &Report, output: Output) -> Result<(), Failure> {
    output.text("")?;
    let header = ["Reading", "This capture", "Ours", "Seen", "Unexplained"];
    output.rows(&Question::ALL.map(|it| it.as_str()), header, |name| {
        let question = Question::ALL.into_iter().find(|it| it.as_str() == *name);
        question.map_or_else(Default::default, |it| row(it, report))
    })?;
    for question in Question::ALL {
        let supported = report.evidence(question).supported;
        if supported.len() > 1 {
            let sides: Vec<_> = supported.iter().map(side).collect();
            let name = question.as_str();
            output.text(&format!("{name} is contradicted: {}", sides.join("; ")))?;
        }
    }
    output.text(&conclusion(report))
}

fn row(question: Question, report: &Report) -> [String; 5] {
    let evidence = report.evidence(question);
    let verdict = report.verdict(question);
    let verdict = verdict.answer().map_or(verdict.as_str(), Answer::as_str);
    let seen = evidence.supported.iter().map(|support| {
        let seen = counts(&support.seen);
        match evidence.supported.len() {
            1 => seen,
            _ => format!("{} in {seen}", support.answer.as_str()),
        }
    });
    [
        question.as_str().to_owned(),
        verdict.to_owned(),
        question.ours().as_str().to_owned(),
        seen.collect::<Vec<_>>().join("; "),
        counts(&evidence.unexplained),
    ]
}

fn counts(counts: &BTreeMap<&'static str, u64>) -> String {
    let counts = counts
        .iter()
        .map(|(what, count)| format!("{what}: {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// An answer, and who gives it.
fn side(support: &Support) -> String {
    let peers: Vec<_> = support.peers.iter().map(ToString::to_string).collect();
    format!(
        "{} from frame {} on by {}",
        support.answer.as_str(),
        support.first_frame,
        peers.join(", ")
    )
}

fn conclusion(report: &Report) -> String {
    let named = |is_named: fn(Question, Verdict) -> bool| {
        let questions = Question::ALL.into_iter();
        let questions = questions.filter(|it| is_named(*it, report.verdict(*it)));
        questions
            .map(|it| it.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let differing = named(|question, verdict| match verdict {
        Verdict::Decided(answer) => answer != question.ours(),
        Verdict::Contradicted => true,
        Verdict::Undecided | Verdict::Undecidable => false,
    });
    let open = named(|question, verdict| {
        question.is_in_dialect() && matches!(verdict, Verdict::Undecided | Verdict::Undecidable)
    });
    let verdict = match differing.is_empty() {
        true => "dialect: nothing differs from ours".to_owned(),
        false => format!("dialect: differs from ours in {differing}"),
    };
    match open.is_empty() {
        true => verdict,
        false => format!("{verdict}; left open: {open}"),
    }
}
