//! What the daemon is told: flags first, then a TOML file, then defaults.

use std::{
    collections::BTreeMap,
    env, fs,
    net::SocketAddrV6,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::Parser;
use pnrp_api::{
    CloudScope, Config, DialectRecord, Host, LAST_RESERVED_PORT, ScopePolicy, parse_node_address,
};
use serde::Deserialize;

use crate::{policy::ScopeTable, seed::SeedText};

/// The PNRP daemon: publishes and resolves peer names for the programs of this host.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "pnrpd", version)]
pub struct Args {
    /// TOML file with any of the settings below, named as the flags with _ for -
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the node's keys and of what it learns
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Unix socket that programs call
    #[arg(long, value_name = "PATH", env = "PNRP_SOCKET")]
    socket: Option<PathBuf>,
    /// UDP port; by default 3540, or another when that is taken
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Interface to use; by default all but loopback
    #[arg(long, value_name = "IF")]
    interface: Vec<String>,
    /// Node to synchronize with
    #[arg(long, value_name = "[ADDR%IF]:PORT")]
    peer: Vec<String>,
    /// Node to ask when nobody else is known: an address or a name
    #[arg(long, value_name = "HOST")]
    seed: Vec<String>,
    /// Neither search for other nodes by multicast nor answer their searches
    #[arg(long)]
    no_ssdp: bool,
    /// Keep to the configured readings of the wire format, whatever peers of another make send
    #[arg(long)]
    no_calibration: bool,
    /// What to log, such as info or pnrp_node=debug
    #[arg(long, value_name = "FILTER", env = "RUST_LOG")]
    log: Option<String>,
}

/// The configuration file; every key is optional and has the meaning of its flag.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    state_dir: Option<PathBuf>,
    socket: Option<PathBuf>,
    /// Permissions of the socket, such as 0o660.
    socket_mode: Option<u32>,
    port: Option<u16>,
    #[serde(default)]
    interface: Vec<String>,
    #[serde(default)]
    peer: Vec<String>,
    #[serde(default)]
    seed: Vec<SeedText>,
    /// As its flag, which can only set it.
    #[serde(default)]
    no_ssdp: bool,
    /// Say by multicast, unasked, that the node comes and goes.
    #[serde(default)]
    ssdp_notify: bool,
    global: Option<ScopeTable>,
    site_local: Option<ScopeTable>,
    link_local: Option<ScopeTable>,
    log: Option<String>,
    /// As its flag, which can only set it.
    #[serde(default)]
    no_calibration: bool,
    /// Readings of the wire format to begin with.
    #[serde(default)]
    dialect: DialectRecord,
}

/// All settings, with defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Directory of the node's keys and of what it learns.
    pub state_dir: PathBuf,
    /// Sockets to call, the first that can be bound.
    pub sockets: Vec<PathBuf>,
    /// Permissions of the socket.
    pub socket_mode: u32,
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
    /// Readings of the wire format to begin with.
    pub dialect: DialectRecord,
    /// Whether those are final.
    pub no_calibration: bool,
}

impl Settings {
    /// Reads the file that the flags name, if any, and fills in defaults.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or a value makes no sense.
    pub fn load(args: Args) -> anyhow::Result<Self> {
        let file = match &args.config {
            Some(path) => {
                let text = fs::read_to_string(path);
                let text = text.with_context(|| format!("cannot read {}", path.display()))?;
                parse_file(&text).with_context(|| format!("in {}", path.display()))?
            }
            None => File::default(),
        };
        Self::merge(args, file)
    }

    /// The node's part of the settings.
    pub fn node(&self) -> Config {
        let config = Config::new()
            .state_dir(&self.state_dir)
            .dialect(self.dialect)
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

    fn merge(args: Args, file: File) -> anyhow::Result<Self> {
        let peers = given_or(args.peer, file.peer);
        let peers = peers
            .iter()
            .map(|peer| parse_node_address(peer))
            .collect::<Result<_, _>>()?;
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
        let port = args.port.or(file.port);
        if let Some(port) = port.filter(|&port| port <= LAST_RESERVED_PORT) {
            bail!(
                "port {port} cannot be used, for peers drop what comes from ports up to \
                   {LAST_RESERVED_PORT}; give 1025 to 65535, or none for 3540"
            );
        }
        let socket_mode = file.socket_mode.unwrap_or(0o660);
        if socket_mode > 0o777 {
            bail!("socket_mode is {socket_mode:#o}; give permissions from 0o000 to 0o777");
        }
        Ok(Self {
            state_dir: args
                .state_dir
                .or(file.state_dir)
                .map_or_else(default_state_dir, Ok)?,
            sockets: args
                .socket
                .or(file.socket)
                .map_or_else(default_sockets, |path| vec![path]),
            socket_mode,
            port,
            interfaces: given_or(args.interface, file.interface),
            peers,
            seeds: given_or(args.seed, seeds),
            no_ssdp: args.no_ssdp || file.no_ssdp,
            ssdp_notify: file.ssdp_notify,
            policies,
            log: args.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            dialect: file.dialect,
            no_calibration: args.no_calibration || file.no_calibration,
        })
    }
}

fn parse_file(text: &str) -> anyhow::Result<File> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = 1 + text
            .bytes()
            .take(start)
            .filter(|&byte| byte == b'\n')
            .count();
        anyhow!(
            "line {line}: {}",
            error.message().lines().collect::<Vec<_>>().join(" ")
        )
    })
}

