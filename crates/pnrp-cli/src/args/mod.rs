//! The command line.

use std::{net::Ipv6Addr, path::PathBuf};

use clap::{Parser, Subcommand, value_parser};
use pnrp_wire::ServiceLocation;

mod cloud;
mod duration;
mod identity;
mod installation;
mod publish;
mod search;

pub(crate) use cloud::{Cloud, CloudName, Ping};
use identity::DELEGATE_EXAMPLES;
pub(crate) use identity::{Chain, Delegate, Format, Identity, OutputFile, PasswordFile, StateDir};
use installation::COMPLETIONS_EXAMPLES;
pub(crate) use installation::{BugReport, Completions, Manual};
pub(crate) use publish::{Published, Register, Unregister, Update, Wait};
use publish::{REGISTER_EXAMPLES, UNREGISTER_EXAMPLES, UPDATE_EXAMPLES};
use search::RESOLVE_EXAMPLES;
pub(crate) use search::{Resolve, Search, Trace};

/// Register and resolve peer names, and look into clouds
#[derive(Debug, Parser)]
#[command(name = "pnrp", version, after_help = OVERVIEW)]
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
    #[command(after_help = "Example:\n  pnrp demo --nodes 20")]
    Demo(Demo),
    /// Look into clouds, and look after them
    #[command(subcommand)]
    Cloud(Cloud),
    /// Publish a name until interrupted, or for good
    #[command(after_help = REGISTER_EXAMPLES)]
    Register(Register),
    /// Replace what a name publishes that pnrpd keeps
    ///
    /// Endpoints, comment and payload can change, and what is not given is published no longer.
    /// What else was given to `pnrp register` has to be given again, and be the same. If anything
    /// is wrong, what was published stays.
    #[command(after_help = UPDATE_EXAMPLES)]
    Update(Update),
    /// Withdraw a name that pnrpd keeps
    ///
    /// A name that was registered without --persist is withdrawn when its `pnrp register` ends.
    #[command(after_help = UNREGISTER_EXAMPLES)]
    Unregister(Unregister),
    /// Find out where a name is published, by whom, and what that proves
    #[command(after_help = RESOLVE_EXAMPLES)]
    Resolve(Resolve),
    /// List the names registered at this node, with the IDs that update and unregister take
    #[command(after_help = "Example:\n  pnrp names --json")]
    Names,
    /// Show which nodes are asked for a name, and what comes of it
    #[command(after_help = "Example:\n  pnrp trace 0.web")]
    Trace(Trace),
    /// Ask whether a node is there
    #[command(after_help = "Example:\n  pnrp ping '[fe80::1%eth0]:3540' --count 1")]
    Ping(Ping),
    /// Find out what is in the way of names, and what to do about it
    #[command(after_help = "Example:\n  pnrp doctor --json")]
    Doctor(OwnNode),
    /// Say what follows from a peer name alone
    #[command(subcommand)]
    Name(Name),
    /// Make and keep the keys behind secure names
    ///
    /// An identity is a key pair. The hash of its public key is an authority, 40 hexadecimal
    /// digits, and only the holder of the key can publish names under that authority. Every
    /// machine has one, called default.
    #[command(subcommand)]
    Identity(Identity),
    /// Let the holder of another key publish names of an identity
    ///
    /// Prints a certificate chain, which the other side gives to `pnrp register --chain`. It holds
    /// until its last day, and nothing takes it back before; so keep the days few. The delegate can
    /// hand on what it has, and the protocol does not keep it from extending a classifier to those
    /// that begin with it.
    #[command(after_help = DELEGATE_EXAMPLES)]
    Delegate(Delegate),
    /// Look into certificate chains, which `pnrp delegate` makes
    #[command(subcommand)]
    Chain(Chain),
    /// Look into captured traffic
    #[command(subcommand)]
    Capture(Capture),
    /// Collect what whoever looks into a bug asks for, without keys, passwords, payloads and names
    #[command(
        name = "bugreport",
        after_help = "Example:\n  pnrp bugreport --output report.json"
    )]
    BugReport(BugReport),
    /// Print what a shell needs to complete command lines
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(Completions),
    /// Write the manual, one page for each command
    #[command(
        hide = true,
        after_help = "Example:\n  pnrp man --out /usr/local/share/man/man1"
    )]
    Man(Manual),
}

const OVERVIEW: &str = "\
Examples:
  pnrp demo                               names among nodes of one process
  pnrp register 0.web --endpoint :8080    publish a name until interrupted
  pnrp resolve 0.web                      find it from elsewhere
  pnrp doctor                             if something does not work

Exit status:
  0  done
  1  failed
  2  usage: the command line, or what was read, makes no sense
  3  name not found, or nobody answers
  4  no daemon
  5  cloud unavailable";

#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// How many nodes, 5 to 200
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = value_parser!(u16).range(5..=200))]
    pub(crate) nodes: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Name {
    /// Write a peer name as a host name under pnrp.net
    #[command(after_help = "Example:\n  pnrp name to-host 0.web")]
    ToHost {
        /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
        name: String,
    },
    /// Read the peer name that a host name under pnrp.net stands for
    #[command(after_help = "Example:\n  pnrp name from-host web.pnrp.net")]
    FromHost {
        /// CLASSIFIER.pnrp.net, or CLASSIFIER.AUTHORITY.pnrp.net
        host: String,
    },
    /// Show the P2P ID, and the PNRP ID that a resolver looks for
    #[command(after_help = "Example:\n  pnrp name id 0.web --hint 2001:db8::1")]
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
    #[command(after_help = "Example:\n  pnrp name check 0.web")]
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
    #[command(after_help = "Example:\n  tcpdump -w - udp port 3540 | pnrp capture decode -")]
    Decode {
        #[command(flatten)]
        file: CaptureFile,
    },
    /// Check that the PNRP datagrams of a capture decode, and encode to the same bytes
    #[command(after_help = "Example:\n  pnrp capture check windows.pcapng")]
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
    /// Without a daemon: node to synchronize with
    #[arg(long, value_name = "[ADDR%IF]:PORT")]
    pub(crate) peer: Vec<String>,
    /// Without a daemon: node to ask when nobody else is known
    #[arg(long, value_name = "HOST")]
    pub(crate) seed: Vec<String>,
}

fn service_location(text: &str) -> Result<ServiceLocation, String> {
    let is_whole = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
    match u128::from_str_radix(text, 16) {
        Ok(location) if is_whole => Ok(ServiceLocation(location.to_be_bytes())),
        _ => Err(format!("{text:?} is not 32 hexadecimal digits")),
    }
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
    fn a_demo_has_5_to_200_nodes() {
        for (nodes, accepted) in [("4", false), ("5", true), ("200", true), ("201", false)] {
            let parsed = Args::try_parse_from(["pnrp", "demo", "--nodes", nodes]);
            assert_eq!(parsed.is_ok(), accepted, "{nodes}");
        }
    }

    #[test]
    fn every_command_has_an_example() {
        fn check(command: &clap::Command) {
            let mut subcommands = command.get_subcommands().peekable();
            if subcommands.peek().is_none() {
                let help = command.get_after_help().map(ToString::to_string);
                let help = help.unwrap_or_default();
                assert!(help.contains(" pnrp "), "{}: {help}", command.get_name());
            }
            subcommands.for_each(check);
        }

        check(&Args::command());
    }
}
