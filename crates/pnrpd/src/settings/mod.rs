//! What the daemon is told: flags first, then a TOML file, then defaults.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddrV6,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::{Parser, Subcommand};
use pnrp_api::{CloudScope, Config, DialectRecord, Host, ScopePolicy, parse_node_address};

use crate::{limits::Limits, log::LogFormat, socket::Access};

mod file;
mod places;
mod policy;
mod seed;

use file::{File, Filter, Interfaces, Port};
use places::{DEFAULT_FILE, default_sockets, default_state_dir};

/// The PNRP daemon: publishes and resolves peer names for the programs of this host.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "pnrpd", version)]
pub struct Args {
    /// What to do; without a command, run
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// TOML file with any of the settings below, named as the flags with _ for - [default:
    /// /etc/pnrp/pnrpd.toml when it exists]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Directory of the node's keys and of what it learns
    #[arg(long, value_name = "DIR", global = true)]
    state_dir: Option<PathBuf>,
    /// Unix socket that programs call
    #[arg(long, value_name = "PATH", env = "PNRP_SOCKET", global = true)]
    socket: Option<PathBuf>,
    /// UDP port; by default 3540, or another when that is taken
    #[arg(long, value_name = "N", global = true)]
    port: Option<i64>,
    /// Interface to use; by default all but loopback
    #[arg(long, value_name = "IF", global = true)]
    interface: Vec<String>,
    /// Node to synchronize with
    #[arg(long, value_name = "[ADDR%IF]:PORT", global = true)]
    peer: Vec<String>,
    /// Node to ask when nobody else is known: an address or a name
    #[arg(long, value_name = "HOST", global = true)]
    seed: Vec<String>,
    /// Neither search for other nodes by multicast nor answer their searches
    #[arg(long, global = true)]
    no_ssdp: bool,
    /// Keep to the configured readings of the wire format, whatever peers of another make send
    #[arg(long, global = true)]
    no_calibration: bool,
    /// What to log, such as info or pnrp_node=debug
    #[arg(long, value_name = "FILTER", env = "RUST_LOG", global = true)]
    log: Option<String>,
    /// How to write the log
    #[arg(long, value_name = "FORMAT", value_enum, global = true)]
    log_format: Option<LogFormat>,
}

impl Args {
    /// Whether only the settings are to be checked.
    pub fn is_check(&self) -> bool {
        matches!(self.command, Some(Command::Check))
    }

    /// The file to read: the one that is named, or the default one if it exists.
    fn file(&self) -> Option<&Path> {
        let default = Path::new(DEFAULT_FILE);
        match &self.config {
            Some(named) => Some(named),
            // One that cannot be looked at is an error to tell, not a file to do without.
            None => default.try_exists().unwrap_or(true).then_some(default),
        }
    }
}

/// What else `pnrpd` does.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the settings and say what they do; changes nothing
    Check,
}

/// All settings, with defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// Directory of the node's keys and of what it learns.
    pub state_dir: PathBuf,
    /// Sockets to call, the first that can be bound.
    pub sockets: Vec<PathBuf>,
    /// Who may open the socket.
    pub access: Access,
    /// UDP port.
    pub port: Option<u16>,
    /// Interfaces to use; all but loopback when empty.
    pub interfaces: Vec<String>,
    /// Nodes to synchronize with.
    pub peers: Vec<SocketAddrV6>,
    /// Nodes to ask when nobody else is known.
    pub seeds: Vec<String>,
    /// Whether nothing is said or heard by multicast.
    pub no_ssdp: bool,
    /// Whether the node says by multicast, unasked, that it comes and goes.
    pub ssdp_notify: bool,
    /// What may be done in the clouds of a scope, where the file says so.
    pub policies: BTreeMap<CloudScope, ScopePolicy>,
    /// What to log.
    pub log: String,
    /// How to write it.
    pub log_format: LogFormat,
    /// Readings of the wire format to begin with.
    pub dialect: DialectRecord,
    /// Whether those are final.
    pub no_calibration: bool,
    /// What one client can take.
    pub limits: Limits,
}

impl Settings {
    /// Reads the file that the flags name, or the default one, and fills in defaults.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or a value makes no sense.
    pub fn load(args: Args) -> anyhow::Result<Self> {
        let path = args.file().map(Path::to_owned);
        let file = match &path {
            Some(path) => {
                let text = fs::read_to_string(path);
                let text = text.with_context(|| format!("cannot read {}", path.display()))?;
                File::parse(&text).with_context(|| format!("in {}", path.display()))?
            }
            None => File::default(),
        };
        let settings = Self::merge(args, file)?;
        Ok(Self {
            file: path,
            ..settings
        })
    }

