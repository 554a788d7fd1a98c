//! Receiving INQUIRE. MS-PNRP §3.2.5.6.

use pnrp_wire::{AuthorityBuffer, CpaKind, Inquire, Nonce, Presence};

use super::Received;
use crate::cloud::{
    Cloud, Discard, LocalRegistration, Now,
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
        let Some(local) = self.registrations.find(&inquire.body.validate) else {
            let denial = AuthorityBuffer {
                id_not_found: true,
                ..AuthorityBuffer::default()
            };
            self.send_answer((from, to), acked, &denial);
            return Ok(());
        };
        let buffer = self.unsigned_answer(local, inquire.body.want_cpa);
        let Some(job) = self.proofs_wanted(local, &inquire.body, now) else {
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
            Ok(())
        } else {
            Err(Discard::CryptoFull)
        }
    }

    /// What goes with a CPA and needs no signature.
    fn unsigned_answer(&self, local: &LocalRegistration, with_cpa: bool) -> AuthorityBuffer {
        let mut buffer = AuthorityBuffer::default();
        if with_cpa && self.config.dialect.inquire_answer_extras == Presence::Present {
            let classifier = local.registration().name.classifier();
            buffer.classifier = (!classifier.units().is_empty()).then(|| classifier.clone());
            buffer.route = self.own_route(local.pnrp_id());
        }
        buffer
    }

    /// What has to be signed for an answer; `None` when nothing has to.
    fn proofs_wanted(
        &self,
        local: &LocalRegistration,
        inquire: &Inquire,
        now: Now,
    ) -> Option<SignJob> {
        let dialect = self.config.dialect;
        let nonce = inquire.nonce.unwrap_or(Nonce::ZERO);
        let kind = CpaKind::Publish(nonce);
        let cpa = local.cpa(kind, self.local.as_slice(), &dialect, now);
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
