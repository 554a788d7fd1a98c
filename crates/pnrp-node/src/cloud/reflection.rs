//! Which sources have shown that they are where they say, and what the others get.
//! MS-PNRP §5.1; docs/decisions/0015-reflection.md
//!
//! An INQUIRE of 76 bytes can ask for 37 KB, and anyone can write somebody else's address on it.
//! A source on the link is believed. Any other is once it has answered something of ours; until
//! then it gets short answers freely, a few longer ones, and no answer in several pieces before it
//! has answered a small INQUIRE.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv6Addr,
    time::Instant,
};

use pnrp_wire::{Endpoint, Inquire, Message, MessageId, limits::FRAGMENT_LEN};

use super::{
    Cloud, Discard, Now, Scope,
    budget::{Buckets, Ledger},
    outbox::AUTHORITY_HEADERS,
    proofs::Proofs,
    receive::Received,
};

/// How many times longer than its question an answer may be that needs no proof.
const FREE_FACTOR: usize = 3;
/// Questions of one source kept until it proves itself.
const MAX_PARKED: usize = 4;

/// Proved addresses, and the sources that are being asked for a proof.
#[derive(Debug)]
pub(crate) struct ProvedSources {
    proved: Proofs,
    challenges: BTreeMap<Endpoint, Challenge>,
    by_age: BTreeSet<(Instant, Endpoint)>,
    capacity: usize,
}

/// A small INQUIRE on its way, and the questions that wait for its answer.
#[derive(Debug)]
struct Challenge {
    id: MessageId,
    expires: Instant,
    parked: Vec<Received<Inquire>>,
}

impl ProvedSources {
    pub(crate) fn new(proofs: usize, challenges: usize, opened: Instant) -> Self {
        Self {
            proved: Proofs::new(proofs, opened),
            challenges: BTreeMap::new(),
            by_age: BTreeSet::new(),
            capacity: challenges,
        }
    }

    fn is_proved(&self, address: &Ipv6Addr, now: Instant) -> bool {
        self.proved.contains(address, now)
    }

    /// Whether this message is the challenge of `source`.
    pub(crate) fn has_asked(&self, source: &Endpoint, id: MessageId) -> bool {
        let challenge = self.challenges.get(source);
        challenge.is_some_and(|challenge| challenge.id == id)
    }

    /// Adds a question to those that wait for the answer to a challenge; gives it back if its
    /// source has none, and refuses it if too many wait.
    fn park(&mut self, inquire: Received<Inquire>) -> Result<(), Parking> {
        let Some(challenge) = self.challenges.get_mut(&inquire.from) else {
            return Err(Parking::NotChallenged(inquire));
        };
        if challenge.parked.iter().any(|other| other.id == inquire.id) {
            return Ok(());
        }
        if challenge.parked.len() >= MAX_PARKED {
            return Err(Parking::Full);
        }
        challenge.parked.push(inquire);
        Ok(())
    }

    fn add(&mut self, id: MessageId, inquire: Received<Inquire>, expires: Instant) {
        self.by_age.insert((expires, inquire.from));
        let source = inquire.from;
        let parked = vec![inquire];
        let challenge = Challenge {
            id,
            expires,
            parked,
        };
        self.challenges.insert(source, challenge);
    }

    fn take(&mut self, source: &Endpoint) -> Vec<Received<Inquire>> {
        let Some(challenge) = self.challenges.remove(source) else {
            return Vec::new();
        };
        self.by_age.remove(&(challenge.expires, *source));
        challenge.parked
    }

    /// Takes out the oldest challenge if there are too many.
    fn take_surplus(&mut self) -> Vec<Received<Inquire>> {
        match self.by_age.first() {
            Some((_, oldest)) if self.challenges.len() > self.capacity => self.take(&{ *oldest }),
            _ => Vec::new(),
        }
    }

    /// Takes out a challenge whose time is up.
    fn take_expired(&mut self, now: Instant) -> Option<Vec<Received<Inquire>>> {
        let (expires, source) = *self.by_age.first()?;
        (expires <= now).then(|| self.take(&source))
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.by_age.first().map(|(expires, _)| *expires)
    }
}

/// Why a question could not be parked.
enum Parking {
    NotChallenged(Received<Inquire>),
    Full,
}

/// Who asked, and how many bytes it may still get without a proof.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    source: Endpoint,
    free: usize,
}

impl Asker {
    /// Whoever sent a message of `size` bytes.
    pub(crate) fn new(source: Endpoint, size: usize) -> Self {
        Self {
            source,
            free: FREE_FACTOR * size,
        }
    }

    pub(crate) fn source(&self) -> Endpoint {
        self.source
    }
}

/// How long an answer in AUTHORITY messages is: its bytes, in as many datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    bytes: usize,
    datagrams: usize,
}

impl Length {
    /// A datagram of its own.
    pub(crate) fn datagram(bytes: usize) -> Self {
        Self {
            bytes,
            datagrams: 1,
        }
    }

    /// A buffer of so many bytes, in its pieces.
    pub(crate) fn buffer(bytes: usize) -> Self {
        let datagrams = bytes.div_ceil(FRAGMENT_LEN);
        Self {
            bytes: bytes + datagrams * AUTHORITY_HEADERS,
            datagrams,
        }
    }
}

/// Whether an answer in several pieces may go where nobody has proved to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// Not before the source was asked for a proof.
    Challenged,
    /// As far as the budget allows: the source was asked, and is silent. A node that only resolves
    /// need not answer an INQUIRE.
    Budgeted,
}

