//! The command line.

use std::{net::Ipv6Addr, path::PathBuf, time::Duration};

use clap::{Parser, Subcommand, value_parser};
use pnrp_api::{CloudSelector, ResolveCriteria, ScopeFilter};
use pnrp_wire::ServiceLocation;

/// Register and resolve peer names, and look into clouds
///
/// Exit status: 0 done, 1 failed, 2 usage, 3 name not found, 4 no daemon, 5 cloud unavailable.
#[derive(Debug, Parser)]
#[command(name = "pnrp", version)]
pub(crate) struct Args {
    /// Socket of pnrpd; by default $PNRP_SOCKET, or /run/pnrp/pnrpd.sock or
    /// $XDG_RUNTIME_DIR/pnrp/pnrpd.sock
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run some nodes in this process and resolve a name among them
    Demo(Demo),
    /// Look into clouds
    #[command(subcommand)]
    Cloud(Cloud),
    /// Publish a name until interrupted
    Register(Register),
    /// Find out where a name is published
    Resolve(Search),
    /// List the names registered at this node
    Names,
    /// Show which nodes are asked for a name, and what comes of it
    Trace(Search),
    /// Say what follows from a peer name alone
    #[command(subcommand)]
    Name(Name),
    /// Look into captured traffic
    #[command(subcommand)]
    Capture(Capture),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// How many nodes, 5 to 200
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = value_parser!(u16).range(5..=200))]
    pub(crate) nodes: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cloud {
    /// List the clouds this host can take part in
    List {
        /// any, global, site-local or link-local
        #[arg(long, value_name = "S", default_value_t = ScopeFilter::Any)]
        scope: ScopeFilter,
        #[command(flatten)]
        own: OwnNode,
    },
    /// Show the route entries cached in a cloud
    Cache {
        /// Name or interface of the cloud, or global
        name: String,
    },
    /// Show what a cloud has done
    Stats {
        /// Name or interface of the cloud, or global
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Register {
    /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
    pub(crate) name: String,
    /// Where the application listens; :PORT means the node's own addresses
    #[arg(long, value_name = "[ADDR%IF]:PORT[/tcp|/udp]")]
    pub(crate) endpoint: Vec<String>,
    /// Cloud to publish in: all, link-local, global, or a cloud's name or interface
    #[arg(long, value_name = "C", default_value_t = CloudSelector::All)]
    pub(crate) cloud: CloudSelector,
    /// Comment of up to 39 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// File with up to 4096 bytes to publish with the name; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) payload: Option<PathBuf>,
    /// Publish near this address
    #[arg(long, value_name = "ADDR")]
    pub(crate) hint: Option<Ipv6Addr>,
    /// How long resolvers may rely on an answer: 12h to 7d
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = duration)]
    pub(crate) lifetime: Duration,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Search {
    /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
    pub(crate) name: String,
    /// Cloud to look in: all, link-local, global, or a cloud's name or interface
    #[arg(long, value_name = "C", default_value_t = CloudSelector::All)]
    pub(crate) cloud: CloudSelector,
    /// Whose registrations count: default, any-peer-name, remote-peer-name, and more
    #[arg(long, value_name = "K", default_value_t = ResolveCriteria::Default)]
    pub(crate) criteria: ResolveCriteria,
    /// When to give up, up to 10m
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Measure "nearest" from this address
    #[arg(long, value_name = "ADDR")]
    pub(crate) hint: Option<Ipv6Addr>,
    #[command(flatten)]
    pub(crate) own: OwnNode,
    /// Without a daemon: node to synchronize with
    #[arg(long, value_name = "[ADDR%IF]:PORT")]
    pub(crate) peer: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Name {
    /// Write a peer name as a host name under pnrp.net
    ToHost {
        /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
        name: String,
    },
    /// Read the peer name that a host name under pnrp.net stands for
    FromHost {
        /// CLASSIFIER.pnrp.net, or CLASSIFIER.AUTHORITY.pnrp.net
        host: String,
    },
    /// Show the P2P ID, and the PNRP ID that a resolver looks for
    Id {
        /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
        name: String,
        #[command(flatten)]
        place: Place,
        /// One line for each encoding that the classifier may be hashed in
        #[arg(long)]
        all_readings: bool,
    },
    /// Check whether a text is a peer name
    Check {
        /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// Service location: 32 hexadecimal digits, the lower half of the PNRP ID
    #[arg(long, value_name = "HEX", value_parser = service_location)]
    pub(crate) location: Option<ServiceLocation>,
    /// Look near this address
    #[arg(long, value_name = "ADDR", conflicts_with = "location")]
    pub(crate) hint: Option<Ipv6Addr>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Capture {
    /// Show what the PNRP datagrams of a capture say
    Decode {
        #[command(flatten)]
        file: CaptureFile,
    },
    /// Check that the PNRP datagrams of a capture decode, and encode to the same bytes
    Check {
        #[command(flatten)]
        file: CaptureFile,
        /// Fail on differences that the specification allows, too
        #[arg(long)]
        strict: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CaptureFile {
    /// pcap or pcapng file; - is standard input
    pub(crate) file: PathBuf,
    /// UDP port of the datagrams, on either side
    #[arg(long, value_name = "N", default_value_t = 3540, value_parser = value_parser!(u16).range(1..))]
    pub(crate) port: u16,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OwnNode {
    /// Without a daemon: interface to use; by default all but loopback
    #[arg(long, value_name = "IF")]
    pub(crate) interface: Vec<String>,
}

fn service_location(text: &str) -> Result<ServiceLocation, String> {
    let is_whole = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
    match u128::from_str_radix(text, 16) {
        Ok(location) if is_whole => Ok(ServiceLocation(location.to_be_bytes())),
        _ => Err(format!("{text:?} is not 32 hexadecimal digits")),
    }
}

/// A whole number with ms, s, m, h or d; seconds without.
fn duration(text: &str) -> Result<Duration, String> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let malformed = || format!("{text:?} is not a duration such as 500ms, 30s, 5m, 8h or 1d");
    let count: u64 = digits.parse().map_err(|_| malformed())?;
    let seconds = match unit {
        "ms" => return Ok(Duration::from_millis(count)),
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(malformed()),
    };
    count
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("8h"), Ok(Duration::from_secs(28_800)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "s",
            "-1s",
            "1.5s",
            "1 s",
            "1w",
            "99999999999999999999s",
            "9999999999999999999d",
        ] {
            assert!(duration(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_demo_has_5_to_200_nodes() {
        for (nodes, accepted) in [("4", false), ("5", true), ("200", true), ("201", false)] {
            let parsed = Args::try_parse_from(["pnrp", "demo", "--nodes", nodes]);
            assert_eq!(parsed.is_ok(), accepted, "{nodes}");
        }
    }
}
