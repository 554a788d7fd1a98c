//! The only asynchronous code: sockets, clocks and one event loop a cloud.
//!
//! [`CloudHandle::open`] binds a socket for each address of a [`CloudSpec`] and starts the loop;
//! the handle passes commands to it. The loop feeds the [`Cloud`] one input at a time and drains
//! its outputs after each. Signatures are made and checked on the runtime's blocking threads.

mod clock;
mod handle;
mod interfaces;
mod run;
mod socket;
mod workers;

pub use handle::{
    CachedEntry, CloudHandle, CloudSnapshot, CloudSpec, DriverError, LocalName, OpenOptions,
    Registered, Resolution, ResolveUpdate,
};
pub use interfaces::{InterfaceOptions, enumerate_clouds};

#[cfg(doc)]
use crate::cloud::Cloud;
