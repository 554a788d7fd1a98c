//! Codec for the messages of the Peer Name Resolution Protocol 4.0: MS-PNRP chapter 2.
//!
//! Bytes stop here. [`Message::decode`] turns a datagram into a value, [`Message::encode`] turns
//! it back, and FieldIDs, lengths, padding and byte orders are seen nowhere else. An answer that
//! spans several datagrams is collected from [`AuthorityFragment`]s and read with
//! [`AuthorityBuffer::decode`]. No IO, no clock, no state, no key: whoever signs takes the bytes
//! of [`Cpa::encode_unsigned`], whoever verifies those of [`SignedCpa::signed_bytes`].
//!
//! # Guarantees
//!
//! - No input makes decoding panic, loop, or allocate more than a small multiple of its length.
//! - What decodes keeps every rule of chapter 2 that its own bytes can show. Bits and bytes
//!   that are reserved or padding never matter; an unknown element is skipped.
//! - Every [`DecodeError`] names the structure and field at fault.
//! - What is encoded decodes to the same value. Lists longer than their limit are cut first.
//! - Signed structures are kept byte for byte, and are passed on as they came.
//!
//! What chapter 2 leaves open is a field of [`Dialect`]; its default is what is sent. Decoding
//! takes every reading that a length, a key or a hash can confirm.
//!
//! # A message
//!
//! ```text
//! 0         2         4               8               12
//! | 0x0010  | 0x000C  | 51 04 00 type | Message ID    | elements
//!
//! element: | FieldID | Length  | Length - 4 bytes, then zeros up to the next multiple of 4 ...
//! array:   | FieldID | Length  | count | bytes + 8 | entry FieldID | entry length | entries ...
//! ```
//!
//! The last element has no padding behind it. `docs/wire.md` in the repository has the rest.
//!
//! # Example
//!
//! ```
//! use pnrp_wire::{Ack, Body, Dialect, Message, MessageId};
//!
//! let body = Body::Ack(Ack { acked: MessageId(7), id_not_found: true });
//! let message = Message { id: MessageId(1), body };
//! let dialect = Dialect::default();
//!
//! let datagram = message.encode(&dialect);
//! assert_eq!(datagram.len(), 26);
//! assert_eq!(Message::decode(&datagram, &dialect)?, message);
//!
//! let error = Message::decode(&datagram[..24], &dialect).unwrap_err();
//! assert_eq!(error.to_string(), "FLAGS_FIELD needs 2 bytes, 0 are left");
//! # Ok::<(), pnrp_wire::DecodeError>(())
//! ```

pub mod limits;

mod authority_buffer;
mod cert_chain;
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

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod fixtures;

pub use authority_buffer::AuthorityBuffer;
pub use cert_chain::CertChain;
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
