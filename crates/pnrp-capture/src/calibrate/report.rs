//! What the proofs of a capture say together.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddrV6,
};

use pnrp_wire::{ByteOrder, ClassifierEncoding, Dialect, Presence};

/// What can be read in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// [`Dialect::number_order`].
    NumberOrder,
    /// [`Dialect::classifier_hash`].
    ClassifierHash,
    /// [`Dialect::classifier_wire`].
    ClassifierWire,
    /// [`Dialect::signature_order`].
    SignatureOrder,
    /// [`Dialect::revoke_nonce`].
    RevokeNonce,
    /// [`Dialect::app_port_order`], which no capture answers.
    AppPortOrder,
    /// [`Dialect::trailing_padding`].
    TrailingPadding,
    /// [`Dialect::inquire_answer_extras`].
    InquireAnswerExtras,
    /// Order of the authority under the P2P ID.
    IdAuthority,
    /// Order of the classifier's hash under the P2P ID.
    IdClassifierHash,
    /// What stands for the hash of a classifier that the CPA leaves out.
    IdMissingHash,
    /// The word under the P2P ID.
    IdWord,
    /// Order of the P2P ID in the PNRP ID.
    IdOrder,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::NumberOrder,
        Self::ClassifierHash,
        Self::ClassifierWire,
        Self::SignatureOrder,
        Self::RevokeNonce,
        Self::AppPortOrder,
        Self::TrailingPadding,
        Self::InquireAnswerExtras,
        Self::IdAuthority,
        Self::IdClassifierHash,
        Self::IdMissingHash,
        Self::IdWord,
        Self::IdOrder,
    ];

    /// As one name: that of the field, if it is one of [`Dialect`].
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NumberOrder => "number_order",
            Self::ClassifierHash => "classifier_hash",
            Self::ClassifierWire => "classifier_wire",
            Self::SignatureOrder => "signature_order",
            Self::RevokeNonce => "revoke_nonce",
            Self::AppPortOrder => "app_port_order",
            Self::TrailingPadding => "trailing_padding",
            Self::InquireAnswerExtras => "inquire_answer_extras",
            Self::IdAuthority => "id_authority",
            Self::IdClassifierHash => "id_classifier_hash",
            Self::IdMissingHash => "id_missing_hash",
            Self::IdWord => "id_word",
            Self::IdOrder => "id_order",
        }
    }

    /// Whether it is a field of [`Dialect`]. The other questions have one answer here, and are
    /// asked so that another answer does not go unnoticed.
    pub fn is_in_dialect(self) -> bool {
        self < Self::IdAuthority
    }

    /// What this implementation does by default.
    pub fn ours(self) -> Answer {
        let dialect = Dialect::default();
        match self {
            Self::NumberOrder => Answer::Order(dialect.number_order),
            Self::ClassifierHash => Answer::Encoding(dialect.classifier_hash),
            Self::ClassifierWire => Answer::Order(dialect.classifier_wire),
            Self::SignatureOrder => Answer::Order(dialect.signature_order),
            Self::RevokeNonce => Answer::Presence(dialect.revoke_nonce),
            Self::AppPortOrder => Answer::Order(dialect.app_port_order),
            Self::TrailingPadding => Answer::Presence(dialect.trailing_padding),
            Self::InquireAnswerExtras => Answer::Presence(dialect.inquire_answer_extras),
            Self::IdAuthority | Self::IdOrder => Answer::Order(ByteOrder::BigEndian),
            Self::IdClassifierHash => Answer::Other("as_sent"),
            Self::IdMissingHash => Answer::Other("of_nothing"),
            Self::IdWord => Answer::Other("PNRP"),
        }
    }
}

/// One way to read something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An order of bytes.
    Order(ByteOrder),
    /// An encoding of text.
    Encoding(ClassifierEncoding),
    /// Whether something is sent.
    Presence(Presence),
    /// Something else.
    Other(&'static str),
}

impl Answer {
    /// As one name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order(ByteOrder::BigEndian) => "big_endian",
            Self::Order(ByteOrder::LittleEndian) => "little_endian",
            Self::Encoding(ClassifierEncoding::Utf16Le) => "utf16le",
            Self::Encoding(ClassifierEncoding::Utf16LeNul) => "utf16le_nul",
            Self::Encoding(ClassifierEncoding::Utf16Be) => "utf16be",
            Self::Encoding(ClassifierEncoding::Utf16BeNul) => "utf16be_nul",
            Self::Encoding(ClassifierEncoding::Utf8) => "utf8",
            Self::Encoding(ClassifierEncoding::Utf8Nul) => "utf8_nul",
            Self::Presence(Presence::Present) => "present",
            Self::Presence(Presence::Absent) => "absent",
            Self::Other(name) => name,
        }
    }
}

/// What a capture says to each [`Question`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report(BTreeMap<Question, Evidence>);

