//! Thousands to a million nodes of the Peer Name Resolution Protocol in one process.

pub mod address;
pub mod course;
pub mod crowd;
pub mod crypto;
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
