//! Which readings of the specification the peers of a capture have taken.
//!
//! Whatever a hash, a key or a length can confirm is tried in every reading: the authority against
//! the key, the numbers against the ID that was asked for, the text against its hash, the signature
//! against the key. What is confirmed cannot be so by chance. `docs/decisions/0004-ambiguous-bytes.md`
//! lists the readings.

mod classifier;
mod cpa;
mod proof;
mod report;
mod tally;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddrV6,
};

use pnrp_identity::{ChainClaim, RsaVerifier, SignatureMismatch, Verifier, validate_chain};
use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, ByteOrder, Classifier, Dialect, ExtendedPayload,
    FileTime, Flood, Message, MessageId, PnrpId, Presence, PublicKey, RouteEntry, Signature,
    SignedCpa,
};

pub use proof::{
    AuthorityProof, ChainProof, ClassifierProof, CpaProof, Fit, Formula, HashInId, IdProof,
    IdSource, PayloadProof, Proof, SignatureProof, TextReading,
};
pub use report::{Answer, Evidence, Question, Report, Support, Verdict};

use crate::{
    Datagram, Place, Reassembly, Timestamp,
    compare::{Ending, classifier_units, ending},
    decode,
};
use cpa::RawCpa;
use report::Sighting;
use tally::tally;

/// Takes in the datagrams of a capture in their order, and learns their dialect.
#[derive(Debug)]
pub struct Calibrator {
    dialect: Dialect,
    verifier: Box<dyn Verifier>,
    reassembly: Reassembly,
    memory: Memory,
    report: Report,
}

impl Default for Calibrator {
    /// Checks signatures as the protocol has them.
    fn default() -> Self {
        Self::new(Box::new(RsaVerifier))
    }
}

impl Calibrator {
    /// Checks signatures in another way.
    pub fn new(verifier: Box<dyn Verifier>) -> Self {
        Self {
            dialect: Dialect::default(),
            verifier,
            reassembly: Reassembly::default(),
            memory: Memory::default(),
            report: Report::default(),
        }
    }

    /// Takes in the next datagram; returns what fits the signed parts that it completes.
    ///
    /// A datagram that does not decode tells nothing.
    pub fn observe(&mut self, datagram: &Datagram) -> Option<Proof> {
        let message = decode::message(datagram, &self.dialect).ok()?;
        let at = Sighting {
            frame: datagram.frame,
            source: datagram.source,
        };
        self.memory.learn(datagram, &message);
        let place = Place::Message(message.message_type());
        self.note_ending(place, &datagram.payload, at);
        let proof = match &message.body {
            Body::Flood(flood) => self.prove_flood(flood, at),
            Body::Authority(fragment) => self.prove_answer(&message, fragment, datagram, at),
            Body::Solicit(_)
            | Body::Advertise(_)
            | Body::Request(_)
            | Body::Inquire(_)
            | Body::Ack(_)
            | Body::Lookup(_) => None,
        }?;
        tally(&proof, &mut self.report, at);
        Some(proof)
    }

