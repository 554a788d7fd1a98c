//! Asking whether a node is there.
//!
//! MS-PNRP has no message for it. An INQUIRE for an ID that nobody has serves: a node answers that
//! it does not have the ID, whatever it publishes. MS-PNRP §3.2.5.6.

use std::time::Duration;

use pnrp_wire::{Body, Endpoint, Inquire, MessageId, PnrpId};
use rand::RngExt;
use thiserror::Error;

use super::{Cloud, Event, Now, pending::Purpose};

/// Names one ping of a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PingId(MessageId);

/// Why a node could not be pinged, or was in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PingError {
    /// The host has no address for the cloud.
    #[error("this host has no address for the cloud")]
    NoAddress,
    /// The endpoint is not of the cloud's scope, or is this node itself.
    #[error("{0} is no other node of this cloud")]
    NotInCloud(Endpoint),
    /// Too many messages wait for an answer.
    #[error("too many messages wait for an answer")]
    TooMany,
    /// It was asked as often as any message is sent. A node that publishes nothing need not answer.
    #[error("no answer")]
    Unanswered,
}

impl Cloud {
    /// Asks the node at an endpoint whether it is there; [`Event::Pinged`] tells.
    ///
    /// # Errors
    /// When the endpoint cannot be one of another node of the cloud, or nothing can be sent.
    pub fn ping(&mut self, node: Endpoint, now: Now) -> Result<PingId, PingError> {
        let from = self.local.source_for(&node).ok_or(PingError::NoAddress)?;
        if !self.local.is_usable(&node.address) || self.local.contains(&node) {
            return Err(PingError::NotInCloud(node));
        }
        let question = self.question_for_nobody();
        let sent = self.send_pended(Purpose::Ping, (from, node), question, now);
        sent.map(PingId).ok_or(PingError::TooMany)
    }

    /// An INQUIRE that every node answers alike, and shortly.
    pub(super) fn question_for_nobody(&mut self) -> Body {
        Body::Inquire(Inquire {
            validate: PnrpId::from_bytes(self.rng.random()),
            want_cpa: false,
            want_extended_payload: false,
            want_cert_chain: false,
            nonce: None,
        })
    }

    /// Reports what came of a ping: the time from the first transmission to the answer.
    pub(super) fn on_pinged(&mut self, id: MessageId, result: Result<Duration, PingError>) {
        let id = PingId(id);
        self.events.push_back(Event::Pinged { id, result });
    }
}
