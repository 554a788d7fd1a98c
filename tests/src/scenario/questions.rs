//! Messages as strangers send them.

use pnrp_wire::{
    AuthorityFragment, Body, Flood, FloodContent, Inquire, Lookup, MessageId, Nonce, PnrpId,
    Reason, RouteEntry, SearchCriteria, limits::FRAGMENT_LEN,
};

use super::{STRANGER, endpoint};

/// A LOOKUP or an INQUIRE.
#[derive(Clone, Debug)]
pub struct Question(pub(super) Body);

impl From<Lookup> for Question {
    fn from(lookup: Lookup) -> Self {
        Self(Body::Lookup(lookup))
    }
}

impl From<Inquire> for Question {
    fn from(inquire: Inquire) -> Self {
        Self(Body::Inquire(inquire))
    }
}

/// A LOOKUP that accepts whatever there is.
pub fn lookup(target: PnrpId, validate: PnrpId) -> Lookup {
    Lookup {
        accept_not_closer: true,
        criteria: SearchCriteria::Exact,
        reason: Reason::AppRequest,
        target,
        validate,
        best_match: None,
        visited: vec![endpoint(STRANGER)],
    }
}

/// An INQUIRE that asks only whether the ID is there.
pub fn inquire(validate: PnrpId) -> Inquire {
    Inquire {
        validate,
        want_cpa: false,
        want_extended_payload: false,
        want_cert_chain: false,
        nonce: None,
    }
}

/// An INQUIRE that asks for a CPA as well.
pub fn inquire_cpa(validate: PnrpId, nonce: Nonce) -> Inquire {
    Inquire {
        want_cpa: true,
        nonce: Some(nonce),
        ..inquire(validate)
    }
}

/// A FLOOD of an entry that wants no ACK, and that nobody else has seen.
pub fn flood_of(route: RouteEntry) -> Flood {
    Flood {
        suppress_ack: true,
        validate: PnrpId::ZERO,
        content: FloodContent {
            revoke: None,
            route: Some(route),
        },
        already_flooded: Vec::new(),
    }
}

/// A buffer as the AUTHORITY messages of one answer carry it.
pub fn fragments(acked: MessageId, buffer: &[u8]) -> Vec<AuthorityFragment> {
    let size = u16::try_from(buffer.len()).expect("a buffer of at most 37,348 bytes");
    let pieces = buffer.chunks(FRAGMENT_LEN).enumerate();
    pieces
        .map(|(index, data)| AuthorityFragment {
            acked,
            size,
            offset: u16::try_from(index * FRAGMENT_LEN).expect("within the buffer"),
            data: data.to_vec(),
        })
        .collect()
}
