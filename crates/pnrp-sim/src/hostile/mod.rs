//! Nodes that mean harm to one name: a Sybil attack.
//!
//! One owner runs many nodes beside the honest ones. Each has a real cloud, publishes one name, is
//! met, proves its ID and is cached like everybody else. From the moment that [`World::attack`] is
//! set, its cloud no longer sees the datagrams that concern the name under attack; these are
//! answered by [`Attack`], with messages of the same wire format. All else a hostile node does as
//! the protocol wants it, so nobody has a reason to drop it.
//!
//! - A LOOKUP for the name is answered as the [`Plan`] says, and never with the true publisher.
//! - A FLOOD with the publisher's entry is acknowledged, and goes no further.
//! - An INQUIRE for an ID that was made up is denied, or answered with a proof signed by the key of
//!   the owner: as good as any for an unsecured name, and forged for a secured one.
//!
//! What the owner cannot do: break SHA-1 or RSA, take datagrams of others off the network, or make
//! an honest node cache an ID that nobody proves. What a hostile cloud still does honestly although
//! it harms its owner: its conversations list the publisher's entry if it had cached it before.
//!
//! [`World::attack`]: crate::world::World::attack

mod forgery;
mod placing;
#[cfg(test)]
mod tests;

use std::ops::Range;

use pnrp_cache::is_closer;
use pnrp_node::cloud::{Datagram, Now, Transmit};
use pnrp_wire::{
    Ack, AuthorityBuffer, AuthorityFragment, Body, Dialect, Endpoint, Flood, Inquire, Lookup,
    Message, MessageId, PeerName, PnrpId, RouteEntry, ServiceLocation, limits::FRAGMENT_LEN,
};

use crate::address::{Addresses, Node};

pub use forgery::owner_key;
pub use placing::{Placing, place};

/// How the owner of hostile nodes goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// All publish the name, which anybody may if it is unsecured, near those who look for it. They
    /// refer to themselves, and prove whatever ID of the name they are asked for.
    Publish,
    /// Their IDs surround that of the name. They refer to each other under IDs ever closer to the
    /// target that nobody has, until the search is exhausted.
    Mislead,
    /// The same with IDs all over the ring.
    Scatter,
    /// Their IDs surround that of the name. They know nobody closer.
    Refuse,
    /// Their IDs surround that of the name. They claim to publish it themselves, with a proof
    /// signed by a key of their own.
    Forge,
}

/// What hostile nodes do about one name.
#[derive(Clone, Debug)]
pub struct Attack {
    name: PeerName,
    plan: Plan,
    nodes: Range<u32>,
    addresses: Addresses,
    dialect: Dialect,
}

impl Attack {
    /// An attack on a name by nodes that are up, and whose addresses are these.
    pub fn new(name: PeerName, plan: Plan, nodes: Range<u32>, addresses: Addresses) -> Self {
        Self {
            name,
            plan,
            nodes,
            addresses,
            dialect: Dialect::default(),
        }
    }

    /// What is sent instead of what the cloud of the receiver would do; `None` if that is to see
    /// the datagram. `sent` counts what the receiver has sent so.
    pub fn answer(
        &self,
        (from, to): (Node, Node),
        datagram: &Datagram<'_>,
        now: Now,
        sent: &mut u32,
    ) -> Option<Vec<Transmit>> {
        if !self.is_hostile(to) || self.is_hostile(from) {
            return None;
        }
        let Message { id: acked, body } = Message::decode(datagram.payload, &self.dialect).ok()?;
        let answer = match body {
            Body::Lookup(lookup) if self.concerns(&lookup.target) => self.refer(to, &lookup),
            Body::Inquire(inquire) if self.concerns(&inquire.validate) => {
                self.prove(to, &inquire, now)?
            }
            Body::Flood(flood) if self.brings_publisher(&flood) => {
                return Some(self.swallow((acked, &flood), datagram, sent));
            }
            Body::Lookup(_)
            | Body::Inquire(_)
            | Body::Flood(_)
            | Body::Solicit(_)
            | Body::Advertise(_)
            | Body::Request(_)
            | Body::Authority(_)
            | Body::Ack(_) => return None,
        };
        let pieces = fragments(acked, &answer.encode(&self.dialect));
        let messages = pieces.into_iter().map(Body::Authority);
        Some(
            messages
                .map(|body| self.send(body, datagram, sent))
                .collect(),
        )
    }

    fn is_hostile(&self, node: Node) -> bool {
        self.nodes.contains(&node.0)
    }

    /// Whether an ID is one of the name.
    fn concerns(&self, id: &PnrpId) -> bool {
        id.p2p_id() == self.name.p2p_id(&self.dialect)
    }

