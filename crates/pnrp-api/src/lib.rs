//! Register, resolve and enumerate clouds with PNRP.
//!
//! [`Pnrp`] is the one type to call. It has two ways in: [`Pnrp::embedded`] runs a node in this
//! process, [`Pnrp::connect`] talks to `pnrpd`. Methods, results and errors are the same.
//!
//! # Example
//!
//! ```
//! use pnrp_api::{Config, Pnrp, Registration, ResolveRequest, ScopeFilter};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let publisher = Pnrp::embedded(Config::loopback(0)).await?;
//! let endpoint = "[::1]:8080/tcp".parse()?;
//! let published = publisher.register(Registration::new("0.web").endpoint(endpoint)).await?;
//!
//! let peer = publisher.clouds(ScopeFilter::Any).await?[0].listening()[0];
//! let resolver = Pnrp::embedded(Config::loopback(0).peer(peer)).await?;
//! let found = resolver.resolve_first(ResolveRequest::new("0.web")).await?;
//!
//! assert_eq!(found.endpoints[0].to_string(), "[::1]:8080/tcp");
//! assert_eq!(found.pnrp_id, published.entries()[0].pnrp_id);
//! # Ok(())
//! # }
//! ```
//!
//! # What a result is worth
//!
//! An unsecured name (`0.web`) can be published by anyone, and [`Found`] says so:
//! [`Strength::None`]. A secure name can be published only by the holder of the key that its
//! authority is the hash of; that rests on RSA-1024 and SHA-1, which the protocol fixes:
//! [`Strength::Legacy`]. Authenticate whatever answers at the endpoint by other means.

mod client;
mod config;
mod embedded;
mod error;
mod handle;
mod identities;
mod model;
mod pnrp;
mod request;

pub use client::default_socket;
pub use config::Config;
pub use error::{Error, ErrorBody};
pub use handle::{RegistrationHandle, ResolveStream};
pub use identities::Identities;
pub use model::{
    Address, AppEndpoint, Binding, BindingStatus, CacheEntry, CertificateInfo, Chain, ChainInfo,
    CloudFlag, CloudInfo, CloudScope, CloudSelector, CloudState, CloudStats, DamagedIdentity,
    DelegationRequest, DialectRecord, EndpointSpec, ExportFormat, Found, Hop, IdentityInfo,
    IdentityList, NodeEndpoint, Payload, Proof, Protocol, RegisteredName, Registration,
    RegistrationEntry, ResolveCriteria, ResolveEvent, ResolveRequest, ScopeFilter, Strength,
    Verdict, parse_node_address,
};
/// The readings that a [`DialectRecord`] names.
pub use model::{ByteOrder, ClassifierEncoding, Presence};
pub use pnrp::Pnrp;
/// Peers drop what comes from this UDP port and those below. MS-PNRP §3.1.5.2.
pub use pnrp_wire::limits::LAST_RESERVED_PORT;
