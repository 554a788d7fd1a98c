//! The PNRP daemon: a node of this host that many processes share.
//!
//! `main.rs` reads the command line; this library does the rest, so that tests can run a daemon in
//! their own process. [`Settings`] come from flags and a TOML file, [`ControlSocket`] is where
//! clients call, [`serve`] answers them until it is told to stop.

mod control;
mod policy;
mod seed;
mod settings;
mod socket;

pub use control::serve;
pub use settings::{Args, Settings};
pub use socket::ControlSocket;
