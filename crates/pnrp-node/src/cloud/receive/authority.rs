//! Receiving AUTHORITY. MS-PNRP §3.1.5.6, §3.2.5.11.

use pnrp_wire::{AuthorityBuffer, AuthorityFragment, MessageType};

use super::Received;
use crate::cloud::{Cloud, Discard, Now, pending::Purpose};

impl Cloud {
    /// Puts the answer together and hands it to whoever asked. MS-PNRP §3.1.5.6.
    ///
    /// A buffer that breaks §2.2.2.6.1 is ignored, and the question stays open.
    pub(super) fn on_authority(
        &mut self,
        authority: Received<AuthorityFragment>,
        now: Now,
    ) -> Result<(), Discard> {
        let Received { id, from, body, .. } = authority;
        let acked = body.acked;
        if self.proofs.has_asked(&from, acked) {
            self.prove(from, now);
            return Ok(());
        }
        let (purpose, elapsed) = self
            .pending
            .find(acked, MessageType::Authority)
            .map(|pending| (pending.purpose, pending.elapsed(now.instant)))
            .ok_or(Discard::NothingPending(acked))?;
        self.note_answer(acked, from, now);
        if purpose == Purpose::Ping {
            self.answered(acked, now);
            self.on_pinged(acked, Ok(elapsed));
            return Ok(());
        }
        let Some(buffer) = self.reassembly.accept(id, from, body)? else {
            return Ok(());
        };
        let answer = AuthorityBuffer::decode(&buffer, &self.config.dialect)?;
        self.answered(acked, now);
        match purpose {
            Purpose::Lookup(resolve, _) => self.on_lookup_answer(resolve, acked, answer, now),
            Purpose::Inquire(resolve) => {
                self.on_proof_answer(resolve, acked, (answer, buffer), now)
            }
            Purpose::Admission => self.on_admission_answer(acked, (answer, buffer), now),
            Purpose::Doubt(id) => {
                self.on_doubt_answered(&id, answer.id_not_found, now);
                Ok(())
            }
            Purpose::Solicit | Purpose::Request | Purpose::Ping | Purpose::Flood(_) => {
                Err(Discard::NothingPending(acked))
            }
        }
    }
}
