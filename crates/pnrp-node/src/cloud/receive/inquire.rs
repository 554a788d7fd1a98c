//! Receiving INQUIRE. MS-PNRP §3.2.5.6.

use pnrp_wire::{AuthorityBuffer, Classifier, CpaKind, Dialect, Inquire, Nonce, Presence};

use super::Received;
use crate::cloud::{
    Cloud, Discard, LocalRegistration, Now,
    calibration::Question,
    crypto::{CryptoJob, SignJob},
    jobs::{Answer, Awaiting},
};

impl Cloud {
    /// Confirms or denies an ID, with the proofs that are wanted. MS-PNRP §3.2.5.6.
    pub(super) fn on_inquire(
        &mut self,
        inquire: Received<Inquire>,
        now: Now,
    ) -> Result<(), Discard> {
        let (from, to) = inquire.reply_path();
        let acked = inquire.id;
        let dialect = self.answer_dialect(&inquire, now);
        let Some(local) = self.registrations.find(&inquire.body.validate) else {
            let denial = AuthorityBuffer {
                id_not_found: true,
                ..AuthorityBuffer::default()
            };
            self.send_answer((from, to), acked, &denial);
            return Ok(());
        };
        let buffer = self.unsigned_answer(local, &inquire.body);
        let Some(job) = self.proofs_wanted(local, &inquire.body, dialect, now) else {
            self.send_answer((from, to), acked, &buffer);
            return Ok(());
        };
        let answer = Answer {
            from,
            to,
            acked,
            buffer,
        };
        let job = CryptoJob::Sign(Box::new(job));
        if self.submit(job, Awaiting::Answer(Box::new(answer))) {
            if inquire.body.want_cpa && !inquire.body.want_extended_payload {
                self.note_holder(&inquire.body.validate, inquire.from);
            }
            Ok(())
        } else {
            Err(Discard::CryptoFull)
        }
    }

    /// What needs no signature: the chain that was asked for, and what goes with a CPA.
    fn unsigned_answer(&self, local: &LocalRegistration, inquire: &Inquire) -> AuthorityBuffer {
        let chain = local.registration().cert_chain.as_ref();
        let mut buffer = AuthorityBuffer {
            cert_chain: chain
                .filter(|_| inquire.want_cert_chain)
                .map(|chain| chain.as_bytes().to_vec()),
            ..AuthorityBuffer::default()
        };
        // The classifier is what a chain is checked against.
        let is_delegated = buffer.cert_chain.is_some();
        if inquire.want_cpa && is_delegated {
            buffer.classifier = classifier_text(local);
        }
        if inquire.want_cpa && self.config.dialect.inquire_answer_extras == Presence::Present {
            buffer.classifier = classifier_text(local);
            buffer.route = self.own_route(local.pnrp_id());
        }
        buffer
    }

    /// The dialect of an answer: the other order of signatures for a peer that asks again at once,
    /// for it may not have understood the first.
    fn answer_dialect(&mut self, inquire: &Received<Inquire>, now: Now) -> Dialect {
        let question = Question {
            source: inquire.from,
            id: inquire.body.validate,
            message: inquire.id,
        };
        let usual = self.config.dialect.signature_order;
        Dialect {
            signature_order: self.inquirers.signature_order(question, usual, now.instant),
            ..self.config.dialect
        }
    }

    /// What has to be signed for an answer; `None` when nothing has to.
    fn proofs_wanted(
        &self,
        local: &LocalRegistration,
        inquire: &Inquire,
        dialect: Dialect,
        now: Now,
    ) -> Option<SignJob> {
        let nonce = inquire.nonce.unwrap_or(Nonce::ZERO);
        let kind = CpaKind::Publish(nonce);
        let cpa = local.cpa(kind, self.local.as_slice(), now);
        let payload = inquire
            .want_extended_payload
            .then(|| self.unsigned_payload(local, nonce, &cpa))
            .flatten();
        let cpa = inquire.want_cpa.then_some(cpa);
        (cpa.is_some() || payload.is_some()).then(|| SignJob {
            cpa,
            payload,
            signer: local.registration().signer.clone(),
            dialect,
        })
    }
}

/// The classifier element of an answer; an empty classifier has none.
fn classifier_text(local: &LocalRegistration) -> Option<Classifier> {
    let classifier = local.registration().name.classifier();
    (!classifier.is_empty()).then(|| classifier.clone())
}
