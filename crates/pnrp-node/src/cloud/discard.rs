//! Every "silently drop" of the specification, by name.

use pnrp_identity::{BindingError, CpaError};
use pnrp_wire::{DecodeError, MessageId};
use thiserror::Error;

use crate::ssdp::SsdpError;

/// Why a datagram, or what it carried, had no effect.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Discard {
    /// MS-PNRP §3.1.5.2: the bytes do not follow §2.2.
    #[error("malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// MS-PNRP §3.1.5.2: UDP source port 1024 or below.
    #[error("reserved source port {0}")]
    ReservedSourcePort(u16),
    /// MS-PNRP §3.1.5.2: sent to an address on which the cloud does not listen.
    #[error("not addressed to this cloud")]
    ForeignAddress,
    /// MS-PNRP §1.3.3: sent from an address of another scope; clouds do not mix.
    #[error("sent from another scope")]
    ForeignScope,
    /// The source is one of the cloud's own endpoints.
    #[error("sent by this node")]
    OwnDatagram,
    /// MS-PNRP §3.1.5.3 step 1, §3.1.5.4, §3.1.5.6: acknowledges nothing that is pending.
    #[error("acknowledges {0:?}, which is not pending")]
    NothingPending(MessageId),
    /// MS-PNRP §3.1.5.3 step 2: not the nonce of the SOLICIT.
    #[error("hashed nonce differs from the one solicited with")]
    WrongHashedNonce,
    /// MS-PNRP §3.1.5.3 step 3: the peer declines.
    #[error("nothing advertised")]
    NothingAdvertised,
    /// MS-PNRP §3.2.5.4 steps 2 and 3: no conversation of the sender has this nonce.
    #[error("no conversation with this nonce")]
    NoConversation,
    /// MS-PNRP §3.2: only a node that publishes answers this.
    #[error("this node only resolves")]
    ResolveOnly,
    /// MS-PNRP §3.1.5.6: fragments of one message disagree.
    #[error("fragments disagree")]
    FragmentMismatch,
    /// MS-PNRP §3.1.5.6: no room for another message in pieces.
    #[error("reassembly list is full")]
    ReassemblyFull,
    /// MS-PNRP §3.1.5.11: the entry cannot belong to a node of this cloud.
    #[error("route entry unusable in this cloud")]
    UnusableRoute,
    /// MS-PNRP §3.2.1.1: the cache is full, and knows enough nodes around there.
    #[error("route entry not wanted")]
    RouteNotWanted,
    /// MS-PNRP §3.1.5.11: no room for another entry under examination.
    #[error("pending route entry add list is full")]
    AdmissionsFull,
    /// MS-PNRP §3.1.5.6.1.2: the node does not confirm the entry.
    #[error("route entry not confirmed")]
    RouteNotConfirmed,
    /// MS-PNRP §3.1.5.7: the proof does not hold.
    #[error("CPA rejected: {0}")]
    InvalidCpa(#[from] CpaError),
    /// The stronger binding that came along does not hold.
    #[error("{0}")]
    InvalidBinding(#[from] BindingError),
    /// MS-PNRP §3.1.5.6.1.2: the proof is of another place than the entry.
    #[error("addresses of the CPA and the route entry differ")]
    AddressMismatch,
    /// The table of messages awaiting acknowledgment is full.
    #[error("pending list is full")]
    PendingFull,
    /// The source costs more than it may. MS-PNRP §5.1.
    #[error("over the budget of its source")]
    OverBudget,
    /// The answer would be much longer than the question, and the source has not shown that it is
    /// where it says. MS-PNRP §5.1.
    #[error("address of the source is not proved")]
    UnprovedSource,
    /// The same, and the source has been asked to prove itself, but not yet answered.
    #[error("source has yet to prove its address")]
    ChallengePending,
    /// MS-PNRP §2.2.2.6.1: the node declines to prove an ID for now.
    #[error("the node is busy")]
    PeerBusy,
    /// More signatures are wanted than can be made.
    #[error("too many signatures are waiting")]
    CryptoFull,
    /// A signature could not be made.
    #[error("signing failed")]
    SigningFailed,
    /// A signature could not be checked: whoever checks it panicked.
    #[error("checking a signature failed")]
    CheckingFailed,
    /// MS-PNRP §3.1.5.1: no SSDP response, or no place in the form of RFC 2732 in it.
    #[error("SSDP: {0}")]
    MalformedSsdp(#[from] SsdpError),
    /// MS-PNRP §3.1.5.1: the SSDP response is to another search.
    #[error("response to another search")]
    ForeignSearch,
    /// MS-PNRP §3.1.5.1: the SSDP response names no other node of this cloud.
    #[error("response names no other node of this cloud")]
    UnusableTarget,
    /// The SSDP response has been followed already.
    #[error("response repeats another")]
    RepeatedTarget,
    /// MS-PNRP §3.1.5.1: five SSDP responses have been followed already.
    #[error("enough responses to this search")]
    EnoughTargets,
}

impl Discard {
    /// The name under which this reason is counted.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::ReservedSourcePort(_) => "reserved_source_port",
            Self::ForeignAddress => "foreign_address",
            Self::ForeignScope => "foreign_scope",
            Self::OwnDatagram => "own_datagram",
            Self::NothingPending(_) => "nothing_pending",
            Self::WrongHashedNonce => "wrong_hashed_nonce",
            Self::NothingAdvertised => "nothing_advertised",
            Self::NoConversation => "no_conversation",
            Self::ResolveOnly => "resolve_only",
            Self::FragmentMismatch => "fragment_mismatch",
            Self::ReassemblyFull => "reassembly_full",
            Self::UnusableRoute => "unusable_route",
            Self::RouteNotWanted => "route_not_wanted",
            Self::AdmissionsFull => "admissions_full",
            Self::RouteNotConfirmed => "route_not_confirmed",
            Self::InvalidCpa(_) => "invalid_cpa",
            Self::InvalidBinding(_) => "invalid_binding",
            Self::AddressMismatch => "address_mismatch",
            Self::PendingFull => "pending_full",
            Self::OverBudget => "over_budget",
            Self::UnprovedSource => "unproved_source",
            Self::ChallengePending => "challenge_pending",
            Self::PeerBusy => "peer_busy",
            Self::CryptoFull => "crypto_full",
            Self::SigningFailed => "signing_failed",
            Self::CheckingFailed => "checking_failed",
            Self::MalformedSsdp(_) => "malformed_ssdp",
            Self::ForeignSearch => "foreign_search",
            Self::UnusableTarget => "unusable_target",
            Self::RepeatedTarget => "repeated_target",
            Self::EnoughTargets => "enough_targets",
        }
    }
}
