//! Clouds of up to a million nodes of the Peer Name Resolution Protocol in one process.
//!
//! A [`World`](world::World) drives one [`Cloud`](pnrp_node::cloud::Cloud) for each node: whatever a
//! cloud sends goes through the [`Network`](network::Network), and comes out of a timing
//! [`Wheel`](wheel::Wheel) when it arrives. A [`Crowd`](crowd::Crowd) is a world whose nodes each
//! publish a name; a [`Scenario`](scenario::Scenario) puts a crowd through something and
//! [reports](report::Report) what came of it. All chance comes from one seed, and clocks are read for
//! progress alone, so the same seed gives the same report.
//!
//! Nodes sign with checksums ([`crypto`]), which take virtual time as RSA takes real time. One
//! scenario runs real keys, and checks that they lead to the same routing.

pub mod address;
pub mod course;
pub mod crowd;
pub mod crypto;
pub mod hostile;
pub mod machine;
pub mod measure;
pub mod network;
pub mod plan;
pub mod plots;
pub mod population;
pub mod progress;
pub mod random;
pub mod replay;
pub mod report;
pub mod scenario;
pub mod time;
pub mod watch;
pub mod wheel;
pub mod world;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
