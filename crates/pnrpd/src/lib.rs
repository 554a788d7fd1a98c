//! The PNRP daemon: a node of this host that many processes share.
//!
//! `main.rs` reads the command line; this library does the rest, so that tests can run a daemon in
//! their own process. [`Settings`] come from flags and a TOML file, [`StateDirectory`] is this
//! daemon's alone, [`ControlSocket`] is where clients call, [`serve`] answers them until it is told
//! to stop. [`Live`] is what [`Reload`] changes meanwhile.

mod check;
mod control;
pub mod files;
mod limits;
mod live;
mod log;
pub mod notify;
mod reload;
mod serving;
mod settings;
mod socket;
mod state;

pub use control::{serve, serve_with};
pub use limits::Limits;
pub use live::Live;
pub use log::{Log, LogFormat};
pub use reload::Reload;
pub use settings::{Args, Settings};
pub use socket::{Access, ControlSocket};
pub use state::StateDirectory;
