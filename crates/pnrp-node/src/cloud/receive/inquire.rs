//! Receiving INQUIRE. MS-PNRP §3.2.5.6.

use pnrp_wire::{AuthorityBuffer, CpaKind, Inquire, Nonce, Presence};

use super::Received;
use crate::cloud::{
    Cloud, Discard, Now,
    crypto::{CryptoJob, SignJob},
    jobs::{Answer, Awaiting},
};

impl Cloud {
    /// Confirms or denies an ID, with a proof if one is wanted. MS-PNRP §3.2.5.6.
    pub(super) fn on_inquire(
        &mut self,
        inquire: Received<Inquire>,
        now: Now,
    ) -> Result<(), Discard> {
        let (from, to) = inquire.reply_path();
        let Received {
            id: acked, body, ..
        } = inquire;
        let Some(local) = self.registrations.find(&body.validate) else {
            let denial = AuthorityBuffer {
                id_not_found: true,
                ..AuthorityBuffer::default()
            };
            self.send_answer((from, to), acked, &denial);
            return Ok(());
        };
        if !body.want_cpa {
            self.send_answer((from, to), acked, &AuthorityBuffer::default());
            return Ok(());
        }
        let nonce = body.nonce.unwrap_or(Nonce::ZERO);
        let dialect = self.config.dialect;
        let cpa = local.cpa(
            CpaKind::Publish(nonce),
            self.local.as_slice(),
            &dialect,
            now,
        );
        let wants_payload = body.want_extended_payload;
        let payload = wants_payload
            .then(|| self.unsigned_payload(local, nonce, &cpa))
            .flatten();
        let mut buffer = AuthorityBuffer::default();
        if dialect.inquire_answer_extras == Presence::Present {
            let classifier = local.registration().name.classifier();
            buffer.classifier = (!classifier.units().is_empty()).then(|| classifier.clone());
            buffer.route = self.own_route(local.pnrp_id());
        }
        let signer = local.registration().signer.clone();
        let job = CryptoJob::Sign(Box::new(SignJob {
            cpa,
            payload,
            signer,
            dialect,
        }));
        let answer = Answer {
            from,
            to,
            acked,
            buffer,
        };
        if self.submit(job, Awaiting::Answer(Box::new(answer))) {
            Ok(())
        } else {
            Err(Discard::CryptoFull)
        }
    }
}
