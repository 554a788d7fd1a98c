//! Synchronization conversations, as both sides keep them. MS-PNRP §3.1.1, §3.2.1.

use std::time::{Duration, Instant};

use pnrp_wire::{Endpoint, HashedNonce, MessageId, Nonce, PnrpId};

use super::compact::CompactMap;

/// Conversations this node opened, by the message ID of their SOLICIT: the Conversation Table of
/// MS-PNRP §3.1.1.
#[derive(Debug)]
pub(crate) struct OutgoingConversations {
    entries: CompactMap<MessageId, Outgoing>,
    capacity: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing {
    pub(crate) nonce: Nonce,
    pub(crate) peer: Endpoint,
}

impl OutgoingConversations {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: CompactMap::default(),
            capacity,
        }
    }

    /// Whether one more conversation, with `peer`, may be opened.
    pub(crate) fn has_room_for(&self, peer: &Endpoint) -> bool {
        self.entries.len() < self.capacity && self.entries.values().all(|open| open.peer != *peer)
    }

    pub(crate) fn open(&mut self, solicit: MessageId, nonce: Nonce, peer: Endpoint) {
        self.entries.insert(solicit, Outgoing { nonce, peer });
    }

    pub(crate) fn get(&self, solicit: MessageId) -> Option<Outgoing> {
        self.entries.get(&solicit).copied()
    }

    pub(crate) fn release(&mut self, solicit: MessageId) -> Option<Outgoing> {
        self.entries.remove(&solicit)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn solicits(&self) -> impl Iterator<Item = MessageId> {
        self.entries.keys().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Conversations that peers opened, by source and hashed nonce: the Conversation Table of
/// MS-PNRP §3.2.1.
///
/// A finished conversation stays a while as a tombstone, so that a repeated REQUEST, whose ACK
/// was lost, is acknowledged again.
#[derive(Debug)]
pub(crate) struct IncomingConversations {
    entries: CompactMap<(Endpoint, HashedNonce), Incoming>,
    capacity: usize,
    life: Duration,
    tombstone: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Incoming {
    /// The ID that the SOLICIT's route entry named.
    peer_id: Option<PnrpId>,
    is_finished: bool,
    expires: Instant,
}

/// What a REQUEST means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requested {
    /// The first of its conversation, whose peer has this ID.
    First(Option<PnrpId>),
    /// A repetition.
    Again,
}

impl IncomingConversations {
    pub(crate) fn new(capacity: usize, life: Duration, tombstone: Duration) -> Self {
        Self {
            entries: CompactMap::default(),
            capacity,
            life,
            tombstone,
        }
    }

    /// Opens or refreshes a conversation; false when there is no room. MS-PNRP §3.2.5.3 step 2.
    pub(crate) fn open(
        &mut self,
        peer: Endpoint,
        hash: HashedNonce,
        peer_id: Option<PnrpId>,
        now: Instant,
    ) -> bool {
        let key = (peer, hash);
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            return false;
        }
        let expires = now + self.life;
        self.entries.insert(
            key,
            Incoming {
                peer_id,
                is_finished: false,
                expires,
            },
        );
        true
    }

    /// Whether there is a conversation with `peer`.
    pub(crate) fn includes(&self, peer: &Endpoint) -> bool {
        self.entries.keys().any(|(of, _)| of == peer)
    }

    /// Finishes the conversation of a REQUEST. MS-PNRP §3.2.5.4 steps 2, 3 and 5.
    pub(crate) fn finish(
        &mut self,
        peer: Endpoint,
        hash: HashedNonce,
        now: Instant,
    ) -> Option<Requested> {
        let conversation = self.entries.get_mut(&(peer, hash))?;
        if conversation.is_finished {
            return Some(Requested::Again);
        }
        conversation.is_finished = true;
        conversation.expires = now + self.tombstone;
        Some(Requested::First(conversation.peer_id))
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.entries
            .values()
            .map(|conversation| conversation.expires)
            .min()
    }

    /// Deletes what has run out. MS-PNRP §3.2.6.1.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.entries
            .retain(|_, conversation| conversation.expires > now);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}