/// What a capture says to one [`Question`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The answers that something supports, each once, in the order in which they came up.
    pub supported: Vec<Support>,
    /// How much should have told, and fits no answer, by reason.
    pub unexplained: BTreeMap<&'static str, u64>,
}

/// What supports an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// The answer.
    pub answer: Answer,
    /// How often it was seen in what.
    pub seen: BTreeMap<&'static str, u64>,
    /// Where it was seen first.
    pub first_frame: u64,
    /// By whom it was sent, up to sixteen.
    pub peers: BTreeSet<SocketAddrV6>,
}

impl Support {
    /// How often it was seen.
    pub fn count(&self) -> u64 {
        self.seen.values().sum()
    }
}

/// What follows from the [`Evidence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One answer is supported.
    Decided(Answer),
    /// Several are.
    Contradicted,
    /// None is.
    Undecided,
    /// None ever is.
    Undecidable,
}

impl Verdict {
    /// The answer, if it is decided.
    pub fn answer(self) -> Option<Answer> {
        match self {
            Self::Decided(answer) => Some(answer),
            Self::Contradicted | Self::Undecided | Self::Undecidable => None,
        }
    }

    /// As one name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decided(_) => "decided",
            Self::Contradicted => "contradicted",
            Self::Undecided => "undecided",
            Self::Undecidable => "undecidable",
        }
    }
}

/// Where something was seen.
#[derive(Clone, Copy)]
pub(super) struct Sighting {
    pub(super) frame: u64,
    pub(super) source: SocketAddrV6,
}

const MAX_PEERS: usize = 16;

impl Report {
    pub(super) fn support(
        &mut self,
        question: Question,
        answer: Answer,
        what: &'static str,
        at: Sighting,
    ) {
        let evidence = self.0.entry(question).or_default();
        let known = evidence.supported.iter().position(|it| it.answer == answer);
        let index = known.unwrap_or_else(|| {
            evidence.supported.push(Support {
                answer,
                seen: BTreeMap::new(),
                first_frame: at.frame,
                peers: BTreeSet::new(),
            });
            evidence.supported.len() - 1
        });
        if let Some(support) = evidence.supported.get_mut(index) {
            *support.seen.entry(what).or_default() += 1;
            if support.peers.len() < MAX_PEERS {
                support.peers.insert(at.source);
            }
        }
    }

    pub(super) fn leave_unexplained(&mut self, question: Question, reason: &'static str) {
        let evidence = self.0.entry(question).or_default();
        *evidence.unexplained.entry(reason).or_default() += 1;
    }

    /// What there is to say to a question.
    pub fn evidence(&self, question: Question) -> Evidence {
        self.0.get(&question).cloned().unwrap_or_default()
    }

    /// What follows for a question.
    pub fn verdict(&self, question: Question) -> Verdict {
        let supported = self.0.get(&question).map(|it| it.supported.as_slice());
        match supported.unwrap_or_default() {
            [] if question == Question::AppPortOrder => Verdict::Undecidable,
            [] => Verdict::Undecided,
            [one] => Verdict::Decided(one.answer),
            _ => Verdict::Contradicted,
        }
    }

    /// Whether everything that is decided is decided for what this implementation does.
    pub fn is_ours(&self) -> bool {
        Question::ALL
            .into_iter()
            .all(|question| match self.verdict(question) {
                Verdict::Decided(answer) => answer == question.ours(),
                Verdict::Contradicted => false,
                Verdict::Undecided | Verdict::Undecidable => true,
            })
    }

    /// The dialect of the capture: what is decided, and our default for the rest.
    pub fn dialect(&self) -> Dialect {
        let mut dialect = Dialect::default();
        for question in Question::ALL {
            if let Some(answer) = self.verdict(question).answer() {
                answer.apply(question, &mut dialect);
            }
        }
        dialect
    }
}

impl Answer {
    fn apply(self, question: Question, dialect: &mut Dialect) {
        match (question, self) {
            (Question::NumberOrder, Self::Order(order)) => dialect.number_order = order,
            (Question::ClassifierHash, Self::Encoding(it)) => dialect.classifier_hash = it,
            (Question::ClassifierWire, Self::Order(order)) => dialect.classifier_wire = order,
            (Question::SignatureOrder, Self::Order(order)) => dialect.signature_order = order,
            (Question::RevokeNonce, Self::Presence(it)) => dialect.revoke_nonce = it,
            (Question::AppPortOrder, Self::Order(order)) => dialect.app_port_order = order,
            (Question::TrailingPadding, Self::Presence(it)) => dialect.trailing_padding = it,
            (Question::InquireAnswerExtras, Self::Presence(it)) => {
                dialect.inquire_answer_extras = it;
            }
            // The formula of the ID is no part of a dialect.
            _ => {}
        }
    }
}