    /// The node's part of the settings.
    pub fn node(&self) -> Config {
        let config = Config::new()
            .state_dir(&self.state_dir)
            .dialect(self.dialect)
            .registrations(self.limits.registrations())
            // Each comes with a stream, of which there are no more.
            .resolves(self.limits.streams())
            .listen_at_once();
        let config = match self.no_calibration {
            true => config.no_calibration(),
            false => config,
        };
        let config = match self.no_ssdp {
            true => config.no_ssdp(),
            false => config,
        };
        let config = match self.ssdp_notify {
            true => config.ssdp_notifies(),
            false => config,
        };
        let config = self.seeds.iter().fold(config, Config::seed);
        let policies = self.policies.clone().into_iter();
        let config = policies.fold(config, |config, (scope, policy)| {
            config.policy(scope, policy)
        });
        let config = self.port.into_iter().fold(config, Config::port);
        let config = self.interfaces.iter().fold(config, Config::interface);
        self.peers.iter().copied().fold(config, Config::peer)
    }

    /// Settings of another that only a start brings into effect, by the names of their keys.
    pub(crate) fn needing_restart(&self, new: &Self) -> Vec<&'static str> {
        let differs = [
            ("state_dir", self.state_dir != new.state_dir),
            ("socket", self.sockets != new.sockets),
            ("port", self.port != new.port),
            ("interface", self.interfaces != new.interfaces),
            ("peer", self.peers != new.peers),
            ("no_ssdp", self.no_ssdp != new.no_ssdp),
            ("ssdp_notify", self.ssdp_notify != new.ssdp_notify),
            ("log_format", self.log_format != new.log_format),
            ("dialect", self.dialect != new.dialect),
            ("no_calibration", self.no_calibration != new.no_calibration),
            (
                "limits.connections",
                self.limits.connections != new.limits.connections,
            ),
            (
                "limits.registrations",
                self.limits.registrations != new.limits.registrations,
            ),
        ];
        let scopes = [
            ("[global]", CloudScope::Global),
            ("[site_local]", CloudScope::SiteLocal),
            ("[link_local]", CloudScope::LinkLocal),
        ];
        let scopes = scopes.map(|(key, it)| (key, self.allowed(it) != new.allowed(it)));
        let all = differs.into_iter().chain(scopes);
        all.filter(|(_, differs)| *differs)
            .map(|(key, _)| key)
            .collect()
    }

    /// What may be done in the clouds of a scope, but for its seeds.
    fn allowed(&self, scope: CloudScope) -> ScopePolicy {
        let policy = self.policies.get(&scope).cloned();
        ScopePolicy {
            seeds: Vec::new(),
            ..policy.unwrap_or_else(|| ScopePolicy::default_of(scope))
        }
    }

    fn merge(args: Args, file: File) -> anyhow::Result<Self> {
        let in_file = file.peer.into_iter().map(|peer| peer.0).collect();
        let given = args.peer.iter().map(|peer| parse_node_address(peer));
        let peers = given_or(given.collect::<Result<_, _>>()?, in_file);
        for seed in &args.seed {
            seed.parse::<Host>()?;
        }
        let seeds = file.seed.into_iter().map(|seed| seed.0).collect();
        let tables = [
            (CloudScope::Global, file.global),
            (CloudScope::SiteLocal, file.site_local),
            (CloudScope::LinkLocal, file.link_local),
        ];
        let policies = tables
            .into_iter()
            .filter_map(|(scope, table)| Some((scope, table?.policy(scope))))
            .collect();
        let port = args.port.map(Port::new).transpose().map_err(wrong)?;
        let interfaces = Interfaces::new(args.interface).map_err(wrong)?;
        let log = args.log.map(Filter::new).transpose().map_err(wrong)?;
        Ok(Self {
            file: None,
            state_dir: args
                .state_dir
                .or(file.state_dir)
                .map_or_else(default_state_dir, Ok)?,
            sockets: args
                .socket
                .or(file.socket)
                .map_or_else(default_sockets, |path| vec![path]),
            access: Access {
                mode: file.socket_mode.map_or(Access::default().mode, |it| it.0),
                group: file.socket_group,
            },
            port: port.or(file.port).map(|port| port.0),
            interfaces: given_or(interfaces.0, file.interface.0),
            peers,
            seeds: given_or(args.seed, seeds),
            no_ssdp: args.no_ssdp || file.no_ssdp,
            ssdp_notify: file.ssdp_notify,
            policies,
            log: log
                .or(file.log)
                .map_or_else(|| "info".to_owned(), |it| it.0),
            log_format: args.log_format.or(file.log_format).unwrap_or_default(),
            dialect: file.dialect,
            no_calibration: args.no_calibration || file.no_calibration,
            limits: file.limits,
        })
    }
}

fn wrong(reason: String) -> anyhow::Error {
    anyhow!(reason)
}

fn given_or<T>(given: Vec<T>, otherwise: Vec<T>) -> Vec<T> {
    if given.is_empty() { otherwise } else { given }
}

#[cfg(test)]
mod tests;
