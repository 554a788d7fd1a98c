//! Receiving ADVERTISE. MS-PNRP §3.1.5.3.

use pnrp_wire::{Advertise, Body, MessageType, Request, limits::ADVERTISED_IDS};

use super::Received;
use crate::cloud::{Cloud, Discard, Now, pending::Purpose};

impl Cloud {
    /// Requests the entries of the IDs advertised. MS-PNRP §3.1.5.3.
    ///
    /// The nonce is checked before the SOLICIT is dropped, so that a guess at its message ID
    /// does not end the conversation.
    pub(super) fn on_advertise(
        &mut self,
        advertise: Received<Advertise>,
        now: Now,
    ) -> Result<(), Discard> {
        let path = advertise.reply_path();
        let acked = advertise.body.acked;
        let conversation = self
            .pending
            .find(acked, MessageType::Advertise)
            .and_then(|_| self.outgoing.get(acked))
            .ok_or(Discard::NothingPending(acked))?;
        if conversation.nonce.hashed() != advertise.body.hashed_nonce {
            return Err(Discard::WrongHashedNonce);
        }
        self.note_answer(acked, advertise.from, now);
        self.answered(acked, now);
        self.outgoing.release(acked);
        let mut ids = advertise.body.ids;
        ids.retain(|id| !id.is_zero() && !self.registrations.owns(id));
        ids.truncate(MOST_REQUESTED);
        if ids.is_empty() {
            self.discover_soon(now);
            return Err(Discard::NothingAdvertised);
        }
        let request = Body::Request(Request {
            nonce: conversation.nonce,
            ids,
        });
        self.send_pended(Purpose::Request, path, request, now);
        Ok(())
    }
}

/// IDs requested of one ADVERTISE: all that it should carry, and some more.
const MOST_REQUESTED: usize = 4 * ADVERTISED_IDS;
