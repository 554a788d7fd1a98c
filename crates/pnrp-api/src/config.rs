//! How a node in this process is set up.

use std::{net::SocketAddrV6, path::PathBuf};

use crate::DialectRecord;

/// Settings of an embedded node.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) port: Option<u16>,
    pub(crate) interfaces: Vec<String>,
    pub(crate) peers: Vec<SocketAddrV6>,
    pub(crate) loopback: bool,
    pub(crate) listens_at_once: bool,
    pub(crate) dialect: DialectRecord,
    pub(crate) is_dialect_final: bool,
}

impl Config {
    /// Every interface that is up, port 3540 if it is free, and a key made for this run.
    pub fn new() -> Self {
        Self::default()
    }

    /// One cloud on the loopback interface, started at once; port 0 takes any that is free.
    ///
    /// For tests and demonstrations: several nodes of one host can be in it.
    pub fn loopback(port: u16) -> Self {
        Self {
            port: Some(port),
            loopback: true,
            ..Self::default()
        }
    }

    /// Keeps the node's keys, and what it learns of others, in a directory, which is created when it is missing.
    #[must_use]
    pub fn state_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(directory.into());
        self
    }

    /// Listens in every cloud from the start, so that others can turn to this node before it is
    /// used. It sends nothing by itself.
    #[must_use]
    pub fn listen_at_once(mut self) -> Self {
        self.listens_at_once = true;
        self
    }

    /// Begins with these readings of the wire format instead of the defaults.
    #[must_use]
    pub fn dialect(mut self, dialect: DialectRecord) -> Self {
        self.dialect = dialect;
        self
    }

    /// Keeps to the configured dialect, whatever peers of another make send.
    #[must_use]
    pub fn no_calibration(mut self) -> Self {
        self.is_dialect_final = true;
        self
    }

    /// Listens on this UDP port, or not at all.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Adds an interface to use; without any, all but loopback are used.
    #[must_use]
    pub fn interface(mut self, name: impl Into<String>) -> Self {
        self.interfaces.push(name.into());
        self
    }

    /// Adds a node to synchronize with, in the cloud that its address and zone belong to.
    #[must_use]
    pub fn peer(mut self, peer: SocketAddrV6) -> Self {
        self.peers.push(peer);
        self
    }
}
