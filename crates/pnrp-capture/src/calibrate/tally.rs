//! What a proof answers.

use pnrp_wire::ByteOrder;

use super::{
    proof::{
        AuthorityProof, ChainProof, ClassifierProof, CpaProof, Fit, HashInId, IdProof,
        PayloadProof, Proof, SignatureProof,
    },
    report::{Answer, Question, Report, Sighting},
};

/// Enters a proof.
pub(super) fn tally(proof: &Proof, report: &mut Report, at: Sighting) {
    let mut tally = Tally { report, at };
    if let Some(cpa) = &proof.cpa {
        tally.cpa(cpa);
    }
    if let Some(payload) = &proof.payload {
        tally.payload(payload);
    }
}

struct Tally<'a> {
    report: &'a mut Report,
    at: Sighting,
}

impl Tally<'_> {
    fn cpa(&mut self, cpa: &CpaProof) {
        self.order(Question::NumberOrder, cpa.authority.order(), "authorities");
        if let AuthorityProof::OtherKey { chain, .. } = cpa.authority {
            match chain {
                ChainProof::Valid => {}
                ChainProof::Absent => {
                    self.unexplained(Question::NumberOrder, "authority of another key");
                }
                ChainProof::Invalid => {
                    self.unexplained(
                        Question::NumberOrder,
                        "authority that its chain does not bear out",
                    );
                }
            }
        }
        if let Some(id) = &cpa.id {
            self.id(id, matches!(cpa.authority, AuthorityProof::OwnKey(_)));
        }
        if let Some(classifier) = &cpa.classifier {
            self.classifier(classifier);
        }
        self.signature(cpa.signature, "CPAs");
        if let Some(presence) = cpa.revoke_nonce {
            self.support(
                Question::RevokeNonce,
                Answer::Presence(presence),
                "revocations",
            );
        }
        if !cpa.app_ports.is_empty() {
            self.unexplained(Question::AppPortOrder, "CPA with ports");
        }
    }

    fn id(&mut self, id: &IdProof, has_own_key: bool) {
        self.fit(
            id.location,
            "service locations",
            "service location of another ID",
        );
        let Some(formula) = &id.formula else {
            return self.unexplained(Question::IdOrder, "P2P ID that no formula gives");
        };
        if has_own_key {
            self.order(Question::IdAuthority, formula.authority, "IDs");
        }
        let question = match formula.classifier_hash {
            HashInId::AsSent | HashInId::Reversed => Question::IdClassifierHash,
            HashInId::OfNothing | HashInId::Zeros => Question::IdMissingHash,
        };
        let hash = Answer::Other(formula.classifier_hash.as_str());
        self.support(question, hash, "IDs");
        self.support(Question::IdWord, Answer::Other(formula.word), "IDs");
        self.order(Question::IdOrder, Some(formula.order), "IDs");
    }

    fn classifier(&mut self, classifier: &ClassifierProof) {
        let Some(first) = classifier.readings.first() else {
            return self.unexplained(Question::ClassifierHash, "text of another hash");
        };
        let mut rest = classifier.readings.iter();
        match rest.all(|it| it.encoding == first.encoding) {
            true => {
                let encoding = Answer::Encoding(first.encoding);
                self.support(Question::ClassifierHash, encoding, "texts");
            }
            false => self.unexplained(Question::ClassifierHash, "text that fits in several"),
        }
        let mut rest = classifier.readings.iter();
        match rest.all(|it| it.wire == first.wire) {
            true => self.order(Question::ClassifierWire, Some(first.wire), "texts"),
            false => self.unexplained(Question::ClassifierWire, "text that fits in both"),
        }
    }

    fn payload(&mut self, payload: &PayloadProof) {
        if let Some(id) = payload.id {
            self.fit(id, "extended payloads", "extended payload of another ID");
        }
        self.signature(payload.signature, "extended payloads");
    }

    fn signature(&mut self, signature: SignatureProof, what: &'static str) {
        let question = Question::SignatureOrder;
        match signature {
            SignatureProof::Fits(order) => self.order(question, Some(order), what),
            SignatureProof::Neither => self.unexplained(question, "signature in neither order"),
            SignatureProof::UnusableKey => self.unexplained(question, "unusable key"),
            SignatureProof::NoKey => self.unexplained(question, "signature without a key"),
        }
    }

    fn fit(&mut self, fit: Fit, what: &'static str, otherwise: &'static str) {
        self.order(Question::NumberOrder, fit.order(), what);
        if fit == Fit::Neither {
            self.unexplained(Question::NumberOrder, otherwise);
        }
    }

    fn order(&mut self, question: Question, order: Option<ByteOrder>, what: &'static str) {
        if let Some(order) = order {
            self.support(question, Answer::Order(order), what);
        }
    }

    fn support(&mut self, question: Question, answer: Answer, what: &'static str) {
        self.report.support(question, answer, what, self.at);
    }

    fn unexplained(&mut self, question: Question, reason: &'static str) {
        self.report.leave_unexplained(question, reason);
    }
}
