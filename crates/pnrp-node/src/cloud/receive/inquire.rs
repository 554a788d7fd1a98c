//! Receiving INQUIRE. MS-PNRP §3.2.5.6.

use pnrp_wire::{
    AuthorityBuffer, ByteOrder, Classifier, CpaKind, Dialect, FileTime, Inquire, Nonce, Presence,
    limits::FRAGMENT_LEN,
};

use super::Received;
use crate::cloud::{
    Cloud, Discard, LocalRegistration, Now,
    calibration::Question,
    crypto::{CryptoJob, SignJob, Signed},
    jobs::Service,
    reflection::{Length, Pieces},
};

/// An INQUIRE whose answer has to be signed.
#[derive(Debug)]
pub(crate) struct Answer {
    inquire: Received<Inquire>,
    /// Of the bytes of its signatures.
    order: ByteOrder,
    /// When it came.
    utc: FileTime,
}

impl Cloud {
    /// Confirms or denies an ID, with the proofs that are wanted. MS-PNRP §3.2.5.6.
    ///
    /// A source that has to prove its address first is asked to, and answered when it has.
    pub(super) fn on_inquire(
        &mut self,
        inquire: Received<Inquire>,
        now: Now,
    ) -> Result<(), Discard> {
        match self.answer_inquire(&inquire, Pieces::Challenged, now) {
            Err(Discard::UnprovedSource) => self.challenge(inquire, now),
            answered => answered,
        }
    }

    /// The same for a source that may have been asked to prove itself.
    pub(in crate::cloud) fn answer_inquire(
        &mut self,
        inquire: &Received<Inquire>,
        pieces: Pieces,
        now: Now,
    ) -> Result<(), Discard> {
        let (path, acked) = (inquire.reply_path(), inquire.id);
        let Some(local) = self.registrations.find(&inquire.body.validate) else {
            let denial = AuthorityBuffer {
                id_not_found: true,
                ..AuthorityBuffer::default()
            };
            let mut asker = inquire.asker();
            return self.send_answer_to((&mut asker, path), acked, &denial, now);
        };
        let chain = local.registration().cert_chain.as_ref();
        let is_long = inquire.body.want_cert_chain
            && chain.is_some_and(|chain| chain.as_bytes().len() > FRAGMENT_LEN);
        // Most of what is forged ends here, before it has cost anything.
        if is_long && pieces == Pieces::Challenged && !self.is_trusted(&inquire.from, now) {
            return Err(Discard::UnprovedSource);
        }
        let buffer = self.unsigned_answer(local, &inquire.body);
        let job = self.proofs_wanted(local, &inquire.body, now.utc);
        if job.is_some() && !self.jobs.has_room(Service::Answers) {
            self.send_busy(path, acked);
            return Err(Discard::CryptoFull);
        }
        if !self.is_on_link(&inquire.from.address) {
            let length = self.length_of(&buffer, job.as_ref());
            self.may_answer(&mut inquire.asker(), length, pieces, now)?;
        }
        let Some(job) = job else {
            self.send_answer(path, acked, &buffer);
            return Ok(());
        };
        self.answer_signed(inquire, job.signatures(), now)
    }

    /// Has an answer signed, or declines if its source wants too many.
    fn answer_signed(
        &mut self,
        inquire: &Received<Inquire>,
        signatures: u32,
        now: Now,
    ) -> Result<(), Discard> {
        let ((from, to), acked) = (inquire.reply_path(), inquire.id);
        let paid = self.spend(
            |ledger| &mut ledger.signatures,
            &inquire.from,
            signatures,
            now,
        );
        if let Err(discard) = paid {
            self.send_busy((from, to), acked);
            return Err(discard);
        }
        let answer = Answer {
            inquire: inquire.clone(),
            order: self.signature_order(inquire, now),
            utc: now.utc,
        };
        if self.submit_answer(answer) {
            if inquire.body.want_cpa && !inquire.body.want_extended_payload {
                self.note_holder(&inquire.body.validate, inquire.from);
            }
            Ok(())
        } else {
            Err(Discard::CryptoFull)
        }
    }

    /// What has to be signed for an answer whose turn has come.
    pub(in crate::cloud) fn proofs_for(&self, answer: &Answer) -> Option<CryptoJob> {
        let inquire = &answer.inquire.body;
        let local = self.registrations.find(&inquire.validate)?;
        let job = self.proofs_wanted(local, inquire, answer.utc)?;
        let dialect = Dialect {
            signature_order: answer.order,
            ..job.dialect
        };
        Some(CryptoJob::Sign(Box::new(SignJob { dialect, ..job })))
    }

    /// Sends an answer whose proofs have been signed, unless the name has been unregistered meanwhile.
    pub(in crate::cloud) fn send_signed(&mut self, answer: &Answer, signed: Signed) {
        let inquire = &answer.inquire;
        let Some(local) = self.registrations.find(&inquire.body.validate) else {
            return;
        };
        let buffer = AuthorityBuffer {
            cpa: signed.cpa,
            extended_payload: signed.payload,
            ..self.unsigned_answer(local, &inquire.body)
        };
        self.send_answer(inquire.reply_path(), inquire.id, &buffer);
    }

    /// How long an answer will be.
    fn length_of(&self, buffer: &AuthorityBuffer, job: Option<&SignJob>) -> Length {
        let Some(job) = job else {
            return Length::buffer(buffer.encode(&self.config.dialect).len());
        };
        let Signed { cpa, payload } = job.draft();
        let answer = AuthorityBuffer {
            cpa,
            extended_payload: payload,
            ..buffer.clone()
        };
        Length::buffer(answer.encode(&self.config.dialect).len())
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

    /// The order of the signatures in an answer: the other one for a peer that asks again at once, for
    /// it may not have understood the first.
    fn signature_order(&mut self, inquire: &Received<Inquire>, now: Now) -> ByteOrder {
        let question = Question {
            source: inquire.from,
            id: inquire.body.validate,
            message: inquire.id,
        };
        let usual = self.config.dialect.signature_order;
        self.inquirers.signature_order(question, usual, now.instant)
    }

    /// What has to be signed for an answer; `None` when nothing has to.
    fn proofs_wanted(
        &self,
        local: &LocalRegistration,
        inquire: &Inquire,
        utc: FileTime,
    ) -> Option<SignJob> {
        if !inquire.want_cpa && !inquire.want_extended_payload {
            return None;
        }
        let nonce = inquire.nonce.unwrap_or(Nonce::ZERO);
        let kind = CpaKind::Publish(nonce);
        let cpa = local.cpa(kind, self.local.as_slice(), utc);
        let payload = inquire
            .want_extended_payload
            .then(|| self.unsigned_payload(local, nonce, &cpa))
            .flatten();
        let cpa = inquire.want_cpa.then_some(cpa);
        (cpa.is_some() || payload.is_some()).then(|| SignJob {
            cpa,
            payload: payload.map(Box::new),
            signer: local.registration().signer.clone(),
            dialect: self.config.dialect,
        })
    }
}

/// The classifier element of an answer; an empty classifier has none.
fn classifier_text(local: &LocalRegistration) -> Option<Classifier> {
    let classifier = local.registration().name.classifier();
    (!classifier.is_empty()).then(|| classifier.clone())
}