fn given_or<T>(given: Vec<T>, otherwise: Vec<T>) -> Vec<T> {
    if given.is_empty() { otherwise } else { given }
}

/// systemd's directory, the system's when this process may write there, or the user's.
fn default_state_dir() -> anyhow::Result<PathBuf> {
    if let Some(directory) = env::var_os("STATE_DIRECTORY") {
        return Ok(directory.into());
    }
    let system = Path::new("/var/lib/pnrp");
    if is_writable(system) {
        return Ok(system.to_owned());
    }
    let user = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    let user = user
        .or_else(home)
        .context("no place for the node's key; give a --state-dir")?;
    Ok(user.join("pnrp"))
}

/// The system's socket, then the user's.
fn default_sockets() -> Vec<PathBuf> {
    let user = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let user = user.map(|directory| directory.join("pnrp/pnrpd.sock"));
    [PathBuf::from("/run/pnrp/pnrpd.sock")]
        .into_iter()
        .chain(user)
        .collect()
}

/// Only trying tells: an ID is not all that decides.
fn is_writable(directory: &Path) -> bool {
    let probe = directory.join(format!(".probe-{}", std::process::id()));
    fs::create_dir_all(directory).is_ok()
        && fs::write(&probe, []).is_ok()
        && fs::remove_file(&probe).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(flags: &[&str]) -> Args {
        let always = ["pnrpd", "--state-dir", "/s", "--socket", "/x"];
        Args::parse_from(always.iter().chain(flags))
    }

    fn load(flags: &[&str], file: &str) -> anyhow::Result<Settings> {
        Settings::merge(args(flags), parse_file(file)?)
    }

    #[test]
    fn an_empty_file_leaves_the_defaults() {
        let settings = load(&[], "").unwrap();

        assert_eq!(settings.port, None);
        assert_eq!(settings.socket_mode, 0o660);
        assert_eq!(settings.interfaces, Vec::<String>::new());
    }

    #[test]
    fn a_file_can_give_every_setting() {
        let file = r#"
            state_dir = "/var/lib/x"
            socket = "/run/x"
            socket_mode = 0o600
            port = 4000
            interface = ["eth0", "eth1"]
            peer = ["[2001:db8::1]:3540"]
            seed = ["seed.example", "2001:db8::9"]
            no_ssdp = true
            ssdp_notify = true
            log = "debug"
            no_calibration = true
            [dialect]
            signature_order = "little_endian"
            [global]
            disabled = true
            [site_local]
            disabled = false
            seed = ["[fec0::1]:4000"]
            [link_local]
            resolve_only = true
            no_ssdp = true
        "#;

        let settings = Settings::merge(Args::default(), parse_file(file).unwrap()).unwrap();

        let policies = [
            (
                CloudScope::Global,
                ScopePolicy {
                    disabled: true,
                    ..ScopePolicy::default()
                },
            ),
            (
                CloudScope::SiteLocal,
                ScopePolicy {
                    seeds: vec!["[fec0::1]:4000".to_owned()],
                    ..ScopePolicy::default()
                },
            ),
            (
                CloudScope::LinkLocal,
                ScopePolicy {
                    resolve_only: true,
                    no_ssdp: true,
                    ..ScopePolicy::default()
                },
            ),
        ];
        let expected = Settings {
            state_dir: "/var/lib/x".into(),
            sockets: vec!["/run/x".into()],
            socket_mode: 0o600,
            port: Some(4000),
            interfaces: vec!["eth0".to_owned(), "eth1".to_owned()],
            peers: vec!["[2001:db8::1]:3540".parse().unwrap()],
            seeds: vec!["seed.example".to_owned(), "2001:db8::9".to_owned()],
            no_ssdp: true,
            ssdp_notify: true,
            policies: BTreeMap::from(policies),
            log: "debug".to_owned(),
            dialect: DialectRecord {
                signature_order: Some(pnrp_api::ByteOrder::LittleEndian),
                ..DialectRecord::default()
            },
            no_calibration: true,
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = "port = 4000\ninterface = [\"eth0\"]";

        let settings = load(&["--port", "5000", "--interface", "eth1"], file).unwrap();

        assert_eq!(settings.port, Some(5000));
        assert_eq!(settings.interfaces, ["eth1"]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = parse_file("port = 4000\nprot = 4000")
            .unwrap_err()
            .to_string();

        assert!(error.starts_with("line 2: unknown field `prot`"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }

    #[test]
    fn a_bad_value_is_told_with_its_line_and_what_was_expected() {
        let cases = [
            ("port = 4000\nseed = [\"192.0.2.1\"]", "line 2", "IPv4"),
            (
                "[global]\n\nseed = [\"two words\"]",
                "line 3",
                "write [ADDRESS%INTERFACE]:PORT",
            ),
            ("[link_local]\nresolve_only = 1", "line 2", "a boolean"),
            ("[global]\nssdp = false", "line 2", "unknown field `ssdp`"),
        ];
        for (file, line, text) in cases {
            let error = parse_file(file).unwrap_err().to_string();
            assert!(error.starts_with(line) && error.contains(text), "{error}");
        }
        assert!(load(&["--seed", "two words"], "").is_err());
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for file in [
            "port = 0",
            "port = 70000",
            "socket_mode = 0o1000",
            "peer = [\"eth0\"]",
        ] {
            assert!(load(&[], file).is_err(), "{file} was accepted");
        }
    }
}
