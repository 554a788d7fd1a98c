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
//! # What encoding changes
//!
//! Encoding what was decoded gives the same bytes, save for those a receiver has to ignore. The
//! canonical form is what is left without them, and encoding it again changes nothing more:
//!
//! - Reserved bits and bytes are zero, and so is padding. Bytes after the last element are dropped;
//!   it is padded if [`Dialect::trailing_padding`] says so.
//! - Elements with an unknown FieldID are left out, and so are the flags of an ACK without `N`.
//! - Precision of a LOOKUP is zero unless the criteria are [`SearchCriteria::UpperBits`]; an unknown
//!   reason code is 0x00.
//! - Of a list of PNRP IDs, the first 36 are left. No other list can be received longer than it
//!   may be sent.
//! - A classifier is in the byte order of [`Dialect::classifier_wire`].
//! - A [`CertChain`] has certificates and nothing else, as the type says.
//!
//! CPAs, extended payloads, the chain inside an [`AuthorityBuffer`], and the piece of a buffer in
//! an [`AuthorityFragment`] are passed on byte for byte, whatever is reserved in them. A new CPA
//! made of the statements of a decoded one has the canonical bytes of its dialect, with the
//! friendly name in UTF-16 where that fits.
//!
//! # Elements
//!
//! Everything after the header of a message, and the whole of an AUTHORITY_BUFFER, is a row of
//! elements. Length counts all but the padding, which only stands between two elements:
//!
//! ```text
//! 0          2          4                    Length          multiple of 4
//! ├──────────┼──────────┼──────────────────────┼───────────────┼──────────┬───
//! │ FieldID  │ Length   │ body                 │ padding, 0..3 │ FieldID  │ ...
//! ├──────────┼──────────┼──────────┬───────────┴───┬───────────┴──┬───────┴──┬───
//! │ FieldID  │ 12 + n·e │ n        │ 8 + n·e       │ FieldID of   │ e        │ n entries
//! │ of array │          │          │               │ an entry     │          │ of e bytes
//! └──────────┴──────────┴──────────┴───────────────┴──────────────┴──────────┴───
//! ```
//!
//! A FLOOD of a route entry, its 12 bytes of header in front:
//!
//! ```text
//! 0x0010 000C 51 04 00 04 │ Message ID
//! 0x0043 0007 │ flags, reserved, padding
//! 0x0039 0024 │ Validate PNRP ID
//! 0x009A 003A │ ROUTE_ENTRY, padding
//! 0x009E 001E │ 0001 001A 009D 0012 │ IPV6_ENDPOINT
//! ```
//!
//! `docs/wire.md` in the repository has the rest.
//!
//! # Example
//!
//! There and back:
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
//! // Two bytes of padding are received, and not sent on.
//! let padded = [datagram.as_slice(), &[0, 0]].concat();
//! assert_eq!(Message::decode(&padded, &dialect)?.encode(&dialect), datagram);
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
mod canonical;
#[cfg(test)]
mod fixtures;

pub use authority_buffer::AuthorityBuffer;
pub use cert_chain::CertChain;
pub use cpa::{AppEndpoint, Cpa, CpaKind, FriendlyName, PublicKey, SignedCpa};
pub use dialect::{ByteOrder, ClassifierEncoding, Dialect, Presence};
pub use endpoint::Endpoint;
pub use error::{DecodeError, InvalidValue};
pub use extended_payload::{BoundPayload, ExtendedPayload, Payload, UnsignedPayload};
pub use file_time::FileTime;
pub use header::{MessageId, MessageType};
pub use message::{
    Ack, Advertise, AuthorityFragment, Body, Flood, FloodContent, Inquire, Lookup, Message, Reason,
    Request, SearchCriteria, Solicit, SolicitType,
};
pub use nonce::{HashedNonce, Nonce};
pub use peer_name::{
    Authority, Classifier, ClassifierHash, HostNameError, HostNameReading, PeerName, PeerNameError,
};
pub use pnrp_id::{P2pId, PnrpId, PnrpIdParseError, ServiceLocation};
pub use route_entry::RouteEntry;
pub use signature::Signature;
