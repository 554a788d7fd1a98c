//! The configuration file: its keys, and what a value must be.
//!
//! Each value is checked where it stands, so that an error has its line.

use std::{collections::BTreeSet, net::SocketAddrV6, path::PathBuf};

use anyhow::anyhow;
use pnrp_api::{DialectRecord, LAST_RESERVED_PORT, parse_node_address};
use serde::{Deserialize, Deserializer, de};
use tracing_subscriber::EnvFilter;

use super::{policy::ScopeTable, seed::SeedText};
use crate::{limits::Limits, log::LogFormat};

/// The configuration file; every key is optional and has the meaning of its flag.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) state_dir: Option<PathBuf>,
    pub(super) socket: Option<PathBuf>,
    /// Permissions of the socket, such as 0o660.
    pub(super) socket_mode: Option<Mode>,
    /// The group that the socket belongs to.
    pub(super) socket_group: Option<String>,
    pub(super) port: Option<Port>,
    #[serde(default)]
    pub(super) interface: Interfaces,
    #[serde(default)]
    pub(super) peer: Vec<Peer>,
    #[serde(default)]
    pub(super) seed: Vec<SeedText>,
    /// As its flag, which can only set it.
    #[serde(default)]
    pub(super) no_ssdp: bool,
    /// Say by multicast, unasked, that the node comes and goes.
    #[serde(default)]
    pub(super) ssdp_notify: bool,
    pub(super) global: Option<ScopeTable>,
    pub(super) site_local: Option<ScopeTable>,
    pub(super) link_local: Option<ScopeTable>,
    pub(super) log: Option<Filter>,
    pub(super) log_format: Option<LogFormat>,
    /// As its flag, which can only set it.
    #[serde(default)]
    pub(super) no_calibration: bool,
    /// Readings of the wire format to begin with.
    #[serde(default)]
    pub(super) dialect: DialectRecord,
    /// What one client can take.
    #[serde(default)]
    pub(super) limits: Limits,
}

impl File {
    /// Reads the text of a file.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.bytes().take(start);
            let line = 1 + before.filter(|&byte| byte == b'\n').count();
            let message: Vec<_> = error.message().lines().collect();
            anyhow!("line {line}: {}", message.join(" "))
        })
    }
}

/// A UDP port that peers take datagrams from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port(pub(super) u16);

impl Port {
    /// Refuses ports that peers drop.
    pub(super) fn new(port: i64) -> Result<Self, String> {
        match u16::try_from(port) {
            Ok(usable) if usable > LAST_RESERVED_PORT => Ok(Self(usable)),
            Ok(_) | Err(_) => Err(format!(
                "port {port} cannot be used, for peers drop what comes from ports up to \
                 {LAST_RESERVED_PORT}; give 1025 to 65535, or none for 3540"
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(i64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Permissions of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode(pub(super) u32);

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mode = i64::deserialize(deserializer)?;
        match u32::try_from(mode) {
            Ok(mode) if mode <= 0o777 => Ok(Self(mode)),
            Ok(_) | Err(_) => Err(de::Error::custom(format!(
                "socket_mode is {mode:#o}; give permissions from 0o000 to 0o777, such as 0o660"
            ))),
        }
    }
}

/// A node to synchronize with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddrV6);

impl<'de> Deserialize<'de> for Peer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_node_address(&text)
            .map(Self)
            .map_err(de::Error::custom)
    }
}

/// Names of interfaces, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Interfaces(pub(super) Vec<String>);

impl Interfaces {
    /// Refuses a name that is empty or given twice.
    pub(super) fn new(names: Vec<String>) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        for name in &names {
            if name.is_empty() {
                return Err("an interface has no name; write one such as eth0".to_owned());
            }
            if !seen.insert(name) {
                return Err(format!("interface {name} is given twice; give it once"));
            }
        }
        Ok(Self(names))
    }
}

impl<'de> Deserialize<'de> for Interfaces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// What to log.
#[derive(Clone, Debug)]
pub(super) struct Filter(pub(super) String);

impl Filter {
    /// Refuses what tracing cannot read.
    pub(super) fn new(text: String) -> Result<Self, String> {
        match EnvFilter::try_new(&text) {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(format!(
                "{text:?} is not a log filter ({error}); write a level such as info, or \
                 info,pnrp_node=debug"
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
