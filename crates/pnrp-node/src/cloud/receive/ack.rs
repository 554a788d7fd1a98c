//! Receiving ACK. MS-PNRP §3.1.5.4.

use pnrp_wire::{Ack, MessageType};

use super::Received;
use crate::cloud::{Cloud, Discard, Now, pending::Purpose};

impl Cloud {
    /// Ends the repetition of a REQUEST or FLOOD; an ID that the receiver denies goes.
    /// MS-PNRP §3.1.5.4.
    pub(super) fn on_ack(&mut self, ack: Received<Ack>, now: Now) -> Result<(), Discard> {
        let acked = ack.body.acked;
        let purpose = self
            .pending
            .find(acked, MessageType::Ack)
            .map(|pending| pending.purpose)
            .ok_or(Discard::NothingPending(acked))?;
        self.note_answer(acked, ack.from, now);
        self.answered(acked, now);
        if let (Purpose::Flood(validate), true) = (purpose, ack.body.id_not_found) {
            self.forget(&validate, now);
        }
        Ok(())
    }
}
