//! The eight messages. MS-PNRP §2.2.2.

mod ack;
mod advertise;
mod authority;
mod flood;
mod ids;
mod inquire;
mod lookup;
mod path;
mod request;
mod solicit;

pub use ack::Ack;
pub use advertise::Advertise;
pub use authority::AuthorityFragment;
pub use flood::{Flood, FloodContent};
pub use inquire::Inquire;
pub use lookup::{Lookup, Reason, SearchCriteria};
pub use request::Request;
pub use solicit::{Solicit, SolicitType};

use std::net::Ipv6Addr;

use crate::{
    DecodeError, Dialect, Endpoint, MessageId, MessageType, PnrpId, RouteEntry,
    element::Elements,
    header::{self, HEADER_LEN},
    reader::Reader,
    writer::Writer,
};

/// One datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What its acknowledgment repeats.
    pub id: MessageId,
    /// The message proper.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Opens a synchronization conversation.
    Solicit(Solicit),
    /// Lists IDs, in answer to SOLICIT.
    Advertise(Advertise),
    /// Asks for the route entries of IDs.
    Request(Request),
    /// Brings a route entry, or revokes one.
    Flood(Flood),
    /// Asks a node to prove that it owns an ID.
    Inquire(Inquire),
    /// A piece of the answer to LOOKUP or INQUIRE.
    Authority(AuthorityFragment),
    /// Confirms REQUEST or FLOOD.
    Ack(Ack),
    /// Asks for a node closer to a target.
    Lookup(Lookup),
}

impl Message {
    /// Decodes one datagram.
    ///
    /// [`encode`](Self::encode) then gives the datagram again, or its canonical form: reserved bits
    /// and padding are zero, and these are left out: bytes after the last element, unknown
    /// elements, the flags of an ACK without `N`, Precision where no criteria use it, unknown
    /// reason codes, and IDs after the 36th. Nothing else changes; the
    /// [crate's documentation](crate#what-encoding-changes) has the details.
    ///
    /// # Errors
    /// When the bytes break MS-PNRP §2.2.1 or §2.2.2.
    pub fn decode(datagram: &[u8], dialect: &Dialect) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(datagram);
        let (kind, id) = header::decode(&mut reader)?;
        let elements = Elements::new(reader.rest(), HEADER_LEN);
        let body = match kind {
            MessageType::Solicit => Body::Solicit(Solicit::decode(elements)?),
            MessageType::Advertise => Body::Advertise(Advertise::decode(elements)?),
            MessageType::Request => Body::Request(Request::decode(elements)?),
            MessageType::Flood => Body::Flood(Flood::decode(elements, dialect)?),
            MessageType::Inquire => Body::Inquire(Inquire::decode(elements)?),
            MessageType::Authority => Body::Authority(AuthorityFragment::decode(elements, id)?),
            MessageType::Ack => Body::Ack(Ack::decode(elements)?),
            MessageType::Lookup => Body::Lookup(Lookup::decode(elements)?),
        };
        Ok(Self { id, body })
    }

    /// Appends the datagram to `out`.
    ///
    /// Lists longer than their limit are cut: [`Advertise::ids`] and [`Request::ids`] after
    /// [`MAX_SENT_IDS`](crate::limits::MAX_SENT_IDS), [`Flood::already_flooded`] and
    /// [`Lookup::visited`] after [`MAX_PATH`](crate::limits::MAX_PATH).
    pub fn encode_into(&self, dialect: &Dialect, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        header::encode(&mut w, self.message_type(), self.id);
        match &self.body {
            Body::Solicit(body) => body.encode(&mut w),
            Body::Advertise(body) => body.encode(&mut w),
            Body::Request(body) => body.encode(&mut w),
            Body::Flood(body) => body.encode(&mut w),
            Body::Inquire(body) => body.encode(&mut w),
            // A fragment is no element, and its buffer carries its own padding.
            Body::Authority(body) => return body.encode(&mut w),
            Body::Ack(body) => body.encode(&mut w),
            Body::Lookup(body) => body.encode(&mut w),
        }
        w.finish(dialect.trailing_padding);
    }

    /// The datagram.
    pub fn encode(&self, dialect: &Dialect) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.room());
        self.encode_into(dialect, &mut out);
        out
    }

    /// The kind of message.
    pub fn message_type(&self) -> MessageType {
        match self.body {
            Body::Solicit(_) => MessageType::Solicit,
            Body::Advertise(_) => MessageType::Advertise,
            Body::Request(_) => MessageType::Request,
            Body::Flood(_) => MessageType::Flood,
            Body::Inquire(_) => MessageType::Inquire,
            Body::Authority(_) => MessageType::Authority,
            Body::Ack(_) => MessageType::Ack,
            Body::Lookup(_) => MessageType::Lookup,
        }
    }
}

impl Body {
    /// About how many bytes it takes with its header, and rather more than less: what is sent may
    /// lie about for a while, so that room to spare would add up.
    fn room(&self) -> usize {
        const BASE: usize = 72;
        const IDS: usize = 32;
        const ROUTE: usize = 48;
        let of_route = |route: &Option<RouteEntry>| {
            let addresses = route.as_ref().map(|route| route.addresses().len());
            addresses.map_or(0, |count| ROUTE + count * size_of::<Ipv6Addr>())
        };
        let of_path = |path: &[Endpoint]| path.len() * usize::from(Endpoint::LEN);
        match self {
            Self::Solicit(body) => BASE + of_route(&body.route),
            Self::Advertise(body) => BASE + body.ids.len() * IDS,
            Self::Request(body) => BASE + body.ids.len() * IDS,
            Self::Flood(body) => {
                let revoke = body.content.revoke.as_ref();
                let revoke = revoke.map_or(0, |revoke| revoke.as_bytes().len() + 8);
                BASE + 12 + revoke + of_route(&body.content.route) + of_path(&body.already_flooded)
            }
            Self::Inquire(_) => BASE + 4,
            Self::Authority(body) => 28 + body.data.len(),
            Self::Ack(_) => 32,
            Self::Lookup(body) => BASE + 48 + of_route(&body.best_match) + of_path(&body.visited),
        }
    }
}

fn decode_acked(r: &mut Reader<'_>) -> Result<MessageId, DecodeError> {
    MessageId::decode(r, "PNRP_HEADER_ACKED.Acked Message ID")
}

fn decode_validate(r: &mut Reader<'_>) -> Result<PnrpId, DecodeError> {
    PnrpId::decode(r, "VALIDATE_PNRP_ID.Validate PNRP ID")
}

#[cfg(test)]
mod tests;
