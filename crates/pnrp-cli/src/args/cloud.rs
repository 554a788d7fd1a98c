//! `pnrp cloud` and `pnrp ping`.

use std::time::Duration;

use clap::Subcommand;
use pnrp_api::{Host, ScopeFilter};

use super::{OwnNode, duration::duration};

#[derive(Debug, Subcommand)]
pub(crate) enum Cloud {
    /// List the clouds this host can take part in, and say why others are missing
    #[command(after_help = "Example:\n  pnrp cloud list --scope link-local")]
    List {
        /// any, global, site-local or link-local
        #[arg(long, value_name = "S", default_value_t = ScopeFilter::Any)]
        scope: ScopeFilter,
        /// Go on and show what happens to them
        #[arg(long)]
        watch: bool,
        #[command(flatten)]
        own: OwnNode,
    },
    /// Show all that is known of a cloud: its state and why, and how it looks for other nodes
    #[command(after_help = "Example:\n  pnrp cloud show eth0")]
    Show(CloudName),
    /// List the names registered at this node, in one cloud or in all
    #[command(after_help = "Example:\n  pnrp cloud names global")]
    Names {
        /// Name or interface of the cloud, or global
        name: Option<String>,
    },
    /// Show the route entries cached in a cloud
    #[command(after_help = "Example:\n  pnrp cloud cache eth0")]
    Cache(CloudName),
    /// Show what a cloud has done
    #[command(after_help = "Example:\n  pnrp cloud stats global")]
    Stats(CloudName),
    /// Listen in a cloud, and look for other nodes
    #[command(after_help = "Example:\n  pnrp cloud start eth0")]
    Start(CloudName),
    /// Leave a cloud until somebody uses it again
    #[command(after_help = "Example:\n  pnrp cloud stop eth0 --force")]
    Stop {
        #[command(flatten)]
        cloud: CloudName,
        /// Withdraw the names that are registered in it until then
        #[arg(long)]
        force: bool,
    },
    /// Forget the nodes that are cached in a cloud
    #[command(after_help = "Example:\n  pnrp cloud flush global")]
    Flush(CloudName),
    /// Look for other parts of a cloud by every means
    #[command(after_help = "Example:\n  pnrp cloud repair global")]
    Repair(CloudName),
    /// Ask a node, or the next seed, for what it knows
    #[command(after_help = "Example:\n  pnrp cloud sync global seed.example")]
    Sync {
        #[command(flatten)]
        cloud: CloudName,
        /// [ADDR%IF]:PORT, an address, or a name of the DNS; without it, the next seed
        host: Option<Host>,
    },
    /// Show the seeds of a cloud, and where they are
    #[command(after_help = "Example:\n  pnrp cloud seeds global")]
    Seeds(CloudName),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CloudName {
    /// Name or interface of the cloud, or global
    pub(crate) name: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Ping {
    /// A peer name, whose publisher is asked; or [ADDR%IF]:PORT, an address, or a name of the DNS
    #[arg(value_name = "HOST|NAME")]
    pub(crate) target: String,
    /// How often to ask; 0 means until interrupted
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) count: u64,
    /// Time between two questions
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub(crate) interval: Duration,
    #[command(flatten)]
    pub(crate) own: OwnNode,
}
