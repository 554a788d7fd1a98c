//! Wire.

pub mod limits;

mod authority_buffer;
mod cpa;
mod dialect;
mod element;
mod endpoint;
mod error;
mod extended_payload;
mod file_time;
mod header;
mod message;
mod nonce;
mod peer_name;
mod pnrp_id;
mod reader;
mod route_entry;
mod signature;
mod writer;

pub use authority_buffer::AuthorityBuffer;
pub use cpa::{AppEndpoint, Cpa, CpaKind, FriendlyName, PublicKey, SignedCpa};
pub use dialect::{ByteOrder, ClassifierEncoding, Dialect, Presence};
pub use endpoint::Endpoint;
pub use error::{DecodeError, InvalidValue};
pub use extended_payload::{ExtendedPayload, Payload, UnsignedPayload};
pub use file_time::FileTime;
pub use header::{MessageId, MessageType};
pub use message::{
    Ack, Advertise, AuthorityFragment, Body, Flood, FloodContent, Inquire, Lookup, Message, Reason,
    Request, SearchCriteria, Solicit, SolicitType,
};
pub use nonce::{HashedNonce, Nonce};
pub use peer_name::{Authority, Classifier, ClassifierHash, PeerName, PeerNameError};
pub use pnrp_id::{P2pId, PnrpId, PnrpIdParseError, ServiceLocation};
pub use route_entry::RouteEntry;
pub use signature::Signature;