impl Cloud {
    /// Whether a source is on this machine's link, where it is believed to be who it says.
    pub(crate) fn is_on_link(&self, address: &Ipv6Addr) -> bool {
        let is_neighbour = |local: &Endpoint| prefix(&local.address, 64) == prefix(address, 64);
        Scope::of(address) == Some(Scope::LinkLocal)
            || self.local.as_slice().iter().any(is_neighbour)
    }

    /// Whether a source is on the link or has proved its address.
    pub(crate) fn is_trusted(&self, source: &Endpoint, now: Now) -> bool {
        self.is_on_link(&source.address) || self.proofs.is_proved(&source.address, now.instant)
    }

    /// Takes tokens out of one of the buckets of a source. On the link an address is a source, for
    /// all share the prefix. A cloud on loopback serves this machine, which needs no protection
    /// from itself.
    pub(crate) fn spend(
        &mut self,
        of: impl FnOnce(&mut Ledger) -> &mut Buckets,
        source: &Endpoint,
        tokens: u32,
        now: Now,
    ) -> Result<(), Discard> {
        let address = &source.address;
        let key = match self.is_on_link(address) {
            true => address.to_bits(),
            false => prefix(address, 64),
        };
        let is_paid = address.is_loopback() || of(&mut self.ledger).take(key, tokens, now.instant);
        is_paid.then_some(()).ok_or(Discard::OverBudget)
    }

    /// The same for sources off the link.
    pub(crate) fn spend_off_link(
        &mut self,
        of: impl FnOnce(&mut Ledger) -> &mut Buckets,
        source: &Endpoint,
        now: Now,
    ) -> Result<(), Discard> {
        if self.is_on_link(&source.address) {
            return Ok(());
        }
        self.spend(of, source, 1, now)
    }

    /// Whether an answer may go to its asker now; takes it out of the asker's budget.
    pub(crate) fn may_answer(
        &mut self,
        asker: &mut Asker,
        answer: Length,
        pieces: Pieces,
        now: Now,
    ) -> Result<(), Discard> {
        let (bytes, source) = (answer.bytes, asker.source);
        if bytes <= asker.free || self.is_on_link(&source.address) {
            asker.free = asker.free.saturating_sub(bytes);
            return Ok(());
        }
        let tokens = u32::try_from(bytes).unwrap_or(u32::MAX);
        if self.proofs.is_proved(&source.address, now.instant) {
            return self.spend(|ledger| &mut ledger.proved, &source, tokens, now);
        }
        let place = prefix(&source.address, 48);
        let is_allowed = (answer.datagrams == 1 || pieces == Pieces::Budgeted)
            && self.ledger.take_unproved(place, tokens, now.instant);
        is_allowed.then_some(()).ok_or(Discard::UnprovedSource)
    }

    /// Keeps a question, and sends its source an INQUIRE that every node answers: for an ID that
    /// nobody has, and shorter than the question.
    ///
    /// It goes once, so that a question cannot cause more than it costs. What leaves for one place
    /// has a bound all the same; what leaves for all has none, for then whoever forges enough
    /// questions would keep honest newcomers from ever being asked.
    pub(super) fn challenge(
        &mut self,
        inquire: Received<Inquire>,
        now: Now,
    ) -> Result<(), Discard> {
        let inquire = match self.proofs.park(inquire) {
            Ok(()) => return Ok(()),
            Err(Parking::Full) => return Err(Discard::ChallengePending),
            Err(Parking::NotChallenged(inquire)) => inquire,
        };
        let (path, source) = (inquire.reply_path(), inquire.from);
        let id = self.next_message_id();
        let body = self.question_for_nobody();
        let message = Message { id, body };
        let payload = message.encode(&self.config.dialect);
        let tokens = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let place = prefix(&source.address, 48);
        let places = &mut self.ledger.unproved_prefixes;
        if !places.take(place, tokens, now.instant) {
            return Err(Discard::UnprovedSource);
        }
        self.stats.challenged += 1;
        self.emit(path, message.message_type(), payload);
        let timers = &self.config.timers;
        let life = timers.retransmit_after * timers.transmissions;
        self.proofs.add(id, inquire, now.instant + life);
        for _ in self.proofs.take_surplus() {
            self.discard(&Discard::UnprovedSource);
        }
        Ok(())
    }

    /// A source has answered what was sent there: its address is proved, and it gets what it asked
    /// for.
    pub(crate) fn prove(&mut self, source: Endpoint, now: Now) {
        if self.is_on_link(&source.address) {
            return;
        }
        // Once too many are proved the oldest proof goes, which costs its source a round trip.
        self.proofs.proved.add(source.address, now.instant);
        if self.incoming.includes(&source) {
            self.former_peers.note(source);
        }
        for inquire in self.proofs.take(&source) {
            self.answer_parked(&inquire, Pieces::Challenged, now);
        }
    }

    /// Answers what sources that stayed silent have asked for, as far as the budget allows.
    pub(super) fn expire_challenges(&mut self, now: Now) {
        while let Some(parked) = self.proofs.take_expired(now.instant) {
            for inquire in parked {
                self.answer_parked(&inquire, Pieces::Budgeted, now);
            }
        }
    }

    fn answer_parked(&mut self, inquire: &Received<Inquire>, pieces: Pieces, now: Now) {
        if let Err(discard) = self.answer_inquire(inquire, pieces, now) {
            self.discard(&discard);
        }
    }
}

/// The first `bits` of an address.
fn prefix(address: &Ipv6Addr, bits: u32) -> u128 {
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    address.to_bits() & mask
}
