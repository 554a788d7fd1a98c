//! Nodes that exist only as what they would say.

use std::time::Duration;

use pnrp_identity::{Signer, sign_cpa};
use pnrp_wire::{
    Ack, Advertise, AppEndpoint, AuthorityBuffer, Body, Cpa, CpaKind, Dialect, Endpoint, FileTime,
    PeerName, PnrpId, RouteEntry, ServiceLocation, SignedCpa,
};

use super::{CheapKey, Sent};

/// The name that peers publish unless a test gives them another. Peers of one name differ in the
/// lower half of their IDs only, so a test can place them and they can still prove themselves.
pub const NAME: &str = "0.conformance";

/// A node with one registration.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// What it publishes.
    pub name: PeerName,
    /// Its ID, that of `name` unless a test is about the difference.
    pub id: PnrpId,
    /// Whose key signs.
    pub key: CheapKey,
}

/// What a peer says to a question.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A message of its own.
    Message(Box<Body>),
    /// An answer in AUTHORITY messages.
    Answer(Box<AuthorityBuffer>),
}

impl Peer {
    /// A peer `offset` above a local ID, which has to be one of [`NAME`]; below, if negative.
    ///
    /// Its address is `fe80::` and the number.
    pub fn beside(local: PnrpId, offset: i128, number: u16) -> Self {
        let location = u128::from_be_bytes(local.service_location().0);
        Self::located(location.wrapping_add_signed(offset), number)
    }

    /// A peer of [`NAME`] at a service location.
    pub fn located(location: u128, number: u16) -> Self {
        Self::of_name(NAME, CheapKey(0), location, number)
    }

    /// A peer that publishes `name`.
    pub fn of_name(name: &str, key: CheapKey, location: u128, number: u16) -> Self {
        let name: PeerName = name.parse().expect("a peer name");
        let location = ServiceLocation(location.to_be_bytes());
        let id = PnrpId::new(name.p2p_id(&Dialect::default()), location);
        Self {
            endpoint: endpoint(number),
            name,
            id,
            key,
        }
    }

    /// A peer at any ID, which it cannot prove.
    pub fn anywhere(id: PnrpId, number: u16) -> Self {
        Self {
            id,
            ..Self::located(0, number)
        }
    }

    /// A peer whose ID shares exactly `bits` leading bits with `target`, from which it is
    /// 2^(255 - `bits`) away.
    pub fn toward(target: PnrpId, bits: u8, number: u16) -> Self {
        let mut id = *target.as_bytes();
        id[usize::from(bits / 8)] ^= 0x80 >> (bits % 8);
        Self::anywhere(PnrpId::from_bytes(id), number)
    }

    /// Its entry.
    pub fn route(&self) -> RouteEntry {
        RouteEntry::new(self.id, self.endpoint.port, vec![self.endpoint.address])
            .expect("one address")
    }

    /// What its CPA states.
    pub fn statements(&self, kind: CpaKind, now: FileTime) -> Cpa {
        Cpa {
            kind,
            has_extended_payload: false,
            not_after: now.plus(Duration::from_secs(86_400)),
            service_location: self.id.service_location(),
            authority: *self.name.authority(),
            classifier_hash: Some(self.name.classifier().hash(&Dialect::default())),
            friendly_name: None,
            service_addresses: vec![self.endpoint],
            app_endpoints: match kind {
                CpaKind::Publish(_) => vec![app_endpoint()],
                CpaKind::Revoke => Vec::new(),
            },
            public_key: self.key.public_key(),
        }
    }

    /// Its CPA.
    pub fn cpa(&self, kind: CpaKind, now: FileTime) -> SignedCpa {
        self.sign(self.statements(kind, now))
    }

    /// A CPA of any statements, with its signature.
    pub fn sign(&self, statements: Cpa) -> SignedCpa {
        sign_cpa(statements, &self.key, &Dialect::default()).expect("the peer's own key")
    }

    /// What an honest node that knows nobody else says; `None` to what needs no answer.
    pub fn honest_reply(&self, sent: &Sent, now: FileTime) -> Option<Reply> {
        let acked = sent.message.id;
        let ack = Body::Ack(Ack {
            acked,
            id_not_found: false,
        });
        Some(match &sent.message.body {
            Body::Solicit(solicit) => Reply::Message(Box::new(Body::Advertise(Advertise {
                acked,
                ids: Vec::new(),
                hashed_nonce: solicit.hashed_nonce,
            }))),
            Body::Request(_) => Reply::Message(Box::new(ack)),
            Body::Flood(flood) if !flood.suppress_ack => Reply::Message(Box::new(ack)),
            Body::Inquire(inquire) => {
                let nonce = inquire.nonce.unwrap_or(pnrp_wire::Nonce::ZERO);
                let is_own = inquire.validate == self.id;
                let cpa =
                    (is_own && inquire.want_cpa).then(|| self.cpa(CpaKind::Publish(nonce), now));
                answer(AuthorityBuffer {
                    id_not_found: !is_own,
                    cpa,
                    ..AuthorityBuffer::default()
                })
            }
            Body::Lookup(lookup) => answer(AuthorityBuffer {
                id_not_found: !lookup.validate.is_zero() && lookup.validate != self.id,
                ..AuthorityBuffer::default()
            }),
            Body::Flood(_) | Body::Advertise(_) | Body::Authority(_) | Body::Ack(_) => return None,
        })
    }
}

fn answer(buffer: AuthorityBuffer) -> Reply {
    Reply::Answer(Box::new(buffer))
}

/// The endpoint of the peer of a number.
pub fn endpoint(number: u16) -> Endpoint {
    Endpoint {
        address: std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number),
        port: 3540,
    }
}

/// What every registration of these tests publishes.
pub fn app_endpoint() -> AppEndpoint {
    AppEndpoint {
        address: std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x80),
        port: 8080,
        protocol: 6,
    }
}