    /// What has been learned so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    fn prove_flood(&self, flood: &Flood, at: Sighting) -> Option<Proof> {
        let signed = flood.content.revoke.as_ref()?;
        let alone = Answered::default();
        let cpa = self.prove_cpa(signed, &alone, &Expected::default())?;
        Some(Proof {
            frame: at.frame,
            source: at.source,
            cpa: Some(cpa),
            payload: None,
        })
    }

    fn prove_answer(
        &mut self,
        message: &Message,
        fragment: &AuthorityFragment,
        datagram: &Datagram,
        at: Sighting,
    ) -> Option<Proof> {
        let bytes = self.reassembly.accept(message.id, at.source, fragment)?;
        let buffer = AuthorityBuffer::decode(&bytes, &self.dialect).ok()?;
        self.note_ending(Place::Buffer, &bytes, at);
        self.note_extras(&buffer, at);
        self.memory
            .keep_ids(buffer.route.as_ref().map(RouteEntry::id));
        let expected = Expected {
            inquired: self.memory.inquired(fragment.acked, datagram.destination),
            route: buffer.route.as_ref().map(RouteEntry::id),
        };
        let answer = Answered {
            chain: buffer.cert_chain.clone(),
            classifier: classifier_units(&bytes),
            now: datagram.time.and_then(Timestamp::to_file_time),
        };
        let cpa = buffer
            .cpa
            .as_ref()
            .and_then(|signed| self.prove_cpa(signed, &answer, &expected));
        let key = buffer.cpa.as_ref().map(|it| it.cpa().public_key);
        if let (Some(key), Some(id)) = (key, expected.first()) {
            self.memory.keep_key(id, key);
        }
        let payload = buffer
            .extended_payload
            .as_ref()
            .map(|payload| self.prove_payload(payload, key, &expected));
        (cpa.is_some() || payload.is_some()).then_some(Proof {
            frame: at.frame,
            source: at.source,
            cpa,
            payload,
        })
    }

    fn prove_cpa(
        &self,
        signed: &SignedCpa,
        answer: &Answered,
        expected: &Expected,
    ) -> Option<CpaProof> {
        let raw = RawCpa::new(signed)?;
        let id = self.prove_id(&raw, expected);
        let units = answer.classifier.as_deref();
        let classifier = units
            .zip(raw.classifier_hash)
            .and_then(|(units, hash)| classifier::prove(units, hash));
        let mut authority = raw.authority();
        if let AuthorityProof::OtherKey { chain, order } = &mut authority {
            (*chain, *order) = self.prove_chain(signed, &raw, answer, classifier.as_ref());
            *order = order.or_else(|| raw.delegated_order(&id.as_ref()?.expected));
        }
        let cpa = signed.cpa();
        Some(CpaProof {
            authority,
            id,
            classifier,
            signature: self.check(&cpa.public_key, signed.signed_bytes(), signed.signature()),
            revoke_nonce: raw.revoke_nonce,
            app_ports: cpa.app_endpoints.iter().map(|it| it.port).collect(),
        })
    }

    /// A capture may be older than its chains, so they are checked at the time of capture.
    fn prove_chain(
        &self,
        signed: &SignedCpa,
        raw: &RawCpa,
        answer: &Answered,
        classifier: Option<&ClassifierProof>,
    ) -> (ChainProof, Option<ByteOrder>) {
        let Some(chain) = &answer.chain else {
            return (ChainProof::Absent, None);
        };
        let text = classifier.and_then(|it| it.text.parse().ok());
        let text = text.unwrap_or_default();
        let now = answer.now.unwrap_or(signed.cpa().not_after);
        let order = raw.authorities_sent().find_map(|(order, authority)| {
            let claim = ChainClaim {
                authority,
                publisher: signed.cpa().public_key,
                classifier: &text,
            };
            let valid = validate_chain(chain, &claim, now, self.verifier.as_ref());
            valid.is_ok().then_some(order)
        });
        match order {
            Some(_) => (ChainProof::Valid, order),
            None => (ChainProof::Invalid, None),
        }
    }

    /// The ID that fits best: the one inquired, that of the route entry, or any that was seen.
    fn prove_id(&self, raw: &RawCpa, expected: &Expected) -> Option<IdProof> {
        let told = expected.ids().map(|(id, source)| raw.id(id, source));
        let told: Vec<_> = told.collect();
        let whole = told.iter().find(|it| it.is_whole()).copied();
        whole
            .or_else(|| {
                let id = raw.possible_ids().find(|id| self.memory.ids.contains(id))?;
                Some(raw.id(id, IdSource::Elsewhere))
            })
            .or_else(|| told.first().copied())
    }

    fn prove_payload(
        &self,
        payload: &ExtendedPayload,
        key: Option<PublicKey>,
        expected: &Expected,
    ) -> PayloadProof {
        let statements = payload.statements();
        // The bytes as sent, whatever order decoding takes them to be in.
        let sent = payload.as_bytes().get(PAYLOAD_ID).unwrap_or_default();
        let fits = expected.ids().map(|(id, _)| Fit::of(sent, id.as_bytes()));
        let fits: Vec<_> = fits.collect();
        let fit = fits.iter().find(|it| **it != Fit::Neither);
        let known = || {
            let id = expected.first().unwrap_or(statements.id);
            self.memory.keys.get(&id).copied()
        };
        let signature = match key.or_else(known) {
            Some(key) => self.check(&key, payload.signed_bytes(), payload.signature()),
            None => SignatureProof::NoKey,
        };
        PayloadProof {
            id: fit.or(fits.first()).copied(),
            signature,
        }
    }

    fn check(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> SignatureProof {
        match self.verifier.verify(key, bytes, signature) {
            Ok(order) => SignatureProof::Fits(order),
            Err(SignatureMismatch::UnusableKey) => SignatureProof::UnusableKey,
            Err(_) => SignatureProof::Neither,
        }
    }

    /// Padding shows only behind an element that needs it. MS-PNRP §2.2.
    fn note_ending(&mut self, place: Place, bytes: &[u8], at: Sighting) {
        let question = Question::TrailingPadding;
        let what = match place {
            Place::Message(_) => "datagrams",
            Place::Buffer => "answers",
        };
        let presence = match ending(place, bytes) {
            Ending::Aligned => return,
            Ending::Padded => Presence::Present,
            Ending::Unpadded => Presence::Absent,
            Ending::Other => {
                return self
                    .report
                    .leave_unexplained(question, "padding of another length");
            }
        };
        let answer = Answer::Presence(presence);
        self.report.support(question, answer, what, at);
    }

    /// What goes with a CPA. MS-PNRP §3.2.5.6.
    fn note_extras(&mut self, buffer: &AuthorityBuffer, at: Sighting) {
        let question = Question::InquireAnswerExtras;
        let Some(signed) = &buffer.cpa else {
            return;
        };
        let empty = Classifier::default().hash(&self.dialect);
        let hash = signed.cpa().classifier_hash;
        let may_lack_text = hash.is_none_or(|hash| hash == empty);
        let presence = match (buffer.route.is_some(), buffer.classifier.is_some()) {
            (true, true) => Presence::Present,
            (true, false) if may_lack_text => Presence::Present,
            (false, false) => Presence::Absent,
            (true, false) => {
                return self.report.leave_unexplained(question, "route entry alone");
            }
            (false, true) => {
                return self.report.leave_unexplained(question, "classifier alone");
            }
        };
        let answer = Answer::Presence(presence);
        self.report.support(question, answer, "answers", at);
    }
}

