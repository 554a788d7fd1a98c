//! A node of the Peer Name Resolution Protocol: the protocol itself, and what drives it.
//!
//! [`cloud::Cloud`] is the protocol. It has no sockets, no clock, no tasks and no randomness but
//! the seed it is given: datagrams, commands and time go in, datagrams, events and one deadline
//! come out. `driver` (feature `driver`, on by default) runs a cloud on tokio and UDP sockets;
//! without the feature this crate does not depend on tokio at all, which is what simulators and
//! embedders with a runtime of their own want.
//!
//! The path of a datagram:
//!
//! ```text
//! driver/socket.rs ──bytes──▶ cloud/receive/mod.rs ──▶ pnrp_wire::Message::decode
//!                                    │ value
//!                                    ▼
//!                         cloud/receive/lookup.rs  on_lookup ──▶ pnrp_cache::RouteCache
//!                                    │ answer
//!                                    ▼
//!                         cloud/reassembly.rs split ──▶ pnrp_wire::Message::encode
//!                                    │ Transmit
//!                                    ▼
//! driver/socket.rs ◀──bytes── Cloud::poll_transmit
//! ```
//!
//! Signatures leave the core as [`cloud::CryptoJob`]s and come back as results, so that no
//! datagram waits for RSA.
//!
//! # Driving a cloud by hand
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use pnrp_node::cloud::{Cloud, CloudConfig, CloudState, Now, Scope};
//! use pnrp_wire::{Endpoint, FileTime};
//!
//! let mut now = Now { instant: Instant::now(), utc: FileTime(134_000_000_000_000_000) };
//! let local = Endpoint { address: "fe80::1".parse()?, port: 3540 };
//! let peer = Endpoint { address: "fe80::2".parse()?, port: 3540 };
//! let config = CloudConfig::new(Scope::LinkLocal).with_peers(vec![peer]);
//!
//! let mut cloud = Cloud::open(config, vec![local], [7; 32], now)?;
//! let solicit = cloud.poll_transmit().expect("a cloud greets the peers it is given");
//! assert_eq!(solicit.to, peer);
//!
//! now.instant += Duration::from_secs(1);
//! cloud.handle_timeout(now);
//! let again = cloud.poll_transmit().expect("what is not acknowledged is sent again");
//! assert_eq!(again, solicit);
//! assert_eq!(cloud.state(), CloudState::Synchronizing);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cloud;
#[cfg(feature = "driver")]
pub mod driver;
pub mod ssdp;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
