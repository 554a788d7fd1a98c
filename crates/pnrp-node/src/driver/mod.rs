//! The only asynchronous code: sockets, clocks and one event loop a cloud.
//!
//! [`CloudHandle::open`] binds a socket for each address of a [`CloudSpec`] and starts the loop;
//! the handle passes commands to it. The loop feeds the [`Cloud`] one input at a time and drains
//! its outputs after each. Signatures are made and checked on threads of their own, one for each
//! core, SSDP is spoken by a task beside the loop. [`InterfaceWatch`] tells when to compare what
//! [`enumerate_clouds`] says with what runs, and [`CloudHandle::follow`] follows the difference.

mod clock;
mod command;
mod handle;
mod interfaces;
mod moving;
mod multicast;
mod obey;
mod report;
mod run;
mod seeds;
mod socket;
mod spec;
mod system;
mod workers;

pub use handle::{CloudHandle, Resolution};
pub use interfaces::{InterfaceOptions, InterfaceWatch, enumerate_clouds};
pub use report::{
    CachedEntry, CloudSnapshot, CloudStatus, DiscoverySnapshot, LocalName, MulticastSnapshot,
    Registered, ResolveUpdate, SeedSnapshot,
};
pub use seeds::look_up;
pub use spec::{CloudSpec, DriverError, MulticastOptions, OpenOptions};

#[cfg(doc)]
use crate::cloud::Cloud;