/// What goes with a CPA in its answer.
#[derive(Default)]
struct Answered {
    chain: Option<Vec<u8>>,
    classifier: Option<Vec<[u8; 2]>>,
    /// When it was captured.
    now: Option<FileTime>,
}

/// The IDs that a CPA or a payload can be expected to be about.
#[derive(Default)]
struct Expected {
    inquired: Option<PnrpId>,
    route: Option<PnrpId>,
}

impl Expected {
    fn ids(&self) -> impl Iterator<Item = (PnrpId, IdSource)> {
        let inquired = self.inquired.map(|id| (id, IdSource::Inquire));
        let route = self.route.map(|id| (id, IdSource::Route));
        inquired.into_iter().chain(route)
    }

    fn first(&self) -> Option<PnrpId> {
        self.ids().next().map(|(id, _)| id)
    }
}

/// What of earlier datagrams later ones are read with; bounded, for a capture has no end.
#[derive(Debug, Default)]
struct Memory {
    inquiries: BTreeMap<Inquiry, PnrpId>,
    inquiry_ages: VecDeque<Inquiry>,
    /// Every ID that a node states to exist.
    ids: BTreeSet<PnrpId>,
    keys: BTreeMap<PnrpId, PublicKey>,
}

/// Which message, and whose.
type Inquiry = (MessageId, SocketAddrV6);

/// Where the PNRP ID of an extended payload stands. MS-PNRP §2.2.3.3.
const PAYLOAD_ID: std::ops::Range<usize> = 16..48;

const MAX_INQUIRIES: usize = 65_536;
const MAX_IDS: usize = 65_536;
const MAX_KEYS: usize = 4_096;

impl Memory {
    fn learn(&mut self, datagram: &Datagram, message: &Message) {
        match &message.body {
            Body::Inquire(inquire) => {
                let inquiry = (message.id, datagram.source);
                if self.inquiries.insert(inquiry, inquire.validate).is_none() {
                    self.inquiry_ages.push_back(inquiry);
                }
                if self.inquiry_ages.len() > MAX_INQUIRIES
                    && let Some(oldest) = self.inquiry_ages.pop_front()
                {
                    self.inquiries.remove(&oldest);
                }
                self.keep_ids([inquire.validate]);
            }
            Body::Advertise(advertise) => self.keep_ids(advertise.ids.iter().copied()),
            Body::Request(request) => self.keep_ids(request.ids.iter().copied()),
            Body::Solicit(solicit) => self.keep_ids(solicit.route.as_ref().map(RouteEntry::id)),
            Body::Flood(flood) => {
                self.keep_ids(flood.content.route.as_ref().map(RouteEntry::id));
            }
            Body::Lookup(lookup) => {
                self.keep_ids(lookup.best_match.as_ref().map(RouteEntry::id));
            }
            Body::Authority(_) | Body::Ack(_) => {}
        }
    }

    fn keep_ids(&mut self, ids: impl IntoIterator<Item = PnrpId>) {
        let room = MAX_IDS.saturating_sub(self.ids.len());
        let known = ids.into_iter().filter(|id| !id.is_zero());
        self.ids.extend(known.take(room));
    }

    fn keep_key(&mut self, id: PnrpId, key: PublicKey) {
        if self.keys.len() < MAX_KEYS {
            self.keys.insert(id, key);
        }
    }

    fn inquired(&self, id: MessageId, inquirer: SocketAddrV6) -> Option<PnrpId> {
        self.inquiries.get(&(id, inquirer)).copied()
    }
}