    /// Whether a FLOOD would make the true publisher known.
    fn brings_publisher(&self, flood: &Flood) -> bool {
        let is_ours = |at: Endpoint| {
            let node = self.addresses.node(&at);
            node.is_some_and(|node| self.is_hostile(node))
        };
        let route = flood.content.route.as_ref();
        route.is_some_and(|route| self.concerns(&route.id()) && !route.endpoints().any(is_ours))
    }

    fn swallow(
        &self,
        (acked, flood): (MessageId, &Flood),
        to: &Datagram<'_>,
        sent: &mut u32,
    ) -> Vec<Transmit> {
        let ack = Ack {
            acked,
            id_not_found: false,
        };
        let is_wanted = !flood.suppress_ack;
        is_wanted
            .then(|| self.send(Body::Ack(ack), to, sent))
            .into_iter()
            .collect()
    }

    /// Where the hostile node `at` sends a search.
    fn refer(&self, at: Node, lookup: &Lookup) -> AuthorityBuffer {
        let route = match self.plan {
            Plan::Publish | Plan::Forge => self.entry(self.claimed(lookup.target), at),
            Plan::Mislead | Plan::Scatter => closer_id(&lookup.target, &lookup.validate)
                .and_then(|id| self.entry(id, self.fellow(at, &lookup.visited))),
            Plan::Refuse => None,
        };
        AuthorityBuffer {
            route,
            ..AuthorityBuffer::default()
        }
    }

    /// An ID of the name, not that of its publisher: any such ends a search.
    fn claimed(&self, target: PnrpId) -> PnrpId {
        PnrpId::new(self.name.p2p_id(&self.dialect), target.service_location())
    }

    fn entry(&self, id: PnrpId, at: Node) -> Option<RouteEntry> {
        let endpoint = self.addresses.endpoint(at);
        RouteEntry::new(id, endpoint.port, vec![endpoint.address]).ok()
    }

    /// A hostile node that the search has not been to, else the one that is asked.
    fn fellow(&self, asked: Node, visited: &[Endpoint]) -> Node {
        let after = (asked.0 + 1..self.nodes.end).chain(self.nodes.start..asked.0);
        let mut fellows = after.map(Node);
        let is_new = |node: &Node| !visited.contains(&self.addresses.endpoint(*node));
        fellows.find(is_new).unwrap_or(asked)
    }

    /// What is said to somebody who wants proof; `None` leaves it to the cloud, which denies an ID
    /// that it does not publish.
    fn prove(&self, at: Node, inquire: &Inquire, now: Now) -> Option<AuthorityBuffer> {
        let claims = matches!(self.plan, Plan::Publish | Plan::Forge);
        let nonce = inquire.nonce.filter(|_| claims)?;
        let endpoint = self.addresses.endpoint(at);
        forgery::proof(&self.name, inquire.validate, (nonce, endpoint), now)
    }

    fn send(&self, body: Body, asked: &Datagram<'_>, sent: &mut u32) -> Transmit {
        *sent = sent.wrapping_add(1);
        let message = Message {
            id: MessageId(*sent),
            body,
        };
        Transmit {
            from: asked.to,
            to: asked.from,
            payload: message.encode(&self.dialect),
        }
    }
}

/// An ID that nobody has, closer to a target than another, but not one of the same name: whoever
/// claims the name itself is asked for proof.
///
/// `None` if there is no room between them.
fn closer_id(target: &PnrpId, than: &PnrpId) -> Option<PnrpId> {
    let p2p_id = u128::from_be_bytes(target.p2p_id().0);
    let first = target.shared_bits(than) + STEP;
    let candidates = (first..u128::BITS).map(|bit| {
        let other = p2p_id ^ (1 << (u128::BITS - 1 - bit));
        let id = pnrp_wire::P2pId(other.to_be_bytes());
        PnrpId::new(id, ServiceLocation::new(0, 0))
    });
    let mut closer = candidates.filter(|id| is_closer(target, id, than));
    closer.next()
}

/// Bits by which each made-up ID is closer than the last: 22 of them, which is all that a search
/// asks, fit between the closest honest ID and the target. MS-PNRP §3.1.4.4.2 step 8.
const STEP: u32 = 4;

/// A buffer as AUTHORITY messages carry it. MS-PNRP §3.2.5.10.
fn fragments(acked: MessageId, buffer: &[u8]) -> Vec<AuthorityFragment> {
    let size = u16::try_from(buffer.len()).unwrap_or(u16::MAX);
    let pieces = buffer.chunks(FRAGMENT_LEN).enumerate();
    let fragment = |(index, data): (usize, &[u8])| AuthorityFragment {
        acked,
        size,
        offset: u16::try_from(index * FRAGMENT_LEN).unwrap_or(u16::MAX),
        data: data.to_vec(),
    };
    pieces.map(fragment).collect()
}
