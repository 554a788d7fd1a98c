//! Register, resolve and enumerate clouds with PNRP.
//!
//! [`Pnrp`] is the one type to call. It has two ways in: [`Pnrp::embedded`] runs a node in this
//! process, [`Pnrp::connect`] talks to `pnrpd`. Methods, results and errors are the same.
//! [`blocking::Pnrp`] is for threads that run no async code.
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
//! # Secure names
//!
//! An identity is a key; its names begin with the hash of that key, and nobody else can publish
//! them, except those whom its holder lets do so.
//!
//! ```
//! use pnrp_api::{Config, DelegationRequest, Pnrp, Proof, Registration, ResolveRequest, ScopeFilter};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! let owner = Pnrp::embedded(Config::loopback(0).state_dir(directory.path())).await?;
//! let identity = owner.new_identity(Some("web")).await?;
//! let name = format!("{}.db", identity.authority);
//!
//! // Another node publishes the name with its own key, by a chain that the owner signs.
//! let other = Pnrp::embedded(Config::loopback(0)).await?;
//! let delegate = other.identity("default").await?;
//! let request = DelegationRequest::new(&delegate.public_key).classifier("db");
//! let chain = owner.delegate("web", request).await?;
//! let registration = Registration::new(&name).endpoint(":5432/tcp".parse()?).chain(chain);
//! let _published = other.register(registration).await?;
//!
//! let peer = other.clouds(ScopeFilter::Any).await?[0].listening()[0];
//! let resolver = Pnrp::embedded(Config::loopback(0).peer(peer)).await?;
//! let found = resolver.resolve_first(ResolveRequest::new(&name)).await?;
//! assert_eq!(found.authority, identity.authority);
//! assert!(matches!(found.proof, Proof::Cpa { signer, .. } if signer == delegate.authority));
//! # Ok(())
//! # }
//! ```
//!
//! # What a result is worth
//!
//! An unsecured name (`0.web`) can be published by anyone, and [`Found`] says so:
//! [`Strength::None`]. A secure name can be published only by the holder of the key that its
//! authority is the hash of, or by a delegate; that rests on RSA-1024 and SHA-1, which the protocol
//! fixes: [`Strength::Legacy`]. Authenticate whatever answers at the endpoint by other means.
//!
//! [`Registration::bind`] adds an Ed25519 signature that other implementations take for data, and
//! [`Found::binding`] says whether a name still has the key it had when this node first saw it.

pub mod blocking;
mod client;
mod config;
mod embedded;
mod error;
mod handle;
mod host_names;
mod identities;
mod model;
mod name_watch;
mod pnrp;
mod request;

pub use client::{API_VERSION, default_socket};
pub use config::{Config, ScopePolicy};
pub use error::{Error, ErrorBody};
pub use handle::{CloudWatch, NameWatch, RegistrationHandle, ResolveStream};
pub use host_names::{HostNameReading, from_host_name, to_host_name};
pub use identities::Identities;
pub use model::{
    Address, AppEndpoint, Binding, BindingStatus, CacheEntry, CertificateInfo, Chain, ChainInfo,
    CloudDetails, CloudEvent, CloudEventKind, CloudFlag, CloudInfo, CloudScope, CloudSelector,
    CloudState, CloudStats, DamagedIdentity, DelegationRequest, DialectRecord, Discovery,
    DiscoveryMode, EndpointSpec, ExportFormat, Finding, FindingStatus, Found, Hop, Host,
    IdentityInfo, IdentityList, Multicast, NameEvent, NameEventKind, NodeEndpoint, Payload, Pong,
    Proof, Protocol, RegisteredName, Registration, RegistrationEntry, RegistrationId,
    RegistrationReceipt, RegistrationSelector, ResolveCriteria, ResolveEvent, ResolveRequest,
    ScopeFilter, SeedInfo, Strength, Verdict, parse_node_address,
};
/// The readings that a [`DialectRecord`] names.
pub use model::{ByteOrder, ClassifierEncoding, Presence};
pub use pnrp::Pnrp;
/// For files that hold keys: a crash leaves the old content or the new, and what was not finished
/// is removed at the next start.
pub use pnrp_identity::{remove_unfinished, write_atomically};
/// Peers drop what comes from this UDP port and those below. MS-PNRP §3.1.5.2.
pub use pnrp_wire::limits::LAST_RESERVED_PORT;
